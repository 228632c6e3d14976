//! Text → [`Document`], by apollo-parser, which keeps to limits of tokens and depth.

use std::sync::Arc;

use apollo_parser::{Parser, SyntaxNode, cst};
use cst::CstNode as _;
use fhir::IssueCode;

use crate::document::{
    Argument, Directive, Document, Field, Fragment, Input, Operation, OperationKind, Selection,
    Selections, TypeShape, VariableDefinition, VariableType,
};
use crate::error::{GraphqlError, Position};
use crate::limits::Limits;

/// Levels of syntax for a level of selections: each is a set, a field and its arguments.
const SYNTAX_DEPTH_MAX: usize = 200;

/// Reads a query; all errors of its text at once.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Document, Vec<GraphqlError>> {
    if text.len() > limits.query_bytes_max {
        let message = format!("the query is longer than {} bytes", limits.query_bytes_max);
        return Err(vec![GraphqlError::request(IssueCode::TooLong, message)]);
    }
    let lines = Lines::of(text);
    let tree =
        Parser::new(text).recursion_limit(SYNTAX_DEPTH_MAX).token_limit(limits.tokens_max).parse();
    let errors: Vec<GraphqlError> = tree
        .errors()
        .take(limits.errors_max)
        .map(|error| {
            let position = lines.position(error.index());
            let (code, message) = if error.is_limit() {
                (IssueCode::TooCostly, "the query has too many tokens or levels".to_owned())
            } else {
                (IssueCode::Structure, format!("the query cannot be read: {}", error.message()))
            };
            GraphqlError::at(position, code, message)
        })
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut document = Document { operations: Vec::new(), fragments: Vec::new() };
    let reader = Reader { lines: &lines };
    for definition in tree.document().definitions() {
        let read = match &definition {
            cst::Definition::OperationDefinition(it) => {
                reader.operation(it).map(|operation| document.operations.push(operation))
            }
            cst::Definition::FragmentDefinition(it) => {
                reader.fragment(it).map(|fragment| document.fragments.push(fragment))
            }
            other => Err(GraphqlError::at(
                reader.position(other.syntax()),
                IssueCode::NotSupported,
                "a request holds operations and fragments; the schema is the server's",
            )),
        };
        read.map_err(|error| vec![error])?;
    }
    Ok(document)
}

type Read<T> = Result<T, GraphqlError>;

struct Reader<'l> {
    lines: &'l Lines,
}

