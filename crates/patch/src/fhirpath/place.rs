//! Where an element stands in a resource, and its change there.
//!
//! A primitive stands in two members: its value under its name, its id and extensions under `_name`;
//! where it repeats, as two arrays of equal length with `null` for what is not there. Both change
//! together here.

use definitions::{Child, Content, Definitions, TypeId};
use fhir::{Element, Tree, Value};

use super::value::{self, Given};
use crate::PatchError;

/// A step down in a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Member(Box<str>),
    Item(usize),
}

/// An element: the object that it is a member of, its name, its place where it repeats.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Place {
    /// From the resource down to the object.
    pub(super) owner: Vec<Step>,
    /// The member, without an underscore; empty for the resource itself.
    pub(super) name: Box<str>,
    pub(super) index: Option<usize>,
}

impl Place {
    /// Where a value of a tree stands.
    pub(super) fn of(tree: &Tree, value: Value<'_>) -> Option<Place> {
        let mut steps = Vec::new();
        let mut at = tree.root();
        while at.index() != value.index() {
            let is_object = at.kind() == fhir::Kind::Object;
            let mut children = if is_object { at.members() } else { at.items() }.enumerate();
            let (index, child) = children
                .find(|(_, child)| (child.index()..child.subtree_end()).contains(&value.index()))?;
            steps.push(if is_object {
                Step::Member(child.name().into())
            } else {
                Step::Item(index)
            });
            at = child;
        }
        let index = match steps.last() {
            Some(Step::Item(index)) => Some(*index),
            _ => None,
        };
        if index.is_some() {
            steps.pop();
        }
        let name = match steps.pop() {
            Some(Step::Member(name)) => name.strip_prefix('_').map_or(name.clone(), Into::into),
            Some(Step::Item(_)) => return None,
            None => "".into(),
        };
        Some(Place { owner: steps, name, index })
    }

    /// The list that it is an item of.
    pub(super) fn list(&self) -> Place {
        Place { index: None, ..self.clone() }
    }

    fn sibling_name(&self) -> String {
        format!("_{}", self.name)
    }

    /// How many items the list has, by its longer half.
    pub(super) fn length(&self, document: &Element) -> usize {
        let Some(owner) = find(document, &self.owner) else { return 0 };
        let length = |name: &str| match owner.get(name) {
            Some(Element::Array(items)) => items.len(),
            _ => 0,
        };
        length(&self.name).max(length(&self.sibling_name()))
    }
}

fn find<'d>(document: &'d Element, steps: &[Step]) -> Option<&'d Element> {
    steps.iter().try_fold(document, |at, step| match (step, at) {
        (Step::Member(name), Element::Object(_)) => at.get(name),
        (Step::Item(index), Element::Array(items)) => items.get(*index),
        _ => None,
    })
}

fn find_mut<'d>(document: &'d mut Element, steps: &[Step]) -> Result<&'d mut Element, PatchError> {
    let mut at = document;
    for step in steps {
        at = match (step, at) {
            (Step::Member(name), object @ Element::Object(_)) => {
                object.get_mut(name).ok_or_else(lost)?
            }
            (Step::Item(index), Element::Array(items)) => items.get_mut(*index).ok_or_else(lost)?,
            _ => return Err(lost()),
        };
    }
    Ok(at)
}

fn lost() -> PatchError {
    PatchError::inapplicable("the element cannot be found again; is the resource well-formed?")
}

/// The type of the object at the end of steps.
fn type_of(document: &Element, steps: &[Step], definitions: &Definitions) -> Option<TypeId> {
    let of_resource = |object: &Element| {
        let name = object.get("resourceType")?.as_str()?;
        definitions.type_id(definitions.resource_type(name)?.as_str())
    };
    let mut id = of_resource(document)?;
    for (count, step) in steps.iter().enumerate() {
        let Step::Member(name) = step else { continue };
        if name.starts_with('_') {
            // Inside of `_name` stands an Element.
            id = definitions.type_id("Element")?;
            continue;
        }
        let child = definitions.child(id, name)?;
        id = match child.content {
            Content::Complex(id) => id,
            Content::Resource => {
                let mut inner = find(document, &steps[..=count])?;
                if let (Element::Array(_), Some(next)) = (inner, steps.get(count + 1)) {
                    inner = find(inner, std::slice::from_ref(next))?;
                }
                of_resource(inner)?
            }
            Content::Primitive(_) | Content::Xhtml => return None,
        };
    }
    Some(id)
}

