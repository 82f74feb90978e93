//! From the options of a store to a configured client of the SDK: region, endpoint, credentials.
//!
//! Precedence follows the JavaScript SDK: options first, then the environment, then the profile's files; a profile
//! that is named, in the options or in `AWS_PROFILE`, goes before keys in the environment. The environment is always
//! the one that JavaScript handed down.

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    AppName, IdentityCache, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_types::retry::RetryConfig;

use super::aws;
use super::chain;
use super::clock::Clock;
use super::connector::{self, Connector, ConnectorSettings, Proxy};
use super::credentials::{AskForCredentials, Cached, is_visible_ascii};
use super::direct::DirectWire;
use super::endpoint::{Endpoint, endpoint};
use super::profile::Profile;
use super::tls;
use crate::settings::{Settings, WireSetting};

/// The settings of a store that make no request, in words.
#[derive(Debug)]
pub(crate) struct Misconfigured {
    /// Node's code for it.
    pub(crate) code: &'static str,
    /// What to do.
    pub(crate) message: String,
}

impl Misconfigured {
    pub(crate) fn invalid(message: String) -> Self {
        Self {
            code: "ERR_INVALID_ARG_VALUE",
            message,
        }
    }
}

/// What the options, the environment and the profile come to: all that a wire is made of.
pub(crate) struct Resolved {
    pub(crate) region: String,
    /// The endpoint, unless AWS's own rules are to find it.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) fips: bool,
    pub(crate) dualstack: bool,
    /// Whether a directory bucket is asked without a session of its own.
    pub(crate) no_express_session: bool,
    pub(crate) path_style: bool,
    pub(crate) connector: Connector,
    /// What to sign with; `None` where nothing is signed.
    pub(crate) credentials: Option<Cached>,
}

/// A client that is ready, and what the store needs to know of it.
pub(crate) struct Configured {
    pub(crate) client: Client,
    /// What it signs with, if it does.
    pub(crate) credentials: Option<Cached>,
    /// The region it signs for.
    pub(crate) region: String,
    /// The endpoint, unless it is AWS's own.
    pub(crate) server: Option<String>,
    /// Whether what is sent can be read on its way: plain HTTP, to another machine.
    pub(crate) is_exposed: bool,
    /// The fast wire, where it will do.
    pub(crate) direct: Option<DirectWire>,
}

/// Reads the profile's files, and decides.
pub(crate) async fn resolve(
    settings: &Settings,
    ask: &AskForCredentials,
) -> Result<Resolved, Misconfigured> {
    let profile = Profile::load(settings).await?;
    let endpoint = endpoint(settings, &profile)?;
    let region = region(settings, &profile)?;
    let fips = flag(
        settings.use_fips_endpoint,
        settings,
        &profile,
        "AWS_USE_FIPS_ENDPOINT",
        "use_fips_endpoint",
    )?;
    let dualstack = flag(
        settings.use_dualstack_endpoint,
        settings,
        &profile,
        "AWS_USE_DUALSTACK_ENDPOINT",
        "use_dualstack_endpoint",
    )?;
    let no_express_session = flag(
        None,
        settings,
        &profile,
        "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH",
        "s3_disable_express_session_auth",
    )?;
    let connector = make_connector(
        settings,
        endpoint.as_ref(),
        !settings.dangerously_skip_tls_verification,
    )?;
    let mut providers = chain::provider_config(&region, fips, dualstack);
    if !endpoint.as_ref().is_some_and(|endpoint| endpoint.plain) {
        // Signing in by SSO, STS or a web identity trusts the same authorities, and never anybody.
        providers = providers.with_http_client(if settings.dangerously_skip_tls_verification {
            make_connector(settings, endpoint.as_ref(), true)?
        } else {
            connector.clone()
        });
    }
    let source = chain::source(settings, &profile, ask, &providers);
    Ok(Resolved {
        path_style: settings.force_path_style.unwrap_or_else(|| {
            endpoint
                .as_ref()
                .is_some_and(|endpoint| endpoint.has_no_subdomains)
        }),
        region,
        endpoint,
        fips,
        dualstack,
        no_express_session,
        connector,
        credentials: source.map(|source| Cached::new(source, settings.request_timeout())),
    })
}

/// A client for `settings`.
pub(crate) async fn client(
    settings: &Settings,
    ask: &AskForCredentials,
    clock: Clock,
) -> Result<Configured, Misconfigured> {
    let resolved = resolve(settings, ask).await?;
    let direct = match settings.wire {
        WireSetting::Direct => DirectWire::new(settings, &resolved, clock.clone()).await?,
        WireSetting::Sdk => None,
    };
    let mut config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(resolved.region.clone()))
        .http_client(resolved.connector)
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
        .use_fips(resolved.fips)
        .use_dual_stack(resolved.dualstack)
        .accelerate(settings.use_accelerate_endpoint)
        .disable_s3_express_session_auth(resolved.no_express_session)
        .force_path_style(resolved.path_style);
    match resolved
        .credentials
        .clone()
        .map(SharedCredentialsProvider::new)
    {
        Some(credentials) => config.set_credentials_provider(Some(credentials)),
        None => config.set_allow_no_auth(),
    };
    let is_exposed = resolved
        .endpoint
        .as_ref()
        .is_some_and(|endpoint| endpoint.plain && !connector::is_local(&endpoint.host));
    let url = resolved.endpoint.map(|endpoint| endpoint.url);
    config
        .set_app_name(AppName::new(env!("CARGO_PKG_NAME")).ok())
        .set_endpoint_url(url.clone());
    Ok(Configured {
        client: Client::from_conf(config.build()),
        credentials: resolved.credentials,
        region: resolved.region,
        server: url.filter(|url| !aws::is_s3(url)),
        is_exposed,
        direct,
    })
}

