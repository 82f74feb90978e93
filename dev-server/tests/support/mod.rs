//! A running server, and just enough of an S3 client to talk to it: signature version 4 over one plain connection per request.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{SystemTime, UNIX_EPOCH};

use s3_store_dev_server::digest::hex;
use s3_store_dev_server::{Config, Server};
use s3s::crypto::{Checksum as _, Sha256};

pub(crate) struct Running {
    runtime: Option<tokio::runtime::Runtime>,
    pub(crate) address: String,
}

impl Running {
    /// Starts a server with a bucket called `bucket`; `look` sees it before it serves.
    pub(crate) fn start(config: &Config, look: impl FnOnce(&Server)) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let config = Config {
            buckets: vec!["bucket".to_owned()],
            ..config.clone()
        };
        let server = runtime.block_on(Server::bind(&config)).unwrap();
        let address = server
            .endpoint()
            .strip_prefix("http://")
            .unwrap()
            .to_owned();
        look(&server);
        runtime.spawn(server.run());
        Self {
            runtime: Some(runtime),
            address,
        }
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) fn request(&self, request: &Request<'_>) -> Answer {
        self.raw(self.signed_head(request).as_bytes(), request.body)
    }

    /// Everything of a request before its body, signed with the request's secret.
    pub(crate) fn signed_head(&self, request: &Request<'_>) -> String {
        let host = request
            .host
            .map_or_else(|| self.address.clone(), str::to_owned);
        let payload = hex(&Sha256::checksum(request.body));
        let date = amz_date();
        let day = date.get(..8).unwrap();
        let mut headers = vec![
            ("host", host),
            ("x-amz-content-sha256", payload.clone()),
            ("x-amz-date", date.clone()),
        ];
        headers.extend(
            request
                .headers
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned())),
        );
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
        let names = names.join(";");
        // A query is to be given as it is signed: sorted, each name with its value.
        let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
        let mut canonical = format!("{}\n{path}\n{query}\n", request.method);
        for (name, value) in &headers {
            writeln!(canonical, "{name}:{value}").unwrap();
        }
        write!(canonical, "\n{names}\n{payload}").unwrap();
        let scope = format!("{day}/us-east-1/s3/aws4_request");
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
            hex(&Sha256::checksum(canonical.as_bytes()))
        );
        let mut key = format!("AWS4{}", request.secret).into_bytes();
        for step in [day, "us-east-1", "s3", "aws4_request"] {
            key = hmac(&key, step.as_bytes());
        }
        let signature = hex(&hmac(&key, to_sign.as_bytes()));
        let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
        for (name, value) in &headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        write!(
            head,
            "authorization: AWS4-HMAC-SHA256 Credential=dev/{scope}, SignedHeaders={names}, Signature={signature}\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            request.body.len()
        )
        .unwrap();
        head
    }

    /// Sends bytes as they are and reads the answer to its end.
    pub(crate) fn raw(&self, head: &[u8], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(head).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        Answer::parse(&answer)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) host: Option<&'a str>,
    pub(crate) headers: &'a [(&'a str, &'a str)],
    pub(crate) secret: &'a str,
    pub(crate) body: &'a [u8],
}

impl<'a> Request<'a> {
    pub(crate) fn new(method: &'a str, path: &'a str) -> Self {
        Self {
            method,
            path,
            host: None,
            headers: &[],
            secret: "development",
            body: b"",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self {
            status,
            head: head.to_owned(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub(crate) fn code(&self) -> Option<&str> {
        Some(self.body.split_once("<Code>")?.1.split_once("</Code>")?.0)
    }
}

/// HMAC-SHA256 (RFC 2104); the keys here are shorter than a block.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; 64];
        block
            .iter_mut()
            .zip(key)
            .for_each(|(byte, key)| *byte ^= key);
        block.to_vec()
    };
    let inner = Sha256::checksum(&[padded(0x36), message.to_vec()].concat());
    Sha256::checksum(&[padded(0x5c), inner.to_vec()].concat()).to_vec()
}

fn amz_date() -> String {
    let seconds = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let now = time::OffsetDateTime::from_unix_timestamp(i64::try_from(seconds).unwrap()).unwrap();
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}Z",
        now.year(),
        u8::from(now.month()),
        now.day(),
        now.hour(),
        now.minute(),
        now.second()
    )
}
