//! What came of each entry, and the response Bundle.

use fhir::{VersionId, format_instant, operation_outcome, write_string};
use store::ResourceKey;

use super::BundleRequest;
use super::plan::BundleKind;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::history::without_empty_entry;
use crate::search::open_bundle;

/// What came of one entry.
#[derive(Clone, Debug)]
pub enum EntryAnswer {
    /// A write, or a conditional create that found its resource (`status` 200).
    Written {
        /// Which resource.
        key: ResourceKey,
        /// `200`, `201` or `204`.
        status: u16,
        /// The version that is now current.
        version: VersionId,
        /// When it was written: microseconds since 1970.
        last_updated: i64,
        /// The text, where it was asked for.
        body: Option<Vec<u8>>,
    },
    /// A resource or Bundle that was read.
    Read {
        /// Its JSON.
        body: Vec<u8>,
        /// Its version, for one resource.
        version: Option<(VersionId, i64)>,
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
        Category::NotAllowed => "405 Method Not Allowed",
        Category::NotSupported => "501 Not Implemented",
        Category::UnsupportedMedia => "415 Unsupported Media Type",
        Category::NotAcceptable => "406 Not Acceptable",
        Category::TooLarge => "413 Content Too Large",
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
        write_answer(answer, app, request.wants_representation, &mut out);
    }
    out.extend_from_slice(b"]}");
    without_empty_entry(out, answers.is_empty())
}

fn write_answer(answer: &EntryAnswer, app: &App, representation: bool, out: &mut Vec<u8>) {
    match answer {
        EntryAnswer::Written { key, status, version, last_updated, body } => {
            out.push(b'{');
            let base = &app.options.base_url;
            if *status != 204 {
                out.extend_from_slice(br#""fullUrl":"#);
                write_string(&format!("{base}/{key}"), out);
                out.push(b',');
            }
            if let (true, Some(body)) = (representation, body) {
                out.extend_from_slice(br#""resource":"#);
                out.extend_from_slice(body);
                out.push(b',');
            }
            let status = match status {
                201 => "201 Created",
                204 => "204 No Content",
                _ => "200 OK",
            };
            out.extend_from_slice(format!(r#""response":{{"status":"{status}""#).as_bytes());
            if version.0 > 0 {
                let modified = format_instant(*last_updated);
                if !status.starts_with("204") {
                    out.extend_from_slice(br#","location":"#);
                    write_string(&format!("{base}/{key}/_history/{version}"), out);
                }
                out.extend_from_slice(
                    format!(r#","etag":"W/\"{version}\"","lastModified":"{modified}""#).as_bytes(),
                );
            }
            out.extend_from_slice(b"}}");
        }
        EntryAnswer::Read { body, version } => {
            out.extend_from_slice(br#"{"resource":"#);
            out.extend_from_slice(body);
            out.extend_from_slice(br#","response":{"status":"200 OK""#);
            if let Some((version, last_updated)) = version {
                let modified = format_instant(*last_updated);
                out.extend_from_slice(
                    format!(r#","etag":"W/\"{version}\"","lastModified":"{modified}""#).as_bytes(),
                );
            }
            out.extend_from_slice(b"}}");
        }
        EntryAnswer::Failed(failure) => {
            let status = failure_status(failure.category);
            out.extend_from_slice(
                format!(r#"{{"response":{{"status":"{status}","outcome":"#).as_bytes(),
            );
            out.extend_from_slice(&operation_outcome(&failure.issues));
            out.extend_from_slice(b"}}");
        }
    }
}
