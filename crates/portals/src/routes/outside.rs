//! Signing in by a provider elsewhere: there, and back.
//!
//! Between the two the browser keeps a cookie with the state, so that an answer that somebody else has
//! asked for signs nobody in here (login CSRF). Spec: OpenID Connect Core section 3.1.2.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, RawQuery};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use interactions::{Outside, OutsideEnd, Turn, decode_query};

use super::answer::{Answer, Refusal, see_other};
use super::gate::{State, cookie_of, own_page};
use super::portal::Portal;
use super::sign_in::{From, set_session, wrong};
use crate::problem::Problem;

/// The cookie that holds the state.
const STATE: &str = "careloom-outside";
/// Seconds that it is kept.
const AWAY: u32 = 60 * 60;

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new().route("/sign-in/outside", get(begin)).route("/sign-in/outside/back", get(back))
}

/// Sends the browser to the provider.
async fn begin(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    RawQuery(query): RawQuery,
) -> Answer {
    let outside = outside(&portal, &from)?;
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let to = pairs.iter().find(|(name, _)| name == "to").map_or("/", |(_, to)| to.as_str());
    let begun = portal.app.begin_outside(&outside, own_page(to)).await;
    let begun = begun.map_err(|failure| portal.failure(&failure))?;
    let mut response = see_other(&begun.location);
    keep_state(&mut response, &begun.state, AWAY);
    Ok(response)
}

/// The browser comes back.
async fn back(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let outside = outside(&portal, &from)?;
    let state = cookie_of(&headers, STATE).unwrap_or_default();
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let end = portal.app.finish_outside(&outside, pairs, &state).await;
    let end = end.map_err(|failure| portal.failure(&failure))?;
    let mut response = match end {
        OutsideEnd::Done { token, to } => {
            let mut response = see_other(own_page(&to));
            set_session(&mut response, &token, "");
            response
        }
        OutsideEnd::Stranger => {
            let words = format!(
                "{} has told us who you are, but we found no health record that is yours for certain. Ask your GP surgery for online access",
                outside.title
            );
            wrong(&portal, &headers, words)?
        }
        OutsideEnd::Refused(error) => {
            tracing::info!(error = error.code.as_str(), "a sign-in elsewhere proved nothing");
            wrong(
                &portal,
                &headers,
                format!("You were not signed in by {}. Try again", outside.title),
            )?
        }
    };
    keep_state(&mut response, "", 0);
    Ok(response)
}

fn outside(portal: &Portal, from: &From) -> Result<Arc<Outside>, Refusal> {
    let outside = portal.options.outside.clone().filter(|_| portal.options.sign_in);
    let outside = outside.ok_or_else(|| portal.problem(Problem::NotFound))?;
    let turn = portal.app.take_turn(Turn::Authorize, from.address().parse().ok());
    turn.map_err(|_| portal.problem(Problem::Unavailable))?;
    Ok(outside)
}

/// The cookie comes back with the provider's redirect, so it is Lax, and to one path only.
fn keep_state(response: &mut Response, state: &str, seconds: u32) {
    let cookie = format!(
        "{STATE}={state}; Path=/sign-in/outside; HttpOnly; SameSite=Lax; Max-Age={seconds}"
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
