//! A query as a tree: operations, fragments, fields. Spec: <https://spec.graphql.org/October2021/#sec-Language>.

use std::sync::Arc;

use crate::error::Position;

/// What was sent.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) operations: Vec<Operation>,
    pub(crate) fragments: Vec<Fragment>,
}

impl Document {
    pub(crate) fn fragment(&self, name: &str) -> Option<&Fragment> {
        self.fragments.iter().find(|fragment| &*fragment.name == name)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OperationKind {
    Query,
    Mutation,
}

#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) kind: OperationKind,
    pub(crate) name: Option<Box<str>>,
    pub(crate) variables: Vec<VariableDefinition>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Selections,
    pub(crate) position: Position,
}

#[derive(Debug)]
pub(crate) struct VariableDefinition {
    pub(crate) name: Box<str>,
    pub(crate) variable_type: VariableType,
    pub(crate) default: Option<Input>,
    pub(crate) position: Position,
}

/// `[ID!]!` and the like.
#[derive(Debug)]
pub(crate) struct VariableType {
    pub(crate) required: bool,
    pub(crate) shape: TypeShape,
}

#[derive(Debug)]
pub(crate) enum TypeShape {
    Named(Box<str>),
    List(Box<VariableType>),
}

#[derive(Debug)]
pub(crate) struct Fragment {
    pub(crate) name: Box<str>,
    pub(crate) on: Box<str>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Selections,
    pub(crate) position: Position,
}

/// Shared, because an execution keeps what it still has to fill.
pub(crate) type Selections = Arc<[Selection]>;

#[derive(Debug)]
pub(crate) enum Selection {
    Field(Arc<Field>),
    Spread {
        name: Box<str>,
        directives: Vec<Directive>,
        position: Position,
    },
    Inline {
        on: Option<Box<str>>,
        directives: Vec<Directive>,
        selections: Selections,
        position: Position,
    },
}

#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) alias: Option<Box<str>>,
    pub(crate) name: Box<str>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) directives: Vec<Directive>,
    pub(crate) selections: Selections,
    pub(crate) position: Position,
}

impl Field {
    /// The name in the answer.
    pub(crate) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    pub(crate) fn directive(&self, name: &str) -> Option<&Directive> {
        self.directives.iter().find(|directive| &*directive.name == name)
    }

    pub(crate) fn has(&self, directive: &str) -> bool {
        self.directive(directive).is_some()
    }
}

#[derive(Debug, PartialEq)]
pub(crate) struct Argument {
    pub(crate) name: Box<str>,
    pub(crate) value: Input,
    pub(crate) position: Position,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Directive {
    pub(crate) name: Box<str>,
    pub(crate) arguments: Vec<Argument>,
    pub(crate) position: Position,
}

/// A value in a query or among its variables.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    Null,
    Bool(bool),
    /// Digits as written.
    Number(Box<str>),
    String(Box<str>),
    Enum(Box<str>),
    Variable(Box<str>),
    List(Vec<Input>),
    Object(Vec<(Box<str>, Input)>),
}

impl Input {
    /// From JSON, as variables come.
    pub(crate) fn from_json(value: fhir::Value<'_>) -> Input {
        match value.kind() {
            fhir::Kind::Null => Input::Null,
            fhir::Kind::Bool => Input::Bool(value.as_bool() == Some(true)),
            fhir::Kind::Number => Input::Number(value.raw().into()),
            fhir::Kind::String => Input::String(value.as_str().unwrap_or_default().into()),
            fhir::Kind::Array => Input::List(value.items().map(Input::from_json).collect()),
            fhir::Kind::Object => Input::Object(
                value.members().map(|m| (m.name().into(), Input::from_json(m))).collect(),
            ),
        }
    }

    /// As JSON, for resources of mutations. Names without quotes are codes. Nulls of an object are
    /// left out, as FHIR has none there.
    pub(crate) fn write_json(&self, out: &mut Vec<u8>) {
        match self {
            Input::Null | Input::Variable(_) => out.extend_from_slice(b"null"),
            Input::Bool(is) => out.extend_from_slice(if *is { b"true" } else { b"false" }),
            Input::Number(digits) => out.extend_from_slice(digits.as_bytes()),
            Input::String(text) | Input::Enum(text) => fhir::write_string(text, out),
            Input::List(items) => {
                out.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    item.write_json(out);
                }
                out.push(b']');
            }
            Input::Object(members) => {
                out.push(b'{');
                let there = members.iter().filter(|(_, value)| *value != Input::Null);
                for (index, (name, value)) in there.enumerate() {
                    if index > 0 {
                        out.push(b',');
                    }
                    fhir::write_string(name, out);
                    out.push(b':');
                    value.write_json(out);
                }
                out.push(b'}');
            }
        }
    }

    /// The text of a single value.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Input::Bool(true) => Some("true"),
            Input::Bool(false) => Some("false"),
            Input::Number(text) | Input::String(text) | Input::Enum(text) => Some(text),
            _ => None,
        }
    }
}
