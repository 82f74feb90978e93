//! The server over real connections.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::thread;

use s3_store_dev_server::Config;
use support::{Request, Running};

fn start() -> Running {
    Running::start(&Config::default(), |_| {})
}

#[test]
fn fifty_racing_creates_have_one_winner() {
    let server = start();
    let statuses: Vec<u16> = thread::scope(|scope| {
        let runs: Vec<_> = (0..50)
            .map(|n| {
                let server = &server;
                scope.spawn(move || {
                    let body = format!("writer {n}");
                    let request = Request {
                        headers: &[("if-none-match", "*")],
                        body: body.as_bytes(),
                        ..Request::new("PUT", "/bucket/k")
                    };
                    server.request(&request).status
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 49);
}

#[test]
fn a_key_survives_the_path_unchanged() {
    let server = start();
    let path = "/bucket//lead/../a//b%3F%23%2B%20%25%01%F0%9F%98%80/";
    assert_eq!(
        server
            .request(&Request {
                body: b"odd",
                ..Request::new("PUT", path)
            })
            .status,
        200
    );
    assert_eq!(server.request(&Request::new("GET", path)).body, "odd");
    let listing = server.request(&Request::new("GET", "/bucket")).body;
    assert!(
        listing.contains("<Key>/lead/../a//b?#+ %&#x1;😀/</Key>"),
        "{listing}"
    );
}

#[test]
fn a_host_under_the_domain_names_the_bucket() {
    let server = start();
    let host = Some("bucket.localhost:1");
    assert_eq!(
        server
            .request(&Request {
                host,
                body: b"x",
                ..Request::new("PUT", "/k")
            })
            .status,
        200
    );
    assert_eq!(server.request(&Request::new("GET", "/bucket/k")).body, "x");
}

#[test]
fn who_did_not_sign_is_refused_and_told_why() {
    let server = start();
    let unsigned = server.raw(
        b"GET /bucket/k HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"",
    );
    assert_eq!(
        (unsigned.status, unsigned.code()),
        (403, Some("AccessDenied"))
    );
    assert!(unsigned.header("x-amz-request-id").is_some());
    // The answer arrives although it was ready long before the body had been sent.
    let body = vec![0; 8 << 20];
    let forged = server.request(&Request {
        secret: "wrong",
        body: &body,
        ..Request::new("PUT", "/bucket/k")
    });
    assert_eq!(
        (forged.status, forged.code()),
        (403, Some("SignatureDoesNotMatch"))
    );
    assert_eq!(
        server.request(&Request::new("GET", "/bucket/k")).code(),
        Some("NoSuchKey")
    );
}

#[test]
fn not_modified_has_a_tag_and_no_content() {
    let server = start();
    let written = server.request(&Request {
        body: b"x",
        ..Request::new("PUT", "/bucket/k")
    });
    let tag = written.header("etag").unwrap();
    let answer = server.request(&Request {
        headers: &[("if-none-match", tag)],
        ..Request::new("GET", "/bucket/k")
    });
    assert_eq!(
        (answer.status, answer.header("etag"), answer.body.as_str()),
        (304, Some(tag), "")
    );
}

#[test]
fn a_body_that_breaks_off_writes_nothing() {
    let server = start();
    let request = Request {
        body: b"0123456789",
        ..Request::new("PUT", "/bucket/k")
    };
    let mut stream = TcpStream::connect(&server.address).unwrap();
    stream
        .write_all(server.signed_head(&request).as_bytes())
        .unwrap();
    stream.write_all(b"01234").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    // The server has judged the request when it closes its side.
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(
        server.request(&Request::new("GET", "/bucket/k")).code(),
        Some("NoSuchKey")
    );
}

#[test]
fn a_page_of_any_origin_may_ask_and_read_the_answer() {
    let server = start();
    let preflight = server.raw(
        b"OPTIONS /bucket/k?X-Amz-Signature=1 HTTP/1.1\r\nhost: x\r\norigin: http://page.example\r\n\
          access-control-request-method: PUT\r\naccess-control-request-headers: if-none-match,x-amz-meta-a\r\n\
          connection: close\r\n\r\n",
        b"",
    );
    let allows = |name| preflight.header(&format!("access-control-allow-{name}"));
    assert_eq!(
        (
            preflight.status,
            allows("origin"),
            allows("methods"),
            allows("headers")
        ),
        (
            200,
            Some("*"),
            Some("PUT"),
            Some("if-none-match,x-amz-meta-a")
        )
    );
    let headers = &[("origin", "http://page.example")];
    let absent = server.request(&Request {
        headers,
        ..Request::new("GET", "/bucket/k")
    });
    assert_eq!(absent.status, 404);
    assert_eq!(absent.header("access-control-allow-origin"), Some("*"));
    assert_eq!(absent.header("access-control-expose-headers"), Some("*"));
    // Nobody else is told about it.
    let plain = server.request(&Request::new("GET", "/bucket/k"));
    assert_eq!(plain.header("access-control-allow-origin"), None);
    // What is no preflight is a request like any other.
    let options = server.request(&Request {
        headers,
        ..Request::new("OPTIONS", "/bucket/k")
    });
    assert_ne!(options.status, 200);
}
