//! The body of an answer, as it arrives.

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use s3_store_core::wire::{AttemptError, BodyStream};

use super::errors::{self, Context};

/// The bytes of an object, or of another answer.
pub(crate) struct ReceivedBody(ByteStream);

impl ReceivedBody {
    pub(super) fn new(body: SdkBody) -> Self {
        Self(ByteStream::new(body))
    }
}

impl BodyStream for ReceivedBody {
    async fn next(&mut self) -> Result<Option<Bytes>, AttemptError> {
        loop {
            match self.0.next().await {
                Some(Ok(piece)) if piece.is_empty() => {}
                Some(Ok(piece)) => return Ok(Some(piece)),
                None => return Ok(None),
                Some(Err(error)) => {
                    return Err(errors::no_answer(&error, false, &Context::unknown()));
                }
            }
        }
    }
}
