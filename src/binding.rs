//! Everything that JavaScript can call. Each method copies its arguments out, starts the work and returns at once.

mod copy;
mod delete_objects;
mod list_versions;
mod tags;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use napi::bindgen_prelude::{BufferSlice, Either};
use napi::{Env, Error, Status};
use napi_derive::napi;
use s3_store_core::wire::{
    GetRequest, HeadRequest, ListRequest, PresignRequest, Presignable, header,
};
use s3_store_core::{
    Body, Control, Delete, ETag, Failure, FileTransfer, NoRange, ObjectBody, PartWriter,
    Precondition, Put, Store, Warn, WriteId, WriteOutput,
};

use crate::asked::{Asked, NoCredentials};
use crate::completion::{Call, CompletedBody, Completions, Settle, Settlement};
use crate::json;
use crate::runtime;
use crate::settings::Settings;
use crate::wire::{BucketWire, system_has_roots};

/// The addon's version, which must be the package's.
#[napi]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Whether the system has certificate authorities of its own.
#[napi]
#[must_use]
pub fn has_system_roots() -> bool {
    system_has_roots()
}

/// One per JavaScript environment (the main thread, a worker).
#[napi]
pub struct Engine {
    completions: Arc<Completions>,
    asked: Arc<Asked>,
}

#[napi]
impl Engine {
    /// `settle` gets batches of finished calls: what `Batch` of src/completion.rs says.
    ///
    /// # Errors
    ///
    /// When the environment is ending.
    #[napi(constructor)]
    pub fn new(
        #[napi(ts_arg_type = "(batch: unknown[]) => void")] settle: Settle<'_>,
    ) -> napi::Result<Self> {
        Ok(Self {
            completions: Completions::new(&settle)?,
            asked: Arc::default(),
        })
    }

    /// Opens a store. `options` is JSON, as `settings.rs` reads it. No I/O.
    ///
    /// # Errors
    ///
    /// When `options` is not what the facade should have made of the user's.
    #[napi(catch_unwind)]
    pub fn open_store(&self, options: String) -> napi::Result<NativeStore> {
        let settings = Settings::parse(&options)
            .map_err(|error| Error::new(Status::InvalidArg, format!("options: {error}")))?;
        let warned = Arc::clone(&self.completions);
        let warn = Warn(Arc::new(move |warning| {
            warned.ask(serde_json::json!({ "warning": warning }).to_string());
        }));
        let config = settings.store_config(warn);
        let completions = Arc::clone(&self.completions);
        let ask = self
            .asked
            .asker(settings.id, move |request| completions.ask(request));
        Ok(NativeStore {
            completions: Arc::clone(&self.completions),
            store: Store::new(BucketWire::new(settings, ask), config),
        })
    }

    /// Has the attempts of a call reported, which must be the next one that is made.
    #[napi(catch_unwind)]
    pub fn observe(&self, call: u32) {
        self.completions.observe(call);
    }

    /// Tells a call to end. It is settled as before: an end that comes too late changes nothing.
    #[napi(catch_unwind)]
    pub fn abort(&self, call: u32) {
        self.completions.abort(call);
    }

    /// Answers a request for credentials.
    ///
    /// # Errors
    ///
    /// When `json` is neither credentials nor an error.
    #[napi(catch_unwind)]
    pub fn provide_credentials(&self, request: u32, json: String) -> napi::Result<()> {
        self.asked.answer(request, &json).map_err(|NoCredentials| {
            Error::new(Status::InvalidArg, "json: neither credentials nor an error")
        })
    }
}

/// What a read asks for beyond its key.
#[napi(object)]
pub struct ReadOptions {
    /// `Range`, in bytes.
    pub range: Option<String>,
    /// The version wanted.
    pub version_id: Option<String>,
    /// `If-None-Match`.
    pub if_none_match: Option<String>,
    /// `If-Modified-Since`, an HTTP date.
    pub if_modified_since: Option<String>,
    /// Further parameters of the query: name, value, name, value.
    pub query: Option<Vec<String>>,
    /// Further headers, in the same form.
    pub headers: Option<Vec<String>>,
}

