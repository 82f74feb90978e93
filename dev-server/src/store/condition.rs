//! Conditions of reads, writes and deletes, as data.

use std::time::SystemTime;

use super::error::StoreError;
use super::version::Object;

/// The right-hand side of `If-Match` or `If-None-Match`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EtagMatch {
    /// `*`: any object.
    Any,
    /// One entity tag, without its quotes.
    Tag(String),
}

impl EtagMatch {
    fn matches(&self, etag: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Tag(tag) => tag == etag,
        }
    }
}

/// The condition of a write or a delete.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum WriteCondition {
    /// Whatever is there.
    #[default]
    None,
    /// `If-None-Match: *`: only if the key holds no object.
    IfNoneMatch,
    /// `If-Match`: only if the key holds an object with that `ETag`.
    IfMatch(EtagMatch),
}

impl WriteCondition {
    /// Checks the condition against the object the key holds now; a delete marker counts as none.
    ///
    /// # Errors
    /// [`StoreError::PreconditionFailed`] when it does not hold, [`StoreError::NoSuchKey`] when `If-Match` finds nothing to match.
    pub fn check(&self, current: Option<&Object>) -> Result<(), StoreError> {
        match (self, current) {
            (Self::None, _) | (Self::IfNoneMatch, None) => Ok(()),
            (Self::IfMatch(_), None) => Err(StoreError::NoSuchKey),
            (Self::IfMatch(wanted), Some(object)) if wanted.matches(&object.etag) => Ok(()),
            (Self::IfNoneMatch | Self::IfMatch(_), Some(_)) => Err(StoreError::PreconditionFailed),
        }
    }
}

/// The conditions of a read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadCondition {
    /// `If-Match`.
    pub if_match: Option<EtagMatch>,
    /// `If-None-Match`.
    pub if_none_match: Option<EtagMatch>,
    /// `If-Modified-Since`.
    pub if_modified_since: Option<SystemTime>,
    /// `If-Unmodified-Since`.
    pub if_unmodified_since: Option<SystemTime>,
}

/// What the conditions of a read come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadVerdict {
    /// They hold.
    Proceed,
    /// 412.
    PreconditionFailed,
    /// 304; 412 for the source of a copy.
    NotModified,
}

impl ReadCondition {
    /// Evaluates the conditions in the order of RFC 9110, section 13.2.2: a tag goes before a date of the same sense.
    #[must_use]
    pub fn evaluate(&self, etag: &str, modified: SystemTime) -> ReadVerdict {
        let holds = match (&self.if_match, self.if_unmodified_since) {
            (Some(wanted), _) => wanted.matches(etag),
            (None, Some(since)) => modified <= since,
            (None, None) => true,
        };
        if !holds {
            return ReadVerdict::PreconditionFailed;
        }
        let changed = match (&self.if_none_match, self.if_modified_since) {
            (Some(unwanted), _) => !unwanted.matches(etag),
            (None, Some(since)) => modified > since,
            (None, None) => true,
        };
        if changed {
            ReadVerdict::Proceed
        } else {
            ReadVerdict::NotModified
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn tag(text: &str) -> EtagMatch {
        EtagMatch::Tag(text.to_owned())
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_tag_goes_before_a_date_of_the_same_sense() {
        let condition = ReadCondition {
            if_match: Some(tag("a")),
            if_unmodified_since: Some(at(1)),
            ..ReadCondition::default()
        };
        assert_eq!(condition.evaluate("a", at(2)), ReadVerdict::Proceed);
        let condition = ReadCondition {
            if_none_match: Some(tag("b")),
            if_modified_since: Some(at(3)),
            ..ReadCondition::default()
        };
        assert_eq!(condition.evaluate("a", at(2)), ReadVerdict::Proceed);
    }

    #[test]
    fn dates_compare_inclusively() {
        let unmodified = ReadCondition {
            if_unmodified_since: Some(at(2)),
            ..ReadCondition::default()
        };
        assert_eq!(unmodified.evaluate("a", at(2)), ReadVerdict::Proceed);
        assert_eq!(
            unmodified.evaluate("a", at(3)),
            ReadVerdict::PreconditionFailed
        );
        let modified = ReadCondition {
            if_modified_since: Some(at(2)),
            ..ReadCondition::default()
        };
        assert_eq!(modified.evaluate("a", at(2)), ReadVerdict::NotModified);
        assert_eq!(modified.evaluate("a", at(3)), ReadVerdict::Proceed);
    }

    #[test]
    fn if_match_is_judged_before_if_none_match() {
        let condition = ReadCondition {
            if_match: Some(tag("b")),
            if_none_match: Some(tag("a")),
            ..ReadCondition::default()
        };
        assert_eq!(
            condition.evaluate("a", at(0)),
            ReadVerdict::PreconditionFailed
        );
        let condition = ReadCondition {
            if_match: Some(tag("a")),
            if_none_match: Some(EtagMatch::Any),
            ..ReadCondition::default()
        };
        assert_eq!(condition.evaluate("a", at(0)), ReadVerdict::NotModified);
    }
}
