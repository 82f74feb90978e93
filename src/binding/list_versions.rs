//! Listings of versions.

use napi::Env;
use napi_derive::napi;
use s3_store_core::wire::{ListVersionsRequest, VersionMarker};

use super::{ListOptions, NativeStore, start};
use crate::completion::{CompletedBody, Settlement};
use crate::json;

/// A place in a listing of versions.
#[napi(object)]
pub struct VersionsMarker {
    /// The key.
    pub key: String,
    /// The version of it.
    pub version_id: Option<String>,
}

#[napi]
impl NativeStore {
    /// Lists a page of versions; of `options`, `startAfter` means nothing.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn list_versions(
        &self,
        env: Env,
        call: u32,
        prefix: String,
        marker: Option<VersionsMarker>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: Option<ListOptions>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let options = options.map(ListOptions::into_request).unwrap_or_default();
        let request = ListVersionsRequest {
            prefix,
            marker: marker.map(|marker| VersionMarker {
                key: marker.key,
                version_id: marker.version_id,
            }),
            delimiter: options.delimiter,
            max_keys: options.max_keys,
            headers: options.headers,
        };
        start(&self.completions, &env, call, move || async move {
            let page = store.list_versions(request).await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::versions_page(&page),
                body: CompletedBody::None,
            })
        })
    }
}
