//! Is one state nowhere less urgent than another, whatever is answered from there on?
//!
//! Two states are compared under the same answers: where both ask the same question, answer by
//! answer; where they ask different ones, the question that stands first in the topic's order is one
//! that the other state can no longer ask, so its answers are free. Nothing is left to averages.

use std::collections::HashMap;

use super::explore::{Explorer, State, Stop};

/// Compares states of one explorer.
pub(crate) struct Order {
    /// Place of each question in the topic's order.
    places: Vec<usize>,
    known: HashMap<(State, State), bool>,
}

/// Pairs of states that are compared at most.
const PAIRS_MAX: usize = 400_000;

impl Order {
    pub(crate) fn of(places: Vec<usize>) -> Order {
        Order { places, known: HashMap::new() }
    }

    /// Whether, under the same answers, the upper state never ends in less than the lower.
    pub(crate) fn is_nowhere_below(
        &mut self,
        explorer: &mut Explorer<'_>,
        upper: &State,
        lower: &State,
    ) -> bool {
        if upper == lower {
            return true;
        }
        let (above, below) = (explorer.facts(upper).range, explorer.facts(lower).range);
        if above.floor >= below.ceiling {
            return true;
        }
        if above.ceiling < below.ceiling || above.floor < below.floor {
            return false;
        }
        let pair = (upper.clone(), lower.clone());
        if let Some(known) = self.known.get(&pair) {
            return *known;
        }
        if self.known.len() >= PAIRS_MAX {
            return false;
        }
        let holds = self.compare(explorer, upper, lower);
        self.known.insert(pair, holds);
        holds
    }

    fn compare(&mut self, explorer: &mut Explorer<'_>, upper: &State, lower: &State) -> bool {
        let answers = |explorer: &Explorer<'_>, question: usize| {
            0..explorer.topic.questions[question].answers.len()
        };
        match (upper.stop, lower.stop) {
            (Stop::Question(one), Stop::Question(other)) if one == other => answers(explorer, one)
                .all(|answer| {
                    let above = explorer.after(upper, one, answer);
                    let below = explorer.after(lower, one, answer);
                    self.is_nowhere_below(explorer, &above, &below)
                }),
            (Stop::Question(one), Stop::Question(other))
                if self.places[one] < self.places[other] =>
            {
                answers(explorer, one).all(|answer| {
                    let above = explorer.after(upper, one, answer);
                    self.is_nowhere_below(explorer, &above, lower)
                })
            }
            (Stop::Question(one), end) if !matches!(end, Stop::Question(_)) => {
                answers(explorer, one).all(|answer| {
                    let above = explorer.after(upper, one, answer);
                    self.is_nowhere_below(explorer, &above, lower)
                })
            }
            (_, Stop::Question(other)) => answers(explorer, other).all(|answer| {
                let below = explorer.after(lower, other, answer);
                self.is_nowhere_below(explorer, upper, &below)
            }),
            // Two ends: the ranges have decided, and did not hold.
            _ => false,
        }
    }
}
