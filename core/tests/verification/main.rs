//! Servers that ignore conditions are found out on a key of our own, before anything of the caller's is sent.

#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod calls;
mod clean_up;
mod copies;
mod failures;
mod forbidden;
mod objects;
mod parts;
mod runs;
mod server;
mod uploads;
mod verdicts;
