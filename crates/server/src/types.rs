//! A type: search, create, history; update, patch and delete of what a search finds.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::{get, patch, post, put};
use fhir::IssueCode;
use interactions::{Category, Failure, SearchOptions, UpdateTarget, check_query, decode_query};
use search::Handling;
use store::HistoryScope;

use crate::base::{HISTORY_OF_MANY, RETURN, WRITE, answer, history_of};
use crate::body::{Incoming, PATCH_TYPES, read_patch, read_tree, received};
use crate::conditions::{create_options, prefer, write_options};
use crate::registry::{self, Body, Carried, Interaction, Level, Parameter};
use crate::respond::{content, deleted, written};
use crate::{Extract, Shared, State};

/// What is served at a type.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "Searches a type",
        searches: true,
        answers: &[(200, "a searchset Bundle")],
        parameters: &[HANDLING],
        test: "crates/server/tests/it/search.rs#what_is_found",
        ..Interaction::get("search-type", Level::Type, "/{type}", || get(search))
    },
    Interaction {
        summary: "Searches a type, with the parameters in a form",
        searches: true,
        answers: &[(200, "a searchset Bundle")],
        parameters: &[HANDLING],
        test: "crates/server/tests/it/search.rs#what_is_found",
        ..Interaction::post("search-type", Level::Type, "/{type}/_search", Body::Form, || {
            post(search_by_post)
        })
    },
    Interaction {
        summary: "Creates a resource; with If-None-Exist only where no match exists",
        answers: &[(201, "it was created"), (200, "the match of If-None-Exist exists already")],
        refusals: &[404, 409, 412, 422],
        parameters: &[RETURN, registry::header("If-None-Exist", "a search that must find nothing")],
        test: "crates/server/tests/it/types.rs#creates_take_new_ids",
        ..Interaction::post("create", Level::Type, "/{type}", Body::Resource, || post(create))
    },
    Interaction {
        summary: "Updates the one resource that a search finds, or creates it",
        method: "PUT",
        searches: true,
        answers: &[(200, "it was updated"), (201, "it was created")],
        refusals: &[404, 409, 412, 422],
        parameters: WRITE,
        test: "crates/server/tests/it/types.rs#conditional_creates_and_updates",
        ..Interaction::post("update", Level::Type, "/{type}", Body::Resource, || {
            put(conditional_update)
        })
    },
    Interaction {
        summary: "Patches the one resource that a search finds",
        method: "PATCH",
        searches: true,
        answers: &[(200, "it was patched")],
        refusals: &[404, 409, 412, 422],
        parameters: WRITE,
        test: "crates/server/tests/it/types/patch.rs#conditional_patches",
        ..Interaction::post("patch", Level::Type, "/{type}", Body::Other(PATCHES), || {
            patch(conditional_patch)
        })
    },
    Interaction {
        summary: "Deletes the one resource that a search finds",
        method: "DELETE",
        searches: true,
        answers: &[(204, "what was found is deleted"), (200, "the same, in words if asked for")],
        refusals: &[404, 409, 412],
        parameters: WRITE,
        test: "crates/server/tests/it/types/delete.rs#conditional_deletes",
        ..Interaction::get("delete", Level::Type, "/{type}", || {
            axum::routing::delete(conditional_delete)
        })
    },
    Interaction {
        summary: "The versions of all resources of a type, newest first",
        parameters: HISTORY_OF_MANY,
        test: "crates/server/tests/it/base.rs#history_of_everything_and_of_a_type",
        ..Interaction::get("history-type", Level::Type, "/{type}/_history", || get(history))
    },
];

/// What a patch is sent as.
pub(crate) const PATCHES: &[(&str, Carried)] = &[
    ("application/json-patch+json", Carried::JsonPatch),
    ("application/xml-patch+xml", Carried::Text),
    ("application/fhir+json", Carried::Parameters),
    ("application/fhir+xml", Carried::Text),
];

/// How unknown search parameters are taken.
pub(crate) const HANDLING: Parameter =
    registry::header("Prefer", "handling=strict or handling=lenient");

pub(crate) async fn search(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.as_deref();
    answer(&shared, &headers, query, async |wanted| {
        let resource_type = shared.app.resource_type(&type_name)?;
        let pairs = decode_query(query.unwrap_or(""));
        let options = SearchOptions { handling: handling(&headers) };
        let found = shared.app.search(resource_type, &pairs, options).await?;
        Ok(content(&shared, StatusCode::OK, found.bundle, wanted))
    })
    .await
}

