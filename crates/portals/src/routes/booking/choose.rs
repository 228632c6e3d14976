//! Choosing what, then when; keeping the time, saying why, checking, booking.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::booking::rules::desk::{Refusal as Refused, RefusalCode};
use interactions::booking::rules::model::{Mode, ReasonRule};
use interactions::booking::rules::zone;
use interactions::booking::{BookRequest, Booker, HeldSlots, OpenSlot, OpeningFilter, Openings};

use super::super::answer::{Answer, see_other};
use super::super::csrf::Token;
use super::super::form::{Body, Form, id_of};
use super::super::gate::State;
use super::super::portal::Portal;
use super::words::{failed, mode, next, refused, slot_rows, until};
use crate::booking::mine::{
    CheckPage, Choice, Day, Kind, KindsPage, Next, ReasonPage, Time, TimesPage,
};
use crate::components::form::ErrorSummary;
use crate::layout::Area;

/// Moments at which more comes that are told.
const LATER_MAX: usize = 5;
/// Days on a page.
const DAYS: i64 = 14;

pub(super) async fn kinds(State(portal): State<Arc<Portal>>) -> Answer {
    let filter = OpeningFilter { days: Some(1), ..OpeningFilter::default() };
    let open = portal.app.openings(&Booker::Own, &filter).await;
    let open = open.map_err(|failure| failed(&portal, &failure))?;
    let (mut online, mut others) = (Vec::new(), Vec::new());
    for (id, offering) in open.kinds {
        let href =
            if offering.is_online { format!("/me/appointments/book/{id}") } else { String::new() };
        let kind = Kind {
            name: offering.name,
            words: offering.words,
            href,
            next: offering.next.iter().map(|step| next(step, "")).collect(),
        };
        if offering.is_online { online.push(kind) } else { others.push(kind) }
    }
    let layout = portal.layout(Area::MyAppointments, "Book an appointment");
    portal.page(&KindsPage { layout, online, others })
}

