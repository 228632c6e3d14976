//! Searches of all types and of a compartment.
//! Spec: <https://hl7.org/fhir/R4/http.html#search>, <https://hl7.org/fhir/R4/compartmentdefinition.html>.

use axum::extract::{Path, RawQuery, State as Extract};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::{IssueCode, ResourceId};
use interactions::{Category, CompartmentOf, Failure, SearchOptions, SearchScope, decode_query};

use crate::base::answer;
use crate::body::Incoming;
use crate::registry::{Body, Interaction, Level};
use crate::respond::content;
use crate::types::{HANDLING, form, handling};
use crate::{Shared, State};

/// What is served here.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "Searches all types, or those of _type",
        searches: true,
        answers: &[(200, "a searchset Bundle")],
        refusals: &[],
        parameters: &[HANDLING],
        test: "crates/server/tests/it/scopes.rs#all_types_at_once",
        ..Interaction::get("search-system", Level::System, "/", || get(system))
    },
    Interaction {
        summary: "Searches all types, with the parameters in a form",
        searches: true,
        answers: &[(200, "a searchset Bundle")],
        refusals: &[],
        parameters: &[HANDLING],
        test: "crates/server/tests/it/scopes.rs#all_types_at_once",
        ..Interaction::post("search-system", Level::System, "/_search", Body::Form, || {
            post(system_by_post)
        })
    },
    Interaction {
        summary: "Searches a compartment, of one type or with * of all that belong to it",
        searches: true,
        answers: &[(200, "a searchset Bundle")],
        parameters: &[HANDLING],
        test: "crates/server/tests/it/scopes.rs#compartments",
        ..Interaction::get("search-compartment", Level::Instance, "/{type}/{id}/{member}", || {
            get(compartment)
        })
    },
    Interaction {
        summary: "Searches a compartment, with the parameters in a form",
        searches: true,
        answers: &[(200, "a searchset Bundle")],
        parameters: &[HANDLING],
        test: "crates/server/tests/it/scopes.rs#compartments",
        ..Interaction::post(
            "search-compartment",
            Level::Instance,
            "/{type}/{id}/{member}/_search",
            Body::Form,
            || post(compartment_by_post),
        )
    },
];

async fn system(Extract(shared): State, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    run(&shared, &headers, query.as_deref().unwrap_or(""), Ok(SearchScope::System)).await
}

async fn system_by_post(
    Extract(shared): State,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    let form = form(&shared, &headers, &body);
    let joined = joined(query, form.as_deref().unwrap_or(""));
    run(&shared, &headers, &joined, form.map(|_| SearchScope::System)).await
}

async fn compartment(
    Extract(shared): State,
    Path((around, id, member)): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let scope = scope(&shared, &around, &id, &member);
    run(&shared, &headers, query.as_deref().unwrap_or(""), scope).await
}

async fn compartment_by_post(
    Extract(shared): State,
    Path((around, id, member)): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    let form = form(&shared, &headers, &body);
    let joined = joined(query, form.as_deref().unwrap_or(""));
    let scope = form.and_then(|_| scope(&shared, &around, &id, &member));
    run(&shared, &headers, &joined, scope).await
}

fn joined(query: Option<String>, form: &str) -> String {
    match query.filter(|query| !query.is_empty()) {
        Some(query) => format!("{query}&{form}"),
        None => form.to_owned(),
    }
}

fn scope(shared: &Shared, around: &str, id: &str, member: &str) -> Result<SearchScope, Failure> {
    let resource_type = shared.app.resource_type(around)?;
    let id = ResourceId::parse(id).ok_or_else(|| {
        Failure::plain(
            Category::Invalid,
            IssueCode::Value,
            "an id is 1 to 64 letters, digits, '-' or '.'",
        )
    })?;
    let member = match member {
        "*" => None,
        member => Some(shared.app.resource_type(member)?),
    };
    Ok(SearchScope::Compartment(CompartmentOf { resource_type, id }, member))
}

async fn run(
    shared: &std::sync::Arc<Shared>,
    headers: &HeaderMap,
    query: &str,
    scope: Result<SearchScope, Failure>,
) -> Response {
    answer(shared, headers, Some(query), async |wanted| {
        let options = SearchOptions { handling: handling(headers) };
        let found = shared.app.search(scope?, &decode_query(query), options).await?;
        Ok(content(shared, StatusCode::OK, found.bundle, wanted))
    })
    .await
}
