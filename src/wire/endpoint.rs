//! Where S3 is, when it isn't AWS's own.

use std::net::IpAddr;

use hyper::http::Uri;

use super::config::{Misconfigured, flag};
use super::profile::Profile;
use crate::settings::{Environment, Settings};

/// An endpoint that is not AWS's own.
#[derive(Debug)]
pub(crate) struct Endpoint {
    /// With a slash at the end: the SDK's rules put the bucket right behind it.
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) plain: bool,
    /// An IP address or a single label (`localhost`, `minio`): no bucket's name can stand in front of it.
    pub(crate) has_no_subdomains: bool,
}

/// The endpoint of the options, else of JavaScript's environment, else of the profile.
pub(crate) fn endpoint(
    settings: &Settings,
    profile: &Profile,
) -> Result<Option<Endpoint>, Misconfigured> {
    if let Some(url) = &settings.endpoint {
        return Endpoint::parse(url, "endpoint").map(Some);
    }
    let ignored = flag(
        None,
        settings,
        profile,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "ignore_configured_endpoint_urls",
    )?;
    if ignored {
        return Ok(None);
    }
    if let Some((name, url)) = from_environment(&settings.environment) {
        return Endpoint::parse(url, name).map(Some);
    }
    profile
        .get_for_s3("endpoint_url")
        .map(|url| {
            let name = format!("endpoint_url of the profile {:?}", profile.name());
            Endpoint::parse(&url, &name)
        })
        .transpose()
}

/// The endpoint as far as it is known without the profile's files, for errors from before they were read.
pub(crate) fn known_at_once(settings: &Settings) -> Option<String> {
    let environment = &settings.environment;
    let url = match &settings.endpoint {
        Some(url) => url,
        None => from_environment(environment).map(|(_, url)| url)?,
    };
    let ignored = settings.endpoint.is_none()
        && environment
            .get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
            .is_some_and(|ignored| ignored.eq_ignore_ascii_case("true"));
    Endpoint::parse(url, "endpoint")
        .ok()
        .filter(|_| !ignored)
        .map(|_| url.to_owned())
}

fn from_environment(environment: &Environment) -> Option<(&'static str, &str)> {
    ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]
        .into_iter()
        .find_map(|name| Some((name, environment.get(name)?)))
}

impl Endpoint {
    /// Reads what `name` was set to. What stands before the host or in the query may be a secret, so that no message
    /// quotes the text.
    fn parse(url: &str, name: &str) -> Result<Self, Misconfigured> {
        let invalid = |complaint: &str| Misconfigured::invalid(format!("{name} {complaint}"));
        let no_url =
            || invalid("must be a URL such as https://s3.example.com or http://127.0.0.1:9000");
        let uri: Uri = url.parse().map_err(|_| no_url())?;
        let host = uri.host().filter(|host| !host.is_empty());
        let (Some(scheme @ ("http" | "https")), Some(host)) = (uri.scheme_str(), host) else {
            return Err(no_url());
        };
        if uri
            .authority()
            .is_some_and(|all| all.as_str().contains('@'))
        {
            return Err(invalid(
                "must not contain credentials: give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or options.credentials",
            ));
        }
        if url.contains(['?', '#']) {
            return Err(invalid("must not have a query or a fragment"));
        }
        let bare = host.trim_matches(['[', ']']);
        Ok(Self {
            url: format!("{}/", url.trim_end_matches('/')),
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
        let endpoint = Endpoint::parse(url, "endpoint").ok()?;
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
    fn what_is_not_an_endpoint_is_refused_unquoted() {
        for url in [
            "",
            "localhost:9000",
            "ftp://hunter2",
            "http://",
            "http://host/?x=hunter2",
            "http://host/#hunter2",
            "not a url",
            "http://user:hunter2@host",
            "http://hunter2@host/",
            "http://user:hunter2@ho st",
        ] {
            let refused = Endpoint::parse(url, "AWS_ENDPOINT_URL").unwrap_err();
            assert!(refused.message.starts_with("AWS_ENDPOINT_URL must"));
            assert!(!refused.message.contains("hunter2"), "{}", refused.message);
        }
    }

    #[test]
    fn nothing_but_an_endpoint_is_shown_ahead_of_it() {
        let known = |json: &str| {
            let json = format!(r#"{{ "id": 1, "bucket": "b", {json} }}"#);
            known_at_once(&Settings::parse(&json).unwrap())
        };
        assert_eq!(
            known(r#""environment": { "AWS_ENDPOINT_URL": "http://host" }"#).as_deref(),
            Some("http://host")
        );
        assert_eq!(
            known(r#""environment": { "AWS_ENDPOINT_URL": "http://user:hunter2@host" }"#),
            None
        );
        assert_eq!(known(r#""endpoint": "http://user:hunter2@host""#), None);
    }
}
