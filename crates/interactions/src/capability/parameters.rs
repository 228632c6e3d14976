//! What a statement says of search: parameters with their modifiers and prefixes, includes.
//! Spec: <https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource.searchParam>.

use definitions::{Definitions, ParameterKind, SearchParameter};
use fhir::{Element, ResourceType};

use super::{object, text};

/// Parameters of all types that no definition gives values for, with what they do.
const OF_ALL: [(&str, &str, &str); 5] = [
    ("_content", "string", "words anywhere in the resource, with and, or, not, quotes and a star"),
    ("_filter", "special", "an expression of the filter language"),
    ("_has", "string", "resources that others refer to: _has:Observation:patient:code=…"),
    ("_list", "string", "resources that the List of this id names"),
    ("_text", "string", "words in the narrative"),
];

const PREFIXES: &str = "prefixes eq, ne, gt, lt, ge, le, sa, eb, ap";

/// The parameters that a type can be searched by.
pub(super) fn of_type(definitions: &Definitions, resource_type: ResourceType) -> Element {
    let own = definitions.search_parameters(resource_type).map(described);
    Element::Array(own.chain(of_all()).collect())
}

/// Those of all types that are not in the definitions.
fn of_all() -> impl Iterator<Item = Element> {
    OF_ALL.iter().map(|(name, kind, doc)| {
        object(vec![("name", text(name)), ("type", text(kind)), ("documentation", text(doc))])
    })
}

/// What a search of several types can be searched by whatever they are.
pub(super) fn of_system(definitions: &Definitions) -> Element {
    let common = definitions.resource_types().first().map(|resource_type| {
        let parameters = definitions.search_parameters(*resource_type);
        parameters.filter(|parameter| parameter.code.starts_with('_')).map(described)
    });
    let types = object(vec![
        ("name", text("_type")),
        ("type", text("token")),
        ("documentation", text("the types to search, with commas between them")),
    ]);
    Element::Array(common.into_iter().flatten().chain(of_all()).chain([types]).collect())
}

fn described(parameter: &SearchParameter) -> Element {
    let mut members = vec![
        ("name", text(parameter.code)),
        ("definition", text(parameter.url)),
        ("type", text(parameter.kind.as_str())),
    ];
    let documentation = documentation(parameter);
    if !documentation.is_empty() {
        members.push(("documentation", Element::string(documentation)));
    }
    object(members)
}

fn documentation(parameter: &SearchParameter) -> String {
    let mut parts = Vec::new();
    let modifiers = ::search::modifiers_of(parameter);
    if !modifiers.is_empty() {
        parts.push(format!("modifiers {}", modifiers.join(", ")));
    }
    match parameter.kind {
        ParameterKind::Date | ParameterKind::Number | ParameterKind::Quantity => {
            parts.push(PREFIXES.to_owned());
        }
        ParameterKind::Reference => parts.push("chains of up to 16 links".to_owned()),
        _ => {}
    }
    parts.join("; ")
}

/// What `_include` takes of a type.
pub(super) fn includes(definitions: &Definitions, resource_type: ResourceType) -> Vec<Element> {
    let references = references(definitions, resource_type);
    let mut includes: Vec<Element> = references
        .map(|parameter| Element::string(format!("{resource_type}:{}", parameter.code)))
        .collect();
    if !includes.is_empty() {
        includes.insert(0, text("*"));
    }
    includes
}

/// What `_revinclude` takes for a type: the references of all types that can point at it.
pub(super) fn reverse_includes(
    definitions: &Definitions,
    resource_type: ResourceType,
) -> Vec<Element> {
    let mut includes = Vec::new();
    for source in definitions.resource_types() {
        for parameter in references(definitions, *source) {
            if parameter.targets.contains(&resource_type) {
                includes.push(Element::string(format!("{source}:{}", parameter.code)));
            }
        }
    }
    includes
}

fn references(
    definitions: &Definitions,
    resource_type: ResourceType,
) -> impl Iterator<Item = &SearchParameter> {
    definitions
        .search_parameters(resource_type)
        .filter(|parameter| parameter.kind == ParameterKind::Reference)
}
