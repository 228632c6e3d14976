//! A practice's book: a day, booking and cancelling at the desk, and who can see a slot and why not.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use interactions::booking::rules::desk::CancelReason;
use interactions::booking::rules::model::{ReservedFor, SlotStatus};
use interactions::booking::rules::visibility::Outcome;
use interactions::booking::rules::zone;
use interactions::booking::{
    AskerExplanation, BookRequest, Booker, CancelRequest, DaySession, DaySlot, SlotExplanation,
};
use interactions::{Category, Duty};
use jiff::civil::Date;

use super::super::answer::{Answer, see_other};
use super::super::csrf::Token;
use super::super::form::{Body, Form, id_of};
use super::super::gate::State;
use super::super::portal::Portal;
use super::words::{failed, mode};
use crate::booking::mine::Row;
use crate::booking::practice::{
    AskerBlock, DayPage, DeskPage, ExplainPage, RuleLine, SessionBlock, SlotLine,
};
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::{Area, Viewer};
use crate::problem::Problem;

pub(super) async fn day(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let asked = Form::of_query(query.as_deref());
    let date = zone::read_date(asked.text("day")).unwrap_or_else(|| portal.today());
    let book = portal.app.practice_day(date).await;
    let book = book.map_err(|failure| portal.failure(&failure))?;
    let token = Token::of(&headers);
    let href = |day: Option<Date>| day.map(day_href).unwrap_or_default();
    let page = DayPage {
        layout: portal.layout(Area::Practice, zone::date_words(date)),
        day: date.to_string(),
        before_href: href(date.yesterday().ok()),
        after_href: href(date.tomorrow().ok()),
        sessions: book.sessions.iter().map(session_block).collect(),
        has_sessions: has(&portal, Duty::Sessions),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// Whether a duty is part of the work of the one at the browser.
pub(super) fn has(portal: &Portal, duty: Duty) -> bool {
    match &portal.viewer {
        Viewer::Open => true,
        Viewer::Staff { duties, .. } => duties.contains(&duty),
        Viewer::Nobody | Viewer::Citizen(_) => false,
    }
}

pub(super) fn day_href(day: Date) -> String {
    format!("/practice/appointments?day={day}")
}

fn session_block(session: &DaySession) -> SessionBlock {
    let free = session.slots.iter().filter(|slot| slot.status == SlotStatus::Free).count();
    let about: Vec<&str> = [
        Some(session.kind.as_str()),
        session.clinician.as_deref(),
        session.place.as_deref(),
        Some(mode(session.mode)),
        (!session.is_published).then_some("not published"),
    ]
    .into_iter()
    .flatten()
    .filter(|words| !words.is_empty())
    .collect();
    SessionBlock {
        name: session.name.clone(),
        about: about.join(", "),
        free: format!("{free} of {} free", session.slots.len()),
        slots: session.slots.iter().map(slot_line).collect(),
    }
}

/// How a slot stands, in a word and a colour.
fn standing(slot: &DaySlot) -> (&'static str, &'static str) {
    match slot.status {
        SlotStatus::Free => ("Free", "green"),
        SlotStatus::Busy => ("Booked", "blue"),
        SlotStatus::Tentative => ("Held", "yellow"),
        SlotStatus::Unavailable => ("Not available", "grey"),
        SlotStatus::EnteredInError => ("A mistake", "grey"),
    }
}

/// For whom a slot is kept, in words.
fn kept_words(kept: ReservedFor) -> &'static str {
    match kept {
        ReservedFor::Phone => "Kept for people who phone",
        ReservedFor::Nhs111 => "Kept for 111",
        ReservedFor::DigitallyExcluded => "Kept for people who cannot use the app",
    }
}

/// Where another system keeps the book and has not said yes.
fn not_passed_on(slot: &DaySlot) -> Option<String> {
    let told = slot.booked.as_ref()?.not_passed_on.as_ref()?;
    let why = if told.why.is_empty() { String::new() } else { format!(": {}", told.why) };
    Some(if told.is_tried {
        format!("Not told {} yet{why}", told.receiver)
    } else {
        format!("{} was not told{why}. Ring them", told.receiver)
    })
}

fn notes(slot: &DaySlot) -> String {
    let notes = [
        slot.kept_for.map(|kept| kept_words(kept).to_owned()),
        slot.release_at.map(|at| format!("Released at {}", zone::words(at))),
        slot.held_until.map(|at| format!("Somebody is deciding until {}", zone::time_words(at))),
    ];
    notes.into_iter().chain([not_passed_on(slot)]).flatten().collect::<Vec<_>>().join(". ")
}

fn slot_line(slot: &DaySlot) -> SlotLine {
    let (state, colour) = standing(slot);
    let here = format!("/practice/appointments/slot/{}", slot.id);
    let is_free = slot.status == SlotStatus::Free;
    SlotLine {
        time: zone::time_words(slot.start),
        state: state.to_owned(),
        colour,
        who: slot.booked.as_ref().map(|booked| booked.name.clone()).unwrap_or_default(),
        reason: slot.booked.as_ref().and_then(|booked| booked.reason.clone()).unwrap_or_default(),
        book_href: if is_free { format!("{here}/book") } else { String::new() },
        href: here,
        cancel: slot
            .booked
            .as_ref()
            .map(|booked| (booked.appointment.to_string(), booked.patient.to_string())),
        notes: notes(slot),
    }
}

fn number_input(value: &str, error: Option<String>) -> TextInput {
    TextInput {
        id: "nhs-number",
        label: "NHS number",
        hint: "10 numbers, for example 999 123 4560",
        value: value.to_owned(),
        error,
        width: 10,
        numeric: true,
    }
}

/// The digits of an NHS number as it was typed.
fn digits(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_digit).collect()
}

