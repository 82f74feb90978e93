//! The native half of `s3-store-native`: Node-API above, S3 below, and the store's logic (`s3-store-core`) in between.

#![cfg_attr(
    test,
    allow(dead_code, reason = "napi leaves what it exports out of test builds")
)]

/// A call allocates on one thread what it frees on another, which is where the system's allocators are slow.
#[global_allocator]
static ALLOCATOR: mimalloc_safe::MiMalloc = mimalloc_safe::MiMalloc;

/// Keeps the allocator from asking Linux for huge pages, which most systems give to who asks. Each is cleared as a whole before its
/// first byte is used: on a virtual machine whose host has to find the memory first, the copy of a body of 64 MiB took 170 ms, and 28
/// with small pages (bench/README.md). `MIMALLOC_ALLOW_THP=1` in the environment brings them back.
#[cfg(target_os = "linux")]
extern "C" fn prefer_small_pages() {
    #[expect(unsafe_code, reason = "the allocator's options are C")]
    // SAFETY: the addon is being loaded, and nobody else sets options.
    unsafe {
        // First, or it would see the option and have the system keep huge pages from all of the process.
        libmimalloc_sys2::mi_process_init();
        libmimalloc_sys2::mi_option_set_enabled_default(
            libmimalloc_sys2::mi_option_allow_thp,
            false,
        );
    }
}

/// Ahead of every constructor without a number: what is allocated before is asked for as huge pages, and napi's allocate.
/// <https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/specialsections.html>; the numbers are the
/// linkers', of which those up to 100 are the system's.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "a section that is run as code")]
#[used]
// SAFETY: what the section holds are pointers to functions.
#[unsafe(link_section = ".init_array.00101")]
static PREFER_SMALL_PAGES: extern "C" fn() = prefer_small_pages;

mod asked;
mod binding;
mod completion;
mod json;
mod runtime;
mod settings;
mod wire;
