//! Signature Version 4 of one kind of request: of an object, with headers, a payload whose hash is known, and a path that is
//! already encoded. The signature is `aws-sigv4`'s; what is signed is put together here, because that is what costs
//! (`aws_sigv4::http_request::sign` takes three times as long), and is held to `aws-sigv4` byte for byte by a test.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_lc_rs::digest::{SHA256, digest};
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;

use s3_store_core::off_thread;

/// The SHA-256 of nothing.
pub(super) const EMPTY_HASH: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The SHA-256 of `bytes`, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in digest(&SHA256, bytes).as_ref() {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from(if half < 10 {
                b'0' + half
            } else {
                b'a' - 10 + half
            }));
        }
    }
    text
}

/// [`hash`], without holding other calls up.
pub(super) async fn hash_off_thread(bytes: &Bytes) -> String {
    off_thread(bytes, hash).await
}

/// A moment, as the signature writes it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stamp {
    /// Seconds since 1970.
    second: u64,
    /// `20260102T030405Z`.
    pub(super) text: Arc<str>,
}

impl Stamp {
    fn at(second: u64) -> Self {
        let moment = DateTime::from_secs(i64::try_from(second).unwrap_or(i64::MAX));
        let long = moment.fmt(Format::DateTime).unwrap_or_default();
        let text: String = long.chars().filter(|char| !"-:".contains(*char)).collect();
        Self {
            second,
            text: text.into(),
        }
    }

    /// `20260102`.
    fn day(&self) -> &str {
        self.text.get(..8).unwrap_or_default()
    }

    fn time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.second)
    }
}

/// What is signed beside the headers.
pub(super) struct Request<'a, N> {
    pub(super) method: &'a str,
    /// Percent-encoded, once.
    pub(super) path: &'a str,
    /// Sorted, and encoded.
    pub(super) query: &'a str,
    /// Names in lower case, sorted; values without spaces at the edges.
    pub(super) headers: &'a [(N, &'a str)],
    pub(super) payload_hash: &'a str,
}

/// Signs for one region and service, and keeps what holds for more than one request.
#[derive(Debug)]
pub(super) struct Signer {
    region: String,
    service: String,
    stamp: Mutex<Stamp>,
    key: Mutex<Option<Arc<SigningKey>>>,
}

/// Holds for one day and one secret.
struct SigningKey {
    day: String,
    access_key_id: String,
    secret_access_key: String,
    key: Box<[u8]>,
    /// `20260102/eu-central-1/s3/aws4_request`.
    scope: String,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.scope)
    }
}

impl Signer {
    pub(super) fn new(region: String, service: String) -> Self {
        Self {
            region,
            service,
            stamp: Mutex::default(),
            key: Mutex::default(),
        }
    }

    /// The stamp of `time`.
    pub(super) fn stamp(&self, time: SystemTime) -> Stamp {
        let second = time
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.second != second || stamp.text.is_empty() {
            *stamp = Stamp::at(second);
        }
        stamp.clone()
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(
        &self,
        request: &Request<'_, impl AsRef<str>>,
        credentials: &Credentials,
        stamp: &Stamp,
    ) -> String {
        let (canonical, names_from) = canonical(request);
        let key = self.key(credentials, stamp);
        let to_sign = format!(
            "AWS4-HMAC-SHA256\n{}\n{}\n{}",
            stamp.text,
            key.scope,
            hash(canonical.as_bytes())
        );
        let names = canonical
            .get(names_from..canonical.len() - request.payload_hash.len() - 1)
            .unwrap_or_default();
        format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={names}, Signature={}",
            key.access_key_id,
            key.scope,
            calculate_signature(&key.key, to_sign.as_bytes())
        )
    }

