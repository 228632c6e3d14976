//! What requests carry, for the OpenAPI document: parameters, forms, and bodies that are no resource.
//! Spec: <https://spec.openapis.org/oas/v3.1.0#parameter-object>, RFC 6902, <https://spec.graphql.org>.

use definitions::Definitions;
use fhir::{Element, ResourceType};

use super::parameter::{FORMAT, OF_ALL, PRETTY, Parameter, RESULTS, Shape};
use super::schema::{RESOURCE, Schemas, number, reference};
use super::{Body, Carried, Interaction, Level};
use crate::registry::openapi::{list, object, text};

const FORM: &str = "application/x-www-form-urlencoded";

/// The schema of forms that every search takes.
const SEARCH_FORM: &str = "SearchForm";
const JSON_PATCH: &str = "JsonPatch";
const GRAPHQL: &str = "GraphqlRequest";

fn string() -> Element {
    object(vec![("type", text("string"))])
}

fn schema_of(shape: Shape) -> Element {
    match shape {
        Shape::Text => string(),
        Shape::Number => object(vec![("type", text("integer")), ("minimum", number(0))]),
        Shape::OneOf(words) => {
            let words = words.iter().map(|word| text(word)).collect();
            object(vec![("type", text("string")), ("enum", list(words))])
        }
    }
}

fn listed(parameter: &Parameter) -> Element {
    object(vec![
        ("name", text(parameter.name)),
        ("in", text(parameter.place)),
        ("description", text(parameter.doc)),
        ("schema", schema_of(parameter.shape)),
    ])
}

/// What every search takes, whatever it searches: what shapes its answer, and what selects.
fn shared(definitions: &Definitions) -> Vec<(&'static str, Element)> {
    let known = RESULTS.iter().chain(&OF_ALL).map(|each| (each.name, listed(each)));
    let common = definitions.resource_types().first().map(|resource_type| {
        let all = definitions.search_parameters(*resource_type);
        all.filter(|parameter| parameter.code.starts_with('_'))
            .map(|parameter| (parameter.code, own(parameter)))
    });
    known.chain(common.into_iter().flatten()).collect()
}

fn own(parameter: &definitions::SearchParameter) -> Element {
    let doc = format!("{} search parameter: {}", parameter.kind.as_str(), parameter.url);
    object(vec![
        ("name", text(parameter.code)),
        ("in", text("query")),
        ("description", text(&doc)),
        ("schema", string()),
    ])
}

fn reference_to(name: &str) -> Element {
    object(vec![("$ref", Element::string(format!("#/components/parameters/{name}")))])
}

/// The parameters that operations refer to by their names, beside those of paths.
pub(super) fn shared_parameters(definitions: &Definitions) -> Vec<(&'static str, Element)> {
    shared(definitions)
}

fn is_search(each: &Interaction) -> bool {
    each.code.starts_with("search-")
}

/// Whether an operation answers in FHIR's formats, and so lets the client choose one.
pub(super) fn answers_fhir(each: &Interaction) -> bool {
    each.level != Level::Other && each.code != "$graphql"
}

/// The parameters in the query and the headers of an operation. A search by POST has them in its form.
pub(super) fn parameters(
    each: &Interaction,
    of: Option<ResourceType>,
    definitions: &'static Definitions,
) -> Vec<Element> {
    let is_form = each.body == Body::Form;
    let here = each.parameters.iter().filter(|each| !is_form || each.place != "query");
    let mut parameters: Vec<Element> = here.map(listed).collect();
    if is_form {
        return parameters;
    }
    if is_search(each) {
        parameters.extend(shared(definitions).iter().map(|(name, _)| reference_to(name)));
    } else if answers_fhir(each) {
        parameters.extend([FORMAT, PRETTY].iter().map(|each| reference_to(each.name)));
    }
    if each.searches
        && let Some(resource_type) = of
    {
        parameters.extend(own_of(resource_type, each, definitions).map(own));
    }
    parameters
}

