//! Booking: one form, one appointment, however often it is sent; of two people one gets the slot.

use ::booking::desk::{self, Refusal, Request};
use ::booking::model::Appointment;
use ::booking::visibility::Opening;
use fhir::{ResourceId, VersionId};

use super::Answer;
use super::book::{Act, Book, Place, Read, too_busy};
use super::hold::read_of;
use super::seeker::{Booker, Seeker};
use super::views::AppointmentView;
use crate::app::App;
use crate::failure::Failure;

/// A wish to book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookRequest {
    /// The slots in order; nearly always one.
    pub slots: Vec<ResourceId>,
    /// The form's own key ([`App::form_key`]): sent again, it gives the same answer.
    pub key: String,
    /// The person's reason.
    pub reason: Option<String>,
}

/// A booking.
#[derive(Clone, Debug, PartialEq)]
pub struct BookedSlot {
    /// The appointment.
    pub appointment: AppointmentView,
    /// Whether the same form had booked it before.
    pub is_repeat: bool,
}

impl App {
    /// A key for a form that books: sent with it, it makes sure that the form books once.
    pub fn form_key(&self) -> String {
        self.ids.secret().to_string()
    }

    /// Books slots for somebody.
    pub async fn book_slot(&self, booker: &Booker, request: &BookRequest) -> Answer<BookedSlot> {
        self.has_feature_for(booker, "booking").await?;
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let places = match book.places_for(&seeker, &request.slots).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let patient = seeker.patient(&places[0].service.value);
            if let Some(booked) = book.try_book(&seeker, &places, &patient, request).await? {
                return Ok(booked);
            }
        }
        Err(too_busy())
    }
}

impl Book<'_> {
    /// The appointment that a request has made before, if it has.
    pub(super) async fn made_by(
        &self,
        patient: &ResourceId,
        key: &str,
    ) -> Result<Option<Read<Appointment>>, Failure> {
        self.one(&desk::appointment_id(&format!("Patient/{patient}"), key)).await
    }

    /// One try; none where somebody came between.
    async fn try_book(
        &self,
        seeker: &Seeker,
        places: &[Place],
        patient: &ResourceId,
        request: &BookRequest,
    ) -> Result<Option<Result<BookedSlot, Refusal>>, Failure> {
        let service = &places[0].service;
        let existing = self.made_by(patient, &request.key).await?;
        // Whoever keeps the slot has had their turn, and so has who booked it with this form.
        if existing.is_none()
            && !self.holds(places, patient).await?
            && let Some(refusal) = self.turn(seeker, places, patient).await?
        {
            return Ok(Some(Err(refusal)));
        }
        let openings: Vec<Opening<'_>> = places.iter().map(Place::opening).collect();
        let asker = seeker.asker(&service.value);
        let wish = Request {
            openings: &openings,
            asker: &asker,
            patient: &format!("Patient/{patient}"),
            token: None,
            key: &request.key,
            reason: request.reason.as_deref(),
        };
        let booked = desk::book(&wish, existing.as_ref().map(|e| &e.value), self.now);
        let booked = match booked {
            Ok(booked) => booked,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        if let (true, Some(existing)) = (booked.is_repeat, existing) {
            let appointment = self.view(&existing).await?;
            return Ok(Some(Ok(BookedSlot { appointment, is_repeat: true })));
        }
        let source = service.source.as_deref();
        let mut changes = self.slot_changes(&booked.slots, &read_of(places))?;
        changes.push(self.change(&booked.appointment, None, source)?);
        let act = Act {
            interaction: "create",
            action: 'C',
            words: "booked an appointment",
            patients: std::slice::from_ref(patient),
        };
        if !self.commit(&act, changes).await? {
            return Ok(None);
        }
        self.turn_is_over(places, patient).await?;
        let appointment = self.view(&new(booked.appointment)).await?;
        Ok(Some(Ok(BookedSlot { appointment, is_repeat: false })))
    }
}

/// What was written as new.
pub(super) fn new<T>(value: T) -> Read<T> {
    Read { value, version: VersionId(1), source: None }
}
