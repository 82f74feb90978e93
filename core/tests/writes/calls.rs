//! What the tests of writes have in common: the settings of a store, a write, and what became of it.

use std::sync::Arc;
use std::time::Duration;

use super::bucket::Bucket;
use s3_store_core::{Policy, Precondition, Put, ReadBack, StoreConfig, Warn};

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
