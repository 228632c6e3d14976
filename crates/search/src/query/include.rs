//! `_include` and `_revinclude`: `Type:reference[:Target]`, `Type:*`, `*`, with `:iterate`.
//! Spec: <https://hl7.org/fhir/R4/search.html#include>.

use definitions::{Definitions, ParameterKind, SearchParameter};
use fhir::{Issue, ResourceType};

use super::Context;
use super::chain::{known_type, reference};
use super::criterion::{bad_value, may_refer_to, not_supported, target_type};
use crate::entry::ParameterId;
use crate::expression::{Include, IncludeTarget};
use crate::kind::reference::list_types;

/// Reads one include; `*` gives one for each type whose references it follows.
pub(crate) fn read(
    context: &Context<'_>,
    searched: &[ResourceType],
    name: &str,
    value: &str,
) -> Result<Vec<Include>, Issue> {
    let (plain, iterate) = iterates(name)?;
    let is_reverse = plain == "_revinclude";
    if value == "*" {
        return Ok(star(context.definitions, searched, is_reverse, iterate));
    }
    let parts: Vec<&str> = value.split(':').collect();
    let (source, code, target) = match *parts.as_slice() {
        [source, code] => (source, code, None),
        [source, code, target] => (source, code, Some(target)),
        _ => {
            return Err(bad_value(
                name,
                "it is written Type:reference or Type:reference:Target, or *",
            ));
        }
    };
    let source = known_type(context, source, name)?;
    let target = target.map(|target| known_type(context, target, name)).transpose()?;
    if !is_reverse && !searched.contains(&source) && !iterate {
        return Err(bad_value(
            name,
            &format!(
                "it follows references of {source}, but the search is for {}; write \
                 {plain}:iterate to follow them from what is included",
                list_types(searched)
            ),
        ));
    }
    // A reverse include must be able to reach the matches; iterating, it may reach what is included.
    let reached: &[ResourceType] = match &target {
        Some(target) => std::slice::from_ref(target),
        None if is_reverse && !iterate => searched,
        None => &[],
    };
    let reaches = |parameter: &SearchParameter| {
        reached.is_empty() || reached.iter().any(|each| may_refer_to(parameter, *each))
    };
    let parameters = if code == "*" {
        references(context.definitions, source, reaches)
    } else {
        let parameter = reference(context, source, code, name)?;
        if let (false, Some(first)) = (reaches(parameter), reached.first()) {
            target_type(parameter, *first, name)?;
        }
        vec![ParameterId(parameter.id)]
    };
    if parameters.is_empty() {
        let message = format!("no reference parameter of {source} leads where this include goes");
        return Err(bad_value(name, &message));
    }
    let target = if is_reverse { IncludeTarget::Reverse } else { IncludeTarget::Forward(target) };
    Ok(vec![Include { source, parameters, target, iterate }])
}

/// The name without its modifier, and whether that is `:iterate`.
fn iterates(name: &str) -> Result<(&str, bool), Issue> {
    match name.split_once(':') {
        None => Ok((name, false)),
        // `recurse` is what STU3 called it.
        Some((plain, "iterate" | "recurse")) => Ok((plain, true)),
        Some((plain, other)) => {
            let message =
                format!("modifier :{other} is not supported on {plain}; use none or :iterate");
            Err(not_supported(name, message))
        }
    }
}

/// What `*` stands for: the reference parameters of a type that are kept, by number.
fn references(
    definitions: &Definitions,
    source: ResourceType,
    keep: impl Fn(&SearchParameter) -> bool,
) -> Vec<ParameterId> {
    let mut found: Vec<ParameterId> = definitions
        .search_parameters(source)
        .filter(|p| p.kind == ParameterKind::Reference && keep(p))
        .map(|p| ParameterId(p.id))
        .collect();
    found.sort_unstable();
    found
}

/// Whether a star stands for the parameters of an include of a search of these types.
pub(crate) fn is_star(
    definitions: &Definitions,
    include: &Include,
    searched: &[ResourceType],
) -> bool {
    let all = references(definitions, include.source, |parameter| match include.target {
        IncludeTarget::Forward(Some(target)) => may_refer_to(parameter, target),
        IncludeTarget::Reverse if !include.iterate => {
            searched.iter().any(|each| may_refer_to(parameter, *each))
        }
        IncludeTarget::Forward(None) | IncludeTarget::Reverse => true,
    });
    include.parameters == all
}

/// What `*` alone stands for: an include for each type whose references it follows.
pub(crate) fn star(
    definitions: &Definitions,
    searched: &[ResourceType],
    is_reverse: bool,
    iterate: bool,
) -> Vec<Include> {
    // What is included may be of any type, and refer to any.
    let sources = if is_reverse || iterate { definitions.resource_types() } else { searched };
    let is_followed = |parameter: &SearchParameter| {
        !is_reverse || iterate || searched.iter().any(|each| may_refer_to(parameter, *each))
    };
    let includes = sources.iter().map(|source| Include {
        source: *source,
        parameters: references(definitions, *source, is_followed),
        target: if is_reverse { IncludeTarget::Reverse } else { IncludeTarget::Forward(None) },
        iterate,
    });
    includes.filter(|include| !include.parameters.is_empty()).collect()
}
