//! A part of a search in a few words, to say what drives it and what it is narrowed by.

use search::{Expression, Predicate};

use super::Numbering;

/// A part in words, without its values: `code`, `patient → name`, `not status`.
pub fn words(numbering: &dyn Numbering, part: &Expression) -> String {
    let code = |parameter| numbering.parameter_code(parameter).to_owned();
    let list = |parts: &[Expression], between: &str| {
        let words: Vec<String> = parts.iter().map(|part| words(numbering, part)).collect();
        words.join(between)
    };
    match part {
        Expression::All => "all".to_owned(),
        Expression::Never => "nothing".to_owned(),
        Expression::And(parts) => format!("({})", list(parts, " and ")),
        Expression::Or(parts) => format!("({})", list(parts, " or ")),
        Expression::Not(inner) => format!("not {}", words(numbering, inner)),
        Expression::Id(_) => "_id".to_owned(),
        Expression::LastUpdated(_) => "_lastUpdated".to_owned(),
        Expression::Compare(comparison) => {
            let modifier = match &comparison.predicate {
                Predicate::String { modifier: search::Modifier::Contains, .. }
                | Predicate::Uri { modifier: search::Modifier::Contains, .. } => ":contains",
                Predicate::TokenText { .. } => ":text",
                Predicate::OfType { .. } => ":of-type",
                Predicate::TargetIdentifier { .. } => ":identifier",
                _ => "",
            };
            code(comparison.parameter) + modifier
        }
        Expression::Missing(parameter) => code(*parameter) + ":missing",
        Expression::Chain { parameter, inner, .. } => {
            format!("{} → {}", code(*parameter), words(numbering, inner))
        }
        Expression::Has { source, parameter, inner } => {
            format!("_has {source} by {} with {}", code(*parameter), words(numbering, inner))
        }
        Expression::FullText { part: search::TextPart::Narrative, .. } => "_text".to_owned(),
        Expression::FullText { part: search::TextPart::Content, .. } => "_content".to_owned(),
    }
}
