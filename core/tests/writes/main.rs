//! Writes and deletes against a bucket in memory that fails on cue.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod bucket;
mod recovery;
mod verification;
