//! The apps that a person has let in, and those that are opened from a record.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use axum::routing::get;
use fhir::ResourceId;
use interactions::{Category, decode_query};

use super::answer::{Answer, see_other};
use super::authorize::leads_to;
use super::csrf::{self, Token};
use super::gate::{State, session_of};
use super::portal::Portal;
use super::record::known;
use crate::apps::{GrantedLine, LaunchPage, MyAppsPage, words};
use crate::layout::Area;
use crate::problem::Problem;

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/me/apps", get(mine).post(withdraw))
        .route("/clinician/person/{id}/apps", get(launchable).post(launch))
}

/// The apps that the person has let in.
async fn mine(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    let session = session_of(&headers).unwrap_or_default();
    let apps = portal.app.granted_apps(&session).await;
    let apps = apps.map_err(|failure| portal.failure(&failure))?;
    let lines = apps.into_iter().map(|app| GrantedLine {
        key: app.key,
        client: app.client,
        shared: words::shared(&app.scopes),
        begun: portal.moment(app.begun),
        ends: portal.moment(app.ends),
    });
    let token = Token::of(&headers);
    let page = MyAppsPage {
        layout: portal.layout(Area::Me, "Apps that can see your record"),
        apps: lines.collect(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// Stops one of them.
async fn withdraw(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let app = chosen(&portal, &headers, body)?;
    let session = session_of(&headers).unwrap_or_default();
    // One that is stopped already is stopped.
    portal.app.withdraw_app(&session, &app).await.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other("/me/apps"))
}

/// The apps that can be opened from a person's record.
async fn launchable(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let (person, _) = known(&portal, &id).await?;
    let name = portal.app.name_of(&person).await.map_err(|failure| portal.failure(&failure))?;
    let apps = portal.app.launchable_apps().await.map_err(|failure| portal.failure(&failure))?;
    let mut sources: Vec<String> =
        apps.iter().map(interactions::LaunchableApp::launch_source).collect();
    sources.sort();
    sources.dedup();
    let token = Token::of(&headers);
    let page = LaunchPage {
        layout: portal.layout(Area::Find, format!("Open an app for {name}")),
        name,
        record: format!("/clinician/person/{person}"),
        apps: apps.into_iter().map(|app| (app.id, app.name)).collect(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    leads_to(&mut response, &sources.join(" "));
    token.set_on(&mut response);
    Ok(response)
}

/// Opens one of them.
async fn launch(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let app = chosen(&portal, &headers, body)?;
    let person = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let session = session_of(&headers).unwrap_or_default();
    match portal.app.launch_app(&session, &app, &person).await {
        Ok(location) => Ok(see_other(&location)),
        Err(failure) if failure.category == Category::Forbidden => {
            Ok(see_other(&format!("/clinician/person/{person}/open")))
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

fn chosen(
    portal: &Portal,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<String, super::answer::Refusal> {
    let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
    let pairs = decode_query(&String::from_utf8_lossy(&body));
    if !csrf::holds(headers, &pairs) {
        return Err(portal.problem(Problem::FormRefused));
    }
    let app = pairs.into_iter().find(|(name, _)| name == "app").map(|(_, value)| value);
    app.ok_or_else(|| portal.problem(Problem::BadRequest))
}
