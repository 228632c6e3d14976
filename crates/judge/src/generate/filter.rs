//! Random `_filter` conditions.

use definitions::ParameterKind;
use fhir::ResourceType;

use super::search::Maker;
use crate::filter::{Filter, Operator};
use crate::query::{Modifier, Operand, Prefix, Referred, Step, System};

/// The operators that have an order's meaning.
const ORDERED: [Prefix; 9] = [
    Prefix::Eq,
    Prefix::Ne,
    Prefix::Gt,
    Prefix::Lt,
    Prefix::Ge,
    Prefix::Le,
    Prefix::Sa,
    Prefix::Eb,
    Prefix::Ap,
];

impl Maker<'_> {
    /// A condition on a type; `None` where none comes to mind.
    pub(crate) fn filter(&mut self, at: ResourceType, depth: usize) -> Option<Filter> {
        if depth == 0 || self.prng.percent(50) {
            return self.comparison(at);
        }
        let mut inner = || self.filter(at, depth - 1).map(Box::new);
        let (a, b) = (inner()?, inner()?);
        Some(match self.prng.below(5) {
            0 | 1 => Filter::And(a, b),
            2 | 3 => Filter::Or(a, b),
            _ => Filter::Not(a),
        })
    }

    fn comparison(&mut self, from: ResourceType) -> Option<Filter> {
        let (mut chain, mut at) = (Vec::new(), from);
        if self.prng.percent(25)
            && let Some((Step::Chain { parameter, target: Some(target) }, next)) = self.step(at)
        {
            chain.push((parameter, Some(target)));
            at = next;
        }
        let parameter = self.any_parameter(at);
        let code = parameter.code.to_owned();
        let facts = self.said(at, parameter);
        let may_be_missing =
            !matches!(parameter.kind, ParameterKind::Composite | ParameterKind::Special);
        if chain.is_empty() && may_be_missing && self.prng.percent(10) {
            return Some(Filter::Present { code, is_present: self.prng.percent(50) });
        }
        let operator = self.operator(parameter.kind, &code)?;
        let modifier = match operator {
            Operator::In | Operator::NotIn => Modifier::In,
            Operator::Subsumes | Operator::SubsumedBy => Modifier::Below,
            _ => Modifier::None,
        };
        let fact = self.prng.one_of_facts(&facts);
        let value = self.operand(parameter, &modifier, fact)?;
        let value = plain_value(value)?;
        Some(Filter::Compare { chain, code, operator, value })
    }

    fn operator(&mut self, kind: ParameterKind, code: &str) -> Option<Operator> {
        let prefixed = |prefix: &Prefix| Operator::Prefix(*prefix);
        let choices: Vec<Operator> = match kind {
            ParameterKind::Date => {
                ORDERED.iter().map(prefixed).chain([Operator::Overlaps]).collect()
            }
            ParameterKind::Number | ParameterKind::Quantity => {
                ORDERED.iter().map(prefixed).collect()
            }
            ParameterKind::String => {
                let of_texts = [Operator::Contains, Operator::StartsWith, Operator::EndsWith];
                ORDERED[..2].iter().map(prefixed).chain(of_texts).collect()
            }
            ParameterKind::Token if code != "_id" => {
                let of_codes =
                    [Operator::In, Operator::NotIn, Operator::Subsumes, Operator::SubsumedBy];
                ORDERED[..2].iter().map(prefixed).chain(of_codes).collect()
            }
            ParameterKind::Token | ParameterKind::Uri => {
                ORDERED[..2].iter().map(prefixed).collect()
            }
            ParameterKind::Reference => vec![Operator::RefersTo, Operator::Prefix(Prefix::Eq)],
            ParameterKind::Composite | ParameterKind::Special => return None,
        };
        Some(self.prng.any(&choices))
    }
}

/// The value as a condition can write it: without a prefix, and nothing that would need quotes.
fn plain_value(value: Operand) -> Option<Operand> {
    let value = match value {
        Operand::Date(_, text) => Operand::Date(Prefix::None, text),
        Operand::Number(_, digits) => Operand::Number(Prefix::None, digits),
        Operand::Quantity(_, digits, unit) => Operand::Quantity(Prefix::None, digits, unit),
        other => other,
    };
    let is_plain = |text: &str| !text.contains([',', '$', '|', '\\', ' ', '(', ')', '[', ']']);
    let is_fit = match &value {
        Operand::Token(token) => {
            let system = match &token.system {
                System::Is(system) => system.as_str(),
                System::Any | System::None => "",
            };
            is_plain(system) && token.code.as_deref().is_some_and(is_plain)
        }
        Operand::Reference(Referred::Elsewhere(uri) | Referred::Canonical(uri, _)) => is_plain(uri),
        Operand::Quantity(_, _, unit) => match unit {
            crate::query::Unit::Any => true,
            crate::query::Unit::Either(code) | crate::query::Unit::Coded { code, .. } => {
                is_plain(code)
            }
        },
        _ => true,
    };
    is_fit.then_some(value)
}
