//! Search of all types and of compartments; that of a type is beside its kin in `types`.
//! Spec: <https://hl7.org/fhir/R4/http.html#search>.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::{IssueCode, ResourceId};
use interactions::{Category, Failure, ResourceKey, SearchOptions, SearchScope, decode_query};

use crate::base::answer;
use crate::body::Incoming;
use crate::registry::{self, Body, Interaction, Level, Parameter};
use crate::respond::content;
use crate::types::{HANDLING, form, handling};
use crate::{Extract, Shared, State};

/// What shapes a search of several types.
const SEVERAL: &[Parameter] = &[HANDLING, registry::query("_type", "types, with commas between")];

const FOUND: &[(u16, &str)] = &[(200, "a searchset Bundle")];

/// What is served of search beside that of a type.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "Searches all types, or those of _type",
        searches: true,
        parameters: SEVERAL,
        answers: FOUND,
        refusals: &[404],
        test: "crates/server/tests/it/scopes.rs#all_types",
        ..Interaction::get("search-system", Level::System, "/", || get(system))
    },
    Interaction {
        summary: "Searches all types, with the parameters in a form",
        searches: true,
        parameters: SEVERAL,
        answers: FOUND,
        refusals: &[404],
        test: "crates/server/tests/it/scopes.rs#all_types",
        ..Interaction::post("search-system", Level::System, "/_search", Body::Form, || {
            post(system_by_post)
        })
    },
    Interaction {
        summary: "Searches a compartment for one type, or for all with *",
        searches: true,
        parameters: SEVERAL,
        answers: FOUND,
        test: "crates/server/tests/it/scopes.rs#compartments",
        ..Interaction::get("search-compartment", Level::Instance, "/{type}/{id}/{member}", || {
            get(compartment)
        })
    },
    Interaction {
        summary: "Searches a compartment for one type, with the parameters in a form",
        searches: true,
        parameters: SEVERAL,
        answers: FOUND,
        test: "crates/server/tests/it/scopes.rs#compartments",
        ..Interaction::post(
            "search-compartment",
            Level::Instance,
            "/{type}/{id}/{member}/_search",
            Body::Form,
            || post(compartment_by_post),
        )
    },
    Interaction {
        summary: "Searches a compartment for all types, with the parameters in a form",
        searches: true,
        parameters: SEVERAL,
        answers: FOUND,
        test: "crates/server/tests/it/scopes.rs#compartments",
        ..Interaction::post(
            "search-compartment",
            Level::Instance,
            "/{type}/{id}/_search",
            Body::Form,
            || post(whole_compartment_by_post),
        )
    },
];

async fn system(Extract(shared): State, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    run(&shared, Ok(SearchScope::System), &headers, query.as_deref(), None).await
}

async fn system_by_post(
    Extract(shared): State,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    run(&shared, Ok(SearchScope::System), &headers, query.as_deref(), Some(&body)).await
}

async fn compartment(
    Extract(shared): State,
    Path((type_name, id, member)): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let scope = scope(&shared, &type_name, &id, &member);
    run(&shared, scope, &headers, query.as_deref(), None).await
}

async fn compartment_by_post(
    Extract(shared): State,
    Path((type_name, id, member)): Path<(String, String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    let scope = scope(&shared, &type_name, &id, &member);
    run(&shared, scope, &headers, query.as_deref(), Some(&body)).await
}

async fn whole_compartment_by_post(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    body: Incoming,
) -> Response {
    let scope = scope(&shared, &type_name, &id, "*");
    run(&shared, scope, &headers, query.as_deref(), Some(&body)).await
}

/// A compartment, of a type or of all (`*`).
fn scope(shared: &Shared, type_name: &str, id: &str, member: &str) -> Result<SearchScope, Failure> {
    if member.starts_with('$') {
        return Err(Failure::unknown_operation(member));
    }
    let resource_type = shared.app.resource_type(type_name)?;
    let id = ResourceId::parse(id).ok_or_else(|| {
        let message = "an id is 1 to 64 letters, digits, '-' or '.'";
        let shown: String = id.chars().take(64).collect();
        Failure::new(Category::Invalid, IssueCode::Value, shown, message)
    })?;
    let owner = ResourceKey { resource_type, id };
    let member = if member == "*" { None } else { Some(shared.app.resource_type(member)?) };
    Ok(SearchScope::Compartment { owner, member })
}

async fn run(
    shared: &Arc<Shared>,
    scope: Result<SearchScope, Failure>,
    headers: &HeaderMap,
    query: Option<&str>,
    body: Option<&Incoming>,
) -> Response {
    let form = body.map_or(Ok(""), |body| form(shared, headers, body));
    let query = query.unwrap_or_default();
    let joined = format!("{query}&{}", form.as_deref().unwrap_or(""));
    answer(shared, headers, Some(&joined), async |wanted| {
        let scope = scope?;
        form?;
        let options = SearchOptions { handling: handling(headers) };
        let found = shared.app.search_in(&scope, &decode_query(&joined), options).await?;
        Ok(content(shared, StatusCode::OK, found.bundle, wanted))
    })
    .await
}
