//! Where credentials come from: the options, else the places where AWS's tools look for them, in their order.

use aws_config::Region;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::client::error::ImdsError;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::{StaticConfiguration, WebIdentityTokenCredentialsProvider};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};

use super::credentials::{AskForCredentials, FromJavaScript};
use super::errors::{chain, sources};
use super::profile::Profile;
use crate::settings::{CredentialsSetting, CredentialsWord, Environment, Settings};

/// The provider that the options name, or the chain; `None` where nothing is to be signed.
pub(crate) fn source(
    settings: &Settings,
    profile: &Profile,
    ask: &AskForCredentials,
    config: &ProviderConfig,
) -> Option<SharedCredentialsProvider> {
    Some(match &settings.credentials {
        Some(CredentialsSetting::Word(CredentialsWord::Anonymous)) => return None,
        Some(CredentialsSetting::Word(CredentialsWord::Callback)) => {
            SharedCredentialsProvider::new(FromJavaScript(ask.clone()))
        }
        Some(CredentialsSetting::Static(given)) => {
            SharedCredentialsProvider::new(Credentials::from(given))
        }
        None => SharedCredentialsProvider::new(Chain::new(settings, profile, config)),
    })
}

/// What the providers that reach out for credentials are made with.
pub(crate) fn provider_config(region: &str, fips: bool, dualstack: bool) -> ProviderConfig {
    ProviderConfig::without_region()
        .with_region(Some(Region::new(region.to_owned())))
        .with_use_fips(Some(fips))
        .with_use_dual_stack(Some(dualstack))
}

/// What helps where nothing was found.
const ADVICE: &str = "pass credentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or choose a profile that has some \
                      (profile, AWS_PROFILE)";

/// The chain, with words for its failures. aws-config's own would read the operating system's environment, which is not
/// always JavaScript's.
#[derive(Debug)]
struct Chain {
    providers: CredentialsProviderChain,
    profile: String,
    is_named: bool,
    is_missing: bool,
}

impl Chain {
    /// Keys in the environment come after a profile that is named, as in the JavaScript SDK. What only the providers
    /// themselves can read of the environment (the variables of containers) they read from the operating system's.
    fn new(settings: &Settings, profile: &Profile, config: &ProviderConfig) -> Self {
        let environment = &settings.environment;
        let keys = FromEnvironment(keys(environment));
        let from_profile = ProfileFileCredentialsProvider::builder()
            .configure(config)
            .profile_name(profile.name())
            .profile_files(profile.files())
            .with_custom_provider("Environment", keys.clone())
            .build();
        let mut providers = if profile.is_named() {
            CredentialsProviderChain::first_try("Profile", from_profile)
        } else {
            CredentialsProviderChain::first_try("Environment", keys)
                .or_else("Profile", from_profile)
        };
        if let Some(role) = web_identity(environment) {
            let provider = WebIdentityTokenCredentialsProvider::builder();
            let provider = provider.configure(config).static_configuration(role);
            providers = providers.or_else("WebIdentityToken", provider.build());
        }
        if is_container(environment) {
            let provider = EcsCredentialsProvider::builder().configure(config);
            providers = providers.or_else("EcsContainer", provider.build());
        }
        if has_instance_metadata(environment) {
            let provider = ImdsCredentialsProvider::builder().configure(config);
            providers = providers.or_else("Ec2InstanceMetadata", provider.build());
        }
        Self {
            providers,
            profile: profile.name().to_owned(),
            is_named: profile.is_named(),
            is_missing: profile.is_missing(),
        }
    }

    async fn credentials(&self) -> provider::Result {
        if self.is_missing {
            return Err(CredentialsError::invalid_configuration(format!(
                "the profile {:?} is in none of the profile files",
                self.profile
            )));
        }
        self.providers
            .provide_credentials()
            .await
            .map_err(|error| self.explained(error))
    }

