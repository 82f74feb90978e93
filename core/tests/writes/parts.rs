//! How the bytes of a body become parts, and how many of them are there at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::bucket::{Bucket, Fault};
use super::calls::{applied, config, feed, in_parts, left, sent, write};
use super::uploads::Verb;
use s3_store_core::wire::header;
use s3_store_core::{
    Abort, Algorithm, Checksums, Control, Failure, FileTransfer, Kind, PartWriter, Precondition,
    Store, StoreConfig, WriteOutput,
};

const SECOND: Duration = Duration::from_secs(1);

async fn created(
    bucket: &Bucket,
    bytes: &[u8],
    part_size: usize,
    concurrency: usize,
) -> Result<WriteOutput, Failure> {
    let store = Store::new(bucket.clone(), config());
    let (writer, parts) = PartWriter::new(part_size, concurrency);
    let upload = store.upload(write(Precondition::IfAbsent), parts);
    tokio::join!(upload, feed(&writer, bytes)).0
}

/// Bytes of which no two neighbours are the same.
fn bytes(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at % 251) as u8).collect()
}

#[tokio::test(start_paused = true)]
async fn what_fits_into_one_part_is_put_as_a_whole() {
    for length in [0, 1, 9, 10] {
        let bucket = Bucket::default();
        let written = created(&bucket, &bytes(length), 10, 2).await.unwrap();
        assert_eq!(bucket.contents.lock().unwrap().uploads.made, bytes(length));
        assert!(!written.recovered && written.write_id.is_some());
        assert_eq!((sent(&bucket, Verb::Create), applied(&bucket)), (0, 1));
    }
}