fn unknown(name: &str) -> PatchError {
    let shown: String = name.chars().take(64).collect();
    PatchError::inapplicable(format!("there can be no element {shown:?} here"))
}

/// The object inside of the element at a place, and its type: for a primitive what is under `_name`.
fn inside(
    document: &Element,
    place: &Place,
    definitions: &Definitions,
) -> Result<(Vec<Step>, TypeId), PatchError> {
    let mut steps = place.owner.clone();
    if place.name.is_empty() {
        let id = type_of(document, &steps, definitions).ok_or_else(lost)?;
        return Ok((steps, id));
    }
    let owner = type_of(document, &place.owner, definitions).ok_or_else(lost)?;
    let child = definitions.child(owner, &place.name).ok_or_else(|| unknown(&place.name))?;
    let is_primitive = matches!(child.content, Content::Primitive(_));
    let name = if is_primitive { place.sibling_name().into() } else { place.name.clone() };
    steps.push(Step::Member(name));
    steps.extend(place.index.map(Step::Item));
    let id = type_of(document, &steps, definitions).ok_or_else(|| unknown(&place.name))?;
    Ok((steps, id))
}

/// Adds an element to the one at a place.
pub(super) fn add(
    document: &mut Element,
    place: &Place,
    name: &str,
    content: Value<'_>,
    definitions: &Definitions,
) -> Result<(), PatchError> {
    let (steps, id) = inside(document, place, definitions)?;
    let child = value::child(definitions, id, name, content).ok_or_else(|| unknown(name))?;
    let given = value::read(definitions, child, content)?;
    if find(document, &steps).is_none_or(|object| *object == Element::Null) {
        make_sibling(document, place)?;
    }
    let object = find_mut(document, &steps)?;
    if child.is_many {
        let list = Place { owner: steps, name: child.name.into(), index: None };
        let length = list.length(document);
        return insert_at(document, &list, length, given);
    }
    let is_there = |member: &str| object.get(member).is_some();
    let of_choice = definitions.children(id).iter().filter(|other| {
        other.name == child.name || (other.choice.is_some() && other.choice == child.choice)
    });
    if of_choice.into_iter().any(|o| is_there(o.name) || is_there(&format!("_{}", o.name))) {
        return Err(PatchError::inapplicable(
            "the element is there already and does not repeat; replace it instead",
        ));
    }
    set(object, child.name, given);
    Ok(())
}

/// Makes the object under `_name` that a primitive's extensions go into.
fn make_sibling(document: &mut Element, place: &Place) -> Result<(), PatchError> {
    let length = place.length(document);
    let owner = find_mut(document, &place.owner)?;
    let name = place.sibling_name();
    let Some(index) = place.index else {
        owner.set(&name, Element::object());
        return Ok(());
    };
    if owner.get(&name).is_none() {
        owner.set(&name, Element::Array(Vec::new()));
    }
    let Some(Element::Array(items)) = owner.get_mut(&name) else { return Err(lost()) };
    items.resize(length.max(index + 1), Element::Null);
    items[index] = Element::object();
    Ok(())
}

fn set(object: &mut Element, name: &str, given: Given) {
    if let Some(value) = given.value {
        object.set(name, value);
    }
    if let Some(sibling) = given.sibling {
        object.set(&format!("_{name}"), sibling);
    }
}

/// Inserts an item into a list.
pub(super) fn insert(
    document: &mut Element,
    list: &Place,
    index: usize,
    content: Value<'_>,
    definitions: &Definitions,
) -> Result<(), PatchError> {
    let length = list.length(document);
    if index > length {
        return Err(PatchError::inapplicable(format!(
            "index {index} is past the end; the list has {length} items"
        )));
    }
    let owner = type_of(document, &list.owner, definitions).ok_or_else(lost)?;
    let child = definitions.child(owner, &list.name).ok_or_else(|| unknown(&list.name))?;
    let given = value::read(definitions, child, content)?;
    insert_at(document, list, index, given)
}

