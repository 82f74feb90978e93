//! A server under faults, its control endpoint, and a client that takes a lost answer for an answer.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use s3_store_dev_server::Config;
use serde_json::{Value, json};

use crate::support::{Answer, Request, Running};

pub(crate) const KEY: &str = "/bucket/k";

pub(crate) struct Faulty {
    pub(crate) server: Running,
    control: String,
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answered(Answer),
    /// The connection ended; what had come until then, and whether by a reset.
    Ended {
        bytes: Vec<u8>,
        reset: bool,
    },
}

impl Outcome {
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Answered(answer) => answer,
            ended @ Self::Ended { .. } => panic!("no answer: {ended:?}"),
        }
    }

    pub(crate) fn status(self) -> u16 {
        self.answer().status
    }

    /// What came of an answer that broke off, and whether the end was a reset.
    pub(crate) fn ended(self) -> (String, bool) {
        match self {
            Self::Ended { bytes, reset } => (String::from_utf8(bytes).unwrap(), reset),
            Self::Answered(answer) => panic!("answered: {answer:?}"),
        }
    }
}

impl Faulty {
    pub(crate) fn start() -> Self {
        let mut control = None;
        let config = Config {
            control_port: Some(0),
            seed: Some(1),
            ..Config::default()
        };
        let server = Running::start(&config, |server| control = server.control());
        let control = control.unwrap();
        Self {
            server,
            control: control.strip_prefix("http://").unwrap().to_owned(),
        }
    }

    /// Asks the control endpoint; an empty body is sent for null.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut stream = TcpStream::connect(&self.control).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap())
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, value) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{value}");
        value
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Value {
        let (status, value) = self.ask("POST", path, body);
        assert_eq!(status, 200, "{value}");
        value
    }

    /// Adds a rule and gives its id.
    pub(crate) fn fault(&self, rule: &Value) -> u64 {
        self.post("/faults", rule)["id"].as_u64().unwrap()
    }

    /// Adds a rule for every put.
    pub(crate) fn on_put(&self, action: &Value) -> u64 {
        self.fault(&json!({ "match": { "operation": "PutObject" }, "action": action }))
    }

    pub(crate) fn log(&self) -> Vec<Value> {
        self.get("/log")["log"].as_array().unwrap().clone()
    }

    /// What the log says about each change, of those things.
    pub(crate) fn logged<const N: usize>(&self, names: [&str; N]) -> Vec<[Value; N]> {
        let pick = |entry: &Value| names.map(|name| entry[name].clone());
        self.log().iter().map(pick).collect()
    }

    pub(crate) fn send(&self, request: &Request<'_>) -> Outcome {
        finish(self.begin(request), request.method == "HEAD")
    }

    /// Sends a request and leaves the answer where it is.
    pub(crate) fn begin(&self, request: &Request<'_>) -> TcpStream {
        let mut stream = TcpStream::connect(&self.server.address).unwrap();
        stream
            .write_all(self.server.signed_head(request).as_bytes())
            .unwrap();
        stream.write_all(request.body).unwrap();
        stream
    }

    pub(crate) fn create(&self, id: &str) -> Outcome {
        self.send(&create(id, &[("if-none-match", "*"), (ID, id)]))
    }

    /// Puts without a condition.
    pub(crate) fn put(&self, id: &str) -> Outcome {
        self.send(&create(id, &[(ID, id)]))
    }

    pub(crate) fn read(&self) -> Answer {
        self.server.request(&Request::new("GET", KEY))
    }

    pub(crate) fn delete(&self, etag: &str) -> Outcome {
        self.send(&Request {
            headers: &[("if-match", etag)],
            ..Request::new("DELETE", KEY)
        })
    }

    /// Waits until that many requests are held.
    pub(crate) fn wait_for_held(&self, count: usize) {
        wait_until(|| self.get("/held")["held"].as_array().unwrap().len() == count);
    }
}

pub(crate) const ID: &str = "x-amz-meta-s3-store-write-id";

/// A put whose body is its id.
pub(crate) fn create<'a>(id: &'a str, headers: &'a [(&'a str, &'a str)]) -> Request<'a> {
    Request {
        headers,
        body: id.as_bytes(),
        ..Request::new("PUT", KEY)
    }
}

/// Reads what comes until the connection ends.
pub(crate) fn finish(mut stream: TcpStream, is_head: bool) -> Outcome {
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    if let Err(error) = &ended {
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    if ended.is_ok() && bytes.windows(4).any(|end| end == b"\r\n\r\n") {
        let answer = Answer::parse(&bytes);
        let announced = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if is_head || announced == answer.body.len() {
            return Outcome::Answered(answer);
        }
    }
    Outcome::Ended {
        bytes,
        reset: ended.is_err(),
    }
}

pub(crate) fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited too long");
        std::thread::sleep(Duration::from_millis(2));
    }
}
