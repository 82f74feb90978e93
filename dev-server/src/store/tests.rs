//! The store's promises: one winner among racing writes, versions as S3 keeps them, listings that show each key once.

use std::sync::Barrier;
use std::thread;

use bytes::Bytes;

use super::*;
use crate::digest::{digest, hex};

const BUCKET: &str = "bucket";

fn store() -> Store {
    let store = Store::default();
    store.create_bucket(BUCKET).unwrap();
    store
}

fn object(text: &str) -> Object {
    Object {
        body: Bytes::copy_from_slice(text.as_bytes()),
        etag: hex(&digest(None, &[text.as_bytes()]).md5),
        attributes: Attributes::default(),
        checksum: None,
        part_sizes: Vec::new(),
    }
}

fn put(
    store: &Store,
    key: &str,
    text: &str,
    condition: &WriteCondition,
) -> Result<Written, StoreError> {
    store.bucket(BUCKET, |bucket, ids| {
        bucket.put(key, object(text), Tags::new(), condition, ids)
    })
}

fn delete(
    store: &Store,
    key: &str,
    id: Option<&VersionId>,
    condition: &WriteCondition,
) -> Result<Deleted, StoreError> {
    store.bucket(BUCKET, |bucket, ids| bucket.delete(key, id, condition, ids))
}

fn read(store: &Store, key: &str, id: Option<&VersionId>) -> Result<String, StoreError> {
    let found = store.bucket(BUCKET, |bucket, _| bucket.find(key, id))?;
    let body = found.version.object.as_ref().unwrap().body.clone();
    Ok(String::from_utf8(body.to_vec()).unwrap())
}

fn set_versioning(store: &Store, versioning: Versioning) {
    let set = |bucket: &mut Bucket| bucket.versioning = versioning;
    store
        .bucket(BUCKET, |bucket, _| {
            set(bucket);
            Ok(())
        })
        .unwrap();
}

fn if_match(text: &str) -> WriteCondition {
    WriteCondition::IfMatch(EtagMatch::Tag(object(text).etag))
}

/// Runs `act` on many threads at once and counts how many succeeded.
fn winners(act: impl Fn(usize) -> bool + Sync) -> usize {
    let barrier = Barrier::new(16);
    thread::scope(|scope| {
        let runs: Vec<_> = (0..16)
            .map(|n| {
                let (act, barrier) = (&act, &barrier);
                scope.spawn(move || {
                    barrier.wait();
                    act(n)
                })
            })
            .collect();
        runs.into_iter()
            .map(|run| usize::from(run.join().unwrap()))
            .sum()
    })
}

#[test]
fn racing_conditional_writes_have_one_winner() {
    for round in 0..50 {
        let store = store();
        let create = |n| {
            put(
                &store,
                "k",
                &format!("create {n}"),
                &WriteCondition::IfNoneMatch,
            )
            .is_ok()
        };
        assert_eq!(winners(create), 1, "creates, round {round}");
        put(&store, "k", "base", &WriteCondition::None).unwrap();
        let swap = |n| put(&store, "k", &format!("swap {n}"), &if_match("base")).is_ok();
        assert_eq!(winners(swap), 1, "swaps, round {round}");
        put(&store, "k", "base", &WriteCondition::None).unwrap();
        let remove = |_| delete(&store, "k", None, &if_match("base")).is_ok();
        assert_eq!(winners(remove), 1, "deletes, round {round}");
    }
}

#[test]
fn a_write_whose_condition_fails_changes_nothing() {
    let store = store();
    assert_eq!(
        put(&store, "k", "x", &if_match("y")),
        Err(StoreError::NoSuchKey)
    );
    put(&store, "k", "one", &WriteCondition::None).unwrap();
    assert_eq!(
        put(&store, "k", "two", &WriteCondition::IfNoneMatch),
        Err(StoreError::PreconditionFailed)
    );
    assert_eq!(
        put(&store, "k", "two", &if_match("other")),
        Err(StoreError::PreconditionFailed)
    );
    assert_eq!(
        delete(&store, "k", None, &if_match("other")),
        Err(StoreError::PreconditionFailed)
    );
    assert_eq!(read(&store, "k", None).as_deref(), Ok("one"));
    assert_eq!(
        delete(&store, "absent", None, &if_match("one")),
        Err(StoreError::NoSuchKey)
    );
    assert_eq!(
        delete(&store, "absent", None, &WriteCondition::None),
        Ok(Deleted::default())
    );
}

