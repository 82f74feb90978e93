//! What a rule says: which requests it meets, and what happens to them. The JSON of the control endpoint.

use std::collections::BTreeMap;

use http::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

use crate::ops::is_operation;

/// A rule as a test gives it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Rule {
    /// Which requests it meets; all of them unless it says otherwise.
    #[serde(default, rename = "match")]
    pub(super) matches: Match,
    /// How often it acts before it only counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) times: Option<u64>,
    /// How likely it acts on a request that it meets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) probability: Option<f64>,
    /// What it does.
    pub(super) action: Action,
}

/// The requests a rule meets: those of which everything said here is true.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Match {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bucket: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) key_prefix: Option<String>,
    /// S3's names of operations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) operation: Option<OneOrMany<String>>,
    /// Which requests of the same write, counted from 1 among those that meet the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) attempt: Option<OneOrMany<u32>>,
    /// Headers of the request by their names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, HeaderMatch>,
    /// The status the request came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
}

/// One value, or several of which one has to fit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a value or a list of values")]
pub(super) enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    pub(super) fn values(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// A header's value, or whether it is there at all.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a header's value, true or false")]
pub(super) enum HeaderMatch {
    Present(bool),
    Value(String),
}

/// Before the request is applied, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum When {
    Before,
    After,
}

/// What happens to a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(
    tag = "what",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub(super) enum Action {
    /// The connection ends without an answer.
    Drop {
        when: When,
        #[serde(default)]
        reset: bool,
    },
    /// It waits.
    Delay { when: When, ms: u64 },
    /// It is answered with something else.
    Answer(Given),
    /// Its answer breaks off.
    Truncate {
        bytes: usize,
        #[serde(default)]
        of: Whole,
        #[serde(default)]
        reset: bool,
    },
    /// It is kept back and applied later.
    Hold {
        #[serde(default)]
        until: Until,
        #[serde(default)]
        meanwhile: Meanwhile,
    },
    /// It is applied again.
    Repeat {
        #[serde(default = "once")]
        times: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Until>,
    },
    /// The connection ends after the answer, without notice.
    Close {
        #[serde(default)]
        ms: u64,
    },
    /// Its conditions are not looked at.
    IgnoreCondition {},
    /// Its condition is judged this long before it is applied, and not again.
    Race { ms: u64 },
    /// Its answer carries no user metadata.
    DropMetadata {},
    /// Its answer carries entity tags without quotes.
    UnquoteEtags {},
}

fn once() -> u32 {
    1
}

/// An answer in place of the server's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Given {
    /// Said in an action; what a held request's client hears meanwhile has no other time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) when: Option<When>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<u16>,
    /// S3's code for the error; without it the usual one for the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, String>,
    /// The whole body, in place of S3's XML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    /// Everything that is sent, head and all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) raw: Option<String>,
}

/// What bytes are counted of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Whole {
    /// The answer, from its status line on.
    #[default]
    Answer,
    /// Its body.
    Body,
}

/// What ends the wait of a held request, beside the control endpoint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Until {
    /// Nothing else.
    #[default]
    Release,
    /// Another write to the key was applied.
    Write,
    /// That attempt of the same write came to its end.
    Attempt(u32),
}

/// What the client of a held request hears.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Meanwhile {
    /// Nothing until the request was applied.
    #[default]
    Wait,
    /// Its connection ends at once.
    Drop,
    /// This, at once.
    Answer(Given),
}

impl Rule {
    /// Completes a rule and says what is wrong with it.
    ///
    /// # Errors
    /// A sentence for the person who wrote the rule.
    pub(super) fn checked(mut self) -> Result<Self, String> {
        if let Some(probability) = self.probability
            && !(0.0..=1.0).contains(&probability)
        {
            return Err("probability must lie between 0 and 1".to_owned());
        }
        for wanted in self.matches.operation.iter().flat_map(OneOrMany::values) {
            if !is_operation(wanted) {
                return Err(format!("'{wanted}' is no operation of this server"));
            }
        }
        if self.matches.status.is_some() && !self.action.acts_on_answers() {
            return Err(
                "match.status is known after the request was applied, too late for this action"
                    .to_owned(),
            );
        }
        let headers = std::mem::take(&mut self.matches.headers);
        self.matches.headers = headers
            .into_iter()
            .map(|(name, wanted)| (name.to_ascii_lowercase(), wanted))
            .collect();
        match &self.action {
            Action::Answer(answer) => {
                answer.check()?;
                if answer.when.is_none() {
                    return Err("an answer needs when: before or after".to_owned());
                }
            }
            Action::Hold {
                meanwhile: Meanwhile::Answer(answer),
                ..
            } => answer.check()?,
            _ => {}
        }
        Ok(self)
    }
}

impl Action {
    /// True for what changes an answer or its delivery and nothing before it.
    fn acts_on_answers(&self) -> bool {
        match self {
            Self::Drop { when, .. } | Self::Delay { when, .. } => *when == When::After,
            Self::Answer(answer) => answer.when == Some(When::After),
            Self::Truncate { .. }
            | Self::Close { .. }
            | Self::DropMetadata {}
            | Self::UnquoteEtags {} => true,
            Self::Hold { .. }
            | Self::Repeat { .. }
            | Self::IgnoreCondition {}
            | Self::Race { .. } => false,
        }
    }
}

impl Given {
    fn check(&self) -> Result<(), String> {
        match (self.status, &self.raw) {
            (None, None) => Err("an answer needs a status, or raw".to_owned()),
            (Some(status), _) if !(200..=599).contains(&status) => {
                Err("status must lie between 200 and 599".to_owned())
            }
            _ => match self.headers.iter().find(|(name, value)| {
                HeaderName::try_from(*name).is_err() || HeaderValue::try_from(*value).is_err()
            }) {
                Some((name, value)) => Err(format!("'{name}: {value}' is no header")),
                None => Ok(()),
            },
        }
    }
}
