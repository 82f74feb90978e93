//! Copies: by one request and by parts a server may make different things of the same condition.

use s3_store_core::wire::{
    Answer, Attempt, AttemptError, CopyRequest, CopyWire, GetTagsRequest, Part, PartCopyRequest,
    PartCopyWire, PutTagsRequest, Tags, TagsWire, Written,
};
use s3_store_core::{
    ByteRange, Copy, ETag, Failure, Kind, Precondition, Store, WRITE_ID, WriteOutput,
};

use super::objects::{Objects, service};
use super::server::{Fate, Sent, Server, Verb, sent};

impl CopyWire for Server {
    async fn copy(
        &self,
        request: &CopyRequest,
        attempt: &Attempt,
    ) -> Result<Written, AttemptError> {
        let id = request.metadata.iter().find(|(name, _)| name == WRITE_ID);
        let id = id.map(|(_, id)| id.as_str());
        let mut is_pinned = false;
        self.objects(|objects| {
            let there = objects.current(&request.source);
            let etag = there.and_then(|source| source.etag.as_deref());
            is_pinned = etag == request.source_etag.as_ref().map(ETag::as_str);
        });
        if !is_pinned {
            return Err(service("PreconditionFailed", 412));
        }
        let sent = sent(Verb::Copy, &request.key, &request.condition);
        let answer = self.answer(attempt, sent, id).await?;
        Ok(Written {
            etag: answer.etag().unwrap(),
            answer,
        })
    }
}

impl PartCopyWire for Server {
    async fn copy_part(
        &self,
        request: &PartCopyRequest,
        attempt: &Attempt,
    ) -> Result<Part, AttemptError> {
        self.begun(&request.upload)?;
        let pin = Precondition::IfMatch(request.source_etag.clone());
        self.answer(attempt, sent(Verb::CopyPart, &request.source, &pin), None)
            .await?;
        self.objects(|objects| {
            let whole = objects.current(&request.source).map_or(0, |it| it.length);
            let length = match request.range {
                ByteRange::Between(first, last) if !objects.ignores_ranges => {
                    usize::try_from(last - first + 1).unwrap()
                }
                _ => whole,
            };
            let mut begun = objects.uploads.iter_mut();
            let begun = begun.find(|begun| *begun.key == *request.upload.key);
            begun.unwrap().length += length;
        });
        Ok(Part {
            number: request.number,
            etag: ETag::new("\"part\""),
            checksum: None,
        })
    }
}

impl TagsWire for Server {
    async fn get_tags(&self, _: &GetTagsRequest, _: &Attempt) -> Result<Tags, AttemptError> {
        Ok(Vec::new())
    }

    async fn put_tags(&self, _: &PutTagsRequest, _: &Attempt) -> Result<Answer, AttemptError> {
        Ok(Answer::default())
    }
}

/// Copies ten bytes to where nothing is.
async fn copied(server: &Server, part_size: Option<u64>) -> Result<WriteOutput, Failure> {
    copied_by(&server.store(), server, part_size).await
}

async fn copied_by(
    store: &Store<Server>,
    server: &Server,
    part_size: Option<u64>,
) -> Result<WriteOutput, Failure> {
    server.objects(|objects| {
        objects.remove("mine");
        objects.overwrite("mine too");
        objects.set_length("mine too", 10);
    });
    store.copy(copy(part_size)).await
}

fn copy(part_size: Option<u64>) -> Copy {
    Copy {
        source: "mine too".into(),
        source_version_id: None,
        source_if_match: None,
        key: "mine".into(),
        condition: Precondition::IfAbsent,
        content_type: None,
        metadata: None,
        headers: Vec::new(),
        recovery: true,
        max_attempts: None,
        part_size,
        concurrency: None,
    }
}