#[test]
fn versions_are_kept_while_versioning_is_on() {
    let store = store();
    put(&store, "k", "null", &WriteCondition::None).unwrap();
    set_versioning(&store, Versioning::Enabled);
    let one = put(&store, "k", "one", &if_match("null"))
        .unwrap()
        .version_id;
    let marker = delete(&store, "k", None, &if_match("one")).unwrap();
    assert!(marker.delete_marker);
    assert!(matches!(
        read(&store, "k", None),
        Err(StoreError::Deleted { .. })
    ));
    assert!(matches!(
        read(&store, "k", marker.version_id.as_ref()),
        Err(StoreError::VersionIsDeleteMarker { .. })
    ));
    assert_eq!(read(&store, "k", one.as_ref()).as_deref(), Ok("one"));
    assert_eq!(
        read(&store, "k", Some(&VersionId::Null)).as_deref(),
        Ok("null")
    );
    // A delete marker counts as absent for every condition.
    assert_eq!(
        put(&store, "k", "x", &if_match("one")),
        Err(StoreError::NoSuchKey)
    );
    put(&store, "k", "new", &WriteCondition::IfNoneMatch).unwrap();
    delete(
        &store,
        "k",
        marker.version_id.as_ref(),
        &WriteCondition::None,
    )
    .unwrap();
    assert_eq!(
        delete(&store, "k", one.as_ref(), &if_match("new")),
        Err(StoreError::PreconditionFailed)
    );
    delete(&store, "k", one.as_ref(), &if_match("one")).unwrap();
    assert_eq!(
        read(&store, "k", one.as_ref()),
        Err(StoreError::NoSuchVersion)
    );
}

#[test]
fn suspended_versioning_replaces_the_null_version_alone() {
    let store = store();
    set_versioning(&store, Versioning::Enabled);
    let kept = put(&store, "k", "kept", &WriteCondition::None)
        .unwrap()
        .version_id;
    set_versioning(&store, Versioning::Suspended);
    for text in ["first", "second"] {
        assert_eq!(
            put(&store, "k", text, &WriteCondition::None)
                .unwrap()
                .version_id,
            None
        );
    }
    assert_eq!(
        read(&store, "k", Some(&VersionId::Null)).as_deref(),
        Ok("second")
    );
    assert_eq!(
        delete(&store, "k", None, &WriteCondition::None)
            .unwrap()
            .version_id,
        Some(VersionId::Null)
    );
    assert!(matches!(
        read(&store, "k", None),
        Err(StoreError::Deleted { .. })
    ));
    assert_eq!(read(&store, "k", kept.as_ref()).as_deref(), Ok("kept"));
    let versions = store
        .bucket(BUCKET, |bucket, _| Ok(bucket.keys.get("k").map(Vec::len)))
        .unwrap();
    assert_eq!(versions, Some(2));
}

#[test]
fn a_bucket_goes_only_when_it_is_empty() {
    let store = store();
    assert_eq!(
        store.create_bucket(BUCKET),
        Err(StoreError::BucketAlreadyOwnedByYou)
    );
    set_versioning(&store, Versioning::Enabled);
    let marker = delete(&store, "k", None, &WriteCondition::None)
        .unwrap()
        .version_id;
    assert_eq!(store.delete_bucket(BUCKET), Err(StoreError::BucketNotEmpty));
    delete(&store, "k", marker.as_ref(), &WriteCondition::None).unwrap();
    store.delete_bucket(BUCKET).unwrap();
    assert_eq!(store.delete_bucket(BUCKET), Err(StoreError::NoSuchBucket));
}

/// All lines of a listing, asked for in pages of `max`; common prefixes are marked.
fn listed(store: &Store, prefix: &str, delimiter: Option<&str>, max: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut request = ListRequest {
        prefix: prefix.to_owned(),
        delimiter: delimiter.map(str::to_owned),
        after: None,
        max,
    };
    loop {
        let page = store
            .bucket(BUCKET, |bucket, _| Ok(bucket.list(&request)))
            .unwrap();
        assert!(page.entries.len() <= max);
        lines.extend(page.entries.into_iter().map(|entry| match entry {
            Entry::Object { key, .. } => key,
            Entry::Prefix(prefix) => format!("[{prefix}]"),
        }));
        match page.next {
            Some(next) => request.after = Some(next),
            None => return lines,
        }
    }
}

#[test]
fn pages_of_any_size_show_each_line_once_in_byte_order() {
    let store = store();
    for key in [
        "b", "a/c/2", "a/", "a/b", "a", "a/c/1", "\u{ff5e}", "b/x", "😀", "ä",
    ] {
        put(&store, key, key, &WriteCondition::None).unwrap();
    }
    for max in 1..=11 {
        let all = [
            "a", "a/", "a/b", "a/c/1", "a/c/2", "b", "b/x", "ä", "\u{ff5e}", "😀",
        ];
        assert_eq!(listed(&store, "", None, max), all, "pages of {max}");
        assert_eq!(
            listed(&store, "", Some("/"), max),
            ["a", "[a/]", "b", "[b/]", "ä", "\u{ff5e}", "😀"]
        );
        assert_eq!(
            listed(&store, "a/", Some("/"), max),
            ["a/", "a/b", "[a/c/]"]
        );
        assert_eq!(listed(&store, "a/c", Some("/"), max), ["[a/c/]"]);
        assert_eq!(
            listed(&store, "nothing", Some("/"), max),
            Vec::<String>::new()
        );
    }
}

