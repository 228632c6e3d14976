//! Walks the answers from the first question on: through the sieve, then the topic.

use super::outcome::{Failure, Outcome};
use super::session::{ANSWERS_MAX, Session};
use crate::library::Library;
use crate::set::{Memory, Node, Person, Question, Topic};

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<'l> {
    /// A question.
    Ask(Asking<'l>),
    /// The outcome.
    Done(Box<Outcome>),
}

/// A question to ask.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'l> {
    /// The question.
    pub question: &'l Question,
    /// Whether it is one of the emergency questions that go before every topic.
    pub is_sieve: bool,
    /// Its number, from 1. How many follow depends on the answers, so no total is given.
    pub number: usize,
}

impl PartialEq for Asking<'_> {
    /// Two are equal that ask the same in the same words.
    fn eq(&self, other: &Self) -> bool {
        (self.is_sieve, self.number, &self.question.id, &self.question.text)
            == (other.is_sieve, other.number, &other.question.id, &other.question.text)
    }
}

/// Where the answers lead.
pub(crate) enum Walked<'l> {
    /// To a question that has no answer yet.
    At { topic: &'l Topic, question: usize, number: usize },
    /// To an outcome of a topic.
    Ended { topic: &'l Topic, outcome: usize },
    /// Nowhere.
    Failed(Failure),
}

/// An answer that was found in its topic.
pub(crate) struct Trodden<'l> {
    pub(crate) topic: &'l Topic,
    pub(crate) question: usize,
    pub(crate) answer: usize,
}

pub(crate) type Path<'l> = Vec<Trodden<'l>>;

impl Library {
    /// Walks by the versions in force; a session of another version has failed.
    pub(crate) fn walk_in_force(&self, session: &Session) -> (Walked<'_>, Path<'_>) {
        let topic = self.topic(&session.topic.id);
        let is_known = topic.is_some() || session.topic.digest.is_empty();
        let same_topic = topic.is_none_or(|topic| topic.digest == session.topic.digest);
        let same_sieve = session.sieve.digest == self.sieve().digest;
        let same_table = session.table == self.dispositions().digest();
        if !is_known || !same_topic || !same_sieve || !same_table {
            let (_, path) = self.walk_any_version(session);
            return (Walked::Failed(Failure::SetChanged), path);
        }
        walk(self.sieve(), topic, session)
    }

    /// Walks by the versions that were asked.
    pub(crate) fn walk_any_version(&self, session: &Session) -> (Walked<'_>, Path<'_>) {
        let Some(sieve) = self.version(&session.sieve.id, &session.sieve.digest) else {
            return (Walked::Failed(Failure::VersionUnknown), Path::new());
        };
        let topic = self.version(&session.topic.id, &session.topic.digest);
        let is_topic_lost = topic.is_none() && !session.topic.digest.is_empty();
        if is_topic_lost || self.table(&session.table).is_none() {
            let (_, path) = walk(sieve, None, session);
            return (Walked::Failed(Failure::VersionUnknown), path);
        }
        walk(sieve, topic, session)
    }
}

fn walk<'l>(
    sieve: &'l Topic,
    topic: Option<&'l Topic>,
    session: &Session,
) -> (Walked<'l>, Path<'l>) {
    let mut path = Path::new();
    if session.answers.len() > ANSWERS_MAX {
        return (Walked::Failed(Failure::TooManyAnswers), path);
    }
    match stretch(sieve, session, &mut path) {
        Stretch::Onward => {}
        Stretch::Walked(walked) => return (walked, path),
    }
    let Some(topic) = topic else { return (Walked::Failed(Failure::TopicUnknown), path) };
    if !topic.gate.holds(session.person) {
        return (Walked::Failed(not_for(session.person)), path);
    }
    match stretch(topic, session, &mut path) {
        Stretch::Walked(walked) => (walked, path),
        Stretch::Onward => (Walked::Failed(Failure::NodeMissing), path),
    }
}

fn not_for(person: Person) -> Failure {
    if person.is_under_five() { Failure::UnderFive } else { Failure::NotForPerson }
}

enum Stretch<'l> {
    Walked(Walked<'l>),
    Onward,
}

/// Walks one topic with the answers that are left.
fn stretch<'l>(topic: &'l Topic, session: &Session, path: &mut Path<'l>) -> Stretch<'l> {
    let mut memory = Memory::default();
    let mut node = topic.start;
    loop {
        let failed = |failure| Stretch::Walked(Walked::Failed(failure));
        let question = match topic.resolve(session.person, &memory, node) {
            Some(Node::Question(question)) => question,
            Some(Node::Outcome(outcome)) if session.answers.len() == path.len() => {
                return Stretch::Walked(Walked::Ended { topic, outcome });
            }
            Some(Node::Outcome(_)) => return failed(Failure::AnswerToNoQuestion),
            Some(Node::Onward) => return Stretch::Onward,
            Some(Node::Decision(_)) | None => return failed(Failure::NodeMissing),
        };
        let Some(given) = session.answers.get(path.len()) else {
            return Stretch::Walked(Walked::At { topic, question, number: path.len() + 1 });
        };
        let asked = &topic.questions[question];
        if asked.id != given.question {
            return failed(Failure::AnswerToNoQuestion);
        }
        let Some(answer) = asked.answer(&given.answer) else {
            return failed(Failure::AnswerUnknown);
        };
        path.push(Trodden { topic, question, answer });
        node = topic.follow(&mut memory, question, answer);
    }
}
