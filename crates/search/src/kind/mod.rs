//! One file a parameter kind: how its elements become index values, and how a query's text becomes
//! a predicate over them. Spec: <https://hl7.org/fhir/R4/search.html#ptypes>.
//!
//! To add a kind, add a file with `convert` and `parse`, a variant to `Conversion` in
//! `index::conversion` and an arm to `query::criterion`.

pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod near;
pub(crate) mod number;
pub(crate) mod quantity;
pub(crate) mod reference;
pub(crate) mod string;
pub(crate) mod token;
pub(crate) mod uri;

use crate::entry::{IndexEntry, IndexValue, ParameterId};
use crate::expression::Prefix;
use crate::fold::fold;

/// Where the values of one parameter go.
pub(crate) struct Values<'e> {
    pub(crate) parameter: ParameterId,
    /// Whether what only modifiers look at is left out.
    pub(crate) plain: bool,
    pub(crate) entries: &'e mut Vec<IndexEntry>,
}

impl Values<'_> {
    /// A text that stands beside a value, for `:text`.
    pub(crate) fn push_text(&mut self, text: Option<&str>) {
        let Some(text) = text.filter(|_| !self.plain) else { return };
        let folded = fold(text);
        if !folded.is_empty() {
            self.push(IndexValue::TokenText(folded.into()));
        }
    }

    pub(crate) fn push(&mut self, value: IndexValue) {
        self.entries.push(IndexEntry { parameter: self.parameter, value });
    }
}

/// The prefix of an ordered value and what follows it; `Eq` where none is written.
pub(crate) fn split_prefix(text: &str) -> (Prefix, &str) {
    let prefix = match text.get(..2) {
        Some("eq") => Prefix::Eq,
        Some("ne") => Prefix::Ne,
        Some("gt") => Prefix::Gt,
        Some("lt") => Prefix::Lt,
        Some("ge") => Prefix::Ge,
        Some("le") => Prefix::Le,
        Some("sa") => Prefix::Sa,
        Some("eb") => Prefix::Eb,
        Some("ap") => Prefix::Ap,
        _ => return (Prefix::Eq, text),
    };
    (prefix, &text[2..])
}

/// The prefixes, for messages.
pub(crate) const PREFIXES: &str = "eq, ne, gt, lt, ge, le, sa, eb or ap";
