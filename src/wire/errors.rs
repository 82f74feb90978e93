//! What the SDK reports, in the core's terms.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_xml::decode::{Document, XmlDecodeError, try_data};
use rustls::CertificateError;
use s3_store_core::wire::{Answer, AttemptError, Headers, NoAnswer, Reason, ServiceError, header};

/// What is known of the store beside the error.
pub(crate) struct Context<'a> {
    /// The region requests are signed for.
    pub(crate) region: &'a str,
    /// The bucket.
    pub(crate) bucket: &'a str,
    /// The host the request went to.
    pub(crate) host: Option<&'a str>,
}

impl Context<'_> {
    /// Where nothing is known.
    pub(crate) const fn unknown() -> Self {
        Self {
            region: "",
            bucket: "",
            host: None,
        }
    }
}

/// The SDK's error as the outcome of an attempt.
pub(crate) fn attempt_error<E>(
    error: SdkError<E, HttpResponse>,
    context: &Context<'_>,
) -> AttemptError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(answered) => {
            let found = answered.err().meta();
            service(answered.raw(), found.code(), found.message(), context)
        }
        // A complete answer that the SDK could make nothing of: a proxy's page, say.
        SdkError::ResponseError(answered)
            if answered.raw().status().as_u16() >= 400
                && find::<hyper::Error>(&error).is_none() =>
        {
            service(answered.raw(), None, None, context)
        }
        SdkError::ResponseError(_) => {
            let status = error.raw_response().map_or(0, |raw| raw.status().as_u16());
            AttemptError::NoAnswer(Box::new(NoAnswer {
                reason: Reason::Transport,
                code: Some("ECONNRESET".to_owned()),
                message: format!(
                    "the answer (status {status}) can't be understood: {}",
                    deepest(&error)
                ),
                passing: true,
                unsent: false,
            }))
        }
        SdkError::DispatchFailure(failure) => no_answer(&error, failure.is_timeout(), context),
        SdkError::TimeoutError(_) => no_answer(&error, true, context),
        _ => no_answer(&error, false, context),
    }
}

fn service(
    raw: &HttpResponse,
    code: Option<&str>,
    message: Option<&str>,
    context: &Context<'_>,
) -> AttemptError {
    service_error(
        ServiceError {
            code: code.map(str::to_owned),
            message: message.map(str::to_owned),
            status: raw.status().as_u16(),
            headers: headers(raw),
        },
        context,
    )
}

/// An error of S3, with the right region named where that is what is wrong.
fn service_error(mut error: ServiceError, context: &Context<'_>) -> AttemptError {
    let elsewhere = header(&error.headers, "x-amz-bucket-region")
        .filter(|region| !context.region.is_empty() && *region != context.region);
    if let Some(region) = elsewhere {
        let said = error.message.take().unwrap_or_default();
        error.message = Some(format!(
            "{}{}The bucket is in {region:?}, not in {:?}: pass region.",
            said.trim_end_matches('.'),
            if said.is_empty() { "" } else { ". " },
            context.region
        ));
    }
    AttemptError::Service(Box::new(error))
}

/// The error in the body of an answer whose status says success, if there is one.
/// <https://repost.aws/knowledge-center/s3-resolve-200-internalerror>
pub(crate) fn error_in_success(answer: &Answer, body: &[u8]) -> Option<AttemptError> {
    // Servers that take long send spaces ahead, to keep the connection.
    let (code, message) = error_document(body.trim_ascii(), true).ok()?;
    Some(AttemptError::Service(Box::new(ServiceError {
        code,
        message,
        status: answer.status,
        headers: answer.headers.clone(),
    })))
}