fn make_connector(
    settings: &Settings,
    endpoint: Option<&Endpoint>,
    is_verified: bool,
) -> Result<Connector, Misconfigured> {
    let plain = endpoint.is_some_and(|endpoint| endpoint.plain);
    let host = endpoint.map_or("amazonaws.com", |endpoint| endpoint.host.as_str());
    let proxy = Proxy::find(host, plain, settings)?;
    let tls = match &settings.ca {
        _ if !is_verified => None,
        Some(ca) => Some(tls::only(ca)),
        None => Some(tls::context(
            settings.extra_ca_certs.as_deref(),
            settings.root_ca_certs.as_deref(),
        )),
    }
    .transpose()
    .map_err(Misconfigured::invalid)?;
    connector::connect(ConnectorSettings {
        max_connections: settings.max_connections(),
        plain,
        tls,
        proxy,
        connection_timeout: settings.connection_timeout(),
    })
    .map_err(|error| Misconfigured::invalid(format!("connections can't be set up: {error}")))
}

/// The region of the options, else of the environment, else of the profile.
fn region(settings: &Settings, profile: &Profile) -> Result<String, Misconfigured> {
    let environment = &settings.environment;
    let found = [
        ("region", settings.region.as_deref()),
        ("AWS_REGION", environment.get("AWS_REGION")),
        ("AWS_DEFAULT_REGION", environment.get("AWS_DEFAULT_REGION")),
        ("the region of the profile", profile.get("region")),
    ]
    .into_iter()
    .find_map(|(name, region)| Some((name, region.filter(|region| !region.is_empty())?)));
    match found {
        // The SDK panics on a region that can't stand in a header.
        Some((name, region)) if !is_visible_ascii(region) => Err(Misconfigured::invalid(format!(
            "{name} must be visible ASCII, got {region:?}"
        ))),
        Some((_, region)) => Ok(region.to_owned()),
        None => Err(missing_region(profile)),
    }
}

fn missing_region(profile: &Profile) -> Misconfigured {
    let missing = if profile.is_missing() {
        format!(
            " (the profile {:?} is in none of the profile files)",
            profile.name()
        )
    } else {
        String::new()
    };
    Misconfigured {
        code: "ERR_MISSING_REGION",
        message: format!(
            "the region is missing{missing}: pass region, or set AWS_REGION, or a region in the profile; for a server \
             that has none, such as MinIO, us-east-1 will do"
        ),
    }
}

/// A yes or no of the options, else of the environment, else of the profile; no where nobody says.
pub(crate) fn flag(
    option: Option<bool>,
    settings: &Settings,
    profile: &Profile,
    variable: &str,
    property: &str,
) -> Result<bool, Misconfigured> {
    if let Some(option) = option {
        return Ok(option);
    }
    let (name, text) = match (settings.environment.get(variable), profile.get(property)) {
        (Some(text), _) => (variable, text),
        (None, Some(text)) => (property, text),
        (None, None) => return Ok(false),
    };
    // What is misspelt must not pass for a no.
    text.to_ascii_lowercase()
        .parse()
        .map_err(|_| Misconfigured::invalid(format!("{name} must be true or false, got {text:?}")))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    async fn resolved(json: &str) -> Result<Resolved, Misconfigured> {
        let json = format!(r#"{{ "id": 1, "bucket": "b", {json} }}"#);
        let ask: AskForCredentials = Arc::new(|| Box::pin(std::future::pending()));
        resolve(&Settings::parse(&json).unwrap(), &ask).await
    }

    #[tokio::test]
    async fn a_region_that_no_header_can_carry_is_refused_by_name() {
        for name in ["AWS_REGION", "AWS_DEFAULT_REGION"] {
            let json = format!(r#""environment": {{ "{name}": "us-east-1\r" }}"#);
            let refused = resolved(&json).await.err().unwrap();
            assert_eq!(refused.code, "ERR_INVALID_ARG_VALUE");
            assert!(refused.message.starts_with(name), "{}", refused.message);
        }
    }

    #[tokio::test]
    async fn a_missing_region_names_a_missing_profile() {
        let refused = resolved(r#""profile": "absent""#).await.err().unwrap();
        assert_eq!(refused.code, "ERR_MISSING_REGION");
        assert!(
            refused.message.contains("\"absent\""),
            "{}",
            refused.message
        );
    }

    #[tokio::test]
    async fn options_go_before_the_variables_for_fips_and_dual_stack() {
        let variables = r#""region": "us-east-1", "environment":
            { "AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "TRUE" }"#;
        let found = resolved(variables).await.ok().unwrap();
        assert_eq!((found.fips, found.dualstack), (true, true));
        let options =
            format!(r#""useFipsEndpoint": false, "useDualstackEndpoint": false, {variables}"#);
        let found = resolved(&options).await.ok().unwrap();
        assert_eq!((found.fips, found.dualstack), (false, false));
    }

    #[tokio::test]
    async fn a_misspelt_flag_is_refused() {
        let json = r#""region": "us-east-1", "environment": { "AWS_USE_FIPS_ENDPOINT": "yes" }"#;
        let refused = resolved(json).await.err().unwrap();
        assert!(refused.message.starts_with("AWS_USE_FIPS_ENDPOINT"));
    }
}
