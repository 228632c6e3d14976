//! What people see of their record online, who acts for them, and hiding entries: the practice's side.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Extension, Path, RawQuery};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use fhir::ResourceId;
use interactions::record::{FoundPerson, PeopleQuery};
use interactions::{Category, HideRequest, NewProxy, Proxy, RecordLevel, ResourceKey, Who};

use super::answer::{Answer, Refusal, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::State;
use super::people::linked;
use super::portal::Portal;
use super::show::banner;
use super::sign_in::From;
use crate::components::form::{ErrorSummary, TextInput};
use crate::components::nhs_number::NhsNumber;
use crate::layout::Area;
use crate::patient::when;
use crate::practice::access::{HidePage, LevelChoice, OnlineAccessPage, OnlinePatient};
use crate::problem::Problem;

const LEVELS: [(RecordLevel, &str); 4] = [
    (RecordLevel::None, "Nothing"),
    (RecordLevel::Summary, "Medicines, allergies and bad reactions"),
    (RecordLevel::Detailed, "Also conditions, results, vaccinations and visits"),
    (RecordLevel::Full, "Everything, with free text and letters"),
];

/// What was typed, and what is wrong with it.
#[derive(Default)]
struct Typed {
    number: String,
    delegate: String,
    until: String,
    errors: Vec<(&'static str, String)>,
}

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/practice/access", get(show).post(find))
        .route("/practice/access/{id}", get(one))
        .route("/practice/access/{id}/level", post(set_level))
        .route("/practice/access/{id}/proxy", post(add_proxy))
        .route("/practice/access/{id}/end", post(end_proxy))
        .route("/clinician/hide/{kind}/{id}", get(show_hide).post(hide))
}

async fn show(State(portal): State<Arc<Portal>>, headers: HeaderMap) -> Answer {
    page(&portal, &headers, None, &Typed::default(), "")
}

async fn find(State(portal): State<Arc<Portal>>, headers: HeaderMap, body: Body) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let number = form.text("number").to_owned();
    match by_number(&portal, &number).await? {
        Ok(patient) => Ok(see_other(&format!("/practice/access/{patient}"))),
        Err(error) => {
            let typed = Typed { number, errors: vec![("number", error)], ..Typed::default() };
            page(&portal, &headers, None, &typed, "")
        }
    }
}

/// The organisation's own Patient with an NHS number, or what is wrong with the number.
async fn by_number(portal: &Portal, typed: &str) -> Result<Result<ResourceId, String>, Refusal> {
    let digits = match NhsNumber::typed(typed) {
        Ok(digits) => digits,
        Err(problem) => return Ok(Err(problem.message().to_owned())),
    };
    let query = PeopleQuery::NhsNumber(digits);
    let found = portal.app.find_people(&query).await.map_err(|f| portal.failure(&f))?;
    let own = |feed: &str| match &portal.app.caller().who {
        Who::Staff(staff) => staff
            .sources
            .iter()
            .any(|source| source.strip_prefix("urn:careloom:feed:") == Some(feed)),
        _ => true,
    };
    let identities = found.people.iter().flat_map(|person: &FoundPerson| &person.identities);
    let patient = identities.into_iter().find(|identity| own(&identity.source.feed));
    Ok(match patient {
        Some(identity) => Ok(identity.source.key.id.clone()),
        None => Err("Nobody with this NHS number is known to your practice's system".to_owned()),
    })
}

async fn one(
    State(portal): State<Arc<Portal>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let done = match query.as_deref() {
        Some("done=level") => "The person sees this much from now on.",
        Some("done=proxy") => "They can act from now on.",
        Some("done=end") => "They cannot act any more.",
        _ => "",
    };
    let patient = patient(&portal, &id).await?;
    page(&portal, &headers, Some(patient), &Typed::default(), done)
}

async fn patient(portal: &Portal, id: &str) -> Result<OnlinePatient, Refusal> {
    let failed = |failure| portal.failure(&failure);
    let id = ResourceId::parse(id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let (level, is_decided) = portal.app.record_level(&id).await.map_err(failed)?;
    let proxies = portal.app.proxies_of_patient(&id).await.map_err(failed)?;
    let identity = portal.app.identity(&id).await.map_err(failed)?;
    let born = identity.born.as_ref().map_or_else(
        || "on a day that is not recorded".to_owned(),
        |born| when::words(&born.text, &portal.options.zone),
    );
    let levels = LEVELS.map(|(each, words)| LevelChoice {
        code: each.as_str(),
        words,
        is_chosen: each == level,
    });
    Ok(OnlinePatient {
        id: id.to_string(),
        name: banner::name(&identity.name).formal(),
        born,
        is_by_age: !is_decided,
        levels: levels.to_vec(),
        proxies: proxies.iter().map(linked).collect(),
    })
}

async fn set_level(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let patient = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let level = RecordLevel::parse(form.text("level"));
    let level = level.ok_or_else(|| portal.problem(Problem::BadRequest))?;
    let by = portal.signature();
    let done = portal.app.set_record_level(&patient, level, &by, from.address()).await;
    done.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other(&format!("/practice/access/{patient}?done=level")))
}

