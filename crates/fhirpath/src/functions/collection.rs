//! Combining collections (`union`, `combine`, `coalesce`), and walking the tree (`children`,
//! `descendants`, `type`).
//!
//! Spec: <http://hl7.org/fhirpath/N1/#combining>, `#tree-navigation`, `#reflection`.

use crate::error::Error;
use crate::evaluate::{Call, Distinct, Evaluator, Flow, Scope, emit};
use crate::function::Function;
use crate::item::Item;
use crate::system::{System, TypeInfo};
use crate::tree::{self, Sink};
use crate::types;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    match call.function {
        Function::Union => {
            let mut seen = Distinct::default();
            let mut unique = |item: Item<'t>| {
                let (is_new, compared) = seen.insert(&item, evaluator.environment.definitions);
                evaluator.spend(call.id, compared)?;
                if is_new { sink(item) } else { Ok(Flow::More) }
            };
            match evaluator.input(call, scope, &mut unique)? {
                Flow::Stop => Ok(Flow::Stop),
                Flow::More => emit(evaluator.argument(call, 0, scope)?, &mut unique),
            }
        }
        Function::Combine => match evaluator.input(call, scope, sink)? {
            Flow::Stop => Ok(Flow::Stop),
            Flow::More => emit(evaluator.argument(call, 0, scope)?, sink),
        },
        _ => {
            for index in 0..call.arguments.len() {
                let items = evaluator.argument(call, index, scope)?;
                if !items.is_empty() {
                    return emit(items, sink);
                }
            }
            Ok(Flow::More)
        }
    }
}

pub(super) fn tree<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    match call.function {
        Function::Children => {
            evaluator.input(call, scope, &mut |item| children(evaluator, call, &item, sink))
        }
        Function::Descendants => {
            evaluator.input(call, scope, &mut |item| descendants(evaluator, call, &item, sink))
        }
        _ => evaluator.input(call, scope, &mut |item| {
            let info = type_info(evaluator, &item);
            sink(Item::Value(System::Type(Box::new(info))))
        }),
    }
}

fn children<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    item: &Item<'t>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    evaluator.spend(call.id, 1)?;
    match item {
        Item::Node(node) => tree::all(node, evaluator.environment.definitions, sink),
        Item::Value(_) | Item::Unread(_) => Ok(Flow::More),
    }
}

/// Each child and what is below it; a tree's depth is bounded where it is parsed.
fn descendants<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    item: &Item<'t>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    children(evaluator, call, item, &mut |child| match sink(child.clone())? {
        Flow::Stop => Ok(Flow::Stop),
        Flow::More => descendants(evaluator, call, &child, sink),
    })
}

fn type_info(evaluator: &Evaluator<'_, '_>, item: &Item<'_>) -> TypeInfo {
    match item {
        Item::Value(value) => TypeInfo {
            namespace: "System",
            name: value.system_type().as_str().into(),
            base: Some("System.Any".into()),
        },
        Item::Node(_) | Item::Unread(_) => {
            let name = item.type_name();
            let base = types::base(name, evaluator.environment.definitions);
            TypeInfo {
                namespace: "FHIR",
                name: name.into(),
                base: base.map(|base| format!("FHIR.{base}").into()),
            }
        }
    }
}
