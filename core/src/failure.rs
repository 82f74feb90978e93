//! What a caller is told when a call did not succeed.

use crate::wire::ServiceError;

/// The class of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A create met an existing key.
    KeyExists,
    /// The object is not the one that was expected.
    StaleData,
    /// Another write to the key was under way.
    WriteConflict,
    /// The bucket does not support the condition.
    Unsupported,
    /// Whether the write landed is not known.
    Ambiguous,
    /// What arrived, here or there, is not what was sent.
    ChecksumMismatch,
    /// Any other error that S3 answered with.
    Service,
    /// The connection could not be made, or broke.
    Transport,
    /// No answer in time.
    Timeout,
    /// No credentials could be had.
    Credentials,
    /// The store's settings don't make a request.
    Configuration,
    /// The caller no longer wanted the call.
    Aborted,
    /// The reader gave the body up.
    Cancelled,
    /// The disk refused something, or a file is not what it was.
    File,
    /// A bug of the store: a panic that was caught.
    Internal,
}

impl Kind {
    /// The name that crosses into JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::KeyExists => "KeyExists",
            Self::StaleData => "StaleData",
            Self::WriteConflict => "WriteConflict",
            Self::Unsupported => "Unsupported",
            Self::Ambiguous => "Ambiguous",
            Self::ChecksumMismatch => "ChecksumMismatch",
            Self::Service => "Service",
            Self::Transport => "Transport",
            Self::Timeout => "Timeout",
            Self::Credentials => "Credentials",
            Self::Aborted => "Aborted",
            Self::Configuration => "Configuration",
            Self::Cancelled => "Cancelled",
            Self::File => "File",
            Self::Internal => "Internal",
        }
    }
}

/// A call that did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its class.
    pub kind: Kind,
    /// What the caller reads.
    pub message: String,
    /// How many attempts were made.
    pub attempts: u32,
    /// S3's answer, if there was one.
    pub service: Option<Box<ServiceError>>,
    /// A code that a Node user knows, for a failure without an answer.
    pub code: Option<String>,
    /// Where the request went, or was meant to go.
    pub endpoint: Option<String>,
    /// The key that it is about, where that is not the call's own.
    pub about: Option<Box<str>>,
    /// What a look at the key showed after a write.
    pub seen: Option<Box<Seen>>,
}

/// What is known beyond the failure of a write itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The write's id, for `resolveWrite`.
    pub write_id: Option<String>,
    /// The tag of the object that is there now.
    pub current_etag: Option<String>,
    /// The key is absent: after a delete, perhaps by it.
    pub gone: bool,
    /// An upload in parts that could not be given up: its parts are still there, and are paid for.
    pub upload_id: Option<String>,
    /// Why it is not known whether the write landed.
    pub cause: Option<Failure>,
}

impl Failure {
    /// A failure that no server had a part in.
    #[must_use]
    pub fn local(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            attempts: 0,
            service: None,
            code: None,
            endpoint: None,
            about: None,
            seen: None,
        }
    }
}
