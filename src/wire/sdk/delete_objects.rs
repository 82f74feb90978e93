//! Many deletes in one request.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use s3_store_core::wire::{
    Attempt, AttemptError, DeleteObjectsRequest, DeleteObjectsWire, DeletedObject, DeletedObjects,
    NotDeleted,
};

use super::SdkWire;
use super::more::More;
use crate::wire::errors::unmade;

impl DeleteObjectsWire for SdkWire {
    async fn delete_objects(
        &self,
        request: &DeleteObjectsRequest,
        attempt: &Attempt,
    ) -> Result<DeletedObjects, AttemptError> {
        let objects = request.objects.iter().map(|object| {
            ObjectIdentifier::builder()
                .key(&object.key)
                .set_version_id(object.version_id.clone())
                .build()
        });
        let objects = objects.collect::<Result<_, _>>().map_err(unmade)?;
        let delete = Delete::builder().set_objects(Some(objects)).build();
        let delete = delete.map_err(unmade)?;
        let (output, _) = self
            .send(attempt, |client, probe| {
                client
                    .delete_objects()
                    .bucket(&self.settings.bucket)
                    .delete(delete)
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let deleted = output.deleted.unwrap_or_default().into_iter();
        let errors = output.errors.unwrap_or_default().into_iter();
        Ok(DeletedObjects {
            deleted: deleted
                .map(|object| DeletedObject {
                    key: object.key.unwrap_or_default(),
                    version_id: object.version_id,
                    delete_marker: object.delete_marker == Some(true),
                    delete_marker_version_id: object.delete_marker_version_id,
                })
                .collect(),
            errors: errors
                .map(|error| NotDeleted {
                    key: error.key.unwrap_or_default(),
                    version_id: error.version_id,
                    code: error.code,
                    message: error.message,
                })
                .collect(),
        })
    }
}
