//! Who may ask, and for which region.

use http::HeaderMap;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::{S3Error, S3ErrorCode, S3Result};

use crate::faults::{Call, Request};
use crate::ops::error::refusal;

/// The one pair of keys the server knows.
pub(crate) struct Keys {
    access_key_id: String,
    secret: SecretKey,
}

impl Keys {
    pub(crate) fn new(access_key_id: &str, secret: &str) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            secret: SecretKey::from(secret),
        }
    }
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key_id: &str) -> S3Result<SecretKey> {
        if access_key_id == self.access_key_id {
            return Ok(self.secret.clone());
        }
        let mut error = refusal(S3ErrorCode::InvalidAccessKeyId);
        error.set_status_code(http::StatusCode::FORBIDDEN);
        Err(error)
    }
}

/// Lets in whoever signed, for the server's region.
pub(crate) struct SignedForRegion {
    pub(crate) region: String,
}

#[async_trait::async_trait]
impl S3Access for SignedForRegion {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(refusal(S3ErrorCode::AccessDenied));
        }
        match signed_region(context.headers(), context.uri().query()) {
            Some(region) if region != self.region => return Err(self.wrong_region(&region)),
            _ => {}
        }
        // Faults come to who was let in, and before the operation begins.
        let call = Call::of(context.extensions_mut());
        call.admit(|| Request::of(context)).await
    }
}

impl SignedForRegion {
    /// S3 names the right region, so that a client can sign again.
    fn wrong_region(&self, signed: &str) -> S3Error {
        let right = &self.region;
        let mut error = S3Error::with_message(
            S3ErrorCode::AuthorizationHeaderMalformed,
            format!(
                "The authorization header is malformed; the region '{signed}' is wrong; expecting '{right}'"
            ),
        );
        let mut headers = HeaderMap::new();
        if let Ok(region) = http::HeaderValue::from_str(right) {
            headers.insert("x-amz-bucket-region", region);
        }
        error.set_headers(headers);
        error
    }
}

/// The region in the credential scope of a version 4 signature, in the header or the query. The signature was verified before.
fn signed_region(headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    let in_header = || {
        let authorization = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
        let (_, rest) = authorization.split_once("Credential=")?;
        Some(rest.split(',').next().unwrap_or(rest).trim().to_owned())
    };
    let in_query = || {
        let pairs = form_urlencoded::parse(query?.as_bytes());
        pairs
            .into_iter()
            .find(|(name, _)| name == "X-Amz-Credential")
            .map(|(_, value)| value.into_owned())
    };
    // key/date/region/service/aws4_request
    let credential = in_header().or_else(in_query)?;
    credential.split('/').nth(2).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::signed_region;
    use http::{HeaderMap, HeaderValue};

    #[test]
    fn the_region_is_read_from_header_and_query() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "authorization",
            HeaderValue::from_static("AWS4-HMAC-SHA256 Credential=dev/20260101/eu-west-1/s3/aws4_request, SignedHeaders=host"),
        );
        assert_eq!(signed_region(&headers, None).as_deref(), Some("eu-west-1"));
        let query =
            "X-Amz-Credential=dev%2F20260101%2Fus-east-2%2Fs3%2Faws4_request&x-id=GetObject";
        assert_eq!(
            signed_region(&HeaderMap::new(), Some(query)).as_deref(),
            Some("us-east-2")
        );
        assert_eq!(signed_region(&HeaderMap::new(), None), None);
    }
}
