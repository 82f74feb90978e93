//! Bodies that break off, that nobody reads, and that change while they are read.

#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::match_same_arms,
    clippy::panic,
    clippy::struct_excessive_bools,
    clippy::unwrap_used,
    reason = "tests"
)]

mod server;

use std::sync::Arc;
use std::time::Duration;

use s3_store_core::wire::GetRequest;
use s3_store_core::{Algorithm, Body, Kind, ObjectBody, Precondition};
use server::{Announced, ScriptedWire, Server, store};

fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

async fn get(server: &Arc<Server>) -> Body<ScriptedWire> {
    let got = store(server, 8).get(request()).await;
    got.unwrap_or_else(|failure| panic!("{failure:?}")).body
}

fn request() -> GetRequest {
    GetRequest::new("key".into(), Precondition::None)
}

fn part(range: &str) -> GetRequest {
    GetRequest {
        range: Some(range.parse().unwrap()),
        ..request()
    }
}

/// What the server is asked for first.
fn whole() -> (String, Option<String>) {
    (String::new(), None)
}

/// What it is asked for when a body broke off.
fn rest(range: &str) -> (String, Option<String>) {
    (range.to_owned(), Some("\"1\"".to_owned()))
}

async fn large(server: &Arc<Server>) -> ObjectBody<ScriptedWire> {
    match get(server).await {
        Body::Large(body) => body,
        Body::Small(_) | Body::NotModified => panic!("a large body"),
    }
}

#[tokio::test(start_paused = true)]
async fn up_to_256_kib_is_read_at_once_and_more_is_not() {
    for length in [0, 1, 262_144] {
        match get(&Server::holding(bytes(length))).await {
            Body::Small(found) => assert_eq!(found, bytes(length)),
            _ => panic!("{length} bytes are small"),
        }
    }
    let body = large(&Server::holding(bytes(262_145))).await;
    assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes(262_145));
}

#[tokio::test(start_paused = true)]
async fn a_small_body_that_breaks_off_is_asked_for_again() {
    let server = Server::holding(bytes(1_000));
    server.breaks_after.lock().unwrap().extend([10, 0]);
    match get(&server).await {
        Body::Small(found) => assert_eq!(found, bytes(1_000)),
        _ => panic!("a small body"),
    }
    assert_eq!(server.gets(), [whole(), whole(), whole()]);
}

