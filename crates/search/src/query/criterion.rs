//! One filter on the searched resource itself: a parameter, a modifier, values.
//! Spec: <https://hl7.org/fhir/R4/search.html#ptypes>.
//!
//! To support one more modifier, add it to [`modifiers`] and to `build`.

use definitions::{ParameterKind, SearchParameter};
use fhir::{Issue, IssueCode, ResourceId, ResourceType};

use super::Context;
use super::escape::{split, unescape};
use super::suggest::nearest;
use crate::entry::ParameterId;
use crate::expression::{Comparison, Expression, Modifier, Predicate};
use crate::kind::reference::{Allowed, list_types};
use crate::kind::string::Folding;
use crate::kind::{date, number, quantity, reference, string, token, uri};

/// Parameters of the spec that no definition's expression explains and that are not supported yet.
const NOT_YET: [&str; 10] = [
    "_text",
    "_content",
    "_list",
    "_query",
    "_filter",
    "_type",
    "_contained",
    "_containedType",
    "_score",
    "_at",
];

/// The modifiers that a kind takes, for reading and for messages.
fn modifiers(kind: ParameterKind) -> &'static [&'static str] {
    match kind {
        ParameterKind::Token => &["missing", "not"],
        ParameterKind::String => &["missing", "exact", "contains"],
        ParameterKind::Uri => &["missing", "above", "below"],
        ParameterKind::Reference => &["missing", "[type]"],
        ParameterKind::Date
        | ParameterKind::Quantity
        | ParameterKind::Number
        | ParameterKind::Composite
        | ParameterKind::Special => &["missing"],
    }
}

/// The parameter of this code, or the issue that says which there are.
pub(crate) fn find_parameter(
    context: &Context<'_>,
    resource_type: ResourceType,
    code: &str,
    place: &str,
) -> Result<&'static SearchParameter, Issue> {
    if let Some(parameter) = context.definitions.search_parameter(resource_type, code) {
        if matches!(parameter.kind, ParameterKind::Composite | ParameterKind::Special) {
            let kind = parameter.kind.as_str();
            return Err(not_supported(
                place,
                format!(
                    "{code} is a {kind} parameter, a kind that is not supported yet; search by single values"
                ),
            ));
        }
        return Ok(parameter);
    }
    if NOT_YET.contains(&code) {
        return Err(not_supported(place, format!("{code} is not supported yet; leave it out")));
    }
    let own = context.definitions.search_parameters(resource_type).map(|p| p.code);
    let near = nearest(code, own.chain(super::outcome::NAMES.iter().copied()));
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
    let parameter = find_parameter(context, resource_type, code, place)?;
    if values.is_empty() {
        return Err(bad_value(place, "it has no value; write one after the = or leave it out"));
    }
    if modifier == Some("missing") {
        return missing(parameter, values, place);
    }
    let reader = Reader::new(context, parameter, modifier, place)?;
    let parts = split(values, ',');
    let mut any = Vec::with_capacity(parts.len());
    for (index, part) in parts.iter().enumerate() {
        let which =
            if parts.len() == 1 { "the value".to_owned() } else { format!("value {}", index + 1) };
        if part.is_empty() {
            return Err(bad_value(
                place,
                &format!("{which} is empty; write \\, for a comma that is part of one"),
            ));
        }
        let read = reader.read(part);
        any.push(read.map_err(|message| bad_value(place, &format!("{which} {message}")))?);
    }
    let any = Expression::Or(any);
    Ok(if modifier == Some("not") { Expression::Not(Box::new(any)) } else { any })
}

/// `:missing=true|false`
fn missing(parameter: &SearchParameter, value: &str, place: &str) -> Result<Expression, Issue> {
    let is_missing = match value {
        "true" => true,
        "false" => false,
        _ => return Err(bad_value(place, ":missing takes true or false")),
    };
    // Every stored resource has an id and a time of its last update.
    let missing = match parameter.code {
        "_id" | "_lastUpdated" => Expression::Never,
        _ => Expression::Missing(ParameterId(parameter.id)),
    };
    Ok(if is_missing { missing } else { Expression::Not(Box::new(missing)) })
}

