//! Listings, a page at a time.

use std::ops::Bound;
use std::sync::Arc;

use super::bucket::Bucket;
use super::version::{Version, VersionId};

/// What a listing asks for.
#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    /// Only keys that begin with this.
    pub prefix: String,
    /// Keys that go on past the first delimiter after the prefix are rolled up.
    pub delimiter: Option<String>,
    /// Only what comes after this key or common prefix.
    pub after: Option<String>,
    /// At most this many keys and common prefixes.
    pub max: usize,
}

impl ListRequest {
    /// The common prefix that a key is rolled up into, if it is.
    pub(super) fn rolled_up<'k>(&self, key: &'k str) -> Option<&'k str> {
        let delimiter = self
            .delimiter
            .as_deref()
            .filter(|delimiter| !delimiter.is_empty())?;
        let place = key.get(self.prefix.len()..)?.find(delimiter)?;
        key.get(..self.prefix.len() + place + delimiter.len())
    }

    /// True for what an earlier page, which ended with `after`, has already shown.
    pub(super) fn is_past(&self, key: &str) -> bool {
        self.after
            .as_deref()
            .is_some_and(|after| key <= after || self.rolled_up(key) == Some(after))
    }

    /// Where in the order of keys this listing can start to look.
    fn start(&self) -> Bound<&str> {
        match self.after.as_deref() {
            Some(after) if after >= self.prefix.as_str() => Bound::Excluded(after),
            _ => Bound::Included(self.prefix.as_str()),
        }
    }
}

/// A line of a listing of objects.
#[derive(Debug, Clone)]
pub enum Entry {
    /// An object.
    Object {
        /// Its key.
        key: String,
        /// Its newest version.
        version: Arc<Version>,
    },
    /// A common prefix.
    Prefix(String),
}

/// A line of a listing of versions.
#[derive(Debug, Clone)]
pub enum VersionEntry {
    /// A version or a delete marker.
    Version {
        /// Its key.
        key: String,
        /// The version.
        version: Arc<Version>,
        /// True for the key's newest.
        is_latest: bool,
    },
    /// A common prefix.
    Prefix(String),
}

/// A page of a listing.
#[derive(Debug, Clone)]
pub struct Listing<E, M> {
    /// The lines, in order.
    pub entries: Vec<E>,
    /// Where the next page goes on; none when this page is the last.
    pub next: Option<M>,
}

/// Where a listing of versions goes on: after all of a key, or after one version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionMarker {
    /// The key or common prefix.
    pub key: String,
    /// The last version shown; none after a common prefix.
    pub version: Option<VersionId>,
}

impl Bucket {
    /// Lists objects, in the order of the UTF-8 bytes of their keys. Keys whose newest version is a delete marker are left out.
    #[must_use]
    pub fn list(&self, request: &ListRequest) -> Listing<Entry, String> {
        let mut entries: Vec<Entry> = Vec::new();
        let mut last: Option<String> = None;
        for (key, versions) in self
            .keys
            .range::<str, _>((request.start(), Bound::Unbounded))
        {
            if !key.starts_with(&request.prefix) {
                break;
            }
            let Some(version) = versions
                .last()
                .filter(|version| !version.is_delete_marker())
            else {
                continue;
            };
            let rolled_up = request.rolled_up(key);
            if request.is_past(key) || (rolled_up.is_some() && rolled_up == last.as_deref()) {
                continue;
            }
            if entries.len() >= request.max {
                // A page of no keys says that it is complete, whatever is there: there is nothing to go on from.
                return Listing {
                    entries,
                    next: last,
                };
            }
            last = Some(rolled_up.unwrap_or(key).to_owned());
            entries.push(match rolled_up {
                Some(prefix) => Entry::Prefix(prefix.to_owned()),
                None => Entry::Object {
                    key: key.clone(),
                    version: Arc::clone(version),
                },
            });
        }
        Listing {
            entries,
            next: None,
        }
    }

    /// Lists versions and delete markers: keys in order, the newest version of each first.
    ///
    /// `request.after` alone goes on after that key; with `after_version`, after that version of it.
    #[must_use]
    pub fn list_versions(
        &self,
        request: &ListRequest,
        after_version: Option<&VersionId>,
    ) -> Listing<VersionEntry, VersionMarker> {
        let resumed = after_version.and(request.after.as_deref());
        let start = resumed.map_or_else(
            || request.start(),
            |key| Bound::Included(key.max(request.prefix.as_str())),
        );
        let mut entries: Vec<VersionEntry> = Vec::new();
        let mut last: Option<VersionMarker> = None;
        for (key, versions) in self.keys.range::<str, _>((start, Bound::Unbounded)) {
            if !key.starts_with(&request.prefix) {
                break;
            }
            let is_resumed = resumed == Some(key.as_str());
            if !is_resumed && request.is_past(key) {
                continue;
            }
            if let Some(prefix) = request.rolled_up(key) {
                let marker = VersionMarker {
                    key: prefix.to_owned(),
                    version: None,
                };
                if last.as_ref() == Some(&marker) {
                    continue;
                }
                if entries.len() >= request.max {
                    return Listing {
                        entries,
                        next: last,
                    };
                }
                entries.push(VersionEntry::Prefix(prefix.to_owned()));
                last = Some(marker);
                continue;
            }
            let newest_first = versions.iter().rev().enumerate();
            let skipped = if is_resumed {
                versions
                    .iter()
                    .rev()
                    .position(|version| Some(&version.id) == after_version)
                    .map_or(0, |place| place + 1)
            } else {
                0
            };
            for (place, version) in newest_first.skip(skipped) {
                if entries.len() >= request.max {
                    return Listing {
                        entries,
                        next: last,
                    };
                }
                last = Some(VersionMarker {
                    key: key.clone(),
                    version: Some(version.id.clone()),
                });
                entries.push(VersionEntry::Version {
                    key: key.clone(),
                    version: Arc::clone(version),
                    is_latest: place == 0,
                });
            }
        }
        Listing {
            entries,
            next: None,
        }
    }
}
