//! What a server shows on keys of our own, and what follows for the caller's write.

use std::collections::HashSet;

use s3_store_core::{Kind, Precondition, ReadBack};

use super::calls::{CALLS, Call};
use super::objects::Objects;
use super::server::{Fate, PREFIX, Sent, Server, Verb};

/// Ignores the condition of `call`'s kind, also on the caller's key.
fn ignores(call: Call) -> impl FnMut(&Sent, &mut Objects) -> Fate + Send + 'static {
    move |sent, _| {
        let is_ignored = match (sent.verb, &sent.condition) {
            (Verb::Put, Precondition::IfAbsent) => call == Call::Create,
            (Verb::Put, Precondition::IfMatch(_)) => call == Call::Put,
            (Verb::Delete, _) => call == Call::Delete,
            _ => false,
        };
        if is_ignored {
            Fate::Ignore
        } else {
            Fate::Honest
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_honours_conditions_is_verified_once_for_each_kind() {
    let server = Server::new();
    let store = server.store();
    for (keys, call) in CALLS.into_iter().enumerate() {
        for _ in 0..2 {
            assert!(call.make(&server, &store).await.is_ok(), "{call:?}");
            assert_eq!(server.own_keys(), keys + 1, "{call:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_key_and_every_body_is_a_new_one() {
    let server = Server::new();
    for call in CALLS {
        assert!(call.on(&server).await.is_ok());
    }
    let puts = server.sent(|sent| sent.is_own && sent.verb == Verb::Put);
    let bodies: HashSet<_> = puts.iter().map(|sent| &sent.body).collect();
    assert_eq!(bodies.len(), puts.len());
    let keys: HashSet<_> = puts.iter().map(|sent| &sent.key).collect();
    assert_eq!(keys.len(), CALLS.len());
    for key in keys {
        assert_eq!(key.len(), PREFIX.len() + "verify-".len() + 32);
        assert!(key.starts_with(PREFIX));
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_a_condition_is_refused_before_the_callers_write() {
    for (call, what) in [
        (Call::Create, "If-None-Match: * on PutObject"),
        (Call::Put, "If-Match on PutObject"),
        (Call::Delete, "If-Match on DeleteObject"),
    ] {
        let server = Server::scripted(ignores(call));
        for _ in 0..2 {
            let failure = call.on(&server).await.unwrap_err();
            assert_eq!(failure.kind, Kind::Unsupported);
            assert!(failure.message.contains(what), "{}", failure.message);
        }
        assert_eq!((server.sent_for_the_caller(), server.own_keys()), (0, 2));
        for other in CALLS.into_iter().filter(|other| *other != call) {
            assert!(other.on(&server).await.is_ok(), "{call:?} {other:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_is_answered_412_and_carried_out_is_found_out() {
    let server = Server::scripted(|sent, objects| {
        if sent.verb == Verb::Delete && sent.is_own {
            objects.remove(&sent.key);
            return Fate::Answer("PreconditionFailed", 412);
        }
        Fate::Honest
    });
    let failure = Call::Delete.on(&server).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert_eq!(server.sent_for_the_caller(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_also_the_right_tag_is_not_verified() {
    for (verb, call) in [(Verb::Put, Call::Put), (Verb::Delete, Call::Delete)] {
        let server = Server::scripted(move |sent, _| {
            if sent.verb == verb && sent.condition.if_match().is_some() {
                return Fate::Answer("PreconditionFailed", 412);
            }
            Fate::Honest
        });
        assert!(call.on(&server).await.is_err(), "{call:?}");
        assert_eq!(server.sent_for_the_caller(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_metadata_is_refused() {
    for call in [Call::Create, Call::Put] {
        let server = Server::new();
        server.objects(|objects| objects.keeps_no_metadata = true);
        let failure = call.on(&server).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported);
        assert!(failure.message.contains("metadata"), "{}", failure.message);
        assert_eq!(server.sent_for_the_caller(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn one_key_that_ignores_is_not_believed() {
    for call in CALLS {
        let mut ignores = ignores(call);
        let server = Server::scripted(move |sent, objects| {
            if sent.is_own && sent.key_number == 0 {
                return ignores(sent, objects);
            }
            Fate::Honest
        });
        assert!(call.on(&server).await.is_ok(), "{call:?}");
        assert_eq!(server.own_keys(), 2);
    }
}

#[tokio::test(start_paused = true)]
async fn two_keys_must_show_the_same() {
    let server = Server::scripted(|sent, objects| match (sent.key_number, sent.verb) {
        (0, Verb::Put) => Fate::Ignore,
        (1, Verb::Head) => {
            objects.forget_id(&sent.key);
            Fate::Honest
        }
        (2, _) if sent.is_own => Fate::Answer("SlowDown", 503),
        _ => Fate::Honest,
    });
    let failure = Call::Create.on(&server).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Service);
    assert_eq!((server.sent_for_the_caller(), server.own_keys()), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn another_writer_on_the_key_changes_no_verdict() {
    type Tamper = fn(&mut Objects, &str);
    let tampers: [Tamper; 2] = [
        |objects, key| {
            objects.overwrite(key);
        },
        |objects, key| objects.remove(key),
    ];
    for call in CALLS {
        for (tamper, moment) in tampers
            .into_iter()
            .flat_map(|t| (0..7).map(move |at| (t, at)))
        {
            let mut lie = ignores(call);
            let mut count = 0;
            let mut meddle = move |sent: &Sent, objects: &mut Objects| {
                if sent.is_own && sent.key_number == 0 {
                    if count == moment {
                        tamper(objects, &sent.key);
                    }
                    count += 1;
                }
            };
            let mut meddle_again = meddle;
            let honest = Server::scripted(move |sent, objects| {
                meddle(sent, objects);
                Fate::Honest
            });
            assert!(call.on(&honest).await.is_ok(), "{call:?} {moment}");
            let lying = Server::scripted(move |sent, objects| {
                meddle_again(sent, objects);
                lie(sent, objects)
            });
            let failure = call.on(&lying).await.unwrap_err();
            assert_eq!(failure.kind, Kind::Unsupported, "{call:?} {moment}");
            assert_eq!(lying.sent_for_the_caller(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_409_or_an_answer_that_says_nothing_discards_the_key() {
    for fate in [
        Fate::Answer("ConditionalRequestConflict", 409),
        Fate::Answer("InternalError", 500),
        Fate::LostBefore,
    ] {
        for call in CALLS {
            let server = Server::scripted(move |sent, _| {
                if sent.is_own && sent.key_number == 0 && sent.condition != Precondition::None {
                    return fate;
                }
                Fate::Honest
            });
            assert!(call.on(&server).await.is_ok(), "{fate:?} {call:?}");
            assert_eq!(server.own_keys(), 2, "{fate:?} {call:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_alone_does_not_discard_the_key() {
    for fate in [Fate::LostBefore, Fate::LostAfter] {
        for call in CALLS {
            for moment in 0..5 {
                let mut count = 0;
                let server = Server::scripted(move |sent, _| {
                    count += usize::from(sent.is_own);
                    if sent.is_own && count == moment + 1 {
                        return fate;
                    }
                    Fate::Honest
                });
                let store = server.store_with(|config| config.policy.max_attempts = 3);
                assert!(call.make(&server, &store).await.is_ok());
                assert_eq!(server.own_keys(), 1, "{fate:?} {call:?} {moment}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_judged_also_behind_a_proxy_that_repeats_requests() {
    for call in [Call::Create, Call::Put] {
        let server = Server::scripted(|sent, _| {
            if sent.is_own && sent.verb == Verb::Put {
                Fate::Twice
            } else {
                Fate::Honest
            }
        });
        let store = server.store_with(|config| config.read_back = ReadBack::Ambiguous);
        assert!(call.make(&server, &store).await.is_ok(), "{call:?}");
        assert_eq!(server.own_keys(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_is_judged_also_where_half_of_all_requests_are_lost() {
    let mut random = fastrand::Rng::with_seed(4);
    for round in 0..300 {
        let call = CALLS[round % CALLS.len()];
        let mut dice = random.fork();
        let server = Server::scripted(move |sent, _| match dice.u8(0..4) {
            0 if sent.is_own => Fate::LostBefore,
            1 if sent.is_own => Fate::LostAfter,
            _ => Fate::Honest,
        });
        let store = server.store_with(|config| config.policy.max_attempts = 3);
        let made = call.make(&server, &store).await;
        assert!(made.is_ok(), "{call:?} {:?}", made.err());
    }
}
