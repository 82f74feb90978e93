//! What went wrong, in the core's terms.

use std::error::Error;
use std::io;

use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
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
        // It says success, and is not what was asked for.
        SdkError::ServiceError(answered)
            if answered.raw().status().is_success() && !answers::is_error(body(answered.raw())) =>
        {
            not_understood(answered.raw().status().as_u16(), deepest(&error))
        }
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
            not_understood(status, deepest(&error))
        }
        SdkError::DispatchFailure(failure) => no_answer(&error, failure.is_timeout(), context),
        SdkError::TimeoutError(_) => no_answer(&error, true, context),
        _ => no_answer(&error, false, context),
    }
}

/// An answer that is none of S3's, or breaks off: as good as none.
pub(super) fn not_understood(status: u16, why: impl std::fmt::Display) -> AttemptError {
    AttemptError::broken(format!(
        "the answer (status {status}) can't be understood: {why}"
    ))
}

/// A request that there is no way to make.
pub(super) fn unmade(error: impl std::fmt::Display) -> AttemptError {
    unsent(format!("the request can't be made: {error}"))
}

/// What ends a request before anything of it was sent, and would end it again.
pub(super) fn unsent(message: String) -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Configuration,
        message,
        unsent: true,
        ..NoAnswer::default()
    }))
}

/// Whether an error may be one of the machine that answered, and none of how much it is asked: the SDK uses such a machine's
/// connection no more (`ReconnectMode::ReconnectOnTransientError`).
pub(super) fn is_transient(error: &ServiceError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    let is_named = code == "InternalError" || TRANSIENT_ERRORS.contains(&code);
    is_named
        || (matches!(error.status, 500 | 502 | 503 | 504) && !THROTTLING_ERRORS.contains(&code))
}

/// The SDK has read the body to its end, and holds it.
fn refused(raw: &HttpResponse, context: &Context<'_>) -> AttemptError {
    let answer = Answer {
        status: raw.status().as_u16(),
        headers: answers::headers(raw),
    };
    answers::refused(answer, body(raw), context)
}

fn body(raw: &HttpResponse) -> &[u8] {
    raw.body().bytes().unwrap_or_default()
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
        let why = match found {
            CredentialsError::ProviderTimedOut(context) => format!(
                "their provider did not answer within {} ms (requestTimeout)",
                context.timeout_duration().as_millis()
            ),
            _ => chain(found.source().unwrap_or(found)),
        };
        let message = format!("no credentials: {why}");
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
        // As Node says it, whom the port doesn't concern either.
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let message = format!("getaddrinfo ENOTFOUND {name}: {}{advice}", deepest(found));
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
    // By type hyper tells it only together with its server.
    let is_too_large =
        |found: &hyper::Error| found.is_parse() && found.to_string().contains("too large");
    if find::<hyper::Error>(error).is_some_and(is_too_large) {
        let message = format!("{host} answered with more than 100 headers, or too long ones");
        // As Node calls it. A second answer would have as many.
        let code = "HPE_HEADER_OVERFLOW".to_owned();
        return (Reason::Transport, Some(code), message, false);
    }
    // The pool has words of its own for a connection that was closed before it could be used.
    let is_connections =
        |found: &ConnectorError| found.is_io() || found.connection_metadata().is_some();
    if find::<hyper::Error>(error).is_some()
        || find::<ConnectorError>(error).is_some_and(is_connections)
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

/// Whether something took longer than it was given.
pub(super) fn is_timeout(error: &(dyn Error + 'static)) -> bool {
    find::<tokio::time::error::Elapsed>(error).is_some()
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
                _ => os_code(found.raw_os_error()?, cfg!(windows))?,
            };
            Some((code, found))
        })
}

/// Node's name for an error of the system that Rust has no kind for.
fn os_code(number: i32, is_windows: bool) -> Option<&'static str> {
    match (number, is_windows) {
        (23, false) => Some("ENFILE"),
        (24, false) | (10024, true) => Some("EMFILE"),
        _ => None,
    }
}

/// Node's (OpenSSL's) name for what TLS found.
fn tls_code(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidCertificate(error) => {
            match error {
                CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                    "CERT_HAS_EXPIRED"
                }
                CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                    "CERT_NOT_YET_VALID"
                }
                CertificateError::NotValidForName
                | CertificateError::NotValidForNameContext { .. } => "ERR_TLS_CERT_ALTNAME_INVALID",
                CertificateError::UnknownIssuer => "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                CertificateError::BadSignature
                | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
                    "CERT_SIGNATURE_FAILURE"
                }
                CertificateError::InvalidPurpose
                | CertificateError::InvalidPurposeContext { .. } => "INVALID_PURPOSE",
                CertificateError::Revoked => "CERT_REVOKED",
                _ => "CERT_REJECTED",
            }
        }
        _ => "EPROTO",
    }
}

