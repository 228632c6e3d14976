//! Arranging care from an outcome: a referral to a pharmacy, a call back. Both carry the answers, so that
//! nobody asks twice: a ServiceRequest with the codes, the summary and the QuestionnaireResponse, and a Task
//! with its owner and deadline.
//!
//! A journey arranges one thing. Its ids are kept before anything is written, so that a form that is sent
//! twice, or again after a failure, writes the same. Spec: <https://hl7.org/fhir/R4/servicerequest.html>,
//! <https://hl7.org/fhir/R4/task.html>; BaRS 1 for codes and `occurrencePeriod`.

use std::collections::BTreeSet;

use ::store::{Batch, Change, Expected, Method, ResourceKey};
use ::triage::Outcome;
use ::triage::resource::{facts, summary, window};
use fhir::{Element, IssueCode, ResourceId, Tree};
use serde::{Deserialize, Serialize};

use super::finish::tree_of;
use super::journey::{Journey, busy};
use super::services::ServiceOffer;
use super::{Ended, instant};
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};

const CATEGORY: &str = "https://fhir.nhs.uk/CodeSystem/message-category-servicerequest";
/// The codes of ours for what is asked.
const ASKED: &str = "urn:careloom:triage:request";

/// How care is arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// The pharmacy is told, and the person goes there.
    Referral,
    /// The service calls the person.
    CallBack,
    /// An appointment.
    Appointment,
}

/// What was arranged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arranged {
    /// How.
    pub way: Way,
    /// The HealthcareService.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its address in one line.
    pub address: String,
    /// Its telephone number.
    pub phone: String,
    /// The number that the person is called on.
    pub call_on: String,
    /// Until when it should have happened: microseconds since 1970.
    pub until: i64,
    /// The ServiceRequest, or the Appointment.
    pub request: String,
    /// The Task; empty for an appointment.
    pub task: String,
    /// Whether it was written.
    pub is_done: bool,
    /// Whether it was taken back.
    pub is_cancelled: bool,
}

impl App {
    /// Arranges a referral or a call back with a service that is offered for the outcome of a journey.
    pub async fn triage_refer(
        &self,
        token: &str,
        service: &ResourceId,
        call_on: &str,
    ) -> Result<Arranged, Failure> {
        let (ended, patient) = self.triage_arrangeable(token).await?;
        let mut arranged = match ended.arranged.clone() {
            Some(arranged) => arranged,
            None => self.triage_intend(token, &ended, service, call_on).await?,
        };
        if arranged.is_done || arranged.way == Way::Appointment {
            return Ok(arranged);
        }
        let changes = self.triage_requests(&ended, &arranged, &patient)?;
        self.elevated().commit(Batch { changes, ..Batch::default() }).await?;
        arranged.is_done = true;
        self.triage_change(token, |journey| {
            journey.arranged = Some(arranged.clone());
            Ok(())
        })
        .await?;
        Ok(arranged)
    }

