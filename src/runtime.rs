//! The one thread on which all requests run. It starts with the first call and lasts as long as the process.

use std::io;
use std::sync::{Mutex, OnceLock, PoisonError, mpsc};

use tokio::runtime::{Builder, Handle};

static HANDLE: OnceLock<Handle> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// The runtime. It is never shut down: an environment that ends (a worker) drops what it waits for, and the process
/// ends with the main thread.
pub(crate) fn handle() -> io::Result<&'static Handle> {
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = HANDLE.get() {
        return Ok(handle);
    }
    let (started, waiting) = mpsc::channel();
    std::thread::Builder::new()
        .name("s3-store".to_owned())
        .spawn(
            move || match Builder::new_current_thread().enable_all().build() {
                Ok(runtime) => {
                    if started.send(Ok(runtime.handle().clone())).is_ok() {
                        runtime.block_on(std::future::pending::<()>());
                    }
                }
                Err(error) => {
                    // Whoever started this thread has ended: there is nobody left to tell.
                    let _unheard = started.send(Err(error));
                }
            },
        )?;
    let handle = waiting.recv().map_err(io::Error::other)??;
    Ok(HANDLE.get_or_init(|| handle))
}
