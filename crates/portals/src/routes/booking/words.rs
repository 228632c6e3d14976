//! Appointments, refusals and next steps in words and links.

use interactions::booking::rules::NextStep;
use interactions::booking::rules::desk::Refusal as Refused;
use interactions::booking::rules::model::{AppointmentStatus, Mode};
use interactions::booking::rules::zone;
use interactions::booking::{AppointmentView, OpenSlot};
use interactions::{Category, Failure};

use super::super::answer::{Answer, Refusal};
use super::super::portal::Portal;
use crate::booking::mine::{Next, RefusedPage, Row};
use crate::layout::Area;

/// A failed use case; who is not proven well enough is led to that.
pub(super) fn failed(portal: &Portal, failure: &Failure) -> Refusal {
    if failure.category == Category::StepUp {
        return Portal::elsewhere("/me/step-up");
    }
    portal.failure(failure)
}

/// The page that says why something cannot be had, and what to do instead.
pub(super) fn refused(portal: &Portal, refusal: &Refused, service: &str) -> Answer {
    let layout = portal.layout(Area::MyAppointments, refusal.headline.clone());
    let next = refusal.next.iter().map(|step| next(step, service)).collect();
    portal.page(&RefusedPage { layout, why: refusal.why.clone(), next })
}

/// A step in words, with where it leads.
pub(super) fn next(step: &NextStep, service: &str) -> Next {
    let href = match step {
        NextStep::OtherTimes if service.is_empty() => "/me/appointments/book".to_owned(),
        NextStep::OtherTimes => format!("/me/appointments/book/{service}"),
        NextStep::WaitingList if !service.is_empty() => format!("/me/appointments/wait/{service}"),
        NextStep::OwnBookings => "/me/appointments".to_owned(),
        _ => String::new(),
    };
    Next { words: step.words(), href }
}

/// How people meet: `Face to face`.
pub(super) fn mode(mode: Option<Mode>) -> &'static str {
    match mode {
        Some(Mode::InPerson) => "Face to face",
        Some(Mode::Telephone) => "By phone",
        Some(Mode::Video) => "By video",
        None => "",
    }
}

/// How an appointment stands, where that is news.
pub(super) fn state(status: AppointmentStatus) -> &'static str {
    match status {
        AppointmentStatus::Cancelled => "Cancelled",
        AppointmentStatus::NoShow => "You did not come",
        AppointmentStatus::Arrived | AppointmentStatus::CheckedIn => "You are checked in",
        AppointmentStatus::Proposed => "Not agreed yet",
        _ => "",
    }
}

/// What is known of an appointment, as rows.
pub(super) fn rows(view: &AppointmentView) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            rows.push((name.to_owned(), value.to_owned()));
        }
    };
    row("When", &view.start.map(zone::words).unwrap_or_default());
    row("How", mode(view.mode));
    row("With", view.clinician.as_deref().unwrap_or(""));
    let is_place = view.mode.is_none_or(|mode| mode == Mode::InPerson);
    if is_place {
        row("Where", view.place.as_deref().or(view.practice.as_deref()).unwrap_or(""));
    }
    row("Your reason", view.reason.as_deref().unwrap_or(""));
    row("Why it was cancelled", view.cancel_reason.as_deref().unwrap_or(""));
    rows
}

/// What is known of a time that can be booked, as rows.
pub(super) fn slot_rows(slot: &OpenSlot) -> Vec<Row> {
    let mut rows = vec![("Appointment".to_owned(), slot.kind.clone())];
    rows.push(("When".to_owned(), zone::words(slot.start)));
    let minutes = zone::minutes_between(slot.start, slot.end);
    rows.push(("How long".to_owned(), zone::length_words(minutes)));
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            rows.push((name.to_owned(), value.to_owned()));
        }
    };
    row("How", mode(slot.mode));
    row("With", slot.clinician.as_ref().map_or("", |named| &named.words));
    if slot.mode.is_none_or(|mode| mode == Mode::InPerson) {
        row("Where", slot.place.as_ref().map_or("", |named| &named.words));
    }
    rows
}

/// A moment that is kept: `until 9:15am (4 minutes)`.
pub(super) fn until(portal: &Portal, until: jiff::Timestamp) -> String {
    let now = jiff::Timestamp::from_microsecond(portal.app.clock.now()).unwrap_or_default();
    // A part of a minute is told as a whole one: who has 40 seconds has not "0 minutes".
    let seconds = until.duration_since(now).as_secs().max(0);
    let minutes = (seconds + 59) / 60;
    format!("{} ({})", zone::time_words(until), zone::length_words(minutes))
}
