//! The explainer for the practice: a decision in plain English, with what to change.

use super::{Asker, Decision, Opening, Outcome, Rule};
use crate::zone;

/// One rule as a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The rule.
    pub rule: Rule,
    /// Its outcome.
    pub outcome: Outcome,
    /// What was found.
    pub words: String,
    /// What to change, where the rule stands in the way.
    pub mend: Option<String>,
}

/// A decision, explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The answer in one sentence.
    pub headline: String,
    /// The rules that stand in the way first, then the others; those that do not apply are left out.
    pub lines: Vec<Line>,
}

impl Decision {
    /// The decision for the practice.
    pub fn explain(&self, opening: &Opening<'_>, asker: &Asker) -> Explanation {
        let when = zone::words(opening.slot.start);
        let who = asker.words();
        let count = self.failing().count();
        let headline = match (self.is_bookable(), self.is_seen()) {
            (true, _) => format!("The slot at {when} can be booked by {who}."),
            (false, seen) => {
                let verb = if seen { "is shown to" } else { "is hidden from" };
                let but = if seen { ", but cannot be booked" } else { "" };
                let rules = if count == 1 { "1 rule".to_owned() } else { format!("{count} rules") };
                let from = self.bookable_from().map_or_else(String::new, |from| {
                    format!(" It can be booked from {} if nothing else changes.", zone::words(from))
                });
                format!("The slot at {when} {verb} {who}{but}, because of {rules}.{from}")
            }
        };
        let mut lines: Vec<Line> = self
            .findings
            .iter()
            .filter(|finding| finding.outcome != Outcome::DoesNotApply)
            .map(|finding| Line {
                rule: finding.rule,
                outcome: finding.outcome,
                words: sentence(&finding.says),
                mend: finding.mend.as_deref().map(sentence),
            })
            .collect();
        lines.sort_by_key(|line| match line.outcome {
            Outcome::Hides => 0,
            Outcome::Blocks => 1,
            Outcome::Advises => 2,
            Outcome::Passes | Outcome::DoesNotApply => 3,
        });
        Explanation { headline, lines }
    }
}

/// Upper case at the front, a full stop at the end.
pub(super) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map_or_else(String::new, |letter| letter.to_uppercase().to_string());
    format!("{first}{}.", letters.as_str())
}
