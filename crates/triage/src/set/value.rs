//! A topic as values: what the engine walks, the checker proves and the pages show.

use std::collections::BTreeMap;

use super::condition::Condition;
use super::gate::{Gate, Person};
use super::sign_off::SignOff;
use crate::disposition::Level;

/// The id of the answer "I'm not sure", which every question has.
pub const UNSURE: &str = "unsure";

/// A set of questions about one thing.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its id, such as `sore-throat`.
    pub id: String,
    /// Whether these are the emergency questions that go before every topic.
    pub is_sieve: bool,
    /// Version of the content, such as `0.1.0`.
    pub version: String,
    /// SHA-256 of the content, in hexadecimal; see [`super::content_digest`].
    pub digest: String,
    /// Title for people.
    pub title: String,
    /// One sentence: what the topic is for.
    pub about: String,
    /// Topics of one family are the same complaint at different ages or sexes.
    pub family: Option<String>,
    /// Who wrote it.
    pub author: String,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The day by which it must be looked at again.
    pub review_by: jiff::civil::Date,
    /// Who answers for it clinically, if anybody does.
    pub sign_off: SignOff,
    /// For whom it is.
    pub gate: Gate,
    /// Words by which people find it.
    pub search_words: Vec<String>,
    /// Symptom group code for the directory of services.
    pub symptom_group: String,
    /// Levels of urgency that must be reachable.
    pub levels: Vec<Level>,
    /// Red flags by id, in words; each must be the red flag of an answer.
    pub red_flags: BTreeMap<String, String>,
    /// The questions, in the order of the file.
    pub questions: Vec<Question>,
    /// Decisions between questions.
    pub decisions: Vec<Decision>,
    /// Scores over answers.
    pub scores: Vec<Score>,
    /// Outcomes.
    pub outcomes: Vec<OutcomeText>,
    /// Where the questions begin.
    pub start: Node,
}

/// A work that the topic rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Its title.
    pub title: String,
    /// Who published it.
    pub by: String,
    /// Its number or address.
    pub reference: Option<String>,
}

/// Where a path can stand. Numbers are places in the topic's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A question.
    Question(usize),
    /// A decision.
    Decision(usize),
    /// An outcome.
    Outcome(usize),
    /// From the sieve to the topic.
    Onward,
}

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Its id.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// Why it is asked, for the person.
    pub why: String,
    /// Help with answering.
    pub hint: Option<String>,
    /// For whom it is asked; the others go to `otherwise`.
    pub gate: Gate,
    /// Where those go who are not asked.
    pub otherwise: Option<Node>,
    /// The answers in order; one is "I'm not sure".
    pub answers: Vec<Answer>,
    /// Place in the memory of a walk, where a decision or score looks at the answer.
    pub(crate) slot: Option<usize>,
}

impl Question {
    /// The place of an answer by its id.
    pub fn answer(&self, id: &str) -> Option<usize> {
        self.answers.iter().position(|answer| answer.id == id)
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its id within the question.
    pub id: String,
    /// What the person reads.
    pub text: String,
    /// What it means, for whoever takes over.
    pub means: String,
    /// The red flag that it raises.
    pub red_flag: Option<String>,
    /// Where it leads.
    pub to: Node,
    /// The answer that it counts as: itself, but for "I'm not sure" the most urgent one.
    pub counts_as: usize,
}

/// A place where the way parts by age, sex, answers or scores: the first arm that holds.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its id.
    pub id: String,
    /// The arms in order.
    pub arms: Vec<Arm>,
    /// Where it leads when no arm holds.
    pub otherwise: Node,
}

/// One arm of a decision.
#[derive(Clone, Debug)]
pub struct Arm {
    /// When it holds.
    pub when: Condition,
    /// Where it leads.
    pub to: Node,
}

