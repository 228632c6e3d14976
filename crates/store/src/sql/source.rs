//! Which rows a comparison looks at: of one table mostly, of several where a value is kept in more
//! than one form.

use search::{CanonicalRange, Comparison, Predicate, TokenCode, TokenSystem};

use super::derived;
use crate::catalogue::ParameterKind;
use crate::error::StoreError;

/// Rows of one table under one number of a parameter, and what must hold of them.
#[derive(Clone, Copy)]
pub(super) struct Source<'e> {
    /// To be added to the parameter's own number.
    pub(super) derivation: i64,
    pub(super) rows: Rows<'e>,
}

/// What must hold of the rows.
#[derive(Clone, Copy)]
pub(super) enum Rows<'e> {
    /// The predicate, of the rows that its kind has.
    Plain(ParameterKind, &'e Predicate),
    /// The range in canonical units.
    CanonicalQuantity(&'e CanonicalRange),
    /// A URL, among references where the parameter's canonicals are references.
    Url(ParameterKind, &'e str),
    /// A version with its URL.
    Version { url: &'e str, version: &'e str },
    /// An identifier of a type.
    OfType { system: &'e str, code: &'e str, value: &'e str },
    /// An identifier.
    Identifier(&'e TokenSystem, &'e TokenCode),
    /// A text that goes with tokens.
    Text(&'e str),
}

impl Rows<'_> {
    /// The kind whose table holds the rows.
    pub(super) fn kind(&self) -> ParameterKind {
        match self {
            Rows::Plain(kind, _) | Rows::Url(kind, _) => *kind,
            Rows::CanonicalQuantity(_) => ParameterKind::Quantity,
            Rows::Version { .. } | Rows::OfType { .. } | Rows::Identifier(..) => {
                ParameterKind::Identifier
            }
            Rows::Text(_) => ParameterKind::Token,
        }
    }
}

/// The sources of a comparison with a parameter of a kind, any of which may hold.
pub(super) fn sources(
    comparison: &Comparison,
    kind: ParameterKind,
) -> Result<Vec<Source<'_>>, StoreError> {
    if !fits(&comparison.predicate, kind) {
        return Err(StoreError::unsupported(format!(
            "search parameter {} has no values to compare so",
            comparison.parameter.0
        )));
    }
    let plain = |kind, predicate| Source { derivation: 0, rows: Rows::Plain(kind, predicate) };
    let predicate = &comparison.predicate;
    Ok(match predicate {
        Predicate::Token { .. } | Predicate::TokenIn(_) if kind == ParameterKind::Identifier => {
            vec![plain(kind, predicate)]
        }
        Predicate::Token { .. } | Predicate::TokenIn(_) => {
            vec![plain(ParameterKind::Token, predicate)]
        }
        Predicate::TokenText { folded } => vec![Source { derivation: 0, rows: Rows::Text(folded) }],
        Predicate::OfType { system, code, value } => {
            vec![Source {
                derivation: derived::OF_TYPE,
                rows: Rows::OfType { system, code, value },
            }]
        }
        Predicate::TargetIdentifier { system, code } => {
            let rows = Rows::Identifier(system, code);
            vec![Source { derivation: derived::TARGET_IDENTIFIER, rows }]
        }
        Predicate::Canonical { url, version: None } => vec![
            Source { derivation: 0, rows: Rows::Url(canonical_kind(kind), url) },
            Source { derivation: derived::CANONICAL, rows: Rows::Url(ParameterKind::Uri, url) },
        ],
        Predicate::Canonical { url, version: Some(version) } => {
            vec![Source { derivation: derived::CANONICAL, rows: Rows::Version { url, version } }]
        }
        // A unit that has a canonical form has it in every row, so what is asked of the value as it
        // was written is asked of that too.
        Predicate::Quantity { canonical: Some(canonical), .. } => {
            vec![Source { derivation: 0, rows: Rows::CanonicalQuantity(canonical) }]
        }
        Predicate::Quantity { .. } => vec![plain(ParameterKind::Quantity, predicate)],
        Predicate::Reference(_) | Predicate::ReferenceId(..) | Predicate::Hierarchy { .. } => {
            vec![plain(ParameterKind::Reference, predicate)]
        }
        Predicate::Uri { .. } => vec![plain(canonical_kind(kind), predicate)],
        Predicate::Date(_) => vec![plain(ParameterKind::Date, predicate)],
        Predicate::String { .. } => vec![plain(ParameterKind::String, predicate)],
        Predicate::Number(_) => vec![plain(ParameterKind::Number, predicate)],
        Predicate::Composite(parts) if (1..=3).contains(&parts.len()) => {
            vec![plain(ParameterKind::Composite, predicate)]
        }
        Predicate::Composite(parts) => {
            return Err(StoreError::unsupported(format!("a composite of {} parts", parts.len())));
        }
        Predicate::Near { .. } => vec![plain(ParameterKind::Position, predicate)],
    })
}

/// Whether a parameter of a kind has values that a predicate can hold of.
fn fits(predicate: &Predicate, kind: ParameterKind) -> bool {
    use ParameterKind as K;
    match predicate {
        Predicate::Token { .. } | Predicate::TokenIn(_) | Predicate::OfType { .. } => {
            matches!(kind, K::Token | K::Identifier)
        }
        Predicate::TokenText { .. } => matches!(kind, K::Token | K::Identifier | K::Reference),
        Predicate::Reference(_)
        | Predicate::ReferenceId(..)
        | Predicate::Hierarchy { .. }
        | Predicate::TargetIdentifier { .. } => kind == K::Reference,
        Predicate::Uri { .. } | Predicate::Canonical { .. } => {
            matches!(kind, K::Uri | K::Reference)
        }
        Predicate::Date(_) => kind == K::Date,
        Predicate::String { .. } => kind == K::String,
        Predicate::Number(_) => kind == K::Number,
        Predicate::Quantity { .. } => kind == K::Quantity,
        Predicate::Composite(_) => kind == K::Composite,
        Predicate::Near { .. } => kind == K::Position,
    }
}

/// Canonicals are references or URIs, as the parameter has it.
fn canonical_kind(kind: ParameterKind) -> ParameterKind {
    if kind == ParameterKind::Reference { kind } else { ParameterKind::Uri }
}

/// The tables, each with a derivation, where a parameter of a kind has a row if it has a value.
pub(super) fn presence(kind: ParameterKind) -> &'static [(ParameterKind, i64)] {
    use ParameterKind as K;
    match kind {
        K::Token => &[(K::Token, 0)],
        // An identifier may have but a type, whose text stands among the tokens.
        K::Identifier => &[(K::Identifier, 0), (K::Token, 0), (K::Identifier, derived::OF_TYPE)],
        // A reference may have but an identifier, or but a display.
        K::Reference => &[
            (K::Reference, 0),
            (K::Token, 0),
            (K::Identifier, derived::TARGET_IDENTIFIER),
            (K::Uri, derived::CANONICAL),
        ],
        K::Uri => &[(K::Uri, 0), (K::Uri, derived::CANONICAL)],
        K::String => &[(K::String, 0)],
        K::Date => &[(K::Date, 0)],
        K::Number => &[(K::Number, 0)],
        K::Quantity => &[(K::Quantity, 0)],
        K::Composite => &[(K::Composite, 0)],
        K::Position => &[(K::Position, 0)],
        K::Other => &[],
    }
}
