//! The disk, which blocks: everything here runs beside the thread of the requests.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use tempfile::TempPath;

use crate::checksum::{Algorithm, Checksum, Hasher};
use crate::failure::{Failure, Kind};
use crate::memory::Memory;
use crate::seen::Progress;
use crate::until::Until;

/// Bytes that are read from the disk at once, where they are not kept.
const READ_SIZE: usize = 1024 * 1024;

/// Runs what may block.
pub(super) async fn beside<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| failed(path, &error)),
        Err(bug) => Err(Failure::local(Kind::Internal, bug.to_string())),
    }
}

/// A failure of the disk, by the code that a Node user knows.
fn failed(path: &Path, error: &io::Error) -> Failure {
    Failure {
        code: code(error.kind()).map(str::to_owned),
        ..Failure::local(Kind::File, format!("{error}: {}", path.display()))
    }
}

/// Says so where it is the folder that is not there: the error names the draft, of which nobody knows.
fn folder_missing(error: io::Error) -> io::Error {
    match error.kind() {
        kind @ io::ErrorKind::NotFound => io::Error::new(kind, "its folder does not exist"),
        _ => error,
    }
}

const fn code(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::AlreadyExists => "EEXIST",
        io::ErrorKind::FileTooLarge => "EFBIG",
        io::ErrorKind::InvalidFilename => "ENAMETOOLONG",
        io::ErrorKind::IsADirectory => "EISDIR",
        io::ErrorKind::NotADirectory => "ENOTDIR",
        io::ErrorKind::NotFound => "ENOENT",
        io::ErrorKind::PermissionDenied => "EACCES",
        io::ErrorKind::QuotaExceeded => "EDQUOT",
        io::ErrorKind::ReadOnlyFilesystem => "EROFS",
        io::ErrorKind::StorageFull => "ENOSPC",
        _ => return None,
    })
}

/// A file that is read.
pub(super) struct Original {
    file: Arc<File>,
    path: PathBuf,
    metadata: Metadata,
}

impl Original {
    pub(super) async fn open(path: PathBuf) -> Result<Self, Failure> {
        let opened = path.clone();
        let (file, metadata) = beside(&path, move || {
            let file = File::open(&opened)?;
            let metadata = file.metadata()?;
            if metadata.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            Ok((file, metadata))
        })
        .await?;
        Ok(Self {
            file: Arc::new(file),
            path,
            metadata,
        })
    }

    pub(super) fn length(&self) -> u64 {
        self.metadata.len()
    }

    /// So many bytes from `offset` on.
    pub(super) async fn read(
        &self,
        offset: u64,
        length: usize,
        memory: &Memory,
    ) -> Result<Bytes, Failure> {
        let file = Arc::clone(&self.file);
        let mut bytes = memory.take();
        let read = beside(&self.path, move || {
            bytes.resize(length, 0);
            let read = read_at(&file, &mut bytes, offset)?;
            Ok((read == length).then_some(bytes))
        });
        match read.await? {
            Some(bytes) => Ok(memory.lend(bytes)),
            None => Err(self.changed()),
        }
    }

    /// Fails where the file is not what it was when it was opened: what was read of it may be of two.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let file = Arc::clone(&self.file);
        let now = beside(&self.path, move || file.metadata()).await?;
        let is_same = now.len() == self.metadata.len()
            && now.modified().ok() == self.metadata.modified().ok();
        if is_same { Ok(()) } else { Err(self.changed()) }
    }

    fn changed(&self) -> Failure {
        Failure {
            code: Some("ERR_FILE_CHANGED".to_owned()),
            ..Failure::local(
                Kind::File,
                format!(
                    "the file changed while it was read: {}",
                    self.path.display()
                ),
            )
        }
    }
}

/// A file that is written beside the place that it is for, and is gone unless it gets there.
pub(super) struct Draft {
    file: Arc<File>,
    temporary: TempPath,
    path: PathBuf,
    until: Until,
}

impl Draft {
    /// Tells `until` how far it has come.
    pub(super) async fn begin(path: PathBuf, until: Until) -> Result<Self, Failure> {
        let target = path.clone();
        let (file, temporary) = beside(&path, move || {
            if target.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            let mut builder = tempfile::Builder::new();
            builder.prefix(".").suffix(".part");
            #[cfg(unix)]
            builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
            let made = builder.tempfile_in(folder_of(&target));
            Ok(made.map_err(folder_missing)?.into_parts())
        })
        .await?;
        Ok(Self {
            file: Arc::new(file),
            temporary,
            path,
            until,
        })
    }

    /// The checksum of what was written into it.
    pub(super) async fn checksum(&self, algorithm: Algorithm) -> Result<Checksum, Failure> {
        let file = Arc::clone(&self.file);
        beside(&self.path, move || {
            let mut hasher = Hasher::new(algorithm);
            let mut bytes = vec![0; READ_SIZE];
            let mut offset = 0;
            loop {
                let read = read_at(&file, &mut bytes, offset)?;
                hasher.update(bytes.get(..read).unwrap_or_default());
                offset += read as u64;
                if read < bytes.len() {
                    return Ok(hasher.finish());
                }
            }
        })
        .await
    }

    /// A way to write into it.
    pub(super) fn writer(&self) -> DraftWriter {
        DraftWriter {
            file: Arc::clone(&self.file),
            path: self.path.clone(),
            until: self.until.clone(),
        }
    }

    /// Puts it in its place, in one step, once all of it is on the disk.
    pub(super) async fn finish(self) -> Result<(), Failure> {
        let Self {
            file,
            temporary,
            path,
            ..
        } = self;
        let target = path.clone();
        beside(&path, move || {
            file.sync_all()?;
            temporary.persist(&target).map_err(|error| error.error)?;
            // The name, too: not every system lets a folder be opened for that.
            let _best_effort = File::open(folder_of(&target)).and_then(|folder| folder.sync_all());
            Ok(())
        })
        .await
    }
}

/// Writes into a [`Draft`].
#[derive(Clone)]
pub(super) struct DraftWriter {
    file: Arc<File>,
    path: PathBuf,
    until: Until,
}

impl DraftWriter {
    pub(super) async fn write(&self, bytes: Bytes, offset: u64) -> Result<(), Failure> {
        let file = Arc::clone(&self.file);
        let length = bytes.len() as u64;
        beside(&self.path, move || write_all_at(&file, &bytes, offset)).await?;
        self.until.progress(Progress::Moved(length));
        Ok(())
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Fills `bytes` from `offset` on, as far as the file goes, and says how far.
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut read = 0;
    while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match some_at(file, rest, offset + read as u64) {
            Ok(0) => break,
            Ok(some) => read += some,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(read)
}

#[cfg(unix)]
fn some_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(windows)]
fn some_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let some = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if some == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = bytes.get(some..).unwrap_or_default();
        offset += some as u64;
    }
    Ok(())
}
