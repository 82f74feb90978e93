//! What a caller is told of a write, whatever became of its attempts. The tests of `put` and `delete` are named after
//! the rows of the table in the README's section on the guarantee.

use std::time::Duration;

use super::bucket::{Bucket, ENDPOINT, Fault};
use super::calls::{applied, config, heads, write};
use s3_store_core::wire::GetRequest;
use s3_store_core::{
    Delete, ETag, Failure, Kind, Precondition, Put, ReadBack, Resolution, Store, StoreConfig,
    WriteId, WriteOutput,
};
use tokio::time::Instant;

async fn put(bucket: &Bucket, condition: Precondition) -> Result<WriteOutput, Failure> {
    put_with(bucket, condition, config(), true).await
}

async fn put_with(
    bucket: &Bucket,
    condition: Precondition,
    config: StoreConfig,
    recovery: bool,
) -> Result<WriteOutput, Failure> {
    let put = Put {
        recovery,
        ..write(condition)
    };
    Store::new(bucket.clone(), config).put(put).await
}

async fn create(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    put(bucket, Precondition::IfAbsent).await
}

/// Overwrites what another wrote before.
async fn update(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    bucket.contents.lock().unwrap().overwrite("before");
    put(bucket, Precondition::IfMatch(ETag::new("\"1\""))).await
}

async fn delete(bucket: &Bucket, idempotent: bool) -> Result<WriteOutput, Failure> {
    bucket.contents.lock().unwrap().overwrite("before");
    let condition = Precondition::IfMatch(ETag::new("\"1\""));
    let store = Store::new(bucket.clone(), config());
    let delete = Delete {
        key: "key".to_owned(),
        condition,
        idempotent,
        version_id: None,
        headers: Vec::new(),
        max_attempts: None,
    };
    store.delete(delete).await
}

