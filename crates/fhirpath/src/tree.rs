//! From a node to its children, by name or all of them.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#path-selection>, <https://hl7.org/fhir/R4/fhirpath.html#polymorphism>.
//! A choice is one element whatever its type: `value` finds `valueQuantity`, and `valueQuantity`
//! finds nothing. A primitive's id and extensions stand under `_name` in JSON and are its children.

use definitions::{Child, Definitions};
use fhir::{Kind, Value};

use crate::error::Error;
use crate::evaluate::Flow;
use crate::item::{Item, Node, NodeKind};

/// Takes each child; says whether more are wanted.
pub(crate) type Sink<'s, 't> = &'s mut dyn FnMut(Item<'t>) -> Result<Flow, Error>;

/// What a member is, by the definition of its object.
enum Found<'d> {
    Known(&'d Child),
    Unknown,
}

impl<'d> Found<'d> {
    fn child(&self) -> Option<&'d Child> {
        match self {
            Found::Known(child) => Some(child),
            Found::Unknown => None,
        }
    }
}

/// The children of one name.
pub(crate) fn named<'t>(
    node: &Node<'t>,
    name: &str,
    definitions: &Definitions,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    if name == "value" && matches!(node.kind(), NodeKind::Primitive(_) | NodeKind::Xhtml) {
        return node.primitive().map_or(Ok(Flow::More), |value| sink(Item::Value(value)));
    }
    let Holder { object: Some(object), type_id } = holder(node, definitions) else {
        return Ok(Flow::More);
    };
    let (mut found, mut value, mut sibling) = (Found::Unknown, None, None);
    for member in object.members() {
        let member_name = member.name();
        let (plain, is_sibling) =
            member_name.strip_prefix('_').map_or((member_name, false), |plain| (plain, true));
        let Some(rest) = plain.strip_prefix(name) else { continue };
        let child = match type_id {
            None if rest.is_empty() => Found::Unknown,
            None => continue,
            Some(id) => {
                let is_candidate = rest.is_empty() || rest.as_bytes()[0].is_ascii_uppercase();
                let child = if is_candidate { definitions.child(id, plain) } else { None };
                let choice = (!rest.is_empty()).then_some(name);
                match child.filter(|child| child.choice == choice) {
                    Some(child) => Found::Known(child),
                    None => continue,
                }
            }
        };
        found = child;
        if is_sibling { sibling = Some(member) } else { value = Some(member) }
    }
    emit(found.child(), value, sibling, definitions, sink)
}

/// All children, in the order of the text.
pub(crate) fn all<'t>(
    node: &Node<'t>,
    definitions: &Definitions,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Holder { object: Some(object), type_id } = holder(node, definitions) else {
        return Ok(Flow::More);
    };
    for member in object.members() {
        let name = member.name();
        let plain = name.strip_prefix('_').unwrap_or(name);
        let child = match type_id {
            Some(id) => match definitions.child(id, plain) {
                Some(child) => Some(child),
                None => continue,
            },
            None if plain == "resourceType" => continue,
            None => None,
        };
        let flow = if plain.len() < name.len() {
            // Emitted with its value, where there is one.
            if object.get(plain).is_some() {
                continue;
            }
            emit(child, None, Some(member), definitions, sink)?
        } else {
            let sibling = sibling_of(object, plain, child);
            emit(child, Some(member), sibling, definitions, sink)?
        };
        if flow == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
    Ok(Flow::More)
}

/// `_name` beside `name`, which only primitives have.
fn sibling_of<'t>(object: Value<'t>, plain: &str, child: Option<&Child>) -> Option<Value<'t>> {
    let may_have =
        child.is_none_or(|child| matches!(child.content, definitions::Content::Primitive(_)));
    let is_it = |member: &Value<'_>| member.name().strip_prefix('_') == Some(plain);
    if may_have { object.members().find(is_it) } else { None }
}

/// The object whose members are a node's children, and its type.
struct Holder<'t> {
    object: Option<Value<'t>>,
    type_id: Option<definitions::TypeId>,
}

fn holder<'t>(node: &Node<'t>, definitions: &Definitions) -> Holder<'t> {
    match node.kind() {
        NodeKind::Complex(id) => Holder { object: node.value(), type_id: Some(id) },
        NodeKind::Primitive(_) => {
            let object = node.sibling();
            let type_id = object.and_then(|_| definitions.type_id("Element"));
            Holder { object, type_id }
        }
        NodeKind::Xhtml => Holder { object: None, type_id: None },
        NodeKind::Unknown => {
            let is_object = |value: &Value<'_>| value.kind() == Kind::Object;
            let object = node.value().filter(is_object).or(node.sibling());
            Holder { object, type_id: None }
        }
    }
}

fn emit<'t>(
    child: Option<&Child>,
    value: Option<Value<'t>>,
    sibling: Option<Value<'t>>,
    definitions: &Definitions,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let is_array = |value: Option<Value<'_>>| value.is_some_and(|v| v.kind() == Kind::Array);
    let present = |value: Value<'t>| (value.kind() != Kind::Null).then_some(value);
    if !is_array(value) && !is_array(sibling) {
        let (value, sibling) = (value.and_then(present), sibling.and_then(present));
        if value.is_none() && sibling.is_none() {
            return Ok(Flow::More);
        }
        return sink(Item::Node(Node::child(child, value, sibling, definitions)));
    }
    let mut values = value.into_iter().flat_map(Value::items);
    let mut siblings = sibling.into_iter().flat_map(Value::items);
    loop {
        let (value, sibling) = match (values.next(), siblings.next()) {
            (None, None) => return Ok(Flow::More),
            (value, sibling) => (value.and_then(present), sibling.and_then(present)),
        };
        if value.is_none() && sibling.is_none() {
            continue;
        }
        let item = Item::Node(Node::child(child, value, sibling, definitions));
        if sink(item)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
    }
}