/// An answer that is no success, as the SDK reads one.
pub(crate) fn refused(answer: Answer, body: &[u8], context: &Context<'_>) -> AttemptError {
    let (code, message) = match (body, answer.status) {
        // HEAD has no body for a code.
        ([], 404) => (Some("NotFound".to_owned()), None),
        // What is no XML is no answer of S3's: a proxy's page, say.
        (body, _) => error_document(body, false).unwrap_or_default(),
    };
    service_error(
        ServiceError {
            code,
            message,
            status: answer.status,
            headers: answer.headers,
        },
        context,
    )
}

/// Code and message of S3's error document.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn error_document(body: &[u8], strict: bool) -> Result<CodeAndMessage, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    if strict && !root.start_el().matches("Error") {
        return Err(XmlDecodeError::custom("the root is no Error"));
    }
    let (mut code, mut message) = (None, None);
    while let Some(mut tag) = root.next_tag() {
        let into = match tag.start_el().local() {
            "Code" => &mut code,
            "Message" => &mut message,
            _ => continue,
        };
        *into = Some(try_data(&mut tag)?.into_owned());
    }
    Ok((code, message))
}

type CodeAndMessage = (Option<String>, Option<String>);

/// What S3 says to a write that it carried out: 200, a tag, and no more.
pub(crate) fn written(answer: Answer, has_body: bool) -> Result<Answer, AttemptError> {
    match (answer.status, answer.etag()) {
        (200, Some(_)) if !has_body => Ok(answer),
        (200, None) => Err(not_s3s(&answer, "has no ETag")),
        _ => Err(not_s3s(&answer, "is not one of S3's to PutObject")),
    }
}

/// What S3 says to a delete that it carried out: 204, or with some servers 200, and no more.
pub(crate) fn deleted(answer: Answer, has_body: bool) -> Result<Answer, AttemptError> {
    match answer.status {
        200 | 204 if !has_body => Ok(answer),
        _ => Err(not_s3s(&answer, "is not one of S3's to DeleteObject")),
    }
}

/// An answer of something in between: whether the request was carried out, it does not tell.
fn not_s3s(answer: &Answer, why: &str) -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Transport,
        code: None,
        message: format!("the answer (status {}) {why}", answer.status),
        passing: true,
        unsent: false,
    }))
}

/// The headers of an answer; a value that isn't text is read as Latin-1, as Node does.
pub(crate) fn headers(raw: &HttpResponse) -> Headers {
    raw.headers()
        .iter_bytes()
        .map(|(name, value)| {
            let value = match std::str::from_utf8(value) {
                Ok(text) => text.to_owned(),
                Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
            };
            (name.to_ascii_lowercase(), value)
        })
        .collect()
}

/// No answer at all. What happened is found in the error's chain, by type.
pub(crate) fn no_answer(
    error: &(dyn Error + 'static),
    timed_out: bool,
    context: &Context<'_>,
) -> AttemptError {
    let (reason, code, message, passing) = classify(error, timed_out, context);
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason,
        code,
        message,
        passing,
        // hyper gives back what it had not begun to send.
        unsent: find::<hyper::Error>(error).is_some_and(hyper::Error::is_canceled),
    }))
}

type Class = (Reason, Option<String>, String, bool);

