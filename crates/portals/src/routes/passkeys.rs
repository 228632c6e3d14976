//! Signing in with a passkey, and the passkeys of an account.

use std::sync::Arc;

use axum::Router;
use axum::extract::RawQuery;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use interactions::{Category, NotAdded, SignIn};

use super::answer::{Answer, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::{State, own_page, session_of};
use super::portal::Portal;
use super::sign_in::{set_session, to_of};
use crate::components::form::{ErrorSummary, TextInput};
use crate::layout::Area;
use crate::passkeys::{MyPasskeysPage, PasskeyLine, PasskeySignInPage};
use crate::patient::when;
use crate::problem::Problem;

/// What is said where a passkey does not let in; nothing tells why.
const WRONG: &str = "That passkey did not work. Try again, or sign in with a password";

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/sign-in/passkey", get(show).post(sign_in))
        .route("/account/passkeys", get(mine).post(add))
        .route("/account/passkeys/remove", post(remove))
}

async fn show(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    sign_in_page(&portal, &headers, &to_of(query.as_deref()), None).await
}

async fn sign_in_page(
    portal: &Portal,
    headers: &HeaderMap,
    to: &str,
    error: Option<&str>,
) -> Answer {
    if !portal.options.sign_in {
        return Err(portal.problem(Problem::NotFound));
    }
    let asked = portal.app.ask_for_passkey().await.map_err(|failure| portal.failure(&failure))?;
    let (Some(options), Some(origin)) = (asked, portal.app.passkey_origin()) else {
        return Err(portal.problem(Problem::NotFound));
    };
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::SignIn, "Sign in with a passkey");
    layout.has_errors = error.is_some();
    let errors = error.map(|error| ("passkey".to_owned(), error.to_owned()));
    let page = PasskeySignInPage {
        layout,
        options: options.to_string(),
        origin,
        summary: ErrorSummary { errors: errors.into_iter().collect() },
        to: to.to_owned(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

async fn sign_in(State(portal): State<Arc<Portal>>, headers: HeaderMap, body: Body) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let to = own_page(sent.text("to"));
    let done = portal.app.sign_in_by_passkey(sent.text("answer")).await;
    match done.map_err(|failure| portal.failure(&failure))? {
        SignIn::Done { token } => {
            let mut response = see_other(to);
            set_session(&mut response, &token, "");
            Ok(response)
        }
        _ => sign_in_page(&portal, &headers, to, Some(WRONG)).await,
    }
}

async fn mine(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let done = match query.as_deref() {
        Some("done=added") => "The passkey was added. You can sign in with it from now on.",
        Some("done=removed") => {
            "The passkey was removed. It does not let anybody in any more. Delete it on your device too."
        }
        _ => "",
    };
    my_page(&portal, &headers, done, String::new(), None).await
}

async fn my_page(
    portal: &Portal,
    headers: &HeaderMap,
    done: &'static str,
    name: String,
    error: Option<&str>,
) -> Answer {
    let session = session_of(headers).unwrap_or_default();
    let mine = match portal.app.my_passkeys(&session).await {
        Ok(mine) => mine,
        Err(failure) => return weak(portal, &failure),
    };
    let failed = |failure| portal.failure(&failure);
    let options = portal.app.ask_for_new_passkey(&session).await.map_err(failed)?;
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::SignIn, "Your passkeys");
    layout.has_errors = error.is_some();
    let error = error.map(str::to_owned);
    let day = |at: i64| when::words(&fhir::format_instant(at), &portal.options.zone);
    let lines = mine.passkeys.into_iter().map(|one| PasskeyLine {
        id: one.id,
        name: one.name,
        made: day(one.made),
        used: one.used.map(day),
        may_be_copied: one.may_be_copied,
    });
    let page = MyPasskeysPage {
        layout,
        passkeys: lines.collect(),
        options: options.map(|options| options.to_string()),
        origin: mine.origin,
        summary: ErrorSummary {
            errors: error.iter().map(|error| ("name".to_owned(), error.clone())).collect(),
        },
        name: TextInput {
            id: "name",
            label: "What to call it",
            hint: "For example, my phone",
            value: name,
            error,
            width: 20,
            ..TextInput::default()
        },
        done,
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// Who has given a password alone gives the code first.
fn weak(portal: &Portal, failure: &interactions::Failure) -> Answer {
    match failure.category {
        Category::StepUp => Ok(see_other("/sign-in/code?to=/account/passkeys")),
        _ => Err(portal.failure(failure)),
    }
}

async fn add(State(portal): State<Arc<Portal>>, headers: HeaderMap, body: Body) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let session = session_of(&headers).unwrap_or_default();
    let name = sent.text("name");
    let error = match portal.app.add_passkey(&session, sent.text("answer"), name).await {
        Ok(Ok(())) => return Ok(see_other("/account/passkeys?done=added")),
        Ok(Err(NotAdded::Name)) => "Enter what to call the passkey, in 60 letters or fewer",
        Ok(Err(NotAdded::Full)) => "You have as many passkeys as you can have",
        Ok(Err(NotAdded::Refused)) => {
            "The passkey could not be added. Try again, within 5 minutes of opening this page"
        }
        Err(failure) => return weak(&portal, &failure),
    };
    my_page(&portal, &headers, "", name.to_owned(), Some(error)).await
}

async fn remove(State(portal): State<Arc<Portal>>, headers: HeaderMap, body: Body) -> Answer {
    let sent = Form::read(&portal, &headers, body)?;
    let session = session_of(&headers).unwrap_or_default();
    match portal.app.remove_passkey(&session, sent.text("passkey")).await {
        Ok(()) => Ok(Response::from(see_other("/account/passkeys?done=removed"))),
        Err(failure) => weak(&portal, &failure),
    }
}
