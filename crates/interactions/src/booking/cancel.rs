//! Cancelling, changing the reason, and moving to another time.

use ::booking::desk::{self, CancelReason, Cancelling, Moving, Refusal, Request};
use ::booking::model::{Appointment, Service, Slot};
use ::booking::visibility::Opening;
use fhir::ResourceId;

use super::Answer;
use super::book::{Act, Book, Place, Read, too_busy};
use super::booked::{BookRequest, BookedSlot, new};
use super::hold::read_of;
use super::seeker::{Booker, Seeker, patient_of};
use super::views::AppointmentView;
use crate::app::App;
use crate::failure::Failure;

/// A wish to cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelRequest {
    /// The appointment.
    pub appointment: ResourceId,
    /// Why.
    pub reason: CancelReason,
    /// Why, in their own words.
    pub words: Option<String>,
}

/// A booking that was cancelled.
#[derive(Clone, Debug, PartialEq)]
pub struct CancelledBooking {
    /// The appointment.
    pub appointment: AppointmentView,
    /// Whether it was closer to the start than people may cancel online.
    pub is_late: bool,
    /// Whether it had been cancelled before.
    pub is_repeat: bool,
}

/// A booking that was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct MovedBooking {
    /// The new booking.
    pub booked: BookedSlot,
    /// The appointment that it takes the place of.
    pub old: AppointmentView,
}

/// A booking as it is to be changed.
pub(super) struct Standing {
    pub(super) appointment: Read<Appointment>,
    pub(super) service: Read<Service>,
    pub(super) slots: Vec<Read<Slot>>,
    /// Whose it is.
    pub(super) patient: ResourceId,
}

impl Standing {
    /// The values of its slots.
    pub(super) fn slot_values(&self) -> Vec<Slot> {
        self.slots.iter().map(|slot| slot.value.clone()).collect()
    }
}

impl App {
    /// Cancels a booking; what comes free is offered to who waits.
    pub async fn cancel_booking(
        &self,
        booker: &Booker,
        request: &CancelRequest,
    ) -> Answer<CancelledBooking> {
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let Some(standing) = book.standing(&seeker, &request.appointment).await? else {
                return Ok(Err(Refusal::no_such_appointment()));
            };
            let asker = seeker.asker(&standing.service.value);
            let slots = standing.slot_values();
            let cancelling = Cancelling {
                appointment: &standing.appointment.value,
                slots: &slots,
                service: &standing.service.value,
                asker: &asker,
                patient: &format!("Patient/{}", standing.patient),
                reason: request.reason,
                words: request.words.as_deref(),
            };
            let cancelled = match desk::cancel(&cancelling, book.now) {
                Ok(cancelled) => cancelled,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let done = |appointment| CancelledBooking {
                appointment,
                is_late: cancelled.is_late,
                is_repeat: cancelled.is_repeat,
            };
            if cancelled.is_repeat {
                return Ok(Ok(done(book.view(&standing.appointment).await?)));
            }
            let mut changes = book.freed(cancelled.slots, &standing.slots, &[]).await?;
            let version = Some(standing.appointment.version);
            changes.push(book.change(&cancelled.appointment, version, None)?);
            if book.commit(&act("cancelled an appointment", &standing.patient), changes).await? {
                return Ok(Ok(done(book.view(&standing.now(cancelled.appointment)).await?)));
            }
        }
        Err(too_busy())
    }

    /// Changes what somebody said about why they come.
    pub async fn change_reason(
        &self,
        booker: &Booker,
        appointment: &ResourceId,
        reason: Option<&str>,
    ) -> Answer<AppointmentView> {
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let Some(standing) = book.standing(&seeker, appointment).await? else {
                return Ok(Err(Refusal::no_such_appointment()));
            };
            let (old, service) = (&standing.appointment, &standing.service.value);
            let patient = format!("Patient/{}", standing.patient);
            let changed = desk::amend_reason(&old.value, service, &patient, reason, book.now);
            let changed = match changed {
                Ok(changed) => changed,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let changes = vec![book.change(&changed, Some(old.version), None)?];
            let act = act("changed the reason for an appointment", &standing.patient);
            if book.commit(&act, changes).await? {
                return Ok(Ok(book.view(&standing.now(changed)).await?));
            }
        }
        Err(too_busy())
    }

