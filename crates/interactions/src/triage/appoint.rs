//! An appointment from an outcome: times of the person's own practice within the outcome's window, those
//! that are kept for 111 among them, and booking one with the answers.
//!
//! The rules and the booking are `booking`'s. The form's key is the journey's, so that a journey books once
//! however often its form is sent; the answers are joined to the Appointment as `supportingInformation`.

use std::collections::BTreeSet;

use ::booking::desk::Refusal;
use ::booking::model::Mode;
use ::booking::visibility::Offering;
use ::store::{Batch, CommitError, Expected, Method, ResourceKey};
use ::triage::resource::window;
use fhir::{Element, IssueCode, ResourceId, Tree, Value};
use jiff::Timestamp;

use super::finish::tree_of;
use super::instant;
use super::refer::{Arranged, Way};
use super::services::ServiceOffer;
use crate::app::App;
use crate::audit::Look;
use crate::booking::{BookRequest, Booker, OpeningFilter};
use crate::failure::{Category, Failure};

/// Times that are shown.
const TIMES_MAX: usize = 40;
/// Days ahead that are looked at.
const DAYS_MAX: i64 = 14;
/// Characters of the reason: the limit of GP Connect.
const REASON_MAX: usize = 100;
/// How often joining the answers is tried when another writer came between.
const TRIES: usize = 4;

/// A time that can be booked.
#[derive(Clone, Debug, PartialEq)]
pub struct AppointmentTime {
    /// The slot.
    pub slot: ResourceId,
    /// First moment.
    pub start: Timestamp,
    /// What kind of appointment it is.
    pub kind: String,
    /// With whom; empty where that is not said.
    pub with: String,
    /// How people meet; none where that is not said.
    pub mode: Option<Mode>,
}

/// The times at a service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceTimes {
    /// The service.
    pub offer: ServiceOffer,
    /// Until when the outcome wants it.
    pub until: Timestamp,
    /// Times within that, in order; at most 40.
    pub times: Vec<AppointmentTime>,
}

impl App {
    /// The times that can be booked at a service for the outcome of a journey.
    pub async fn triage_times(
        &self,
        token: &str,
        service: &ResourceId,
    ) -> Result<ServiceTimes, Failure> {
        let (ended, _) = self.triage_arrangeable(token).await?;
        let held = self.triage_held(token).await?;
        let offer = self.triage_offer(&held.journey, &ended.outcome, service).await?;
        if offer.way != Some(Way::Appointment) {
            let message = "no appointments are booked at this service from here";
            return Err(Failure::plain(Category::NotAllowed, IssueCode::BusinessRule, message));
        }
        let now = instant(self.clock.now());
        let until = window(&ended.outcome, now).map_or(now, |(_, until)| until);
        let days = (until.duration_since(now).as_hours() / 24 + 2).clamp(1, DAYS_MAX);
        let filter = OpeningFilter { days: u16::try_from(days).ok(), ..OpeningFilter::default() };
        if !self.standings().await?.is_open("booking") {
            // Booking is not switched on for them: the page says to phone, as where no time is left.
            return Ok(ServiceTimes { offer, until, times: Vec::new() });
        }
        let openings = self.openings(&Booker::OwnBy111, &filter).await?;
        let of_service = self.triage_kinds(&offer, &openings.kinds).await?;
        let slots = openings.days.into_iter().flat_map(|day| day.slots);
        let times = slots
            .filter(|slot| slot.start <= until && of_service.contains(&slot.service))
            .take(TIMES_MAX)
            .map(|slot| AppointmentTime {
                slot: slot.id,
                start: slot.start,
                kind: slot.kind,
                with: slot.clinician.map(|named| named.words).unwrap_or_default(),
                mode: slot.mode,
            });
        let times = times.collect();
        Ok(ServiceTimes { offer, until, times })
    }

    /// Of kinds of appointment, those of the practice that a service of the directory is: who is registered
    /// at two practices is shown the times of the one that they chose.
    async fn triage_kinds(
        &self,
        offer: &ServiceOffer,
        kinds: &[(ResourceId, Offering)],
    ) -> Result<BTreeSet<ResourceId>, Failure> {
        let app = self.elevated();
        let resource_type = app.resource_type("HealthcareService")?;
        let mut of_service = BTreeSet::new();
        for (id, _) in kinds {
            let stored = app.store.read(&ResourceKey { resource_type, id: id.clone() }).await?;
            let body = stored.and_then(|stored| stored.body);
            let Some(tree) = body.as_deref().and_then(|body| Tree::parse(body).ok()) else {
                continue;
            };
            let practice = tree.root().at("providedBy.reference").and_then(Value::as_str);
            let practice = practice.and_then(|text| text.strip_prefix("Organization/"));
            let Some(practice) = practice.and_then(ResourceId::parse) else { continue };
            let codes = self.triage_codes([practice]).await?;
            if offer.organisation.as_ref().is_some_and(|code| codes.contains(code)) {
                of_service.insert(id.clone());
            }
        }
        Ok(of_service)
    }

