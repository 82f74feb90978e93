//! Pages of a listing, read from S3's XML.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use quick_xml::DeError;
use quick_xml::de::from_str;
use s3_store_core::wire::{ListRequest, ListedObject, Page};
use serde::Deserialize;

use crate::wire::form_decode;

#[derive(Deserialize)]
enum Document {
    ListBucketResult(ListBucketResult),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBucketResult {
    #[serde(default)]
    contents: Vec<Contents>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefix>,
    encoding_type: Option<String>,
    is_truncated: Option<String>,
    next_continuation_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: Option<String>,
    #[serde(rename = "ETag")]
    etag: Option<String>,
    size: Option<i64>,
    last_modified: Option<String>,
    storage_class: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    prefix: Option<String>,
}

/// The parameters of a listing, but for those that every listing has.
pub(super) fn parameters(request: &ListRequest) -> Vec<(String, String)> {
    let given = [
        ("continuation-token", request.continuation_token.clone()),
        ("delimiter", request.delimiter.clone()),
        ("max-keys", request.max_keys.map(|keys| keys.to_string())),
        (
            "prefix",
            Some(request.prefix.clone()).filter(|prefix| !prefix.is_empty()),
        ),
        ("start-after", request.start_after.clone()),
        // Keys may hold characters that XML can't.
        ("encoding-type", Some("url".to_owned())),
        ("list-type", Some("2".to_owned())),
    ];
    let given = given.into_iter();
    given
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// A page, as its document has it.
///
/// # Errors
///
/// What is no such document, or breaks off.
pub(super) fn page(document: &str) -> Result<Page, DeError> {
    let Document::ListBucketResult(found) = from_str(document)?;
    // A server that ignores the encoding doesn't name it.
    let is_encoded = found.encoding_type.as_deref() == Some("url");
    let decoded = |text: Option<String>| match text.unwrap_or_default() {
        text if is_encoded => form_decode(&text),
        text => text,
    };
    let mut objects = Vec::with_capacity(found.contents.len());
    for object in found.contents {
        let last_modified = object.last_modified.as_deref().map(milliseconds);
        objects.push(ListedObject {
            key: decoded(object.key),
            etag: object.etag,
            size: object.size,
            last_modified: last_modified.transpose()?,
            storage_class: object.storage_class,
        });
    }
    let common = found.common_prefixes.into_iter();
    Ok(Page {
        objects,
        common_prefixes: common.map(|common| decoded(common.prefix)).collect(),
        // What says neither must not end the listing.
        is_truncated: match found.is_truncated.as_deref() {
            Some("true") => true,
            Some("false") | None => false,
            Some(_) => return Err(DeError::Custom("IsTruncated is no boolean".to_owned())),
        },
        next: found.next_continuation_token,
    })
}

fn milliseconds(date: &str) -> Result<i64, DeError> {
    let date = DateTime::from_str(date, Format::DateTimeWithOffset);
    date.ok()
        .and_then(|date| date.to_millis().ok())
        .ok_or_else(|| DeError::Custom("LastModified is no date".to_owned()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PAGE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
  <Name>bucket</Name><Prefix>a%2F</Prefix><KeyCount>2</KeyCount><MaxKeys>3</MaxKeys>
  <EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>
  <NextContinuationToken>a&amp;b=</NextContinuationToken>
  <Contents><Key>a%2Fb+c%2B</Key><LastModified>2026-11-22T06:00:10.123Z</LastModified><ETag>&quot;e&quot;</ETag>
    <Size>5000000000</Size><StorageClass>STANDARD</StorageClass><Owner><ID>o</ID></Owner></Contents>
  <CommonPrefixes><Prefix>a%2Fd%2F</Prefix></CommonPrefixes>
  <Contents><Key>a/e</Key></Contents>
</ListBucketResult>"#;

    #[test]
    fn a_page_is_asked_for_by_what_was_given() {
        let asked = |request: &ListRequest| -> Vec<String> {
            let parameters = parameters(request).into_iter();
            parameters
                .map(|(name, value)| format!("{name}={value}"))
                .collect()
        };
        let always = ["encoding-type=url", "list-type=2"];
        assert_eq!(asked(&ListRequest::default()), always);
        let all = asked(&ListRequest {
            prefix: "a/".to_owned(),
            continuation_token: Some("t".to_owned()),
            delimiter: Some("/".to_owned()),
            max_keys: Some(7),
            start_after: Some("b".to_owned()),
            ..ListRequest::default()
        });
        let given = [
            "continuation-token=t",
            "delimiter=/",
            "max-keys=7",
            "prefix=a/",
            "start-after=b",
        ];
        assert_eq!(all, [&given[..], &always].concat());
    }

    #[test]
    fn a_page_is_what_its_document_says() {
        let page = page(PAGE).unwrap();
        let first = &page.objects[0];
        assert_eq!(first.key, "a/b c+");
        assert_eq!(first.etag.as_deref(), Some("\"e\""));
        assert_eq!(first.size, Some(5_000_000_000));
        assert_eq!(first.last_modified, Some(1_795_327_210_123));
        assert_eq!(first.storage_class.as_deref(), Some("STANDARD"));
        assert_eq!(page.objects[1].key, "a/e");
        assert_eq!(page.objects[1].last_modified, None);
        assert_eq!(page.common_prefixes, ["a/d/"]);
        assert!(page.is_truncated);
        assert_eq!(page.next.as_deref(), Some("a&b="));
    }

    #[test]
    fn an_empty_page_is_a_page() {
        let page = page("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>");
        let page = page.unwrap();
        assert!(page.objects.is_empty() && !page.is_truncated);
    }

    #[test]
    fn keys_stay_as_they_are_where_nothing_is_encoded() {
        let found = page(&PAGE.replace("<EncodingType>url</EncodingType>", "")).unwrap();
        assert_eq!(found.objects[0].key, "a%2Fb+c%2B");
    }

    #[test]
    fn what_breaks_off_or_is_something_else_is_no_page() {
        for document in [
            "",
            "<html></html>",
            "<Error><Code>SlowDown</Code></Error>",
            &PAGE[..PAGE.len() / 2],
            &PAGE[..PAGE.len() - 3],
        ] {
            assert!(page(document).is_err(), "{document}");
        }
    }

    proptest! {
        #[test]
        fn no_document_makes_more_of_it_than_is_there(
            from in 0..PAGE.len(), to in 0..PAGE.len(), piece in "[<>&;/a-zA-Z\\u{0}\\u{7f}é]{0,20}"
        ) {
            let (from, to) = (from.min(to), from.max(to));
            let mut text = PAGE.get(..from).unwrap_or_default().to_owned();
            text.push_str(&piece);
            text.push_str(PAGE.get(to..).unwrap_or_default());
            if let Ok(page) = page(&text) {
                let keys: usize = page.objects.iter().map(|object| object.key.len()).sum();
                prop_assert!(keys <= text.len());
            }
        }
    }
}
