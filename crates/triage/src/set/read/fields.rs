//! Single fields: words, dates, levels, gates.

use crate::disposition::Level;
use crate::set::file::{Name, QuestionFile};
use crate::set::gate::{Ages, Gate, Sex};
use crate::set::problem::{ProblemKind, Problems};

/// Text that must be there.
pub(super) fn must_have_words(text: &str, byte: usize, field: &str, problems: &mut Problems<'_>) {
    if text.trim().is_empty() {
        problems.at(byte, ProblemKind::Missing, field, "expected words");
    }
}

pub(super) fn level(name: &Name, problems: &mut Problems<'_>) -> Option<Level> {
    let level = Level::parse(name.get_ref());
    if level.is_none() {
        let words = "expected emergency, emergency-department, soon, day or home";
        problems.at(name.span().start, ProblemKind::Value, "levels", words);
    }
    level
}

pub(super) fn date(
    name: &Name,
    field: &str,
    problems: &mut Problems<'_>,
) -> Option<jiff::civil::Date> {
    let date = name.get_ref().parse().ok();
    if date.is_none() {
        let words = "expected a date such as 2027-03-31";
        problems.at(name.span().start, ProblemKind::Value, field, words);
    }
    date
}

pub(super) fn gate(
    ages: Option<&Name>,
    sexes: Option<&[Name]>,
    field: &str,
    problems: &mut Problems<'_>,
) -> Gate {
    let mut gate = Gate::open();
    if let Some(name) = ages {
        gate.ages = Ages::parse(name.get_ref()).unwrap_or_else(|| {
            let words = "expected ages such as 5y.. or 3m..16y, the last not within";
            problems.at(name.span().start, ProblemKind::Gate, format!("{field} ages"), words);
            Ages::ANY
        });
    }
    let Some(names) = sexes else { return gate };
    gate.sexes = Sex::ALL
        .into_iter()
        .filter(|sex| names.iter().any(|name| name.get_ref() == sex.word()))
        .collect();
    if gate.sexes.is_empty() || gate.sexes.len() != names.len() {
        let at = names.first().map_or(0, |name| name.span().start);
        let words = "expected female, male or unknown, each once";
        problems.at(at, ProblemKind::Gate, format!("{field} sex"), words);
    }
    gate
}

/// How a question is named in problems.
pub(super) fn field_of(question: &QuestionFile) -> String {
    format!("question \"{}\"", question.id.get_ref())
}
