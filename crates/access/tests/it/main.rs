//! What callers may do, as tables.

mod consent;
mod decide;
mod filter;
mod rollout;
mod scope;

use fhir::{ResourceId, ResourceType};

fn resource_type(name: &str) -> ResourceType {
    definitions::embedded().resource_type(name).unwrap_or_else(|| panic!("{name}"))
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).unwrap_or_else(|| panic!("{text}"))
}

fn scopes(text: &str) -> access::Scopes {
    let known = |name: &str| definitions::embedded().resource_type(name);
    access::Scopes::parse(text, &known).unwrap_or_else(|error| panic!("{error}"))
}
