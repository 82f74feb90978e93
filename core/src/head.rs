//! Reading an object's headers.

use std::sync::Arc;

use crate::attempts::{Ended, Tried};
use crate::connections::Permit;
use crate::failure::Failure;
use crate::object::Object;
use crate::operation::Operation;
use crate::recovery;
use crate::store::{Store, or_not_modified};
use crate::until::Until;
use crate::wire::{Answer, AttemptError, HeadRequest, Wire};

/// The headers of an object that was found.
#[derive(Clone, Debug)]
pub struct HeadOutput {
    /// S3's answer.
    pub answer: Answer,
    /// How many attempts were made.
    pub attempts: u32,
    /// Whether nothing has changed, as the condition has it (304).
    pub not_modified: bool,
}

impl<W: Wire> Store<W> {
    /// Reads an object's headers, under a condition. A refusal comes in S3's words: where HEAD is refused, which says no more
    /// than a status, GET is asked.
    ///
    /// # Errors
    ///
    /// `Service`: with `NoSuchKey` when the key is absent.
    pub async fn head(&self, request: HeadRequest) -> Result<HeadOutput, Failure> {
        self.head_over(request, None, &self.until()).await
    }

    /// The same, over a connection that the caller holds.
    pub(crate) async fn head_over(
        &self,
        request: HeadRequest,
        held: Option<&Permit>,
        until: &Until,
    ) -> Result<HeadOutput, Failure> {
        let request = Arc::new(request);
        let mut tried = self.try_head(&request, held, until).await;
        if let Err(refused) = tried {
            let held = refused.permit.clone();
            let get = Object::of(&request.key, &request.headers).get(request.version_id.clone());
            tried = match recovery::in_words(&self.inner, get, refused, until).await {
                Some(refused) => Err(refused),
                // Written in between.
                None => self.try_head(&request, held.as_ref(), until).await,
            };
        }
        match tried {
            Ok(Tried {
                value: (answer, not_modified),
                attempts,
                ..
            }) => Ok(HeadOutput {
                answer,
                attempts,
                not_modified,
            }),
            Err(ended) => {
                Err(self
                    .inner
                    .failure(Operation::HeadObject, ended.error, ended.attempts))
            }
        }
    }

    async fn try_head(
        &self,
        request: &Arc<HeadRequest>,
        held: Option<&Permit>,
        until: &Until,
    ) -> Result<Tried<(Answer, bool)>, Ended> {
        let inner = &self.inner;
        let tried = inner
            .attempts_over(held, until, inner.policy().limit(0), |permit, record| {
                let (inner, request) = (Arc::clone(inner), Arc::clone(request));
                async move {
                    let _permit = permit;
                    let answer = inner.wire.head(&request, &record).await?;
                    // Every object has a tag: a 200 without one is a page of something in between.
                    match answer.etag() {
                        Some(_) => Ok((answer, false)),
                        None => Err(AttemptError::broken("the answer to HEAD has no ETag")),
                    }
                }
            })
            .await;
        or_not_modified(tried, &request.condition, |answer| (answer, true))
    }
}
