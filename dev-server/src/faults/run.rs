//! A request from its arrival to its answer, with everything that rules do in between.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use s3s::service::S3Service;
use s3s::{Body, HttpError, HttpRequest, HttpResponse};
use tokio::sync::oneshot;

use super::Faults;
use super::answer::{drop_metadata, unquote_etags};
use super::call::Call;
use super::connection::{Connection, Ending, Output};
use super::cut::Cut;
use super::exchange::{Exchange, Instead, Reply};
use super::held::Verdict;
use super::rule::{Action, Given, When};
use super::socket::WatchedBody;
use crate::envelope;

impl Faults {
    /// Answers a request.
    ///
    /// # Errors
    /// When the connection is to end without an answer.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        s3: &S3Service,
        connection: &Arc<Connection>,
        request: hyper::Request<Incoming>,
    ) -> Result<HttpResponse, HttpError> {
        connection.begin();
        let (parts, incoming) = request.into_parts();
        // All of it first: a held request goes on when its connection is gone.
        let body = incoming
            .collect()
            .await
            .map_err(|error| HttpError::new(Box::new(error)))?
            .to_bytes();
        let (reply, answer) = oneshot::channel();
        let run = Run {
            exchange: Arc::new(Exchange::new(Arc::clone(self), reply)),
            faults: Arc::clone(self),
            s3: s3.clone(),
            parts,
            body,
        };
        tokio::spawn(run.finish());
        match answer.await {
            Ok(Reply::Answer {
                response,
                ending,
                exchange,
            }) => {
                connection.send(exchange, ending);
                let (head, body) = response.into_parts();
                let body = Body::http_body_unsync(WatchedBody::new(body, Arc::clone(connection)));
                Ok(HttpResponse::from_parts(head, body))
            }
            Ok(Reply::Nothing { reset }) => {
                if reset {
                    connection.reset();
                }
                Err(HttpError::new(Box::new(Unanswered)))
            }
            Err(error) => Err(HttpError::new(Box::new(error))),
        }
    }
}

/// Tells hyper to end the connection.
#[derive(Debug, thiserror::Error)]
#[error("a rule leaves the request without an answer")]
struct Unanswered;

/// A request on its way, apart from the connection it came by.
#[derive(Clone)]
struct Run {
    exchange: Arc<Exchange>,
    faults: Arc<Faults>,
    s3: S3Service,
    parts: Parts,
    body: Bytes,
}

impl Run {
    async fn finish(self) {
        let mut ending = Ending::default();
        let applied = self.apply().await;
        match (self.exchange.instead(), applied) {
            (Some(Instead::Drop { reset }), _) => {
                // An attempt that was not applied came to its end as well.
                self.exchange.settle(None).await;
                self.exchange.deliver(Reply::Nothing { reset }, false);
            }
            (Some(Instead::Answer(given)), _) => {
                let response = given.made(&self.faults.next_id(), &mut ending);
                self.exchange.settle(None).await;
                self.send(response, ending, false).await;
            }
            (None, Ok(mut response)) => {
                for _ in 0..self.repetitions() {
                    if let Ok(again) = self.apply().await {
                        response = again;
                    }
                }
                let status = response.status().as_u16();
                self.exchange.decide_by_status(status);
                self.exchange.settle(Some(status)).await;
                self.hold_repetitions();
                self.send(response, ending, true).await;
            }
            (None, Err(_)) => {
                self.exchange.settle(None).await;
                self.exchange
                    .deliver(Reply::Nothing { reset: false }, false);
            }
        }
    }

    /// Hands the request to the operations.
    async fn apply(&self) -> Result<HttpResponse, HttpError> {
        self.exchange.begin_call();
        let mut parts = self.parts.clone();
        parts
            .extensions
            .insert(Call::new(Arc::clone(&self.exchange)));
        let request = HttpRequest::from_parts(parts, Body::from(self.body.clone()));
        let mut response = self.s3.call(request).await?;
        envelope::complete(&mut response, &self.faults.next_id());
        Ok(response)
    }

    /// How often the request is applied again at once.
    fn repetitions(&self) -> u32 {
        let actions = self.exchange.actions();
        let times = actions.iter().map(|fired| match fired.action {
            Action::Repeat { times, until: None } => times,
            _ => 0,
        });
        times.sum()
    }

    /// Holds the applications that come later. Done before the answer goes out: the client may let them go as soon as it has that.
    fn hold_repetitions(&self) {
        for fired in self.exchange.actions() {
            let Action::Repeat {
                times,
                until: Some(until),
            } = fired.action
            else {
                continue;
            };
            for _ in 0..times {
                let held = self
                    .exchange
                    .hold_repetition(fired.rule, fired.attempt, until);
                let Some((exchange, verdict)) = held else {
                    continue;
                };
                let exchange = Arc::new(exchange);
                tokio::spawn(
                    Self {
                        exchange,
                        ..self.clone()
                    }
                    .repeat(verdict),
                );
            }
        }
    }

    /// Applies the request again when that is let go.
    async fn repeat(self, verdict: oneshot::Receiver<Verdict>) {
        let status = match verdict.await {
            Ok(Verdict::Apply) => self.apply().await.ok().map(|answer| answer.status()),
            Ok(Verdict::Discard) | Err(_) => None,
        };
        self.exchange
            .settle(status.map(|status| status.as_u16()))
            .await;
    }

    /// Sends an answer, with what rules do to it.
    async fn send(&self, mut response: HttpResponse, mut ending: Ending, mut is_true: bool) {
        for fired in self.exchange.actions() {
            match fired.action {
                Action::Delay {
                    when: When::After,
                    ms,
                } => tokio::time::sleep(Duration::from_millis(ms)).await,
                Action::Drop {
                    when: When::After,
                    reset,
                } => return self.exchange.deliver(Reply::Nothing { reset }, false),
                Action::Answer(
                    given @ Given {
                        when: Some(When::After),
                        ..
                    },
                ) => {
                    is_true = false;
                    ending.output = Output::Answer;
                    response = given.made(&self.faults.next_id(), &mut ending);
                }
                Action::Truncate { bytes, of, reset } => {
                    is_true = false;
                    ending.output = Output::Cut(Cut::after(bytes, of));
                    ending.resets = reset;
                }
                Action::Close { ms } => ending.close_after = Some(Duration::from_millis(ms)),
                Action::DropMetadata {} => drop_metadata(&mut response),
                Action::UnquoteEtags {} => unquote_etags(&mut response),
                _ => {}
            }
        }
        let reply = self.exchange.answer(response, ending);
        self.exchange.deliver(reply, is_true);
    }
}
