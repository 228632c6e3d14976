//! Opening a record without a relationship.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path};
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::{Category, decode_query};

use super::answer::{Answer, see_other};
use super::csrf::{self, Token};
use super::gate::{State, session_of};
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::ErrorSummary;
use crate::layout::Area;
use crate::patient::looks::OpenPage;
use crate::problem::Problem;

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    page(&portal, &headers, &id, String::new(), None).await
}

pub(super) async fn open(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
    let pairs = decode_query(&String::from_utf8_lossy(&body));
    if !csrf::holds(&headers, &pairs) {
        return Err(portal.problem(Problem::FormRefused));
    }
    let person = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let reason = pairs.iter().find(|(name, _)| name == "reason");
    let reason = reason.map_or("", |(_, value)| value.as_str()).to_owned();
    let token = session_of(&headers).unwrap_or_default();
    match portal.app.break_glass(&token, &person, &reason, from.address()).await {
        Ok(()) => Ok(see_other(&format!("/clinician/person/{person}"))),
        Err(failure) if failure.category == Category::Invalid => {
            let error = "Say why, in 10 to 500 characters".to_owned();
            page(&portal, &headers, &id, reason, Some(error)).await
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    id: &str,
    reason: String,
    error: Option<String>,
) -> Answer {
    let person = ResourceId::parse(id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let name = portal.app.name_of(&person).await.map_err(|failure| portal.failure(&failure))?;
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Find, format!("Open the record of {name}?"));
    layout.has_errors = error.is_some();
    let errors = error.into_iter().map(|error| ("reason".to_owned(), error)).collect();
    let page = OpenPage {
        layout,
        name,
        action: format!("/clinician/person/{person}/open"),
        reason,
        summary: ErrorSummary { errors },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}
