//! A person's appointments: all of them, one, its calendar file; cancelling it, changing its reason.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use fhir::ResourceId;
use interactions::booking::rules::desk::{CancelReason, RefusalCode};
use interactions::booking::rules::model::{AppointmentStatus, Mode, ReasonRule};
use interactions::booking::rules::zone;
use interactions::booking::{AppointmentView, Booker, CancelRequest};

use super::super::answer::{Answer, Refusal, see_other};
use super::super::csrf::Token;
use super::super::form::{Body, Form, id_of};
use super::super::gate::State;
use super::super::portal::Portal;
use super::words::{failed, refused, rows, state};
use crate::booking::mine::{CancelPage, Card, Choice, MinePage, Next, OnePage, ReasonPage};
use crate::components::form::ErrorSummary;
use crate::layout::Area;

pub(super) async fn list(State(portal): State<Arc<Portal>>) -> Answer {
    let mine = portal.app.my_appointments().await;
    let mine = mine.map_err(|failure| failed(&portal, &failure))?;
    let offers = mine.waiting.iter().filter(|place| place.offer.is_some()).map(offer_card);
    let page = MinePage {
        layout: portal.layout(Area::MyAppointments, "Your appointments"),
        offers: offers.collect(),
        coming: mine.coming.iter().map(card).collect(),
        waiting: mine.waiting.iter().filter(|p| p.offer.is_none()).map(place_card).collect(),
        past: mine.past.iter().map(card).collect(),
    };
    portal.page(&page)
}

fn card(view: &AppointmentView) -> Card {
    let href = format!("/me/appointments/{}", view.id);
    let mut links = Vec::new();
    if view.open_until.is_some() {
        links = changes(view);
    }
    Card {
        title: view.kind.clone(),
        rows: rows(view),
        state: state(view.status).to_owned(),
        href: if view.is_elsewhere { String::new() } else { href },
        links,
    }
}

fn changes(view: &AppointmentView) -> Vec<Next> {
    let link = |words: &str, href: String| Next { words: words.to_owned(), href };
    let mut links = Vec::new();
    if let Some(service) = &view.service {
        let href = format!("/me/appointments/book/{service}?instead={}", view.id);
        links.push(link("Change the time", href));
    }
    links.push(link("Cancel", format!("/me/appointments/{}/cancel", view.id)));
    links
}

fn offer_card(view: &AppointmentView) -> Card {
    let href = format!("/me/appointments/{}/offer", view.id);
    let mut rows = Vec::new();
    if let Some(offer) = &view.offer {
        rows.push(("When".to_owned(), zone::words(offer.start)));
        rows.push(("Answer by".to_owned(), zone::words(offer.until)));
    }
    let links = vec![Next { words: "Answer".to_owned(), href: href.clone() }];
    Card { title: view.kind.clone(), rows, href, links, ..Card::default() }
}

fn place_card(view: &AppointmentView) -> Card {
    let href = format!("/me/appointments/{}/offer", view.id);
    let rows = vec![(
        "What happens".to_owned(),
        "We offer you a time when one comes free. Look here, we keep it for half an hour."
            .to_owned(),
    )];
    let links = vec![Next { words: "Leave the list".to_owned(), href }];
    Card { title: view.kind.clone(), rows, links, ..Card::default() }
}

/// An appointment of the person, or the page that says that it is not there.
async fn found(
    portal: &Portal,
    id: &ResourceId,
) -> Result<Result<AppointmentView, Answer>, Refusal> {
    match portal.app.appointment(&Booker::Own, id).await {
        Ok(Ok(view)) => Ok(Ok(view)),
        Ok(Err(refusal)) => Ok(Err(refused(portal, &refusal, ""))),
        Err(failure) => Err(failed(portal, &failure)),
    }
}

