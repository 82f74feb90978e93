//! Conditions of writes and deletes, one request after the other.

use std::sync::Arc;

use super::KEYS;
use super::bench::Bench;
use super::reply::{Outcome, Reply};
use super::report::{AbsentDelete, Verdict};
use super::trial::{Look, Step, Stop, Trial, Way, carried_out, turned_down};
use crate::precondition::Precondition;
use crate::wire::{CopyWire, MultipartWire};

/// `If-None-Match: *`.
pub(super) async fn create<W: MultipartWire + CopyWire>(
    trial: &mut Trial<W>,
    way: Way,
) -> Step<()> {
    let (reply, etag) = trial
        .write(way, Precondition::IfAbsent, "no object there")
        .await?;
    carried_out(&reply)?;
    let (reply, _) = trial
        .write(way, Precondition::IfAbsent, "an object there")
        .await?;
    turned_down(&reply, &[Outcome::Failed])?;
    trial.expect(&etag.ok_or(Stop::Unsettled)?).await
}

/// `If-Match`.
pub(super) async fn replace<W: MultipartWire + CopyWire>(
    trial: &mut Trial<W>,
    way: Way,
) -> Step<()> {
    let first = trial.seed().await?;
    let (reply, second) = trial
        .write(
            way,
            Precondition::IfMatch(first.clone()),
            "the etag that is there",
        )
        .await?;
    carried_out(&reply)?;
    let (reply, _) = trial
        .write(way, Precondition::IfMatch(first.clone()), "an older etag")
        .await?;
    turned_down(&reply, &[Outcome::Failed])?;
    trial.expect(&second.ok_or(Stop::Unsettled)?).await?;
    trial.move_on();
    let (reply, _) = trial
        .write(way, Precondition::IfMatch(first), "no object there")
        .await?;
    let refusals = [Outcome::Missing, Outcome::Failed, Outcome::Refused];
    turned_down(&reply, &refusals)
}

/// `If-Match` on a delete.
pub(super) async fn delete<W: MultipartWire + CopyWire>(trial: &mut Trial<W>) -> Step<()> {
    let first = trial.seed().await?;
    let second = trial.overwrite(&first).await?;
    let reply = trial
        .delete(Precondition::IfMatch(first), "an older etag")
        .await;
    if reply.outcome == Outcome::Refused {
        // Perhaps the condition, perhaps any delete.
        return carried_out(&reply);
    }
    turned_down(&reply, &[Outcome::Failed])?;
    trial.expect(&second).await?;
    let reply = trial
        .delete(Precondition::IfMatch(second), "the etag that is there")
        .await;
    carried_out(&reply)?;
    match trial.look().await? {
        Look::Nothing => Ok(()),
        Look::Object(_) => {
            trial.saw("HeadObject, afterwards", "the object");
            Err(Stop::Found(Verdict::Refused))
        }
    }
}

/// What the deletion of a key that is absent is answered with.
pub(super) async fn absent_delete<W: MultipartWire + CopyWire>(
    bench: &Arc<Bench<W>>,
) -> AbsentDelete {
    let mut found = AbsentDelete::default();
    for _ in 0..KEYS {
        let mut trial = Trial::begin(bench);
        let Ok(etag) = trial.seed().await else {
            continue;
        };
        let gone = trial.delete(Precondition::None, "the object").await;
        if let Err(stop) = carried_out(&gone) {
            if stop == Stop::Unsettled {
                continue;
            }
            // Where nothing may be deleted, nothing is to be learnt from absent keys.
            return found;
        }
        let if_match = trial.delete(Precondition::IfMatch(etag), "no object").await;
        let plain = trial.delete(Precondition::None, "no object").await;
        let is_known = |reply: &Reply| reply.outcome != Outcome::Lost;
        if is_known(&if_match) {
            found.if_match_is_success = if_match.outcome == Outcome::Done;
            found.if_match = Some(if_match.text);
        }
        if is_known(&plain) {
            found.plain = Some(plain.text);
        }
        if found.plain.is_some() && found.if_match.is_some() {
            return found;
        }
    }
    found
}
