//! Looking for a write among the versions of its key, where another writer's version is the current one.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::connections::Permit;
use crate::inner::Inner;
use crate::object::Object;
use crate::recovery::{Look, look};
use crate::until::Until;
use crate::wire::{Answer, Wire, header};
use crate::write_id::WriteId;

/// How much earlier than the first attempt a version may be dated: S3 dates to the second.
const SLACK: Duration = Duration::from_secs(2);

/// A version that was found.
pub(crate) struct Found {
    /// Its head.
    pub(crate) answer: Answer,
    /// Whether it is the current object.
    pub(crate) is_latest: bool,
}

/// The version that `id` wrote, if the bucket keeps versions and it is among the newest 100 of this key.
/// `began` is when the first attempt was sent, if that is known: older versions are not looked at.
/// Not found proves nothing: a write can land late.
pub(crate) async fn find<W: Wire>(
    inner: &Arc<Inner<W>>,
    object: &Arc<Object>,
    id: &WriteId,
    seen: &Look,
    began: Option<Instant>,
    held: Option<&Permit>,
    until: &Until,
) -> Option<Found> {
    let (Look::Object(answer) | Look::Absent(answer)) = seen else {
        return None;
    };
    header(&answer.headers, "x-amz-version-id")?;
    let oldest = began.zip(server_time(answer)).map(|(began, now)| {
        let ago = began.elapsed() + SLACK;
        now.saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX))
    });
    let listed = inner
        .attempts_over(held, until, inner.policy().limit(0), |permit, record| {
            let (inner, object) = (Arc::clone(inner), Arc::clone(object));
            async move {
                let _permit = permit;
                inner
                    .wire
                    .versions(&object.key, &object.without_own_key().access, &record)
                    .await
            }
        })
        .await
        .ok()?;
    for version in listed.value {
        if version.is_delete_marker {
            continue;
        }
        if let (Some(oldest), Some(written)) = (oldest, version.last_modified)
            && written < oldest
        {
            continue;
        }
        if let Look::Object(answer) =
            look(inner, object, Some(version.version_id), held, until).await
            && id.wrote(&answer.headers)
        {
            return Some(Found {
                answer,
                is_latest: version.is_latest,
            });
        }
    }
    None
}

/// When the server answered, by its own clock, in milliseconds since 1970.
fn server_time(answer: &Answer) -> Option<i64> {
    let date = httpdate::parse_http_date(header(&answer.headers, "date")?).ok()?;
    let since = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}
