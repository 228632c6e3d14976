//! The tests of a `_filter` → what they mean for a type.
//! Spec: the table of operators in <https://hl7.org/fhir/R4/search_filter.html>.
//!
//! A parameter of several values fulfils a test when one of its values does. Where values have an
//! order, `ne` is such a test; of codes, texts and references it says that there is a value and that
//! none is the one written. `ni` holds where there is no value, too.

use definitions::{ParameterKind, SearchParameter};
use fhir::{Issue, ResourceType};

use super::operator::{Operator, taken_by};
use super::parse::{Node, Step, Test, Written};
use crate::entry::ParameterId;
use crate::expression::{Comparison, Expression, Modifier, Predicate, Prefix, TextPart};
use crate::kind::string::{self, Folding};
use crate::query::Context;
use crate::query::chain::{any_target, known_type, reference, targets_with};
use crate::query::criterion::{bad_value, find_parameter, missing_of, not_supported, target_type};
use crate::query::fault::Fault;
use crate::query::modifier::How;
use crate::query::value::ValueReader;
use crate::query::{list, text};

pub(crate) struct Builder<'c> {
    pub(crate) context: &'c Context<'c>,
    /// The parameter that issues name.
    pub(crate) place: &'c str,
}

impl Builder<'_> {
    pub(crate) fn node(
        &self,
        resource_type: ResourceType,
        node: &Node<'_>,
    ) -> Result<Expression, Issue> {
        let all = |nodes: &[Node<'_>]| -> Result<Vec<Expression>, Issue> {
            nodes.iter().map(|node| self.node(resource_type, node)).collect()
        };
        Ok(match node {
            Node::And(nodes) => Expression::And(all(nodes)?),
            Node::Or(nodes) => Expression::Or(all(nodes)?),
            Node::Not(inner) => Expression::Not(Box::new(self.node(resource_type, inner)?)),
            Node::Test(test) => self.path(resource_type, &test.path, test)?,
        })
    }

    /// What the rest of a path says of a type.
    fn path(
        &self,
        resource_type: ResourceType,
        path: &[Step<'_>],
        test: &Test<'_>,
    ) -> Result<Expression, Issue> {
        let Some((step, rest)) = path.split_first() else {
            return Err(bad_value(self.place, "a path has no step"));
        };
        if step.is_has {
            return self.has(resource_type, step, rest, test);
        }
        if rest.is_empty() {
            if step.type_name.is_some() {
                let message = "has a type after its last name; a type stands where a path goes on";
                return Err(self.fault(step.at, message));
            }
            return self.test(resource_type, step, test);
        }
        let parameter = reference(self.context, resource_type, step.name, self.place)
            .map_err(|issue| told_at(issue, step.at))?;
        let targets = self.targets(parameter, step, rest)?;
        self.context.spend(targets.len(), self.place)?;
        any_target(targets, |target| {
            let inner = Box::new(self.inner(target, step, rest, test)?);
            Ok(Expression::Chain { parameter: ParameterId(parameter.id), target, inner })
        })
    }

    fn targets(
        &self,
        parameter: &SearchParameter,
        step: &Step<'_>,
        rest: &[Step<'_>],
    ) -> Result<Vec<ResourceType>, Issue> {
        let found = if let Some(name) = step.type_name {
            known_type(self.context, name, self.place)
                .and_then(|target| target_type(parameter, target, self.place))
                .map(|target| vec![target])
        } else {
            let next = rest.first().filter(|next| !next.is_has).map(|next| next.name);
            targets_with(self.context, parameter, next, self.place)
        };
        found.map_err(|issue| told_at(issue, step.at))
    }

    fn has(
        &self,
        resource_type: ResourceType,
        step: &Step<'_>,
        rest: &[Step<'_>],
        test: &Test<'_>,
    ) -> Result<Expression, Issue> {
        let told = |issue| told_at(issue, step.at);
        let source = step.type_name.unwrap_or_default();
        let source = known_type(self.context, source, self.place).map_err(told)?;
        let parameter = reference(self.context, source, step.name, self.place).map_err(told)?;
        target_type(parameter, resource_type, self.place).map_err(told)?;
        self.context.spend(1, self.place)?;
        let inner = Box::new(self.inner(source, step, rest, test)?);
        Ok(Expression::Has { source, parameter: ParameterId(parameter.id), inner })
    }

    /// What must hold of what a step leads to: its filter and the rest of the path.
    fn inner(
        &self,
        resource_type: ResourceType,
        step: &Step<'_>,
        rest: &[Step<'_>],
        test: &Test<'_>,
    ) -> Result<Expression, Issue> {
        let goes_on = self.path(resource_type, rest, test)?;
        match &step.filter {
            None => Ok(goes_on),
            Some(filter) => Ok(Expression::And(vec![self.node(resource_type, filter)?, goes_on])),
        }
    }

    fn test(
        &self,
        resource_type: ResourceType,
        step: &Step<'_>,
        test: &Test<'_>,
    ) -> Result<Expression, Issue> {
        self.context.spend(1, self.place)?;
        if let Some(whole) = self.whole(step, test) {
            return whole;
        }
        let parameter = find_parameter(self.context, resource_type, step.name, self.place)
            .map_err(|issue| told_at(issue, step.at))?;
        let operators = taken_by(parameter.kind);
        if !operators.contains(&test.operator) {
            let names: Vec<_> = operators.iter().map(|operator| operator.name()).collect();
            let kind = parameter.kind.as_str();
            let message = format!(
                "operator {} is not supported on a {kind} parameter; use {}; at byte {} of the value",
                test.operator.name(),
                names.join(", "),
                test.operator_at,
            );
            return Err(not_supported(self.place, message));
        }
        if test.operator == Operator::Present {
            let is_present = match test.value.text.as_str() {
                "true" => true,
                "false" => false,
                _ => return Err(self.fault(test.value.at, "has pr with neither true nor false")),
            };
            let missing = missing_of(parameter);
            return Ok(if is_present { Expression::Not(Box::new(missing)) } else { missing });
        }
        let told = |fault: Fault| self.told(fault, test.value.at);
        if test.operator == Operator::Overlaps {
            return self.overlaps(resource_type, parameter, &test.value).map_err(told);
        }
        self.compare(resource_type, parameter, test.operator, &test.value).map_err(told)
    }

    /// A test of the resource as a whole; `None` for a parameter of its own.
    fn whole(&self, step: &Step<'_>, test: &Test<'_>) -> Option<Result<Expression, Issue>> {
        let part = match step.name {
            "_text" => TextPart::Narrative,
            "_content" => TextPart::Content,
            "_list" => {
                return Some(match test.operator {
                    Operator::Equal | Operator::In => list::read(self.context, &test.value.text)
                        .map_err(|fault| self.told(fault, test.value.at)),
                    _ => Err(self.fault(test.operator_at, "tests _list, which takes eq")),
                });
            }
            _ => return None,
        };
        Some(match test.operator {
            Operator::Equal | Operator::Contains => {
                text::filter(part, &test.value.text, self.place)
                    .map_err(|issue| told_at(issue, test.value.at))
            }
            _ => Err(self.fault(test.operator_at, "tests words, which takes eq or co")),
        })
    }

    /// `po`: the two periods have a moment in common.
    fn overlaps(
        &self,
        resource_type: ResourceType,
        parameter: &'static SearchParameter,
        value: &Written,
    ) -> Result<Expression, Fault> {
        // `eq` leaves the ends as they are, where `ap` would widen them.
        let mut expression = self.read(resource_type, parameter, How::Plain, &value.text)?;
        if let Expression::Or(any) = &mut expression {
            for one in any {
                if let Expression::Compare(Comparison {
                    predicate: Predicate::Date(range), ..
                }) = one
                {
                    range.prefix = Prefix::Ap;
                }
            }
        } else if let Expression::LastUpdated(range) = &mut expression {
            range.prefix = Prefix::Ap;
        }
        Ok(expression)
    }

    fn compare(
        &self,
        resource_type: ResourceType,
        parameter: &'static SearchParameter,
        operator: Operator,
        value: &Written,
    ) -> Result<Expression, Fault> {
        let negated = matches!(operator, Operator::NotEqual | Operator::NotIn);
        let how = match operator {
            Operator::In | Operator::NotIn => How::In,
            // What the value subsumes stands below it.
            Operator::Subsumes => How::Below,
            Operator::SubsumedBy => How::Above,
            _ => How::Plain,
        };
        let is_ordered = matches!(
            parameter.kind,
            ParameterKind::Date | ParameterKind::Number | ParameterKind::Quantity
        );
        if is_ordered && let Some(prefix) = operator.prefix() {
            let text = format!("{prefix}{}", value.text);
            let read = self.read(resource_type, parameter, How::Plain, &text);
            return read.map_err(|fault| Fault::new(fault.at.saturating_sub(2), fault.message));
        }
        let found = if parameter.kind == ParameterKind::String {
            let predicate = text_predicate(parameter, operator, value)?;
            let parameter = ParameterId(parameter.id);
            Expression::Compare(Comparison { parameter, predicate })
        } else {
            self.read(resource_type, parameter, how, &value.text)?
        };
        if !negated {
            return Ok(found);
        }
        let none = Expression::Not(Box::new(found));
        if operator == Operator::NotIn {
            // "None of the concepts" is true where there are none.
            return Ok(none);
        }
        Ok(match missing_of(parameter) {
            Expression::Never => none,
            missing => Expression::And(vec![Expression::Not(Box::new(missing)), none]),
        })
    }

    fn read(
        &self,
        resource_type: ResourceType,
        parameter: &'static SearchParameter,
        how: How,
        text: &str,
    ) -> Result<Expression, Fault> {
        ValueReader { context: self.context, resource_type, parameter, how }.read(text)
    }

    fn fault(&self, at: usize, message: &str) -> Issue {
        Fault::new(at, message).issue(self.place, "the value")
    }

    /// A fault of a value that stands at a byte of the whole.
    fn told(&self, fault: Fault, at: usize) -> Issue {
        fault.moved(at).issue(self.place, "the value of a test")
    }
}

/// The text is taken as it stands: backslashes have a meaning in JSON strings only.
fn text_predicate(
    parameter: &SearchParameter,
    operator: Operator,
    value: &Written,
) -> Result<Predicate, Fault> {
    let modifier = match operator {
        Operator::Contains => Modifier::Contains,
        Operator::StartsWith => Modifier::Plain,
        Operator::EndsWith => Modifier::EndsWith,
        _ => Modifier::Equal,
    };
    string::parse(&value.text, modifier, Folding::of(parameter))
}

fn told_at(mut issue: Issue, at: usize) -> Issue {
    issue.message = format!("{}; at byte {at} of the value", issue.message);
    issue
}
