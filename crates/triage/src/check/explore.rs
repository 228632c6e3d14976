//! States of a topic for one person, and what can follow each.

use std::collections::HashMap;

use crate::disposition::Dispositions;
use crate::engine::settle;
use crate::set::{Memory, Node, Person, Range, Topic};

/// States walked of one topic for one class of people, at most.
const STATES_MAX: usize = 200_000;

/// Where a walk stands: what comes next and what rules still look at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) stop: Stop,
    pub(crate) memory: Memory,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Stop {
    Question(usize),
    Outcome(usize),
    Onward,
    Nowhere,
}

/// What can follow a state.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) range: Range,
    pub(crate) paths: u128,
    pub(crate) longest: usize,
    pub(crate) shortest: usize,
    /// Questions with red flags that are asked on every path that ends in less than 999, by place.
    pub(crate) always_asked: u64,
}

/// Explores one topic for one person.
pub(crate) struct Explorer<'l> {
    pub(crate) topic: &'l Topic,
    pub(crate) person: Person,
    dispositions: &'l Dispositions,
    facts: HashMap<State, Facts>,
    /// Decisions that were passed with the memory at that time.
    pub(crate) passed: Vec<(usize, Memory)>,
}

impl<'l> Explorer<'l> {
    /// Explores everything from the start; `None` where there is more than is walked.
    pub(crate) fn of(
        topic: &'l Topic,
        person: Person,
        dispositions: &'l Dispositions,
    ) -> Option<Explorer<'l>> {
        let mut explorer =
            Explorer { topic, person, dispositions, facts: HashMap::new(), passed: Vec::new() };
        let start = explorer.start();
        explorer.explore(&start)?;
        explorer.passed.sort_by_key(|(decision, _)| *decision);
        explorer.passed.dedup();
        debug_assert!(
            explorer.topic.questions.len() <= 60,
            "the reader's limit fits a mask of 64 bits"
        );
        Some(explorer)
    }

    /// The first state.
    pub(crate) fn start(&mut self) -> State {
        self.at(self.topic.start, Memory::default())
    }

    /// The state after an answer.
    pub(crate) fn after(&mut self, state: &State, question: usize, answer: usize) -> State {
        let mut memory = state.memory.clone();
        let to = self.topic.follow(&mut memory, question, answer);
        self.at(to, memory)
    }

    /// The state that a node leads to.
    pub(crate) fn reach(&mut self, node: Node, memory: Memory) -> State {
        self.at(node, memory)
    }

    fn at(&mut self, node: Node, memory: Memory) -> State {
        self.note_decisions(node, &memory);
        let stop = match self.topic.resolve(self.person, &memory, node) {
            Some(Node::Question(at)) => Stop::Question(at),
            Some(Node::Outcome(at)) => Stop::Outcome(at),
            Some(Node::Onward) => Stop::Onward,
            Some(Node::Decision(_)) | None => Stop::Nowhere,
        };
        State { stop, memory }
    }

    /// Remembers the decisions between a node and where it leads.
    fn note_decisions(&mut self, from: Node, memory: &Memory) {
        let mut node = Some(from);
        while let Some(at) = node {
            if let Node::Decision(decision) = at
                && !self.passed.contains(&(decision, memory.clone()))
            {
                self.passed.push((decision, memory.clone()));
            }
            node = self.topic.hop(self.person, memory, at);
        }
    }

    /// Urgency by which an end is compared; every 999 is the same.
    pub(crate) fn weight(&self, outcome: usize) -> u8 {
        settle(self.dispositions, self.person, &self.topic.outcomes[outcome]).0.weight()
    }

    /// What can follow a state.
    pub(crate) fn facts(&mut self, state: &State) -> Facts {
        if let Some(known) = self.facts.get(state) {
            return *known;
        }
        // Every state that a proof asks about was walked; another one proves nothing.
        self.explore(state).unwrap_or(Facts {
            range: Range { floor: 0, ceiling: u8::MAX },
            paths: 0,
            longest: 0,
            shortest: 0,
            always_asked: 0,
        })
    }

    /// Every state that was walked.
    pub(crate) fn states(&self) -> Vec<State> {
        self.facts.keys().cloned().collect()
    }

    fn explore(&mut self, state: &State) -> Option<Facts> {
        if let Some(known) = self.facts.get(state) {
            return Some(*known);
        }
        if self.facts.len() >= STATES_MAX {
            return None;
        }
        let facts = match state.stop {
            Stop::Question(question) => self.explore_question(state, question)?,
            Stop::Outcome(outcome) => {
                let weight = self.weight(outcome);
                let always_asked = if weight == u8::MAX { u64::MAX } else { 0 };
                end(Range { floor: weight, ceiling: weight }, always_asked)
            }
            Stop::Onward => end(Range { floor: 0, ceiling: u8::MAX }, 0),
            Stop::Nowhere => end(Range { floor: 0, ceiling: 0 }, 0),
        };
        self.facts.insert(state.clone(), facts);
        Some(facts)
    }

    fn explore_question(&mut self, state: &State, question: usize) -> Option<Facts> {
        let asked = &self.topic.questions[question];
        let mut joined: Option<Facts> = None;
        for answer in 0..asked.answers.len() {
            let next = self.after(state, question, answer);
            let facts = self.explore(&next)?;
            joined = Some(joined.map_or(facts, |before| Facts {
                range: before.range.join(facts.range),
                paths: before.paths.saturating_add(facts.paths),
                longest: before.longest.max(facts.longest),
                shortest: before.shortest.min(facts.shortest),
                always_asked: before.always_asked & facts.always_asked,
            }));
        }
        let mut facts = joined?;
        facts.longest += 1;
        facts.shortest += 1;
        if asked.answers.iter().any(|answer| answer.red_flag.is_some()) {
            facts.always_asked |= 1 << question;
        }
        Some(facts)
    }
}

fn end(range: Range, always_asked: u64) -> Facts {
    Facts { range, paths: 1, longest: 0, shortest: 0, always_asked }
}
