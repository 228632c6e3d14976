//! Answers: resources, Bundles, failures; each in the format that the client wants.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use fhir::{Tree, VersionId, format_instant, operation_outcome};
use interactions::{Failure, Written};
use store::Stored;

use crate::Shared;
use crate::conditions::{Prefer, Return};
use crate::format::{Format, Wanted};
use crate::status::status_of;

const JSON: HeaderValue = HeaderValue::from_static("application/fhir+json; charset=utf-8");
const XML: HeaderValue = HeaderValue::from_static("application/fhir+xml; charset=utf-8");

/// A failure and the format it is told in.
pub(crate) struct Refusal {
    failure: Failure,
    wanted: Wanted,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Refusal {
        Refusal { failure, wanted: Wanted::JSON }
    }
}

impl Refusal {
    pub(crate) fn new(failure: Failure, wanted: Wanted) -> Refusal {
        Refusal { failure, wanted }
    }

    pub(crate) fn respond(self, shared: &Shared) -> Response {
        let body = operation_outcome(&self.failure.issues);
        let mut response = content(shared, status_of(self.failure.category), body, self.wanted);
        if status_of(self.failure.category) == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

/// JSON text as an answer in the wanted format.
pub(crate) fn content(
    shared: &Shared,
    status: StatusCode,
    json: impl Into<Body> + AsRef<[u8]>,
    wanted: Wanted,
) -> Response {
    let (body, content_type) = match (wanted.format, wanted.pretty) {
        (Format::Json, false) => (json.into(), JSON),
        (Format::Json, true) => (pretty(json.as_ref()).into(), JSON),
        (Format::Xml, _) => match Tree::parse(json.as_ref()) {
            Ok(tree) => match fhir::xml::write(tree.root(), shared.app.definitions()) {
                Ok(xml) => (xml.into(), XML),
                Err(_) => (json.into(), JSON),
            },
            Err(_) => (json.into(), JSON),
        },
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn pretty(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    match Tree::parse(json) {
        Ok(tree) => tree.root().write_pretty(&mut out),
        Err(_) => out.extend_from_slice(json),
    }
    out
}

/// One version of a resource, with its ETag and time.
pub(crate) fn resource(
    shared: &Shared,
    status: StatusCode,
    stored: &Stored,
    wanted: Wanted,
) -> Response {
    let body = stored.body.clone().unwrap_or_else(|| (*b"").into());
    let body = bytes::Bytes::from_owner(body);
    let mut response = content(shared, status, body, wanted);
    put_version(&mut response, stored.version, stored.last_updated);
    response
}

/// The answer to a create or update.
pub(crate) fn written(
    shared: &Shared,
    written: &Written,
    prefer: Prefer,
    wanted: Wanted,
) -> Response {
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    let stored = &written.stored;
    let mut response = match prefer.return_ {
        None | Some(Return::Representation) => resource(shared, status, stored, wanted),
        Some(Return::Minimal) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            response
        }
        Some(Return::OperationOutcome) => {
            let issue = fhir::Issue {
                severity: fhir::Severity::Information,
                code: fhir::IssueCode::Informational,
                message: format!("{} is stored as version {}", stored.key, stored.version),
                expression: None,
            };
            content(shared, status, operation_outcome(&[issue]), wanted)
        }
    };
    put_version(&mut response, stored.version, stored.last_updated);
    let location =
        format!("{}/{}/_history/{}", shared.app.options.base_url, stored.key, stored.version);
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

pub(crate) fn put_version(response: &mut Response, version: VersionId, last_updated: i64) {
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&format!("W/\"{version}\"")) {
        headers.insert(header::ETAG, etag);
    }
    if let Ok(modified) = HeaderValue::from_str(&http_date(last_updated)) {
        headers.insert(header::LAST_MODIFIED, modified);
    }
}

/// An instant as HTTP writes it: `Sun, 22 Nov 2026 20:59:46 GMT` (RFC 9110 §5.6.7).
pub(crate) fn http_date(microseconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = format_instant(microseconds);
    let weekday = DAYS[microseconds.div_euclid(86_400_000_000).rem_euclid(7) as usize];
    let month = text[5..7].parse::<usize>().unwrap_or(1);
    format!(
        "{weekday}, {} {} {} {} GMT",
        &text[8..10],
        MONTHS[(month - 1) % 12],
        &text[..4],
        &text[11..19]
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn http_dates() {
        assert_eq!(super::http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(super::http_date(784_111_777_000_000), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
