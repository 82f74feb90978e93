//! Which endpoints are S3 itself. Customers' own machines (EC2, load balancers, API gateways) have names under AWS's
//! domains, too.

use hyper::http::Uri;

/// The domains of AWS's partitions, and those of their dual-stack endpoints.
/// <https://docs.aws.amazon.com/general/latest/gr/s3.html>
const DOMAINS: [&str; 14] = [
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
];

/// Whether a URL leads to AWS's own S3: `[bucket.]<service>[.dualstack][.<region>][.vpce].<domain>`, where the service
/// is `s3`, or a name that begins with `s3-` (`s3-accesspoint`, the old `s3-us-west-2`) or `s3express-`.
pub(super) fn is_s3(url: &str) -> bool {
    let uri: Option<Uri> = url.parse().ok();
    uri.as_ref().and_then(Uri::host).is_some_and(is_s3_host)
}

fn is_s3_host(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix('.').unwrap_or(&host);
    DOMAINS
        .iter()
        .filter_map(|domain| host.strip_suffix(domain)?.strip_suffix('.'))
        .any(|name| {
            let mut labels = name.rsplit('.').peekable();
            labels.next_if_eq(&"vpce");
            labels.next_if(|label| is_region(label));
            labels.next_if_eq(&"dualstack");
            labels.next().is_some_and(is_service)
        })
}

fn is_service(label: &str) -> bool {
    label == "s3" || label.starts_with("s3-") || label.starts_with("s3express-")
}

/// `eu-west-1`, `us-gov-east-1`: at least two words and a number.
fn is_region(label: &str) -> bool {
    let Some((words, number)) = label.rsplit_once('-') else {
        return false;
    };
    let is_word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    words.contains('-')
        && words.split('-').all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::is_s3;

    #[test]
    fn s3s_own_endpoints_are_aws() {
        for host in [
            "s3.amazonaws.com",
            "S3.EU-West-1.AmazonAWS.com",
            "s3.eu-west-1.amazonaws.com.",
            "s3-us-west-2.amazonaws.com",
            "s3-external-1.amazonaws.com",
            "bucket.s3.amazonaws.com",
            "a.dotted.bucket.s3.eu-west-1.amazonaws.com",
            "s3.dualstack.eu-west-1.amazonaws.com",
            "s3-fips.us-gov-west-1.amazonaws.com",
            "s3-fips.dualstack.us-gov-east-1.amazonaws.com",
            "s3-accelerate.amazonaws.com",
            "bucket.s3-accelerate.dualstack.amazonaws.com",
            "point-123456789012.s3-accesspoint.eu-west-1.amazonaws.com",
            "point-123456789012.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com",
            "alias.accesspoint.s3-global.amazonaws.com",
            "point-1.op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com",
            "point-1.s3-object-lambda.us-west-2.amazonaws.com",
            "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
            "s3express-control.us-east-1.amazonaws.com",
            "bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
            "accesspoint.vpce-1a2b3c4d-5e6f-us-east-1a.s3.us-east-1.vpce.amazonaws.com",
            "s3.us-east-1.api.aws",
            "s3.cn-north-1.amazonaws.com.cn",
            "s3.dualstack.cn-north-1.amazonaws.com.cn",
            "s3.eusc-de-east-1.amazonaws.eu",
            "s3.us-iso-east-1.c2s.ic.gov",
        ] {
            assert!(is_s3(&format!("https://{host}")), "{host}");
            assert!(is_s3(&format!("http://{host}:443/")), "{host}");
        }
    }

    #[test]
    fn other_machines_under_awss_domains_are_not() {
        for host in [
            "ec2-203-0-113-25.compute-1.amazonaws.com",
            "ec2-203-0-113-25.eu-west-1.compute.amazonaws.com",
            "ec2-203-0-113-25.cn-north-1.compute.amazonaws.com.cn",
            "my-minio-1234.us-east-1.elb.amazonaws.com",
            "s3-1234.us-east-1.elb.amazonaws.com",
            "s3.us-east-1.elb.amazonaws.com",
            "s3-1234.elb.us-east-1.amazonaws.com",
            "dualstack.s3-1234.us-east-1.elb.amazonaws.com",
            "abc123.execute-api.us-east-1.amazonaws.com",
            "s3.abc123.execute-api.us-east-1.amazonaws.com",
            "vpce-1a2b-5e6f.execute-api.us-east-1.vpce.amazonaws.com",
            "vpce-1a2b-5e6f.vpce-svc-0123.us-east-1.vpce.amazonaws.com",
            "s3.compute-1.amazonaws.com",
            "my-s3.us-east-1.amazonaws.com",
            "amazonaws.com",
            "us-east-1.amazonaws.com",
        ] {
            assert!(!is_s3(&format!("http://{host}:9000")), "{host}");
        }
    }

    #[test]
    fn other_domains_are_not() {
        for host in [
            "minio.example.com",
            "s3.us-east-1.example.com",
            "s3.amazonaws.com.example.com",
            "s3.notamazonaws.com",
            "s3.eu-west-1.on.aws",
            "s3.us-west-1.wasabisys.com",
            "storage.googleapis.com",
            "127.0.0.1",
            "[::1]",
        ] {
            assert!(!is_s3(&format!("https://{host}")), "{host}");
        }
        assert!(!is_s3("not a url"));
    }
}
