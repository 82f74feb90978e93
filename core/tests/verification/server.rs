//! A server in memory that honours conditions, unless its script says otherwise.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use s3_store_core::wire::{
    Answer, Attempt, AttemptError, BodyStream, DeleteRequest, GetAnswer, GetRequest, HeadRequest,
    Headers, ListRequest, ListedVersion, NoAnswer, Page, PutRequest, ServiceError, Wire,
};
use s3_store_core::{
    Checksums, Policy, Precondition, ReadBack, Store, StoreConfig, WRITE_ID, Warn,
};

use super::objects::{Objects, service};

pub(crate) const ENDPOINT: &str = "http://server.test";
pub(crate) const PREFIX: &str = ".s3-store-native/";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Put,
    Delete,
    Head,
    Versions,
    CreateUpload,
    Part,
    Complete,
    Abort,
    /// The parts of an upload, listed.
    Parts,
    Copy,
    /// Of a part, of the key that is copied.
    CopyPart,
}

/// What a script sees of a request.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) verb: Verb,
    pub(crate) key: String,
    pub(crate) condition: Precondition,
    pub(crate) version_id: Option<String>,
    pub(crate) body: Bytes,
    /// Whether the key is one of our own.
    pub(crate) is_own: bool,
    /// How many keys of our own were used before this one.
    pub(crate) key_number: usize,
    /// How many requests of this verb the key has seen before.
    pub(crate) nth: usize,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Honest,
    /// Carried out whatever its condition.
    Ignore,
    /// Refused with this code and status; without a code it is a page of something in between.
    Answer(&'static str, u16),
    /// It never arrives.
    LostBefore,
    /// It is carried out, and its answer never arrives.
    LostAfter,
    /// It is carried out twice, as by a repeating proxy; the second answer arrives.
    Twice,
    /// Nothing is ever answered.
    Hang,
}

type Script = Box<dyn FnMut(&Sent, &mut Objects) -> Fate + Send>;

struct State {
    objects: Objects,
    sent: Vec<Sent>,
    own_keys: Vec<String>,
    script: Script,
}

#[derive(Clone)]
pub(crate) struct Server {
    state: Arc<Mutex<State>>,
    name: String,
    pub(crate) warnings: Arc<Mutex<Vec<String>>>,
}

fn lost() -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        code: Some("ECONNRESET".to_owned()),
        message: "reset".to_owned(),
        passing: true,
        ..NoAnswer::default()
    }))
}

impl Server {
    /// A server that no other test knows.
    pub(crate) fn new() -> Self {
        Self::scripted(|_, _| Fate::Honest)
    }

    pub(crate) fn scripted(
        script: impl FnMut(&Sent, &mut Objects) -> Fate + Send + 'static,
    ) -> Self {
        static SERVERS: AtomicUsize = AtomicUsize::new(0);
        Self {
            state: Arc::new(Mutex::new(State {
                objects: Objects::default(),
                sent: Vec::new(),
                own_keys: Vec::new(),
                script: Box::new(script),
            })),
            name: format!("server {}", SERVERS.fetch_add(1, Ordering::Relaxed)),
            warnings: Arc::default(),
        }
    }

    /// The same server, seen with other credentials, which its script knows.
    pub(crate) fn for_others(
        &self,
        script: impl FnMut(&Sent, &mut Objects) -> Fate + Send + 'static,
    ) -> Self {
        Self {
            name: self.name.clone(),
            warnings: Arc::clone(&self.warnings),
            ..Self::scripted(script)
        }
    }

    pub(crate) fn script(&self, script: impl FnMut(&Sent, &mut Objects) -> Fate + Send + 'static) {
        self.state().script = Box::new(script);
    }

    pub(crate) fn objects(&self, change: impl FnOnce(&mut Objects)) {
        change(&mut self.state().objects);
    }

    pub(crate) fn store(&self) -> Store<Self> {
        self.store_with(|_| {})
    }

    pub(crate) fn store_with(&self, change: impl FnOnce(&mut StoreConfig)) -> Store<Self> {
        let heard = Arc::clone(&self.warnings);
        let mut config = StoreConfig {
            bucket: "bucket".to_owned(),
            policy: Policy {
                max_attempts: 1,
                request_timeout: Duration::from_secs(30),
                timeout: None,
            },
            max_connections: 8,
            read_back: ReadBack::Always,
            checksums: Checksums::Off,
            verify: true,
            verify_prefix: PREFIX.to_owned(),
            warn: Warn(Arc::new(move |warning| {
                heard.lock().unwrap().push(warning.to_owned());
            })),
        };
        change(&mut config);
        Store::new(self.clone(), config)
    }

    /// Every request so far that `is_wanted`.
    pub(crate) fn sent(&self, is_wanted: impl Fn(&Sent) -> bool) -> Vec<Sent> {
        let state = self.state();
        state
            .sent
            .iter()
            .filter(|sent| is_wanted(sent))
            .cloned()
            .collect()
    }

