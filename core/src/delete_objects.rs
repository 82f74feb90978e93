//! Many deletes in one request, whatever is there.

use std::sync::Arc;

use crate::failure::Failure;
use crate::operation::Operation;
use crate::store::Store;
use crate::wire::{DeleteObjectsRequest, DeleteObjectsWire, DeletedObjects};

impl<W: DeleteObjectsWire> Store<W> {
    /// Deletes at most 1,000 objects. There is no condition, so that the request is repeated freely.
    ///
    /// # Errors
    ///
    /// When nothing is known of any of them.
    pub async fn delete_objects(
        &self,
        request: DeleteObjectsRequest,
    ) -> Result<DeletedObjects, Failure> {
        let (inner, until) = (&self.inner, self.until());
        let request = Arc::new(request);
        let tried = inner
            .ask(&until, &request, |inner, request, record| async move {
                inner.wire.delete_objects(&request, &record).await
            })
            .await;
        Ok(self.or_failure(Operation::DeleteObjects, tried)?.value)
    }
}
