//! What `createS3Store` was told, as the facade passes it down: one JSON text, read once.

use std::collections::HashMap;
use std::time::Duration;

use s3_store_core::{Algorithm, Checksums, Policy, ReadBack, StoreConfig, Warn};
use serde::Deserialize;

/// Attempts of a call.
const MAX_ATTEMPTS: u32 = 3;
/// The longest that making a connection may take.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest that an attempt may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Where the keys lie on which a server proves that it honours conditions.
const VERIFY_PREFIX: &str = ".s3-store-native/";
/// Connections of a store.
const MAX_CONNECTIONS: usize = 128;

/// The options of a store. `README.md` and `index.d.cts` describe them for users.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Settings {
    /// Names the store in requests to JavaScript.
    pub(crate) id: u32,
    pub(crate) bucket: String,
    pub(crate) region: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) credentials: Option<CredentialsSetting>,
    pub(crate) profile: Option<String>,
    pub(crate) force_path_style: Option<bool>,
    pub(crate) use_fips_endpoint: Option<bool>,
    pub(crate) use_dualstack_endpoint: Option<bool>,
    #[serde(default)]
    pub(crate) use_accelerate_endpoint: bool,
    max_attempts: Option<u32>,
    connection_timeout: Option<u64>,
    request_timeout: Option<u64>,
    timeout: Option<u64>,
    max_connections: Option<usize>,
    #[serde(default)]
    read_back: ReadBackSetting,
    #[serde(default)]
    conditions: ConditionsSetting,
    verify_prefix: Option<String>,
    checksum: Option<ChecksumSetting>,
    #[serde(default)]
    pub(crate) wire: WireSetting,
    #[serde(default)]
    pub(crate) environment: Environment,
    #[serde(default)]
    pub(crate) dangerously_skip_tls_verification: bool,
    pub(crate) proxy: Option<ProxySetting>,
    /// PEM: the only certificates to trust.
    pub(crate) ca: Option<String>,
    /// PEM: certificates to trust besides the system's.
    pub(crate) extra_ca_certs: Option<String>,
    /// PEM: certificates to trust where the system has none.
    pub(crate) root_ca_certs: Option<String>,
}

/// How object requests are made. For tests and benchmarks.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(crate) enum WireSetting {
    /// By `wire/direct`, where that will do.
    #[default]
    Direct,
    /// By the SDK's client.
    Sdk,
}

/// When an object is read back after a conflict.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ReadBackSetting {
    #[default]
    Always,
    Ambiguous,
}

/// Whether the server must prove that it honours conditions.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ConditionsSetting {
    #[default]
    Verify,
    Trust,
}

/// Which checksums are sent and compared.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum ChecksumSetting {
    /// `false`: none.
    Off(#[expect(dead_code, reason = "it can be nothing else")] bool),
    /// This one.
    Of(String),
}

/// How the server is reached, when the options say so.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum ProxySetting {
    /// `false`: without a proxy.
    Without(#[expect(dead_code, reason = "it can be nothing else")] bool),
    /// By this one.
    Url(String),
}

// Written by hand so that no password can end up in a log or a message.
impl std::fmt::Debug for ProxySetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProxySetting(…)")
    }
}

/// Where the store's credentials come from, when its options say so.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum CredentialsSetting {
    /// A word instead of credentials.
    Word(CredentialsWord),
    /// These.
    Static(StaticCredentials),
}

/// What stands where there are no credentials to hand down.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum CredentialsWord {
    /// JavaScript is asked.
    Callback,
    /// Nothing is signed.
    Anonymous,
}

/// Credentials as JavaScript has them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StaticCredentials {
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    pub(crate) session_token: Option<String>,
    /// Milliseconds since 1970.
    pub(crate) expiration: Option<i64>,
}

// Written by hand so that no secret can end up in a log or a message.
impl std::fmt::Debug for CredentialsSetting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Word(word) => word.fmt(f),
            Self::Static(_) => f.write_str("Static(…)"),
        }
    }
}

/// The variables of `process.env` that matter here, as they were when the store was made: `environment.cjs` says which.
/// A worker's or a test runner's `process.env` is a copy that native code can't see.
#[derive(Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct Environment(HashMap<String, String>);

