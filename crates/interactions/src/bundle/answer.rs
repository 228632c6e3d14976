//! What came of each entry, and the response Bundle.

use fhir::{
    Issue, IssueCode, Severity, VersionId, format_instant, operation_outcome, write_string,
};
use store::ResourceKey;

use super::BundleRequest;
use super::plan::BundleKind;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::history::without_empty_entry;
use crate::search::open_bundle;
use crate::write::Return;

/// What came of one entry.
#[derive(Clone, Debug)]
pub enum EntryAnswer {
    /// A write, or a conditional create that found its resource (`status` 200).
    Written {
        /// Which resource.
        key: ResourceKey,
        /// `200` or `201`.
        status: u16,
        /// The version that is now current.
        version: VersionId,
        /// When it was written: microseconds since 1970.
        last_updated: i64,
        /// The text, where it was asked for.
        body: Option<Vec<u8>>,
    },
    /// A delete, with how many resources there were to delete.
    Deleted {
        /// The version that says so, where it was one resource.
        version: Option<(VersionId, i64)>,
        /// How many are deleted now that were not before.
        count: usize,
    },
    /// A resource or Bundle that was read.
    Read {
        /// Its JSON; none for HEAD.
        body: Option<Vec<u8>>,
        /// Its version, for one resource.
        version: Option<(VersionId, i64)>,
    },
    /// A read of what the client has already.
    NotModified {
        /// The version.
        version: VersionId,
        /// When it was written.
        last_updated: i64,
    },
    /// An entry that failed (in a batch).
    Failed(Failure),
}

/// The numeric status and its words for an entry's failure.
fn failure_status(category: Category) -> &'static str {
    match category {
        Category::Invalid => "400 Bad Request",
        Category::Unprocessable => "422 Unprocessable Entity",
        Category::NotFound => "404 Not Found",
        Category::Gone => "410 Gone",
        Category::Conflict => "409 Conflict",
        Category::PreconditionFailed => "412 Precondition Failed",
        Category::NotSignedIn => "401 Unauthorized",
        Category::StepUp | Category::Forbidden => "403 Forbidden",
        Category::NotAllowed => "405 Method Not Allowed",
        Category::NotSupported => "501 Not Implemented",
        Category::UnsupportedMedia => "415 Unsupported Media Type",
        Category::NotAcceptable => "406 Not Acceptable",
        Category::TooLarge => "413 Content Too Large",
        Category::TooSlow => "408 Request Timeout",
        Category::TooMany => "429 Too Many Requests",
        Category::Unavailable => "503 Service Unavailable",
        Category::Fault => "500 Internal Server Error",
    }
}

pub(super) fn response_bundle(
    kind: BundleKind,
    answers: &[EntryAnswer],
    app: &App,
    request: &BundleRequest,
) -> Vec<u8> {
    let name = match kind {
        BundleKind::Batch => "batch-response",
        BundleKind::Transaction => "transaction-response",
    };
    let mut out = open_bundle(name, None, &[]);
    out.reserve(answers.len() * 256);
    out.extend_from_slice(br#","entry":["#);
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_answer(answer, app, request.answer, &mut out);
    }
    out.extend_from_slice(b"]}");
    without_empty_entry(out, answers.is_empty())
}

fn write_answer(answer: &EntryAnswer, app: &App, wanted: Return, out: &mut Vec<u8>) {
    out.push(b'{');
    match answer {
        EntryAnswer::Written { key, status, version, last_updated, body } => {
            let base = &app.options.base_url;
            out.extend_from_slice(br#""fullUrl":"#);
            write_url(base, key, None, out);
            out.push(b',');
            if let (Return::Representation, Some(body)) = (wanted, body) {
                out.extend_from_slice(br#""resource":"#);
                out.extend_from_slice(body);
                out.push(b',');
            }
            write_status(if *status == 201 { "201 Created" } else { "200 OK" }, out);
            out.extend_from_slice(br#","location":"#);
            write_url(base, key, Some(*version), out);
            write_version(Some((*version, *last_updated)), out);
            write_said(wanted, || format!("{key} is stored as version {version}"), out);
        }
        EntryAnswer::Deleted { version, count } => {
            write_status("204 No Content", out);
            write_version(*version, out);
            write_said(wanted, || deleted_words(*count), out);
        }
        EntryAnswer::Read { body, version } => {
            if let Some(body) = body {
                out.extend_from_slice(br#""resource":"#);
                out.extend_from_slice(body);
                out.push(b',');
            }
            write_status("200 OK", out);
            write_version(*version, out);
        }
        EntryAnswer::NotModified { version, last_updated } => {
            write_status("304 Not Modified", out);
            write_version(Some((*version, *last_updated)), out);
        }
        EntryAnswer::Failed(failure) => {
            write_status(failure_status(failure.category), out);
            out.extend_from_slice(br#","outcome":"#);
            out.extend_from_slice(&operation_outcome(&failure.issues));
        }
    }
    out.extend_from_slice(b"}}");
}

/// The URL of a resource or of one of its versions, as a string. What ids and types are made of needs
/// no escapes.
fn write_url(base: &str, key: &ResourceKey, version: Option<VersionId>, out: &mut Vec<u8>) {
    write_string(base, out);
    out.pop();
    for part in ["/", key.resource_type.as_str(), "/", key.id.as_str()] {
        out.extend_from_slice(part.as_bytes());
    }
    if let Some(version) = version {
        out.extend_from_slice(b"/_history/");
        out.extend_from_slice(version.to_string().as_bytes());
    }
    out.push(b'"');
}

/// What a delete of so many says.
pub fn deleted_words(count: usize) -> String {
    match count {
        0 => "nothing was there to delete".to_owned(),
        1 => "one resource is deleted".to_owned(),
        count => format!("{count} resources are deleted"),
    }
}

fn write_status(status: &str, out: &mut Vec<u8>) {
    for part in [r#""response":{"status":""#, status, "\""] {
        out.extend_from_slice(part.as_bytes());
    }
}

fn write_version(version: Option<(VersionId, i64)>, out: &mut Vec<u8>) {
    if let Some((version, last_updated)) = version {
        let (version, modified) = (version.to_string(), format_instant(last_updated));
        let parts = [r#","etag":"W/\""#, &version, r#"\"","lastModified":""#, &modified, "\""];
        for part in parts {
            out.extend_from_slice(part.as_bytes());
        }
    }
}

/// The outcome of an entry that went well, where the client wants one.
fn write_said(wanted: Return, words: impl FnOnce() -> String, out: &mut Vec<u8>) {
    if wanted != Return::OperationOutcome {
        return;
    }
    let issue = Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message: words(),
        expression: None,
    };
    out.extend_from_slice(br#","outcome":"#);
    out.extend_from_slice(&operation_outcome(&[issue]));
}
