//! Digests of bodies, without holding other calls up.

use aws_lc_rs::digest::{SHA256, digest};
use aws_smithy_types::base64;
use bytes::Bytes;

/// From this size on, a digest would keep other calls waiting.
const LONG: usize = 256 * 1024;

/// SHA-256 in Base64, as S3's checksum headers have it.
pub(crate) async fn sha256(body: &Bytes) -> String {
    off_thread(body, |bytes| base64::encode(digest(&SHA256, bytes))).await
}

/// What `work` makes of a body.
pub(super) async fn off_thread(body: &Bytes, work: fn(&[u8]) -> String) -> String {
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
    async fn a_checksum_is_the_same_on_either_thread() {
        assert_eq!(
            sha256(&Bytes::from_static(b"abc")).await,
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="
        );
        let long = Bytes::from(vec![b'a'; 1_000_000]);
        assert_eq!(
            sha256(&long).await,
            "zcduXJkU+5KBocfihNc+Z/GAmkiklyAOBG05zMcRLNA="
        );
    }
}
