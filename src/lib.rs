//! The native half of `s3-store-native`: Node-API above, S3 below, and the store's logic (`s3-store-core`) in between.

mod binding;
mod completion;
mod json;
mod runtime;
mod settings;
mod wire;
