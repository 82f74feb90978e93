//! Receiving the content of an object or a part, with every digest the client gave checked.

use bytes::Bytes;
use futures::StreamExt as _;
use http::HeaderMap;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, s3_error};

use super::error::{content_hash_mismatch, refusal};
use crate::digest::{Algorithm, Digests, Hasher, base64, from_base64};

/// Space is set aside for the announced length, but no more than this many bytes on the word of a header alone.
const TRUSTED_LENGTH: usize = 64 * 1024 * 1024;

/// Content that was received whole and is what the client said it is.
pub(super) struct Received {
    pub(super) body: Bytes,
    pub(super) digests: Digests,
}

/// Reads a body to its end and checks its length, `Content-MD5` and checksum.
///
/// `fallback` is the checksum to compute when the request names none.
///
/// # Errors
/// `IncompleteBody`, `BadDigest`, `InvalidDigest`, `XAmzContentSHA256Mismatch`, `SignatureDoesNotMatch`, or `InvalidRequest`
/// for more than one checksum. Nothing may be stored then.
pub(super) async fn receive(
    blob: Option<StreamingBlob>,
    content_length: Option<i64>,
    headers: &HeaderMap,
    trailers: Option<&TrailingHeaders>,
    fallback: Option<Algorithm>,
) -> S3Result<Received> {
    let claimed = claimed_checksum(headers)?;
    let announced = claimed
        .as_ref()
        .map(|(algorithm, _)| *algorithm)
        .or_else(|| announced_algorithm(headers));
    let length = content_length.and_then(|length| usize::try_from(length).ok());
    let mut hasher = Hasher::new(announced.or(fallback));
    let mut content = Vec::with_capacity(length.unwrap_or(0).min(TRUSTED_LENGTH));
    if let Some(mut blob) = blob {
        while let Some(piece) = blob.next().await {
            let piece = piece.map_err(|error| broken_body(error.as_ref()))?;
            hasher.update(&piece);
            content.extend_from_slice(&piece);
        }
    }
    if length.is_some_and(|length| length != content.len()) {
        return Err(refusal(S3ErrorCode::IncompleteBody));
    }
    let digests = hasher.finish();
    check_md5(headers, digests.md5)?;
    let claimed = claimed.or_else(|| {
        trailers?
            .read(|trailers| claimed_checksum(trailers).ok().flatten())
            .flatten()
    });
    if let (Some((algorithm, value)), Some(computed)) = (&claimed, &digests.checksum)
        && (computed.algorithm != *algorithm || computed.value != *value)
    {
        let name = algorithm.name();
        return Err(s3_error!(
            BadDigest,
            "The {name} you specified did not match the calculated checksum."
        ));
    }
    Ok(Received {
        body: Bytes::from(content),
        digests,
    })
}

/// The checksum a client sent with its value.
///
/// # Errors
/// `InvalidRequest` for more than one.
pub(super) fn claimed_checksum(headers: &HeaderMap) -> S3Result<Option<(Algorithm, String)>> {
    let mut given = Algorithm::ALL.into_iter().filter_map(|algorithm| {
        let value = headers.get(algorithm.header())?.to_str().ok()?;
        Some((algorithm, value.to_owned()))
    });
    let first = given.next();
    if given.next().is_some() {
        return Err(s3_error!(
            InvalidRequest,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        ));
    }
    Ok(first)
}

/// The algorithm of a checksum whose value is still to come, in a trailer, or is left to the server.
fn announced_algorithm(headers: &HeaderMap) -> Option<Algorithm> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    let trailer = text("x-amz-trailer").and_then(|names| {
        Algorithm::ALL.into_iter().find(|algorithm| {
            names
                .split(',')
                .any(|name| name.trim().eq_ignore_ascii_case(algorithm.header()))
        })
    });
    trailer.or_else(|| Algorithm::named(text("x-amz-sdk-checksum-algorithm")?))
}

fn check_md5(headers: &HeaderMap, md5: [u8; 16]) -> S3Result<()> {
    let Some(claimed) = headers.get("content-md5") else {
        return Ok(());
    };
    let claimed = claimed
        .to_str()
        .ok()
        .filter(|text| from_base64(text).is_some_and(|bytes| bytes.len() == md5.len()));
    match claimed {
        None => Err(refusal(S3ErrorCode::InvalidDigest)),
        Some(claimed) if claimed != base64(&md5) => Err(refusal(S3ErrorCode::BadDigest)),
        Some(_) => Ok(()),
    }
}

/// Why a body could not be read to its end.
fn broken_body(error: &(dyn std::error::Error + Send + Sync)) -> S3Error {
    // s3s keeps the types of these errors to itself; their texts are all there is to tell them apart by.
    let text = error.to_string();
    if text.ends_with("Sha256Mismatch") {
        content_hash_mismatch()
    } else if text.ends_with("SignatureMismatch") {
        refusal(S3ErrorCode::SignatureDoesNotMatch)
    } else {
        refusal(S3ErrorCode::IncompleteBody)
    }
}
