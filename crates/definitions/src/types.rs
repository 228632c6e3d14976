//! The types of FHIR data as one table: what member names an object of a type may have, and what
//! stands under each. Made from the structures that define types (not from profiles).
//!
//! It is what writes are checked against, so a lookup is one hash of the member's name.

use crate::packed::index_by;
use crate::structure::{ElementDefinition, Structure, StructureKind};
use crate::{Map, Primitive};

/// A type of object: a resource, a data type, or the content of an element such as `Patient.contact`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeId(pub(crate) u16);

/// What stands under a member name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A primitive value, with an optional `_name` sibling.
    Primitive(Primitive),
    /// An object of this type.
    Complex(TypeId),
    /// A resource of any type.
    Resource,
    /// A narrative's `div`: a string in JSON, an XHTML element in XML.
    Xhtml,
}

/// A member that an object of a type may have, as it is named in JSON.
#[derive(Debug)]
pub struct Child {
    /// The name in JSON: `valueQuantity`.
    pub name: &'static str,
    /// For one of a choice's types: the name in FHIRPath, `value`.
    pub choice: Option<&'static str>,
    /// The type: `Quantity`, `code`, `BackboneElement`.
    pub type_name: &'static str,
    /// What stands under it.
    pub content: Content,
    /// Whether it is an array in JSON.
    pub is_many: bool,
    /// Its place among the type's elements; all of a choice share one.
    pub order: u16,
    /// The facts of the element.
    pub definition: &'static ElementDefinition,
}

#[derive(Debug)]
struct Type {
    path: &'static str,
    children: Box<[Child]>,
    by_name: Map<&'static str, u32>,
}

/// The table.
#[derive(Debug)]
pub(crate) struct Types {
    all: Vec<Type>,
    by_path: Map<&'static str, TypeId>,
    /// The type of what stands in a `_name` sibling.
    pub(crate) element: Option<TypeId>,
}

impl Types {
    pub(crate) fn find(&self, path: &str) -> Option<TypeId> {
        self.by_path.get(path).copied()
    }

    pub(crate) fn path(&self, id: TypeId) -> &'static str {
        self.all[id.0 as usize].path
    }

    pub(crate) fn children(&self, id: TypeId) -> &[Child] {
        &self.all[id.0 as usize].children
    }

    #[inline]
    pub(crate) fn child(&self, id: TypeId, name: &str) -> Option<&Child> {
        let found = &self.all[id.0 as usize];
        found.by_name.get(name).map(|index| &found.children[*index as usize])
    }

    pub(crate) fn new(structures: &'static [Structure]) -> Types {
        let defining: Vec<&'static Structure> = structures
            .iter()
            .filter(|s| !s.is_profile && s.kind != StructureKind::Logical)
            .filter(|s| s.kind != StructureKind::Primitive)
            .collect();
        let mut owners: Vec<(&'static Structure, &'static str)> = Vec::new();
        for structure in &defining {
            let elements = structure.elements();
            for (index, element) in elements.iter().enumerate() {
                if index == 0 || has_content(elements, index) {
                    owners.push((structure, element.path));
                }
            }
        }
        // A type's number has 16 bits; R4 needs about a thousand.
        owners.truncate(usize::from(u16::MAX));
        let mut by_path = Map::default();
        for (index, (_, path)) in owners.iter().enumerate() {
            by_path.insert(*path, TypeId(index as u16));
        }
        let mut types = Vec::with_capacity(owners.len());
        let mut rest = owners.as_slice();
        while let Some((structure, _)) = rest.first().copied() {
            let count = rest.iter().take_while(|(s, _)| std::ptr::eq(*s, structure)).count();
            children_by_owner(structure, &rest[..count], &by_path, &mut types);
            rest = &rest[count..];
        }
        Types { all: types, element: by_path.get("Element").copied(), by_path }
    }
}

/// Whether the elements after this one stand inside it.
fn has_content(elements: &[ElementDefinition], index: usize) -> bool {
    let path = elements[index].path;
    elements
        .get(index + 1)
        .and_then(|next| next.path.strip_prefix(path))
        .is_some_and(|rest| rest.starts_with('.'))
}

fn children_by_owner(
    structure: &'static Structure,
    owners: &[(&'static Structure, &'static str)],
    by_path: &Map<&'static str, TypeId>,
    types: &mut Vec<Type>,
) {
    let mut children: Map<&'static str, (u16, Vec<Child>)> = Map::default();
    let is_resource = structure.kind == StructureKind::Resource;
    let elements = structure.elements();
    for (index, element) in elements.iter().enumerate().skip(1) {
        let Some((parent, name)) = element.path.rsplit_once('.') else { continue };
        let (order, siblings) = children.entry(parent).or_default();
        let own = has_content(elements, index).then_some(element.path);
        let is_resource_id = is_resource && parent == structure.type_name && name == "id";
        push_children(element, name, own, is_resource_id, *order, by_path, siblings);
        *order += 1;
    }
    for (_, path) in owners {
        let children = children.remove(path).map(|(_, children)| children).unwrap_or_default();
        let children = children.into_boxed_slice();
        let by_name = index_by(&children, |child| child.name);
        types.push(Type { path, children, by_name });
    }
}

fn push_children(
    element: &'static ElementDefinition,
    name: &'static str,
    own: Option<&'static str>,
    is_resource_id: bool,
    order: u16,
    by_path: &Map<&'static str, TypeId>,
    out: &mut Vec<Child>,
) {
    let is_many = element.base_max.is_none_or(|max| max > 1);
    let mut push = |name, choice, type_name, content| {
        out.push(Child { name, choice, type_name, content, is_many, order, definition: element });
    };
    if let Some(path) = own.or(element.content_reference) {
        let type_name = element.types.first().map_or("BackboneElement", |t| t.code);
        if let Some(id) = by_path.get(path) {
            push(name, None, type_name, Content::Complex(*id));
        }
        return;
    }
    let choice = name.strip_suffix("[x]");
    for element_type in &element.types {
        let code = if is_resource_id { "id" } else { element_type.code };
        let Some(content) = content_of(code, by_path) else { continue };
        let name = choice.map_or(name, |choice| choice_name(choice, code));
        push(name, choice, code, content);
    }
}

fn content_of(code: &str, by_path: &Map<&'static str, TypeId>) -> Option<Content> {
    match code {
        "xhtml" => Some(Content::Xhtml),
        "Resource" => Some(Content::Resource),
        _ => match Primitive::from_name(code) {
            Some(primitive) => Some(Content::Primitive(primitive)),
            None => by_path.get(code).map(|id| Content::Complex(*id)),
        },
    }
}

/// `value` + `Quantity` → `valueQuantity`, made once and kept.
fn choice_name(choice: &str, code: &str) -> &'static str {
    let mut name = String::with_capacity(choice.len() + code.len());
    name.push_str(choice);
    let (first, rest) = code.split_at(1.min(code.len()));
    name.push_str(&first.to_ascii_uppercase());
    name.push_str(rest);
    Box::leak(name.into_boxed_str())
}
