//! The objects of a server in memory, with their versions.

use std::collections::HashMap;

use s3_store_core::wire::{Answer, AttemptError, ListedVersion, ServiceError};
use s3_store_core::{Precondition, WRITE_ID};

use super::server::{Sent, Verb};
use super::uploads::Begun;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Versioning {
    #[default]
    Never,
    Enabled,
    Suspended,
}

/// A version, or a delete marker, which has no tag.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    id: String,
    pub(crate) etag: Option<String>,
    write_id: Option<String>,
    pub(crate) length: usize,
}

/// The objects, newest versions first.
#[derive(Default)]
pub(crate) struct Objects {
    pub(crate) versions: HashMap<String, Vec<Version>>,
    pub(crate) versioning: Versioning,
    pub(crate) keeps_no_metadata: bool,
    /// Each part of a copy is the whole source.
    pub(crate) ignores_ranges: bool,
    pub(crate) uploads: Vec<Begun>,
    counter: usize,
}

pub(crate) fn service(code: &str, status: u16) -> AttemptError {
    AttemptError::Service(Box::new(ServiceError {
        code: (!code.is_empty()).then(|| code.to_owned()),
        status,
        ..ServiceError::default()
    }))
}

impl Objects {
    pub(crate) fn current(&self, key: &str) -> Option<&Version> {
        let newest = self.versions.get(key)?.first()?;
        newest.etag.is_some().then_some(newest)
    }

    fn add(&mut self, key: &str, write_id: Option<String>, is_marker: bool) -> Version {
        self.counter += 1;
        let versions = self.versions.entry(key.to_owned()).or_default();
        let is_kept = self.versioning == Versioning::Enabled;
        if !is_kept {
            versions.retain(|version| version.id != "null");
        }
        let version = Version {
            id: if is_kept {
                format!("v{}", self.counter)
            } else {
                "null".to_owned()
            },
            etag: (!is_marker).then(|| format!("\"{}\"", self.counter)),
            write_id: write_id.filter(|_| !self.keeps_no_metadata),
            length: 0,
        };
        versions.insert(0, version.clone());
        version
    }

    /// Another writer's. The tag.
    pub(crate) fn overwrite(&mut self, key: &str) -> String {
        self.add(key, None, false).etag.unwrap_or_default()
    }

    /// Says how long the newest version is.
    pub(crate) fn set_length(&mut self, key: &str, length: usize) {
        if let Some(newest) = self.versions.get_mut(key).and_then(|all| all.first_mut()) {
            newest.length = length;
        }
    }

    /// As if the newest version had come without the id of its write.
    pub(crate) fn forget_id(&mut self, key: &str) {
        if let Some(newest) = self.versions.get_mut(key).and_then(|all| all.first_mut()) {
            newest.write_id = None;
        }
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.versions.remove(key);
    }

    pub(crate) fn check(&self, sent: &Sent) -> Result<(), AttemptError> {
        match (&sent.condition, self.current(&sent.key)) {
            (
                Precondition::None
                | Precondition::IfNoneMatch(_)
                | Precondition::IfModifiedSince(_),
                _,
            )
            | (Precondition::IfAbsent, None) => Ok(()),
            (Precondition::IfAbsent, Some(_)) => Err(service("PreconditionFailed", 412)),
            (Precondition::IfMatch(_), None) => Err(service("NoSuchKey", 404)),
            (Precondition::IfMatch(tag), Some(there)) => {
                if there.etag.as_deref() == Some(tag.as_str()) {
                    Ok(())
                } else {
                    Err(service("PreconditionFailed", 412))
                }
            }
        }
    }

    pub(crate) fn apply(&mut self, sent: &Sent, write_id: Option<String>) -> Answer {
        let mut headers = Vec::new();
        let mut length = sent.body.len();
        if matches!(sent.verb, Verb::Complete | Verb::Abort) {
            let mut begun = self.uploads.iter();
            let begun = begun.find(|begun| begun.key == sent.key);
            length = begun.map_or(0, |begun| begun.length);
            self.uploads.retain(|begun| begun.key != sent.key);
        }
        match (sent.verb, &sent.version_id) {
            (Verb::CreateUpload | Verb::Part | Verb::Abort | Verb::Parts | Verb::CopyPart, _) => {}
            (Verb::Put | Verb::Complete | Verb::Copy, _) => {
                let etag = self.add(&sent.key, write_id, false).etag;
                self.set_length(&sent.key, length);
                headers.extend(etag.map(|etag| ("etag".to_owned(), etag)));
            }
            (_, Some(id)) => {
                let versions = self.versions.entry(sent.key.clone()).or_default();
                versions.retain(|version| version.id != *id);
            }
            (_, None) if self.versioning == Versioning::Never => self.remove(&sent.key),
            (_, None) => {
                let marker = self.add(&sent.key, None, true);
                headers.push(("x-amz-delete-marker".to_owned(), "true".to_owned()));
                // Some servers leave the id out where it is none.
                if self.versioning == Versioning::Enabled {
                    headers.push(("x-amz-version-id".to_owned(), marker.id));
                }
            }
        }
        Answer {
            status: 200,
            headers,
        }
    }

    pub(crate) fn head(&self, sent: &Sent) -> Result<Answer, AttemptError> {
        let found = self.current(&sent.key).ok_or_else(|| service("", 404))?;
        let mut headers = Vec::new();
        headers.extend(found.etag.clone().map(|etag| ("etag".to_owned(), etag)));
        headers.push(("content-length".to_owned(), found.length.to_string()));
        let id = found.write_id.clone();
        headers.extend(id.map(|id| (format!("x-amz-meta-{WRITE_ID}"), id)));
        Ok(Answer {
            status: 200,
            headers,
        })
    }

    pub(crate) fn listed(&self, key: &str) -> Vec<ListedVersion> {
        let versions = self.versions.get(key).into_iter().flatten();
        versions
            .enumerate()
            .map(|(at, version)| ListedVersion {
                version_id: version.id.clone(),
                is_delete_marker: version.etag.is_none(),
                is_latest: at == 0,
                ..ListedVersion::default()
            })
            .collect()
    }
}
