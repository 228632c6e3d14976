//! The OpenAPI document of what is served, made from the table of interactions and the definitions.
//! Spec: <https://spec.openapis.org/oas/v3.1.0>.
//!
//! The plain document has one path for all types, `/{type}/{id}`. `?_type=Patient,Observation` gives
//! those types paths of their own, with their search parameters and the shape of their resources.

use std::sync::Arc;

use axum::extract::RawQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use definitions::Definitions;
use fhir::{Element, Issue, IssueCode, ResourceType};
use interactions::{Failure, decode_query};

use super::schema::{Depth, RESOURCE, Schemas};
use super::{Interaction, Level, all, request};
use crate::base::answer;
use crate::{Extract, Shared, State};

/// Types with paths of their own in one document at the most, to keep it of a size that tools open.
const TYPES_MAX: usize = 20;

/// Refusals that every interaction may give.
const COMMON_REFUSALS: [u16; 8] = [400, 406, 408, 413, 415, 429, 500, 503];

pub(super) fn text(value: &str) -> Element {
    Element::string(value)
}

pub(super) fn list(items: Vec<Element>) -> Element {
    Element::Array(items)
}

pub(super) fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

/// `GET [base]/openapi.json`
pub(crate) async fn serve_document(
    Extract(shared): State,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    answer(&shared, &headers, query.as_deref(), async |_| {
        let types = types_of(&shared, query.as_deref().unwrap_or(""))?;
        let body = document(&shared, &types).to_compact();
        let mut response = Response::new(axum::body::Body::from(body));
        *response.status_mut() = StatusCode::OK;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        Ok(response)
    })
    .await
}

fn types_of(shared: &Arc<Shared>, query: &str) -> Result<Vec<ResourceType>, Failure> {
    let mut types = Vec::new();
    for (_, value) in decode_query(query).iter().filter(|(name, _)| name == "_type") {
        for name in value.split(',') {
            types.push(shared.app.resource_type(name)?);
        }
    }
    types.sort_unstable();
    types.dedup();
    if types.len() > TYPES_MAX {
        let message =
            format!("more than {TYPES_MAX} types; ask for fewer, or for the plain document");
        return Err(Failure::invalid(vec![Issue::error(IssueCode::TooCostly, "_type", message)]));
    }
    Ok(types)
}

/// The document; `types` get paths of their own.
pub(crate) fn document(shared: &Shared, types: &[ResourceType]) -> Element {
    let definitions = shared.app.definitions();
    let mut schemas = Schemas::new(definitions);
    for resource_type in types {
        schemas.add(resource_type.as_str(), Depth::Whole);
    }
    for name in ["OperationOutcome", "Bundle", "Parameters"] {
        schemas.add(name, Depth::Own);
    }
    request::add_schemas(&mut schemas, definitions);
    let mut paths: Vec<(String, Vec<(&'static str, Element)>)> = Vec::new();
    let mut add = |path: String, each: &Interaction, of: Option<ResourceType>| {
        let operation = operation(each, of, definitions);
        let method = method_name(each);
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push((method, operation)),
            None => paths.push((path, vec![(method, operation)])),
        }
    };
    for each in all() {
        add(each.path.to_owned(), each, None);
    }
    for resource_type in types {
        for each in all().filter(|each| each.path.starts_with("/{type}")) {
            let path = each.path.replacen("{type}", resource_type.as_str(), 1);
            add(path, each, Some(*resource_type));
        }
    }
    let paths = paths.into_iter().map(|(path, methods)| (path.into(), object(methods))).collect();
    let refused = object(vec![
        ("description", text("refused; the OperationOutcome says why")),
        ("content", object(request::resource("OperationOutcome"))),
    ]);
    let components = object(vec![
        ("schemas", schemas.finish()),
        ("parameters", shared_parameters(definitions)),
        ("responses", object(vec![("Refused", refused)])),
    ]);
    object(vec![
        ("openapi", text("3.1.0")),
        (
            "info",
            object(vec![
                ("title", text("Careloom FHIR R4 API")),
                ("version", text(&shared.options.software_version)),
                (
                    "description",
                    text(
                        "What this server answers, from its own table of interactions. Each operation \
                         names the test that shows it. Add ?_type=Patient,Observation to the address of \
                         this document for the search parameters and shapes of those types.",
                    ),
                ),
            ]),
        ),
        ("servers", list(vec![object(vec![("url", text(&shared.app.options.base_url))])])),
        ("paths", Element::Object(paths)),
        ("components", components),
    ])
}

fn method_name(each: &Interaction) -> &'static str {
    match each.method {
        "POST" => "post",
        "PUT" => "put",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "get",
    }
}