pub(super) async fn one(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let id = id_of(&portal, &id)?;
    let view = match found(&portal, &id).await? {
        Ok(view) => view,
        Err(page) => return page,
    };
    let is_live = view.status == AppointmentStatus::Booked;
    let done = match (Form::of_query(query.as_deref()).text("done"), view.status) {
        ("booked", AppointmentStatus::Booked) => "Your appointment is booked",
        ("cancelled", AppointmentStatus::Cancelled) => "Your appointment is cancelled",
        ("changed", AppointmentStatus::Booked) => "Your reason is changed",
        _ => "",
    };
    let mut links = Vec::new();
    let link = |words: &str, href: String| Next { words: words.to_owned(), href };
    if is_live {
        let here = format!("/me/appointments/{id}");
        links.push(link("Add to your calendar", format!("{here}/calendar.ics")));
        if view.open_until.is_some() {
            if view.reason_rule != ReasonRule::NotAsked {
                links.push(link("Change your reason", format!("{here}/reason")));
            }
            links.extend(changes(&view));
        }
    }
    links.push(link("See all your appointments", "/me/appointments".to_owned()));
    let page = OnePage {
        layout: portal
            .layout(Area::MyAppointments, if done.is_empty() { &view.kind } else { done }),
        done: done.to_owned(),
        note: note(&portal, &view),
        rows: with_kind(&view),
        links,
        next: if is_live { what_happens(&view) } else { Vec::new() },
    };
    portal.page(&page)
}

fn with_kind(view: &AppointmentView) -> Vec<(String, String)> {
    let mut all = vec![("Appointment".to_owned(), view.kind.clone())];
    let state = state(view.status);
    if !state.is_empty() {
        all.push(("Now".to_owned(), state.to_owned()));
    }
    all.extend(rows(view));
    all
}

/// Why it cannot be changed here.
fn note(portal: &Portal, view: &AppointmentView) -> String {
    let now = jiff::Timestamp::from_microsecond(portal.app.clock.now()).unwrap_or_default();
    let is_coming = view.status == AppointmentStatus::Booked && view.start.is_some_and(|s| s > now);
    if !is_coming || view.open_until.is_some() {
        return String::new();
    }
    let phone = view.phone.as_ref().map(|phone| format!(" on {phone}")).unwrap_or_default();
    format!("It is too late to change or cancel this here. Call your GP surgery{phone}.")
}

fn what_happens(view: &AppointmentView) -> Vec<String> {
    let mut next = vec![
        match view.mode {
            Some(Mode::Telephone) => "We will call you. Keep your phone with you and answer calls from numbers that you do not know.",
            Some(Mode::Video) => "We will send you a link. Find a quiet place, and check that your camera works.",
            _ => "Come 5 minutes early, and tell the people at reception that you are here.",
        }
        .to_owned(),
    ];
    if let Some(until) = view.open_until {
        next.push(format!(
            "If you cannot come, cancel by {}, so that somebody else can have this time.",
            zone::words(until)
        ));
    }
    next.push(
        "If you get worse before then, use 111 online or call 111. In an emergency, call 999."
            .to_owned(),
    );
    next
}

