//! Requests that are signed here and made by somebody else.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{AttemptError, Headers, Wire};
use crate::precondition::Precondition;

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presignable {
    /// `GetObject`.
    Get,
    /// `HeadObject`.
    Head,
    /// `PutObject`, of a body that is not known.
    Put,
    /// `DeleteObject`.
    Delete,
}

/// A request to be signed.
#[derive(Clone, Debug)]
pub struct PresignRequest {
    /// The verb.
    pub verb: Presignable,
    /// The object's key.
    pub key: Arc<str>,
    /// What must hold. It becomes a header that is signed, so that whoever makes the request must send it.
    pub condition: Precondition,
    /// The version wanted; `None` is the current one.
    pub version_id: Option<String>,
    /// Further parameters of the query.
    pub query: Vec<(String, String)>,
    /// Further headers, `content-type` and metadata among them.
    pub headers: Headers,
    /// How long the signature holds.
    pub expires_in: Duration,
}

/// A request that was signed.
#[derive(Clone, Debug)]
pub struct Presigned {
    /// Where it goes.
    pub url: String,
    /// Its method.
    pub method: String,
    /// The headers that must be sent, as they are here.
    pub headers: Headers,
    /// When the signature ends to hold: with the credentials, if they end before.
    pub expires_at: SystemTime,
}

/// Signs requests without making them.
pub trait PresignWire: Wire {
    /// Signs a request.
    fn presign(
        &self,
        request: &PresignRequest,
    ) -> impl Future<Output = Result<Presigned, AttemptError>> + Send;
}
