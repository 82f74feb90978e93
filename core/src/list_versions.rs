//! Listings of versions.

use std::sync::Arc;

use crate::failure::Failure;
use crate::operation::Operation;
use crate::store::Store;
use crate::wire::{ListVersionsRequest, ListVersionsWire, VersionsPage};

impl<W: ListVersionsWire> Store<W> {
    /// Lists a page of versions.
    ///
    /// # Errors
    ///
    /// As S3 fails.
    pub async fn list_versions(
        &self,
        request: ListVersionsRequest,
    ) -> Result<VersionsPage, Failure> {
        let (inner, until) = (&self.inner, self.until());
        let request = Arc::new(request);
        let tried = inner
            .ask(&until, &request, |inner, request, record| async move {
                inner.wire.list_versions(&request, &record).await
            })
            .await;
        Ok(self.or_failure(Operation::ListVersions, tried)?.value)
    }
}
