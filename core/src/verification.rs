//! A server that ignores conditions is found out before it can do harm.
//!
//! Some servers answer 200 to a conditional write whatever the condition, and overwrite. Before the first conditional
//! write of its kind (create, put, delete, copy), once per process, server and bucket, the server proves itself on a key of
//! our own.

mod judge;
mod proof;
mod run;
mod stop;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use self::proof::{Test, of_copies, of_part_copies, of_parts, of_whole};
pub(crate) use self::run::Proofs;
use self::run::{Outcome, Run};
use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::store::Store;
use crate::until::{Early, Until};
use crate::wire::{CopyWire, MultipartWire, PartCopyWire, Wire};

/// Why a server is not fit for some writes.
#[derive(Debug, PartialEq, Eq)]
struct Flaw {
    /// What it does.
    what: &'static str,
    /// What can be done in place of such a write.
    instead: &'static str,
}

/// How a server stood the test of one condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Enforced,
    /// It is not fit for such writes.
    Unfit(&'static Flaw),
    /// We may not work under the prefix of our own keys.
    Forbidden,
}

impl Verdict {
    /// Whether it holds for every store: another one has other credentials, and perhaps another prefix.
    fn is_the_servers(self) -> bool {
        self != Self::Forbidden
    }
}

/// How a write reaches the server: it may honour conditions by one way and ignore them by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Way {
    /// In one request.
    Whole,
    /// In parts, of which an object is made.
    Parts,
}

/// What a server has to prove: that it honours the condition of an operation, made in a way.
type Subject = (Operation, Way);

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
        self.verify_by((operation, Way::Whole), of_whole, until)
            .await
    }

    async fn verify_by(
        &self,
        subject: Subject,
        test: Test<W>,
        until: &Until,
    ) -> Result<(), Failure> {
        if !self.inner.config.verify {
            return Ok(());
        }
        let prefix = &self.inner.config.verify_prefix;
        let verdict = self.verdict(subject, test, prefix);
        let verdict = match until.or_end(verdict).await {
            Ok(verdict) => verdict,
            Err(early) => Err(self.not_verified(subject.0, early)),
        }?;
        let endpoint = self.inner.wire.endpoint().unwrap_or_default();
        match verdict {
            Verdict::Unfit(Flaw { what, instead }) => Err(Failure::local(
                Kind::Unsupported,
                format!(
                    "{endpoint} {what}. Nothing was sent; {instead}, or pass conditions: 'trust' to take the risk"
                ),
            )),
            Verdict::Forbidden if let Some(condition) = must_be_known(subject) => {
                Err(Failure::local(
                    Kind::Unsupported,
                    format!(
                        "whether {endpoint} honours {condition} could not be verified, because working under \
                         {prefix:?} is not allowed; pass conditions: 'trust' if you know that it does. Nothing was \
                         sent"
                    ),
                ))
            }
            Verdict::Enforced | Verdict::Forbidden => Ok(()),
        }
    }

    async fn verdict(&self, subject: Subject, test: Test<W>, prefix: &str) -> Outcome {
        let (operation, _) = subject;
        let inner = &self.inner;
        let server = inner.wire.server().await;
        let server = server.map_err(|error| inner.failure(operation, error, 0))?;
        let Some(server) = server else {
            return Ok(Verdict::Enforced);
        };
        let known = known(server, inner.config.bucket.clone());
        let own = || {
            let proof = self
                .clone()
                .prove(subject, test, prefix.into(), known.clone());
            inner
                .proofs
                .standing_or(subject, |_| true, || Run::start(proof))
        };
        // Another store's proof is waited for, too, but counts here only for what it shows of the server.
        let run = known
            .proofs
            .standing_or(subject, Verdict::is_the_servers, own);
        let is_own = inner.proofs.is_newest(subject, &run);
        match run.outcome().await {
            outcome if is_own => outcome,
            Ok(verdict) if verdict.is_the_servers() => Ok(verdict),
            _ => own().outcome().await,
        }
    }

    /// One proof, for everyone who waits for it.
    async fn prove(
        self,
        subject: Subject,
        test: Test<W>,
        prefix: Box<str>,
        known: Arc<Known>,
    ) -> Outcome {
        let verdict = self.judge(subject.0, test, &prefix).await?;
        let goes_on = must_be_known(subject).is_none();
        if verdict == Verdict::Forbidden
            && goes_on
            && !known.is_warned.swap(true, Ordering::Relaxed)
        {
            self.inner.warn(&format!(
                "{} lets nobody work under {prefix:?} in bucket {}, or is no S3 server, so whether it honours conditional \
                 writes could not be verified; pass conditions: 'trust' if you know it does",
                self.inner.wire.endpoint().unwrap_or_default(),
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

impl<W: MultipartWire> Store<W> {
    /// The same, of a write in parts.
    pub(crate) async fn verify_parts(
        &self,
        operation: Operation,
        until: &Until,
    ) -> Result<(), Failure> {
        self.verify_by((operation, Way::Parts), of_parts, until)
            .await
    }
}

impl<W: CopyWire> Store<W> {
    /// The same for the conditions of copies.
    pub(crate) async fn verify_copies(&self, until: &Until) -> Result<(), Failure> {
        self.verify_by((Operation::CopyObject, Way::Whole), of_copies, until)
            .await
    }
}

impl<W: PartCopyWire> Store<W> {
    /// The same of a copy by parts: that no part is of another object, and the condition of what is made of them.
    pub(crate) async fn verify_part_copies(
        &self,
        operation: Operation,
        until: &Until,
    ) -> Result<(), Failure> {
        let subject = (Operation::CopyObject, Way::Parts);
        self.verify_by(subject, of_part_copies, until).await?;
        self.verify_parts(operation, until).await
    }
}

/// The condition without whose proof nothing of `subject` is sent: servers are known to ignore it.
const fn must_be_known(subject: Subject) -> Option<&'static str> {
    match subject {
        (Operation::DeleteObjectIfMatch, _) => Some("If-Match on DeleteObject"),
        (Operation::CopyObject, Way::Whole) => Some("the conditions of CopyObject"),
        (Operation::CopyObject, Way::Parts) => Some("the conditions of UploadPartCopy"),
        _ => None,
    }
}
