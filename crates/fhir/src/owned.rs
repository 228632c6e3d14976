//! A small owned JSON value, for building and changing resources where a [`Tree`] only reads.

use crate::tree::{Kind, Tree, Value};
use crate::write::write_string;

/// An owned value; members keep their order and numbers their digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// `null`
    Null,
    /// A boolean.
    Bool(bool),
    /// The digits of a number.
    Number(Box<str>),
    /// A string.
    String(Box<str>),
    /// An array.
    Array(Vec<Element>),
    /// An object's members in order; names do not repeat.
    Object(Vec<(Box<str>, Element)>),
}

impl Element {
    /// An object without members.
    pub fn object() -> Element {
        Element::Object(Vec::new())
    }

    /// A string.
    pub fn string(text: impl Into<Box<str>>) -> Element {
        Element::String(text.into())
    }

    /// The member of an object.
    pub fn get(&self, name: &str) -> Option<&Element> {
        match self {
            Element::Object(members) => {
                members.iter().find(|(member, _)| &**member == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The member of an object, to change.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Element> {
        match self {
            Element::Object(members) => {
                members.iter_mut().find(|(member, _)| &**member == name).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// Sets a member, in place where it stands already, else at the end. No effect on other kinds.
    pub fn set(&mut self, name: &str, value: Element) {
        if let Some(place) = self.get_mut(name) {
            *place = value;
        } else if let Element::Object(members) = self {
            members.push((name.into(), value));
        }
    }

    /// Takes a member out.
    pub fn remove(&mut self, name: &str) -> Option<Element> {
        match self {
            Element::Object(members) => {
                let at = members.iter().position(|(member, _)| &**member == name)?;
                Some(members.remove(at).1)
            }
            _ => None,
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Element::String(text) => Some(text),
            _ => None,
        }
    }

    /// The items of an array; nothing for other kinds.
    pub fn items(&self) -> &[Element] {
        match self {
            Element::Array(items) => items,
            _ => &[],
        }
    }

    /// Appends the value as JSON without white space.
    pub fn write_compact(&self, out: &mut Vec<u8>) {
        match self {
            Element::Null => out.extend_from_slice(b"null"),
            Element::Bool(true) => out.extend_from_slice(b"true"),
            Element::Bool(false) => out.extend_from_slice(b"false"),
            Element::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Element::String(text) => write_string(text, out),
            Element::Array(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    item.write_compact(out);
                }
                out.push(b']');
            }
            Element::Object(members) => {
                out.push(b'{');
                for (index, (name, value)) in members.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    write_string(name, out);
                    out.push(b':');
                    value.write_compact(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The value as JSON text without white space.
    pub fn to_compact(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write_compact(&mut out);
        out
    }
}

impl From<Value<'_>> for Element {
    fn from(value: Value<'_>) -> Element {
        match value.kind() {
            Kind::Null => Element::Null,
            Kind::Bool => Element::Bool(value.raw() == "true"),
            Kind::Number => Element::Number(value.raw().into()),
            Kind::String => Element::String(value.as_str().unwrap_or("").into()),
            Kind::Array => Element::Array(value.items().map(Element::from).collect()),
            Kind::Object => Element::Object(
                value.members().map(|m| (m.name().into(), Element::from(m))).collect(),
            ),
        }
    }
}

impl From<&Tree> for Element {
    fn from(tree: &Tree) -> Element {
        Element::from(tree.root())
    }
}
