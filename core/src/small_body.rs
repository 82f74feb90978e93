//! Bodies that are small enough to be read at once and kept.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};

use crate::body::{ObjectBody, SMALL_BODY};
use crate::checksum::Claim;
use crate::connections::Permit;
use crate::inner::Inner;
use crate::precondition::ETag;
use crate::store::Body;
use crate::wire::{Answer, AttemptError, BodyStream, GetAnswer, GetRequest, Wire};

/// Reads a body that turns out to be small, within the attempt; a larger one is left to its reader.
pub(crate) async fn read_small<W: Wire>(
    inner: &Arc<Inner<W>>,
    request: &Arc<GetRequest>,
    etag: ETag,
    mut got: GetAnswer<W::Body>,
    permit: Permit,
) -> Result<(Answer, Body<W>), AttemptError> {
    let mut front = Front::of(got.content_length);
    if got.content_length.is_none_or(|length| length <= SMALL_BODY) {
        while let Some(piece) = got.body.next().await? {
            inner.counters().received(piece.len());
            front.push(piece);
            if front.len() > SMALL_BODY {
                break;
            }
        }
        if front.len() <= SMALL_BODY {
            if got
                .content_length
                .is_some_and(|length| length != front.len())
            {
                return Err(AttemptError::broken(
                    "the body is not as long as was announced",
                ));
            }
            let bytes = front.into_bytes();
            if let Some(claim) = Claim::of(&request.headers, &got.answer) {
                claim.check_all(&bytes)?;
            }
            return Ok((got.answer, Body::Small(bytes)));
        }
    }
    let answer = got.answer.clone();
    let front = (front.len() > 0).then(|| front.into_bytes());
    let body = ObjectBody::new(
        Arc::clone(inner),
        Arc::clone(request),
        etag,
        got,
        front,
        permit,
    );
    Ok((answer, Body::Large(body)))
}

/// The first bytes of a body. One piece, the usual case, is kept without copying.
struct Front {
    first: Bytes,
    rest: BytesMut,
    /// How long all of them are to be, where that is known and small.
    expected: usize,
}

impl Front {
    fn of(content_length: Option<u64>) -> Self {
        let expected = content_length.filter(|length| *length <= SMALL_BODY);
        Self {
            first: Bytes::new(),
            rest: BytesMut::new(),
            expected: expected
                .and_then(|length| length.try_into().ok())
                .unwrap_or(0),
        }
    }

    fn push(&mut self, piece: Bytes) {
        if self.first.is_empty() {
            self.first = piece;
        } else {
            if self.rest.is_empty() {
                self.rest.reserve(self.expected);
                self.rest.extend_from_slice(&self.first);
            }
            self.rest.extend_from_slice(&piece);
        }
    }

    fn len(&self) -> u64 {
        self.first.len().max(self.rest.len()) as u64
    }

    fn into_bytes(self) -> Bytes {
        if self.rest.is_empty() {
            self.first
        } else {
            self.rest.freeze()
        }
    }
}
