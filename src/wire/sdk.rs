//! The reference wire: `aws-sdk-s3`, one attempt per call.

mod copy;
mod delete_objects;
mod list_versions;
mod more;
mod multipart;
mod presign;
mod tags;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::EncodingType;
use s3_store_core::Precondition;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, DeleteRequest, GetAnswer, GetRequest, HeadRequest, Headers,
    ListRequest, ListVersionsRequest, ListVersionsWire, ListedObject, ListedVersion, NoAnswer,
    Page, PutRequest, Reason, ServiceError, Wire, header,
};
use tokio::sync::OnceCell;

use self::more::More;
use super::answers;
use super::body::ReceivedBody;
use super::clock::Clock;
use super::config::{self, Configured, Misconfigured};
use super::credentials::AskForCredentials;
use super::endpoint;
use super::errors::{Context, attempt_error};
use super::probe::{Heard, Probe};
use crate::settings::Settings;

/// How many versions of a key are looked at.
const VERSIONS: u16 = 100;

/// A bucket, through the SDK's client. The client is made at the first call: a region may have to be read from a file.
pub(crate) struct SdkWire {
    settings: Settings,
    ask: AskForCredentials,
    ready: OnceCell<Configured>,
    /// Scheme and authority of the newest request.
    endpoint: Arc<Mutex<Option<String>>>,
    clock: Clock,
}

impl SdkWire {
    pub(crate) fn new(settings: Settings, ask: AskForCredentials) -> Self {
        let endpoint = endpoint::known_at_once(&settings);
        Self {
            settings,
            ask,
            ready: OnceCell::new(),
            endpoint: Arc::new(Mutex::new(endpoint)),
            clock: Clock::default(),
        }
    }

    pub(super) async fn ready(&self) -> Result<&Configured, AttemptError> {
        self.ready
            .get_or_try_init(|| async {
                config::client(&self.settings, &self.ask, self.clock.clone())
                    .await
                    .map_err(misconfigured)
            })
            .await
    }

    /// Runs a request of the SDK with a probe on it.
    async fn send<T, E, F>(
        &self,
        attempt: &Attempt,
        request: impl FnOnce(&Client, Probe) -> F,
    ) -> Result<(T, Heard), AttemptError>
    where
        F: Future<Output = Result<T, aws_sdk_s3::error::SdkError<E>>>,
        E: std::error::Error + Send + Sync + 'static,
    {
        let ready = self.ready().await?;
        let probe = Probe::on(attempt, &self.endpoint);
        let result = request(&ready.client, probe.clone()).await;
        let endpoint = self.endpoint();
        let context = Context {
            region: &ready.region,
            bucket: &self.settings.bucket,
            host: endpoint.as_deref().map(host_of),
        };
        let heard = probe.heard(attempt);
        let output = result.map_err(|error| attempt_error(error, &context))?;
        match answers::error_in_success(&heard.answer, &heard.body, &context) {
            Some(error) => Err(error),
            None => Ok((output, heard)),
        }
    }
}

fn misconfigured(found: Misconfigured) -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Configuration,
        code: Some(found.code.to_owned()),
        message: found.message,
        passing: false,
        unsent: true,
    }))
}

/// An answer that lacks what it must have. Whether the request was carried out is as good as not known.
fn incomplete(answer: &Answer, lacks: &str) -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Transport,
        code: None,
        message: format!("the answer (status {}) has no {lacks}", answer.status),
        passing: true,
        unsent: false,
    }))
}

fn metadata(pairs: &[(String, String)]) -> Option<HashMap<String, String>> {
    (!pairs.is_empty()).then(|| pairs.iter().cloned().collect())
}

/// Further headers, with the condition that the SDK would have as a date.
fn headers(condition: &Precondition, further: &Headers) -> Headers {
    let mut headers = further.clone();
    if let Some(date) = condition.if_modified_since() {
        headers.push(("if-modified-since".to_owned(), date.to_owned()));
    }
    headers
}

fn host_of(endpoint: &str) -> &str {
    endpoint
        .split_once("://")
        .map_or(endpoint, |(_, rest)| rest)
}

impl Wire for SdkWire {
    type Body = ReceivedBody;

    async fn get(
        &self,
        request: &GetRequest,
        attempt: &Attempt,
    ) -> Result<GetAnswer<ReceivedBody>, AttemptError> {
        let range = request.range.map(|range| range.to_string());
        let more = More::new(
            headers(&request.condition, &request.headers),
            &request.query,
        );
        let (output, heard) = self
            .send(attempt, |client, probe| {
                client
                    .get_object()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .set_if_match(request.condition.if_match().map(str::to_owned))
                    .set_if_none_match(request.condition.if_none_match().map(str::to_owned))
                    .set_range(range)
                    .set_version_id(request.version_id.clone())
                    .customize()
                    .interceptor(more)
                    .interceptor(probe)
                    .send()
            })
            .await?;
        Ok(GetAnswer {
            answer: heard.answer,
            content_length: output
                .content_length
                .and_then(|length| u64::try_from(length).ok()),
            body: ReceivedBody::new(output.body.into_inner()),
        })
    }

