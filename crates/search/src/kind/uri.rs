//! Uri: uri, url, canonical, oid, uuid as written.
//! Spec: <https://hl7.org/fhir/R4/search.html#uri>.

use fhir::Value;

use super::Values;
use super::reference::push_version;
use crate::entry::IndexValue;
use crate::expression::{Modifier, Predicate};
use crate::query::fault::Fault;

/// A canonical: as written, and its URL and version.
pub(crate) fn convert_canonical(value: Value<'_>, out: &mut Values<'_>) {
    if let Some(text) = value.as_str() {
        push_version(text, out);
    }
    convert(value, out);
}

/// A URI.
pub(crate) fn convert(value: Value<'_>, out: &mut Values<'_>) {
    if let Some(uri) = value.as_str().filter(|uri| !uri.is_empty()) {
        out.push(IndexValue::Uri(uri.into()));
    }
}

/// A URI, unescaped; `:above` and `:below` need a hierarchy to go up and down in.
pub(crate) fn parse(text: &str, modifier: Modifier) -> Result<Predicate, Fault> {
    let hierarchic = text.split_once("://").is_some_and(|(_, rest)| !rest.is_empty());
    if modifier != Modifier::Plain && !hierarchic {
        return Err(
            "has no path to look above or below of; write a URL such as http://host/path, or \
                    leave the modifier out"
                .into(),
        );
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let at = text.find(|c: char| c.is_whitespace() || c.is_control()).unwrap_or(0);
        return Err(Fault::new(at, "is no URI: it holds white space; percent-encode it"));
    }
    Ok(Predicate::Uri { modifier, uri: text.into() })
}