impl Environment {
    /// A variable; one that is set to nothing is as good as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

// Written by hand so that no secret can end up in a log or a message.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment(…)")
    }
}

impl Settings {
    /// Reads the facade's JSON.
    pub(crate) fn parse(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// The profile that the options or the environment name.
    pub(crate) fn profile(&self) -> Option<&str> {
        self.profile
            .as_deref()
            .or_else(|| self.environment.get("AWS_PROFILE"))
    }

    pub(crate) fn connection_timeout(&self) -> Duration {
        self.connection_timeout
            .map_or(CONNECTION_TIMEOUT, Duration::from_millis)
    }

    pub(crate) fn max_connections(&self) -> usize {
        self.max_connections.unwrap_or(MAX_CONNECTIONS)
    }

    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
            .map_or(REQUEST_TIMEOUT, Duration::from_millis)
    }

    /// What the core needs to know.
    pub(crate) fn store_config(&self, warn: Warn) -> StoreConfig {
        StoreConfig {
            bucket: self.bucket.clone(),
            policy: Policy {
                max_attempts: self.max_attempts.unwrap_or(MAX_ATTEMPTS).max(1),
                request_timeout: self.request_timeout(),
                timeout: self.timeout.map(Duration::from_millis),
            },
            max_connections: self.max_connections(),
            read_back: match self.read_back {
                ReadBackSetting::Always => ReadBack::Always,
                ReadBackSetting::Ambiguous => ReadBack::Ambiguous,
            },
            checksums: match &self.checksum {
                Some(ChecksumSetting::Of(name)) => {
                    Algorithm::named(name).map_or_else(Checksums::default, Checksums::Of)
                }
                Some(ChecksumSetting::Off(_)) => Checksums::Off,
                None => Checksums::default(),
            },
            verify: match self.conditions {
                ConditionsSetting::Verify => true,
                ConditionsSetting::Trust => false,
            },
            verify_prefix: self
                .verify_prefix
                .as_deref()
                .unwrap_or(VERIFY_PREFIX)
                .to_owned(),
            warn,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn parsed(json: &str) -> Settings {
        Settings::parse(json).unwrap()
    }

    #[test]
    fn what_nobody_limits_has_the_limits_of_the_readme() {
        let settings = parsed(r#"{ "id": 1, "bucket": "b" }"#);
        assert_eq!(settings.connection_timeout(), Duration::from_secs(5));
        assert_eq!(settings.request_timeout(), Duration::from_secs(30));
        let config = settings.store_config(Warn(Arc::new(|_| {})));
        assert_eq!(config.policy.max_attempts, 3);
        assert_eq!(config.policy.request_timeout, Duration::from_secs(30));
        assert_eq!(config.policy.timeout, None);
        assert_eq!(config.max_connections, 128);
    }

    #[test]
    fn a_checksum_is_named_or_refused() {
        let checksums = |setting: &str| {
            let settings = parsed(&format!(r#"{{ "id": 1, "bucket": "b"{setting} }}"#));
            settings.store_config(Warn(Arc::new(|_| {}))).checksums
        };
        assert_eq!(checksums(""), Checksums::Native);
        assert_eq!(checksums(r#", "checksum": false"#), Checksums::Off);
        let named = checksums(r#", "checksum": "CRC32C""#);
        assert_eq!(named, Checksums::Of(Algorithm::Crc32c));
    }

    #[test]
    fn limits_are_milliseconds_and_counts() {
        let settings = parsed(
            r#"{ "id": 1, "bucket": "b", "maxAttempts": 7, "connectionTimeout": 100, "requestTimeout": 200,
                 "timeout": 300, "maxConnections": 9 }"#,
        );
        assert_eq!(settings.connection_timeout(), Duration::from_millis(100));
        let config = settings.store_config(Warn(Arc::new(|_| {})));
        assert_eq!(config.policy.max_attempts, 7);
        assert_eq!(config.policy.request_timeout, Duration::from_millis(200));
        assert_eq!(config.policy.timeout, Some(Duration::from_millis(300)));
        assert_eq!(config.max_connections, 9);
    }
}
