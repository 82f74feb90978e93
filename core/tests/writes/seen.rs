//! What whoever watches a call hears of it.

use std::sync::{Arc, Mutex};

use super::bucket::{Bucket, Fault};
use super::calls::{config, in_parts, write};
use s3_store_core::{Control, Observer, Precondition, Progress, Store};

/// Which attempt, and the code that it ended with.
type Attempted = (u32, Option<String>);

#[derive(Clone, Default)]
struct Heard {
    attempts: Arc<Mutex<Vec<Attempted>>>,
    progress: Arc<Mutex<Vec<Progress>>>,
}

impl Heard {
    fn store(&self, bucket: &Bucket) -> Store<Bucket> {
        let (attempts, progress) = (Arc::clone(&self.attempts), Arc::clone(&self.progress));
        let observer = Observer::new(
            move |seen| {
                let heard = (seen.number, seen.code.map(str::to_owned));
                attempts.lock().unwrap().push(heard);
            },
            move |step| progress.lock().unwrap().push(step),
        );
        Store::new(bucket.clone(), config()).under(Control {
            observer: Some(observer),
            ..Control::default()
        })
    }

    fn progress(&self) -> Vec<Progress> {
        self.progress.lock().unwrap().clone()
    }
}

#[tokio::test(start_paused = true)]
async fn each_attempt_and_the_bytes_once_they_are_confirmed() {
    let bucket = Bucket::with([Fault::Answer("SlowDown", 503)]);
    let heard = Heard::default();
    let put = write(Precondition::IfAbsent);
    heard.store(&bucket).put(put).await.unwrap();
    let attempts = heard.attempts.lock().unwrap().clone();
    assert_eq!(attempts, [(1, Some("SlowDown".to_owned())), (2, None)]);
    assert_eq!(heard.progress(), [Progress::Begun(4), Progress::Moved(4)]);
}

#[tokio::test(start_paused = true)]
async fn of_a_write_that_came_to_nothing_no_byte_has_moved() {
    let bucket = Bucket::default();
    bucket.contents.lock().unwrap().overwrite("theirs");
    let heard = Heard::default();
    let put = write(Precondition::IfAbsent);
    heard.store(&bucket).put(put).await.unwrap_err();
    assert_eq!(heard.progress(), [Progress::Begun(4)]);
}

#[tokio::test(start_paused = true)]
async fn of_parts_each_that_is_confirmed() {
    let bucket = Bucket::default();
    let heard = Heard::default();
    let put = write(Precondition::IfAbsent);
    in_parts(&heard.store(&bucket), put).await.unwrap();
    let mut moved = heard.progress();
    moved.sort_by_key(|step| format!("{step:?}"));
    assert_eq!(moved, [Progress::Moved(2), Progress::Moved(4)]);
    // Two parts, and what begins and ends the upload.
    assert_eq!(heard.attempts.lock().unwrap().len(), 4);
}