impl ReadOptions {
    fn apply(self, request: &mut GetRequest) -> napi::Result<()> {
        if let Some(tag) = self.if_none_match {
            request.condition = Precondition::IfNoneMatch(ETag::new(&tag));
        } else if let Some(date) = self.if_modified_since {
            request.condition = Precondition::IfModifiedSince(date.into());
        }
        let range = self.range.map(|range| range.parse()).transpose();
        request.range =
            range.map_err(|NoRange| Error::new(Status::InvalidArg, "range: none that S3 knows"))?;
        request.version_id = self.version_id;
        request.query = pairs(self.query.unwrap_or_default());
        request.headers = pairs(self.headers.unwrap_or_default());
        Ok(())
    }
}

/// What a listing asks for beyond its prefix.
#[napi(object)]
pub struct ListOptions {
    /// What separates the parts of a key.
    pub delimiter: Option<String>,
    /// Only keys that come after this.
    pub start_after: Option<String>,
    /// Keys and common prefixes on a page, at most 1,000.
    pub max_keys: Option<u16>,
    /// Further headers: name, value, name, value.
    pub headers: Option<Vec<String>>,
}

impl ListOptions {
    fn into_request(self) -> ListRequest {
        ListRequest {
            delimiter: self.delimiter,
            start_after: self.start_after,
            max_keys: self.max_keys,
            headers: pairs(self.headers.unwrap_or_default()),
            ..ListRequest::default()
        }
    }
}

/// What a store has done since it was opened, and does now.
#[napi(object)]
pub struct NativeStats {
    /// Attempts that have ended.
    pub attempts: f64,
    /// Those of them that repeated an earlier one.
    pub retries: f64,
    /// Bytes of the bodies of requests that were answered.
    pub bytes_sent: f64,
    /// Bytes of objects that arrived.
    pub bytes_received: f64,
    /// The connections.
    pub connections: NativeConnections,
}

/// The connections of a store.
#[napi(object)]
pub struct NativeConnections {
    /// How many may be in use at once.
    pub max: f64,
    /// How many are.
    pub in_use: f64,
    /// How many attempts wait for one.
    pub waiting: f64,
}

/// An open store.
#[napi]
pub struct NativeStore {
    completions: Arc<Completions>,
    store: Store<BucketWire>,
}

