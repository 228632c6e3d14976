//! The outcome: what to do and when, who near by can help, and the answers.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use interactions::triage::{About, Ended, Level, Outcome, ServiceOffer, Services, Stage, Way};
use interactions::{Category, Failure};

use super::super::answer::{Answer, see_other};
use super::super::csrf::Token;
use super::super::gate::State;
use super::super::portal::Portal;
use super::{Sent, answers, failed, mark_of, now, on_to, token, who_words};
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::{Area, Viewer};
use crate::triage::outcome::{
    Advice, Joining, LeftOutLine, OutcomePage, ServiceLine, ServicesPart, Urgency,
};
use crate::triage::words;

pub(in super::super) async fn show(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
) -> Answer {
    page(&portal, &headers, None).await
}

/// What is told at once, with nothing that could fail again.
pub(super) fn told_page(portal: &Portal, headers: &HeaderMap, outcome: &Outcome) -> Answer {
    let ended = Ended {
        outcome: outcome.clone(),
        about: About::Myself,
        response: None,
        postcode: String::new(),
        arranged: None,
        may_book: false,
        may_claim: false,
    };
    render(portal, headers, &ended, ServicesPart::default(), None)
}

pub(in super::super) async fn place(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let typed = sent.text("postcode");
    match portal.app.triage_place(&token, typed).await {
        Ok(true) => Ok(see_other("/111/result#services")),
        Ok(false) => {
            let error = "We do not know this postcode. Try another one near you, or call 111";
            page(&portal, &headers, Some((typed, error))).await
        }
        Err(failure) if failure.category == Category::Invalid => {
            let error = "Enter a postcode, such as L8 7NH";
            page(&portal, &headers, Some((typed, error))).await
        }
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

pub(in super::super) async fn claim(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    Sent::read(&portal, &headers, body)?;
    let failure = |failure| failed(&portal, &failure);
    if portal.app.triage_claim(&token).await.map_err(failure)? {
        portal.app.triage_finish(&token).await.map_err(failure)?;
        return Ok(see_other("/111/result#services"));
    }
    let error =
        "Your record says another age or sex. Start again, so that we ask you the right questions";
    page(&portal, &headers, Some(("", error))).await
}

async fn page(portal: &Portal, headers: &HeaderMap, wrong: Option<(&str, &str)>) -> Answer {
    let token = token(headers)?;
    let failure = |failure: Failure| failed(portal, &failure);
    let Some(ended) = portal.app.triage_ended(&token).await.map_err(failure)? else {
        let (stage, _) = portal.app.triage_stage(&token).await.map_err(failure)?;
        // A stage of "outcome" without one cannot be; it must not lead here for ever.
        return Ok(on_to(if stage == Stage::Outcome { Stage::Topic } else { stage }));
    };
    let disposition = &ended.outcome.disposition;
    let is_shown = disposition.services && !disposition.is_emergency();
    let services = if is_shown {
        match portal.app.triage_services(&token).await {
            Ok(services) => services_part(portal, &ended, &services),
            Err(failure) => {
                tracing::error!(%failure, "services could not be looked up");
                ServicesPart { is_shown: true, is_failed: true, ..ServicesPart::default() }
            }
        }
    } else {
        ServicesPart::default()
    };
    render(portal, headers, &ended, services, wrong)
}

fn render(
    portal: &Portal,
    headers: &HeaderMap,
    ended: &Ended,
    services: ServicesPart,
    wrong: Option<(&str, &str)>,
) -> Answer {
    let csrf = Token::of(headers);
    let outcome = &ended.outcome;
    let mut layout = portal.layout(Area::Triage, outcome.disposition.heading.as_str());
    layout.has_errors = wrong.is_some();
    let postcode = wrong.map_or(ended.postcode.as_str(), |(typed, _)| typed);
    let error = wrong.map(|(_, error)| error.to_owned());
    let field = if services.is_shown { "postcode" } else { "maincontent" };
    let errors = error.iter().map(|error| (field.to_owned(), error.clone()));
    let done = ended.arranged.as_ref().filter(|arranged| arranged.is_done);
    let mut response = portal.page(&OutcomePage {
        layout,
        mark: mark_of(outcome),
        advice: advice(outcome),
        who: who_words(&ended.about),
        summary: ErrorSummary { errors: errors.collect() },
        postcode: TextInput {
            id: "postcode",
            label: "Postcode",
            hint: "To find services near you",
            value: postcode.to_owned(),
            error: error.filter(|_| services.is_shown),
            width: 10,
            ..TextInput::default()
        },
        arranged: done
            .map(|arranged| arranged_words(arranged.way, &arranged.name, arranged.is_cancelled))
            .unwrap_or_default(),
        joining: joining(portal, ended),
        is_in_record: ended.response.is_some(),
        answers: answers(outcome, ended.arranged.is_none()),
        services,
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}

fn arranged_words(way: Way, name: &str, is_cancelled: bool) -> String {
    match (is_cancelled, way) {
        (true, _) => format!("You cancelled your request to {name}."),
        (false, Way::Referral) => format!("We told {name} to expect you."),
        (false, Way::CallBack) => format!("We asked {name} to call you."),
        (false, Way::Appointment) => format!("You have an appointment at {name}."),
    }
}

/// What signing in would add.
fn joining(portal: &Portal, ended: &Ended) -> Joining {
    let can_book = ended.outcome.disposition.bookable;
    match &portal.viewer {
        _ if !can_book || ended.response.is_some() || ended.about == About::Another => Joining::No,
        Viewer::Nobody => Joining::SignIn,
        Viewer::Citizen(_) if ended.may_claim => Joining::Claim,
        _ => Joining::No,
    }
}

/// An outcome in the words of a care card.
pub(super) fn advice(outcome: &Outcome) -> Advice {
    let disposition = &outcome.disposition;
    Advice {
        urgency: match disposition.level {
            Level::Emergency | Level::EmergencyDepartment => Urgency::Emergency,
            Level::Soon | Level::Day => Urgency::Urgent,
            Level::Home => Urgency::NonUrgent,
        },
        heading: disposition.heading.clone(),
        told: disposition.told.clone(),
        why: outcome.why.clone(),
        now: outcome.advice.clone(),
        worse: outcome.worse.clone(),
        is_emergency: disposition.is_emergency(),
    }
}

fn services_part(portal: &Portal, ended: &Ended, services: &Services) -> ServicesPart {
    let (now, zone) = (now(portal), &portal.options.zone);
    let may_arrange = ended.response.is_some() && ended.arranged.is_none() && ended.may_book;
    let line = |offer: &ServiceOffer| ServiceLine {
        name: offer.name.clone(),
        kind: offer.kind.clone(),
        address: offer.address.clone(),
        distance: offer.metres.map(words::distance).unwrap_or_default(),
        opening: words::opening(&offer.open, offer.is_always_open, now, zone),
        phone: offer.phone.clone().unwrap_or_default(),
        arrange: offer.way.filter(|_| may_arrange).map(|way| {
            let words = match way {
                Way::Referral => "Send your answers to this pharmacy",
                Way::CallBack => "Ask to be called back",
                Way::Appointment => "Choose an appointment",
            };
            let page = if way == Way::Appointment { "times" } else { "arrange" };
            (format!("/111/{page}/{}", offer.id), words.to_owned())
        }),
    };
    let left_out = services.left_out.iter().map(|left| {
        let why: Vec<String> = left.why.iter().map(|why| words::reason(why, now, zone)).collect();
        LeftOutLine { name: left.name.clone(), kind: left.kind.clone(), why: why.join(" ") }
    });
    ServicesPart {
        is_shown: true,
        offered: services.offered.iter().map(line).collect(),
        left_out: left_out.collect(),
        is_place_known: services.is_place_known,
        is_failed: false,
    }
}
