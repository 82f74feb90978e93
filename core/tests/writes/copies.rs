//! Copies, by one request and by parts: what becomes of them, and of the uploads that they are.

use std::time::Duration;

use super::bucket::{Bucket, Contents, Fault, Moment};
use super::calls::{applied, config, heads, left, sent};
use super::sources::{SOURCE, part_faults, with_source};
use super::uploads::Verb;
use s3_store_core::wire::header;
use s3_store_core::{
    Abort, ByteRange, Control, Copy, ETag, Failure, Kind, Precondition, Store, WRITE_ID,
    WriteOutput,
};
use tokio::time::Instant;

pub(crate) const BODY: &[u8] = b"sixteen bytes 16";
pub(crate) const OTHER: &[u8] = b"another sixteen!";
const SECOND: Duration = Duration::from_secs(1);
const PART_SIZE: u64 = 6;
const PARTS: usize = 3;
const GIB: u64 = 1024 * 1024 * 1024;

/// A copy of the source, by parts of [`PART_SIZE`].
pub(crate) fn copy(condition: Precondition) -> Copy {
    Copy {
        source: SOURCE.into(),
        source_version_id: None,
        source_if_match: None,
        key: "key".into(),
        condition,
        content_type: None,
        metadata: None,
        headers: Vec::new(),
        recovery: true,
        max_attempts: None,
        part_size: Some(PART_SIZE),
        concurrency: Some(2),
    }
}

fn create() -> Copy {
    copy(Precondition::IfAbsent)
}

pub(crate) fn store(bucket: &Bucket) -> Store<Bucket> {
    Store::new(bucket.clone(), config())
}

async fn copied(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    store(bucket).copy(create()).await
}

pub(crate) fn made(bucket: &Bucket) -> Vec<u8> {
    bucket.contents.lock().unwrap().uploads.made.clone()
}

pub(crate) fn about(failure: &Failure) -> Option<&str> {
    failure.about.as_deref()
}

fn upload_id(failure: &Failure) -> Option<&str> {
    failure.seen.as_ref()?.upload_id.as_deref()
}

pub(crate) fn changes(contents: &mut Contents) {
    contents.source.change(OTHER);
}

#[tokio::test(start_paused = true)]
async fn what_has_more_than_a_part_is_copied_by_parts() {
    let bucket = with_source(BODY, |contents| {
        contents.source.tags = vec![("a b".to_owned(), "c&d".to_owned())];
    });
    let written = copied(&bucket).await.unwrap();
    assert_eq!((written.attempts, written.recovered), (1, false));
    assert_eq!(written.answer.etag().unwrap().as_str(), "\"1\"");
    let version = header(&written.answer.headers, "x-amz-copy-source-version-id");
    assert_eq!(version, Some("v9"));
    assert_eq!((made(&bucket), applied(&bucket)), (BODY.to_vec(), 1));
    let contents = bucket.contents.lock().unwrap();
    let id = written.write_id.unwrap().as_str().to_owned();
    assert_eq!(contents.applied, [id.as_str()]);
    let uploads = &contents.uploads;
    assert_eq!(uploads.conditions, [Precondition::IfAbsent]);
    let metadata = [("owner", "me"), (WRITE_ID, &id)];
    let metadata = metadata.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(uploads.metadata, metadata);
    let (verb, headers) = &uploads.sent[1];
    assert_eq!(*verb, Verb::Create);
    assert_eq!(header(headers, "x-amz-tagging"), Some("a%20b=c%26d"));
    let mut parts: Vec<_> = contents.source.parts.iter().collect();
    parts.sort_by_key(|part| part.number);
    let ranges: Vec<_> = parts.iter().map(|part| part.range).collect();
    let between = ByteRange::Between;
    assert_eq!(ranges, [between(0, 5), between(6, 11), between(12, 15)]);
    let is_pinned = |tag: &ETag| tag.as_str() == "\"source 1\"";
    assert!(parts.iter().all(|part| is_pinned(&part.source_etag)));
}

