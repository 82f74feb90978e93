//! The calls a user makes, by the names they have in JavaScript.

/// A call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Write only where the key is absent.
    CreateObject,
    /// Write only over the object with a given `ETag`.
    PutObjectIfMatch,
    /// Read whatever is there.
    GetObject,
    /// Read only the object with a given `ETag`.
    GetObjectIfMatch,
    /// Read the headers of whatever is there.
    HeadObject,
    /// Delete whatever is there.
    DeleteObject,
    /// Delete only the object with a given `ETag`.
    DeleteObjectIfMatch,
    /// Copy an object, under a condition for the key that is written.
    CopyObject,
    /// Delete many objects, whatever is there.
    DeleteObjects,
    /// List keys.
    List,
    /// List versions.
    ListVersions,
    /// Read an object's tags.
    GetTags,
    /// Replace an object's tags.
    PutTags,
    /// Find out what became of a write.
    ResolveWrite,
    /// Sign a request for somebody else.
    Presign,
    /// Find out what the server makes of conditions.
    Probe,
}

impl Operation {
    /// The name of the method in JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateObject => "createObject",
            Self::PutObjectIfMatch => "putObjectIfMatch",
            Self::GetObject => "getObject",
            Self::GetObjectIfMatch => "getObjectIfMatch",
            Self::HeadObject => "headObject",
            Self::DeleteObject => "deleteObject",
            Self::DeleteObjectIfMatch => "deleteObjectIfMatch",
            Self::CopyObject => "copyObject",
            Self::DeleteObjects => "deleteObjects",
            Self::List => "list",
            Self::ListVersions => "listVersions",
            Self::GetTags => "getTags",
            Self::PutTags => "putTags",
            Self::ResolveWrite => "resolveWrite",
            Self::Presign => "presign",
            Self::Probe => "probe",
        }
    }
}
