//! The connections of a store: one pool, shared by everything that talks to S3 for it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_smithy_http_client::pool::{Client as PoolClient, ConnectionPool};
use aws_smithy_http_client::proxy::{ProxyConfig, ProxyError};
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
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;
use hyper_util::client::proxy::matcher::Matcher;

use super::config::Misconfigured;
use super::unverified::Unverified;
use crate::settings::{ProxySetting, Settings};

/// How long an unused connection is kept. Shorter than what servers commonly allow, so that a request seldom meets a
/// connection that is just being closed (S3 and nginx close after some tens of seconds).
pub(super) const IDLE_TIMEOUT: Duration = Duration::from_secs(15);

/// How the pool is to be built.
pub(crate) struct ConnectorSettings {
    /// Connections at most, to one host.
    pub(crate) max_connections: usize,
    /// Whether the endpoint is plain HTTP: then no certificate is ever read, but a proxy's.
    pub(crate) plain: bool,
    /// Whom to trust; `None`: anybody.
    pub(crate) tls: Option<TlsContext>,
    pub(crate) proxy: Proxy,
    /// The longest that making a connection may take, where the request does not say so.
    pub(crate) connection_timeout: Duration,
}

/// Builds the pool.
pub(crate) fn connect(settings: ConnectorSettings) -> Result<Connector, BoxError> {
    let plain = settings.plain && !settings.proxy.is_secure();
    if settings.tls.is_none() && !plain {
        return Ok(Connector {
            client: SharedHttpClient::new(Unverified::new(&settings)?),
        });
    }
    let builder = ConnectionPool::builder()
        .idle_timeout(IDLE_TIMEOUT)
        .max_connections_per_host(settings.max_connections)
        .proxy_config(settings.proxy.config()?)
        .dns_resolver(Resolver);
    let pool = match settings.tls.filter(|_| !plain) {
        None => builder.build_http()?,
        Some(tls) => builder
            .tls_provider(Provider::rustls(CryptoMode::AwsLc))
            .tls_context(tls)
            .build_https()?,
    };
    Ok(Connector {
        client: SharedHttpClient::new(PoolClient::new(&pool)?),
    })
}

/// The pool, as an HTTP client of the SDK that also tells per request whether a connection was ever selected.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    client: SharedHttpClient,
}

/// Put on a request as an extension, it tells whether a connection has been selected for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConnectionProbe(Arc<OnceLock<CaptureSmithyConnection>>);

impl ConnectionProbe {
    /// Whether a connection was ever selected. While it is false, nothing has been sent.
    pub(crate) fn selected(&self) -> bool {
        self.0.get().is_some_and(|capture| capture.get().is_some())
    }

    /// Has the connection closed when it is idle, and not used again.
    pub(crate) fn poison(&self) {
        if let Some(connection) = self.0.get().and_then(CaptureSmithyConnection::get) {
            connection.poison();
        }
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
        self.client.validate_base_client_config(components, config)
    }

    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Probing(self.client.http_connector(settings, components)))
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
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
#[derive(Clone, Debug)]
pub(super) struct Resolver;

impl Resolver {
    /// The addresses of a host, with no port.
    pub(super) async fn resolve(name: &str) -> Result<Vec<SocketAddr>, ResolveDnsError> {
        let found = tokio::net::lookup_host((name, 0)).await;
        Ok(found.map_err(ResolveDnsError::new)?.collect())
    }
}

impl ResolveDns for Resolver {
    fn resolve_dns<'a>(&'a self, name: &'a str) -> DnsFuture<'a> {
        DnsFuture::new(async move {
            let found = Self::resolve(name).await?;
            Ok(found.iter().map(SocketAddr::ip).collect())
        })
    }
}

/// Where a cloud tells its machines what they may know: nothing that a proxy could reach.
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html>,
/// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html>
const METADATA: &str = "169.254.0.0/16,fd00:ec2::/32";

/// The proxy for a server, if there is to be one, and the hosts that it is not asked for.
pub(crate) struct Proxy(Option<(String, String)>);

impl Proxy {
    /// The proxy of the options, which is asked for every server. Else that of the variables that curl and the SDKs
    /// know; as in Go's `net/http`, a server on this machine is never asked through that one.
    pub(crate) fn find(
        host: &str,
        plain: bool,
        settings: &Settings,
    ) -> Result<Self, Misconfigured> {
        let environment = &settings.environment;
        let variable = if plain { "HTTP_PROXY" } else { "HTTPS_PROXY" };
        let found = match &settings.proxy {
            Some(ProxySetting::Without(_)) => None,
            Some(ProxySetting::Url(url)) => Some(("proxy", &**url, METADATA)),
            None => environment
                .get(variable)
                .filter(|_| !is_local(host))
                .map(|url| {
                    let rules = environment.get("NO_PROXY").unwrap_or_default();
                    ("the proxy from the environment", url, rules)
                }),
        };
        let Some((name, url, rules)) = found else {
            return Ok(Self(None));
        };
        let proxy = Self(Some((url.to_owned(), rules.to_owned())));
        // The error would quote the URL, and with it a password.
        match proxy.config() {
            Ok(_) => Ok(proxy),
            Err(_) => Err(Misconfigured::invalid(format!(
                "{name} is not usable: it must be an http: or https: URL"
            ))),
        }
    }

    /// As the pool takes it.
    fn config(&self) -> Result<ProxyConfig, ProxyError> {
        match &self.0 {
            Some((url, rules)) => Ok(ProxyConfig::all(&**url)?.no_proxy(rules)),
            None => Ok(ProxyConfig::disabled()),
        }
    }

    /// As hyper takes it.
    pub(super) fn matcher(&self) -> Option<Matcher> {
        let (url, rules) = self.0.as_ref()?;
        Some(Matcher::builder().all(&**url).no(&**rules).build())
    }

    /// Whether it is spoken to over TLS.
    fn is_secure(&self) -> bool {
        let scheme = self.0.as_ref().and_then(|(url, _)| url.get(..6));
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https:"))
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
