//! Modifiers: which kind of parameter takes which.
//! Spec: <https://hl7.org/fhir/R4/search.html#modifiers>.
//!
//! To support one more, add it to [`How`], [`NAMES`] and [`taken_by`], and to `value`.

use definitions::{ParameterKind, SearchParameter};
use fhir::{Issue, ResourceType};

use super::Context;
use super::criterion::{not_supported, target_type};

/// How a parameter's values are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// No modifier.
    Plain,
    Missing,
    Exact,
    Contains,
    Not,
    Text,
    In,
    NotIn,
    Above,
    Below,
    OfType,
    Identifier,
    /// `:Patient` on a reference.
    Type(ResourceType),
}

const NAMES: [(&str, How); 11] = [
    ("missing", How::Missing),
    ("exact", How::Exact),
    ("contains", How::Contains),
    ("not", How::Not),
    ("text", How::Text),
    ("in", How::In),
    ("not-in", How::NotIn),
    ("above", How::Above),
    ("below", How::Below),
    ("of-type", How::OfType),
    ("identifier", How::Identifier),
];

/// The modifiers that a kind takes. Ids and times of change are no codes and no references.
fn taken_by(parameter: &SearchParameter) -> &'static [How] {
    match parameter.kind {
        _ if parameter.code == "_id" => &[How::Missing, How::Not],
        ParameterKind::Token => &[
            How::Missing,
            How::Not,
            How::Text,
            How::In,
            How::NotIn,
            How::Above,
            How::Below,
            How::OfType,
        ],
        ParameterKind::String => &[How::Missing, How::Exact, How::Contains],
        ParameterKind::Uri => &[How::Missing, How::Above, How::Below],
        ParameterKind::Reference => {
            &[How::Missing, How::Identifier, How::Text, How::Above, How::Below]
        }
        ParameterKind::Date | ParameterKind::Quantity | ParameterKind::Number => &[How::Missing],
        ParameterKind::Composite | ParameterKind::Special => &[],
    }
}

/// The modifiers that a parameter takes, as a statement of capabilities lists them.
///
/// ```
/// let definitions = definitions::embedded();
/// let patient = definitions.resource_type("Patient").unwrap();
/// let family = definitions.search_parameter(patient, "family").unwrap();
/// assert_eq!(search::modifiers_of(family), [":missing", ":exact", ":contains"]);
/// ```
pub fn modifiers_of(parameter: &SearchParameter) -> Vec<String> {
    let allowed = taken_by(parameter);
    // Of tokens only identifiers have a type.
    let has_type = parameter.expression.to_ascii_lowercase().contains("identifier");
    let is_taken = |how: How| allowed.contains(&how) && (how != How::OfType || has_type);
    let names = NAMES.iter().filter(|(_, how)| is_taken(*how));
    let mut names: Vec<String> = names.map(|(name, _)| format!(":{name}")).collect();
    if parameter.kind == ParameterKind::Reference {
        names.push(":[type]".to_owned());
    }
    names
}

/// The modifier of this name, or the issue that says which there are.
pub(crate) fn read(
    context: &Context<'_>,
    parameter: &SearchParameter,
    modifier: Option<&str>,
    place: &str,
) -> Result<How, Issue> {
    let Some(text) = modifier else { return Ok(How::Plain) };
    if parameter.kind == ParameterKind::Reference
        && let Some(only) = context.definitions.resource_type(text)
    {
        return Ok(How::Type(target_type(parameter, only, place)?));
    }
    let allowed = taken_by(parameter);
    let known = NAMES.iter().find(|(name, how)| *name == text && allowed.contains(how));
    if let Some((_, how)) = known {
        return Ok(*how);
    }
    let kind = parameter.kind.as_str();
    let instead = match modifiers_of(parameter).as_slice() {
        [] => "leave it out".to_owned(),
        names => format!("use none or {}", names.join(", ")),
    };
    Err(not_supported(
        place,
        format!("modifier :{text} is not supported on a {kind} parameter; {instead}"),
    ))
}
