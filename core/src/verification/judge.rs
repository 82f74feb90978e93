//! Key after key is tried until the server can be judged.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Verdict;
use super::proof::{Proof, Test, no_random};
use super::stop::{Stop, has_code};
use crate::attempts::Policy;
use crate::checksum::Checksums;
use crate::failure::{Failure, Kind, Seen};
use crate::operation::Operation;
use crate::own_keys;
use crate::store::{ReadBack, Store};
use crate::until::{Control, Until};
use crate::wire::Wire;

/// Keys that are tried before a server is given up as impossible to judge.
const KEYS: usize = 3;

/// The longest that a proof may take.
const TIME: Duration = Duration::from_mins(1);
/// The longest that taking a key away may take.
const CLEAN_UP_TIME: Duration = Duration::from_secs(10);
/// Attempts of a request once one key could not be judged: a proof that fails, fails everyone who waits for it.
const PATIENT_ATTEMPTS: u32 = 6;
/// The longest that one of them may take. It carries next to nothing.
const PATIENT_REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

impl<W: Wire> Store<W> {
    /// What the server makes of the condition of `operation`.
    pub(super) async fn judge(
        &self,
        operation: Operation,
        test: Test<W>,
        prefix: &str,
    ) -> Result<Verdict, Failure> {
        let deadline = Instant::now() + TIME;
        let policy = self.inner.policy();
        // A server that can't be reached ends the first try as it would end the caller's own request.
        let mut proof = self.proof(policy, TIME, deadline);
        let patient = Policy {
            max_attempts: policy.max_attempts.max(PATIENT_ATTEMPTS),
            request_timeout: policy.request_timeout.min(PATIENT_REQUEST_TIMEOUT),
            timeout: None,
        };
        let clean_up = self.proof(policy, CLEAN_UP_TIME, deadline).store.inner;
        // What one key shows is believed only when another shows the same: the first may have been tampered with.
        let mut complaints = Vec::new();
        let mut last = Failure::local(Kind::Internal, "no key was tried");
        for _ in 0..KEYS {
            let key = own_keys::fresh(prefix, "verify").map_err(no_random)?;
            let tried = test(&proof, operation, &key).await;
            own_keys::remove(&clean_up, &key).await;
            match tried {
                Ok(Verdict::Unfit(flaw)) if !complaints.contains(&flaw) => {
                    let message = format!("it {}; but on one key only", flaw.what);
                    last = Failure::local(Kind::Internal, message);
                    complaints.push(flaw);
                }
                Ok(verdict) => return Ok(verdict),
                Err(Stop::Forbidden) => return Ok(Verdict::Forbidden),
                Err(Stop::Final(failure)) => return Err(failure),
                Err(Stop::Unsettled(failure)) => last = failure,
            }
            if deadline <= Instant::now() {
                break;
            }
            proof = self.proof(&patient, TIME, deadline);
        }
        Err(self.unverified(last))
    }

    fn proof(&self, policy: &Policy, timeout: Duration, deadline: Instant) -> Proof<W> {
        let mut inner = self.inner.with_policy(Policy {
            timeout: Some(timeout),
            ..*policy
        });
        // Something in between may repeat our requests, too.
        inner.config.read_back = ReadBack::Always;
        // Conditions are what is tested, and nothing else.
        inner.config.checksums = Checksums::Off;
        Proof {
            store: Store {
                inner: Arc::new(inner),
                control: Control::default(),
            },
            until: Until::at(deadline, timeout),
        }
    }

    /// The failure of a call whose server could not be judged. It is never a conflict: nothing of the caller's was sent.
    fn unverified(&self, last: Failure) -> Failure {
        let message = format!(
            "whether the server honours conditions could not be verified on a key of our own, nothing was sent: {}",
            last.message
        );
        let is_plain = match last.kind {
            Kind::Service => !has_code(&last, "NoSuchKey"),
            Kind::Transport | Kind::Timeout => last.code.is_some(),
            _ => false,
        };
        if is_plain {
            return Failure { message, ..last };
        }
        Failure {
            attempts: last.attempts,
            code: Some("ERR_CONDITIONS_UNVERIFIED".to_owned()),
            endpoint: self.inner.wire.endpoint(),
            seen: Some(Box::new(Seen {
                cause: last.service.is_some().then_some(last),
                ..Seen::default()
            })),
            ..Failure::local(Kind::Transport, message)
        }
    }
}
