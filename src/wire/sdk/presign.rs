//! Requests that are signed by the SDK and made by somebody else.

use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use aws_smithy_async::time::TimeSource;
use s3_store_core::Precondition;
use s3_store_core::wire::{
    AttemptError, Headers, NoAnswer, PresignRequest, PresignWire, Presignable, Presigned, Reason,
    Wire,
};

use super::{More, SdkWire, host_of};
use crate::wire::errors::{Context, attempt_error, unsent};

impl PresignWire for SdkWire {
    async fn presign(&self, request: &PresignRequest) -> Result<Presigned, AttemptError> {
        let ready = self.ready().await?;
        let Some(credentials) = &ready.credentials else {
            return Err(anonymous());
        };
        let endpoint = self.endpoint();
        let context = Context {
            region: &ready.region,
            bucket: &self.settings.bucket,
            host: endpoint.as_deref().map(host_of),
        };
        let begins = self.clock.now();
        let config = PresigningConfig::builder()
            .start_time(begins)
            .expires_in(request.expires_in)
            .build()
            .map_err(unsignable)?;
        let more = More::new(conditions(request), &request.query);
        let (bucket, key) = (&self.settings.bucket, &*request.key);
        let version_id = request.version_id.clone();
        let signed = match request.verb {
            Presignable::Get => {
                let get = ready.client.get_object().bucket(bucket).key(key);
                let get = get.set_version_id(version_id).customize().interceptor(more);
                get.presigned(config)
                    .await
                    .map_err(|error| failed(error, &context))
            }
            Presignable::Head => {
                let head = ready.client.head_object().bucket(bucket).key(key);
                let head = head
                    .set_version_id(version_id)
                    .customize()
                    .interceptor(more);
                head.presigned(config)
                    .await
                    .map_err(|error| failed(error, &context))
            }
            Presignable::Put => {
                let put = ready.client.put_object().bucket(bucket).key(key);
                let put = put.customize().interceptor(more);
                put.presigned(config)
                    .await
                    .map_err(|error| failed(error, &context))
            }
            Presignable::Delete => {
                let delete = ready.client.delete_object().bucket(bucket).key(key);
                let delete = delete
                    .set_version_id(version_id)
                    .customize()
                    .interceptor(more);
                delete
                    .presigned(config)
                    .await
                    .map_err(|error| failed(error, &context))
            }
        }?;
        let credentials = credentials.provide_credentials().await;
        let end = credentials
            .ok()
            .and_then(|credentials| credentials.expiry());
        let expires_at = begins + request.expires_in;
        Ok(presigned(
            &signed,
            end.map_or(expires_at, |end| end.min(expires_at)),
        ))
    }
}

fn failed<E>(error: SdkError<E>, context: &Context<'_>) -> AttemptError
where
    E: std::error::Error + Send + Sync + 'static,
{
    attempt_error(error, context)
}

fn presigned(signed: &PresignedRequest, expires_at: SystemTime) -> Presigned {
    let headers = signed
        .headers()
        // Whoever makes the request sends it in any case.
        .filter(|(name, _)| !name.eq_ignore_ascii_case("host"))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Presigned {
        url: signed.uri().to_owned(),
        method: signed.method().to_owned(),
        headers: headers.collect(),
        expires_at,
    }
}

/// All further headers, and the condition as one.
fn conditions(request: &PresignRequest) -> Headers {
    let mut headers = request.headers.clone();
    let condition = match &request.condition {
        Precondition::None => None,
        Precondition::IfAbsent => Some(("if-none-match", "*")),
        Precondition::IfMatch(etag) => Some(("if-match", etag.as_str())),
        Precondition::IfNoneMatch(etag) => Some(("if-none-match", etag.as_str())),
        Precondition::IfModifiedSince(date) => Some(("if-modified-since", &**date)),
    };
    headers.extend(condition.map(|(name, value)| (name.to_owned(), value.to_owned())));
    headers
}

/// Whoever may use a link may also do without.
fn anonymous() -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Credentials,
        message: "no credentials: a link has to be signed, and this store signs nothing (credentials: 'anonymous')"
            .to_owned(),
        unsent: true,
        ..NoAnswer::default()
    }))
}

fn unsignable(error: impl std::fmt::Display) -> AttemptError {
    unsent(format!("the request can't be signed: {error}"))
}
