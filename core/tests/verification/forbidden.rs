//! Where we may not work on keys of our own, puts go on with one warning, and deletes do not.

use s3_store_core::{Kind, Precondition};

use super::calls::{CALLS, Call};
use super::server::{Fate, Server, Verb};

#[tokio::test(start_paused = true)]
async fn puts_go_on_with_one_warning_and_deletes_do_not() {
    for (code, status) in [
        ("AccessDenied", 403),
        ("Forbidden", 403),
        ("", 403),
        ("", 404),
        ("MethodNotAllowed", 405),
        ("", 405),
    ] {
        let server = Server::scripted(move |sent, _| {
            if sent.is_own {
                return Fate::Answer(code, status);
            }
            Fate::Honest
        });
        let store = server.store();
        for call in [Call::Create, Call::Create, Call::Put] {
            assert!(call.make(&server, &store).await.is_ok(), "{code} {status}");
        }
        assert_eq!(server.warnings.lock().unwrap().len(), 1, "{code} {status}");
        let failure = Call::Delete.make(&server, &store).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported);
        assert!(
            failure.message.contains("conditions: 'trust'"),
            "{}",
            failure.message
        );
        assert_eq!(server.own_keys(), 3, "one for each kind, and no more");
    }
}

#[tokio::test(start_paused = true)]
async fn so_where_our_keys_may_be_written_and_not_read_or_deleted() {
    for verb in [Verb::Head, Verb::Delete] {
        let server = Server::scripted(move |sent, _| {
            if sent.is_own && sent.verb == verb {
                return Fate::Answer("", 403);
            }
            Fate::Honest
        });
        assert!(Call::Create.on(&server).await.is_ok());
        let warnings = usize::from(verb == Verb::Head);
        assert_eq!(server.warnings.lock().unwrap().len(), warnings, "{verb:?}");
        let failure = Call::Delete.on(&server).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported, "{verb:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_403_about_the_caller_is_the_callers() {
    for call in CALLS {
        let server = Server::scripted(|_, _| Fate::Answer("InvalidAccessKeyId", 403));
        let failure = call.on(&server).await.unwrap_err();
        let service = failure.service.unwrap();
        assert_eq!(service.code.as_deref(), Some("InvalidAccessKeyId"));
        assert!(server.warnings.lock().unwrap().is_empty());
        assert_eq!(server.sent_for_the_caller(), 0);
        let puts = server.sent(|sent| sent.verb == Verb::Put);
        assert_eq!(puts.len(), 1, "{call:?}: no other way is tried");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_forbidden_binds_no_other() {
    let server = Server::scripted(|sent, _| {
        if sent.key.starts_with(".s3-store-native/") {
            Fate::Answer("AccessDenied", 403)
        } else {
            Fate::Ignore
        }
    });
    let here = server.store();
    assert!(Call::Create.make(&server, &here).await.is_ok());
    assert!(Call::Create.on(&server).await.is_ok());
    assert_eq!(server.warnings.lock().unwrap().len(), 1, "once per process");

    let elsewhere = server.store_with(|config| config.verify_prefix = "checks/".to_owned());
    for call in [Call::Create, Call::Delete] {
        let failure = call.make(&server, &elsewhere).await.unwrap_err();
        assert!(failure.message.contains("ignores"), "{}", failure.message);
    }
    // What the server does is known now, whoever asks.
    let failure = Call::Create.make(&server, &here).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
}

#[tokio::test(start_paused = true)]
async fn a_store_with_other_credentials_finds_out_for_itself() {
    let server = Server::scripted(|_, _| Fate::Answer("AccessDenied", 403));
    assert_eq!(
        Call::Delete.on(&server).await.unwrap_err().kind,
        Kind::Unsupported
    );
    let others = server.for_others(|_, _| Fate::Honest);
    assert!(Call::Delete.on(&others).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_without_if_none_match_still_gets_the_other_writes() {
    let server = Server::scripted(|sent, _| {
        if sent.condition == Precondition::IfAbsent {
            return Fate::Answer("NotImplemented", 501);
        }
        Fate::Honest
    });
    let failure = Call::Create.on(&server).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(
        failure.message.contains("createObject"),
        "{}",
        failure.message
    );
    assert_eq!(server.sent_for_the_caller(), 0);
    assert!(Call::Put.on(&server).await.is_ok());
    assert!(Call::Delete.on(&server).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_without_if_match_is_told_by_that_name() {
    for (call, what) in [
        (
            Call::Put,
            "If-Match on PutObject, which putObjectIfMatch needs",
        ),
        (
            Call::Delete,
            "If-Match on DeleteObject, which deleteObjectIfMatch needs",
        ),
    ] {
        let server = Server::scripted(|sent, _| {
            if sent.condition.if_match().is_some() {
                return Fate::Answer("NotImplemented", 501);
            }
            Fate::Honest
        });
        let failure = call.on(&server).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported);
        assert!(failure.message.contains(what), "{}", failure.message);
        assert_eq!(server.sent_for_the_caller(), 0);
        assert!(Call::Create.on(&server).await.is_ok());
    }
}
