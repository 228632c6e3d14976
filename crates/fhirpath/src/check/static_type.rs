//! The types that the items of an expression can have, as far as is known without data.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#type-safety-and-strict-evaluation>. A choice element can be of
//! several types; what a reference leads to can be of any.

use definitions::{Content, Definitions, Primitive, TypeId};

use crate::system::SystemType;
use crate::types;

/// One type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of any type.
    Any,
    /// A computed value.
    System(SystemType),
    /// A primitive of FHIR.
    Primitive(Primitive),
    /// A data type, a resource, or the content of an element.
    Complex(TypeId),
    /// A resource of any type.
    Resource,
    /// A narrative's `div`.
    Xhtml,
}

/// The types that items can have; none where there can be no items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticType {
    /// The types.
    pub kinds: Vec<Kind>,
    /// Whether there can be several items.
    pub is_many: bool,
    /// Whether their order means something.
    pub is_ordered: bool,
}

impl StaticType {
    fn of(kinds: Vec<Kind>) -> StaticType {
        StaticType { kinds, is_many: false, is_ordered: true }
    }

    pub(super) fn nothing() -> StaticType {
        StaticType::of(Vec::new())
    }

    pub(super) fn anything() -> StaticType {
        StaticType { is_many: true, ..StaticType::of(vec![Kind::Any]) }
    }

    pub(super) fn system(system: SystemType) -> StaticType {
        StaticType::of(vec![Kind::System(system)])
    }

    /// A type or path of FHIR, else of `System`; anything where there is none of the name.
    pub(super) fn of_name(name: &str, definitions: &Definitions) -> StaticType {
        let kind = if let Some(primitive) = Primitive::from_name(name) {
            Kind::Primitive(primitive)
        } else if matches!(name, "Resource" | "DomainResource") {
            Kind::Resource
        } else if name == "xhtml" {
            Kind::Xhtml
        } else if let Some(id) = definitions.type_id(name) {
            Kind::Complex(id)
        } else {
            SystemType::from_name(name).map_or(Kind::Any, Kind::System)
        };
        StaticType::of(vec![kind])
    }

    pub(super) fn single(self) -> StaticType {
        StaticType { is_many: false, is_ordered: true, ..self }
    }

    pub(super) fn many(self) -> StaticType {
        StaticType { is_many: true, ..self }
    }

    pub(super) fn is_nothing(&self) -> bool {
        self.kinds.is_empty()
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.kinds.contains(&Kind::Any)
    }

    /// Of the types of either.
    pub(super) fn or(mut self, other: StaticType) -> StaticType {
        for kind in other.kinds {
            if !self.kinds.contains(&kind) {
                self.kinds.push(kind);
            }
        }
        self.is_many |= other.is_many;
        self.is_ordered &= other.is_ordered;
        self
    }

    /// Those of the types that are of a type or below it.
    pub(super) fn restricted(&self, name: &str, definitions: &Definitions) -> StaticType {
        let is_kind = |kind: &Kind| match kind {
            Kind::Any | Kind::Resource => true,
            Kind::Complex(id) => types::is_kind_of(definitions.type_path(*id), name, definitions),
            Kind::Primitive(primitive) => types::is_kind_of(primitive.as_str(), name, definitions),
            Kind::System(_) | Kind::Xhtml => false,
        };
        let mut kinds: Vec<Kind> = self.kinds.iter().copied().filter(is_kind).collect();
        // Of what could be any resource, the name says which.
        if kinds.contains(&Kind::Resource) && !matches!(name, "Resource" | "DomainResource") {
            kinds = StaticType::of_name(name, definitions).kinds;
        }
        StaticType { kinds, ..self.clone() }
    }

    /// The types of a member.
    pub(super) fn member(&self, name: &str, definitions: &Definitions) -> StaticType {
        let mut found = StaticType { is_many: self.is_many, ..StaticType::nothing() };
        found.is_ordered = self.is_ordered;
        let mut add = |kind: Kind| {
            if !found.kinds.contains(&kind) {
                found.kinds.push(kind);
            }
        };
        let mut is_many = false;
        for kind in &self.kinds {
            match (kind, name) {
                (Kind::Any | Kind::Resource, _) => {
                    add(Kind::Any);
                    is_many = true;
                }
                (Kind::System(SystemType::Quantity), "value") => {
                    add(Kind::System(SystemType::Decimal));
                }
                (Kind::System(SystemType::Quantity), "unit")
                | (Kind::System(SystemType::TypeInfo), "name" | "namespace" | "baseType") => {
                    add(Kind::System(SystemType::String));
                }
                (Kind::System(SystemType::Any), _) => add(Kind::Any),
                (Kind::Primitive(primitive), "value") => add(Kind::System(system_of(*primitive))),
                (Kind::Primitive(_) | Kind::Xhtml, "id") => add(Kind::Primitive(Primitive::String)),
                (Kind::Primitive(_), "extension") => {
                    if let Some(id) = definitions.type_id("Extension") {
                        add(Kind::Complex(id));
                    }
                    is_many = true;
                }
                (Kind::Complex(id), _) => {
                    for child in definitions.children_named(*id, name) {
                        add(kind_of(child.content));
                        is_many |= child.is_many;
                    }
                }
                (Kind::System(_) | Kind::Primitive(_) | Kind::Xhtml, _) => {}
            }
        }
        found.is_many |= is_many;
        found
    }

