//! A journey as it is kept: who it is about, the answers, what came of it.
//!
//! It is found by a token that only the browser has, under the token's hash, and is gone a day after its
//! last step. One that is about somebody's record belongs to who began it and is there for nobody else.

use ::store::{KeptChange, KeptExpected};
use ::triage::{Age, Person, Session, Sex};
use access::Who;
use fhir::{IssueCode, ResourceId};
use identity::secret_key;
use serde::{Deserialize, Serialize};

use super::refer::Arranged;
use crate::app::App;
use crate::failure::{Category, Failure};

/// The kind of records that journeys are kept as.
const JOURNEY: &str = "triage-journey";
/// Microseconds after which a journey that nobody goes on with is gone.
const LIVES: i64 = 24 * 60 * 60 * 1_000_000;
/// How often a step is tried again when another request of the same journey came between.
const TRIES: usize = 5;

/// Who a journey is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "who")]
pub enum About {
    /// Somebody whose record the caller has: themselves, or who they act for.
    Record {
        /// Their Patient resource.
        patient: String,
        /// What to call them.
        name: String,
        /// Whether it is the caller.
        is_self: bool,
    },
    /// Whoever is at the browser.
    Myself,
    /// Somebody else, by whoever is at the browser.
    Another,
}

impl About {
    /// Whether questions say "you" of the person who answers.
    pub fn is_self(&self) -> bool {
        matches!(self, About::Myself | About::Record { is_self: true, .. })
    }
}

/// Whose a journey is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owner {
    /// The account.
    pub(super) account: String,
    /// The Person whose record it is about.
    pub(super) subject: String,
}

/// A journey.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Journey {
    pub(super) about: Option<About>,
    pub(super) owner: Option<Owner>,
    pub(super) age: Option<Age>,
    pub(super) sex: Option<Sex>,
    pub(super) session: Option<Session>,
    /// The id of its QuestionnaireResponse, chosen before it is first written, so that it is written once.
    pub(super) response: Option<String>,
    /// The answers that were written to the record last, and that the outcome was shown for.
    pub(super) finished: Option<Session>,
    /// Where the person is, as they typed it.
    pub(super) postcode: String,
    pub(super) arranged: Option<Arranged>,
}

impl Journey {
    /// Who the questions are about, once that is known.
    pub(super) fn person(&self) -> Option<Person> {
        Some(Person { age: self.age?, sex: self.sex? })
    }

    /// The session, or what is said where there is none yet.
    pub(super) fn session(&self) -> Result<&Session, Failure> {
        self.session.as_ref().ok_or_else(|| {
            let message = "no topic has been chosen yet; begin at /111";
            Failure::plain(Category::Conflict, IssueCode::Conflict, message)
        })
    }

    /// The Patient whose record it is about.
    pub(super) fn patient(&self) -> Option<ResourceId> {
        match &self.about {
            Some(About::Record { patient, .. }) => ResourceId::parse(patient),
            _ => None,
        }
    }
}

/// A journey with what is needed to write it again.
#[derive(Clone, Debug)]
pub(super) struct Held {
    key: String,
    version: u64,
    pub(super) journey: Journey,
}

impl App {
    /// Begins a journey of which nothing is known; answers its token.
    pub async fn triage_begin(&self) -> Result<String, Failure> {
        super::library()?;
        let app = self.elevated();
        let token = format!("{}{}", app.ids.secret(), app.ids.secret()).replace('-', "");
        let change = change(&app, &secret_key(&token), KeptExpected::Absent, &Journey::default());
        if app.store.keep(vec![change]).await? {
            return Ok(token);
        }
        let message = "the journey could not be begun; try again";
        Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message))
    }

    /// The journey of a token. One that is over, that never was, and that is another's are the same.
    pub(super) async fn triage_held(&self, token: &str) -> Result<Held, Failure> {
        let key = secret_key(token);
        let kept = self.elevated().store.kept(JOURNEY, &key).await?.ok_or_else(nothing)?;
        let journey: Journey = serde_json::from_slice(&kept.value).map_err(|error| {
            let message = format!("the answers that were kept are damaged: {error}");
            Failure::plain(Category::Fault, IssueCode::Exception, message)
        })?;
        let is_theirs = match (&journey.owner, &self.caller().who) {
            (None, _) => true,
            (Some(owner), Who::Citizen(citizen)) => {
                *owner.account == *citizen.account && owner.subject == citizen.subject.as_str()
            }
            (Some(_), _) => false,
        };
        if is_theirs { Ok(Held { key, version: kept.version, journey }) } else { Err(nothing()) }
    }

    /// Writes a journey that was changed; false where another request came between.
    pub(super) async fn triage_hold(&self, held: &Held) -> Result<bool, Failure> {
        let app = self.elevated();
        let change = change(&app, &held.key, KeptExpected::Version(held.version), &held.journey);
        Ok(app.store.keep(vec![change]).await?)
    }

    /// Changes a journey; where another request of it came between, on what that left.
    pub(super) async fn triage_change<T>(
        &self,
        token: &str,
        mut change: impl FnMut(&mut Journey) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        for _ in 0..TRIES {
            let mut held = self.triage_held(token).await?;
            let before = held.journey.clone();
            let made = change(&mut held.journey)?;
            if held.journey == before || self.triage_hold(&held).await? {
                return Ok(made);
            }
        }
        Err(busy())
    }
}

fn change(app: &App, key: &str, expected: KeptExpected, journey: &Journey) -> KeptChange {
    // Texts and numbers only: nothing that could fail.
    let value = serde_json::to_vec(journey).unwrap_or_default().into();
    let expires = app.clock.now().saturating_add(LIVES);
    KeptChange { kind: JOURNEY.into(), key: key.into(), expected, becomes: Some((value, expires)) }
}

fn nothing() -> Failure {
    let message = "there is no such journey; it may be over: begin again at /111";
    Failure::plain(Category::NotFound, IssueCode::NotFound, message)
}

pub(super) fn busy() -> Failure {
    let message = "the same answers were sent many times at once; try again";
    Failure::plain(Category::Conflict, IssueCode::Conflict, message)
}