/// `POST Type/_search`: the parameters of the form and of the URL together.
pub(crate) async fn search_by_post(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    let form = form(&shared, &headers, &body);
    let query = query.unwrap_or_default();
    let joined = format!("{query}&{}", form.as_deref().unwrap_or(""));
    answer(&shared, &headers, Some(&joined), async |wanted| {
        let resource_type = shared.app.resource_type(&type_name)?;
        form?;
        let options = SearchOptions { handling: handling(&headers) };
        let found = shared.app.search(resource_type, &decode_query(&joined), options).await?;
        Ok(content(&shared, StatusCode::OK, found.bundle, wanted))
    })
    .await
}

/// The body of a search by POST: a form, or nothing.
pub(crate) fn form<'b>(
    shared: &Shared,
    headers: &HeaderMap,
    body: &'b Incoming,
) -> Result<&'b str, Failure> {
    let bytes = received(shared, body)?;
    let content_type = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or("");
    let name = content_type.split(';').next().unwrap_or("").trim();
    let is_form = name.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let is_nothing = bytes.is_empty() && name.is_empty();
    if !is_form && !is_nothing {
        return Err(Failure::new(
            Category::UnsupportedMedia,
            IssueCode::NotSupported,
            "Content-Type",
            "a search by POST sends its parameters as application/x-www-form-urlencoded",
        ));
    }
    let form = std::str::from_utf8(bytes).map_err(|_| {
        Failure::new(Category::Invalid, IssueCode::Value, "body", "the form is not utf-8")
    })?;
    check_query(form)?;
    Ok(form)
}

pub(crate) fn handling(headers: &HeaderMap) -> Handling {
    if prefer(headers).lenient { Handling::Lenient } else { Handling::Strict }
}

pub(crate) async fn create(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Incoming,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let resource_type = shared.app.resource_type(&type_name)?;
        let tree = read_tree(&shared, &headers, &bytes)?;
        let options = create_options(&headers)?;
        let done = shared.app.create(resource_type, &tree, &options).await?;
        Ok(written(&shared, &done, prefer(&headers), wanted))
    })
    .await
}

/// The search that a conditional interaction cannot do without.
fn condition(query: Option<&str>) -> Result<String, Failure> {
    query.filter(|query| !query.is_empty()).map(str::to_owned).ok_or_else(|| {
        Failure::new(
            Category::Invalid,
            IssueCode::Required,
            "query",
            "at a type this needs a search that selects the resource; or name it: Type/id",
        )
    })
}

pub(crate) async fn conditional_update(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Incoming,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let resource_type = shared.app.resource_type(&type_name)?;
        let target = UpdateTarget::Query(condition(query.as_deref())?);
        let tree = read_tree(&shared, &headers, &bytes)?;
        let options = write_options(&headers)?;
        let done = shared.app.update(resource_type, &target, &tree, &options).await?;
        Ok(written(&shared, &done, prefer(&headers), wanted))
    })
    .await
}

pub(crate) async fn conditional_patch(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    bytes: Incoming,
) -> Response {
    let target = condition(query.as_deref()).map(UpdateTarget::Query);
    patch_at(&shared, &type_name, target, &headers, query.as_deref(), &bytes).await
}

/// A patch, at a type or at one resource; where its type is not taken, the answer says which are.
pub(crate) async fn patch_at(
    shared: &Arc<Shared>,
    type_name: &str,
    target: Result<UpdateTarget, Failure>,
    headers: &HeaderMap,
    query: Option<&str>,
    bytes: &Incoming,
) -> Response {
    let mut response = answer(shared, headers, query, async |wanted| {
        let resource_type = shared.app.resource_type(type_name)?;
        let target = target?;
        let document = read_patch(shared, headers, bytes)?;
        let options = write_options(headers)?;
        let done = shared.app.patch(resource_type, &target, &document, &options).await?;
        Ok(written(shared, &done, prefer(headers), wanted))
    })
    .await;
    if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
        let types = HeaderValue::from_static(PATCH_TYPES);
        response.headers_mut().insert("accept-patch", types);
    }
    response
}

pub(crate) async fn conditional_delete(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |wanted| {
        let resource_type = shared.app.resource_type(&type_name)?;
        let query = condition(query.as_deref())?;
        let conditions = write_options(&headers)?.conditions;
        let done = shared.app.conditional_delete(resource_type, &query, &conditions).await?;
        let version = match done.resources.as_slice() {
            [(_, one)] => Some((one.version, one.last_updated)),
            _ => None,
        };
        Ok(deleted(&shared, version, done.resources.len(), prefer(&headers), wanted))
    })
    .await
}

pub(crate) async fn history(
    Extract(shared): State,
    Path(type_name): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let scope = shared.app.resource_type(&type_name).map(HistoryScope::Type);
    history_of(&shared, &headers, query.as_deref(), scope).await
}
