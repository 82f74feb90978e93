//! What is learnt from an attempt beside its result: whether a connection was selected, where the request went, and
//! what the server answered, word for word.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_runtime::service_clock_skew::ServiceClockSkewInterceptor;
use aws_sdk_s3::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextRef,
    BeforeSerializationInterceptorContextMut, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::disable_interceptor;
use bytes::Bytes;
use s3_store_core::wire::{Answer, Attempt};

use super::answers;
use super::connector::ConnectionProbe;

/// What an attempt heard from the server.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) answer: Answer,
    /// The answer's body, unless it is an object's, which is not read here.
    pub(super) body: Bytes,
    /// Bytes in the body of the request.
    sent: u64,
}

/// Watches one attempt: whether a connection was selected, where the request went, what was answered.
#[derive(Debug, Clone)]
pub(super) struct Probe {
    connection: ConnectionProbe,
    endpoint: Arc<Mutex<Option<String>>>,
    heard: Arc<Mutex<Heard>>,
}

impl Probe {
    /// A probe that reports to `attempt`, and notes in `endpoint` where requests go.
    pub(super) fn on(attempt: &Attempt, endpoint: &Arc<Mutex<Option<String>>>) -> Self {
        let connection = ConnectionProbe::default();
        let watched = connection.clone();
        attempt.watch_connection(move || watched.selected());
        Self {
            connection,
            endpoint: Arc::clone(endpoint),
            heard: Arc::default(),
        }
    }

    /// What has been heard so far, which `attempt` is told.
    pub(super) fn heard(&self, attempt: &Attempt) -> Heard {
        let heard = std::mem::take(&mut *lock(&self.heard));
        if heard.answer.status > 0 {
            attempt.answered(heard.answer.status, heard.sent);
        }
        heard
    }
}

/// Replaced as a whole, so it is consistent also after a panic.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Intercept for Probe {
    fn name(&self) -> &'static str {
        "Probe"
    }

    fn modify_before_serialization(
        &self,
        _context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // It takes the time from any answer, a proxy's too. Ours is corrected by S3 alone, once S3 complains.
        let off = disable_interceptor::<ServiceClockSkewInterceptor>("the store has its own clock");
        config.interceptor_state().store_put(off);
        Ok(())
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        request.add_extension(self.connection.clone());
        lock(&self.heard).sent = request.body().content_length().unwrap_or_default();
        let uri: hyper::http::Uri = request.uri().parse()?;
        if let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) {
            let endpoint = format!("{scheme}://{authority}");
            *self.endpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(endpoint);
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = context.response().body().bytes() {
            lock(&self.heard).body = Bytes::copy_from_slice(body);
        }
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let mut heard = lock(&self.heard);
        heard.answer = Answer {
            status: response.status().as_u16(),
            headers: answers::headers(response),
        };
        Ok(())
    }
}