    /// All children's types.
    pub(super) fn children(&self, definitions: &Definitions) -> StaticType {
        let mut found = StaticType { kinds: Vec::new(), is_many: true, is_ordered: false };
        for kind in &self.kinds {
            let Kind::Complex(id) = kind else {
                return StaticType { is_ordered: false, ..StaticType::anything() };
            };
            for child in definitions.children(*id) {
                let kind = kind_of(child.content);
                if !found.kinds.contains(&kind) {
                    found.kinds.push(kind);
                }
            }
        }
        found
    }

    /// For a JSON name such as `valueQuantity`: the choice and the type.
    pub(super) fn choice(
        &self,
        name: &str,
        definitions: &Definitions,
    ) -> Option<(&'static str, &'static str)> {
        self.kinds.iter().find_map(|kind| match kind {
            Kind::Complex(id) => {
                let child = definitions.child(*id, name)?;
                Some((child.choice?, child.type_name))
            }
            _ => None,
        })
    }

    /// Whether an item can be, or be converted to, a value of one of some types; so can nothing.
    pub(super) fn may_be(&self, wanted: &[SystemType]) -> bool {
        self.kinds.is_empty()
            || self.kinds.iter().any(|kind| match kind {
                Kind::Any | Kind::System(SystemType::Any) | Kind::Resource => true,
                Kind::System(system) => wanted.contains(system),
                Kind::Primitive(primitive) => wanted.contains(&system_of(*primitive)),
                // Which data types are kinds of Quantity is left to the evaluation.
                Kind::Complex(_) => wanted.contains(&SystemType::Quantity),
                Kind::Xhtml => wanted.contains(&SystemType::String),
            })
    }

    /// The one `System` type that all items have or convert to.
    pub(super) fn only_system(&self) -> Option<SystemType> {
        let mut systems = self.kinds.iter().map(|kind| match kind {
            Kind::System(system) => Some(*system),
            Kind::Primitive(primitive) => Some(system_of(*primitive)),
            _ => None,
        });
        let first = systems.next()??;
        systems.all(|system| system == Some(first)).then_some(first)
    }

    /// The names of the types.
    pub fn names(&self, definitions: &Definitions) -> Vec<&'static str> {
        let name = |kind: &Kind| match kind {
            Kind::Any => "Any",
            Kind::System(system) => system.as_str(),
            Kind::Primitive(primitive) => primitive.as_str(),
            Kind::Complex(id) => definitions.type_path(*id),
            Kind::Resource => "Resource",
            Kind::Xhtml => "xhtml",
        };
        self.kinds.iter().map(name).collect()
    }

    /// The names, for messages.
    pub(super) fn shown(&self, definitions: &Definitions) -> String {
        let names = self.names(definitions);
        match names.len() {
            0 => "nothing".to_owned(),
            1..=3 => names.join(" or "),
            more => format!("{} or {} other types", names[..2].join(", "), more - 2),
        }
    }
}

fn kind_of(content: Content) -> Kind {
    match content {
        Content::Primitive(primitive) => Kind::Primitive(primitive),
        Content::Complex(id) => Kind::Complex(id),
        Content::Resource => Kind::Resource,
        Content::Xhtml => Kind::Xhtml,
    }
}

/// The `System` type that a primitive converts to.
pub(super) fn system_of(primitive: Primitive) -> SystemType {
    match primitive {
        Primitive::Boolean => SystemType::Boolean,
        Primitive::Integer | Primitive::UnsignedInt | Primitive::PositiveInt => SystemType::Integer,
        Primitive::Decimal => SystemType::Decimal,
        Primitive::Date => SystemType::Date,
        Primitive::DateTime | Primitive::Instant => SystemType::DateTime,
        Primitive::Time => SystemType::Time,
        _ => SystemType::String,
    }
}
