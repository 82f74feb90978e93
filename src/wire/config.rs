//! From the options of a store to a configured client of the SDK: region, endpoint, credentials.
//!
//! Precedence follows the JavaScript SDK: options first, then the environment, then the profile's files; a profile
//! that is named, in the options or in `AWS_PROFILE`, goes before keys in the environment.

use std::net::IpAddr;

use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_types::retry::RetryConfig;
use aws_types::service_config::ServiceConfigKey;
use hyper::http::Uri;

use super::clock::Clock;
use super::connector::{self, Connector, ConnectorSettings};
use super::credentials::{AskForCredentials, Cached, FromJavaScript};
use super::tls;
use crate::settings::{CredentialsSetting, Settings};

/// The settings of a store that make no request, in words.
pub(crate) struct Misconfigured {
    /// Node's code for it.
    pub(crate) code: &'static str,
    /// What to do.
    pub(crate) message: String,
}

/// A client that is ready, and what the store needs to know of it.
pub(crate) struct Configured {
    pub(crate) client: Client,
    /// The region it signs for.
    pub(crate) region: String,
    /// The endpoint, unless it is AWS's own.
    pub(crate) server: Option<String>,
}

/// A client for `settings`.
pub(crate) async fn client(
    settings: &Settings,
    ask: &AskForCredentials,
    clock: Clock,
) -> Result<Configured, Misconfigured> {
    let endpoint = settings.endpoint().map(Endpoint::parse).transpose()?;
    let connector = connector(settings, endpoint.as_ref())?;

    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region_chain(settings))
        .retry_config(RetryConfig::disabled());
    if let Some(profile) = profile(settings) {
        loader = loader.profile_name(profile);
    }
    if let Some(files) = profile_files(settings) {
        loader = loader.profile_files(files);
    }
    if !endpoint.as_ref().is_some_and(|endpoint| endpoint.plain) {
        // Signing in by SSO, STS or a web identity trusts the same authorities.
        loader = loader.http_client(connector.clone());
    }
    if let Some(source) = credentials(settings, ask, &connector) {
        loader = loader.credentials_provider(source);
    }
    let loaded = loader.load().await;

    let region = loaded
        .region()
        .map(|region| region.as_ref().to_owned())
        .ok_or_else(|| Misconfigured {
            code: "ERR_MISSING_REGION",
            message: "the region is missing: pass region, or set AWS_REGION, or a region in the profile; \
                      for a server that has none, such as MinIO, us-east-1 will do"
                .to_owned(),
        })?;

    let mut config = aws_sdk_s3::config::Builder::from(&loaded)
        .http_client(connector)
        .time_source(clock)
        .identity_cache(IdentityCache::no_cache())
        .retry_config(RetryConfig::disabled())
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(settings.connection_timeout())
                .build(),
        )
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
        .use_fips(settings.use_fips_endpoint)
        .use_dual_stack(settings.use_dualstack_endpoint)
        .accelerate(settings.use_accelerate_endpoint);
    if let Some(source) = loaded.credentials_provider() {
        config = config.credentials_provider(Cached::new(source, settings.request_timeout()));
    }
    if let Some(endpoint) = &endpoint {
        config = config.endpoint_url(&endpoint.url);
    }
    let path_style = settings
        .force_path_style
        .unwrap_or_else(|| endpoint.is_some_and(|endpoint| endpoint.has_no_subdomains));
    let server = configured_endpoint(settings, &loaded).filter(|url| !is_aws(url));
    Ok(Configured {
        client: Client::from_conf(config.force_path_style(path_style).build()),
        region,
        server,
    })
}

/// The endpoint that requests will go to, if one was configured anywhere.
fn configured_endpoint(settings: &Settings, loaded: &SdkConfig) -> Option<String> {
    let given = settings.endpoint().map(str::to_owned);
    let key = ServiceConfigKey::builder()
        .service_id("s3")
        .profile("endpoint_url")
        .env("AWS_ENDPOINT_URL")
        .build();
    given
        .or_else(|| loaded.service_config()?.load_config(key.ok()?))
        .or_else(|| loaded.endpoint_url().map(str::to_owned))
}

