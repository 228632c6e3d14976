//! Operators between two expressions: which operands they take and what they answer.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#operations>. To add one, add it to [`Operator`] and to
//! `binary`.

use std::cmp::Ordering;

use super::equality::are_equivalent;
use super::{
    Distinct, Evaluator, Flow, Scope, are_equal, arithmetic, compare, is_equal, type_shown,
};
use crate::ast::{ExprId, Operator};
use crate::error::Error;
use crate::item::Item;
use crate::system::System;
use crate::tree::Sink;

impl<'t> Evaluator<'_, 't> {
    pub(super) fn binary(
        &self,
        id: ExprId,
        operator: Operator,
        (left, right): (ExprId, ExprId),
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let answer = match operator {
            Operator::Union => return self.union(id, left, right, scope, sink),
            Operator::And | Operator::Or | Operator::Xor | Operator::Implies => {
                self.logic(operator, left, right, scope)?
            }
            Operator::Equal | Operator::NotEqual => {
                let (a, b) = (self.operand(left, scope)?, self.operand(right, scope)?);
                self.spend(id, a.len())?;
                let equal = are_equal(&a, &b, self.environment.definitions);
                equal.map(|equal| equal == (operator == Operator::Equal))
            }
            Operator::Equivalent | Operator::NotEquivalent => {
                let (a, b) = (self.operand(left, scope)?, self.operand(right, scope)?);
                self.spend(id, a.len().saturating_mul(b.len()))?;
                let is = are_equivalent(&a, &b, self.environment.definitions);
                Some(is == (operator == Operator::Equivalent))
            }
            Operator::In => self.contains(id, right, left, scope)?,
            Operator::Contains => self.contains(id, left, right, scope)?,
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => self.order(id, operator, left, right, scope)?,
            Operator::Concatenate => {
                let text = self.concatenation(id, left, right, scope)?;
                return sink(Item::Value(System::from_string(text)));
            }
            _ => return self.calculation(id, operator, left, right, scope, sink),
        };
        answer.map_or(Ok(Flow::More), |answer| sink(answer.into()))
    }

    fn logic(
        &self,
        operator: Operator,
        left: ExprId,
        right: ExprId,
        scope: Scope<'_, 't>,
    ) -> Result<Option<bool>, Error> {
        let a = self.boolean(left, scope)?;
        // What the left decides alone needs no right.
        match (operator, a) {
            (Operator::And, Some(false)) => return Ok(Some(false)),
            (Operator::Or, Some(true)) | (Operator::Implies, Some(false)) => return Ok(Some(true)),
            _ => {}
        }
        let b = self.boolean(right, scope)?;
        Ok(match operator {
            Operator::And => match (a, b) {
                (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Operator::Or => match (a, b) {
                (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Operator::Xor => a.zip(b).map(|(a, b)| a != b),
            _ => match (a, b) {
                (Some(true), b) => b,
                (_, Some(true)) => Some(true),
                _ => None,
            },
        })
    }

    fn union(
        &self,
        id: ExprId,
        left: ExprId,
        right: ExprId,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let mut seen = Distinct::default();
        for side in [left, right] {
            let mut unique = |item: Item<'t>| {
                let (is_new, compared) = seen.insert(&item, self.environment.definitions);
                self.spend(id, compared)?;
                if is_new { sink(item) } else { Ok(Flow::More) }
            };
            let flow = if self.program.defines_variables {
                super::emit(self.operand(side, scope)?, &mut unique)?
            } else {
                self.visit(side, scope, &mut unique)?
            };
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        Ok(Flow::More)
    }

    fn contains(
        &self,
        id: ExprId,
        many: ExprId,
        one: ExprId,
        scope: Scope<'_, 't>,
    ) -> Result<Option<bool>, Error> {
        let Some(one) = self.single(one, scope, "in and contains")? else { return Ok(None) };
        let mut is_in = false;
        self.scoped(|| {
            self.visit(many, scope, &mut |item| {
                self.spend(id, 1)?;
                is_in = is_equal(&item, &one, self.environment.definitions) == Some(true);
                Ok(if is_in { Flow::Stop } else { Flow::More })
            })
        })?;
        Ok(Some(is_in))
    }

    /// The values of both sides; `None` where one is empty.
    fn values(
        &self,
        id: ExprId,
        operator: Operator,
        left: ExprId,
        right: ExprId,
        scope: Scope<'_, 't>,
    ) -> Result<Option<(System<'t>, System<'t>)>, Error> {
        let word = operator.as_str();
        let (a, b) = (self.single(left, scope, word)?, self.single(right, scope, word)?);
        let (Some(a), Some(b)) = (a, b) else { return Ok(None) };
        match (a.system(), b.system()) {
            (Some(a), Some(b)) => Ok(Some((a, b))),
            (None, _) if has_no_value(&a) => Ok(None),
            (_, None) if has_no_value(&b) => Ok(None),
            _ => {
                let message = format!(
                    "{word} between {} and {}; expected simple values",
                    type_shown(&a),
                    type_shown(&b)
                );
                Err(self.refuse(id, &message))
            }
        }
    }

    fn order(
        &self,
        id: ExprId,
        operator: Operator,
        left: ExprId,
        right: ExprId,
        scope: Scope<'_, 't>,
    ) -> Result<Option<bool>, Error> {
        let Some((a, b)) = self.values(id, operator, left, right, scope)? else { return Ok(None) };
        let order = compare(&a, &b).map_err(|message| self.refuse(id, &message))?;
        Ok(order.map(|order| match operator {
            Operator::Less => order == Ordering::Less,
            Operator::LessOrEqual => order != Ordering::Greater,
            Operator::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        }))
    }

    fn concatenation(
        &self,
        id: ExprId,
        left: ExprId,
        right: ExprId,
        scope: Scope<'_, 't>,
    ) -> Result<String, Error> {
        let mut text = String::new();
        for side in [left, right] {
            match self.single(side, scope, "&")?.map(|item| (item.system(), item)) {
                None => {}
                Some((Some(System::String(part)), _)) => text.push_str(&part),
                Some((None, item)) if is_without_value(&item) => {}
                Some((_, item)) => {
                    let message = format!("& with {}; expected a String", type_shown(&item));
                    return Err(self.refuse(id, &message));
                }
            }
        }
        self.spend_text(id, text.len())?;
        Ok(text)
    }

    fn calculation(
        &self,
        id: ExprId,
        operator: Operator,
        left: ExprId,
        right: ExprId,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let Some((a, b)) = self.values(id, operator, left, right, scope)? else {
            return Ok(Flow::More);
        };
        if let (System::String(a), System::String(b)) = (&a, &b) {
            self.spend_text(id, a.len() + b.len())?;
        }
        let value =
            arithmetic::calculate(operator, &a, &b).map_err(|message| self.refuse(id, &message))?;
        value.map_or(Ok(Flow::More), |value| sink(Item::Value(value)))
    }

    pub(super) fn sign(
        &self,
        id: ExprId,
        of: ExprId,
        is_negative: bool,
        scope: Scope<'_, 't>,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let Some(item) = self.single(of, scope, "a sign")? else { return Ok(Flow::More) };
        let value = item.system();
        let is_number = value.as_ref().is_some_and(|value| {
            value.as_number().is_some() || matches!(value, System::Quantity(_))
        });
        let Some(value) = value.filter(|_| is_number) else {
            let message =
                format!("a sign before {}; expected a number or quantity", type_shown(&item));
            return Err(self.refuse(id, &message));
        };
        if !is_negative {
            return sink(Item::Value(value));
        }
        arithmetic::negate(value).map_or(Ok(Flow::More), |value| sink(Item::Value(value)))
    }
}

/// Whether an item is of a type that has values, and has none: a primitive with extensions only,
/// or a Quantity without a unit that is known.
fn has_no_value(item: &Item<'_>) -> bool {
    is_without_value(item) || item.as_node().is_some_and(crate::item::Node::is_quantity)
}

/// Whether an item is an element that has an id or extensions and no value.
pub(crate) fn is_without_value(item: &Item<'_>) -> bool {
    item.as_node().is_some_and(|node| node.value().is_none())
}
