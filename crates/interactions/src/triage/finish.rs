//! The end of a journey: the outcome, its QuestionnaireResponse in the record, and replaying it later.

use std::collections::BTreeSet;

use ::store::{Batch, Expected, Method, ResourceKey};
use ::triage::engine::Change;
use ::triage::{Failure as Wrong, Outcome, Session, Step, resource};
use access::Who;
use fhir::{Element, IssueCode, ResourceId, Tree};

use super::journey::{About, Held, Journey};
use super::refer::Arranged;
use super::{instant, library};
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};

/// The type that a journey becomes.
const RESPONSE: &str = "QuestionnaireResponse";
/// The interaction's name in the audit.
const TRIAGE: &str = "triage";

/// How a journey ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The outcome.
    pub outcome: Outcome,
    /// Who it is about.
    pub about: About,
    /// The QuestionnaireResponse in the record; none where it is in nobody's.
    pub response: Option<ResourceId>,
    /// Where the person is, as far as it is known: a postcode; may be empty.
    pub postcode: String,
    /// What was arranged from here.
    pub arranged: Option<Arranged>,
    /// Whether the caller may book for the person: not where they act for them without that leave.
    pub may_book: bool,
    /// Whether the caller, who has signed in since, could make it their own.
    pub may_claim: bool,
}

/// A journey that was answered before, replayed.
#[derive(Clone, Debug, PartialEq)]
pub struct Replayed {
    /// When it was written: a FHIR instant.
    pub authored: String,
    /// What its answers give by the versions that they were given to.
    pub outcome: Outcome,
    /// The disposition that was written with it.
    pub told: Option<String>,
    /// What the versions in force make different, one sentence each.
    pub changes: Vec<String>,
}

