//! Servers that ignore conditions are found out on a key of our own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::bucket::{Bucket, Fault};
use s3_store_core::{
    ETag, Failure, Kind, Policy, Precondition, Put, ReadBack, Store, StoreConfig, Warn, WriteOutput,
};

/// A store over `bucket`, on a server that no other test knows, and the warnings it gives.
fn store(bucket: &mut Bucket, server: &str) -> (Store<Bucket>, Arc<Mutex<Vec<String>>>) {
    bucket.server = Some(server.to_owned());
    let warnings = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&warnings);
    let config = StoreConfig {
        bucket: "bucket".to_owned(),
        policy: Policy {
            max_attempts: 1,
            request_timeout: Duration::from_secs(30),
            timeout: None,
        },
        max_connections: 8,
        read_back: ReadBack::Always,
        verify_prefix: Some(".s3-store-native/".to_owned()),
        warn: Warn(Arc::new(move |warning| {
            heard.lock().unwrap().push(warning.to_owned());
        })),
    };
    (Store::new(bucket.clone(), config), warnings)
}

async fn create(store: &Store<Bucket>) -> Result<WriteOutput, Failure> {
    let put = Put {
        key: "mine".to_owned(),
        body: "mine".into(),
        condition: Precondition::IfAbsent,
        content_type: "text/plain".to_owned(),
        metadata: Vec::new(),
        recovery: true,
    };
    store.put(put).await
}

async fn delete(store: &Store<Bucket>) -> Result<WriteOutput, Failure> {
    let condition = Precondition::IfMatch(ETag::new("\"1\""));
    store.delete("mine".to_owned(), condition, false).await
}

fn touched(bucket: &Bucket) -> Vec<String> {
    let touched = bucket.contents.lock().unwrap().touched.clone();
    touched.into_iter().filter(|key| key == "mine").collect()
}

#[tokio::test(start_paused = true)]
async fn a_server_that_honours_conditions_is_verified_once() {
    let mut bucket = Bucket::default();
    let (store, _) = store(&mut bucket, "honest");
    assert!(create(&store).await.is_ok());
    let before = bucket.contents.lock().unwrap().touched.len();
    assert_eq!(create(&store).await.unwrap_err().kind, Kind::KeyExists);
    assert_eq!(bucket.contents.lock().unwrap().touched.len(), before + 1);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_put_conditions_is_refused_before_the_callers_write() {
    let mut bucket = Bucket::default();
    bucket.contents.lock().unwrap().ignores_put_conditions = true;
    let (store, _) = store(&mut bucket, "ignores puts");
    let failure = create(&store).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(
        failure.message.contains("If-None-Match"),
        "{}",
        failure.message
    );
    assert!(touched(&bucket).is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_delete_conditions_may_still_write() {
    let mut bucket = Bucket::default();
    bucket.contents.lock().unwrap().ignores_delete_conditions = true;
    let (store, _) = store(&mut bucket, "ignores deletes");
    let failure = delete(&store).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(
        failure.message.contains("If-Match on DeleteObject"),
        "{}",
        failure.message
    );
    assert!(touched(&bucket).is_empty());
    assert!(create(&store).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_metadata_is_refused() {
    let mut bucket = Bucket::default();
    bucket.contents.lock().unwrap().keeps_no_metadata = true;
    let (store, _) = store(&mut bucket, "drops metadata");
    let failure = create(&store).await.unwrap_err();
    assert!(failure.message.contains("metadata"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn where_our_own_keys_are_forbidden_puts_go_on_with_one_warning_and_deletes_do_not() {
    let mut bucket = Bucket::default();
    bucket.contents.lock().unwrap().forbids_own_keys = true;
    let (store, warnings) = store(&mut bucket, "forbids");
    assert!(create(&store).await.is_ok());
    assert_eq!(create(&store).await.unwrap_err().kind, Kind::KeyExists);
    assert_eq!(warnings.lock().unwrap().len(), 1);
    let failure = delete(&store).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(
        failure.message.contains("conditions: 'trust'"),
        "{}",
        failure.message
    );
}

#[tokio::test(start_paused = true)]
async fn a_key_with_a_lost_answer_is_discarded_and_another_tried() {
    let mut bucket = Bucket::with([Fault::LostBefore]);
    let (store, _) = store(&mut bucket, "loses one answer");
    assert!(create(&store).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_judged_is_not_written_to_and_judged_again_later() {
    let mut bucket = Bucket::with([Fault::Answer("InternalError", 500); 6]);
    let (store, _) = store(&mut bucket, "in trouble");
    let failure = create(&store).await.unwrap_err();
    assert!(
        failure.message.contains("could not be verified"),
        "{}",
        failure.message
    );
    assert!(touched(&bucket).is_empty());
    assert!(create(&store).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn many_first_calls_verify_once() {
    let mut bucket = Bucket::default();
    let (store, _) = store(&mut bucket, "many at once");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { create(&store).await.is_ok() })
        })
        .collect();
    let mut won = 0;
    for call in calls {
        won += usize::from(call.await.unwrap());
    }
    assert_eq!(won, 1);
    let contents = bucket.contents.lock().unwrap();
    let keys: std::collections::HashSet<_> = contents.touched.iter().collect();
    assert_eq!(keys.len(), 2, "the callers' key, and one of ours");
}