/// A type's own search parameters, but for those that are listed already.
fn own_of<'e>(
    resource_type: ResourceType,
    each: &'e Interaction,
    definitions: &'static Definitions,
) -> impl Iterator<Item = &'static definitions::SearchParameter> + use<'e> {
    let is_shared = is_search(each);
    let is_named = |code: &str| each.parameters.iter().any(|parameter| parameter.name == code);
    definitions.search_parameters(resource_type).filter(move |parameter| {
        !(is_named(parameter.code) || is_shared && parameter.code.starts_with('_'))
    })
}

/// Adds the schemas of bodies that are no resource.
pub(super) fn add_schemas(schemas: &mut Schemas, definitions: &Definitions) {
    let properties = shared(definitions).into_iter().map(|(name, parameter)| {
        (name.into(), parameter.get("schema").cloned().unwrap_or_else(string))
    });
    schemas.put(
        SEARCH_FORM,
        object(vec![
            ("type", text("object")),
            ("properties", Element::Object(properties.collect())),
            ("additionalProperties", string()),
        ]),
    );
    let pointer = || object(vec![("type", text("string")), ("pattern", text("^(/.*)?$"))]);
    let names = ["add", "remove", "replace", "move", "copy", "test"];
    let names = names.iter().map(|name| text(name)).collect();
    let operation = object(vec![
        ("type", text("object")),
        (
            "properties",
            object(vec![
                ("op", object(vec![("type", text("string")), ("enum", list(names))])),
                ("path", pointer()),
                ("from", pointer()),
                ("value", Element::object()),
            ]),
        ),
        ("required", list(vec![text("op"), text("path")])),
    ]);
    schemas.put(JSON_PATCH, object(vec![("type", text("array")), ("items", operation)]));
    let or_null = |kind: &str| object(vec![("type", list(vec![text(kind), text("null")]))]);
    schemas.put(
        GRAPHQL,
        object(vec![
            ("type", text("object")),
            (
                "properties",
                object(vec![
                    ("query", object(vec![("type", text("string")), ("minLength", number(1))])),
                    ("operationName", or_null("string")),
                    ("variables", or_null("object")),
                ]),
            ),
            ("required", list(vec![text("query")])),
        ]),
    );
}

/// The form of a search: what all take, and what this one does.
fn form(
    each: &Interaction,
    of: Option<ResourceType>,
    definitions: &'static Definitions,
) -> Element {
    let here = each.parameters.iter().filter(|parameter| parameter.place == "query");
    let mut properties: Vec<(Box<str>, Element)> =
        here.map(|parameter| (parameter.name.into(), schema_of(parameter.shape))).collect();
    if let Some(resource_type) = of {
        let own = own_of(resource_type, each, definitions);
        properties.extend(own.map(|parameter| (parameter.code.into(), string())));
    }
    if properties.is_empty() {
        return reference(SEARCH_FORM);
    }
    let more = object(vec![("type", text("object")), ("properties", Element::Object(properties))]);
    object(vec![("allOf", list(vec![reference(SEARCH_FORM), more]))])
}

/// A resource's media types; XML has no schema here.
pub(super) fn resource(name: &str) -> Vec<(&'static str, Element)> {
    let json = object(vec![("schema", reference(name))]);
    let xml = object(vec![("schema", string())]);
    vec![("application/fhir+json", json), ("application/fhir+xml", xml)]
}

fn carried(carried: Carried) -> Element {
    match carried {
        Carried::Text => string(),
        Carried::JsonPatch => reference(JSON_PATCH),
        Carried::Parameters => reference("Parameters"),
        Carried::Graphql => reference(GRAPHQL),
    }
}

/// The body of an operation, where it has one.
pub(super) fn body(
    each: &Interaction,
    of: Option<ResourceType>,
    definitions: &'static Definitions,
) -> Option<Element> {
    let content = match each.body {
        Body::None => return None,
        Body::Resource => resource(of.map_or(RESOURCE, |resource_type| resource_type.as_str())),
        Body::Bundle => resource("Bundle"),
        Body::Parameters => resource("Parameters"),
        Body::Form => vec![(FORM, object(vec![("schema", form(each, of, definitions))]))],
        Body::Other(kinds) => kinds
            .iter()
            .map(|(name, holds)| (*name, object(vec![("schema", carried(*holds))])))
            .collect(),
    };
    let required = !matches!(each.body, Body::Parameters | Body::Form);
    Some(object(vec![("required", Element::Bool(required)), ("content", object(content))]))
}
