//! Writes in parts that come to nothing: no upload is left, and where one is, it is named.

use std::time::Duration;

use super::bucket::{Bucket, Fault};
use super::calls::{BODY, PART_SIZE, applied, config, feed, heads, in_parts, left, sent, write};
use super::uploads::{Uploads, Verb};
use s3_store_core::{
    Abort, Control, Failure, Kind, PartWriter, Precondition, Put, Store, StoreConfig, WriteOutput,
};
use tokio::time::Instant;

fn store(bucket: &Bucket) -> Store<Bucket> {
    Store::new(bucket.clone(), config())
}

fn create() -> Put {
    write(Precondition::IfAbsent)
}

async fn created(bucket: &Bucket) -> Result<WriteOutput, Failure> {
    in_parts(&store(bucket), create()).await
}

fn upload_id(failure: &Failure) -> Option<&str> {
    failure.seen.as_ref()?.upload_id.as_deref()
}

/// A bucket that `change` prepares.
fn meeting(change: impl FnOnce(&mut Uploads)) -> Bucket {
    let bucket = Bucket::default();
    bucket.prepare(|contents| change(&mut contents.uploads));
    bucket
}

/// A bucket in which another is faster, so that a create comes to nothing.
fn taken(change: impl FnOnce(&mut Uploads)) -> Bucket {
    let bucket = meeting(change);
    bucket.prepare(|contents| contents.overwrite("another"));
    bucket
}

