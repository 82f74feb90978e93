//! A server that can't be judged is not written to, and the caller is told no conflict of its own.

use s3_store_core::{Failure, Kind};

use super::calls::{CALLS, Call};
use super::server::{ENDPOINT, Fate, Sent, Server, Verb};

/// The tag under which the proof of a delete must be turned down.
const WRONG_TAG: &str = "\"00000000000000000000000000000000\"";

async fn failure_of(call: Call, is_hit: fn(&Sent) -> bool, fate: Fate) -> Failure {
    let server = Server::scripted(move |sent, _| {
        if sent.is_own && is_hit(sent) {
            fate
        } else {
            Fate::Honest
        }
    });
    let store = server.store_with(|config| config.policy.max_attempts = 3);
    let failure = call.make(&server, &store).await.unwrap_err();
    assert!(
        failure.message.contains("could not be verified"),
        "{}",
        failure.message
    );
    assert_eq!(server.sent_for_the_caller(), 0);
    assert_eq!(server.own_keys(), 3);
    let seen = failure.seen.as_deref();
    assert!(seen.is_none_or(|seen| seen.write_id.is_none() && seen.current_etag.is_none()));
    server.script(|_, _| Fate::Honest);
    assert!(
        call.make(&server, &store).await.is_ok(),
        "judged again later"
    );
    failure
}

#[tokio::test(start_paused = true)]
async fn conflicts_of_the_proof_are_an_error_of_their_own() {
    for call in CALLS {
        for (code, status, attempts) in [
            ("PreconditionFailed", 412, 1),
            ("ConditionalRequestConflict", 409, 6),
        ] {
            let fate = Fate::Answer(code, status);
            let failure = failure_of(call, |sent| sent.verb != Verb::Head, fate).await;
            assert_eq!(failure.kind, Kind::Transport);
            assert_eq!(failure.code.as_deref(), Some("ERR_CONDITIONS_UNVERIFIED"));
            assert_eq!(failure.endpoint.as_deref(), Some(ENDPOINT));
            assert_eq!(failure.attempts, attempts, "on the last key");
            assert!(failure.service.is_none());
            let cause = failure.seen.unwrap().cause.unwrap();
            assert_eq!(cause.service.unwrap().code.as_deref(), Some(code));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn so_is_a_key_of_the_proof_that_is_gone() {
    for (call, verb) in [(Call::Put, Verb::Put), (Call::Delete, Verb::Delete)] {
        let is_hit: fn(&Sent) -> bool = match verb {
            Verb::Put => |sent| sent.verb == Verb::Put,
            _ => |sent| sent.verb == Verb::Delete,
        };
        let failure = failure_of(call, is_hit, Fate::Answer("NoSuchKey", 404)).await;
        assert_eq!(failure.kind, Kind::Transport);
        assert_eq!(failure.code.as_deref(), Some("ERR_CONDITIONS_UNVERIFIED"));
    }
    let failure = failure_of(
        Call::Create,
        |sent| sent.verb == Verb::Head,
        Fate::Answer("", 404),
    )
    .await;
    assert_eq!(failure.code.as_deref(), Some("ERR_CONDITIONS_UNVERIFIED"));
}

#[tokio::test(start_paused = true)]
async fn a_server_in_trouble_says_so_in_its_own_words() {
    for call in CALLS {
        for status in [429, 503] {
            let failure = failure_of(call, |_| true, Fate::Answer("Whatever", status)).await;
            assert_eq!(failure.kind, Kind::Service);
            assert_eq!(failure.service.unwrap().code.as_deref(), Some("Whatever"));
        }
        let failure = failure_of(call, |_| true, Fate::LostBefore).await;
        assert_eq!(
            (failure.kind, failure.code.as_deref()),
            (Kind::Transport, Some("ECONNRESET"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_that_fails_fails_the_proof() {
    let is_head: fn(&Sent) -> bool = |sent| sent.verb == Verb::Head;
    for call in CALLS {
        let failure = failure_of(call, is_head, Fate::LostBefore).await;
        assert_eq!(failure.code.as_deref(), Some("ECONNRESET"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_fails_where_it_should_turn_down_is_not_judged_by_it() {
    let is_hit: [fn(&Sent) -> bool; 3] = [
        |sent| sent.verb == Verb::Put && sent.nth >= 1,
        |sent| sent.verb == Verb::Put && sent.nth >= 2,
        |sent| sent.condition.if_match() == Some(WRONG_TAG),
    ];
    for (call, is_hit) in CALLS.into_iter().zip(is_hit) {
        let failure = failure_of(call, is_hit, Fate::Answer("Whatever", 503)).await;
        assert_eq!(failure.kind, Kind::Service, "{call:?}");
    }
}
