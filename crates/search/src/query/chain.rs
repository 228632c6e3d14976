//! Filters by other resources: `subject:Patient.name=`, `_has:Observation:patient:code=`.
//! Spec: <https://hl7.org/fhir/R4/search.html#chaining>, <https://hl7.org/fhir/R4/search.html#has>.

use definitions::{ParameterKind, SearchParameter};
use fhir::{Issue, IssueCode, ResourceType};

use super::Context;
use super::criterion::{self, WHOLE, bad_value, find_parameter, target_type};
use super::name::Name;
use super::suggest::nearest;
use crate::entry::ParameterId;
use crate::expression::Expression;

/// Links of a chain at the most.
const DEPTH_MAX: usize = 16;

/// Reads `name=values` as a filter on a type.
pub(crate) fn filter(
    context: &Context<'_>,
    resource_type: ResourceType,
    name: &str,
    values: &str,
) -> Result<Expression, Issue> {
    nested(context, resource_type, name, values, name, 0)
}

fn nested(
    context: &Context<'_>,
    resource_type: ResourceType,
    name: &str,
    values: &str,
    place: &str,
    depth: usize,
) -> Result<Expression, Issue> {
    if depth > DEPTH_MAX {
        return Err(bad_value(place, &format!("the chain has more than {DEPTH_MAX} links")));
    }
    match Name::parse(name) {
        None => Err(bad_value(place, "_has is written _has:Type:reference:parameter=value")),
        Some(Name::Plain { code, modifier }) => {
            criterion::filter(context, resource_type, code, modifier, values, place)
        }
        Some(Name::Chain { code, target, rest }) => {
            let parameter = reference(context, resource_type, code, place)?;
            let targets = match target {
                Some(target) => {
                    vec![target_type(parameter, known_type(context, target, place)?, place)?]
                }
                None => targets_with(context, parameter, next_code(rest), place)?,
            };
            context.spend(targets.len(), place)?;
            any_target(targets, |target| {
                let inner = nested(context, target, rest, values, place, depth + 1)?;
                let parameter = ParameterId(parameter.id);
                Ok(Expression::Chain { parameter, target, inner: Box::new(inner) })
            })
        }
        Some(Name::Has { source, reference: code, rest }) => {
            let source = known_type(context, source, place)?;
            let parameter = reference(context, source, code, place)?;
            target_type(parameter, resource_type, place)?;
            context.spend(1, place)?;
            let inner = nested(context, source, rest, values, place, depth + 1)?;
            let parameter = ParameterId(parameter.id);
            Ok(Expression::Has { source, parameter, inner: Box::new(inner) })
        }
    }
}

/// One of the targets fulfils what is read for it. A type for which it cannot be read (deeper in the
/// chain there is no such parameter) is no target of it, unless it is so for all of them.
pub(crate) fn any_target(
    targets: Vec<ResourceType>,
    read: impl Fn(ResourceType) -> Result<Expression, Issue>,
) -> Result<Expression, Issue> {
    let (mut any, mut first) = (Vec::with_capacity(targets.len()), None);
    for target in targets {
        match read(target) {
            Ok(expression) => any.push(expression),
            Err(issue) if issue.code == IssueCode::TooCostly => return Err(issue),
            Err(issue) => {
                first.get_or_insert(issue);
            }
        }
    }
    match first {
        Some(issue) if any.is_empty() => Err(issue),
        _ => Ok(Expression::Or(any)),
    }
}

/// The resource type of this name, or the issue that says it is none.
pub(crate) fn known_type(
    context: &Context<'_>,
    name: &str,
    place: &str,
) -> Result<ResourceType, Issue> {
    context.definitions.resource_type(name).ok_or_else(|| {
        let types = context.definitions.resource_types().iter().map(|t| t.as_str());
        let near = nearest(name, types).map(|near| format!("; did you mean {near}?"));
        let near = near.unwrap_or_default();
        bad_value(place, &format!("a part of it names no resource type of FHIR R4{near}"))
    })
}

/// The reference parameter of this code.
pub(crate) fn reference(
    context: &Context<'_>,
    resource_type: ResourceType,
    code: &str,
    place: &str,
) -> Result<&'static SearchParameter, Issue> {
    let parameter = find_parameter(context, resource_type, code, place)?;
    if parameter.kind == ParameterKind::Reference {
        return Ok(parameter);
    }
    let kind = parameter.kind.as_str();
    let references: Vec<_> = context
        .definitions
        .search_parameters(resource_type)
        .filter(|p| p.kind == ParameterKind::Reference)
        .map(|p| p.code)
        .collect();
    Err(bad_value(
        place,
        &format!(
            "{code} is a {kind} parameter and leads to no other resource; those of {resource_type} \
             that do are {}",
            references.join(", ")
        ),
    ))
}

/// The code that a name goes on with; `None` for `_has`, which any type can be asked.
fn next_code(rest: &str) -> Option<&str> {
    match Name::parse(rest)? {
        Name::Plain { code, .. } | Name::Chain { code, .. } => Some(code),
        Name::Has { .. } => None,
    }
}

/// The types that a reference may point at and that have what the chain goes on with.
pub(crate) fn targets_with(
    context: &Context<'_>,
    parameter: &SearchParameter,
    next: Option<&str>,
    place: &str,
) -> Result<Vec<ResourceType>, Issue> {
    let all = match &*parameter.targets {
        [] => context.definitions.resource_types(),
        targets => targets,
    };
    let Some(next) = next.filter(|next| !WHOLE.contains(next)) else { return Ok(all.to_vec()) };
    let has_next =
        |target: &ResourceType| context.definitions.search_parameter(*target, next).is_some();
    let targets: Vec<_> = all.iter().copied().filter(has_next).collect();
    if let (true, Some(first)) = (targets.is_empty(), all.first()) {
        // Says what is wrong with the next name, on the first type that it could be of.
        find_parameter(context, *first, next, place)?;
    }
    Ok(targets)
}
