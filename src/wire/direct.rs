//! The fast wire: the four object verbs on the SDK's own parts (signature, connections, credentials, endpoint rules),
//! without its orchestrator. What arrives at the server is what the reference wire sends.

mod list;
mod sign;
mod target;

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_async::time::TimeSource;
use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::HttpError;
use aws_smithy_types::body::SdkBody;
use bytes::{Bytes, BytesMut};
use hyper::http::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    RANGE,
};
use hyper::http::{self, HeaderName, Method};
use percent_encoding::{CONTROLS, utf8_percent_encode};
use s3_store_core::Precondition;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, BodyStream, DeleteRequest, GetAnswer, GetRequest, HeadRequest,
    Headers, ListRequest, Page, Part, PartRequest, PutRequest, header,
};

use self::sign::{EMPTY_HASH, Signer};
use self::target::Target;
pub(super) use self::target::encode_in_query;
use super::answers;
use super::body::ReceivedBody;
use super::clock::Clock;
use super::config::{Misconfigured, Resolved};
use super::connector::ConnectionProbe;
use super::credentials::Cached;
use super::errors::{self, Context, is_transient, not_understood, unmade};
use crate::settings::Settings;

/// The longest body of an answer that is not an object.
const MAX_BODY: usize = 1 << 20;
/// The longest page of a listing: 1,000 keys of 1 KiB, each of its bytes written as three, take a quarter of it.
const MAX_PAGE: usize = 16 << 20;

const DATE: HeaderName = HeaderName::from_static("x-amz-date");
const PAYLOAD_HASH: HeaderName = HeaderName::from_static("x-amz-content-sha256");
const SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");
const ATTEMPTS: HeaderName = HeaderName::from_static("amz-sdk-request");
const INVOCATION: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const TRACE: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// What the SDKs send with the only attempt of a request.
const ATTEMPT: &str = "attempt=1; max=1";

const USER_AGENT: &str = concat!(
    "s3-store-native/",
    env!("CARGO_PKG_VERSION"),
    " ua/2.1 api/s3 lang/rust"
);

/// A bucket whose requests need no more than a plain signature.
#[derive(Debug)]
pub(super) struct DirectWire {
    target: Target,
    signer: Signer,
    connector: SharedHttpConnector,
    /// `None` where nothing is signed.
    credentials: Option<Cached>,
    clock: Clock,
    bucket: String,
    is_in_lambda: bool,
}

/// A request as it is before it is signed.
struct Unsigned<'a> {
    method: Method,
    key: &'a str,
    /// Sorted and encoded.
    query: String,
    headers: Vec<(HeaderName, &'a str)>,
    body: Bytes,
}

impl DirectWire {
    /// `None` where the bucket's requests need more: those of directory buckets and multi-region access points.
    pub(super) async fn new(
        settings: &Settings,
        resolved: &Resolved,
        clock: Clock,
    ) -> Result<Option<Self>, Misconfigured> {
        // The rules for an ARN depend on settings that only the SDK reads.
        if settings.bucket.starts_with("arn:") {
            return Ok(None);
        }
        let Some(target) = Target::resolve(settings, resolved).await else {
            return Ok(None);
        };
        let connector = resolved
            .connector
            .direct(settings.connection_timeout())
            .map_err(|error| {
                Misconfigured::invalid(format!("connections can't be set up: {error}"))
            })?;
        Ok(Some(Self {
            signer: Signer::new(target.region.clone(), target.service.clone()),
            target,
            connector,
            credentials: resolved.credentials.clone(),
            clock,
            bucket: settings.bucket.clone(),
            is_in_lambda: std::env::var_os("AWS_LAMBDA_FUNCTION_NAME").is_some(),
        }))
    }

    /// Scheme and authority of every request.
    pub(super) fn origin(&self) -> &str {
        &self.target.origin
    }

