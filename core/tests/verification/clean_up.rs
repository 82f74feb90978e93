//! Nothing is left of a proof.

use super::calls::CALLS;
use super::objects::Versioning;
use super::server::{Fate, Server, Verb};

#[tokio::test(start_paused = true)]
async fn nothing_is_left_whether_or_not_the_bucket_keeps_versions() {
    for versioning in [
        Versioning::Never,
        Versioning::Enabled,
        Versioning::Suspended,
    ] {
        for call in CALLS {
            let server = Server::new();
            server.objects(|objects| objects.versioning = versioning);
            assert!(call.on(&server).await.is_ok());
            assert_eq!(server.left_behind(), 0, "{versioning:?} {call:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_keeps_no_versions_is_asked_to_delete_none() {
    let server = Server::new();
    for call in CALLS {
        assert!(call.on(&server).await.is_ok());
    }
    assert!(server.sent(|sent| sent.version_id.is_some()).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_key_is_deleted_also_where_versions_may_not_be_listed() {
    let server = Server::scripted(|sent, _| match sent.verb {
        Verb::Versions => Fate::Answer("AccessDenied", 403),
        _ => Fate::Honest,
    });
    for call in CALLS {
        assert!(call.on(&server).await.is_ok());
    }
    assert_eq!(server.left_behind(), 0);
}
