//! Requests for credentials that are waiting for JavaScript's answer: the user's function, or an adopted client's
//! provider. They are the only thing that native code ever asks of JavaScript, and they travel as ordinary
//! completions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_credential_types::Credentials;
use aws_credential_types::provider;
use aws_credential_types::provider::error::CredentialsError;
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::settings::StaticCredentials;
use crate::wire::AskForCredentials;

/// The requests that have not been answered yet.
#[derive(Default)]
pub(crate) struct Asked(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    last: u32,
    answers: HashMap<u32, oneshot::Sender<provider::Result>>,
}

/// What JavaScript answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Provided {
    Failed { error: ProviderError },
    Given(StaticCredentials),
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct ProviderError {
    name: String,
    message: String,
}

/// An answer that is neither credentials nor an error.
pub(crate) struct NoCredentials;

impl Asked {
    /// What asks JavaScript for the credentials of `store`, by handing a request to `send`.
    pub(crate) fn asker(
        self: &Arc<Self>,
        store: u32,
        send: impl Fn(String) + Send + Sync + 'static,
    ) -> AskForCredentials {
        let asked = Arc::clone(self);
        Arc::new(move || {
            let (number, answer) = asked.add();
            send(serde_json::json!({ "credentials": number, "store": store }).to_string());
            Box::pin(async move {
                answer
                    .await
                    .unwrap_or_else(|_| Err(CredentialsError::not_loaded("JavaScript has ended")))
            })
        })
    }

    /// Hands JavaScript's answer to whoever waits for it.
    pub(crate) fn answer(&self, request: u32, json: &str) -> Result<(), NoCredentials> {
        // serde's message would quote the input, and with it a secret.
        let provided = match serde_json::from_str(json).map_err(|_| NoCredentials)? {
            Provided::Given(given) => Ok(Credentials::from(&given)),
            Provided::Failed { error } => Err(CredentialsError::provider_error(format!(
                "{}: {}",
                error.name, error.message
            ))),
        };
        if let Some(waiting) = self.waiting().answers.remove(&request) {
            // Nobody waits any more when the calls were given up.
            let _unheard = waiting.send(provided);
        }
        Ok(())
    }

    fn add(&self) -> (u32, oneshot::Receiver<provider::Result>) {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting();
        waiting.last = waiting.last.wrapping_add(1);
        let number = waiting.last;
        waiting.answers.insert(number, sender);
        (number, receiver)
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Consistent after every line that changes it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
