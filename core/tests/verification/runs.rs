//! A proof is one run, whoever waits for it and however long.

use std::time::Duration;

use s3_store_core::{Failure, Kind, Store, WriteOutput};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::calls::Call;
use super::server::{Fate, Server, Verb};

/// The outcomes of `count` creates at once.
async fn creates(
    server: &Server,
    store: &Store<Server>,
    count: usize,
) -> Vec<Result<WriteOutput, Failure>> {
    let mut calls = JoinSet::new();
    for _ in 0..count {
        let (server, store) = (server.clone(), store.clone());
        calls.spawn(async move { Call::Create.make(&server, &store).await });
    }
    calls.join_all().await
}

#[tokio::test(start_paused = true)]
async fn many_first_calls_verify_once() {
    let server = Server::new();
    let made = creates(&server, &server.store(), 20).await;
    assert!(made.iter().any(Result::is_ok));
    assert_eq!(server.own_keys(), 1);
}

#[tokio::test(start_paused = true)]
async fn first_calls_of_many_stores_verify_once() {
    let server = Server::new();
    let (one, other) = (server.store(), server.store());
    let (one, other) = tokio::join!(creates(&server, &one, 3), creates(&server, &other, 3));
    assert!(one.iter().chain(&other).any(Result::is_ok));
    assert_eq!(server.own_keys(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_fails_everyone_who_waited_and_nobody_later() {
    let server = Server::scripted(|_, _| Fate::Answer("SlowDown", 503));
    let store = server.store();
    for failure in creates(&server, &store, 10).await {
        assert_eq!(failure.unwrap_err().kind, Kind::Service);
    }
    assert_eq!(server.own_keys(), 3, "the keys of one run");
    server.script(|_, _| Fate::Honest);
    assert!(Call::Create.make(&server, &store).await.is_ok());
    assert_eq!(server.own_keys(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_run_of_another_store_that_fails_is_not_this_ones() {
    let server = Server::new();
    let broken = server.for_others(|_, _| Fate::Answer("InvalidAccessKeyId", 403));
    let (theirs, ours) = (broken.store(), server.store());
    let (theirs, ours) = tokio::join!(
        Call::Create.make(&broken, &theirs),
        Call::Create.make(&server, &ours)
    );
    assert_eq!(theirs.unwrap_err().kind, Kind::Service);
    assert!(ours.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_run_of_another_store_that_is_forbidden_is_not_this_ones() {
    let server = Server::new();
    let forbidden = server.for_others(|_, _| Fate::Answer("AccessDenied", 403));
    let (theirs, ours) = (forbidden.store(), server.store());
    let (theirs, ours) = tokio::join!(
        Call::Delete.make(&forbidden, &theirs),
        Call::Delete.make(&server, &ours)
    );
    assert_eq!(theirs.unwrap_err().kind, Kind::Unsupported);
    assert!(ours.is_ok());
}

#[tokio::test(start_paused = true)]
async fn each_waiter_leaves_at_its_own_deadline_and_the_run_goes_on() {
    let server = Server::scripted(|sent, _| {
        let is_first = sent.key_number == 0 && sent.nth == 0 && sent.verb == Verb::Put;
        if sent.is_own && is_first {
            Fate::Hang
        } else {
            Fate::Honest
        }
    });
    let store = server.store_with(|config| {
        config.policy.max_attempts = 3;
        config.policy.request_timeout = Duration::from_secs(5);
        config.policy.timeout = Some(Duration::from_secs(1));
    });
    let began = Instant::now();
    for made in creates(&server, &store, 3).await {
        let failure = made.unwrap_err();
        assert_eq!(failure.kind, Kind::Timeout);
        assert!(
            failure.message.contains("nothing was sent"),
            "{}",
            failure.message
        );
    }
    assert_eq!(began.elapsed(), Duration::from_secs(1));
    assert_eq!(server.sent_for_the_caller(), 0);

    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(server.own_keys(), 1);
    let asked = server.sent(|sent| sent.is_own).len();
    assert!(Call::Create.make(&server, &store).await.is_ok());
    assert_eq!(
        server.sent(|sent| sent.is_own).len(),
        asked,
        "the verdict is known"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_ends_the_run_in_bounded_time() {
    let server = Server::scripted(|_, _| Fate::Hang);
    let store = server.store_with(|config| config.policy.max_attempts = 100);
    let began = Instant::now();
    let failure = Call::Create.make(&server, &store).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Timeout);
    assert!(
        began.elapsed() <= Duration::from_secs(75),
        "{:?}",
        began.elapsed()
    );
    assert_eq!(server.sent_for_the_caller(), 0);
}
