//! What a collection holds: nodes of a resource's tree, and computed values.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#collections>, <https://hl7.org/fhir/R4/fhirpath.html#types>.
//! A node keeps its place in the tree, so that its path and bytes stay known.

use definitions::{Child, Content, Definitions, Primitive, TypeId};
use fhir::{Kind, Value};
use rust_decimal::Decimal;

use crate::quantity::{CalendarUnit, Quantity, Unit};
use crate::system::{System, Text};
use crate::temporal::{Date, DateTime, Time};

/// One item of a collection.
#[derive(Clone, Debug)]
pub enum Item<'t> {
    /// A node of a tree.
    Node(Node<'t>),
    /// A computed value.
    Value(System<'t>),
    /// A resource that is known by its type only: where `resolve()` knows what a reference
    /// points to and has not read it.
    Unread(&'static str),
}

/// An element or a resource.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    /// The value; absent where a primitive has only an id or extensions.
    value: Option<Value<'t>>,
    /// The id and extensions of a primitive, which JSON has under `_name`.
    sibling: Option<Value<'t>>,
    kind: NodeKind,
    type_name: &'static str,
}

/// What the definitions say of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A primitive value.
    Primitive(Primitive),
    /// An object of a known type.
    Complex(TypeId),
    /// A narrative.
    Xhtml,
    /// Something that the definitions do not know.
    Unknown,
}

impl<'t> Node<'t> {
    /// A resource, its type read from `resourceType`.
    pub fn resource(value: Value<'t>, definitions: &Definitions) -> Node<'t> {
        let known = value.text_of("resourceType").and_then(|name| definitions.resource_type(name));
        let id = known.and_then(|known| definitions.type_id(known.as_str()));
        Node {
            value: Some(value),
            sibling: None,
            kind: id.map_or(NodeKind::Unknown, NodeKind::Complex),
            type_name: known.map_or("Resource", fhir::ResourceType::as_str),
        }
    }

    /// An element of a type or path: `("Patient.contact", "BackboneElement")` or `("Quantity", …)`.
    /// `None` where the definitions know neither.
    pub fn element(
        value: Value<'t>,
        type_or_path: &str,
        definitions: &Definitions,
    ) -> Option<Node<'t>> {
        if let Some(primitive) = Primitive::from_name(type_or_path) {
            let kind = NodeKind::Primitive(primitive);
            return Some(Node {
                value: Some(value),
                sibling: None,
                kind,
                type_name: primitive.as_str(),
            });
        }
        let id = definitions.type_id(type_or_path)?;
        let path = definitions.type_path(id);
        let type_name = if path.contains('.') { "BackboneElement" } else { path };
        Some(Node { value: Some(value), sibling: None, kind: NodeKind::Complex(id), type_name })
    }

