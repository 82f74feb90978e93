//! What S3's answers mean: the one table from (operation, error code) to what the caller is told.
//!
//! Codes: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html#conditional-error-response>.
//! `lib/outcomes.json` is written from this table (`UPDATE_GENERATED=1 cargo test -p s3-store-core`), so that the
//! JavaScript of a delegated store says the same words.

use crate::failure::Kind;
use crate::operation::Operation;
use crate::wire::ServiceError;

/// What one error code means for one operation.
#[derive(Debug)]
pub struct Meaning {
    /// The call that was made.
    pub operation: Operation,
    /// S3's error code.
    pub code: &'static str,
    /// The HTTP status that goes with the code, decisive only where an answer carries no code.
    pub status: u16,
    /// The class of error the caller gets.
    pub kind: Kind,
    /// The error's message.
    pub message: &'static str,
}

const fn row(
    operation: Operation,
    code: &'static str,
    status: u16,
    kind: Kind,
    message: &'static str,
) -> Meaning {
    Meaning {
        operation,
        code,
        status,
        kind,
        message,
    }
}

const FAILED: &str = "PreconditionFailed";
const CONFLICT: &str = "ConditionalRequestConflict";
const MISSING: &str = "NotImplemented";

/// The table.
#[rustfmt::skip]
pub const MEANINGS: &[Meaning] = &[
    row(Operation::CreateObject, FAILED, 412, Kind::KeyExists,
        "cannot overwrite an existing key"),
    row(Operation::CreateObject, CONFLICT, 409, Kind::WriteConflict,
        "create conflicted with a concurrent write to this key, retry"),
    row(Operation::CreateObject, MISSING, 501, Kind::Unsupported,
        "this bucket does not support If-None-Match on PutObject, which createObject needs"),
    row(Operation::PutObjectIfMatch, FAILED, 412, Kind::StaleData,
        "object was modified concurrently, reload your object first"),
    row(Operation::PutObjectIfMatch, CONFLICT, 409, Kind::WriteConflict,
        "update conflicted with a concurrent write to this key, retry"),
    row(Operation::PutObjectIfMatch, MISSING, 501, Kind::Unsupported,
        "this bucket does not support If-Match on PutObject, which putObjectIfMatch needs"),
    row(Operation::GetObjectIfMatch, FAILED, 412, Kind::StaleData,
        "object was modified concurrently, reload your object first. use getObject() instead"),
    row(Operation::GetObjectIfMatch, CONFLICT, 409, Kind::WriteConflict,
        "conditional read conflicted with a concurrent write to this key, retry"),
    row(Operation::GetObjectIfMatch, MISSING, 501, Kind::Unsupported,
        "this bucket does not support If-Match on GetObject, which getObjectIfMatch needs"),
    row(Operation::DeleteObjectIfMatch, FAILED, 412, Kind::StaleData,
        "object was modified concurrently, cannot proceed with deletion"),
    row(Operation::DeleteObjectIfMatch, CONFLICT, 409, Kind::WriteConflict,
        "delete conflicted with a concurrent write to this key, retry"),
    row(Operation::DeleteObjectIfMatch, MISSING, 501, Kind::Unsupported,
        "this bucket does not support If-Match on DeleteObject, which deleteObjectIfMatch needs"),
];

/// What `error` means for `operation`: by S3's code, and by the status only where there is no code.
pub(crate) fn meaning(operation: Operation, error: &ServiceError) -> Option<&'static Meaning> {
    // What a server has no use for may be any header of a request that has more than its condition.
    let may_be = |meaning: &&Meaning| !(error.further && meaning.kind == Kind::Unsupported);
    MEANINGS.iter().filter(may_be).find(|meaning| {
        meaning.operation == operation
            && match &error.code {
                Some(code) => code == meaning.code,
                None => error.status == meaning.status,
            }
    })
}

/// Whether S3 says that the bytes which it received are not those that were sent. `XAmzContentChecksumMismatch` is `MinIO`'s word for it.
pub(crate) fn is_damage(error: &ServiceError) -> bool {
    let codes = [
        "BadDigest",
        "XAmzContentChecksumMismatch",
        "XAmzContentSHA256Mismatch",
    ];
    error
        .code
        .as_deref()
        .is_some_and(|code| codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: Option<&str>, status: u16) -> ServiceError {
        ServiceError {
            code: code.map(str::to_owned),
            status,
            ..ServiceError::default()
        }
    }

    #[test]
    fn the_code_decides_before_the_status() {
        let found = meaning(Operation::CreateObject, &error(Some(FAILED), 200));
        assert_eq!(found.map(|m| m.kind), Some(Kind::KeyExists));
        assert!(meaning(Operation::CreateObject, &error(Some("BadDigest"), 412)).is_none());
    }

    #[test]
    fn the_status_decides_where_there_is_no_code() {
        let found = meaning(Operation::PutObjectIfMatch, &error(None, 412));
        assert_eq!(found.map(|m| m.kind), Some(Kind::StaleData));
    }

    #[test]
    fn what_is_missing_is_the_condition_only_where_nothing_else_can_be() {
        let missing = |further| ServiceError {
            further,
            ..error(Some(MISSING), 501)
        };
        let found = |further| meaning(Operation::CreateObject, &missing(further));
        assert_eq!(found(false).map(|m| m.kind), Some(Kind::Unsupported));
        assert!(found(true).is_none());
    }

    #[test]
    fn an_unconditional_call_has_no_meanings() {
        assert!(meaning(Operation::GetObject, &error(Some(FAILED), 412)).is_none());
        assert!(meaning(Operation::DeleteObject, &error(None, 412)).is_none());
    }

    #[test]
    fn the_copy_for_javascript_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../lib/outcomes.json");
        let rows: Vec<_> = MEANINGS
            .iter()
            .map(|m| {
                serde_json::json!({
                    "operation": m.operation.name(), "code": m.code, "status": m.status,
                    "kind": m.kind.name(), "message": m.message,
                })
            })
            .collect();
        let wanted = serde_json::to_string_pretty(&rows).expect("rows are plain") + "\n";
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::write(path, &wanted).expect("lib/outcomes.json can be written");
        }
        let found = std::fs::read_to_string(path).expect("lib/outcomes.json is there");
        assert_eq!(
            found, wanted,
            "run: UPDATE_GENERATED=1 cargo test -p s3-store-core"
        );
    }
}
