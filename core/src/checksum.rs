//! Checksums of objects, as S3 has them.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

mod read;
mod write;

use aws_lc_rs::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64_simd::STANDARD;
use crc_fast::{CrcAlgorithm, checksum_combine};

pub(crate) use self::read::{Check, Claim, asking};
pub(crate) use self::write::{of_completion, of_upload, with_checksum};

/// How a checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// The one of Ethernet and gzip.
    Crc32,
    /// Castagnoli's, of iSCSI.
    Crc32c,
    /// That of NVM Express: what S3 itself computes where it is told nothing.
    Crc64Nvme,
    /// 160 bits of SHA-1.
    Sha1,
    /// 256 bits of SHA-2.
    Sha256,
}

impl Algorithm {
    /// All of them, the cheapest to compute first.
    pub const ALL: [Self; 5] = [
        Self::Crc64Nvme,
        Self::Crc32c,
        Self::Crc32,
        Self::Sha1,
        Self::Sha256,
    ];

    /// S3's name for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// The one that S3 calls so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// The header that carries its value, in Base64.
    #[must_use]
    pub const fn header(self) -> &'static str {
        match self {
            Self::Crc32 => "x-amz-checksum-crc32",
            Self::Crc32c => "x-amz-checksum-crc32c",
            Self::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Self::Sha1 => "x-amz-checksum-sha1",
            Self::Sha256 => "x-amz-checksum-sha256",
        }
    }

    /// The checksum of bytes that are all there.
    #[must_use]
    pub fn of(self, bytes: &[u8]) -> Checksum {
        let mut hasher = Hasher::new(self);
        hasher.update(bytes);
        hasher.finish()
    }

    /// As its library has it, if it is a CRC.
    const fn crc(self) -> Option<CrcAlgorithm> {
        match self {
            Self::Crc32 => Some(CrcAlgorithm::Crc32IsoHdlc),
            Self::Crc32c => Some(CrcAlgorithm::Crc32Iscsi),
            Self::Crc64Nvme => Some(CrcAlgorithm::Crc64Nvme),
            Self::Sha1 | Self::Sha256 => None,
        }
    }
}

/// Which checksums a store sends with what it writes, and whether it compares those of what it reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Checksums {
    /// On AWS, what S3 itself computes; with other servers, none.
    #[default]
    Native,
    /// This one.
    Of(Algorithm),
    /// None.
    Off,
}

/// A checksum of some bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    value: Vec<u8>,
    /// How many bytes it is of.
    length: u64,
}

impl Checksum {
    /// One of so many bytes that the server has computed and tells as S3 has it.
    #[must_use]
    pub fn told(algorithm: Algorithm, base64: &str, length: u64) -> Option<Self> {
        let value = STANDARD.decode_to_vec(base64).ok()?;
        Some(Self {
            algorithm,
            value,
            length,
        })
    }

    /// How it was computed.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its value as S3 has it.
    #[must_use]
    pub fn base64(&self) -> String {
        STANDARD.encode_to_string(&self.value)
    }

    /// That of these bytes with those of `next` behind them, where it can be told from the two.
    fn followed_by(&self, next: &Self) -> Option<Self> {
        let crc = self.algorithm.crc()?;
        let together = checksum_combine(crc, number(&self.value), number(&next.value), next.length);
        Some(Self {
            algorithm: self.algorithm,
            value: bytes(together, self.value.len()),
            length: self.length + next.length,
        })
    }
}

/// A checksum in the making.
pub(crate) struct Hasher {
    algorithm: Algorithm,
    state: State,
    length: u64,
}

enum State {
    Crc(Box<crc_fast::Digest>),
    Sha(Box<Context>),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let state = match algorithm.crc() {
            Some(crc) => State::Crc(Box::new(crc_fast::Digest::new(crc))),
            None => State::Sha(Box::new(Context::new(match algorithm {
                Algorithm::Sha1 => &SHA1_FOR_LEGACY_USE_ONLY,
                _ => &SHA256,
            }))),
        };
        Self {
            algorithm,
            state,
            length: 0,
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.length += bytes.len() as u64;
        match &mut self.state {
            State::Crc(digest) => digest.update(bytes),
            State::Sha(context) => context.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Checksum {
        let value = match self.state {
            State::Crc(digest) => {
                let length = match self.algorithm {
                    Algorithm::Crc64Nvme => 8,
                    _ => 4,
                };
                bytes(digest.finalize(), length)
            }
            State::Sha(context) => context.finish().as_ref().to_vec(),
        };
        Checksum {
            algorithm: self.algorithm,
            value,
            length: self.length,
        }
    }
}

/// The last `length` bytes of a number, the most significant first.
fn bytes(number: u64, length: usize) -> Vec<u8> {
    let all = number.to_be_bytes();
    all.get(all.len().saturating_sub(length)..)
        .unwrap_or_default()
        .to_vec()
}

fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of "123456789": <https://reveng.sourceforge.io/crc-catalogue/all.htm> for the CRCs, `openssl dgst` for the others.
    #[test]
    fn each_is_what_its_definition_says() {
        let known = [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
            (Algorithm::Sha1, "98O8HYCOBHMq32eZZczDTKeuNEE="),
            (
                Algorithm::Sha256,
                "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
            ),
        ];
        for (algorithm, value) in known {
            assert_eq!(algorithm.of(b"123456789").base64(), value, "{algorithm:?}");
        }
    }

    #[test]
    fn it_is_the_same_in_pieces() {
        for algorithm in Algorithm::ALL {
            let mut hasher = Hasher::new(algorithm);
            hasher.update(b"1234");
            hasher.update(b"");
            hasher.update(b"56789");
            assert_eq!(hasher.finish(), algorithm.of(b"123456789"));
        }
    }

    #[test]
    fn crcs_of_parts_make_that_of_the_whole() {
        for algorithm in Algorithm::ALL {
            let together = algorithm.of(b"1234").followed_by(&algorithm.of(b"56789"));
            let whole = algorithm.crc().map(|_| algorithm.of(b"123456789"));
            assert_eq!(together, whole, "{algorithm:?}");
        }
    }

    #[test]
    fn s3_names_each() {
        for algorithm in Algorithm::ALL {
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
            let header = format!("x-amz-checksum-{}", algorithm.name().to_lowercase());
            assert_eq!(algorithm.header(), header);
        }
        assert_eq!(Algorithm::named("crc32"), None);
    }
}
