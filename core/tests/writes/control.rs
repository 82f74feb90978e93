//! Calls that end early: told to, by their own time, or with the store.

use std::time::Duration;

use super::bucket::{Bucket, Fault};
use super::calls::{applied, config, heads, write};
use s3_store_core::wire::{GetRequest, ListRequest};
use s3_store_core::{
    Abort, Control, Delete, ETag, Failure, Kind, Precondition, Put, Store, WriteOutput,
};

fn store(bucket: &Bucket) -> Store<Bucket> {
    Store::new(bucket.clone(), config())
}

fn create() -> Put {
    write(Precondition::IfAbsent)
}

/// A create that is told to end a second after it began.
async fn aborted_after_a_second(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    let abort = Abort::new();
    let aborting = abort.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        aborting.cancel();
    });
    let control = Control {
        abort: Some(abort),
        ..Control::default()
    };
    store(bucket).under(control).put(create()).await
}

#[tokio::test(start_paused = true)]
async fn abort_before_the_call_sends_nothing() {
    let bucket = Bucket::default();
    let abort = Abort::new();
    abort.cancel();
    let control = Control {
        abort: Some(abort),
        ..Control::default()
    };
    let store = store(&bucket).under(control);
    let failure = store.put(create()).await.unwrap_err();
    assert_eq!((failure.kind, applied(&bucket)), (Kind::Aborted, 0));
    let read = store
        .get(GetRequest::new("key".into(), Precondition::None))
        .await;
    assert_eq!(read.err().unwrap().kind, Kind::Aborted);
    let listed = store.list(ListRequest::default()).await;
    assert_eq!(listed.unwrap_err().kind, Kind::Aborted);
}

#[tokio::test(start_paused = true)]
async fn abort_after_an_unanswered_attempt_is_ambiguous_without_a_read_back() {
    for (fault, kind) in [
        (Fault::Hangs, Kind::Ambiguous),
        (Fault::HangsUnsent, Kind::Aborted),
    ] {
        let bucket = Bucket::with([fault]);
        let failure = aborted_after_a_second(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, heads(&bucket)), (kind, 0), "{fault:?}");
        if kind == Kind::Ambiguous {
            let seen = failure.seen.unwrap();
            assert_eq!(seen.cause.unwrap().kind, Kind::Aborted);
            assert!(seen.write_id.is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn abort_ends_a_wait_before_a_repeat() {
    let began = tokio::time::Instant::now();
    for (fault, kind) in [
        (Fault::AppliedButAskedToWait, Kind::Ambiguous),
        (Fault::AskedToWait, Kind::Aborted),
    ] {
        let bucket = Bucket::with([fault]);
        let failure = aborted_after_a_second(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, heads(&bucket)), (kind, 0), "{fault:?}");
    }
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test(start_paused = true)]
async fn abort_of_a_delete_that_may_have_been_sent_is_ambiguous() {
    let bucket = Bucket::with([Fault::Hangs]);
    bucket.contents.lock().unwrap().overwrite("before");
    let abort = Abort::new();
    let control = Control {
        abort: Some(abort.clone()),
        ..Control::default()
    };
    let store = store(&bucket).under(control);
    let call = tokio::spawn(async move {
        let delete = Delete {
            key: "key".to_owned(),
            condition: Precondition::IfMatch(ETag::new("\"1\"")),
            idempotent: true,
            version_id: None,
            headers: Vec::new(),
            max_attempts: None,
        };
        store.delete(delete).await
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    abort.cancel();
    let failure = call.await.unwrap().unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::Ambiguous, 0));
}

#[tokio::test(start_paused = true)]
async fn timeout_of_a_call_goes_before_the_stores() {
    let bucket = Bucket::with([Fault::HangsUnsent]);
    let control = Control {
        timeout: Some(Duration::from_millis(70)),
        ..Control::default()
    };
    let failure = store(&bucket)
        .under(control)
        .put(create())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Timeout);
    assert_eq!(failure.message, "no answer within 70 ms");
}

#[tokio::test(start_paused = true)]
async fn close_ends_waits_and_reads_back() {
    let bucket = Bucket::with([Fault::AppliedButAskedToWait]);
    let store = store(&bucket);
    let writing = store.clone();
    let call = tokio::spawn(async move { writing.put(create()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = tokio::time::Instant::now();
    store.close().await;
    let written = call.await.unwrap().unwrap();
    assert!(written.recovered);
    assert_eq!((written.attempts, applied(&bucket)), (1, 1));
    assert!(began.elapsed() < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn close_waits_for_calls_that_are_under_way() {
    let bucket = Bucket::with([Fault::HangsUnsent, Fault::None]);
    let store = store(&bucket);
    let writing = store.clone();
    let call = tokio::spawn(async move { writing.put(create()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    store.close().await;
    assert!(call.is_finished());
    let failure = call.await.unwrap().unwrap_err();
    assert_eq!(failure.kind, Kind::Timeout, "and repeats nothing");
    assert_eq!((failure.attempts, applied(&bucket)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn calls_of_a_closed_store_fail() {
    let bucket = Bucket::default();
    let store = store(&bucket);
    tokio::join!(store.close(), store.close());
    let failure = store.put(create()).await.unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("ERR_STORE_CLOSED"));
    assert_eq!((failure.kind, applied(&bucket)), (Kind::Configuration, 0));
}
