//! `_include` and `_revinclude`: `Type:reference[:Target]`, `Type:*`, `*`, with `:iterate`.
//! Spec: <https://hl7.org/fhir/R4/search.html#include>.

use definitions::{ParameterKind, SearchParameter};
use fhir::{Issue, ResourceType};

use super::Context;
use super::chain::{known_type, reference};
use super::criterion::{bad_value, not_supported, target_type};
use crate::entry::ParameterId;
use crate::expression::{Include, IncludeTarget};

/// Reads one include; `*` of a `_revinclude` gives one for each type that refers to the searched one.
pub(crate) fn read(
    context: &Context<'_>,
    searched: ResourceType,
    name: &str,
    value: &str,
) -> Result<Vec<Include>, Issue> {
    let (plain, modifier) = match name.split_once(':') {
        Some((plain, modifier)) => (plain, Some(modifier)),
        None => (name, None),
    };
    let iterate = match modifier {
        None => false,
        // `recurse` is what STU3 called it.
        Some("iterate" | "recurse") => true,
        Some(other) => {
            let message =
                format!("modifier :{other} is not supported on {plain}; use none or :iterate");
            return Err(not_supported(name, message));
        }
    };
    let is_reverse = plain == "_revinclude";
    if value == "*" {
        return Ok(if is_reverse {
            all_referring(context, searched, iterate)
        } else {
            let parameters = references(context, searched, |_| true);
            let target = IncludeTarget::Forward(None);
            vec![Include { source: searched, parameters, target, iterate }]
        });
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
    if !is_reverse && source != searched && !iterate {
        return Err(bad_value(
            name,
            &format!(
                "it follows references of {source}, but the search is for {searched}; write \
                 {plain}:iterate to follow them from what is included"
            ),
        ));
    }
    // A reverse include must be able to reach the matches; iterating, it may reach what is included.
    let reached = if is_reverse && !iterate { target.or(Some(searched)) } else { target };
    let parameters = if code == "*" {
        references(context, source, |parameter| {
            reached.is_none_or(|t| parameter.targets.is_empty() || parameter.targets.contains(&t))
        })
    } else {
        let parameter = reference(context, source, code, name)?;
        if let Some(reached) = reached {
            target_type(parameter, reached, name)?;
        }
        vec![ParameterId(parameter.id)]
    };
    let target = if is_reverse { IncludeTarget::Reverse } else { IncludeTarget::Forward(target) };
    Ok(vec![Include { source, parameters, target, iterate }])
}

fn references(
    context: &Context<'_>,
    source: ResourceType,
    keep: impl Fn(&SearchParameter) -> bool,
) -> Vec<ParameterId> {
    context
        .definitions
        .search_parameters(source)
        .filter(|p| p.kind == ParameterKind::Reference && keep(p))
        .map(|p| ParameterId(p.id))
        .collect()
}

fn all_referring(context: &Context<'_>, searched: ResourceType, iterate: bool) -> Vec<Include> {
    let types = context.definitions.resource_types().iter();
    types
        .map(|source| Include {
            source: *source,
            parameters: references(context, *source, |p| p.targets.contains(&searched)),
            target: IncludeTarget::Reverse,
            iterate,
        })
        .filter(|include| !include.parameters.is_empty())
        .collect()
}
