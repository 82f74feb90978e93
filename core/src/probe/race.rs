//! Conditions of writes and deletes that are sent at once: of those that name the same state, one may win.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::bench::{Bench, is_same};
use super::reply::{Outcome, Reply};
use super::report::{Finding, Verdict};
use super::trial::{Look, Stop, Trial, name};
use crate::precondition::{ETag, Precondition};
use crate::wire::{CopyWire, MultipartWire};
use crate::write_id::WriteId;

/// How many take part in a race.
const RACERS: usize = 16;
/// Keys that are raced for beyond the rounds that must be without a fault: on some an answer may be lost.
const SPARE_KEYS: usize = 2;

/// Who races.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Contest {
    Creates,
    Puts,
    /// `tells` is whether a deleter that comes late is told so.
    Deletes {
        tells: bool,
    },
    PutsAgainstDeletes,
}

impl Contest {
    /// How many races without a fault are believed.
    const fn rounds(self) -> usize {
        match self {
            Self::Creates | Self::Puts | Self::Deletes { .. } => 3,
            // A put must come between a deleter's look and its deletion: that is met rarely.
            Self::PutsAgainstDeletes => 10,
        }
    }
}

/// Whose condition was not enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Culprit {
    Puts,
    Deletes,
}

/// What a race showed.
pub(super) struct Raced {
    pub(super) finding: Finding,
    pub(super) culprit: Culprit,
}

/// A round that was not as it must be.
enum Fault {
    Racy(Culprit),
    /// It shows nothing: somebody's answer was lost, or nobody won.
    Unsettled,
}

impl From<Stop> for Fault {
    fn from(_: Stop) -> Self {
        Self::Unsettled
    }
}

/// One who took part: its answer, and the tag of what it wrote.
type Racer = (Reply, Option<ETag>);

/// Races for key after key, until one shows a fault or enough showed none.
pub(super) async fn run<W: MultipartWire + CopyWire>(
    bench: &Arc<Bench<W>>,
    contest: Contest,
) -> Raced {
    let mut clean = 0;
    let mut last = None;
    for _ in 0..contest.rounds() + SPARE_KEYS {
        let mut trial = Trial::begin(bench);
        match round(&mut trial, contest).await {
            Ok(()) => {
                clean += 1;
                let raced = ended(trial, Verdict::Enforced, Culprit::Deletes);
                if clean == contest.rounds() {
                    return raced;
                }
                last = Some(raced);
            }
            Err(Fault::Racy(culprit)) => return ended(trial, Verdict::Racy, culprit),
            Err(Fault::Unsettled) if clean == 0 => {
                last = Some(ended(trial, Verdict::Unknown, Culprit::Deletes));
            }
            Err(Fault::Unsettled) => {}
        }
    }
    last.unwrap_or_else(|| ended(Trial::begin(bench), Verdict::Unknown, Culprit::Deletes))
}

fn ended<W: MultipartWire + CopyWire>(
    trial: Trial<W>,
    verdict: Verdict,
    culprit: Culprit,
) -> Raced {
    Raced {
        finding: trial.end(verdict),
        culprit,
    }
}

async fn round<W: MultipartWire + CopyWire>(
    trial: &mut Trial<W>,
    contest: Contest,
) -> Result<(), Fault> {
    match contest {
        Contest::Creates => one_put(trial, Precondition::IfAbsent, "no object there").await,
        Contest::Puts => {
            let etag = trial.seed().await?;
            one_put(trial, Precondition::IfMatch(etag), "one etag").await
        }
        Contest::Deletes { tells } => one_delete(trial, tells).await,
        Contest::PutsAgainstDeletes => put_or_delete(trial).await,
    }
}

/// Of writers that name one state, one may win, and what it wrote is there.
async fn one_put<W: MultipartWire + CopyWire>(
    trial: &mut Trial<W>,
    condition: Precondition,
    situation: &str,
) -> Result<(), Fault> {
    let condition_name = name(&condition);
    let (puts, _) = send(trial, &condition, RACERS, 0).await;
    let sent = format!(
        "{RACERS} × PutObject, {condition_name}, {situation}, {}",
        at_once(trial)
    );
    trial.saw(sent, tally(&puts));
    let winners = winners(&puts);
    let [winner] = winners.as_slice() else {
        return Err(if winners.len() > 1 {
            Fault::Racy(Culprit::Puts)
        } else {
            Fault::Unsettled
        });
    };
    match trial.look().await? {
        Look::Object(etag) if wrote(winner.as_ref(), &etag) => {}
        Look::Object(_) => {
            trial.saw("HeadObject, afterwards", "not what the winner wrote");
            return Err(Fault::Racy(Culprit::Puts));
        }
        Look::Nothing => return Err(Fault::Unsettled),
    }
    all_answered(&puts)
}

