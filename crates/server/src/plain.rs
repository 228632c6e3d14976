//! Plain reads: `GET [base]/Patient/1` that asks for nothing beside.
//! Spec: <https://hl7.org/fhir/R4/http.html#read>.
//!
//! Most requests of most clients are such reads, and what the routes do for the others (layers,
//! extractors, a deadline) costs more than the read itself. So they are answered before the routes,
//! with the same functions; whatever is not plain, or does not end well, goes the long way and is
//! answered there. To let another header through, add it to [`is_plain`] if it shapes no read.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use fhir::ResourceId;
use futures_util::FutureExt as _;
use interactions::App;
use store::ResourceKey;

use crate::coding::{Coding, compressed};
use crate::format::Wanted;
use crate::guard::for_one_reader;
use crate::respond::resource;

/// Answers plain reads below a FHIR base.
#[derive(Clone)]
pub struct PlainReads {
    app: Arc<App>,
    base: Arc<str>,
}

impl PlainReads {
    /// Those below a path such as `/fhir`.
    pub fn new(path: &str, app: Arc<App>) -> PlainReads {
        PlainReads { app, base: format!("{path}/").into() }
    }

    /// The answer to a plain read of a resource that is there; `None` for the routes to answer.
    pub fn answer<'s, B>(
        &'s self,
        request: &Request<B>,
    ) -> impl Future<Output = Option<Response>> + use<'s, B> {
        let key = self.key(request);
        let coding = Coding::accepted(request.headers());
        async move {
            let key = key?;
            let _serving = self.app.serving();
            // A panic is told by the routes' guard, should it come there again.
            let read = AssertUnwindSafe(self.app.read(&key)).catch_unwind();
            let stored = read.await.ok()?.ok()?;
            let response = resource(&self.app, StatusCode::OK, &stored, Wanted::JSON);
            let response = for_one_reader(response);
            match coding {
                Some(coding) => Some(compressed(response, coding).await),
                None => Some(response),
            }
        }
    }

    /// What a plain read reads.
    fn key<B>(&self, request: &Request<B>) -> Option<ResourceKey> {
        if *request.method() != Method::GET || request.uri().query().is_some() {
            return None;
        }
        let path = request.uri().path().strip_prefix(&*self.base)?;
        let (type_name, id) = path.split_once('/')?;
        // An id has no escapes and no slashes.
        let id = ResourceId::parse(id)?;
        let resource_type = self.app.definitions().resource_type(type_name)?;
        is_plain(request.headers()).then_some(ResourceKey { resource_type, id })
    }
}

/// Whether no header shapes the answer, but for the codings that are accepted.
fn is_plain(headers: &HeaderMap) -> bool {
    headers.iter().all(|(name, value)| match *name {
        header::HOST | header::USER_AGENT | header::CONNECTION | header::ACCEPT_ENCODING => true,
        header::ACCEPT => *value == "*/*" || *value == "application/fhir+json",
        // Libraries send them with a GET too, where there is nothing that they could speak of.
        header::CONTENT_TYPE => *value == "application/fhir+json",
        header::CONTENT_LENGTH => *value == "0",
        _ => false,
    })
}
