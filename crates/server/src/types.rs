//! A type: search, create, conditional update, history.

use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post, put};
use fhir::IssueCode;
use interactions::{Category, Failure, SearchOptions, UpdateTarget, WriteOptions, decode_query};
use search::Handling;
use store::HistoryScope;

use crate::State;
use crate::base::{HISTORY, RETURN, answer, history_of};
use crate::body::{Incoming, read_tree, received};
use crate::conditions::{if_match, if_none_exist, prefer};
use crate::registry::{self, Body, Interaction, Level, Parameter};
use crate::respond::{content, written};

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
        parameters: &[RETURN, registry::header("If-Match", "the version that must be current")],
        test: "crates/server/tests/it/types.rs#conditional_creates_and_updates",
        ..Interaction::post("update", Level::Type, "/{type}", Body::Resource, || {
            put(conditional_update)
        })
    },
    Interaction {
        summary: "The versions of all resources of a type, newest first",
        parameters: HISTORY,
        test: "crates/server/tests/it/base.rs#history_of_everything_and_of_a_type",
        ..Interaction::get("history-type", Level::Type, "/{type}/_history", || get(history))
    },
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
    let query = query.unwrap_or_default();
    let form = body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
    let joined = format!("{query}&{form}");
    answer(&shared, &headers, Some(&joined), async |wanted| {
        let resource_type = shared.app.resource_type(&type_name)?;
        received(&shared, &body)?;
        let content_type = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or("");
        if !content_type.starts_with("application/x-www-form-urlencoded") {
            return Err(Failure::new(
                Category::UnsupportedMedia,
                IssueCode::NotSupported,
                "Content-Type",
                "a search by POST sends its parameters as application/x-www-form-urlencoded",
            ));
        }
        let options = SearchOptions { handling: handling(&headers) };
        let found = shared.app.search(resource_type, &decode_query(&joined), options).await?;
        Ok(content(&shared, StatusCode::OK, found.bundle, wanted))
    })
    .await
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
        let options = WriteOptions { if_match: None, if_none_exist: if_none_exist(&headers) };
        let done = shared.app.create(resource_type, &tree, &options).await?;
        Ok(written(&shared, &done, prefer(&headers), wanted))
    })
    .await
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
        let condition = query.clone().filter(|query| !query.is_empty()).ok_or_else(|| {
            Failure::plain(
                Category::Invalid,
                IssueCode::Required,
                "a PUT to a type needs a search that selects the resource; or PUT to Type/id",
            )
        })?;
        let tree = read_tree(&shared, &headers, &bytes)?;
        let options = WriteOptions { if_match: if_match(&headers)?, if_none_exist: None };
        let target = UpdateTarget::Query(condition);
        let done = shared.app.update(resource_type, &target, &tree, &options).await?;
        Ok(written(&shared, &done, prefer(&headers), wanted))
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