    /// The outcome of a journey for which care may be arranged, and for whom.
    pub(super) async fn triage_arrangeable(
        &self,
        token: &str,
    ) -> Result<(Ended, ResourceId), Failure> {
        let Some(ended) = self.triage_ended(token).await? else {
            let message = "there are questions left; go on with the one that is asked";
            return Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message));
        };
        if !ended.may_book {
            let message = "you act for this person, but not to book for them";
            return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
        }
        let held = self.triage_held(token).await?;
        let Some(patient) = held.journey.patient().filter(|_| ended.response.is_some()) else {
            let message = "sign in and prove who you are, so that the service knows whom to expect";
            return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
        };
        if !ended.outcome.disposition.bookable {
            let message = "nothing is booked for this outcome: do what it says";
            return Err(Failure::plain(Category::NotAllowed, IssueCode::BusinessRule, message));
        }
        Ok((ended, patient))
    }

    /// The service, where it is still offered in the way that is asked for.
    pub(super) async fn triage_offer(
        &self,
        journey: &Journey,
        outcome: &Outcome,
        service: &ResourceId,
    ) -> Result<ServiceOffer, Failure> {
        let services = self.triage_services_of(journey, outcome).await?;
        services.offered.into_iter().find(|offer| offer.id == *service).ok_or_else(|| {
            let message = "this service is not offered for this outcome now; choose another one";
            Failure::plain(Category::Conflict, IssueCode::Conflict, message)
        })
    }

    /// Keeps what is about to be arranged, with the ids that it will have.
    async fn triage_intend(
        &self,
        token: &str,
        ended: &Ended,
        service: &ResourceId,
        call_on: &str,
    ) -> Result<Arranged, Failure> {
        let mut held = self.triage_held(token).await?;
        if let Some(arranged) = held.journey.arranged {
            return Ok(arranged);
        }
        let offer = self.triage_offer(&held.journey, &ended.outcome, service).await?;
        let way = offer.way.filter(|way| *way != Way::Appointment).ok_or_else(|| {
            let message = "this service cannot be asked from here; call it or go there";
            Failure::plain(Category::NotAllowed, IssueCode::BusinessRule, message)
        })?;
        let call_on = telephone(call_on)?;
        if way == Way::CallBack && call_on.is_empty() {
            return Err(no_telephone());
        }
        let now = instant(self.clock.now());
        let until = window(&ended.outcome, now).map_or(now, |(_, until)| until);
        let arranged = Arranged {
            way,
            service: service.to_string(),
            name: offer.name,
            address: offer.address,
            phone: offer.phone.unwrap_or_default(),
            call_on,
            until: until.as_microsecond(),
            request: self.ids.next().to_string(),
            task: self.ids.next().to_string(),
            is_done: false,
            is_cancelled: false,
        };
        held.journey.arranged = Some(arranged.clone());
        if self.triage_hold(&held).await? {
            return Ok(arranged);
        }
        // The same form was sent twice at once: what the other one keeps counts.
        self.triage_held(token).await?.journey.arranged.ok_or_else(busy)
    }

    /// The ServiceRequest, the Task and the AuditEvent.
    fn triage_requests(
        &self,
        ended: &Ended,
        arranged: &Arranged,
        patient: &ResourceId,
    ) -> Result<Vec<Change>, Failure> {
        let app = self.elevated();
        let in_force = app.in_force();
        let mut changes = Vec::new();
        for (name, id, element) in [
            ("ServiceRequest", &arranged.request, request(self, ended, arranged, patient)),
            ("Task", &arranged.task, task(self, ended, arranged, patient)),
        ] {
            let id = ResourceId::parse(id).ok_or_else(busy)?;
            let key = ResourceKey { resource_type: app.resource_type(name)?, id };
            let tree = tree_of(&element)?;
            changes.push(app.change(&in_force, &key, tree.root(), Method::Put, Expected::Any));
        }
        let look = Look {
            interaction: "create".to_owned(),
            action: 'C',
            address: format!("111: ServiceRequest/{}", arranged.request),
            from: None,
            status: 200,
            reason: None,
        };
        changes.push(self.noted(&look, &BTreeSet::from([patient.clone()]))?);
        Ok(changes)
    }

    /// How far what was arranged is: the status of its Task, a code of
    /// <http://hl7.org/fhir/task-status>, or of its Appointment.
    pub async fn triage_progress(&self, token: &str) -> Result<Option<String>, Failure> {
        let held = self.triage_held(token).await?;
        let Some(arranged) = held.journey.arranged.filter(|arranged| arranged.is_done) else {
            return Ok(None);
        };
        let (name, id) = match arranged.way {
            Way::Appointment => ("Appointment", &arranged.request),
            Way::Referral | Way::CallBack => ("Task", &arranged.task),
        };
        let Some((_, tree)) = self.triage_read(name, id).await? else {
            return Ok(None);
        };
        Ok(tree.root().text_of("status").map(str::to_owned))
    }

    /// Takes back a referral or a call back.
    pub async fn triage_cancel(&self, token: &str) -> Result<(), Failure> {
        let held = self.triage_held(token).await?;
        let (Some(mut arranged), Some(patient)) =
            (held.journey.arranged.clone(), held.journey.patient())
        else {
            let message = "nothing was arranged here";
            return Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message));
        };
        if arranged.is_cancelled || arranged.way == Way::Appointment {
            return Ok(());
        }
        let app = self.elevated();
        let in_force = app.in_force();
        let mut changes = Vec::new();
        let both = [
            ("ServiceRequest", &arranged.request, "revoked"),
            ("Task", &arranged.task, "cancelled"),
        ];
        for (name, id, status) in both {
            let Some((stored, tree)) = self.triage_read(name, id).await? else { continue };
            let mut element = Element::from(tree.root());
            element.set("status", Element::string(status));
            let tree = tree_of(&element)?;
            let expected = Expected::Version(stored.version);
            changes.push(app.change(&in_force, &stored.key, tree.root(), Method::Put, expected));
        }
        let look = Look {
            interaction: "update".to_owned(),
            action: 'U',
            address: format!("111: ServiceRequest/{}", arranged.request),
            from: None,
            status: 200,
            reason: None,
        };
        changes.push(self.noted(&look, &BTreeSet::from([patient]))?);
        app.commit(Batch { changes, ..Batch::default() }).await?;
        arranged.is_cancelled = true;
        self.triage_change(token, |journey| {
            journey.arranged = Some(arranged.clone());
            Ok(())
        })
        .await
    }

    async fn triage_read(
        &self,
        name: &str,
        id: &str,
    ) -> Result<Option<(store::Stored, Tree)>, Failure> {
        let app = self.elevated();
        let Some(id) = ResourceId::parse(id) else { return Ok(None) };
        let key = ResourceKey { resource_type: app.resource_type(name)?, id };
        let Some(stored) = app.store.read(&key).await? else { return Ok(None) };
        let tree = stored.body.as_deref().and_then(|body| Tree::parse(body).ok());
        Ok(tree.map(|tree| (stored, tree)))
    }
}

