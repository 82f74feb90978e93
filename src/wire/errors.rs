//! What went wrong, in the core's terms.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::error::SdkError;
use aws_smithy_runtime_api::client::dns::ResolveDnsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use rustls::CertificateError;
use s3_store_core::wire::{Answer, AttemptError, NoAnswer, Reason, ServiceError, header};

use super::answers;

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
    E: Error + Send + Sync + 'static,
{
    match &error {
        SdkError::ServiceError(answered) => refused(answered.raw(), context),
        // A complete answer that the SDK could make nothing of: a proxy's page, say.
        SdkError::ResponseError(answered)
            if answered.raw().status().as_u16() >= 400
                && find::<hyper::Error>(&error).is_none() =>
        {
            refused(answered.raw(), context)
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

/// The SDK has read the body to its end, and holds it.
fn refused(raw: &HttpResponse, context: &Context<'_>) -> AttemptError {
    let answer = Answer {
        status: raw.status().as_u16(),
        headers: answers::headers(raw),
    };
    answers::refused(answer, raw.body().bytes().unwrap_or_default(), context)
}

/// An error of S3, with the right region named where that is what is wrong.
pub(super) fn service_error(mut error: ServiceError, context: &Context<'_>) -> AttemptError {
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
