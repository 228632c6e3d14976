//! What a change of the sets did to answers that were given before it.
//!
//! [`Library::next`] fails safe on any change; this says which answers are touched, for whoever
//! reviews a release or a stored session.

use super::outcome::{Cause, Failure};
use super::session::{Session, Stamp};
use super::walk::{Step, Walked};
use crate::library::Library;
use crate::set::{Node, Topic};

/// One difference between what was answered and what is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The topic or the sieve is another version.
    Version {
        /// What was answered.
        was: Stamp,
        /// What is in force; `None` where it was withdrawn.
        is: Option<Stamp>,
    },
    /// The table of dispositions is another one.
    Dispositions {
        /// The digest of the one that the session began with.
        was: String,
        /// The digest of the one in force.
        is: String,
    },
    /// A question is no longer asked.
    QuestionGone {
        /// Its id.
        question: String,
    },
    /// An answer can no longer be given.
    AnswerGone {
        /// The question's id.
        question: String,
        /// The answer's id.
        answer: String,
    },
    /// The question or the answer is in other words: what was said may have meant something else.
    Words {
        /// The question's id.
        question: String,
        /// The answer's id.
        answer: String,
    },
    /// The answer leads to another question, or to an outcome of another disposition.
    LeadsElsewhere {
        /// The question's id.
        question: String,
        /// The answer's id.
        answer: String,
    },
    /// The answers as a whole now end in another disposition.
    Outcome {
        /// The disposition that they gave.
        was: String,
        /// The one that they give now.
        is: String,
    },
}

impl Library {
    /// Every difference that the versions in force make to a session's answers; none for a session
    /// that answers them.
    pub fn changes(&self, session: &Session) -> Vec<Change> {
        let mut changes = Vec::new();
        let pairs =
            [(&session.sieve, Some(self.sieve())), (&session.topic, self.topic(&session.topic.id))];
        for (was, is) in pairs {
            if is.is_none_or(|topic| topic.digest != was.digest) {
                changes.push(Change::Version { was: was.clone(), is: is.map(Stamp::of) });
            }
        }
        let is = self.dispositions().digest();
        if session.table != is {
            changes.push(Change::Dispositions { was: session.table.clone(), is: is.to_owned() });
        }
        let in_force: Vec<&Topic> = pairs.iter().filter_map(|(_, topic)| *topic).collect();
        for given in &session.answers {
            let (question, answer) = (given.question.clone(), given.answer.clone());
            let Some((topic, asked)) =
                in_force.iter().find_map(|topic| Some((*topic, topic.question(&question)?)))
            else {
                changes.push(Change::QuestionGone { question });
                continue;
            };
            let Some(place) = asked.answer(&answer) else {
                changes.push(Change::AnswerGone { question, answer });
                continue;
            };
            if asked.text != given.asked || asked.answers[place].text != given.said {
                changes.push(Change::Words { question: question.clone(), answer: answer.clone() });
            }
            let led = self.led_to(session, &question, &answer);
            if led.is_some_and(|led| led != name(topic, asked.answers[place].to)) {
                changes.push(Change::LeadsElsewhere { question, answer });
            }
        }
        changes.extend(self.other_outcome(session));
        changes
    }

    /// Where an answer led in the version that was asked, if the library has it.
    fn led_to(&self, session: &Session, question: &str, answer: &str) -> Option<String> {
        [&session.sieve, &session.topic].into_iter().find_map(|stamp| {
            let topic = self.version(&stamp.id, &stamp.digest)?;
            let asked = topic.question(question)?;
            Some(name(topic, asked.answers[asked.answer(answer)?].to))
        })
    }

    fn other_outcome(&self, session: &Session) -> Option<Change> {
        let Step::Done(was) = self.replay(session) else { return None };
        if was.cause == Cause::Failed(Failure::VersionUnknown) {
            return None;
        }
        let mut now = session.clone();
        now.sieve = Stamp::of(self.sieve());
        self.dispositions().digest().clone_into(&mut now.table);
        now.topic = Stamp::of(self.topic(&session.topic.id)?);
        let is = match self.walk_in_force(&now) {
            (Walked::At { .. }, _) => "another question".to_owned(),
            (walked, path) => match self.step(&now, &walked, &path) {
                Step::Done(outcome) => outcome.disposition.code,
                Step::Ask(_) => return None,
            },
        };
        let was = was.disposition.code;
        (was != is).then_some(Change::Outcome { was, is })
    }
}

/// A node by its id, an outcome by its disposition: what matters to whoever answered.
fn name(topic: &Topic, node: Node) -> String {
    match node {
        Node::Question(at) => topic.questions[at].id.clone(),
        Node::Decision(at) => topic.decisions[at].id.clone(),
        Node::Outcome(at) => topic.outcomes[at].dx.clone(),
        Node::Onward => "topic".to_owned(),
    }
}
