//! `_filter`: a condition written as a text, with `and`, `or`, `not` and parentheses.
//! Spec: <https://hl7.org/fhir/R4/search_filter.html>.
//!
//! `parse` reads the text into a tree of tests, `build` turns the tests into what they mean for a type.

mod build;
mod operator;
mod parse;

use fhir::{Issue, ResourceType};

use super::Context;
use crate::expression::Expression;

/// The meaning of a `_filter` for a type.
pub(crate) fn filter(
    context: &Context<'_>,
    resource_type: ResourceType,
    text: &str,
    place: &str,
) -> Result<Expression, Issue> {
    let node = parse::parse(text).map_err(|fault| fault.issue(place, "the value"))?;
    build::Builder { context, place }.node(resource_type, &node)
}