#[tokio::test(start_paused = true)]
async fn one_request_copies_what_it_takes_unless_parts_are_wanted_of_a_server_on_trust() {
    let most = 5 * GIB;
    for (size, part_size, parts) in [
        (0, Some(16), 0),
        (16, Some(16), 1),
        (17, Some(16), 2),
        (most, None, 0),
        (most, Some(u64::MAX), 1),
        (most + 1, None, 21),
        (most + 1, Some(u64::MAX), 2),
        (most, Some(GIB), 5),
        (6 * 1024 * GIB, Some(1), 10_000),
    ] {
        let bucket = with_source(b"", |contents| contents.source.size = Some(size));
        let copy = Copy {
            part_size,
            ..create()
        };
        store(&bucket).copy(copy).await.unwrap();
        let whole = usize::from(parts == 0);
        let counts = [Verb::Copy, Verb::Part].map(|verb| sent(&bucket, verb));
        assert_eq!(counts, [whole, parts], "{size} {part_size:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn never_more_parts_are_on_their_way_than_wanted() {
    for (concurrency, most) in [(Some(0), 1), (Some(1), 1), (Some(3), 3), (None, 4)] {
        let bucket = with_source(BODY, |contents| {
            contents.uploads.part_time = Duration::from_secs(1);
        });
        let copy = Copy {
            part_size: Some(1),
            concurrency,
            ..create()
        };
        store(&bucket).copy(copy).await.unwrap();
        let contents = bucket.contents.lock().unwrap();
        assert_eq!(contents.uploads.most_under_way, most, "{concurrency:?}");
        assert_eq!(contents.uploads.made, BODY);
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_has_as_long_as_its_bytes_take() {
    let limit = config().policy.request_timeout + 1024 * SECOND;
    for faults in [vec![Fault::Hangs], vec![Fault::None, Fault::Hangs]] {
        let bucket = with_source(b"", |contents| {
            contents.source.size = Some(2 * GIB);
            contents.uploads.parts.extend(faults);
        });
        let copy = Copy {
            part_size: Some(GIB),
            concurrency: Some(1),
            ..create()
        };
        let began = Instant::now();
        store(&bucket).copy(copy).await.unwrap();
        // The wait before the part is sent again is at most a fraction of a second.
        let taken = began.elapsed();
        assert!(limit <= taken && taken < limit + SECOND, "{taken:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_is_copied_with_its_tags() {
    let bucket = with_source(BODY, |_| {});
    let copy = Copy {
        source_version_id: Some("v3".to_owned()),
        ..create()
    };
    let written = store(&bucket).copy(copy).await.unwrap();
    let version = header(&written.answer.headers, "x-amz-copy-source-version-id");
    assert_eq!(version, Some("v3"));
    let contents = bucket.contents.lock().unwrap();
    let source = &contents.source;
    assert_eq!(source.tags_asked[0].version_id.as_deref(), Some("v3"));
    let versions = source.parts.iter().map(|part| &part.source_version_id);
    assert!(versions.eq([&Some("v3".to_owned()); PARTS]));
}

#[tokio::test(start_paused = true)]
async fn tags_that_may_not_be_read_are_the_sources() {
    let bucket = with_source(BODY, |contents| {
        contents.source.tags_refused = Some(("AccessDenied", 403));
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!(
        (failure.kind, about(&failure)),
        (Kind::Service, Some(SOURCE))
    );
    assert_eq!(sent(&bucket, Verb::Create), 0);
    let directive = ("x-amz-tagging-directive".to_owned(), "REPLACE".to_owned());
    let given = Copy {
        headers: vec![directive],
        ..create()
    };
    store(&bucket).copy(given).await.unwrap();
    assert_eq!(sent(&bucket, Verb::GetTags), 1, "the first time");
}

#[tokio::test(start_paused = true)]
async fn where_there_are_no_tags_none_are_copied() {
    let bucket = with_source(BODY, |contents| {
        contents.source.tags_refused = Some(("NotImplemented", 501));
    });
    copied(&bucket).await.unwrap();
    let contents = bucket.contents.lock().unwrap();
    let sent = contents.uploads.sent.iter();
    let tagged = sent.filter(|(_, headers)| header(headers, "x-amz-tagging").is_some());
    assert_eq!(tagged.count(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_changes_in_between_is_copied_anew() {
    for nth in 1..=PARTS {
        let bucket = with_source(BODY, |contents| {
            contents.meddling.push((Moment::PartCopy(nth), changes));
        });
        let written = copied(&bucket).await.unwrap();
        assert!(!written.recovered);
        assert_eq!(made(&bucket), OTHER, "never of two objects: {nth}");
        assert_eq!((applied(&bucket), left(&bucket).len()), (1, 0));
        let contents = bucket.contents.lock().unwrap();
        assert_eq!(contents.source.heads, 2);
        assert_eq!(contents.uploads.aborted, ["upload 1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_keeps_changing_is_a_conflict_of_it() {
    let bucket = with_source(BODY, |contents| {
        for nth in 1..100 {
            contents.meddling.push((Moment::PartCopy(nth), changes));
        }
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!(
        (failure.kind, about(&failure)),
        (Kind::WriteConflict, Some(SOURCE))
    );
    assert_eq!((sent(&bucket, Verb::Create), applied(&bucket)), (5, 0));
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_is_gone_is_told_of() {
    let bucket = with_source(BODY, |contents| {
        let goes = |contents: &mut Contents| contents.source.content = None;
        contents.meddling.push((Moment::PartCopy(2), goes));
    });
    let update = copy(Precondition::IfMatch(ETag::new("\"1\"")));
    bucket.prepare(|contents| contents.overwrite("before"));
    let failure = store(&bucket).copy(update).await.unwrap_err();
    assert_eq!(
        (failure.kind, about(&failure)),
        (Kind::Service, Some(SOURCE))
    );
    let service = failure.service.unwrap();
    assert_eq!(service.code.as_deref(), Some("NoSuchKey"));
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_changed_for_who_wants_just_that_is_stale() {
    let bucket = with_source(BODY, |contents| {
        contents.meddling.push((Moment::PartCopy(2), changes));
    });
    let copy = Copy {
        source_if_match: Some(ETag::new("\"source 1\"")),
        ..create()
    };
    let failure = store(&bucket).copy(copy).await.unwrap_err();
    assert_eq!(
        (failure.kind, about(&failure)),
        (Kind::StaleData, Some(SOURCE))
    );
    let seen = failure.seen.unwrap();
    assert_eq!(seen.current_etag.as_deref(), Some("\"source 2\""));
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_cannot_be_taken_away_is_the_last() {
    let bucket = with_source(BODY, |contents| {
        contents.meddling.push((Moment::PartCopy(2), changes));
        contents.uploads.aborts.extend([Fault::LostBefore; 3]);
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!(
        (failure.kind, about(&failure)),
        (Kind::WriteConflict, Some(SOURCE))
    );
    assert_eq!(upload_id(&failure), Some("upload 1"));
    assert_eq!((sent(&bucket, Verb::Create), applied(&bucket)), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_condition_that_does_not_hold_is_that_of_the_key() {
    let bucket = with_source(BODY, |contents| contents.overwrite("another"));
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, about(&failure)), (Kind::KeyExists, None));
    let seen = failure.seen.unwrap();
    assert_eq!(seen.current_etag.as_deref(), Some("\"1\""));
    let update = copy(Precondition::IfMatch(ETag::new("\"other\"")));
    let failure = store(&bucket).copy(update.clone()).await.unwrap_err();
    assert_eq!((failure.kind, about(&failure)), (Kind::StaleData, None));
    bucket.prepare(Contents::remove);
    let failure = store(&bucket).copy(update).await.unwrap_err();
    assert_eq!((failure.kind, about(&failure)), (Kind::Service, None));
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
    assert_eq!(sent(&bucket, Verb::Create), 3, "none was made anew");
}

#[tokio::test(start_paused = true)]
async fn a_copy_whose_completion_is_lost_is_found_by_its_id() {
    for update in [false, true] {
        let bucket = with_source(BODY, |contents| {
            contents.uploads.completions.push_back(Fault::LostAfter);
            if update {
                contents.overwrite("before");
            }
        });
        let condition = if update {
            Precondition::IfMatch(ETag::new("\"1\""))
        } else {
            Precondition::IfAbsent
        };
        let written = store(&bucket).copy(copy(condition)).await.unwrap();
        assert!(written.recovered);
        assert_eq!((applied(&bucket), made(&bucket)), (1, BODY.to_vec()));
        assert_eq!(sent(&bucket, Verb::Create), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_completion_and_another_writer_is_ambiguous() {
    let bucket = with_source(BODY, |contents| {
        let lost = Fault::LostThenOverwritten;
        contents.uploads.completions.push_back(lost);
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert_eq!((applied(&bucket), left(&bucket).len()), (1, 0));

    let bucket = with_source(BODY, |contents| {
        contents.uploads.completions.extend([Fault::LostBefore; 3]);
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, upload_id(&failure)), (Kind::Ambiguous, None));
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_copy_is_made_anew_where_another_writer_came_in_between() {
    let conflict = Fault::Answer("ConditionalRequestConflict", 409);
    let bucket = with_source(BODY, |contents| {
        contents.uploads.completions.extend([conflict; 2]);
    });
    assert!(!copied(&bucket).await.unwrap().recovered);
    assert_eq!((sent(&bucket, Verb::Create), applied(&bucket)), (3, 1));
    assert_eq!(left(&bucket), [""; 0]);

    let bucket = with_source(BODY, |contents| {
        contents.uploads.completions.extend([conflict; 9]);
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, about(&failure)), (Kind::WriteConflict, None));
    assert_eq!((sent(&bucket, Verb::Create), applied(&bucket)), (3, 0));
    assert_eq!(left(&bucket), [""; 0]);

    // An upload that stays is named, and no other is begun.
    let bucket = with_source(BODY, |contents| {
        contents.uploads.completions.extend([conflict; 9]);
        contents.uploads.aborts.extend([Fault::LostBefore; 3]);
    });
    let failure = copied(&bucket).await.unwrap_err();
    assert_eq!(upload_id(&failure), Some("upload 1"));
    assert_eq!(sent(&bucket, Verb::Create), 1);
}

#[tokio::test(start_paused = true)]
async fn between_one_copy_and_the_next_there_is_a_wait_which_ends_before_the_call_does() {
    let began = Instant::now();
    let conflicts = |contents: &mut Contents| {
        let conflict = Fault::Answer("ConditionalRequestConflict", 409);
        contents.uploads.completions.extend([conflict; 9]);
    };
    let patient = Copy {
        max_attempts: Some(10),
        ..create()
    };
    let bucket = with_source(BODY, conflicts);
    assert!(store(&bucket).copy(patient.clone()).await.is_ok());
    // Nine waits that are drawn, from up to 0.1 s to up to 20 s.
    assert!(began.elapsed() > SECOND);

    let began = Instant::now();
    let control = Control {
        timeout: Some(SECOND),
        ..Control::default()
    };
    let bucket = with_source(BODY, conflicts);
    let failure = store(&bucket).under(control).copy(patient).await;
    assert_eq!(failure.unwrap_err().kind, Kind::WriteConflict);
    assert!(
        began.elapsed() < SECOND,
        "no wait that is too long is begun"
    );
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_for_good_ends_the_copy() {
    let bucket = with_source(BODY, |contents| {
        part_faults(contents, [Fault::None, Fault::Answer("AccessDenied", 403)]);
    });
    let failure = copied(&bucket).await.unwrap_err();
    let service = failure.service.clone().unwrap();
    assert_eq!(service.code.as_deref(), Some("AccessDenied"));
    assert_eq!((upload_id(&failure), left(&bucket).len()), (None, 0));
    assert_eq!((sent(&bucket, Verb::Complete), heads(&bucket)), (0, 0));

    let bucket = with_source(BODY, |contents| {
        part_faults(
            contents,
            [Fault::LostBefore, Fault::Answer("InternalError", 200)],
        );
    });
    copied(&bucket).await.unwrap();
    assert_eq!(made(&bucket), BODY);
    assert_eq!(sent(&bucket, Verb::Part), PARTS + 2);
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_is_aborted_leaves_no_upload() {
    let bucket = with_source(BODY, |contents| {
        contents.uploads.part_time = Duration::from_secs(20);
    });
    let abort = Abort::new();
    let control = Control {
        abort: Some(abort.clone()),
        ..Control::default()
    };
    let call = store(&bucket).under(control);
    let call = tokio::spawn(async move { call.copy(create()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    abort.cancel();
    let failure = call.await.unwrap().unwrap_err();
    assert_eq!((failure.kind, upload_id(&failure)), (Kind::Aborted, None));
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn one_connection_is_enough() {
    let bucket = with_source(BODY, |contents| {
        contents.meddling.push((Moment::PartCopy(2), changes));
        contents.uploads.completions.push_back(Fault::LostAfter);
    });
    let config = s3_store_core::StoreConfig {
        max_connections: 1,
        ..config()
    };
    let written = Store::new(bucket.clone(), config).copy(create()).await;
    assert!(written.unwrap().recovered);
    assert_eq!(made(&bucket), OTHER);
}
