//! The connections of a store: one pool, shared by everything that talks to S3 for it.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::pool::{Client as PoolClient, ConnectionPool};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, rustls_provider::CryptoMode};
use aws_smithy_runtime::client::auth::no_auth::{NO_AUTH_SCHEME_ID, NoAuthScheme};
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::identity::no_auth::NoAuthIdentityResolver;
use aws_smithy_runtime::client::orchestrator::endpoints::StaticUriEndpointResolver;
use aws_smithy_runtime::client::retries::strategy::NeverRetryStrategy;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::connection::CaptureSmithyConnection;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, ResolveDnsError};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

/// How long an unused connection is kept. Shorter than what servers commonly allow, so that a request seldom meets a
/// connection that is just being closed (S3 and nginx close after some tens of seconds).
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// How the pool is to be built.
pub(crate) struct ConnectorSettings {
    /// Connections at most, to one host.
    pub(crate) max_connections: usize,
    /// Whether the endpoint is plain HTTP: then no certificate is ever read.
    pub(crate) plain: bool,
    pub(crate) tls: TlsContext,
    pub(crate) proxy: ProxyConfig,
}

/// Builds the pool.
pub(crate) fn connect(settings: ConnectorSettings) -> Result<Connector, BoxError> {
    let builder = ConnectionPool::builder()
        .idle_timeout(IDLE_TIMEOUT)
        .max_connections_per_host(settings.max_connections)
        .proxy_config(settings.proxy)
        .dns_resolver(Resolver);
    let pool = if settings.plain {
        builder.build_http()?
    } else {
        builder
            .tls_provider(Provider::rustls(CryptoMode::AwsLc))
            .tls_context(settings.tls)
            .build_https()?
    };
    Ok(Connector {
        pool: PoolClient::new(&pool)?,
    })
}

/// The pool, as an HTTP client of the SDK that also tells per request whether a connection was ever selected.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pool: PoolClient,
}

/// Put on a request as an extension, it tells whether a connection has been selected for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionProbe(Arc<OnceLock<CaptureSmithyConnection>>);

impl ConnectionProbe {
    /// Whether a connection was ever selected. While it is false, nothing has been sent.
    pub(crate) fn selected(&self) -> bool {
        self.0.get().is_some_and(|capture| capture.get().is_some())
    }
}

impl Connector {
    /// The connections, for requests that the SDK's client has no part in.
    pub(crate) fn direct(
        &self,
        connect_timeout: Duration,
    ) -> Result<SharedHttpConnector, BoxError> {
        // The pool takes the timer and the clock from these components, and no more.
        let components = RuntimeComponentsBuilder::new("direct")
            .with_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![])))
            .with_auth_scheme(NoAuthScheme::new())
            .with_identity_resolver(NO_AUTH_SCHEME_ID, NoAuthIdentityResolver::new())
            .with_endpoint_resolver(Some(StaticUriEndpointResolver::uri("http://unused")))
            .with_identity_cache(Some(IdentityCache::no_cache()))
            .with_retry_strategy(Some(NeverRetryStrategy::new()))
            .build()?;
        let settings = HttpConnectorSettings::builder()
            .connect_timeout(connect_timeout)
            .build();
        Ok(self.http_connector(&settings, &components))
    }
}

impl HttpClient for Connector {
    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.pool.validate_base_client_config(components, config)
    }

    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Probing(self.pool.http_connector(settings, components)))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.pool.connector_metadata()
    }
}

#[derive(Debug)]
struct Probing(SharedHttpConnector);

impl HttpConnector for Probing {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        if let Some(probe) = request.extension::<ConnectionProbe>().cloned() {
            // The SDK puts a capture of its own on the request, and the pool fills in one only: that one is watched.
            let capture = match request.extension::<CaptureSmithyConnection>() {
                Some(capture) => capture.clone(),
                None => {
                    let capture = CaptureSmithyConnection::new();
                    request.add_extension(capture.clone());
                    capture
                }
            };
            let _already_probed = probe.0.set(capture);
        }
        self.0.call(request)
    }
}

/// The system's resolver, whose failures can be told from others.
#[derive(Debug)]
struct Resolver;

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = tokio::net::lookup_host((name, 0))
                .await
                .map_err(ResolveDnsError::new)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The proxy for `endpoint`, from the variables that curl and the SDKs know. As in Go's `net/http`, a server on this
/// machine is never asked through a proxy.
pub(crate) fn proxy(
    host: &str,
    plain: bool,
    environment: &crate::settings::Environment,
) -> Result<ProxyConfig, BoxError> {
    let name = if plain { "HTTP_PROXY" } else { "HTTPS_PROXY" };
    match environment.get(name) {
        Some(url) if !is_local(host) => {
            let rules = environment.get("NO_PROXY").unwrap_or_default();
            Ok(ProxyConfig::all(url)?.no_proxy(rules))
        }
        _ => Ok(ProxyConfig::disabled()),
    }
}

/// Whether a host is this machine.
pub(crate) fn is_local(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
