//! The rules in force, and which of them act on a request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use super::random::Draws;
use super::request::{Identity, Request};
use super::rule::{Action, HeaderMatch, Match, OneOrMany, Rule};

/// The rules, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct Rules(Mutex<State>);

#[derive(Debug)]
struct State {
    seed: u64,
    added: u64,
    rules: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    id: u64,
    rule: Rule,
    /// How many requests of each write fitted everything but the attempt.
    attempts: HashMap<Identity, u32>,
    matched: u64,
    acted: u64,
    draws: Draws,
}

/// A rule as the control endpoint shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Shown {
    id: u64,
    matched: u64,
    acted: u64,
    #[serde(flatten)]
    rule: Rule,
}

/// The rules that act on a request.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// What they do, in the rules' order.
    pub(super) actions: Vec<Fired>,
    /// For each rule that may meet the request, which attempt it is.
    pub(super) attempts: Vec<(u64, u32)>,
    /// The rules that wait for the status, in their order.
    undecided: Vec<u64>,
}

impl Plan {
    /// The plan for an application of the same request that is no attempt of its own.
    pub(super) fn repeated(&self) -> Self {
        Self {
            actions: self.actions.clone(),
            ..Self::default()
        }
    }
}

/// A rule's action on a request.
#[derive(Debug, Clone)]
pub(super) struct Fired {
    pub(super) rule: u64,
    pub(super) attempt: u32,
    pub(super) action: Action,
}

impl Rules {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(State {
            seed,
            added: 0,
            rules: Vec::new(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule that was checked, and gives its id.
    pub(super) fn add(&self, rule: Rule) -> u64 {
        let mut state = self.lock();
        state.added += 1;
        let id = state.added;
        let draws = Draws::new(state.seed, id);
        state.rules.push(Active {
            id,
            rule,
            attempts: HashMap::new(),
            matched: 0,
            acted: 0,
            draws,
        });
        id
    }

    /// Removes the rule of that id, or all, and says how many there were.
    pub(crate) fn remove(&self, id: Option<u64>) -> usize {
        let mut state = self.lock();
        let before = state.rules.len();
        state
            .rules
            .retain(|active| id.is_some_and(|id| active.id != id));
        before - state.rules.len()
    }

    /// Removes everything and starts the draws, and the ids, over.
    pub(super) fn reset(&self, seed: u64) {
        *self.lock() = State {
            seed,
            added: 0,
            rules: Vec::new(),
        };
    }

    /// The seed and the rules.
    pub(crate) fn list(&self) -> (u64, Vec<Shown>) {
        let state = self.lock();
        let shown = state.rules.iter().map(|active| Shown {
            id: active.id,
            matched: active.matched,
            acted: active.acted,
            rule: active.rule.clone(),
        });
        (state.seed, shown.collect())
    }

    /// Decides what happens to a request, but for what depends on its status.
    pub(super) fn decide(&self, request: &Request) -> Plan {
        let mut plan = Plan::default();
        let identity = request.identity();
        for active in &mut self.lock().rules {
            let matches = &active.rule.matches;
            if !matches.fits(request) {
                continue;
            }
            let attempt = active.attempts.entry(identity.clone()).or_default();
            *attempt += 1;
            let attempt = *attempt;
            plan.attempts.push((active.id, attempt));
            if !fits_one(matches.attempt.as_ref(), &attempt) {
                continue;
            }
            if matches.status.is_some() {
                plan.undecided.push(active.id);
            } else {
                plan.actions.extend(active.meet(attempt));
            }
        }
        plan
    }

    /// Decides what depends on the status that the request came to.
    pub(super) fn decide_by_status(&self, plan: &mut Plan, status: u16) {
        let undecided = std::mem::take(&mut plan.undecided);
        if undecided.is_empty() {
            return;
        }
        for active in &mut self.lock().rules {
            if undecided.contains(&active.id) && active.rule.matches.status == Some(status) {
                plan.actions.extend(active.meet(0));
            }
        }
        plan.actions.sort_by_key(|fired| fired.rule);
    }
}

impl Active {
    /// Counts a request that fits, and gives the action if it is to be taken.
    fn meet(&mut self, attempt: u32) -> Option<Fired> {
        self.matched += 1;
        // Drawn for each request that fits, so that a request's draw does not depend on what came of the draws before.
        let drawn = match self.rule.probability {
            Some(probability) => self.draws.falls_within(probability),
            None => true,
        };
        if !drawn || self.rule.times.is_some_and(|times| self.acted >= times) {
            return None;
        }
        self.acted += 1;
        Some(Fired {
            rule: self.id,
            attempt,
            action: self.rule.action.clone(),
        })
    }
}

impl Match {
    /// True if everything that is known of a request at its arrival fits, but for the attempt.
    fn fits(&self, request: &Request) -> bool {
        let is = |wanted: &Option<String>, given: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == given)
        };
        is(&self.bucket, &request.bucket)
            && is(&self.key, &request.key)
            && self
                .key_prefix
                .as_ref()
                .is_none_or(|prefix| request.key.starts_with(prefix))
            && fits_one(self.operation.as_ref(), &request.operation)
            && self.headers.iter().all(|(name, wanted)| match wanted {
                HeaderMatch::Present(wanted) => request.headers.contains_key(name) == *wanted,
                HeaderMatch::Value(wanted) => request.header(name) == Some(wanted),
            })
    }
}

fn fits_one<T: PartialEq>(wanted: Option<&OneOrMany<T>>, given: &T) -> bool {
    wanted.is_none_or(|wanted| wanted.values().contains(given))
}
