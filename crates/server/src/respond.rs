//! Answers: resources, Bundles, failures; each in the format that the client wants.

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use fhir::{Issue, IssueCode, Severity, Tree, VersionId, format_http_date, operation_outcome};
use interactions::{App, Failure, Return, Written, deleted_words, heavy};
use store::Stored;

use crate::Shared;
use crate::conditions::Prefer;
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
        self.respond_with(&shared.app)
    }

    pub(crate) fn respond_with(self, app: &App) -> Response {
        let category = self.failure.category;
        let mut response = outcome(app, status_of(category), self.failure.issues, self.wanted);
        // The gate says with it what is missing.
        response.extensions_mut().insert(category);
        response
    }
}

/// An OperationOutcome; what it repeats of the request may hold characters that XML cannot carry.
fn outcome(app: &App, status: StatusCode, mut issues: Vec<Issue>, wanted: Wanted) -> Response {
    if wanted.format == Format::Xml {
        let is_plain = |c: char| c == '\t' || c == '\n' || (' '..'\u{FFFE}').contains(&c);
        for issue in &mut issues {
            issue.message = issue.message.replace(|c| !is_plain(c), "?");
            issue.expression =
                issue.expression.take().map(|text| text.replace(|c| !is_plain(c), "?"));
        }
    }
    content_with(app, status, operation_outcome(&issues), wanted)
}

/// JSON text as an answer in the wanted format.
pub(crate) fn content(
    shared: &Shared,
    status: StatusCode,
    json: impl Into<Body> + AsRef<[u8]>,
    wanted: Wanted,
) -> Response {
    content_with(&shared.app, status, json, wanted)
}

