//! The FHIR REST edge: routes, negotiation, and the mapping of failures to HTTP.
//! Spec: <https://hl7.org/fhir/R4/http.html>.
//!
//! A handler extracts, calls one use case, maps, responds; no rule lives here. To add an
//! interaction, add a handler beside its kin and its entry in that module's `INTERACTIONS`.

mod bars;
mod base;
mod body;
mod coding;
mod conditions;
mod feeds;
mod files;
mod format;
mod gate;
mod graphql;
mod guard;
mod instance;
mod jobs;
mod later;
mod oauth;
mod operations;
mod plain;
mod registry;
mod respond;
mod search;
mod status;
mod types;

use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::Response;
use bytes::Bytes;
use definitions::Definitions;
use interactions::App;
use tower::ServiceExt as _;

use crate::guard::Edge;

pub use bars::{BARS, bars_router};
pub use feeds::{BundleFeed, feeds_router};
pub use gate::{Gate, Open, Shut};
pub use oauth::{Tokens, oauth_router};
pub use plain::PlainReads;

/// What may be set from outside.
#[derive(Clone)]
pub struct ServerOptions {
    /// Bytes of a request body at the most, as sent and as decompressed; more is answered with 413.
    pub body_bytes_max: usize,
    /// How deep JSON or XML may nest.
    pub depth_max: usize,
    /// How long a request may take, its body included; then it is answered with 503, or with 408
    /// where the body has not arrived.
    pub request_timeout: Duration,
    /// Shown in the CapabilityStatement.
    pub software_version: String,
    /// When the server started: microseconds since 1970.
    pub started: i64,
    /// Who tells the caller of a request.
    pub gate: Arc<dyn Gate>,
}

impl ServerOptions {
    /// The safe defaults: 64 MiB, 64 levels, two minutes; open to whoever reaches the address.
    pub fn standard(software_version: &str, started: i64) -> ServerOptions {
        ServerOptions {
            body_bytes_max: 64 << 20,
            depth_max: 64,
            request_timeout: Duration::from_secs(120),
            software_version: software_version.to_owned(),
            started,
            gate: Arc::new(Open),
        }
    }
}

/// How long a request that is answered later may take.
const LATER_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// What handlers share, with the use cases of one caller.
pub(crate) struct Shared {
    pub(crate) app: Arc<App>,
    fixed: Arc<Fixed>,
}

/// What is the same for all callers.
pub(crate) struct Fixed {
    pub(crate) options: ServerOptions,
    /// The CapabilityStatement with the definitions that it was made from.
    capability: Mutex<Option<(&'static Definitions, Bytes)>>,
}

impl Deref for Shared {
    type Target = Fixed;

    fn deref(&self) -> &Fixed {
        &self.fixed
    }
}

impl Shared {
    fn new(app: Arc<App>, options: ServerOptions) -> Arc<Shared> {
        let fixed = Arc::new(Fixed { options, capability: Mutex::new(None) });
        Arc::new(Shared { app, fixed })
    }

    /// The same for a caller.
    pub(crate) fn of(&self, app: App) -> Shared {
        Shared { app: Arc::new(app), fixed: Arc::clone(&self.fixed) }
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
                    self.options.gate.takes_tokens(),
                ));
                *made = Some((definitions, statement.clone()));
                statement
            }
        }
    }
}

pub(crate) use gate::Extract;
/// What a handler takes.
pub(crate) type State = Extract;

/// The FHIR API at a path such as `/fhir`, which may end in a slash in a request.
pub fn mount(path: &str, app: Arc<App>, options: ServerOptions) -> Router {
    let routes = router(app, options);
    let base = routes.clone();
    Router::new().nest(path, routes).route(
        &format!("{path}/"),
        axum::routing::any(move |mut request: Request| {
            let query = request.uri().query().map_or(String::new(), |query| format!("?{query}"));
            if let Ok(uri) = format!("/{query}").parse() {
                *request.uri_mut() = uri;
            }
            base.oneshot(request)
        }),
    )
}

/// The routes below the FHIR base.
fn router(app: Arc<App>, options: ServerOptions) -> Router {
    app.set_executor(later::executor(Arc::downgrade(&app), options.clone()));
    let timeout = options.request_timeout;
    let shared = Shared::new(app, options);
    let later = axum::middleware::from_fn_with_state(Arc::clone(&shared), later::put_off);
    let guard = axum::middleware::from_fn_with_state(edge(&shared, timeout), guard::guard);
    let gate = axum::middleware::from_fn_with_state(Arc::clone(&shared), gate::pass);
    let cors = axum::middleware::from_fn_with_state(Arc::clone(&shared), oauth::cors::fhir);
    routes(&shared).layer(later).layer(gate).layer(guard).layer(cors).with_state(shared)
}

/// What the guard needs to know.
pub(crate) fn edge(shared: &Shared, request_timeout: Duration) -> Edge {
    let body_bytes_max = shared.options.body_bytes_max;
    Edge { app: Arc::clone(&shared.app), body_bytes_max, request_timeout }
}

/// The routes as they answer at once.
pub(crate) fn routes(shared: &Arc<Shared>) -> Router<Arc<Shared>> {
    let routes = registry::routes().method_not_allowed_fallback(base::unknown_method);
    let again = routes.clone().fallback(base::unknown_path).with_state(Arc::clone(shared));
    routes
        .fallback(move |request: Request| without_slash(again.clone(), request))
        .layer(DefaultBodyLimit::max(shared.options.body_bytes_max))
}

/// A path that ends in a slash means the same without it, so what found no route is looked up again.
async fn without_slash(routes: Router, mut request: Request) -> Response {
    let uri = request.uri();
    let path = uri.path();
    let trimmed = path.strip_suffix('/').unwrap_or(path);
    let trimmed = if trimmed.is_empty() { "/" } else { trimmed };
    let whole = match uri.query() {
        Some(query) => format!("{trimmed}?{query}"),
        None => trimmed.to_owned(),
    };
    if let Ok(uri) = whole.parse() {
        *request.uri_mut() = uri;
    }
    routes.oneshot(request).await.unwrap_or_else(|never| match never {})
}