impl Reader<'_> {
    fn position(&self, node: &SyntaxNode) -> Position {
        self.lines.position(usize::from(node.text_range().start()))
    }

    /// What the grammar promises is there.
    fn there<T>(&self, part: Option<T>, of: &SyntaxNode) -> Read<T> {
        part.ok_or_else(|| {
            GraphqlError::at(
                self.position(of),
                IssueCode::Structure,
                "the query is incomplete here",
            )
        })
    }

    fn name(&self, name: Option<cst::Name>, of: &SyntaxNode) -> Read<Box<str>> {
        Ok(self.there(name, of)?.text().as_str().into())
    }

    fn operation(&self, it: &cst::OperationDefinition) -> Read<Operation> {
        let position = self.position(it.syntax());
        let kind = match it.operation_type() {
            None => OperationKind::Query,
            Some(kind) if kind.query_token().is_some() => OperationKind::Query,
            Some(kind) if kind.mutation_token().is_some() => OperationKind::Mutation,
            Some(_) => {
                return Err(GraphqlError::at(
                    position,
                    IssueCode::NotSupported,
                    "subscriptions are not part of FHIR's GraphQL; send a query or mutation",
                ));
            }
        };
        let variables =
            it.variable_definitions().into_iter().flat_map(|v| v.variable_definitions());
        Ok(Operation {
            kind,
            name: it.name().map(|name| name.text().as_str().into()),
            variables: variables.map(|v| self.variable(&v)).collect::<Read<_>>()?,
            directives: self.directives(it.directives())?,
            selections: self.selections(it.selection_set())?,
            position,
        })
    }

    fn variable(&self, it: &cst::VariableDefinition) -> Read<VariableDefinition> {
        let of = it.syntax();
        let default = it.default_value().and_then(|default| default.value());
        Ok(VariableDefinition {
            name: self.name(it.variable().and_then(|variable| variable.name()), of)?,
            variable_type: self.variable_type(self.there(it.ty(), of)?)?,
            default: default.map(|value| self.input(&value)).transpose()?,
            position: self.position(of),
        })
    }

    fn variable_type(&self, it: cst::Type) -> Read<VariableType> {
        Ok(match it {
            cst::Type::NamedType(it) => VariableType {
                required: false,
                shape: TypeShape::Named(self.name(it.name(), it.syntax())?),
            },
            cst::Type::ListType(it) => {
                let item = self.variable_type(self.there(it.ty(), it.syntax())?)?;
                VariableType { required: false, shape: TypeShape::List(Box::new(item)) }
            }
            cst::Type::NonNullType(it) => {
                let inner = match (it.named_type(), it.list_type()) {
                    (Some(named), _) => cst::Type::NamedType(named),
                    (None, list) => cst::Type::ListType(self.there(list, it.syntax())?),
                };
                VariableType { required: true, ..self.variable_type(inner)? }
            }
        })
    }

    fn fragment(&self, it: &cst::FragmentDefinition) -> Read<Fragment> {
        let of = it.syntax();
        Ok(Fragment {
            name: self.name(it.fragment_name().and_then(|name| name.name()), of)?,
            on: self.condition(&self.there(it.type_condition(), of)?)?,
            directives: self.directives(it.directives())?,
            selections: self.selections(it.selection_set())?,
            position: self.position(of),
        })
    }

    fn condition(&self, it: &cst::TypeCondition) -> Read<Box<str>> {
        self.name(it.named_type().and_then(|named| named.name()), it.syntax())
    }

    fn selections(&self, set: Option<cst::SelectionSet>) -> Read<Selections> {
        let selections = set.into_iter().flat_map(|set| set.selections());
        let all = selections.map(|selection| self.selection(&selection));
        Ok(Arc::from(all.collect::<Read<Vec<_>>>()?))
    }

    fn selection(&self, it: &cst::Selection) -> Read<Selection> {
        let of = it.syntax();
        let position = self.position(of);
        Ok(match it {
            cst::Selection::Field(it) => Selection::Field(Arc::new(Field {
                alias: it.alias().map(|alias| self.name(alias.name(), of)).transpose()?,
                name: self.name(it.name(), of)?,
                arguments: self.arguments(it.arguments())?,
                directives: self.directives(it.directives())?,
                selections: self.selections(it.selection_set())?,
                position,
            })),
            cst::Selection::FragmentSpread(it) => Selection::Spread {
                name: self.name(it.fragment_name().and_then(|name| name.name()), of)?,
                directives: self.directives(it.directives())?,
                position,
            },
            cst::Selection::InlineFragment(it) => Selection::Inline {
                on: it.type_condition().map(|on| self.condition(&on)).transpose()?,
                directives: self.directives(it.directives())?,
                selections: self.selections(it.selection_set())?,
                position,
            },
        })
    }

    fn directives(&self, it: Option<cst::Directives>) -> Read<Vec<Directive>> {
        let directives = it.into_iter().flat_map(|directives| directives.directives());
        let read = directives.map(|it| {
            Ok(Directive {
                name: self.name(it.name(), it.syntax())?,
                arguments: self.arguments(it.arguments())?,
                position: self.position(it.syntax()),
            })
        });
        read.collect()
    }

    fn arguments(&self, it: Option<cst::Arguments>) -> Read<Vec<Argument>> {
        let arguments = it.into_iter().flat_map(|arguments| arguments.arguments());
        let read = arguments.map(|it| {
            let value = self.there(it.value(), it.syntax())?;
            Ok(Argument {
                name: self.name(it.name(), it.syntax())?,
                value: self.input(&value)?,
                position: self.position(it.syntax()),
            })
        });
        read.collect()
    }

    fn input(&self, it: &cst::Value) -> Read<Input> {
        Ok(match it {
            cst::Value::Variable(it) => Input::Variable(self.name(it.name(), it.syntax())?),
            cst::Value::StringValue(it) => Input::String(String::from(it).into()),
            cst::Value::FloatValue(_) | cst::Value::IntValue(_) => {
                Input::Number(it.syntax().text().to_string().trim().into())
            }
            cst::Value::BooleanValue(it) => Input::Bool(it.true_token().is_some()),
            cst::Value::NullValue(_) => Input::Null,
            cst::Value::EnumValue(it) => Input::Enum(self.name(it.name(), it.syntax())?),
            cst::Value::ListValue(it) => {
                Input::List(it.values().map(|value| self.input(&value)).collect::<Read<_>>()?)
            }
            cst::Value::ObjectValue(it) => {
                let members = it.object_fields().map(|member| {
                    let value = self.there(member.value(), member.syntax())?;
                    Ok((self.name(member.name(), member.syntax())?, self.input(&value)?))
                });
                Input::Object(members.collect::<Read<_>>()?)
            }
        })
    }
}

/// Where lines begin, to tell places.
struct Lines {
    text: Box<str>,
    starts: Vec<usize>,
}

impl Lines {
    fn of(text: &str) -> Lines {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Lines { text: text.into(), starts }
    }

    fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts[line - 1];
        let before = self.text.get(start..offset.min(self.text.len())).unwrap_or_default();
        Position { line: line as u32, column: before.chars().count() as u32 + 1 }
    }
}
