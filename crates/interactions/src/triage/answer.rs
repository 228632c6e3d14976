//! One question after another: showing it, taking its answer, looking over all of them.

use ::triage::set::Question;
use ::triage::{Failure as Wrong, Outcome, Refused, Session, Step, Told};

use super::begin::{Stage, stage};
use super::journey::{Held, Journey, busy};
use super::{Cause, library};
use crate::app::App;
use crate::failure::Failure;

/// An answer to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// What the person reads.
    pub text: String,
}

/// A question as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its number in this journey, from 1.
    pub number: usize,
    /// Its id, which the answer comes back with.
    pub id: String,
    /// What is asked.
    pub text: String,
    /// Why it is asked.
    pub why: String,
    /// Help with answering.
    pub hint: Option<String>,
    /// The answers in order.
    pub choices: Vec<Choice>,
    /// The answer that was given before, where the person came back.
    pub chosen: Option<String>,
    /// Whether it is one of the emergency questions.
    pub is_sieve: bool,
    /// The topic's id.
    pub topic_id: String,
    /// The topic's title; empty where the topic is not there.
    pub topic: String,
    /// The topic's version.
    pub version: String,
    /// Whether somebody answers clinically for sieve and topic.
    pub is_signed_off: bool,
}

/// What came of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Answered {
    /// This comes next.
    Next(Stage),
    /// The question has no such answer: ask again.
    NoSuchAnswer,
    /// The answer could not be kept: this is what the person is told, at once.
    Now(Box<Outcome>),
}

impl App {
    /// The question of a number: the next one, or one that was answered. `Err` of the inner result says
    /// what comes next instead.
    pub async fn triage_question(
        &self,
        token: &str,
        number: usize,
    ) -> Result<Result<Asked, Stage>, Failure> {
        let Held { journey, .. } = self.triage_held(token).await?;
        let library = library()?;
        let next = stage(&journey)?;
        let Some(session) = &journey.session else { return Ok(Err(next)) };
        let before = number.checked_sub(1).and_then(|at| session.answers.get(at));
        let question = match (before, library.next(session)) {
            // What was arranged was arranged for these answers.
            _ if journey.arranged.is_some() => None,
            (Some(given), _) => question_of(session, &given.question),
            (None, Step::Ask(asking)) if asking.number == number => Some(asking.question),
            _ => None,
        };
        let Some(question) = question else { return Ok(Err(next)) };
        let chosen = before.map(|given| given.answer.clone());
        Ok(Ok(asked(session, question, number, chosen)))
    }

    /// Takes an answer. What followed an earlier answer is dropped and asked again.
    pub async fn triage_answer(
        &self,
        token: &str,
        question: &str,
        answer: &str,
    ) -> Result<Answered, Failure> {
        let library = library()?;
        for _ in 0..5 {
            let mut held = self.triage_held(token).await?;
            if held.journey.arranged.is_some() {
                return Ok(Answered::Next(Stage::Outcome));
            }
            let session = held.journey.session()?;
            let session = match library.answer(session, question, answer) {
                Ok(session) => session,
                Err(Refused::NoSuchAnswer) => return Ok(Answered::NoSuchAnswer),
                Err(Refused::NotAsked | Refused::Ended) => {
                    return Ok(Answered::Next(stage(&held.journey)?));
                }
            };
            held.journey.session = Some(session.clone());
            match self.triage_hold(&held).await {
                Ok(true) => return self.after(token, &held.journey, &session).await,
                Ok(false) => {}
                Err(failure) => {
                    tracing::error!(%failure, "an answer could not be kept");
                    return Ok(Answered::Now(Box::new(library.failed(&session, Wrong::Outside))));
                }
            }
        }
        Err(busy())
    }

    /// What comes after an answer; an emergency is written to the record before it is shown.
    async fn after(
        &self,
        token: &str,
        journey: &Journey,
        session: &Session,
    ) -> Result<Answered, Failure> {
        let next = stage(journey)?;
        if next != Stage::Outcome {
            return Ok(Answered::Next(next));
        }
        match self.triage_finish(token).await {
            Ok(outcome) if outcome.cause == Cause::Failed(Wrong::Outside) => {
                Ok(Answered::Now(Box::new(outcome)))
            }
            Ok(_) => Ok(Answered::Next(next)),
            Err(failure) => {
                tracing::error!(%failure, "an outcome could not be kept");
                Ok(Answered::Now(Box::new(library()?.failed(session, Wrong::Outside))))
            }
        }
    }

    /// Goes back one question; answers what is asked then.
    pub async fn triage_back(&self, token: &str) -> Result<Stage, Failure> {
        let library = library()?;
        self.triage_change(token, |journey| {
            if journey.arranged.is_none()
                && let Some(session) = &journey.session
            {
                journey.session = Some(library.back(session));
            }
            stage(journey)
        })
        .await
    }

    /// The answers in words, to be looked over.
    pub async fn triage_answers(&self, token: &str) -> Result<Vec<Told>, Failure> {
        let Held { journey, .. } = self.triage_held(token).await?;
        let session = journey.session()?;
        Ok(match library()?.next(session) {
            Step::Done(outcome) => outcome.answers,
            Step::Ask(_) => library()?.failed(session, Wrong::Outside).answers,
        })
    }
}

/// Whether an answer is a danger sign in any set in force: what is told when nothing else is known.
pub fn is_danger_sign(question: &str, answer: &str) -> bool {
    let Ok(library) = library() else { return false };
    let topics = library.topics().iter().chain([library.sieve()]);
    let questions = topics.filter_map(|topic| topic.question(question));
    let mut answers = questions.flat_map(|question| &question.answers);
    answers.any(|given| given.id == answer && given.red_flag.is_some())
}

/// A question of the sieve or topic that a session answers, in the versions in force.
fn question_of(session: &Session, id: &str) -> Option<&'static Question> {
    let library = library().ok()?;
    let topics = [Some(library.sieve()), library.topic(&session.topic.id)];
    topics.into_iter().flatten().find_map(|topic| topic.question(id))
}

fn asked(session: &Session, question: &Question, number: usize, chosen: Option<String>) -> Asked {
    let library = library().ok();
    let topic = library.and_then(|library| library.topic(&session.topic.id));
    let choice = |answer: &::triage::set::Answer| Choice {
        id: answer.id.clone(),
        text: answer.text.clone(),
    };
    Asked {
        number,
        id: question.id.clone(),
        text: question.text.clone(),
        why: question.why.clone(),
        hint: question.hint.clone(),
        choices: question.answers.iter().map(choice).collect(),
        chosen,
        is_sieve: library.is_some_and(|library| library.sieve().question(&question.id).is_some()),
        topic_id: session.topic.id.clone(),
        topic: topic.map(|topic| topic.title.clone()).unwrap_or_default(),
        version: session.topic.version.clone(),
        is_signed_off: library.is_some_and(|library| library.is_signed_off(&session.topic.id)),
    }
}
