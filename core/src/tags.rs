//! The tags of an object. S3 has no conditions for them: they are replaced as a whole, whatever they were.

use std::sync::Arc;

use crate::failure::Failure;
use crate::operation::Operation;
use crate::store::Store;
use crate::wire::{GetTagsRequest, PutTagsRequest, Tags, TagsWire};

impl<W: TagsWire> Store<W> {
    /// Reads an object's tags.
    ///
    /// # Errors
    ///
    /// `Service`: with `NoSuchKey` when the key is absent.
    pub async fn get_tags(&self, request: GetTagsRequest) -> Result<Tags, Failure> {
        let (inner, until) = (&self.inner, self.until());
        let request = Arc::new(request);
        let tried = inner
            .ask(&until, &request, |inner, request, record| async move {
                inner.wire.get_tags(&request, &record).await
            })
            .await;
        Ok(self.or_failure(Operation::GetTags, tried)?.value)
    }

    /// Replaces an object's tags. To do so twice changes nothing, so that it is repeated freely.
    ///
    /// # Errors
    ///
    /// `Service`: with `NoSuchKey` when the key is absent.
    pub async fn put_tags(&self, request: PutTagsRequest) -> Result<(), Failure> {
        let (inner, until) = (&self.inner, self.until());
        let request = Arc::new(request);
        let tried = inner
            .ask(&until, &request, |inner, request, record| async move {
                inner.wire.put_tags(&request, &record).await
            })
            .await;
        self.or_failure(Operation::PutTags, tried)?;
        Ok(())
    }
}
