//! Sessions: what was answered, to which version, by whom it is about.

use serde::{Deserialize, Serialize};

use super::outcome::{Failure, Outcome};
use super::walk::{Step, Walked};
use crate::library::Library;
use crate::set::{Person, Topic};

/// Answers that a session may hold; no sound topic comes near.
pub(crate) const ANSWERS_MAX: usize = 200;

/// A version of a topic, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The topic's id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// The digest of its content.
    pub digest: String,
}

impl Stamp {
    pub(crate) fn of(topic: &Topic) -> Stamp {
        Stamp { id: topic.id.clone(), version: topic.version.clone(), digest: topic.digest.clone() }
    }
}

/// An answer with the words that were shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The question's id.
    pub question: String,
    /// The answer's id.
    pub answer: String,
    /// The question as it was shown.
    pub asked: String,
    /// The answer as it was shown.
    pub said: String,
}

/// A person's way through a topic so far. A value: each answer makes a new one.
///
/// It is trusted as it comes: a caller that lets it out of its hands must see that it comes back
/// unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Who the questions are about.
    pub person: Person,
    /// The sieve that was asked.
    pub sieve: Stamp,
    /// The topic that was asked.
    pub topic: Stamp,
    /// The digest of the table of dispositions.
    pub table: String,
    /// The answers in order.
    pub answers: Vec<Given>,
    /// Red flags that were raised and then taken back by going back: they keep the outcome at 999.
    #[serde(default)]
    pub taken_back: Vec<Given>,
}

/// Why an answer was not taken. The session stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No answer of that id: show the question again, and say that one must be chosen.
    NoSuchAnswer,
    /// The question is neither the next one nor one that was answered: show what comes next.
    NotAsked,
    /// The session has ended in a failure, or a red flag was taken back: show the outcome.
    Ended,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Refused::NoSuchAnswer => "the question has no such answer: choose one of those shown",
            Refused::NotAsked => "this question is not being asked: go on from the one that is",
            Refused::Ended => "the questions have ended: follow the outcome or start again",
        })
    }
}

impl std::error::Error for Refused {}

impl Library {
    /// Begins a topic for a person. A topic that is not there, or not for them, ends in "call 111"
    /// after the emergency questions.
    pub fn begin(&self, topic: &str, person: Person) -> Session {
        let stamp = self.topic(topic).map_or_else(
            || Stamp { id: topic.to_owned(), version: String::new(), digest: String::new() },
            Stamp::of,
        );
        let sieve = Stamp::of(self.sieve());
        let table = self.dispositions().digest().to_owned();
        Session { person, sieve, topic: stamp, table, answers: Vec::new(), taken_back: Vec::new() }
    }

    /// Takes an answer: to the question that comes next, or to an earlier one, and then what
    /// followed it is dropped. A red flag that is dropped is remembered.
    pub fn answer(
        &self,
        session: &Session,
        question: &str,
        answer: &str,
    ) -> Result<Session, Refused> {
        let at = session.answers.iter().position(|given| given.question == question);
        let base = match at {
            Some(at) => self.shortened(session, at),
            None => session.clone(),
        };
        let (walked, _) = self.walk_in_force(&base);
        let Walked::At { topic, question: next, .. } = walked else {
            return Err(Refused::Ended);
        };
        let asked = &topic.questions[next];
        if asked.id != question {
            return Err(Refused::NotAsked);
        }
        let chosen = asked.answer(answer).ok_or(Refused::NoSuchAnswer)?;
        let mut session = base;
        session.answers.push(Given {
            question: asked.id.clone(),
            answer: answer.to_owned(),
            asked: asked.text.clone(),
            said: asked.answers[chosen].text.clone(),
        });
        // The same red flag said again is no longer one that was taken back.
        session.taken_back.retain(|given| !session.answers.contains(given));
        Ok(session)
    }

    /// Goes back one question: the last answer is dropped.
    pub fn back(&self, session: &Session) -> Session {
        self.shortened(session, session.answers.len().saturating_sub(1))
    }

    /// Goes back to a question that was answered: its answer and all that followed are dropped.
    pub fn back_to(&self, session: &Session, question: &str) -> Session {
        let at = session.answers.iter().position(|given| given.question == question);
        self.shortened(session, at.unwrap_or(session.answers.len()))
    }

    /// The outcome of a failure that the caller met, such as a store that does not answer.
    pub fn failed(&self, session: &Session, failure: Failure) -> Outcome {
        let (_, path) = self.walk_any_version(session);
        self.failure(session, &path, failure)
    }

    /// The next question, or the outcome; only versions in force count.
    pub fn next(&self, session: &Session) -> Step<'_> {
        let (walked, path) = self.walk_in_force(session);
        self.step(session, &walked, &path)
    }

    /// What the answers give by the versions that they were given to, which the library must know.
    pub fn replay(&self, session: &Session) -> Step<'_> {
        let (walked, path) = self.walk_any_version(session);
        self.step(session, &walked, &path)
    }

    fn shortened(&self, session: &Session, keep: usize) -> Session {
        let mut shorter = session.clone();
        let keep = keep.min(shorter.answers.len());
        for dropped in shorter.answers.split_off(keep) {
            if self.is_red_flag(session, &dropped) && !shorter.taken_back.contains(&dropped) {
                shorter.taken_back.push(dropped);
            }
        }
        shorter
    }

    /// Whether an answer is a red flag in the version that was asked, or in the one in force.
    pub(crate) fn is_red_flag(&self, session: &Session, given: &Given) -> bool {
        self.versions_of(session).into_iter().flatten().any(|topic| {
            topic.question(&given.question).is_some_and(|question| {
                let flagged = question.answers.iter().filter(|a| a.red_flag.is_some());
                flagged.into_iter().any(|answer| answer.id == given.answer)
            })
        })
    }

    /// The sieve and the topic as they were asked, and as they are in force.
    pub(crate) fn versions_of(&self, session: &Session) -> [Option<&Topic>; 4] {
        [
            self.version(&session.sieve.id, &session.sieve.digest),
            self.version(&session.topic.id, &session.topic.digest),
            Some(self.sieve()),
            self.topic(&session.topic.id),
        ]
    }
}
