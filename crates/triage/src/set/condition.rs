//! Conditions of a decision's arms: ages, sexes, answers given, scores reached; all must hold.

use super::gate::{Gate, Person};
use super::value::{Memory, Topic};

/// What must hold, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Ages and sexes.
    pub gate: Gate,
    /// For each question named, one of these answers was given.
    pub answers: Vec<(usize, Vec<usize>)>,
    /// Score, least, most.
    pub scores: Vec<(usize, u32, u32)>,
}

impl Condition {
    /// Whether it holds. "I'm not sure" stands in memory as the answer that it counts as.
    pub(crate) fn holds(&self, topic: &Topic, person: Person, memory: &Memory) -> bool {
        self.gate.holds(person)
            && self.answers.iter().all(|(question, any_of)| {
                memory.answer(topic, *question).is_some_and(|given| any_of.contains(&given))
            })
            && self.scores.iter().all(|(score, least, most)| {
                let total = topic.scores[*score].total(topic, memory);
                *least <= total && total <= *most
            })
    }
}

/// Reads `4..`, `2..3`, `..1`: from the least to the most, both within.
pub(crate) fn parse_span(text: &str) -> Option<(u32, u32)> {
    let (least, most) = text.split_once("..")?;
    let least: u32 = if least.is_empty() { 0 } else { least.parse().ok()? };
    let most: u32 = if most.is_empty() { u32::MAX } else { most.parse().ok()? };
    (least <= most).then_some((least, most))
}
