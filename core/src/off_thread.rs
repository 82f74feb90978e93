//! Work on whole bodies, without holding other calls up.

use bytes::Bytes;

/// From this size on, work on a body would keep other calls waiting.
const LONG: usize = 256 * 1024;

/// What `work` makes of a body: beside the thread of the requests where that would take long.
pub async fn off_thread<T: Default + Send + 'static>(
    body: &Bytes,
    work: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> T {
    if body.len() < LONG {
        return work(body);
    }
    let shared = body.clone();
    let made = tokio::task::spawn_blocking(move || work(&shared)).await;
    // The runtime is ending, and the call with it.
    made.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_made_is_the_same_on_either_thread() {
        let sum = |bytes: &[u8]| bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>();
        let long = Bytes::from(vec![1; LONG]);
        assert_eq!(off_thread(&long.slice(1..), sum).await, LONG as u64 - 1);
        assert_eq!(off_thread(&long, sum).await, LONG as u64);
    }

    #[tokio::test]
    async fn only_long_work_goes_beside() {
        let here = std::thread::current().id();
        let thread = |_: &[u8]| Some(std::thread::current().id());
        let long = Bytes::from(vec![1; LONG]);
        assert_eq!(off_thread(&long.slice(1..), thread).await, Some(here));
        assert_ne!(off_thread(&long, thread).await, Some(here));
    }
}
