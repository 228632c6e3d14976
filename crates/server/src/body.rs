//! A request's body → a tree, by its Content-Type.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::http::{HeaderMap, header};
use fhir::{IssueCode, Limits, Tree};
use interactions::{Category, Failure};

use crate::Shared;
use crate::format::{Format, named};

/// A request's body, or why it could not be taken in.
pub(crate) type Incoming = Result<Bytes, BytesRejection>;

/// The body's bytes; one that is too long or was cut off is a failure.
pub(crate) fn received<'b>(shared: &Shared, body: &'b Incoming) -> Result<&'b Bytes, Failure> {
    body.as_ref().map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            let max = shared.options.body_bytes_max;
            Failure::plain(
                Category::TooLarge,
                IssueCode::TooLong,
                format!("the body is longer than {max} bytes; send it in parts"),
            )
        }
        _ => bad("the body broke off before its end; nothing was written; send it again"),
    })
}

/// Reads the body as a resource; wrong text is a failure that says where.
pub(crate) fn read_tree(
    shared: &Shared,
    headers: &HeaderMap,
    body: &Incoming,
) -> Result<Tree, Failure> {
    let bytes = received(shared, body)?;
    if bytes.is_empty() {
        return Err(bad("the request has no body; send a resource in json or xml"));
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let limits =
        Limits { bytes_max: shared.options.body_bytes_max, depth_max: shared.options.depth_max };
    let format = match content_type {
        None => Format::Json,
        Some(text) => named(text).ok_or_else(|| {
            Failure::new(
                Category::UnsupportedMedia,
                IssueCode::NotSupported,
                "Content-Type",
                "the content type must be application/fhir+json or application/fhir+xml",
            )
        })?,
    };
    match format {
        Format::Json => Tree::parse_with(bytes, limits)
            .map_err(|error| bad(&format!("the body is no json: {error}"))),
        Format::Xml => {
            fhir::xml::read_with(bytes, shared.app.definitions(), limits).map_err(Failure::invalid)
        }
    }
}

fn bad(message: &str) -> Failure {
    Failure::plain(Category::Invalid, IssueCode::Structure, message)
}
