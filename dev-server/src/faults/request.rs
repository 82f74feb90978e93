//! What is known of a request when it is let in.

use http::{HeaderMap, HeaderName, header};
use s3s::access::S3AccessContext;
use s3s::path::S3Path;
use serde::Serialize;

/// The user metadata that tells writes apart; it stays the same in every attempt of one write.
pub(crate) const WRITE_ID: &str = "s3-store-write-id";

/// Says which attempt of the client this is, and of how many.
const ATTEMPT: &str = "amz-sdk-request";

/// A request whose signature held.
#[derive(Debug)]
pub(crate) struct Request {
    pub(super) operation: String,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) headers: HeaderMap,
}

/// What makes two requests attempts of the same write: the write id or, without one, the operation and the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    WriteId(String),
    Target {
        operation: String,
        bucket: String,
        key: String,
    },
}

/// The condition of a request as it was sent.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SentCondition {
    #[serde(skip_serializing_if = "Option::is_none")]
    if_match: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    if_none_match: Option<String>,
}

impl Request {
    pub(crate) fn of(context: &S3AccessContext<'_>) -> Self {
        let (bucket, key) = match context.s3_path() {
            S3Path::Root => ("", ""),
            S3Path::Bucket { bucket } => (&**bucket, ""),
            S3Path::Object { bucket, key } => (&**bucket, &**key),
        };
        Self {
            operation: context.s3_op().name().to_owned(),
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            headers: context.headers().clone(),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn write_id(&self) -> Option<&str> {
        let name = const { HeaderName::from_static("x-amz-meta-s3-store-write-id") };
        self.headers.get(name)?.to_str().ok()
    }

    pub(super) fn sdk_attempt(&self) -> Option<&str> {
        self.header(ATTEMPT)
    }

    pub(super) fn condition(&self) -> Option<SentCondition> {
        let text = |name: HeaderName| self.header(name.as_str()).map(str::to_owned);
        let sent = SentCondition {
            if_match: text(header::IF_MATCH),
            if_none_match: text(header::IF_NONE_MATCH),
        };
        (sent.if_match.is_some() || sent.if_none_match.is_some()).then_some(sent)
    }

    pub(super) fn identity(&self) -> Identity {
        match self.write_id() {
            Some(id) => Identity::WriteId(id.to_owned()),
            None => Identity::Target {
                operation: self.operation.clone(),
                bucket: self.bucket.clone(),
                key: self.key.clone(),
            },
        }
    }
}
