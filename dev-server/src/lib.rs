//! An S3 server in memory, for development and tests, with S3's conditional requests exact and atomic.
//!
//! It keeps nothing on disk and is no place for data that matters.
//!
//! - [`store`]: buckets, objects, versions and conditions, without HTTP.
//! - `ops`: S3's operations over the store.
//! - `faults`: what goes wrong on purpose; `control`: the endpoint that says what.
//! - [`Server`]: connections, signatures, addressing, what every answer carries, and what browsers ask before (`cors`).

pub mod args;
mod auth;
mod config;
mod control;
mod cors;
pub mod digest;
mod envelope;
mod faults;
mod host;
mod ops;
mod request_body;
mod server;
mod service;
pub mod store;

pub use self::config::Config;
pub use self::server::Server;