    /// Books a time; the inner error is why the practice's rules refuse it.
    pub async fn triage_book(
        &self,
        token: &str,
        service: &ResourceId,
        slot: &ResourceId,
    ) -> Result<Result<Arranged, Refusal>, Failure> {
        let (ended, patient) = self.triage_arrangeable(token).await?;
        if let Some(arranged) = ended.arranged.clone().filter(|arranged| arranged.is_done) {
            return Ok(Ok(arranged));
        }
        let times = self.triage_times(token, service).await?;
        let response = ended.response.as_ref().map(ResourceId::to_string).unwrap_or_default();
        let heading = &ended.outcome.disposition.heading;
        let reason = format!("111 online: {}. {heading}", ended.outcome.title);
        // The key is the journey's alone: two forms of it, sent at once for two times, book one.
        let request = BookRequest {
            slots: vec![slot.clone()],
            key: format!("111-{response}"),
            reason: Some(reason.chars().take(REASON_MAX).collect()),
        };
        // A time that is not among those offered is refused by the same rules; one that is outside the
        // outcome's window is not for booking here.
        if !times.times.iter().any(|time| time.slot == *slot) {
            return Ok(Err(Refusal::gone()));
        }
        let booked = match self.book_slot(&Booker::OwnBy111, &request).await? {
            Ok(booked) => booked.appointment,
            // Sent twice at once for two times: the one that came first counts.
            Err(refusal) => {
                let held = self.triage_held(token).await?;
                let arranged = held.journey.arranged.filter(|arranged| arranged.is_done);
                return Ok(arranged.ok_or(refusal));
            }
        };
        let start = booked.start.unwrap_or(times.until);
        let arranged = Arranged {
            way: Way::Appointment,
            service: service.to_string(),
            name: times.offer.name,
            address: times.offer.address,
            phone: times.offer.phone.unwrap_or_default(),
            call_on: String::new(),
            until: start.as_microsecond(),
            request: booked.id.to_string(),
            task: String::new(),
            is_done: true,
            is_cancelled: false,
        };
        self.triage_change(token, |journey| {
            journey.arranged = Some(arranged.clone());
            Ok(())
        })
        .await?;
        if let Err(failure) = self.triage_join(&booked.id, &response, &patient).await {
            // The appointment stands; the answers are in the record all the same.
            tracing::error!(%failure, "the answers could not be joined to an appointment");
        }
        Ok(Ok(arranged))
    }

    /// Joins the answers to an Appointment.
    async fn triage_join(
        &self,
        appointment: &ResourceId,
        response: &str,
        patient: &ResourceId,
    ) -> Result<(), Failure> {
        let app = self.elevated();
        let resource_type = app.resource_type("Appointment")?;
        let key = ResourceKey { resource_type, id: appointment.clone() };
        let target = format!("QuestionnaireResponse/{response}");
        for _ in 0..TRIES {
            let stored = app.read(&key).await?;
            let body = stored.body.as_deref().unwrap_or_default();
            let tree = Tree::parse(body).map_err(|_| Failure::not_found(&key))?;
            let known = tree.root().all("supportingInformation");
            let mut all: Vec<Element> = known.map(Element::from).collect();
            let is_it = |each: &Element| {
                each.get("reference").and_then(Element::as_str) == Some(target.as_str())
            };
            if all.iter().any(is_it) {
                return Ok(());
            }
            let reference = ("reference".into(), Element::string(target.as_str()));
            all.push(Element::Object(vec![reference]));
            let mut element = Element::from(tree.root());
            element.set("supportingInformation", Element::Array(all));
            let look = Look {
                interaction: "update".to_owned(),
                action: 'U',
                address: format!("111: {key}"),
                from: None,
                status: 200,
                reason: None,
            };
            let noted = self.noted(&look, &BTreeSet::from([patient.clone()]))?;
            let in_force = app.in_force();
            let tree = tree_of(&element)?;
            let expected = Expected::Version(stored.version);
            let joined = app.change(&in_force, &key, tree.root(), Method::Put, expected);
            match app.commit(Batch { changes: vec![joined, noted], ..Batch::default() }).await {
                Err(CommitError::Expected(..)) => {}
                other => return other.map(|_| ()).map_err(Failure::from),
            }
        }
        Err(super::journey::busy())
    }
}
