//! Joining, leaving, and the order of the list.

use jiff::Timestamp;

use super::Wish;
use crate::desk::{Refusal, RefusalCode};
use crate::digest;
use crate::model::{Appointment, AppointmentStatus, Concept, Participant, Service};
use crate::next_step::NextStep;
use crate::visibility::Asker;

/// Somebody on the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Their place: an Appointment with status `waitlist`.
    pub appointment: Appointment,
    /// They as an asker: what they may not see they are not offered.
    pub asker: Asker,
}

/// Joins the list for one kind of appointment. `standing` are the person's places that there are;
/// a second place for the same kind is refused, a repeated request gives the first answer.
pub fn join(
    service: &Service,
    patient: &str,
    key: &str,
    wish: Wish,
    standing: &[Appointment],
    now: Timestamp,
) -> Result<Appointment, Refusal> {
    let id = digest::id("booking waiting", &[patient, key]);
    let reference = service.reference();
    let live = standing.iter().find(|place| {
        place.status == AppointmentStatus::Waitlist
            && place.actor("Patient") == Some(patient)
            && place.actor("HealthcareService") == Some(&reference)
    });
    if let Some(place) = live {
        if place.id == id {
            return Ok(place.clone());
        }
        return Err(Refusal::new(
            RefusalCode::AlreadyWaiting,
            "You are already on the waiting list",
            "You can change what times suit you. Joining again does not move you up.",
            vec![NextStep::OwnBookings, NextStep::OtherTimes],
        ));
    }
    let mut place = Appointment::new(&id, AppointmentStatus::Waitlist);
    place.created = Some(now);
    place.description = Some(service.name.clone());
    place.service_type = Some(Concept::text(service.name.as_str()));
    place.request_key = Some(key.to_owned());
    place.participants = vec![Participant::accepted(patient), Participant::accepted(&reference)];
    let services = if wish.services.is_empty() { vec![reference] } else { wish.services.clone() };
    place.wish = Some(Wish { services, ..wish });
    Ok(place)
}

/// Takes a person off the list. What is offered to them must be passed on first.
pub fn leave(place: &Appointment) -> Appointment {
    let mut place = place.clone();
    if place.status == AppointmentStatus::Waitlist {
        place.status = AppointmentStatus::Cancelled;
    }
    place
}

/// Sorts the list: by the practice's priority (1 first, 9 last, then those without one), then by
/// time of joining, then by id so that the order is always the same.
pub fn order(list: &mut [Waiting]) {
    list.sort_by(|a, b| rank(&a.appointment).cmp(&rank(&b.appointment)));
}

pub(super) fn rank(place: &Appointment) -> (u32, Timestamp, &str) {
    // iCal's scale, which FHIR R4 takes over: 0 says nothing.
    let priority = place.priority.filter(|rank| *rank > 0).unwrap_or(u32::MAX);
    (priority, place.created.unwrap_or(Timestamp::MAX), &place.id)
}

/// How many stand before a place in the list; `None` where it is not on it.
pub fn place(list: &[Waiting], id: &str) -> Option<usize> {
    let own = list.iter().find(|waiting| waiting.appointment.id == id)?;
    let is_waiting = |waiting: &&Waiting| waiting.appointment.status == AppointmentStatus::Waitlist;
    is_waiting(&own).then(|| {
        list.iter()
            .filter(is_waiting)
            .filter(|other| rank(&other.appointment) < rank(&own.appointment))
            .count()
    })
}