fn classify(error: &(dyn Error + 'static), timed_out: bool, context: &Context<'_>) -> Class {
    let host = context.host.unwrap_or("the endpoint");
    if let Some(found) = find::<CredentialsError>(error) {
        // The SDK's own words for the kind of failure say nothing to somebody who doesn't know the SDK.
        let message = format!("no credentials: {}", chain(found.source().unwrap_or(found)));
        return (Reason::Credentials, None, message, false);
    }
    if let Some(found) = find::<ResolveDnsError>(error) {
        let advice = if host.contains(".amazonaws.com") {
            "; if the bucket is not AWS's, pass endpoint"
        } else if host.starts_with(&format!("{}.", context.bucket)) {
            "; if the server has no such names, pass forcePathStyle: true"
        } else {
            ""
        };
        let message = format!("getaddrinfo ENOTFOUND {host}: {}{advice}", deepest(found));
        return (
            Reason::Transport,
            Some("ENOTFOUND".to_owned()),
            message,
            true,
        );
    }
    if let Some(found) = find::<rustls::Error>(error) {
        let message = format!("TLS: {found}{}", tls_advice(found));
        return (
            Reason::Transport,
            Some(tls_code(found).to_owned()),
            message,
            false,
        );
    }
    if timed_out {
        let message = format!("no connection to {host} in time");
        return (Reason::Timeout, Some("ETIMEDOUT".to_owned()), message, true);
    }
    if let Some((code, found)) = find_io(error) {
        let message = format!("{code} {host}: {found}");
        return (Reason::Transport, Some(code.to_owned()), message, true);
    }
    if find::<hyper::Error>(error).is_some()
        || find::<ConnectorError>(error).is_some_and(ConnectorError::is_io)
    {
        let message = format!("the connection to {host} broke: {}", deepest(error));
        return (
            Reason::Transport,
            Some("ECONNRESET".to_owned()),
            message,
            true,
        );
    }
    let message = format!("the request can't be made: {}", chain(error));
    (Reason::Configuration, None, message, false)
}

/// Node's name for what went wrong below HTTP.
fn find_io<'a>(error: &'a (dyn Error + 'static)) -> Option<(&'static str, &'a io::Error)> {
    sources(error)
        .filter_map(|source| source.downcast_ref::<io::Error>())
        .find_map(|found| {
            use io::ErrorKind as Kind;
            let code = match found.kind() {
                Kind::ConnectionRefused => "ECONNREFUSED",
                Kind::ConnectionReset | Kind::UnexpectedEof => "ECONNRESET",
                Kind::ConnectionAborted => "ECONNABORTED",
                Kind::BrokenPipe => "EPIPE",
                Kind::TimedOut => "ETIMEDOUT",
                Kind::HostUnreachable => "EHOSTUNREACH",
                Kind::NetworkUnreachable => "ENETUNREACH",
                Kind::AddrNotAvailable => "EADDRNOTAVAIL",
                Kind::PermissionDenied => "EACCES",
                _ => os_code(found.raw_os_error()?)?,
            };
            Some((code, found))
        })
}

/// Node's name for an error of the system that Rust has no kind for.
fn os_code(number: i32) -> Option<&'static str> {
    if cfg!(windows) {
        return (number == 10024).then_some("EMFILE");
    }
    match number {
        23 => Some("ENFILE"),
        24 => Some("EMFILE"),
        _ => None,
    }
}

/// Node's (OpenSSL's) name for what TLS found.
fn tls_code(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(error) => match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "CERT_HAS_EXPIRED"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "CERT_NOT_YET_VALID"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "ERR_TLS_CERT_ALTNAME_INVALID"
            }
            CertificateError::UnknownIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            CertificateError::Revoked => "CERT_REVOKED",
            _ => "CERT_REJECTED",
        },
        _ => "EPROTO",
    }
}

/// What helps against the failures that a user can do something about.
fn tls_advice(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            "; the server does not speak TLS there: http:// instead of https://?"
        }
        rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer) => {
            "; to trust its authority, name that one's certificate in NODE_EXTRA_CA_CERTS"
        }
        // rustls has no kind of its own for it.
        _ if error.to_string().contains("CaUsedAsEndEntity") => {
            "; the certificate is an authority's, not a server's: make one with basicConstraints CA:FALSE"
        }
        _ => "",
    }
}

/// An error and what lies behind it, outermost first.
pub(crate) fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        // An io::Error hides the error it carries from `source`, and shows that error's source instead.
        let carried = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|carried| carried as &(dyn Error + 'static));
        carried.or_else(|| error.source())
    })
}

fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    sources(error).find_map(|source| source.downcast_ref())
}

fn deepest(error: &(dyn Error + 'static)) -> String {
    sources(error)
        .last()
        .map_or_else(String::new, ToString::to_string)
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<_> = sources(error).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}
