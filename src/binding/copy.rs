//! Copies.

use napi::Env;
use napi_derive::napi;
use s3_store_core::wire::header;
use s3_store_core::{Copy, ETag, Precondition};

use super::{NativeStore, pairs, start_write, whole};
use crate::completion::{CompletedBody, Settlement};
use crate::json;

/// What a copy asks for beyond its keys and its condition.
#[napi(object)]
pub struct CopyOptions {
    /// The version that is copied.
    pub source_version_id: Option<String>,
    /// The tag that the source must have.
    pub source_if_match: Option<String>,
    /// `Content-Type`, if not the source's.
    pub content_type: Option<String>,
    /// Metadata, if not the source's: name, value, name, value.
    pub metadata: Option<Vec<String>>,
    /// Further headers, in the same form.
    pub headers: Option<Vec<String>>,
    /// How many times it may be tried.
    pub max_attempts: Option<u32>,
    /// Bytes to a part, if it is to go by parts where it has more.
    pub part_size: Option<f64>,
    /// Parts on their way at once.
    pub concurrency: Option<u32>,
}

#[napi]
impl NativeStore {
    /// Copies an object: over the one with the tag `ifMatch`, or, when that is null, only where there is none. With
    /// `recovery` the copy carries an id.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn copy(
        &self,
        env: Env,
        call: u32,
        source: String,
        key: String,
        if_match: Option<String>,
        recovery: bool,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: CopyOptions,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let copy = Copy {
            source: source.into(),
            source_version_id: options.source_version_id,
            source_if_match: options.source_if_match.as_deref().map(ETag::new),
            key: key.into(),
            condition: if_match.map_or(Precondition::IfAbsent, |tag| {
                Precondition::if_match_or_none(Some(&tag))
            }),
            content_type: options.content_type,
            metadata: options.metadata.map(pairs),
            headers: pairs(options.headers.unwrap_or_default()),
            recovery,
            max_attempts: options.max_attempts,
            part_size: options.part_size.map(|size| whole(size) as u64),
            concurrency: options.concurrency.map(|parts| parts as usize),
        };
        start_write(&self.completions, &env, call, move || async move {
            let written = store.copy(copy).await?;
            Ok(Settlement::Done {
                etag: header(&written.answer.headers, "etag").map(str::to_owned),
                head: json::written(&written),
                body: CompletedBody::None,
            })
        })
    }
}
