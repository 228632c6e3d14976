//! The addresses of the pages: each handler asks one use case, maps the answer, renders.
//!
//! Nothing here touches the store. `show` maps what use cases answer to view models, `systems` says
//! what the feeds are called, `answer` makes responses of pages and failures, `csrf` guards forms.
//! To add a page: its handler in a file here, its route in [`router_with`], its mapping in `show`.

mod answer;
mod csrf;
mod document;
mod feeds;
mod find;
mod home;
mod item;
mod lineage;
mod links;
mod portal;
mod record;
mod show;
mod system;
mod systems;
mod timeline;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use interactions::App;

pub use portal::PortalOptions;
pub use systems::System;

use portal::Portal;

/// Bytes of a form at the most.
const FORM_MAX: usize = 64 << 10;

/// The pages with everything at its default.
pub fn router(app: Arc<App>) -> Router {
    router_with(app, PortalOptions::default())
}

/// The pages.
pub fn router_with(app: Arc<App>, options: PortalOptions) -> Router {
    let portal = Arc::new(Portal::new(app, options));
    Router::new()
        .route("/", get(home::show))
        .route("/clinician/find", get(find::show).post(find::search))
        .route("/clinician/person/{id}", get(record::summary))
        .route("/clinician/person/{id}/timeline", get(timeline::show))
        .route("/clinician/person/{id}/results/{series}", get(record::result))
        .route("/clinician/person/{id}/{view}", get(record::section))
        .route("/clinician/lineage/{kind}/{id}", get(lineage::show))
        .route("/clinician/document/{id}", get(document::show))
        .route("/console/feeds", get(feeds::all))
        .route("/console/feeds/{name}", get(feeds::one))
        .route("/console/items/{id}", get(item::show))
        .route("/console/links", get(links::list))
        .route("/console/links/{a}/{b}", get(links::show).post(links::decide))
        .route("/console/links/{a}/{b}/undo", post(links::undo))
        .route("/console/system", get(system::show))
        .route("/assets/{file}", get(answer::asset))
        .fallback(answer::no_page)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(axum::middleware::map_response(answer::with_security_headers))
        .with_state(portal)
}
