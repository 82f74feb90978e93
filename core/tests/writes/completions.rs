//! What a caller is told of a write in parts, whatever became of its completion.

use std::time::Duration;

use super::bucket::{Bucket, Contents, Fault, Meddling, Moment};
use super::calls::{
    BODY, CALLS, Call, applied, completing, config, heads, in_parts, left, sent, write,
};
use super::uploads::Verb;
use s3_store_core::{
    ETag, Failure, Kind, Precondition, Put, ReadBack, Store, StoreConfig, WriteOutput,
};
use tokio::time::Instant;

const OVERWRITE: Meddling = |contents| contents.overwrite("another");
const DELETE: Meddling = Contents::remove;
const CONFLICT: Fault = Fault::Answer("ConditionalRequestConflict", 409);

async fn create(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    Call::Create.on(bucket, config()).await
}

/// A create without a write id.
async fn create_without_id(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    let put = Put {
        recovery: false,
        ..write(Precondition::IfAbsent)
    };
    in_parts(&Store::new(bucket.clone(), config()), put).await
}

#[tokio::test(start_paused = true)]
async fn success() {
    for call in CALLS {
        let bucket = Bucket::default();
        let written = call.on(&bucket, config()).await.unwrap();
        assert_eq!((written.attempts, written.recovered), (1, false));
        assert_eq!((applied(&bucket), heads(&bucket)), (1, 0));
        assert_eq!(left(&bucket), [""; 0]);
        assert_eq!(sent(&bucket, Verb::Abort), 0);
        let contents = bucket.contents.lock().unwrap();
        assert_eq!(contents.uploads.made, BODY);
        let there = contents.current.clone().unwrap();
        let etag = written.answer.etag().unwrap();
        assert_eq!(etag.as_str(), there.etag, "that of the answer's body");
        assert_eq!(written.write_id.unwrap().as_str(), there.write_id.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn every_completion_carries_the_condition() {
    for (call, condition) in [
        (Call::Create, Precondition::IfAbsent),
        (Call::Update, Precondition::IfMatch(ETag::new("\"1\""))),
    ] {
        let bucket = completing([Fault::LostBefore]);
        assert!(call.on(&bucket, config()).await.is_ok());
        let contents = bucket.contents.lock().unwrap();
        assert_eq!(contents.uploads.conditions, [condition.clone(), condition]);
    }
}

#[tokio::test(start_paused = true)]
async fn upload_that_is_gone_after_a_lost_answer_is_read_back() {
    let bucket = completing([Fault::LostAfter]);
    let written = create(&bucket).await.unwrap();
    assert_eq!((written.attempts, written.recovered), (2, true));
    assert_eq!((applied(&bucket), heads(&bucket)), (1, 1));
    let there = bucket.contents.lock().unwrap().current.clone().unwrap();
    assert_eq!(written.answer.etag().unwrap().as_str(), there.etag);
    assert_eq!(sent(&bucket, Verb::Abort), 0, "it is no upload any more");
}

#[tokio::test(start_paused = true)]
async fn success_after_a_lost_answer_is_read_back() {
    let bucket = completing([Fault::LostBefore]);
    let written = create(&bucket).await.unwrap();
    assert_eq!((written.attempts, written.recovered), (2, true));
    assert_eq!((applied(&bucket), heads(&bucket)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn success_after_a_lost_answer_is_none_where_another_object_is_there() {
    for lost in [Fault::LostThenOverwritten, Fault::LostThenDeleted] {
        let bucket = completing([lost]);
        bucket.prepare(|contents| {
            contents.uploads.completes_what_is_gone = true;
        });
        let failure = create(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (Kind::Ambiguous, 2));
        let seen = failure.seen.unwrap();
        assert!(seen.write_id.is_some());
        let there = (lost == Fault::LostThenOverwritten).then_some("\"2\"");
        assert_eq!(seen.current_etag.as_deref(), there);
    }
    // It was refused, and somebody took the upload away.
    let bucket = completing([Fault::LostBefore]);
    bucket.prepare(|contents| {
        contents.uploads.completes_what_is_gone = true;
        contents.meddling.push((Moment::Completion(2), |contents| {
            contents.overwrite("another");
            contents.uploads.lose();
        }));
    });
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, applied(&bucket)), (Kind::Ambiguous, 0));
}

/// A proxy that repeats requests completed it, or somebody gave it up.
#[tokio::test(start_paused = true)]
async fn upload_that_is_gone_is_read_back_also_without_a_lost_answer() {
    for read_back in [ReadBack::Always, ReadBack::Ambiguous] {
        let config = || StoreConfig {
            read_back,
            ..config()
        };
        let bucket = completing([Fault::Twice]);
        let written = Call::Create.on(&bucket, config()).await.unwrap();
        assert_eq!((written.attempts, written.recovered), (1, true));
        assert_eq!(applied(&bucket), 1);

        let bucket = completing([Fault::TwiceAndOverwritten]).versioned();
        let written = Call::Create.on(&bucket, config()).await.unwrap();
        assert_eq!((written.attempts, written.current), (1, Some(false)));

        for fault in [
            Fault::TwiceAndOverwritten,
            Fault::Answer("NoSuchUpload", 404),
        ] {
            let bucket = completing([fault]);
            let failure = Call::Create.on(&bucket, config()).await.unwrap_err();
            assert_eq!((failure.kind, failure.attempts), (Kind::Ambiguous, 1));
            let cause = failure.seen.unwrap().cause.unwrap().service.unwrap();
            assert_eq!(cause.code.as_deref(), Some("NoSuchUpload"));
            assert!(failure.message.contains("NoSuchUpload"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_is_the_error_with_the_current_etag() {
    for (call, other, kind, etag) in [
        (Call::Create, OVERWRITE, Kind::KeyExists, Some("\"1\"")),
        (Call::Update, OVERWRITE, Kind::StaleData, Some("\"2\"")),
        (Call::Update, DELETE, Kind::Service, None),
    ] {
        let bucket = Bucket::default();
        let meddling = (Moment::Completion(1), other);
        bucket.contents.lock().unwrap().meddling.push(meddling);
        let failure = call.on(&bucket, config()).await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (kind, 1), "{call:?}");
        assert_eq!((applied(&bucket), heads(&bucket)), (0, 1), "{call:?}");
        assert_eq!(failure.seen.unwrap().current_etag.as_deref(), etag);
        assert_eq!(left(&bucket), [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_is_not_read_back_where_the_caller_saves_it() {
    let config = StoreConfig {
        read_back: ReadBack::Ambiguous,
        ..config()
    };
    let bucket = completing([Fault::OverwrittenBefore]);
    let failure = Call::Create.on(&bucket, config.clone()).await.unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::KeyExists, 0));
    assert_eq!(left(&bucket), [""; 0]);
    for lost in [Fault::LostAfter, Fault::LostBefore] {
        let bucket = completing([lost]);
        let written = Call::Create.on(&bucket, config.clone()).await.unwrap();
        assert_eq!((written.recovered, heads(&bucket)), (true, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn write_conflict_is_not_repeated_with_the_same_upload() {
    for call in CALLS {
        let bucket = completing([CONFLICT]);
        let failure = call.on(&bucket, config()).await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (Kind::WriteConflict, 1));
        assert_eq!(sent(&bucket, Verb::Complete), 1);
        assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
        assert!(failure.seen.unwrap().write_id.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn write_conflict_after_a_lost_answer_is_read_back() {
    let bucket = completing([Fault::LostAfter, CONFLICT]);
    let written = create(&bucket).await.unwrap();
    assert_eq!((written.attempts, written.recovered), (2, true));
    let bucket = completing([Fault::LostBefore, CONFLICT]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (Kind::Ambiguous, 2));
    assert_eq!(sent(&bucket, Verb::Complete), 2);
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn final_error_after_an_ambiguous_attempt_is_read_back() {
    let expired = Fault::Answer("ExpiredToken", 403);
    let bucket = completing([Fault::LostAfter, expired]);
    assert!(create(&bucket).await.unwrap().recovered);
    let bucket = completing([Fault::LostBefore, expired]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    let cause = failure.seen.unwrap().cause.unwrap();
    assert_eq!(cause.service.unwrap().code.as_deref(), Some("ExpiredToken"));
    let bucket = completing([expired]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, failure.seen), (Kind::Service, None));
    assert_eq!((heads(&bucket), left(&bucket).len()), (0, 0));
}

/// A bucket in which a completion lands when the verdict is known, just before the upload is given up; and `then` happens.
fn landing_late(versioned: bool, then: Meddling) -> Bucket {
    let bucket = completing([Fault::KeptBack, Fault::LostBefore, Fault::LostBefore]);
    bucket.prepare(|contents| {
        contents.versioned = versioned;
        let moment = Moment::Abort(1);
        contents.meddling.push((moment, Contents::release));
        contents.meddling.push((moment, then));
    });
    bucket
}

#[tokio::test(start_paused = true)]
async fn completion_that_lands_between_the_verdict_and_the_abort_is_success() {
    for versioned in [false, true] {
        let bucket = landing_late(versioned, |_| {});
        let written = create(&bucket).await.unwrap();
        assert_eq!((written.attempts, written.recovered), (3, true));
        assert_eq!((written.current, applied(&bucket)), (None, 1));
        assert_eq!((sent(&bucket, Verb::Abort), heads(&bucket)), (1, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn completion_that_lands_so_and_is_overwritten_is_found_among_the_versions() {
    for other in [OVERWRITE, DELETE] {
        let bucket = landing_late(true, other);
        let written = create(&bucket).await.unwrap();
        assert_eq!((written.recovered, written.current), (true, Some(false)));
        let bucket = landing_late(false, other);
        let failure = create(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, applied(&bucket)), (Kind::Ambiguous, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn version_is_found_although_it_is_dated_by_when_the_upload_was_begun() {
    for call in CALLS {
        let bucket = completing([Fault::LostThenOverwritten]).versioned();
        bucket.prepare(|contents| {
            contents.clock = Some(Instant::now());
            contents.uploads.part_time = Duration::from_secs(25);
        });
        let written = call.on(&bucket, config()).await.unwrap();
        assert_eq!((written.recovered, written.current), (true, Some(false)));
    }
}

#[tokio::test(start_paused = true)]
async fn without_recovery_there_is_no_id_and_a_lost_answer_is_ambiguous() {
    let bucket = Bucket::default();
    let written = create_without_id(&bucket).await.unwrap();
    assert!(written.write_id.is_none());
    assert_eq!(bucket.contents.lock().unwrap().applied, [""]);

    for lost in [Fault::LostBefore, Fault::LostAfter] {
        let bucket = completing([lost]);
        let failure = create_without_id(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (Kind::Ambiguous, 2));
        assert_eq!((applied(&bucket), heads(&bucket)), (1, 0));
        assert!(failure.seen.unwrap().write_id.is_none());
    }
    let bucket = completing([Fault::OverwrittenBefore]);
    let failure = create_without_id(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::KeyExists, 0));
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough_for_all_of_it() {
    let config = StoreConfig {
        max_connections: 1,
        ..config()
    };
    for fault in [
        Fault::None,
        Fault::LostAfter,
        Fault::LostBefore,
        Fault::Held,
    ] {
        for call in CALLS {
            let bucket = completing([fault; 3]).versioned();
            let call = call.on(&bucket, config.clone());
            let said = tokio::time::timeout(Duration::from_mins(5), call).await;
            assert!(said.is_ok(), "{fault:?}");
            assert_eq!(left(&bucket), [""; 0], "{fault:?}");
            assert_eq!(bucket.contents.lock().unwrap().uploads.most_under_way, 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deadline_during_the_completion_is_ambiguous_once_it_may_have_been_sent() {
    let mut config = config();
    config.policy.timeout = Some(Duration::from_secs(5));
    for (fault, kind) in [
        (Fault::Hangs, Kind::Ambiguous),
        (Fault::HangsUnsent, Kind::Timeout),
    ] {
        let bucket = completing([fault]);
        let failure = Call::Create.on(&bucket, config.clone()).await.unwrap_err();
        assert_eq!((failure.kind, heads(&bucket)), (kind, 0), "{fault:?}");
        assert_eq!(left(&bucket), [""; 0], "there is time for that");
    }
}
