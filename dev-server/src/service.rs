//! One request to one answer.

use std::sync::Arc;

use http::header::EXPECT;
use hyper::body::Incoming;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::validation::AwsNameValidation;
use s3s::{Body, HttpError, HttpRequest, HttpResponse};

use crate::auth::{Keys, SignedForRegion};
use crate::config::Config;
use crate::envelope;
use crate::faults::Faults;
use crate::host::Domain;
use crate::ops::DevS3;
use crate::request_body::RequestBody;
use crate::store::{Ids, Store};

/// Answers requests: signature and addressing by s3s, the operations by [`DevS3`], the rest by [`envelope`].
#[derive(Clone)]
pub(crate) struct Service {
    s3: S3Service,
    request_ids: Arc<Ids>,
    faults: Option<Arc<Faults>>,
}

impl Service {
    pub(crate) fn new(store: Arc<Store>, config: &Config, faults: Option<Arc<Faults>>) -> Self {
        let mut builder = S3ServiceBuilder::new(DevS3::new(store, config.region.clone()));
        builder.set_auth(Keys::new(&config.access_key_id, &config.secret_access_key));
        builder.set_access(SignedForRegion {
            region: config.region.clone(),
        });
        builder.set_host(Domain::new(&config.domain));
        builder.set_validation(AwsNameValidation::new());
        Self {
            s3: builder.build(),
            request_ids: Arc::default(),
            faults,
        }
    }

    /// The faults that requests meet, if there may be any.
    pub(crate) fn faults(&self) -> Option<&Arc<Faults>> {
        self.faults.as_ref()
    }

    /// The operations behind signature and addressing.
    pub(crate) fn s3(&self) -> &S3Service {
        &self.s3
    }

    /// Answers a request.
    ///
    /// # Errors
    /// What s3s cannot turn into an answer; the connection is closed then.
    pub(crate) async fn answer(
        &self,
        request: hyper::Request<Incoming>,
    ) -> Result<HttpResponse, HttpError> {
        let request_id = self.request_ids.next();
        // A client that waits for leave to send its body has sent none, and must not be told to.
        let waits = request.headers().contains_key(EXPECT);
        let (parts, incoming) = request.into_parts();
        let body = RequestBody::new(incoming);
        let mut response = self
            .s3
            .call(HttpRequest::from_parts(
                parts,
                Body::http_body(body.clone()),
            ))
            .await?;
        if !waits {
            body.drain().await;
        }
        envelope::complete(&mut response, &request_id);
        Ok(response)
    }
}
