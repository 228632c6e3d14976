//! String: strings, markdown, every part of a HumanName and of an Address.
//! Spec: <https://hl7.org/fhir/R4/search.html#string>.

use definitions::SearchParameter;
use fhir::Value;

use super::Values;
use crate::entry::IndexValue;
use crate::expression::{Modifier, Predicate};
use crate::fold::{fold, sound};
use crate::query::fault::Fault;

/// How texts become comparable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Folding {
    /// Letter by letter.
    Letters,
    /// By sound, for the parameters defined as phonetic.
    Sound,
}

impl Folding {
    /// How the parameter's texts are folded.
    pub(crate) fn of(parameter: &SearchParameter) -> Folding {
        match parameter.xpath_usage {
            Some("phonetic") => Folding::Sound,
            _ => Folding::Letters,
        }
    }

    pub(crate) fn apply(self, text: &str) -> Box<str> {
        match self {
            Folding::Letters => fold(text).into_boxed_str(),
            Folding::Sound => sound(text).into_boxed_str(),
        }
    }
}

/// One text.
pub(crate) fn convert(value: Value<'_>, folding: Folding, out: &mut Values<'_>) {
    if let Some(text) = value.as_text().filter(|text| !text.is_empty()) {
        out.push(IndexValue::String { text: text.into(), folded: folding.apply(text) });
    }
}

/// The parts of a HumanName, each for itself.
pub(crate) fn convert_name(value: Value<'_>, folding: Folding, out: &mut Values<'_>) {
    let parts = ["text", "family", "given", "prefix", "suffix"];
    convert_parts(value, &parts, folding, out);
}

/// The parts of an Address, each for itself.
pub(crate) fn convert_address(value: Value<'_>, folding: Folding, out: &mut Values<'_>) {
    let parts = ["text", "line", "city", "district", "state", "postalCode", "country"];
    convert_parts(value, &parts, folding, out);
}

fn convert_parts(value: Value<'_>, parts: &[&str], folding: Folding, out: &mut Values<'_>) {
    for member in value.members().filter(|member| parts.contains(&member.name())) {
        member.items().for_each(|item| convert(item, folding, out));
    }
}

/// A text, unescaped.
pub(crate) fn parse(text: &str, modifier: Modifier, folding: Folding) -> Result<Predicate, Fault> {
    let folded = folding.apply(text);
    if folded.is_empty() && modifier != Modifier::Exact {
        return Err("holds no letter or digit to search by; write at least one".into());
    }
    Ok(Predicate::String { modifier, text: text.into(), folded })
}