#[test]
fn version_listings_resume_in_the_middle_of_a_key() {
    let store = store();
    set_versioning(&store, Versioning::Enabled);
    for key in ["a", "b", "b", "b", "c/1", "c/2"] {
        put(&store, key, "x", &WriteCondition::None).unwrap();
    }
    delete(&store, "b", None, &WriteCondition::None).unwrap();
    for max in 1..=8 {
        let mut request = ListRequest {
            delimiter: Some("/".to_owned()),
            max,
            ..ListRequest::default()
        };
        let mut after_version = None;
        let mut lines = Vec::new();
        loop {
            let page = store
                .bucket(BUCKET, |bucket, _| {
                    Ok(bucket.list_versions(&request, after_version.as_ref()))
                })
                .unwrap();
            lines.extend(page.entries.into_iter().map(|entry| match entry {
                VersionEntry::Prefix(prefix) => prefix,
                VersionEntry::Version {
                    key,
                    version,
                    is_latest,
                } => {
                    format!(
                        "{key}{}{}",
                        u8::from(version.is_delete_marker()),
                        u8::from(is_latest)
                    )
                }
            }));
            let Some(next) = page.next else { break };
            request.after = Some(next.key);
            after_version = next.version;
        }
        assert_eq!(
            lines,
            ["a01", "b11", "b00", "b00", "b00", "c/"],
            "pages of {max}"
        );
    }
}

#[test]
fn an_upload_survives_a_refused_completion() {
    let store = store();
    put(&store, "k", "there", &WriteCondition::None).unwrap();
    let id = store
        .bucket(BUCKET, |bucket, ids| {
            Ok(bucket.create_upload("k", Attributes::default(), Tags::new(), None, ids))
        })
        .unwrap();
    let complete = |condition: &WriteCondition| {
        store.bucket(BUCKET, |bucket, ids| {
            bucket.complete_upload("k", &id, object("parts"), condition, ids)
        })
    };
    assert_eq!(
        complete(&WriteCondition::IfNoneMatch),
        Err(StoreError::PreconditionFailed)
    );
    assert_eq!(store.delete_bucket(BUCKET), Err(StoreError::BucketNotEmpty));
    assert!(complete(&if_match("there")).is_ok());
    assert_eq!(
        complete(&WriteCondition::None),
        Err(StoreError::NoSuchUpload)
    );
    assert_eq!(read(&store, "k", None).as_deref(), Ok("parts"));
}

#[test]
fn a_completion_names_its_parts_exactly() {
    let store = store();
    let part = |size: usize| Bytes::from(vec![1; size]);
    store
        .bucket(BUCKET, |bucket, ids| {
            let id = bucket.create_upload("k", Attributes::default(), Tags::new(), None, ids);
            for (number, size) in [(1, MIN_PART_SIZE), (2, MIN_PART_SIZE - 1), (3, 1)] {
                bucket.put_part(
                    "k",
                    &id,
                    number,
                    part(size),
                    digest(None, &[&part(size)]).md5,
                    None,
                )?;
            }
            let tag = |size: usize| hex(&digest(None, &[&part(size)]).md5);
            let (whole, small, last) = (tag(MIN_PART_SIZE), tag(MIN_PART_SIZE - 1), tag(1));
            let chosen = |wanted: &[(u16, &String)]| {
                let wanted: Vec<(u16, String)> =
                    wanted.iter().map(|(n, tag)| (*n, (*tag).clone())).collect();
                bucket
                    .chosen_parts("k", &id, &wanted)
                    .map(|parts| parts.len())
            };
            assert_eq!(chosen(&[(1, &whole), (3, &last)]), Ok(2));
            assert_eq!(
                chosen(&[(3, &last), (1, &whole)]),
                Err(StoreError::InvalidPartOrder)
            );
            assert_eq!(
                chosen(&[(1, &whole), (1, &whole)]),
                Err(StoreError::InvalidPartOrder)
            );
            assert_eq!(chosen(&[(1, &last)]), Err(StoreError::InvalidPart));
            assert_eq!(chosen(&[(4, &last)]), Err(StoreError::InvalidPart));
            assert_eq!(
                chosen(&[(2, &small), (3, &last)]),
                Err(StoreError::EntityTooSmall)
            );
            Ok(())
        })
        .unwrap();
}
