//! Connections on which the server need not prove who it is, for `dangerouslySkipTlsVerification`. The SDK's pool always
//! has it proved, so that this is hyper's own client, within the same limits.

mod connect;
mod verifier;

use aws_smithy_runtime_api::client::connection::{CaptureSmithyConnection, ConnectionMetadata};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use hyper::http::Request;
use hyper::http::header::PROXY_AUTHORIZATION;
use hyper_util::client::legacy::connect::{CaptureConnection, capture_connection};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use self::connect::Connect;
use super::connector::{ConnectorSettings, IDLE_TIMEOUT};
use super::errors::is_timeout;

/// Connections to whoever answers.
#[derive(Clone, Debug)]
pub(super) struct Unverified {
    client: Client<Connect, SdkBody>,
    connect: Connect,
}

impl Unverified {
    pub(super) fn new(settings: &ConnectorSettings) -> Result<Self, rustls::Error> {
        let connect = Connect::new(settings)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(connect.clone());
        Ok(Self { client, connect })
    }

    /// Tells a proxy that forwards the request who asks. A tunnel is told when it is made.
    fn authorize(&self, request: &mut Request<SdkBody>) {
        let asked = self.connect.forwarding_proxy(request.uri());
        if let Some(authorization) = asked.as_ref().and_then(|proxy| proxy.basic_auth()) {
            let headers = request.headers_mut();
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
    }
}

impl HttpClient for Unverified {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some("1.x".into())))
    }
}

impl HttpConnector for Unverified {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };
        self.authorize(&mut request);
        let selected = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || metadata(&selected));
        }
        let answered = self.client.request(request);
        HttpConnectorFuture::new(async move {
            let response = answered.await.map_err(connector_error)?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

/// The connection that was selected, if one was.
fn metadata(selected: &CaptureConnection) -> Option<ConnectionMetadata> {
    let is_proxied = selected.connection_metadata().as_ref()?.is_proxied();
    let selected = selected.clone();
    let poison = move || {
        if let Some(connection) = selected.connection_metadata().as_ref() {
            connection.poison();
        }
    };
    let builder = ConnectionMetadata::builder().proxied(is_proxied);
    Some(builder.poison_fn(poison).build())
}

fn connector_error(error: Error) -> ConnectorError {
    if is_timeout(&error) {
        return ConnectorError::timeout(error.into());
    }
    ConnectorError::io(error.into())
}
