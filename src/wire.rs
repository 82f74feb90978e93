//! How requests reach S3: one attempt of one verb at a time.

mod answers;
mod aws;
mod body;
mod bucket;
mod chain;
mod clock;
mod config;
mod connector;
mod credentials;
mod direct;
mod endpoint;
mod errors;
mod probe;
mod profile;
mod sdk;
mod tls;
mod unverified;

pub(crate) use bucket::BucketWire;
pub(crate) use credentials::AskForCredentials;
use sdk::form_decode;
pub(crate) use tls::system_has_roots;
