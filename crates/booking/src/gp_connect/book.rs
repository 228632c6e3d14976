//! Book an appointment: what the resource must say, and what must still be true of the slots.

use fhir::{IssueCode, Severity, Value};
use jiff::Timestamp;

use super::appointment::{booking_organisation, check_absent, check_participants, check_texts};
use super::error::{SpineCode, SpineError, invalid_resource};
use crate::desk::{check_row, taken};
use crate::model::{Appointment, AppointmentStatus, Slot, reference_id};
use crate::visibility::{Asker, Consumer, Opening, Rule, decide};

/// Who books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingOrganisation {
    /// ODS code.
    pub ods_code: String,
    /// Name.
    pub name: String,
    /// Organisation type, where one was sent.
    pub organisation_type: Option<String>,
}

/// A booking that was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Booked {
    /// The appointment, without an id: the store gives one.
    pub appointment: Appointment,
    /// The changed slots.
    pub slots: Vec<Slot>,
    /// Who booked.
    pub organisation: BookingOrganisation,
}

/// Books what a consumer sent.
///
/// `openings` are those of the slots that the resource names and that exist, in any order;
/// `consumer` is what the same consumer sent when it searched, with the person that it books for.
/// A slot that is taken is 409, everything else about the resource 422.
pub fn book(
    sent: Value<'_>,
    openings: &[Opening<'_>],
    consumer: &Consumer,
    now: Timestamp,
) -> Result<Booked, SpineError> {
    let (appointment, issues) = Appointment::read(sent);
    let Some(mut appointment) = appointment else {
        let first = issues.iter().find(|issue| issue.severity == Severity::Error);
        let words = first.map_or_else(String::new, |issue| {
            format!("{}: {}", issue.expression.as_deref().unwrap_or(""), issue.message)
        });
        // Another resource altogether is a bad request; a wrong element is a wrong resource.
        let is_other = first.is_some_and(|issue| issue.code == IssueCode::Invalid);
        let code = if is_other { SpineCode::BadRequest } else { SpineCode::InvalidResource };
        return Err(SpineError::new(code, words));
    };
    if appointment.status != AppointmentStatus::Booked {
        return invalid_resource("Appointment.status: expected booked");
    }
    if appointment.created.is_none() {
        return invalid_resource("Appointment.created: missing; it is needed");
    }
    check_absent(sent)?;
    check_texts(sent)?;
    check_participants(&appointment)?;
    let organisation = booking_organisation(sent, consumer.organisation_type.as_deref())?;
    let chosen = chosen(&appointment, openings)?;
    check_times(&appointment, &chosen)?;
    check_slots(&chosen, &organisation, consumer, now)?;

    appointment.id = String::new();
    let first = chosen[0];
    appointment.mode = first.slot.mode.or(first.session.mode);
    if appointment.service_type.is_none() {
        appointment.service_type.clone_from(&first.slot.service_type);
    }
    if let Some(practitioner) = &first.session.practitioner
        && appointment.actor("Practitioner").is_none()
    {
        appointment.participants.push(crate::model::Participant::accepted(practitioner));
    }
    let slots = chosen.iter().map(|opening| taken(opening.slot)).collect();
    Ok(Booked { appointment, slots, organisation })
}

/// The openings in the order in which the resource names them.
fn chosen<'a, 'o>(
    appointment: &Appointment,
    openings: &'o [Opening<'a>],
) -> Result<Vec<&'o Opening<'a>>, SpineError> {
    if appointment.slots.is_empty() {
        return invalid_resource("Appointment.slot: missing; at least one is needed");
    }
    let mut chosen = Vec::with_capacity(appointment.slots.len());
    for (index, reference) in appointment.slots.iter().enumerate() {
        let id = reference_id(reference, "Slot");
        let found = openings.iter().find(|opening| Some(opening.slot.id.as_str()) == id);
        let Some(opening) = found else {
            let words = format!("Appointment.slot[{index}]: no such slot");
            return Err(SpineError::new(SpineCode::ReferenceNotFound, words));
        };
        chosen.push(opening);
    }
    // Named in any order, booked in the order of time.
    chosen.sort_by_key(|opening| opening.slot.start);
    Ok(chosen)
}

fn check_times(appointment: &Appointment, chosen: &[&Opening<'_>]) -> Result<(), SpineError> {
    let slots: Vec<&Slot> = chosen.iter().map(|opening| opening.slot).collect();
    if let Err(fault) = check_row(&slots) {
        return invalid_resource(format!("Appointment.slot: {}", fault.words()));
    }
    let start = slots.first().map(|slot| slot.start);
    let end = slots.last().map(|slot| slot.end);
    if appointment.start != start || appointment.end != end {
        return invalid_resource(
            "Appointment: start must be the first slot's start, and end the last slot's end",
        );
    }
    Ok(())
}

/// The same rules as when searching, asked again now.
fn check_slots(
    chosen: &[&Opening<'_>],
    organisation: &BookingOrganisation,
    consumer: &Consumer,
    now: Timestamp,
) -> Result<(), SpineError> {
    let mut consumer = consumer.clone();
    // A code that the search did not send does not open what the search did not show.
    if consumer.ods_code.as_ref().is_some_and(|code| *code != organisation.ods_code) {
        return invalid_resource(
            "Appointment.contained: the organisation's ODS code is not the one that the consumer sent",
        );
    }
    // Several slots count as several: each later one finds those before it booked.
    for opening in chosen {
        let decision = decide(opening, &Asker::GpConnect(consumer.clone()), now);
        let Some(first) = decision.failing().next() else {
            *consumer.bookings.entry(opening.slot.schedule.clone()).or_default() += 1;
            continue;
        };
        if first.rule == Rule::Free {
            let words = "the slot is no longer free: search again and choose another";
            return Err(SpineError::new(SpineCode::DuplicateRejected, words));
        }
        return invalid_resource(format!("Appointment.slot: {}", first.says));
    }
    Ok(())
}
