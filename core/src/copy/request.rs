//! What the requests of a copy carry: all that it is to have is said, so that nothing but content and tags comes from the source.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Copy, Source};
use crate::checksum::{Algorithm, of_upload};
use crate::object::{Object, without_own_key};
use crate::range::ByteRange;
use crate::wire::{
    CopyRequest, CreateUploadRequest, GetTagsRequest, Headers, PartCopyRequest, Tags, Upload,
    header,
};
use crate::write_id::{WRITE_ID, WriteId};

/// S3's own for an object that was written without.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";
/// What belongs to the content, beside its type.
const INHERITED: [&str; 5] = [
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "expires",
];
const METADATA: &str = "x-amz-meta-";
/// Before the headers of a key that the source is encrypted with.
const OF_SOURCE: &str = "x-amz-copy-source-server-side-encryption-customer-";
const TAGGING_DIRECTIVE: &str = "x-amz-tagging-directive";
const CHECKSUM: &str = "x-amz-checksum-algorithm";
const OF_OBJECT: &str = "x-amz-server-side-encryption-customer-";

/// Of the one request that makes the copy.
pub(super) fn request(copy: &Copy, source: &Source, id: Option<&WriteId>) -> CopyRequest {
    let found = &source.answer.headers;
    let mut headers = copy.headers.clone();
    for name in INHERITED {
        if let (None, Some(value)) = (header(&copy.headers, name), header(found, name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let content_type = copy.content_type.as_deref();
    let content_type = content_type.or_else(|| header(found, "content-type"));
    let mut metadata = copy.metadata.clone().unwrap_or_else(|| {
        let own = found.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix(METADATA)?;
            (name != WRITE_ID).then(|| (name.to_owned(), value.clone()))
        });
        own.collect()
    });
    metadata.extend(id.map(|id| (WRITE_ID.to_owned(), id.as_str().to_owned())));
    CopyRequest {
        source: Arc::clone(&copy.source),
        source_version_id: copy.source_version_id.clone(),
        source_etag: Some(source.etag.clone()),
        key: Arc::clone(&copy.key),
        condition: copy.condition.clone(),
        content_type: content_type.unwrap_or(DEFAULT_CONTENT_TYPE).to_owned(),
        metadata,
        headers,
    }
}

/// Of the upload that a copy by parts is made of. It has no source: what concerns that goes with the parts.
pub(super) fn upload_request(
    copy: &Copy,
    source: &Source,
    id: Option<&WriteId>,
    tags: Option<&Tags>,
) -> CreateUploadRequest {
    let CopyRequest {
        key,
        content_type,
        metadata,
        mut headers,
        ..
    } = request(copy, source, id);
    headers.retain(|(name, _)| {
        !matches!(name.as_str(), TAGGING_DIRECTIVE | CHECKSUM) && !name.starts_with(OF_SOURCE)
    });
    of_upload(checksum(copy), &mut headers);
    if let Some(tags) = tags.filter(|tags| !tags.is_empty()) {
        headers.push(("x-amz-tagging".to_owned(), tagging(tags)));
    }
    CreateUploadRequest {
        key,
        content_type,
        metadata,
        headers,
    }
}

/// What S3 is to compute of the copy, if anything.
fn checksum(copy: &Copy) -> Option<Algorithm> {
    header(&copy.headers, CHECKSUM).and_then(Algorithm::named)
}

/// Of a part of the copy.
pub(super) fn part_request(
    copy: &Copy,
    source: &Source,
    upload: &Upload,
    number: u16,
    range: ByteRange,
) -> PartCopyRequest {
    let of_source = copy.headers.iter();
    let of_source = of_source.filter(|(name, _)| name.starts_with(OF_SOURCE));
    let mut headers = Object::of(&copy.key, &copy.headers).access;
    headers.extend(of_source.cloned());
    PartCopyRequest {
        upload: upload.clone(),
        number,
        source: Arc::clone(&copy.source),
        source_version_id: copy.source_version_id.clone(),
        source_etag: source.etag.clone(),
        range,
        checksum: checksum(copy),
        headers,
    }
}

/// For the tags that the source has. `None` where the copy gets others.
pub(super) fn tags_request(copy: &Copy) -> Option<GetTagsRequest> {
    let is_given = header(&copy.headers, TAGGING_DIRECTIVE).is_some();
    (!is_given).then(|| GetTagsRequest {
        key: Arc::clone(&copy.source),
        version_id: copy.source_version_id.clone(),
        headers: without_own_key(&Object::of(&copy.source, &copy.headers).access),
    })
}

/// Tags as a query string has them.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>, on x-amz-tagging
fn tagging(tags: &Tags) -> String {
    let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs = tags.iter();
    let pairs = pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// What a look at the source has to carry: the rights of the copy, and the key that the source is encrypted with.
pub(super) fn source_headers(headers: &Headers) -> Headers {
    let rights = Object::of(&"".into(), headers).without_own_key().access;
    let own_key = headers.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix(OF_SOURCE)?;
        Some((format!("{OF_OBJECT}{name}"), value.clone()))
    });
    rights.into_iter().chain(own_key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precondition::{ETag, Precondition};
    use crate::wire::Answer;

    fn headers(pairs: &[(&str, &str)]) -> Headers {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn copy(
        content_type: Option<&str>,
        metadata: Option<&[(&str, &str)]>,
        further: &[(&str, &str)],
    ) -> Copy {
        Copy {
            source: "from".into(),
            source_version_id: None,
            source_if_match: None,
            key: "to".into(),
            condition: Precondition::IfAbsent,
            content_type: content_type.map(str::to_owned),
            metadata: metadata.map(headers),
            headers: headers(further),
            recovery: true,
            max_attempts: None,
            part_size: None,
            concurrency: None,
        }
    }

    fn source() -> Source {
        let found = [
            ("content-type", "text/plain"),
            ("cache-control", "no-store"),
            ("content-language", "de"),
            ("content-length", "5"),
            ("x-amz-storage-class", "GLACIER"),
            ("x-amz-meta-owner", "me"),
            ("x-amz-meta-s3-store-write-id", "theirs"),
        ];
        Source {
            answer: Answer {
                status: 200,
                headers: headers(&found),
            },
            etag: ETag::new("\"1\""),
        }
    }

    #[test]
    fn what_is_not_given_is_the_sources_but_for_its_write_id() {
        let id = WriteId::known("ours");
        let sent = request(&copy(None, None, &[]), &source(), Some(&id));
        assert_eq!(sent.content_type, "text/plain");
        let inherited = [("cache-control", "no-store"), ("content-language", "de")];
        assert_eq!(sent.headers, headers(&inherited));
        assert_eq!(
            sent.metadata,
            headers(&[("owner", "me"), (WRITE_ID, "ours")])
        );
        assert_eq!(sent.source_etag, Some(ETag::new("\"1\"")));
    }

    #[test]
    fn what_is_given_goes_before_the_sources() {
        let given = [("cache-control", "private")];
        let given = copy(Some("text/html"), Some(&[("a", "b")]), &given);
        let sent = request(&given, &source(), None);
        assert_eq!(sent.content_type, "text/html");
        let expected = [("cache-control", "private"), ("content-language", "de")];
        assert_eq!(sent.headers, headers(&expected));
        assert_eq!(sent.metadata, headers(&[("a", "b")]));
    }

    #[test]
    fn a_look_at_the_source_carries_the_rights_and_the_sources_key() {
        let given = headers(&[
            ("x-amz-expected-bucket-owner", "1"),
            ("x-amz-server-side-encryption-customer-key", "of the copy"),
            (
                "x-amz-copy-source-server-side-encryption-customer-key",
                "of the source",
            ),
            ("x-amz-tagging", "a=b"),
        ]);
        let expected = [
            ("x-amz-expected-bucket-owner", "1"),
            ("x-amz-server-side-encryption-customer-key", "of the source"),
        ];
        assert_eq!(source_headers(&given), headers(&expected));
    }

    #[test]
    fn an_upload_says_the_same_but_for_what_concerns_the_source() {
        const KEY: &str = "x-amz-server-side-encryption-customer-key";
        const SOURCE_KEY: &str = "x-amz-copy-source-server-side-encryption-customer-key";
        let given = [
            ("x-amz-storage-class", "STANDARD_IA"),
            (KEY, "of the copy"),
            (SOURCE_KEY, "of the source"),
        ];
        let copy = copy(None, None, &given);
        let tags = vec![("a b".to_owned(), "ü&=".to_owned())];
        let id = WriteId::known("ours");
        let sent = upload_request(&copy, &source(), Some(&id), Some(&tags));
        let expected = [
            ("x-amz-storage-class", "STANDARD_IA"),
            (KEY, "of the copy"),
            ("cache-control", "no-store"),
            ("content-language", "de"),
            ("x-amz-tagging", "a%20b=%C3%BC%26%3D"),
        ];
        assert_eq!(sent.headers, headers(&expected));
        assert_eq!(sent.content_type, "text/plain");
        assert_eq!(
            sent.metadata,
            headers(&[("owner", "me"), (WRITE_ID, "ours")])
        );
        let upload = Upload {
            key: "to".into(),
            upload_id: "1".into(),
        };
        let part = part_request(&copy, &source(), &upload, 1, ByteRange::Between(0, 4));
        let expected = [(KEY, "of the copy"), (SOURCE_KEY, "of the source")];
        assert_eq!(part.headers, headers(&expected));
        assert_eq!(part.source_etag, ETag::new("\"1\""));
        assert_eq!(tags_request(&copy).map(|asked| asked.headers), Some(vec![]));
    }

    #[test]
    fn a_checksum_is_that_of_the_upload_and_of_each_part() {
        let copy = copy(None, None, &[(CHECKSUM, "SHA256")]);
        let sent = upload_request(&copy, &source(), None, None);
        let of_upload = &sent.headers[sent.headers.len() - 2..];
        let expected = [(CHECKSUM, "SHA256"), ("x-amz-checksum-type", "COMPOSITE")];
        assert_eq!(of_upload, headers(&expected));
        let upload = Upload {
            key: "to".into(),
            upload_id: "1".into(),
        };
        let part = part_request(&copy, &source(), &upload, 1, ByteRange::Between(0, 4));
        assert_eq!(part.checksum, Some(Algorithm::Sha256));
        assert_eq!(part.headers, Headers::new());
    }

    #[test]
    fn tags_that_are_given_are_not_asked_for() {
        let given = [("x-amz-tagging", "a=b"), (TAGGING_DIRECTIVE, "REPLACE")];
        let copy = copy(None, None, &given);
        assert!(tags_request(&copy).is_none());
        let sent = upload_request(&copy, &source(), None, None);
        let tagging = ("x-amz-tagging".to_owned(), "a=b".to_owned());
        assert!(sent.headers.contains(&tagging));
        assert_eq!(header(&sent.headers, TAGGING_DIRECTIVE), None);
    }
}
