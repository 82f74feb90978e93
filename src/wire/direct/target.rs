//! Where the requests of a store go: the SDK's public endpoint rules, asked once.

use aws_sdk_s3::config::endpoint::{DefaultResolver, Params, ResolveEndpoint};
use aws_smithy_types::Document;
use hyper::http::Uri;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::settings::Settings;
use crate::wire::config::Resolved;

/// What S3 leaves as it is in a path.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html> ("UriEncode")
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// A value in a query.
const ENCODED_IN_QUERY: &AsciiSet = &ENCODED.add(b'/');

/// A value of a query, as it is sent and signed.
pub(in crate::wire) fn encode_in_query(value: &str) -> String {
    utf8_percent_encode(value, ENCODED_IN_QUERY).to_string()
}

/// A key in a path, as it is sent and signed.
pub(super) fn encode_in_path(key: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(key, ENCODED)
}

/// A bucket's address, and for what its requests are signed.
#[derive(Debug)]
pub(super) struct Target {
    /// `https://bucket.s3.eu-central-1.amazonaws.com`.
    pub(super) origin: String,
    /// The `Host` header.
    pub(super) host: String,
    /// What stands before every key, encoded, with a slash at its end.
    base: String,
    pub(super) region: String,
    pub(super) service: String,
}

impl Target {
    /// The address that the SDK's rules give; `None` where requests need more than a plain signature, or where the settings make no
    /// address, of which the SDK's client says why.
    pub(super) async fn resolve(settings: &Settings, resolved: &Resolved) -> Option<Self> {
        let params = Params::builder()
            .bucket(&settings.bucket)
            .region(&resolved.region)
            .use_fips(resolved.fips)
            .use_dual_stack(resolved.dualstack)
            .accelerate(settings.use_accelerate_endpoint)
            .force_path_style(resolved.path_style)
            .disable_s3_express_session_auth(resolved.no_express_session)
            .set_endpoint(
                resolved
                    .endpoint
                    .as_ref()
                    .map(|endpoint| endpoint.url.clone()),
            )
            .build()
            .ok()?;
        let endpoint = DefaultResolver::new()
            .resolve_endpoint(&params)
            .await
            .ok()?;
        let [scheme] = endpoint.auth_schemes() else {
            return None;
        };
        let property = |name| match scheme.get(name) {
            Some(Document::String(value)) => Some(value.clone()),
            _ => None,
        };
        let needs_more = endpoint.headers().next().is_some()
            || endpoint.properties().contains_key("backend")
            || scheme.name() != "sigv4";
        if needs_more {
            return None;
        }
        let uri: Uri = endpoint.url().parse().ok()?;
        let host = host(&uri)?;
        Some(Self {
            // What is signed for and what HTTP/2 sends as the authority are the same.
            origin: format!("{}://{host}", uri.scheme_str()?),
            host,
            base: format!("{}/", uri.path().strip_suffix('/').unwrap_or(uri.path())),
            region: property("signingRegion")?,
            service: property("signingName")?,
        })
    }

    /// The path of a key, as it is sent and signed.
    pub(super) fn path(&self, key: &str) -> String {
        let mut path = String::with_capacity(self.base.len() + key.len() + 16);
        path.push_str(&self.base);
        path.extend(encode_in_path(key));
        path
    }
}

/// The `Host` header, which leaves the scheme's own port out.
fn host(uri: &Uri) -> Option<String> {
    let own = match uri.scheme_str()? {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let host = uri.host()?;
    Some(match uri.port_u16().filter(|port| *port != own) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::wire::config;
    use crate::wire::credentials::AskForCredentials;

    async fn target(bucket: &str, options: &str) -> Option<Target> {
        let json =
            format!(r#"{{ "id": 1, "bucket": "{bucket}", "region": "eu-central-1"{options} }}"#);
        let settings = Settings::parse(&json).unwrap();
        let ask: AskForCredentials = Arc::new(|| Box::pin(std::future::pending()));
        let resolved = config::resolve(&settings, &ask).await.ok().unwrap();
        Target::resolve(&settings, &resolved).await
    }

    #[tokio::test]
    async fn a_bucket_has_the_address_that_the_sdks_rules_give_it() {
        for (options, origin, host, path) in [
            (
                "",
                "https://bucket.s3.eu-central-1.amazonaws.com",
                "bucket.s3.eu-central-1.amazonaws.com",
                "/a%20b/c%3F",
            ),
            (
                r#", "forcePathStyle": true"#,
                "https://s3.eu-central-1.amazonaws.com",
                "s3.eu-central-1.amazonaws.com",
                "/bucket/a%20b/c%3F",
            ),
            (
                r#", "endpoint": "http://127.0.0.1:9000/base/""#,
                "http://127.0.0.1:9000",
                "127.0.0.1:9000",
                "/base/bucket/a%20b/c%3F",
            ),
            (
                r#", "endpoint": "https://s3.example:443""#,
                "https://bucket.s3.example",
                "bucket.s3.example",
                "/a%20b/c%3F",
            ),
        ] {
            let target = target("bucket", options).await.unwrap();
            assert_eq!((&*target.origin, &*target.host), (origin, host));
            assert_eq!(target.path("a b/c?"), path);
            let signed_for = (&*target.region, &*target.service);
            assert_eq!(signed_for, ("eu-central-1", "s3"));
        }
    }

    #[tokio::test]
    async fn what_needs_more_than_a_plain_signature_has_no_address() {
        let no_session = r#", "environment": { "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH": "true" }"#;
        for (bucket, options) in [
            ("b--euc1-az1--x-s3", ""),
            ("b--euc1-az1--x-s3", no_session),
            (
                "arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
                "",
            ),
        ] {
            assert!(target(bucket, options).await.is_none(), "{bucket}{options}");
        }
    }

    #[test]
    fn the_host_header_leaves_out_the_schemes_own_port() {
        for (url, expected) in [
            ("http://h/", Some("h")),
            ("http://h:80/", Some("h")),
            ("http://h:443/", Some("h:443")),
            ("https://h:443/", Some("h")),
            ("https://h:80/", Some("h:80")),
            ("http://[::1]:9000/", Some("[::1]:9000")),
            ("ftp://h/", None),
        ] {
            let found = host(&url.parse().unwrap());
            assert_eq!(found.as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn keys_and_values_of_a_query_are_encoded_byte_by_byte() {
        let in_path: String = encode_in_path("ä/+-._~").collect();
        assert_eq!(in_path, "%C3%A4/%2B-._~");
        assert_eq!(encode_in_query("ä/+-._~"), "%C3%A4%2F%2B-._~");
    }
}
