//! Faults on purpose: answers lost, late or wrong, requests applied late or twice, conditions ignored.
//!
//! - `rule`, `rules`: which requests meet which faults.
//! - `run`, `exchange`: a request under faults; `held`: those that wait.
//! - `socket`, `connection`, `cut`: what happens to connections.
//! - `call`: what the operations ask; `log`, `counters`: what they leave behind.

mod answer;
mod call;
mod connection;
mod connections;
mod counters;
mod cut;
mod exchange;
mod held;
mod log;
mod random;
mod request;
mod rule;
mod rules;
mod run;
mod socket;

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

pub(crate) use self::call::Call;
pub(crate) use self::exchange::Change;
pub(crate) use self::held::Released;
pub(crate) use self::request::{Request, WRITE_ID};
pub(crate) use self::rule::Rule;
pub(crate) use self::socket::Socket;

use self::connections::Connections;
use self::counters::Counters;
use self::held::{Held, Verdict};
use self::log::Log;
use self::rules::Rules;
use crate::store::Ids;

/// Everything about faults that outlives a request.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) rules: Rules,
    pub(crate) held: Held,
    pub(crate) log: Log,
    pub(crate) counters: Counters,
    pub(crate) connections: Arc<Connections>,
    request_ids: Ids,
}

impl Faults {
    /// No faults yet. Without a seed, one is made up.
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            rules: Rules::new(seed.unwrap_or_else(any_seed)),
            held: Held::default(),
            log: Log::default(),
            counters: Counters::default(),
            connections: Arc::default(),
            request_ids: Ids::default(),
        }
    }

    fn next_id(&self) -> String {
        self.request_ids.next()
    }

    /// Adds a rule and gives its id.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the rule.
    pub(crate) fn add(&self, rule: Rule) -> Result<u64, String> {
        Ok(self.rules.add(rule.checked()?))
    }

    /// Lets held requests go, one after the other, and waits until each was applied; or discards them.
    pub(crate) async fn release(
        &self,
        id: Option<u64>,
        bucket: Option<&str>,
        key: Option<&str>,
        discard: bool,
    ) -> Vec<Released> {
        let verdict = if discard {
            Verdict::Discard
        } else {
            Verdict::Apply
        };
        let mut released = Vec::new();
        for entry in self.held.take(|entry| entry.is_for(id, bucket, key)) {
            released.push(entry.let_go(verdict).await);
        }
        released
    }

    /// Removes the rules, discards what is held, empties the log and the counters, and starts the draws over. Gives the seed.
    pub(crate) async fn reset(&self, seed: Option<u64>) -> u64 {
        let seed = seed.unwrap_or_else(any_seed);
        self.rules.reset(seed);
        self.release(None, None, None, true).await;
        self.log.clear();
        self.counters.reset();
        seed
    }
}

/// A seed that differs from run to run and is short enough to be typed again.
fn any_seed() -> u64 {
    RandomState::new().hash_one(0_u8) >> 32
}