    pub(super) async fn get(
        &self,
        request: &GetRequest,
        attempt: &Attempt,
    ) -> Result<GetAnswer<ReceivedBody>, AttemptError> {
        let range = request.range.map(|range| range.to_string());
        let mut headers = headers(&request.condition, &request.headers)?;
        if let Some(range) = &range {
            headers.push((RANGE, range));
        }
        let unsigned = Unsigned {
            method: Method::GET,
            key: &request.key,
            query: query(
                Some("GetObject"),
                request.version_id.as_deref(),
                &request.query,
            ),
            headers,
            body: Bytes::new(),
        };
        let (response, connection) = self.send(unsigned, attempt).await?;
        let answer = answer(&response);
        if !is_success(&answer) {
            return Err(self.refused(answer, response, &connection).await);
        }
        let content_length = header(&answer.headers, "content-length");
        Ok(GetAnswer {
            content_length: content_length.and_then(|length| length.parse().ok()),
            answer,
            body: ReceivedBody::new(response.into_body()),
        })
    }

    pub(super) async fn head(
        &self,
        request: &HeadRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let unsigned = Unsigned {
            method: Method::HEAD,
            key: &request.key,
            query: query(None, request.version_id.as_deref(), &[]),
            headers: headers(&request.condition, &request.headers)?,
            body: Bytes::new(),
        };
        Ok(self.ask(unsigned, attempt).await?.0)
    }

    pub(super) async fn put(
        &self,
        request: &PutRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let mut headers = headers(&request.condition, &request.headers)?;
        headers.push((CONTENT_TYPE, &request.content_type));
        for (name, value) in &request.metadata {
            let name = format!("x-amz-meta-{name}").parse();
            headers.push((name.map_err(unmade)?, value));
        }
        let unsigned = Unsigned {
            method: Method::PUT,
            key: &request.key,
            query: query(Some("PutObject"), None, &[]),
            headers,
            body: request.body.clone(),
        };
        let (answer, body) = self.ask(unsigned, attempt).await?;
        answers::written(answer, &body)
    }

    pub(super) async fn upload_part(
        &self,
        request: &PartRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        let parameters = [
            ("partNumber".to_owned(), request.number.to_string()),
            ("uploadId".to_owned(), request.upload.upload_id.to_string()),
        ];
        let mut headers = headers(&Precondition::None, &request.headers)?;
        // As the SDK has it. S3 keeps the type that the upload was begun with.
        headers.push((CONTENT_TYPE, "application/octet-stream"));
        let unsigned = Unsigned {
            method: Method::PUT,
            key: &request.upload.key,
            query: query(Some("UploadPart"), None, &parameters),
            headers,
            body: request.body.clone(),
        };
        let (answer, body) = self.ask(unsigned, attempt).await?;
        answers::uploaded(&answer, &body, request.number)
    }

