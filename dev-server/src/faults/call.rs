//! What the operations know of faults: conditions that are not to be looked at, and a log to write.

use std::sync::Arc;
use std::time::Duration;

use http::Extensions;
use s3s::S3Result;

use super::exchange::{Change, Exchange};
use super::request::Request;
use super::rule::Action;

/// A request as the operations see it. Without faults it changes nothing and logs nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Call(Option<Arc<Exchange>>);

impl Call {
    pub(super) fn new(exchange: Arc<Exchange>) -> Self {
        Self(Some(exchange))
    }

    /// The call that came with a request.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get::<Self>().cloned().unwrap_or_default()
    }

    /// Takes up a request that may come in.
    ///
    /// # Errors
    /// When a rule keeps it from being applied.
    pub(crate) async fn admit(&self, request: impl FnOnce() -> Request) -> S3Result<()> {
        match &self.0 {
            Some(exchange) => exchange.admit(request()).await,
            None => Ok(()),
        }
    }

    /// True if changes are logged.
    pub(crate) fn is_logged(&self) -> bool {
        self.0.is_some()
    }

    /// Logs a change. Called in the step that makes it, so that the log has the order of the changes.
    pub(crate) fn applied(&self, change: Change<'_>) {
        if let Some(exchange) = &self.0 {
            exchange.applied(change);
        }
    }

    /// True if the request's conditions are not to be looked at.
    pub(crate) fn ignores_conditions(&self) -> bool {
        self.find(|action| matches!(action, Action::IgnoreCondition {}).then_some(()))
            .is_some()
    }

    /// How long before the write its condition is to be judged, if not in the same step.
    pub(crate) fn race_window(&self) -> Option<Duration> {
        self.find(|action| match action {
            Action::Race { ms } => Some(Duration::from_millis(*ms)),
            _ => None,
        })
    }

    fn find<T>(&self, pick: impl Fn(&Action) -> Option<T>) -> Option<T> {
        let actions = self.0.as_ref()?.actions();
        actions.iter().find_map(|fired| pick(&fired.action))
    }
}
