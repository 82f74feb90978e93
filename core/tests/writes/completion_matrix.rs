//! Every write in parts × every way of losing the answer to its completion × every other writer: what is said is what happened.

use std::time::Duration;

use super::bucket::{Bucket, Contents, Fault, Meddling, Moment};
use super::calls::{CALLS, Call, applied, completing, config, left};
use s3_store_core::wire::header;
use s3_store_core::{Kind, WriteId};
use tokio::time::Instant;

/// One fault, whom it meets, who else is there, and what can be seen afterwards.
#[derive(Clone, Copy, Debug)]
struct Cell {
    call: Call,
    fault: Fault,
    /// How many completions it meets.
    attempts: usize,
    /// How many HEADs fail.
    blind: usize,
    other: Option<(&'static str, Meddling, Moment)>,
    versioned: bool,
}

const FAULTS: [Fault; 4] = [
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::Held,
    Fault::KeptBack,
];

/// No HEAD, those of the first look, and all of them.
const BLIND: [usize; 3] = [0, 3, 100];

const OTHERS: [(&str, Meddling); 2] = [
    ("overwrites", |contents| contents.overwrite("another")),
    ("deletes", Contents::remove),
];

const MOMENTS: [Moment; 4] = [
    Moment::Completion(1),
    Moment::Completion(2),
    Moment::Head(1),
    Moment::Abort(1),
];

fn cells() -> Vec<Cell> {
    let mut cells = vec![Cell {
        call: Call::Create,
        fault: Fault::None,
        attempts: 1,
        blind: 0,
        other: None,
        versioned: false,
    }];
    let others = MOMENTS
        .into_iter()
        .flat_map(|moment| OTHERS.map(|(name, meddling)| Some((name, meddling, moment))));
    let others: Vec<_> = [None].into_iter().chain(others).collect();
    vary(&mut cells, &CALLS, |cell, call| cell.call = call);
    vary(&mut cells, &FAULTS, |cell, fault| cell.fault = fault);
    vary(&mut cells, &[1, 3], |cell, attempts| {
        cell.attempts = attempts;
    });
    vary(&mut cells, &BLIND, |cell, blind| cell.blind = blind);
    vary(&mut cells, &others, |cell, other| cell.other = other);
    vary(&mut cells, &[false, true], |cell, versioned| {
        cell.versioned = versioned;
    });
    cells
}

/// Each of the cells with each of the values.
fn vary<T: Copy>(cells: &mut Vec<Cell>, values: &[T], set: fn(&mut Cell, T)) {
    let with = |cell: Cell| {
        values.iter().map(move |&value| {
            let mut cell = cell;
            set(&mut cell, value);
            cell
        })
    };
    *cells = std::mem::take(cells).into_iter().flat_map(with).collect();
}

fn bucket_of(cell: &Cell) -> Bucket {
    let bucket = completing(vec![cell.fault; cell.attempts]);
    bucket.prepare(|contents| {
        contents.versioned = cell.versioned;
        contents.clock = Some(Instant::now());
        // An upload is begun long before it is completed.
        contents.uploads.part_time = Duration::from_secs(10);
        contents.heads.extend(vec![Fault::LostBefore; cell.blind]);
        let other = cell.other.map(|(_, meddling, moment)| (moment, meddling));
        contents.meddling.extend(other);
    });
    bucket
}

/// What the bucket's log of applied writes holds is ours: what another does is not in it.
#[tokio::test(start_paused = true)]
async fn what_is_said_is_what_happened() {
    for cell in cells() {
        let bucket = bucket_of(&cell);
        let said = cell.call.on(&bucket, config()).await;
        assert_eq!(left(&bucket), [""; 0], "{cell:?}");
        let landed = applied(&bucket) > 0;
        let (current, versions) = {
            let contents = bucket.contents.lock().unwrap();
            (contents.current.clone(), contents.versions.clone())
        };
        bucket.release();
        assert!(applied(&bucket) <= 1, "{cell:?}");
        match said {
            Ok(written) => {
                assert!(landed, "{cell:?}");
                let id = written.write_id.as_ref().map(WriteId::as_str);
                let own = versions
                    .iter()
                    .find(|version| version.write_id.as_deref() == id);
                let own = own.unwrap();
                assert_eq!(
                    written.answer.etag().unwrap().as_str(),
                    own.etag,
                    "{cell:?}"
                );
                if cell.versioned && written.recovered {
                    let version = header(&written.answer.headers, "x-amz-version-id");
                    assert_eq!(version, Some(&*own.version_id), "{cell:?}");
                }
            }
            Err(failure) => {
                let is_ambiguous = failure.kind == Kind::Ambiguous;
                assert!(is_ambiguous || applied(&bucket) == 0, "{cell:?}");
                let seen = failure.seen.unwrap();
                assert!(seen.upload_id.is_none(), "{cell:?}");
                let is_ours = current.is_some_and(|there| there.write_id == seen.write_id);
                let can_be_seen = landed && (is_ours || cell.versioned);
                assert!(!can_be_seen || cell.blind == 100, "{cell:?}");
            }
        }
    }
}
