//! A server that ignores conditions is found out before it can do harm.
//!
//! Some servers answer 200 to a conditional write whatever the condition, and overwrite. Before the first conditional
//! write of its kind, once per process, server and bucket, the server proves itself on a key of our own.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;

use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::own_keys;
use crate::precondition::{ETag, Precondition};
use crate::recovery::{self, Look};
use crate::store::{Put, Store, WriteOutput};
use crate::wire::Wire;
use crate::write_id::WriteId;

/// Keys that are tried before a server is given up as impossible to judge.
const KEYS: usize = 3;
/// Keys on which a condition must have been ignored before that is believed: one might have been tampered with.
const AGREEING: usize = 2;

/// A tag that no object of ours has.
const WRONG_TAG: &str = "\"00000000000000000000000000000000\"";

const DELETE: Operation = Operation::DeleteObjectIfMatch;

/// What is verified together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// `If-None-Match: *` and `If-Match` on `PutObject`.
    Puts,
    /// `If-Match` on `DeleteObject`.
    Deletes,
}

/// How a server stood the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Enforced,
    /// It carried out a request whose condition, named here, did not hold.
    Ignored(&'static str),
    /// We may not write under the prefix of our own keys.
    Forbidden,
}

/// The verdicts on one bucket of one server.
#[derive(Default)]
struct Verdicts {
    puts: OnceCell<Verdict>,
    deletes: OnceCell<Verdict>,
}

type Known = HashMap<(String, String), Arc<Verdicts>>;

/// The verdicts of this process, by server and bucket.
static VERDICTS: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);

impl<W: Wire> Store<W> {
    /// Makes sure that the server honours the condition of `operation`, unless the caller trusts it to.
    pub(crate) async fn verify(&self, operation: Operation) -> Result<(), Failure> {
        let inner = &self.inner;
        let subject = match operation {
            Operation::CreateObject | Operation::PutObjectIfMatch => Subject::Puts,
            Operation::DeleteObjectIfMatch => Subject::Deletes,
            _ => return Ok(()),
        };
        if !inner.config.verify {
            return Ok(());
        }
        let prefix = inner.config.verify_prefix.as_str();
        let server = inner.wire.server().await;
        let server = server.map_err(|error| inner.failure(operation, error, 0))?;
        let Some(server) = server else { return Ok(()) };

        let bucket = inner.config.bucket.clone();
        let verdicts = {
            let mut known = VERDICTS.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry((server, bucket)).or_default())
        };
        let cell = match subject {
            Subject::Puts => &verdicts.puts,
            Subject::Deletes => &verdicts.deletes,
        };
        let verdict = cell
            .get_or_try_init(|| async {
                let verdict = self.judge(subject, prefix).await?;
                if verdict == Verdict::Forbidden && subject == Subject::Puts {
                    inner.warn(&format!(
                        "writing under {prefix:?} is not allowed in bucket {}, so whether the server honours \
                         conditional writes could not be verified; pass conditions: 'trust' if you know it does",
                        inner.config.bucket
                    ));
                }
                Ok(verdict)
            })
            .await?;
        let endpoint = inner.wire.endpoint().unwrap_or_default();
        match (verdict, subject) {
            (Verdict::Enforced, _) | (Verdict::Forbidden, Subject::Puts) => Ok(()),
            (Verdict::Ignored(condition), _) => Err(Failure::local(
                Kind::Unsupported,
                format!(
                    "{endpoint} ignores {condition}: {} would overwrite or delete whatever is there. Nothing was sent",
                    operation.name()
                ),
            )),
            (Verdict::Forbidden, Subject::Deletes) => Err(Failure::local(
                Kind::Unsupported,
                format!(
                    "whether {endpoint} honours If-Match on DeleteObject could not be verified, because writing under \
                     {prefix:?} is not allowed; pass conditions: 'trust' if you know that it does. Nothing was sent"
                ),
            )),
        }
    }

    async fn judge(&self, subject: Subject, prefix: &str) -> Result<Verdict, Failure> {
        let mut ignored = Vec::with_capacity(KEYS);
        let mut last = unsettled("each key of the test came to another end");
        for _ in 0..KEYS {
            let key = own_keys::fresh(prefix, "verify")
                .map_err(|error| Failure::local(Kind::Internal, error.to_string()))?;
            let tried = match subject {
                Subject::Puts => self.try_puts(&key).await,
                Subject::Deletes => self.try_deletes(&key).await,
            };
            own_keys::remove(&self.inner, &key).await;
            match tried {
                Ok(Verdict::Ignored(condition)) => {
                    ignored.push(condition);
                    if ignored.iter().filter(|seen| **seen == condition).count() >= AGREEING {
                        return Ok(Verdict::Ignored(condition));
                    }
                }
                Ok(verdict) => return Ok(verdict),
                // What ends every attempt at once: the caller's own call would end the same way.
                Err(failure) if failure.seen.is_none() && !is_passing(&failure) => {
                    return Err(failure);
                }
                Err(failure) => last = failure,
            }
        }
        Err(unverified(last, self.inner.wire.endpoint()))
    }

    async fn try_puts(&self, key: &str) -> Result<Verdict, Failure> {
        let first = match self.write_probe(key, Precondition::IfAbsent).await {
            Err(failure) if is_forbidden(&failure) => return Ok(Verdict::Forbidden),
            written => written?,
        };
        match self.write_probe(key, Precondition::IfAbsent).await {
            Ok(_) => return Ok(Verdict::Ignored("If-None-Match: * on PutObject")),
            Err(failure) if failure.kind == Kind::KeyExists => {}
            Err(failure) => return Err(failure),
        }
        let tag = if_match(&first)?;
        let second = self.write_probe(key, tag.clone()).await?;
        match self.write_probe(key, tag).await {
            Ok(_) => return Ok(Verdict::Ignored("If-Match on PutObject")),
            Err(failure) if failure.kind == Kind::StaleData => {}
            Err(failure) => return Err(failure),
        }
        let inner = &self.inner;
        let kept = match recovery::look(inner, &key.into(), None, inner.deadline()).await {
            Look::Object(answer) => second.write_id.is_some_and(|id| id.wrote(&answer.headers)),
            Look::Absent(_) | Look::Nothing => {
                return Err(unsettled("the key of the test is gone"));
            }
        };
        Ok(if kept {
            Verdict::Enforced
        } else {
            Verdict::Ignored(
                "user metadata, by which a write is recognised when its answer was lost,",
            )
        })
    }

    async fn try_deletes(&self, key: &str) -> Result<Verdict, Failure> {
        let written = match self.write_probe(key, Precondition::IfAbsent).await {
            Err(failure) if is_forbidden(&failure) => return Ok(Verdict::Forbidden),
            written => written?,
        };
        let wrong = Precondition::IfMatch(ETag::new(WRONG_TAG));
        match self
            .delete_unverified(DELETE, key.to_owned(), wrong, false)
            .await
        {
            Ok(_) => return Ok(Verdict::Ignored("If-Match on DeleteObject")),
            Err(failure) if is_forbidden(&failure) => return Ok(Verdict::Forbidden),
            Err(failure) if failure.kind == Kind::StaleData => {}
            Err(failure) => return Err(failure),
        }
        let inner = &self.inner;
        match recovery::look(inner, &key.into(), None, inner.deadline()).await {
            Look::Object(_) => {}
            Look::Absent(_) => return Ok(Verdict::Ignored("If-Match on DeleteObject")),
            Look::Nothing => return Err(unsettled("the key of the test can't be looked at")),
        }
        let right = if_match(&written)?;
        self.delete_unverified(DELETE, key.to_owned(), right, true)
            .await?;
        Ok(Verdict::Enforced)
    }

    /// Writes a body that no other write has.
    async fn write_probe(
        &self,
        key: &str,
        condition: Precondition,
    ) -> Result<WriteOutput, Failure> {
        let body =
            WriteId::random().map_err(|error| Failure::local(Kind::Internal, error.to_string()))?;
        let operation = match condition {
            Precondition::IfMatch(_) => Operation::PutObjectIfMatch,
            _ => Operation::CreateObject,
        };
        self.put_unverified(
            operation,
            Put {
                key: key.to_owned(),
                body: Bytes::from(body.as_str().to_owned()),
                condition,
                content_type: "text/plain".to_owned(),
                metadata: Vec::new(),
                recovery: true,
            },
        )
        .await
    }
}

