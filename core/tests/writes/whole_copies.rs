//! Copies by one request, of a source that may change meanwhile.

use super::bucket::{Bucket, Fault, Moment};
use super::calls::{applied, heads, sent};
use super::copies::{BODY, OTHER, about, changes, copy, made, store};
use super::sources::{SOURCE, with_source};
use super::uploads::Verb;
use s3_store_core::{Copy, Failure, Kind, Precondition, WriteOutput};

fn create() -> Copy {
    Copy {
        part_size: None,
        ..copy(Precondition::IfAbsent)
    }
}

async fn copied(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    store(bucket).copy(create()).await
}

fn source_heads(bucket: &Bucket) -> usize {
    bucket.contents.lock().unwrap().source.heads
}

#[tokio::test(start_paused = true)]
async fn a_source_that_changes_in_between_is_copied_anew() {
    let bucket = with_source(BODY, |contents| {
        contents.meddling.push((Moment::Copy(1), changes));
    });
    assert!(!copied(&bucket).await.unwrap().recovered);
    assert_eq!((made(&bucket), applied(&bucket)), (OTHER.to_vec(), 1));
    assert_eq!(sent(&bucket, Verb::Copy), 2);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_keeps_changing_is_a_conflict_of_it() {
    let bucket = with_source(BODY, |contents| {
        for nth in 1..100 {
            contents.meddling.push((Moment::Copy(nth), changes));
        }
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!(
        (failure.kind, about(&failure)),
        (Kind::WriteConflict, Some(SOURCE))
    );
    assert_eq!((sent(&bucket, Verb::Copy), applied(&bucket)), (5, 0));
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_does_not_hold_is_that_of_the_key_where_the_source_is_the_same() {
    let bucket = with_source(BODY, |contents| contents.overwrite("another"));
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, about(&failure)), (Kind::KeyExists, None));
    assert_eq!((sent(&bucket, Verb::Copy), source_heads(&bucket)), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_may_have_landed_is_never_sent_for_another_source() {
    let bucket = with_source(BODY, |contents| {
        contents.puts_and_deletes.push_back(Fault::LostAfter);
        contents.meddling.push((Moment::Copy(2), changes));
    });
    assert!(copied(&bucket).await.unwrap().recovered);
    assert_eq!((made(&bucket), applied(&bucket)), (BODY.to_vec(), 1));
    assert_eq!((sent(&bucket, Verb::Copy), source_heads(&bucket)), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_conflict_asks_nothing_more_of_the_source() {
    let bucket = with_source(BODY, |contents| {
        let refused = Fault::Answer("AccessDenied", 403);
        contents.puts_and_deletes.push_back(refused);
        contents.meddling.push((Moment::Copy(1), changes));
    });
    let failure = copied(&bucket).await.unwrap_err();
    let service = failure.service.unwrap();
    assert_eq!(service.code.as_deref(), Some("AccessDenied"));
    assert_eq!((sent(&bucket, Verb::Copy), source_heads(&bucket)), (1, 1));
    assert_eq!(heads(&bucket), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_without_a_feature_is_blamed_for_the_condition_only_where_no_other_was_used() {
    for (headers, kind) in [
        (vec![], Kind::Unsupported),
        (vec![("x-amz-storage-class", "GLACIER")], Kind::Service),
    ] {
        let bucket = with_source(BODY, |contents| {
            let missing = Fault::Answer("NotImplemented", 501);
            contents.puts_and_deletes.push_back(missing);
        });
        let headers = headers
            .iter()
            .map(|(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned()));
        let copy = Copy {
            headers: headers.collect(),
            ..create()
        };
        let failure = store(&bucket).copy(copy).await.unwrap_err();
        assert_eq!(failure.kind, kind);
    }
}