/// How an upload ends whose first part was written and sent.
async fn after_a_part(
    bucket: &Bucket,
    control: Control,
    then: impl AsyncFnOnce(PartWriter),
) -> Result<WriteOutput, Failure> {
    let (writer, parts) = PartWriter::new(PART_SIZE, 2);
    let call = store(bucket).under(control);
    let call = tokio::spawn(async move { call.upload(create(), parts).await });
    assert_eq!(writer.write(BODY), PART_SIZE);
    assert!(writer.send().await);
    tokio::time::sleep(Duration::from_secs(1)).await;
    then(writer).await;
    call.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn upload_of_a_refused_write_is_given_up() {
    let bucket = taken(|_| {});
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, upload_id(&failure)), (Kind::KeyExists, None));
    let contents = bucket.contents.lock().unwrap();
    assert_eq!(contents.uploads.aborted, ["upload 1"]);
    assert_eq!(contents.uploads.left(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn upload_that_cannot_be_given_up_is_named() {
    for fault in [
        Fault::LostBefore,
        Fault::Answer("AccessDenied", 403),
        Fault::Page(404),
    ] {
        let bucket = taken(|uploads| uploads.aborts.extend([fault; 3]));
        let failure = created(&bucket).await.unwrap_err();
        assert_eq!(failure.kind, Kind::KeyExists, "{fault:?}");
        assert_eq!(upload_id(&failure), Some("upload 1"), "{fault:?}");
        assert_eq!(left(&bucket), ["upload 1"], "{fault:?}");
    }
    // Also of a failure that says nothing else of what was seen.
    let bucket = taken(|uploads| {
        uploads.parts.push_back(Fault::Answer("ExpiredToken", 403));
        uploads.aborts.push_back(Fault::Answer("ExpiredToken", 403));
    });
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Service);
    assert_eq!(upload_id(&failure), Some("upload 1"));
}

#[tokio::test(start_paused = true)]
async fn ambiguous_write_whose_upload_cannot_be_given_up_names_both() {
    let bucket = meeting(|uploads| {
        uploads.completions.extend([Fault::LostBefore; 3]);
        uploads.aborts.extend([Fault::LostBefore; 3]);
    });
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert_eq!(upload_id(&failure), Some("upload 1"));
    assert!(failure.seen.unwrap().write_id.is_some());
}

#[tokio::test(start_paused = true)]
async fn lost_answer_to_giving_up_is_none_to_speak_of() {
    for fault in [Fault::LostBefore, Fault::LostAfter] {
        let bucket = taken(|uploads| uploads.aborts.push_back(fault));
        let failure = created(&bucket).await.unwrap_err();
        assert_eq!(upload_id(&failure), None, "{fault:?}");
        assert_eq!((left(&bucket).len(), sent(&bucket, Verb::Abort)), (0, 2));
    }
}

#[tokio::test(start_paused = true)]
async fn upload_that_comes_back_is_given_up_again() {
    let bucket = taken(|uploads| uploads.late_parts = 2);
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!(upload_id(&failure), None);
    assert_eq!((left(&bucket).len(), sent(&bucket, Verb::Abort)), (0, 3));
}

#[tokio::test(start_paused = true)]
async fn upload_that_keeps_coming_back_is_named_in_the_end() {
    let bucket = taken(|uploads| uploads.late_parts = usize::MAX);
    let began = Instant::now();
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!(upload_id(&failure), Some("upload 1"));
    assert!(began.elapsed() < Duration::from_secs(11));
}

#[tokio::test(start_paused = true)]
async fn upload_that_may_not_be_looked_for_is_taken_to_be_gone() {
    let bucket = taken(|uploads| uploads.finds.push_back(Fault::Answer("AccessDenied", 403)));
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!((upload_id(&failure), left(&bucket).len()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn upload_whose_id_is_not_known_is_left_alone() {
    // The first is begun, and its answer lost.
    let bucket = meeting(|uploads| uploads.creations.push_back(Fault::LostAfter));
    let written = created(&bucket).await.unwrap();
    assert!(!written.recovered, "an upload that is begun writes nothing");
    assert_eq!((applied(&bucket), heads(&bucket)), (1, 0));
    assert_eq!(left(&bucket), ["upload 1"]);
    assert_eq!(sent(&bucket, Verb::Abort), 0);

    let bucket = taken(|uploads| uploads.creations.push_back(Fault::LostAfter));
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, upload_id(&failure)), (Kind::KeyExists, None));
    assert_eq!(
        bucket.contents.lock().unwrap().uploads.aborted,
        ["upload 2"]
    );
    assert_eq!(left(&bucket), ["upload 1"]);
}

#[tokio::test(start_paused = true)]
async fn write_whose_upload_is_never_begun_did_not_land() {
    for (fault, kind) in [
        (Fault::LostAfter, Kind::Transport),
        (Fault::Answer("AccessDenied", 403), Kind::Service),
    ] {
        let bucket = meeting(|uploads| {
            uploads.creations.extend([fault; 3]);
        });
        let failure = created(&bucket).await.unwrap_err();
        assert_eq!((failure.kind, failure.seen), (kind, None));
        let only = [Verb::Part, Verb::Complete, Verb::Abort].map(|verb| sent(&bucket, verb));
        assert_eq!((only, heads(&bucket)), ([0; 3], 0));
    }
}

#[tokio::test(start_paused = true)]
async fn part_that_fails_for_good_ends_the_upload() {
    let bucket = meeting(|uploads| {
        let denied = Fault::Answer("AccessDenied", 403);
        uploads.parts.extend([Fault::None, denied]);
    });
    let failure = created(&bucket).await.unwrap_err();
    let service = failure.service.clone().unwrap();
    assert_eq!(service.code.as_deref(), Some("AccessDenied"));
    assert_eq!((upload_id(&failure), left(&bucket).len()), (None, 0));
    assert_eq!((sent(&bucket, Verb::Complete), heads(&bucket)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn part_is_repeated_as_often_as_any_request() {
    for faults in [
        vec![Fault::LostBefore, Fault::LostAfter],
        vec![
            Fault::Answer("SlowDown", 503),
            Fault::AnswerAfter("InternalError", 500),
        ],
    ] {
        let bucket = meeting(|uploads| uploads.parts.extend(faults));
        let written = created(&bucket).await.unwrap();
        assert_eq!((written.attempts, written.recovered), (1, false));
        assert_eq!(sent(&bucket, Verb::Part), 4);
        assert_eq!(bucket.contents.lock().unwrap().uploads.made, BODY);
    }
    let bucket = meeting(|uploads| {
        uploads.parts.extend([Fault::LostBefore; 6]);
    });
    let failure = created(&bucket).await.unwrap_err();
    assert_eq!((failure.kind, failure.attempts), (Kind::Transport, 3));
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn part_that_is_said_not_to_hold_is_no_conflict_of_the_write() {
    for (code, status) in [("PreconditionFailed", 412), ("NotImplemented", 501)] {
        for is_begun in [false, true] {
            let bucket = meeting(|uploads| {
                let fault = Fault::Answer(code, status);
                if is_begun {
                    uploads.parts.push_back(fault);
                } else {
                    uploads.creations.push_back(fault);
                }
            });
            let failure = created(&bucket).await.unwrap_err();
            assert_eq!(failure.kind, Kind::Service, "{code} {is_begun}");
            assert_eq!(left(&bucket), [""; 0]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn abort_before_the_first_part_sends_nothing() {
    let bucket = Bucket::default();
    let abort = Abort::new();
    abort.cancel();
    let control = Control {
        abort: Some(abort),
        ..Control::default()
    };
    let failure = in_parts(&store(&bucket).under(control), create()).await;
    assert_eq!(failure.unwrap_err().kind, Kind::Aborted);
    assert_eq!(sent(&bucket, Verb::Create), 0);
}

#[tokio::test(start_paused = true)]
async fn abort_between_parts_gives_the_upload_up() {
    let bucket = Bucket::default();
    let abort = Abort::new();
    let control = Control {
        abort: Some(abort.clone()),
        ..Control::default()
    };
    let said = after_a_part(&bucket, control, async |writer| {
        abort.cancel();
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!writer.send().await, "nobody takes parts any more");
    });
    let failure = said.await.unwrap_err();
    assert_eq!((failure.kind, upload_id(&failure)), (Kind::Aborted, None));
    assert_eq!((sent(&bucket, Verb::Part), left(&bucket).len()), (1, 0));
    assert_eq!((sent(&bucket, Verb::Complete), heads(&bucket)), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn who_writes_hears_of_the_end_before_the_upload_is_given_up() {
    let bucket = meeting(|uploads| uploads.aborts.push_back(Fault::Hangs));
    let control = Control {
        timeout: Some(Duration::from_secs(2)),
        ..Control::default()
    };
    let said = after_a_part(&bucket, control, async |writer| {
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!writer.send().await, "nobody takes parts any more");
        assert_eq!(left(&bucket), ["upload 1"]);
    });
    assert_eq!(upload_id(&said.await.unwrap_err()), Some("upload 1"));
}

#[tokio::test(start_paused = true)]
async fn abort_does_not_wait_for_the_parts_that_are_on_their_way() {
    let bucket = meeting(|uploads| uploads.part_time = Duration::from_secs(20));
    let abort = Abort::new();
    let control = Control {
        abort: Some(abort.clone()),
        ..Control::default()
    };
    let began = Instant::now();
    let said = after_a_part(&bucket, control, async |_writer| abort.cancel()).await;
    assert_eq!(said.unwrap_err().kind, Kind::Aborted);
    assert!(began.elapsed() < Duration::from_millis(1_900));
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn abort_during_the_completion_is_ambiguous_without_a_read_back() {
    for (fault, kind) in [
        (Fault::Hangs, Kind::Ambiguous),
        (Fault::HangsUnsent, Kind::Aborted),
    ] {
        let bucket = meeting(|uploads| uploads.completions.push_back(fault));
        let abort = Abort::new();
        let control = Control {
            abort: Some(abort.clone()),
            ..Control::default()
        };
        let said = after_a_part(&bucket, control, async |writer| {
            assert!(feed(&writer, &BODY[PART_SIZE..]).await);
            tokio::time::sleep(Duration::from_secs(1)).await;
            abort.cancel();
        });
        let failure = said.await.unwrap_err();
        assert_eq!((failure.kind, heads(&bucket)), (kind, 0), "{fault:?}");
        assert_eq!(left(&bucket), [""; 0]);
        if kind == Kind::Ambiguous {
            let seen = failure.seen.unwrap();
            assert_eq!(seen.cause.unwrap().kind, Kind::Aborted);
            assert!(seen.write_id.is_some());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn deadline_while_the_source_is_waited_for_gives_the_upload_up() {
    let control = || Control {
        timeout: Some(Duration::from_secs(3)),
        ..Control::default()
    };
    let bucket = Bucket::default();
    let said = after_a_part(&bucket, control(), async |writer| {
        tokio::time::sleep(Duration::from_secs(10)).await;
        assert!(!writer.send().await);
    });
    assert_eq!(said.await.unwrap_err().kind, Kind::Timeout);
    assert_eq!((sent(&bucket, Verb::Part), left(&bucket).len()), (1, 0));
    // Before there is a first part, nothing is begun.
    let bucket = Bucket::default();
    let (writer, parts) = PartWriter::new(PART_SIZE, 2);
    let store = store(&bucket).under(control());
    let said = store.upload(create(), parts).await;
    assert_eq!(said.unwrap_err().kind, Kind::Timeout);
    assert_eq!(sent(&bucket, Verb::Create), 0);
    drop(writer);
}

/// The writer is given back where it is kept.
#[tokio::test(start_paused = true)]
async fn body_that_is_given_up_is_not_written() {
    let give_up: fn(PartWriter) -> Option<PartWriter> = |writer| {
        writer.give_up();
        Some(writer)
    };
    let drop: fn(PartWriter) -> Option<PartWriter> = |_writer| None;
    for end in [give_up, drop] {
        let bucket = Bucket::default();
        let mut kept = None;
        let said = after_a_part(&bucket, Control::default(), async |writer| {
            kept = end(writer);
        });
        let failure = said.await.unwrap_err();
        assert_eq!((failure.kind, failure.attempts), (Kind::Aborted, 0));
        assert_eq!((sent(&bucket, Verb::Complete), left(&bucket).len()), (0, 0));
        assert_eq!(sent(&bucket, Verb::Abort), 1);

        let bucket = Bucket::default();
        let (writer, parts) = PartWriter::new(PART_SIZE, 2);
        writer.write(b"not");
        let _kept = end(writer);
        let said = store(&bucket).upload(create(), parts).await;
        assert_eq!(said.unwrap_err().kind, Kind::Aborted);
        assert_eq!((sent(&bucket, Verb::Create), applied(&bucket)), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn part_on_its_way_is_waited_for_before_its_upload_is_given_up() {
    let part_time = Duration::from_millis(1_500);
    let bucket = meeting(|uploads| uploads.part_time = part_time);
    let began = Instant::now();
    let said = after_a_part(&bucket, Control::default(), async |writer| writer.give_up());
    assert_eq!(said.await.unwrap_err().kind, Kind::Aborted);
    assert!(began.elapsed() >= part_time, "it would have come too late");
    // It was there to be taken away.
    assert_eq!((sent(&bucket, Verb::Abort), left(&bucket).len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn close_lets_an_upload_come_to_its_end() {
    let bucket = meeting(|uploads| uploads.part_time = Duration::from_secs(2));
    let store = store(&bucket);
    let writing = store.clone();
    let call = tokio::spawn(async move { in_parts(&writing, create()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    store.close().await;
    assert!(call.is_finished());
    assert!(call.await.unwrap().is_ok());
    assert_eq!((applied(&bucket), left(&bucket).len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn close_waits_until_an_upload_is_given_up() {
    let bucket = taken(|uploads| uploads.part_time = Duration::from_secs(2));
    let store = store(&bucket);
    let writing = store.clone();
    let call = tokio::spawn(async move { in_parts(&writing, create()).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    store.close().await;
    assert!(call.is_finished());
    assert_eq!(call.await.unwrap().unwrap_err().kind, Kind::KeyExists);
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn each_request_carries_the_rights_that_it_needs_and_no_key_that_it_does_not() {
    const OWNER: &str = "x-amz-expected-bucket-owner";
    const PAYER: &str = "x-amz-request-payer";
    const KEY: &str = "x-amz-server-side-encryption-customer-key";
    let bucket = taken(|_| {});
    let put = Put {
        headers: ["cache-control", OWNER, PAYER, KEY]
            .map(|name| (name.to_owned(), "value".to_owned()))
            .to_vec(),
        ..create()
    };
    assert!(
        in_parts(&Store::new(bucket.clone(), StoreConfig { ..config() }), put)
            .await
            .is_err()
    );
    let sent = &bucket.contents.lock().unwrap().uploads.sent;
    for (verb, expected) in [
        (Verb::Create, vec!["cache-control", OWNER, PAYER, KEY]),
        (Verb::Part, vec![OWNER, PAYER, KEY]),
        (Verb::Complete, vec![OWNER, PAYER, KEY]),
        (Verb::Abort, vec![OWNER, PAYER]),
        (Verb::Find, vec![OWNER, PAYER]),
    ] {
        let (_, headers) = sent.iter().find(|(sent, _)| *sent == verb).unwrap();
        let names: Vec<_> = headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{verb:?}");
    }
}
