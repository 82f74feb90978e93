//! Requests that look at an object: what they carry, and what they say of one that can't be had.

use std::time::Duration;

use super::bucket::{Bucket, Fault};
use super::calls::{config, heads, write};
use s3_store_core::wire::{HeadRequest, Headers};
use s3_store_core::{
    Delete, ETag, Failure, HeadOutput, Kind, Precondition, Put, Store, StoreConfig, WriteId,
};

const MINUTE: Duration = Duration::from_mins(1);

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// What gives access, and what is of the object alone.
fn access_and_more() -> (Headers, Headers) {
    let access = headers(&[
        ("x-amz-expected-bucket-owner", "111122223333"),
        ("x-amz-request-payer", "requester"),
        ("x-amz-server-side-encryption-customer-algorithm", "AES256"),
        ("x-amz-server-side-encryption-customer-key", "a2V5"),
        ("x-amz-server-side-encryption-customer-key-md5", "bWQ1"),
    ]);
    let mut all = access.clone();
    all.extend(headers(&[
        ("cache-control", "no-store"),
        ("x-amz-tagging", "a=b"),
    ]));
    (access, all)
}

async fn head(bucket: &Bucket, condition: Precondition) -> Result<HeadOutput, Failure> {
    let request = HeadRequest {
        key: "key".into(),
        condition,
        version_id: None,
        headers: Vec::new(),
    };
    Store::new(bucket.clone(), config()).head(request).await
}

#[tokio::test(start_paused = true)]
async fn a_read_back_carries_the_rights_of_the_write() {
    let (access, all) = access_and_more();
    let bucket = Bucket::default();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.versioned = true;
        contents
            .puts_and_deletes
            .push_back(Fault::LostThenOverwritten);
    }
    let put = Put {
        headers: all,
        ..write(Precondition::IfAbsent)
    };
    let written = Store::new(bucket.clone(), config()).put(put).await.unwrap();
    assert_eq!((written.recovered, written.current), (true, Some(false)));
    let looked_with = bucket.contents.lock().unwrap().looked_with.clone();
    // The HEAD of the key, the list of its versions, and the HEAD of one or two of them.
    assert!(looked_with.len() >= 3, "{looked_with:?}");
    // The list of versions has no use for the key that they are encrypted with.
    let (listed, looked): (Vec<_>, Vec<_>) = looked_with
        .into_iter()
        .partition(|headers| *headers == access[..2]);
    assert_eq!(listed.len(), 1);
    assert!(looked.len() >= 2 && looked.iter().all(|headers| *headers == access));
}

#[tokio::test(start_paused = true)]
async fn a_look_by_write_id_carries_the_rights_it_is_given() {
    let (access, all) = access_and_more();
    let bucket = Bucket::default();
    let store = Store::new(bucket.clone(), config());
    let id = WriteId::known("mine");
    store
        .resolve_write("key".to_owned(), &id, &all)
        .await
        .unwrap();
    let looked_with = bucket.contents.lock().unwrap().looked_with.clone();
    // HEAD, and GET for the word that HEAD does not have.
    assert_eq!(looked_with, [access.clone(), access]);
}

#[tokio::test(start_paused = true)]
async fn the_head_of_an_object_is_read() {
    let bucket = Bucket::default();
    bucket.contents.lock().unwrap().overwrite("there");
    let found = head(&bucket, Precondition::None).await.unwrap();
    assert_eq!((found.answer.status, found.attempts), (200, 1));
    assert!(!found.not_modified);
}

#[tokio::test(start_paused = true)]
async fn the_head_of_an_absent_object_is_refused_in_the_words_of_a_get() {
    for (said, code, status) in [
        ("", "NoSuchKey", 404),
        ("NotFound", "NoSuchKey", 404),
        ("NotFound", "NoSuchBucket", 404),
        ("", "AccessDenied", 403),
    ] {
        let bucket = Bucket::default();
        {
            let mut contents = bucket.contents.lock().unwrap();
            contents.heads.push_back(Fault::Answer(said, status));
            contents.gets.push_back(Fault::Answer(code, status));
        }
        let failure = head(&bucket, Precondition::None).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Service);
        let service = failure.service.unwrap();
        assert_eq!(
            (service.code.as_deref(), service.status),
            (Some(code), status)
        );
        assert_eq!(heads(&bucket), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_head_of_an_object_that_was_written_in_between_is_read() {
    let bucket = Bucket::default();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.overwrite("there");
        contents.heads.push_back(Fault::Answer("", 404));
    }
    assert!(head(&bucket, Precondition::None).await.is_ok());
    assert_eq!(heads(&bucket), 2);
}

#[tokio::test(start_paused = true)]
async fn a_page_without_an_etag_is_no_head() {
    let bucket = Bucket::default();
    for _ in 0..3 {
        bucket
            .contents
            .lock()
            .unwrap()
            .heads
            .push_back(Fault::Page(200));
    }
    let failure = head(&bucket, Precondition::None).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Transport);
}

#[tokio::test(start_paused = true)]
async fn nothing_changed_is_no_error_for_who_asks_for_changes() {
    let asked = [
        Precondition::IfNoneMatch(ETag::new("\"1\"")),
        Precondition::IfModifiedSince("Sun, 22 Nov 2026 06:00:10 GMT".into()),
    ];
    for condition in asked {
        let bucket = Bucket::default();
        bucket
            .contents
            .lock()
            .unwrap()
            .heads
            .push_back(Fault::Page(304));
        let found = head(&bucket, condition).await.unwrap();
        assert!(found.not_modified);
        assert_eq!(found.answer.status, 304);
    }
    let bucket = Bucket::default();
    bucket
        .contents
        .lock()
        .unwrap()
        .heads
        .push_back(Fault::Page(304));
    let failure = head(&bucket, Precondition::None).await.unwrap_err();
    assert_eq!(failure.service.map(|service| service.status), Some(304));
}

