//! A caller's conditional writes.

use s3_store_core::{Delete, ETag, Failure, Precondition, Put, Store, WriteOutput};

use super::server::Server;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Create,
    Put,
    Delete,
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
            if self != Self::Create {
                tag = objects.overwrite("mine");
            }
        });
        let condition = match self {
            Self::Create => Precondition::IfAbsent,
            Self::Put | Self::Delete => Precondition::IfMatch(ETag::new(&tag)),
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
        store.put(put).await
    }
}