/// What the server was asked of the caller's key.
fn made(server: &Server) -> Vec<Verb> {
    let writes = [Verb::Copy, Verb::Complete];
    let made = server.sent(|sent| sent.key == "mine" && writes.contains(&sent.verb));
    made.iter().map(|sent| sent.verb).collect()
}

/// Ignores the condition of a verb.
fn ignores(verb: Verb) -> impl FnMut(&Sent, &mut Objects) -> Fate + Send + 'static {
    move |sent, _| {
        if sent.verb == verb {
            Fate::Ignore
        } else {
            Fate::Honest
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_copy_by_parts_is_verified_once_for_its_parts_and_once_for_their_completion() {
    let server = Server::new();
    let store = server.store();
    for _ in 0..2 {
        copied_by(&store, &server, Some(4)).await.unwrap();
        // A second key is what is copied.
        assert_eq!(server.own_keys(), 3);
    }
    assert_eq!(made(&server), [Verb::Complete; 2]);
    copied(&server, Some(10)).await.unwrap();
    assert_eq!(made(&server)[2..], [Verb::Copy]);
    assert_eq!((server.left_behind(), server.uploads_left()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn where_one_request_ignores_the_condition_parts_may_not() {
    let server = Server::scripted(ignores(Verb::Copy));
    for _ in 0..2 {
        let failure = copied(&server, None).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported);
        assert!(
            failure.message.contains("on CopyObject"),
            "{}",
            failure.message
        );
        assert!(failure.message.contains("set options.partSize"));
    }
    assert_eq!(server.sent_for_the_caller(), 0);
    // Of more than a part, and of less.
    for part_size in [4, 100] {
        assert!(copied(&server, Some(part_size)).await.is_ok());
    }
    assert_eq!(made(&server), [Verb::Complete; 2]);
    assert_eq!((server.left_behind(), server.uploads_left()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn an_empty_object_has_no_parts_to_copy_by() {
    let server = Server::scripted(ignores(Verb::Copy));
    server.objects(|objects| drop(objects.overwrite("empty")));
    let copy = Copy {
        source: "empty".into(),
        ..copy(Some(4))
    };
    let failure = server.store().copy(copy).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(failure.message.contains("on CopyObject"));
    assert_eq!(server.sent_for_the_caller(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_copies_parts_of_anything_is_refused() {
    let server = Server::scripted(ignores(Verb::CopyPart));
    let failure = copied(&server, Some(4)).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    let what = "x-amz-copy-source-if-match on UploadPartCopy";
    assert!(failure.message.contains(what), "{}", failure.message);
    assert_eq!(server.sent_for_the_caller(), 0);
    assert_eq!((server.left_behind(), server.uploads_left()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_server_whose_parts_are_the_whole_source_is_refused() {
    let server = Server::new();
    server.objects(|objects| objects.ignores_ranges = true);
    let failure = copied(&server, Some(4)).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    let what = "x-amz-copy-source-range on UploadPartCopy";
    assert!(failure.message.contains(what), "{}", failure.message);
    assert_eq!(server.sent_for_the_caller(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ignores_the_condition_of_completions_is_refused() {
    let server = Server::scripted(ignores(Verb::Complete));
    let failure = copied(&server, Some(4)).await.unwrap_err();
    assert_eq!(failure.kind, Kind::Unsupported);
    assert!(failure.message.contains("on CompleteMultipartUpload"));
    assert_eq!(server.sent_for_the_caller(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_verified_is_not_copied() {
    for (part_size, what) in [
        (None, "the conditions of CopyObject could not be verified"),
        (
            Some(4),
            "the conditions of UploadPartCopy could not be verified",
        ),
    ] {
        let server = Server::scripted(|sent, _| {
            if sent.is_own {
                Fate::Answer("AccessDenied", 403)
            } else {
                Fate::Honest
            }
        });
        let failure = copied(&server, part_size).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Unsupported);
        assert!(failure.message.contains(what), "{}", failure.message);
        assert_eq!(server.sent_for_the_caller(), 0);
    }
}