pub(super) async fn explain(
    State(portal): State<Arc<Portal>>,
    Path(slot): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let slot = id_of(&portal, &slot)?;
    let asked = Form::of_query(query.as_deref());
    let typed = asked.text("nhs-number");
    let mut error = None;
    let mut patient = None;
    if !typed.is_empty() {
        let found = portal.app.desk_patient(&digits(typed)).await;
        match found.map_err(|failure| portal.failure(&failure))? {
            Some((id, _)) => patient = Some(id),
            None => error = Some("Nobody here has this NHS number".to_owned()),
        }
    }
    let told = portal.app.explain_slot(&slot, patient.as_ref()).await;
    let told = told.map_err(|failure| portal.failure(&failure))?;
    let mut layout = portal.layout(Area::Practice, "Who can see and book this slot");
    layout.has_errors = error.is_some();
    let errors = error.iter().map(|error| ("nhs-number".to_owned(), error.clone())).collect();
    let has_person = patient.is_some();
    let page = ExplainPage {
        layout,
        back: day_href(zone::day(told.slot.start)),
        rows: slot_rows(&told),
        askers: told
            .askers
            .iter()
            .enumerate()
            .map(|(at, asker)| asker_block(asker, at == 0 || (has_person && at == 1)))
            .collect(),
        person: number_input(typed, error),
        summary: ErrorSummary { errors },
        action: format!("/practice/appointments/slot/{slot}"),
    };
    portal.page(&page)
}

fn slot_rows(told: &SlotExplanation) -> Vec<Row> {
    let mut rows = vec![
        ("When".to_owned(), zone::words(told.slot.start)),
        ("Session".to_owned(), told.session.clone()),
        ("Appointment".to_owned(), told.kind.clone()),
        ("State".to_owned(), standing(&told.slot).0.to_owned()),
    ];
    let notes = notes(&told.slot);
    if !notes.is_empty() {
        rows.push(("To know".to_owned(), notes));
    }
    rows
}

fn asker_block(asker: &AskerExplanation, is_open: bool) -> AskerBlock {
    let rule = |line: &interactions::booking::rules::visibility::Line| {
        let (outcome, colour) = match line.outcome {
            Outcome::Hides => ("Hides it", "red"),
            Outcome::Blocks => ("Blocks it", "orange"),
            Outcome::Advises => ("To know", "yellow"),
            Outcome::Passes => ("Holds", "green"),
            Outcome::DoesNotApply => ("Not asked", "grey"),
        };
        RuleLine {
            outcome,
            colour,
            words: line.words.clone(),
            mend: line.mend.clone().unwrap_or_default(),
        }
    };
    let answer = match (asker.is_bookable, asker.is_seen) {
        (true, _) => "can book it",
        (false, true) => "sees it, cannot book it",
        (false, false) => "does not see it",
    };
    let mut who = asker.who.clone();
    if let Some(first) = who.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    AskerBlock {
        who: format!("{who}: {answer}"),
        headline: asker.explanation.headline.clone(),
        told: asker.told.as_ref().map(|(what, why)| format!("{what}. {why}")).unwrap_or_default(),
        rules: asker.explanation.lines.iter().map(rule).collect(),
        is_open,
    }
}

