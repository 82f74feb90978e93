//! What a request carries beyond what its operation is built with, as HTTP has it.

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use s3_store_core::wire::Headers;

use crate::wire::direct::encode_in_query;

/// Adds headers and parameters of the query before the request is signed.
#[derive(Debug)]
pub(super) struct More {
    headers: Headers,
    query: String,
}

impl More {
    pub(super) fn headers(headers: &Headers) -> Self {
        Self::new(headers.clone(), &[])
    }

    pub(super) fn new(headers: Headers, query: &[(String, String)]) -> Self {
        let query: Vec<_> = query
            .iter()
            .map(|(name, value)| format!("{name}={}", encode_in_query(value)))
            .collect();
        Self {
            headers,
            query: query.join("&"),
        }
    }
}

impl Intercept for More {
    fn name(&self) -> &'static str {
        "More"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        for (name, value) in &self.headers {
            request
                .headers_mut()
                .try_insert(name.clone(), value.clone())?;
        }
        if !self.query.is_empty() {
            let uri = request.uri();
            let mark = if uri.contains('?') { '&' } else { '?' };
            let uri = format!("{uri}{mark}{}", self.query);
            request.set_uri(uri)?;
        }
        Ok(())
    }
}
