//! The bytes of a document, as the source sent them.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use fhir::ResourceId;

use super::answer::Answer;
use super::gate::State;
use super::portal::Portal;
use crate::problem::Problem;

/// Media types that a browser may show by itself; others are handed over as a file.
const SHOWN: [&str; 4] = ["application/pdf", "image/png", "image/jpeg", "text/plain"];

pub(super) async fn show(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Answer {
    let id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let document = portal.app.document(&id).await;
    let (media_type, bytes) = document.map_err(|failure| portal.failure(&failure))?;
    let plain = media_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    // What is not on the list could be a page that runs scripts under our address.
    let (media_type, how) = match SHOWN.contains(&plain.as_str()) {
        true if plain == "text/plain" => ("text/plain; charset=utf-8".to_owned(), "inline"),
        true => (plain, "inline"),
        false => ("application/octet-stream".to_owned(), "attachment"),
    };
    let media_type = HeaderValue::from_str(&media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(how)),
    ];
    Ok((headers, bytes).into_response())
}
