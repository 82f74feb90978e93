//! A server that ignores conditions is found out before it can do harm.
//!
//! Some servers answer 200 to a conditional write whatever the condition, and overwrite. Before the first conditional
//! write of its kind (create, put, delete), once per process, server and bucket, the server proves itself on a key of
//! our own.

mod judge;
mod proof;
mod run;
mod stop;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

pub(crate) use self::run::Proofs;
use self::run::{Outcome, Run};
use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::store::Store;
use crate::until::{Early, Until};
use crate::wire::Wire;

/// How a server stood the test of one condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Enforced,
    /// It is not fit for such writes: what it does, in words.
    Unfit(&'static str),
    /// We may not work under the prefix of our own keys.
    Forbidden,
}

impl Verdict {
    /// Whether it holds for every store: another one has other credentials, and perhaps another prefix.
    fn is_the_servers(self) -> bool {
        self != Self::Forbidden
    }
}

/// What this process knows of one bucket of one server.
#[derive(Debug, Default)]
struct Known {
    proofs: Proofs,
    /// Whether the user was told that nothing can be verified.
    is_warned: AtomicBool,
}

/// By server and bucket.
type Buckets = HashMap<(String, String), Arc<Known>>;

static BUCKETS: LazyLock<Mutex<Buckets>> = LazyLock::new(Mutex::default);

fn known(server: String, bucket: String) -> Arc<Known> {
    let mut buckets = BUCKETS.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(buckets.entry((server, bucket)).or_default())
}

impl<W: Wire> Store<W> {
    /// Makes sure that the server honours the condition of `operation`, unless the caller trusts it to.
    pub(crate) async fn verify(&self, operation: Operation, until: &Until) -> Result<(), Failure> {
        if !matches!(
            operation,
            Operation::CreateObject | Operation::PutObjectIfMatch | Operation::DeleteObjectIfMatch
        ) {
            return Ok(());
        }
        if !self.inner.config.verify {
            return Ok(());
        }
        let prefix = &self.inner.config.verify_prefix;
        let verdict = self.verdict(operation, prefix);
        let verdict = match until.or_end(verdict).await {
            Ok(verdict) => verdict,
            Err(early) => Err(self.not_verified(operation, early)),
        }?;
        let endpoint = self.inner.wire.endpoint().unwrap_or_default();
        match (verdict, operation) {
            (Verdict::Unfit(what), _) => Err(Failure::local(
                Kind::Unsupported,
                format!("{endpoint} {what}. Nothing was sent"),
            )),
            (Verdict::Forbidden, Operation::DeleteObjectIfMatch) => Err(Failure::local(
                Kind::Unsupported,
                format!(
                    "whether {endpoint} honours If-Match on DeleteObject could not be verified, because working under \
                     {prefix:?} is not allowed; pass conditions: 'trust' if you know that it does. Nothing was sent"
                ),
            )),
            (Verdict::Enforced | Verdict::Forbidden, _) => Ok(()),
        }
    }

    async fn verdict(&self, operation: Operation, prefix: &str) -> Outcome {
        let inner = &self.inner;
        let server = inner.wire.server().await;
        let server = server.map_err(|error| inner.failure(operation, error, 0))?;
        let Some(server) = server else {
            return Ok(Verdict::Enforced);
        };
        let known = known(server, inner.config.bucket.clone());
        let own = || {
            let proof = self.clone().prove(operation, prefix.into(), known.clone());
            inner
                .proofs
                .standing_or(operation, |_| true, || Run::start(proof))
        };
        // Another store's proof is waited for, too, but counts here only for what it shows of the server.
        let run = known
            .proofs
            .standing_or(operation, Verdict::is_the_servers, own);
        let is_own = inner.proofs.is_newest(operation, &run);
        match run.outcome().await {
            outcome if is_own => outcome,
            Ok(verdict) if verdict.is_the_servers() => Ok(verdict),
            _ => own().outcome().await,
        }
    }

    /// One proof, for everyone who waits for it.
    async fn prove(self, operation: Operation, prefix: Box<str>, known: Arc<Known>) -> Outcome {
        let verdict = self.judge(operation, &prefix).await?;
        let is_put = operation != Operation::DeleteObjectIfMatch;
        if verdict == Verdict::Forbidden && is_put && !known.is_warned.swap(true, Ordering::Relaxed)
        {
            self.inner.warn(&format!(
                "working under {prefix:?} is not allowed in bucket {}, so whether the server honours conditional \
                 writes could not be verified; pass conditions: 'trust' if you know it does",
                self.inner.config.bucket
            ));
        }
        Ok(verdict)
    }

    /// The caller waits no longer; the proof goes on.
    fn not_verified(&self, operation: Operation, early: Early) -> Failure {
        let failure = self.inner.failure(operation, early.into(), 0);
        Failure {
            message: format!(
                "{}: the server was still being asked to prove that it honours conditions, nothing was sent",
                failure.message
            ),
            ..failure
        }
    }
}
