//! Structured results as JSON, which JavaScript reads when it is needed.

mod objects;
mod probe;

use std::time::UNIX_EPOCH;

use s3_store_core::wire::{Answer, Headers, ListedObject, ServiceError, Tags, header};
use s3_store_core::{
    Failure, Kind, ListOutput, PresignOutput, Progress, Resolution, SeenAttempt, WriteId,
    WriteOutput,
};
use serde::Serialize;

pub(crate) use self::objects::{deleted_objects, versions_page};
pub(crate) use self::probe::probe;

#[derive(Serialize)]
struct Head<'a> {
    status: u16,
    attempts: u32,
    headers: &'a Headers,
    #[serde(flatten)]
    write: Option<WriteJson<'a>>,
}

/// What is said of a write beyond S3's answer.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WriteJson<'a> {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    recovered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<bool>,
}

/// What became of a write, as far as that is known.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolutionJson<'a> {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PresignedJson<'a> {
    url: &'a str,
    method: &'a str,
    headers: &'a Headers,
    /// Milliseconds since 1970.
    expires_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_id: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PageJson<'a> {
    attempts: u32,
    contents: Vec<ListedJson<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    common_prefixes: &'a [String],
    is_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListedJson<'a> {
    key: &'a str,
    #[serde(rename = "ETag", skip_serializing_if = "Option::is_none")]
    etag: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage_class: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FailureJson<'a> {
    kind: &'static str,
    message: &'a str,
    attempts: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<ServiceJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_etag: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Box<FailureJson<'a>>>,
}

/// What is said of an attempt to those who watch.
#[derive(Serialize)]
struct SeenJson<'a> {
    /// The call that it was made for.
    seen: u32,
    attempt: AttemptJson<'a>,
}

#[derive(Serialize)]
struct ProgressJson {
    /// The call whose bytes they are.
    progress: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    begun: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<u64>,
}

#[derive(Serialize)]
struct AttemptJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<&'a str>,
    attempt: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    /// Milliseconds.
    duration: f64,
}

#[derive(Serialize)]
struct ServiceJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    status: u16,
    fault: &'static str,
    headers: &'a Headers,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<&'a str>,
}

/// The head of an answer.
pub(crate) fn head(answer: &Answer, attempts: u32) -> String {
    text(&Head {
        status: answer.status,
        attempts,
        headers: &answer.headers,
        write: None,
    })
}

/// The head of the answer to a write, and what else is known of it.
pub(crate) fn written(output: &WriteOutput) -> String {
    text(&Head {
        status: output.answer.status,
        attempts: output.attempts,
        headers: &output.answer.headers,
        write: Some(WriteJson {
            recovered: output.recovered,
            write_id: output.write_id.as_ref().map(WriteId::as_str),
            current: output.current,
        }),
    })
}

/// What became of a write.
pub(crate) fn resolution(resolution: &Resolution) -> String {
    let (status, etag, version_id, current) = match resolution {
        Resolution::Landed {
            etag,
            version_id,
            current,
        } => (
            "landed",
            etag.as_deref(),
            version_id.as_deref(),
            Some(*current),
        ),
        Resolution::NotCurrent { etag, version_id } => {
            ("not-current", etag.as_deref(), version_id.as_deref(), None)
        }
        Resolution::Absent => ("absent", None, None, None),
    };
    text(&ResolutionJson {
        status,
        etag,
        version_id,
        current,
    })
}

/// A request that was signed.
pub(crate) fn presigned(output: &PresignOutput) -> String {
    let since = output
        .presigned
        .expires_at
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    text(&PresignedJson {
        url: &output.presigned.url,
        method: &output.presigned.method,
        headers: &output.presigned.headers,
        expires_at: u64::try_from(since.as_millis()).unwrap_or(u64::MAX),
        write_id: output.write_id.as_ref().map(WriteId::as_str),
    })
}

/// A page of a listing.
pub(crate) fn page(output: &ListOutput) -> String {
    text(&PageJson {
        attempts: output.attempts,
        contents: output.page.objects.iter().map(listed).collect(),
        common_prefixes: &output.page.common_prefixes,
        is_truncated: output.page.is_truncated,
        next: output.page.next.as_deref(),
    })
}

/// The tags of an object: pairs of name and value.
pub(crate) fn tags(tags: &Tags) -> String {
    text(tags)
}

/// An attempt of a call.
pub(crate) fn attempt(call: u32, seen: &SeenAttempt<'_>) -> String {
    text(&SeenJson {
        seen: call,
        attempt: AttemptJson {
            request: seen.request,
            attempt: seen.number,
            status: seen.status,
            code: seen.code,
            duration: seen.took.as_secs_f64() * 1000.0,
        },
    })
}

/// How far the bytes of a call have come.
pub(crate) fn progress(call: u32, progress: Progress) -> String {
    let (begun, moved) = match progress {
        Progress::Begun(total) => (Some(total), None),
        Progress::Moved(bytes) => (None, Some(bytes)),
    };
    text(&ProgressJson {
        progress: call,
        begun,
        moved,
    })
}

/// A failure.
pub(crate) fn failure(failure: &Failure) -> String {
    text(&failure_json(failure))
}

fn failure_json(failure: &Failure) -> FailureJson<'_> {
    let seen = failure.seen.as_deref();
    FailureJson {
        kind: failure.kind.name(),
        message: &failure.message,
        attempts: failure.attempts,
        service: failure.service.as_deref().map(service),
        code: failure.code.as_deref(),
        name: sdk_name(failure.kind),
        endpoint: failure.endpoint.as_deref(),
        key: failure.about.as_deref(),
        write_id: seen.and_then(|seen| seen.write_id.as_deref()),
        current_etag: seen.and_then(|seen| seen.current_etag.as_deref()),
        gone: seen.is_some_and(|seen| seen.gone),
        upload_id: seen.and_then(|seen| seen.upload_id.as_deref()),
        cause: seen
            .and_then(|seen| seen.cause.as_ref())
            .map(|cause| Box::new(failure_json(cause))),
    }
}

fn listed(object: &ListedObject) -> ListedJson<'_> {
    ListedJson {
        key: &object.key,
        etag: object.etag.as_deref(),
        size: object.size,
        last_modified: object.last_modified,
        storage_class: object.storage_class.as_deref(),
    }
}

fn service(error: &ServiceError) -> ServiceJson<'_> {
    ServiceJson {
        code: error.code.as_deref(),
        message: error.message.as_deref(),
        status: error.status,
        fault: if error.status >= 500 {
            "server"
        } else {
            "client"
        },
        headers: &error.headers,
        region: header(&error.headers, "x-amz-bucket-region"),
    }
}

/// The name that the JavaScript SDK gives to such an error.
const fn sdk_name(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Timeout => Some("TimeoutError"),
        Kind::Credentials => Some("CredentialsProviderError"),
        _ => None,
    }
}

fn text(value: &impl Serialize) -> String {
    // Structs of strings and numbers can't fail to serialize.
    serde_json::to_string(value).unwrap_or_default()
}
