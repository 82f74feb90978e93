//! The tags of objects.

use aws_sdk_s3::types::{Tag, Tagging};
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, GetTagsRequest, PutTagsRequest, Tags, TagsWire,
};

use super::SdkWire;
use super::more::More;
use crate::wire::answers;
use crate::wire::errors::unmade;

impl TagsWire for SdkWire {
    async fn get_tags(
        &self,
        request: &GetTagsRequest,
        attempt: &Attempt,
    ) -> Result<Tags, AttemptError> {
        let (output, _) = self
            .send(attempt, |client, probe| {
                client
                    .get_object_tagging()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .set_version_id(request.version_id.clone())
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        let tags = output.tag_set.into_iter();
        Ok(tags.map(|tag| (tag.key, tag.value)).collect())
    }

    async fn put_tags(
        &self,
        request: &PutTagsRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let tags = request
            .tags
            .iter()
            .map(|(name, value)| Tag::builder().key(name).value(value).build());
        let tags = tags.collect::<Result<_, _>>().map_err(unmade)?;
        let tagging = Tagging::builder().set_tag_set(Some(tags)).build();
        let tagging = tagging.map_err(unmade)?;
        let (_, heard) = self
            .send(attempt, |client, probe| {
                client
                    .put_object_tagging()
                    .bucket(&self.settings.bucket)
                    .key(&*request.key)
                    .set_version_id(request.version_id.clone())
                    .tagging(tagging)
                    .customize()
                    .interceptor(More::headers(&request.headers))
                    .interceptor(probe)
                    .send()
            })
            .await?;
        answers::tagged(heard.answer, &heard.body)
    }
}
