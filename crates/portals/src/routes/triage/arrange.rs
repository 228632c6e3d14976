//! Arranging care from an outcome, and what was arranged.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::triage::{Arranged, Ended, ServiceOffer, Way};
use interactions::{Category, Failure};
use jiff::Timestamp;

use super::super::answer::{Answer, Refusal, see_other};
use super::super::csrf::Token;
use super::super::gate::State;
use super::super::portal::Portal;
use super::{Sent, answers, failed, mark_of, now, token};
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::Area;
use crate::triage::outcome::{ArrangePage, ArrangedPage};
use crate::triage::words;

pub(in super::super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let token = token(&headers)?;
    let phone = portal.app.triage_phone(&token).await;
    let phone = phone.map_err(|failure| failed(&portal, &failure))?;
    page(&portal, &headers, &service, phone, None).await
}

pub(in super::super) async fn ask(
    State(portal): State<Arc<Portal>>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let id = ResourceId::parse(&service).ok_or_else(|| Portal::elsewhere("/111/result"))?;
    match portal.app.triage_refer(&token, &id, sent.text("phone")).await {
        Ok(_) => Ok(see_other("/111/arranged")),
        Err(failure) if failure.category == Category::Invalid => {
            let error = "Enter a phone number, such as 07700 900 982";
            page(&portal, &headers, &service, sent.text("phone").to_owned(), Some(error)).await
        }
        // Closed meanwhile, or full: the list says who else can help.
        Err(failure) if failure.category == Category::Conflict => {
            Ok(see_other("/111/result#services"))
        }
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

async fn page(
    portal: &Portal,
    headers: &HeaderMap,
    service: &str,
    phone: String,
    error: Option<&str>,
) -> Answer {
    let token = token(headers)?;
    let failure = |failure: Failure| failed(portal, &failure);
    let elsewhere = || Portal::elsewhere("/111/result");
    let ended = portal.app.triage_ended(&token).await.map_err(failure)?.ok_or_else(elsewhere)?;
    if ended.arranged.as_ref().is_some_and(|arranged| arranged.is_done) {
        return Ok(see_other("/111/arranged"));
    }
    let services = portal.app.triage_services(&token).await.map_err(failure)?;
    let offer = services.offered.iter().find(|offer| offer.id.as_str() == service);
    let (offer, way) = offer
        .and_then(|offer| Some((offer, offer.way?)))
        .filter(|_| ended.response.is_some() && ended.may_book)
        .ok_or_else(elsewhere)?;
    let (heading, button) = match way {
        Way::Referral => (format!("Send your answers to {}", offer.name), "Send your answers"),
        Way::CallBack => (format!("Ask {} to call you", offer.name), "Ask to be called"),
        Way::Appointment => return Ok(see_other(&format!("/111/times/{}", offer.id))),
    };
    let csrf = Token::of(headers);
    let mut layout = portal.layout(Area::Triage, heading.as_str());
    layout.has_errors = error.is_some();
    let errors = error.iter().map(|error| ("phone".to_owned(), (*error).to_owned()));
    let mut response = portal.page(&ArrangePage {
        layout,
        mark: mark_of(&ended.outcome),
        heading,
        then: then(portal, &ended, offer, way),
        action: format!("/111/arrange/{}", offer.id),
        phone: TextInput {
            id: "phone",
            label: "Phone number",
            hint: if way == Way::CallBack {
                "They will call you on this number"
            } else {
                "You do not have to give one. They will only call if they need to"
            },
            value: phone,
            error: error.map(str::to_owned),
            width: 20,
            ..TextInput::default()
        },
        button: button.to_owned(),
        answers: answers(&ended.outcome, false),
        summary: ErrorSummary { errors: errors.collect() },
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}

/// What happens when it is asked, in sentences.
fn then(portal: &Portal, ended: &Ended, offer: &ServiceOffer, way: Way) -> Vec<String> {
    let (now, zone) = (now(portal), &portal.options.zone);
    let minutes = i64::from(ended.outcome.disposition.within_minutes.unwrap_or(0));
    let by = now.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap_or(now);
    let by = words::moment(by, now, zone);
    let opening = words::opening(&offer.open, offer.is_always_open, now, zone);
    match way {
        Way::CallBack => vec![format!("They should call you before {by}.")],
        _ => vec![
            format!(
                "We tell them that you are coming. Go there before {by}. You do not need an appointment."
            ),
            format!("{opening}. {}.", offer.address),
        ],
    }
}

/// What was arranged in a journey, or the way to its outcome.
async fn arranged_of(portal: &Portal, token: &str) -> Result<(Ended, Arranged), Refusal> {
    let ended = portal.app.triage_ended(token).await;
    let ended = ended.map_err(|failure| failed(portal, &failure))?;
    let both = ended.and_then(|ended| {
        let arranged = ended.arranged.clone().filter(|arranged| arranged.is_done)?;
        Some((ended, arranged))
    });
    both.ok_or_else(|| Portal::elsewhere("/111/result"))
}

pub(in super::super) async fn arranged(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
) -> Answer {
    let token = token(&headers)?;
    let (ended, arranged) = arranged_of(&portal, &token).await?;
    // How far it is, is told where it is known.
    let progress = portal.app.triage_progress(&token).await.unwrap_or_default();
    let until = Timestamp::from_microsecond(arranged.until).unwrap_or_default();
    let by = words::moment(until, now(&portal), &portal.options.zone);
    let name = &arranged.name;
    // An appointment is cancelled among the person's appointments, or by the practice.
    let is_cancelled = arranged.is_cancelled || progress.as_deref() == Some("cancelled");
    let (heading, body) = match (is_cancelled, arranged.way) {
        (true, Way::Appointment) => {
            ("This appointment was cancelled", format!("{name} does not expect you any more"))
        }
        (true, _) => ("You cancelled your request", format!("{name} does not expect you any more")),
        (_, Way::Referral) => ("Your answers are sent", format!("Go to {name} before {by}")),
        (_, Way::CallBack) => ("You will be called", format!("{name} should call you before {by}")),
        (_, Way::Appointment) => ("Your appointment is booked", format!("{name}, {by}")),
    };
    let mut next = Vec::new();
    match (is_cancelled, arranged.way) {
        (true, _) => next.push("If you still need help, start again or call 111.".to_owned()),
        (_, Way::Referral) => {
            next.push(format!("{} {}", arranged.address, arranged.phone).trim().to_owned());
            next.push("Say your name there. They have your answers, and do not have to ask you again. You do not need to do anything else.".to_owned());
        }
        (_, Way::CallBack) => {
            next.push(format!(
                "They will call you on {}. The number may be hidden. They have your answers.",
                arranged.call_on
            ));
            next.push(format!("If nobody has called you by {by}, call 111."));
        }
        (_, Way::Appointment) => {
            next.push("They have your answers, and do not have to ask you again. You do not need to do anything else.".to_owned());
        }
    }
    let progress = match progress.as_deref() {
        Some("accepted" | "in-progress" | "received") => format!("{name} has seen your request."),
        Some("completed" | "fulfilled") => "This is done.".to_owned(),
        Some("rejected" | "failed") => {
            format!("{name} cannot help you with this. Call 111, and tell them what you told us.")
        }
        _ => String::new(),
    };
    let csrf = Token::of(&headers);
    let layout = portal.layout(Area::Triage, heading);
    let mut response = portal.page(&ArrangedPage {
        layout,
        mark: mark_of(&ended.outcome),
        heading: heading.to_owned(),
        body,
        next,
        progress,
        worse: ended.outcome.worse.clone(),
        may_cancel: !arranged.is_cancelled && arranged.way != Way::Appointment,
        is_appointment: !is_cancelled && arranged.way == Way::Appointment,
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}

pub(in super::super) async fn cancel(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    Sent::read(&portal, &headers, body)?;
    let done = portal.app.triage_cancel(&token).await;
    done.map_err(|failure| failed(&portal, &failure))?;
    Ok(see_other("/111/arranged"))
}
