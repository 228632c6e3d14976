//! `/health`: whether the server serves, for load balancers and scripts.

use axum::Router;
use axum::http::header;
use axum::routing::get;

pub(crate) fn router() -> Router {
    Router::new().route(
        "/health",
        get(async || ([(header::CONTENT_TYPE, "application/json")], r#"{"status":"serving"}"#)),
    )
}
