//! One file a kind of parameter: what an element says, and whether that is what is asked for.
//! Spec: <https://hl7.org/fhir/R4/search.html#ptypes>.
//!
//! To add a kind, add a file with `read` and `fits`, and its arms here.

pub(crate) mod date;
pub(crate) mod number;
pub(crate) mod position;
pub(crate) mod quantity;
pub(crate) mod reference;
pub(crate) mod string;
pub(crate) mod token;
pub(crate) mod uri;

use definitions::ParameterKind;

use crate::element::Found;
use crate::judge::Judge;

/// What one element says to a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Fact {
    /// Codes, with the texts that go with them.
    Token(token::Said),
    /// What is referred to.
    Reference(reference::Said),
    /// A range of time.
    Date(crate::span::Span<i64>),
    /// Texts.
    String(Vec<String>),
    /// A number.
    Number(crate::span::Span<crate::decimal::Decimal>),
    /// An amount.
    Quantity(quantity::Said),
    /// A URI.
    Uri(String),
    /// A place.
    Position(position::Said),
    /// For each component of a composite what it finds in one element.
    Composite(Vec<Vec<Fact>>),
}

impl Fact {
    /// Whether there is nothing in it that a search could look at, with whichever modifier.
    fn is_silent(&self) -> bool {
        match self {
            Fact::Token(said) => said.codings.is_empty() && said.texts.is_empty(),
            Fact::Reference(said) => said.is_silent(),
            Fact::String(texts) => texts.is_empty(),
            _ => false,
        }
    }
}

/// What a found element says to a parameter of a kind; `None` where nothing is there, or nothing that
/// a search could look at.
pub(crate) fn read(judge: &Judge, kind: ParameterKind, found: Found<'_>) -> Option<Fact> {
    let (value, type_name) = match found {
        Found::Truth(is) => return Some(Fact::Token(token::Said::truth(is))),
        Found::Element { value, type_name } => (value, type_name),
    };
    if !crate::element::is_there(value) {
        return None;
    }
    let said = match kind {
        ParameterKind::Token => token::read(judge, value, type_name).map(Fact::Token),
        ParameterKind::Reference => reference::read(value, type_name).map(Fact::Reference),
        ParameterKind::Date => date::read(value, type_name).map(Fact::Date),
        ParameterKind::String => string::read(value, type_name).map(Fact::String),
        ParameterKind::Number => number::read(value, type_name).map(Fact::Number),
        ParameterKind::Quantity => quantity::read(value, type_name).map(Fact::Quantity),
        ParameterKind::Uri => uri::read(value).map(Fact::Uri),
        ParameterKind::Special => position::read(value).map(Fact::Position),
        ParameterKind::Composite => None,
    };
    said.filter(|said| !said.is_silent())
}