pub(super) async fn calendar(State(portal): State<Arc<Portal>>, Path(id): Path<String>) -> Answer {
    let id = id_of(&portal, &id)?;
    match portal.app.calendar_file(&Booker::Own, &id).await {
        Ok(Ok(file)) => {
            let headers = [
                (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
                (header::CONTENT_DISPOSITION, "attachment; filename=\"appointment.ics\""),
                (header::CACHE_CONTROL, "no-store"),
            ];
            Ok((headers, file).into_response())
        }
        Ok(Err(refusal)) => refused(&portal, &refusal, ""),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

/// The answers to why one cancels, as far as it is the person who is asked.
const REASONS: [CancelReason; 5] = [
    CancelReason::Better,
    CancelReason::CannotCome,
    CancelReason::HelpElsewhere,
    CancelReason::Other,
    CancelReason::NotSaid,
];

pub(super) async fn ask_cancel(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let id = id_of(&portal, &id)?;
    match found(&portal, &id).await? {
        Ok(view) => cancel_page(&portal, &headers, &view, None),
        Err(page) => page,
    }
}

fn cancel_page(
    portal: &Portal,
    headers: &HeaderMap,
    view: &AppointmentView,
    error: Option<String>,
) -> Answer {
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::MyAppointments, "Do you want to cancel this appointment?");
    layout.has_errors = error.is_some();
    let errors = error.into_iter().map(|error| ("reason".to_owned(), error)).collect();
    let reasons = REASONS.iter().map(|reason| Choice {
        value: reason.as_str().to_owned(),
        words: match reason {
            CancelReason::NotSaid => "I would rather not say".to_owned(),
            reason => reason.words().to_owned(),
        },
        chosen: false,
    });
    let warning = match view.open_until {
        Some(until) => format!(
            "You can cancel here until {}. The time then goes to somebody else, and you cannot get it back.",
            zone::words(until)
        ),
        None => "The time goes to somebody else, and you cannot get it back.".to_owned(),
    };
    let here = format!("/me/appointments/{}", view.id);
    let page = CancelPage {
        layout,
        back: here.clone(),
        action: format!("{here}/cancel"),
        rows: with_kind(view),
        warning,
        reasons: reasons.collect(),
        summary: ErrorSummary { errors },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn cancel(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let id = id_of(&portal, &id)?;
    let sent = Form::read(&portal, &headers, body)?;
    let reason = CancelReason::parse(sent.text("reason")).filter(|reason| REASONS.contains(reason));
    let Some(reason) = reason else {
        return match found(&portal, &id).await? {
            Ok(view) => {
                let error = "Choose why you are cancelling".to_owned();
                cancel_page(&portal, &headers, &view, Some(error))
            }
            Err(page) => page,
        };
    };
    let request = CancelRequest { appointment: id.clone(), reason, words: None };
    match portal.app.cancel_booking(&Booker::Own, &request).await {
        Ok(Ok(_)) => Ok(see_other(&format!("/me/appointments/{id}?done=cancelled"))),
        Ok(Err(refusal)) if refusal.code == RefusalCode::ReasonNeeded => {
            match found(&portal, &id).await? {
                Ok(view) => cancel_page(&portal, &headers, &view, Some(refusal.headline)),
                Err(page) => page,
            }
        }
        Ok(Err(refusal)) => refused(&portal, &refusal, ""),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

pub(super) async fn ask_reason(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let id = id_of(&portal, &id)?;
    match found(&portal, &id).await? {
        Ok(view) => {
            let reason = view.reason.clone().unwrap_or_default();
            reason_page(&portal, &headers, &view, reason, None)
        }
        Err(page) => page,
    }
}

fn reason_page(
    portal: &Portal,
    headers: &HeaderMap,
    view: &AppointmentView,
    reason: String,
    error: Option<String>,
) -> Answer {
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::MyAppointments, "Why do you want this appointment?");
    layout.has_errors = error.is_some();
    let errors = error.into_iter().map(|error| ("reason".to_owned(), error)).collect();
    let here = format!("/me/appointments/{}", view.id);
    let page = ReasonPage {
        layout,
        action: format!("{here}/reason"),
        back: here,
        hidden: Vec::new(),
        kept: String::new(),
        reason,
        is_mandatory: view.reason_rule == ReasonRule::Mandatory,
        length_max: view.reason_length_max,
        button: "Save".to_owned(),
        summary: ErrorSummary { errors },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn change_reason(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let id = id_of(&portal, &id)?;
    let sent = Form::read(&portal, &headers, body)?;
    match portal.app.change_reason(&Booker::Own, &id, sent.words("reason")).await {
        Ok(Ok(_)) => Ok(see_other(&format!("/me/appointments/{id}?done=changed"))),
        Ok(Err(refusal))
            if matches!(refusal.code, RefusalCode::ReasonNeeded | RefusalCode::ReasonTooLong) =>
        {
            let reason = sent.text("reason").to_owned();
            match found(&portal, &id).await? {
                Ok(view) => reason_page(&portal, &headers, &view, reason, Some(refusal.headline)),
                Err(page) => page,
            }
        }
        Ok(Err(refusal)) => refused(&portal, &refusal, ""),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}
