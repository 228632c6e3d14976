//! The shapes of resources and data types as JSON Schema, from the definitions.
//! Spec: <https://hl7.org/fhir/R4/json.html>, <https://json-schema.org/draft/2020-12>.
//!
//! To say more of a primitive, add its pattern to [`pattern`].

use std::collections::BTreeMap;

use definitions::{Child, Content, Definitions, Primitive};
use fhir::Element;

use super::openapi::{list, object, text};

/// The names of schemas that every document has.
pub(super) const RESOURCE: &str = "Resource";

/// How far down a document describes what it names.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Depth {
    /// To the last primitive.
    Whole,
    /// The elements of the type's own; a data type within is "an object". What generates requests
    /// from a document follows every reference, and Extension alone leads to fifty types that lead
    /// back to it.
    Own,
}

/// Gathers the schemas of types and of all that they are made of.
pub(super) struct Schemas {
    definitions: &'static Definitions,
    done: BTreeMap<&'static str, Element>,
}

impl Schemas {
    pub(super) fn new(definitions: &'static Definitions) -> Schemas {
        let mut schemas = Schemas { definitions, done: BTreeMap::new() };
        schemas.done.insert(RESOURCE, schemas.any_resource());
        schemas
    }

    /// All of them, by name.
    pub(super) fn finish(self) -> Element {
        Element::Object(self.done.into_iter().map(|(name, schema)| (name.into(), schema)).collect())
    }

    /// Adds a type or the content of an element; what it is made of follows, as deep as is said. The
    /// first depth that is asked of a type stands.
    pub(super) fn add(&mut self, path: &'static str, depth: Depth) {
        let Some(id) = self.definitions.type_id(path) else { return };
        if self.done.contains_key(path) {
            return;
        }
        // Held before its parts are, because types contain themselves (Extension).
        self.done.insert(path, Element::object());
        let children = self.definitions.children(id);
        let is_resource = self.definitions.resource_type(path).is_some();
        let mut members = Vec::new();
        let mut required = Vec::new();
        if is_resource {
            members.push(("resourceType", object(vec![("const", text(path))])));
            required.push(text("resourceType"));
        }
        for child in children {
            let schema = self.of_child(child, depth);
            members.push((child.name, schema));
            if child.choice.is_none() && child.definition.min > 0 {
                required.push(text(child.name));
            }
        }
        let mut properties: Vec<(Box<str>, Element)> =
            members.into_iter().map(|(name, schema)| (name.into(), schema)).collect();
        for child in children.iter().filter(|child| matches!(child.content, Content::Primitive(_)))
        {
            properties.push((format!("_{}", child.name).into(), sibling(child, depth)));
        }
        if depth == Depth::Whole && !self.done.contains_key("Element") {
            self.add("Element", depth);
        }
        let mut schema = vec![
            ("type", text("object")),
            ("properties", Element::Object(properties)),
            ("additionalProperties", Element::Bool(false)),
        ];
        // A primitive may be absent where its sibling says why, so only objects are surely required.
        required.retain(|name| {
            let name = name.as_str().unwrap_or_default();
            name == "resourceType"
                || children.iter().any(|child| {
                    child.name == name && !matches!(child.content, Content::Primitive(_))
                })
        });
        if !required.is_empty() {
            schema.push(("required", list(required)));
        }
        self.done.insert(path, object(schema));
    }

    /// Adds a schema that no definition gives.
    pub(super) fn put(&mut self, name: &'static str, schema: Element) {
        self.done.insert(name, schema);
    }

    fn of_child(&mut self, child: &'static Child, depth: Depth) -> Element {
        let one = match child.content {
            Content::Primitive(primitive) => primitive_schema(primitive),
            Content::Complex(id) => {
                let path = self.definitions.type_path(id);
                // The content of an element has the element's path for its name.
                if depth == Depth::Own && !path.contains('.') {
                    any_object()
                } else {
                    self.add(path, depth);
                    reference(path)
                }
            }
            Content::Resource => reference(RESOURCE),
            Content::Xhtml => object(vec![("type", text("string"))]),
        };
        if child.is_many {
            let items = match child.content {
                // A gap in a list of primitives, which its sibling fills.
                Content::Primitive(_) => {
                    object(vec![("anyOf", list(vec![one, object(vec![("type", text("null"))])]))])
                }
                _ => one,
            };
            object(vec![("type", text("array")), ("minItems", number(1)), ("items", items)])
        } else {
            one
        }
    }

    fn any_resource(&self) -> Element {
        let types = self.definitions.resource_types().iter().map(|t| text(t.as_str())).collect();
        object(vec![
            ("type", text("object")),
            (
                "properties",
                object(vec![
                    ("resourceType", object(vec![("type", text("string")), ("enum", list(types))])),
                    ("id", primitive_schema(Primitive::Id)),
                ]),
            ),
            ("required", list(vec![text("resourceType")])),
        ])
    }
}

/// What stands in the `_name` of a primitive.
fn sibling(child: &Child, depth: Depth) -> Element {
    let element = match depth {
        Depth::Whole => reference("Element"),
        Depth::Own => any_object(),
    };
    if !child.is_many {
        return element;
    }
    let items = object(vec![("anyOf", list(vec![element, object(vec![("type", text("null"))])]))]);
    object(vec![("type", text("array")), ("minItems", number(1)), ("items", items)])
}

fn any_object() -> Element {
    object(vec![("type", text("object"))])
}

/// A reference to the schema of this name.
pub(super) fn reference(name: &str) -> Element {
    object(vec![("$ref", Element::string(format!("#/components/schemas/{name}")))])
}

pub(super) fn number(value: u64) -> Element {
    Element::Number(value.to_string().into())
}

fn primitive_schema(primitive: Primitive) -> Element {
    let kind = match primitive {
        Primitive::Boolean => "boolean",
        Primitive::Decimal => "number",
        Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt => "integer",
        _ => "string",
    };
    let mut schema = vec![("type", text(kind))];
    match primitive {
        Primitive::Integer => {
            schema.push(("minimum", Element::Number(i32::MIN.to_string().into())));
        }
        Primitive::UnsignedInt => schema.push(("minimum", number(0))),
        Primitive::PositiveInt => schema.push(("minimum", number(1))),
        _ => {}
    }
    if kind == "integer" {
        schema.push(("maximum", number(i32::MAX as u64)));
    }
    if let Some(pattern) = pattern(primitive) {
        schema.push(("pattern", text(pattern)));
    }
    object(schema)
}

/// A pattern that every value has; not all that has it is a value (30 February).
fn pattern(primitive: Primitive) -> Option<&'static str> {
    Some(match primitive {
        Primitive::Id => r"^[A-Za-z0-9\-\.]{1,64}$",
        Primitive::Code => r"^\S+( \S+)*$",
        Primitive::Date => r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$",
        Primitive::DateTime => {
            r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d))?)?)?$"
        }
        Primitive::Instant => {
            r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$"
        }
        Primitive::Time => r"^([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?$",
        Primitive::Oid => r"^urn:oid:[0-2](\.(0|[1-9]\d*))+$",
        Primitive::Uuid => r"^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        Primitive::Uri | Primitive::Url | Primitive::Canonical => r"^\S+$",
        Primitive::Base64Binary => r"^[A-Za-z0-9+/=\s]+$",
        Primitive::String | Primitive::Markdown => r"\S",
        Primitive::Boolean
        | Primitive::Integer
        | Primitive::UnsignedInt
        | Primitive::PositiveInt
        | Primitive::Decimal => return None,
    })
}