/// Whether a URL leads to AWS's own service, China's included.
fn is_aws(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    uri.as_ref().and_then(Uri::host).is_some_and(|host| {
        [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"]
            .iter()
            .any(|domain| host.ends_with(domain))
    })
}

fn connector(settings: &Settings, endpoint: Option<&Endpoint>) -> Result<Connector, Misconfigured> {
    let invalid = |message: String| Misconfigured {
        code: "ERR_INVALID_ARG_VALUE",
        message,
    };
    let plain = endpoint.is_some_and(|endpoint| endpoint.plain);
    let host = endpoint.map_or("amazonaws.com", |endpoint| endpoint.host.as_str());
    let proxy = connector::proxy(host, plain, &settings.environment).map_err(|error| {
        invalid(format!(
            "the proxy from the environment is not usable: {error}"
        ))
    })?;
    let tls = tls::context(
        settings.extra_ca_certs.as_deref(),
        settings.root_ca_certs.as_deref(),
    )
    .map_err(invalid)?;
    connector::connect(ConnectorSettings {
        max_connections: settings.max_connections(),
        plain,
        tls,
        proxy,
    })
    .map_err(|error| invalid(format!("connections can't be set up: {error}")))
}

fn profile(settings: &Settings) -> Option<&str> {
    [&settings.profile, &settings.environment.profile]
        .into_iter()
        .filter_map(Option::as_deref)
        .find(|name| !name.is_empty())
}

fn profile_files(settings: &Settings) -> Option<EnvConfigFiles> {
    let environment = &settings.environment;
    let named = |path: &Option<String>| path.clone().filter(|path| !path.is_empty());
    let config = named(&environment.config_file);
    let credentials = named(&environment.credentials_file);
    if config.is_none() && credentials.is_none() {
        return None;
    }
    let mut files = EnvConfigFiles::builder();
    files = match config {
        Some(path) => files.with_file(EnvConfigFileKind::Config, path),
        None => files.include_default_config_file(true),
    };
    files = match credentials {
        Some(path) => files.with_file(EnvConfigFileKind::Credentials, path),
        None => files.include_default_credentials_file(true),
    };
    Some(files.build())
}

fn region_chain(settings: &Settings) -> RegionProviderChain {
    let environment = &settings.environment;
    let named = [
        &settings.region,
        &environment.region,
        &environment.default_region,
    ]
    .into_iter()
    .filter_map(Option::as_deref)
    .find(|region| !region.is_empty())
    .map(|region| Region::new(region.to_owned()));
    let mut from_files = ProfileFileRegionProvider::builder();
    if let Some(name) = profile(settings) {
        from_files = from_files.profile_name(name);
    }
    if let Some(files) = profile_files(settings) {
        from_files = from_files.profile_files(files);
    }
    RegionProviderChain::first_try(named).or_else(from_files.build())
}

/// The provider that the options or the environment name; `None` leaves it to the default chain.
fn credentials(
    settings: &Settings,
    ask: &AskForCredentials,
    connector: &Connector,
) -> Option<SharedCredentialsProvider> {
    match &settings.credentials {
        Some(CredentialsSetting::Callback(_)) => {
            return Some(SharedCredentialsProvider::new(FromJavaScript(ask.clone())));
        }
        Some(CredentialsSetting::Static(given)) => {
            return Some(SharedCredentialsProvider::new(Credentials::from(given)));
        }
        None => {}
    }
    if let Some(name) = profile(settings) {
        let mut from_files = ProfileFileCredentialsProvider::builder()
            .configure(
                &ProviderConfig::without_region()
                    .with_region(settings.region.clone().map(Region::new))
                    .with_http_client(connector.clone()),
            )
            .profile_name(name);
        if let Some(files) = profile_files(settings) {
            from_files = from_files.profile_files(files);
        }
        return Some(SharedCredentialsProvider::new(from_files.build()));
    }
    let environment = &settings.environment;
    match (&environment.access_key_id, &environment.secret_access_key) {
        (Some(id), Some(secret)) if !id.is_empty() && !secret.0.is_empty() => {
            let token = environment.session_token.as_ref();
            Some(SharedCredentialsProvider::new(Credentials::new(
                id,
                &secret.0,
                token
                    .map(|token| token.0.clone())
                    .filter(|token| !token.is_empty()),
                None,
                "environment",
            )))
        }
        _ => None,
    }
}

/// An endpoint that is not AWS's own.
struct Endpoint {
    /// With a slash at the end: the SDK's rules put the bucket right behind it.
    url: String,
    host: String,
    plain: bool,
    /// An IP address or a single label (`localhost`, `minio`): no bucket's name can stand in front of it.
    has_no_subdomains: bool,
}

impl Endpoint {
    fn parse(url: &str) -> Result<Self, Misconfigured> {
        let invalid = || Misconfigured {
            code: "ERR_INVALID_ARG_VALUE",
            message: format!(
                "the endpoint {url:?} is not a URL such as https://s3.example.com or http://127.0.0.1:9000"
            ),
        };
        let uri: Uri = url.parse().map_err(|_| invalid())?;
        let scheme = uri.scheme_str().ok_or_else(invalid)?;
        let host = uri
            .host()
            .filter(|host| !host.is_empty())
            .ok_or_else(invalid)?;
        if !matches!(scheme, "http" | "https") || uri.query().is_some() {
            return Err(invalid());
        }
        let bare = host.trim_matches(['[', ']']);
        Ok(Self {
            url: if url.ends_with('/') {
                url.to_owned()
            } else {
                format!("{url}/")
            },
            host: host.to_owned(),
            plain: scheme == "http",
            has_no_subdomains: !bare.contains('.') || bare.parse::<IpAddr>().is_ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Option<(String, bool, bool)> {
        let endpoint = Endpoint::parse(url).ok()?;
        Some((endpoint.url, endpoint.plain, endpoint.has_no_subdomains))
    }

    #[test]
    fn hosts_without_subdomains_are_recognised() {
        for url in [
            "http://127.0.0.1:9000",
            "http://localhost",
            "http://minio:9000",
            "http://[::1]:9000",
        ] {
            assert_eq!(parse(url), Some((format!("{url}/"), true, true)), "{url}");
        }
        assert_eq!(
            parse("https://s3.example.com/store/"),
            Some(("https://s3.example.com/store/".to_owned(), false, false))
        );
    }

    #[test]
    fn what_is_not_an_endpoint_is_refused() {
        for url in [
            "",
            "localhost:9000",
            "ftp://host",
            "http://",
            "http://host/?x=1",
            "not a url",
        ] {
            assert!(parse(url).is_none(), "{url}");
        }
    }
}
