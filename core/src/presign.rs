//! Requests that are signed here and made by somebody else, under the conditions of a store.

use crate::failure::{Failure, Kind};
use crate::operation::Operation;
use crate::precondition::Precondition;
use crate::store::Store;
use crate::wire::{PresignRequest, PresignWire, Presignable, Presigned};
use crate::write_id::{WRITE_ID, WriteId};

/// A request that was signed, and the id of the write that it makes.
#[derive(Clone, Debug)]
pub struct PresignOutput {
    /// The request.
    pub presigned: Presigned,
    /// The write's id.
    pub write_id: Option<WriteId>,
}

impl<W: PresignWire> Store<W> {
    /// Signs a request. A put lacks neither its condition nor, with `recovery`, its id; and it is signed only for a server that
    /// honours the condition.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a server that ignores the condition; `Credentials` when there are none.
    pub async fn presign(
        &self,
        mut request: PresignRequest,
        recovery: bool,
    ) -> Result<PresignOutput, Failure> {
        let operation = match (request.verb, &request.condition) {
            (Presignable::Put, Precondition::IfAbsent) => Operation::CreateObject,
            (Presignable::Put, Precondition::IfMatch(_)) => Operation::PutObjectIfMatch,
            (Presignable::Put, _) => {
                return Err(Failure::local(Kind::Internal, "a write needs a condition"));
            }
            (Presignable::Delete, Precondition::IfMatch(_)) => Operation::DeleteObjectIfMatch,
            _ => Operation::Presign,
        };
        let until = self.until();
        self.verify(operation, &until).await?;
        let write_id = match (request.verb == Presignable::Put && recovery)
            .then(WriteId::random)
            .transpose()
        {
            Ok(id) => id,
            Err(error) => return Err(Failure::local(Kind::Internal, error.to_string())),
        };
        if let Some(id) = &write_id {
            request
                .headers
                .push((format!("x-amz-meta-{WRITE_ID}"), id.as_str().to_owned()));
        }
        let inner = &self.inner;
        let signed = match until.or_end(inner.wire.presign(&request)).await {
            Ok(signed) => signed,
            Err(early) => Err(early.into()),
        };
        match signed {
            Ok(presigned) => Ok(PresignOutput {
                presigned,
                write_id,
            }),
            Err(error) => Err(inner.failure(Operation::Presign, error, 0)),
        }
    }
}
