//! The authorization endpoint: an app asks, a person signs in, chooses, agrees.
//!
//! What an app sends is checked by the use case before anything of it is shown, and again at each step.
//! Spec: OAuth 2.1 section 3.1; SMART App Launch 2.2, "obtain authorization code".

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Extension, Path, RawQuery};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use fhir::ResourceId;
use interactions::record::PeopleQuery;
use interactions::{Asking, AuthorizationStep, Category, OauthError, Turn, decode_query};

use super::answer::{Answer, Refusal, see_other};
use super::csrf::{self, Token};
use super::find::row;
use super::gate::{State, session_of};
use super::portal::Portal;
use super::sign_in::From;
use crate::apps::{ChoosePage, ConsentPage, StoppedPage, words};
use crate::clinician::find::{Criteria, FindForm, Outcome};
use crate::layout::{Area, policy_with_form_target};
use crate::problem::Problem;

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/oauth/authorize", get(begin).post(begin_posted))
        .route("/oauth/continue/{name}", get(again).post(decide))
        .route("/oauth/continue/{name}/find", post(find))
        .route("/oauth/continue/{name}/choose", post(choose))
}

/// The app's own request, by a link.
async fn begin(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    begun(&portal, &from, &headers, decode_query(query.as_deref().unwrap_or(""))).await
}

/// The same by a form of the app's, which therefore carries no token of ours.
async fn begin_posted(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
    begun(&portal, &from, &headers, decode_query(&String::from_utf8_lossy(&body))).await
}

async fn begun(
    portal: &Portal,
    from: &From,
    headers: &HeaderMap,
    pairs: Vec<(String, String)>,
) -> Answer {
    may_ask(portal, from)?;
    let session = session_of(headers);
    let step = portal.app.authorize(pairs, session.as_deref()).await;
    let step = step.map_err(|failure| portal.failure(&failure))?;
    respond(portal, headers, step).await
}

/// A request that has waited.
async fn again(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer {
    may_ask(&portal, &from)?;
    let session = session_of(&headers);
    let step = portal.app.continue_authorization(&name, session.as_deref()).await;
    let step = step.map_err(|failure| portal.failure(&failure))?;
    respond(&portal, &headers, step).await
}

/// The person has agreed, or not.
async fn decide(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    may_ask(&portal, &from)?;
    let pairs = sent(&portal, &headers, body)?;
    let agrees = match text(&pairs, "decision") {
        "allow" => true,
        "deny" => false,
        _ => return Err(portal.problem(Problem::BadRequest)),
    };
    let session = session_of(&headers).unwrap_or_default();
    let step = portal.app.decide_authorization(&name, &session, agrees).await;
    let step = step.map_err(|failure| portal.failure(&failure))?;
    respond(&portal, &headers, step).await
}

/// People whom it could be about.
async fn find(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let pairs = sent(&portal, &headers, body)?;
    let session = session_of(&headers);
    let step = portal.app.continue_authorization(&name, session.as_deref()).await;
    let step = step.map_err(|failure| portal.failure(&failure))?;
    let AuthorizationStep::ChoosePatient(asking) = step else {
        return respond(&portal, &headers, step).await;
    };
    let mut form = FindForm::typed(|name| text(&pairs, name).chars().take(200).collect());
    let query = match form.check(portal.today()) {
        None => return choice(&portal, &headers, &asking, form, Outcome::NotAsked),
        Some(Criteria::NhsNumber(digits)) => PeopleQuery::NhsNumber(digits),
        Some(Criteria::NameAndBirth { family, given, born }) => {
            PeopleQuery::NameAndBirth { family, given, born: born.to_string() }
        }
    };
    let found = portal.app.find_people(&query).await.map_err(|f| portal.failure(&f))?;
    let people = found.people.iter().map(|person| {
        let mut line = row(&portal, person);
        line.href = person.id.to_string();
        line
    });
    let outcome = Outcome::Found { people: people.collect(), total: found.total };
    choice(&portal, &headers, &asking, form, outcome)
}

/// The person whom it is about.
async fn choose(
    State(portal): State<Arc<Portal>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let pairs = sent(&portal, &headers, body)?;
    let person = ResourceId::parse(text(&pairs, "person"));
    let person = person.ok_or_else(|| portal.problem(Problem::BadRequest))?;
    let session = session_of(&headers).unwrap_or_default();
    let step = match portal.app.choose_patient(&name, &session, &person).await {
        // They can say why they need the record, and then choose it here again.
        Err(failure) if failure.category == Category::Forbidden => {
            return Ok(see_other(&format!("/clinician/person/{person}/open")));
        }
        step => step.map_err(|failure| portal.failure(&failure))?,
    };
    respond(&portal, &headers, step).await
}

fn may_ask(portal: &Portal, from: &From) -> Result<(), Refusal> {
    if !portal.options.sign_in {
        return Err(portal.problem(Problem::NotFound));
    }
    let turn = portal.app.take_turn(Turn::Authorize, from.address().parse().ok());
    turn.map_err(|_| portal.problem(Problem::Unavailable))
}

fn sent(
    portal: &Portal,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Vec<(String, String)>, Refusal> {
    let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
    let pairs = decode_query(&String::from_utf8_lossy(&body));
    if csrf::holds(headers, &pairs) { Ok(pairs) } else { Err(portal.problem(Problem::FormRefused)) }
}

fn text<'a>(pairs: &'a [(String, String)], name: &str) -> &'a str {
    pairs.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
}