    /// What writes or deletes a key of the caller's.
    pub(crate) fn sent_for_the_caller(&self) -> usize {
        let looks = [Verb::Head, Verb::Versions];
        self.sent(|sent| !sent.is_own && !looks.contains(&sent.verb))
            .len()
    }

    /// How many keys of our own were used.
    pub(crate) fn own_keys(&self) -> usize {
        self.state().own_keys.len()
    }

    /// Versions and delete markers of keys of our own that are left.
    pub(crate) fn left_behind(&self) -> usize {
        let state = self.state();
        let own = state.own_keys.iter();
        own.filter_map(|key| state.objects.versions.get(key))
            .map(Vec::len)
            .sum()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn begin(
        &self,
        mut sent: Sent,
        write_id: Option<&str>,
    ) -> Option<Result<Answer, AttemptError>> {
        let mut state = self.state();
        let state = &mut *state;
        sent.is_own = !sent.key.starts_with("mine");
        if sent.is_own && !state.own_keys.contains(&sent.key) {
            state.own_keys.push(sent.key.clone());
        }
        sent.key_number = state
            .own_keys
            .iter()
            .position(|key| *key == sent.key)
            .unwrap_or_default();
        let is_same = |other: &&Sent| other.key == sent.key && other.verb == sent.verb;
        sent.nth = state.sent.iter().filter(is_same).count();
        state.sent.push(sent.clone());
        let fate = (state.script)(&sent, &mut state.objects);
        let objects = &mut state.objects;
        let mut carry_out = |is_checked: bool| {
            if sent.verb == Verb::Versions {
                return Ok(Answer::default());
            }
            if sent.verb == Verb::Head {
                return objects.head(&sent);
            }
            if is_checked {
                objects.check(&sent)?;
            }
            Ok(objects.apply(&sent, write_id.map(str::to_owned)))
        };
        Some(match fate {
            Fate::Hang => return None,
            Fate::LostBefore => Err(lost()),
            Fate::Answer(code, status) => Err(service(code, status)),
            Fate::Ignore => carry_out(false),
            Fate::Honest => carry_out(true),
            Fate::Twice => {
                let _answer = carry_out(true);
                carry_out(true)
            }
            Fate::LostAfter => {
                let _answer = carry_out(true);
                Err(lost())
            }
        })
    }

    pub(crate) async fn answer(
        &self,
        attempt: &Attempt,
        sent: Sent,
        write_id: Option<&str>,
    ) -> Result<Answer, AttemptError> {
        attempt.watch_connection(|| true);
        match self.begin(sent, write_id) {
            Some(answer) => answer,
            None => std::future::pending().await,
        }
    }
}

pub(crate) fn sent(verb: Verb, key: &str, condition: &Precondition) -> Sent {
    Sent {
        verb,
        key: key.to_owned(),
        condition: condition.clone(),
        version_id: None,
        body: Bytes::new(),
        is_own: false,
        key_number: 0,
        nth: 0,
    }
}

/// An object is never read here.
pub(crate) struct NoBody;

impl BodyStream for NoBody {
    async fn next(&mut self) -> Result<Option<Bytes>, AttemptError> {
        Ok(None)
    }
}

impl Wire for Server {
    type Body = NoBody;

    async fn get(&self, _: &GetRequest, _: &Attempt) -> Result<GetAnswer<NoBody>, AttemptError> {
        Err(service("NoSuchKey", 404))
    }

    async fn head(&self, request: &HeadRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        let sent = sent(Verb::Head, &request.key, &Precondition::None);
        self.answer(attempt, sent, None).await
    }

    async fn versions(
        &self,
        key: &str,
        _: &Headers,
        attempt: &Attempt,
    ) -> Result<Vec<ListedVersion>, AttemptError> {
        let sent = sent(Verb::Versions, key, &Precondition::None);
        self.answer(attempt, sent, None).await?;
        Ok(self.state().objects.listed(key))
    }

    async fn put(&self, request: &PutRequest, attempt: &Attempt) -> Result<Answer, AttemptError> {
        let sent = Sent {
            body: request.body.clone(),
            ..sent(Verb::Put, &request.key, &request.condition)
        };
        let id = request.metadata.iter().find(|(name, _)| name == WRITE_ID);
        let id = id.map(|(_, value)| value.as_str());
        self.answer(attempt, sent, id).await
    }

    async fn delete(
        &self,
        request: &DeleteRequest,
        attempt: &Attempt,
    ) -> Result<Answer, AttemptError> {
        let sent = Sent {
            version_id: request.version_id.clone(),
            ..sent(Verb::Delete, &request.key, &request.condition)
        };
        self.answer(attempt, sent, None).await
    }

    async fn list(&self, _: &ListRequest, _: &Attempt) -> Result<Page, AttemptError> {
        Ok(Page::default())
    }

    async fn server(&self) -> Result<Option<String>, AttemptError> {
        Ok(Some(self.name.clone()))
    }

    fn correct_clock(&self, _: &ServiceError) -> bool {
        false
    }

    fn endpoint(&self) -> Option<String> {
        Some(ENDPOINT.to_owned())
    }
}
