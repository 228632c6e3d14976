//! The queue for times that come out at a moment: where one stands, in a page that looks again by itself.

use std::sync::Arc;

use axum::extract::Path;
use axum::http::HeaderMap;
use interactions::booking::rules::release::Standing;
use interactions::booking::rules::zone;
use interactions::booking::{Booker, QueueView};
use jiff::Timestamp;

use super::super::answer::{Answer, Refusal, see_other};
use super::super::csrf::Token;
use super::super::form::{Body, Form, id_of};
use super::super::gate::State;
use super::super::portal::Portal;
use super::words::{failed, refused, until};
use crate::booking::mine::QueuePage;
use crate::layout::Area;
use crate::problem::Problem;

/// Minutes before the moment from which one can join, as `interactions` has it.
const OPENS_BEFORE: i64 = 15;

fn moment(portal: &Portal, release: &str) -> Result<Timestamp, Refusal> {
    let seconds = release.parse().ok();
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.ok_or_else(|| portal.problem(Problem::NotFound))
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((service, release)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let (service, at) = (id_of(&portal, &service)?, moment(&portal, &release)?);
    let view = portal.app.queue_standing(&Booker::Own, &service, at).await;
    let view = view.map_err(|failure| failed(&portal, &failure))?;
    let token = Token::of(&headers);
    let now = Timestamp::from_microsecond(portal.app.clock.now()).unwrap_or_default();
    let opens = zone::plus_minutes(at, -OPENS_BEFORE);
    let standing = view.as_ref().map_or(Standing::Absent, |view| view.standing);
    let times = format!("/me/appointments/book/{service}");
    let is_over = view.as_ref().is_some_and(|view| now >= view.closes)
        || now >= zone::plus_minutes(at, 2 * OPENS_BEFORE);
    let (told, mut words) = told(&portal, standing, (at, opens, now), is_over);
    let waits = matches!(standing, Standing::WaitsForLot { .. } | Standing::Place { .. });
    if waits && !is_over {
        words.push("This page looks again by itself. Keep it open.".to_owned());
    }
    let has_turn = matches!(standing, Standing::Turn { .. });
    let can_join =
        !is_over && now >= opens && matches!(standing, Standing::Absent | Standing::Expired);
    let page = QueuePage {
        layout: portal.layout(Area::MyAppointments, "The queue for appointments"),
        standing: told,
        words,
        again_seconds: if waits && !is_over { 15 } else { 0 },
        can_join,
        can_leave: (waits || has_turn) && !is_over,
        action: format!("/me/appointments/queue/{service}/{}", at.as_second()),
        go_on: if has_turn || is_over { times } else { String::new() },
        proof: view.as_ref().map(proof).unwrap_or_default(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// How one stands in the queue: in a line, and what that means.
fn told(
    portal: &Portal,
    standing: Standing,
    (at, opens, now): (Timestamp, Timestamp, Timestamp),
    is_over: bool,
) -> (String, Vec<String>) {
    let mut words = Vec::new();
    let told = match standing {
        _ if is_over => {
            words.push("Everybody can book what is left.".to_owned());
            "The queue is over".to_owned()
        }
        Standing::Absent if now < opens => {
            words.push(format!("Come back from {}.", zone::words(opens)));
            words.push("It makes no difference how early you come.".to_owned());
            format!("You can join the queue from {}", zone::time_words(opens))
        }
        Standing::Absent => {
            words.push(format!("The times come out at {}.", zone::words(at)));
            "You are not in the queue yet".to_owned()
        }
        Standing::WaitsForLot { drawn_at } => {
            words.push("Places are drawn by lot then. It makes no difference how early you came or how often you press.".to_owned());
            format!("You are in. Places are drawn at {}", zone::time_words(drawn_at))
        }
        Standing::Place { ahead } => match ahead {
            0 => "You are next".to_owned(),
            1 => "1 person is before you".to_owned(),
            many => format!("{many} people are before you"),
        },
        Standing::Turn { until: end } => {
            words.push(format!("You have until {}.", until(portal, end)));
            "It is your turn".to_owned()
        }
        Standing::Done => "You have left the queue".to_owned(),
        Standing::Expired => {
            words.push(
                "Your turn went to the next person. You can join again, at the end.".to_owned(),
            );
            "Your turn is over".to_owned()
        }
    };
    (told, words)
}

/// How the lot can be checked: what was told before it, and what it was drawn with.
fn proof(view: &QueueView) -> String {
    let people = view.people;
    match &view.seed {
        Some(seed) => {
            format!("{people} joined. Sealed before the draw: {}. Opened: {seed}.", view.commitment)
        }
        None => format!(
            "Sealed before the draw: {}. It is opened when the places are drawn.",
            view.commitment
        ),
    }
}

pub(super) async fn answer(
    State(portal): State<Arc<Portal>>,
    Path((service, release)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (service, at) = (id_of(&portal, &service)?, moment(&portal, &release)?);
    let sent = Form::read(&portal, &headers, body)?;
    let here = format!("/me/appointments/queue/{service}/{}", at.as_second());
    if sent.text("answer") == "leave" {
        let left = portal.app.leave_queue(&Booker::Own, &service, at).await;
        left.map_err(|failure| failed(&portal, &failure))?;
        return Ok(see_other("/me/appointments"));
    }
    match portal.app.join_queue(&Booker::Own, &service, at).await {
        Ok(Ok(_)) => Ok(see_other(&here)),
        Ok(Err(refusal)) => refused(&portal, &refusal, service.as_str()),
        Err(failure) => Err(failed(&portal, &failure)),
    }
}
