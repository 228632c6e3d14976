//! Elements as an expression finds them: a value, its type, and where the definitions describe it.
//!
//! To know one more fact of an element, look it up from [`described`].

use definitions::{BindingStrength, Child, Content, Definitions};
use fhir::{Kind, Value};

/// What an expression finds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found<'t> {
    /// An element (or a resource) of a type.
    Element {
        /// The value.
        value: Value<'t>,
        /// Its type: `code`, `Quantity`, `BackboneElement`.
        type_name: &'static str,
    },
    /// The outcome of a condition.
    Truth(bool),
}

/// Where the definitions describe an element: the member of its parent's type.
fn described<'d>(definitions: &'d Definitions, value: Value<'_>) -> Option<&'d Child> {
    let root = value.tree().root();
    let mut type_id = definitions.type_id(value.tree().resource_type()?)?;
    let mut found = None;
    let mut place = root;
    for step in value.expression().split('.').skip(1) {
        let name = step.split('[').next().unwrap_or(step);
        let child = definitions.child(type_id, name)?;
        place = place.at(step)?;
        type_id = match child.content {
            Content::Complex(id) => id,
            Content::Resource => definitions.type_id(place.text_of("resourceType")?)?,
            Content::Primitive(_) | Content::Xhtml => type_id,
        };
        found = Some(child);
    }
    found
}

/// The system that a `code` has by the value set that it is bound to.
/// Spec: <https://hl7.org/fhir/R4/search.html#token>: the system is the one of the value set.
pub(crate) fn implied_system(definitions: &Definitions, code: Value<'_>) -> Option<&'static str> {
    let binding = described(definitions, code)?.definition.binding.as_ref()?;
    if binding.strength != BindingStrength::Required {
        return None;
    }
    let set = definitions.value_set(binding.value_set?)?;
    let text = code.as_str()?;
    let member = set.expansion().and_then(|all| all.members.iter().find(|m| m.code == text));
    if let Some(member) = member {
        return Some(member.system);
    }
    let mut systems = set.includes().iter().filter_map(|include| include.system);
    let only = systems.next()?;
    systems.all(|system| system == only).then_some(only)
}

/// Whether an element is there: a primitive has a value, an object has anything in it.
pub(crate) fn is_there(value: Value<'_>) -> bool {
    match value.kind() {
        Kind::Null => false,
        Kind::Bool | Kind::Number => true,
        Kind::String => value.as_str().is_some_and(|text| !text.is_empty()),
        Kind::Array => value.items().any(is_there),
        Kind::Object => value.members().any(|member| member.name() != "id" && is_there(member)),
    }
}

/// The member's text where it is a string and not empty.
pub(crate) fn text_at<'t>(value: Value<'t>, name: &str) -> Option<&'t str> {
    value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}