    /// Books other slots in place of a booking: both happen or neither.
    pub async fn move_booking(
        &self,
        booker: &Booker,
        appointment: &ResourceId,
        request: &BookRequest,
    ) -> Answer<MovedBooking> {
        self.has_feature_for(booker, "booking").await?;
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let Some(standing) = book.standing(&seeker, appointment).await? else {
                return Ok(Err(Refusal::no_such_appointment()));
            };
            let places = match book.places_for(&seeker, &request.slots).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if let Some(moved) = book.try_move(&seeker, &standing, &places, request).await? {
                return Ok(moved);
            }
        }
        Err(too_busy())
    }
}

impl Standing {
    /// The appointment as it was just written.
    fn now(&self, changed: Appointment) -> Read<Appointment> {
        let version = self.appointment.version.next();
        Read { value: changed, version, source: None }
    }
}

impl Book<'_> {
    /// A booking that the seeker may change; none where there is none, or it is another's.
    pub(super) async fn standing(
        &self,
        seeker: &Seeker,
        id: &ResourceId,
    ) -> Result<Option<Standing>, Failure> {
        let appointment = self.one::<Appointment>(id.as_str()).await?;
        let Some(appointment) = appointment.filter(|_| seeker.may_book()) else {
            return Ok(None);
        };
        let patient = appointment.value.actor("Patient").and_then(patient_of);
        let Some(patient) = patient.filter(|patient| seeker.patients().contains(patient)) else {
            return Ok(None);
        };
        let service = appointment.value.actor("HealthcareService").map(str::to_owned);
        let Some(service) = service else { return Ok(None) };
        let is_it = |known: &&Read<Service>| known.value.reference() == service;
        let service = match seeker.services.iter().find(is_it) {
            Some(service) => service.clone(),
            // Somebody who has moved to another practice can still cancel at the old one.
            None if seeker.queues() => match self.at::<Service>(&service).await? {
                Some(service) => service,
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let slots = self.slots_of(&appointment.value.slots).await?;
        Ok(Some(Standing { appointment, service, slots, patient }))
    }

    /// One try; none where somebody came between.
    async fn try_move(
        &self,
        seeker: &Seeker,
        standing: &Standing,
        places: &[Place],
        request: &BookRequest,
    ) -> Result<Option<Result<MovedBooking, Refusal>>, Failure> {
        let service = &places[0].service;
        let patient = format!("Patient/{}", standing.patient);
        let existing = self.made_by(&standing.patient, &request.key).await?;
        if existing.is_none()
            && !self.holds(places, &standing.patient).await?
            && let Some(refusal) = self.turn(seeker, places, &standing.patient).await?
        {
            return Ok(Some(Err(refusal)));
        }
        let openings: Vec<Opening<'_>> = places.iter().map(Place::opening).collect();
        let asker = seeker.asker(&service.value);
        let slots = standing.slot_values();
        let moving = Moving {
            appointment: &standing.appointment.value,
            slots: &slots,
            service: &standing.service.value,
        };
        let wish = Request {
            openings: &openings,
            asker: &asker,
            patient: &patient,
            token: None,
            key: &request.key,
            reason: request.reason.as_deref(),
        };
        let moved = desk::rebook(&moving, &wish, existing.as_ref().map(|e| &e.value), self.now);
        let moved = match moved {
            Ok(moved) => moved,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        let is_repeat = moved.booked.is_repeat;
        let (Some(old), known) = (moved.old, existing) else {
            // All of it had been done by the same form before.
            let booked = self.view(&new(moved.booked.appointment)).await?;
            let booked = BookedSlot { appointment: booked, is_repeat };
            let old = self.view(&standing.appointment).await?;
            return Ok(Some(Ok(MovedBooking { booked, old })));
        };
        let mut changes = self.slot_changes(&moved.booked.slots, &read_of(places))?;
        changes.extend(self.freed(moved.freed, &standing.slots, &[]).await?);
        if known.is_none() {
            let source = service.source.as_deref();
            changes.push(self.change(&moved.booked.appointment, None, source)?);
        }
        changes.push(self.change(&old, Some(standing.appointment.version), None)?);
        if !self.commit(&act("moved an appointment", &standing.patient), changes).await? {
            return Ok(None);
        }
        let appointment = self.view(&new(moved.booked.appointment)).await?;
        let old = self.view(&standing.now(old)).await?;
        Ok(Some(Ok(MovedBooking { booked: BookedSlot { appointment, is_repeat }, old })))
    }
}

fn act<'a>(words: &'a str, patient: &'a ResourceId) -> Act<'a> {
    Act { interaction: "update", action: 'U', words, patients: std::slice::from_ref(patient) }
}
