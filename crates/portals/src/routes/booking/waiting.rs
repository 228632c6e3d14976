//! The waiting list: joining it, and answering what it offers.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::HeaderMap;
use interactions::booking::rules::desk::Refusal as Refused;
use interactions::booking::rules::waiting::Wish;
use interactions::booking::rules::zone;
use interactions::booking::{Booker, OpeningFilter, WaitRequest};
use jiff::civil::{Time, Weekday, time};

use super::super::answer::{Answer, see_other};
use super::super::csrf::Token;
use super::super::form::{Body, Form, id_of};
use super::super::gate::State;
use super::super::portal::Portal;
use super::words::{failed, refused};
use crate::booking::mine::{Choice, OfferPage, WaitPage};
use crate::layout::Area;

/// Days that can be chosen.
const DAYS: [(Weekday, &str, &str); 7] = [
    (Weekday::Monday, "mon", "Monday"),
    (Weekday::Tuesday, "tue", "Tuesday"),
    (Weekday::Wednesday, "wed", "Wednesday"),
    (Weekday::Thursday, "thu", "Thursday"),
    (Weekday::Friday, "fri", "Friday"),
    (Weekday::Saturday, "sat", "Saturday"),
    (Weekday::Sunday, "sun", "Sunday"),
];

/// Parts of the day that can be chosen.
const PARTS: [(&str, &str, Time, Time); 3] = [
    ("morning", "Morning, until midday", time(0, 0, 0, 0), time(12, 0, 0, 0)),
    ("afternoon", "Afternoon, midday to 5pm", time(12, 0, 0, 0), time(17, 0, 0, 0)),
    ("evening", "Evening, after 5pm", time(17, 0, 0, 0), time(23, 59, 59, 0)),
];

/// Minutes of notice that can be chosen.
const NOTICE: [(u32, &str); 4] = [
    (60, "Within an hour"),
    (180, "Within 3 hours"),
    (1_440, "The next day"),
    (2_880, "In 2 days or more"),
];

pub(super) async fn ask(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let service = id_of(&portal, &service)?;
    let filter =
        OpeningFilter { service: Some(service.clone()), days: Some(1), ..OpeningFilter::default() };
    let open = portal.app.openings(&Booker::Own, &filter).await;
    let open = open.map_err(|failure| failed(&portal, &failure))?;
    let Some((_, kind)) = open.kinds.into_iter().find(|(id, _)| *id == service) else {
        return refused(&portal, &Refused::no_such_time(), "");
    };
    let token = Token::of(&headers);
    let choice = |value: &str, words: &str| Choice {
        value: value.to_owned(),
        words: words.to_owned(),
        chosen: false,
    };
    let title = format!("Join the waiting list: {}", kind.name);
    let page = WaitPage {
        layout: portal.layout(Area::MyAppointments, title),
        back: format!("/me/appointments/book/{service}"),
        action: format!("/me/appointments/wait/{service}"),
        key: portal.app.form_key(),
        kind: kind.name,
        parts: PARTS.iter().map(|(value, words, ..)| choice(value, words)).collect(),
        days: DAYS.iter().map(|(_, value, words)| choice(value, words)).collect(),
        notice: NOTICE.iter().map(|(value, words)| choice(&value.to_string(), words)).collect(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn join(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let service = id_of(&portal, &service)?;
    let sent = Form::read(&portal, &headers, body)?;
    let is_chosen = |name: &str, value: &str| sent.all(name).any(|chosen| chosen == value);
    let days = DAYS.iter().filter(|(_, value, _)| is_chosen("day", value));
    let parts = PARTS.iter().filter(|(value, ..)| is_chosen("part", value));
    let notice = NOTICE.iter().find(|(minutes, _)| sent.text("notice") == minutes.to_string());
    let wish = Wish {
        days: days.map(|(day, ..)| *day).collect(),
        times: parts.map(|(_, _, from, to)| (*from, *to)).collect(),
        notice_minutes: notice.map_or(NOTICE[0].0, |(minutes, _)| *minutes),
        ..Wish::default()
    };
    let request = WaitRequest { service: service.clone(), wish, key: sent.text("key").to_owned() };
    match portal.app.join_waiting_list(&Booker::Own, &request).await {
        Ok(Ok(_)) => Ok(see_other("/me/appointments")),
        Ok(Err(refusal)) => refused(&portal, &refusal, service.as_str()),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

pub(super) async fn offer(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let id = id_of(&portal, &id)?;
    let view = match portal.app.appointment(&Booker::Own, &id).await {
        Ok(Ok(view)) => view,
        Ok(Err(refusal)) => return refused(&portal, &refusal, ""),
        Err(failure) => return Err(failed(&portal, &failure)),
    };
    let token = Token::of(&headers);
    let mut rows = vec![("Appointment".to_owned(), view.kind.clone())];
    let (title, until) = match &view.offer {
        Some(offer) => {
            rows.push(("When".to_owned(), zone::words(offer.start)));
            ("Do you want this time?", super::words::until(&portal, offer.until))
        }
        None => ("Your place on the waiting list", String::new()),
    };
    let page = OfferPage {
        layout: portal.layout(Area::MyAppointments, title),
        action: format!("/me/appointments/{id}/offer"),
        rows,
        until,
        key: portal.app.form_key(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn answer(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let id = id_of(&portal, &id)?;
    let sent = Form::read(&portal, &headers, body)?;
    let done = match sent.text("answer") {
        "take" => {
            let taken = portal.app.take_offer(&Booker::Own, &id, sent.text("key"), None).await;
            taken.map(|taken| {
                taken.map(|b| format!("/me/appointments/{}?done=booked", b.appointment.id))
            })
        }
        "leave" => {
            let left = portal.app.leave_waiting_list(&Booker::Own, &id).await;
            left.map(|left| left.map(|()| "/me/appointments".to_owned()))
        }
        _ => {
            let declined = portal.app.decline_offer(&Booker::Own, &id).await;
            declined.map(|declined| declined.map(|()| "/me/appointments".to_owned()))
        }
    };
    match done {
        Ok(Ok(to)) => Ok(see_other(&to)),
        Ok(Err(refusal)) => refused(&portal, &refusal, ""),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}
