//! A proof under way: one task, whatever becomes of those who wait for it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::{Subject, Verdict};
use crate::failure::{Failure, Kind};

/// What a proof came to.
pub(super) type Outcome = Result<Verdict, Failure>;

/// A proof, under way or ended.
#[derive(Clone, Debug)]
pub(super) struct Run(watch::Receiver<Option<Outcome>>);

impl Run {
    /// Begins `proof`. It goes on when nobody waits for it any more: the next call finds it ended.
    pub(super) fn start(proof: impl Future<Output = Outcome> + Send + 'static) -> Self {
        let (tell, outcome) = watch::channel(None);
        tokio::spawn(async move { tell.send_replace(Some(proof.await)) });
        Self(outcome)
    }

    /// Waits for the end.
    pub(super) async fn outcome(mut self) -> Outcome {
        let ended = self.0.wait_for(Option::is_some).await;
        let outcome = ended.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| {
            let message =
                "a bug in s3-store-native ended the verification of the server; nothing was sent";
            Err(Failure::local(Kind::Internal, message))
        })
    }

    /// Whether it is under way, or ended with a verdict that `holds`.
    fn stands(&self, holds: fn(Verdict) -> bool) -> bool {
        let is_under_way = self.0.has_changed().is_ok();
        match &*self.0.borrow() {
            None => is_under_way,
            Some(outcome) => outcome.as_ref().is_ok_and(|verdict| holds(*verdict)),
        }
    }
}

/// The newest proof of each subject.
#[derive(Debug, Default)]
pub(crate) struct Proofs(Mutex<HashMap<Subject, Run>>);

impl Proofs {
    /// The proof that stands, under way or with a verdict that `holds`; or the one that `start` begins.
    pub(super) fn standing_or(
        &self,
        subject: Subject,
        holds: fn(Verdict) -> bool,
        start: impl FnOnce() -> Run,
    ) -> Run {
        let mut newest = self.newest();
        if let Some(run) = newest.get(&subject).filter(|run| run.stands(holds)) {
            return run.clone();
        }
        let run = start();
        newest.insert(subject, run.clone());
        run
    }

    pub(super) fn is_newest(&self, subject: Subject, run: &Run) -> bool {
        let newest = self.newest();
        newest
            .get(&subject)
            .is_some_and(|newest| newest.0.same_channel(&run.0))
    }

    fn newest(&self) -> MutexGuard<'_, HashMap<Subject, Run>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