#[tokio::test(start_paused = true)]
async fn a_large_body_goes_on_where_it_broke_off() {
    let server = Server::holding(bytes(1_000_000));
    server
        .breaks_after
        .lock()
        .unwrap()
        .extend([300_000, 250_001]);
    let body = large(&server).await;
    assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes(1_000_000));
    assert_eq!(
        server.gets(),
        [whole(), rest("bytes=300000-"), rest("bytes=550001-")]
    );
    assert_eq!(server.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changed_is_never_mixed_with_what_was_read() {
    let server = Server::holding(bytes(1_000_000));
    server.breaks_after.lock().unwrap().push(300_000);
    let body = large(&server).await;
    assert!(body.read().await.unwrap().is_some());
    server.overwrite("\"2\"", bytes(1_000_000));
    let failure = body.collect(u64::MAX).await.unwrap_err();
    assert_eq!(failure.kind, Kind::StaleData);
    assert_eq!(
        failure.message,
        "the object changed while it was being read: read it again"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_range_is_not_believed() {
    let server = Arc::new(Server {
        ignores_range: true,
        ..Server::default()
    });
    server.overwrite("\"1\"", bytes(1_000_000));
    server.breaks_after.lock().unwrap().push(300_000);
    let failure = large(&server).await.collect(u64::MAX).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Transport);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_keeps_breaking_is_given_up() {
    let server = Server::holding(bytes(1_000_000));
    server
        .breaks_after
        .lock()
        .unwrap()
        .extend([300_000, 0, 0, 0]);
    let failure = large(&server).await.collect(u64::MAX).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (Kind::Transport, 3));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_nobody_reads_gives_its_connection_up() {
    let server = Server::holding(bytes(1_000_000));
    let body = large(&server).await;
    assert_eq!(server.open(), 1);
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(server.open(), 1);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(server.open(), 0);
    assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes(1_000_000));
    assert_eq!(server.gets(), [whole(), rest("")]);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_read_keeps_its_connection() {
    let server = Server::holding(bytes(1_000_000));
    let body = large(&server).await;
    for _ in 0..9 {
        assert!(body.read().await.unwrap().is_some());
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
    assert_eq!(server.gets().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn unread_bodies_make_room_for_other_calls() {
    let server = Server::holding(bytes(1_000_000));
    let store = store(&server, 4);
    let mut bodies = Vec::new();
    for _ in 0..20 {
        match store
            .get(GetRequest::new("key".into(), Precondition::None))
            .await
            .unwrap()
            .body
        {
            Body::Large(body) => bodies.push(body),
            _ => panic!("a large body"),
        }
        assert!(server.open() <= 4);
    }
    for body in &bodies {
        assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes(1_000_000));
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_or_cancelled_body_frees_its_connection() {
    let server = Server::holding(bytes(1_000_000));
    drop(large(&server).await);
    assert_eq!(server.open(), 0);
    let body = large(&server).await;
    body.cancel();
    assert_eq!(server.open(), 0);
    assert_eq!(body.read().await.unwrap_err().kind, Kind::Cancelled);
}

#[tokio::test(start_paused = true)]
async fn a_body_read_to_its_last_byte_is_not_asked_for_again() {
    let server = Server::holding(bytes(300_000));
    let body = large(&server).await;
    for _ in 0..3 {
        assert_eq!(body.read().await.unwrap().unwrap().len(), 100_000);
    }
    tokio::time::sleep(Duration::from_mins(1)).await;
    assert_eq!(server.open(), 0);
    assert!(body.read().await.unwrap().is_none());
    assert_eq!(server.gets().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rest_that_would_end_elsewhere_is_not_taken() {
    for length in [400_000, 700_000] {
        let server = Server::holding(bytes(600_000));
        server.breaks_after.lock().unwrap().push(300_000);
        let body = large(&server).await;
        assert!(body.read().await.unwrap().is_some());
        // The same tag, and another length.
        server.overwrite("\"1\"", bytes(length));
        let failure = body.collect(u64::MAX).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Transport, "{length}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_an_etag_is_no_object() {
    let server = Server::holding(bytes(1_000));
    server.overwrite("", bytes(1_000));
    let got = store(&server, 8)
        .get(GetRequest::new("key".into(), Precondition::None))
        .await;
    assert_eq!(got.err().map(|failure| failure.kind), Some(Kind::Transport));
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_large_for_one_piece_is_refused_unread() {
    let server = Server::holding(bytes(300_000));
    let failure = large(&server).await.collect(299_999).await.unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("ERR_BUFFER_TOO_LARGE"));
    assert!(large(&server).await.collect(300_000).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_closed_store_takes_the_connection_of_an_unread_body() {
    let server = Server::holding(bytes(1_000_000));
    let store = store(&server, 8);
    let got = store
        .get(GetRequest::new("key".into(), Precondition::None))
        .await;
    let Body::Large(body) = got.unwrap().body else {
        panic!("a large body")
    };
    assert!(body.read().await.unwrap().is_some());
    store.close().await;
    assert_eq!(server.open(), 0);
    let failure = body.read().await.unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("ERR_STORE_CLOSED"));
}

#[tokio::test(start_paused = true)]
async fn a_part_is_read_and_goes_on_within_itself() {
    for (range, first, end) in [
        ("bytes=100000-799999", 100_000, 800_000),
        ("bytes=100000-", 100_000, 1_000_000),
        ("bytes=-600000", 400_000, 1_000_000),
        ("bytes=100000-8000000", 100_000, 1_000_000),
        ("bytes=0-599999", 0, 600_000),
    ] {
        let server = Server::holding(bytes(1_000_000));
        server.breaks_after.lock().unwrap().push(300_000);
        let got = store(&server, 8).get(part(range)).await.unwrap();
        let Body::Large(body) = got.body else {
            panic!("{range} is large")
        };
        assert_eq!(
            body.collect(u64::MAX).await.unwrap(),
            bytes(1_000_000)[first..end]
        );
        let goes_on = format!("bytes={}-{}", first + 300_000, end - 1);
        assert_eq!(server.gets(), [(range.to_owned(), None), rest(&goes_on)]);
    }
    let got = store(&Server::holding(bytes(1_000)), 8)
        .get(part("bytes=5-9"))
        .await;
    match got.unwrap().body {
        Body::Small(found) => assert_eq!(found, bytes(1_000)[5..10]),
        _ => panic!("a small body"),
    }
}

#[tokio::test(start_paused = true)]
async fn the_whole_is_not_taken_for_a_part() {
    let server = Arc::new(Server {
        ignores_range: true,
        ..Server::default()
    });
    server.overwrite("\"1\"", bytes(1_000));
    let got = store(&server, 8).get(part("bytes=5-9")).await;
    assert_eq!(got.err().map(|failure| failure.kind), Some(Kind::Transport));
}

#[tokio::test(start_paused = true)]
async fn a_part_without_a_length_of_its_own_ends_where_it_says() {
    let server = Arc::new(Server {
        announces: Announced::Nothing,
        ..Server::default()
    });
    server.overwrite("\"1\"", bytes(1_000_000));
    server.breaks_after.lock().unwrap().push(300_000);
    let got = store(&server, 8).get(part("bytes=100000-799999")).await;
    let Body::Large(body) = got.unwrap().body else {
        panic!("a large body")
    };
    let expected = &bytes(1_000_000)[100_000..800_000];
    assert_eq!(body.collect(u64::MAX).await.unwrap(), expected);
    let goes_on = rest("bytes=400000-799999");
    assert_eq!(
        server.gets(),
        [("bytes=100000-799999".to_owned(), None), goes_on]
    );
}

#[tokio::test(start_paused = true)]
async fn a_part_of_another_length_than_it_says_is_not_taken() {
    for length in [4, 6, 999_999] {
        let server = Arc::new(Server {
            announces: Announced::Another(length),
            ..Server::default()
        });
        server.overwrite("\"1\"", bytes(1_000_000));
        let got = store(&server, 8).get(part("bytes=5-9")).await;
        let failure = got.err().unwrap();
        assert_eq!(failure.code.as_deref(), Some("ERR_INVALID_RANGE_ANSWER"));
        assert_eq!(failure.attempts, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_ends_before_its_length_is_not_taken_for_whole() {
    let server = Arc::new(Server {
        announces: Announced::Another(400_000),
        ..Server::default()
    });
    server.overwrite("\"1\"", bytes(300_000));
    let failure = large(&server).await.collect(u64::MAX).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Transport);
}

#[tokio::test(start_paused = true)]
async fn a_body_without_a_length_is_whole_when_it_ends() {
    let server = Arc::new(Server {
        announces: Announced::Nothing,
        ..Server::default()
    });
    server.overwrite("\"1\"", bytes(300_000));
    let body = large(&server).await;
    assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes(300_000));
    assert_eq!(server.gets(), [whole()]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_handed_out_beyond_the_length_of_a_body() {
    let server = Arc::new(Server {
        announces: Announced::Another(280_000),
        ..Server::default()
    });
    server.overwrite("\"1\"", bytes(300_000));
    let body = large(&server).await;
    let mut read = 0;
    let failure = loop {
        match body.read().await {
            Ok(Some(piece)) => read += piece.len(),
            Ok(None) => panic!("it did not end there"),
            Err(failure) => break failure,
        }
    };
    assert_eq!(failure.kind, Kind::Transport);
    assert!(read <= 280_000, "{read}");
}

#[tokio::test(start_paused = true)]
async fn what_is_another_part_than_was_asked_for_is_not_taken() {
    for (says, request) in [
        ("bytes 0-999/1000", request()),
        ("no part", request()),
        ("bytes 4-8/1000", part("bytes=5-9")),
        ("bytes 5-8/1000", part("bytes=5-9")),
        ("no part", part("bytes=5-9")),
    ] {
        let server = Arc::new(Server {
            announces: Announced::Nothing,
            says_part: Some(says),
            ..Server::default()
        });
        server.overwrite("\"1\"", bytes(1_000));
        let failure = store(&server, 8).get(request).await.err().unwrap();
        assert_eq!(
            failure.code.as_deref(),
            Some("ERR_INVALID_RANGE_ANSWER"),
            "{says}"
        );
        assert!(failure.message.contains("206"), "{}", failure.message);
    }
}

/// A server whose object has the checksum of `said`.
fn said_to_be(said: &[u8], is: &[u8], announces: Announced) -> Arc<Server> {
    let server = Server {
        crc32: Some(Algorithm::Crc32.of(said).base64()),
        announces,
        ..Server::default()
    };
    server.overwrite("\"1\"", is.to_vec());
    Arc::new(server)
}

#[tokio::test(start_paused = true)]
async fn a_body_is_compared_with_the_checksum_of_its_object_also_where_it_broke_off() {
    for announces in [Announced::Length, Announced::Nothing] {
        let server = said_to_be(&bytes(500_000), &bytes(500_000), announces);
        *server.breaks_after.lock().unwrap() = vec![300_000, 100_000];
        let body = large(&server).await;
        assert_eq!(body.collect(u64::MAX).await.unwrap(), bytes(500_000));
        assert_eq!(server.gets().len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_its_object_never_comes_to_its_end() {
    for announces in [Announced::Length, Announced::Nothing] {
        let mut damaged = bytes(500_000);
        damaged[123_456] ^= 1;
        let server = said_to_be(&bytes(500_000), &damaged, announces);
        let body = large(&server).await;
        let mut read = 0;
        let failure = loop {
            match body.read().await {
                Ok(piece) => read += piece.expect("no end").len(),
                Err(failure) => break failure,
            }
        };
        assert_eq!(failure.kind, Kind::ChecksumMismatch);
        assert_eq!(failure.code.as_deref(), Some("ERR_CHECKSUM_MISMATCH"));
        // Where its end is known, the last piece is kept back.
        let all = matches!(announces, Announced::Nothing);
        assert_eq!(read, if all { 500_000 } else { 400_000 });
        assert_eq!(server.open(), 0);
        let again = body.read().await.unwrap_err();
        assert_eq!(again.kind, Kind::ChecksumMismatch);
        assert_eq!(server.gets(), [whole()]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_small_body_that_is_not_its_object_is_asked_for_again() {
    let server = said_to_be(b"as it was", b"as it is!", Announced::Length);
    let failure = store(&server, 8).get(request()).await.err().unwrap();
    assert_eq!(failure.kind, Kind::ChecksumMismatch);
    assert_eq!((failure.attempts, server.gets().len()), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_part_is_not_compared() {
    let server = said_to_be(b"as it was", b"as it is!", Announced::Length);
    let got = store(&server, 8).get(part("bytes=0-1")).await.unwrap();
    assert!(matches!(got.body, Body::Small(bytes) if *bytes == *b"as"));
}