    /// The value; absent where a primitive has only an id or extensions.
    pub fn value(&self) -> Option<Value<'t>> {
        self.value
    }

    /// What stands under `_name` for a primitive: its id and extensions.
    pub fn sibling(&self) -> Option<Value<'t>> {
        self.sibling
    }

    /// The type: `Patient`, `HumanName`, `code`, `BackboneElement`.
    pub fn type_name(&self) -> &'static str {
        self.type_name
    }

    /// What the definitions say of it.
    pub fn kind(&self) -> NodeKind {
        self.kind
    }

    /// Where it stands, with JSON's names: `Patient.name[0].given[1]`, `Observation.valueQuantity`.
    pub fn path(&self) -> String {
        self.anchor().map_or_else(String::new, Value::expression)
    }

    /// The value, or what stands for it.
    pub(crate) fn anchor(&self) -> Option<Value<'t>> {
        self.value.or(self.sibling)
    }

    /// Whether both are the same place of the same tree.
    pub fn is_same(&self, other: &Node<'_>) -> bool {
        let place = |node: &Node<'_>| {
            node.anchor().map(|value| (std::ptr::from_ref(value.tree()), value.index()))
        };
        place(self).is_some() && place(self) == place(other)
    }

    /// Whether it is a resource and not a part of one.
    pub fn is_resource(&self) -> bool {
        self.value.is_some_and(|value| value.get("resourceType").is_some())
    }

    /// The primitive's value as a `System` value. `None` for what is no primitive, has no value,
    /// or has a value that its type does not allow.
    pub fn primitive(&self) -> Option<System<'t>> {
        let value = self.value?;
        let text = value.as_text()?;
        let NodeKind::Primitive(primitive) = self.kind else {
            return untyped(value.kind(), text);
        };
        match primitive {
            Primitive::Boolean => value.as_bool().map(System::Boolean),
            Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt => {
                text.parse().ok().map(System::Integer)
            }
            Primitive::Decimal => decimal(text).map(System::Decimal),
            Primitive::Date => Date::parse(text).map(System::Date),
            Primitive::DateTime | Primitive::Instant => DateTime::parse(text).map(System::DateTime),
            Primitive::Time => Time::parse(text).map(System::Time),
            _ => Some(System::String(Text::Borrowed(text))),
        }
    }

    /// A FHIR Quantity as a `System` one: without comparator and with a code of UCUM, whose years,
    /// months, days, hours, minutes and seconds are then those of the calendar.
    fn quantity(&self) -> Option<Quantity<'t>> {
        let value = self.value.filter(|_| self.is_quantity())?;
        let is_ucum = value.text_of("system") == Some(ucum::SYSTEM);
        let code = value.get("code").and_then(Value::as_str).filter(|_| is_ucum)?;
        if value.get("comparator").is_some() {
            return None;
        }
        let number = decimal(value.text_of("value")?)?;
        let unit = match CalendarUnit::from_code(code) {
            Some(unit) if !matches!(code, "wk" | "ms") => Unit::Calendar(unit),
            _ => Unit::Ucum(Text::Borrowed(code)),
        };
        Some(Quantity { value: number, unit })
    }

    /// Whether it is one of the kinds of Quantity that R4 has.
    pub(crate) fn is_quantity(&self) -> bool {
        matches!(
            self.type_name,
            "Quantity"
                | "Age"
                | "Count"
                | "Distance"
                | "Duration"
                | "SimpleQuantity"
                | "MoneyQuantity"
        )
    }

    /// The value as a `System` value: a primitive's, or a Quantity's.
    pub fn system(&self) -> Option<System<'t>> {
        match self.kind {
            NodeKind::Complex(_) => self.quantity().map(System::Quantity),
            _ => self.primitive(),
        }
    }

    /// The type whose elements the node has.
    pub(crate) fn type_id(&self) -> Option<TypeId> {
        match self.kind {
            NodeKind::Complex(id) => Some(id),
            _ => None,
        }
    }

    /// A child as the definitions describe it.
    pub(crate) fn child(
        definition: Option<&Child>,
        value: Option<Value<'t>>,
        sibling: Option<Value<'t>>,
        definitions: &Definitions,
    ) -> Node<'t> {
        let Some(definition) = definition else {
            return Node { value, sibling, kind: NodeKind::Unknown, type_name: "Element" };
        };
        let kind = match (definition.content, value) {
            (Content::Resource, Some(value)) => return Node::resource(value, definitions),
            (Content::Resource, None) => NodeKind::Unknown,
            (Content::Primitive(primitive), _) => NodeKind::Primitive(primitive),
            (Content::Complex(id), _) => NodeKind::Complex(id),
            (Content::Xhtml, _) => NodeKind::Xhtml,
        };
        Node { value, sibling, kind, type_name: definition.type_name }
    }
}

/// A decimal of FHIR; digits past the 28th are rounded.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    if text.contains(['e', 'E']) { Decimal::from_scientific(text).ok() } else { text.parse().ok() }
}

fn untyped(kind: Kind, text: &str) -> Option<System<'_>> {
    match kind {
        Kind::Bool => Some(System::Boolean(text == "true")),
        Kind::Number => match text.parse() {
            Ok(integer) => Some(System::Integer(integer)),
            Err(_) => decimal(text).map(System::Decimal),
        },
        Kind::String => Some(System::String(Text::Borrowed(text))),
        _ => None,
    }
}

impl<'t> Item<'t> {
    /// A resource as an item.
    pub fn resource(value: Value<'t>, definitions: &Definitions) -> Item<'t> {
        Item::Node(Node::resource(value, definitions))
    }

    /// A text as an item.
    pub fn string(text: &'t str) -> Item<'t> {
        Item::Value(System::String(Text::Borrowed(text)))
    }

    /// The node, where it is one.
    pub fn as_node(&self) -> Option<&Node<'t>> {
        match self {
            Item::Node(node) => Some(node),
            _ => None,
        }
    }

    /// The value as a `System` value: a computed one, a primitive's or a Quantity's.
    pub fn system(&self) -> Option<System<'t>> {
        match self {
            Item::Node(node) => node.system(),
            Item::Value(value) => Some(value.clone()),
            Item::Unread(_) => None,
        }
    }

    /// The name of its type: `Patient`, `code`; `String` for a computed one.
    pub fn type_name(&self) -> &'static str {
        match self {
            Item::Node(node) => node.type_name(),
            Item::Value(value) => value.system_type().as_str(),
            Item::Unread(name) => name,
        }
    }
}

impl<'t> From<System<'t>> for Item<'t> {
    fn from(value: System<'t>) -> Item<'t> {
        Item::Value(value)
    }
}

impl From<bool> for Item<'_> {
    fn from(value: bool) -> Self {
        Item::Value(System::Boolean(value))
    }
}
