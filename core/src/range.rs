//! Parts of an object, as requests ask for them and answers name them (RFC 9110, section 14).

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// A part of an object, as a `Range` header asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From this byte on: `bytes=5-`.
    From(u64),
    /// From the first to the last of these bytes, both included: `bytes=5-9`.
    Between(u64, u64),
    /// So many bytes at the end: `bytes=-5`.
    Last(u64),
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::From(first) => write!(f, "bytes={first}-"),
            Self::Between(first, last) => write!(f, "bytes={first}-{last}"),
            Self::Last(length) => write!(f, "bytes=-{length}"),
        }
    }
}

/// No range that S3 knows: it takes one part of an object at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRange;

impl FromStr for ByteRange {
    type Err = NoRange;

    fn from_str(text: &str) -> Result<Self, NoRange> {
        let number = |text: &str| text.parse().map_err(|_| NoRange);
        let (first, last) = text
            .strip_prefix("bytes=")
            .and_then(|range| range.split_once('-'))
            .ok_or(NoRange)?;
        match (first, last) {
            ("", last) => Ok(Self::Last(number(last)?)),
            (first, "") => Ok(Self::From(number(first)?)),
            (first, last) => match (number(first)?, number(last)?) {
                (first, last) if first <= last => Ok(Self::Between(first, last)),
                _ => Err(NoRange),
            },
        }
    }
}

/// The part of an object that an answer carries, as `Content-Range` says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContentRange {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The length of the whole, unless that is `*`.
    pub(crate) total: Option<u64>,
}

impl ContentRange {
    /// Reads `bytes 5-9/10`.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = range.split_once('-')?;
        let total = match total {
            "*" => None,
            total => Some(total.parse().ok()?),
        };
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some(Self { first, last, total })
    }

    /// Whether this is what `wanted` asks for: an object may end before the range does.
    pub(crate) fn is(&self, wanted: ByteRange) -> bool {
        let to_the_end = self.total.is_none_or(|total| self.last + 1 == total);
        match wanted {
            ByteRange::From(first) => self.first == first && to_the_end,
            ByteRange::Between(first, last) => {
                self.first == first
                    && match self.last.cmp(&last) {
                        Ordering::Less => to_the_end,
                        Ordering::Equal => true,
                        Ordering::Greater => false,
                    }
            }
            ByteRange::Last(length) => {
                to_the_end && (self.last - self.first < length) && {
                    // Shorter only where the whole object is.
                    self.last - self.first + 1 == length || self.first == 0
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_read_as_they_are_written() {
        for (text, range) in [
            ("bytes=0-", ByteRange::From(0)),
            ("bytes=5-9", ByteRange::Between(5, 9)),
            ("bytes=7-7", ByteRange::Between(7, 7)),
            ("bytes=-3", ByteRange::Last(3)),
        ] {
            assert_eq!(text.parse(), Ok(range));
            assert_eq!(range.to_string(), text);
        }
        for text in [
            "",
            "bytes=",
            "bytes=-",
            "bytes=9-5",
            "bytes=0-1,3-4",
            "items=0-1",
            "bytes=a-",
        ] {
            assert_eq!(text.parse::<ByteRange>(), Err(NoRange), "{text}");
        }
    }

    #[test]
    fn an_answer_carries_the_part_that_was_asked_for() {
        for (wanted, value, expected) in [
            ("bytes=5-", "bytes 5-9/10", true),
            ("bytes=5-", "bytes 5-9/*", true),
            ("bytes=5-", "bytes 5-8/10", false),
            ("bytes=5-", "bytes 4-9/10", false),
            ("bytes=2-4", "bytes 2-4/10", true),
            ("bytes=2-40", "bytes 2-9/10", true),
            ("bytes=2-40", "bytes 2-8/10", false),
            ("bytes=2-4", "bytes 2-5/10", false),
            ("bytes=2-4", "bytes 1-4/10", false),
            ("bytes=-3", "bytes 7-9/10", true),
            ("bytes=-30", "bytes 0-9/10", true),
            ("bytes=-3", "bytes 8-9/10", false),
            ("bytes=-3", "bytes 6-9/10", false),
            ("bytes=-3", "bytes 6-8/10", false),
            ("bytes=-3", "bytes 0-3/4", false),
        ] {
            let found = ContentRange::parse(value).unwrap();
            assert_eq!(
                found.is(wanted.parse().unwrap()),
                expected,
                "{wanted}: {value}"
            );
        }
    }

    #[test]
    fn what_is_no_content_range_is_none() {
        for value in [
            "",
            "bytes 5-9",
            "bytes */10",
            "bytes 9-5/10",
            "bytes a-9/10",
            "items 5-9/10",
        ] {
            assert_eq!(ContentRange::parse(value), None, "{value}");
        }
    }
}
