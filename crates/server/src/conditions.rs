//! The headers that make a request conditional or say what to answer with.
//! Spec: <https://hl7.org/fhir/R4/http.html#Http-Headers>.

use axum::http::{HeaderMap, HeaderName, header};
use fhir::{EntityTags, IssueCode, parse_http_date};
use interactions::{
    Category, Failure, Preconditions, Return, WriteOptions, check_query, not_a_create,
};

const IF_NONE_EXIST: HeaderName = HeaderName::from_static("if-none-exist");

/// The last microsecond of a second: dates of HTTP have whole ones.
const SECOND_LAST: i64 = 999_999;

/// A header's text, that of several lines as one list; what is not text is a failure that names it.
fn text_of(headers: &HeaderMap, name: &HeaderName, shown: &str) -> Result<Option<String>, Failure> {
    let mut all: Option<String> = None;
    for value in headers.get_all(name) {
        let text = std::str::from_utf8(value.as_bytes())
            .map_err(|_| bad(shown, &format!("{shown} is not utf-8")))?;
        match &mut all {
            None => all = Some(text.to_owned()),
            Some(all) => {
                all.push(',');
                all.push_str(text);
            }
        }
    }
    Ok(all)
}

fn bad(header: &str, message: &str) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Value, header, message)
}

/// A date of a header; one that is none is passed over (RFC 9110 §13.1.3, §13.1.4).
fn date_of(headers: &HeaderMap, name: &HeaderName) -> Option<i64> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(parse_http_date(text)?.saturating_add(SECOND_LAST))
}

fn tags_of(
    headers: &HeaderMap,
    name: &HeaderName,
    shown: &'static str,
) -> Result<Option<EntityTags>, Failure> {
    text_of(headers, name, shown)?.map(|text| Preconditions::tags(shown, &text)).transpose()
}

/// What the headers of a write say of the version that is current.
fn of_write(headers: &HeaderMap) -> Result<Preconditions, Failure> {
    Ok(Preconditions {
        if_match: tags_of(headers, &header::IF_MATCH, "If-Match")?,
        if_none_match: tags_of(headers, &header::IF_NONE_MATCH, "If-None-Match")?,
        if_modified_since: None,
        if_unmodified_since: date_of(headers, &header::IF_UNMODIFIED_SINCE),
    })
}

/// What the headers of a read say. An `If-None-Match` that is no list of ETags names no version that
/// the client has.
pub(crate) fn of_read(headers: &HeaderMap) -> Result<Preconditions, Failure> {
    let if_none_match = headers.contains_key(header::IF_NONE_MATCH).then(|| {
        let text = text_of(headers, &header::IF_NONE_MATCH, "If-None-Match");
        EntityTags::parse_or_none(&text.ok().flatten().unwrap_or_default())
    });
    Ok(Preconditions {
        if_match: tags_of(headers, &header::IF_MATCH, "If-Match")?,
        if_none_match,
        if_modified_since: date_of(headers, &header::IF_MODIFIED_SINCE),
        if_unmodified_since: date_of(headers, &header::IF_UNMODIFIED_SINCE),
    })
}

/// What the headers of an update, a patch or a delete ask for.
pub(crate) fn write_options(headers: &HeaderMap) -> Result<WriteOptions, Failure> {
    if headers.contains_key(IF_NONE_EXIST) {
        return Err(not_a_create("If-None-Exist"));
    }
    Ok(WriteOptions {
        conditions: of_write(headers)?,
        if_none_exist: None,
        answer: prefer(headers).return_.unwrap_or_default(),
    })
}

/// What the headers of a create ask for.
pub(crate) fn create_options(headers: &HeaderMap) -> Result<WriteOptions, Failure> {
    let if_none_exist = text_of(headers, &IF_NONE_EXIST, "If-None-Exist")?;
    if let Some(query) = &if_none_exist {
        check_query(query)?;
    }
    Ok(WriteOptions {
        conditions: of_write(headers)?,
        if_none_exist: if_none_exist.map(|query| query.trim_start_matches('?').to_owned()),
        answer: prefer(headers).return_.unwrap_or_default(),
    })
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
    use super::{of_read, prefer};
    use axum::http::HeaderMap;
    use fhir::{ResourceId, VersionId};
    use interactions::Return;
    use store::{Method, ResourceKey, Stored};

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

    /// Headers of a read, and whether the client has it; nothing where they forbid it.
    type Row<'r> = (&'r [(&'r str, &'r str)], Option<bool>);

    #[test]
    fn what_a_client_has_already() {
        const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
        let stored = Stored {
            key: ResourceKey {
                resource_type: definitions::embedded().resource_type("Patient").unwrap(),
                id: ResourceId::parse("a").unwrap(),
            },
            version: VersionId(3),
            last_updated: 784_111_777_250_000,
            method: Method::Put,
            body: None,
        };
        let cases: [Row<'_>; 15] = [
            (&[], Some(false)),
            (&[("if-none-match", "W/\"3\"")], Some(true)),
            (&[("if-none-match", "\"3\"")], Some(true)),
            (&[("if-none-match", "W/\"1\", W/\"3\"")], Some(true)),
            (&[("if-none-match", "W/\"1\""), ("if-none-match", "W/\"3\"")], Some(true)),
            (&[("if-none-match", "*")], Some(true)),
            (&[("if-none-match", "W/\"4\"")], Some(false)),
            (&[("if-none-match", "3"), ("if-modified-since", DATE)], Some(false)),
            (&[("if-modified-since", DATE)], Some(true)),
            (&[("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT")], Some(false)),
            (&[("if-modified-since", "last week")], Some(false)),
            (&[("if-none-match", "W/\"4\""), ("if-modified-since", DATE)], Some(false)),
            (&[("if-match", "W/\"4\"")], None),
            (&[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:36 GMT")], None),
            (&[("if-unmodified-since", DATE)], Some(false)),
        ];
        for (pairs, known) in cases {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers.append(*name, value.parse().unwrap());
            }
            let conditions = of_read(&headers).unwrap();
            assert_eq!(conditions.is_known(&stored).ok(), known, "{pairs:?}");
        }
    }
}
