//! The store's credentials: kept, and asked for again ahead of their expiry.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};

use crate::settings::StaticCredentials;

/// How long before their expiry credentials are asked for again, in the background.
const AHEAD: Duration = Duration::from_secs(5 * 60);

/// Asks JavaScript for credentials: the user's function, or an adopted client's provider.
pub(crate) type AskForCredentials =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = provider::Result> + Send>> + Send + Sync>;

impl From<&StaticCredentials> for Credentials {
    fn from(given: &StaticCredentials) -> Self {
        let expires = given.expiration.map(|milliseconds| {
            // Before 1970 they have expired too.
            let since_1970 = u64::try_from(milliseconds).unwrap_or(0);
            SystemTime::UNIX_EPOCH + Duration::from_millis(since_1970)
        });
        Self::new(
            given.access_key_id.clone(),
            given.secret_access_key.clone(),
            given.session_token.clone(),
            expires,
            "s3-store-native",
        )
    }
}

/// A provider that JavaScript stands behind.
pub(crate) struct FromJavaScript(pub(crate) AskForCredentials);

impl fmt::Debug for FromJavaScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FromJavaScript")
    }
}

impl ProvideCredentials for FromJavaScript {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new((self.0)())
    }
}

/// Keeps what another provider gives until it expires. Credentials that will expire within five minutes are still
/// used while new ones are fetched; one fetch at a time, and none for longer than `limit`: a fetch that hangs must not
/// keep later calls from asking again.
#[derive(Debug, Clone)]
pub(crate) struct Cached(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    source: SharedCredentialsProvider,
    limit: Duration,
    kept: Mutex<Option<Credentials>>,
    /// Held by who fetches. What the newest fetch came to, if it failed, and how many have ended.
    fetching: Arc<tokio::sync::Mutex<Option<Arc<CredentialsError>>>>,
    ended: AtomicU64,
}

