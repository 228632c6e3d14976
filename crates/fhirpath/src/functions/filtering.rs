//! Filtering and projection: `where`, `select`, `repeat`, `sort`, and `aggregate`.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#filtering-and-projection>, `#aggregates`.

use std::cmp::Ordering;

use crate::ast::{Expr, ExprId};
use crate::error::Error;
use crate::evaluate::{Call, Distinct, Evaluator, Flow, Scope, compare, emit};
use crate::function::Function;
use crate::item::Item;
use crate::system::System;
use crate::tree::Sink;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    match call.function {
        Function::Where => {
            let criteria = call.arguments[0];
            let mut index = 0;
            evaluator.input(call, scope, &mut |item| {
                let is_kept = evaluator.boolean(criteria, scope.of(&item, index))? == Some(true);
                index += 1;
                if is_kept { sink(item) } else { Ok(Flow::More) }
            })
        }
        Function::Select => {
            let mut index = 0;
            evaluator.input(call, scope, &mut |item| {
                index += 1;
                project(evaluator, call.arguments[0], scope.of(&item, index - 1), sink)
            })
        }
        Function::Repeat | Function::RepeatAll => repeat(evaluator, call, scope, sink),
        Function::Sort => sort(evaluator, call, scope, sink),
        _ => aggregate(evaluator, call, scope, sink),
    }
}

fn project<'t>(
    evaluator: &Evaluator<'_, 't>,
    projection: ExprId,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    if evaluator.program.defines_variables {
        return emit(evaluator.operand(projection, scope)?, sink);
    }
    evaluator.visit(projection, scope, sink)
}

/// Applies a projection to the input, then to what it gave, until nothing new comes.
fn repeat<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let projection = call.arguments[0];
    let is_unique = call.function == Function::Repeat;
    let mut seen = Distinct::default();
    let mut round = evaluator.input_items(call, scope)?;
    while !round.is_empty() {
        let mut next = Vec::new();
        for (index, item) in round.iter().enumerate() {
            for found in evaluator.operand(projection, scope.of(item, index))? {
                if is_unique {
                    let (is_new, compared) = seen.insert(&found, evaluator.environment.definitions);
                    evaluator.spend(call.id, compared)?;
                    if !is_new {
                        continue;
                    }
                }
                if sink(found.clone())? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
                evaluator.keep(call.id, &mut next, found)?;
            }
        }
        round = next;
    }
    Ok(Flow::More)
}

/// `$total` is what the last round gave.
fn aggregate<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let mut total = evaluator.argument(call, 1, scope)?;
    for (index, item) in evaluator.input_items(call, scope)?.iter().enumerate() {
        let round = Scope { this: Some(item), index: Some(index), total: Some(&total) };
        total = evaluator.operand(call.arguments[0], round)?;
    }
    emit(total, sink)
}

/// A key of one item; nothing comes before every value, in either direction.
type Key<'t> = Option<System<'t>>;

fn sort<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let items = evaluator.input_items(call, scope)?;
    let mut keyed: Vec<(Vec<Key<'t>>, Item<'t>)> = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let mut keys = Vec::with_capacity(call.arguments.len().max(1));
        if call.arguments.is_empty() {
            keys.push(item.system());
        }
        for key in call.arguments {
            let value = evaluator.single(*key, scope.of(&item, index), "a key of sort")?;
            keys.push(value.and_then(|value| value.system()));
        }
        keyed.push((keys, item));
    }
    let comparisons = keyed.len().saturating_mul(keyed.len().max(2).ilog2() as usize);
    evaluator.spend(call.id, comparisons)?;
    let is_descending = |at: usize| {
        let key = call.arguments.get(at).map(|key| evaluator.program.get(*key));
        matches!(key, Some(Expr::Descending(_)))
    };
    let mut problem = None;
    let keyed = sorted(keyed, &mut |(a, _), (b, _)| {
        for (at, (a, b)) in a.iter().zip(b).enumerate() {
            let order = match (a, b) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(a), Some(b)) => {
                    let order = compare(a, b).unwrap_or_else(|message| {
                        problem.get_or_insert(message);
                        None
                    });
                    let order = order.unwrap_or(Ordering::Equal);
                    if is_descending(at) { order.reverse() } else { order }
                }
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    });
    match problem {
        Some(message) => Err(evaluator.refuse(call.id, &message)),
        None => emit(keyed.into_iter().map(|(_, item)| item), sink),
    }
}

/// Sorts by merging, stable. Keys need not have an order among all of them (2012 is neither before
/// nor after 2012-02, and 2012-01 is before it), with which the standard library's sort may panic.
fn sorted<T>(mut items: Vec<T>, order: &mut dyn FnMut(&T, &T) -> Ordering) -> Vec<T> {
    let length = items.len();
    if length < 2 {
        return items;
    }
    let second = items.split_off(length / 2);
    let mut first = sorted(items, order).into_iter().peekable();
    let mut second = sorted(second, order).into_iter().peekable();
    let mut merged = Vec::with_capacity(length);
    while let (Some(a), Some(b)) = (first.peek(), second.peek()) {
        let next = if order(a, b) == Ordering::Greater { second.next() } else { first.next() };
        merged.extend(next);
    }
    merged.extend(first.chain(second));
    merged
}
