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

impl Condition {
    /// The condition in words, for maps.
    pub(crate) fn in_words(&self, topic: &Topic) -> String {
        let mut parts = Vec::new();
        if self.gate.ages != super::Ages::ANY {
            parts.push(format!("age {}", self.gate.ages));
        }
        if self.gate.sexes.len() < super::Sex::ALL.len() {
            let sexes: Vec<&str> = self.gate.sexes.iter().map(|sex| sex.word()).collect();
            parts.push(format!("sex {}", sexes.join(" or ")));
        }
        for (question, any_of) in &self.answers {
            let question = &topic.questions[*question];
            let answers: Vec<&str> =
                any_of.iter().map(|answer| &*question.answers[*answer].id).collect();
            parts.push(format!("{} is {}", question.id, answers.join(" or ")));
        }
        for (score, least, most) in &self.scores {
            let name = &topic.scores[*score].name;
            parts.push(if *most == u32::MAX {
                format!("{name} {least} or more")
            } else {
                format!("{name} {least} to {most}")
            });
        }
        if parts.is_empty() { "always".to_owned() } else { parts.join(" and ") }
    }
}
