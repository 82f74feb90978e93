//! What a failed attempt may have done: certainly nothing, or perhaps what was asked.

use crate::wire::{AttemptError, ServiceError};

/// Whether the attempt that ended with `error` certainly wrote nothing. `connection_selected` is whether a connection
/// was ever chosen for it.
///
/// Everything that is not known to be harmless counts as perhaps written: a timeout, a reset, a 5xx, an answer that
/// makes no sense.
pub(crate) fn wrote_nothing(error: &AttemptError, connection_selected: bool) -> bool {
    match error {
        AttemptError::NoAnswer(error) => error.unsent || !connection_selected,
        AttemptError::Service(error) => refused(error),
    }
}

/// S3's code decides first, whatever the status; then the status.
fn refused(error: &ServiceError) -> bool {
    match error.code.as_deref() {
        Some("PreconditionFailed" | "ConditionalRequestConflict" | "NoSuchKey") => true,
        // What only we know of was completed before, by whatever repeats requests on the way, or given up by somebody.
        Some("NoSuchUpload") => false,
        // A 404 that is not S3's is a page of something in between, and no answer.
        None if error.status == 404 => false,
        // 408 and 499 are said by whoever gave up waiting, which is not always who carries the request out.
        _ => matches!(error.status, 300..=407 | 409..=498 | 501),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::NoAnswer;

    fn service(code: Option<&str>, status: u16) -> AttemptError {
        AttemptError::Service(Box::new(ServiceError {
            code: code.map(str::to_owned),
            status,
            ..ServiceError::default()
        }))
    }

    #[test]
    fn complete_refusals_wrote_nothing() {
        for status in [301, 307, 400, 403, 407, 409, 412, 429, 498, 501] {
            assert!(wrote_nothing(&service(None, status), true), "{status}");
        }
        assert!(wrote_nothing(&service(Some("NoSuchBucket"), 404), true));
    }

    #[test]
    fn anything_else_may_have_written() {
        for status in [200, 206, 404, 408, 499, 500, 502, 503, 504, 599] {
            assert!(!wrote_nothing(&service(None, status), true), "{status}");
        }
        assert!(!wrote_nothing(&service(Some("InternalError"), 200), true));
        assert!(!wrote_nothing(&service(Some("NoSuchUpload"), 404), true));
        assert!(!wrote_nothing(&AttemptError::broken("reset"), true));
    }

    #[test]
    fn the_code_decides_before_the_status() {
        for code in [
            "PreconditionFailed",
            "ConditionalRequestConflict",
            "NoSuchKey",
        ] {
            assert!(wrote_nothing(&service(Some(code), 200), true), "{code}");
            assert!(wrote_nothing(&service(Some(code), 503), true), "{code}");
        }
    }

    #[test]
    fn a_request_that_never_left_wrote_nothing() {
        assert!(wrote_nothing(&AttemptError::broken("refused"), false));
        let unsent = NoAnswer {
            unsent: true,
            ..NoAnswer::default()
        };
        assert!(wrote_nothing(
            &AttemptError::NoAnswer(Box::new(unsent)),
            true
        ));
    }
}
