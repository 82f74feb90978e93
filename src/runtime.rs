//! The one thread on which all requests run. It starts with the first call and lasts as long as the process.

use std::future::Future;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError, mpsc as std_mpsc};

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Begins a piece of work. What the work takes is allocated, used and freed on one thread then, and never moved to another.
type Begin = Box<dyn FnOnce() + Send>;

static TASKS: OnceLock<UnboundedSender<Begin>> = OnceLock::new();
static STARTING: Mutex<()> = Mutex::new(());

/// Runs on the thread what `work` makes there. It travels through a channel, which wakes the thread once for all that is sent
/// before it looks: the runtime's own `spawn` wakes it for each, by a system call.
///
/// The runtime is never shut down: an environment that ends (a worker) drops what it waits for, and the process ends with
/// the main thread.
///
/// # Errors
///
/// When no thread can be started.
pub(crate) fn spawn<F>(work: impl FnOnce() -> F + Send + 'static) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let begin = move || drop(tokio::spawn(work()));
    tasks()?
        .send(Box::new(begin))
        .map_err(|_| io::Error::other("the thread has ended"))
}

fn tasks() -> io::Result<&'static UnboundedSender<Begin>> {
    if let Some(tasks) = TASKS.get() {
        return Ok(tasks);
    }
    let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(tasks) = TASKS.get() {
        return Ok(tasks);
    }
    let (started, waiting) = std_mpsc::channel();
    let (sender, tasks) = unbounded_channel();
    std::thread::Builder::new()
        .name("s3-store".to_owned())
        .spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            // Whoever started this thread may have ended: there is nobody left to tell then.
            match runtime {
                Ok(runtime) if started.send(Ok(())).is_ok() => runtime.block_on(run(tasks)),
                Ok(_) => {}
                Err(error) => drop(started.send(Err(error))),
            }
        })?;
    waiting.recv().map_err(io::Error::other)??;
    Ok(TASKS.get_or_init(|| sender))
}

async fn run(mut tasks: UnboundedReceiver<Begin>) {
    while let Some(begin) = tasks.recv().await {
        begin();
    }
}
