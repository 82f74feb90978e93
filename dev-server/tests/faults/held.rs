//! Requests that are applied later, or twice.

use serde_json::{Value, json};

use crate::client::{Faulty, create, finish};
use crate::support::Request;

fn hold(faulty: &Faulty, until: &Value, meanwhile: &Value) -> u64 {
    let action = json!({ "what": "hold", "until": until, "meanwhile": meanwhile });
    faulty.fault(&json!({
        "match": { "operation": "PutObject", "attempt": 1, "headers": { "x-amz-meta-s3-store-write-id": "held" } },
        "action": action,
    }))
}

fn writes(faulty: &Faulty) -> Vec<[Value; 2]> {
    faulty.logged(["writeId", "held"])
}

#[test]
fn a_request_is_applied_when_it_is_released_though_its_client_is_gone() {
    let faulty = Faulty::start();
    hold(&faulty, &json!("release"), &json!("wait"));
    let stream = faulty.begin(&create("held", &[("x-amz-meta-s3-store-write-id", "held")]));
    faulty.wait_for_held(1);
    drop(stream);
    assert_eq!(faulty.read().status, 404);
    let released = faulty.post("/release", &Value::Null);
    assert_eq!(released["released"][0]["status"], json!(200));
    assert_eq!(released["released"][0]["writeId"], json!("held"));
    assert_eq!(faulty.read().body, "held");
    assert_eq!(writes(&faulty), [[json!("held"), json!(true)]]);
    assert_eq!(faulty.get("/held"), json!({ "held": [] }));
}

#[test]
fn a_client_that_waits_gets_its_answer() {
    let faulty = Faulty::start();
    hold(&faulty, &json!("release"), &json!("wait"));
    let stream = faulty.begin(&create("held", &[("x-amz-meta-s3-store-write-id", "held")]));
    faulty.wait_for_held(1);
    assert_eq!(
        faulty.post("/release", &json!({ "key": "another" }))["released"],
        json!([])
    );
    faulty.post("/release", &json!({ "bucket": "bucket", "key": "k" }));
    assert_eq!(finish(stream, false).status(), 200);
    assert_eq!(
        faulty.logged(["status", "delivered"]),
        [[json!(200), json!(true)]]
    );
}

#[test]
fn a_client_hears_something_else_meanwhile() {
    let faulty = Faulty::start();
    let rule = hold(&faulty, &json!("release"), &json!("drop"));
    faulty.put("held").ended();
    faulty.wait_for_held(1);
    faulty.ask("DELETE", &format!("/faults/{rule}"), &Value::Null);
    hold(
        &faulty,
        &json!("release"),
        &json!({ "answer": { "status": 503 } }),
    );
    assert_eq!(faulty.put("held").status(), 503);
    assert_eq!(faulty.log().len(), 0);
    faulty.post("/release", &Value::Null);
    assert_eq!(
        faulty.logged(["status", "delivered"]),
        [[Value::Null, json!(false)], [json!(503), json!(false)]]
    );
}

#[test]
fn a_request_waits_for_a_later_attempt_of_the_same_write() {
    let faulty = Faulty::start();
    hold(&faulty, &json!({ "attempt": 3 }), &json!("drop"));
    // Long enough on its way to be seen missing, if attempt 3 were answered before it is applied.
    faulty.fault(&json!({
        "match": { "operation": "PutObject", "attempt": 1, "headers": { "x-amz-meta-s3-store-write-id": "held" } },
        "action": { "what": "delay", "when": "before", "ms": 300 },
    }));
    faulty.put("held").ended();
    assert_eq!(faulty.put("other").status(), 200, "another write");
    assert_eq!(faulty.put("held").status(), 200, "attempt 2");
    faulty.wait_for_held(1);
    assert_eq!(faulty.put("held").status(), 200, "attempt 3");
    // Applied after attempt 3, and before its answer.
    assert_eq!(
        writes(&faulty),
        [
            [json!("other"), json!(false)],
            [json!("held"), json!(false)],
            [json!("held"), json!(false)],
            [json!("held"), json!(true)],
        ]
    );
}

#[test]
fn a_request_does_not_wait_for_attempts_of_another_write() {
    let faulty = Faulty::start();
    let until = json!({ "what": "hold", "until": { "attempt": 2 }, "meanwhile": "drop" });
    faulty.fault(&json!({
        "match": { "operation": "PutObject", "attempt": 1 }, "action": until,
    }));
    faulty.put("one").ended();
    faulty.put("two").ended();
    faulty.put("two").answer();
    let held = &faulty.get("/held")["held"];
    assert_eq!(held.as_array().unwrap().len(), 1);
    assert_eq!(held[0]["writeId"], json!("one"));
}

