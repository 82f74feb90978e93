//! Connections that end while a client means to use them again.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Faulty, KEY, wait_until};
use crate::support::{Answer, Request};

/// A connection that is kept.
struct Kept<'f> {
    faulty: &'f Faulty,
    stream: TcpStream,
}

impl<'f> Kept<'f> {
    fn open(faulty: &'f Faulty) -> Self {
        let stream = TcpStream::connect(&faulty.server.address).unwrap();
        let limit = Some(Duration::from_secs(20));
        stream.set_read_timeout(limit).unwrap();
        Self { faulty, stream }
    }

    fn send(&mut self, request: &Request<'_>) {
        let head = self.faulty.server.signed_head(request);
        let head = head.replace("connection: close\r\n", "");
        self.stream.write_all(head.as_bytes()).unwrap();
        self.stream.write_all(request.body).unwrap();
    }

    fn receive(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let mut byte = [0];
        loop {
            self.stream.read_exact(&mut byte).unwrap();
            bytes.push(byte[0]);
            if bytes.ends_with(b"\r\n\r\n") {
                break;
            }
        }
        let length = Answer::parse(&bytes)
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).unwrap();
        Answer::parse(&[bytes, body].concat())
    }

    fn ask(&mut self, request: &Request<'_>) -> Answer {
        self.send(request);
        self.receive()
    }

    fn assert_ended(&mut self) {
        assert_eq!(self.stream.read(&mut [0]).unwrap(), 0);
    }
}

#[test]
fn connections_stay_open_without_a_rule() {
    let faulty = Faulty::start();
    let mut kept = Kept::open(&faulty);
    for _ in 0..3 {
        assert_eq!(kept.ask(&Request::new("GET", KEY)).status, 404);
    }
    assert_eq!(
        faulty.get("/requests")["connections"],
        json!({ "opened": 1, "open": 1 })
    );
}

#[test]
fn a_body_that_breaks_off_writes_nothing_and_is_not_waited_for() {
    let faulty = Faulty::start();
    let mut kept = Kept::open(&faulty);
    let put = Request {
        body: b"0123456789",
        ..Request::new("PUT", KEY)
    };
    let head = faulty.server.signed_head(&put);
    kept.stream.write_all(head.as_bytes()).unwrap();
    kept.stream.write_all(b"01234").unwrap();
    kept.stream.shutdown(Shutdown::Write).unwrap();
    kept.assert_ended();
    assert_eq!(faulty.log().len(), 0);
    assert_eq!(faulty.read().status, 404);
}

#[test]
fn a_connection_ends_after_an_answer_that_did_not_announce_it() {
    let faulty = Faulty::start();
    faulty.on_put(&json!({ "what": "close" }));
    for body in [vec![], vec![7; 3 << 20]] {
        let mut kept = Kept::open(&faulty);
        let put = Request {
            body: &body,
            ..Request::new("PUT", KEY)
        };
        assert_eq!(kept.ask(&Request::new("HEAD", "/bucket")).status, 200);
        let answer = kept.ask(&put);
        assert_eq!((answer.status, answer.header("connection")), (200, None));
        kept.assert_ended();
    }
    // The answer to a read is whole, however large.
    faulty.fault(&json!({ "action": { "what": "close" } }));
    let mut kept = Kept::open(&faulty);
    assert_eq!(kept.ask(&Request::new("GET", KEY)).body.len(), 3 << 20);
    kept.assert_ended();
    assert_eq!(faulty.logged(["delivered"]), [[json!(true)], [json!(true)]]);
}

#[test]
fn a_connection_ends_some_time_after_an_answer_if_it_is_idle_then() {
    let faulty = Faulty::start();
    faulty.on_put(&json!({ "what": "close", "ms": 500 }));
    faulty.fault(&json!({
        "match": { "operation": "GetObject" }, "action": { "what": "delay", "when": "before", "ms": 1000 },
    }));
    let mut kept = Kept::open(&faulty);
    let put = Request::new("PUT", KEY);
    kept.ask(&put);
    // Not idle when its time has come.
    assert_eq!(kept.ask(&Request::new("GET", KEY)).status, 200);
    kept.ask(&put);
    kept.assert_ended();
}

#[test]
fn idle_connections_are_ended_and_busy_ones_only_if_told_so() {
    let faulty = Faulty::start();
    faulty.on_put(&json!({ "what": "hold" }));
    let (mut idle, mut busy, mut unused) = (
        Kept::open(&faulty),
        Kept::open(&faulty),
        Kept::open(&faulty),
    );
    idle.ask(&Request::new("GET", KEY));
    busy.send(&Request::new("PUT", KEY));
    faulty.wait_for_held(1);
    wait_until(|| faulty.get("/requests")["connections"]["open"] == json!(3));
    assert_eq!(faulty.post("/close", &Value::Null), json!({ "closed": 2 }));
    idle.assert_ended();
    unused.assert_ended();
    faulty.post("/release", &Value::Null);
    assert_eq!(busy.receive().status, 200);

    busy.send(&Request::new("PUT", KEY));
    faulty.wait_for_held(1);
    let all = json!({ "busy": true });
    assert_eq!(faulty.post("/close", &all), json!({ "closed": 1 }));
    busy.assert_ended();
    assert_eq!(
        faulty.get("/requests")["connections"],
        json!({ "opened": 3, "open": 0 })
    );
    // The request goes on without it.
    faulty.post("/release", &Value::Null);
    assert_eq!(
        faulty.logged(["delivered"]),
        [[json!(true)], [json!(false)]]
    );
}