    fn key(&self, credentials: &Credentials, stamp: &Stamp) -> Arc<SigningKey> {
        let mut kept = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |key: &&Arc<SigningKey>| {
            key.day == stamp.day()
                && key.access_key_id == credentials.access_key_id()
                && key.secret_access_key == credentials.secret_access_key()
        };
        if let Some(key) = kept.as_ref().filter(fits) {
            return Arc::clone(key);
        }
        let secret = credentials.secret_access_key();
        let key = generate_signing_key(secret, stamp.time(), &self.region, &self.service);
        let made = Arc::new(SigningKey {
            day: stamp.day().to_owned(),
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: secret.to_owned(),
            key: key.as_ref().into(),
            scope: format!(
                "{}/{}/{}/aws4_request",
                stamp.day(),
                self.region,
                self.service
            ),
        });
        *kept = Some(Arc::clone(&made));
        made
    }
}

/// The canonical request, and where in it the names of the signed headers begin.
fn canonical(request: &Request<'_, impl AsRef<str>>) -> (String, usize) {
    let mut text = String::with_capacity(1024);
    for line in [request.method, request.path, request.query] {
        text.push_str(line);
        text.push('\n');
    }
    for (name, value) in request.headers {
        text.push_str(name.as_ref());
        text.push(':');
        push_collapsed(&mut text, value);
        text.push('\n');
    }
    text.push('\n');
    let names_from = text.len();
    for (index, (name, _)) in request.headers.iter().enumerate() {
        if index > 0 {
            text.push(';');
        }
        text.push_str(name.as_ref());
    }
    text.push('\n');
    text.push_str(request.payload_hash);
    (text, names_from)
}

