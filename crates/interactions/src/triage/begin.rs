//! Before the questions: who needs help, their age and sex, and the topic.

use ::triage::{Age, Sex};
use access::Who;
use fhir::IssueCode;

use super::journey::{About, Held, Journey, Owner};
use super::library;
use crate::app::App;
use crate::failure::{Category, Failure};

/// Characters of what is typed to find a topic at the most.
const WORDS_MAX: usize = 200;
/// Months of the oldest age that is taken.
const MONTHS_MAX: u32 = 130 * 12;

/// Who needs help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Whose record the caller has; age and sex are taken from it.
    Record,
    /// Whoever is at the browser.
    Myself,
    /// Somebody else.
    Another,
}

/// What comes next in a journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Who needs help.
    Who,
    /// How old they are.
    Age,
    /// Their sex.
    Sex,
    /// What it is about.
    Topic,
    /// The question of this number, from 1.
    Question(usize),
    /// Looking over the answers.
    Check,
    /// The outcome.
    Outcome,
}

/// A topic to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicLine {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is for, in a sentence.
    pub about: String,
}

impl App {
    /// What comes next in a journey, and who it is about.
    pub async fn triage_stage(&self, token: &str) -> Result<(Stage, Option<About>), Failure> {
        let Held { journey, .. } = self.triage_held(token).await?;
        Ok((stage(&journey)?, journey.about))
    }

    /// Says who needs help. What was answered before is dropped.
    pub async fn triage_who(&self, token: &str, whom: Whom) -> Result<Stage, Failure> {
        let mut fresh = Journey::default();
        match whom {
            Whom::Myself => fresh.about = Some(About::Myself),
            Whom::Another => fresh.about = Some(About::Another),
            Whom::Record => {
                let (Some(person), Who::Citizen(citizen)) =
                    (self.triage_record_person().await?, &self.caller().who)
                else {
                    let message = "sign in and prove who you are to use what your record says";
                    return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
                };
                fresh.owner = Some(Owner {
                    account: citizen.account.to_string(),
                    subject: citizen.subject.to_string(),
                });
                fresh.about = Some(About::Record {
                    patient: person.patient.to_string(),
                    name: person.name,
                    is_self: person.is_self,
                });
                (fresh.age, fresh.sex, fresh.postcode) = (person.age, person.sex, person.postcode);
            }
        }
        self.triage_change(token, |journey| {
            *journey = fresh.clone();
            stage(journey)
        })
        .await
    }

    /// Says how old they are; `months` counts beside years, for babies.
    pub async fn triage_age(&self, token: &str, years: u32, months: u32) -> Result<Stage, Failure> {
        let total = years.checked_mul(12).and_then(|years| years.checked_add(months));
        let age =
            total.filter(|total| *total <= MONTHS_MAX).map(Age::of_months).ok_or_else(|| {
                let message = "an age is from 0 to 130 years";
                Failure::new(Category::Invalid, IssueCode::Value, "age", message)
            })?;
        self.triage_change(token, |journey| {
            if journey.age != Some(age) {
                journey.age = Some(age);
                restart(journey);
            }
            stage(journey)
        })
        .await
    }

    /// Says their sex.
    pub async fn triage_sex(&self, token: &str, sex: Sex) -> Result<Stage, Failure> {
        self.triage_change(token, |journey| {
            if journey.sex != Some(sex) {
                journey.sex = Some(sex);
                restart(journey);
            }
            stage(journey)
        })
        .await
    }

    /// The topics for the person of a journey, those first whose words hold more of what was typed.
    pub async fn triage_topics(&self, token: &str, typed: &str) -> Result<Vec<TopicLine>, Failure> {
        let Held { journey, .. } = self.triage_held(token).await?;
        let Some(person) = journey.person() else { return Err(too_early()) };
        let typed: String = typed.chars().take(WORDS_MAX).collect();
        let found = library()?.search(person, &typed);
        Ok(found
            .into_iter()
            .map(|topic| TopicLine {
                id: topic.id.clone(),
                title: topic.title.clone(),
                about: topic.about.clone(),
            })
            .collect())
    }

    /// Begins a topic. One that is not there, or not for the person, still asks for danger signs and
    /// then ends in "call 111".
    pub async fn triage_choose(&self, token: &str, topic: &str) -> Result<Stage, Failure> {
        let library = library()?;
        let id = self.ids.next();
        self.triage_change(token, |journey| {
            let Some(person) = journey.person() else { return Err(too_early()) };
            let topic: String = topic.chars().take(64).collect();
            restart(journey);
            journey.session = Some(library.begin(&topic, person));
            journey.response = Some(id.to_string());
            stage(journey)
        })
        .await
    }

    /// Makes a journey that was begun without signing in the caller's own. Only where what was answered
    /// of age and sex is what the record says; else false, and the journey stays as it is.
    pub async fn triage_claim(&self, token: &str) -> Result<bool, Failure> {
        let (Some(person), Who::Citizen(citizen)) =
            (self.triage_record_person().await?, &self.caller().who)
        else {
            return Ok(false);
        };
        self.triage_change(token, |journey| {
            let years = |age: Option<Age>| age.map(|age| age.months / 12);
            let is_same = journey.about == Some(About::Myself)
                && person.is_self
                && years(person.age).is_some_and(|known| years(journey.age) == Some(known))
                && person.sex.is_some_and(|known| journey.sex == Some(known));
            if is_same {
                journey.owner = Some(Owner {
                    account: citizen.account.to_string(),
                    subject: citizen.subject.to_string(),
                });
                journey.about = Some(About::Record {
                    patient: person.patient.to_string(),
                    name: person.name.clone(),
                    is_self: true,
                });
                // So that it is written to the record with the next look at the outcome.
                journey.finished = None;
                if journey.postcode.is_empty() {
                    journey.postcode.clone_from(&person.postcode);
                }
            }
            Ok(is_same)
        })
        .await
    }
}

/// Drops what was answered, for other answers before it.
fn restart(journey: &mut Journey) {
    (journey.session, journey.finished, journey.arranged) = (None, None, None);
}

pub(super) fn stage(journey: &Journey) -> Result<Stage, Failure> {
    if journey.about.is_none() {
        return Ok(Stage::Who);
    }
    if journey.age.is_none() {
        return Ok(Stage::Age);
    }
    if journey.sex.is_none() {
        return Ok(Stage::Sex);
    }
    let Some(session) = &journey.session else { return Ok(Stage::Topic) };
    Ok(match library()?.next(session) {
        ::triage::Step::Ask(asking) => Stage::Question(asking.number),
        ::triage::Step::Done(outcome) => {
            // An emergency is told at once; so is what went wrong.
            let is_at_once = outcome.disposition.is_emergency()
                || !matches!(outcome.cause, ::triage::Cause::Rule { .. });
            let is_over = is_at_once || journey.finished.as_ref() == Some(session);
            if is_over { Stage::Outcome } else { Stage::Check }
        }
    })
}

fn too_early() -> Failure {
    let message = "age and sex are not known yet; go on with the question that is asked";
    Failure::plain(Category::Conflict, IssueCode::Conflict, message)
}
