//! Listings of versions.

use aws_sdk_s3::types::EncodingType;
use aws_smithy_xml::decode::{Document, XmlDecodeError};
use s3_store_core::wire::{
    Attempt, AttemptError, ListVersionsRequest, ListVersionsWire, ListedVersion, VersionMarker,
    VersionsPage,
};

use super::more::More;
use super::{SdkWire, decoded};

impl ListVersionsWire for SdkWire {
    async fn list_versions(
        &self,
        request: &ListVersionsRequest,
        attempt: &Attempt,
    ) -> Result<VersionsPage, AttemptError> {
        let prefix = (!request.prefix.is_empty()).then(|| request.prefix.clone());
        let marker = request.marker.clone();
        let (key_marker, version_id_marker) =
            marker.map_or((None, None), |marker| (Some(marker.key), marker.version_id));
        let (output, heard) = self
            .send(attempt, |client, probe| {
                client
                    .list_object_versions()
                    .bucket(&self.settings.bucket)
                    .set_prefix(prefix)
                    .set_key_marker(key_marker)
                    .set_version_id_marker(version_id_marker)
                    .set_delimiter(request.delimiter.clone())
                    .set_max_keys(request.max_keys.map(i32::from))
                    // Keys may hold characters that XML can't.
                    .encoding_type(EncodingType::Url)
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let encoded = matches!(output.encoding_type, Some(EncodingType::Url));
        let versions = output.versions.unwrap_or_default().into_iter();
        let versions = versions.map(|version| ListedVersion {
            key: decoded(version.key, encoded),
            version_id: version.version_id.unwrap_or_default(),
            is_delete_marker: false,
            is_latest: version.is_latest == Some(true),
            etag: version.e_tag,
            size: version.size,
            last_modified: version.last_modified.and_then(|at| at.to_millis().ok()),
            storage_class: version.storage_class.map(|class| class.as_str().to_owned()),
        });
        let markers = output.delete_markers.unwrap_or_default().into_iter();
        let markers = markers.map(|marker| ListedVersion {
            key: decoded(marker.key, encoded),
            version_id: marker.version_id.unwrap_or_default(),
            is_delete_marker: true,
            is_latest: marker.is_latest == Some(true),
            last_modified: marker.last_modified.and_then(|at| at.to_millis().ok()),
            ..ListedVersion::default()
        });
        let common_prefixes = output.common_prefixes.unwrap_or_default().into_iter();
        let next = output.next_key_marker.map(|key| VersionMarker {
            key: decoded(Some(key), encoded),
            version_id: output.next_version_id_marker,
        });
        Ok(VersionsPage {
            versions: in_order(&heard.body, versions, markers),
            common_prefixes: common_prefixes
                .map(|common| decoded(common.prefix, encoded))
                .collect(),
            is_truncated: output.is_truncated == Some(true),
            next,
        })
    }
}

/// What the SDK parts, in the order in which `document` has it.
fn in_order<T>(
    document: &[u8],
    mut versions: impl Iterator<Item = T>,
    mut markers: impl Iterator<Item = T>,
) -> Vec<T> {
    let order = kinds(document).unwrap_or_default().into_iter();
    let told = order.filter_map(|kind| match kind {
        Kind::Version => versions.next(),
        Kind::DeleteMarker => markers.next(),
    });
    let mut rows: Vec<_> = told.collect();
    rows.extend(versions);
    rows.extend(markers);
    rows
}

enum Kind {
    Version,
    DeleteMarker,
}

/// What each element of a listing of versions is, but for those that are neither.
fn kinds(document: &[u8]) -> Result<Vec<Kind>, XmlDecodeError> {
    let mut document = Document::try_from(document)?;
    let mut root = document.root_element()?;
    let mut kinds = Vec::new();
    while let Some(tag) = root.next_tag() {
        match tag.start_el().local() {
            "Version" => kinds.push(Kind::Version),
            "DeleteMarker" => kinds.push(Kind::DeleteMarker),
            _ => {}
        }
    }
    Ok(kinds)
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn what_was_parted_is_put_in_the_documents_order() {
        let document = "<ListVersionsResult><Name>b</Name><DeleteMarker><Key>a</Key></DeleteMarker>\
            <Version><Key>a</Key><Owner><ID>1</ID></Owner></Version><Version/><DeleteMarker/></ListVersionsResult>";
        let rows = |document: &str| {
            let versions = ["v1", "v2"].into_iter();
            in_order(document.as_bytes(), versions, ["m1", "m2"].into_iter())
        };
        assert_eq!(rows(document), ["m1", "v1", "v2", "m2"]);
        assert_eq!(rows("what is no document"), ["v1", "v2", "m1", "m2"]);
    }
}
