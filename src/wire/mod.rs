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
mod digest;
mod direct;
mod endpoint;
mod errors;
mod probe;
mod profile;
mod sdk;
mod tls;

pub(crate) use bucket::BucketWire;
pub(crate) use credentials::AskForCredentials;
pub(crate) use digest::sha256;
use sdk::form_decode;
pub(crate) use tls::system_has_roots;
