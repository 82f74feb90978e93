//! Ids of versions, uploads and requests.

use std::fmt::Write as _;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};

/// Makes ids that are unique in this process and differ from one process to the next.
///
/// They are no secrets: nothing is protected by an id being hard to guess.
#[derive(Debug, Default)]
pub struct Ids {
    keys: RandomState,
    made: AtomicU64,
}

impl Ids {
    /// The next id, 32 hexadecimal digits.
    pub fn next(&self) -> String {
        let serial = self.made.fetch_add(1, Ordering::Relaxed);
        let mut id = String::with_capacity(32);
        // Writing to a String cannot fail.
        let _ = write!(
            id,
            "{:016x}{:016x}",
            self.keys.hash_one((serial, 0_u8)),
            self.keys.hash_one((serial, 1_u8))
        );
        id
    }
}

#[cfg(test)]
mod tests {
    use super::Ids;
    use std::collections::HashSet;

    #[test]
    fn ids_are_distinct_and_of_one_length() {
        let ids = Ids::default();
        let made: HashSet<String> = (0..1000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 1000);
        assert!(made.iter().all(|id| id.len() == 32));
    }
}