impl Cached {
    pub(crate) fn new(source: SharedCredentialsProvider, limit: Duration) -> Self {
        Self(Arc::new(Shared {
            source,
            limit,
            kept: Mutex::default(),
            fetching: Arc::default(),
            ended: AtomicU64::default(),
        }))
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Credentials>> {
        // Replaced as a whole, so it is consistent also after a panic.
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept, if it is valid for `margin` from now.
    fn valid_for(&self, margin: Duration) -> Option<Credentials> {
        let at = SystemTime::now() + margin;
        self.kept()
            .clone()
            .filter(|kept| kept.expiry().is_none_or(|expiry| expiry > at))
    }

    async fn get(&self) -> provider::Result {
        if let Some(fresh) = self.valid_for(AHEAD) {
            return Ok(fresh);
        }
        if let Some(usable) = self.valid_for(Duration::ZERO) {
            if let Ok(mut failed) = Arc::clone(&self.0.fetching).try_lock_owned() {
                let cache = self.clone();
                tokio::spawn(async move {
                    // A failure is not lost: the fetch is made again by the next call, in the foreground when the
                    // credentials have expired by then.
                    let _outcome = cache.fetch(&mut failed).await;
                });
            }
            return Ok(usable);
        }
        let ended = self.0.ended.load(Ordering::Relaxed);
        let mut failed = self.0.fetching.lock().await;
        // What another call has fetched meanwhile, for however long it is valid; or has not got.
        if let Some(fetched) = self.valid_for(Duration::ZERO) {
            return Ok(fetched);
        }
        match &*failed {
            Some(failure) if self.0.ended.load(Ordering::Relaxed) != ended => Err(again(failure)),
            _ => self.fetch(&mut failed).await,
        }
    }

    async fn fetch(&self, failed: &mut Option<Arc<CredentialsError>>) -> provider::Result {
        let outcome = self.ask().await;
        self.0.ended.fetch_add(1, Ordering::Relaxed);
        match outcome {
            Ok(fetched) => {
                *failed = None;
                *self.kept() = Some(fetched.clone());
                Ok(fetched)
            }
            Err(failure) => {
                let failure = failed.insert(Arc::new(failure));
                Err(again(failure))
            }
        }
    }

    async fn ask(&self) -> provider::Result {
        let asked = self.0.source.provide_credentials();
        let fetched = tokio::time::timeout(self.0.limit, asked)
            .await
            .map_err(|_| CredentialsError::provider_timed_out(self.0.limit))??;
        check(&fetched)?;
        Ok(fetched)
    }
}

/// The same failure, for another call.
fn again(failure: &Arc<CredentialsError>) -> CredentialsError {
    match &**failure {
        CredentialsError::ProviderTimedOut(context) => {
            CredentialsError::provider_timed_out(context.timeout_duration())
        }
        _ => CredentialsError::provider_error(Why(Arc::clone(failure))),
    }
}

/// What stands behind a failure that several calls share.
#[derive(Debug)]
struct Why(Arc<CredentialsError>);

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(source) => fmt::Display::fmt(source, f),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl Error for Why {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()?.source()
    }
}

/// Refuses what no request can be signed with. The SDK panics on a key id or a token that can't stand in a header, such
/// as one with the carriage return of a file from Windows. Nothing is quoted.
fn check(credentials: &Credentials) -> Result<(), CredentialsError> {
    let invalid = |message: String| Err(CredentialsError::invalid_configuration(message));
    if credentials.access_key_id().is_empty() || credentials.secret_access_key().is_empty() {
        return invalid("the credentials lack an access key id or a secret access key".to_owned());
    }
    let fields = [
        ("access key id", Some(credentials.access_key_id())),
        ("session token", credentials.session_token()),
    ];
    for (name, value) in fields {
        if !value.is_none_or(is_visible_ascii) {
            return invalid(format!(
                "the {name} has a character other than visible ASCII: a line break, say"
            ));
        }
    }
    if credentials.secret_access_key().contains(char::is_control) {
        return invalid(
            "the secret access key has a control character: a line break, say".to_owned(),
        );
    }
    Ok(())
}

/// Whether a header can carry `text` as it is.
pub(crate) fn is_visible_ascii(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

impl ProvideCredentials for Cached {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.get())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    /// A provider whose credentials are valid for `lifetime`, counting how often it is asked.
    fn source(lifetime: Duration) -> (Arc<AtomicU32>, Cached) {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let ask: AskForCredentials = Arc::new(move || {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            Box::pin(async move {
                tokio::task::yield_now().await;
                let expires = SystemTime::now() + lifetime;
                let key = format!("key{number}");
                Ok(Credentials::new(key, "secret", None, Some(expires), "test"))
            })
        });
        let cache = cached(ask);
        (asked, cache)
    }

    const LIMIT: Duration = Duration::from_secs(30);

    fn cached(ask: AskForCredentials) -> Cached {
        Cached::new(SharedCredentialsProvider::new(FromJavaScript(ask)), LIMIT)
    }

    #[tokio::test]
    async fn many_calls_at_once_fetch_once() {
        // Also what is to be fetched again soon.
        for lifetime in [Duration::from_hours(1), Duration::from_mins(1)] {
            let (asked, cache) = source(lifetime);
            let calls: Vec<_> = (0..100)
                .map(|_| {
                    let cache = cache.clone();
                    tokio::spawn(async move {
                        cache.get().await.map(|got| got.access_key_id().to_owned())
                    })
                })
                .collect();
            for call in calls {
                assert_eq!(call.await.unwrap().unwrap(), "key1");
            }
            assert_eq!(asked.load(Ordering::SeqCst), 1);
        }
    }

    #[tokio::test]
    async fn credentials_about_to_expire_are_used_while_new_ones_are_fetched() {
        let (asked, cache) = source(Duration::from_secs(60));
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key1");
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key1");
        while asked.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn expired_credentials_are_never_used() {
        let (_asked, cache) = source(Duration::ZERO);
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key1");
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key2");
    }

    /// Credentials that will expire soon, and then no answer at all.
    fn hanging(answers: u32) -> (Arc<AtomicU32>, Cached) {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let ask: AskForCredentials = Arc::new(move || {
            let number = counter.fetch_add(1, Ordering::SeqCst) + 1;
            Box::pin(async move {
                if number > answers {
                    std::future::pending::<()>().await;
                }
                let soon = SystemTime::now() + Duration::from_secs(60);
                Ok(Credentials::new("key", "secret", None, Some(soon), "test"))
            })
        });
        (asked, cached(ask))
    }

    #[tokio::test(start_paused = true)]
    async fn a_fetch_that_hangs_ends_and_the_next_call_asks_again() {
        let (asked, cache) = hanging(0);
        for _ in 0..2 {
            let error = cache.get().await.unwrap_err();
            assert!(
                matches!(error, CredentialsError::ProviderTimedOut(_)),
                "{error:?}"
            );
        }
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_wait_for_a_fetch_share_its_failure() {
        let asked = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&asked);
        let ask: AskForCredentials = Arc::new(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            Box::pin(async {
                tokio::time::sleep(Duration::from_secs(5)).await;
                Err(CredentialsError::not_loaded("nothing there"))
            })
        });
        let (hangs, hanging) = hanging(0);
        for (cache, asked, said) in [(cached(ask), asked, "nothing there"), (hanging, hangs, "")] {
            let calls: Vec<_> = (0..50)
                .map(|_| {
                    let cache = cache.clone();
                    tokio::spawn(async move { cache.get().await.unwrap_err() })
                })
                .collect();
            for call in calls {
                let error = call.await.unwrap();
                let why = error.source().map(ToString::to_string);
                assert_eq!(why.unwrap_or_default(), said);
            }
            assert_eq!(asked.load(Ordering::SeqCst), 1);
            cache.get().await.unwrap_err();
            assert_eq!(asked.load(Ordering::SeqCst), 2);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_refresh_that_hangs_keeps_nobody_from_asking_again() {
        let (asked, cache) = hanging(1);
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key");
        // In the background: these are still good.
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key");
        tokio::time::sleep(LIMIT * 2).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2);
        assert_eq!(cache.get().await.unwrap().access_key_id(), "key");
        tokio::time::sleep(LIMIT * 2).await;
        assert_eq!(asked.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn what_no_header_can_carry_is_refused_unquoted() {
        for (id, secret, token, named) in [
            ("key\r", "s", None, "access key id"),
            ("k y", "s", None, "access key id"),
            ("key", "s", Some("tok\n"), "session token"),
            ("key", "s\r", None, "secret access key"),
        ] {
            let given = Credentials::new(id, secret, token.map(str::to_owned), None, "test");
            let cache = Cached::new(SharedCredentialsProvider::new(given), LIMIT);
            let error = cache.get().await.unwrap_err();
            let text = std::error::Error::source(&error).unwrap().to_string();
            assert!(text.contains(named), "{text}");
        }
    }

    #[test]
    fn an_expiration_before_1970_is_over() {
        let given = StaticCredentials {
            access_key_id: "key".to_owned(),
            secret_access_key: "secret".to_owned(),
            session_token: None,
            expiration: Some(-1),
        };
        let expiry = Credentials::from(&given).expiry();
        assert_eq!(expiry, Some(SystemTime::UNIX_EPOCH));
    }
}
