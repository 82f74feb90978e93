//! The native half of `s3-store-native`: Node-API above, S3 below, and the store's logic (`s3-store-core`) in between.

#![cfg_attr(
    test,
    allow(dead_code, reason = "napi leaves what it exports out of test builds")
)]

/// A call allocates on one thread what it frees on another, which is where the system's allocators are slow.
#[global_allocator]
static ALLOCATOR: mimalloc_safe::MiMalloc = mimalloc_safe::MiMalloc;

mod asked;
mod binding;
mod completion;
mod json;
mod runtime;
mod settings;
mod wire;
