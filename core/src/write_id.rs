//! The name of one logical write: 128 random bits, carried by every attempt of a call as user metadata, so that a
//! later look at the object tells whether it was this write that landed.

use crate::wire::{Headers, header};

/// The name of the metadata that carries it. Callers' metadata of that name is refused.
pub const WRITE_ID: &str = "s3-store-write-id";

/// The header in which S3 gives it back.
const HEADER: &str = "x-amz-meta-s3-store-write-id";

/// The name of one call that writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteId(String);

impl WriteId {
    /// A new one, from the system's random numbers.
    ///
    /// # Errors
    ///
    /// When the system has none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(format!("{:032x}", u128::from_be_bytes(bytes))))
    }

    /// One that a caller was told earlier.
    #[must_use]
    pub fn known(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// 32 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the object with these headers was written by this call.
    pub(crate) fn wrote(&self, headers: &Headers) -> bool {
        header(headers, HEADER) == Some(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_128_bits_in_hexadecimal_and_never_the_same() {
        let (one, other) = (WriteId::random().unwrap(), WriteId::random().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), 32);
        assert!(one.as_str().bytes().all(|byte| byte.is_ascii_hexdigit()));
    }

    #[test]
    fn recognises_its_own_object_only() {
        let id = WriteId::known("0123");
        let found = |value: &str| vec![(HEADER.to_owned(), value.to_owned())];
        assert!(id.wrote(&found("0123")));
        assert!(!id.wrote(&found("4567")));
        assert!(!id.wrote(&Vec::new()));
    }
}