/// With a single connection, whoever keeps one and waits for another waits for ever.
fn narrow() -> StoreConfig {
    StoreConfig {
        max_connections: 1,
        ..config()
    }
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough_for_the_head_of_an_absent_object() {
    let request = HeadRequest {
        key: "key".into(),
        condition: Precondition::None,
        version_id: None,
        headers: Vec::new(),
    };
    let bucket = Bucket::default();
    let store = Store::new(bucket.clone(), narrow());
    let looked = tokio::time::timeout(MINUTE, store.head(request)).await;
    let failure = looked.expect("it ends").unwrap_err();
    assert_eq!(failure.kind, Kind::Service);
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough_for_a_read_back() {
    for (heads, lost) in [
        (vec![], Fault::LostThenOverwritten),
        (
            vec![Fault::LostBefore, Fault::LostBefore],
            Fault::LostThenOverwritten,
        ),
        (vec![Fault::LostBefore], Fault::LostAfter),
    ] {
        let bucket = Bucket::default();
        {
            let mut contents = bucket.contents.lock().unwrap();
            contents.versioned = true;
            contents.heads.extend(heads);
            contents.puts_and_deletes.push_back(lost);
        }
        let store = Store::new(bucket.clone(), narrow());
        let put = store.put(write(Precondition::IfAbsent));
        let written = tokio::time::timeout(MINUTE, put).await.expect("it ends");
        assert!(written.is_ok(), "{written:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough_for_the_read_back_of_a_delete() {
    let bucket = Bucket::default();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.overwrite("before");
        contents.puts_and_deletes.push_back(Fault::LostThenDeleted);
    }
    let delete = Delete {
        key: "key".to_owned(),
        condition: Precondition::IfMatch(ETag::new("\"1\"")),
        idempotent: true,
        version_id: None,
        headers: Vec::new(),
        max_attempts: None,
    };
    let store = Store::new(bucket.clone(), narrow());
    let deleted = tokio::time::timeout(MINUTE, store.delete(delete)).await;
    assert!(deleted.expect("it ends").is_ok());
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough_to_look_by_write_id() {
    for versioned in [false, true] {
        let bucket = Bucket::default();
        bucket.contents.lock().unwrap().versioned = versioned;
        let store = Store::new(bucket.clone(), narrow());
        let (id, headers) = (WriteId::known("mine"), Vec::new());
        let looked = store.resolve_write("key".to_owned(), &id, &headers);
        let looked = tokio::time::timeout(MINUTE, looked).await.expect("it ends");
        assert!(looked.is_ok(), "{looked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_is_encrypted_otherwise_is_looked_at_without_the_key() {
    let (_, all) = access_and_more();
    let bucket = Bucket::default();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.overwrite("another");
        contents.heads.push_back(Fault::Answer("", 400));
    }
    let put = Put {
        headers: all,
        ..write(Precondition::IfAbsent)
    };
    let store = Store::new(bucket.clone(), narrow());
    let failure = store.put(put).await.unwrap_err();
    assert_eq!(failure.kind, Kind::KeyExists);
    assert_eq!(failure.seen.unwrap().current_etag.as_deref(), Some("\"1\""));
}

#[tokio::test(start_paused = true)]
async fn what_head_said_stands_where_nobody_answers_since() {
    let bucket = Bucket::default();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.heads.push_back(Fault::Answer("", 404));
        contents.gets.extend(vec![Fault::LostBefore; 3]);
    }
    let failure = head(&bucket, Precondition::None).await.unwrap_err();
    assert_eq!(failure.service.map(|service| service.status), Some(404));
}

#[tokio::test(start_paused = true)]
async fn the_words_for_a_head_are_asked_of_the_same_version_with_the_same_rights() {
    let (access, _) = access_and_more();
    let bucket = Bucket::default();
    let request = HeadRequest {
        key: "key".into(),
        condition: Precondition::None,
        version_id: Some("v".to_owned()),
        headers: access.clone(),
    };
    let store = Store::new(bucket.clone(), config());
    assert!(store.head(request).await.is_err());
    let contents = bucket.contents.lock().unwrap();
    assert_eq!(contents.looked_with, [access.clone(), access]);
    assert_eq!(contents.looked_for, vec![Some("v".to_owned()); 2]);
}

#[tokio::test(start_paused = true)]
async fn a_refused_look_by_write_id_is_asked_about_with_the_same_rights() {
    let rights = headers(&[("x-amz-request-payer", "requester")]);
    let bucket = Bucket::default();
    bucket
        .contents
        .lock()
        .unwrap()
        .heads
        .push_back(Fault::Answer("", 403));
    let store = Store::new(bucket.clone(), config());
    let id = WriteId::known("mine");
    let looked = store.resolve_write("key".to_owned(), &id, &rights).await;
    assert!(looked.is_err());
    let contents = bucket.contents.lock().unwrap();
    assert_eq!(contents.looked_with, [rights.clone(), rights]);
}

#[tokio::test(start_paused = true)]
async fn a_delete_without_a_condition_is_never_ambiguous() {
    let bucket = Bucket::default();
    let lost = vec![Fault::LostAfter; 3];
    bucket
        .contents
        .lock()
        .unwrap()
        .puts_and_deletes
        .extend(lost);
    let delete = Delete {
        key: "key".to_owned(),
        condition: Precondition::None,
        idempotent: false,
        version_id: None,
        headers: Vec::new(),
        max_attempts: None,
    };
    let failure = Store::new(bucket, config())
        .delete(delete)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Transport);
}
