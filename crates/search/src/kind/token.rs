//! Token: codes, Codings, CodeableConcepts, Identifiers, ContactPoints, booleans, plain texts.
//! Spec: <https://hl7.org/fhir/R4/search.html#token>.
//!
//! Systems and codes are kept as they stand. A `code` element has the system that its required
//! binding implies; a ContactPoint's system is its use, as the spec's table has it; a boolean and a
//! plain text have none. Beside them stands what `:text` looks at (displays, texts of concepts and of
//! the types of identifiers) and, for `:of-type`, each identifier with each coding of its type.

use fhir::Value;

use super::Values;
use crate::entry::IndexValue;
use crate::expression::{Predicate, TokenCode, TokenSystem};
use crate::query::escape::{split, unescape};
use crate::query::fault::Fault;

/// A code, boolean, id, string or URI, with the system that the definitions imply, if one.
pub(crate) fn convert(value: Value<'_>, system: Option<&str>, out: &mut Values<'_>) {
    if let Some(code) = value.as_text() {
        push(system.filter(|_| !code.is_empty()), Some(code), out);
    }
}

/// A Coding.
pub(crate) fn convert_coding(value: Value<'_>, out: &mut Values<'_>) {
    push(value.text_of("system"), value.text_of("code"), out);
    out.push_text(value.text_of("display"));
}

/// A CodeableConcept: each of its codings.
pub(crate) fn convert_concept(value: Value<'_>, out: &mut Values<'_>) {
    value.all("coding").for_each(|coding| convert_coding(coding, out));
    let text = value.text_of("text");
    // Very often the text says what a display has said.
    if !out.plain && value.all("coding").all(|coding| coding.text_of("display") != text) {
        out.push_text(text);
    }
}

/// An Identifier.
pub(crate) fn convert_identifier(value: Value<'_>, out: &mut Values<'_>) {
    let number = value.text_of("value");
    push(value.text_of("system"), number, out);
    let Some(kind) = value.get("type").filter(|_| !out.plain) else { return };
    out.push_text(kind.text_of("text"));
    for coding in kind.all("coding") {
        let part = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(Into::into);
        if let (Some(system), Some(code), Some(value)) =
            (part(coding.text_of("system")), part(coding.text_of("code")), part(number))
        {
            out.push(IndexValue::OfType { system, code, value });
        }
    }
}

/// A ContactPoint.
pub(crate) fn convert_contact(value: Value<'_>, out: &mut Values<'_>) {
    if let Some(contact) = value.text_of("value") {
        push(value.text_of("use"), Some(contact), out);
    }
}

fn push(system: Option<&str>, code: Option<&str>, out: &mut Values<'_>) {
    let system = system.filter(|system| !system.is_empty());
    let code = code.filter(|code| !code.is_empty());
    if system.is_some() || code.is_some() {
        out.push(IndexValue::Token { system: system.map(Into::into), code: code.map(Into::into) });
    }
}

/// `code`, `system|code`, `|code`, `system|`; the text still holds its escapes.
pub(crate) fn parse(text: &str) -> Result<Predicate, Fault> {
    let is = |part: &str| unescape(part).into_boxed_str();
    let (system, code) = match split(text, '|').as_slice() {
        [code] if !code.is_empty() => (TokenSystem::Any, TokenCode::Is(is(code))),
        ["", code] if !code.is_empty() => (TokenSystem::None, TokenCode::Is(is(code))),
        [system, ""] if !system.is_empty() => (TokenSystem::Is(is(system)), TokenCode::Any),
        [system, code] if !code.is_empty() => {
            (TokenSystem::Is(is(system)), TokenCode::Is(is(code)))
        }
        _ => {
            return Err(
                "is no token; write code, system|code, |code or system|, and \\| for a bar that \
                        is part of either"
                    .into(),
            );
        }
    };
    Ok(Predicate::Token { system, code })
}
