//! Subsetting: `single`, `first`, `last`, `tail`, `skip`, `take`, `intersect`, `exclude`.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#subsetting>.

use crate::error::Error;
use crate::evaluate::{Call, Distinct, Evaluator, Flow, Scope};
use crate::function::Function;
use crate::tree::Sink;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    match call.function {
        Function::Single => super::answer(evaluator.input_single(call, scope)?, sink),
        Function::First => {
            let mut first = None;
            evaluator.input(call, scope, &mut |item| {
                first = Some(item);
                Ok(Flow::Stop)
            })?;
            super::answer(first, sink)
        }
        Function::Last => {
            let mut last = None;
            evaluator.input(call, scope, &mut |item| {
                evaluator.spend(call.id, 1)?;
                last = Some(item);
                Ok(Flow::More)
            })?;
            super::answer(last, sink)
        }
        Function::Tail => skip(evaluator, call, 1, scope, sink),
        Function::Skip => {
            let count = evaluator.argument_integer(call, 0, scope)?.unwrap_or(0);
            skip(evaluator, call, count, scope, sink)
        }
        Function::Take => take(evaluator, call, scope, sink),
        _ => against(evaluator, call, scope, sink),
    }
}

fn skip<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    count: i32,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let mut left = count;
    evaluator.input(call, scope, &mut |item| {
        evaluator.spend(call.id, 1)?;
        if left > 0 {
            left -= 1;
            return Ok(Flow::More);
        }
        sink(item)
    })
}

fn take<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let mut left = evaluator.argument_integer(call, 0, scope)?.unwrap_or(0);
    if left <= 0 {
        return Ok(Flow::More);
    }
    let mut wanted = Flow::More;
    evaluator.input(call, scope, &mut |item| {
        left -= 1;
        wanted = sink(item)?;
        Ok(if left <= 0 { Flow::Stop } else { wanted })
    })?;
    Ok(wanted)
}

/// `intersect` drops doubles; `exclude` keeps doubles and order.
fn against<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let definitions = evaluator.environment.definitions;
    let mut other = Distinct::default();
    for item in evaluator.argument(call, 0, scope)? {
        let (_, compared) = other.insert(&item, definitions);
        evaluator.spend(call.id, compared)?;
    }
    let is_intersection = call.function == Function::Intersect;
    let mut seen = Distinct::default();
    evaluator.input(call, scope, &mut |item| {
        evaluator.spend(call.id, 1)?;
        let is_in_other = other.contains(&item, definitions);
        if is_in_other != is_intersection {
            return Ok(Flow::More);
        }
        if is_intersection {
            let (is_new, compared) = seen.insert(&item, definitions);
            evaluator.spend(call.id, compared)?;
            if !is_new {
                return Ok(Flow::More);
            }
        }
        sink(item)
    })
}
