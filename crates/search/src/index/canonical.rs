//! Canonicals: which parameters hold them, and what a resource that has one is known by.
//! Spec: <https://hl7.org/fhir/R4/references.html#canonical>.
//!
//! A canonical says the `url` of its target, and may say its version behind a bar. So a resource is
//! known by its URL, which is a parameter of its own, and by `url|version`, which stands beside it.

use definitions::{Definitions, ParameterKind, SearchParameter};
use fhir::{ResourceType, Value};

use super::element_types;
use crate::entry::{IndexEntry, IndexValue, ParameterId};

/// The types that the canonicals of a reference parameter lead to; none where it reads no canonical.
pub fn canonical_targets(
    definitions: &'static Definitions,
    parameter: &SearchParameter,
) -> Vec<ResourceType> {
    if parameter.kind != ParameterKind::Reference {
        return Vec::new();
    }
    let named: &[ResourceType] = match &*parameter.targets {
        [] => definitions.resource_types(),
        targets => targets,
    };
    let is_known = |target: &&ResourceType| url_parameter(definitions, **target).is_some();
    let targets: Vec<ResourceType> = named.iter().filter(is_known).copied().collect();
    let reads = |base: &ResourceType| {
        let types = element_types(definitions, *base, parameter);
        types.iter().any(|name| matches!(*name, "canonical" | "uri"))
    };
    if targets.is_empty() || !parameter.base.iter().any(reads) { Vec::new() } else { targets }
}

/// The parameter of the URL of canonical resources: those that have a version too. (The `url` of a
/// Subscription is the address of its channel.)
pub(super) fn url_parameter(
    definitions: &'static Definitions,
    resource_type: ResourceType,
) -> Option<ParameterId> {
    definitions.search_parameter(resource_type, "version")?;
    let parameter = definitions.search_parameter(resource_type, "url")?;
    (parameter.kind == ParameterKind::Uri).then_some(ParameterId(parameter.id))
}

/// Adds what a resource with a URL and a version is known by.
pub(super) fn push_own(url: ParameterId, resource: Value<'_>, entries: &mut Vec<IndexEntry>) {
    let text = |name: &str| resource.text_of(name).filter(|text| !text.is_empty());
    if let (Some(address), Some(version)) = (text("url"), text("version")) {
        let value = IndexValue::OwnCanonical(format!("{address}|{version}").into());
        entries.push(IndexEntry { parameter: url, value });
    }
}