fn content_with(
    app: &App,
    status: StatusCode,
    json: impl Into<Body> + AsRef<[u8]>,
    wanted: Wanted,
) -> Response {
    let (body, content_type) = match (wanted.format, wanted.pretty) {
        (Format::Json, false) => (json.into(), JSON),
        (Format::Json, true) => (heavy(json.as_ref().len(), || pretty(json.as_ref())).into(), JSON),
        (Format::Xml, is_pretty) => match heavy(json.as_ref().len(), || xml(app, json.as_ref())) {
            Ok(xml) if is_pretty => (indented(&xml).into(), XML),
            Ok(xml) => (xml.into(), XML),
            Err(issue) => return not_in_xml(issue),
        },
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

fn xml(app: &App, json: &[u8]) -> Result<String, Issue> {
    let tree = Tree::parse(json).map_err(|error| {
        Issue::error(IssueCode::Exception, "", format!("not readable as json: {error}"))
    })?;
    fhir::xml::write(tree.root(), app.definitions())
}

/// What is stored or made here can be written as XML, unless it holds characters that XML has no way
/// to write.
fn not_in_xml(issue: Issue) -> Response {
    tracing::warn!(issue = %issue.message, expression = ?issue.expression, "cannot write as xml");
    let message = format!("the answer cannot be written as xml: {}; ask for json", issue.message);
    let issue =
        Issue { severity: Severity::Error, code: IssueCode::NotSupported, message, ..issue };
    let mut response = Response::new(operation_outcome(&[issue]).into());
    *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
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

/// XML with each element on a line, but for narrative, where white space counts.
fn indented(xml: &str) -> String {
    let mut out = String::with_capacity(xml.len() * 5 / 4);
    let (mut level, mut narrative, mut was_start) = (0_usize, 0_usize, false);
    for tag in xml.split_inclusive('>') {
        let is_end = tag.starts_with("</");
        let is_empty = tag.ends_with("/>") || tag.starts_with("<?");
        if is_end && narrative == 0 {
            level = level.saturating_sub(1);
        }
        if narrative == 0 && !out.is_empty() && !(is_end && was_start) {
            out.push('\n');
            out.extend(std::iter::repeat_n("  ", level));
        }
        out.push_str(tag);
        let opens = !is_end && !is_empty;
        if tag.starts_with("<div") || narrative > 0 {
            // Text may stand before the tag here.
            let markup = tag.rfind('<').map_or("", |at| &tag[at..]);
            if markup.starts_with("</") {
                narrative = narrative.saturating_sub(1);
            } else if !markup.ends_with("/>") && !markup.starts_with("<!") {
                narrative += 1;
            }
            was_start = false;
            continue;
        }
        was_start = opens;
        level += usize::from(opens);
    }
    out
}

/// One version of a resource, with its ETag and time.
pub(crate) fn resource(app: &App, status: StatusCode, stored: &Stored, wanted: Wanted) -> Response {
    let body = stored.body.clone().unwrap_or_else(|| (*b"").into());
    let body = bytes::Bytes::from_owner(body);
    let mut response = content_with(app, status, body, wanted);
    put_version(&mut response, stored.version, stored.last_updated);
    response
}

/// The answer to a create, update or patch.
pub(crate) fn written(
    shared: &Shared,
    written: &Written,
    prefer: Prefer,
    wanted: Wanted,
) -> Response {
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    let stored = &written.stored;
    let answer = prefer.return_.unwrap_or_default();
    let mut response = match answer {
        Return::Representation => resource(&shared.app, status, stored, wanted),
        Return::Minimal => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = status;
            response
        }
        Return::OperationOutcome => {
            let words = if written.changed { "is stored as" } else { "is there already, as" };
            let message = format!("{} {words} version {}", stored.key, stored.version);
            said(shared, status, message, wanted)
        }
    };
    if response.status() != status {
        // It is written, whatever of it can be shown: XML has no way to write some characters.
        response = Response::new(Body::empty());
        *response.status_mut() = status;
    }
    put_version(&mut response, stored.version, stored.last_updated);
    let location =
        format!("{}/{}/_history/{}", shared.app.options.base_url, stored.key, stored.version);
    if let Ok(location) = HeaderValue::from_str(&location) {
        if answer == Return::Representation {
            response.headers_mut().insert(header::CONTENT_LOCATION, location.clone());
        }
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The answer to a delete of so many; `version` is the one that says so, where it was one.
pub(crate) fn deleted(
    shared: &Shared,
    version: Option<(VersionId, i64)>,
    count: usize,
    prefer: Prefer,
    wanted: Wanted,
) -> Response {
    let mut response = if prefer.return_ == Some(Return::OperationOutcome) {
        said(shared, StatusCode::OK, deleted_words(count), wanted)
    } else {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    };
    if let Some((version, last_updated)) = version {
        put_version(&mut response, version, last_updated);
    }
    response
}

/// An OperationOutcome that says what went well.
pub(crate) fn said(
    shared: &Shared,
    status: StatusCode,
    message: String,
    wanted: Wanted,
) -> Response {
    let issue = Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message,
        expression: None,
    };
    outcome(&shared.app, status, vec![issue], wanted)
}

pub(crate) fn put_version(response: &mut Response, version: VersionId, last_updated: i64) {
    let headers = response.headers_mut();
    if let Ok(etag) = HeaderValue::from_str(&version.etag()) {
        headers.insert(header::ETAG, etag);
    }
    if let Ok(modified) = HeaderValue::from_str(&format_http_date(last_updated)) {
        headers.insert(header::LAST_MODIFIED, modified);
    }
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn xml_is_indented_but_for_narrative() {
        let xml = r#"<?xml version="1.0"?><P xmlns="u"><text><s value="x"/><div xmlns="h"><p>a <b>b</b> c<br/></p> d</div></text><n><f value=">"/></n></P>"#;
        let expected = "<?xml version=\"1.0\"?>\n<P xmlns=\"u\">\n  <text>\n    <s value=\"x\"/>\n    <div xmlns=\"h\"><p>a <b>b</b> c<br/></p> d</div>\n  </text>\n  <n>\n    <f value=\"&gt;\"/>\n  </n>\n</P>";
        assert_eq!(indented(&xml.replace("\">\"/", "\"&gt;\"/")), expected);
    }
}
