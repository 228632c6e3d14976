//! `$graphql` on the system and on a resource, by GET and POST.
//! Spec: <https://hl7.org/fhir/R4/graphql.html>, <https://hl7.org/fhir/R4/resource-operation-graphql.html>.
//!
//! Answers are `application/json` in GraphQL's form, also where they are refusals.

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::{IssueCode, Limits, Tree};
use interactions::{Category, Failure, GraphqlAnswer, GraphqlRequest, ResourceKey, decode_query};

use crate::body::{Incoming, received};
use crate::instance::key;
use crate::registry::{self, Body, Carried, Interaction, Level, Parameter};
use crate::status::status_of;
use crate::{Extract, Shared, State};

/// What may stand in the URL.
const PARAMETERS: &[Parameter] = &[
    registry::query("query", "the query's text"),
    registry::query("operationName", "which of several operations is run"),
    registry::query("variables", "an object of variables, as JSON"),
];

const BODY: Body =
    Body::Other(&[("application/json", Carried::Graphql), ("application/graphql", Carried::Text)]);
const TEST: &str = "crates/server/tests/it/graphql.rs#the_ways_to_ask";
const TEST_INSTANCE: &str = "crates/server/tests/it/graphql.rs#a_resource_in_scope";
const ANSWERS: &[(u16, &str)] = &[(200, "data, with the errors of its fields")];

/// What is served of GraphQL.
pub(crate) const INTERACTIONS: &[Interaction] = &[
    Interaction {
        summary: "Runs a GraphQL query on the system",
        parameters: PARAMETERS,
        answers: ANSWERS,
        refusals: &[],
        test: TEST,
        ..Interaction::get("$graphql", Level::System, "/$graphql", || get(query_system))
    },
    Interaction {
        summary: "Runs a GraphQL query or mutation on the system",
        parameters: PARAMETERS,
        answers: ANSWERS,
        refusals: &[],
        test: TEST,
        ..Interaction::post("$graphql", Level::System, "/$graphql", BODY, || post(post_system))
    },
    Interaction {
        summary: "Runs a GraphQL query on a resource",
        parameters: PARAMETERS,
        answers: ANSWERS,
        refusals: &[404, 410],
        test: TEST_INSTANCE,
        ..Interaction::get("$graphql", Level::Instance, "/{type}/{id}/$graphql", || {
            get(query_instance)
        })
    },
    Interaction {
        summary: "Runs a GraphQL query on a resource",
        parameters: PARAMETERS,
        answers: ANSWERS,
        refusals: &[404, 410],
        test: TEST_INSTANCE,
        ..Interaction::post("$graphql", Level::Instance, "/{type}/{id}/$graphql", BODY, || {
            post(post_instance)
        })
    },
];

async fn query_system(Extract(shared): State, RawQuery(query): RawQuery) -> Response {
    let request = of_query(&shared, query.as_deref());
    run(&shared, request, Ok(None)).await
}

async fn post_system(
    Extract(shared): State,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Incoming,
) -> Response {
    let request = of_body(&shared, query.as_deref(), &headers, &bytes);
    run(&shared, request, Ok(None)).await
}

async fn query_instance(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Response {
    let request = of_query(&shared, query.as_deref());
    run(&shared, request, key(&shared, &type_name, &id).map(Some)).await
}

async fn post_instance(
    Extract(shared): State,
    Path((type_name, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Incoming,
) -> Response {
    let request = of_body(&shared, query.as_deref(), &headers, &bytes);
    run(&shared, request, key(&shared, &type_name, &id).map(Some)).await
}

async fn run(
    shared: &Shared,
    request: Result<GraphqlRequest, Failure>,
    instance: Result<Option<ResourceKey>, Failure>,
) -> Response {
    let answer = match request.and_then(|request| Ok((request, instance?))) {
        Ok((request, instance)) => shared.app.graphql(request, instance.as_ref()).await,
        Err(failure) => GraphqlAnswer::of_failure(&failure),
    };
    let mut response = Response::new(answer.body.into());
    *response.status_mut() = answer.refused.map_or(StatusCode::OK, status_of);
    let json = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// The parameters of the URL.
fn of_query(shared: &Shared, query: Option<&str>) -> Result<GraphqlRequest, Failure> {
    let mut request = GraphqlRequest::default();
    for (name, value) in decode_query(query.unwrap_or("")) {
        match name.as_str() {
            "query" => request.query = value,
            "operationName" => request.operation_name = Some(value),
            "variables" => request.variables = Some(object(shared, "variables", value.as_bytes())?),
            _ => {}
        }
    }
    if request.query.is_empty() {
        return Err(bad("the request has no query; send it as query="));
    }
    Ok(request)
}

/// The body: the query itself, or JSON that holds it.
fn of_body(
    shared: &Shared,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &Incoming,
) -> Result<GraphqlRequest, Failure> {
    let bytes = received(shared, body)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or("").split(';').next().unwrap_or("").trim();
    let mut request = match media_type.to_ascii_lowercase().as_str() {
        "application/graphql" => {
            let text = std::str::from_utf8(bytes).map_err(|_| bad("the query is not in UTF-8"))?;
            // Name and variables may come in the URL.
            let url = format!("{}&query=.", query.unwrap_or(""));
            GraphqlRequest { query: text.to_owned(), ..of_query(shared, Some(&url))? }
        }
        "application/json" | "application/fhir+json" => of_json(shared, bytes)?,
        _ => {
            return Err(Failure::new(
                Category::UnsupportedMedia,
                IssueCode::NotSupported,
                "Content-Type",
                "a query is sent as application/json or application/graphql",
            ));
        }
    };
    request.allows_mutations = true;
    if request.query.is_empty() {
        return Err(bad("the request has no query"));
    }
    Ok(request)
}

/// `{"query": …, "operationName": …, "variables": …}`, or the operation's Parameters.
fn of_json(shared: &Shared, bytes: &[u8]) -> Result<GraphqlRequest, Failure> {
    let tree = object(shared, "the body", bytes)?;
    let root = tree.root();
    if tree.resource_type() == Some("Parameters") {
        let query = root.all("parameter").find(|each| each.text_of("name") == Some("query"));
        let query = query.and_then(|query| query.get("valueString")?.as_str());
        return Ok(GraphqlRequest { query: query.unwrap_or("").into(), ..Default::default() });
    }
    let text = |name: &str| match root.get(name) {
        None => Ok(None),
        Some(value) if value.kind() == fhir::Kind::Null => Ok(None),
        Some(value) => value
            .as_str()
            .map(|text| Some(text.to_owned()))
            .ok_or_else(|| bad(&format!("{name} must be a text"))),
    };
    let variables = root.get("variables").filter(|value| value.kind() != fhir::Kind::Null);
    let variables = variables.map(|value| object(shared, "variables", value.raw().as_bytes()));
    Ok(GraphqlRequest {
        query: text("query")?.unwrap_or_default(),
        operation_name: text("operationName")?,
        variables: variables.transpose()?,
        allows_mutations: false,
    })
}

fn object(shared: &Shared, what: &str, bytes: &[u8]) -> Result<Tree, Failure> {
    let limits =
        Limits { bytes_max: shared.options.body_bytes_max, depth_max: shared.options.depth_max };
    let tree = Tree::parse_with(bytes, limits)
        .map_err(|error| bad(&format!("{what} is no json: {error}")))?;
    if tree.root().kind() == fhir::Kind::Object {
        Ok(tree)
    } else {
        Err(bad(&format!("{what} must be a json object")))
    }
}

fn bad(message: &str) -> Failure {
    Failure::plain(Category::Invalid, IssueCode::Structure, message)
}