/// Reads the values of one parameter under one modifier.
struct Reader<'c> {
    context: &'c Context<'c>,
    parameter: &'static SearchParameter,
    modifier: Modifier,
    /// The type of a `:Type` modifier.
    only: Option<ResourceType>,
}

impl<'c> Reader<'c> {
    fn new(
        context: &'c Context<'c>,
        parameter: &'static SearchParameter,
        modifier: Option<&str>,
        place: &str,
    ) -> Result<Reader<'c>, Issue> {
        let mut reader = Reader { context, parameter, modifier: Modifier::Plain, only: None };
        let Some(text) = modifier else { return Ok(reader) };
        if parameter.kind == ParameterKind::Reference
            && let Some(only) = context.definitions.resource_type(text)
        {
            reader.only = Some(target_type(parameter, only, place)?);
            return Ok(reader);
        }
        let allowed = modifiers(parameter.kind);
        if !allowed.contains(&text) {
            let allowed = allowed.join(", :");
            let kind = parameter.kind.as_str();
            return Err(not_supported(
                place,
                format!(
                    "modifier :{text} is not supported on a {kind} parameter; use none or :{allowed}"
                ),
            ));
        }
        reader.modifier = match text {
            "exact" => Modifier::Exact,
            "contains" => Modifier::Contains,
            "above" => Modifier::Above,
            "below" => Modifier::Below,
            _ => Modifier::Plain,
        };
        Ok(reader)
    }

    fn read(&self, part: &str) -> Result<Expression, String> {
        match self.parameter.code {
            "_id" => {
                let id = ResourceId::parse(part);
                let id = id.ok_or("is no id; an id has 1 to 64 letters, digits, - or .")?;
                return Ok(Expression::Id(vec![id]));
            }
            "_lastUpdated" => {
                return date::parse(part, self.context.options.now).map(Expression::LastUpdated);
            }
            _ => {}
        }
        let parameter = ParameterId(self.parameter.id);
        let predicate = self.predicate(part)?;
        Ok(Expression::Compare(Comparison { parameter, predicate }))
    }

    fn predicate(&self, part: &str) -> Result<Predicate, String> {
        match self.parameter.kind {
            ParameterKind::Token => token::parse(part),
            ParameterKind::String => {
                let folding = Folding::of(self.parameter);
                string::parse(&unescape(part), self.modifier, folding)
            }
            ParameterKind::Uri => uri::parse(&unescape(part), self.modifier),
            ParameterKind::Reference => {
                let allowed = Allowed {
                    definitions: self.context.definitions,
                    types: &self.parameter.targets,
                    only: self.only,
                    base_url: &self.context.options.base_url,
                };
                reference::parse(&unescape(part), &allowed)
            }
            ParameterKind::Date => date::parse(part, self.context.options.now).map(Predicate::Date),
            ParameterKind::Number => number::parse(part),
            ParameterKind::Quantity => quantity::parse(part),
            ParameterKind::Composite | ParameterKind::Special => {
                Err("is of a kind that is not supported yet".to_owned())
            }
        }
    }
}

/// A type that a reference parameter may point at, or the issue that lists those.
pub(crate) fn target_type(
    parameter: &SearchParameter,
    target: ResourceType,
    place: &str,
) -> Result<ResourceType, Issue> {
    if parameter.targets.is_empty() || parameter.targets.contains(&target) {
        return Ok(target);
    }
    let types = list_types(&parameter.targets);
    let code = parameter.code;
    Err(bad_value(place, &format!("{code} does not refer to {target}, but to {types}")))
}

pub(crate) fn bad_value(place: &str, message: &str) -> Issue {
    Issue::error(IssueCode::Value, place, message)
}

pub(crate) fn not_supported(place: &str, message: String) -> Issue {
    Issue::error(IssueCode::NotSupported, place, message)
}
