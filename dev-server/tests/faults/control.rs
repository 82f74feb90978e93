//! The control endpoint: what it takes, refuses, counts and repeats.

use serde_json::{Value, json};

use crate::client::{Faulty, ID, KEY, create};
use crate::support::Request;

const REFUSE: &str = r#"{"what":"answer","when":"before","status":503}"#;

fn refuse() -> Value {
    serde_json::from_str(REFUSE).unwrap()
}

#[test]
fn what_makes_no_sense_is_refused() {
    let faulty = Faulty::start();
    let action = refuse();
    for (rule, why) in [
        (json!({}), "missing field `action`"),
        (json!({ "action": { "what": "explode" } }), "explode"),
        (json!({ "action": action, "probabilty": 0.5 }), "probabilty"),
        (
            json!({ "action": action, "probability": 1.5 }),
            "between 0 and 1",
        ),
        (
            json!({ "action": action, "match": { "operation": "PutObjct" } }),
            "'PutObjct' is no operation",
        ),
        (json!({ "action": { "what": "drop" } }), "when"),
        (
            json!({ "action": { "what": "answer", "status": 503 } }),
            "needs when",
        ),
        (
            json!({ "action": { "what": "answer", "when": "after" } }),
            "needs a status",
        ),
        (
            json!({ "action": { "what": "answer", "when": "after", "status": 99 } }),
            "between 200",
        ),
        (
            json!({ "action": { "what": "answer", "when": "after", "status": 200, "headers": { "a b": "" } } }),
            "is no header",
        ),
        (
            json!({ "action": { "what": "close", "reset": true } }),
            "reset",
        ),
        (
            json!({ "action": { "what": "hold" }, "match": { "status": 412 } }),
            "too late",
        ),
    ] {
        let (status, answer) = faulty.ask("POST", "/faults", &rule);
        let error = answer["error"].as_str().unwrap();
        assert_eq!(status, 400, "{rule}");
        assert!(error.contains(why), "{rule}: {error}");
    }
    for (method, path) in [
        ("GET", "/nothing"),
        ("DELETE", "/faults/7"),
        ("PUT", "/faults"),
    ] {
        assert_eq!(faulty.ask(method, path, &Value::Null).0, 404);
    }
    assert_eq!(faulty.get("/faults"), json!({ "seed": 1, "faults": [] }));
}

#[test]
fn a_rule_meets_what_it_names() {
    let faulty = Faulty::start();
    faulty.send(&Request::new("PUT", "/other"));
    let requests = [
        Request::new("PUT", "/bucket/a/1"),
        Request::new("PUT", "/bucket/a/2"),
        Request::new("PUT", "/bucket/b"),
        Request::new("PUT", "/other/b"),
        Request::new("GET", "/bucket/b"),
        Request {
            headers: &[("if-none-match", "*")],
            ..Request::new("PUT", "/bucket/c")
        },
    ];
    for (wanted, met) in [
        (json!({}), "111111"),
        (json!({ "bucket": "other" }), "000100"),
        (json!({ "key": "b" }), "001110"),
        (json!({ "keyPrefix": "a/" }), "110000"),
        (
            json!({ "operation": "PutObject", "bucket": "bucket" }),
            "111001",
        ),
        (
            json!({ "operation": ["GetObject", "HeadObject"] }),
            "000010",
        ),
        (json!({ "headers": { "If-None-Match": true } }), "000001"),
        (json!({ "headers": { "if-none-match": false } }), "111110"),
        (json!({ "headers": { "if-none-match": "*" } }), "000001"),
        (json!({ "headers": { "if-none-match": "?" } }), "000000"),
    ] {
        faulty.ask("DELETE", "/faults", &Value::Null);
        faulty.fault(&json!({ "match": wanted, "action": refuse() }));
        let found: String = requests
            .iter()
            .map(|request| {
                let is_met = faulty.send(request).status() == 503;
                if is_met { '1' } else { '0' }
            })
            .collect();
        assert_eq!(found, met, "{wanted}");
        let shown = &faulty.get("/faults")["faults"][0];
        assert_eq!(shown["matched"], json!(met.matches('1').count()));
        assert_eq!(shown["acted"], shown["matched"]);
    }
}

#[test]
fn attempts_are_counted_for_each_write() {
    let faulty = Faulty::start();
    faulty.fault(&json!({
        "match": { "operation": ["PutObject", "HeadObject"], "attempt": [1, 3] }, "action": refuse(),
    }));
    let statuses = |id| -> Vec<u16> { (0..4).map(|_| faulty.put(id).status()).collect() };
    assert_eq!(statuses("one"), [503, 200, 503, 200]);
    assert_eq!(statuses("two"), [503, 200, 503, 200]);
    // Without an id, requests of one kind for one key are one.
    let head = Request::new("HEAD", KEY);
    let anonymous = create("", &[]);
    let heads: Vec<u16> = (0..4).map(|_| faulty.send(&head).status()).collect();
    let puts: Vec<u16> = (0..4).map(|_| faulty.send(&anonymous).status()).collect();
    assert_eq!(
        (heads, puts),
        (vec![503, 200, 503, 200], vec![503, 200, 503, 200])
    );
}

