//! A caller's conditional writes.

use s3_store_core::{Delete, ETag, Failure, PartWriter, Precondition, Put, Store, WriteOutput};

use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Put,
    Delete,
    CreateInParts,
    PutInParts,
    /// A put of a body that comes piece by piece and fits into one part.
    PutOfOnePart,
}

pub(crate) const CALLS: [Call; 3] = [Call::Create, Call::Put, Call::Delete];

impl Call {
    /// Makes the call where nothing stands in its way but the verification.
    pub(crate) async fn on(self, server: &Server) -> Result<WriteOutput, Failure> {
        self.make(server, &server.store()).await
    }

    /// The same, by `store`.
    pub(crate) async fn make(
        self,
        server: &Server,
        store: &Store<Server>,
    ) -> Result<WriteOutput, Failure> {
        let mut tag = String::new();
        server.objects(|objects| {
            objects.remove("mine");
            if !matches!(self, Self::Create | Self::CreateInParts) {
                tag = objects.overwrite("mine");
            }
        });
        let condition = match self {
            Self::Create | Self::CreateInParts => Precondition::IfAbsent,
            _ => Precondition::IfMatch(ETag::new(&tag)),
        };
        let key = "mine".to_owned();
        if self == Self::Delete {
            let delete = Delete {
                key,
                condition,
                idempotent: false,
                version_id: None,
                headers: Vec::new(),
                max_attempts: None,
            };
            return store.delete(delete).await;
        }
        let put = Put {
            key,
            body: "mine".into(),
            condition,
            content_type: "text/plain".to_owned(),
            metadata: Vec::new(),
            headers: Vec::new(),
            recovery: true,
            max_attempts: None,
        };
        let part_size = match self {
            Self::CreateInParts | Self::PutInParts => 3,
            Self::PutOfOnePart => 4,
            _ => return store.put(put).await,
        };
        let (writer, parts) = PartWriter::new(part_size, 2);
        let feed = async {
            let taken = writer.write(&put.body);
            if taken < put.body.len() {
                writer.send().await;
                writer.write(&put.body[taken..]);
            }
            writer.end();
        };
        tokio::join!(store.upload(put.clone(), parts), feed).0
    }
}
