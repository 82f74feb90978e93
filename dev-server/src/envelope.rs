//! What every answer carries beside the operation's result: ids, and errors written out as S3 writes them.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::{HeaderValue, StatusCode, header};
use s3s::{Body, HttpResponse};

use crate::ops::error::usual_message;

/// Completes an answer.
pub(crate) fn complete(response: &mut HttpResponse, request_id: &str) {
    if let Ok(id) = HeaderValue::from_str(request_id) {
        response
            .headers_mut()
            .insert("x-amz-request-id", id.clone());
        response.headers_mut().insert("x-amz-id-2", id);
    }
    response.headers_mut().insert(
        header::SERVER,
        HeaderValue::from_static("s3-store-dev-server"),
    );
    if response.status() == StatusCode::OK && response.headers().contains_key(header::CONTENT_RANGE)
    {
        // s3s answers a head for a range with 200, and gives an operation no say in it.
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    match response.status() {
        StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT => {
            // No content, so nothing may be said about it either (RFC 9110, sections 15.3.5 and 15.4.5).
            *response.body_mut() = Body::empty();
            response.headers_mut().remove(header::CONTENT_TYPE);
            response.headers_mut().remove(header::CONTENT_LENGTH);
        }
        status => {
            let is_xml = response
                .headers()
                .get(header::CONTENT_TYPE)
                .is_some_and(|kind| kind == "application/xml");
            if let Some(bytes) = response.body().bytes()
                && is_xml
                && let Ok(text) = std::str::from_utf8(&bytes)
            {
                let text = if status.is_success() {
                    Cow::Borrowed(text)
                } else {
                    complete_error(text, request_id)
                };
                if let Cow::Owned(changed) = escape_controls(text) {
                    response.headers_mut().remove(header::CONTENT_LENGTH);
                    *response.body_mut() = Body::from(changed);
                }
            }
        }
    }
}

/// Adds the message S3 gives for the code, where there is none, and the request's ids.
fn complete_error<'t>(text: &'t str, request_id: &str) -> Cow<'t, str> {
    let Some(body) = text.strip_suffix("</Error>") else {
        return Cow::Borrowed(text);
    };
    let mut completed = body.to_owned();
    if !body.contains("<Message>") {
        let code = body
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"))
            .map(|(code, _)| code);
        if let Some(message) = code.and_then(usual_message) {
            // Writing to a String cannot fail.
            let _ = write!(
                completed,
                "<Message>{}</Message>",
                message.replace('\'', "&apos;")
            );
        }
    }
    let _ = write!(
        completed,
        "<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
    );
    Cow::Owned(completed)
}

/// Writes control characters as character references, as S3 does: a parser would refuse them raw, or read CR as LF.
///
/// s3s puts no white space between elements, so each one found is part of a key or another value.
fn escape_controls(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains(|c: char| c.is_ascii_control()) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if c.is_ascii_control() {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "&#x{:X};", u32::from(c));
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_gets_the_usual_message_and_ids() {
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>NoSuchKey</Code></Error>";
        let completed = complete_error(text, "7");
        assert!(completed.contains("<Message>The specified key does not exist.</Message>"));
        assert!(completed.ends_with("<RequestId>7</RequestId><HostId>7</HostId></Error>"));
    }

    #[test]
    fn an_own_message_is_kept() {
        let text = "<Error><Code>NoSuchKey</Code><Message>mine</Message></Error>";
        assert_eq!(complete_error(text, "7").matches("<Message>").count(), 1);
    }

    #[test]
    fn control_characters_become_references() {
        assert_eq!(
            escape_controls(Cow::Borrowed("<Key>a\rb\u{1}</Key>")),
            "<Key>a&#xD;b&#x1;</Key>"
        );
        assert!(matches!(
            escape_controls(Cow::Borrowed("<Key>ü</Key>")),
            Cow::Borrowed(_)
        ));
    }
}