fn if_match(written: &WriteOutput) -> Result<Precondition, Failure> {
    let tag = written.answer.etag();
    tag.map(Precondition::IfMatch)
        .ok_or_else(|| unsettled("a write of the test has no ETag"))
}

/// Something that may be different with another key.
fn unsettled(message: &str) -> Failure {
    Failure {
        seen: Some(Box::default()),
        ..Failure::local(Kind::Transport, message)
    }
}

/// What the caller is told when no key came to a verdict. What became of a key of the test says nothing of the caller's:
/// nothing was sent there, so that there is no conflict, and no doubt either.
fn unverified(last: Failure, endpoint: Option<String>) -> Failure {
    let mut reason = last;
    if let Some(cause) = reason.seen.take().and_then(|seen| seen.cause) {
        reason = cause;
    }
    if is_of_key(&reason) {
        let what = "answers were lost, or another writer changed the key of the test";
        reason = Failure::local(Kind::Transport, what);
    }
    Failure {
        message: format!(
            "whether the server honours conditions could not be verified, nothing was sent: {}",
            reason.message
        ),
        endpoint: reason.endpoint.or(endpoint),
        ..reason
    }
}

/// Whether a failure is about what lies under a key.
fn is_of_key(failure: &Failure) -> bool {
    is_absent(failure)
        || matches!(
            failure.kind,
            Kind::KeyExists | Kind::StaleData | Kind::WriteConflict | Kind::Ambiguous
        )
}

fn is_absent(failure: &Failure) -> bool {
    let service = failure.service.as_ref();
    service.is_some_and(|error| error.code.as_deref() == Some("NoSuchKey"))
}

fn is_forbidden(failure: &Failure) -> bool {
    failure.kind == Kind::Service
        && failure.service.as_ref().is_some_and(|error| {
            error.status == 403 && error.code.as_deref() == Some("AccessDenied")
        })
}

/// A lost answer, a server in trouble, another writer in between.
fn is_passing(failure: &Failure) -> bool {
    is_of_key(failure)
        || (failure.kind == Kind::Service
            && failure
                .service
                .as_ref()
                .is_some_and(|error| error.status >= 500))
}
