//! Uri: exactly as written, or by the parts of its path.
//! Spec: <https://hl7.org/fhir/R4/search.html#uri>.

use fhir::Value;

use crate::query::Modifier;

/// The URI of an element.
pub(crate) fn read(value: Value<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Whether it is what is asked for.
pub(crate) fn fits(uri: &str, modifier: &Modifier, wanted: &str) -> bool {
    match modifier {
        Modifier::Below => is_below(uri, wanted),
        Modifier::Above => is_below(wanted, uri),
        _ => uri == wanted,
    }
}

/// Whether `lower` is `upper` or goes on after it with another part of the path.
fn is_below(lower: &str, upper: &str) -> bool {
    lower.strip_prefix(upper).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with('/') || (upper.ends_with('/') && !rest.is_empty())
    })
}
