//! Existence: `empty`, `exists`, `all`, `count`, `distinct` and their kin, and `not`.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#existence>.

use crate::error::Error;
use crate::evaluate::{Call, Distinct, Evaluator, Flow, Scope, truth, type_shown};
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
    let definitions = evaluator.environment.definitions;
    match call.function {
        Function::Exists => sink(exists(evaluator, call, scope)?.into()),
        Function::Empty => sink((!exists(evaluator, call, scope)?).into()),
        Function::All => {
            let criteria = call.arguments[0];
            let (mut all, mut index) = (true, 0);
            evaluator.input(call, scope, &mut |item| {
                all = evaluator.boolean(criteria, scope.of(&item, index))? == Some(true);
                index += 1;
                Ok(if all { Flow::More } else { Flow::Stop })
            })?;
            sink(all.into())
        }
        Function::AllTrue | Function::AllFalse => {
            let wanted = call.function == Function::AllTrue;
            let mut all = true;
            each_boolean(evaluator, call, scope, &mut |value| all &= value == wanted)?;
            sink(all.into())
        }
        Function::AnyTrue | Function::AnyFalse => {
            let wanted = call.function == Function::AnyTrue;
            let mut any = false;
            each_boolean(evaluator, call, scope, &mut |value| any |= value == wanted)?;
            sink(any.into())
        }
        Function::SubsetOf | Function::SupersetOf => {
            sink(is_subset(evaluator, call, scope)?.into())
        }
        Function::Count => {
            let mut count = 0_i32;
            evaluator.input(call, scope, &mut |_| {
                evaluator.spend(call.id, 1)?;
                count += 1;
                Ok(Flow::More)
            })?;
            sink(Item::Value(System::Integer(count)))
        }
        Function::Distinct => {
            let mut seen = Distinct::default();
            evaluator.input(call, scope, &mut |item| {
                let (is_new, compared) = seen.insert(&item, definitions);
                evaluator.spend(call.id, compared)?;
                if is_new { sink(item) } else { Ok(Flow::More) }
            })
        }
        Function::IsDistinct => {
            let mut seen = Distinct::default();
            let mut is_distinct = true;
            evaluator.input(call, scope, &mut |item| {
                let (is_new, compared) = seen.insert(&item, definitions);
                evaluator.spend(call.id, compared)?;
                is_distinct = is_new;
                Ok(if is_new { Flow::More } else { Flow::Stop })
            })?;
            sink(is_distinct.into())
        }
        _ => {
            let item = evaluator.input_single(call, scope)?;
            super::answer(item.and_then(|item| truth(&item)).map(|value| !value), sink)
        }
    }
}

fn is_subset<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
) -> Result<bool, Error> {
    let definitions = evaluator.environment.definitions;
    let (input, other) = (evaluator.input_items(call, scope)?, evaluator.argument(call, 0, scope)?);
    let is_subset = call.function == Function::SubsetOf;
    let (small, large) = if is_subset { (&input, &other) } else { (&other, &input) };
    let mut set = Distinct::default();
    for item in large {
        let (_, compared) = set.insert(item, definitions);
        evaluator.spend(call.id, compared)?;
    }
    evaluator.spend(call.id, small.len())?;
    Ok(small.iter().all(|item| set.contains(item, definitions)))
}

fn exists<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
) -> Result<bool, Error> {
    let (mut found, mut index) = (false, 0);
    evaluator.input(call, scope, &mut |item| {
        found = match call.arguments.first() {
            None => true,
            Some(criteria) => evaluator.boolean(*criteria, scope.of(&item, index))? == Some(true),
        };
        index += 1;
        Ok(if found { Flow::Stop } else { Flow::More })
    })?;
    Ok(found)
}

fn each_boolean<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    take: &mut dyn FnMut(bool),
) -> Result<(), Error> {
    evaluator.input(call, scope, &mut |item| {
        match item.system() {
            Some(System::Boolean(value)) => take(value),
            None if crate::evaluate::is_without_value(&item) => {}
            _ => {
                let name = call.function.as_str();
                let message = format!("{name}() on {}; expected Booleans", type_shown(&item));
                return Err(evaluator.refuse(call.id, &message));
            }
        }
        Ok(Flow::More)
    })?;
    Ok(())
}