pub(super) async fn times(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let service = id_of(&portal, &service)?;
    let asked = Form::of_query(query.as_deref());
    let filter = OpeningFilter {
        service: Some(service.clone()),
        mode: Mode::parse(asked.text("mode")),
        clinician: asked.id("clinician"),
        from: zone::read_date(asked.text("from")),
        days: u16::try_from(DAYS).ok(),
    };
    let instead = asked.id("instead");
    let open = portal.app.openings(&Booker::Own, &filter).await;
    let open = open.map_err(|failure| failed(&portal, &failure))?;
    let Some((_, kind)) = open.kinds.iter().find(|(id, _)| *id == service) else {
        return refused(&portal, &Refused::no_such_time(), "");
    };
    let instead_words = match moved_from(&portal, instead.as_ref(), &service).await? {
        Ok(words) => words,
        Err(page) => return page,
    };
    let token = Token::of(&headers);
    let here = format!("/me/appointments/book/{service}");
    let keep = kept_query(&filter, instead.as_ref());
    let today = portal.today();
    let back = open.from.checked_sub(jiff::Span::new().days(DAYS)).unwrap_or(today).max(today);
    let on = open.to.tomorrow().unwrap_or(open.to);
    let title = format!("{}: choose a time", kind.name);
    let page = TimesPage {
        layout: portal.layout(Area::MyAppointments, title),
        none: none(&open),
        later: later(&open, &service),
        next: steps(&open, &service),
        days: days(&open),
        modes: modes(&open, &filter),
        clinicians: clinicians(&open, &filter),
        is_filtered: filter.mode.is_some() || filter.clinician.is_some(),
        from: open.from.to_string(),
        span: format!(
            "Times from {} to {}.",
            zone::date_words(open.from),
            zone::date_words(open.to)
        ),
        earlier_href: if open.from > today {
            format!("{here}?from={back}{keep}")
        } else {
            String::new()
        },
        later_href: format!("{here}?from={on}{keep}"),
        here,
        instead: instead.map(|id| id.to_string()).unwrap_or_default(),
        instead_words,
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// When the appointment is that is to be moved; empty for none, and the page that says so where it is not
/// there.
async fn moved_from(
    portal: &Portal,
    instead: Option<&ResourceId>,
    service: &ResourceId,
) -> Result<Result<String, Answer>, super::super::answer::Refusal> {
    let Some(instead) = instead else { return Ok(Ok(String::new())) };
    match portal.app.appointment(&Booker::Own, instead).await {
        Ok(Ok(view)) => Ok(Ok(view.start.map(zone::words).unwrap_or_default())),
        Ok(Err(refusal)) => Ok(Err(refused(portal, &refusal, service.as_str()))),
        Err(failure) => Err(failed(portal, &failure)),
    }
}

fn modes(open: &Openings, filter: &OpeningFilter) -> Vec<Choice> {
    let chosen = filter.mode.map(Mode::as_str);
    open.modes.iter().map(|is| choice(is.as_str(), mode(Some(*is)), chosen)).collect()
}

fn clinicians(open: &Openings, filter: &OpeningFilter) -> Vec<Choice> {
    let chosen = filter.clinician.as_ref().map(ResourceId::as_str);
    open.clinicians.iter().map(|who| choice(who.id.as_str(), &who.words, chosen)).collect()
}

/// The filters of a page as the end of an address.
fn kept_query(filter: &OpeningFilter, instead: Option<&ResourceId>) -> String {
    let mut query = String::new();
    if let Some(mode) = filter.mode {
        query.push_str(&format!("&mode={}", mode.as_str()));
    }
    if let Some(clinician) = &filter.clinician {
        query.push_str(&format!("&clinician={clinician}"));
    }
    if let Some(instead) = instead {
        query.push_str(&format!("&instead={instead}"));
    }
    query
}

fn choice(value: &str, words: &str, chosen: Option<&str>) -> Choice {
    Choice { value: value.to_owned(), words: words.to_owned(), chosen: chosen == Some(value) }
}

fn days(open: &Openings) -> Vec<Day> {
    let time = |slot: &OpenSlot| {
        let who = slot.clinician.as_ref().map(|who| format!("with {}", who.words));
        let how = slot.mode.map(Mode::words);
        let with: Vec<&str> = [how, who.as_deref()].into_iter().flatten().collect();
        Time {
            slot: slot.id.to_string(),
            words: zone::time_words(slot.start),
            with: with.join(", "),
        }
    };
    let day = |day: &interactions::booking::OpenDay| Day {
        words: zone::date_words(day.date),
        times: day.slots.iter().map(time).collect(),
    };
    open.days.iter().map(day).collect()
}

/// What to say where there is nothing.
fn none(open: &Openings) -> Option<(String, String)> {
    if !open.days.is_empty() {
        return None;
    }
    if open.overview.bookable > 0 {
        let why = "Choose another way to meet, or anyone, to see the other times.";
        return Some(("No time fits what you chose".to_owned(), why.to_owned()));
    }
    let why = open.overview.why_none.as_ref();
    Some(why.map_or_else(
        || {
            let why = "They may be taken, or the surgery has not added any for these days yet.";
            ("There are no free times on these days".to_owned(), why.to_owned())
        },
        |words| (words.headline.clone(), words.why.clone()),
    ))
}

/// What comes later; a moment that is near has a queue.
fn later(open: &Openings, service: &ResourceId) -> Vec<Next> {
    let moments = open.overview.later.iter().take(LATER_MAX);
    let line = |(at, count): (&jiff::Timestamp, &usize)| {
        let times = if *count == 1 { "1 time".to_owned() } else { format!("{count} times") };
        Next {
            words: format!("{times} from {}", zone::words(*at)),
            href: format!("/me/appointments/queue/{service}/{}", at.as_second()),
        }
    };
    moments.map(line).collect()
}

fn steps(open: &Openings, service: &ResourceId) -> Vec<Next> {
    use interactions::booking::rules::NextStep;
    let mut steps = vec![next(&NextStep::WaitingList, service.as_str())];
    let told = open.overview.why_none.iter().flat_map(|words| &words.next);
    let is_more = |step: &&NextStep| {
        !matches!(step, NextStep::WaitingList | NextStep::OtherTimes | NextStep::Nhs111)
    };
    steps.extend(told.filter(is_more).map(|step| next(step, service.as_str())));
    steps.push(next(&NextStep::Nhs111, ""));
    steps
}

pub(super) async fn hold(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let Some(slot) = sent.id("slot") else {
        return refused(&portal, &Refused::no_such_time(), "");
    };
    match portal.app.hold_slot(&Booker::Own, std::slice::from_ref(&slot)).await {
        Ok(Ok(_)) => Ok(see_other(&slot_page(&slot, sent.id("instead").as_ref()))),
        Ok(Err(refusal)) => not_held(&portal, &refusal, &slot).await,
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

/// A slot that is not kept: where there is a queue for it, the queue.
async fn not_held(portal: &Portal, refusal: &Refused, slot: &ResourceId) -> Answer {
    if refusal.code == RefusalCode::NotYourTurn {
        let queue = portal.app.queue_of_slot(&Booker::Own, slot).await;
        if let Some((service, release)) = queue.map_err(|failure| failed(portal, &failure))? {
            return Ok(see_other(&format!(
                "/me/appointments/queue/{service}/{}",
                release.as_second()
            )));
        }
    }
    let service = portal.app.service_of_slot(slot).await.unwrap_or_default();
    refused(portal, refusal, service.as_ref().map_or("", ResourceId::as_str))
}

fn slot_page(slot: &ResourceId, instead: Option<&ResourceId>) -> String {
    let instead = instead.map(|id| format!("?instead={id}")).unwrap_or_default();
    format!("/me/appointments/slot/{slot}{instead}")
}

pub(super) async fn extend(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let Some(slot) = sent.id("slot") else {
        return refused(&portal, &Refused::no_such_time(), "");
    };
    match portal.app.extend_hold(&Booker::Own, std::slice::from_ref(&slot)).await {
        Ok(Ok(held)) => check_page(&portal, &headers, &held, &sent, &slot),
        Ok(Err(refusal)) => not_held(&portal, &refusal, &slot).await,
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

pub(super) async fn let_go(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    Form::read(&portal, &headers, body)?;
    portal.app.let_go(&Booker::Own).await.map_err(|failure| failed(&portal, &failure))?;
    Ok(see_other("/me/appointments"))
}

/// The slot that the person keeps, or the page that says why it is not kept.
async fn held(
    portal: &Portal,
    slot: &ResourceId,
) -> Result<Result<HeldSlots, Answer>, super::super::answer::Refusal> {
    match portal.app.held_slot(&Booker::Own, std::slice::from_ref(slot)).await {
        Ok(Ok(held)) => Ok(Ok(held)),
        Ok(Err(refusal)) => Ok(Err(not_held(portal, &refusal, slot).await)),
        Err(failure) => Err(failed(portal, &failure)),
    }
}

pub(super) async fn reason(
    State(portal): State<Arc<Portal>>,
    Path(slot): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let slot = id_of(&portal, &slot)?;
    let held = match held(&portal, &slot).await? {
        Ok(held) => held,
        Err(page) => return page,
    };
    let asked = Form::of_query(query.as_deref());
    if held.reason_rule == ReasonRule::NotAsked {
        return check_page(&portal, &headers, &held, &asked, &slot);
    }
    reason_page(&portal, &headers, &held, &asked, &slot, None)
}

fn reason_page(
    portal: &Portal,
    headers: &HeaderMap,
    held: &HeldSlots,
    sent: &Form,
    slot: &ResourceId,
    error: Option<String>,
) -> Answer {
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::MyAppointments, "Why do you want an appointment?");
    layout.has_errors = error.is_some();
    let errors = error.into_iter().map(|error| ("reason".to_owned(), error)).collect();
    let service = held.slots.first().map(|slot| slot.service.to_string()).unwrap_or_default();
    let page = ReasonPage {
        layout,
        action: format!("/me/appointments/slot/{slot}"),
        back: format!("/me/appointments/book/{service}"),
        hidden: hidden_instead(sent),
        kept: format!("We are keeping this time for you until {}.", until(portal, held.until)),
        reason: sent.text("reason").to_owned(),
        is_mandatory: held.reason_rule == ReasonRule::Mandatory,
        length_max: held.reason_length_max,
        button: "Continue".to_owned(),
        summary: ErrorSummary { errors },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn hidden_instead(sent: &Form) -> Vec<(String, String)> {
    let instead = sent.id("instead").map(|id| ("instead".to_owned(), id.to_string()));
    instead.into_iter().collect()
}

pub(super) async fn check(
    State(portal): State<Arc<Portal>>,
    Path(slot): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let slot = id_of(&portal, &slot)?;
    let sent = Form::read(&portal, &headers, body)?;
    let held = match held(&portal, &slot).await? {
        Ok(held) => held,
        Err(page) => return page,
    };
    let length = sent.text("reason").chars().count();
    let error = if length == 0 && held.reason_rule == ReasonRule::Mandatory {
        Some("Say why you want an appointment".to_owned())
    } else if length > usize::from(held.reason_length_max) {
        let most = held.reason_length_max;
        Some(format!("Use {most} characters or fewer. You have {length}"))
    } else {
        None
    };
    if error.is_some() && held.reason_rule != ReasonRule::NotAsked {
        return reason_page(&portal, &headers, &held, &sent, &slot, error);
    }
    check_page(&portal, &headers, &held, &sent, &slot)
}

fn check_page(
    portal: &Portal,
    headers: &HeaderMap,
    held: &HeldSlots,
    sent: &Form,
    slot: &ResourceId,
) -> Answer {
    let token = Token::of(headers);
    let instead = sent.id("instead");
    let title = if instead.is_some() {
        "Check before you move your appointment"
    } else {
        "Check before you book"
    };
    let mut rows = held.slots.first().map(slot_rows).unwrap_or_default();
    let reason = sent.text("reason");
    if !reason.is_empty() {
        rows.push(("Your reason".to_owned(), reason.to_owned()));
    }
    // The same key as before where the page was shown before: it stays one form.
    let key = sent.words("key").map_or_else(|| portal.app.form_key(), str::to_owned);
    let mut hidden = vec![("slot".to_owned(), slot.to_string()), ("key".to_owned(), key)];
    hidden.extend(hidden_instead(sent));
    hidden.push(("reason".to_owned(), reason.to_owned()));
    let page = CheckPage {
        layout: portal.layout(Area::MyAppointments, title),
        back: slot_page(slot, instead.as_ref()),
        rows,
        kept: format!("We are keeping this time for you until {}.", until(portal, held.until)),
        hidden,
        action: "/me/appointments/book".to_owned(),
        can_extend: !held.is_extended,
        button: if instead.is_some() { "Move to this time" } else { "Book this appointment" }
            .to_owned(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn book(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let Some(slot) = sent.id("slot") else {
        return refused(&portal, &Refused::no_such_time(), "");
    };
    let request = BookRequest {
        slots: vec![slot.clone()],
        key: sent.text("key").to_owned(),
        reason: sent.words("reason").map(str::to_owned),
    };
    let booked = match sent.id("instead") {
        Some(instead) => {
            let moved = portal.app.move_booking(&Booker::Own, &instead, &request).await;
            moved.map(|moved| moved.map(|moved| moved.booked))
        }
        None => portal.app.book_slot(&Booker::Own, &request).await,
    };
    match booked {
        Ok(Ok(booked)) => {
            Ok(see_other(&format!("/me/appointments/{}?done=booked", booked.appointment.id)))
        }
        Ok(Err(refusal)) => not_held(&portal, &refusal, &slot).await,
        Err(failure) => Err(failed(&portal, &failure)),
    }
}
