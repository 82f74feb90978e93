//! Conditions of reads, and what comes back with an object.

use std::sync::Arc;

use super::KEYS;
use super::bench::{Bench, bare};
use super::reply::Outcome;
use super::report::{ETagForm, ETags, Verdict};
use super::trial::{Step, Stop, Trial, carried_out, turned_down};
use crate::precondition::{ETag, Precondition};
use crate::wire::{CopyWire, MultipartWire};
use crate::write_id::{WRITE_ID, WriteId};

/// `If-Match` on a get.
pub(super) async fn if_match<W: MultipartWire + CopyWire>(trial: &mut Trial<W>) -> Step<()> {
    let first = trial.seed().await?;
    let right = Precondition::IfMatch(first.clone());
    carried_out(&trial.get(right, "the etag that is there").await)?;
    trial.overwrite(&first).await?;
    let reply = trial
        .get(Precondition::IfMatch(first), "an older etag")
        .await;
    turned_down(&reply, &[Outcome::Failed])
}

/// `If-None-Match` with a tag on a get.
pub(super) async fn if_none_match<W: MultipartWire + CopyWire>(trial: &mut Trial<W>) -> Step<()> {
    let first = trial.seed().await?;
    let second = trial.overwrite(&first).await?;
    let older = Precondition::IfNoneMatch(first);
    carried_out(&trial.get(older, "an older etag").await)?;
    let reply = trial
        .get(Precondition::IfNoneMatch(second), "the etag that is there")
        .await;
    if reply.outcome == Outcome::Failed {
        trial.note("answers 412 where HTTP has 304");
    }
    turned_down(&reply, &[Outcome::NotModified, Outcome::Failed])
}

/// Whether the id of a write comes back.
pub(super) async fn metadata<W: MultipartWire + CopyWire>(trial: &mut Trial<W>) -> Step<()> {
    let id = WriteId::known(&trial.bench.unique());
    trial.seed_with(&id).await?;
    let sent = format!("PutObject with the metadata {WRITE_ID}, then HeadObject");
    match trial.head().await {
        Ok(answer) if id.wrote(&answer.headers) => {
            trial.saw(sent, format!("{}, with it", answer.status));
            Ok(())
        }
        Ok(answer) => {
            trial.saw(sent, format!("{}, without it", answer.status));
            Err(Stop::Found(Verdict::Ignored))
        }
        Err(reply) => {
            trial.saw(sent, reply.text);
            Err(Stop::Unsettled)
        }
    }
}

/// How entity tags are written.
pub(super) async fn etags<W: MultipartWire + CopyWire>(bench: &Arc<Bench<W>>) -> Option<ETags> {
    for _ in 0..KEYS {
        let mut trial = Trial::begin(bench);
        let Ok(etag) = trial.seed().await else {
            continue;
        };
        let quoted = ETag::new(&format!("\"{}\"", bare(&etag)));
        let unquoted = ETag::new(bare(&etag));
        let mut accepted = Vec::new();
        let mut lost = false;
        for (form, tag) in [(ETagForm::Quoted, quoted), (ETagForm::Unquoted, unquoted)] {
            let reply = trial.get(Precondition::IfMatch(tag), "").await;
            lost |= reply.outcome == Outcome::Lost;
            if reply.outcome == Outcome::Done {
                accepted.push(form);
            }
        }
        if !lost {
            let given = form(&etag);
            return Some(ETags { given, accepted });
        }
    }
    None
}

fn form(etag: &ETag) -> ETagForm {
    let text = etag.as_str();
    if text.starts_with("W/") {
        ETagForm::Weak
    } else if text.starts_with('"') {
        ETagForm::Quoted
    } else {
        ETagForm::Unquoted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_by_how_they_begin() {
        for (text, expected) in [
            ("\"tag\"", ETagForm::Quoted),
            ("tag", ETagForm::Unquoted),
            ("W/\"tag\"", ETagForm::Weak),
        ] {
            let etag = ETag::new(text);
            assert_eq!(form(&etag), expected);
            assert_eq!(bare(&etag), "tag");
        }
    }
}
