//! Each verdict, and what it takes.

use std::sync::Arc;
use std::time::Duration;

use super::server::{Lies, Op, Server};
use s3_store_core::{
    Checksums, ETagForm, Failure, Finding, Policy, ProbeReport, ReadBack, Store, StoreConfig,
    Verdict, Warn,
};

pub(crate) const PREFIX: &str = "own/";

pub(crate) fn store(server: &Server) -> Store<Server> {
    let config = StoreConfig {
        bucket: "bucket".to_owned(),
        policy: Policy {
            max_attempts: 3,
            request_timeout: Duration::from_secs(30),
            timeout: None,
        },
        max_connections: 128,
        read_back: ReadBack::Always,
        checksums: Checksums::Off,
        verify: true,
        verify_prefix: PREFIX.to_owned(),
        warn: Warn(Arc::new(|_| {})),
    };
    Store::new(server.clone(), config)
}

pub(crate) async fn try_probe(server: &Server) -> Result<ProbeReport, Failure> {
    store(server).probe().await
}

async fn probe(lies: Lies) -> ProbeReport {
    try_probe(&Server::lying(lies)).await.unwrap()
}

/// The rows that are not enforced, by name.
fn odd(report: &ProbeReport) -> Vec<(&'static str, Verdict)> {
    let rows = [
        ("create", &report.create),
        ("putIfMatch", &report.put_if_match),
        ("getIfMatch", &report.get_if_match),
        ("getIfNoneMatch", &report.get_if_none_match),
        ("deleteIfMatch", &report.delete_if_match),
        ("multipart", &report.multipart),
        ("copy", &report.copy),
        ("metadata", &report.metadata),
    ];
    let odd = rows
        .iter()
        .filter(|(_, row)| row.verdict != Verdict::Enforced);
    odd.map(|(name, row)| (*name, row.verdict)).collect()
}