/// Several spaces count as one.
fn push_collapsed(text: &mut String, value: &str) {
    if !value.contains("  ") {
        return text.push_str(value);
    }
    let mut last = ' ';
    for char in value.chars() {
        if char != ' ' || last != ' ' {
            text.push(char);
        }
        last = char;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4;
    use proptest::prelude::*;

    use super::super::target::{encode_in_path, encode_in_query};
    use super::*;

    /// What `aws-sigv4` makes of the same request, as the SDK has it sign for S3.
    fn reference(
        method: &str,
        uri: &str,
        headers: &[(String, String)],
        credentials: &Credentials,
        time: SystemTime,
        hash: &str,
    ) -> String {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let identity = credentials.clone().into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region("eu-central-1")
            .name("s3")
            .time(time)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let pairs = headers.iter().map(|(name, value)| (&**name, &**value));
        let body = SignableBody::Precomputed(hash.to_owned());
        let request = SignableRequest::new(method, uri, pairs, body).unwrap();
        let (instructions, _) = sign(request, &params).unwrap().into_parts();
        let (headers, _) = instructions.into_parts();
        let found = headers
            .iter()
            .find(|header| header.name() == "authorization");
        found.unwrap().value().to_owned()
    }

    proptest! {
        #[test]
        fn is_what_aws_sigv4_makes_of_it(
            method in "GET|HEAD|PUT|DELETE",
            key in "\\PC{1,40}",
            version in proptest::option::of("[A-Za-z0-9._~ +/=-]{1,20}"),
            etag in proptest::option::of("\"[ -~&&[^\"]]{1,40}\""),
            metadata in proptest::collection::btree_map("x-amz-meta-[a-z0-9-]{1,12}", "[!-~]([ -~]{0,30}[!-~])?", 0..4),
            body in proptest::collection::vec(any::<u8>(), 0..200),
            token in proptest::option::of("[!-~]{1,60}"),
            second in 0_u64..4_000_000_000,
        ) {
            let path = format!("/bucket/{}", encode_in_path(&key).collect::<String>());
            let query = version.map(|id| format!("versionId={}", encode_in_query(&id))).unwrap_or_default();
            let hash = hash(&body);
            let credentials = Credentials::new("AKID", "secret", token.clone(), None, "test");
            let time = UNIX_EPOCH + Duration::from_secs(second);

            let mut headers: Vec<_> = metadata.into_iter().collect();
            headers.extend(etag.map(|etag| ("if-match".to_owned(), etag)));
            headers.push(("host".to_owned(), "s3.example.com:9000".to_owned()));
            let uri = format!("http://s3.example.com:9000{path}{}{query}", if query.is_empty() { "" } else { "?" });
            let expected = reference(&method, &uri, &headers, &credentials, time, &hash);

            let signer = Signer::new("eu-central-1".to_owned(), "s3".to_owned());
            let stamp = signer.stamp(time);
            headers.push(("x-amz-content-sha256".to_owned(), hash.clone()));
            headers.push(("x-amz-date".to_owned(), stamp.text.to_string()));
            headers.extend(token.map(|token| ("x-amz-security-token".to_owned(), token)));
            headers.sort();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (&**name, &**value)).collect();
            let request = Request { method: &method, path: &path, query: &query, headers: &headers, payload_hash: &hash };
            prop_assert_eq!(signer.authorization(&request, &credentials, &stamp), expected);
        }
    }

    #[test]
    fn a_key_is_kept_for_one_day_one_id_and_one_secret() {
        let new = || Signer::new("eu-central-1".to_owned(), "s3".to_owned());
        let authorization = |signer: &Signer, id: &str, secret: &str, day: u64| {
            let request = Request {
                method: "GET",
                path: "/bucket/key",
                query: "",
                headers: &[("host", "h")],
                payload_hash: EMPTY_HASH,
            };
            let stamp = signer.stamp(UNIX_EPOCH + Duration::from_secs(day * 86_400));
            let credentials = Credentials::new(id, secret, None, None, "test");
            signer.authorization(&request, &credentials, &stamp)
        };
        let signer = new();
        let mut all = HashSet::new();
        for (id, secret, day) in [
            ("AKID", "one", 1),
            ("AKID", "two", 1),
            ("AKID", "one", 1),
            ("AKID", "one", 2),
            ("AKID", "one", 1),
            ("OTHER", "one", 1),
        ] {
            let made = authorization(&signer, id, secret, day);
            assert_eq!(made, authorization(&new(), id, secret, day));
            all.insert(made);
        }
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn no_key_is_shown_to_whoever_debugs() {
        let signer = Signer::new("eu-central-1".to_owned(), "s3".to_owned());
        let stamp = signer.stamp(UNIX_EPOCH);
        signer.key(
            &Credentials::new("AKID", "secret", None, None, "test"),
            &stamp,
        );
        let shown = format!("{signer:?}");
        assert!(
            shown.contains("19700101/eu-central-1/s3/aws4_request"),
            "{shown}"
        );
        assert!(!shown.contains("secret"), "{shown}");
    }

    #[test]
    fn several_spaces_count_as_one() {
        for (value, expected) in [
            ("a b c", "a b c"),
            ("a  b   c", "a b c"),
            ("a - b  c", "a - b c"),
        ] {
            let mut text = String::from(":");
            push_collapsed(&mut text, value);
            assert_eq!(text, format!(":{expected}"));
        }
    }

    #[test]
    fn a_long_body_is_hashed_elsewhere() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.max_blocking_threads(1).build().unwrap();
        for (length, is_long) in [(0, false), (256 * 1024 - 1, false), (256 * 1024, true)] {
            // What is done elsewhere has to wait for this.
            let (release, until_released) = std::sync::mpsc::channel::<()>();
            runtime.spawn_blocking(move || until_released.recv());
            let bytes = Bytes::from(vec![7; length]);
            let (is_elsewhere, hashed) = runtime.block_on(async {
                let mut hashing = pin!(hash_off_thread(&bytes));
                let first = poll_fn(|context| Poll::Ready(hashing.as_mut().poll(context))).await;
                drop(release);
                match first {
                    Poll::Ready(hashed) => (false, hashed),
                    Poll::Pending => (true, hashing.await),
                }
            });
            assert_eq!(is_elsewhere, is_long, "{length}");
            assert_eq!(hashed, hash(&bytes));
        }
        assert_eq!(hash(b""), EMPTY_HASH);
    }
}
