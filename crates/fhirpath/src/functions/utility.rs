//! `iif`, `trace`, `defineVariable`, and the clock: `now`, `today`, `timeOfDay`.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#utility-functions>, `#iif`.

use crate::error::{Error, ErrorKind};
use crate::evaluate::{Call, Evaluator, Flow, Scope, emit};
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
        Function::Iif => iif(evaluator, call, scope, sink),
        Function::Trace => trace(evaluator, call, scope, sink),
        Function::DefineVariable => define_variable(evaluator, call, scope, sink),
        _ => clock(evaluator, call, sink),
    }
}

/// Only the branch that is taken is evaluated; `$this` is the input.
fn iif<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let input = evaluator.input_single(call, scope)?;
    let inner = match &input {
        // Without anything before the dot, the scope stays as it is.
        _ if call.of.is_none() => scope,
        Some(item) => scope.of(item, 0),
        None => Scope { this: None, index: None, total: scope.total },
    };
    let is_true = evaluator.boolean(call.arguments[0], inner)? == Some(true);
    match call.arguments.get(if is_true { 1 } else { 2 }) {
        None => Ok(Flow::More),
        Some(branch) if evaluator.program.defines_variables => {
            emit(evaluator.operand(*branch, inner)?, sink)
        }
        Some(branch) => evaluator.visit(*branch, inner, sink),
    }
}

fn trace<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let items = evaluator.input_items(call, scope)?;
    let name = evaluator.argument_text(call, 0, scope)?;
    if let (Some(trace), Some(name)) = (evaluator.environment.trace, name) {
        match call.arguments.get(1) {
            None => trace.trace(&name, &items),
            Some(projection) => {
                let mut shown = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    shown.extend(evaluator.operand(*projection, scope.of(item, index))?);
                }
                trace.trace(&name, &shown);
            }
        }
    }
    emit(items, sink)
}

fn define_variable<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let items = evaluator.input_items(call, scope)?;
    let Some(name) = evaluator.argument_text(call, 0, scope)? else {
        return Err(evaluator.refuse(call.id, "defineVariable() without a name; expected a String"));
    };
    if evaluator.is_defined(&name) {
        let message = "a variable that is defined already; expected another name";
        return Err(evaluator.refuse(call.id, message));
    }
    let value = match call.arguments.get(1) {
        None => items.clone(),
        Some(expression) => {
            let this = items.first().filter(|_| items.len() == 1).or(scope.this);
            evaluator.operand(*expression, Scope { this, ..scope })?
        }
    };
    evaluator.define(name, value);
    emit(items, sink)
}

fn clock<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(now) = evaluator.environment.now else {
        let message = format!("{}() has no clock here", call.function.as_str());
        return Err(evaluator.error(ErrorKind::Missing, call.id, &message));
    };
    let value = match call.function {
        Function::Now => Some(System::DateTime(now)),
        Function::Today => Some(System::Date(now.date())),
        _ => now.time().map(System::Time),
    };
    super::answer(value.map(Item::Value), sink)
}
