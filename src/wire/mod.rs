//! How requests reach S3: one attempt of one verb at a time.

mod aws;
mod chain;
mod clock;
mod config;
mod connector;
mod credentials;
mod endpoint;
mod errors;
mod probe;
mod profile;
mod sdk;
mod tls;

pub(crate) use credentials::AskForCredentials;
pub(crate) use sdk::SdkWire;
pub(crate) use tls::system_has_roots;
