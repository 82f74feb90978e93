//! A server that does not keep its promises.

use std::thread;

use serde_json::{Value, json};

use crate::client::{Faulty, KEY};
use crate::support::Request;

const WRONG: &str = "\"00000000000000000000000000000000\"";

/// Requests whose condition does not hold, by their operations; the key holds an object.
fn refused(faulty: &Faulty, operation: &str) -> u16 {
    let request = |method, path, headers| Request {
        headers,
        body: b"",
        ..Request::new(method, path)
    };
    let wrong: &[(&str, &str)] = &[("if-match", WRONG)];
    let outcome = match operation {
        "PutObject" => faulty.send(&request("PUT", KEY, wrong)),
        "PutObject *" => faulty.send(&request("PUT", KEY, &[("if-none-match", "*")])),
        "GetObject" => faulty.send(&request("GET", KEY, wrong)),
        "HeadObject" => faulty.send(&request("HEAD", KEY, wrong)),
        "DeleteObject" => faulty.send(&request("DELETE", KEY, wrong)),
        "CopyObject" => {
            let headers = [("if-match", WRONG), ("x-amz-copy-source", "bucket/source")];
            faulty.send(&request("PUT", KEY, &headers))
        }
        _ => complete(faulty, wrong),
    };
    outcome.status()
}

fn complete(faulty: &Faulty, headers: &[(&str, &str)]) -> crate::client::Outcome {
    let started = faulty
        .send(&Request::new("POST", &format!("{KEY}?uploads=")))
        .answer();
    let (_, rest) = started.body.split_once("<UploadId>").unwrap();
    let id = rest.split_once('<').unwrap().0;
    let part = faulty
        .send(&Request {
            body: b"part",
            ..Request::new("PUT", &format!("{KEY}?partNumber=1&uploadId={id}"))
        })
        .answer();
    let tag = part.header("etag").unwrap();
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{tag}</ETag></Part></CompleteMultipartUpload>"
    );
    faulty.send(&Request {
        headers,
        body: body.as_bytes(),
        ..Request::new("POST", &format!("{KEY}?uploadId={id}"))
    })
}

#[test]
fn each_condition_is_ignored_and_no_other() {
    let conditions = [
        "PutObject",
        "PutObject *",
        "GetObject",
        "HeadObject",
        "DeleteObject",
        "CopyObject",
        "CompleteMultipartUpload",
    ];
    let faulty = Faulty::start();
    for ignored in conditions {
        let (operation, star) = ignored
            .split_once(' ')
            .map_or((ignored, false), |(operation, _)| (operation, true));
        faulty.ask("DELETE", "/faults", &Value::Null);
        faulty.fault(&json!({
            "match": { "operation": operation, "headers": { "if-none-match": star } },
            "action": { "what": "ignoreCondition" },
        }));
        for condition in conditions {
            faulty.put("source");
            faulty.send(&Request {
                body: b"source",
                ..Request::new("PUT", "/bucket/source")
            });
            let status = refused(&faulty, condition);
            assert_eq!(
                status < 300,
                condition == ignored,
                "{condition} was answered {status} while {ignored} was ignored"
            );
        }
    }
}

#[test]
fn an_ignored_condition_changes_what_is_there() {
    let faulty = Faulty::start();
    faulty.put("one");
    faulty.fault(&json!({ "action": { "what": "ignoreCondition" } }));
    assert_eq!(faulty.create("two").status(), 200);
    assert_eq!(faulty.read().body, "two");
    assert_eq!(faulty.delete(WRONG).status(), 204);
    assert_eq!(faulty.read().status, 404);
    let log = faulty.log();
    assert_eq!(log[1]["condition"], json!({ "ifNoneMatch": "*" }));
    assert_eq!(log[1]["replaced"], log[0]["etag"]);
    assert_eq!(log[2]["replaced"], log[1]["etag"]);
}

#[test]
fn racing_creates_both_win_within_the_window() {
    let faulty = Faulty::start();
    faulty.on_put(&json!({ "what": "race", "ms": 1500 }));
    let statuses: Vec<u16> = thread::scope(|scope| {
        let create = |id| {
            let faulty = &faulty;
            move || faulty.create(id).status()
        };
        let runs = [scope.spawn(create("one")), scope.spawn(create("two"))];
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(statuses, [200, 200]);
    assert_eq!(faulty.log().len(), 2);
    assert_eq!(faulty.create("late").status(), 412, "after the window");
}

#[test]
fn metadata_is_dropped_from_answers() {
    let faulty = Faulty::start();
    faulty.put("one");
    let id = "x-amz-meta-s3-store-write-id";
    assert_eq!(faulty.read().header(id), Some("one"));
    faulty.fault(&json!({ "action": { "what": "dropMetadata" } }));
    assert_eq!(faulty.read().header(id), None);
    faulty.put("two");
    assert_eq!(faulty.logged(["writeId"]), [[json!("one")], [json!("two")]]);
}

#[test]
fn entity_tags_lose_their_quotes() {
    let faulty = Faulty::start();
    let tag = faulty.put("one").answer();
    let tag = tag.header("etag").unwrap();
    faulty.fault(&json!({ "action": { "what": "unquoteEtags" } }));
    let bare = faulty.read();
    let bare = bare.header("etag").unwrap();
    assert_eq!(format!("\"{bare}\""), tag);
    let listing = faulty.send(&Request::new("GET", "/bucket")).answer();
    assert!(
        listing.body.contains(&format!("<ETag>{bare}</ETag>")),
        "{}",
        listing.body
    );
}