    pub(super) async fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let unsigned = Unsigned {
            method: Method::DELETE,
            key: &request.key,
            query: query(Some("DeleteObject"), request.version_id.as_deref(), &[]),
            headers: headers(&request.condition, &request.headers)?,
            body: Bytes::new(),
        };
        let (answer, body) = self.ask(unsigned, attempt).await?;
        answers::deleted(answer, &body)
    }

    pub(super) async fn list(
        &self,
        request: &ListRequest,
        attempt: &Attempt,
    ) -> Result<Page, AttemptError> {
        let unsigned = Unsigned {
            method: Method::GET,
            // The bucket itself.
            key: "",
            query: query(None, None, &list::parameters(request)),
            headers: headers(&Precondition::None, &request.headers)?,
            body: Bytes::new(),
        };
        let (answer, body) = self.ask_for(unsigned, MAX_PAGE, attempt).await?;
        std::str::from_utf8(&body)
            .map_err(|error| error.to_string())
            .and_then(|text| list::page(text).map_err(|error| error.to_string()))
            .map_err(|error| not_understood(answer.status, error))
    }

    /// Sends a request whose answer is all in its headers, if it is S3's.
    async fn ask(
        &self,
        unsigned: Unsigned<'_>,
        attempt: &Attempt,
    ) -> Result<(Answer, Bytes), AttemptError> {
        self.ask_for(unsigned, MAX_BODY, attempt).await
    }

    /// The same, of which the answer's body is wanted.
    async fn ask_for(
        &self,
        unsigned: Unsigned<'_>,
        limit: usize,
        attempt: &Attempt,
    ) -> Result<(Answer, Bytes), AttemptError> {
        let (response, connection) = self.send(unsigned, attempt).await?;
        let answer = answer(&response);
        if !is_success(&answer) {
            return Err(self.refused(answer, response, &connection).await);
        }
        let Collected { bytes: body, whole } = collect(response.into_body(), limit).await?;
        if !whole {
            return Err(not_understood(answer.status, "it is too long"));
        }
        match answers::error_in_success(&answer, &body, &self.context()) {
            Some(error) => Err(left(error, &connection)),
            None => Ok((answer, body)),
        }
    }

    /// Gives the connection, too, by which the answer comes.
    async fn send(
        &self,
        unsigned: Unsigned<'_>,
        attempt: &Attempt,
    ) -> Result<(HttpResponse, ConnectionProbe), AttemptError> {
        let request = match &self.credentials {
            Some(credentials) => {
                let credentials = credentials.provide_credentials().await;
                let credentials = credentials.map_err(|error| self.no_answer(&error))?;
                self.sign(unsigned, &credentials, self.clock.now()).await
            }
            None => self.anonymous(unsigned),
        };
        let mut request = request.map_err(unmade)?;
        let connection = ConnectionProbe::default();
        let watched = connection.clone();
        attempt.watch_connection(move || watched.selected());
        request.add_extension(connection.clone());
        let sent = request.body().content_length();
        let response = self.connector.call(request).await.map_err(|error| {
            let timed_out = error.is_timeout();
            errors::no_answer(&error, timed_out, &self.context())
        })?;
        attempt.answered(response.status().as_u16(), sent.unwrap_or_default());
        Ok((response, connection))
    }

    async fn sign(
        &self,
        unsigned: Unsigned<'_>,
        credentials: &Credentials,
        time: SystemTime,
    ) -> Result<HttpRequest, HttpError> {
        let path = self.target.path(unsigned.key);
        let hash = match &unsigned.body {
            body if body.is_empty() => EMPTY_HASH.to_owned(),
            body => sign::hash_off_thread(body).await,
        };
        let stamp = self.signer.stamp(time);
        let mut headers = unsigned.headers;
        headers.extend([
            (HOST, &*self.target.host),
            (PAYLOAD_HASH, &*hash),
            (DATE, &*stamp.text),
        ]);
        if let Some(token) = credentials.session_token() {
            headers.push((SECURITY_TOKEN, token));
        }
        let length = unsigned.body.len().to_string();
        if unsigned.method == Method::PUT {
            headers.push((CONTENT_LENGTH, &length));
        }
        headers.sort_unstable_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        let authorization = self.signer.authorization(
            &sign::Request {
                method: unsigned.method.as_str(),
                path: &path,
                query: &unsigned.query,
                headers: &headers,
                payload_hash: &hash,
            },
            credentials,
            &stamp,
        );

        let mut request = self.request(
            &unsigned.method,
            &path,
            &unsigned.query,
            headers,
            unsigned.body,
        )?;
        request
            .headers_mut()
            .try_insert(AUTHORIZATION, authorization)?;
        Ok(request)
    }

    /// A request that nobody answers for.
    fn anonymous(&self, unsigned: Unsigned<'_>) -> Result<HttpRequest, HttpError> {
        let path = self.target.path(unsigned.key);
        let length = unsigned.body.len().to_string();
        let mut headers = unsigned.headers;
        if unsigned.method == Method::PUT {
            headers.push((CONTENT_LENGTH, &length));
        }
        self.request(
            &unsigned.method,
            &path,
            &unsigned.query,
            headers,
            unsigned.body,
        )
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        query: &str,
        headers: Vec<(HeaderName, &str)>,
        body: Bytes,
    ) -> Result<HttpRequest, HttpError> {
        let mut uri = format!("{}{path}", self.target.origin);
        if !query.is_empty() {
            uri.push('?');
            uri.push_str(query);
        }
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(method.as_str())?;
        request.set_uri(uri)?;
        let sent = request.headers_mut();
        // HTTP/2 has none, and for HTTP/1.1 the pool makes the same one.
        for (name, value) in headers.into_iter().filter(|(name, _)| name != HOST) {
            sent.try_insert(name, value.to_owned())?;
        }
        if let Some(trace) = self.is_in_lambda.then(trace_id).flatten() {
            sent.try_insert(TRACE, trace)?;
        }
        sent.try_insert(http::header::USER_AGENT, USER_AGENT)?;
        sent.try_insert(ATTEMPTS, ATTEMPT)?;
        sent.try_insert(INVOCATION, invocation_id())?;
        Ok(request)
    }

    /// What an answer of another status than success says.
    async fn refused(
        &self,
        answer: Answer,
        response: HttpResponse,
        connection: &ConnectionProbe,
    ) -> AttemptError {
        match collect(response.into_body(), MAX_BODY).await {
            // One that is longer is no document of S3's; its status is there all the same.
            Ok(Collected { bytes, .. }) => {
                let refused = answers::refused(answer, &bytes, &self.context());
                left(refused, connection)
            }
            Err(broken) => broken,
        }
    }

    fn no_answer(&self, error: &(dyn std::error::Error + 'static)) -> AttemptError {
        errors::no_answer(error, false, &self.context())
    }

    fn context(&self) -> Context<'_> {
        Context {
            region: &self.target.region,
            bucket: &self.bucket,
            host: Some(&self.target.host),
        }
    }
}

