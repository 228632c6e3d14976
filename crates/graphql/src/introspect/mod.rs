//! The schema, asked in GraphQL: `__schema` and `__type`.
//! Spec: <https://spec.graphql.org/October2021/#sec-Introspection>. It is made from the definitions
//! while it is asked for; `model` says what there is, this file answers the fields.

mod model;

use crate::document::Selections;
use crate::execute::{Collected, Execution};
use crate::output::{NodeId, Shape};
use crate::schema::{FieldKind, MetaType, ObjectType};

use model::{Meta, MetaValue};

/// The fields of the types of introspection, with the type under each.
const FIELDS: &[(MetaType, &str, Option<MetaType>)] = &[
    (MetaType::Schema, "description", None),
    (MetaType::Schema, "types", Some(MetaType::Type)),
    (MetaType::Schema, "queryType", Some(MetaType::Type)),
    (MetaType::Schema, "mutationType", Some(MetaType::Type)),
    (MetaType::Schema, "subscriptionType", Some(MetaType::Type)),
    (MetaType::Schema, "directives", Some(MetaType::Directive)),
    (MetaType::Type, "kind", None),
    (MetaType::Type, "name", None),
    (MetaType::Type, "description", None),
    (MetaType::Type, "specifiedByURL", None),
    (MetaType::Type, "isOneOf", None),
    (MetaType::Type, "fields", Some(MetaType::Field)),
    (MetaType::Type, "interfaces", Some(MetaType::Type)),
    (MetaType::Type, "possibleTypes", Some(MetaType::Type)),
    (MetaType::Type, "enumValues", Some(MetaType::EnumValue)),
    (MetaType::Type, "inputFields", Some(MetaType::InputValue)),
    (MetaType::Type, "ofType", Some(MetaType::Type)),
    (MetaType::Field, "name", None),
    (MetaType::Field, "description", None),
    (MetaType::Field, "args", Some(MetaType::InputValue)),
    (MetaType::Field, "type", Some(MetaType::Type)),
    (MetaType::Field, "isDeprecated", None),
    (MetaType::Field, "deprecationReason", None),
    (MetaType::InputValue, "name", None),
    (MetaType::InputValue, "description", None),
    (MetaType::InputValue, "type", Some(MetaType::Type)),
    (MetaType::InputValue, "defaultValue", None),
    (MetaType::InputValue, "isDeprecated", None),
    (MetaType::InputValue, "deprecationReason", None),
    (MetaType::EnumValue, "name", None),
    (MetaType::EnumValue, "description", None),
    (MetaType::EnumValue, "isDeprecated", None),
    (MetaType::EnumValue, "deprecationReason", None),
    (MetaType::Directive, "name", None),
    (MetaType::Directive, "description", None),
    (MetaType::Directive, "locations", None),
    (MetaType::Directive, "args", Some(MetaType::InputValue)),
    (MetaType::Directive, "isRepeatable", None),
];

const NAMES: [(MetaType, &str); 6] = [
    (MetaType::Schema, "__Schema"),
    (MetaType::Type, "__Type"),
    (MetaType::Field, "__Field"),
    (MetaType::InputValue, "__InputValue"),
    (MetaType::EnumValue, "__EnumValue"),
    (MetaType::Directive, "__Directive"),
];

pub(crate) fn field(meta: MetaType, name: &str) -> Option<FieldKind<'static>> {
    let found = FIELDS.iter().find(|(of, known, _)| *of == meta && *known == name);
    found.map(|(_, name, under)| FieldKind::Meta(name, *under))
}

pub(crate) fn meta_name(meta: MetaType) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == meta).map_or("__Type", |(_, name)| name)
}

pub(crate) fn meta_type(name: &str) -> Option<MetaType> {
    NAMES.iter().find(|(_, known)| *known == name).map(|(meta, _)| *meta)
}

impl Execution {
    /// `__schema` or `__type`.
    pub(crate) fn introspect(&mut self, root: NodeId, kind: FieldKind<'_>, collected: &Collected) {
        let found = if matches!(kind, FieldKind::IntrospectSchema) {
            Some(Meta::Schema)
        } else {
            let name = self.argument_text(&collected.field, "name").unwrap_or_default();
            model::named(self.schema, &name)
        };
        let nodes: Vec<NodeId> =
            found.iter().map(|meta| self.meta_object(meta, &collected.selections)).collect();
        self.output.add(root, collected.field.key(), Shape::Single, nodes);
    }

    fn meta_object(&mut self, meta: &Meta, selections: &[Selections]) -> NodeId {
        let object = self.output.object();
        let type_name = self.schema.name(ObjectType::Meta(meta.meta_type()));
        for collected in self.collect(&type_name, selections) {
            self.check_size();
            if self.stopped {
                break;
            }
            let field = &collected.field;
            let value = if &*field.name == "__typename" {
                MetaValue::Text(type_name.to_string())
            } else {
                model::value(self.schema, meta, &field.name)
            };
            let (shape, nodes) = match value {
                MetaValue::Null => (Shape::Single, Vec::new()),
                MetaValue::Text(text) => (Shape::Single, vec![self.output.string(&text)]),
                MetaValue::No => (Shape::Single, vec![self.output.leaf("false")]),
                MetaValue::Texts(texts) => {
                    (Shape::Found, texts.iter().map(|text| self.output.string(text)).collect())
                }
                MetaValue::One(one) => {
                    (Shape::Single, vec![self.meta_object(&one, &collected.selections)])
                }
                MetaValue::Many(many) => {
                    let each = many.iter().map(|one| self.meta_object(one, &collected.selections));
                    (Shape::Found, each.collect())
                }
            };
            self.output.add(object, field.key(), shape, nodes);
        }
        object
    }
}
