//! An object, and what every request for it has to carry.

use std::sync::Arc;

use crate::precondition::Precondition;
use crate::wire::{GetRequest, Headers};

/// The object at a key. The requests that look at it later carry the same rights as the one that wrote it.
#[derive(Clone)]
pub(crate) struct Object {
    pub(crate) key: Arc<str>,
    /// The key that it is encrypted with, who pays, whose bucket it must be.
    pub(crate) access: Headers,
}

impl Object {
    /// One that needs nothing but its key.
    pub(crate) const fn plain(key: Arc<str>) -> Self {
        Self {
            key,
            access: Vec::new(),
        }
    }

    /// The object that a request with `headers` is for.
    pub(crate) fn of(key: &Arc<str>, headers: &Headers) -> Self {
        Self {
            key: Arc::clone(key),
            access: headers
                .iter()
                .filter(|(name, _)| gives_access(name))
                .cloned()
                .collect(),
        }
    }

    /// A get of it, or of one of its versions.
    pub(crate) fn get(&self, version_id: Option<String>) -> GetRequest {
        GetRequest {
            version_id,
            headers: self.access.clone(),
            ..GetRequest::new(Arc::clone(&self.key), Precondition::None)
        }
    }

    /// Whether it is encrypted with a key of the caller's own.
    pub(crate) fn has_own_key(&self) -> bool {
        self.access.iter().any(|(name, _)| is_own_key(name))
    }

    /// The same, but for that key: nobody else needs it.
    pub(crate) fn without_own_key(&self) -> Self {
        Self {
            key: Arc::clone(&self.key),
            access: without_own_key(&self.access),
        }
    }
}

/// `headers` without the key of the caller's own, which only those get that read or write an object.
pub(crate) fn without_own_key(headers: &Headers) -> Headers {
    let others = headers.iter().filter(|(name, _)| !is_own_key(name));
    others.cloned().collect()
}

fn is_own_key(name: &str) -> bool {
    name.starts_with("x-amz-server-side-encryption-customer-")
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>, what it takes of a write's headers.
fn gives_access(name: &str) -> bool {
    matches!(name, "x-amz-request-payer" | "x-amz-expected-bucket-owner") || is_own_key(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_carries_the_rights_of_the_write_and_nothing_else() {
        let names = [
            "cache-control",
            "x-amz-expected-bucket-owner",
            "x-amz-request-payer",
            "x-amz-server-side-encryption",
            "x-amz-server-side-encryption-customer-algorithm",
            "x-amz-server-side-encryption-customer-key",
            "x-amz-server-side-encryption-customer-key-md5",
            "x-amz-tagging",
        ];
        let headers = names.map(|name| (name.to_owned(), "v".to_owned())).to_vec();
        let object = Object::of(&"k".into(), &headers);
        let kept: Vec<_> = object
            .access
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let expected = [1, 2, 4, 5, 6].map(|at| names[at]);
        assert_eq!(kept, expected);
    }
}