    fn explained(&self, error: CredentialsError) -> CredentialsError {
        if matches!(error, CredentialsError::CredentialsNotLoaded(_)) {
            let wanting = if self.is_named {
                format!("the profile {:?} has none, and", self.profile)
            } else {
                "there are none in the environment or the profile files, and".to_owned()
            };
            return CredentialsError::not_loaded(format!("{wanting} no role was found; {ADVICE}"));
        }
        // Where no role was meant to be found, somebody else's answer may be taken for one of instance metadata.
        if let Some(refusal) = sources(&error).find(|error| error.is::<ImdsError>()) {
            let said = chain(refusal);
            return CredentialsError::provider_error(format!(
                "instance metadata gave none ({said}); {ADVICE}"
            ));
        }
        without_stderr(&error).map_or(error, CredentialsError::provider_error)
    }
}

impl ProvideCredentials for Chain {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// What aws-config says of a `credential_process` that failed, without what the process said: that may be a secret.
fn without_stderr(error: &CredentialsError) -> Option<String> {
    sources(error).find_map(|error| {
        let said = error.to_string();
        let (status, _) = said.split_once(". Stderr: ")?;
        Some(status.to_owned())
    })
}

/// The keys of the environment, also for a profile that refers to them (`credential_source = Environment`).
#[derive(Clone, Debug)]
struct FromEnvironment(Option<Credentials>);

impl ProvideCredentials for FromEnvironment {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let keys = self.0.clone();
        future::ProvideCredentials::ready(
            keys.ok_or_else(|| CredentialsError::not_loaded("the environment has no keys")),
        )
    }
}

fn keys(environment: &Environment) -> Option<Credentials> {
    Some(Credentials::new(
        environment.get("AWS_ACCESS_KEY_ID")?,
        environment.get("AWS_SECRET_ACCESS_KEY")?,
        environment.get("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "environment",
    ))
}

fn web_identity(environment: &Environment) -> Option<StaticConfiguration> {
    Some(StaticConfiguration {
        web_identity_token_file: environment.get("AWS_WEB_IDENTITY_TOKEN_FILE")?.into(),
        role_arn: environment.get("AWS_ROLE_ARN")?.to_owned(),
        session_name: environment
            .get("AWS_ROLE_SESSION_NAME")
            .unwrap_or("s3-store-native")
            .to_owned(),
    })
}

fn is_container(environment: &Environment) -> bool {
    [
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]
    .iter()
    .any(|name| environment.get(name).is_some())
}

fn has_instance_metadata(environment: &Environment) -> bool {
    environment
        .get("AWS_EC2_METADATA_DISABLED")
        .is_none_or(|disabled| !disabled.eq_ignore_ascii_case("true"))
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    async fn found(json: &str) -> provider::Result {
        let environment = format!(r#"{{ "AWS_EC2_METADATA_DISABLED": "true", {json} }}"#);
        let settings = format!(r#"{{ "id": 1, "bucket": "b", "environment": {environment} }}"#);
        let settings = Settings::parse(&settings).unwrap();
        let profile = Profile::load(&settings).await.ok().unwrap();
        let config = provider_config("us-east-1", false, false);
        Chain::new(&settings, &profile, &config).credentials().await
    }

    fn said(error: &CredentialsError) -> String {
        error.source().unwrap().to_string()
    }

    #[tokio::test]
    async fn keys_come_from_the_environment_that_was_handed_down() {
        let found = found(r#""AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s""#).await;
        assert_eq!(found.unwrap().access_key_id(), "id");
    }

    #[tokio::test]
    async fn a_missing_profile_is_named() {
        let keys = r#""AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "s""#;
        let error = found(&format!(r#"{keys}, "AWS_PROFILE": "absent""#)).await;
        assert!(said(&error.unwrap_err()).contains("\"absent\""));
    }

    #[tokio::test]
    async fn where_nothing_is_found_the_error_says_what_to_do() {
        let error = found(r#""AWS_REGION": "us-east-1""#).await.unwrap_err();
        assert!(said(&error).contains("AWS_ACCESS_KEY_ID"), "{error:?}");
    }

    #[test]
    fn a_role_of_a_web_identity_comes_from_the_environment_that_was_handed_down() {
        let environment = serde_json::from_str(
            r#"{ "AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn", "AWS_ROLE_SESSION_NAME": "me" }"#,
        );
        let role = web_identity(&environment.unwrap()).unwrap();
        assert_eq!(
            (role.role_arn.as_str(), role.session_name.as_str()),
            ("arn", "me")
        );
        assert!(web_identity(&Environment::default()).is_none());
    }
}
