//! What is tried on one key, and on how many keys.

use std::sync::Arc;

use super::KEYS;
use super::bench::Bench;
use super::report::{Finding, Verdict};
use super::trial::{Step, Stop, Trial, Way};
use super::{reads, writes};
use crate::wire::{CopyWire, MultipartWire};

/// Something that a server does or doesn't do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Check {
    /// `If-None-Match: *`.
    Create(Way),
    /// `If-Match` on a write.
    Replace(Way),
    Delete,
    GetIfMatch,
    GetIfNoneMatch,
    Metadata,
}

impl Check {
    async fn try_on<W: MultipartWire + CopyWire>(self, trial: &mut Trial<W>) -> Step<()> {
        match self {
            Self::Create(way) => writes::create(trial, way).await,
            Self::Replace(way) => writes::replace(trial, way).await,
            Self::Delete => writes::delete(trial).await,
            Self::GetIfMatch => reads::if_match(trial).await,
            Self::GetIfNoneMatch => reads::if_none_match(trial).await,
            Self::Metadata => reads::metadata(trial).await,
        }
    }
}

/// Tries something on key after key until one shows that all is well, or two agree on what isn't: on a single key
/// somebody else may have had a hand.
pub(super) async fn find<W: MultipartWire + CopyWire>(
    bench: &Arc<Bench<W>>,
    check: Check,
) -> Finding {
    let mut suspected: Option<Finding> = None;
    let mut unsettled: Option<Finding> = None;
    for _ in 0..KEYS {
        let mut trial = Trial::begin(bench);
        let verdict = match check.try_on(&mut trial).await {
            Ok(()) => Verdict::Enforced,
            Err(Stop::Found(verdict)) => verdict,
            Err(Stop::Unsettled) => Verdict::Unknown,
        };
        let finding = trial.end(verdict);
        match verdict {
            Verdict::Enforced => return finding,
            Verdict::Unknown => unsettled = Some(finding),
            _ if suspected.as_ref().is_some_and(|one| one.verdict == verdict) => return finding,
            _ => suspected = Some(finding),
        }
    }
    match (suspected, unsettled) {
        (Some(once), _) => Finding {
            verdict: Verdict::Unknown,
            note: Some(format!(
                "{} on one key, and no other could be judged",
                once.verdict.name()
            )),
            ..once
        },
        (None, Some(finding)) => finding,
        (None, None) => Trial::begin(bench).end(Verdict::Unknown),
    }
}