/// The condition and what else a request carries, with room for what every request has.
fn headers<'a>(
    condition: &'a Precondition,
    further: &'a Headers,
) -> Result<Vec<(HeaderName, &'a str)>, AttemptError> {
    let mut headers = Vec::with_capacity(10 + further.len());
    for (name, value) in further {
        headers.push((name.parse().map_err(unmade)?, value.as_str()));
    }
    match condition {
        Precondition::None => {}
        Precondition::IfAbsent => headers.push((IF_NONE_MATCH, "*")),
        Precondition::IfMatch(etag) => headers.push((IF_MATCH, etag.as_str())),
        Precondition::IfNoneMatch(etag) => headers.push((IF_NONE_MATCH, etag.as_str())),
        Precondition::IfModifiedSince(date) => headers.push((IF_MODIFIED_SINCE, date)),
    }
    Ok(headers)
}

/// A query in the order in which it is signed. `operation` is what the SDKs name in it.
fn query(
    operation: Option<&str>,
    version_id: Option<&str>,
    further: &[(String, String)],
) -> String {
    if let (Some(operation), None, []) = (operation, version_id, further) {
        return format!("x-id={operation}");
    }
    let further = further
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let mut all: Vec<_> = operation
        .map(|operation| ("x-id", operation))
        .into_iter()
        .chain(version_id.map(|id| ("versionId", id)))
        .chain(further)
        .map(|(name, value)| (name, encode_in_query(value)))
        .collect();
    all.sort_unstable();
    let all: Vec<_> = all
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    all.join("&")
}

fn is_success(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

fn answer(response: &HttpResponse) -> Answer {
    Answer {
        status: response.status().as_u16(),
        headers: answers::headers(response),
    }
}

/// An error, whose connection is left to nobody if it may be one of the machine there.
fn left(error: AttemptError, connection: &ConnectionProbe) -> AttemptError {
    if matches!(&error, AttemptError::Service(error) if is_transient(error)) {
        connection.poison();
    }
    error
}

/// A body, or as much of it as was wanted.
struct Collected {
    bytes: Bytes,
    whole: bool,
}

async fn collect(body: SdkBody, limit: usize) -> Result<Collected, AttemptError> {
    let mut body = ReceivedBody::new(body);
    let mut all = BytesMut::new();
    while let Some(piece) = body.next().await? {
        let room = limit - all.len();
        all.extend_from_slice(piece.get(..room).unwrap_or(&piece));
        if piece.len() > room {
            return Ok(Collected {
                bytes: all.freeze(),
                whole: false,
            });
        }
    }
    Ok(Collected {
        bytes: all.freeze(),
        whole: true,
    })
}

/// What AWS Lambda knows a loop of functions by, which calls itself through a bucket. It is another one with each invocation, and is sent
/// as the SDKs send it: by the operating system's environment, and not signed.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>
fn trace_id() -> Option<String> {
    let id = std::env::var("_X_AMZN_TRACE_ID").ok()?;
    Some(utf8_percent_encode(&id, CONTROLS).to_string())
}

/// A UUID (version 4), as the SDKs have one for each call.
fn invocation_id() -> String {
    let random = fastrand::u128(..);
    let id = (random & !(0xf << 76) & !(3 << 62)) | (4 << 76) | (2 << 62);
    let digits = format!("{id:032x}");
    let part = |from, to| digits.get(from..to).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}