/// The parameters that paths share: what stands for a placeholder, and what every search takes.
fn shared_parameters(definitions: &Definitions) -> Element {
    let path = |name: &str, doc: &str, schema: Element| {
        object(vec![
            ("name", text(name)),
            ("in", text("path")),
            ("required", Element::Bool(true)),
            ("description", text(doc)),
            ("schema", schema),
        ])
    };
    let types = definitions.resource_types().iter().map(|t| text(t.as_str())).collect();
    let shared = request::shared_parameters(definitions);
    let id =
        || object(vec![("type", text("string")), ("pattern", text(r"^[A-Za-z0-9\-\.]{1,64}$"))]);
    let mut all = vec![
        (
            "type",
            path(
                "type",
                "a resource type",
                object(vec![("type", text("string")), ("enum", list(types))]),
            ),
        ),
        ("id", path("id", "the logical id of a resource", id())),
        ("version", path("version", "the number of a version", id())),
    ];
    all.extend(shared);
    object(all)
}

fn operation(
    each: &Interaction,
    of: Option<ResourceType>,
    definitions: &'static Definitions,
) -> Element {
    let mut parameters = Vec::new();
    for name in placeholders(each.path) {
        if of.is_some() && name == "type" {
            continue;
        }
        parameters.push(match name {
            "type" | "id" | "version" => {
                object(vec![("$ref", Element::string(format!("#/components/parameters/{name}")))])
            }
            other => object(vec![
                ("name", text(other)),
                ("in", text("path")),
                ("required", Element::Bool(true)),
                ("schema", object(vec![("type", text("string"))])),
            ]),
        });
    }
    parameters.extend(request::parameters(each, of, definitions));
    let scope = of.map_or("", |resource_type| resource_type.as_str());
    let tag = match each.level {
        Level::System => "system",
        Level::Type if of.is_none() => "type",
        Level::Instance if of.is_none() => "instance",
        Level::Type | Level::Instance => scope,
        Level::Other => "other",
    };
    let id = format!("{}{} {} {}", scope, each.code, each.method, each.path);
    let mut members = vec![
        ("operationId", Element::string(operation_id(&id))),
        ("summary", text(each.summary)),
        ("description", Element::string(format!("Shown by `{}`.", each.test))),
        ("tags", list(vec![text(tag)])),
        ("parameters", list(parameters)),
    ];
    if let Some(body) = request::body(each, of, definitions) {
        members.push(("requestBody", body));
    }
    members.push(("responses", responses(each)));
    object(members)
}

fn operation_id(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// The names in braces of a path.
fn placeholders(path: &str) -> impl Iterator<Item = &str> {
    path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

fn responses(each: &Interaction) -> Element {
    let fhir = |name: &str| object(request::resource(name));
    let plain = || {
        let schema = object(vec![("schema", object(vec![("type", text("object"))]))]);
        object(vec![("application/json", schema)])
    };
    let is_fhir = request::answers_fhir(each);
    let mut members: Vec<(Box<str>, Element)> = Vec::new();
    for (status, doc) in each.answers {
        let mut response = vec![("description", text(doc))];
        if !matches!(status, 204 | 304) && each.level != Level::Other {
            response.push(("content", if is_fhir { fhir(RESOURCE) } else { plain() }));
        }
        members.push((status.to_string().into(), object(response)));
    }
    for status in COMMON_REFUSALS.iter().chain(each.refusals) {
        let name: Box<str> = status.to_string().into();
        if members.iter().any(|(known, _)| *known == name) {
            continue;
        }
        let response = if each.code == "$graphql" {
            object(vec![("description", text("refused; the errors say why")), ("content", plain())])
        } else {
            object(vec![("$ref", text("#/components/responses/Refused"))])
        };
        members.push((name, response));
    }
    Element::Object(members)
}
