//! Writes and deletes against a bucket in memory that fails on cue.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::match_same_arms,
    clippy::panic,
    clippy::struct_excessive_bools,
    clippy::unwrap_used,
    reason = "tests"
)]

mod abandonment;
mod bucket;
mod calls;
mod completion_matrix;
mod completions;
mod control;
mod copies;
mod looks;
mod parts;
mod recovery;
mod seen;
mod sources;
mod uploads;
mod whole_copies;
