//! The value of an operation: a `value[x]`, a resource, or parts, which make an object of a type
//! that has no name of its own (`Patient.contact`).

use definitions::{Child, Content, Definitions, TypeId};
use fhir::{Element, Value};

use crate::PatchError;

/// A value, and for a primitive its id and extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub(super) value: Option<Element>,
    pub(super) sibling: Option<Element>,
}

/// How deep parts may stand in parts.
const DEPTH_MAX: usize = 32;

/// The member `value[x]` of a part, without its underscore where it has no value, and its type.
fn typed(part: Value<'_>) -> Option<(&str, &str)> {
    part.members().find_map(|member| {
        let name = member.name().trim_start_matches('_');
        let kind = name.strip_prefix("value")?;
        kind.starts_with(|c: char| c.is_ascii_uppercase()).then_some((name, kind))
    })
}

/// The child of this FHIRPath name that the content fits: of a choice, the one of its type.
pub(super) fn child<'d>(
    definitions: &'d Definitions,
    of: TypeId,
    name: &str,
    content: Value<'_>,
) -> Option<&'d Child> {
    let name = name.strip_suffix("[x]").unwrap_or(name);
    if let Some(child) = definitions.child(of, name) {
        return Some(child);
    }
    let (_, kind) = typed(content)?;
    definitions
        .children(of)
        .iter()
        .find(|child| child.choice == Some(name) && child.name.strip_prefix(name) == Some(kind))
}

/// Reads the content of a part as an element.
pub(super) fn read(
    definitions: &Definitions,
    child: &Child,
    content: Value<'_>,
) -> Result<Given, PatchError> {
    read_at(definitions, child, content, 0)
}

fn read_at(
    definitions: &Definitions,
    child: &Child,
    content: Value<'_>,
    depth: usize,
) -> Result<Given, PatchError> {
    if let Some(resource) = content.get("resource") {
        if child.content != Content::Resource {
            return Err(PatchError::inapplicable("no resource can stand here"));
        }
        return Ok(Given { value: Some(Element::from(resource)), sibling: None });
    }
    if let Some((name, _)) = typed(content) {
        let value = content.get(name).map(Element::from);
        let sibling = content.get(&format!("_{name}")).map(Element::from);
        return Ok(Given { value, sibling });
    }
    let Content::Complex(id) = child.content else {
        return Err(PatchError::malformed("the part value needs a value[x]"));
    };
    if content.all("part").next().is_none() {
        return Err(PatchError::malformed("the part value needs a value[x] or parts"));
    }
    if depth >= DEPTH_MAX {
        return Err(PatchError::too_costly(format!("parts nest deeper than {DEPTH_MAX}")));
    }
    let object = object(definitions, id, content, depth)?;
    Ok(Given { value: Some(object), sibling: None })
}

fn object(
    definitions: &Definitions,
    id: TypeId,
    content: Value<'_>,
    depth: usize,
) -> Result<Element, PatchError> {
    let mut object = Element::object();
    for part in content.all("part") {
        let name = part.text_of("name").unwrap_or("");
        let child = child(definitions, id, name, part).ok_or_else(|| {
            let shown: String = name.chars().take(64).collect();
            PatchError::inapplicable(format!("there can be no element {shown:?} in the value"))
        })?;
        let given = read_at(definitions, child, part, depth + 1)?;
        let sibling_name = format!("_{}", child.name);
        if !child.is_many {
            if object.get(child.name).is_some() || object.get(&sibling_name).is_some() {
                return Err(PatchError::malformed(format!(
                    "part {} stands twice but does not repeat",
                    child.name
                )));
            }
            given.value.into_iter().for_each(|value| object.set(child.name, value));
            given.sibling.into_iter().for_each(|sibling| object.set(&sibling_name, sibling));
            continue;
        }
        append(&mut object, child.name, &sibling_name, given);
    }
    Ok(object)
}

/// Appends to both halves of a list, kept equally long where both are there.
fn append(object: &mut Element, name: &str, sibling_name: &str, given: Given) {
    let length = object.get(name).map_or(0, |list| list.items().len());
    let length = length.max(object.get(sibling_name).map_or(0, |list| list.items().len()));
    for (name, item) in [(name, given.value), (sibling_name, given.sibling)] {
        if object.get(name).is_none() {
            if item.is_none() {
                continue;
            }
            object.set(name, Element::Array(vec![Element::Null; length]));
        }
        if let Some(Element::Array(items)) = object.get_mut(name) {
            items.resize(length, Element::Null);
            items.push(item.unwrap_or(Element::Null));
        }
    }
}
