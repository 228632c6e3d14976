//! FHIR's types as GraphQL types: which fields a type has, and what stands under them.
//! Spec: <https://hl7.org/fhir/R4/graphql.html#schema>. Nothing is generated ahead: each question is
//! answered from the definitions. To add a field, add a [`FieldKind`] and its row in [`Schema::field`].

use std::borrow::Cow;

use definitions::{Child, Content, Definitions, ParameterKind, SearchParameter, TypeId};
use fhir::ResourceType;

/// A type whose fields can be selected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ObjectType {
    Query,
    Mutation,
    /// A resource, data type or backbone element.
    Fhir(TypeId),
    /// A resource whose type is known when it is there.
    AnyResource,
    /// What cannot be told before execution.
    Unknown,
    Connection(ResourceType),
    Edge(ResourceType),
    Created(ResourceType),
    Updated(ResourceType),
    Deleted(ResourceType),
    Meta(MetaType),
}

/// Types of introspection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetaType {
    Schema,
    Type,
    Field,
    InputValue,
    EnumValue,
    Directive,
}

/// What a field is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FieldKind<'d> {
    TypeName,
    /// `resourceType` of a resource.
    ResourceTypeName,
    Element(&'d Child),
    /// `_name` beside a primitive.
    Sibling(&'d Child),
    /// `resource` in a Reference.
    Referenced,
    Read(ResourceType),
    List(ResourceType),
    Connection(ResourceType),
    /// The same inside a resource, with `_reference`.
    ReverseList(ResourceType),
    ReverseConnection(ResourceType),
    Create(ResourceType),
    Update(ResourceType),
    Delete(ResourceType),
    /// `count`, `next` … of a connection; `mode`, `score` of an edge; `location` of a creation.
    Plain,
    Edges(ResourceType),
    /// The resource of an edge or of what a mutation gives.
    Whole(ResourceType),
    /// The OperationOutcome of a mutation.
    Information,
    IntrospectSchema,
    IntrospectType,
    Meta(&'static str, Option<MetaType>),
}

/// Types of names that no FHIR type has.
pub(crate) const CONNECTION_FIELDS: [(&str, &str); 7] = [
    ("count", "Int"),
    ("offset", "Int"),
    ("pagesize", "Int"),
    ("first", "ID"),
    ("previous", "ID"),
    ("next", "ID"),
    ("last", "ID"),
];

/// Fields of `mode` and `score`, with their types.
pub(crate) const EDGE_FIELDS: [(&str, &str); 2] = [("mode", "code"), ("score", "decimal")];

/// The fields that every resource has.
pub(crate) const RESOURCE_FIELDS: [&str; 5] =
    ["resourceType", "id", "meta", "implicitRules", "language"];

/// Arguments of every search besides the search parameters.
pub(crate) const SEARCH_ARGUMENTS: [(&str, &str); 7] = [
    ("_filter", "String"),
    ("_sort", "String"),
    ("_count", "Int"),
    ("_offset", "Int"),
    ("_text", "String"),
    ("_content", "String"),
    ("fhirpath", "String"),
];

/// The end of a name, after a resource type's, and what it makes of the type.
type Made<T> = (&'static str, fn(ResourceType) -> T);

/// The definitions, asked as a schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema {
    pub(crate) definitions: &'static Definitions,
}

impl Schema {
    /// The field of this name.
    pub(crate) fn field(self, parent: ObjectType, name: &str) -> Option<FieldKind<'static>> {
        if name == "__typename" {
            return Some(FieldKind::TypeName);
        }
        match parent {
            ObjectType::Query => self.query_field(name),
            ObjectType::Mutation => self.mutation_field(name),
            ObjectType::Fhir(id) => self.element(id, name),
            ObjectType::AnyResource => self
                .definitions
                .resource_types()
                .iter()
                .find_map(|each| self.element(self.definitions.type_id(each.as_str())?, name)),
            ObjectType::Connection(of) if name == "edges" => Some(FieldKind::Edges(of)),
            ObjectType::Connection(_) => plain(&CONNECTION_FIELDS, name),
            ObjectType::Edge(of) if name == "resource" => Some(FieldKind::Whole(of)),
            ObjectType::Edge(_) => plain(&EDGE_FIELDS, name),
            ObjectType::Created(_) | ObjectType::Updated(_) | ObjectType::Deleted(_)
                if name == "information" =>
            {
                Some(FieldKind::Information)
            }
            ObjectType::Created(of) | ObjectType::Updated(of) if name == "resource" => {
                Some(FieldKind::Whole(of))
            }
            ObjectType::Created(_) => plain(&[("location", "String")], name),
            ObjectType::Updated(_) | ObjectType::Deleted(_) | ObjectType::Unknown => None,
            ObjectType::Meta(meta) => crate::introspect::field(meta, name),
        }
    }

    fn query_field(self, name: &str) -> Option<FieldKind<'static>> {
        match name {
            "__schema" => return Some(FieldKind::IntrospectSchema),
            "__type" => return Some(FieldKind::IntrospectType),
            _ => {}
        }
        if let Some(of) = self.definitions.resource_type(name) {
            return Some(FieldKind::Read(of));
        }
        self.search_of(name).map(|(of, is_list)| {
            if is_list { FieldKind::List(of) } else { FieldKind::Connection(of) }
        })
    }

    /// `PatientList` or `PatientConnection`. The resource type List ends so too, so the whole name
    /// is asked for first.
    pub(crate) fn search_of(self, name: &str) -> Option<(ResourceType, bool)> {
        [("List", true), ("Connection", false)].into_iter().find_map(|(suffix, is_list)| {
            let of = self.definitions.resource_type(name.strip_suffix(suffix)?)?;
            Some((of, is_list))
        })
    }

    fn mutation_field(self, name: &str) -> Option<FieldKind<'static>> {
        let kinds: [Made<FieldKind<'static>>; 3] = [
            ("Create", FieldKind::Create),
            ("Update", FieldKind::Update),
            ("Delete", FieldKind::Delete),
        ];
        kinds.into_iter().find_map(|(suffix, kind)| {
            Some(kind(self.definitions.resource_type(name.strip_suffix(suffix)?)?))
        })
    }

    fn element(self, id: TypeId, name: &str) -> Option<FieldKind<'static>> {
        if let Some(child) = self.definitions.child(id, name) {
            return Some(FieldKind::Element(child));
        }
        if let Some(primitive) = name.strip_prefix('_') {
            let child = self.definitions.child(id, primitive)?;
            return matches!(child.content, Content::Primitive(_))
                .then_some(FieldKind::Sibling(child));
        }
        let path = self.definitions.type_path(id);
        if path == "Reference" && name == "resource" {
            return Some(FieldKind::Referenced);
        }
        if !self.is_resource(id) {
            return None;
        }
        if name == "resourceType" {
            return Some(FieldKind::ResourceTypeName);
        }
        self.search_of(name).map(|(of, is_list)| {
            if is_list { FieldKind::ReverseList(of) } else { FieldKind::ReverseConnection(of) }
        })
    }

    pub(crate) fn is_resource(self, id: TypeId) -> bool {
        self.definitions.resource_type(self.definitions.type_path(id)).is_some()
    }

    /// What stands under a field; `None` for leaves.
    pub(crate) fn under(self, kind: FieldKind<'_>) -> Option<ObjectType> {
        Some(match kind {
            FieldKind::Element(child) => match child.content {
                Content::Complex(id) => ObjectType::Fhir(id),
                Content::Resource => ObjectType::AnyResource,
                Content::Primitive(_) | Content::Xhtml => return None,
            },
            FieldKind::Sibling(_) => ObjectType::Fhir(self.definitions.type_id("Element")?),
            FieldKind::Referenced => ObjectType::AnyResource,
            FieldKind::Read(of)
            | FieldKind::List(of)
            | FieldKind::ReverseList(of)
            | FieldKind::Whole(of) => self.resource(of)?,
            FieldKind::Connection(of) | FieldKind::ReverseConnection(of) => {
                ObjectType::Connection(of)
            }
            FieldKind::Edges(of) => ObjectType::Edge(of),
            FieldKind::Create(of) => ObjectType::Created(of),
            FieldKind::Update(of) => ObjectType::Updated(of),
            FieldKind::Delete(of) => ObjectType::Deleted(of),
            FieldKind::Information => {
                self.resource(self.definitions.resource_type("OperationOutcome")?)?
            }
            FieldKind::IntrospectSchema => ObjectType::Meta(MetaType::Schema),
            FieldKind::IntrospectType => ObjectType::Meta(MetaType::Type),
            FieldKind::Meta(_, meta) => ObjectType::Meta(meta?),
            FieldKind::TypeName | FieldKind::ResourceTypeName | FieldKind::Plain => return None,
        })
    }

    pub(crate) fn resource(self, of: ResourceType) -> Option<ObjectType> {
        self.definitions.type_id(of.as_str()).map(ObjectType::Fhir)
    }

    /// The name of a type: `Patient`, `PatientContact`, `PatientConnection`.
    pub(crate) fn name(self, of: ObjectType) -> Cow<'static, str> {
        match of {
            ObjectType::Query => "Query".into(),
            ObjectType::Mutation => "Mutation".into(),
            ObjectType::Fhir(id) => type_name(self.definitions.type_path(id)),
            ObjectType::AnyResource | ObjectType::Unknown => "Resource".into(),
            ObjectType::Connection(of) => format!("{of}Connection").into(),
            ObjectType::Edge(of) => format!("{of}Edge").into(),
            ObjectType::Created(of) => format!("{of}Creation").into(),
            ObjectType::Updated(of) => format!("{of}Update").into(),
            ObjectType::Deleted(of) => format!("{of}Deletion").into(),
            ObjectType::Meta(meta) => crate::introspect::meta_name(meta).into(),
        }
    }

    /// The type of a name.
    pub(crate) fn find(self, name: &str) -> Option<ObjectType> {
        match name {
            "Query" => return Some(ObjectType::Query),
            "Mutation" => return Some(ObjectType::Mutation),
            "Resource" => return Some(ObjectType::AnyResource),
            "ElementBase" => return self.definitions.type_id("Element").map(ObjectType::Fhir),
            _ => {}
        }
        if let Some(meta) = crate::introspect::meta_type(name) {
            return Some(ObjectType::Meta(meta));
        }
        let kinds: [Made<ObjectType>; 5] = [
            ("Connection", ObjectType::Connection),
            ("Edge", ObjectType::Edge),
            ("Creation", ObjectType::Created),
            ("Update", ObjectType::Updated),
            ("Deletion", ObjectType::Deleted),
        ];
        let made = kinds.into_iter().find_map(|(suffix, kind)| {
            Some(kind(self.definitions.resource_type(name.strip_suffix(suffix)?)?))
        });
        made.or_else(|| self.find_fhir(name).map(ObjectType::Fhir))
    }

    /// `PatientContact` → the type at `Patient.contact`; the longest type name comes first.
    fn find_fhir(self, name: &str) -> Option<TypeId> {
        (1..=name.len()).rev().filter(|end| name.is_char_boundary(*end)).find_map(|end| {
            let id =
                self.definitions.type_id(&name[..end]).filter(|_| !name[..end].contains('.'))?;
            self.descend(id, &name[end..])
        })
    }

    fn descend(self, id: TypeId, rest: &str) -> Option<TypeId> {
        if rest.is_empty() {
            return Some(id);
        }
        let own = format!("{}.", self.definitions.type_path(id));
        self.definitions.children(id).iter().find_map(|child| {
            let Content::Complex(under) = child.content else { return None };
            let inside = self.definitions.type_path(under).strip_prefix(&own)?;
            self.descend(under, rest.strip_prefix(&*capitalised(inside))?)
        })
    }

    /// The search parameter of an argument: `_` stands for `-`, which GraphQL's names cannot have.
    pub(crate) fn parameter(
        self,
        of: ResourceType,
        argument: &str,
    ) -> Option<&'static SearchParameter> {
        if let Some(parameter) = self.definitions.search_parameter(of, argument) {
            return Some(parameter);
        }
        self.definitions.search_parameters(of).find(|p| argument_name(p.code) == argument)
    }

    /// The reference parameter of a type that an argument `_reference` names.
    pub(crate) fn reference(
        self,
        of: ResourceType,
        name: &str,
    ) -> Option<&'static SearchParameter> {
        let parameter = self.parameter(of, name)?;
        (parameter.kind == ParameterKind::Reference).then_some(parameter)
    }
}

/// `value-quantity` as an argument.
pub(crate) fn argument_name(code: &str) -> Cow<'_, str> {
    if code.contains('-') { code.replace('-', "_").into() } else { code.into() }
}

/// `Patient.contact` → `PatientContact`; the content of `_name` is `ElementBase`.
pub(crate) fn type_name(path: &'static str) -> Cow<'static, str> {
    match path {
        "Element" => "ElementBase".into(),
        _ if path.contains('.') => {
            path.split('.').map(|part| capitalised(part).into_owned()).collect::<String>().into()
        }
        _ => path.into(),
    }
}

fn capitalised(text: &str) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(first) if first.is_ascii_lowercase() => {
            format!("{}{}", char::from(first.to_ascii_uppercase()), &text[1..]).into()
        }
        _ => text.into(),
    }
}

fn plain(fields: &[(&'static str, &str)], name: &str) -> Option<FieldKind<'static>> {
    fields.iter().any(|(known, _)| *known == name).then_some(FieldKind::Plain)
}
