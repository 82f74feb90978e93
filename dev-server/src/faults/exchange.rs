//! One request under faults: what is known of it, and what became of it so far.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use s3s::{HttpResponse, S3Error, S3ErrorCode, S3Result};
use tokio::sync::oneshot;

use super::Faults;
use super::connection::{Ending, Output};
use super::held::Verdict;
use super::log::{Entry, now};
use super::request::Request;
use super::rule::{Action, Given, Meanwhile, Until, When};
use super::rules::{Fired, Plan};

/// A request between its arrival and the end of everything it leads to.
pub(crate) struct Exchange {
    faults: Arc<Faults>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    request: Option<Arc<Request>>,
    plan: Plan,
    instead: Option<Instead>,
    reply: Option<oneshot::Sender<Reply>>,
    /// Who is told the status when the request was applied.
    settled: Option<oneshot::Sender<u16>>,
    applied: Vec<Applied>,
    /// How often the request was handed to the operations.
    calls: u32,
    is_held: bool,
    /// What the client was told before the request was applied.
    told: Option<u16>,
}

/// A write of this request that is in the log.
struct Applied {
    seq: u64,
    call: u32,
    bucket: String,
    key: String,
}

/// What happens instead of applying a request.
#[derive(Debug, Clone)]
pub(super) enum Instead {
    Answer(Given),
    Drop { reset: bool },
}

/// What the client gets.
pub(super) enum Reply {
    Answer {
        response: Box<HttpResponse>,
        ending: Ending,
        exchange: Arc<Exchange>,
    },
    Nothing {
        reset: bool,
    },
}

/// A write or a delete that the store just applied.
pub(crate) struct Change<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) key: &'a str,
    pub(crate) write_id: Option<String>,
    pub(crate) etag: Option<String>,
    pub(crate) replaced: Option<String>,
    pub(crate) version_id: Option<String>,
}

