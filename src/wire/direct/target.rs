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
pub(super) fn encode_in_query(value: &str) -> String {
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
        let needs_more = scheme.name() != "sigv4"
            || endpoint.headers().next().is_some()
            || endpoint.properties().contains_key("backend");
        if needs_more {
            return None;
        }
        let uri: Uri = endpoint.url().parse().ok()?;
        let (origin, host) = (uri.scheme_str()?, host(&uri)?);
        Some(Self {
            origin: format!("{origin}://{}", uri.authority()?),
            host,
            base: format!("{}/", uri.path().trim_end_matches('/')),
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
