//! MD5 and the checksums that S3 knows.

use std::fmt::Write as _;

use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Md5, Sha1, Sha256};

/// A checksum algorithm of `x-amz-checksum-*`.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// CRC-32 (ISO HDLC).
    Crc32,
    /// CRC-32C (Castagnoli).
    Crc32c,
    /// CRC-64/NVME.
    Crc64Nvme,
    /// SHA-1.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];

    /// The name as `x-amz-checksum-algorithm` gives it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The header or trailer that carries a value.
    #[must_use]
    pub fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The algorithm of that name, in any case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// What S3 takes a multipart checksum over unless it is told.
    #[must_use]
    pub fn default_scope(self) -> ChecksumScope {
        if self == Self::Crc64Nvme {
            ChecksumScope::FullObject
        } else {
            ChecksumScope::Composite
        }
    }
}

/// What the checksum of a multipart object is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumScope {
    /// The content.
    FullObject,
    /// The checksums of the parts.
    Composite,
}

/// The checksum of an object or a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectChecksum {
    /// How it was computed.
    pub algorithm: Algorithm,
    /// The value in base64, with `-N` after it when it is composite.
    pub value: String,
    /// What it was computed over.
    pub scope: ChecksumScope,
}

/// Computes the MD5 and at most one checksum of bytes that arrive in pieces.
pub struct Hasher {
    md5: Md5,
    checksum: Option<(Algorithm, Running)>,
}

enum Running {
    Crc32(Crc32),
    Crc32c(Crc32c),
    Crc64Nvme(Crc64Nvme),
    Sha1(Sha1),
    Sha256(Sha256),
}

/// What a [`Hasher`] found.
#[derive(Debug, Clone)]
pub struct Digests {
    /// The MD5.
    pub md5: [u8; 16],
    /// The checksum that was asked for, in base64.
    pub checksum: Option<ObjectChecksum>,
}

impl Hasher {
    /// Starts a digest; the MD5 is always computed, as it makes the `ETag`.
    #[must_use]
    pub fn new(algorithm: Option<Algorithm>) -> Self {
        let running = |algorithm| match algorithm {
            Algorithm::Crc32 => Running::Crc32(Crc32::new()),
            Algorithm::Crc32c => Running::Crc32c(Crc32c::new()),
            Algorithm::Crc64Nvme => Running::Crc64Nvme(Crc64Nvme::new()),
            Algorithm::Sha1 => Running::Sha1(Sha1::new()),
            Algorithm::Sha256 => Running::Sha256(Sha256::new()),
        };
        Self {
            md5: Md5::new(),
            checksum: algorithm.map(|algorithm| (algorithm, running(algorithm))),
        }
    }

    /// Adds the next bytes.
    pub fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        match &mut self.checksum {
            None => {}
            Some((_, Running::Crc32(running))) => running.update(data),
            Some((_, Running::Crc32c(running))) => running.update(data),
            Some((_, Running::Crc64Nvme(running))) => running.update(data),
            Some((_, Running::Sha1(running))) => running.update(data),
            Some((_, Running::Sha256(running))) => running.update(data),
        }
    }

    /// Ends the digest.
    #[must_use]
    pub fn finish(self) -> Digests {
        let checksum = self.checksum.map(|(algorithm, running)| {
            let value = match running {
                Running::Crc32(running) => base64(&running.finalize()),
                Running::Crc32c(running) => base64(&running.finalize()),
                Running::Crc64Nvme(running) => base64(&running.finalize()),
                Running::Sha1(running) => base64(&running.finalize()),
                Running::Sha256(running) => base64(&running.finalize()),
            };
            ObjectChecksum {
                algorithm,
                value,
                scope: ChecksumScope::FullObject,
            }
        });
        Digests {
            md5: self.md5.finalize(),
            checksum,
        }
    }
}

/// The digests of bytes that are all there.
#[must_use]
pub fn digest(algorithm: Option<Algorithm>, pieces: &[&[u8]]) -> Digests {
    let mut hasher = Hasher::new(algorithm);
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finish()
}

/// Lower-case hexadecimal, as `ETag`s are written.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Base64, as checksums and `Content-MD5` are written.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

/// The bytes of base64 text, if it is some.
#[must_use]
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    base64_simd::STANDARD.decode_to_vec(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_published_check_values() {
        let of = |algorithm| {
            digest(Some(algorithm), &[b"1234", b"56789"])
                .checksum
                .map(|sum| sum.value)
        };
        // The CRC catalogue's check values of "123456789".
        assert_eq!(
            of(Algorithm::Crc32),
            Some(base64(&[0xcb, 0xf4, 0x39, 0x26]))
        );
        assert_eq!(
            of(Algorithm::Crc32c),
            Some(base64(&[0xe3, 0x06, 0x92, 0x83]))
        );
        assert_eq!(
            of(Algorithm::Crc64Nvme),
            Some(base64(&[0xae, 0x8b, 0x14, 0x86, 0x0a, 0x79, 0x98, 0x88]))
        );
        assert_eq!(
            hex(&digest(None, &[]).md5),
            "d41d8cd98f00b204e9800998ecf8427e"
        );
    }
}