#[test]
fn a_rule_acts_a_number_of_times_and_goes_on_counting() {
    let faulty = Faulty::start();
    let id = faulty.fault(&json!({ "times": 2, "action": refuse() }));
    let statuses: Vec<u16> = (0..4).map(|_| faulty.put("one").status()).collect();
    assert_eq!(statuses, [503, 503, 200, 200]);
    let shown = &faulty.get("/faults")["faults"][0];
    assert_eq!(
        (&shown["id"], &shown["matched"], &shown["acted"]),
        (&json!(id), &json!(4), &json!(2))
    );
    assert_eq!(shown["action"], refuse());
}

#[test]
fn rules_act_together_in_their_order() {
    let faulty = Faulty::start();
    faulty.put("one");
    faulty.fault(&json!({ "action": { "what": "ignoreCondition" } }));
    faulty.on_put(&json!({ "what": "answer", "when": "after", "status": 500 }));
    faulty.on_put(&json!({ "what": "answer", "when": "after", "status": 503 }));
    assert_eq!(faulty.create("two").status(), 503);
    assert_eq!(faulty.read().body, "two");
}

#[test]
fn a_seed_makes_the_same_faults_again() {
    let faulty = Faulty::start();
    let run = |seed: u64| -> String {
        assert_eq!(
            faulty.post("/reset", &json!({ "seed": seed })),
            json!({ "seed": seed })
        );
        faulty.fault(&json!({ "probability": 0.5, "action": refuse() }));
        (0..40)
            .map(|n| {
                let is_met = faulty.put(&format!("{seed} {n}")).status() == 503;
                if is_met { '1' } else { '0' }
            })
            .collect()
    };
    let first = run(7);
    assert_eq!(run(7), first);
    assert_ne!(run(8), first);
    assert!((8..32).contains(&first.matches('1').count()), "{first}");
}

#[test]
fn a_reset_leaves_the_buckets_alone() {
    let faulty = Faulty::start();
    faulty.put("one");
    faulty.on_put(&json!({ "what": "hold", "meanwhile": "drop" }));
    faulty.put("two").ended();
    faulty.post("/reset", &Value::Null);
    assert_eq!(faulty.get("/faults")["faults"], json!([]));
    assert_eq!(faulty.get("/held"), json!({ "held": [] }));
    assert_eq!(faulty.log().len(), 0);
    assert_eq!(faulty.get("/requests")["total"], json!(0));
    assert_eq!(faulty.read().body, "one");
}

#[test]
fn requests_and_changes_are_counted_by_key() {
    let faulty = Faulty::start();
    faulty.put("one");
    faulty.send(&Request {
        headers: &[("amz-sdk-request", "attempt=2; max=3"), (ID, "two")],
        ..Request::new("PUT", "/bucket/other")
    });
    faulty.read();
    let counts = faulty.get("/requests?bucket=bucket&key=k");
    assert_eq!(counts["total"], json!(2));
    assert_eq!(
        counts["operations"],
        json!({ "GetObject": 1, "PutObject": 1 })
    );
    let log = &faulty.get("/log?key=other")["log"];
    assert_eq!(log.as_array().unwrap().len(), 1);
    assert_eq!(log[0]["attempt"], json!("attempt=2; max=3"));
    assert_eq!(
        faulty.ask("DELETE", "/log", &Value::Null),
        (200, json!({ "removed": 2 }))
    );
    faulty.put("three");
    assert_eq!(faulty.logged(["seq"]), [[json!(3)]], "numbers go on");
}

#[test]
fn versions_and_delete_markers_are_logged() {
    let faulty = Faulty::start();
    let body = b"<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    faulty.send(&Request {
        body,
        ..Request::new("PUT", "/bucket?versioning=")
    });
    let (one, two) = (faulty.put("one").answer(), faulty.put("two").answer());
    let [version, newer] = [&one, &two].map(|answer| answer.header("x-amz-version-id").unwrap());
    let [tag, newer_tag] = [&one, &two].map(|answer| answer.header("etag").unwrap());
    faulty.send(&Request::new(
        "DELETE",
        &format!("{KEY}?versionId={version}"),
    ));
    let marker = faulty.delete(newer_tag).answer();
    let marker = marker.header("x-amz-version-id").unwrap();
    assert_eq!(
        faulty.logged(["etag", "replaced", "versionId"]),
        [
            [json!(tag), Value::Null, json!(version)],
            [json!(newer_tag), json!(tag), json!(newer)],
            [Value::Null, json!(tag), json!(version)],
            [Value::Null, json!(newer_tag), json!(marker)],
        ]
    );
}
