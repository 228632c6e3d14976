//! One panic guard a request: a fault of ours is answered as one, and the server goes on.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State as Extract};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fhir::{Issue, IssueCode, Severity, operation_outcome};
use futures_util::FutureExt;

use crate::State;

pub(crate) async fn catch_panic(Extract(shared): State, request: Request, next: Next) -> Response {
    crate::later::note(&shared, request.uri().path());
    let response = guarded(request, next).await;
    // Whoever wrote a SearchParameter can search by it when this is answered.
    shared.app.settle_parameters().await;
    response
}

async fn guarded(request: Request, next: Next) -> Response {
    // The request's own state goes down with it; what is shared is behind locks that survive.
    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    answered.unwrap_or_else(|_| {
        tracing::error!("a request panicked");
        let issue = Issue {
            severity: Severity::Fatal,
            code: IssueCode::Exception,
            message:
                "a fault of the server; nothing was written by this request; tell the operator"
                    .to_owned(),
            expression: None,
        };
        let kind = [(header::CONTENT_TYPE, "application/fhir+json; charset=utf-8")];
        (StatusCode::INTERNAL_SERVER_ERROR, kind, operation_outcome(&[issue])).into_response()
    })
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_panic_is_answered() {
        async fn faulty() -> &'static str {
            panic!("a fault on purpose")
        }
        let router: axum::Router = axum::Router::new()
            .route("/", get(faulty))
            .layer(axum::middleware::from_fn(super::guarded));
        let request = Request::get("/").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
