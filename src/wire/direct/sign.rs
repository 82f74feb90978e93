//! Signature Version 4 of one kind of request: of an object, with headers, a payload whose hash is known, and a path that is
//! already encoded. The signature is `aws-sigv4`'s; what is signed is put together here, because that is what costs
//! (`aws_sigv4::http_request::sign` takes three times as long), and is held to `aws-sigv4` byte for byte by a test.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// The SHA-256 of nothing.
pub(super) const EMPTY_HASH: &str =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The SHA-256 of `bytes`, in hexadecimal.
pub(super) fn hash(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).unwrap_or_default());
        }
    }
    text
}

/// From this size on, hashing would keep other calls waiting.
const LONG: usize = 256 * 1024;

/// [`hash`], without holding other calls up.
pub(super) async fn hash_off_thread(bytes: &Bytes) -> String {
    if bytes.len() < LONG {
        return hash(bytes);
    }
    let shared = bytes.clone();
    let hashed = tokio::task::spawn_blocking(move || hash(&shared)).await;
    // The runtime is ending, and the call with it.
    hashed.unwrap_or_default()
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
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    /// Percent-encoded, once.
    pub(super) path: &'a str,
    /// Sorted, and encoded.
    pub(super) query: &'a str,
    /// Names in lower case, sorted; values without spaces at the edges.
    pub(super) headers: &'a [(&'a str, &'a str)],
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
        let second = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut stamp = self.stamp.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.second != second || stamp.text.is_empty() {
            *stamp = Stamp::at(second);
        }
        stamp.clone()
    }

    /// The value of `Authorization`.
    pub(super) fn authorization(
        &self,
        request: &Request<'_>,
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
fn canonical(request: &Request<'_>) -> (String, usize) {
    let mut text = String::with_capacity(1024);
    for line in [request.method, request.path, request.query] {
        text.push_str(line);
        text.push('\n');
    }
    for (name, value) in request.headers {
        text.push_str(name);
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
        text.push_str(name);
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
