//! Why a key showed nothing: what the failures of our own requests mean.

use crate::failure::{Failure, Kind};
use crate::wire::ServiceError;

/// Why a key showed nothing.
pub(super) enum Stop {
    /// Another key may: an answer was lost, the server is in trouble, somebody else had a hand in it.
    Unsettled(Failure),
    /// We may not work on keys of our own.
    Forbidden,
    /// The caller's own request would end the same way.
    Final(Failure),
}

/// What the failure of a request of ours means for the proof.
pub(super) fn stop(mut failure: Failure) -> Stop {
    let cause = failure.seen.take().and_then(|seen| seen.cause);
    let is_ambiguous = failure.kind == Kind::Ambiguous;
    let failure = cause.filter(|_| is_ambiguous).unwrap_or(failure);
    if is_forbidden(&failure) {
        Stop::Forbidden
    } else if is_ambiguous || may_differ(&failure) {
        Stop::Unsettled(failure)
    } else {
        Stop::Final(failure)
    }
}

/// Codes of a 403 that are about who asks, not about what is asked for.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>
const ABOUT_THE_CALLER: [&str; 9] = [
    "AccountProblem",
    "AllAccessDisabled",
    "ExpiredToken",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "NotSignedUp",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// By S3's permissions, or by something in between that lets no such keys pass, with a page or a status of its own.
pub(super) fn is_forbidden(failure: &Failure) -> bool {
    let Some(ServiceError { code, status, .. }) = failure.service.as_deref() else {
        return false;
    };
    match (status, code.as_deref()) {
        (403, Some(code)) => !ABOUT_THE_CALLER.contains(&code),
        (403 | 404, None) | (405, _) => true,
        _ => false,
    }
}

/// A server in trouble, another writer in between.
fn may_differ(failure: &Failure) -> bool {
    match failure.kind {
        Kind::Ambiguous | Kind::WriteConflict | Kind::KeyExists | Kind::StaleData => true,
        Kind::Service => {
            has_code(failure, "NoSuchKey")
                || failure
                    .service
                    .as_ref()
                    .is_some_and(|error| matches!(error.status, 408 | 429 | 500..))
        }
        _ => false,
    }
}

pub(super) fn has_code(failure: &Failure, code: &str) -> bool {
    let service = failure.service.as_ref();
    service.is_some_and(|error| error.code.as_deref() == Some(code))
}
