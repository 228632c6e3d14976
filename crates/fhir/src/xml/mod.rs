//! FHIR XML ↔ [`Tree`](crate::Tree), without loss: digits, dates, ids, extensions on primitives,
//! contained resources and narratives stay; comments and processing instructions do not.
//! Spec: <https://hl7.org/fhir/R4/xml.html>.
//!
//! XML alone does not say what repeats or what is a number, so both directions ask a [`Shape`],
//! which `definitions` implements. Nothing that XML cannot carry or the shape does not know is
//! dropped in silence: it is an [`Issue`](crate::Issue) with its place.
//!
//! To support one more kind of content, add it to [`Content`] and to `read` and `write`.

mod decode;
mod narrative;
mod read;
mod write;

pub use read::{read, read_with};
pub use write::write;

/// The namespace of FHIR elements.
pub const NAMESPACE: &str = "http://hl7.org/fhir";
pub(crate) const XHTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// What reading and writing XML need to know of types.
pub trait Shape {
    /// The type of a resource of this name, where there is such a resource.
    fn resource(&self, name: &str) -> Option<ShapeId>;

    /// What stands under a member name (as in JSON) in an object of a type.
    fn child(&self, of: ShapeId, name: &str) -> Option<ShapeChild>;

    /// The type of a primitive's own members, which stand under `_name` in JSON: `Element`.
    fn element(&self) -> ShapeId;
}

/// A type of object; only its maker knows what the number means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ShapeId(pub u32);

/// What stands under a member name.
#[derive(Clone, Copy, Debug)]
pub struct ShapeChild {
    /// The content.
    pub content: Content,
    /// Whether it repeats, and so is an array in JSON.
    pub is_many: bool,
    /// Whether it is an attribute in XML (`id`, an extension's `url`).
    pub is_attribute: bool,
    /// Its place among the elements of the type.
    pub order: u16,
}

/// What kind of content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A primitive whose value is of this JSON kind: string, number or boolean.
    Primitive(crate::Kind),
    /// An object of a type.
    Object(ShapeId),
    /// A resource, in an element around it.
    Resource,
    /// An XHTML `div`.
    Xhtml,
}

/// Whether XML can carry a character at all (XML 1.0 §2.2), in whatever way it is written.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}
