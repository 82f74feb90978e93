//! What a probe tells.

/// How a server takes a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Requests are carried out where it holds and refused where it doesn't.
    Enforced,
    /// It could not be told.
    Unknown,
    /// Requests that carry it are refused also where it holds.
    Refused,
    /// It is enforced for one request at a time, but of several at once more than one was carried out.
    Racy,
    /// Requests are carried out also where it does not hold.
    Ignored,
}

impl Verdict {
    /// The name that crosses into JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Racy => "racy",
            Self::Ignored => "ignored",
        }
    }
}

/// A request, or several at once, and the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What was sent.
    pub sent: String,
    /// What came back.
    pub got: String,
}

/// What was found out about one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How the server takes it.
    pub verdict: Verdict,
    /// What shows that. What decided stands last.
    pub evidence: Vec<Evidence>,
    /// What the verdict alone doesn't say.
    pub note: Option<String>,
}

impl Finding {
    /// Adds what another test of the same condition found: the worse verdict stands, and its evidence last.
    pub(super) fn add(&mut self, mut other: Self) {
        if other.verdict < self.verdict {
            std::mem::swap(&mut self.evidence, &mut other.evidence);
        }
        self.verdict = self.verdict.max(other.verdict);
        self.evidence.extend(other.evidence);
        self.note = match (self.note.take(), other.note) {
            (Some(one), Some(two)) => Some(format!("{one}; {two}")),
            (one, two) => one.or(two),
        };
    }
}

/// How an entity tag is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ETagForm {
    /// `"tag"`, as RFC 9110 has it.
    Quoted,
    /// `tag`.
    Unquoted,
    /// `W/"tag"`, which matches nothing in `If-Match`.
    Weak,
}

impl ETagForm {
    /// The name that crosses into JavaScript.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quoted => "quoted",
            Self::Unquoted => "unquoted",
            Self::Weak => "weak",
        }
    }
}

/// How a server writes entity tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETags {
    /// In its answers.
    pub given: ETagForm,
    /// In `If-Match` of a read, where the object has the tag.
    pub accepted: Vec<ETagForm>,
}

/// What a server answers to the deletion of a key that is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbsentDelete {
    /// Without a condition.
    pub plain: Option<String>,
    /// With the tag that the object had.
    pub if_match: Option<String>,
    /// Whether the latter was a success, so that of several deleters each is told that it deleted.
    pub if_match_is_success: bool,
}

/// What a server makes of conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeReport {
    /// Where the server is.
    pub endpoint: Option<String>,
    /// The bucket.
    pub bucket: String,
    /// Where the keys lay.
    pub prefix: String,
    /// `If-None-Match: *` on `PutObject`.
    pub create: Finding,
    /// `If-Match` on `PutObject`.
    pub put_if_match: Finding,
    /// `If-Match` on `GetObject`.
    pub get_if_match: Finding,
    /// `If-None-Match` with a tag on `GetObject`.
    pub get_if_none_match: Finding,
    /// `If-Match` on `DeleteObject`.
    pub delete_if_match: Finding,
    /// Both on `CompleteMultipartUpload`.
    pub multipart: Finding,
    /// Both on `CopyObject`, of the destination.
    pub copy: Finding,
    /// Whether user metadata comes back, by which the store knows its own writes.
    pub metadata: Finding,
    /// How entity tags are written; `None` where that could not be told.
    pub etags: Option<ETags>,
    /// What the deletion of an absent key is answered with.
    pub absent_delete: AbsentDelete,
}
