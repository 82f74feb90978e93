//! Many deletes in one request.

use napi::Env;
use napi_derive::napi;
use s3_store_core::wire::{DeleteObjectsRequest, ObjectName};

use super::{NativeStore, pairs, start};
use crate::completion::{CompletedBody, Settlement};
use crate::json;

#[napi]
impl NativeStore {
    /// Deletes at most 1,000 objects. `objects` is flat: key, version, key, version; an empty version is none.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn delete_objects(
        &self,
        env: Env,
        call: u32,
        objects: Vec<String>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        headers: Option<Vec<String>>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let objects = pairs(objects).into_iter();
        let request = DeleteObjectsRequest {
            objects: objects
                .map(|(key, version_id)| ObjectName {
                    key,
                    version_id: Some(version_id).filter(|id| !id.is_empty()),
                })
                .collect(),
            headers: pairs(headers.unwrap_or_default()),
        };
        start(&self.completions, &env, call, move || async move {
            let deleted = store.delete_objects(request).await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::deleted_objects(&deleted),
                body: CompletedBody::None,
            })
        })
    }
}
