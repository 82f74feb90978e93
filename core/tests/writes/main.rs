//! Writes and deletes against a bucket in memory that fails on cue.

#![allow(missing_docs, reason = "tests")]

mod bucket;
mod recovery;
mod verification;
