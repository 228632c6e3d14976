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
mod registry;
mod respond;
mod status;
mod types;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use bytes::Bytes;
use definitions::Definitions;
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
    /// The CapabilityStatement with the definitions that it was made from.
    capability: Mutex<Option<(&'static Definitions, Bytes)>>,
}

impl Shared {
    fn new(app: Arc<App>, options: ServerOptions) -> Arc<Shared> {
        Arc::new(Shared { app, options, capability: Mutex::new(None) })
    }

    /// The CapabilityStatement of what is in force, made anew when that has changed.
    pub(crate) fn capability(&self) -> Bytes {
        let definitions = self.app.definitions();
        // Nothing is left half changed under this lock.
        let mut made = self.capability.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, statement)) if std::ptr::eq(*of, definitions) => statement.clone(),
            _ => {
                let statement = Bytes::from(interactions::capability_statement(
                    &self.app,
                    &self.options.software_version,
                    self.options.started,
                    &registry::claims(),
                ));
                *made = Some((definitions, statement.clone()));
                statement
            }
        }
    }
}

pub(crate) type State = axum::extract::State<Arc<Shared>>;

/// The routes below the FHIR base; nest them at `/fhir`.
pub fn router(app: Arc<App>, options: ServerOptions) -> Router {
    app.set_executor(later::executor(Arc::downgrade(&app), options.clone()));
    let shared = Shared::new(app, options);
    let later = axum::middleware::from_fn_with_state(Arc::clone(&shared), later::put_off);
    let guard = axum::middleware::from_fn_with_state(Arc::clone(&shared), guard::catch_panic);
    routes(&shared).layer(later).layer(guard).with_state(shared)
}

/// The routes as they answer at once.
pub(crate) fn routes(shared: &Shared) -> Router<Arc<Shared>> {
    registry::routes()
        .fallback(base::unknown_path)
        .method_not_allowed_fallback(base::unknown_method)
        .layer(DefaultBodyLimit::max(shared.options.body_bytes_max))
}
