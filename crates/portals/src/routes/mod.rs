//! The addresses of the pages: each handler asks one use case, maps the answer, renders.
//!
//! Nothing here touches the store. `show` maps what use cases answer to view models, `systems` says
//! what the feeds are called, `answer` makes responses of pages and failures, `csrf` guards forms.
//! To add a page: its handler in a file here, its route in [`router_with`], its mapping in `show`.

mod answer;
mod apps;
mod audit;
mod authorize;
mod booking;
mod csrf;
mod document;
mod feeds;
mod find;
mod form;
mod gate;
mod glass;
mod home;
mod item;
mod lineage;
mod links;
mod mine;
mod my_download;
mod my_messages;
mod my_results;
mod online_access;
mod outside;
mod passkeys;
mod people;
mod portal;
mod practice_messages;
mod record;
mod research;
mod reviews;
mod rollout;
mod show;
mod sign_in;
mod sites;
mod system;
mod systems;
mod timeline;
mod triage;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::response::Response;
use axum::routing::{get, post};
use interactions::App;

pub use portal::{Demonstration, PortalOptions};
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
    let is_secure = options.is_secure;
    let cookies = move |response: Response| async move {
        if is_secure { answer::with_secure_cookies(response) } else { response }
    };
    let portal = Arc::new(Portal::new(app, options));
    Router::new()
        .route("/", get(home::show))
        .route("/clinician/find", get(find::show).post(find::search))
        .route("/clinician/person/{id}", get(record::summary))
        .route("/me", get(mine::home))
        .route("/me/record", get(mine::record))
        .route("/me/record/results", get(my_results::list))
        .route("/me/record/results/{series}", get(my_results::one))
        .route("/me/record/{part}", get(mine::part))
        .route("/me/step-up", get(mine::step_up))
        .route("/me/who-looked", get(mine::looks))
        .route("/me/what-is-online", get(rollout::show))
        .route("/me/sharing", get(people::choices).post(people::choose))
        .route("/me/people", get(people::people))
        .route("/me/people/act", post(people::act))
        .route("/me/people/end", post(people::end))
        .route("/practice/results", get(reviews::list))
        .route("/practice/results/{task}", get(reviews::show).post(reviews::release))
        .merge(online_access::routes())
        .merge(apps::routes())
        .merge(audit::routes())
        .merge(authorize::routes())
        .merge(outside::routes())
        .merge(passkeys::routes())
        .route("/clinician/person/{id}/open", get(glass::show).post(glass::open))
        .route("/clinician/person/{id}/timeline", get(timeline::show))
        .route("/clinician/person/{id}/results/{series}", get(record::result))
        .route("/clinician/person/{id}/{view}", get(record::section))
        .route("/clinician/lineage/{kind}/{id}", get(lineage::show))
        .route("/clinician/document/{id}", get(document::show))
        .route("/console/feeds", get(feeds::all))
        .route("/console/feeds/{name}", get(feeds::one))
        .route("/console/items/{id}", get(item::show))
        .route("/console/items/{id}/retry", post(item::retry))
        .route("/console/links", get(links::list))
        .route("/console/links/{a}/{b}", get(links::show).post(links::decide))
        .route("/console/links/{a}/{b}/undo", post(links::undo))
        .merge(research::routes())
        .merge(sites::routes())
        .route("/console/system", get(system::show))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-in/code", get(sign_in::show_code).post(sign_in::give_code))
        .route("/sign-in/proof", get(sign_in::show_proof).post(sign_in::prove))
        .route("/sign-out", get(sign_in::show_out).post(sign_in::sign_out))
        .route("/assets/{file}", get(answer::asset))
        .merge(booking::routes())
        .merge(my_download::routes())
        .merge(my_messages::routes())
        .merge(practice_messages::routes())
        .merge(triage::routes())
        .fallback(answer::no_page)
        .method_not_allowed_fallback(answer::wrong_method)
        .layer(DefaultBodyLimit::max(FORM_MAX))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&portal), gate::pass))
        .layer(axum::middleware::from_fn_with_state(Arc::clone(&portal), triage::safe))
        .layer(axum::middleware::from_fn(sign_in::remember_address))
        .layer(axum::middleware::map_response(answer::with_security_headers))
        .layer(axum::middleware::map_response(cookies))
        .with_state(portal)
}
