//! A search tree as indented text that a person can read, for `_explain` and for tests.
//!
//! It names what the user asked for, values and all, so it belongs in answers and never in logs.
//! To show a new kind of node, add an arm to `node` or `predicate`.

use std::fmt::{self, Display, Formatter};

use definitions::Definitions;
use fhir::format_instant;

use crate::entry::{ParameterId, ReferenceTarget};
use crate::expression::{
    DateRange, Direction, Expression, Modifier, NumberRange, Predicate, Prefix, TextPart,
    TextQuery, TokenCode, TokenSystem,
};

/// Shows an expression with the names that the definitions give its parameters.
///
/// ```
/// use search::{Explain, Expression};
/// let definitions = definitions::embedded();
/// let tree = Expression::Not(Box::new(Expression::Never));
/// assert_eq!(Explain { definitions, expression: &tree }.to_string(), "not\n  never\n");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Explain<'e> {
    /// Where parameters have their names.
    pub definitions: &'static Definitions,
    /// What to show.
    pub expression: &'e Expression,
}

impl Display for Explain<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.node(self.expression, 0, f)
    }
}

impl Explain<'_> {
    fn node(&self, expression: &Expression, depth: usize, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:width$}", "", width = depth * 2)?;
        match expression {
            Expression::All => writeln!(f, "all"),
            Expression::Never => writeln!(f, "never"),
            Expression::And(all) => self.list("and", all, depth, f),
            Expression::Or(any) => self.list("or", any, depth, f),
            Expression::Not(inner) => {
                writeln!(f, "not")?;
                self.node(inner, depth + 1, f)
            }
            Expression::Id(ids) => {
                let ids: Vec<&str> = ids.iter().map(fhir::ResourceId::as_str).collect();
                writeln!(f, "_id is {}", ids.join(" or "))
            }
            Expression::LastUpdated(range) => {
                write!(f, "_lastUpdated ")?;
                date(range, f)?;
                writeln!(f)
            }
            Expression::Compare(comparison) => {
                write!(f, "{} ", self.name(comparison.parameter))?;
                predicate(&comparison.predicate, f)?;
                writeln!(f)
            }
            Expression::Missing(parameter) => writeln!(f, "{} is missing", self.name(*parameter)),
            Expression::Chain { parameter, target, inner } => {
                writeln!(f, "{} refers to {target} where", self.name(*parameter))?;
                self.node(inner, depth + 1, f)
            }
            Expression::Has { source, parameter, inner } => {
                writeln!(f, "{} of {source} refers here where", self.name(*parameter))?;
                self.node(inner, depth + 1, f)
            }
            Expression::FullText { part, query } => {
                let part = match part {
                    TextPart::Narrative => "the narrative",
                    TextPart::Content => "any text",
                };
                write!(f, "{part} has ")?;
                text_query(query, f)?;
                writeln!(f)
            }
        }
    }

    fn list(
        &self,
        word: &str,
        list: &[Expression],
        depth: usize,
        f: &mut Formatter<'_>,
    ) -> fmt::Result {
        writeln!(f, "{word}")?;
        list.iter().try_for_each(|one| self.node(one, depth + 1, f))
    }

    fn name(&self, parameter: ParameterId) -> &'static str {
        self.definitions.parameter(parameter.0).code
    }
}

fn text_query(query: &TextQuery, f: &mut Formatter<'_>) -> fmt::Result {
    let mut list = |all: &[TextQuery], word: &str| {
        write!(f, "(")?;
        for (index, one) in all.iter().enumerate() {
            write!(f, "{}", if index == 0 { "" } else { word })?;
            text_query(one, f)?;
        }
        write!(f, ")")
    };
    match query {
        TextQuery::And(all) => list(all, " and "),
        TextQuery::Or(any) => list(any, " or "),
        TextQuery::Phrase(all) => write!(f, "{:?}", all.join(" ")),
        TextQuery::Begins(start) => write!(f, "{start:?}…"),
        TextQuery::Without(one, other) => {
            text_query(one, f)?;
            write!(f, " without ")?;
            text_query(other, f)
        }
    }
}