fn shows(finding: &Finding, sent: &str, got: &str) {
    let found = finding
        .evidence
        .iter()
        .any(|one| one.sent.contains(sent) && one.got.contains(got));
    assert!(found, "{sent}: {got} in {finding:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_all_of_it() {
    let report = probe(Lies::default()).await;
    assert_eq!(odd(&report), []);
    shows(
        &report.create,
        "16 × PutObject, If-None-Match: *",
        "1 × 200, 15 × 412",
    );
    shows(
        &report.put_if_match,
        "16 × PutObject, If-Match",
        "1 × 200, 15 × 412",
    );
    shows(
        &report.delete_if_match,
        "16 × DeleteObject",
        "1 × 204, 15 × 404",
    );
    let etags = report.etags.unwrap();
    assert_eq!(etags.given, ETagForm::Quoted);
    assert_eq!(etags.accepted, [ETagForm::Quoted, ETagForm::Unquoted]);
    assert_eq!(report.absent_delete.plain.as_deref(), Some("204"));
    assert_eq!(
        report.absent_delete.if_match.as_deref(),
        Some("404 NoSuchKey")
    );
    assert_eq!(report.endpoint.as_deref(), Some("http://server"));
    assert_eq!(
        (report.bucket.as_str(), report.prefix.as_str()),
        ("bucket", PREFIX)
    );
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_is_not_looked_at_is_ignored() {
    for (op, rows) in [
        (Op::Put, &["create", "putIfMatch"][..]),
        (Op::Get, &["getIfMatch", "getIfNoneMatch"]),
        (Op::Delete, &["deleteIfMatch"]),
        (Op::Complete, &["multipart"]),
        (Op::Copy, &["copy"]),
    ] {
        let report = probe(Lies {
            ignored: [op].into(),
            ..Lies::default()
        })
        .await;
        let expected: Vec<_> = rows.iter().map(|row| (*row, Verdict::Ignored)).collect();
        assert_eq!(odd(&report), expected, "{op:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_was_carried_out_all_the_same_is_ignored() {
    for (op, row) in [
        (Op::Delete, "deleteIfMatch"),
        (Op::Complete, "multipart"),
        (Op::Copy, "copy"),
    ] {
        let report = probe(Lies {
            secret: [op].into(),
            ..Lies::default()
        })
        .await;
        assert_eq!(odd(&report), [(row, Verdict::Ignored)], "{op:?}");
    }
    let report = probe(Lies {
        secret: [Op::Put].into(),
        ..Lies::default()
    })
    .await;
    let expected = [
        ("create", Verdict::Ignored),
        ("putIfMatch", Verdict::Ignored),
    ];
    assert_eq!(odd(&report), expected);
    shows(&report.create, "HeadObject", "another object");
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_more_than_one_passes_at_once_is_racy() {
    let report = probe(Lies {
        racy: [Op::Put].into(),
        ..Lies::default()
    })
    .await;
    let racy = [("create", Verdict::Racy), ("putIfMatch", Verdict::Racy)];
    assert_eq!(odd(&report), racy);
    shows(&report.create, "16 × PutObject", "16 × 200");
    let report = probe(Lies {
        racy: [Op::Delete].into(),
        ..Lies::default()
    })
    .await;
    assert_eq!(odd(&report), [("deleteIfMatch", Verdict::Racy)]);
    shows(&report.delete_if_match, "16 × DeleteObject", "16 × 204");
}

#[tokio::test(start_paused = true)]
async fn deleters_who_cannot_be_told_apart_are_not_called_racy() {
    let lies = Lies {
        absent_delete_is_success: true,
        ..Lies::default()
    };
    let report = probe(lies.clone()).await;
    assert_eq!(odd(&report), []);
    shows(&report.delete_if_match, "16 × DeleteObject", "16 × 204");
    let note = report.delete_if_match.note.unwrap();
    assert!(note.contains("can't be told"), "{note}");
    assert_eq!(report.absent_delete.if_match.as_deref(), Some("204"));

    // A put that comes in between is another matter: it succeeds, and is deleted.
    let report = probe(Lies {
        racy: [Op::Delete].into(),
        ..lies
    })
    .await;
    assert_eq!(odd(&report), [("deleteIfMatch", Verdict::Racy)]);
    shows(
        &report.delete_if_match,
        "8 × PutObject against 8",
        "puts: 1 × 200",
    );
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_is_turned_down_where_it_holds_is_refused() {
    let refusal = ("NotImplemented", 501);
    for (op, rows) in [
        (Op::Put, &["create", "putIfMatch"][..]),
        (Op::Get, &["getIfMatch", "getIfNoneMatch"]),
        (Op::Delete, &["deleteIfMatch"]),
        (Op::Complete, &["multipart"]),
        (Op::Copy, &["copy"]),
    ] {
        let report = probe(Lies {
            refused: [(op, refusal)].into(),
            ..Lies::default()
        })
        .await;
        let expected: Vec<_> = rows.iter().map(|row| (*row, Verdict::Refused)).collect();
        assert_eq!(odd(&report), expected, "{op:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_settled_by_another_key() {
    for op in [Op::Get, Op::Delete, Op::Complete, Op::Copy, Op::UploadPart] {
        let report = probe(Lies {
            lost: [(op, 1)].into(),
            ..Lies::default()
        })
        .await;
        assert_eq!(odd(&report), [], "{op:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_leaves_what_it_was_asked_unknown() {
    for (op, rows) in [
        (Op::Get, &["getIfMatch", "getIfNoneMatch"][..]),
        (Op::Delete, &["deleteIfMatch"]),
        (Op::Complete, &["multipart"]),
        (Op::Copy, &["copy"]),
        (Op::CreateUpload, &["multipart"]),
    ] {
        let server = Server::lying(Lies {
            lost: [(op, usize::MAX)].into(),
            ..Lies::default()
        });
        let report = try_probe(&server).await.unwrap();
        let expected: Vec<_> = rows.iter().map(|row| (*row, Verdict::Unknown)).collect();
        assert_eq!(odd(&report), expected, "{op:?}");
        if op == Op::Get {
            assert_eq!(report.etags, None);
            shows(&report.get_if_match, "GetObject", "no answer");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_that_does_not_come_back_is_ignored() {
    let report = probe(Lies {
        keeps_no_metadata: true,
        ..Lies::default()
    })
    .await;
    assert_eq!(odd(&report), [("metadata", Verdict::Ignored)]);
}

#[tokio::test(start_paused = true)]
async fn etags_without_quotes_are_noticed() {
    let report = probe(Lies {
        unquoted: true,
        ..Lies::default()
    })
    .await;
    assert_eq!(odd(&report), []);
    assert_eq!(report.etags.unwrap().given, ETagForm::Unquoted);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_is_answered_412_for_304_is_enforced_with_a_note() {
    let report = probe(Lies {
        not_modified_is_412: true,
        ..Lies::default()
    })
    .await;
    assert_eq!(odd(&report), []);
    let note = report.get_if_none_match.note.unwrap();
    assert!(note.contains("412"), "{note}");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_demands_conditions_can_be_probed() {
    let report = probe(Lies {
        demands_conditions: true,
        ..Lies::default()
    })
    .await;
    assert_eq!(odd(&report), []);
}