#[napi]
impl NativeStore {
    /// Reads an object; with `ifMatch`, only the one with that tag.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn get(
        &self,
        env: Env,
        call: u32,
        key: String,
        if_match: Option<String>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: Option<ReadOptions>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let completions = Arc::clone(&self.completions);
        let condition = Precondition::if_match_or_none(if_match.as_deref());
        let mut request = GetRequest::new(key.into(), condition);
        if let Some(options) = options {
            options.apply(&mut request)?;
        }
        start(&self.completions, &env, call, move || async move {
            let got = store.get(request).await?;
            Ok(Settlement::Done {
                etag: header(&got.answer.headers, "etag").map(str::to_owned),
                head: json::head(&got.answer, got.attempts),
                body: match got.body {
                    Body::NotModified => CompletedBody::None,
                    Body::Small(bytes) => CompletedBody::of(bytes),
                    Body::Large(body) => CompletedBody::Unread(NativeBody::new(completions, body)),
                },
            })
        })
    }

    /// Reads an object's headers.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn head(
        &self,
        env: Env,
        call: u32,
        key: String,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: Option<ReadOptions>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let mut request = GetRequest::new(key.into(), Precondition::None);
        if let Some(options) = options {
            options.apply(&mut request)?;
        }
        let request = HeadRequest {
            key: request.key,
            condition: request.condition,
            version_id: request.version_id,
            headers: request.headers,
        };
        start(&self.completions, &env, call, move || async move {
            let found = store.head(request).await?;
            Ok(Settlement::Done {
                etag: header(&found.answer.headers, "etag").map(str::to_owned),
                head: json::head(&found.answer, found.attempts),
                body: CompletedBody::None,
            })
        })
    }

    /// Writes an object: over the one with the tag `ifMatch`, or, when that is null, only where there is none.
    /// `metadata` is flat: name, value, name, value. With `recovery` the write carries an id.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn put(
        &self,
        env: Env,
        call: u32,
        key: String,
        #[napi(ts_arg_type = "string | Uint8Array")] body: Either<String, BufferSlice<'_>>,
        if_match: Option<String>,
        content_type: String,
        metadata: Option<Vec<String>>,
        recovery: bool,
        max_attempts: Option<u32>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        headers: Option<Vec<String>>,
    ) -> napi::Result<()> {
        let body = match body {
            Either::A(text) => Bytes::from(text),
            Either::B(bytes) => Bytes::copy_from_slice(&bytes),
        };
        let put = Put {
            body,
            ..write_of(
                key,
                if_match.as_deref(),
                content_type,
                metadata,
                recovery,
                max_attempts,
                headers,
            )
        };
        let store = self.under(call, timeout, abortable);
        // The allocator keeps for the next copy what the thread frees that allocated it: a body of 64 MiB was copied in 4 ms then,
        // and in 28 to memory that the system had to find (`npm run bench -- large`). What no copy has used by the time the allocator
        // next looks at its memory, a tenth of a second later at the soonest, goes back to the system.
        let sent = put.body.clone();
        start_write(&self.completions, &env, call, move || async move {
            settled_write(&store.put(put).await?, CompletedBody::Sent(sent))
        })
    }

    /// Writes an object as [`Self::put`] does, of bytes that are still to come: in parts of `partSize` bytes where there are more than
    /// that, `concurrency` of them at once.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn upload(
        &self,
        env: Env,
        call: u32,
        key: String,
        if_match: Option<String>,
        content_type: String,
        metadata: Option<Vec<String>>,
        recovery: bool,
        max_attempts: Option<u32>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        headers: Option<Vec<String>>,
        part_size: f64,
        concurrency: u32,
    ) -> napi::Result<NativeUpload> {
        let put = write_of(
            key,
            if_match.as_deref(),
            content_type,
            metadata,
            recovery,
            max_attempts,
            headers,
        );
        let store = self.under(call, timeout, abortable);
        let (writer, parts) = PartWriter::new(whole(part_size), concurrency as usize);
        start_write(&self.completions, &env, call, move || async move {
            settled_write(&store.upload(put, parts).await?, CompletedBody::None)
        })?;
        Ok(NativeUpload {
            completions: Arc::clone(&self.completions),
            writer: Arc::new(writer),
        })
    }

    /// Writes an object of a file, as [`Self::upload`] does of bytes that are still to come.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn upload_file(
        &self,
        env: Env,
        call: u32,
        key: String,
        if_match: Option<String>,
        content_type: String,
        metadata: Option<Vec<String>>,
        recovery: bool,
        max_attempts: Option<u32>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        headers: Option<Vec<String>>,
        path: String,
        part_size: f64,
        concurrency: u32,
    ) -> napi::Result<()> {
        let put = write_of(
            key,
            if_match.as_deref(),
            content_type,
            metadata,
            recovery,
            max_attempts,
            headers,
        );
        let store = self.under(call, timeout, abortable);
        let from = file_transfer(path, part_size, concurrency);
        start_write(&self.completions, &env, call, move || async move {
            settled_write(&store.upload_file(put, from).await?, CompletedBody::None)
        })
    }

    /// Reads an object into a file; with `ifMatch`, only the one with that tag.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn download_file(
        &self,
        env: Env,
        call: u32,
        key: String,
        if_match: Option<String>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: Option<ReadOptions>,
        path: String,
        part_size: f64,
        concurrency: u32,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let condition = Precondition::if_match_or_none(if_match.as_deref());
        let mut request = GetRequest::new(key.into(), condition);
        if let Some(options) = options {
            options.apply(&mut request)?;
        }
        let to = file_transfer(path, part_size, concurrency);
        start(&self.completions, &env, call, move || async move {
            let output = store.download(request, to).await?;
            Ok(Settlement::Done {
                etag: header(&output.answer.headers, "etag").map(str::to_owned),
                head: json::head(&output.answer, output.attempts),
                body: CompletedBody::None,
            })
        })
    }

    /// Deletes an object; with `ifMatch`, only the one with that tag. With `idempotent`, one that
    /// is gone after a lost answer counts as deleted.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn delete(
        &self,
        env: Env,
        call: u32,
        key: String,
        if_match: Option<String>,
        idempotent: bool,
        max_attempts: Option<u32>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        version_id: Option<String>,
        headers: Option<Vec<String>>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let delete = Delete {
            key,
            condition: Precondition::if_match_or_none(if_match.as_deref()),
            version_id,
            headers: pairs(headers.unwrap_or_default()),
            idempotent,
            max_attempts,
        };
        start_write(&self.completions, &env, call, move || async move {
            let deleted = store.delete(delete).await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::written(&deleted),
                body: CompletedBody::None,
            })
        })
    }

    /// What became of a write.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn resolve_write(
        &self,
        env: Env,
        call: u32,
        key: String,
        write_id: String,
        timeout: Option<u32>,
        abortable: Option<bool>,
        headers: Option<Vec<String>>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let headers = pairs(headers.unwrap_or_default());
        start(&self.completions, &env, call, move || async move {
            let resolution = store
                .resolve_write(key, &WriteId::known(&write_id), &headers)
                .await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::resolution(&resolution),
                body: CompletedBody::None,
            })
        })
    }

    /// Signs a request for somebody else. `method` is GET, HEAD, PUT or DELETE; a put is conditional: over the object with the tag
    /// `ifMatch`, or, when that is null, only where there is none.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn presign(
        &self,
        env: Env,
        call: u32,
        method: String,
        key: String,
        if_match: Option<String>,
        expires_in: u32,
        recovery: bool,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: Option<ReadOptions>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let condition = Precondition::if_match_or_none(if_match.as_deref());
        let (verb, condition) = match (method.as_str(), condition) {
            ("GET", condition) => (Presignable::Get, condition),
            ("HEAD", condition) => (Presignable::Head, condition),
            ("PUT", Precondition::None) => (Presignable::Put, Precondition::IfAbsent),
            ("PUT", condition) => (Presignable::Put, condition),
            ("DELETE", condition) => (Presignable::Delete, condition),
            _ => return Err(Error::new(Status::InvalidArg, "method: none of the four")),
        };
        let mut read = GetRequest::new(key.into(), condition);
        if let Some(options) = options {
            options.apply(&mut read)?;
        }
        if let Some(range) = read.range {
            read.headers.push(("range".to_owned(), range.to_string()));
        }
        let request = PresignRequest {
            verb,
            key: read.key,
            condition: read.condition,
            version_id: read.version_id,
            query: read.query,
            headers: read.headers,
            expires_in: Duration::from_secs(expires_in.into()),
        };
        start(&self.completions, &env, call, move || async move {
            let output = store.presign(request, recovery).await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::presigned(&output),
                body: CompletedBody::None,
            })
        })
    }

    /// What the server makes of conditions.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn probe(
        &self,
        env: Env,
        call: u32,
        timeout: Option<u32>,
        abortable: Option<bool>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        start(&self.completions, &env, call, move || async move {
            let report = store.probe().await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::probe(&report),
                body: CompletedBody::None,
            })
        })
    }

    /// What the store has done so far.
    #[must_use]
    #[napi(catch_unwind)]
    pub fn stats(&self) -> NativeStats {
        let stats = self.store.stats();
        NativeStats {
            attempts: stats.attempts as f64,
            retries: stats.retries as f64,
            bytes_sent: stats.bytes_sent as f64,
            bytes_received: stats.bytes_received as f64,
            connections: NativeConnections {
                max: stats.max_connections as f64,
                in_use: stats.connections_in_use as f64,
                waiting: stats.waiting as f64,
            },
        }
    }

    /// Lets the calls that are under way come to their end, without repeating anything, and ends the store.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn close(&self, env: Env, call: u32) -> napi::Result<()> {
        let store = self.store.clone();
        start(&self.completions, &env, call, move || async move {
            store.close().await;
            Ok(bytes_only(CompletedBody::None))
        })
    }

    /// Lists a page.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would cost a crossing for each of its fields"
    )]
    #[napi(catch_unwind)]
    pub fn list(
        &self,
        env: Env,
        call: u32,
        prefix: String,
        continuation_token: Option<String>,
        timeout: Option<u32>,
        abortable: Option<bool>,
        options: Option<ListOptions>,
    ) -> napi::Result<()> {
        let store = self.under(call, timeout, abortable);
        let request = ListRequest {
            prefix,
            continuation_token,
            ..options.map(ListOptions::into_request).unwrap_or_default()
        };
        start(&self.completions, &env, call, move || async move {
            let listed = store.list(request).await?;
            Ok(Settlement::Done {
                etag: None,
                head: json::page(&listed),
                body: CompletedBody::None,
            })
        })
    }
}

