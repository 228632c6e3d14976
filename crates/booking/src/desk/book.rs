//! Booking, and moving a booking: one request, one answer, however often it is sent.

use jiff::Timestamp;

use super::hold::check_openings;
use super::reason;
use super::refusal::{Refusal, RefusalCode, phone};
use crate::digest;
use crate::model::{
    Appointment, AppointmentStatus, Concept, Participant, Service, Slot, SlotStatus,
};
use crate::next_step::NextStep;
use crate::visibility::{Asker, Opening};

/// Longest key of a request.
const KEY_LENGTH_MAX: usize = 128;

/// A wish to book.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The slots, in order.
    pub openings: &'a [Opening<'a>],
    /// Who asks.
    pub asker: &'a Asker,
    /// Reference of the Patient that it is for.
    pub patient: &'a str,
    /// The token of the asker's hold, where they have one.
    pub token: Option<&'a str>,
    /// The form's own key: sent again, it gives the same answer.
    pub key: &'a str,
    /// The person's reason.
    pub reason: Option<&'a str>,
}

/// A booking that was made, or had been made by the same request before.
#[derive(Clone, Debug, PartialEq)]
pub struct Booked {
    /// The appointment.
    pub appointment: Appointment,
    /// The changed slots; none where it had been made before.
    pub slots: Vec<Slot>,
    /// Whether it had been made before.
    pub is_repeat: bool,
}

/// A booking that was moved.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The new one.
    pub booked: Booked,
    /// The old one, cancelled; `None` where all had been done before.
    pub old: Option<Appointment>,
    /// The slots that come free.
    pub freed: Vec<Slot>,
}

/// A booking that is to be moved.
#[derive(Clone, Copy, Debug)]
pub struct Moving<'a> {
    /// The booking.
    pub appointment: &'a Appointment,
    /// Its slots.
    pub slots: &'a [Slot],
    /// Its kind of appointment.
    pub service: &'a Service,
}

/// The id that a request's appointment has: look it up before, and give it to [`book`] if it is
/// there. Two requests with one key race for one id, so that only one is created.
pub fn appointment_id(patient: &str, key: &str) -> String {
    digest::id("booking appointment", &[patient, key])
}

/// Books. `existing` is the appointment with [`appointment_id`], where there is one.
pub fn book(
    request: &Request<'_>,
    existing: Option<&Appointment>,
    now: Timestamp,
) -> Result<Booked, Refusal> {
    if request.key.is_empty() || request.key.len() > KEY_LENGTH_MAX {
        return Err(wrong_key(RefusalCode::KeyInvalid));
    }
    let slots: Vec<String> =
        request.openings.iter().map(|opening| opening.slot.reference()).collect();
    if let Some(existing) = existing {
        let is_same = existing.slots == slots && existing.actor("Patient") == Some(request.patient);
        if !is_same {
            return Err(wrong_key(RefusalCode::KeyReused));
        }
        let appointment = existing.clone();
        return Ok(Booked { appointment, slots: Vec::new(), is_repeat: true });
    }
    if request.asker.person().is_some_and(|person| person.reference != request.patient) {
        return Err(not_theirs());
    }
    check_openings(request.openings, request.asker, request.token, now)?;
    let (Some(first), Some(last)) = (request.openings.first(), request.openings.last()) else {
        return Err(wrong_key(RefusalCode::NoSlot));
    };
    let policy = &first.service.policy;
    let reason = reason::checked(request.reason, policy.reason, policy.reason_length_max)?;

    let id = appointment_id(request.patient, request.key);
    let mut appointment = Appointment::new(&id, AppointmentStatus::Booked);
    appointment.slots = slots;
    (appointment.start, appointment.end) = (Some(first.slot.start), Some(last.slot.end));
    appointment.created = Some(now);
    appointment.description = Some(first.service.name.clone());
    appointment.reason = reason;
    appointment.request_key = Some(request.key.to_owned());
    appointment.mode = first.slot.mode.or(first.session.mode);
    appointment.service_type = first
        .slot
        .service_type
        .clone()
        .or_else(|| Some(Concept::text(first.service.name.as_str())));
    appointment.participants = participants(request.patient, first);
    let slots = request.openings.iter().map(|opening| taken(opening.slot)).collect();
    Ok(Booked { appointment, slots, is_repeat: false })
}

/// Moves a booking to other slots: the new one is booked and the old one cancelled, or neither.
/// The old one does not count towards the person's limit.
pub fn rebook(
    moving: &Moving<'_>,
    request: &Request<'_>,
    existing: Option<&Appointment>,
    now: Timestamp,
) -> Result<Moved, Refusal> {
    let old = moving.appointment;
    if old.actor("Patient") != Some(request.patient) {
        return Err(not_theirs());
    }
    if existing.is_none() && old.status == AppointmentStatus::Cancelled {
        return Err(super::cancel::not_booked(moving.service));
    }
    let mut asker = request.asker.clone();
    if let Asker::Patient(person) | Asker::Proxy { person, .. } = &mut asker {
        person.open_bookings = person.open_bookings.saturating_sub(1);
    }
    let request = Request { asker: &asker, ..*request };
    let booked = book(&request, existing, now)?;
    if booked.is_repeat && !old.is_live() {
        return Ok(Moved { booked, old: None, freed: Vec::new() });
    }
    let cancelling = super::cancel::Cancelling {
        appointment: old,
        slots: moving.slots,
        service: moving.service,
        asker: &asker,
        patient: request.patient,
        reason: super::CancelReason::Moved,
        words: None,
    };
    let cancelled = super::cancel(&cancelling, now)?;
    let is_kept = |slot: &Slot| booked.slots.iter().all(|new| new.id != slot.id);
    let freed = cancelled.slots.into_iter().filter(is_kept).collect();
    Ok(Moved { booked, old: Some(cancelled.appointment), freed })
}

fn participants(patient: &str, opening: &Opening<'_>) -> Vec<Participant> {
    let session = opening.session;
    let mut all = vec![Participant::accepted(patient)];
    let others = [&session.location, &session.practitioner];
    all.extend(others.into_iter().flatten().map(|actor| Participant::accepted(actor)));
    all.push(Participant::accepted(&opening.service.reference()));
    all
}

/// A slot that is booked: nobody holds it any more.
pub(crate) fn taken(slot: &Slot) -> Slot {
    let mut slot = slot.clone();
    (slot.status, slot.hold) = (SlotStatus::Busy, None);
    slot
}

fn wrong_key(code: RefusalCode) -> Refusal {
    Refusal::new(
        code,
        "Start again",
        "This page was used for another booking. See what you have booked before you go on.",
        vec![NextStep::OwnBookings, NextStep::OtherTimes],
    )
}

pub(crate) fn not_theirs() -> Refusal {
    // The same words as for an appointment that is not there: nothing is told of others.
    Refusal::new(
        RefusalCode::NotTheirs,
        "We cannot find this appointment",
        "It may have been changed. See the appointments that you have.",
        vec![NextStep::OwnBookings],
    )
}

/// Too late to do online; the practice can still.
pub(super) fn ask_the_practice(
    code: RefusalCode,
    headline: &str,
    why: String,
    service: &Service,
) -> Refusal {
    Refusal::new(code, headline, why, vec![phone(service)])
}
