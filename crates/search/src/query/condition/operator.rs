//! The operators of `_filter`. Spec: the table of <https://hl7.org/fhir/R4/search_filter.html>.
//!
//! To add one, add it here and its meaning for each kind to `build`.

use definitions::ParameterKind;

/// What a value must be to the one that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Approximately,
    StartsAfter,
    EndsBefore,
    Present,
    Overlaps,
    Subsumes,
    SubsumedBy,
    In,
    NotIn,
    RefersTo,
}

const NAMES: [(&str, Operator); 19] = [
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("co", Operator::Contains),
    ("sw", Operator::StartsWith),
    ("ew", Operator::EndsWith),
    ("gt", Operator::Greater),
    ("lt", Operator::Less),
    ("ge", Operator::GreaterOrEqual),
    ("le", Operator::LessOrEqual),
    ("ap", Operator::Approximately),
    ("sa", Operator::StartsAfter),
    ("eb", Operator::EndsBefore),
    ("pr", Operator::Present),
    ("po", Operator::Overlaps),
    ("ss", Operator::Subsumes),
    ("sb", Operator::SubsumedBy),
    ("in", Operator::In),
    ("ni", Operator::NotIn),
    ("re", Operator::RefersTo),
];

impl Operator {
    pub(crate) fn parse(name: &str) -> Option<Operator> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, operator)| *operator)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, operator)| *operator == self).map_or("", |(name, _)| name)
    }

    /// The prefix of an ordered value that says the same.
    pub(crate) fn prefix(self) -> Option<&'static str> {
        let ordered = taken_by(ParameterKind::Number).contains(&self);
        (ordered && self != Operator::Present).then(|| self.name())
    }
}

/// All names, for messages.
pub(crate) fn names() -> String {
    NAMES.map(|(name, _)| name).join(", ")
}

/// The operators that a kind takes.
pub(crate) fn taken_by(kind: ParameterKind) -> &'static [Operator] {
    use Operator::{
        Approximately, Contains, EndsBefore, EndsWith, Equal, Greater, GreaterOrEqual, In, Less,
        LessOrEqual, NotEqual, NotIn, Overlaps, Present, RefersTo, StartsAfter, StartsWith,
        SubsumedBy, Subsumes,
    };
    match kind {
        ParameterKind::String => &[Equal, NotEqual, Contains, StartsWith, EndsWith, Present],
        ParameterKind::Token => &[Equal, NotEqual, In, NotIn, Subsumes, SubsumedBy, Present],
        ParameterKind::Number | ParameterKind::Quantity => &[
            Equal,
            NotEqual,
            Greater,
            Less,
            GreaterOrEqual,
            LessOrEqual,
            Approximately,
            StartsAfter,
            EndsBefore,
            Present,
        ],
        ParameterKind::Date => &[
            Equal,
            NotEqual,
            Greater,
            Less,
            GreaterOrEqual,
            LessOrEqual,
            Approximately,
            StartsAfter,
            EndsBefore,
            Overlaps,
            Present,
        ],
        ParameterKind::Reference => &[Equal, NotEqual, RefersTo, Present],
        ParameterKind::Uri => &[Equal, NotEqual, Subsumes, SubsumedBy, Present],
        ParameterKind::Composite => &[Equal, NotEqual, Present],
        ParameterKind::Special => &[Equal, Present],
    }
}