impl NativeStore {
    /// The store, for one call: in `timeout` milliseconds, and until [`Engine::abort`] where it is `abortable`.
    fn under(&self, call: u32, timeout: Option<u32>, abortable: Option<bool>) -> Store<BucketWire> {
        self.store.under(Control {
            timeout: timeout.map(|timeout| Duration::from_millis(timeout.into())),
            abort: (abortable == Some(true)).then(|| self.completions.abortable(call)),
            observer: self.completions.observer(call),
        })
    }
}

#[cfg(feature = "test-hooks")]
#[napi]
impl NativeStore {
    /// Panics while a call is under way, for the test that the call is settled all the same.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[allow(clippy::panic, reason = "that is what it is for")]
    #[napi]
    pub fn panic_for_test(&self, env: Env, call: u32, writing: bool) -> napi::Result<()> {
        let begun = self.completions.begin(&env, call);
        let begun = if writing { begun.writing() } else { begun };
        run(begun, || async { panic!("a panic for the test") })
    }
}

/// The unread body of a get.
#[napi]
pub struct NativeBody {
    completions: Arc<Completions>,
    /// `None` only while it is being dropped.
    body: Option<Arc<ObjectBody<BucketWire>>>,
}

impl NativeBody {
    fn new(completions: Arc<Completions>, body: ObjectBody<BucketWire>) -> Self {
        Self {
            completions,
            body: Some(Arc::new(body)),
        }
    }

