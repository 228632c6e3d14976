//! What a person chooses about their record, and acting for somebody.

use std::sync::Arc;

use axum::extract::{Extension, RawQuery};
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::{Band, Choices, Ended, Proxy, ProxyView, RecordLevel, Who};

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::{State, session_of};
use super::portal::Portal;
use super::sign_in::From;
use crate::components::form::ErrorSummary;
use crate::layout::Area;
use crate::patient::sharing::{Linked, PeoplePage, SharingPage};
use crate::patient::when;
use crate::problem::Problem;

pub(super) async fn choices(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let choices = portal.app.choices().await.map_err(|failure| portal.failure(&failure))?;
    let is_saved = query.as_deref() == Some("saved=yes");
    let token = Token::of(&headers);
    let page = SharingPage {
        layout: portal.layout(Area::Sharing, "Who can use your record"),
        is_saved,
        shares: !choices.no_sharing,
        research: !choices.no_research,
        summary: ErrorSummary::default(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

pub(super) async fn choose(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let no = |name: &str| match form.text(name) {
        "yes" => Ok(false),
        "no" => Ok(true),
        _ => Err(portal.problem(Problem::BadRequest)),
    };
    let choices = Choices { no_sharing: no("sharing")?, no_research: no("research")? };
    let done = portal.app.choose(choices, &portal.signature(), from.address()).await;
    done.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other("/me/sharing?saved=yes"))
}

pub(super) async fn people(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    let Who::Citizen(citizen) = &portal.app.caller().who else {
        return Err(portal.problem(Problem::NotYours));
    };
    if !citizen.may_read {
        return Ok(see_other("/me/step-up"));
    }
    let failed = |failure| portal.failure(&failure);
    let represented = portal.app.represented().await.map_err(failed)?;
    let acting_for = represented.iter().find(|one| one.person == citizen.subject);
    let acting_for = acting_for.filter(|_| citizen.proxy.is_some());
    let acting_for = acting_for.map(|one| one.name.clone()).unwrap_or_default();
    let proxies = match citizen.proxy {
        None => portal.app.own_proxies().await.map_err(failed)?,
        Some(_) => Vec::new(),
    };
    let token = Token::of(&headers);
    let page = PeoplePage {
        layout: portal.layout(Area::People, "Acting for somebody"),
        acting_for,
        represented: represented
            .into_iter()
            .map(|one| Linked {
                id: one.id.to_string(),
                person: one.person.to_string(),
                name: one.name,
                may: format!("You can {}.", may(&one.proxy)),
                ended: String::new(),
            })
            .collect(),
        proxies: proxies.iter().map(linked).collect(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// Somebody who acts, or acted, for a person.
pub(super) fn linked(view: &ProxyView) -> Linked {
    let ended = match view.ended {
        None => "",
        Some(Ended::Expired) => "This has ended: its last day is over.",
        Some(Ended::GrewUp(Band::Own)) => {
            "This ended on the 16th birthday. From then on it is for the person themselves to say."
        }
        Some(Ended::GrewUp(_)) => {
            "This ended on the 11th birthday, until the GP surgery has agreed it anew."
        }
        Some(Ended::NotKnown) => "This does not count: a date is missing that it depends on.",
    };
    Linked {
        id: view.id.to_string(),
        person: String::new(),
        name: view.name.clone(),
        may: format!("They can {}.", may(&view.proxy)),
        ended: ended.to_owned(),
    }
}

/// What a proxy may do, in plain words.
fn may(proxy: &Proxy) -> String {
    let read = match proxy.level {
        RecordLevel::None => "",
        RecordLevel::Summary => "see medicines and allergies",
        RecordLevel::Detailed => "see the record, but no letters",
        RecordLevel::Full => "see the whole record",
    };
    let book = if proxy.may_book { "book and cancel appointments" } else { "" };
    let until = match proxy.until.as_str() {
        "" => String::new(),
        until => format!(", until {}", when::words(until, &jiff::tz::TimeZone::UTC)),
    };
    match (read, book) {
        ("", "") => format!("do nothing yet{until}"),
        ("", one) | (one, "") => format!("{one}{until}"),
        (read, book) => format!("{read}, and {book}{until}"),
    }
}

pub(super) async fn act(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let token = session_of(&headers).unwrap_or_default();
    let person = match form.text("person") {
        "" => None,
        id => Some(ResourceId::parse(id).ok_or_else(|| portal.problem(Problem::NotFound))?),
    };
    let done = portal.app.act_for(&token, person.as_ref()).await;
    done.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other("/me"))
}

pub(super) async fn end(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let id = ResourceId::parse(form.text("agreement"));
    let id = id.ok_or_else(|| portal.problem(Problem::NotFound))?;
    let done = portal.app.end_proxy(&id, &portal.signature(), from.address()).await;
    done.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other("/me/people"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_proxy_may_do_in_words() {
        let proxy = |level, may_book, until: &str| Proxy {
            delegate: ResourceId::parse("p").expect("an id"),
            level,
            may_book,
            until: until.to_owned(),
        };
        let table = [
            (proxy(RecordLevel::None, false, ""), "do nothing yet"),
            (proxy(RecordLevel::None, true, ""), "book and cancel appointments"),
            (proxy(RecordLevel::Summary, false, ""), "see medicines and allergies"),
            (
                proxy(RecordLevel::Full, true, "2026-12-31"),
                "see the whole record, and book and cancel appointments, until 31 December 2026",
            ),
        ];
        for (proxy, expected) in table {
            assert_eq!(may(&proxy), expected);
        }
    }
}