#[tokio::test(start_paused = true)]
async fn what_does_not_is_made_of_parts() {
    for (length, count) in [(11, 2), (19, 2), (20, 2), (21, 3), (100, 10)] {
        for concurrency in [1, 3, 100] {
            let bucket = Bucket::default();
            let body = bytes(length);
            created(&bucket, &body, 10, concurrency).await.unwrap();
            assert_eq!(sent(&bucket, Verb::Part), count, "{length} {concurrency}");
            assert_eq!(bucket.contents.lock().unwrap().uploads.made, body);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn last_part_that_is_empty_is_none() {
    let bucket = Bucket::default();
    let store = Store::new(bucket.clone(), config());
    let (writer, parts) = PartWriter::new(4, 2);
    let upload = store.upload(write(Precondition::IfAbsent), parts);
    let feeding = async {
        assert_eq!(writer.write(b"four"), 4);
        assert!(writer.send().await);
        writer.end();
    };
    tokio::join!(upload, feeding).0.unwrap();
    assert_eq!(sent(&bucket, Verb::Part), 1);
    assert_eq!(bucket.contents.lock().unwrap().uploads.made, b"four");
}

#[tokio::test(start_paused = true)]
async fn never_more_parts_are_on_their_way_than_wanted() {
    for (concurrency, most) in [(0, 1), (1, 1), (3, 3), (5, 5)] {
        let bucket = Bucket::default();
        bucket.contents.lock().unwrap().uploads.part_time = SECOND;
        created(&bucket, &bytes(95), 10, concurrency).await.unwrap();
        let contents = bucket.contents.lock().unwrap();
        assert_eq!(contents.uploads.most_under_way, most, "{concurrency}");
    }
}

#[tokio::test(start_paused = true)]
async fn memory_is_bounded_by_the_window_and_a_part() {
    let bucket = Bucket::default();
    bucket.contents.lock().unwrap().uploads.part_time = SECOND;
    let store = Store::new(bucket.clone(), config());
    let (writer, parts) = PartWriter::new(10, 3);
    let given = Arc::new(AtomicUsize::new(0));
    let counting = Arc::clone(&given);
    let call =
        tokio::spawn(async move { store.upload(write(Precondition::IfAbsent), parts).await });
    tokio::spawn(async move {
        let mut rest = &bytes(95)[..];
        loop {
            let taken = writer.write(rest);
            assert!(taken <= 10);
            counting.fetch_add(taken, Ordering::Relaxed);
            rest = &rest[taken..];
            if rest.is_empty() {
                return writer.end();
            }
            assert_eq!(writer.write(rest), 0, "a full part takes no more");
            assert!(writer.send().await);
        }
    });
    let mut ahead = 0;
    while !call.is_finished() {
        tokio::time::sleep(SECOND / 10).await;
        let there: usize = {
            let contents = bucket.contents.lock().unwrap();
            contents.uploads.stored()
        };
        let done = if call.is_finished() { 95 } else { there };
        ahead = ahead.max(given.load(Ordering::Relaxed) - done);
    }
    assert_eq!(
        ahead, 40,
        "three on their way, and one that is being filled"
    );
    assert!(call.await.unwrap().is_ok());
}

#[tokio::test(start_paused = true)]
async fn more_parts_than_s3_takes_are_refused_and_taken_away() {
    let bucket = Bucket::default();
    created(&bucket, &bytes(10_000), 1, 8).await.unwrap();
    assert_eq!(sent(&bucket, Verb::Part), 10_000);
    let bucket = Bucket::default();
    let failure = created(&bucket, &bytes(10_001), 1, 8).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Configuration);
    assert_eq!(failure.code.as_deref(), Some("ERR_OUT_OF_RANGE"));
    assert!(failure.message.contains("after 10000 bytes in 10000 parts"));
    assert!(failure.message.contains("options.partSize"));
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
    assert_eq!(sent(&bucket, Verb::Part), 10_000);
}

#[tokio::test(start_paused = true)]
async fn a_file_is_read_part_by_part_and_no_further_than_anybody_takes_it() {
    let body = bytes(25);
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &body).unwrap();
    let from = FileTransfer {
        path: file.path().to_owned(),
        part_size: 10,
        concurrency: 1,
    };
    let bucket = Bucket::default();
    let store = Store::new(bucket.clone(), config());
    let put = || write(Precondition::IfAbsent);
    store.upload_file(put(), from.clone()).await.unwrap();
    assert_eq!(bucket.contents.lock().unwrap().uploads.made, body);
    assert_eq!(sent(&bucket, Verb::Part), 3);
    // Nothing but the failure of its first part ends it.
    let bucket = Bucket::default();
    bucket.prepare(|contents| {
        contents
            .uploads
            .parts
            .extend([Fault::Answer("AccessDenied", 403)]);
    });
    let store = Store::new(bucket.clone(), config());
    let failure = store.upload_file(put(), from).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Service);
    assert_eq!((applied(&bucket), left(&bucket).len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_hears_at_once_that_the_upload_has_failed() {
    let bucket = Bucket::default();
    bucket.prepare(|contents| {
        contents
            .uploads
            .parts
            .extend([Fault::Hangs, Fault::Answer("AccessDenied", 403)]);
    });
    let store = Store::new(bucket.clone(), config());
    let (writer, parts) = PartWriter::new(10, 2);
    let upload = store.upload(write(Precondition::IfAbsent), parts);
    let began = tokio::time::Instant::now();
    let heard = async {
        // A third part waits for a place, which the one that hangs doesn't give up.
        assert!(!feed(&writer, &bytes(95)).await);
        began.elapsed()
    };
    let (written, heard) = tokio::join!(upload, heard);
    assert!(written.is_err());
    assert!(heard < began.elapsed(), "{heard:?}");
}

/// An upload that ends a second after it began, of as many parts at once as two; and whether its bytes were wanted to the end.
async fn aborted_after_a_second(bucket: &Bucket) -> (Result<WriteOutput, Failure>, bool) {
    let abort = Abort::new();
    let control = Control {
        abort: Some(abort.clone()),
        ..Control::default()
    };
    let store = Store::new(bucket.clone(), config()).under(control);
    let (writer, parts) = PartWriter::new(4, 2);
    let upload =
        tokio::spawn(async move { store.upload(write(Precondition::IfAbsent), parts).await });
    let aborting = async {
        tokio::time::sleep(SECOND).await;
        abort.cancel();
    };
    let body = bytes(100);
    let (fed, ()) = tokio::join!(feed(&writer, &body), aborting);
    (upload.await.unwrap(), fed)
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_place_hears_that_the_upload_has_ended() {
    let bucket = Bucket::default();
    bucket.prepare(|contents| contents.uploads.part_time = 20 * SECOND);
    let (ended, fed) = aborted_after_a_second(&bucket).await;
    assert_eq!((ended.unwrap_err().kind, fed), (Kind::Aborted, false));
    assert_eq!(left(&bucket), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn an_upload_that_is_begun_while_its_call_ends_is_taken_away() {
    for (late, is_left) in [(SECOND / 2, false), (10 * SECOND, true)] {
        let bucket = Bucket::default();
        bucket.prepare(|contents| contents.uploads.creation_time = SECOND + late);
        let failure = aborted_after_a_second(&bucket).await.0.unwrap_err();
        assert_eq!((failure.kind, failure.seen), (Kind::Aborted, None));
        // One whose answer takes too long is one of which the store knows nothing.
        assert_eq!(!left(&bucket).is_empty(), is_left, "{late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn checksums_of_the_parts_make_that_of_the_whole() {
    let bucket = Bucket::default();
    let config = StoreConfig {
        checksums: Checksums::Of(Algorithm::Crc32),
        ..config()
    };
    let store = Store::new(bucket.clone(), config);
    let written = in_parts(&store, write(Precondition::IfAbsent)).await;
    assert!(written.is_ok());
    let contents = bucket.contents.lock().unwrap();
    let said = |wanted| {
        let sent = contents.uploads.sent.iter();
        let sent = sent.filter(move |(verb, _)| *verb == wanted);
        sent.map(|(_, headers)| header(headers, "x-amz-checksum-crc32"))
    };
    assert!(said(Verb::Part).all(|checksum| checksum.is_some()));
    // Of "sixsix".
    assert_eq!(said(Verb::Complete).collect::<Vec<_>>(), [Some("uou8ag==")]);
}
