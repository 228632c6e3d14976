//! The headers that make a request conditional or say what to answer with.
//! Spec: <https://hl7.org/fhir/R4/http.html#Http-Headers>.

use axum::http::{HeaderMap, HeaderName, header};
use fhir::{IssueCode, VersionId, parse_http_date};
use interactions::{Category, Failure, Return, WriteOptions, check_query};

/// A header's text; one that is not text is a failure that names it.
fn text_of<'h>(
    headers: &'h HeaderMap,
    name: &HeaderName,
    shown: &str,
) -> Result<Option<&'h str>, Failure> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes());
    text.map(Some).map_err(|_| bad(shown, &format!("{shown} is not utf-8")))
}

fn bad(header: &str, message: &str) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Value, header, message)
}

/// `If-Match: W/"3"`.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<VersionId>, Failure> {
    let Some(text) = text_of(headers, &header::IF_MATCH, "If-Match")? else { return Ok(None) };
    let bad =
        || bad("If-Match", "If-Match must be one ETag that this server gave, such as W/\"3\"");
    VersionId::of_etag(text).map(Some).ok_or_else(bad)
}

/// What the headers of a write ask for.
pub(crate) fn write_options(headers: &HeaderMap) -> Result<WriteOptions, Failure> {
    let if_none_exist =
        text_of(headers, &HeaderName::from_static("if-none-exist"), "If-None-Exist")?;
    if let Some(query) = if_none_exist {
        check_query(query)?;
    }
    let create_only =
        match text_of(headers, &header::IF_NONE_MATCH, "If-None-Match")?.map(str::trim) {
            None => false,
            Some("*") => true,
            Some(_) => {
                return Err(bad(
                    "If-None-Match",
                    "If-None-Match of a write can only be *, which asks that nothing be there yet",
                ));
            }
        };
    Ok(WriteOptions {
        if_match: if_match(headers)?,
        create_only,
        if_none_exist: if_none_exist.map(|query| query.trim_start_matches('?').to_owned()),
        answer: prefer(headers).return_.unwrap_or_default(),
    })
}

/// Whether the client of a read has this version already. `If-None-Match` goes before
/// `If-Modified-Since`, and a date that is none is passed over (RFC 9110 §13.1.3).
pub(crate) fn is_known(headers: &HeaderMap, version: VersionId, last_updated: i64) -> bool {
    const SECOND: i64 = 1_000_000;
    let mut tags = headers.get_all(header::IF_NONE_MATCH).iter().peekable();
    if tags.peek().is_some() {
        return tags.filter_map(|tags| tags.to_str().ok()).any(|tags| version.is_among(tags));
    }
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    // The date that clients were given has whole seconds.
    since
        .and_then(parse_http_date)
        .is_some_and(|since| last_updated.div_euclid(SECOND) <= since.div_euclid(SECOND))
}

/// What `Prefer` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    pub(crate) return_: Option<Return>,
    pub(crate) lenient: bool,
}

pub(crate) fn prefer(headers: &HeaderMap) -> Prefer {
    let mut prefer = Prefer::default();
    for value in headers.get_all("prefer") {
        let text = value.to_str().unwrap_or("");
        for part in text.split([',', ';']) {
            // Optional white space and quotes may stand around the value (RFC 7240 §2).
            let part = part.replace([' ', '\t', '"'], "").to_ascii_lowercase();
            // The first of a preference that stands twice counts.
            match part.as_str() {
                "return=minimal" => _ = prefer.return_.get_or_insert(Return::Minimal),
                "return=representation" => {
                    _ = prefer.return_.get_or_insert(Return::Representation);
                }
                "return=operationoutcome" => {
                    _ = prefer.return_.get_or_insert(Return::OperationOutcome);
                }
                "handling=lenient" => prefer.lenient = true,
                _ => {}
            }
        }
    }
    prefer
}

#[cfg(test)]
mod tests {
    use super::{is_known, prefer};
    use axum::http::HeaderMap;
    use fhir::VersionId;
    use interactions::Return;

    #[test]
    fn preferences_of_several_headers_add_up() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "return=minimal".parse().unwrap());
        headers.append(
            "prefer",
            "Handling=Lenient; wait=10, return=\"representation\"".parse().unwrap(),
        );
        let prefer = prefer(&headers);
        assert!(prefer.lenient);
        assert_eq!(prefer.return_, Some(Return::Minimal), "the first counts");
    }

    #[test]
    fn what_a_client_has_already() {
        // Sun, 06 Nov 1994 08:49:37.250 GMT
        let last_updated = 784_111_777_250_000;
        let cases: [(&[(&str, &str)], bool); 11] = [
            (&[], false),
            (&[("if-none-match", "W/\"3\"")], true),
            (&[("if-none-match", "\"3\"")], true),
            (&[("if-none-match", "W/\"1\", W/\"3\"")], true),
            (&[("if-none-match", "W/\"1\""), ("if-none-match", "W/\"3\"")], true),
            (&[("if-none-match", "*")], true),
            (&[("if-none-match", "W/\"4\"")], false),
            (&[("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT")], true),
            (&[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")], false),
            (&[("if-modified-since", "last week")], false),
            (
                &[
                    ("if-none-match", "W/\"4\""),
                    ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT"),
                ],
                false,
            ),
        ];
        for (pairs, known) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            assert_eq!(is_known(&headers, VersionId(3), last_updated), known, "{pairs:?}");
        }
    }
}
