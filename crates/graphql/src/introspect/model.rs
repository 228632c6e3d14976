//! What the schema holds, for introspection: types, their fields, arguments, directives.

use std::collections::BTreeSet;

use definitions::{Child, Content, Primitive, TypeId};
use fhir::ResourceType;

use crate::schema::{
    CONNECTION_FIELDS, EDGE_FIELDS, MetaType, ObjectType, RESOURCE_FIELDS, SEARCH_ARGUMENTS,
    Schema, argument_name, type_name,
};

/// Something that introspection answers about.
pub(crate) enum Meta {
    Schema,
    Type(Type),
    Field { name: String, arguments: Vec<Argument>, of: Type },
    Argument(Argument),
    Directive(&'static str),
}

/// An argument or a member of an input.
#[derive(Clone)]
pub(crate) struct Argument {
    name: String,
    of: Type,
}

/// A type, wrapped or not.
#[derive(Clone)]
pub(crate) enum Type {
    Object(ObjectType),
    /// An element as part of a mutation's resource.
    Input(TypeId),
    Scalar(&'static str),
    /// Where a directive may stand, and the like: enumerations of introspection itself.
    Enum(&'static str),
    List(Box<Type>),
    NonNull(Box<Type>),
}

pub(crate) enum MetaValue {
    Null,
    No,
    Text(String),
    Texts(&'static [&'static str]),
    One(Box<Meta>),
    Many(Vec<Meta>),
}

/// Scalars that are no FHIR primitives of the same name.
const SCALARS: [&str; 5] = ["Boolean", "Int", "String", "ID", "ResourceInput"];

/// FHIR's primitives that GraphQL has a scalar for.
const BUILT_IN: [(Primitive, &str); 4] = [
    (Primitive::Boolean, "Boolean"),
    (Primitive::Integer, "Int"),
    (Primitive::String, "String"),
    (Primitive::Id, "ID"),
];

/// FHIR's primitives that keep their names, and the kinds of search parameters.
const FHIR_SCALARS: [&str; 22] = [
    "base64Binary",
    "canonical",
    "code",
    "composite",
    "date",
    "dateTime",
    "decimal",
    "instant",
    "markdown",
    "number",
    "oid",
    "positiveInt",
    "quantity",
    "reference",
    "special",
    "time",
    "token",
    "unsignedInt",
    "uri",
    "url",
    "uuid",
    "xhtml",
];

const TYPE_KINDS: &[&str] =
    &["SCALAR", "OBJECT", "INTERFACE", "UNION", "ENUM", "INPUT_OBJECT", "LIST", "NON_NULL"];
const ON_FIELDS: &[&str] = &["FIELD"];
const ON_SELECTIONS: &[&str] = &["FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT"];
const DIRECTIVES: [&str; 6] = ["include", "skip", "flatten", "singleton", "first", "slice"];

impl Meta {
    pub(crate) fn meta_type(&self) -> MetaType {
        match self {
            Meta::Schema => MetaType::Schema,
            Meta::Type(_) => MetaType::Type,
            Meta::Field { .. } => MetaType::Field,
            Meta::Argument(_) => MetaType::InputValue,
            Meta::Directive(_) => MetaType::Directive,
        }
    }
}

/// The type of a name.
pub(crate) fn named(schema: Schema, name: &str) -> Option<Meta> {
    let scalars = SCALARS.iter().chain(&FHIR_SCALARS).find(|known| **known == name);
    if let Some(scalar) = scalars {
        return Some(Meta::Type(Type::Scalar(scalar)));
    }
    if let Some(known) =
        ["__TypeKind", "__DirectiveLocation"].into_iter().find(|known| *known == name)
    {
        return Some(Meta::Type(Type::Enum(known)));
    }
    if let Some(found) = schema.find(name) {
        return Some(Meta::Type(Type::Object(found)));
    }
    let of = name.strip_suffix("InputObject").or_else(|| name.strip_suffix("Input"))?;
    match schema.find(of)? {
        ObjectType::Fhir(id) if input_name(schema, id) == name => Some(Meta::Type(Type::Input(id))),
        _ => None,
    }
}

/// `PatientInput`; where an element has that name already, as `Task.input` has, `TaskInputObject`.
fn input_name(schema: Schema, id: TypeId) -> String {
    let name = format!("{}Input", type_name(schema.definitions.type_path(id)));
    if schema.find(&name).is_some() { format!("{name}Object") } else { name }
}

/// A field of something.
pub(crate) fn value(schema: Schema, meta: &Meta, field: &str) -> MetaValue {
    match (meta, field) {
        (Meta::Schema, _) => schema_value(schema, field),
        (Meta::Type(of), _) => type_value(schema, of, field),
        (Meta::Field { name, .. } | Meta::Argument(Argument { name, .. }), "name") => {
            MetaValue::Text(name.clone())
        }
        (Meta::Field { arguments, .. }, "args") => {
            MetaValue::Many(arguments.iter().cloned().map(Meta::Argument).collect())
        }
        (Meta::Field { of, .. } | Meta::Argument(Argument { of, .. }), "type") => {
            MetaValue::One(Box::new(Meta::Type(of.clone())))
        }
        (Meta::Directive(name), "name") => MetaValue::Text((*name).to_owned()),
        (Meta::Directive(name), "locations") => MetaValue::Texts(match *name {
            "include" | "skip" => ON_SELECTIONS,
            _ => ON_FIELDS,
        }),
        (Meta::Directive(name), "args") => MetaValue::Many(match *name {
            "include" | "skip" => vec![Meta::Argument(required("if", Type::Scalar("Boolean")))],
            "slice" => vec![Meta::Argument(required("fhirpath", Type::Scalar("String")))],
            _ => Vec::new(),
        }),
        (_, "isDeprecated" | "isRepeatable") => MetaValue::No,
        _ => MetaValue::Null,
    }
}

fn schema_value(schema: Schema, field: &str) -> MetaValue {
    let object = |of| MetaValue::One(Box::new(Meta::Type(Type::Object(of))));
    match field {
        "queryType" => object(ObjectType::Query),
        "mutationType" => object(ObjectType::Mutation),
        "directives" => MetaValue::Many(DIRECTIVES.into_iter().map(Meta::Directive).collect()),
        "types" => MetaValue::Many(types(schema).into_iter().map(Meta::Type).collect()),
        _ => MetaValue::Null,
    }
}

/// All types.
fn types(schema: Schema) -> Vec<Type> {
    let resources = schema.definitions.resource_types();
    let mut reached = BTreeSet::new();
    for each in resources {
        reach(schema, schema.definitions.type_id(each.as_str()), &mut reached);
    }
    reach(schema, schema.definitions.type_id("Element"), &mut reached);
    let scalars = SCALARS.iter().chain(&FHIR_SCALARS).map(|name| Type::Scalar(name));
    let meta = [
        MetaType::Schema,
        MetaType::Type,
        MetaType::Field,
        MetaType::InputValue,
        MetaType::EnumValue,
        MetaType::Directive,
    ];
    let fixed = [ObjectType::Query, ObjectType::Mutation, ObjectType::AnyResource];
    let made = resources.iter().flat_map(|of| {
        [
            ObjectType::Connection(*of),
            ObjectType::Edge(*of),
            ObjectType::Created(*of),
            ObjectType::Updated(*of),
            ObjectType::Deleted(*of),
        ]
    });
    let fhir = reached.iter().copied().map(ObjectType::Fhir);
    let meta = meta.into_iter().map(ObjectType::Meta);
    let objects = fixed.into_iter().chain(fhir).chain(made).chain(meta).map(Type::Object);
    let enums = ["__TypeKind", "__DirectiveLocation"].into_iter().map(Type::Enum);
    let inputs = reached.iter().copied().map(Type::Input);
    scalars.chain(objects).chain(inputs).chain(enums).collect()
}

fn reach(schema: Schema, id: Option<TypeId>, reached: &mut BTreeSet<TypeId>) {
    let mut waiting: Vec<TypeId> = id.into_iter().collect();
    while let Some(id) = waiting.pop() {
        if reached.insert(id) {
            waiting.extend(schema.definitions.children(id).iter().filter_map(|child| {
                match child.content {
                    Content::Complex(under) => Some(under),
                    _ => None,
                }
            }));
        }
    }
}

fn type_value(schema: Schema, of: &Type, field: &str) -> MetaValue {
    let objects = |all: Vec<ObjectType>| {
        MetaValue::Many(all.into_iter().map(|each| Meta::Type(Type::Object(each))).collect())
    };
    match (field, of) {
        ("kind", _) => MetaValue::Text(kind(of).to_owned()),
        ("name", Type::Object(of)) => MetaValue::Text(schema.name(*of).into_owned()),
        ("name", Type::Input(id)) => MetaValue::Text(input_name(schema, *id)),
        ("name", Type::Scalar(name) | Type::Enum(name)) => MetaValue::Text((*name).to_owned()),
        ("ofType", Type::List(inner) | Type::NonNull(inner)) => {
            MetaValue::One(Box::new(Meta::Type((**inner).clone())))
        }
        ("fields", Type::Object(of)) => MetaValue::Many(fields(schema, *of)),
        ("interfaces", Type::Object(ObjectType::Fhir(id))) if schema.is_resource(*id) => {
            objects(vec![ObjectType::AnyResource])
        }
        ("interfaces", Type::Object(_)) => objects(Vec::new()),
        ("possibleTypes", Type::Object(ObjectType::AnyResource)) => {
            let all = schema.definitions.resource_types().iter();
            objects(all.filter_map(|of| schema.resource(*of)).collect())
        }
        ("inputFields", Type::Input(id)) => {
            let children = schema.definitions.children(*id).iter();
            MetaValue::Many(children.map(|c| Meta::Argument(input_field(schema, c))).collect())
        }
        ("enumValues", Type::Enum(name)) => {
            let values = if *name == "__TypeKind" { TYPE_KINDS } else { ON_SELECTIONS };
            MetaValue::Many(values.iter().map(|name| field_of(name, Type::Enum(name))).collect())
        }
        ("isOneOf", _) => MetaValue::No,
        _ => MetaValue::Null,
    }
}

fn kind(of: &Type) -> &'static str {
    match of {
        Type::Object(ObjectType::AnyResource) => "INTERFACE",
        Type::Object(_) => "OBJECT",
        Type::Input(_) => "INPUT_OBJECT",
        Type::Scalar(_) => "SCALAR",
        Type::Enum(_) => "ENUM",
        Type::List(_) => "LIST",
        Type::NonNull(_) => "NON_NULL",
    }
}

/// The fields of a type. Reverse lists and connections of resources are left out: any of a hundred
/// types in any other, each with all its parameters, is more than a client can take.
fn fields(schema: Schema, of: ObjectType) -> Vec<Meta> {
    match of {
        ObjectType::Query => schema
            .definitions
            .resource_types()
            .iter()
            .flat_map(|of| query_fields(schema, *of))
            .collect(),
        ObjectType::Mutation => {
            let all = schema.definitions.resource_types().iter();
            all.flat_map(|of| mutation_fields(schema, *of)).collect()
        }
        ObjectType::Fhir(id) => element_fields(schema, id),
        ObjectType::AnyResource => RESOURCE_FIELDS
            .iter()
            .filter_map(|name| match *name {
                "resourceType" => Some(field_of(name, Type::Scalar("code"))),
                name => {
                    let child = schema.definitions.element("Resource", name)?;
                    Some(field_of(name, element_type(child)))
                }
            })
            .collect(),
        ObjectType::Connection(of) => {
            let edges = Type::List(Box::new(Type::Object(ObjectType::Edge(of))));
            plain_fields(&CONNECTION_FIELDS).chain([field_of("edges", edges)]).collect()
        }
        ObjectType::Edge(of) => plain_fields(&EDGE_FIELDS).chain(whole(schema, of)).collect(),
        ObjectType::Created(of) => plain_fields(&[("location", "String")])
            .chain(whole(schema, of))
            .chain(information(schema))
            .collect(),
        ObjectType::Updated(of) => {
            whole(schema, of).into_iter().chain(information(schema)).collect()
        }
        ObjectType::Deleted(_) => information(schema).into_iter().collect(),
        ObjectType::Meta(meta) => meta_fields(meta),
        ObjectType::Unknown => Vec::new(),
    }
}

fn meta_fields(of: MetaType) -> Vec<Meta> {
    let all = super::FIELDS.iter().filter(|(meta, ..)| *meta == of);
    all.map(|(_, name, under)| match under {
        Some(under) => {
            let under = Type::Object(ObjectType::Meta(*under));
            let single = matches!(
                *name,
                "type" | "ofType" | "queryType" | "mutationType" | "subscriptionType"
            );
            field_of(name, if single { under } else { Type::List(Box::new(under)) })
        }
        None if *name == "kind" => field_of(name, Type::Enum("__TypeKind")),
        None if *name == "locations" => {
            field_of(name, Type::List(Box::new(Type::Enum("__DirectiveLocation"))))
        }
        None if name.starts_with("is") => field_of(name, Type::Scalar("Boolean")),
        None => field_of(name, Type::Scalar("String")),
    })
    .collect()
}

fn query_fields(schema: Schema, of: ResourceType) -> Vec<Meta> {
    let Some(object) = schema.resource(of) else { return Vec::new() };
    let mut arguments: Vec<Argument> = SEARCH_ARGUMENTS
        .iter()
        .map(|(name, scalar)| optional(name, Type::Scalar(scalar)))
        .collect();
    for parameter in schema.definitions.search_parameters(of) {
        let name = argument_name(parameter.code);
        if arguments.iter().all(|known| known.name != name) {
            let scalar = match parameter.kind.as_str() {
                "string" => "String",
                other => other,
            };
            let scalar = FHIR_SCALARS.iter().find(|known| **known == scalar).unwrap_or(&"String");
            arguments.push(optional(&name, Type::List(Box::new(Type::Scalar(scalar)))));
        }
    }
    let mut of_connection = arguments.clone();
    of_connection.push(optional("_cursor", Type::Scalar("String")));
    let id = vec![required("id", Type::Scalar("ID"))];
    let list = Type::List(Box::new(Type::Object(object)));
    let connection = Type::Object(ObjectType::Connection(of));
    vec![
        Meta::Field { name: of.to_string(), arguments: id, of: Type::Object(object) },
        Meta::Field { name: format!("{of}List"), arguments, of: list },
        Meta::Field { name: format!("{of}Connection"), arguments: of_connection, of: connection },
    ]
}

fn mutation_fields(schema: Schema, of: ResourceType) -> Vec<Meta> {
    let Some(id) = schema.definitions.type_id(of.as_str()) else { return Vec::new() };
    let with_id = || required("id", Type::Scalar("ID"));
    let with_resource = || required("res", Type::Input(id));
    let field = |name: &str, arguments, object| Meta::Field {
        name: format!("{of}{name}"),
        arguments,
        of: Type::Object(object),
    };
    vec![
        field("Create", vec![with_resource()], ObjectType::Created(of)),
        field("Update", vec![with_id(), with_resource()], ObjectType::Updated(of)),
        field("Delete", vec![with_id()], ObjectType::Deleted(of)),
    ]
}

fn element_fields(schema: Schema, id: TypeId) -> Vec<Meta> {
    let definitions = schema.definitions;
    let mut fields = Vec::new();
    if schema.is_resource(id) {
        fields.push(field_of("resourceType", Type::Scalar("code")));
    }
    for child in definitions.children(id) {
        let mut arguments = Vec::new();
        if child.is_many {
            arguments.push(optional("fhirpath", Type::Scalar("String")));
            arguments.push(optional("_offset", Type::Scalar("Int")));
            arguments.push(optional("_count", Type::Scalar("Int")));
            if let Content::Complex(under) = child.content {
                let primitives = definitions.children(under).iter();
                arguments.extend(primitives.filter_map(|each| match each.content {
                    Content::Primitive(primitive) => Some(optional(each.name, scalar(primitive))),
                    _ => None,
                }));
            }
        }
        fields.push(Meta::Field {
            name: child.name.to_owned(),
            arguments,
            of: element_type(child),
        });
        if let (Content::Primitive(_), Some(element)) =
            (child.content, definitions.type_id("Element"))
        {
            let of = many(child, Type::Object(ObjectType::Fhir(element)));
            fields.push(field_of(&format!("_{}", child.name), of));
        }
    }
    if definitions.type_path(id) == "Reference" {
        let arguments = vec![
            optional("optional", Type::Scalar("Boolean")),
            optional("type", Type::List(Box::new(Type::Scalar("code")))),
        ];
        let of = Type::Object(ObjectType::AnyResource);
        fields.push(Meta::Field { name: "resource".to_owned(), arguments, of });
    }
    fields
}

fn element_type(child: &Child) -> Type {
    let of = match child.content {
        Content::Primitive(primitive) => scalar(primitive),
        Content::Xhtml => Type::Scalar("xhtml"),
        Content::Complex(under) => Type::Object(ObjectType::Fhir(under)),
        Content::Resource => Type::Object(ObjectType::AnyResource),
    };
    many(child, of)
}

fn input_field(schema: Schema, child: &Child) -> Argument {
    let of = match child.content {
        Content::Primitive(primitive) => scalar(primitive),
        Content::Xhtml => Type::Scalar("xhtml"),
        Content::Complex(under) if schema.is_resource(under) => Type::Scalar("ResourceInput"),
        Content::Complex(under) => Type::Input(under),
        Content::Resource => Type::Scalar("ResourceInput"),
    };
    optional(child.name, many(child, of))
}

fn many(child: &Child, of: Type) -> Type {
    if child.is_many { Type::List(Box::new(of)) } else { of }
}

fn scalar(primitive: Primitive) -> Type {
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == primitive);
    Type::Scalar(built_in.map_or(primitive.as_str(), |(_, name)| name))
}

fn plain_fields<'f>(
    fields: &'f [(&'static str, &'static str)],
) -> impl Iterator<Item = Meta> + use<'f> {
    fields.iter().map(|(name, scalar)| field_of(name, Type::Scalar(scalar)))
}

fn whole(schema: Schema, of: ResourceType) -> Option<Meta> {
    Some(field_of("resource", Type::Object(schema.resource(of)?)))
}

fn information(schema: Schema) -> Option<Meta> {
    let outcome = schema.definitions.resource_type("OperationOutcome")?;
    Some(field_of("information", Type::Object(schema.resource(outcome)?)))
}

fn field_of(name: &str, of: Type) -> Meta {
    Meta::Field { name: name.to_owned(), arguments: Vec::new(), of }
}

fn optional(name: &str, of: Type) -> Argument {
    Argument { name: name.to_owned(), of }
}

fn required(name: &str, of: Type) -> Argument {
    Argument { name: name.to_owned(), of: Type::NonNull(Box::new(of)) }
}