fn insert_at(
    document: &mut Element,
    list: &Place,
    index: usize,
    given: Given,
) -> Result<(), PatchError> {
    let length = list.length(document);
    let owner = find_mut(document, &list.owner)?;
    for (name, item) in [(list.name.to_string(), given.value), (list.sibling_name(), given.sibling)]
    {
        if owner.get(&name).is_none() {
            // A half that has nothing in it is not written.
            if item.is_none() {
                continue;
            }
            owner.set(&name, Element::Array(vec![Element::Null; length]));
        }
        let Some(Element::Array(items)) = owner.get_mut(&name) else { return Err(lost()) };
        items.resize(length, Element::Null);
        items.insert(index, item.unwrap_or(Element::Null));
    }
    Ok(())
}

/// The two members of an element that are there, as names.
fn halves(place: &Place) -> [String; 2] {
    [place.name.to_string(), place.sibling_name()]
}

/// Takes an element out.
pub(super) fn delete(document: &mut Element, place: &Place) -> Result<(), PatchError> {
    if place.name.is_empty() {
        return Err(PatchError::inapplicable("the resource itself cannot be deleted by a patch"));
    }
    let owner = find_mut(document, &place.owner)?;
    for name in halves(place) {
        match place.index {
            None => _ = owner.remove(&name),
            Some(index) => {
                let Some(Element::Array(items)) = owner.get_mut(&name) else { continue };
                if index < items.len() {
                    items.remove(index);
                }
                if items.iter().all(|item| *item == Element::Null) {
                    owner.remove(&name);
                }
            }
        }
    }
    Ok(())
}

/// Puts another value in an element's place; one of a choice may change its type.
pub(super) fn replace(
    document: &mut Element,
    place: &Place,
    content: Value<'_>,
    definitions: &Definitions,
) -> Result<(), PatchError> {
    if place.name.is_empty() {
        return Err(PatchError::inapplicable("the resource itself is replaced by an update"));
    }
    let id = type_of(document, &place.owner, definitions).ok_or_else(lost)?;
    let old = definitions.child(id, &place.name).ok_or_else(|| unknown(&place.name))?;
    let name = old.choice.unwrap_or(old.name);
    let new: &Child = value::child(definitions, id, name, content).ok_or_else(|| unknown(name))?;
    let given = value::read(definitions, new, content)?;
    let length = place.length(document);
    let owner = find_mut(document, &place.owner)?;
    let Some(index) = place.index else {
        if new.name == old.name {
            if given.value.is_none() {
                owner.remove(old.name);
            }
            if given.sibling.is_none() {
                owner.remove(&place.sibling_name());
            }
        } else {
            for name in halves(place) {
                owner.remove(&name);
            }
        }
        set(owner, new.name, given);
        return Ok(());
    };
    for (name, item) in halves(place).into_iter().zip([given.value, given.sibling]) {
        if owner.get(&name).is_none() {
            if item.is_none() {
                continue;
            }
            owner.set(&name, Element::Array(Vec::new()));
        }
        let Some(Element::Array(items)) = owner.get_mut(&name) else { return Err(lost()) };
        items.resize(length, Element::Null);
        items[index] = item.unwrap_or(Element::Null);
        if items.iter().all(|item| *item == Element::Null) {
            owner.remove(&name);
        }
    }
    Ok(())
}

/// Moves an item of a list.
pub(super) fn shift(
    document: &mut Element,
    list: &Place,
    source: usize,
    destination: usize,
) -> Result<(), PatchError> {
    let length = list.length(document);
    if source >= length || destination >= length {
        return Err(PatchError::inapplicable(format!(
            "source and destination must be below {length}, which is how many items there are"
        )));
    }
    let owner = find_mut(document, &list.owner)?;
    for name in halves(list) {
        let Some(Element::Array(items)) = owner.get_mut(&name) else { continue };
        items.resize(length, Element::Null);
        let item = items.remove(source);
        items.insert(destination, item);
    }
    Ok(())
}
