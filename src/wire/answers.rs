//! What S3's answers say, whichever wire they come by.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_xml::decode::{Document, XmlDecodeError, try_data};
use quick_xml::Reader;
use quick_xml::events::Event;
use s3_store_core::wire::{Answer, AttemptError, Headers, NoAnswer, Part, Reason, ServiceError};

use super::errors::{Context, service_error};

/// The error in the body of an answer whose status says success, if there is one.
/// <https://repost.aws/knowledge-center/s3-resolve-200-internalerror>
pub(super) fn error_in_success(
    answer: &Answer,
    body: &[u8],
    context: &Context<'_>,
) -> Option<AttemptError> {
    is_error(body).then(|| refused(answer.clone(), body, context))
}

/// Whether a document is S3's error. It is read no further than its first tag: [`Document`] would be to its end, which took a third
/// of a listing's time (`npm run bench -- list`).
pub(super) fn is_error(body: &[u8]) -> bool {
    let mut document = Reader::from_reader(unpadded(body));
    loop {
        match document.read_event() {
            Ok(Event::Start(root) | Event::Empty(root)) => {
                return root.local_name().as_ref() == b"Error";
            }
            Ok(Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// An answer that is no success, as the SDK reads one.
pub(super) fn refused(answer: Answer, body: &[u8], context: &Context<'_>) -> AttemptError {
    let (code, message) = match (unpadded(body), answer.status) {
        // HEAD has no body for a code.
        ([], 404) => (Some("NotFound".to_owned()), None),
        // What is no XML is no answer of S3's: a proxy's page, say.
        (body, _) => error_document(body).unwrap_or_default(),
    };
    service_error(
        ServiceError {
            code,
            message,
            status: answer.status,
            headers: answer.headers,
            further: false,
        },
        context,
    )
}

/// Servers that take long send spaces ahead, to keep the connection; no document may begin with them.
fn unpadded(body: &[u8]) -> &[u8] {
    body.trim_ascii()
}

/// Code and message of S3's error document.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
fn error_document(body: &[u8]) -> Result<CodeAndMessage, XmlDecodeError> {
    let mut document = Document::try_from(body)?;
    let mut root = document.root_element()?;
    // The parser takes the end of the bytes for the end of every element: half a code would be a code.
    let end = format!("</{}>", root.start_el().local());
    if !body.trim_ascii_end().ends_with(end.as_bytes()) {
        return Err(XmlDecodeError::custom("the document breaks off"));
    }
    let (mut code, mut message) = (None, None);
    while let Some(mut tag) = root.next_tag() {
        let into = match tag.start_el().local() {
            "Code" => &mut code,
            "Message" => &mut message,
            _ => continue,
        };
        *into = Some(try_data(&mut tag)?.into_owned());
    }
    Ok((code, message))
}

type CodeAndMessage = (Option<String>, Option<String>);

/// What S3 says to a write that it carried out: 200, a tag, and no more.
pub(super) fn written(answer: Answer, body: &[u8]) -> Result<Answer, AttemptError> {
    match (answer.status, answer.etag()) {
        (200, Some(_)) if is_empty(body) => Ok(answer),
        (200, None) => Err(not_s3s(&answer, "has no ETag")),
        _ => Err(not_s3s(&answer, "is not one of S3's to PutObject")),
    }
}

/// The same of a part.
pub(super) fn uploaded(answer: &Answer, body: &[u8], number: u16) -> Result<Part, AttemptError> {
    match (answer.status, answer.etag()) {
        (200, Some(etag)) if is_empty(body) => Ok(Part {
            number,
            etag,
            checksum: None,
        }),
        _ => Err(not_s3s(answer, "is not one of S3's to UploadPart")),
    }
}

/// What S3 says to a delete that it carried out: 204, or with some servers 200, and no more.
pub(super) fn deleted(answer: Answer, body: &[u8]) -> Result<Answer, AttemptError> {
    match answer.status {
        200 | 204 if is_empty(body) => Ok(answer),
        _ => Err(not_s3s(&answer, "is not one of S3's to DeleteObject")),
    }
}

/// What S3 says to tags that it has taken: 200, and no more.
pub(super) fn tagged(answer: Answer, body: &[u8]) -> Result<Answer, AttemptError> {
    match answer.status {
        200 if is_empty(body) => Ok(answer),
        _ => Err(not_s3s(&answer, "is not one of S3's to PutObjectTagging")),
    }
}

fn is_empty(body: &[u8]) -> bool {
    body.trim_ascii().is_empty()
}

/// An answer of something in between: whether the request was carried out, it does not tell.
fn not_s3s(answer: &Answer, why: &str) -> AttemptError {
    AttemptError::NoAnswer(Box::new(NoAnswer {
        reason: Reason::Transport,
        code: None,
        message: format!(
            "the answer (status {}) {why}: is the endpoint an S3 server?",
            answer.status
        ),
        passing: true,
        unsent: false,
    }))
}

/// The headers of an answer; a value that isn't text is read as Latin-1, as Node does.
pub(super) fn headers(raw: &HttpResponse) -> Headers {
    raw.headers()
        .iter_bytes()
        .map(|(name, value)| {
            let value = match std::str::from_utf8(value) {
                Ok(text) => text.to_owned(),
                Err(_) => value.iter().map(|byte| char::from(*byte)).collect(),
            };
            (name.to_owned(), value)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;
    use hyper::http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    /// S3's error document, whole.
    const ERROR: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>PreconditionFailed</Code><Message>At least one &amp; only &#x41;</Message><Condition>If-Match</Condition><RequestId>R</RequestId></Error>";

    fn said(body: &[u8], status: u16) -> (Option<String>, Option<String>) {
        let answer = Answer {
            status,
            headers: Vec::new(),
        };
        match refused(answer, body, &Context::unknown()) {
            AttemptError::Service(error) => (error.code, error.message),
            AttemptError::NoAnswer(_) => panic!("an answer is an answer"),
        }
    }

    #[test]
    fn an_error_document_says_its_code_and_message() {
        let expected = (
            "PreconditionFailed".to_owned(),
            "At least one & only A".to_owned(),
        );
        let (code, message) = said(ERROR.as_bytes(), 412);
        assert_eq!((code.unwrap(), message.unwrap()), expected);
    }

    #[test]
    fn no_document_but_an_error_is_an_error_in_a_success() {
        let answer = Answer {
            status: 200,
            headers: Vec::new(),
        };
        let found =
            |body: &str| error_in_success(&answer, body.as_bytes(), &Context::unknown()).is_some();
        assert!(found(ERROR));
        let other = ERROR.replace("Error>", "CopyObjectResult>");
        assert!(!found(&other));
        assert!(!found(""));
    }

    fn answer(status: u16, etag: Option<&str>) -> Answer {
        let etag = etag.map(|etag| ("etag".to_owned(), etag.to_owned()));
        Answer {
            status,
            headers: etag.into_iter().collect(),
        }
    }

    /// What an answer that tells nothing of the write says.
    fn message(error: AttemptError) -> String {
        match error {
            AttemptError::NoAnswer(error) if error.passing && !error.unsent => error.message,
            error => panic!("it tells something: {error:?}"),
        }
    }

    #[test]
    fn a_404_without_a_body_has_the_code_that_head_cannot_say() {
        assert_eq!(said(b"", 404), (Some("NotFound".to_owned()), None));
        assert_eq!(said(b"", 403), (None, None));
        assert_eq!(said(b"<html>", 404), (None, None));
    }

    #[test]
    fn a_write_is_answered_by_200_with_a_tag_and_nothing_else() {
        for body in ["", " \n"] {
            let written = written(answer(200, Some("\"1\"")), body.as_bytes()).unwrap();
            assert_eq!(written.etag().unwrap().as_str(), "\"1\"");
        }
        for (status, etag, body, why) in [
            (
                200,
                None,
                "",
                "the answer (status 200) has no ETag: is the endpoint an S3 server?",
            ),
            (
                200,
                None,
                "<html>",
                "the answer (status 200) has no ETag: is the endpoint an S3 server?",
            ),
            (
                200,
                Some("\"1\""),
                "<html>",
                "the answer (status 200) is not one of S3's to PutObject: is the endpoint an S3 server?",
            ),
            (
                204,
                Some("\"1\""),
                "",
                "the answer (status 204) is not one of S3's to PutObject: is the endpoint an S3 server?",
            ),
        ] {
            let refused = written(answer(status, etag), body.as_bytes());
            assert_eq!(message(refused.unwrap_err()), why);
        }
    }

    #[test]
    fn a_part_is_answered_by_200_with_a_tag_and_nothing_else() {
        for body in ["", " \n"] {
            let part = uploaded(&answer(200, Some("\"1\"")), body.as_bytes(), 7).unwrap();
            assert_eq!((part.number, part.etag.as_str()), (7, "\"1\""));
        }
        for (status, etag, body) in [
            (200, Some("\"1\""), "<html>"),
            (204, Some("\"1\""), ""),
            (200, None, ""),
        ] {
            let refused = uploaded(&answer(status, etag), body.as_bytes(), 7);
            let what = "is not one of S3's to UploadPart: is the endpoint an S3 server?";
            assert!(message(refused.unwrap_err()).ends_with(what));
        }
    }

    #[test]
    fn a_delete_is_answered_by_204_or_200_and_nothing_else() {
        for status in [200, 204] {
            assert_eq!(deleted(answer(status, None), b"").unwrap().status, status);
        }
        for (status, body) in [(200, "<html>"), (204, "<html>"), (202, "")] {
            let refused = deleted(answer(status, None), body.as_bytes());
            let what = "is not one of S3's to DeleteObject: is the endpoint an S3 server?";
            assert!(message(refused.unwrap_err()).ends_with(what));
        }
    }

    #[test]
    fn tags_are_answered_by_200_and_nothing_else() {
        assert_eq!(tagged(answer(200, None), b"").unwrap().status, 200);
        for (status, body) in [(200, "<html>"), (202, "")] {
            let refused = tagged(answer(status, None), body.as_bytes());
            let what = "is not one of S3's to PutObjectTagging: is the endpoint an S3 server?";
            assert!(message(refused.unwrap_err()).ends_with(what));
        }
    }

    #[test]
    fn headers_are_text_in_utf_8_else_in_latin_1() {
        let mut raw = hyper::http::Response::new(SdkBody::empty());
        for (name, value) in [("X-Utf-8", &b"\xc3\xa9"[..]), ("X-Latin-1", &b"\xe9"[..])] {
            let value = HeaderValue::from_bytes(value).unwrap();
            let name: HeaderName = name.parse().unwrap();
            raw.headers_mut().append(name, value);
        }
        let expected = [("x-utf-8", "é"), ("x-latin-1", "é")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers(&HttpResponse::try_from(raw).unwrap()), expected);
    }

    /// Documents with a piece cut out, put elsewhere or replaced, which a parser has to get through.
    fn harmed() -> impl Strategy<Value = Vec<u8>> {
        let length = ERROR.len();
        let piece = prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..20),
            prop::sample::select(vec![
                "<",
                ">",
                "</",
                "/>",
                "&",
                "&#",
                "&#x110000;",
                "<!--",
                "<![CDATA[",
                "]]>",
                "<!DOCTYPE a [",
                "<Code>",
                "</Error>",
                "\"",
                "\0",
                "\u{feff}"
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
        ];
        (0..length, 0..length, piece, 1_usize..200).prop_map(|(from, to, piece, times)| {
            let (from, to) = (from.min(to), from.max(to));
            let bytes = ERROR.as_bytes();
            [&bytes[..from], &piece.repeat(times), &bytes[to..]].concat()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn no_body_is_too_odd(body in prop_oneof![harmed(), proptest::collection::vec(any::<u8>(), 0..600)], status in 200_u16..600) {
            let (code, message) = said(&body, status);
            let all = code.map_or(0, |code| code.len()) + message.map_or(0, |message| message.len());
            prop_assert!(all <= body.len().max("NotFound".len()), "made more of it than was there");
            let answer = Answer { status, headers: Vec::new() };
            error_in_success(&answer, &body, &Context::unknown());
        }

        #[test]
        fn what_breaks_off_says_nothing(end in 0..ERROR.len()) {
            let (code, _) = said(&ERROR.as_bytes()[..end], 412);
            prop_assert_eq!(code, None);
        }
    }

    #[test]
    fn a_document_of_many_nested_elements_is_read_without_the_stack_growing() {
        let nested = format!(
            "<Error>{}{}<Code>X</Code></Error>",
            "<a>".repeat(100_000),
            "</a>".repeat(100_000)
        );
        assert_eq!(said(nested.as_bytes(), 400).0.as_deref(), Some("X"));
    }
}