/// A sum of points over answers.
#[derive(Clone, Debug)]
pub struct Score {
    /// Its id.
    pub id: String,
    /// Its name for clinicians.
    pub name: String,
    /// Question, answer, points.
    pub points: Vec<(usize, usize, u8)>,
}

impl Score {
    /// The points of a walk so far.
    pub(crate) fn total(&self, topic: &Topic, memory: &Memory) -> u32 {
        self.points
            .iter()
            .filter(|(question, answer, _)| memory.answer(topic, *question) == Some(*answer))
            .map(|(_, _, points)| u32::from(*points))
            .sum()
    }
}

/// What an outcome says.
#[derive(Clone, Debug)]
pub struct OutcomeText {
    /// Its id.
    pub id: String,
    /// Disposition code.
    pub dx: String,
    /// Why this, for the person.
    pub why: String,
    /// Symptom discriminator codes.
    pub discriminators: Vec<String>,
    /// The Pharmacy First pathway that a pharmacist may treat under.
    pub pharmacy_first: Option<String>,
    /// What to do now.
    pub advice: Vec<String>,
    /// When to get help sooner.
    pub worse: Vec<String>,
}

/// The answers that decisions and scores look at, by slot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub(crate) struct Memory(Vec<u8>);

const NOT_ANSWERED: u8 = u8::MAX;

impl Memory {
    /// Keeps an answer, if anything looks at it.
    pub(crate) fn keep(&mut self, slot: Option<usize>, answer: usize) {
        let Some(slot) = slot else { return };
        if self.0.len() <= slot {
            self.0.resize(slot + 1, NOT_ANSWERED);
        }
        self.0[slot] = u8::try_from(answer).unwrap_or(NOT_ANSWERED);
    }

    /// What was answered to a question, where it is kept.
    pub(crate) fn answer(&self, topic: &Topic, question: usize) -> Option<usize> {
        let slot = topic.questions[question].slot?;
        self.0.get(slot).filter(|kept| **kept != NOT_ANSWERED).map(|kept| usize::from(*kept))
    }
}

impl Topic {
    /// The question of an id.
    pub fn question(&self, id: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.id == id)
    }

    /// Goes on from a node, through decisions and questions that the person is not asked, to a
    /// question that is asked, an outcome, or the way onward. The reader has proved that there are
    /// no circles; the bound only makes that plain. `None` would be a broken topic.
    pub(crate) fn resolve(&self, person: Person, memory: &Memory, from: Node) -> Option<Node> {
        let mut node = from;
        for _ in 0..=self.questions.len() + self.decisions.len() {
            match self.hop(person, memory, node) {
                Some(next) => node = next,
                None => return self.is_stop(person, node).then_some(node),
            }
        }
        None
    }

    /// One step from a decision, or from a question that the person is not asked.
    pub(crate) fn hop(&self, person: Person, memory: &Memory, node: Node) -> Option<Node> {
        match node {
            Node::Question(at) => {
                let question = self.questions.get(at)?;
                if question.gate.holds(person) { None } else { question.otherwise }
            }
            Node::Decision(at) => {
                let decision = self.decisions.get(at)?;
                let arm = decision.arms.iter().find(|arm| arm.when.holds(self, person, memory));
                Some(arm.map_or(decision.otherwise, |arm| arm.to))
            }
            Node::Outcome(_) | Node::Onward => None,
        }
    }

    fn is_stop(&self, person: Person, node: Node) -> bool {
        match node {
            Node::Question(at) => self.questions.get(at).is_some_and(|q| q.gate.holds(person)),
            Node::Decision(_) => false,
            Node::Outcome(at) => at < self.outcomes.len(),
            Node::Onward => self.is_sieve,
        }
    }

    /// Follows an answer: keeps what it counts as, and says where it leads.
    pub(crate) fn follow(&self, memory: &mut Memory, question: usize, answer: usize) -> Node {
        let asked = &self.questions[question];
        let given = &asked.answers[answer];
        memory.keep(asked.slot, given.counts_as);
        given.to
    }
}
