//! Where an answer breaks off.

use super::rule::Whole;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

/// Counts an answer's bytes as they go out, up to where it breaks off.
#[derive(Debug, Clone)]
pub(super) struct Cut {
    left: usize,
    /// How much of the head's end was seen last; all of it once the body goes out.
    seen: usize,
}

impl Cut {
    pub(super) fn after(bytes: usize, of: Whole) -> Self {
        Self {
            left: bytes,
            seen: match of {
                Whole::Answer => END_OF_HEAD.len(),
                Whole::Body => 0,
            },
        }
    }

    /// How many of the bytes may go out.
    pub(super) fn allowed(&self, bytes: &[u8]) -> usize {
        self.clone().pass(bytes)
    }

    /// Counts bytes that went out, and says how many of them were allowed to.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> usize {
        for (place, byte) in bytes.iter().enumerate() {
            match END_OF_HEAD.get(self.seen) {
                // The end begins with a CR and has no other way to begin again.
                Some(expected) if byte == expected => self.seen += 1,
                Some(_) => self.seen = usize::from(*byte == b'\r'),
                None => {
                    let allowed = (bytes.len() - place).min(self.left);
                    self.left -= allowed;
                    return place + allowed;
                }
            }
        }
        bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_the_answer_count_from_its_start() {
        let mut cut = Cut::after(5, Whole::Answer);
        assert_eq!(cut.allowed(b"HTTP/1.1"), 5);
        assert_eq!(cut.pass(b"HTT"), 3);
        assert_eq!(cut.pass(b"P/1.1"), 2);
        assert_eq!(cut.allowed(b" "), 0);
    }

    #[test]
    fn bytes_of_the_body_count_from_the_end_of_the_head() {
        let answer = b"HTTP/1.1 200 OK\r\r\na: b\r\n\r\nbody";
        let head = answer.len() - 4;
        assert_eq!(
            Cut::after(3, Whole::Body).allowed(answer),
            head + 3,
            "in one piece"
        );
        let mut cut = Cut::after(3, Whole::Body);
        let out: usize = answer.chunks(1).map(|piece| cut.pass(piece)).sum();
        assert_eq!(out, head + 3, "byte by byte");
    }
}
