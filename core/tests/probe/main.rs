//! What a probe finds out about servers that enforce conditions, and about servers that don't.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::struct_excessive_bools,
    clippy::unwrap_used,
    reason = "tests"
)]

mod requests;
mod server;
mod verdicts;
