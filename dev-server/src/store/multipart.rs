//! Uploads in parts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use bytes::Bytes;

use super::bucket::{Bucket, Written};
use super::condition::WriteCondition;
use super::error::StoreError;
use super::ids::Ids;
use super::listing::{ListRequest, Listing};
use super::version::{Attributes, Object, Tags, now};
use crate::digest::{Algorithm, ChecksumScope, ObjectChecksum};

/// The smallest size in bytes of a part that is not the last.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>
pub const MIN_PART_SIZE: usize = 5 * 1024 * 1024;

/// A part that was uploaded.
#[derive(Debug, Clone)]
pub struct Part {
    /// The content.
    pub body: Bytes,
    /// The content's MD5, whose hexadecimal form is the part's `ETag`.
    pub md5: [u8; 16],
    /// The checksum of the content, where the upload or the part asked for one.
    pub checksum: Option<ObjectChecksum>,
    /// When it was uploaded.
    pub modified: SystemTime,
}

/// An upload that was neither completed nor aborted.
#[derive(Debug, Clone)]
pub struct Upload {
    /// When it was started.
    pub initiated: SystemTime,
    /// What the object will carry.
    pub attributes: Attributes,
    /// The object's tags.
    pub tags: Tags,
    /// The checksum that was asked for at the start.
    pub checksum: Option<(Algorithm, ChecksumScope)>,
    /// The parts by their numbers.
    pub parts: BTreeMap<u16, Part>,
}

/// A line of a listing of uploads.
#[derive(Debug, Clone)]
pub enum UploadEntry {
    /// An unfinished upload.
    Upload {
        /// Its key.
        key: String,
        /// Its id.
        id: String,
        /// When it was started.
        initiated: SystemTime,
        /// The storage class the object will have.
        storage_class: Option<String>,
        /// The checksum that was asked for at the start.
        checksum: Option<(Algorithm, ChecksumScope)>,
    },
    /// A common prefix.
    Prefix(String),
}

/// Where a listing of uploads goes on: after all of a key, or after one upload of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadMarker {
    /// The key or common prefix.
    pub key: String,
    /// The last upload shown; none after a common prefix.
    pub id: Option<String>,
}

impl Bucket {
    /// Starts an upload and gives its id.
    pub fn create_upload(
        &mut self,
        key: &str,
        attributes: Attributes,
        tags: Tags,
        checksum: Option<(Algorithm, ChecksumScope)>,
        ids: &Ids,
    ) -> String {
        let id = ids.next();
        let upload = Upload {
            initiated: now(),
            attributes,
            tags,
            checksum,
            parts: BTreeMap::new(),
        };
        self.uploads.insert((key.to_owned(), id.clone()), upload);
        id
    }

    /// An unfinished upload.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`].
    pub fn upload(&self, key: &str, id: &str) -> Result<&Upload, StoreError> {
        self.uploads
            .get(&(key.to_owned(), id.to_owned()))
            .ok_or(StoreError::NoSuchUpload)
    }

    /// Stores a part, in place of an earlier one of that number.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`].
    pub fn put_part(
        &mut self,
        key: &str,
        id: &str,
        number: u16,
        body: Bytes,
        md5: [u8; 16],
        checksum: Option<ObjectChecksum>,
    ) -> Result<SystemTime, StoreError> {
        let upload = self
            .uploads
            .get_mut(&(key.to_owned(), id.to_owned()))
            .ok_or(StoreError::NoSuchUpload)?;
        let modified = now();
        upload.parts.insert(
            number,
            Part {
                body,
                md5,
                checksum,
                modified,
            },
        );
        Ok(modified)
    }

    /// The parts that a completion names, in its order. `wanted` holds numbers and `ETag`s without quotes.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`], [`StoreError::InvalidPartOrder`], [`StoreError::InvalidPart`] or [`StoreError::EntityTooSmall`].
    pub fn chosen_parts(
        &self,
        key: &str,
        id: &str,
        wanted: &[(u16, String)],
    ) -> Result<Vec<Part>, StoreError> {
        let upload = self.upload(key, id)?;
        let numbers = wanted.iter().map(|(number, _)| number);
        if numbers
            .clone()
            .zip(numbers.skip(1))
            .any(|(one, next)| one >= next)
        {
            return Err(StoreError::InvalidPartOrder);
        }
        let mut chosen = Vec::with_capacity(wanted.len());
        for (number, etag) in wanted {
            let part = upload.parts.get(number).ok_or(StoreError::InvalidPart)?;
            if crate::digest::hex(&part.md5) != *etag {
                return Err(StoreError::InvalidPart);
            }
            chosen.push(part.clone());
        }
        let too_small = |part: &Part| part.body.len() < MIN_PART_SIZE;
        if chosen
            .split_last()
            .is_some_and(|(_, others)| others.iter().any(too_small))
        {
            return Err(StoreError::EntityTooSmall);
        }
        Ok(chosen)
    }

    /// Makes the finished object the key's newest version if the condition holds, and ends the upload.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`], or those of [`WriteCondition::check`]; the upload stays then.
    pub fn complete_upload(
        &mut self,
        key: &str,
        id: &str,
        object: Object,
        condition: &WriteCondition,
        ids: &Ids,
    ) -> Result<Written, StoreError> {
        let name = (key.to_owned(), id.to_owned());
        let tags = self
            .uploads
            .get(&name)
            .ok_or(StoreError::NoSuchUpload)?
            .tags
            .clone();
        let written = self.put(key, object, tags, condition, ids)?;
        self.uploads.remove(&name);
        Ok(written)
    }

    /// Ends an upload and drops its parts.
    ///
    /// # Errors
    /// [`StoreError::NoSuchUpload`].
    pub fn abort_upload(&mut self, key: &str, id: &str) -> Result<(), StoreError> {
        self.uploads
            .remove(&(key.to_owned(), id.to_owned()))
            .map(drop)
            .ok_or(StoreError::NoSuchUpload)
    }

    /// Lists unfinished uploads by key and then by id.
    ///
    /// `request.after` alone goes on after that key; with `after_id`, after that upload of it.
    #[must_use]
    pub fn list_uploads(
        &self,
        request: &ListRequest,
        after_id: Option<&str>,
    ) -> Listing<UploadEntry, UploadMarker> {
        let mut entries = Vec::new();
        let mut last: Option<UploadMarker> = None;
        for ((key, id), upload) in &self.uploads {
            let resumed = request.after.as_deref() == Some(key) && after_id.is_some();
            let is_past = if resumed {
                after_id >= Some(id.as_str())
            } else {
                request.is_past(key)
            };
            if !key.starts_with(&request.prefix) || is_past {
                continue;
            }
            let (marker, entry) = match request.rolled_up(key) {
                Some(prefix) => {
                    let marker = UploadMarker {
                        key: prefix.to_owned(),
                        id: None,
                    };
                    if last.as_ref() == Some(&marker) {
                        continue;
                    }
                    (marker, UploadEntry::Prefix(prefix.to_owned()))
                }
                None => (
                    UploadMarker {
                        key: key.clone(),
                        id: Some(id.clone()),
                    },
                    UploadEntry::Upload {
                        key: key.clone(),
                        id: id.clone(),
                        initiated: upload.initiated,
                        storage_class: upload.attributes.storage_class.clone(),
                        checksum: upload.checksum,
                    },
                ),
            };
            if entries.len() >= request.max {
                return Listing {
                    entries,
                    next: last,
                };
            }
            last = Some(marker);
            entries.push(entry);
        }
        Listing {
            entries,
            next: None,
        }
    }
}
