//! Pages in browsers: any of them may ask, and read the answer. AWS wants a CORS rule of the bucket for that.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD,
    ORIGIN,
};
use http::{HeaderValue, Method, Request};
use s3s::{Body, HttpError, HttpResponse};

const ANY: HeaderValue = HeaderValue::from_static("*");

/// Answers a preflight itself; of any other request it lets the page that made it see the answer.
pub(crate) async fn answer<B, F>(
    request: Request<B>,
    answer: impl FnOnce(Request<B>) -> F,
) -> Result<HttpResponse, HttpError>
where
    F: Future<Output = Result<HttpResponse, HttpError>>,
{
    if !request.headers().contains_key(ORIGIN) {
        return answer(request).await;
    }
    let mut response = match preflight(&request) {
        Some(response) => response,
        None => answer(request).await?,
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, ANY);
    Ok(response)
}

/// What a browser asks before a request that a form could not make: whatever it wants to send is welcome.
fn preflight<B>(request: &Request<B>) -> Option<HttpResponse> {
    if request.method() != Method::OPTIONS {
        return None;
    }
    let method = request.headers().get(ACCESS_CONTROL_REQUEST_METHOD)?;
    let mut response = HttpResponse::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    if let Some(names) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    Some(response)
}
