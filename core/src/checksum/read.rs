//! What an answer says of an object's checksum, held against the bytes that came.

use super::{Algorithm, Checksum, Hasher};
use crate::inner::Inner;
use crate::wire::{Answer, AttemptError, GetRequest, Headers, Wire, header};

/// The header that asks for the checksum.
const MODE: &str = "x-amz-checksum-mode";

impl<W: Wire> Inner<W> {
    /// Asks for the checksum where the store is to compare it. S3 has none of a part.
    pub(crate) async fn ask_for_checksum(&self, request: &mut GetRequest) {
        let asked = is_asked(&request.headers);
        if request.range.is_none() && !asked && self.own_checksum().await.is_some() {
            request.headers.push(asking());
        }
    }

    /// Whether the checksum is to be compared, for a request of any part.
    pub(crate) async fn compares(&self, headers: &Headers) -> bool {
        is_asked(headers) || self.own_checksum().await.is_some()
    }
}

fn is_asked(headers: &Headers) -> bool {
    header(headers, MODE).is_some()
}

/// The header that asks for it.
pub(crate) fn asking() -> (String, String) {
    (MODE.to_owned(), "ENABLED".to_owned())
}

/// The checksum that a whole object is said to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    algorithm: Algorithm,
    value: String,
}

impl Claim {
    /// What the answer says to a request with these headers. `None` where it wasn't asked for, where there is none, and where it is
    /// one of the parts that the object was uploaded in, of which nobody knows any more where they began.
    pub(crate) fn of(request: &Headers, answer: &Answer) -> Option<Self> {
        let is_of_parts =
            header(&answer.headers, super::write::TYPE) == Some(super::write::COMPOSITE);
        if !is_asked(request) || answer.status != 200 || is_of_parts {
            return None;
        }
        Algorithm::ALL.into_iter().find_map(|algorithm| {
            let value = header(&answer.headers, algorithm.header())?.trim();
            // Of parts it ends in how many they were: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
            (!value.is_empty() && !value.contains('-')).then(|| Self {
                algorithm,
                value: value.to_owned(),
            })
        })
    }

    pub(crate) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The header that said it.
    pub(crate) fn header(&self) -> (String, String) {
        (self.algorithm.header().to_owned(), self.value.clone())
    }

    /// Fails where the bytes have another one.
    pub(crate) fn check(&self, found: &Checksum) -> Result<(), AttemptError> {
        let found = found.base64();
        if found == self.value {
            return Ok(());
        }
        let (name, value) = (self.algorithm.name(), &self.value);
        let message =
            format!("the object's {name} is {value}, and what was read of it has {found}");
        Err(AttemptError::damaged(message))
    }

    /// The same of bytes that are all there.
    pub(crate) fn check_all(&self, bytes: &[u8]) -> Result<(), AttemptError> {
        self.check(&self.algorithm.of(bytes))
    }
}

/// A body that is compared while it is read.
pub(crate) struct Check {
    claim: Claim,
    hasher: Hasher,
}

impl Check {
    pub(crate) fn new(claim: Claim) -> Self {
        let hasher = Hasher::new(claim.algorithm);
        Self { claim, hasher }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
    }

    /// Fails where the body was not what it should have been.
    pub(crate) fn finish(self) -> Result<(), AttemptError> {
        self.claim.check(&self.hasher.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(status: u16, headers: &[(&str, &str)]) -> Option<Claim> {
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let answer = Answer {
            status,
            headers: headers.collect(),
        };
        Claim::of(&vec![asking()], &answer)
    }

    const CRC32: (&str, &str) = ("x-amz-checksum-crc32", "y/Q5Jg==");

    #[test]
    fn what_an_answer_says_is_held_against_the_bytes() {
        let claim = claim(200, &[CRC32]).unwrap();
        assert_eq!(claim.header(), (CRC32.0.to_owned(), CRC32.1.to_owned()));
        assert_eq!(claim.check_all(b"123456789"), Ok(()));
        let AttemptError::NoAnswer(error) = claim.check_all(b"123456788").unwrap_err() else {
            panic!("nobody answered that");
        };
        assert!(error.message.contains("CRC32 is y/Q5Jg=="), "{error:?}");
    }

    #[test]
    fn bytes_are_compared_as_they_come() {
        let of = |pieces: &[&[u8]]| {
            let mut check = Check::new(claim(200, &[CRC32]).unwrap());
            for piece in pieces {
                check.update(piece);
            }
            check.finish()
        };
        assert_eq!(of(&[b"1234", b"56789"]), Ok(()));
        assert!(of(&[b"1234", b"5678"]).is_err());
    }

    #[test]
    fn only_that_of_a_whole_object_is_one() {
        assert_eq!(claim(206, &[CRC32]), None);
        assert_eq!(claim(200, &[("x-amz-checksum-sha256", "AAAA-3")]), None);
        assert_eq!(claim(200, &[("x-amz-checksum-sha256", "")]), None);
        let composite = ("x-amz-checksum-type", "COMPOSITE");
        assert_eq!(claim(200, &[CRC32, composite]), None);
        assert_eq!(claim(200, &[]), None);
        let headers = [CRC32].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let answer = Answer {
            status: 200,
            headers: headers.to_vec(),
        };
        assert_eq!(Claim::of(&Headers::new(), &answer), None);
    }
}
