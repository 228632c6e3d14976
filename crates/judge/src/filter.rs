//! `_filter`: a condition of its own grammar, as a tree.
//! Spec: <https://hl7.org/fhir/R4/search_filter.html>.
//!
//! An operator asks whether one of the values is so. For `ne` of what has no order (codes, texts,
//! references, URIs) the reading is that there are values and none is this one. To add an operator: a variant, its name, and its arm in [`Judge::compares`].

use std::fmt;

use fhir::ResourceType;

use crate::judge::Judge;
use crate::kind::Fact;
use crate::query::{Modifier, Operand, Prefix, Test};
use crate::render;
use crate::time;
use crate::words::plain;
use crate::world::{Site, World};

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Both.
    And(Box<Filter>, Box<Filter>),
    /// One of the two.
    Or(Box<Filter>, Box<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// `parameter operator value`
    Compare {
        /// References to follow first: the parameter, and the type where it is named.
        chain: Vec<(String, Option<ResourceType>)>,
        /// The parameter.
        code: String,
        /// The operator.
        operator: Operator,
        /// The value.
        value: Operand,
    },
    /// `parameter pr true|false`
    Present {
        /// The parameter.
        code: String,
        /// Whether it shall have a value.
        is_present: bool,
    },
}

/// What a comparison asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `eq ne gt lt ge le sa eb ap`
    Prefix(Prefix),
    /// `co`
    Contains,
    /// `sw`
    StartsWith,
    /// `ew`
    EndsWith,
    /// `po`
    Overlaps,
    /// `ss`
    Subsumes,
    /// `sb`
    SubsumedBy,
    /// `in`
    In,
    /// `ni`
    NotIn,
    /// `re`
    RefersTo,
}

impl Operator {
    fn as_str(self) -> &'static str {
        match self {
            Operator::Prefix(prefix) => prefix.as_str(),
            Operator::Contains => "co",
            Operator::StartsWith => "sw",
            Operator::EndsWith => "ew",
            Operator::Overlaps => "po",
            Operator::Subsumes => "ss",
            Operator::SubsumedBy => "sb",
            Operator::In => "in",
            Operator::NotIn => "ni",
            Operator::RefersTo => "re",
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Filter::And(a, b) => write!(f, "({a} and {b})"),
            Filter::Or(a, b) => write!(f, "({a} or {b})"),
            Filter::Not(inner) => write!(f, "not ({inner})"),
            Filter::Present { code, is_present } => write!(f, "{code} pr {is_present}"),
            Filter::Compare { chain, code, operator, value } => {
                for (parameter, target) in chain {
                    f.write_str(parameter)?;
                    if let Some(target) = target {
                        write!(f, ":{target}")?;
                    }
                    f.write_str(".")?;
                }
                write!(f, "{code} {} ", operator.as_str())?;
                match value {
                    Operand::Text(text) => quoted(text, f),
                    other => f.write_str(&render::operand(other)),
                }
            }
        }
    }
}

fn quoted(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut out = Vec::new();
    fhir::write_string(text, &mut out);
    f.write_str(&String::from_utf8_lossy(&out))
}

impl Judge {
    /// Whether the condition holds of a site.
    pub(crate) fn passes(&self, world: &World, site: Site<'_>, filter: &Filter) -> bool {
        match filter {
            Filter::And(a, b) => self.passes(world, site, a) && self.passes(world, site, b),
            Filter::Or(a, b) => self.passes(world, site, a) || self.passes(world, site, b),
            Filter::Not(inner) => !self.passes(world, site, inner),
            Filter::Present { code, is_present } => {
                let (code, is_missing) = (code.clone(), !is_present);
                self.test_holds(world, site, &Test::Missing { code, is_missing })
            }
            Filter::Compare { chain, code, operator, value } => {
                let Some(((parameter, target), rest)) = chain.split_first() else {
                    return self.compares(world, site, code, *operator, value);
                };
                let rest = Filter::Compare {
                    chain: rest.to_vec(),
                    code: code.clone(),
                    operator: *operator,
                    value: value.clone(),
                };
                self.targets(world, site, parameter).into_iter().any(|reached| {
                    target.is_none_or(|target| target == reached.resource_type)
                        && self.passes(world, reached, &rest)
                })
            }
        }
    }

    fn compares(
        &self,
        world: &World,
        site: Site<'_>,
        code: &str,
        operator: Operator,
        value: &Operand,
    ) -> bool {
        let Some(parameter) = self.parameter(site.resource_type, code) else { return false };
        let facts = self.facts(site, parameter);
        let one = |modifier: Modifier, value: &Operand| {
            facts.iter().any(|fact| self.fits(world, parameter, fact, &modifier, value))
        };
        match operator {
            Operator::In => one(Modifier::In, value),
            Operator::NotIn => !one(Modifier::In, value),
            Operator::Subsumes => one(Modifier::Below, value),
            Operator::SubsumedBy => one(Modifier::Above, value),
            Operator::Overlaps => overlaps(&facts, value),
            Operator::Contains => one(Modifier::Contains, value),
            Operator::StartsWith | Operator::RefersTo => one(Modifier::None, value),
            Operator::EndsWith => texts(&facts, value, |said, wanted| said.ends_with(wanted)),
            Operator::Prefix(prefix) => match value {
                Operand::Text(_) if facts.iter().any(|fact| matches!(fact, Fact::String(_))) => {
                    let is_equal = prefix == Prefix::Eq;
                    texts(&facts, value, |said, wanted| said == wanted) == is_equal
                }
                Operand::Date(..) | Operand::Number(..) | Operand::Quantity(..) => {
                    one(Modifier::None, &with(value, prefix))
                }
                _ if prefix == Prefix::Ne => !facts.is_empty() && !one(Modifier::None, value),
                _ => one(Modifier::None, value),
            },
        }
    }
}

/// Whether a text fulfils the test, both in their plain forms.
fn texts(facts: &[Fact], wanted: &Operand, test: impl Fn(&str, &str) -> bool) -> bool {
    let Operand::Text(wanted) = wanted else { return false };
    let wanted = plain(wanted);
    facts.iter().any(|fact| match fact {
        Fact::String(texts) => texts.iter().any(|text| test(&plain(text), &wanted)),
        _ => false,
    })
}

/// Whether a time overlaps with the one that is written.
fn overlaps(facts: &[Fact], wanted: &Operand) -> bool {
    let Operand::Date(_, text) = wanted else { return false };
    let Some(wanted) = time::span(text) else { return false };
    facts.iter().any(|fact| matches!(fact, Fact::Date(said) if said.overlaps(&wanted)))
}

/// The value with another prefix.
fn with(value: &Operand, prefix: Prefix) -> Operand {
    match value {
        Operand::Date(_, text) => Operand::Date(prefix, text.clone()),
        Operand::Number(_, digits) => Operand::Number(prefix, digits.clone()),
        Operand::Quantity(_, digits, unit) => {
            Operand::Quantity(prefix, digits.clone(), unit.clone())
        }
        other => other.clone(),
    }
}
