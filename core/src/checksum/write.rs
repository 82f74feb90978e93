//! What a write says of its checksum.

use bytes::Bytes;

use super::{Algorithm, Checksum, Checksums};
use crate::inner::Inner;
use crate::off_thread::off_thread;
use crate::wire::{Headers, Part, Wire};

/// The header in which whoever writes names the algorithm. The checksum itself goes in its place.
const ALGORITHM: &str = "x-amz-sdk-checksum-algorithm";
/// How the checksum of an upload comes from those of its parts.
pub(super) const TYPE: &str = "x-amz-checksum-type";
/// As of one piece.
const FULL_OBJECT: &str = "FULL_OBJECT";
/// As of the list of theirs.
pub(super) const COMPOSITE: &str = "COMPOSITE";

impl<W: Wire> Inner<W> {
    /// The checksum of the store's own, if it has one.
    pub(crate) async fn own_checksum(&self) -> Option<Algorithm> {
        match self.config.checksums {
            Checksums::Of(algorithm) => Some(algorithm),
            Checksums::Off => None,
            // Where that is not known, no request can be made either.
            Checksums::Native => match self.wire.server().await {
                Ok(None) => Some(Algorithm::Crc64Nvme),
                _ => None,
            },
        }
    }

    /// Whether a request with these headers has more than its verb by somebody's wish: what the store adds by itself, S3 is known
    /// to take.
    pub(crate) fn is_told_more(&self, headers: &Headers) -> bool {
        !headers.is_empty() || matches!(self.config.checksums, Checksums::Of(_))
    }

    /// The checksum of a write with these headers, which no longer name it then.
    pub(crate) async fn checksum_for(&self, headers: &mut Headers) -> Option<Algorithm> {
        let named = headers.iter().find(|(name, _)| name == ALGORITHM);
        let named = named.and_then(|(_, value)| Algorithm::named(value));
        headers.retain(|(name, _)| name != ALGORITHM);
        if named.is_some() {
            return named;
        }
        let own = self.own_checksum().await;
        own.or_else(|| is_locked(headers).then_some(Algorithm::Sha256))
    }
}

/// S3 takes a write with a lock only with a digest of its body.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>, on Object Lock
fn is_locked(headers: &Headers) -> bool {
    let mut names = headers.iter().map(|(name, _)| name);
    names.any(|name| name.starts_with("x-amz-object-lock-"))
}

/// Headers of a request with this body, the checksum among them, and the checksum.
pub(crate) async fn with_checksum(
    algorithm: Option<Algorithm>,
    body: &Bytes,
    mut headers: Headers,
) -> (Headers, Option<Checksum>) {
    let Some(algorithm) = algorithm else {
        return (headers, None);
    };
    let checksum = off_thread(body, move |bytes| Some(algorithm.of(bytes))).await;
    headers.extend(checksum.as_ref().map(header));
    (headers, checksum)
}

/// What an upload of parts with this checksum begins with.
pub(crate) fn of_upload(algorithm: Option<Algorithm>, headers: &mut Headers) {
    let Some(algorithm) = algorithm else { return };
    let scope = algorithm.crc().map_or(COMPOSITE, |_| FULL_OBJECT);
    headers.push((
        "x-amz-checksum-algorithm".to_owned(),
        algorithm.name().to_owned(),
    ));
    headers.push((TYPE.to_owned(), scope.to_owned()));
}

/// And what it is completed with: the checksum of all its bytes, where the parts' make one.
pub(crate) fn of_completion(parts: &[Part], headers: &mut Headers) {
    let mut checksums = parts.iter().map(|part| part.checksum.as_ref());
    let Some(Some(first)) = checksums.next() else {
        return;
    };
    let whole = checksums.try_fold(first.clone(), |sofar, next| sofar.followed_by(next?));
    if let Some(whole) = whole.filter(|whole| whole.algorithm().crc().is_some()) {
        headers.push(header(&whole));
        headers.push((TYPE.to_owned(), FULL_OBJECT.to_owned()));
    }
}

fn header(checksum: &Checksum) -> (String, String) {
    (checksum.algorithm().header().to_owned(), checksum.base64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precondition::ETag;

    fn parts(algorithm: Algorithm, bodies: &[&[u8]]) -> Vec<Part> {
        let parts = bodies.iter().zip(1..);
        parts
            .map(|(body, number)| Part {
                number,
                etag: ETag::new("\"1\""),
                checksum: Some(algorithm.of(body)),
            })
            .collect()
    }

    fn completed(parts: &[Part]) -> Headers {
        let mut headers = Headers::new();
        of_completion(parts, &mut headers);
        headers
    }

    #[test]
    fn crcs_of_parts_are_completed_with_that_of_the_whole() {
        let headers = completed(&parts(Algorithm::Crc32c, &[b"123", b"45", b"6789"]));
        let whole = ("x-amz-checksum-crc32c".to_owned(), "4waSgw==".to_owned());
        let scope = (TYPE.to_owned(), FULL_OBJECT.to_owned());
        assert_eq!(headers, [whole, scope]);
        assert_eq!(
            completed(&parts(Algorithm::Crc32c, &[b"123456789"])).len(),
            2
        );
    }

    #[test]
    fn digests_of_parts_make_none_of_the_whole() {
        assert!(completed(&parts(Algorithm::Sha1, &[b"1", b"2"])).is_empty());
        assert!(completed(&parts(Algorithm::Sha256, &[b"1"])).is_empty());
        let without = Part {
            number: 1,
            etag: ETag::new("\"1\""),
            checksum: None,
        };
        assert!(completed(&[without]).is_empty());
    }

    #[test]
    fn an_upload_is_told_how_its_checksum_is_made() {
        let begun = |algorithm| {
            let mut headers = Headers::new();
            of_upload(algorithm, &mut headers);
            headers
                .into_iter()
                .map(|(_, value)| value)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            begun(Some(Algorithm::Crc64Nvme)),
            ["CRC64NVME", FULL_OBJECT]
        );
        assert_eq!(begun(Some(Algorithm::Sha1)), ["SHA1", COMPOSITE]);
        assert!(begun(None).is_empty());
    }
}
