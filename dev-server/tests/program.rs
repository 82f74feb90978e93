//! The program: what it prints, and when it stops.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_s3-store-dev-server"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

#[test]
fn it_says_where_it_is_and_stops_with_standard_input() {
    let mut child = start(&["--bucket", "one", "--bucket", "two", "--exit-with-stdin"]);
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready.get("region").unwrap(), "us-east-1");
    assert_eq!(ready.get("accessKeyId").unwrap(), "dev");
    assert_eq!(ready.get("secretAccessKey").unwrap(), "development");
    assert_eq!(
        ready.get("buckets").unwrap(),
        &serde_json::json!(["one", "two"])
    );
    assert!(ready.get("control").is_none(), "no faults unless asked for");
    let endpoint = ready.get("endpoint").unwrap().as_str().unwrap();
    // An open connection must not keep it alive.
    let connection = TcpStream::connect(endpoint.strip_prefix("http://").unwrap()).unwrap();
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    drop(connection);
    let mut rest = String::new();
    assert_eq!(
        out.read_line(&mut rest).unwrap(),
        0,
        "one line only, then: {rest}"
    );
}

#[test]
fn it_says_where_faults_are_asked_for() {
    let mut child = start(&["--control-port=0", "--seed=9", "--exit-with-stdin"]);
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let control = ready.get("control").unwrap().as_str().unwrap();
    let address = control.strip_prefix("http://").unwrap();
    assert!(address.starts_with("127.0.0.1:"), "loopback only");
    let mut connection = TcpStream::connect(address).unwrap();
    connection
        .write_all(b"GET /faults HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("\"seed\":9"), "{answer}");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_says_what_it_is_and_refuses_what_it_does_not_know() {
    let help = start(&["--help"]).wait_with_output().unwrap();
    assert!(help.status.success());
    assert!(
        String::from_utf8(help.stdout)
            .unwrap()
            .contains("keeps nothing on disk")
    );
    let unknown = start(&["--nonsense"]).wait_with_output().unwrap();
    assert_eq!((unknown.status.code(), unknown.stdout.len()), (Some(2), 0));
    let bucket = start(&["--bucket", "Not_A_Bucket"])
        .wait_with_output()
        .unwrap();
    assert_eq!(bucket.status.code(), Some(1));
    assert!(
        String::from_utf8(bucket.stderr)
            .unwrap()
            .contains("no valid bucket name")
    );
}