/// A telephone number as typed; empty where none was.
pub(super) fn telephone(typed: &str) -> Result<String, Failure> {
    let typed = typed.trim();
    let digits = typed.bytes().filter(u8::is_ascii_digit).count();
    let is_number = typed.chars().all(|c| c.is_ascii_digit() || " +()-".contains(c))
        && (9..=15).contains(&digits)
        && typed.len() <= 25;
    if typed.is_empty() || is_number { Ok(typed.to_owned()) } else { Err(no_telephone()) }
}

fn no_telephone() -> Failure {
    let message = "a telephone number has 9 to 15 digits, such as 07700 900982";
    Failure::new(Category::Invalid, IssueCode::Value, "phone", message)
}

fn object<const N: usize>(members: [(&str, Element); N]) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn list(item: Element) -> Element {
    Element::Array(vec![item])
}

fn reference(target: String) -> Element {
    object([("reference", Element::string(target))])
}

fn time(at: i64) -> Element {
    Element::string(fhir::format_instant(at))
}

fn response(ended: &Ended) -> Element {
    let id = ended.response.as_ref().map(ResourceId::to_string).unwrap_or_default();
    reference(format!("QuestionnaireResponse/{id}"))
}

fn service(arranged: &Arranged) -> Element {
    let mut made = reference(format!("HealthcareService/{}", arranged.service));
    made.set("display", Element::string(&*arranged.name));
    made
}

/// What is asked, with its code.
fn asked(ended: &Ended, arranged: &Arranged) -> Element {
    let (code, words) = match (&ended.outcome.pharmacy_first, arranged.way) {
        (_, Way::CallBack) => ("call-back".to_owned(), "Call back".to_owned()),
        (Some(pathway), _) => {
            (format!("pharmacy-first-{pathway}"), format!("Pharmacy First: {pathway}"))
        }
        (None, _) => ("pharmacy".to_owned(), "See by a pharmacist".to_owned()),
    };
    let coding = object([("system", Element::string(ASKED)), ("code", Element::string(code))]);
    object([("coding", list(coding)), ("text", Element::string(words))])
}

/// The summary for whoever takes over, with the number to call.
fn words(ended: &Ended, arranged: &Arranged) -> String {
    let mut words = summary(&ended.outcome);
    if !ended.about.is_self() {
        words.push_str("\nA carer or trusted person answered.");
    }
    if !arranged.call_on.is_empty() {
        words.push_str(&format!("\nCall on: {}", arranged.call_on));
    }
    words
}

fn request(app: &App, ended: &Ended, arranged: &Arranged, patient: &ResourceId) -> Element {
    let now = app.clock.now();
    let category =
        object([("system", Element::string(CATEGORY)), ("code", Element::string("referral"))]);
    let priority = if arranged.until - now <= 6 * 3_600_000_000 { "urgent" } else { "routine" };
    object([
        ("resourceType", Element::string("ServiceRequest")),
        ("id", Element::string(&*arranged.request)),
        ("status", Element::string("active")),
        ("intent", Element::string("order")),
        ("category", list(object([("coding", list(category))]))),
        ("priority", Element::string(priority)),
        ("code", asked(ended, arranged)),
        ("subject", reference(format!("Patient/{patient}"))),
        ("occurrencePeriod", object([("start", time(now)), ("end", time(arranged.until))])),
        ("authoredOn", time(now)),
        ("requester", reference(format!("Patient/{patient}"))),
        ("performer", list(service(arranged))),
        ("reasonCode", Element::Array(facts(&ended.outcome))),
        ("supportingInfo", list(response(ended))),
        ("note", list(object([("text", Element::string(words(ended, arranged)))]))),
    ])
}

fn task(app: &App, ended: &Ended, arranged: &Arranged, patient: &ResourceId) -> Element {
    let now = app.clock.now();
    let until = object([("end", time(arranged.until))]);
    let mut made = object([
        ("resourceType", Element::string("Task")),
        ("id", Element::string(&*arranged.task)),
        ("status", Element::string("requested")),
        ("intent", Element::string("order")),
        ("code", asked(ended, arranged)),
        ("description", Element::string(&*ended.outcome.disposition.heading)),
        ("focus", reference(format!("ServiceRequest/{}", arranged.request))),
        ("for", reference(format!("Patient/{patient}"))),
        ("authoredOn", time(now)),
        ("lastModified", time(now)),
        ("owner", service(arranged)),
        ("reasonReference", response(ended)),
        ("restriction", object([("period", until)])),
    ]);
    if !arranged.call_on.is_empty() {
        let input = object([
            ("type", object([("text", Element::string("telephone"))])),
            ("valueString", Element::string(&*arranged.call_on)),
        ]);
        made.set("input", list(input));
    }
    made
}
