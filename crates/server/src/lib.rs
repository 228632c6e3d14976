//! The FHIR REST edge: routes, negotiation, and the mapping of failures to HTTP.
//! Spec: <https://hl7.org/fhir/R4/http.html>.
//!
//! A handler extracts, calls one use case, maps, responds; no rule lives here. To add an
//! interaction, add a handler beside its kin and its entry in that module's `INTERACTIONS`.

mod base;
mod body;
mod conditions;
mod feeds;
mod files;
mod format;
mod guard;
mod instance;
mod jobs;
mod later;
mod operations;
mod registry;
mod respond;
mod search;
mod status;
mod types;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use interactions::App;

pub use feeds::feeds_router;

/// What may be set from outside.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Bytes of a request body at the most; more is answered with 413.
    pub body_bytes_max: usize,
    /// How deep JSON or XML may nest.
    pub depth_max: usize,
    /// Shown in the CapabilityStatement.
    pub software_version: String,
    /// When the server started: microseconds since 1970.
    pub started: i64,
}

impl ServerOptions {
    /// The safe defaults: 64 MiB, 64 levels.
    pub fn standard(software_version: &str, started: i64) -> ServerOptions {
        ServerOptions {
            body_bytes_max: 64 << 20,
            depth_max: 64,
            software_version: software_version.to_owned(),
            started,
        }
    }
}

/// What handlers share.
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    pub(crate) options: ServerOptions,
    pub(crate) capability: Vec<u8>,
}

pub(crate) type State = axum::extract::State<Arc<Shared>>;

/// The routes below the FHIR base; nest them at `/fhir`.
pub fn router(app: Arc<App>, options: ServerOptions) -> Router {
    let capability = interactions::capability_statement(
        &app,
        &options.software_version,
        options.started,
        &registry::claims(),
    );
    let limit = DefaultBodyLimit::max(options.body_bytes_max);
    let shared = Arc::new(Shared { app, options, capability });
    let guard = || axum::middleware::from_fn_with_state(Arc::clone(&shared), guard::catch_panic);
    let later = axum::middleware::from_fn_with_state(Arc::clone(&shared), later::put_off);
    let routes = registry::routes()
        .fallback(base::unknown_path)
        .method_not_allowed_fallback(base::unknown_method)
        .layer(limit);
    // What is answered later goes by the same routes, but is not put off again.
    let at_once = routes.clone().layer(guard()).with_state(Arc::clone(&shared));
    shared.app.set_executor(later::executor(at_once));
    routes.layer(later).layer(guard()).with_state(shared)
}