/// What helps against the failures that a user can do something about.
fn tls_advice(error: &rustls::Error) -> &'static str {
    match error {
        rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType) => {
            "; the server does not speak TLS there: http:// instead of https://?"
        }
        // A signature that is wrong is one of another authority, with the name of one that is trusted.
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer
            | CertificateError::BadSignature
            | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. },
        ) => {
            "; to trust its authority, name that one's certificate in NODE_EXTRA_CA_CERTS, or give it as ca"
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

/// What an error and those behind it say.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<_> = sources(error).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::Poll;
    use std::time::Duration;

    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;
    use hyper::rt::{Read, ReadBufCursor, Write};
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const HERE: Context<'_> = Context {
        region: "eu-central-1",
        bucket: "bucket",
        host: Some("bucket.example.com:9000"),
    };

    const REFUSED: &str = "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>";

    fn answer(status: u16, body: &'static str) -> HttpResponse {
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body))
    }

    /// The outcome of a request that the SDK says ended so.
    fn outcome(error: SdkError<io::Error, HttpResponse>) -> AttemptError {
        attempt_error(error, &HERE)
    }

    fn service(error: AttemptError) -> ServiceError {
        match error {
            AttemptError::Service(error) => *error,
            AttemptError::NoAnswer(error) => panic!("no answer: {error:?}"),
        }
    }

    fn unanswered(error: AttemptError) -> NoAnswer {
        match error {
            AttemptError::NoAnswer(error) => *error,
            AttemptError::Service(error) => panic!("an answer: {error:?}"),
        }
    }

    /// What is told of a connector's error.
    fn broken(error: impl Error + Send + Sync + 'static) -> NoAnswer {
        let error = ConnectorError::other(Box::new(error), None);
        unanswered(outcome(SdkError::dispatch_failure(error)))
    }

    /// A connection on which nothing ever happens.
    struct Silence;

    impl Read for Silence {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: ReadBufCursor<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    impl Write for Silence {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Pending
        }

        fn poll_flush(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }

        fn poll_shutdown(
            self: Pin<&mut Self>,
            _: &mut std::task::Context<'_>,
        ) -> Poll<io::Result<()>> {
            Poll::Pending
        }
    }

    /// What hyper says of a request that it had not begun to send.
    async fn canceled() -> hyper::Error {
        let made = hyper::client::conn::http1::handshake(Silence).await;
        let (mut sender, connection) = made.unwrap();
        drop(connection);
        let request = hyper::Request::new(String::new());
        sender.send_request(request).await.unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn time_that_ran_out_is_found_below_what_it_led_to() {
        let never = std::future::pending::<()>();
        let elapsed = tokio::time::timeout(Duration::from_secs(1), never).await;
        let wrapped = io::Error::new(io::ErrorKind::TimedOut, elapsed.unwrap_err());
        assert!(is_timeout(&ConnectorError::other(Box::new(wrapped), None)));
        assert!(!is_timeout(&io::Error::other("something else")));
    }

    #[test]
    fn an_answer_is_told_by_its_code_whatever_the_sdk_makes_of_it() {
        for error in [
            SdkError::service_error(io::Error::other("modeled"), answer(403, REFUSED)),
            SdkError::response_error("not modeled", answer(403, REFUSED)),
        ] {
            let told = service(outcome(error));
            assert_eq!(
                (told.code.as_deref(), told.status),
                (Some("AccessDenied"), 403)
            );
            assert_eq!(told.message.as_deref(), Some("No."));
        }
        let page = SdkError::response_error("no XML", answer(400, "<html>"));
        let told = service(outcome(page));
        assert_eq!((told.code, told.status), (None, 400));
    }

    #[tokio::test]
    async fn an_answer_that_makes_no_sense_or_breaks_off_is_none() {
        let oddity = SdkError::response_error("no ETag", answer(399, ""));
        let broken_off = SdkError::response_error(canceled().await, answer(503, ""));
        for (error, status) in [(oddity, 399), (broken_off, 503)] {
            let told = unanswered(outcome(error));
            assert_eq!(told.reason, Reason::Transport);
            assert_eq!(told.code.as_deref(), Some("ECONNRESET"));
            assert!(told.passing && !told.unsent);
            let said = format!("the answer (status {status}) can't be understood: ");
            assert!(told.message.starts_with(&said), "{}", told.message);
        }
    }

    #[test]
    fn an_error_behind_a_success_is_told_by_its_code() {
        let spaces = "  \n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>\n";
        let told = service(outcome(SdkError::service_error(
            io::Error::other("no XML"),
            answer(200, spaces),
        )));
        assert_eq!(
            (told.code.as_deref(), told.status),
            (Some("InternalError"), 200)
        );
        let page = SdkError::service_error(io::Error::other("no XML"), answer(200, "<html>"));
        let told = unanswered(outcome(page));
        assert_eq!(told.code.as_deref(), Some("ECONNRESET"));
        assert!(told.passing && !told.unsent);
    }

    #[test]
    fn the_right_region_is_named_where_that_is_what_is_wrong() {
        let said = |region: &str, message: Option<&str>, context: &Context<'_>| {
            let error = ServiceError {
                message: message.map(str::to_owned),
                headers: vec![("x-amz-bucket-region".to_owned(), region.to_owned())],
                ..ServiceError::default()
            };
            service(service_error(error, context)).message
        };
        let advice = "The bucket is in \"us-west-2\", not in \"eu-central-1\": pass region.";
        let found = said("us-west-2", Some("Moved."), &HERE);
        assert_eq!(found, Some(format!("Moved. {advice}")));
        assert_eq!(said("us-west-2", None, &HERE).as_deref(), Some(advice));
        assert_eq!(said("eu-central-1", None, &HERE), None);
        assert_eq!(said("us-west-2", None, &Context::unknown()), None);
    }

    #[test]
    fn credentials_that_cannot_be_had_are_final() {
        let told = broken(CredentialsError::not_loaded("the profile has none"));
        assert_eq!((told.reason, told.code), (Reason::Credentials, None));
        assert_eq!(told.message, "no credentials: the profile has none");
        assert!(!told.passing);
        let limit = Duration::from_millis(500);
        let told = broken(CredentialsError::provider_timed_out(limit));
        assert_eq!(told.reason, Reason::Credentials);
        let said = "no credentials: their provider did not answer within 500 ms (requestTimeout)";
        assert_eq!(told.message, said);
    }

    #[test]
    fn a_name_that_is_not_found_comes_with_advice() {
        for (host, advice) in [
            (
                "bucket.s3.eu-central-1.amazonaws.com",
                "; if the bucket is not AWS's, pass endpoint",
            ),
            (
                "bucket.example.com",
                "; if the server has no such names, pass forcePathStyle: true",
            ),
            ("example.com", ""),
        ] {
            let with_port = format!("{host}:9000");
            let context = Context {
                host: Some(&with_port),
                ..HERE
            };
            let error = ResolveDnsError::new(io::Error::other("no such name"));
            let told = unanswered(no_answer(&error, false, &context));
            assert_eq!(told.code.as_deref(), Some("ENOTFOUND"));
            let expected = format!("getaddrinfo ENOTFOUND {host}: no such name{advice}");
            assert_eq!((told.message, told.passing), (expected, true));
        }
    }

    #[test]
    fn tls_failures_have_nodes_codes_and_are_final() {
        use CertificateError as Bad;
        use rustls::{Error as Tls, InvalidMessage};

        let certificate = Tls::InvalidCertificate;
        for (error, code, advice) in [
            (certificate(Bad::Expired), "CERT_HAS_EXPIRED", ""),
            (certificate(Bad::NotValidYet), "CERT_NOT_YET_VALID", ""),
            (
                certificate(Bad::NotValidForName),
                "ERR_TLS_CERT_ALTNAME_INVALID",
                "",
            ),
            (
                certificate(Bad::UnknownIssuer),
                "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
                "; to trust its authority, name that one's certificate in NODE_EXTRA_CA_CERTS, or give it as ca",
            ),
            (certificate(Bad::Revoked), "CERT_REVOKED", ""),
            (
                certificate(Bad::BadSignature),
                "CERT_SIGNATURE_FAILURE",
                "; to trust its authority, name that one's certificate in NODE_EXTRA_CA_CERTS, or give it as ca",
            ),
            (certificate(Bad::InvalidPurpose), "INVALID_PURPOSE", ""),
            (certificate(Bad::BadEncoding), "CERT_REJECTED", ""),
            (
                certificate(Bad::Other(rustls::OtherError(Arc::new(io::Error::other(
                    "CaUsedAsEndEntity",
                ))))),
                "CERT_REJECTED",
                "; the certificate is an authority's, not a server's: make one with basicConstraints CA:FALSE",
            ),
            (
                Tls::InvalidMessage(InvalidMessage::InvalidContentType),
                "EPROTO",
                "; the server does not speak TLS there: http:// instead of https://?",
            ),
            (Tls::DecryptError, "EPROTO", ""),
        ] {
            let expected = format!("TLS: {error}{advice}");
            // As it arrives: an io::Error hides what it carries.
            let told = broken(io::Error::other(error));
            assert_eq!((told.code.as_deref(), told.message), (Some(code), expected));
            assert!(told.reason == Reason::Transport && !told.passing);
        }
    }

    #[test]
    fn time_that_is_up_is_a_timeout_whoever_says_so() {
        let connecting = ConnectorError::timeout(Box::new(io::Error::other("slow")));
        for error in [
            SdkError::dispatch_failure(connecting),
            SdkError::timeout_error("slow"),
        ] {
            let told = unanswered(outcome(error));
            assert_eq!(told.reason, Reason::Timeout);
            assert_eq!(told.code.as_deref(), Some("ETIMEDOUT"));
            let expected = "no connection to bucket.example.com:9000 in time";
            assert_eq!((&*told.message, told.passing), (expected, true));
        }
    }

    #[test]
    fn what_the_system_says_has_nodes_code() {
        use io::ErrorKind as Kind;

        for (kind, code) in [
            (Kind::ConnectionRefused, "ECONNREFUSED"),
            (Kind::ConnectionReset, "ECONNRESET"),
            (Kind::UnexpectedEof, "ECONNRESET"),
            (Kind::ConnectionAborted, "ECONNABORTED"),
            (Kind::BrokenPipe, "EPIPE"),
            (Kind::TimedOut, "ETIMEDOUT"),
            (Kind::HostUnreachable, "EHOSTUNREACH"),
            (Kind::NetworkUnreachable, "ENETUNREACH"),
            (Kind::AddrNotAvailable, "EADDRNOTAVAIL"),
            (Kind::PermissionDenied, "EACCES"),
        ] {
            let told = broken(io::Error::from(kind));
            assert_eq!((told.reason, told.passing), (Reason::Transport, true));
            assert_eq!(told.code.as_deref(), Some(code));
            let expected = format!("{code} bucket.example.com:9000: {}", io::Error::from(kind));
            assert_eq!(told.message, expected);
        }
        assert_eq!(os_code(23, false), Some("ENFILE"));
        assert_eq!(os_code(24, false), Some("EMFILE"));
        assert_eq!(os_code(10024, true), Some("EMFILE"));
        for (number, is_windows) in [(24, true), (10024, false), (25, false)] {
            assert_eq!(os_code(number, is_windows), None);
        }
        let number = if cfg!(windows) { 10024 } else { 24 };
        let told = broken(io::Error::from_raw_os_error(number));
        assert_eq!(told.code.as_deref(), Some("EMFILE"));
    }

    #[test]
    fn a_connection_that_breaks_without_a_word_of_the_system_is_reset() {
        let error = ConnectorError::io(Box::new(io::Error::other("broke")));
        let told = unanswered(outcome(SdkError::dispatch_failure(error)));
        assert_eq!(told.code.as_deref(), Some("ECONNRESET"));
        let expected = "the connection to bucket.example.com:9000 broke: broke";
        assert_eq!((&*told.message, told.passing), (expected, true));
        assert!(!told.unsent, "it may have arrived");
    }

    #[tokio::test]
    async fn an_answer_with_more_headers_than_are_read_is_not_asked_for_again() {
        let (ours, mut servers) = tokio::io::duplex(1 << 16);
        let answer = format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: b\r\n".repeat(101));
        let answering = tokio::spawn(async move {
            servers.read_u8().await.unwrap();
            servers.write_all(answer.as_bytes()).await.unwrap();
            servers
        });
        let made = hyper::client::conn::http1::handshake(TokioIo::new(ours)).await;
        let (mut sender, connection) = made.unwrap();
        let connection = tokio::spawn(connection);
        let sent = sender.send_request(hyper::Request::new(String::new()));
        let told = broken(sent.await.unwrap_err());
        connection.abort();
        answering.abort();
        assert_eq!(told.code.as_deref(), Some("HPE_HEADER_OVERFLOW"));
        assert!(!told.passing && !told.unsent, "it may have arrived");
        let expected =
            "bucket.example.com:9000 answered with more than 100 headers, or too long ones";
        assert_eq!(told.message, expected);
    }

    #[tokio::test]
    async fn what_hyper_had_not_begun_to_send_is_known_to_be_unsent() {
        let told = broken(canceled().await);
        assert_eq!(told.code.as_deref(), Some("ECONNRESET"));
        assert!(told.unsent && told.passing);
    }

    #[test]
    fn a_request_that_cannot_be_made_is_final_and_says_why() {
        let why = io::Error::other(io::Error::other("no such header"));
        let told = unanswered(outcome(SdkError::construction_failure(why)));
        assert_eq!((told.reason, told.code), (Reason::Configuration, None));
        let expected = "the request can't be made: failed to construct request: no such header";
        assert_eq!((&*told.message, told.passing), (expected, false));
    }
}
