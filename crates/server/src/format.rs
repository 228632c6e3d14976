//! Content negotiation: `_format` first, then Accept, then the body's own type.
//! Spec: <https://hl7.org/fhir/R4/http.html#mime-type>, RFC 9110 §12.5.1.

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

/// The FHIR version that is served, as media types name it.
const FHIR_VERSION: &str = "4.0";

impl Wanted {
    pub(crate) const JSON: Wanted = Wanted { format: Format::Json, pretty: false };

    /// What the client wants; what is not served is a failure that names what is.
    pub(crate) fn read(headers: &HeaderMap, query: Option<&str>) -> Result<Wanted, Failure> {
        let mut wanted = Wanted::JSON;
        let mut is_named = false;
        // Most requests have no query, and then nothing is taken apart.
        if let Some(query) = query.filter(|q| q.contains("_format") || q.contains("_pretty")) {
            for (name, value) in interactions::decode_query(query) {
                match name.as_str() {
                    "_format" => {
                        wanted.format = of_format(&value)?;
                        is_named = true;
                    }
                    "_pretty" => wanted.pretty = of_pretty(&value)?,
                    _ => {}
                }
            }
        }
        if !is_named {
            wanted.format = negotiated(headers)?;
        }
        Ok(wanted)
    }
}

fn of_format(value: &str) -> Result<Format, Failure> {
    // A plus sign that nobody encoded arrives as a blank.
    let text = value.trim().replace(' ', "+");
    let text = if text.contains(';') { value } else { text.as_str() };
    match media(text) {
        Some(Media::Is(format)) => Ok(format),
        Some(Media::Any) => Ok(Format::Json),
        None => Err(unknown("_format", value)),
    }
}

fn of_pretty(value: &str) -> Result<bool, Failure> {
    match value {
        "true" | "" => Ok(true),
        "false" => Ok(false),
        _ => Err(Failure::new(
            Category::Invalid,
            IssueCode::Value,
            "_pretty",
            "_pretty must be true or false",
        )),
    }
}

/// By Accept; where it takes anything or is not there, the type of the request's own body.
fn negotiated(headers: &HeaderMap) -> Result<Format, Failure> {
    let own = || {
        let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
        match media(text) {
            Some(Media::Is(format)) => Some(format),
            // A patch in XML comes from someone who reads XML.
            _ => text.starts_with("application/xml-patch+xml").then_some(Format::Xml),
        }
    };
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    let Some(first) = values.peek() else { return Ok(own().unwrap_or(Format::Json)) };
    if *first == "*/*" || *first == "application/fhir+json" {
        // What nearly every client sends.
        let any = *first == "*/*";
        return Ok(if any { own().unwrap_or(Format::Json) } else { Format::Json });
    }
    let mut text = String::new();
    for value in values {
        let Ok(value) = value.to_str() else { return Ok(Format::Json) };
        text.push_str(value);
        text.push(',');
    }
    match accepted(&text) {
        Some(Media::Is(format)) => Ok(format),
        Some(Media::Any) => Ok(own().unwrap_or(Format::Json)),
        None if text.trim_matches([',', ' ']).is_empty() => Ok(own().unwrap_or(Format::Json)),
        None => Err(unknown("Accept", text.trim_end_matches(','))),
    }
}

/// What a media range means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Is(Format),
    Any,
}

/// What a media type or range means; `None` for what is not served. A FHIR version other than ours
/// is not served.
pub(crate) fn media(text: &str) -> Option<Media> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or("").to_ascii_lowercase();
    let is_ours = |part: &str| match part.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("fhirversion") => {
            let value = value.trim().trim_matches('"');
            value == FHIR_VERSION || value.starts_with("4.0.")
        }
        _ => true,
    };
    if !parts.all(is_ours) {
        return None;
    }
    match name.as_str() {
        "json"
        | "application/json"
        | "application/fhir+json"
        | "application/json+fhir"
        | "text/json" => Some(Media::Is(Format::Json)),
        "xml"
        | "application/xml"
        | "application/fhir+xml"
        | "application/xml+fhir"
        | "text/xml" => Some(Media::Is(Format::Xml)),
        "*/*" | "*" | "application/*" | "text/*" => Some(Media::Any),
        _ => None,
    }
}

/// The range of an Accept header with the highest weight that is served; of equal ones a named
/// format goes before a wildcard, then the earlier before the later.
fn accepted(accept: &str) -> Option<Media> {
    let mut best: Option<(f32, bool, Media)> = None;
    for part in accept.split(',') {
        let weight = part
            .split(';')
            .skip(1)
            .filter_map(|p| p.trim().strip_prefix("q=").or_else(|| p.trim().strip_prefix("Q=")))
            .find_map(|q| q.trim().parse().ok())
            .filter(|q| (0.0..=1.0).contains(q))
            .unwrap_or(1.0);
        let Some(media) = media(part).filter(|_| weight > 0.0) else { continue };
        let is_named = media != Media::Any;
        let is_better =
            best.is_none_or(|(w, named, _)| weight > w || (weight >= w && is_named && !named));
        if is_better {
            best = Some((weight, is_named, media));
        }
    }
    best.map(|(_, _, media)| media)
}

fn unknown(place: &str, value: &str) -> Failure {
    let shown: String = value.chars().take(60).collect();
    Failure::new(
        Category::NotAcceptable,
        IssueCode::NotSupported,
        place,
        format!(
            "{shown:?} is not served; ask for application/fhir+json or application/fhir+xml of FHIR 4.0"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::{Format, Media, accepted, media, of_format};

    const JSON: Option<Media> = Some(Media::Is(Format::Json));
    const XML: Option<Media> = Some(Media::Is(Format::Xml));
    const ANY: Option<Media> = Some(Media::Any);

    #[test]
    fn media_types() {
        let cases = [
            ("application/fhir+json", JSON),
            ("application/fhir+json; charset=utf-8", JSON),
            ("application/fhir+xml; fhirVersion=4.0", XML),
            ("application/fhir+xml; fhirVersion=4.0.1", XML),
            ("application/fhir+xml; fhirVersion=3.0", None),
            ("application/fhir+json;fhirversion=\"5.0\"", None),
            ("JSON", JSON),
            ("text/xml", XML),
            ("*/*", ANY),
            ("application/*", ANY),
            ("text/turtle", None),
            ("html", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(media(text), expected, "{text}");
        }
        for text in ["application/fhir xml", "application/fhir+xml", "xml", "text/xml"] {
            assert_eq!(of_format(text).ok(), Some(Format::Xml), "{text}");
        }
    }

    #[test]
    fn accept_headers() {
        let cases = [
            ("*/*", ANY),
            ("application/fhir+xml", XML),
            ("application/fhir+json;q=0.1, application/fhir+xml;q=0.9", XML),
            ("application/xml;q=0.8, application/json", JSON),
            ("application/fhir+xml, application/fhir+json", XML),
            ("*/*, application/fhir+xml", XML),
            ("application/fhir+xml;q=0.5, */*;q=0.8", ANY),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", XML),
            ("application/fhir+xml;q=0", None),
            ("application/fhir+xml;q=0, */*;q=0.1", ANY),
            ("application/fhir+xml;fhirVersion=5.0, application/fhir+json;q=0.2", JSON),
            ("application/fhir+xml;q=x", XML),
            ("text/html", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(accepted(text), expected, "{text}");
        }
    }
}
