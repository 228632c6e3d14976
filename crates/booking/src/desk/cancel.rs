//! Cancelling and changing the reason: whose it is, how late, and what comes free.

use jiff::Timestamp;

use super::book::{ask_the_practice, not_theirs};
use super::reason;
use super::refusal::{Refusal, RefusalCode};
use crate::model::{
    Appointment, AppointmentStatus, Concept, ReasonRule, Service, Slot, SlotStatus, codes, urls,
};
use crate::next_step::NextStep;
use crate::visibility::Asker;
use crate::zone;

codes! {
    /// Why a booking is cancelled.
    CancelReason {
        /// The person is better.
        Better = "better",
        /// They cannot come.
        CannotCome = "cannot-come",
        /// They found help elsewhere.
        HelpElsewhere = "help-elsewhere",
        /// It was moved to another time.
        Moved = "moved",
        /// The practice cancelled it.
        Practice = "practice",
        /// Another reason.
        Other = "other",
        /// They would rather not say.
        NotSaid = "not-said",
    }
}

impl CancelReason {
    /// In plain words.
    pub const fn words(self) -> &'static str {
        match self {
            CancelReason::Better => "I am feeling better",
            CancelReason::CannotCome => "I cannot come at this time",
            CancelReason::HelpElsewhere => "I got help somewhere else",
            CancelReason::Moved => "Moved to another time",
            CancelReason::Practice => "The GP surgery cancelled it",
            CancelReason::Other => "Another reason",
            CancelReason::NotSaid => "No reason given",
        }
    }
}

/// Longest text about a cancellation.
const WORDS_LENGTH_MAX: u16 = 150;

/// A wish to cancel.
#[derive(Clone, Copy, Debug)]
pub struct Cancelling<'a> {
    /// The booking.
    pub appointment: &'a Appointment,
    /// Its slots.
    pub slots: &'a [Slot],
    /// Its kind of appointment.
    pub service: &'a Service,
    /// Who asks.
    pub asker: &'a Asker,
    /// The Patient whose booking the asker may cancel.
    pub patient: &'a str,
    /// Why.
    pub reason: CancelReason,
    /// Why, in their own words.
    pub words: Option<&'a str>,
}

/// A booking that was cancelled, or had been before.
#[derive(Clone, Debug, PartialEq)]
pub struct Cancelled {
    /// The appointment.
    pub appointment: Appointment,
    /// The slots that come free, for the waiting list first.
    pub slots: Vec<Slot>,
    /// Whether it was closer to the start than people may cancel online.
    pub is_late: bool,
    /// Whether it had been cancelled before.
    pub is_repeat: bool,
}

/// Cancels a booking.
pub fn cancel(cancelling: &Cancelling<'_>, now: Timestamp) -> Result<Cancelled, Refusal> {
    let (old, service) = (cancelling.appointment, cancelling.service);
    if old.actor("Patient") != Some(cancelling.patient) {
        return Err(not_theirs());
    }
    if old.status == AppointmentStatus::Cancelled {
        let appointment = old.clone();
        return Ok(Cancelled { appointment, slots: Vec::new(), is_late: false, is_repeat: true });
    }
    let start = check_open(old, service, now)?;
    let minutes = i64::from(service.policy.cancel_until_minutes);
    let is_late = zone::plus_minutes(now, minutes) > start;
    let is_online = matches!(cancelling.asker, Asker::Patient(_) | Asker::Proxy { .. });
    if is_late && is_online {
        let why = format!(
            "You can cancel online until {} before it begins.",
            zone::length_words(minutes)
        );
        let headline = "It is too late to cancel this online";
        return Err(ask_the_practice(RefusalCode::TooLateToCancel, headline, why, service));
    }
    if let Asker::Proxy { may_book: false, .. } = cancelling.asker {
        return Err(not_theirs());
    }
    let rule = service.policy.cancel_reason;
    if rule == ReasonRule::Mandatory && cancelling.reason == CancelReason::NotSaid {
        return Err(Refusal::new(
            RefusalCode::ReasonNeeded,
            "Tell us why you are cancelling",
            "Choose the answer that fits best.",
            vec![NextStep::Mend],
        ));
    }
    // The coded answer is enough: own words are never mandatory.
    let rule = if rule == ReasonRule::Mandatory { ReasonRule::Optional } else { rule };
    let words = reason::checked(cancelling.words, rule, WORDS_LENGTH_MAX)?;
    let coded = cancelling.reason;
    let mut appointment = old.clone();
    appointment.status = AppointmentStatus::Cancelled;
    appointment.cancel_reason = Some(Concept {
        text: words,
        ..Concept::code(urls::CANCEL_REASON, coded.as_str(), coded.words())
    });
    Ok(Cancelled {
        slots: freed(old, cancelling.slots, now),
        appointment,
        is_late,
        is_repeat: false,
    })
}

/// Changes the person's reason of a booking that has not begun.
pub fn amend_reason(
    appointment: &Appointment,
    service: &Service,
    patient: &str,
    words: Option<&str>,
    now: Timestamp,
) -> Result<Appointment, Refusal> {
    check_own(appointment, service, patient, now)?;
    let policy = &service.policy;
    let mut changed = appointment.clone();
    changed.reason = reason::checked(words, policy.reason, policy.reason_length_max)?;
    Ok(changed)
}

/// Whether a booking is this person's, stands, and has not begun.
pub(crate) fn check_own(
    appointment: &Appointment,
    service: &Service,
    patient: &str,
    now: Timestamp,
) -> Result<(), Refusal> {
    if appointment.actor("Patient") != Some(patient) {
        return Err(not_theirs());
    }
    check_open(appointment, service, now).map(|_| ())
}

/// The start of a booking that stands and has not begun.
fn check_open(
    appointment: &Appointment,
    service: &Service,
    now: Timestamp,
) -> Result<Timestamp, Refusal> {
    let is_open =
        matches!(appointment.status, AppointmentStatus::Booked | AppointmentStatus::Pending);
    let Some(start) = appointment.start.filter(|_| is_open) else {
        return Err(not_booked(service));
    };
    if start <= now {
        let why = "It has begun or is over.".to_owned();
        let headline = "This appointment cannot be changed";
        return Err(ask_the_practice(RefusalCode::InThePast, headline, why, service));
    }
    Ok(start)
}

pub(super) fn not_booked(service: &Service) -> Refusal {
    Refusal::new(
        RefusalCode::NotBooked,
        "This appointment cannot be changed",
        "It is no longer booked.",
        vec![NextStep::OwnBookings, super::refusal::phone(service)],
    )
}

/// The appointment's slots, free again where they are still to come.
pub(crate) fn freed(appointment: &Appointment, slots: &[Slot], now: Timestamp) -> Vec<Slot> {
    slots
        .iter()
        .filter(|slot| appointment.slots.contains(&slot.reference()))
        .filter(|slot| slot.status == SlotStatus::Busy && slot.start > now)
        .map(|slot| {
            let mut slot = slot.clone();
            slot.status = SlotStatus::Free;
            slot
        })
        .collect()
}
