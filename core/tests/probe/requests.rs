//! What a probe sends, and what it leaves behind.

use super::server::{Lies, Op, Server};
use super::verdicts::{PREFIX, try_probe};
use s3_store_core::Kind;

#[tokio::test(start_paused = true)]
async fn it_keeps_to_its_own_keys_and_leaves_nothing() {
    for lies in [
        Lies::default(),
        Lies {
            ignored: [Op::Put, Op::Get, Op::Delete, Op::Complete, Op::Copy].into(),
            ..Lies::default()
        },
        Lies {
            lost: [(Op::Complete, 2), (Op::Put, 2), (Op::Delete, 2)].into(),
            ..Lies::default()
        },
        Lies {
            refused: [(Op::Complete, ("NotImplemented", 501))].into(),
            ..Lies::default()
        },
    ] {
        let server = Server::lying(lies);
        try_probe(&server).await.unwrap();
        let state = server.state();
        assert!(state.log.iter().all(|(_, key)| key.starts_with(PREFIX)));
        drop(state);
        assert_eq!(server.keys(), Vec::<String>::new());
        assert_eq!(server.uploads(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_can_not_be_reached_is_an_error_after_three_attempts() {
    let server = Server::lying(Lies {
        lost: [(Op::Put, usize::MAX)].into(),
        ..Lies::default()
    });
    let failure = try_probe(&server).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (Kind::Transport, 3));
    assert_eq!(server.sent(Op::Put), 3, "none of them repeated");
}

#[tokio::test(start_paused = true)]
async fn a_prefix_where_nobody_may_write_is_the_servers_error() {
    let server = Server::lying(Lies {
        demands_conditions: true,
        refused: [(Op::Put, ("AccessDenied", 403))].into(),
        ..Lies::default()
    });
    let failure = try_probe(&server).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Service);
    assert_eq!(
        failure.service.unwrap().code.as_deref(),
        Some("AccessDenied")
    );
}

#[tokio::test(start_paused = true)]
async fn so_many_keys_are_tried_and_no_more() {
    let server = Server::lying(Lies {
        lost: [(Op::Copy, usize::MAX), (Op::Get, usize::MAX)].into(),
        ..Lies::default()
    });
    try_probe(&server).await.unwrap();
    assert_eq!(server.sent(Op::Copy), 6, "two conditions, three keys each");
    // Two conditions, and two forms of an etag, on three keys each.
    assert_eq!(server.sent(Op::Get), 12);
    assert!(
        server.state().log.len() < 800,
        "{}",
        server.state().log.len()
    );
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_back() {
    let server = Server::default();
    try_probe(&server).await.unwrap();
    // Each kind of write is looked at after two conflicts, a delete before and after it succeeds, metadata once, and
    // each race of writers.
    let (checks, races) = (3 * 2 + 2 + 1, 3 + 3 + 10);
    let state = server.state();
    let probing = state.log.iter().take_while(|(op, _)| *op != Op::Versions);
    let heads = probing.filter(|(op, _)| *op == Op::Head).count();
    assert_eq!(heads, checks + races);
}
