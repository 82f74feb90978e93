//! Memory for parts, used again and again. Parts are filled on one thread and let go on another, which allocators pay for: a gibibyte
//! in parts of 8 MiB had taken up to as much (`__test__/streams-load.test.mjs`).

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// What was given back. As many pieces as were out at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<Vec<u8>>>>);

impl Memory {
    /// Some memory, with whatever is in it.
    pub(crate) fn take(&self) -> Vec<u8> {
        self.free().pop().unwrap_or_default()
    }

    /// Bytes that give their memory back when they are dropped.
    pub(crate) fn lend(&self, bytes: Vec<u8>) -> Bytes {
        let memory = self.clone();
        Bytes::from_owner(Lent { bytes, memory })
    }

    fn free(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        // Consistent after every line that changes it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Lent {
    bytes: Vec<u8>,
    memory: Memory,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        self.memory.free().push(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_used_again() {
        let memory = Memory::default();
        let first = memory.lend(vec![1; 100]);
        let place = first.as_ptr();
        let half = first.slice(50..);
        drop(first);
        assert_eq!(memory.take().capacity(), 0, "a half of it is still out");
        assert_eq!(half.as_ref(), [1; 50]);
        drop(half);
        let again = memory.take();
        assert_eq!((again.as_ptr(), again.len()), (place, 100));
    }
}