#[tokio::test(start_paused = true)]
async fn success() {
    let bucket = Bucket::default();
    let written = create(&bucket).await.unwrap();
    assert!(!written.recovered);
    assert_eq!((applied(&bucket), heads(&bucket)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn conflict_with_our_own_write_is_success() {
    for (bucket, create_it) in [
        (Bucket::with([Fault::LostAfter]), true),
        (Bucket::with([Fault::LostAfter]), false),
    ] {
        let written = if create_it {
            create(&bucket).await
        } else {
            update(&bucket).await
        }
        .unwrap();
        assert!(written.recovered);
        assert_eq!((written.attempts, applied(&bucket)), (2, 1));
        let there = bucket.contents.lock().unwrap().current.clone().unwrap();
        assert_eq!(written.answer.etag().unwrap().as_str(), there.etag);
        assert_eq!(written.write_id.unwrap().as_str(), there.write_id.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_is_the_error_with_the_current_etag() {
    let bucket = Bucket::with([Fault::OverwrittenBefore]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::KeyExists);
    assert_eq!(failure.seen.unwrap().current_etag.as_deref(), Some("\"1\""));
    let bucket = Bucket::with([Fault::OverwrittenBefore]);
    assert_eq!(update(&bucket).await.unwrap_err().kind, Kind::StaleData);
    assert_eq!((applied(&bucket), heads(&bucket)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_after_a_proxy_repeated_the_request_is_success() {
    let bucket = Bucket::with([Fault::Twice]);
    let written = create(&bucket).await.unwrap();
    assert!(written.recovered);
    assert_eq!((written.attempts, applied(&bucket)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn conflict_is_one_also_without_a_code() {
    let bucket = Bucket::with([Fault::Page(412)]);
    bucket.contents.lock().unwrap().overwrite("another");
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::KeyExists, 1));
    assert_eq!(failure.seen.unwrap().current_etag.as_deref(), Some("\"1\""));
    let bucket = Bucket::with([Fault::Page(403)]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::Service, 0));
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_is_not_read_back_where_the_caller_saves_it() {
    let bucket = Bucket::with([Fault::OverwrittenBefore]);
    let config = StoreConfig {
        read_back: ReadBack::Ambiguous,
        ..config()
    };
    let failure = put_with(&bucket, Precondition::IfAbsent, config, true)
        .await
        .unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::KeyExists, 0));
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_whose_read_back_fails_is_the_error() {
    let bucket = Bucket::with([Fault::OverwrittenBefore]);
    bucket
        .contents
        .lock()
        .unwrap()
        .heads
        .extend([Fault::LostBefore; 3]);
    let failure = create(&bucket).await.unwrap_err();
    let seen = failure.seen.unwrap();
    assert_eq!((failure.kind, seen.current_etag), (Kind::KeyExists, None));
    assert!(seen.write_id.is_some(), "a later look can still tell");
}

#[tokio::test(start_paused = true)]
async fn conflict_after_a_lost_answer_and_another_writer_is_ambiguous() {
    for fault in [Fault::LostThenOverwritten, Fault::LostThenDeleted] {
        let bucket = Bucket::with([fault]);
        let failure = update(&bucket).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Ambiguous, "{fault:?}");
        let seen = failure.seen.unwrap();
        assert!(seen.write_id.is_some() && !seen.gone);
        assert!(matches!(
            seen.cause.unwrap().kind,
            Kind::StaleData | Kind::Service
        ));
    }
}

#[tokio::test(start_paused = true)]
async fn ambiguous_says_where_and_how_often_it_was_tried_and_what_came_of_it() {
    for (fault, what) in [
        (Fault::OverwrittenBefore, "an answer was lost, and"),
        (Fault::Hangs, "no answer within 30000 ms, and"),
        (
            Fault::Answer("ExpiredToken", 403),
            "the server answered 403 ExpiredToken, and",
        ),
        (Fault::Page(404), "the server answered 404, and"),
    ] {
        let bucket = Bucket::with([Fault::LostBefore, fault]);
        let mut config = config();
        config.policy.max_attempts = 2;
        let failure = put_with(&bucket, Precondition::IfAbsent, config, true)
            .await
            .unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (Kind::Ambiguous, 2));
        assert_eq!(failure.endpoint.as_deref(), Some(ENDPOINT));
        assert!(failure.message.starts_with(what), "{}", failure.message);
    }
}

#[tokio::test(start_paused = true)]
async fn conflict_after_a_lost_answer_that_never_landed_is_ambiguous_too() {
    let bucket = Bucket::with([Fault::LostBefore, Fault::OverwrittenBefore]);
    assert_eq!(create(&bucket).await.unwrap_err().kind, Kind::Ambiguous);
    assert_eq!(applied(&bucket), 0);
}

#[tokio::test(start_paused = true)]
async fn conflict_is_found_among_the_versions() {
    for fault in [Fault::LostThenOverwritten, Fault::LostThenDeleted] {
        let bucket = Bucket::with([fault]).versioned();
        let written = update(&bucket).await.unwrap();
        assert!(written.recovered);
        assert_eq!(written.current, Some(false), "{fault:?}");
        assert_eq!(written.answer.etag().unwrap().as_str(), "\"2\"");
    }
}

/// An update on a server that says the time, whose first answer is lost and whose object is then overwritten.
async fn overwritten_update(
    dates_back: Duration,
    max_attempts: u32,
) -> Result<WriteOutput, Failure> {
    let bucket = Bucket::with([Fault::LostThenOverwritten, Fault::Hangs]).versioned();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.overwrite("before");
        contents.clock = Some(Instant::now());
        contents.dates_back = dates_back;
    }
    let mut config = config();
    config.policy.max_attempts = max_attempts;
    let condition = Precondition::IfMatch(ETag::new("\"1\""));
    put_with(&bucket, condition, config, true).await
}

#[tokio::test(start_paused = true)]
async fn versions_are_looked_at_from_two_seconds_before_the_first_attempt_on() {
    // Between a single attempt and the look no time passes here.
    for milliseconds in [0, 1_000, 2_000] {
        let written = overwritten_update(Duration::from_millis(milliseconds), 1).await;
        assert_eq!(written.unwrap().current, Some(false), "{milliseconds}");
    }
    for milliseconds in [2_001, 60_000] {
        let written = overwritten_update(Duration::from_millis(milliseconds), 1).await;
        assert_eq!(written.unwrap_err().kind, Kind::Ambiguous, "{milliseconds}");
    }
}

#[tokio::test(start_paused = true)]
async fn write_of_an_attempt_long_ago_is_found_among_the_versions() {
    let written = overwritten_update(Duration::from_secs(1), 3).await.unwrap();
    assert_eq!((written.attempts, written.current), (3, Some(false)));
}

#[tokio::test(start_paused = true)]
async fn write_that_lands_after_the_look_is_not_said_to_be_superseded() {
    let bucket = Bucket::with([Fault::Held, Fault::LostBefore, Fault::LostBefore]).versioned();
    let written = update(&bucket).await.unwrap();
    assert!(written.recovered);
    assert_eq!(written.current, None);
    assert_eq!(written.answer.etag().unwrap().as_str(), "\"2\"");
}

#[tokio::test(start_paused = true)]
async fn write_conflict_is_repeated() {
    let bucket = Bucket::with([Fault::Answer("ConditionalRequestConflict", 409)]);
    assert_eq!(create(&bucket).await.unwrap().attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn write_conflict_to_the_end_is_the_error_only_when_clean() {
    let conflict = Fault::Answer("ConditionalRequestConflict", 409);
    let bucket = Bucket::with([conflict; 3]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::WriteConflict);
    assert!(
        failure.seen.unwrap().write_id.is_some(),
        "a later look can still tell"
    );
    let bucket = Bucket::with([Fault::LostBefore, conflict, conflict]);
    assert_eq!(create(&bucket).await.unwrap_err().kind, Kind::Ambiguous);
}

#[tokio::test(start_paused = true)]
async fn attempts_used_up_cleanly_is_the_last_error() {
    let bucket = Bucket::with([Fault::NeverSent; 3]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (Kind::Transport, 3));
    assert_eq!(heads(&bucket), 0);
}

#[tokio::test(start_paused = true)]
async fn bytes_that_arrived_damaged_are_a_checksum_mismatch_in_every_servers_words() {
    for (code, kind) in [
        ("BadDigest", Kind::ChecksumMismatch),
        ("XAmzContentChecksumMismatch", Kind::ChecksumMismatch),
        ("XAmzContentSHA256Mismatch", Kind::ChecksumMismatch),
        ("InvalidDigest", Kind::Service),
    ] {
        let bucket = Bucket::with([Fault::Answer(code, 400)]);
        let failure = create(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (kind, 1), "{code}");
        assert_eq!(applied(&bucket), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_used_up_is_read_back() {
    let late = Fault::AnswerAfter("InternalError", 500);
    let bucket = Bucket::with([Fault::LostBefore, Fault::LostBefore, late]);
    assert!(create(&bucket).await.unwrap().recovered);
    let bucket = Bucket::with([Fault::LostBefore; 3]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!(
        failure.kind,
        Kind::Ambiguous,
        "an absent object proves nothing"
    );
    assert_eq!(
        failure.seen.unwrap().cause.unwrap().code.as_deref(),
        Some("ECONNRESET")
    );
}

#[tokio::test(start_paused = true)]
async fn attempts_used_up_and_no_read_back_is_ambiguous() {
    let bucket = Bucket::with([Fault::LostAfter]);
    bucket
        .contents
        .lock()
        .unwrap()
        .heads
        .extend([Fault::LostBefore; 3]);
    assert_eq!(create(&bucket).await.unwrap_err().kind, Kind::Ambiguous);
}

#[tokio::test(start_paused = true)]
async fn ambiguous_after_lost_answers_says_so() {
    let bucket = Bucket::with([Fault::LostBefore; 3]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert_eq!(
        failure.message,
        "an answer was lost, and whether the write landed is not known; resolveWrite(key, writeId) looks again"
    );
}

#[tokio::test(start_paused = true)]
async fn ambiguous_after_a_time_limit_says_so() {
    let mut config = config();
    config.policy.timeout = Some(Duration::from_secs(1));
    let bucket = Bucket::with([Fault::Hangs]);
    let failure = put_with(&bucket, Precondition::IfAbsent, config, true)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    let cause = failure.seen.unwrap().cause.unwrap();
    assert_eq!(cause.kind, Kind::Timeout);
    assert!(
        failure.message.starts_with(&cause.message),
        "{}",
        failure.message
    );
    assert!(!failure.message.contains("lost"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn final_error_after_an_ambiguous_attempt_is_read_back() {
    let expired = Fault::Answer("ExpiredToken", 403);
    let bucket = Bucket::with([Fault::LostAfter, expired]);
    assert!(create(&bucket).await.unwrap().recovered);
    let bucket = Bucket::with([Fault::LostBefore, expired]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    let cause = failure.seen.unwrap().cause.unwrap();
    assert_eq!(cause.service.unwrap().code.as_deref(), Some("ExpiredToken"));
    let bucket = Bucket::with([expired]);
    let failure = create(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, failure.seen), (Kind::Service, None));
}

#[tokio::test(start_paused = true)]
async fn without_recovery_a_conflict_after_a_lost_answer_is_ambiguous() {
    let bucket = Bucket::with([Fault::LostAfter]);
    let failure = put_with(&bucket, Precondition::IfAbsent, config(), false)
        .await
        .unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::Ambiguous, 0));
    let bucket = Bucket::with([Fault::OverwrittenBefore]);
    let failure = put_with(&bucket, Precondition::IfAbsent, config(), false)
        .await
        .unwrap_err();
    assert_eq!((failure.kind, heads(&bucket)), (Kind::KeyExists, 0));
}

#[tokio::test(start_paused = true)]
async fn deadline_after_an_ambiguous_attempt_is_ambiguous() {
    let mut config = config();
    // Shorter than any wait before a repeat.
    config.policy.timeout = Some(Duration::from_nanos(1));
    config.policy.max_attempts = 1_000;
    let bucket = Bucket::with(vec![Fault::LostBefore; 1_000]);
    let failure = put_with(&bucket, Precondition::IfAbsent, config.clone(), true)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    let cause = failure.seen.unwrap().cause.unwrap();
    assert_eq!(cause.code.as_deref(), Some("ECONNRESET"), "the last error");
    let bucket = Bucket::with(vec![Fault::NeverSent; 1_000]);
    let failure = put_with(&bucket, Precondition::IfAbsent, config, true)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Transport, "nothing was ever sent");
}

#[tokio::test(start_paused = true)]
async fn deadline_leaves_time_for_the_read_back() {
    let mut config = config();
    config.policy.timeout = Some(Duration::from_secs(3));
    let bucket = Bucket::with([Fault::AppliedButAskedToWait]);
    let written = put_with(&bucket, Precondition::IfAbsent, config, true)
        .await
        .unwrap();
    assert!(written.recovered);
    assert_eq!((written.attempts, applied(&bucket)), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn read_back_does_not_queue_behind_other_calls() {
    let mut config = config();
    config.max_connections = 1;
    config.policy.max_attempts = 1;
    config.policy.timeout = Some(Duration::from_secs(10));
    let bucket = Bucket::with([Fault::LostAfter, Fault::Hangs]);
    let store = Store::new(bucket.clone(), config);
    let put = |key: &str| {
        let store = store.clone();
        let put = Put {
            key: key.to_owned(),
            ..write(Precondition::IfAbsent)
        };
        tokio::spawn(async move { store.put(put).await })
    };
    let (first, _second) = (put("first"), put("second"));
    assert!(first.await.unwrap().unwrap().recovered);
}

#[tokio::test(start_paused = true)]
async fn deadline_while_an_attempt_is_under_way_is_ambiguous_once_it_may_have_been_sent() {
    let mut config = config();
    config.policy.timeout = Some(Duration::from_secs(1));
    for (faults, kind) in [
        (vec![Fault::Hangs], Kind::Ambiguous),
        (vec![Fault::HangsUnsent], Kind::Timeout),
        (vec![Fault::LostBefore, Fault::HangsUnsent], Kind::Ambiguous),
        (vec![Fault::NeverSent, Fault::HangsUnsent], Kind::Timeout),
    ] {
        let bucket = Bucket::with(faults.clone());
        let failure = put_with(&bucket, Precondition::IfAbsent, config.clone(), true)
            .await
            .unwrap_err();
        assert_eq!(failure.kind, kind, "{faults:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn deadline_that_is_over_at_once_sends_nothing() {
    let mut config = config();
    config.policy.timeout = Some(Duration::ZERO);
    let bucket = Bucket::default();
    let failure = put_with(&bucket, Precondition::IfAbsent, config, true)
        .await
        .unwrap_err();
    assert_eq!((failure.kind, applied(&bucket)), (Kind::Timeout, 0));
}

#[tokio::test(start_paused = true)]
async fn page_that_is_not_s3s_is_no_answer() {
    let bucket = Bucket::with([Fault::Page(404)]);
    assert_eq!(create(&bucket).await.unwrap_err().kind, Kind::Ambiguous);
    let bucket = Bucket::with([Fault::Page(403)]);
    assert_eq!(create(&bucket).await.unwrap_err().kind, Kind::Service);
}

#[tokio::test(start_paused = true)]
async fn resolve_write_takes_only_s3s_own_word_for_absence() {
    let resolve = async |head: Fault, get: Fault| {
        let bucket = Bucket::default();
        {
            let mut contents = bucket.contents.lock().unwrap();
            contents.heads.push_back(head);
            contents.gets.push_back(get);
        }
        let store = Store::new(bucket, config());
        store
            .resolve_write("key".to_owned(), &WriteId::known("mine"), &Vec::new())
            .await
    };
    let absent = resolve(Fault::Page(404), Fault::None).await;
    assert_eq!(absent.unwrap(), Resolution::Absent);
    for (head, get) in [
        (Fault::Page(404), Fault::Page(404)),
        (Fault::None, Fault::Answer("NoSuchBucket", 404)),
        (Fault::Answer("", 403), Fault::None),
    ] {
        let failure = resolve(head, get).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Service, "{head:?} {get:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn resolve_write_takes_no_page_without_a_tag_for_an_object() {
    let bucket = Bucket::default();
    bucket
        .contents
        .lock()
        .unwrap()
        .heads
        .push_back(Fault::Page(200));
    let store = Store::new(bucket, config());
    let id = WriteId::known("mine");
    let failure = store
        .resolve_write("key".to_owned(), &id, &Vec::new())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, Kind::Transport);
}

#[tokio::test(start_paused = true)]
async fn max_attempts_of_a_call_goes_before_the_stores() {
    let bucket = Bucket::with([Fault::LostAfter]);
    let store = Store::new(bucket.clone(), config());
    let put = Put {
        max_attempts: Some(1),
        ..write(Precondition::IfAbsent)
    };
    let written = store.put(put).await.unwrap();
    assert_eq!((written.attempts, written.recovered), (1, true));
    let bucket = Bucket::with([Fault::LostBefore; 4]);
    bucket.contents.lock().unwrap().overwrite("before");
    let delete = Delete {
        key: "key".to_owned(),
        condition: Precondition::IfMatch(ETag::new("\"1\"")),
        idempotent: false,
        version_id: None,
        headers: Vec::new(),
        max_attempts: Some(5),
    };
    let deleted = Store::new(bucket, config()).delete(delete).await.unwrap();
    assert_eq!(deleted.attempts, 5);
}

#[tokio::test(start_paused = true)]
async fn get_under_a_condition_is_the_object_asked_for_or_stale_data() {
    let bucket = Bucket::default();
    {
        let mut contents = bucket.contents.lock().unwrap();
        contents.overwrite("before");
        contents.ignores_get_conditions = true;
    }
    let store = Store::new(bucket, config());
    let get = |etag: &str| {
        store.get(GetRequest::new(
            "key".into(),
            Precondition::IfMatch(ETag::new(etag)),
        ))
    };
    assert!(get("\"1\"").await.is_ok() && get("1").await.is_ok());
    assert_eq!(
        get("\"2\"").await.err().map(|failure| failure.kind),
        Some(Kind::StaleData)
    );
}

#[tokio::test(start_paused = true)]
async fn clean_conflict_of_a_delete_is_stale_data() {
    let bucket = Bucket::with([Fault::OverwrittenBefore]);
    assert_eq!(
        delete(&bucket, false).await.unwrap_err().kind,
        Kind::StaleData
    );
}

#[tokio::test(start_paused = true)]
async fn delete_whose_answer_was_lost_is_ambiguous_and_gone() {
    let bucket = Bucket::with([Fault::LostAfter]);
    let failure = delete(&bucket, false).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert!(failure.seen.unwrap().gone);
    assert!(
        delete(&Bucket::with([Fault::LostAfter]), true)
            .await
            .unwrap()
            .recovered
    );
}

#[tokio::test(start_paused = true)]
async fn delete_that_is_told_of_no_key_needs_no_look() {
    let bucket = Bucket::with([Fault::LostAfter]);
    let no_answer = [Fault::LostBefore; 3];
    bucket.contents.lock().unwrap().heads.extend(no_answer);
    assert!(delete(&bucket, true).await.unwrap().recovered);
    assert_eq!(heads(&bucket), 0);
}

#[tokio::test(start_paused = true)]
async fn delete_after_a_lost_answer_and_another_writer_is_ambiguous_and_says_what_is_there() {
    let bucket = Bucket::with([Fault::LostBefore, Fault::OverwrittenBefore]);
    let failure = delete(&bucket, true).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    let seen = failure.seen.unwrap();
    assert_eq!(
        (seen.current_etag.as_deref(), seen.gone),
        (Some("\"2\""), false)
    );
}

#[tokio::test(start_paused = true)]
async fn delete_whose_attempts_are_used_up_is_ambiguous() {
    let bucket = Bucket::with([Fault::LostBefore; 3]);
    let failure = delete(&bucket, true).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert!(!failure.seen.unwrap().gone, "it is still there");
}

#[tokio::test(start_paused = true)]
async fn delete_in_a_bucket_that_is_gone_is_never_success() {
    let bucket = Bucket::with([Fault::LostThenDeleted, Fault::LostBefore, Fault::LostBefore]);
    let no_bucket = [Fault::Answer("NoSuchBucket", 404); 3];
    bucket.contents.lock().unwrap().gets.extend(no_bucket);
    let failure = delete(&bucket, true).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert!(!failure.seen.unwrap().gone);
    let bucket = Bucket::with([Fault::LostBefore, Fault::Answer("NoSuchBucket", 404)]);
    assert_eq!(
        delete(&bucket, true).await.unwrap_err().kind,
        Kind::Ambiguous
    );
}

#[tokio::test(start_paused = true)]
async fn resolve_write_tells_landed_not_current_and_absent() {
    let resolve = async |bucket: &Bucket, id: &str| {
        let store = Store::new(bucket.clone(), config());
        store
            .resolve_write("key".to_owned(), &WriteId::known(id), &Vec::new())
            .await
            .unwrap()
    };
    let bucket = Bucket::default().versioned();
    assert_eq!(resolve(&bucket, "mine").await, Resolution::Absent);
    bucket.contents.lock().unwrap().overwrite("mine");
    assert!(matches!(
        resolve(&bucket, "mine").await,
        Resolution::Landed { current: true, .. }
    ));
    bucket.contents.lock().unwrap().overwrite("another");
    assert!(matches!(
        resolve(&bucket, "mine").await,
        Resolution::Landed { current: false, .. }
    ));
    assert!(matches!(
        resolve(&bucket, "never").await,
        Resolution::NotCurrent { .. }
    ));
}
