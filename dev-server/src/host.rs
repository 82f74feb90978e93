//! Which bucket a `Host` header names.

use s3s::S3Result;
use s3s::host::{S3Host, VirtualHost};

/// Takes `bucket.<domain>` for a bucket, whatever the port, and any other host for path style.
pub(crate) struct Domain {
    suffix: String,
    domain: String,
}

impl Domain {
    pub(crate) fn new(domain: &str) -> Self {
        let domain = domain.trim_matches('.').to_ascii_lowercase();
        Self {
            suffix: format!(".{domain}"),
            domain,
        }
    }
}

impl S3Host for Domain {
    fn parse_host_header<'a>(&'a self, host: &'a str) -> S3Result<VirtualHost<'a>> {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let name = name.to_ascii_lowercase();
        let named = VirtualHost::new(self.domain.as_str());
        Ok(
            match name
                .strip_suffix(&self.suffix)
                .filter(|bucket| !bucket.is_empty())
            {
                Some(bucket) => named.with_bucket(bucket.to_owned()),
                None => named,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_under_the_domain_are_buckets() {
        let domain = Domain::new("localhost");
        let bucket = |host| {
            domain
                .parse_host_header(host)
                .unwrap()
                .bucket()
                .map(str::to_owned)
        };
        assert_eq!(bucket("b.localhost:9000").as_deref(), Some("b"));
        assert_eq!(bucket("my.dotted.localhost").as_deref(), Some("my.dotted"));
        assert_eq!(bucket("localhost:9000"), None);
        assert_eq!(bucket(".localhost"), None);
        assert_eq!(bucket("somewhere.else:80"), None);
    }
}
