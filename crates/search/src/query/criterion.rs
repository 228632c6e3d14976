//! One filter on the searched resource itself: a parameter, a modifier, values.
//! Spec: <https://hl7.org/fhir/R4/search.html#ptypes>.

use definitions::{ParameterKind, SearchParameter};
use fhir::{Issue, IssueCode, ResourceType};

use super::Context;
use super::escape::split;
use super::fault::{Fault, offset};
use super::modifier::{self, How};
use super::suggest::nearest;
use super::value::ValueReader;
use super::{condition, list, text};
use crate::entry::ParameterId;
use crate::expression::{Expression, TextPart};
use crate::kind::reference::list_types;

/// Parameters of the spec that search in no element of a resource.
pub(crate) const WHOLE: [&str; 4] = ["_text", "_content", "_list", "_filter"];

/// Parameters of the spec that filter nothing where a filter stands, with what to do instead.
const ELSEWHERE: [(&str, &str); 8] = [
    ("_query", "no named queries are defined here; search by parameters"),
    ("_type", "it is for a search of several types at once, at the base address"),
    ("_at", "it is for _history"),
    ("_since", "it is for _history"),
    ("_score", "it is no filter; matches of _text and _content are not scored"),
    ("_has", "it is written _has:Type:reference:parameter=value"),
    ("_contained", "it is for the search itself and stands on its own"),
    ("_containedType", "it is for the search itself and stands on its own"),
];

/// The parameter of this code, or the issue that says which there are.
pub(crate) fn find_parameter(
    context: &Context<'_>,
    resource_type: ResourceType,
    code: &str,
    place: &str,
) -> Result<&'static SearchParameter, Issue> {
    if let Some(parameter) = context.definitions.search_parameter(resource_type, code) {
        return Ok(parameter);
    }
    if let Some((_, instead)) = ELSEWHERE.iter().find(|(known, _)| *known == code) {
        return Err(not_supported(place, format!("{code} cannot be used here: {instead}")));
    }
    let own = context.definitions.search_parameters(resource_type).map(|p| p.code);
    let near = nearest(code, own.chain(super::outcome::NAMES).chain(WHOLE));
    let near = near.map(|near| format!("did you mean {near}? ")).unwrap_or_default();
    Err(not_supported(
        place,
        format!(
            "{resource_type} has no such search parameter; {near}its parameters are listed in the \
             capability statement at /metadata"
        ),
    ))
}

/// `code:modifier=values` on a type; `place` names the parameter in issues.
pub(crate) fn filter(
    context: &Context<'_>,
    resource_type: ResourceType,
    code: &str,
    modifier: Option<&str>,
    values: &str,
    place: &str,
) -> Result<Expression, Issue> {
    if WHOLE.contains(&code) {
        return whole(context, resource_type, code, modifier, values, place);
    }
    let parameter = find_parameter(context, resource_type, code, place)?;
    let how = modifier::read(context, parameter, modifier, place)?;
    if values.is_empty() {
        return Err(no_value(place));
    }
    if how == How::Missing {
        return missing(parameter, values, place);
    }
    let reader = ValueReader { context, resource_type, parameter, how };
    if how == How::OfType && !reader.reads("Identifier") {
        let message = format!("modifier :of-type is for identifiers, and {code} looks at none");
        return Err(not_supported(place, message));
    }
    let any = each(context, values, place, |part| reader.read(part))?;
    let negated = matches!(how, How::Not | How::NotIn);
    Ok(if negated { Expression::Not(Box::new(any)) } else { any })
}

/// Parameters that look at a resource as a whole.
fn whole(
    context: &Context<'_>,
    resource_type: ResourceType,
    code: &str,
    modifier: Option<&str>,
    values: &str,
    place: &str,
) -> Result<Expression, Issue> {
    if modifier.is_some() {
        return Err(bad_value(place, &format!("{code} takes no modifier")));
    }
    if values.trim().is_empty() {
        return Err(no_value(place));
    }
    match code {
        "_text" => text::filter(TextPart::Narrative, values, place),
        "_content" => text::filter(TextPart::Content, values, place),
        "_list" => each(context, values, place, |part| list::read(context, part)),
        _ => condition::filter(context, resource_type, values, place),
    }
}

/// One of the values parted by commas must hold.
fn each(
    context: &Context<'_>,
    values: &str,
    place: &str,
    read: impl Fn(&str) -> Result<Expression, Fault>,
) -> Result<Expression, Issue> {
    let parts = split(values, ',');
    context.spend(parts.len(), place)?;
    let mut any = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let which = || {
            let only = parts.len() == 1;
            if only { "the value".to_owned() } else { format!("value {}", index + 1) }
        };
        let read = if part.is_empty() {
            Err(Fault::from("is empty; write \\, for a comma that is part of one"))
        } else {
            read(part)
        };
        any.push(read.map_err(|fault| fault.moved(offset(values, part)).issue(place, &which()))?);
    }
    Ok(Expression::Or(any))
}

/// `:missing=true|false`
fn missing(parameter: &SearchParameter, value: &str, place: &str) -> Result<Expression, Issue> {
    let is_missing = match value {
        "true" => true,
        "false" => false,
        _ => return Err(bad_value(place, ":missing takes true or false")),
    };
    let missing = missing_of(parameter);
    Ok(if is_missing { missing } else { Expression::Not(Box::new(missing)) })
}

/// That a parameter has no value. Every stored resource has an id and a time of its last update.
pub(crate) fn missing_of(parameter: &SearchParameter) -> Expression {
    match parameter.code {
        "_id" | "_lastUpdated" => Expression::Never,
        _ => Expression::Missing(ParameterId(parameter.id)),
    }
}

/// A type that a reference parameter may point at, or the issue that lists those.
pub(crate) fn target_type(
    parameter: &SearchParameter,
    target: ResourceType,
    place: &str,
) -> Result<ResourceType, Issue> {
    if may_refer_to(parameter, target) {
        return Ok(target);
    }
    let types = list_types(&parameter.targets);
    let code = parameter.code;
    Err(bad_value(place, &format!("{code} does not refer to {target}, but to {types}")))
}

/// Whether a reference parameter's target may be of this type; no types named means any.
pub(crate) fn may_refer_to(parameter: &SearchParameter, target: ResourceType) -> bool {
    parameter.kind == ParameterKind::Reference
        && (parameter.targets.is_empty() || parameter.targets.contains(&target))
}

fn no_value(place: &str) -> Issue {
    bad_value(place, "it has no value; write one after the = or leave it out")
}

pub(crate) fn bad_value(place: &str, message: &str) -> Issue {
    Issue::error(IssueCode::Value, place, message)
}

pub(crate) fn not_supported(place: &str, message: String) -> Issue {
    Issue::error(IssueCode::NotSupported, place, message)
}