#[test]
fn a_request_waits_for_an_attempt_as_its_own_rule_counts() {
    let faulty = Faulty::start();
    faulty.on_put(&json!({ "what": "delay", "when": "before", "ms": 0 }));
    faulty.put("held").answer();
    faulty.fault(&json!({
        "match": { "operation": "PutObject", "attempt": 1, "headers": { "if-none-match": false } },
        "action": { "what": "hold", "until": { "attempt": 2 }, "meanwhile": "drop" },
    }));
    faulty.put("held").ended();
    // The third for the first rule, and none for the second.
    assert_eq!(faulty.create("held").status(), 412);
    faulty.wait_for_held(1);
    faulty.put("held").answer();
    faulty.wait_for_held(0);
}

#[test]
fn a_request_waits_for_an_attempt_that_is_refused() {
    let faulty = Faulty::start();
    hold(&faulty, &json!({ "attempt": 2 }), &json!("drop"));
    faulty.fault(&json!({
        "match": { "attempt": 2 }, "action": { "what": "drop", "when": "before" },
    }));
    faulty.create("held").ended();
    faulty.create("held").ended();
    assert_eq!(writes(&faulty), [[json!("held"), json!(true)]]);
}

#[test]
fn a_request_waits_for_another_writer() {
    let faulty = Faulty::start();
    hold(&faulty, &json!("write"), &json!("drop"));
    faulty.put("held").ended();
    assert_eq!(faulty.put("held").status(), 200, "attempt 2 is no other");
    let elsewhere = Request::new("PUT", "/bucket/elsewhere");
    assert_eq!(faulty.send(&elsewhere).status(), 200, "nor another key");
    faulty.wait_for_held(1);
    let tag = faulty.put("other").answer();
    assert_eq!(
        writes(&faulty),
        [
            [json!("held"), json!(false)],
            [Value::Null, json!(false)],
            [json!("other"), json!(false)],
            [json!("held"), json!(true)],
        ]
    );
    // A delete is a write as well.
    faulty.post("/reset", &Value::Null);
    hold(&faulty, &json!("write"), &json!("drop"));
    faulty.create("held").ended();
    assert_eq!(faulty.delete(tag.header("etag").unwrap()).status(), 412);
    faulty.wait_for_held(1);
    let tag = faulty.read();
    assert_eq!(faulty.delete(tag.header("etag").unwrap()).status(), 204);
    assert_eq!(faulty.read().body, "held");
}

#[test]
fn a_condition_is_judged_when_the_request_is_applied() {
    let faulty = Faulty::start();
    hold(&faulty, &json!("release"), &json!("drop"));
    faulty.create("held").ended();
    faulty.create("other");
    let released = faulty.post("/release", &Value::Null);
    assert_eq!(released["released"][0]["status"], json!(412));
    assert_eq!(writes(&faulty), [[json!("other"), json!(false)]]);
}

#[test]
fn a_held_request_is_discarded() {
    let faulty = Faulty::start();
    hold(&faulty, &json!("release"), &json!("wait"));
    let stream = faulty.begin(&create("held", &[("x-amz-meta-s3-store-write-id", "held")]));
    faulty.wait_for_held(1);
    let released = faulty.post("/release", &json!({ "discard": true }));
    assert_eq!(released["released"][0]["status"], Value::Null);
    finish(stream, false).ended();
    assert_eq!(faulty.log().len(), 0);
}

#[test]
fn a_proxy_repeats_a_request_and_passes_on_the_last_answer() {
    let faulty = Faulty::start();
    faulty.fault(&json!({
        "match": { "headers": { "if-none-match": "*" } }, "action": { "what": "repeat" },
    }));
    assert_eq!(faulty.create("one").status(), 412);
    assert_eq!(
        faulty.logged(["writeId", "repeat", "status", "delivered"]),
        [[json!("one"), json!(false), json!(412), json!(false)]]
    );
    faulty.post("/reset", &Value::Null);
    faulty.on_put(&json!({ "what": "repeat", "times": 2 }));
    assert_eq!(faulty.put("two").status(), 200);
    assert_eq!(
        faulty.logged(["writeId", "repeat", "delivered"]),
        [
            [json!("two"), json!(false), json!(false)],
            [json!("two"), json!(true), json!(false)],
            [json!("two"), json!(true), json!(true)],
        ]
    );
}

#[test]
fn a_repetition_comes_later() {
    let faulty = Faulty::start();
    faulty.fault(&json!({
        "match": { "headers": { "if-none-match": "*" } }, "action": { "what": "repeat", "until": "write" },
    }));
    let tag = faulty.create("one").answer();
    assert_eq!(tag.status, 200);
    faulty.wait_for_held(1);
    assert_eq!(faulty.delete(tag.header("etag").unwrap()).status(), 204);
    assert_eq!(
        faulty.logged(["writeId", "held", "repeat", "delivered"]),
        [
            [json!("one"), json!(false), json!(false), json!(true)],
            [Value::Null, json!(false), json!(false), json!(true)],
            [json!("one"), json!(true), json!(true), json!(false)],
        ]
    );
}
