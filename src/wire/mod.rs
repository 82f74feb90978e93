//! How requests reach S3: one attempt of one verb at a time.

mod body;
mod bucket;
mod clock;
mod config;
mod connector;
mod credentials;
mod direct;
mod errors;
mod probe;
mod sdk;
mod tls;

pub(crate) use bucket::BucketWire;
pub(crate) use credentials::AskForCredentials;
pub(crate) use tls::system_has_roots;
