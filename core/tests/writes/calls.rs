//! What the tests of writes have in common: the settings of a store, a write, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use super::bucket::{Bucket, Fault};
use super::uploads::Verb;
use s3_store_core::{
    Checksums, ETag, Failure, PartWriter, Policy, Precondition, Put, ReadBack, Store, StoreConfig,
    Warn, WriteOutput,
};

pub(crate) fn config() -> StoreConfig {
    StoreConfig {
        bucket: "bucket".to_owned(),
        policy: Policy {
            max_attempts: 3,
            request_timeout: Duration::from_secs(30),
            timeout: None,
        },
        max_connections: 8,
        read_back: ReadBack::Always,
        checksums: Checksums::Off,
        verify: false,
        verify_prefix: String::new(),
        warn: Warn(Arc::new(|_| {})),
    }
}

/// The write of `mine`, with an id.
pub(crate) fn write(condition: Precondition) -> Put {
    Put {
        key: "key".to_owned(),
        body: "mine".into(),
        condition,
        content_type: "text/plain".to_owned(),
        metadata: Vec::new(),
        headers: Vec::new(),
        recovery: true,
        max_attempts: None,
    }
}

pub(crate) fn applied(bucket: &Bucket) -> usize {
    bucket.contents.lock().unwrap().applied.len()
}

pub(crate) fn heads(bucket: &Bucket) -> usize {
    bucket.contents.lock().unwrap().head_count
}

/// Bytes to a part, where nothing else is said: of [`BODY`], one and a half.
pub(crate) const PART_SIZE: usize = 4;
pub(crate) const BODY: &[u8] = b"sixsix";

/// Gives `bytes` to an upload and ends it. False when nobody takes them any more.
pub(crate) async fn feed(writer: &PartWriter, mut bytes: &[u8]) -> bool {
    loop {
        bytes = &bytes[writer.write(bytes)..];
        if bytes.is_empty() {
            writer.end();
            return true;
        }
        if !writer.send().await {
            return false;
        }
    }
}

/// Writes [`BODY`] in two parts, and nothing is on the way any more when it has ended.
pub(crate) async fn in_parts(store: &Store<Bucket>, put: Put) -> Result<WriteOutput, Failure> {
    let (writer, parts) = PartWriter::new(PART_SIZE, 2);
    let (written, _) = tokio::join!(store.upload(put, parts), feed(&writer, BODY));
    written
}

/// A write in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Update,
}

impl Call {
    /// Makes the call where its condition holds.
    pub(crate) async fn on(
        self,
        bucket: &Bucket,
        config: StoreConfig,
    ) -> Result<WriteOutput, Failure> {
        let condition = match self {
            Self::Create => Precondition::IfAbsent,
            Self::Update => {
                bucket.contents.lock().unwrap().overwrite("before");
                Precondition::IfMatch(ETag::new("\"1\""))
            }
        };
        in_parts(&Store::new(bucket.clone(), config), write(condition)).await
    }
}

pub(crate) const CALLS: [Call; 2] = [Call::Create, Call::Update];

/// A bucket whose completions meet these faults.
pub(crate) fn completing(faults: impl IntoIterator<Item = Fault>) -> Bucket {
    let bucket = Bucket::default();
    bucket.prepare(|contents| contents.uploads.completions.extend(faults));
    bucket
}

/// The ids of the uploads that are still there.
pub(crate) fn left(bucket: &Bucket) -> Vec<String> {
    let contents = bucket.contents.lock().unwrap();
    let left = contents.uploads.left();
    left.into_iter().map(str::to_owned).collect()
}

pub(crate) fn sent(bucket: &Bucket, verb: Verb) -> usize {
    bucket.contents.lock().unwrap().uploads.count(verb)
}
