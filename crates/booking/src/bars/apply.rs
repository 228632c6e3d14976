//! What a received message does to the book: the desk's rules, asked by NHS 111.

use fhir::IssueCode;
use jiff::Timestamp;

use super::error::{BarsCode, BarsError};
use super::names::Reason;
use super::receive::Received;
use crate::desk::{self, CancelReason, Cancelling, Moving, Request};
use crate::model::{Appointment, AppointmentStatus, Service, Slot};
use crate::visibility::{Asker, Opening, Person};

/// What the caller has read for a message.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The openings of [`Received::slot_ids`], in that order, as far as they exist.
    pub openings: &'a [Opening<'a>],
    /// The person that the message's Patient was matched to.
    pub person: &'a Person,
    /// The booking that stands: for `new` the one with [`desk::appointment_id`] of person and
    /// header, otherwise the one that the sender means.
    pub standing: Option<&'a Appointment>,
    /// The standing booking's slots.
    pub slots: &'a [Slot],
    /// The standing booking's service.
    pub service: Option<&'a Service>,
}

/// What changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// Appointments to write: the booking first; a moved one has its old self second.
    pub appointments: Vec<Appointment>,
    /// Slots to write.
    pub slots: Vec<Slot>,
    /// Whether all of it had been done before.
    pub is_repeat: bool,
}

/// Applies a message.
pub fn apply(
    received: &Received,
    context: &Context<'_>,
    now: Timestamp,
) -> Result<Applied, BarsError> {
    let is_over = matches!(
        received.appointment.status,
        AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError
    );
    match received.reason {
        Reason::New if is_over => Err(unprocessable("a new booking cannot be cancelled")),
        Reason::New => book(received, context, now),
        Reason::Delete => cancel(context, now),
        Reason::Update if is_over => cancel(context, now),
        Reason::Update => update(received, context, now),
    }
}

fn unprocessable(words: &str) -> BarsError {
    BarsError::new(BarsCode::RecUnprocessableEntity, IssueCode::BusinessRule, words)
}

fn check_openings(received: &Received, context: &Context<'_>) -> Result<(), BarsError> {
    let found = context.openings.iter().map(|opening| &opening.slot.id);
    if !found.eq(received.slot_ids.iter()) {
        let words = "Appointment.slot: no such slot";
        return Err(BarsError::new(BarsCode::RecNotFound, IssueCode::NotFound, words));
    }
    let start = context.openings.first().map(|opening| opening.slot.start);
    let end = context.openings.last().map(|opening| opening.slot.end);
    let sent = &received.appointment;
    // Published examples leave the times of the Appointment out of step with the Slot's; where
    // they are sent they must agree, or two people would wait at two times.
    if sent.start.is_some() && (sent.start, sent.end) != (start, end) {
        return Err(unprocessable("Appointment.start: differs from the slot's"));
    }
    Ok(())
}

fn asker(context: &Context<'_>) -> Asker {
    Asker::Nhs111(Some(context.person.clone()))
}

fn book(received: &Received, context: &Context<'_>, now: Timestamp) -> Result<Applied, BarsError> {
    check_openings(received, context)?;
    let asker = asker(context);
    let request = request(received, context, &asker);
    let booked = desk::book(&request, context.standing, now)?;
    let mut appointment = booked.appointment;
    if !booked.is_repeat {
        with_words(received, &mut appointment);
    }
    Ok(Applied {
        appointments: vec![appointment],
        slots: booked.slots,
        is_repeat: booked.is_repeat,
    })
}

fn request<'a>(received: &'a Received, context: &'a Context<'_>, asker: &'a Asker) -> Request<'a> {
    Request {
        openings: context.openings,
        asker,
        patient: &context.person.reference,
        token: None,
        key: &received.header_id,
        // A sender's words are kept whole with the booking, below; the rules about what a person
        // types in a form are not for them.
        reason: None,
    }
}

fn with_words(received: &Received, appointment: &mut Appointment) {
    let sent = &received.appointment;
    if let Some(words) = &sent.description {
        appointment.description = Some(words.clone());
    }
    if let Some(words) = &sent.comment {
        appointment.comment = Some(words.clone());
    }
    if let Some(words) = &sent.reason {
        appointment.reason = Some(words.clone());
    }
}

fn standing<'a>(context: &Context<'a>) -> Result<(&'a Appointment, &'a Service), BarsError> {
    context.standing.zip(context.service).ok_or_else(|| {
        BarsError::new(BarsCode::RecNotFound, IssueCode::NotFound, "no such booking here")
    })
}

fn cancel(context: &Context<'_>, now: Timestamp) -> Result<Applied, BarsError> {
    let (appointment, service) = standing(context)?;
    let asker = asker(context);
    let cancelling = Cancelling {
        appointment,
        slots: context.slots,
        service,
        asker: &asker,
        patient: &context.person.reference,
        reason: CancelReason::Other,
        words: None,
    };
    let done = desk::cancel(&cancelling, now)?;
    Ok(Applied {
        appointments: vec![done.appointment],
        slots: done.slots,
        is_repeat: done.is_repeat,
    })
}

/// The same slots: the words change. Other slots: the booking moves.
fn update(
    received: &Received,
    context: &Context<'_>,
    now: Timestamp,
) -> Result<Applied, BarsError> {
    let (appointment, service) = standing(context)?;
    let named: Vec<String> = received.slot_ids.iter().map(|id| format!("Slot/{id}")).collect();
    if appointment.slots == named {
        desk::check_own(appointment, service, &context.person.reference, now)?;
        let mut changed = appointment.clone();
        with_words(received, &mut changed);
        return Ok(Applied { appointments: vec![changed], slots: Vec::new(), is_repeat: false });
    }
    check_openings(received, context)?;
    let asker = asker(context);
    let moving = Moving { appointment, slots: context.slots, service };
    let request = request(received, context, &asker);
    let moved = desk::rebook(&moving, &request, None, now)?;
    let mut new = moved.booked.appointment;
    with_words(received, &mut new);
    let mut slots = moved.booked.slots;
    slots.extend(moved.freed);
    let appointments = std::iter::once(new).chain(moved.old).collect();
    Ok(Applied { appointments, slots, is_repeat: false })
}