impl Exchange {
    pub(super) fn new(faults: Arc<Faults>, reply: oneshot::Sender<Reply>) -> Self {
        Self {
            faults,
            state: Mutex::new(State {
                reply: Some(reply),
                ..State::default()
            }),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes up a request whose signature held: delays it, holds it, or keeps it from being applied.
    ///
    /// # Errors
    /// When it is not to be applied; [`Exchange::instead`] says what is.
    pub(super) async fn admit(self: &Arc<Self>, request: Request) -> S3Result<()> {
        if self.lock().request.is_some() {
            // Applied again: what was decided holds.
            return Ok(());
        }
        self.faults.counters.count(&request);
        let plan = self.faults.rules.decide(&request);
        let actions = plan.actions.clone();
        let request = Arc::new(request);
        {
            let mut state = self.lock();
            state.request = Some(Arc::clone(&request));
            state.plan = plan;
        }
        for fired in actions {
            match fired.action {
                Action::Delay {
                    when: When::Before,
                    ms,
                } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Action::Hold { until, meanwhile } => {
                    let verdict = self.hold(fired.rule, fired.attempt, until, &request);
                    // Answered only now: the client may let the request go as soon as it has that.
                    self.answer_meanwhile(meanwhile);
                    if verdict.await != Ok(Verdict::Apply) {
                        return Err(self.refuse(Instead::Drop { reset: false }));
                    }
                }
                Action::Drop {
                    when: When::Before,
                    reset,
                } => return Err(self.refuse(Instead::Drop { reset })),
                Action::Answer(
                    given @ Given {
                        when: Some(When::Before),
                        ..
                    },
                ) => return Err(self.refuse(Instead::Answer(given))),
                _ => {}
            }
        }
        Ok(())
    }

    fn answer_meanwhile(self: &Arc<Self>, meanwhile: Meanwhile) {
        match meanwhile {
            Meanwhile::Wait => {}
            Meanwhile::Drop => self.deliver(Reply::Nothing { reset: false }, false),
            Meanwhile::Answer(given) => {
                let mut ending = Ending::default();
                let response = given.made(&self.faults.next_id(), &mut ending);
                self.deliver(self.answer(response, ending), false);
            }
        }
    }

    /// Holds the request until it is let go.
    fn hold(
        &self,
        rule: u64,
        attempt: u32,
        until: Until,
        request: &Arc<Request>,
    ) -> oneshot::Receiver<Verdict> {
        let held = &self.faults.held;
        let waiting = held.hold(rule, attempt, until, false, Arc::clone(request));
        let mut state = self.lock();
        // Whoever let it go from an earlier wait hears now that it waits again.
        state.settled = Some(waiting.settled);
        state.is_held = true;
        waiting.verdict
    }

    /// Holds a second application of the request, which has no client any more. Gives nothing for a request that was not let in.
    pub(super) fn hold_repetition(
        &self,
        rule: u64,
        attempt: u32,
        until: Until,
    ) -> Option<(Self, oneshot::Receiver<Verdict>)> {
        let state = self.lock();
        let request = Arc::clone(state.request.as_ref()?);
        let held = &self.faults.held;
        let waiting = held.hold(rule, attempt, until, true, Arc::clone(&request));
        let repetition = Self {
            faults: Arc::clone(&self.faults),
            state: Mutex::new(State {
                request: Some(request),
                plan: state.plan.repeated(),
                settled: Some(waiting.settled),
                calls: state.calls,
                is_held: true,
                ..State::default()
            }),
        };
        Some((repetition, waiting.verdict))
    }

    fn refuse(&self, instead: Instead) -> S3Error {
        self.lock().instead = Some(instead);
        S3Error::new(S3ErrorCode::InternalError)
    }

    /// What to do instead of applying the request, if it was not to be applied.
    pub(super) fn instead(&self) -> Option<Instead> {
        self.lock().instead.clone()
    }

    /// What is done about the request, as far as it is known.
    pub(super) fn actions(&self) -> Vec<Fired> {
        self.lock().plan.actions.clone()
    }

    /// Decides what depends on the status.
    pub(super) fn decide_by_status(&self, status: u16) {
        let mut plan = std::mem::take(&mut self.lock().plan);
        self.faults.rules.decide_by_status(&mut plan, status);
        self.lock().plan = plan;
    }

    /// The request is about to be handed to the operations, for the first time or again.
    pub(super) fn begin_call(&self) {
        self.lock().calls += 1;
    }

    /// Logs a change, in the step that makes it.
    pub(super) fn applied(&self, change: Change<'_>) {
        let mut state = self.lock();
        let Some(request) = state.request.clone() else {
            return;
        };
        let seq = self.faults.log.append(Entry {
            seq: 0,
            time: now(),
            operation: request.operation.clone(),
            bucket: change.bucket.to_owned(),
            key: change.key.to_owned(),
            write_id: change.write_id,
            etag: change.etag,
            replaced: change.replaced,
            version_id: change.version_id,
            condition: request.condition(),
            attempt: request.sdk_attempt().map(str::to_owned),
            held: state.is_held,
            repeat: state.calls > 1,
            status: state.told,
            delivered: false,
        });
        let call = state.calls;
        state.applied.push(Applied {
            seq,
            call,
            bucket: change.bucket.to_owned(),
            key: change.key.to_owned(),
        });
    }

    /// The request came to its end: lets go what was held for that, and waits until that was applied.
    ///
    /// `status` is what the request came to, if it was applied.
    pub(super) async fn settle(&self, status: Option<u16>) {
        let (request, attempts, written) = {
            let state = self.lock();
            let written: Vec<(String, String)> = state
                .applied
                .iter()
                .map(|applied| (applied.bucket.clone(), applied.key.clone()))
                .collect();
            (state.request.clone(), state.plan.attempts.clone(), written)
        };
        if let Some(request) = request {
            let identity = request.identity();
            let due = self.faults.held.take(|entry| {
                attempts
                    .iter()
                    .any(|(rule, attempt)| entry.waits_for_attempt(*rule, *attempt, &identity))
                    || written
                        .iter()
                        .any(|(bucket, key)| entry.waits_for_write(bucket, key, &identity))
            });
            for entry in due {
                entry.let_go(Verdict::Apply).await;
            }
        }
        let settled = self.lock().settled.take();
        if let (Some(settled), Some(status)) = (settled, status) {
            // Nobody may wait for it any more.
            let _ = settled.send(status);
        }
    }

    /// An answer of this exchange.
    pub(super) fn answer(self: &Arc<Self>, response: HttpResponse, ending: Ending) -> Reply {
        Reply::Answer {
            response: Box::new(response),
            ending,
            exchange: Arc::clone(self),
        }
    }

    /// Answers the client, if it was not answered before and is still there. `is_true` says that the answer is the server's own.
    pub(super) fn deliver(&self, reply: Reply, is_true: bool) {
        let Some(sender) = self.lock().reply.take() else {
            return;
        };
        let status = match &reply {
            Reply::Answer {
                response, ending, ..
            } if matches!(ending.output, Output::Answer) => Some(response.status().as_u16()),
            _ => None,
        };
        // Noted before it is sent: the client may look at the log as soon as it has the answer.
        self.note(status, is_true);
        if sender.send(reply).is_err() {
            self.lost();
        }
    }

    /// The client did not get the answer.
    pub(super) fn lost(&self) {
        self.note(None, false);
    }

    fn note(&self, status: Option<u16>, is_true: bool) {
        let mut state = self.lock();
        state.told = status;
        for applied in &state.applied {
            let delivered = is_true && applied.call == state.calls;
            self.faults.log.answered(applied.seq, status, delivered);
        }
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").finish_non_exhaustive()
    }
}
