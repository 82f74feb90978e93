//! napi's empty `async fn`: what a call into Rust and its promise cost before anything is done.

use napi_derive::napi;

/// Nothing.
#[napi]
pub async fn empty() {}
