//! What an answer comes to.

use crate::attempts::may_pass;
use crate::fate;
use crate::wire::{AttemptError, ServiceError};

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Carried out.
    Done,
    /// 412: its condition doesn't hold.
    Failed,
    /// 304: its condition doesn't hold.
    NotModified,
    /// 404: there is no such key.
    Missing,
    /// 409: another write is under way.
    Conflict,
    /// Turned down for another reason.
    Refused,
    /// Not known: no answer, or none that says what was done.
    Lost,
}

/// A request's outcome, and the answer in words.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) outcome: Outcome,
    pub(super) text: String,
}

impl Reply {
    /// What `result` comes to. `status` finds that of a success.
    pub(super) fn of<T>(result: &Result<T, AttemptError>, status: impl Fn(&T) -> u16) -> Self {
        match result {
            Ok(value) => Self {
                outcome: Outcome::Done,
                text: status(value).to_string(),
            },
            Err(error) => Self::of_error(error),
        }
    }

    pub(super) fn of_error(error: &AttemptError) -> Self {
        match error {
            AttemptError::Service(service) => Self {
                outcome: service_outcome(error, service),
                text: match &service.code {
                    Some(code) => format!("{} {code}", service.status),
                    None => service.status.to_string(),
                },
            },
            AttemptError::NoAnswer(none) => Self {
                outcome: Outcome::Lost,
                text: format!("no answer: {}", none.message),
            },
        }
    }
}

/// S3's code decides first, whatever the status; then the status.
fn service_outcome(error: &AttemptError, service: &ServiceError) -> Outcome {
    match (service.code.as_deref(), service.status) {
        (Some("PreconditionFailed"), _) | (None, 412) => Outcome::Failed,
        (Some("ConditionalRequestConflict"), _) | (None, 409) => Outcome::Conflict,
        // A HEAD has no body to hold a code: the SDK makes one up.
        (Some("NoSuchKey" | "NotFound"), _) | (None, 404) => Outcome::Missing,
        (Some("RequestTimeTooSkewed"), _) => Outcome::Lost,
        _ if may_pass(error) || !fate::wrote_nothing(error, true) => Outcome::Lost,
        (_, 304) => Outcome::NotModified,
        _ => Outcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(code: Option<&str>, status: u16) -> Outcome {
        let error = ServiceError {
            code: code.map(str::to_owned),
            status,
            ..ServiceError::default()
        };
        Reply::of_error(&AttemptError::Service(Box::new(error))).outcome
    }

    #[test]
    fn the_code_decides_before_the_status() {
        assert_eq!(outcome(Some("PreconditionFailed"), 200), Outcome::Failed);
        assert_eq!(outcome(Some("NoSuchKey"), 412), Outcome::Missing);
        assert_eq!(outcome(Some("InvalidArgument"), 412), Outcome::Refused);
        assert_eq!(outcome(None, 412), Outcome::Failed);
        assert_eq!(outcome(None, 409), Outcome::Conflict);
        assert_eq!(outcome(None, 404), Outcome::Missing);
        assert_eq!(outcome(Some("NotFound"), 404), Outcome::Missing);
        assert_eq!(outcome(Some("NoSuchBucket"), 404), Outcome::Refused);
        assert_eq!(outcome(None, 304), Outcome::NotModified);
    }

    #[test]
    fn what_does_not_say_what_was_done_is_lost() {
        for (code, status) in [
            (None, 500),
            (Some("SlowDown"), 503),
            (Some("InternalError"), 200),
            (Some("RequestTimeout"), 400),
            (None, 408),
            (Some("RequestTimeTooSkewed"), 403),
        ] {
            assert_eq!(outcome(code, status), Outcome::Lost, "{code:?} {status}");
        }
        let error = AttemptError::broken("reset");
        assert_eq!(Reply::of_error(&error).outcome, Outcome::Lost);
    }

    #[test]
    fn what_is_turned_down_is_refused() {
        for (code, status) in [
            (Some("NotImplemented"), 501),
            (Some("AccessDenied"), 403),
            (Some("InvalidRequest"), 400),
            (Some("OperationAborted"), 409),
        ] {
            assert_eq!(outcome(code, status), Outcome::Refused, "{code:?}");
        }
    }
}