fn predicate(predicate: &Predicate, f: &mut Formatter<'_>) -> fmt::Result {
    match predicate {
        Predicate::Token { system, code } => token(system, code, f),
        Predicate::Reference(ReferenceTarget::Local(resource_type, id)) => {
            write!(f, "is {resource_type}/{id}")
        }
        Predicate::Reference(ReferenceTarget::Uri(uri)) => write!(f, "is {uri}"),
        Predicate::ReferenceId(types, id) => {
            write!(f, "has id {id} and one of {} types", types.len())
        }
        Predicate::Date(range) => date(range, f),
        Predicate::String { modifier, text, folded } => match modifier {
            Modifier::Exact => write!(f, "is exactly {text:?}"),
            Modifier::Contains => write!(f, "contains {folded:?}"),
            Modifier::EndsWith => write!(f, "ends with {folded:?}"),
            Modifier::Equal => write!(f, "equals {folded:?}"),
            _ => write!(f, "begins with {folded:?}"),
        },
        Predicate::Number(range) => number(range, f),
        Predicate::Quantity { range, system, code, canonical } => {
            number(range, f)?;
            code.iter().try_for_each(|code| write!(f, " {code}"))?;
            system.iter().try_for_each(|system| write!(f, " of {system}"))?;
            canonical.iter().try_for_each(|canonical| {
                write!(f, ", or ")?;
                number(&canonical.range, f)?;
                write!(f, " {}", canonical.unit)
            })
        }
        Predicate::TokenIn(set) => {
            let codes: usize = set.systems.iter().map(|(_, codes)| codes.len()).sum();
            write!(f, "is one of {codes} codes of {} systems", set.systems.len())
        }
        Predicate::TokenText { folded } => write!(f, "has a text that begins with {folded:?}"),
        Predicate::OfType { system, code, value } => {
            write!(f, "is {value} of type {code} of {system}")
        }
        Predicate::TargetIdentifier { system, code } => {
            write!(f, "refers by an identifier that ")?;
            token(system, code, f)
        }
        Predicate::Hierarchy { root, direction, .. } => {
            let way = match direction {
                Direction::Above => "above",
                Direction::Below => "below",
            };
            self::predicate(&Predicate::Reference(root.clone()), f)?;
            write!(f, " or {way} it")
        }
        Predicate::Canonical { url, version } => {
            write!(f, "is {url}")?;
            version.iter().try_for_each(|version| write!(f, " of version {version}"))
        }
        Predicate::Composite(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
            write!(f, "{}", if index == 0 { "has one value that " } else { " and " })?;
            self::predicate(part, f)
        }),
        Predicate::Near { latitude, longitude, metres } => {
            write!(f, "is within {metres} m of {latitude}, {longitude}")
        }
        Predicate::Uri { modifier, uri } => match modifier {
            Modifier::Above => write!(f, "is {uri} or above"),
            Modifier::Below => write!(f, "is {uri} or below"),
            _ => write!(f, "is {uri}"),
        },
    }
}

fn token(system: &TokenSystem, code: &TokenCode, f: &mut Formatter<'_>) -> fmt::Result {
    match code {
        TokenCode::Any => write!(f, "has any code")?,
        TokenCode::Is(code) => write!(f, "is {code}")?,
    }
    match system {
        TokenSystem::Any => Ok(()),
        TokenSystem::None => write!(f, " without a system"),
        TokenSystem::Is(system) => write!(f, " of {system}"),
    }
}

fn date(range: &DateRange, f: &mut Formatter<'_>) -> fmt::Result {
    let (low, high) = (format_instant(range.low), format_instant(range.high));
    match range.prefix {
        Prefix::Gt | Prefix::Sa => write!(f, "{} {high}", words(range.prefix)),
        Prefix::Lt | Prefix::Eb => write!(f, "{} {low}", words(range.prefix)),
        prefix => write!(f, "{} {low} to {high}", words(prefix)),
    }
}

fn number(range: &NumberRange, f: &mut Formatter<'_>) -> fmt::Result {
    match range.prefix {
        Prefix::Eq | Prefix::Ne | Prefix::Ap => {
            write!(f, "{} {} to {}", words(range.prefix), range.low, range.high)
        }
        prefix => write!(f, "{} {}", words(prefix), range.value),
    }
}

fn words(prefix: Prefix) -> &'static str {
    match prefix {
        Prefix::Eq => "within",
        Prefix::Ne => "not within",
        Prefix::Gt => "goes on after",
        Prefix::Lt => "begins before",
        Prefix::Ge => "goes on after or within",
        Prefix::Le => "begins before or within",
        Prefix::Sa => "starts after",
        Prefix::Eb => "ends before",
        Prefix::Ap => "touches",
    }
}
