//! The control endpoint: faults, held requests and the log, as JSON over HTTP.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::faults::Faults;

/// Why a request was refused.
struct Refusal(StatusCode, String);

/// Which held requests go, and how.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Release {
    id: Option<u64>,
    bucket: Option<String>,
    key: Option<String>,
    #[serde(default)]
    discard: bool,
}

/// Where the draws start.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Reset {
    seed: Option<u64>,
}

/// Which connections end.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Close {
    #[serde(default)]
    busy: bool,
}

/// Answers the requests of one connection until either side closes it.
pub(crate) async fn serve(stream: TcpStream, faults: Arc<Faults>) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(move |request| {
        let faults = Arc::clone(&faults);
        async move {
            let (status, value) = match answer(&faults, request).await {
                Ok(value) => (StatusCode::OK, value),
                Err(Refusal(status, why)) => (status, json!({ "error": why })),
            };
            let mut response = Response::new(Full::new(Bytes::from(format!("{value}\n"))));
            *response.status_mut() = status;
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static("application/json"),
            );
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), answer);
    // Clients close connections as they please.
    let _ = connection.await;
}

async fn answer(faults: &Faults, request: Request<Incoming>) -> Result<Value, Refusal> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/').to_owned();
    let (name, rest) = path.split_once('/').unwrap_or((&path, ""));
    let given = |wanted: &str| {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        pairs
            .into_iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    let (bucket, key) = (given("bucket"), given("key"));
    let (bucket, key) = (bucket.as_deref(), key.as_deref());
    let body = body
        .collect()
        .await
        .map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.to_string()))?
        .to_bytes();
    Ok(match (&parts.method, name, rest) {
        (&Method::GET, "faults", "") => {
            let (seed, rules) = faults.rules.list();
            json!({ "seed": seed, "faults": rules })
        }
        (&Method::POST, "faults", "") => {
            let id = faults
                .add(parsed(&body)?)
                .map_err(|why| Refusal(StatusCode::BAD_REQUEST, why))?;
            json!({ "id": id })
        }
        (&Method::DELETE, "faults", "") => json!({ "removed": faults.rules.remove(None) }),
        (&Method::DELETE, "faults", id) => {
            let removed = id.parse().map_or(0, |id| faults.rules.remove(Some(id)));
            if removed == 0 {
                return Err(Refusal(StatusCode::NOT_FOUND, format!("no rule '{id}'")));
            }
            json!({ "removed": removed })
        }
        (&Method::GET, "held", "") => json!({ "held": faults.held.list() }),
        (&Method::POST, "release", "") => {
            let Release {
                id,
                bucket,
                key,
                discard,
            } = parsed(&body)?;
            let released = faults
                .release(id, bucket.as_deref(), key.as_deref(), discard)
                .await;
            json!({ "released": released })
        }
        (&Method::GET, "log", "") => {
            json!({ "log": faults.log.list(|entry| entry.is_of(bucket, key)) })
        }
        (&Method::DELETE, "log", "") => json!({ "removed": faults.log.clear() }),
        (&Method::GET, "requests", "") => {
            let operations = faults.counters.by_operation(bucket, key);
            let (opened, open) = faults.connections.count();
            json!({
                "total": operations.values().sum::<u64>(),
                "operations": operations,
                "connections": { "opened": opened, "open": open },
            })
        }
        (&Method::POST, "close", "") => {
            let Close { busy } = parsed(&body)?;
            json!({ "closed": faults.connections.close(busy).await })
        }
        (&Method::POST, "reset", "") => {
            let Reset { seed } = parsed(&body)?;
            json!({ "seed": faults.reset(seed).await })
        }
        (method, _, _) => {
            return Err(Refusal(
                StatusCode::NOT_FOUND,
                format!("there is no {method} /{path}; see --help"),
            ));
        }
    })
}

/// The body of a request; an empty one is `{}`.
fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let text = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(text)
        .map_err(|error| Refusal(StatusCode::BAD_REQUEST, error.to_string()))
}
