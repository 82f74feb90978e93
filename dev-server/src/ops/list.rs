//! `ListObjectsV2` and `ListObjects`.

use s3s::dto::{
    CommonPrefix, EncodingType, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input,
    ListObjectsV2Output, Object, ObjectStorageClass,
};
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::DevS3;
use super::convert::{checksum_type, count, etag, length, listed_class, owner};
use crate::digest::{base64, from_base64};
use crate::store::{Entry, ListRequest, Listing};

/// The most lines S3 puts into one page.
pub(super) const MAX_PAGE: i32 = 1000;

/// How keys are written into a listing: as they are, or as a form encodes them, with `/` left alone.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>, `encoding-type`.
#[derive(Clone, Copy)]
pub(super) struct KeyEncoding {
    url: bool,
}

impl KeyEncoding {
    pub(super) fn new(asked: Option<&EncodingType>) -> Self {
        Self {
            url: asked.is_some_and(|asked| asked.as_str() == "url"),
        }
    }

    pub(super) fn text(self, text: &str) -> String {
        if !self.url {
            return text.to_owned();
        }
        let parts: Vec<String> = text
            .split('/')
            .map(|part| form_urlencoded::byte_serialize(part.as_bytes()).collect())
            .collect();
        parts.join("/")
    }

    pub(super) fn optional(self, text: Option<&String>) -> Option<String> {
        text.filter(|text| !text.is_empty())
            .map(|text| self.text(text))
    }
}

/// The size of a page that was asked for, within S3's limits.
///
/// # Errors
/// `InvalidArgument` for a negative size.
pub(super) fn page_size(asked: Option<i32>) -> S3Result<usize> {
    usize::try_from(asked.unwrap_or(MAX_PAGE).min(MAX_PAGE)).map_err(|_| {
        s3_error!(
            InvalidArgument,
            "Argument max-keys must be an integer between 0 and 2147483647"
        )
    })
}

pub(super) fn list_objects_v2(
    s3: &DevS3,
    req: S3Request<ListObjectsV2Input>,
) -> S3Result<S3Response<ListObjectsV2Output>> {
    let input = req.input;
    let encoding = KeyEncoding::new(input.encoding_type.as_ref());
    let max = page_size(input.max_keys)?;
    // A token goes before start-after: it was given out by a listing that had already applied it.
    let after = match &input.continuation_token {
        Some(token) => Some(from_token(token)?),
        None => input.start_after.clone().filter(|after| !after.is_empty()),
    };
    let listing = list(
        s3,
        &input.bucket,
        input.prefix.as_ref(),
        input.delimiter.as_ref(),
        after,
        max,
    )?;
    let with_owner = input.fetch_owner == Some(true);
    let next = listing.next.clone();
    let key_count = count(listing.entries.len());
    let (contents, common_prefixes) = lines(listing, encoding, with_owner);
    Ok(S3Response::new(ListObjectsV2Output {
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
        delimiter: encoding.optional(input.delimiter.as_ref()),
        start_after: encoding.optional(input.start_after.as_ref()),
        max_keys: Some(count(max)),
        key_count: Some(key_count),
        is_truncated: Some(next.is_some()),
        continuation_token: input.continuation_token,
        next_continuation_token: next.map(|next| to_token(&next)),
        encoding_type: input.encoding_type,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        request_charged: None,
    }))
}

pub(super) fn list_objects(
    s3: &DevS3,
    req: S3Request<ListObjectsInput>,
) -> S3Result<S3Response<ListObjectsOutput>> {
    let input = req.input;
    let encoding = KeyEncoding::new(input.encoding_type.as_ref());
    let max = page_size(input.max_keys)?;
    let after = input.marker.clone().filter(|after| !after.is_empty());
    let listing = list(
        s3,
        &input.bucket,
        input.prefix.as_ref(),
        input.delimiter.as_ref(),
        after,
        max,
    )?;
    let next = listing.next.clone();
    let (contents, common_prefixes) = lines(listing, encoding, true);
    Ok(S3Response::new(ListObjectsOutput {
        name: Some(input.bucket),
        prefix: Some(encoding.text(input.prefix.as_deref().unwrap_or_default())),
        marker: Some(encoding.text(input.marker.as_deref().unwrap_or_default())),
        max_keys: Some(count(max)),
        is_truncated: Some(next.is_some()),
        // Without a delimiter S3 leaves this out: the last key says as much.
        next_marker: next
            .filter(|_| input.delimiter.is_some())
            .map(|next| encoding.text(&next)),
        delimiter: encoding.optional(input.delimiter.as_ref()),
        encoding_type: input.encoding_type,
        contents: Some(contents),
        common_prefixes: Some(common_prefixes),
        request_charged: None,
    }))
}

fn list(
    s3: &DevS3,
    bucket: &str,
    prefix: Option<&String>,
    delimiter: Option<&String>,
    after: Option<String>,
    max: usize,
) -> S3Result<Listing<Entry, String>> {
    let request = ListRequest {
        prefix: prefix.cloned().unwrap_or_default(),
        delimiter: delimiter.cloned(),
        after,
        max,
    };
    Ok(s3
        .store
        .bucket(bucket, |bucket, _| Ok(bucket.list(&request)))?)
}

fn lines(
    listing: Listing<Entry, String>,
    encoding: KeyEncoding,
    with_owner: bool,
) -> (Vec<Object>, Vec<CommonPrefix>) {
    let mut contents = Vec::new();
    let mut prefixes = Vec::new();
    for entry in listing.entries {
        match entry {
            Entry::Prefix(prefix) => prefixes.push(CommonPrefix {
                prefix: Some(encoding.text(&prefix)),
            }),
            Entry::Object { key, version } => {
                let Some(object) = &version.object else {
                    continue;
                };
                contents.push(Object {
                    key: Some(encoding.text(&key)),
                    e_tag: Some(etag(&object.etag)),
                    size: Some(length(object.body.len())),
                    last_modified: Some(version.modified.into()),
                    storage_class: Some(ObjectStorageClass::from(listed_class(
                        object.attributes.storage_class.as_ref(),
                    ))),
                    checksum_algorithm: object
                        .checksum
                        .as_ref()
                        .map(|sum| vec![sum.algorithm.name().to_owned().into()]),
                    checksum_type: checksum_type(object.checksum.as_ref()),
                    owner: with_owner.then(owner),
                    restore_status: None,
                });
            }
        }
    }
    (contents, prefixes)
}

/// Tokens are opaque to clients. They carry the last key or prefix in base64, which passes through XML and a query unharmed.
fn to_token(last: &str) -> String {
    base64(last.as_bytes())
}

fn from_token(token: &str) -> S3Result<String> {
    from_base64(token)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(|| {
            s3_error!(
                InvalidArgument,
                "The continuation token provided is incorrect"
            )
        })
}