async fn respond(portal: &Portal, headers: &HeaderMap, step: AuthorizationStep) -> Answer {
    match step {
        AuthorizationStep::Refused(error) => stopped(portal, &error),
        AuthorizationStep::Redirect { location } => Ok(see_other(&location)),
        AuthorizationStep::SignIn(name) => Ok(by_way_of("/sign-in", &name)),
        AuthorizationStep::GiveCode(name) => Ok(by_way_of("/sign-in/code", &name)),
        AuthorizationStep::Prove(name) => Ok(by_way_of("/sign-in/proof", &name)),
        AuthorizationStep::ChoosePatient(asking) => {
            choice(portal, headers, &asking, FindForm::default(), Outcome::NotAsked)
        }
        AuthorizationStep::Consent(asking) => consent(portal, headers, &asking).await,
    }
}

fn by_way_of(page: &str, name: &str) -> Response {
    see_other(&format!("{page}?to=/oauth/continue/{name}"))
}

fn stopped(portal: &Portal, error: &OauthError) -> Answer {
    let layout = portal.layout(Area::Home, "This app cannot be opened");
    let mut response = portal.page(&StoppedPage { layout, reason: error.description.clone() })?;
    *response.status_mut() = StatusCode::BAD_REQUEST;
    Ok(response)
}

fn choice(
    portal: &Portal,
    headers: &HeaderMap,
    asking: &Asking,
    form: FindForm,
    outcome: Outcome,
) -> Answer {
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Home, "Whose record is it about?");
    layout.has_errors = form.has_errors();
    let page = ChoosePage {
        layout,
        client: asking.client.clone(),
        form,
        outcome,
        action: format!("/oauth/continue/{}", asking.request),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

async fn consent(portal: &Portal, headers: &HeaderMap, asking: &Asking) -> Answer {
    let patient = match asking.patient.as_ref().filter(|_| !asking.is_own) {
        Some(patient) => {
            let person = portal.app.person_of_patient(patient).await;
            let person = person.map_or_else(|| patient.clone(), |(person, _)| person);
            let name = portal.app.name_of(&person).await;
            Some(name.map_err(|failure| portal.failure(&failure))?)
        }
        None => None,
    };
    let token = Token::of(headers);
    let source = asking.redirect_source();
    let title = if asking.is_own {
        format!("Let {} see your record?", asking.client)
    } else {
        format!("Let {} work for you?", asking.client)
    };
    let page = ConsentPage {
        layout: portal.layout(Area::Home, title),
        client: asking.client.clone(),
        site: source.split_once("://").map_or(source.as_str(), |(_, site)| site).to_owned(),
        patient,
        shared: words::shared(&asking.scopes),
        action: format!("/oauth/continue/{}", asking.request),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    leads_to(&mut response, &source);
    token.set_on(&mut response);
    Ok(response)
}

/// Lets the forms of a page lead on to this place.
pub(super) fn leads_to(response: &mut Response, source: &str) {
    if let Ok(policy) = HeaderValue::from_str(&policy_with_form_target(source)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
}