impl App {
    /// Ends a journey: writes it to the record of the person that it is about, with its AuditEvent, and
    /// answers the outcome. Where it cannot be written, that is "call 111", or 999 after a danger sign.
    pub async fn triage_finish(&self, token: &str) -> Result<Outcome, Failure> {
        let library = library()?;
        let held = self.triage_held(token).await?;
        let session = held.journey.session()?.clone();
        let Step::Done(outcome) = library.next(&session) else {
            let message = "there are questions left; go on with the one that is asked";
            return Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message));
        };
        if held.journey.finished.as_ref() == Some(&session) {
            return Ok(*outcome);
        }
        let kept = match self.triage_write(&held.journey, &session).await {
            Ok(()) => self.triage_note_finished(token, &session).await,
            Err(failure) => Err(failure),
        };
        match kept {
            Ok(()) => Ok(*outcome),
            Err(failure) => {
                tracing::error!(%failure, "a journey could not be written to the record");
                Ok(library.failed(&session, Wrong::Outside))
            }
        }
    }

    /// How a journey has ended, or `None` where it has not.
    pub async fn triage_ended(&self, token: &str) -> Result<Option<Ended>, Failure> {
        let library = library()?;
        let Held { journey, .. } = self.triage_held(token).await?;
        let Some(session) = &journey.session else { return Ok(None) };
        if super::begin::stage(&journey)? != super::Stage::Outcome {
            return Ok(None);
        }
        let outcome = match library.next(session) {
            Step::Done(outcome) if journey.finished.as_ref() == Some(session) => *outcome,
            // It was told already, or is told now, whether or not it can be written.
            Step::Done(_) => self.triage_finish(token).await?,
            Step::Ask(_) => return Ok(None),
        };
        let is_written = journey.patient().is_some() && journey.finished.is_some();
        let response = journey.response.as_deref().and_then(ResourceId::parse);
        let may_claim = journey.about == Some(About::Myself)
            && matches!(&self.caller().who, Who::Citizen(citizen) if citizen.may_read);
        Ok(Some(Ended {
            outcome,
            about: journey.about.clone().unwrap_or(About::Myself),
            response: response.filter(|_| is_written),
            postcode: journey.postcode,
            arranged: journey.arranged,
            may_book: !matches!(&self.caller().who, Who::Citizen(citizen)
                if citizen.proxy.is_some_and(|rights| !rights.may_book)),
            may_claim,
        }))
    }

    async fn triage_note_finished(&self, token: &str, session: &Session) -> Result<(), Failure> {
        self.triage_change(token, |journey| {
            if journey.session.as_ref() == Some(session) {
                journey.finished = Some(session.clone());
            }
            Ok(())
        })
        .await
    }

    /// Writes the QuestionnaireResponse and the AuditEvent together; nothing where it is in nobody's record.
    async fn triage_write(&self, journey: &Journey, session: &Session) -> Result<(), Failure> {
        let (Some(patient), Some(id)) =
            (journey.patient(), journey.response.as_deref().and_then(ResourceId::parse))
        else {
            return Ok(());
        };
        let app = self.elevated();
        let key = ResourceKey { resource_type: app.resource_type(RESPONSE)?, id };
        let mut made = resource::response(
            library()?,
            session,
            Some(&format!("Patient/{patient}")),
            instant(app.clock.now()),
        );
        made.set("id", Element::string(key.id.as_str()));
        if let Some(source) = self.triage_source(journey) {
            made.set("source", source);
        }
        let tree = tree_of(&made)?;
        let look = Look {
            interaction: TRIAGE.to_owned(),
            action: 'C',
            address: format!("111: {key}"),
            from: None,
            status: 200,
            reason: None,
        };
        let in_force = app.in_force();
        let written = app.change(&in_force, &key, tree.root(), Method::Put, Expected::Any);
        let noted = self.noted(&look, &BTreeSet::from([patient]))?;
        let batch = Batch { changes: vec![written, noted], ..Batch::default() };
        app.commit(batch).await?;
        Ok(())
    }

    /// Who gave the answers, where that is not the person themselves.
    fn triage_source(&self, journey: &Journey) -> Option<Element> {
        let Who::Citizen(citizen) = &self.caller().who else { return None };
        if journey.about.as_ref().is_some_and(About::is_self) {
            return None;
        }
        let identifier = Element::Object(vec![
            ("system".into(), Element::string("urn:careloom:person")),
            ("value".into(), Element::string(format!("Person/{}", citizen.person))),
        ]);
        Some(Element::Object(vec![
            ("identifier".into(), identifier),
            ("display".into(), Element::string("A carer or trusted person")),
        ]))
    }

    /// A journey of the record by the id of its QuestionnaireResponse, replayed by the versions that it was
    /// answered to; for whoever may read it.
    pub async fn triage_replay(&self, id: &ResourceId) -> Result<Replayed, Failure> {
        let library = library()?;
        let key = ResourceKey { resource_type: self.resource_type(RESPONSE)?, id: id.clone() };
        let stored = self.read(&key).await?;
        let body = stored.body.as_deref().unwrap_or_default();
        let tree = Tree::parse(body).map_err(|_| Failure::not_found(&key))?;
        let session = resource::read_response(tree.root())
            .map_err(|issue| Failure { category: Category::Unprocessable, issues: vec![issue] })?;
        let outcome = match library.replay(&session) {
            Step::Done(outcome) => *outcome,
            Step::Ask(_) => library.failed(&session, Wrong::Outside),
        };
        let disposition = tree.root().all("extension").flat_map(|whole| whole.all("extension"));
        let told = disposition
            .filter(|part| part.text_of("url") == Some("disposition"))
            .find_map(|part| part.at("valueCoding.code")?.as_str().map(str::to_owned));
        Ok(Replayed {
            authored: tree.root().text_of("authored").unwrap_or_default().to_owned(),
            outcome,
            told,
            changes: library.changes(&session).iter().map(change_words).collect(),
        })
    }
}

/// What a new version makes different, in a sentence.
fn change_words(change: &Change) -> String {
    match change {
        Change::Version { was, is: Some(is) } => {
            format!("{} is version {} now; version {} was answered", is.id, is.version, was.version)
        }
        Change::Version { was, is: None } => format!("{} is no longer asked", was.id),
        Change::Dispositions { .. } => "the table of dispositions is another one".to_owned(),
        Change::QuestionGone { question } => format!("{question} is no longer asked"),
        Change::AnswerGone { question, answer } => {
            format!("{question} has no answer {answer} any more")
        }
        Change::Words { question, .. } => format!("{question} is asked in other words"),
        Change::LeadsElsewhere { question, answer } => {
            format!("{answer} to {question} leads elsewhere")
        }
        Change::Outcome { was, is } => format!("the same answers give {is} now, not {was}"),
    }
}

pub(super) fn tree_of(element: &Element) -> Result<Tree, Failure> {
    Tree::parse(&element.to_compact()).map_err(|error| {
        let message = format!("what was answered could not be written: {error}");
        Failure::plain(Category::Fault, IssueCode::Exception, message)
    })
}
