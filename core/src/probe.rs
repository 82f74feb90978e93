//! What a server makes of conditions, found out on keys of our own.
//!
//! Every request is a single raw attempt: no repetition, read-back or verification of the store's own comes between
//! what a server does and what is told of it. A key on which an answer was lost says nothing, and another is tried.

mod bench;
mod check;
mod race;
mod reads;
mod reply;
mod report;
mod trial;
mod writes;

use std::sync::Arc;

use tokio::task::JoinSet;

use self::bench::{Bench, Left};
use self::check::{Check, find};
use self::race::{Contest, Culprit};
pub use self::report::{AbsentDelete, ETagForm, ETags, Evidence, Finding, ProbeReport, Verdict};
use self::trial::Way;
use crate::attempts::may_pass;
use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::own_keys;
use crate::precondition::Precondition;
use crate::store::Store;
use crate::upload::give_up;
use crate::wire::{CopyWire, MultipartWire, UploadRequest};
use crate::write_id::WriteId;

/// Keys on which one thing is tried before it is given up as unknown.
const KEYS: u32 = 3;

impl<W: MultipartWire + CopyWire> Store<W> {
    /// Finds out what the server makes of each condition, on fresh random keys under the verification's prefix, which
    /// are taken away again as far as that is possible.
    ///
    /// # Errors
    ///
    /// When not even a plain write gets through there.
    pub async fn probe(&self) -> Result<ProbeReport, Failure> {
        let bench = Bench::new(&self.inner, self.until())
            .map_err(|error| Failure::local(Kind::Internal, error.to_string()))?;
        let report = self.probe_on(&bench).await;
        let (store, left) = (self.clone(), Arc::clone(&bench));
        let cleaning = tokio::spawn(async move { store.clean_up(&left).await });
        // A call whose end has come does not wait for it. Whoever closes the store does.
        let _ended = bench.until.or_end(cleaning).await;
        report
    }

    async fn probe_on(&self, bench: &Arc<Bench<W>>) -> Result<ProbeReport, Failure> {
        self.reach(bench).await?;
        let metadata = find(bench, Check::Metadata).await;
        let etags = reads::etags(bench).await;
        let absent_delete = writes::absent_delete(bench).await;
        let get_if_match = find(bench, Check::GetIfMatch).await;
        let get_if_none_match = find(bench, Check::GetIfNoneMatch).await;
        let mut create = find(bench, Check::Create(Way::Put)).await;
        let mut put_if_match = find(bench, Check::Replace(Way::Put)).await;
        let mut delete_if_match = find(bench, Check::Delete).await;
        if create.verdict == Verdict::Enforced {
            create.add(race::run(bench, Contest::Creates).await.finding);
        }
        if put_if_match.verdict == Verdict::Enforced {
            put_if_match.add(race::run(bench, Contest::Puts).await.finding);
        }
        if delete_if_match.verdict == Verdict::Enforced {
            let tells = !absent_delete.if_match_is_success;
            delete_if_match.add(race::run(bench, Contest::Deletes { tells }).await.finding);
        }
        // Where either is not enforced, who wins proves nothing.
        if (put_if_match.verdict, delete_if_match.verdict) == (Verdict::Enforced, Verdict::Enforced)
        {
            let contest = race::run(bench, Contest::PutsAgainstDeletes).await;
            let blamed = match contest.culprit {
                Culprit::Puts => &mut put_if_match,
                Culprit::Deletes => &mut delete_if_match,
            };
            blamed.add(contest.finding);
        }
        let mut multipart = find(bench, Check::Create(Way::Multipart)).await;
        multipart.add(find(bench, Check::Replace(Way::Multipart)).await);
        let mut copy = find(bench, Check::Create(Way::Copy)).await;
        copy.add(find(bench, Check::Replace(Way::Copy)).await);
        Ok(ProbeReport {
            endpoint: self.inner.wire.endpoint(),
            bucket: self.inner.config.bucket.clone(),
            prefix: self.inner.config.verify_prefix.clone(),
            create,
            put_if_match,
            get_if_match,
            get_if_none_match,
            delete_if_match,
            multipart,
            copy,
            metadata,
            etags,
            absent_delete,
        })
    }

    /// Makes sure that there is something to be found out at all.
    async fn reach(&self, bench: &Arc<Bench<W>>) -> Result<(), Failure> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let id = WriteId::known(&bench.unique());
            let written = bench
                .put_plainly(&bench.key(), Precondition::IfAbsent, &id)
                .await;
            let Err(error) = written else { return Ok(()) };
            if attempts >= KEYS || !may_pass(&error) {
                return Err(self.inner.failure(Operation::Probe, error, attempts));
            }
        }
    }

    /// Takes away what was written, everything at once. Best effort.
    async fn clean_up(&self, bench: &Arc<Bench<W>>) {
        let Left { keys, uploads } = bench.take_left();
        let mut jobs = JoinSet::new();
        for upload in uploads {
            let inner = Arc::clone(&self.inner);
            jobs.spawn(async move {
                let request = UploadRequest {
                    upload,
                    headers: Vec::new(),
                };
                let _best_effort = give_up(&inner, &Arc::new(request), &inner.own_until()).await;
            });
        }
        while jobs.join_next().await.is_some() {}
        // Afterwards: an upload that was completed late after all would leave its key.
        for key in keys {
            let inner = Arc::clone(&self.inner);
            jobs.spawn(async move { own_keys::remove(&inner, &key).await });
        }
        while jobs.join_next().await.is_some() {}
    }
}
