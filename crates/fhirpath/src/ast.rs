//! A parsed expression: nodes in one arena, each with its byte range.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#expressions>. Nodes name their parts by index, so that a
//! program is two flat vectors. To add a form, add it to [`Expr`], the parser, the evaluator and
//! the checker.

use crate::function::Function;
use crate::system::System;

/// The place of a node in its [`Program`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ExprId(pub(crate) u32);

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    /// A literal.
    Literal(System<'static>),
    /// `{}`
    Empty,
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%name`
    Variable(Box<str>),
    /// A name at the beginning of a path: an element of `$this`, or the type of `$this`.
    Root(Box<str>),
    /// `of.name`
    Member { of: ExprId, name: Box<str> },
    /// `of.function(…)`; without `of` on `$this`.
    Call { of: Option<ExprId>, function: Function, arguments: Box<[ExprId]> },
    /// `of[index]`
    At { of: ExprId, index: ExprId },
    /// `-of` or `+of`
    Sign { of: ExprId, is_negative: bool },
    /// `left operator right`
    Binary { operator: Operator, left: ExprId, right: ExprId },
    /// `of is Type` and its kin; without `of` on `$this`.
    Type { of: Option<ExprId>, operation: TypeOperation, name: TypeName },
    /// A key of `sort`, largest first.
    Descending(ExprId),
}

/// What is asked of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeOperation {
    /// `is`, `is()`
    Is,
    /// `as`, `as()`
    As,
    /// `ofType()`
    OfType,
}

/// A type as named in an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    /// `System` or `FHIR`, where given.
    pub(crate) namespace: Option<Box<str>>,
    /// The name.
    pub(crate) name: Box<str>,
    /// Where it stands.
    pub(crate) range: (u32, u32),
}

/// An operator between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `div`
    Div,
    /// `mod`
    Mod,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `&`
    Concatenate,
    /// `|`
    Union,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `~`
    Equivalent,
    /// `!~`
    NotEquivalent,
    /// `in`
    In,
    /// `contains`
    Contains,
    /// `and`
    And,
    /// `or`
    Or,
    /// `xor`
    Xor,
    /// `implies`
    Implies,
}

impl Operator {
    /// As it is written.
    pub(crate) fn as_str(self) -> &'static str {
        OPERATORS.iter().find(|(operator, ..)| *operator == self).map_or("", |(_, text, _)| text)
    }

    /// The operator of this text and how tightly it binds.
    pub(crate) fn find(text: &str) -> Option<(Operator, u8)> {
        OPERATORS.iter().find(|(_, known, _)| *known == text).map(|(op, _, power)| (*op, *power))
    }
}

/// How tightly `is` and `as` bind.
pub(crate) const TYPE_POWER: u8 = 8;

/// Operators, their text and how tightly they bind (N1, operator precedence).
const OPERATORS: [(Operator, &str, u8); 22] = [
    (Operator::Multiply, "*", 10),
    (Operator::Divide, "/", 10),
    (Operator::Div, "div", 10),
    (Operator::Mod, "mod", 10),
    (Operator::Add, "+", 9),
    (Operator::Subtract, "-", 9),
    (Operator::Concatenate, "&", 9),
    (Operator::Union, "|", 7),
    (Operator::Less, "<", 6),
    (Operator::LessOrEqual, "<=", 6),
    (Operator::Greater, ">", 6),
    (Operator::GreaterOrEqual, ">=", 6),
    (Operator::Equal, "=", 5),
    (Operator::NotEqual, "!=", 5),
    (Operator::Equivalent, "~", 5),
    (Operator::NotEquivalent, "!~", 5),
    (Operator::In, "in", 4),
    (Operator::Contains, "contains", 4),
    (Operator::And, "and", 3),
    (Operator::Or, "or", 2),
    (Operator::Xor, "xor", 2),
    (Operator::Implies, "implies", 1),
];

/// All nodes of an expression.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    pub(crate) nodes: Vec<Expr>,
    pub(crate) ranges: Vec<(u32, u32)>,
    /// Whether `defineVariable` occurs, and so scopes have to be kept apart.
    pub(crate) defines_variables: bool,
}

impl Program {
    pub(crate) fn get(&self, id: ExprId) -> &Expr {
        &self.nodes[id.0 as usize]
    }

    pub(crate) fn range(&self, id: ExprId) -> (u32, u32) {
        self.ranges[id.0 as usize]
    }
}