/// Of deleters that name one etag, one may win.
async fn one_delete<W: MultipartWire + CopyWire>(
    trial: &mut Trial<W>,
    tells: bool,
) -> Result<(), Fault> {
    let etag = trial.seed().await?;
    let (_, deletes) = send(trial, &Precondition::IfMatch(etag), 0, RACERS).await;
    let sent = format!(
        "{RACERS} × DeleteObject, If-Match, one etag, {}",
        at_once(trial)
    );
    trial.saw(sent, tally(&deletes));
    let winners = winners(&deletes).len();
    if !tells && winners > 0 {
        trial.note(
            "the deletion of an absent key is answered as a success also under If-Match, so that several who delete one \
             object at once are each told that they did: who did can't be told",
        );
        return Ok(());
    }
    match winners {
        0 => Err(Fault::Unsettled),
        1 => all_answered(&deletes),
        _ => Err(Fault::Racy(Culprit::Deletes)),
    }
}

/// Of writers and deleters that name one etag, one may win: a deleter that is told of a success found the object that
/// all of them named, or none at all, and in both cases no writer can have won.
async fn put_or_delete<W: MultipartWire + CopyWire>(trial: &mut Trial<W>) -> Result<(), Fault> {
    let etag = trial.seed().await?;
    let half = RACERS / 2;
    let (puts, deletes) = send(trial, &Precondition::IfMatch(etag), half, half).await;
    let sent = format!(
        "{half} × PutObject against {half} × DeleteObject, If-Match, one etag, {}",
        at_once(trial)
    );
    let got = format!("puts: {}; deletes: {}", tally(&puts), tally(&deletes));
    trial.saw(sent, got);
    let (writers, gone) = (winners(&puts), winners(&deletes).len());
    if writers.len() > 1 {
        return Err(Fault::Racy(Culprit::Puts));
    }
    let there = trial.look().await?;
    let (culprit, found) = match (writers.first(), gone, there) {
        (None, 0, _) => return Err(Fault::Unsettled),
        // Written where there was nothing any more.
        (_, 1.., Look::Object(_)) => (Culprit::Puts, "an object"),
        // Deleted what had another etag by then.
        (Some(_), _, Look::Nothing) => (Culprit::Deletes, "no object"),
        (Some(winner), 0, Look::Object(etag)) if !wrote(winner.as_ref(), &etag) => {
            (Culprit::Puts, "not what the winner wrote")
        }
        _ => return all_answered(&puts).and(all_answered(&deletes)),
    };
    trial.saw("HeadObject, afterwards", found);
    Err(Fault::Racy(culprit))
}

/// Sends so many puts and deletes at once.
async fn send<W: MultipartWire + CopyWire>(
    trial: &Trial<W>,
    condition: &Precondition,
    writers: usize,
    deleters: usize,
) -> (Vec<Racer>, Vec<Racer>) {
    let mut racing = JoinSet::new();
    for number in 0..writers.max(deleters) {
        if number < writers {
            let (bench, key, condition) = racer(trial, condition);
            racing.spawn(async move {
                let id = WriteId::known(&bench.unique());
                let put = bench.put(&key, condition, &id).await;
                let reply = Reply::of(&put, |written| written.answer.status);
                (true, (reply, put.ok().map(|written| written.etag)))
            });
        }
        if number < deleters {
            let (bench, key, condition) = racer(trial, condition);
            racing.spawn(async move {
                let answered = bench.delete(&key, condition).await;
                (false, (Reply::of(&answered, |answer| answer.status), None))
            });
        }
    }
    let (mut put, mut gone) = (Vec::new(), Vec::new());
    while let Some(joined) = racing.join_next().await {
        match joined {
            Ok((true, racer)) => put.push(racer),
            Ok((false, racer)) => gone.push(racer),
            // A racer that panicked has no answer to tell of: the deleters decide.
            Err(_) => {}
        }
    }
    (put, gone)
}

fn racer<W: MultipartWire + CopyWire>(
    trial: &Trial<W>,
    condition: &Precondition,
) -> (Arc<Bench<W>>, Arc<str>, Precondition) {
    let bench = Arc::clone(&trial.bench);
    (bench, Arc::clone(&trial.key), condition.clone())
}

/// What those wrote who were told of a success.
fn winners(racers: &[Racer]) -> Vec<Option<ETag>> {
    let won = racers
        .iter()
        .filter(|(reply, _)| reply.outcome == Outcome::Done);
    won.map(|(_, etag)| etag.clone()).collect()
}

fn wrote(winner: Option<&ETag>, there: &ETag) -> bool {
    winner.is_some_and(|etag| is_same(etag, there))
}

/// Who got no answer may have won all the same.
fn all_answered(racers: &[Racer]) -> Result<(), Fault> {
    let lost = racers
        .iter()
        .any(|(reply, _)| reply.outcome == Outcome::Lost);
    if lost { Err(Fault::Unsettled) } else { Ok(()) }
}

/// Answers by how often they came: `1 × 200, 15 × 412 PreconditionFailed`.
fn tally(racers: &[Racer]) -> String {
    let mut counts = BTreeMap::new();
    for (reply, _) in racers {
        *counts.entry(reply.text.as_str()).or_insert(0) += 1;
    }
    let words: Vec<_> = counts
        .into_iter()
        .map(|(text, count)| format!("{count} × {text}"))
        .collect();
    words.join(", ")
}

fn at_once<W: MultipartWire + CopyWire>(trial: &Trial<W>) -> String {
    match trial.bench.inner.config.max_connections {
        few if few < RACERS => format!("at once over {few} connections"),
        _ => "at once".to_owned(),
    }
}
