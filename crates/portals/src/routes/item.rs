//! One message of the ledger.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::HeaderMap;
use interactions::{Category, ItemId, ItemState, ItemView};

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::feeds::shown_state;
use super::form::{Body, Form};
use super::gate::State;
use super::portal::Portal;
use super::show::words::{bytes_words, charset_of, item_words};
use crate::clinician::lineage::{Field, Finding};
use crate::components::evidence::{Charset, Evidence};
use crate::components::form::CsrfToken;
use crate::components::tag::{Colour, Tag};
use crate::components::traced::percent_encoded;
use crate::console::item::{Acknowledgement, ItemPage, Part, Step, WrittenResource};
use crate::layout::Area;
use crate::problem::Problem;

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let id = id.parse().map(ItemId).map_err(|_| portal.problem(Problem::NotFound))?;
    let view = portal.app.item(id).await.map_err(|failure| portal.failure(&failure))?;
    let token = Token::of(&headers);
    let mut response = portal.page(&page(&portal, &view, token.value.clone()))?;
    token.set_on(&mut response);
    Ok(response)
}

/// Sends a message that was set aside through the mapping again.
pub(super) async fn retry(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    Form::read(&portal, &headers, body)?;
    let number = id.parse().map(ItemId).map_err(|_| portal.problem(Problem::NotFound))?;
    match portal.app.retry_item(number).await {
        // Somebody was quicker, or it is stored by now: the page says how it stands.
        Err(failure) if failure.category != Category::Conflict => Err(portal.failure(&failure)),
        _ => Ok(see_other(&format!("/console/items/{number}"))),
    }
}

fn page(portal: &Portal, view: &ItemView, csrf: CsrfToken) -> ItemPage {
    let (item, content) = (&view.item, &view.item.content);
    let stopped = matches!(content.state, ItemState::SetAside | ItemState::Filtered);
    let place = content.note.split_once(": ").map_or("", |(place, _)| place);
    let mut steps = vec![Step {
        name: "Received".to_owned(),
        at: portal.moment_with_seconds(content.received),
        detail: format!("from {}", content.origin),
    }];
    steps.extend(view.events.iter().map(|event| Step {
        name: shown_state(event.state).words().to_owned(),
        at: portal.moment_with_seconds(event.at),
        detail: event.note.clone(),
    }));
    let finding = Finding {
        severity: Tag::new(Colour::Red, "Error"),
        path: if place.contains(' ') { String::new() } else { place.to_owned() },
        message: content.note.clone(),
    };
    let field = |field: &interactions::ItemField| Field {
        position: field.position.clone(),
        name: field.name.clone(),
        text: field.text.clone(),
        marked: stopped && field.position == place,
    };
    let acknowledgement = (!content.acknowledgement.is_empty()).then(|| {
        let mut evidence = Evidence::new(&content.acknowledgement, None, Charset::Utf8);
        "Bytes of the answer".clone_into(&mut evidence.caption);
        let words = answer_words(&content.acknowledgement);
        Acknowledgement { words, at: Some(portal.moment_with_seconds(content.received)), evidence }
    });
    ItemPage {
        layout: portal.layout(Area::Feeds, format!("Message {}", item.id)),
        retry: (content.state == ItemState::SetAside).then_some(csrf),
        number: item.id.to_string(),
        what: item_words(&content.kind, &content.control_id),
        feed: content.feed.to_string(),
        feed_href: format!("/console/feeds/{}", percent_encoded(&content.feed.0)),
        received: portal.moment_with_seconds(content.received),
        size: bytes_words(content.bytes.len()),
        state: shown_state(content.state),
        reason: if stopped { content.note.clone() } else { String::new() },
        steps,
        findings: if content.state == ItemState::SetAside { vec![finding] } else { Vec::new() },
        evidence: Evidence::new(&content.bytes, None, charset_of(&content.bytes)),
        parts: view
            .parts
            .iter()
            .map(|part| Part {
                name: part.name.clone(),
                fields: part.fields.iter().map(field).collect(),
            })
            .collect(),
        acknowledgement,
        resources: view
            .written
            .iter()
            .map(|(key, version)| WrittenResource {
                name: key.to_string(),
                href: format!("/fhir/{key}/_history/{version}"),
                change: match version.0 {
                    1 => "Created".to_owned(),
                    version => format!("Updated to version {version}"),
                },
            })
            .collect(),
    }
}

/// The answer's code in words; MSA-1 of HL7 v2, else what kind of thing it is.
fn answer_words(answer: &[u8]) -> Tag {
    let text = String::from_utf8_lossy(answer);
    let code =
        text.split(['\r', '\n']).find_map(|line| line.strip_prefix("MSA|")?.split('|').next());
    match code {
        Some(code @ ("AA" | "CA")) => Tag::new(Colour::Green, format!("{code}, accepted")),
        Some(code @ ("AE" | "CE")) => Tag::new(Colour::Red, format!("{code}, taken with an error")),
        Some(code @ ("AR" | "CR")) => Tag::new(Colour::Red, format!("{code}, rejected")),
        _ => Tag::new(Colour::White, "Answered"),
    }
}
