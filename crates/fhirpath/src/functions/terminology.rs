//! Terminology: `memberOf`, `subsumes`, `subsumedBy`, asked of the caller's service.
//!
//! Spec: <https://hl7.org/fhir/R4/fhirpath.html#functions>.

use fhir::Value;

use crate::ast::ExprId;
use crate::environment::Terminology;
use crate::error::{Error, ErrorKind};
use crate::evaluate::{Call, Evaluator, Flow, Scope};
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
    let name = call.function.as_str();
    let Some(service) = evaluator.environment.terminology else {
        let message = format!("{name}() has no terminology service here");
        return Err(evaluator.error(ErrorKind::Missing, call.id, &message));
    };
    let Some(item) = evaluator.input_single(call, scope)? else { return Ok(Flow::More) };
    let codings = codings(evaluator, call.id, name, &item)?;
    evaluator.spend(call.id, 20 * codings.len())?;
    let answer = match call.function {
        Function::MemberOf => {
            let Some(value_set) = evaluator.argument_text(call, 0, scope)? else {
                return Ok(Flow::More);
            };
            any(codings.iter().map(|coding| {
                service.member_of(&value_set, coding.system.as_deref(), &coding.code)
            }))
        }
        function => {
            let Some(other) = evaluator.single(call.arguments[0], scope, name)? else {
                return Ok(Flow::More);
            };
            let others = self::codings(evaluator, call.arguments[0], name, &other)?;
            let is_above = function == Function::Subsumes;
            any(codings.iter().flat_map(|a| others.iter().map(move |b| (a, b))).map(|(a, b)| {
                if is_above { subsumes(service, a, b) } else { subsumes(service, b, a) }
            }))
        }
    };
    super::answer(answer, sink)
}

struct Coding {
    system: Option<Box<str>>,
    code: Box<str>,
}

/// `true` where one is, else unknown where one is.
fn any(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(false);
    for answer in answers {
        match answer {
            Some(true) => return Some(true),
            None => whole = None,
            Some(false) => {}
        }
    }
    whole
}

fn subsumes(service: &dyn Terminology, above: &Coding, below: &Coding) -> Option<bool> {
    let (Some(a), Some(b)) = (above.system.as_deref(), below.system.as_deref()) else {
        return (above.code == below.code).then_some(true);
    };
    if a == b { service.subsumes(a, &above.code, &below.code) } else { Some(false) }
}

/// The codings of a code, a Coding or a CodeableConcept.
fn codings(
    evaluator: &Evaluator<'_, '_>,
    id: ExprId,
    name: &str,
    item: &Item<'_>,
) -> Result<Vec<Coding>, Error> {
    let coding = |value: Value<'_>| {
        let code = value.text_of("code")?.into();
        Some(Coding { system: value.text_of("system").map(Into::into), code })
    };
    if let Some(value) = item.as_node().and_then(crate::item::Node::value) {
        match item.type_name() {
            "Coding" | "Quantity" => return Ok(coding(value).into_iter().collect()),
            "CodeableConcept" => return Ok(value.all("coding").filter_map(coding).collect()),
            _ => {}
        }
    }
    if let Some(System::String(code)) = item.system() {
        return Ok(vec![Coding { system: None, code: (*code).into() }]);
    }
    let found = item.type_name();
    let message = format!("{name}() on {found}; expected a code, Coding or CodeableConcept");
    Err(evaluator.refuse(id, &message))
}
