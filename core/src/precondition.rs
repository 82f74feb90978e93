//! What a request expects to find, as data.

use std::sync::Arc;

/// An entity tag as S3 gave it, quotes included. Opaque: kept and sent byte for byte, never computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(Arc<str>);

impl ETag {
    /// Keeps `tag` as it is.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        Self(Arc::from(tag))
    }

    /// The tag as it goes into a header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both name the same bytes. Some servers leave the quotes out, or put `W/` before a tag whose object they
    /// compress on the way.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let opaque = |tag: &Self| tag.0.trim_start_matches("W/").trim_matches('"').to_owned();
        opaque(self) == opaque(other)
    }
}

/// The condition under which S3 carries a request out (RFC 9110, section 13).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Precondition {
    /// None: whatever is there.
    None,
    /// `If-None-Match: *`: the key is absent.
    IfAbsent,
    /// `If-Match`: the object has this tag.
    IfMatch(ETag),
    /// `If-None-Match`: the object has another tag. For reads alone.
    IfNoneMatch(ETag),
    /// `If-Modified-Since`: the object was written after this HTTP date. For reads alone.
    IfModifiedSince(Arc<str>),
}

impl Precondition {
    /// `If-Match` with `tag`, or no condition without one.
    #[must_use]
    pub fn if_match_or_none(tag: Option<&str>) -> Self {
        tag.map_or(Self::None, |tag| Self::IfMatch(ETag::new(tag)))
    }

    /// The tag that must match, if that is the condition.
    #[must_use]
    pub fn if_match(&self) -> Option<&str> {
        match self {
            Self::IfMatch(tag) => Some(tag.as_str()),
            Self::None | Self::IfAbsent | Self::IfNoneMatch(_) | Self::IfModifiedSince(_) => None,
        }
    }

    /// The value of `If-None-Match`, if that is the condition.
    #[must_use]
    pub fn if_none_match(&self) -> Option<&str> {
        match self {
            Self::IfAbsent => Some("*"),
            Self::IfNoneMatch(tag) => Some(tag.as_str()),
            Self::None | Self::IfMatch(_) | Self::IfModifiedSince(_) => None,
        }
    }

    /// The value of `If-Modified-Since`, if that is the condition.
    #[must_use]
    pub fn if_modified_since(&self) -> Option<&str> {
        match self {
            Self::IfModifiedSince(date) => Some(date),
            Self::None | Self::IfAbsent | Self::IfMatch(_) | Self::IfNoneMatch(_) => None,
        }
    }

    /// Whether it asks for nothing but what has changed, so that 304 is an answer.
    #[must_use]
    pub const fn asks_for_changes(&self) -> bool {
        matches!(self, Self::IfNoneMatch(_) | Self::IfModifiedSince(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_goes_into_its_own_header() {
        let tag = ETag::new("\"1\"");
        let one = Some("\"1\"");
        let date = "Sun, 22 Nov 2026 06:00:10 GMT";
        for (condition, if_match, if_none_match, if_modified_since) in [
            (Precondition::None, None, None, None),
            (Precondition::IfAbsent, None, Some("*"), None),
            (Precondition::IfMatch(tag.clone()), one, None, None),
            (Precondition::IfNoneMatch(tag), None, one, None),
            (
                Precondition::IfModifiedSince(date.into()),
                None,
                None,
                Some(date),
            ),
        ] {
            assert_eq!(condition.if_match(), if_match, "{condition:?}");
            assert_eq!(condition.if_none_match(), if_none_match, "{condition:?}");
            assert_eq!(
                condition.if_modified_since(),
                if_modified_since,
                "{condition:?}"
            );
        }
        let condition = Precondition::if_match_or_none(Some("\"1\""));
        assert_eq!(condition.if_match(), Some("\"1\""));
        assert_eq!(Precondition::if_match_or_none(None), Precondition::None);
    }

    #[test]
    fn tags_are_the_same_with_or_without_quotes_and_weakness() {
        let is_same = |one: &str, other: &str| ETag::new(one).is_same(&ETag::new(other));
        for other in ["\"1\"", "1", "W/\"1\""] {
            assert!(is_same("\"1\"", other), "{other}");
        }
        assert!(!is_same("\"1\"", "\"2\""));
    }
}
