//! What is answered of appointments: names instead of references, and what can still be done.

use std::collections::HashMap;

use ::booking::model::{Appointment, AppointmentStatus, Mode, ReasonRule, Service, Slot};
use ::booking::zone;
use fhir::{ResourceId, Value};
use jiff::Timestamp;

use super::book::{Book, Place, Read};
use crate::failure::Failure;

/// Somebody or something with its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named {
    /// Its id.
    pub id: ResourceId,
    /// What to call it.
    pub words: String,
}

/// A time that the waiting list offers.
#[derive(Clone, Debug, PartialEq)]
pub struct OfferView {
    /// The slot.
    pub slot: ResourceId,
    /// First moment.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// Until when it is kept.
    pub until: Timestamp,
}

/// An appointment, or a place on the waiting list.
#[derive(Clone, Debug, PartialEq)]
pub struct AppointmentView {
    /// The Appointment.
    pub id: ResourceId,
    /// How often it was written.
    pub version: u32,
    /// How it stands.
    pub status: AppointmentStatus,
    /// First moment.
    pub start: Option<Timestamp>,
    /// First moment after it.
    pub end: Option<Timestamp>,
    /// What kind it is.
    pub kind: String,
    /// The kind's HealthcareService, where it is one of ours.
    pub service: Option<ResourceId>,
    /// How people meet.
    pub mode: Option<Mode>,
    /// Who sees the person.
    pub clinician: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// The practice.
    pub practice: Option<String>,
    /// Its phone number.
    pub phone: Option<String>,
    /// The person's own reason.
    pub reason: Option<String>,
    /// Why it was cancelled, in words.
    pub cancel_reason: Option<String>,
    /// Whether the person is asked for a reason.
    pub reason_rule: ReasonRule,
    /// Longest reason.
    pub reason_length_max: u16,
    /// Until when the person can change or cancel it online; none where they cannot.
    pub open_until: Option<Timestamp>,
    /// What the waiting list offers now.
    pub offer: Option<OfferView>,
    /// Whether it comes from another system, where it is to be changed.
    pub is_elsewhere: bool,
}

impl Book<'_> {
    /// Appointments as they are answered.
    pub(super) async fn views(
        &self,
        appointments: &[Read<Appointment>],
    ) -> Result<Vec<AppointmentView>, Failure> {
        let actors = |kind: &'static str| {
            appointments.iter().filter_map(move |a| a.value.actor(kind)).map(str::to_owned)
        };
        let mut services: HashMap<String, Read<Service>> = HashMap::new();
        for reference in actors("HealthcareService") {
            if !services.contains_key(&reference)
                && let Some(service) = self.at::<Service>(&reference).await?
            {
                services.insert(reference, service);
            }
        }
        let mut named: Vec<String> = actors("Practitioner").chain(actors("Location")).collect();
        named.extend(services.values().filter_map(|service| service.value.provided_by.clone()));
        let names = self.names(named.iter().map(String::as_str)).await?;
        let offers = appointments.iter().filter_map(|a| Some(a.value.offer.as_ref()?.slot.clone()));
        let offered = self.slots_of(&offers.collect::<Vec<_>>()).await?;
        let offered: HashMap<String, Slot> =
            offered.into_iter().map(|slot| (slot.value.reference(), slot.value)).collect();
        let view = |read: &Read<Appointment>| {
            let appointment = &read.value;
            let service = appointment.actor("HealthcareService").and_then(|r| services.get(r));
            let service = service.map(|service| &service.value);
            let name = |kind: &str| Some(names.get(appointment.actor(kind)?)?.words.clone());
            Some(AppointmentView {
                id: ResourceId::parse(&appointment.id)?,
                version: read.version.0,
                status: appointment.status,
                start: appointment.start,
                end: appointment.end,
                kind: kind_of(appointment, service),
                service: service.and_then(|service| ResourceId::parse(&service.id)),
                mode: appointment.mode,
                clinician: name("Practitioner"),
                place: name("Location"),
                practice: service
                    .and_then(|s| Some(names.get(s.provided_by.as_deref()?)?.words.clone())),
                phone: service.and_then(|service| service.phone.clone()),
                reason: appointment.reason.clone(),
                cancel_reason: appointment
                    .cancel_reason
                    .as_ref()
                    .and_then(|reason| reason.words().map(str::to_owned)),
                reason_rule: service.map_or(ReasonRule::NotAsked, |s| s.policy.reason),
                reason_length_max: service.map_or(0, |s| s.policy.reason_length_max),
                open_until: service.and_then(|service| open_until(appointment, service, self.now)),
                offer: self.offer_view(appointment, &offered),
                is_elsewhere: service.is_none(),
            })
        };
        Ok(appointments.iter().filter_map(view).collect())
    }

    fn offer_view(
        &self,
        appointment: &Appointment,
        slots: &HashMap<String, Slot>,
    ) -> Option<OfferView> {
        let offer = appointment.offer.as_ref().filter(|offer| offer.until > self.now)?;
        let slot = slots.get(&offer.slot)?;
        let id = ResourceId::parse(&slot.id)?;
        Some(OfferView { slot: id, start: slot.start, end: slot.end, until: offer.until })
    }

    /// One appointment as it is answered.
    pub(super) async fn view(
        &self,
        appointment: &Read<Appointment>,
    ) -> Result<AppointmentView, Failure> {
        let views = self.views(std::slice::from_ref(appointment)).await?;
        views.into_iter().next().ok_or_else(super::book::too_busy)
    }
}

fn kind_of(appointment: &Appointment, service: Option<&Service>) -> String {
    let own = appointment.service_type.as_ref().and_then(|kind| kind.words());
    let words = own.or(service.map(|service| service.name.as_str()));
    words.or(appointment.description.as_deref()).unwrap_or("Appointment").to_owned()
}

/// Until when the person can cancel it online.
fn open_until(appointment: &Appointment, service: &Service, now: Timestamp) -> Option<Timestamp> {
    let is_open =
        matches!(appointment.status, AppointmentStatus::Booked | AppointmentStatus::Pending);
    let start = appointment.start.filter(|_| is_open)?;
    let until = zone::plus_minutes(start, -i64::from(service.policy.cancel_until_minutes));
    (until >= now).then_some(until)
}

/// The references of people and places of slots.
pub(super) fn actors_of(places: &[Place]) -> impl Iterator<Item = &str> {
    places.iter().flat_map(|place| {
        let session = &place.session;
        [session.practitioner.as_deref(), session.location.as_deref()].into_iter().flatten()
    })
}

/// What somebody or something is called.
pub(super) fn called(resource: Value<'_>) -> String {
    if let Some(name) = resource.text_of("name") {
        return name.to_owned();
    }
    let Some(name) = resource.all("name").next() else { return "Name not known".to_owned() };
    if let Some(text) = name.text_of("text") {
        return text.to_owned();
    }
    let parts = ["prefix", "given"].into_iter().filter_map(|part| name.all(part).next()?.as_str());
    let family = name.text_of("family");
    parts.chain(family).collect::<Vec<_>>().join(" ")
}
