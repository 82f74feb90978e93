//! Faults over real connections: what a client sees, and what was applied all the same.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod answers;
mod client;
mod connections;
mod control;
mod held;
mod lies;
#[path = "../support/mod.rs"]
mod support;