    /// The body, for a call that reads it.
    fn seen_by(&self, call: u32) -> Option<Arc<ObjectBody<BucketWire>>> {
        let body = self.body.clone()?;
        body.seen_by(self.completions.observer(call));
        Some(body)
    }
}

#[napi]
impl NativeBody {
    /// The next piece; nothing at the end.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn read(&self, env: Env, call: u32) -> napi::Result<()> {
        let body = self.seen_by(call);
        start(&self.completions, &env, call, move || async move {
            let piece = match body {
                Some(body) => body.read().await?,
                None => None,
            };
            Ok(bytes_only(
                piece.map_or(CompletedBody::None, CompletedBody::Copied),
            ))
        })
    }

    /// All that has not been read yet, if it is at most `limit` bytes.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn collect(&self, env: Env, call: u32, limit: f64) -> napi::Result<()> {
        let limit = whole(limit) as u64;
        let body = self.seen_by(call);
        start(&self.completions, &env, call, move || async move {
            let bytes = match body {
                Some(body) => body.collect(limit).await?,
                None => Vec::new(),
            };
            Ok(bytes_only(CompletedBody::Owned(bytes)))
        })
    }

    /// Frees the connection.
    #[napi(catch_unwind)]
    pub fn cancel(&self) {
        if let Some(body) = &self.body {
            body.cancel();
        }
    }
}

impl Drop for NativeBody {
    fn drop(&mut self) {
        // The connection belongs to the runtime's thread; this is the garbage collector's.
        if let Some(body) = self.body.take() {
            let _no_thread = runtime::spawn(move || async move { drop(body) });
        }
    }
}

/// The bytes of a write that are still to come.
#[napi]
pub struct NativeUpload {
    completions: Arc<Completions>,
    writer: Arc<PartWriter>,
}

#[napi]
impl NativeUpload {
    /// Takes bytes, as many as the part that is being filled has room for, and says how many. When they were not all, the next call is
    /// [`Self::send`].
    #[napi(catch_unwind)]
    pub fn write(&self, #[napi(ts_arg_type = "Uint8Array")] bytes: BufferSlice<'_>) -> u32 {
        u32::try_from(self.writer.write(&bytes)).unwrap_or(u32::MAX)
    }

