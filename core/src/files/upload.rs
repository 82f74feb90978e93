//! An object out of a file: read as its parts are sent off.

use std::sync::Arc;

use super::FileTransfer;
use super::disk::Original;
use crate::failure::Failure;
use crate::parts::PartWriter;
use crate::seen::Progress;
use crate::store::{Put, Store, WriteOutput};
use crate::until::Until;
use crate::upload::again_after_conflict;
use crate::wire::MultipartWire;

impl<W: MultipartWire> Store<W> {
    /// Writes an object of what is in a file, in place of `put.body`, as [`Self::upload`] does. As a file can be read again, the upload
    /// is made anew where another writer came in between.
    ///
    /// # Errors
    ///
    /// As for [`Self::upload`]; `File` for what the disk refuses, and with the code `ERR_FILE_CHANGED` when the file changed meanwhile.
    /// Nothing was written then.
    pub async fn upload_file(&self, put: Put, from: FileTransfer) -> Result<WriteOutput, Failure> {
        let until = self.until();
        let max_attempts = put.max_attempts.unwrap_or(self.inner.policy().max_attempts);
        again_after_conflict(max_attempts, &until, || {
            self.upload_once(put.clone(), &from, &until)
        })
        .await
    }

    async fn upload_once(
        &self,
        put: Put,
        from: &FileTransfer,
        until: &Until,
    ) -> Result<WriteOutput, Failure> {
        let file = Original::open(from.path.clone()).await?;
        until.progress(Progress::Begun(file.length()));
        let (writer, parts) = PartWriter::new(from.part_size, from.concurrency);
        let writer = Arc::new(writer);
        let read = async {
            let read = read_all(&file, from.part_size, &writer).await;
            if read.is_err() {
                writer.give_up();
            }
            read
        };
        let (written, read) = tokio::join!(self.upload_until(put, parts, until), read);
        match (written, read) {
            (Err(given_up), Err(mut failure)) => {
                // Parts that could not be taken away again.
                failure.seen = given_up.seen;
                Err(failure)
            }
            (written, _) => written,
        }
    }
}

/// Hands all of a file over, part by part.
async fn read_all(file: &Original, part_size: usize, writer: &PartWriter) -> Result<(), Failure> {
    let mut offset = 0;
    loop {
        let rest = file.length() - offset;
        let length = usize::try_from(rest).map_or(part_size, |rest| rest.min(part_size));
        let part = file.read(offset, length, writer.memory()).await?;
        offset += length as u64;
        if offset >= file.length() {
            file.check().await?;
            writer.end_with(part);
            return Ok(());
        }
        if !writer.send_part(part).await {
            return Ok(());
        }
    }
}
