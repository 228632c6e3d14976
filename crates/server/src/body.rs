//! A request's body → a tree, by its Content-Type.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::http::{HeaderMap, header};
use fhir::{IssueCode, Limits, Tree};
use interactions::{Category, Failure, PatchDocument, heavy};

use crate::Shared;
use crate::format::{Format, Media, media};

/// A request's body, or why it could not be taken in.
pub(crate) type Incoming = Result<Bytes, BytesRejection>;

/// What a patch may be sent as, for `Accept-Patch`.
pub(crate) const PATCH_TYPES: &str = "application/json-patch+json, application/xml-patch+xml, application/fhir+json, application/fhir+xml";

/// The body's bytes; one that is too long or was cut off is a failure.
pub(crate) fn received<'b>(shared: &Shared, body: &'b Incoming) -> Result<&'b Bytes, Failure> {
    taken(shared.options.body_bytes_max, body)
}

/// The same for a limit given.
pub(crate) fn taken(bytes_max: usize, body: &Incoming) -> Result<&Bytes, Failure> {
    body.as_ref().map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            too_long(bytes_max)
        }
        _ => bad("the body broke off before its end; nothing was written; send it again"),
    })
}

/// The failure for a body over the limit, as sent or as decompressed.
pub(crate) fn too_long(bytes_max: usize) -> Failure {
    Failure::new(
        Category::TooLarge,
        IssueCode::TooLong,
        "Content-Length",
        format!("the body is longer than {bytes_max} bytes; send it in parts"),
    )
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
    match format_of(headers)? {
        Format::Json => json(shared, bytes),
        Format::Xml => heavy(bytes.len(), || {
            fhir::xml::read_with(bytes, shared.app.definitions(), limits(shared))
                .map_err(Failure::invalid)
        }),
    }
}

/// Reads the body as a patch.
pub(crate) fn read_patch(
    shared: &Shared,
    headers: &HeaderMap,
    body: &Incoming,
) -> Result<PatchDocument, Failure> {
    let bytes = received(shared, body)?;
    if bytes.is_empty() {
        return Err(bad("the request has no body; send a patch"));
    }
    let name = content_type(headers)?.unwrap_or("").split(';').next().unwrap_or("").trim();
    if name.eq_ignore_ascii_case("application/json-patch+json") {
        return json(shared, bytes).map(PatchDocument::Json);
    }
    if name.eq_ignore_ascii_case("application/xml-patch+xml") {
        let text = std::str::from_utf8(bytes).map_err(|_| bad("an xml patch must be utf-8"))?;
        return Ok(PatchDocument::Xml(text.into()));
    }
    // Plain `application/json` may be a patch or a resource: it must be said which.
    let is_fhir = name.to_ascii_lowercase().starts_with("application/fhir+");
    if !is_fhir {
        return Err(Failure::new(
            Category::UnsupportedMedia,
            IssueCode::NotSupported,
            "Content-Type",
            format!("a patch is sent as one of {PATCH_TYPES}"),
        ));
    }
    let tree = read_tree(shared, headers, body)?;
    if tree.resource_type() != Some("Parameters") {
        return Err(Failure::new(
            Category::Invalid,
            IssueCode::Invalid,
            "resourceType",
            "a FHIRPath Patch is a Parameters resource",
        ));
    }
    Ok(PatchDocument::FhirPath(tree))
}

fn json(shared: &Shared, bytes: &Bytes) -> Result<Tree, Failure> {
    heavy(bytes.len(), || Tree::parse_with(bytes, limits(shared))).map_err(|error| {
        let place = format!("line {} column {}", error.line, error.column);
        let message = format!("the body is no json: {error}");
        Failure::new(Category::Invalid, IssueCode::Structure, place, message)
    })
}

fn limits(shared: &Shared) -> Limits {
    Limits { bytes_max: shared.options.body_bytes_max, depth_max: shared.options.depth_max }
}

fn content_type(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    value.to_str().map(Some).map_err(|_| unsupported())
}

/// The format of a resource that is sent; JSON where nothing is said.
fn format_of(headers: &HeaderMap) -> Result<Format, Failure> {
    let Some(text) = content_type(headers)? else { return Ok(Format::Json) };
    let Some(Media::Is(format)) = media(text) else { return Err(unsupported()) };
    // JSON is UTF-8; XML says in its own declaration what it is.
    let charset = text.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
    });
    let is_utf8 = |name: &str| {
        ["utf-8", "utf8", "us-ascii"].iter().any(|known| name.eq_ignore_ascii_case(known))
    };
    if format == Format::Json && !charset.is_none_or(is_utf8) {
        return Err(Failure::new(
            Category::UnsupportedMedia,
            IssueCode::NotSupported,
            "Content-Type",
            "json is sent as utf-8",
        ));
    }
    Ok(format)
}

fn unsupported() -> Failure {
    Failure::new(
        Category::UnsupportedMedia,
        IssueCode::NotSupported,
        "Content-Type",
        "the content type must be application/fhir+json or application/fhir+xml, of FHIR 4.0 where a version is named",
    )
}

fn bad(message: &str) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Structure, "body", message)
}