    async fn head(&self, request: &HeadRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        let more = More::new(headers(&request.condition, &request.headers), &[]);
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .head_object()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .set_if_match(request.condition.if_match().map(str::to_owned))
                    .set_if_none_match(request.condition.if_none_match().map(str::to_owned))
                    .set_version_id(request.version_id.clone())
                    .customize()
                    .interceptor(more)
                    .interceptor(probe)
                    .send()
            })
            .await?;
        Ok(heard.answer)
    }

    async fn versions(
        &self,
        key: &str,
        headers: &Headers,
        attempt: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        let request = ListVersionsRequest {
            // The key itself sorts before every longer key that starts with it.
            prefix: key.to_owned(),
            max_keys: Some(VERSIONS),
            headers: headers.clone(),
            ..ListVersionsRequest::default()
        };
        let listed = self.list_versions(&request, attempt).await?.versions;
        let is_ours = |found: &ListedVersion| found.key == key && !found.version_id.is_empty();
        Ok(listed.into_iter().filter(is_ours).collect())
    }

    async fn put(&self, request: &PutRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .put_object()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .body(ByteStream::from(request.body.clone()))
                    .content_type(&request.content_type)
                    .set_metadata(metadata(&request.metadata))
                    .set_if_none_match(request.condition.if_none_match().map(str::to_owned))
                    .set_if_match(request.condition.if_match().map(str::to_owned))
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        answers::written(heard.answer, &heard.body)
    }

    async fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .delete_object()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .set_version_id(request.version_id.clone())
                    .set_if_match(request.condition.if_match().map(str::to_owned))
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        answers::deleted(heard.answer, &heard.body)
    }

    async fn list(&self, request: &ListRequest, attempt: &Attempt) -> Result<Page, AttemptError> {
        let prefix = (!request.prefix.is_empty()).then(|| request.prefix.clone());
        let (output, _) = self
            .send(attempt, |client, probe| {
                client
                    .list_objects_v2()
                    .bucket(&self.settings.bucket)
                    .set_prefix(prefix)
                    .set_continuation_token(request.continuation_token.clone())
                    .set_delimiter(request.delimiter.clone())
                    .set_start_after(request.start_after.clone())
                    .set_max_keys(request.max_keys.map(i32::from))
                    // Keys may hold characters that XML can't.
                    .encoding_type(EncodingType::Url)
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let encoded = matches!(output.encoding_type, Some(EncodingType::Url));
        let objects = output
            .contents
            .unwrap_or_default()
            .into_iter()
            .map(|object| ListedObject {
                key: decoded(object.key, encoded),
                etag: object.e_tag,
                size: object.size,
                last_modified: object.last_modified.and_then(|at| at.to_millis().ok()),
                storage_class: object.storage_class.map(|class| class.as_str().to_owned()),
            })
            .collect();
        let common_prefixes = output
            .common_prefixes
            .unwrap_or_default()
            .into_iter()
            .map(|common| decoded(common.prefix, encoded))
            .collect();
        Ok(Page {
            objects,
            common_prefixes,
            is_truncated: output.is_truncated == Some(true),
            next: output.next_continuation_token,
        })
    }

    async fn server(&self) -> Result<Option<String>, AttemptError> {
        Ok(self.ready().await?.server.clone())
    }

    fn correct_clock(&self, error: &ServiceError) -> bool {
        // Also where another call has corrected it meanwhile.
        error.code.as_deref() == Some("RequestTimeTooSkewed")
            && header(&error.headers, "date").is_some_and(|date| self.clock.set(date))
    }

    fn endpoint(&self) -> Option<String> {
        let direct = self.ready.get().and_then(|ready| ready.direct.as_ref());
        if let Some(direct) = direct {
            return Some(direct.origin().to_owned());
        }
        self.endpoint
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A key as a listing gives it.
fn decoded(key: Option<String>, encoded: bool) -> String {
    match key.unwrap_or_default() {
        key if encoded => form_decode(&key),
        key => key,
    }
}

/// Decodes what `encoding-type=url` encodes: as a form does, where `+` is a space.
pub(super) fn form_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::form_decode;

    #[test]
    fn keys_are_decoded_as_forms_are() {
        assert_eq!(form_decode("a+b%2Bc%20d"), "a b+c d");
        assert_eq!(form_decode("%F0%9F%98%80%01"), "😀\u{1}");
    }
}
