//! Writes in parts: their condition is one of its own, which a server may ignore where it honours that of a put.

use std::collections::HashSet;

use s3_store_core::{Kind, Precondition};

use super::calls::Call;
use super::objects::{Objects, Versioning};
use super::server::{Fate, Sent, Server, Verb};

const IN_PARTS: [Call; 2] = [Call::CreateInParts, Call::PutInParts];

/// Ignores the condition of `call`'s completions, also on the caller's key.
fn ignores(call: Call) -> impl FnMut(&Sent, &mut Objects) -> Fate + Send + 'static {
    move |sent, _| {
        let is_create = sent.condition == Precondition::IfAbsent;
        if sent.verb == Verb::Complete && is_create == (call == Call::CreateInParts) {
            Fate::Ignore
        } else {
            Fate::Honest
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_honours_conditions_is_verified_once_for_each_kind() {
    let server = Server::new();
    let store = server.store();
    for (keys, call) in IN_PARTS.into_iter().enumerate() {
        for _ in 0..2 {
            assert!(call.make(&server, &store).await.is_ok(), "{call:?}");
            assert_eq!(server.own_keys(), keys + 1, "{call:?}");
        }
    }
    let is_body = |sent: &Sent| sent.is_own && matches!(sent.verb, Verb::Part | Verb::Put);
    let sent = server.sent(is_body);
    let bodies: HashSet<_> = sent.iter().map(|sent| &sent.body).collect();
    assert_eq!(bodies.len(), sent.len(), "every body is a new one");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_it_is_refused_before_the_callers_upload_begins() {
    for (call, whole, what) in [
        (
            Call::CreateInParts,
            Call::Create,
            "If-None-Match: * on CompleteMultipartUpload",
        ),
        (
            Call::PutInParts,
            Call::Put,
            "If-Match on CompleteMultipartUpload",
        ),
    ] {
        let server = Server::scripted(ignores(call));
        for _ in 0..2 {
            let failure = call.on(&server).await.unwrap_err();
            assert_eq!(failure.kind, Kind::Unsupported);
            assert!(failure.message.contains(what), "{}", failure.message);
        }
        assert_eq!((server.sent_for_the_caller(), server.own_keys()), (0, 2));
        assert_eq!((server.left_behind(), server.uploads_left()), (0, 0));
        assert!(whole.on(&server).await.is_ok(), "a put is another matter");
        for other in IN_PARTS.into_iter().filter(|other| *other != call) {
            assert!(other.on(&server).await.is_ok(), "{call:?} {other:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_the_condition_of_puts_alone_still_takes_parts() {
    let server = Server::scripted(|sent, _| match (sent.verb, &sent.condition) {
        (Verb::Put, Precondition::IfMatch(_)) => Fate::Ignore,
        _ => Fate::Honest,
    });
    assert!(Call::PutInParts.on(&server).await.is_ok());
    let failure = Call::PutOfOnePart.on(&server).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(failure.message.contains("If-Match on PutObject"));
    assert_eq!(
        server
            .sent(|sent| !sent.is_own && sent.verb == Verb::Put)
            .len(),
        0
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_the_metadata_of_uploads_is_refused() {
    for call in IN_PARTS {
        let server = Server::new();
        server.objects(|objects| objects.keeps_no_metadata = true);
        let failure = call.on(&server).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported);
        assert!(failure.message.contains("metadata"), "{}", failure.message);
        assert_eq!(server.sent_for_the_caller(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_alone_does_not_discard_the_key() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        for call in IN_PARTS {
            for moment in 0..9 {
                let mut count = 0;
                let server = Server::scripted(move |sent, _| {
                    count += usize::from(sent.is_own);
                    if sent.is_own && count == moment + 1 {
                        return fate;
                    }
                    Fate::Honest
                });
                let store = server.store_with(|config| config.policy.max_attempts = 3);
                let made = call.make(&server, &store).await;
                assert!(made.is_ok(), "{fate:?} {call:?} {moment} {made:?}");
                assert_eq!(server.own_keys(), 1, "{fate:?} {call:?} {moment}");
                assert_eq!((server.left_behind(), server.uploads_left()), (0, 0));
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn writes_in_parts_go_on_where_our_keys_may_not_be_worked_on() {
    let server = Server::scripted(|sent, _| {
        if sent.is_own {
            return Fate::Answer("AccessDenied", 403);
        }
        Fate::Honest
    });
    let store = server.store();
    for call in IN_PARTS {
        assert!(call.make(&server, &store).await.is_ok(), "{call:?}");
    }
    assert_eq!(server.warnings.lock().unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_uploads_says_so_before_the_callers_begins() {
    for call in IN_PARTS {
        let server = Server::scripted(|sent, _| match sent.verb {
            Verb::CreateUpload => Fate::Answer("NotImplemented", 501),
            _ => Fate::Honest,
        });
        let failure = call.on(&server).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Service, "{call:?}");
        let service = failure.service.unwrap();
        assert_eq!(service.code.as_deref(), Some("NotImplemented"));
        assert_eq!((server.sent_for_the_caller(), server.left_behind()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_whether_or_not_the_bucket_keeps_versions() {
    for versioning in [
        Versioning::Never,
        Versioning::Enabled,
        Versioning::Suspended,
    ] {
        for call in IN_PARTS {
            let server = Server::new();
            server.objects(|objects| objects.versioning = versioning);
            assert!(call.on(&server).await.is_ok());
            assert_eq!((server.left_behind(), server.uploads_left()), (0, 0));
        }
    }
}
