//! The store's refusals as S3 answers them, in one place.

use http::{HeaderMap, HeaderValue, StatusCode, header};
use s3s::dto::{Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode};

use crate::store::{StoreError, VersionId};

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        let code = match &error {
            StoreError::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            StoreError::BucketAlreadyOwnedByYou => S3ErrorCode::BucketAlreadyOwnedByYou,
            StoreError::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
            StoreError::NoSuchKey | StoreError::Deleted { .. } => S3ErrorCode::NoSuchKey,
            StoreError::VersionIsDeleteMarker { .. } => S3ErrorCode::MethodNotAllowed,
            StoreError::NoSuchVersion => S3ErrorCode::NoSuchVersion,
            StoreError::PreconditionFailed => S3ErrorCode::PreconditionFailed,
            StoreError::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            StoreError::InvalidPart => S3ErrorCode::InvalidPart,
            StoreError::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            StoreError::EntityTooSmall => S3ErrorCode::EntityTooSmall,
        };
        let mut answer = refusal(code);
        match error {
            StoreError::Deleted { id } => answer.set_headers(marker_headers(&id)),
            StoreError::VersionIsDeleteMarker { id, modified } => {
                let mut headers = marker_headers(&id);
                headers.insert(header::ALLOW, HeaderValue::from_static("DELETE"));
                if let Some(date) = http_date(&modified.into()) {
                    headers.insert(header::LAST_MODIFIED, date);
                }
                answer.set_headers(headers);
            }
            _ => {}
        }
        answer
    }
}

/// An S3 error with S3's usual message for its code.
pub(crate) fn refusal(code: S3ErrorCode) -> S3Error {
    match usual_message(code.as_str()) {
        Some(message) => S3Error::with_message(code, message),
        None => S3Error::new(code),
    }
}

/// An S3 error for a header or parameter this server does not act on: it must not be ignored, as it may be a condition.
pub(super) fn not_implemented() -> S3Error {
    refusal(S3ErrorCode::NotImplemented)
}

/// The body is not the one whose SHA-256 was signed. s3s does not know this code.
pub(super) fn content_hash_mismatch() -> S3Error {
    let mut error = refusal(S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into()));
    error.set_status_code(StatusCode::BAD_REQUEST);
    error
}

/// 304, with the headers RFC 9110 asks for.
pub(super) fn not_modified(headers: HeaderMap) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    error.set_status_code(StatusCode::NOT_MODIFIED);
    error.set_headers(headers);
    error
}

/// A date as `Last-Modified` carries it.
pub(super) fn http_date(date: &Timestamp) -> Option<HeaderValue> {
    let mut text = Vec::new();
    date.format(TimestampFormat::HttpDate, &mut text).ok()?;
    HeaderValue::from_bytes(&text).ok()
}

fn marker_headers(id: &VersionId) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("x-amz-delete-marker", HeaderValue::from_static("true"));
    if let Ok(id) = HeaderValue::from_str(&id.to_string()) {
        headers.insert("x-amz-version-id", id);
    }
    headers
}

/// S3's message for an error code, where this server or the library under it gives none of its own.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub(crate) fn usual_message(code: &str) -> Option<&'static str> {
    Some(match code {
        "AccessDenied" => "Access Denied",
        "BadDigest" => "The Content-MD5 you specified did not match what we received.",
        "BucketAlreadyOwnedByYou" => {
            "Your previous request to create the named bucket succeeded and you already own it."
        }
        "BucketNotEmpty" => "The bucket you tried to delete is not empty",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidAccessKeyId" => "The AWS Access Key Id you provided does not exist in our records.",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidDigest" => "The Content-MD5 you specified was invalid.",
        "InvalidPart" => {
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the \
             specified entity tag may not match the part's entity tag."
        }
        "InvalidPartOrder" => {
            "The list of parts was not in ascending order. Parts must be ordered by part number."
        }
        "InvalidRange" => "The requested range is not satisfiable",
        "InvalidURI" => "Couldn't parse the specified URI.",
        "KeyTooLongError" => "Your key is too long",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or \
             completed."
        }
        "NoSuchVersion" => "The specified version does not exist.",
        "NotImplemented" => "A header you provided implies functionality that is not implemented",
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "RequestTimeTooSkewed" => {
            "The difference between the request time and the current time is too large."
        }
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing \
             method."
        }
        "XAmzContentSHA256Mismatch" => {
            "The provided 'x-amz-content-sha256' header does not match what was computed."
        }
        _ => return None,
    })
}
