//! The tags of objects.

use napi::Env;
use napi_derive::napi;
use s3_store_core::wire::{GetTagsRequest, PutTagsRequest};

use super::{NativeStore, bytes_only, pairs, start};
use crate::completion::{CompletedBody, Settlement};
use crate::json;

#[napi]
impl NativeStore {
    /// Reads an object's tags.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn get_tags(
        &self,
        env: Env,
        call: u32,
        key: String,
        timeout: Option<u32>,
        abortable: Option<bool>,
        version_id: Option<String>,
        headers: Option<Vec<String>>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let request = GetTagsRequest {
            key: key.into(),
            version_id,
            headers: pairs(headers.unwrap_or_default()),
        };
        start(&self.completions, &env, call, move || async move {
            let tags = store.get_tags(request).await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::tags(&tags),
                body: CompletedBody::None,
            })
        })
    }

    /// Replaces an object's tags. `tags` is flat: name, value, name, value.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn put_tags(
        &self,
        env: Env,
        call: u32,
        key: String,
        tags: Vec<String>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        version_id: Option<String>,
        headers: Option<Vec<String>>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let request = PutTagsRequest {
            key: key.into(),
            version_id,
            tags: pairs(tags),
            headers: pairs(headers.unwrap_or_default()),
        };
        start(&self.completions, &env, call, move || async move {
            store.put_tags(request).await?;
            Ok(bytes_only(CompletedBody::None))
        })
    }
}
