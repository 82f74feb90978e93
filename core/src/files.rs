//! Objects out of files, and files out of objects.

mod disk;
mod download;
mod upload;

use std::path::PathBuf;

pub use self::download::DownloadOutput;

/// A file on this machine, and how it goes to S3 or comes from there.
#[derive(Clone, Debug)]
pub struct FileTransfer {
    /// Where it is, or is to be.
    pub path: PathBuf,
    /// Bytes of a part.
    pub part_size: usize,
    /// How many parts are on their way at once.
    pub concurrency: usize,
}
