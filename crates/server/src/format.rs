//! Content negotiation: `_format` first, then Accept. Spec: <https://hl7.org/fhir/R4/http.html#mime-type>.

use axum::http::{HeaderMap, header};
use fhir::IssueCode;
use interactions::{Category, Failure};

/// A representation of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

/// How an answer is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) format: Format,
    pub(crate) pretty: bool,
}

impl Wanted {
    pub(crate) const JSON: Wanted = Wanted { format: Format::Json, pretty: false };

    /// What the client wants; a `_format` that is not served is a failure that names those that are.
    pub(crate) fn read(headers: &HeaderMap, query: Option<&str>) -> Result<Wanted, Failure> {
        let mut wanted = Wanted::JSON;
        if let Some(accept) = headers.get(header::ACCEPT) {
            wanted.format = accepted(accept.to_str().unwrap_or("*/*"));
        }
        // Most requests have no query, and then nothing is taken apart.
        let Some(query) = query.filter(|q| q.contains("_format") || q.contains("_pretty")) else {
            return Ok(wanted);
        };
        for (name, value) in interactions::decode_query(query) {
            match name.as_str() {
                "_format" => wanted.format = named(&value).ok_or_else(|| unknown(&value))?,
                "_pretty" => wanted.pretty = value == "true",
                _ => {}
            }
        }
        Ok(wanted)
    }
}

/// The format of a media type, parameters aside.
pub(crate) fn named(media_type: &str) -> Option<Format> {
    let name = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    match name.replace(' ', "+").as_str() {
        "json" | "application/json" | "application/fhir+json" | "text/json" => Some(Format::Json),
        "xml" | "application/xml" | "application/fhir+xml" | "text/xml" => Some(Format::Xml),
        _ => None,
    }
}

/// The format of an Accept header with the highest weight; JSON where none is known, so that a
/// browser or a careless client still gets an answer.
fn accepted(accept: &str) -> Format {
    let mut best = (0.0_f32, Format::Json);
    for part in accept.split(',') {
        let weight = part
            .split(';')
            .filter_map(|p| p.trim().strip_prefix("q="))
            .find_map(|q| q.parse().ok())
            .unwrap_or(1.0);
        if let Some(format) = named(part).filter(|_| weight > best.0) {
            best = (weight, format);
        }
    }
    best.1
}

fn unknown(value: &str) -> Failure {
    let shown: String = value.chars().take(40).collect();
    Failure::new(
        Category::NotAcceptable,
        IssueCode::NotSupported,
        "_format",
        format!("{shown:?} is not served; ask for json or xml"),
    )
}

#[cfg(test)]
mod tests {
    use super::{Format, accepted, named};

    #[test]
    fn media_types() {
        let cases = [
            ("application/fhir+json", Some(Format::Json)),
            ("application/fhir+xml; fhirVersion=4.0", Some(Format::Xml)),
            ("application/fhir xml", Some(Format::Xml)),
            ("JSON", Some(Format::Json)),
            ("text/turtle", None),
            ("", None),
        ];
        for (text, format) in cases {
            assert_eq!(named(text), format, "{text}");
        }
    }

    #[test]
    fn accept_headers() {
        let cases = [
            ("*/*", Format::Json),
            ("application/fhir+xml", Format::Xml),
            ("application/fhir+json;q=0.1, application/fhir+xml;q=0.9", Format::Xml),
            ("application/xml;q=0.8, application/json", Format::Json),
            ("text/html,application/xhtml+xml", Format::Json),
        ];
        for (text, format) in cases {
            assert_eq!(accepted(text), format, "{text}");
        }
    }
}