/// What was typed at the desk, and what came of it.
#[derive(Default)]
struct Typed {
    number: String,
    reason: String,
    key: String,
    error: Option<(&'static str, String)>,
    refused: Vec<String>,
}

pub(super) async fn ask(
    State(portal): State<Arc<Portal>>,
    Path(slot): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let typed = Typed { key: portal.app.form_key(), ..Typed::default() };
    desk_page(&portal, &headers, &slot, typed).await
}

async fn desk_page(portal: &Portal, headers: &HeaderMap, slot: &str, typed: Typed) -> Answer {
    let slot = id_of(portal, slot)?;
    let told = portal.app.explain_slot(&slot, None).await;
    let told = told.map_err(|failure| portal.failure(&failure))?;
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Practice, "Book somebody");
    layout.has_errors = typed.error.is_some();
    let error_of = |id: &str| {
        let error = typed.error.as_ref().filter(|(field, _)| *field == id);
        error.map(|(_, words)| words.clone())
    };
    let errors = typed.error.iter().map(|(id, words)| ((*id).to_owned(), words.clone())).collect();
    let page = DeskPage {
        layout,
        back: day_href(zone::day(told.slot.start)),
        action: format!("/practice/appointments/slot/{slot}/book"),
        rows: slot_rows(&told),
        person: number_input(&typed.number, error_of("nhs-number")),
        reason: TextInput {
            id: "reason",
            label: "Why they come",
            hint: "In their own words",
            value: typed.reason,
            error: error_of("reason"),
            ..TextInput::default()
        },
        key: typed.key,
        can_insist: !typed.refused.is_empty(),
        refused: typed.refused,
        summary: ErrorSummary { errors },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn book(
    State(portal): State<Arc<Portal>>,
    Path(slot): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let id = id_of(&portal, &slot)?;
    let mut typed = Typed {
        number: sent.text("nhs-number").to_owned(),
        reason: sent.text("reason").to_owned(),
        key: sent.text("key").to_owned(),
        ..Typed::default()
    };
    let found = portal.app.desk_patient(&digits(&typed.number)).await;
    let patient = match found {
        Ok(Some((patient, _))) => patient,
        Err(failure) if failure.category != Category::Invalid => {
            return Err(portal.failure(&failure));
        }
        _ => {
            let words = "Nobody here has this NHS number. Check it, or find the person by name";
            typed.error = Some(("nhs-number", words.to_owned()));
            return desk_page(&portal, &headers, &slot, typed).await;
        }
    };
    let booker = match sent.text("insist") {
        "yes" => Booker::Staff(patient),
        _ => Booker::Desk(patient),
    };
    let request = BookRequest {
        slots: vec![id],
        key: typed.key.clone(),
        reason: sent.words("reason").map(str::to_owned),
    };
    match portal.app.book_slot(&booker, &request).await {
        Ok(Ok(booked)) => {
            let day = booked.appointment.start.map_or_else(|| portal.today(), zone::day);
            Ok(see_other(&day_href(day)))
        }
        Ok(Err(refusal)) => {
            typed.refused = vec![format!("{}. {}", refusal.headline, refusal.why)];
            if let Some(decision) = &refusal.decision {
                typed.refused.extend(decision.failing().map(|finding| finding.says.clone()));
            }
            desk_page(&portal, &headers, &slot, typed).await
        }
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

pub(super) async fn cancel(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let (Some(appointment), Some(patient)) = (sent.id("appointment"), sent.id("patient")) else {
        return Err(portal.problem(Problem::NotFound));
    };
    let request = CancelRequest { appointment, reason: CancelReason::Practice, words: None };
    match portal.app.cancel_booking(&Booker::Desk(patient), &request).await {
        Ok(Ok(_)) => {
            let day = zone::read_date(sent.text("day")).unwrap_or_else(|| portal.today());
            Ok(see_other(&day_href(day)))
        }
        Ok(Err(_)) => Err(portal.problem(Problem::Conflict)),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}
