//! The headers that make a request conditional. Spec: <https://hl7.org/fhir/R4/http.html#Http-Headers>.

use axum::http::{HeaderMap, header};
use fhir::{IssueCode, VersionId};
use interactions::{Category, Failure};

/// `If-Match: W/"3"`.
pub(crate) fn if_match(headers: &HeaderMap) -> Result<Option<VersionId>, Failure> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let version = value.to_str().ok().and_then(etag_version);
    version.map(Some).ok_or_else(|| {
        Failure::new(
            Category::Invalid,
            IssueCode::Value,
            "If-Match",
            "If-Match must be one ETag that this server gave, such as W/\"3\"",
        )
    })
}

/// Whether `If-None-Match` names this version, so that the client has it already.
pub(crate) fn is_known(headers: &HeaderMap, version: VersionId) -> bool {
    let Some(value) = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()) else {
        return false;
    };
    value.split(',').any(|tag| tag.trim() == "*" || etag_version(tag) == Some(version))
}

/// `If-None-Exist: identifier=…`.
pub(crate) fn if_none_exist(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("if-none-exist")?;
    Some(String::from_utf8_lossy(value.as_bytes()).trim_start_matches('?').to_owned())
}

/// What `Prefer` asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prefer {
    pub(crate) return_: Option<Return>,
    pub(crate) lenient: bool,
}

/// `Prefer: return=…`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Return {
    Minimal,
    Representation,
    OperationOutcome,
}

pub(crate) fn prefer(headers: &HeaderMap) -> Prefer {
    let mut prefer = Prefer::default();
    for value in headers.get_all("prefer") {
        let text = value.to_str().unwrap_or("");
        for part in text.split([',', ';']) {
            match part.trim().to_ascii_lowercase().as_str() {
                "return=minimal" => prefer.return_ = Some(Return::Minimal),
                "return=representation" => prefer.return_ = Some(Return::Representation),
                "return=operationoutcome" => prefer.return_ = Some(Return::OperationOutcome),
                "handling=lenient" => prefer.lenient = true,
                _ => {}
            }
        }
    }
    prefer
}

fn etag_version(tag: &str) -> Option<VersionId> {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    VersionId::parse(tag.strip_prefix('"')?.strip_suffix('"')?)
}

#[cfg(test)]
mod tests {
    use super::{etag_version, prefer};
    use axum::http::HeaderMap;
    use fhir::VersionId;

    #[test]
    fn etags() {
        let cases = [
            ("W/\"3\"", Some(3)),
            ("\"12\"", Some(12)),
            (" W/\"1\" ", Some(1)),
            ("3", None),
            ("W/3", None),
            ("\"\"", None),
            ("\"x\"", None),
            ("\"03\"", None),
        ];
        for (tag, version) in cases {
            assert_eq!(etag_version(tag), version.map(VersionId), "{tag}");
        }
    }

    #[test]
    fn preferences_of_several_headers_add_up() {
        let mut headers = HeaderMap::new();
        headers.append("prefer", "return=minimal".parse().unwrap());
        headers.append("prefer", "Handling=Lenient; wait=10".parse().unwrap());
        let prefer = prefer(&headers);
        assert!(prefer.lenient);
        assert_eq!(prefer.return_, Some(super::Return::Minimal));
    }
}
