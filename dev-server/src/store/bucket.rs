//! One bucket: its keys, their versions, and how a write or a delete changes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::condition::WriteCondition;
use super::error::StoreError;
use super::ids::Ids;
use super::multipart::Upload;
use super::version::{Object, Tags, Version, VersionId, now};

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Versioning {
    /// Never switched on: a write replaces, a delete removes.
    #[default]
    Off,
    /// A write adds a version, a delete adds a delete marker.
    Enabled,
    /// A write or a delete replaces the null version and leaves the others.
    Suspended,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The new version's id, where the bucket's versioning is on.
    pub version_id: Option<VersionId>,
    /// When it was written, in whole seconds.
    pub modified: SystemTime,
}

/// What a delete did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Deleted {
    /// The marker that was added, or the version that was removed by its id.
    pub version_id: Option<VersionId>,
    /// True when a delete marker was added or removed.
    pub delete_marker: bool,
}

/// A version that was read, with what the bucket shows of its id.
#[derive(Debug, Clone)]
pub struct Found {
    /// The version as it was at that moment; later writes do not change it.
    pub version: Arc<Version>,
    /// The id to show: none in a bucket that never had versioning.
    pub shown_id: Option<VersionId>,
}

/// A bucket.
#[derive(Debug)]
pub struct Bucket {
    /// When the bucket was made.
    pub created: SystemTime,
    /// Whether it keeps versions.
    pub versioning: Versioning,
    /// The versions of each key, oldest first and never empty. A map ordered by the keys' UTF-8 bytes, as S3 lists them.
    pub(super) keys: BTreeMap<String, Vec<Arc<Version>>>,
    /// Unfinished uploads by key and upload id.
    pub(super) uploads: BTreeMap<(String, String), Upload>,
}

impl Bucket {
    pub(super) fn new() -> Self {
        Self {
            created: now(),
            versioning: Versioning::Off,
            keys: BTreeMap::new(),
            uploads: BTreeMap::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.uploads.is_empty()
    }

    fn latest(&self, key: &str) -> Option<&Arc<Version>> {
        self.keys.get(key)?.last()
    }

    /// The object a plain read of the key would give.
    #[must_use]
    pub fn current(&self, key: &str) -> Option<&Object> {
        self.latest(key)?.object.as_ref()
    }

    /// Finds a version to read or to tag: the newest, or the one of that id.
    ///
    /// # Errors
    /// [`StoreError::NoSuchKey`], [`StoreError::Deleted`], [`StoreError::NoSuchVersion`] or [`StoreError::VersionIsDeleteMarker`].
    pub fn find(&self, key: &str, id: Option<&VersionId>) -> Result<Found, StoreError> {
        let version = match id {
            None => {
                let latest = self.latest(key).ok_or(StoreError::NoSuchKey)?;
                if latest.is_delete_marker() {
                    return Err(StoreError::Deleted {
                        id: latest.id.clone(),
                    });
                }
                latest
            }
            Some(id) => {
                let named = self
                    .keys
                    .get(key)
                    .and_then(|versions| versions.iter().find(|version| version.id == *id))
                    .ok_or(StoreError::NoSuchVersion)?;
                if named.is_delete_marker() {
                    return Err(StoreError::VersionIsDeleteMarker {
                        id: named.id.clone(),
                        modified: named.modified,
                    });
                }
                named
            }
        };
        Ok(Found {
            version: Arc::clone(version),
            shown_id: self.shown(&version.id),
        })
    }

    fn shown(&self, id: &VersionId) -> Option<VersionId> {
        (self.versioning != Versioning::Off).then(|| id.clone())
    }

    /// Writes an object if the condition holds for what the key holds now.
    ///
    /// # Errors
    /// Those of [`WriteCondition::check`]; nothing is written then.
    pub fn put(
        &mut self,
        key: &str,
        object: Object,
        tags: Tags,
        condition: &WriteCondition,
        ids: &Ids,
    ) -> Result<Written, StoreError> {
        condition.check(self.current(key))?;
        let modified = now();
        let id = self.add(key, modified, tags, Some(object), ids);
        // S3 answers a write with an id only while versioning is on, although suspended writes make the null version.
        let version_id = (self.versioning == Versioning::Enabled).then_some(id);
        Ok(Written {
            version_id,
            modified,
        })
    }

    /// Deletes the key's newest version, or the one of that id, if the condition holds for it.
    ///
    /// Without a condition an absent key or version is no error.
    ///
    /// # Errors
    /// Those of [`WriteCondition::check`]; nothing is deleted then.
    pub fn delete(
        &mut self,
        key: &str,
        id: Option<&VersionId>,
        condition: &WriteCondition,
        ids: &Ids,
    ) -> Result<Deleted, StoreError> {
        if let Some(id) = id {
            return self.delete_version(key, id, condition);
        }
        condition.check(self.current(key))?;
        if self.versioning == Versioning::Off {
            self.keys.remove(key);
            return Ok(Deleted::default());
        }
        let marker = self.add(key, now(), Tags::new(), None, ids);
        Ok(Deleted {
            version_id: Some(marker),
            delete_marker: true,
        })
    }

    fn delete_version(
        &mut self,
        key: &str,
        id: &VersionId,
        condition: &WriteCondition,
    ) -> Result<Deleted, StoreError> {
        let versions = self.keys.get_mut(key);
        let place = versions
            .as_ref()
            .and_then(|versions| versions.iter().position(|version| version.id == *id));
        let (Some(versions), Some(place)) = (versions, place) else {
            condition.check(None)?;
            return Ok(Deleted {
                version_id: Some(id.clone()),
                delete_marker: false,
            });
        };
        condition.check(
            versions
                .get(place)
                .and_then(|version| version.object.as_ref()),
        )?;
        let removed = versions.remove(place);
        if versions.is_empty() {
            self.keys.remove(key);
        }
        Ok(Deleted {
            version_id: Some(id.clone()),
            delete_marker: removed.is_delete_marker(),
        })
    }

    /// Makes a version the key's newest, replacing what the bucket's versioning says it replaces.
    fn add(
        &mut self,
        key: &str,
        modified: SystemTime,
        tags: Tags,
        object: Option<Object>,
        ids: &Ids,
    ) -> VersionId {
        let versions = self.keys.entry(key.to_owned()).or_default();
        let id = match self.versioning {
            Versioning::Enabled => VersionId::Id(ids.next()),
            Versioning::Off | Versioning::Suspended => {
                versions.retain(|version| version.id != VersionId::Null);
                VersionId::Null
            }
        };
        versions.push(Arc::new(Version {
            id: id.clone(),
            modified,
            tags,
            object,
        }));
        id
    }

    /// Replaces the tags of a version.
    ///
    /// # Errors
    /// Those of [`Bucket::find`].
    pub fn set_tags(
        &mut self,
        key: &str,
        id: Option<&VersionId>,
        tags: Tags,
    ) -> Result<Option<VersionId>, StoreError> {
        let found = self.find(key, id)?;
        let version = self
            .keys
            .get_mut(key)
            .and_then(|versions| {
                versions
                    .iter_mut()
                    .find(|version| version.id == found.version.id)
            })
            .ok_or(StoreError::NoSuchKey)?;
        // Readers hold the version as it was: the tags go onto a copy, which shares the content.
        Arc::make_mut(version).tags = tags;
        Ok(found.shown_id)
    }
}