    /// Sends the full part off. The call is settled when there is room for the next one, with the head `open`; or with an empty one
    /// when the upload has come to its end.
    ///
    /// # Errors
    ///
    /// When no thread can be started.
    #[napi(catch_unwind)]
    pub fn send(&self, env: Env, call: u32) -> napi::Result<()> {
        let writer = Arc::clone(&self.writer);
        start(&self.completions, &env, call, move || async move {
            let is_open = writer.send().await;
            Ok(Settlement::Done {
                etag: None,
                head: if is_open { "open" } else { "" }.to_owned(),
                body: CompletedBody::None,
            })
        })
    }

    /// There is nothing more to come.
    #[napi(catch_unwind)]
    pub fn end(&self) {
        self.writer.end();
    }

    /// The rest is not to be had: the write fails, once the parts that were sent are taken away again.
    #[napi(catch_unwind)]
    pub fn give_up(&self) {
        self.writer.give_up();
    }
}

fn write_condition(if_match: Option<&str>) -> Precondition {
    if_match.map_or(Precondition::IfAbsent, |tag| {
        Precondition::if_match_or_none(Some(tag))
    })
}

/// A write as JavaScript describes it, of a body that is still to come.
fn write_of(
    key: String,
    if_match: Option<&str>,
    content_type: String,
    metadata: Option<Vec<String>>,
    recovery: bool,
    max_attempts: Option<u32>,
    headers: Option<Vec<String>>,
) -> Put {
    Put {
        key,
        body: Bytes::new(),
        condition: write_condition(if_match),
        content_type,
        metadata: pairs(metadata.unwrap_or_default()),
        headers: pairs(headers.unwrap_or_default()),
        recovery,
        max_attempts,
    }
}

fn settled_write(written: &WriteOutput, body: CompletedBody) -> Result<Settlement, Failure> {
    Ok(Settlement::Done {
        etag: header(&written.answer.headers, "etag").map(str::to_owned),
        head: json::written(written),
        body,
    })
}

fn file_transfer(path: String, part_size: f64, concurrency: u32) -> FileTransfer {
    FileTransfer {
        path: path.into(),
        part_size: whole(part_size),
        concurrency: concurrency as usize,
    }
}

/// A number of JavaScript's that is a whole one up to 2^53.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is checked there"
)]
const fn whole(number: f64) -> usize {
    number as usize
}

fn bytes_only(body: CompletedBody) -> Settlement {
    Settlement::Done {
        etag: None,
        head: String::new(),
        body,
    }
}

/// Runs `work` on the runtime and settles the call with how it ends, a panic included.
fn start<F>(
    completions: &Arc<Completions>,
    env: &Env,
    call: u32,
    work: impl FnOnce() -> F + Send + 'static,
) -> napi::Result<()>
where
    F: Future<Output = Result<Settlement, Failure>> + Send + 'static,
{
    run(completions.begin(env, call), work)
}

/// The same for a conditional write, of which a panic leaves open whether it landed.
fn start_write<F>(
    completions: &Arc<Completions>,
    env: &Env,
    call: u32,
    work: impl FnOnce() -> F + Send + 'static,
) -> napi::Result<()>
where
    F: Future<Output = Result<Settlement, Failure>> + Send + 'static,
{
    run(completions.begin(env, call).writing(), work)
}

fn run<F>(call: Call, work: impl FnOnce() -> F + Send + 'static) -> napi::Result<()>
where
    F: Future<Output = Result<Settlement, Failure>> + Send + 'static,
{
    let started = runtime::spawn(move || async move {
        let ended = work().await;
        call.settle(ended.unwrap_or_else(Settlement::Failed));
    });
    started.map_err(|error| Error::new(Status::GenericFailure, format!("no thread: {error}")))
}

fn pairs(flat: Vec<String>) -> Vec<(String, String)> {
    let mut flat = flat.into_iter();
    let mut pairs = Vec::new();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        pairs.push((name, value));
    }
    pairs
}
