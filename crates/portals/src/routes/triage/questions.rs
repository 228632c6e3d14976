//! The questions, one a page, and looking over the answers.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::Path;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use interactions::triage::{Answered, Asked, Outcome, Stage, is_danger_sign};

use super::super::answer::Answer;
use super::super::csrf::Token;
use super::super::gate::State;
use super::super::portal::Portal;
use super::outcome::told_page;
use super::{Sent, call_page, failed, on_to, token};
use crate::layout::Area;
use crate::triage::Mark;
use crate::triage::ask::{AnswerLine, CheckPage, Choice, ChoosePage};

pub(in super::super) async fn ask(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Answer {
    page(&portal, &headers, &number, None).await
}

pub(in super::super) async fn answer(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    let sent = Sent::read(&portal, &headers, body)?;
    let (question, answer) = (sent.text("question"), sent.text("answer"));
    match portal.app.triage_answer(&token, question, answer).await {
        Ok(Answered::Next(stage)) => Ok(on_to(stage)),
        Ok(Answered::NoSuchAnswer) => {
            page(&portal, &headers, &number, Some("Choose an answer, or \"I'm not sure\"")).await
        }
        Ok(Answered::Now(outcome)) => told(&portal, &headers, &outcome),
        // Nothing is known of what was answered before, but a danger sign is one by itself.
        Err(failure) if is_danger_sign(question, answer) => {
            tracing::error!(%failure, "an answer could not be taken");
            let status = StatusCode::SERVICE_UNAVAILABLE;
            Ok(call_page(&portal, status, true, "We could not keep your answers."))
        }
        Err(failure) => Err(failed(&portal, &failure)),
    }
}

/// What is told at once because it could not be kept.
fn told(portal: &Portal, headers: &HeaderMap, outcome: &Outcome) -> Answer {
    told_page(portal, headers, outcome)
}

async fn page(portal: &Portal, headers: &HeaderMap, number: &str, error: Option<&str>) -> Answer {
    let token = token(headers)?;
    let failure = |failure| failed(portal, &failure);
    let number = number.parse::<usize>().unwrap_or(0);
    let asked = match portal.app.triage_question(&token, number).await.map_err(failure)? {
        Ok(asked) => asked,
        Err(stage) => return Ok(on_to(stage)),
    };
    let (_, about) = portal.app.triage_stage(&token).await.map_err(failure)?;
    let is_self = about.as_ref().is_none_or(interactions::triage::About::is_self);
    let csrf = Token::of(headers);
    let mut layout = portal.layout(Area::Triage, asked.text.as_str());
    layout.has_errors = error.is_some();
    let mut response = portal.page(&page_of(asked, is_self, layout, error, csrf.value.clone()))?;
    csrf.set_on(&mut response);
    Ok(response)
}

fn page_of(
    asked: Asked,
    is_self: bool,
    layout: crate::layout::Layout,
    error: Option<&str>,
    csrf: crate::components::form::CsrfToken,
) -> ChoosePage {
    let chosen = asked.chosen;
    let choices = asked.choices.into_iter().map(|choice| Choice {
        is_chosen: chosen.as_ref() == Some(&choice.id),
        value: choice.id,
        text: choice.text,
        hint: String::new(),
    });
    let hint = match (asked.hint, is_self) {
        (Some(hint), true) => hint,
        (Some(hint), false) => format!("{hint} Answer for the person who needs help."),
        (None, true) => String::new(),
        (None, false) => "Answer for the person who needs help.".to_owned(),
    };
    let set = (!asked.topic.is_empty())
        .then(|| (asked.topic_id.clone(), asked.topic.clone(), asked.version.clone()));
    ChoosePage {
        layout,
        mark: Mark { set, is_signed_off: asked.is_signed_off },
        back: match asked.number {
            0 | 1 => "/111/topic".to_owned(),
            number => format!("/111/question/{}", number - 1),
        },
        action: format!("/111/question/{}", asked.number),
        caption: if asked.is_sieve { "Is it an emergency?".to_owned() } else { asked.topic },
        question: asked.text,
        hint,
        why: asked.why,
        field: "answer",
        hidden: vec![("question", asked.id)],
        choices: choices.collect(),
        error: error.map(str::to_owned),
        csrf,
    }
}

pub(in super::super) async fn check(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
) -> Answer {
    let token = token(&headers)?;
    let failure = |failure| failed(&portal, &failure);
    let (stage, _) = portal.app.triage_stage(&token).await.map_err(failure)?;
    if stage != Stage::Check {
        return Ok(on_to(stage));
    }
    let told = portal.app.triage_answers(&token).await.map_err(failure)?;
    let line = |(at, told): (usize, &interactions::triage::Told)| AnswerLine {
        asked: told.asked.clone(),
        said: told.said.clone(),
        change: format!("/111/question/{}", at + 1),
    };
    let csrf = Token::of(&headers);
    let layout = portal.layout(Area::Triage, "Check your answers");
    let mut response = portal.page(&CheckPage {
        layout,
        mark: Mark::default(),
        back: format!("/111/question/{}", told.len()),
        answers: told.iter().enumerate().map(line).collect(),
        csrf: csrf.value.clone(),
    })?;
    csrf.set_on(&mut response);
    Ok(response)
}

pub(in super::super) async fn finish(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let token = token(&headers)?;
    Sent::read(&portal, &headers, body)?;
    let outcome = portal.app.triage_finish(&token).await;
    let outcome = outcome.map_err(|failure| failed(&portal, &failure))?;
    // What could not be written is told at once; what was, has its own page.
    match portal.app.triage_stage(&token).await {
        Ok((Stage::Outcome, _)) => Ok(on_to(Stage::Outcome)),
        _ => told(&portal, &headers, &outcome),
    }
}
