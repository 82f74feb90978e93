//! Answers that are lost, late, broken off or replaced.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Faulty, KEY, create, finish, wait_until};
use crate::support::Request;

#[test]
fn without_rules_everything_is_as_ever_and_logged() {
    let faulty = Faulty::start();
    let tag = faulty.create("one").answer();
    let tag = tag.header("etag").unwrap();
    assert_eq!(faulty.create("two").status(), 412);
    assert_eq!(faulty.delete(tag).status(), 204);
    let tag = json!(tag);
    assert_eq!(
        faulty.logged(["seq", "operation", "writeId", "etag", "replaced"]),
        [
            [
                json!(1),
                json!("PutObject"),
                json!("one"),
                tag.clone(),
                Value::Null
            ],
            [
                json!(2),
                json!("DeleteObject"),
                Value::Null,
                Value::Null,
                tag.clone()
            ],
        ]
    );
    assert_eq!(
        faulty.logged(["condition", "status", "delivered", "held", "repeat"]),
        [
            [
                json!({ "ifNoneMatch": "*" }),
                json!(200),
                json!(true),
                json!(false),
                json!(false)
            ],
            [
                json!({ "ifMatch": tag }),
                json!(204),
                json!(true),
                json!(false),
                json!(false)
            ],
        ]
    );
}

#[test]
fn an_answer_is_dropped_before_or_after_the_write_is_applied() {
    for (when, reset, applied) in [
        ("before", false, 0),
        ("before", true, 0),
        ("after", false, 1),
        ("after", true, 1),
    ] {
        let faulty = Faulty::start();
        faulty.on_put(&json!({ "what": "drop", "when": when, "reset": reset }));
        let ended = faulty.create("one").ended();
        assert_eq!(ended, (String::new(), reset), "{when}");
        let lost = [json!("one"), Value::Null, json!(false)];
        assert_eq!(
            faulty.logged(["writeId", "status", "delivered"]),
            vec![lost; applied],
            "{when}"
        );
        let wanted = if applied == 1 { 200 } else { 404 };
        assert_eq!(faulty.read().status, wanted, "{when}");
    }
}

#[test]
fn a_status_comes_before_or_after_the_write_is_applied() {
    let codes = [
        (500, "InternalError"),
        (503, "SlowDown"),
        (409, "ConditionalRequestConflict"),
        (408, "RequestTimeout"),
        (403, "AccessDenied"),
    ];
    for (status, code) in codes {
        for (when, applied) in [("before", 0), ("after", 1)] {
            let faulty = Faulty::start();
            faulty.on_put(&json!({ "what": "answer", "when": when, "status": status }));
            let answer = faulty.create("one").answer();
            assert_eq!((answer.status, answer.code()), (status, Some(code)));
            assert!(answer.header("x-amz-request-id").is_some());
            assert_eq!(
                faulty.logged(["status", "delivered"]),
                vec![[json!(status), json!(false)]; applied],
                "{when} {status}"
            );
        }
    }
}

#[test]
fn an_answer_is_replaced_by_anything() {
    let faulty = Faulty::start();
    let rule = faulty.on_put(&json!({
        "what": "answer", "when": "before", "status": 502, "body": "<html>Bad gateway</html>",
        "headers": { "retry-after": "3" },
    }));
    let answer = faulty.put("one").answer();
    assert_eq!(
        (
            answer.status,
            answer.body.as_str(),
            answer.header("retry-after")
        ),
        (502, "<html>Bad gateway</html>", Some("3"))
    );
    faulty.ask("DELETE", &format!("/faults/{rule}"), &Value::Null);

    let error = json!({ "what": "answer", "when": "after", "status": 200, "code": "SlowDown", "message": "a < b" });
    let rule = faulty.on_put(&error);
    let answer = faulty.put("two").answer();
    assert_eq!((answer.status, answer.code()), (200, Some("SlowDown")));
    assert!(answer.body.contains("<Message>a &lt; b</Message>"));
    assert_eq!(answer.header("etag"), None);
    faulty.ask("DELETE", &format!("/faults/{rule}"), &Value::Null);

    faulty.on_put(&json!({ "what": "answer", "when": "after", "raw": "so long" }));
    assert_eq!(
        faulty.put("three").ended(),
        ("so long".to_owned(), false),
        "and nothing after it"
    );
    assert_eq!(
        faulty.logged(["writeId", "status", "delivered"]),
        [
            [json!("two"), json!(200), json!(false)],
            [json!("three"), Value::Null, json!(false)]
        ]
    );
}

#[test]
fn an_answer_breaks_off() {
    let faulty = Faulty::start();
    faulty.put("0123456789");
    let rule = |what| json!({ "match": { "operation": "GetObject" }, "times": 1, "action": what });
    let get = Request::new("GET", KEY);
    faulty.fault(&rule(json!({ "what": "truncate", "bytes": 12 })));
    assert_eq!(
        faulty.send(&get).ended(),
        ("HTTP/1.1 200".to_owned(), false)
    );
    faulty.fault(&rule(
        json!({ "what": "truncate", "bytes": 4, "of": "body" }),
    ));
    let (text, reset) = faulty.send(&get).ended();
    assert!(text.contains("\r\ncontent-length: 10\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n0123"), "{text}");
    assert!(!reset);
    faulty.fault(&rule(
        json!({ "what": "truncate", "bytes": 0, "reset": true }),
    ));
    assert_eq!(faulty.send(&get).ended(), (String::new(), true));
    assert_eq!(faulty.read().body, "0123456789");
}

#[test]
fn an_answer_is_late() {
    let delay = Duration::from_secs(1);
    for when in ["before", "after"] {
        let faulty = Faulty::start();
        faulty.on_put(&json!({ "what": "delay", "when": when, "ms": 1000 }));
        let start = Instant::now();
        let stream = faulty.begin(&create("one", &[]));
        wait_until(|| faulty.get("/requests")["total"] == json!(1));
        if when == "before" {
            let log = faulty.log();
            assert!(log.is_empty() || start.elapsed() >= delay, "{log:?}");
        } else {
            wait_until(|| faulty.log().len() == 1);
        }
        assert_eq!(finish(stream, false).status(), 200);
        assert!(start.elapsed() >= delay, "{when}");
        assert_eq!(faulty.log().len(), 1);
    }
}

#[test]
fn an_answer_is_chosen_by_its_status() {
    let faulty = Faulty::start();
    faulty.fault(&json!({
        "match": { "status": 412 }, "times": 1, "action": { "what": "answer", "when": "after", "status": 304 },
    }));
    assert_eq!(faulty.create("one").status(), 200);
    let answer = faulty.create("two").answer();
    assert_eq!((answer.status, answer.body.as_str()), (304, ""));
    assert_eq!(faulty.create("three").status(), 412, "once only");
    assert_eq!(faulty.get("/faults")["faults"][0]["matched"], json!(2));
}
