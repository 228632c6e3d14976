//! Signing in, giving a code, proving who one is, signing out.

use std::sync::Arc;

use axum::extract::{Extension, RawQuery};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use interactions::{SignIn, decode_query, one_time_code, one_time_step};

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::{SESSION, State, own_page, session_of};
use super::portal::Portal;
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::Area;
use crate::problem::Problem;
use crate::sign_in::{Step, StepPage};

/// Where a request came from, put beside it by [`remember_address`].
#[derive(Clone)]
pub(super) struct From(String);

impl From {
    /// The address.
    pub(super) fn address(&self) -> &str {
        &self.0
    }
}

/// Puts the address of the browser beside the request.
pub(super) async fn remember_address(
    mut request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let address = super::gate::address(request.extensions());
    request.extensions_mut().insert(From(address));
    next.run(request).await
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    page(&portal, &headers, Step::Password, &to_of(query.as_deref()), String::new(), None)
}

pub(super) async fn show_code(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    page(&portal, &headers, Step::Code, &to_of(query.as_deref()), String::new(), None)
}

pub(super) async fn show_proof(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    page(&portal, &headers, Step::Proof, &to_of(query.as_deref()), String::new(), None)
}

pub(super) async fn show_out(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    page(&portal, &headers, Step::Out, "/", String::new(), None)
}

pub(super) async fn sign_in(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let (name, password) = (sent.text("name"), sent.text("password"));
    let done = portal.app.sign_in(name, password, &from.0).await;
    let done = done.map_err(|failure| portal.failure(&failure))?;
    step(&portal, &headers, Step::Password, &sent, name.to_owned(), done)
}

pub(super) async fn give_code(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let token = session_of(&headers).unwrap_or_default();
    let done = portal.app.give_code(&token, sent.text("code")).await;
    let done = done.map_err(|failure| portal.failure(&failure))?;
    step(&portal, &headers, Step::Code, &sent, String::new(), done)
}

pub(super) async fn prove(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let token = session_of(&headers).unwrap_or_default();
    let done = portal.app.prove(&token, sent.text("key")).await;
    let done = done.map_err(|failure| portal.failure(&failure))?;
    step(&portal, &headers, Step::Proof, &sent, String::new(), done)
}

pub(super) async fn sign_out(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    Form::read(&portal, &headers, body)?;
    if let Some(token) = session_of(&headers) {
        portal.app.sign_out(&token).await.map_err(|failure| portal.failure(&failure))?;
    }
    let mut response = see_other("/");
    set_session(&mut response, "", "; Max-Age=0");
    Ok(response)
}

/// What comes after a step: the page that was asked for, or the same page with what is wrong.
fn step(
    portal: &Portal,
    headers: &HeaderMap,
    step: Step,
    sent: &Form,
    name: String,
    done: SignIn,
) -> Answer {
    let to = own_page(sent.text("to"));
    let error = match done {
        SignIn::Done { token } => {
            let mut response = see_other(to);
            set_session(&mut response, &token, "");
            return Ok(response);
        }
        SignIn::Over => return Ok(see_other("/sign-in")),
        SignIn::Wrong => step.wrong().to_owned(),
        SignIn::Wait { seconds } => {
            let minutes = (seconds + 59) / 60;
            let words =
                if minutes == 1 { "1 minute".to_owned() } else { format!("{minutes} minutes") };
            format!("There were too many wrong tries. Wait {words}, then try again.")
        }
    };
    page(portal, headers, step, to, name, Some(error))
}

pub(super) fn to_of(query: Option<&str>) -> String {
    let pairs = decode_query(query.unwrap_or(""));
    let to = pairs.iter().find(|(name, _)| name == "to").map_or("/", |(_, to)| to.as_str());
    own_page(to).to_owned()
}

/// The first page again, with what is wrong.
pub(super) fn wrong(portal: &Portal, headers: &HeaderMap, words: String) -> Answer {
    page(portal, headers, Step::Password, "/", String::new(), Some(words))
}

fn page(
    portal: &Portal,
    headers: &HeaderMap,
    step: Step,
    to: &str,
    name: String,
    error: Option<String>,
) -> Answer {
    if !portal.options.sign_in {
        return Err(portal.problem(Problem::NotFound));
    }
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::SignIn, step.title());
    layout.has_errors = error.is_some();
    let errors = error.iter().map(|error| (step.first_field().to_owned(), error.clone()));
    let page = StepPage {
        layout,
        step,
        summary: ErrorSummary { errors: errors.collect() },
        name: TextInput {
            id: "name",
            label: "Email address or user name",
            value: name,
            error: error.clone().filter(|_| step == Step::Password),
            ..TextInput::default()
        },
        code: TextInput {
            id: "code",
            label: "Security code",
            hint: "It is 6 numbers, for example 123 456",
            error: error.clone().filter(|_| step == Step::Code),
            width: 10,
            numeric: true,
            ..TextInput::default()
        },
        key: TextInput {
            id: "key",
            label: "Linkage key",
            hint: "Your GP surgery gives it to you, after it has checked who you are. It has letters and numbers",
            error: error.filter(|_| step == Step::Proof),
            width: 20,
            ..TextInput::default()
        },
        to: to.to_owned(),
        csrf: token.value.clone(),
        hints: hints(portal, step),
        has_passkeys: portal.app.passkey_origin().is_some(),
        outside: portal.options.outside.as_ref().map(|outside| outside.title.clone()),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// What may be typed in a demonstration.
fn hints(portal: &Portal, step: Step) -> Vec<(String, String)> {
    let Some(demonstration) = &portal.options.demonstration else { return Vec::new() };
    let hint = |value: &str, words: &str| vec![(value.to_owned(), words.to_owned())];
    match step {
        Step::Password => {
            let password = hint(&demonstration.password, "everybody's password");
            demonstration.accounts.iter().cloned().chain(password).collect()
        }
        Step::Code => {
            let now = portal.app.clock.now().div_euclid(1_000_000);
            let code = one_time_code(&demonstration.code_secret, one_time_step(now));
            hint(&code, "the code that works now, once for each account")
        }
        Step::Proof => hint(&demonstration.linkage, "everybody's linkage key"),
        Step::Out => Vec::new(),
    }
}

/// Gives the browser a session. The cookie goes with links from other sites (Lax), since people come back
/// from mails and from other sign-in services; forms have a token of their own.
pub(super) fn set_session(response: &mut Response, token: &str, end: &str) {
    let cookie = format!("{SESSION}={token}; Path=/; HttpOnly; SameSite=Lax{end}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Whoever has signed in goes to their own front page; others are told what this is.
pub(super) fn front(portal: &Portal) -> Option<Response> {
    use crate::layout::Viewer;
    use interactions::Duty;
    let to = match &portal.viewer {
        Viewer::Open => return None,
        Viewer::Nobody => "/sign-in",
        Viewer::Citizen(_) => "/me",
        Viewer::Staff { duties, .. } if duties.contains(&Duty::FindPeople) => "/clinician/find",
        Viewer::Staff { duties, .. } if duties.contains(&Duty::Feeds) => "/console/feeds",
        Viewer::Staff { duties, .. } if duties.contains(&Duty::Audit) => "/console/audit",
        Viewer::Staff { .. } => "/console/system",
    };
    Some(see_other(to).into_response())
}