async fn add_proxy(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let patient_id = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let level = RecordLevel::parse(form.text("proxy-level"));
    let level = level.ok_or_else(|| portal.problem(Problem::BadRequest))?;
    let mut typed = Typed {
        delegate: form.text("delegate").to_owned(),
        until: form.text("until").trim().to_owned(),
        ..Typed::default()
    };
    match by_number(&portal, &typed.delegate).await? {
        Err(error) => typed.errors.push(("delegate", error)),
        Ok(delegate) => {
            let proxy = Proxy {
                delegate,
                level,
                may_book: form.text("book") == "yes",
                until: typed.until.clone(),
            };
            let new =
                NewProxy { patient: patient_id.clone(), proxy, from: from.address().to_owned() };
            match portal.app.add_proxy(new, &portal.signature()).await {
                Ok(_) => {
                    return Ok(see_other(&format!("/practice/access/{patient_id}?done=proxy")));
                }
                Err(failure) if failure.category == Category::Invalid => {
                    let place = failure.issues.first().and_then(|issue| issue.expression.clone());
                    typed.errors.push(if place.as_deref() == Some("until") {
                        ("until", "Enter a day that is not over, for example 2027-03-31".to_owned())
                    } else {
                        ("delegate", "Nobody acts for themselves".to_owned())
                    });
                }
                Err(failure) => return Err(portal.failure(&failure)),
            }
        }
    }
    let patient = patient(&portal, &id).await?;
    page(&portal, &headers, Some(patient), &typed, "")
}

async fn end_proxy(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let patient = ResourceId::parse(&id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    let agreement = ResourceId::parse(form.text("agreement"));
    let agreement = agreement.ok_or_else(|| portal.problem(Problem::NotFound))?;
    let done = portal.app.end_proxy(&agreement, &portal.signature(), from.address()).await;
    done.map_err(|failure| portal.failure(&failure))?;
    Ok(see_other(&format!("/practice/access/{patient}?done=end")))
}

fn page(
    portal: &Portal,
    headers: &HeaderMap,
    patient: Option<OnlinePatient>,
    typed: &Typed,
    done: &'static str,
) -> Answer {
    let error = |field: &str| {
        typed.errors.iter().find(|(known, _)| *known == field).map(|(_, error)| error.clone())
    };
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::OnlineAccess, "Online access to records");
    layout.has_errors = !typed.errors.is_empty();
    let errors = typed.errors.iter().map(|(field, error)| ((*field).to_owned(), error.clone()));
    let page = OnlineAccessPage {
        layout,
        done,
        summary: ErrorSummary { errors: errors.collect() },
        number: TextInput {
            id: "number",
            label: "NHS number of the patient",
            value: typed.number.clone(),
            error: error("number"),
            width: 10,
            numeric: true,
            ..TextInput::default()
        },
        patient,
        delegate: TextInput {
            id: "delegate",
            label: "Their NHS number",
            hint: "Of the one who is to act; they are a patient of yours too",
            value: typed.delegate.clone(),
            error: error("delegate"),
            width: 10,
            numeric: true,
        },
        until: TextInput {
            id: "until",
            label: "Last day (you can leave this empty)",
            hint: "For example 2027-03-31",
            value: typed.until.clone(),
            error: error("until"),
            width: 10,
            ..TextInput::default()
        },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

async fn show_hide(
    State(portal): State<Arc<Portal>>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let key = key(&portal, &kind, &id)?;
    hide_page(&portal, &headers, &key, String::new(), None).await
}

async fn hide(
    State(portal): State<Arc<Portal>>,
    Extension(from): Extension<From>,
    Path((kind, id)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let key = key(&portal, &kind, &id)?;
    let request = HideRequest {
        key: key.clone(),
        hide: form.text("hide") == "yes",
        reason: form.text("reason").to_owned(),
        from: from.address().to_owned(),
    };
    match portal.app.hide_entry(&request, &portal.signature()).await {
        Ok(()) => Ok(see_other(&format!("/clinician/lineage/{key}"))),
        Err(failure) if failure.category == Category::Invalid => {
            let error = "Say why, in 5 to 500 characters".to_owned();
            hide_page(&portal, &headers, &key, request.reason, Some(error)).await
        }
        Err(failure) => Err(portal.failure(&failure)),
    }
}

fn key(portal: &Portal, kind: &str, id: &str) -> Result<ResourceKey, Refusal> {
    let resource_type = portal.app.resource_type(kind).map_err(|f| portal.failure(&f))?;
    let id = ResourceId::parse(id).ok_or_else(|| portal.problem(Problem::NotFound))?;
    Ok(ResourceKey { resource_type, id })
}

async fn hide_page(
    portal: &Portal,
    headers: &HeaderMap,
    key: &ResourceKey,
    reason: String,
    error: Option<String>,
) -> Answer {
    let failed = |failure| portal.failure(&failure);
    let lineage = portal.app.value_lineage(key, "", None).await.map_err(failed)?;
    let Some(patient) = &lineage.patient else { return Err(portal.problem(Problem::NotFound)) };
    let is_hidden = portal.app.is_hidden(key, &patient.id).await.map_err(failed)?;
    let token = Token::of(headers);
    let mut layout = portal.layout(Area::Find, "Hide an entry");
    layout.has_errors = error.is_some();
    let page = HidePage {
        layout,
        entry: key.to_string(),
        words: lineage.value.clone(),
        is_hidden,
        back: format!("/clinician/lineage/{key}"),
        reason,
        summary: ErrorSummary {
            errors: error.into_iter().map(|error| ("reason".to_owned(), error)).collect(),
        },
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}
