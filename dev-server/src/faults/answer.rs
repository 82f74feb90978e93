//! Answers that are made up, and answers that are changed.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use s3s::{Body, HttpResponse};

use super::connection::{Ending, Output};
use super::rule::Given;
use crate::envelope;
use crate::ops::error::usual_message;

impl Given {
    /// The answer.
    pub(super) fn made(&self, request_id: &str, ending: &mut Ending) -> HttpResponse {
        let mut response = HttpResponse::default();
        let status = self.status.unwrap_or(200);
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
        if let Some(raw) = &self.raw {
            ending.output = Output::Raw(Bytes::copy_from_slice(raw.as_bytes()));
            return response;
        }
        let code = self.code.as_deref().or_else(|| usual_code(status));
        let (kind, body) = match (&self.body, code) {
            (Some(body), _) => ("text/html", body.clone()),
            (None, Some(code)) => ("application/xml", self.error(code)),
            (None, None) => ("", String::new()),
        };
        if !kind.is_empty() {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        *response.body_mut() = Body::from(body);
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        envelope::complete(&mut response, request_id);
        response
    }

    fn error(&self, code: &str) -> String {
        let message = self.message.as_deref().or_else(|| usual_message(code));
        let message = message.map_or_else(String::new, |message| {
            format!("<Message>{}</Message>", escaped(message))
        });
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code>{message}</Error>",
            escaped(code)
        )
    }
}

/// The code with which S3 mostly gives a status.
fn usual_code(status: u16) -> Option<&'static str> {
    Some(match status {
        400 => "InvalidRequest",
        403 => "AccessDenied",
        404 => "NoSuchKey",
        408 => "RequestTimeout",
        409 => "ConditionalRequestConflict",
        412 => "PreconditionFailed",
        // An error inside a success: that is what it is given for.
        200 | 500 => "InternalError",
        501 => "NotImplemented",
        503 => "SlowDown",
        _ => return None,
    })
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Takes the quotes off the entity tags of an answer, in its head and in its XML.
pub(super) fn unquote_etags(response: &mut HttpResponse) {
    let bare = response
        .headers()
        .get(header::ETAG)
        .and_then(|tag| tag.to_str().ok())
        .and_then(|tag| HeaderValue::try_from(tag.replace('"', "")).ok());
    if let Some(bare) = bare {
        response.headers_mut().insert(header::ETAG, bare);
    }
    let is_xml = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == "application/xml");
    let Some(bytes) = response.body().bytes().filter(|_| is_xml) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return;
    };
    let mut pieces = text.split("<ETag>");
    let mut changed = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        changed.push_str("<ETag>");
        let (tag, rest) = piece.split_once('<').unwrap_or((piece, ""));
        changed.push_str(&tag.replace("&quot;", "").replace('"', ""));
        changed.push('<');
        changed.push_str(rest);
    }
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(changed);
}

/// Takes the user metadata off an answer.
pub(super) fn drop_metadata(response: &mut HttpResponse) {
    let names: Vec<HeaderName> = response
        .headers()
        .keys()
        .filter(|name| name.as_str().starts_with("x-amz-meta-"))
        .cloned()
        .collect();
    for name in names {
        response.headers_mut().remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_lose_their_quotes_and_nothing_else_does() {
        let mut response = HttpResponse::new(Body::from(
            "<a \"b\"><ETag>&quot;one&quot;</ETag><Key>&quot;</Key><ETag>\"two\"</ETag></a>"
                .to_owned(),
        ));
        let headers = response.headers_mut();
        headers.insert(header::ETAG, HeaderValue::from_static("\"three\""));
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/xml"),
        );
        unquote_etags(&mut response);
        assert_eq!(response.headers().get(header::ETAG).unwrap(), "three");
        assert_eq!(
            response.body().bytes().unwrap(),
            "<a \"b\"><ETag>one</ETag><Key>&quot;</Key><ETag>two</ETag></a>"
        );
    }
}
