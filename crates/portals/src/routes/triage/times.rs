//! Choosing a time at the person's own practice, and booking it with the answers.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::booking::rules::model::Mode;
use interactions::booking::rules::zone;
use interactions::triage::{AppointmentTime, ServiceTimes};
use interactions::{Category, Failure};
use jiff::civil::Date;

use super::super::answer::{Answer, Refusal, see_other};
use super::super::csrf::Token;
use super::super::gate::State;
use super::super::portal::Portal;
use super::{Sent, failed, mark_of, now, token};
use crate::components::form::ErrorSummary;
use crate::layout::Area;
use crate::patient::when;
use crate::triage::outcome::TimesPage;
use crate::triage::words;

pub(in super::super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
) -> Answer {
    page(&portal, &headers, &service, None).await
}

pub(in super::super) async fn book(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let Some(slot) = ResourceId::parse(sent.text("slot")) else {
        let error = "Choose a time".to_owned();
        return page(&portal, &headers, &service, Some(error)).await;
    };
    let id = ResourceId::parse(&service).ok_or_else(elsewhere)?;
    match portal.app.triage_book(&token, &id, &slot).await {
        Ok(Ok(_)) => Ok(see_other("/111/arranged")),
        Ok(Err(refusal)) => {
            let error = format!("{}. {}", refusal.headline, refusal.why);
            page(&portal, &headers, &service, Some(error)).await
        }
        Err(failure) => Err(gone(&portal, &failure)),
    }
}

fn elsewhere() -> Refusal {
    Portal::elsewhere("/111/result")
}

/// A service that is not offered any more: the list says who else can help.
fn gone(portal: &Portal, failure: &Failure) -> Refusal {
    match failure.category {
        Category::Conflict | Category::NotAllowed => Portal::elsewhere("/111/result#services"),
        _ => failed(portal, failure),
    }
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    service: &str,
    error: Option<String>,
) -> Answer {
    let token = token(headers)?;
    let ended = portal.app.triage_ended(&token).await;
    let ended = ended.map_err(|failure| failed(portal, &failure))?.ok_or_else(elsewhere)?;
    if ended.arranged.as_ref().is_some_and(|arranged| arranged.is_done) {
        return Ok(see_other("/111/arranged"));
    }
    let id = ResourceId::parse(service).ok_or_else(elsewhere)?;
    let found = portal.app.triage_times(&token, &id).await;
    let found = found.map_err(|failure| gone(portal, &failure))?;
    let csrf = Token::of(headers);
    let mut layout = portal.layout(Area::Triage, format!("Choose a time at {}", found.offer.name));
    layout.has_errors = error.is_some();
    let field = if found.times.is_empty() { "maincontent" } else { "slot" };
    let errors = error.into_iter().map(|error| (field.to_owned(), error));
    let mut response = portal.page(&TimesPage {
        layout,
        mark: mark_of(&ended.outcome),
        action: format!("/111/times/{}", found.offer.id),
        days: days(&found.times),
        otherwise: otherwise(portal, &found),
        name: found.offer.name,
        summary: ErrorSummary { errors: errors.collect() },
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}

fn days(times: &[AppointmentTime]) -> Vec<(String, Vec<(String, String)>)> {
    let mut days: BTreeMap<Date, Vec<(String, String)>> = BTreeMap::new();
    for time in times {
        let line = (time.slot.to_string(), time_words(time));
        days.entry(zone::day(time.start)).or_default().push(line);
    }
    days.into_iter().map(|(day, times)| (zone::date_words(day), times)).collect()
}

/// `9:30am, by phone, with Dr Amir Khan`.
fn time_words(time: &AppointmentTime) -> String {
    let mut words = when::time(&time.start.to_zoned(zone::london().clone()));
    words.push_str(match time.mode {
        Some(Mode::InPerson) => ", face to face",
        Some(Mode::Telephone) => ", by phone",
        Some(Mode::Video) => ", by video",
        None => "",
    });
    if !time.with.is_empty() {
        words.push_str(", with ");
        words.push_str(&time.with);
    }
    let first = words.get(..1).map(str::to_ascii_uppercase);
    first.map_or(words.clone(), |first| first + &words[1..])
}

/// What to do where there is no time.
fn otherwise(portal: &Portal, found: &ServiceTimes) -> Vec<String> {
    let by = words::moment(found.until, now(portal), &portal.options.zone);
    let name = &found.offer.name;
    let mut lines = vec![format!("{name} has no time left that can be booked here before {by}.")];
    lines.push(match &found.offer.phone {
        Some(phone) => format!(
            "Call {name} on {phone}. Tell them what 111 online told you, and that you need to be seen before {by}."
        ),
        None => format!(
            "Call {name}. Tell them what 111 online told you, and that you need to be seen before {by}."
        ),
    });
    lines.push("If you cannot reach them, call 111.".to_owned());
    lines
}
