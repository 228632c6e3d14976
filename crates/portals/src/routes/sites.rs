//! What is switched on where: sites, features, decisions with a preview of whom they reach, history.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use interactions::rollout::rules::feature as feature_of;
use interactions::rollout::rules::{Change, Eligibility, FEATURES, Feature, Site, State as Switch};
use interactions::rollout::{ELSEWHERE, NewChange, Sites};
use interactions::{Category, Failure};
use jiff::tz::TimeZone;

use super::answer::{Answer, Refusal, see_other};
use super::csrf::Token;
use super::form::{Body, Form};
use super::gate::State;
use super::portal::Portal;
use crate::components::form::{ErrorSummary, TextInput};
use crate::console::sites::{ChangeLine, FeaturePage, SiteRow, SitesPage};
use crate::layout::Area;
use crate::patient::when;
use crate::problem::Problem;

/// The addresses of these pages.
pub(super) fn routes() -> Router<Arc<Portal>> {
    Router::new()
        .route("/console/sites", get(list).post(save))
        .route("/console/sites/{site}/{feature}", get(one))
        .route("/console/sites/{site}/{feature}/change", post(change))
}

/// The fields of a site's form.
#[derive(Default)]
struct SiteFields {
    id: String,
    name: String,
    practices: String,
}

async fn list(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let is_done = query.as_deref() == Some("done=yes");
    sites_page(&portal, &headers, is_done, &SiteFields::default(), &[]).await
}

async fn sites_page(
    portal: &Portal,
    headers: &HeaderMap,
    is_done: bool,
    fields: &SiteFields,
    wrong: &[(String, String)],
) -> Answer {
    let sites = portal.app.sites().await.map_err(|failure| portal.failure(&failure))?;
    let today = portal.app.rollout_day();
    let mut layout = portal.layout(Area::Sites, "Roll-out");
    layout.has_errors = !wrong.is_empty();
    let token = Token::of(headers);
    let row = |site: &Site| SiteRow {
        id: site.id.clone(),
        name: site.name.clone(),
        practices: site.practices.join(" "),
        states: FEATURES
            .iter()
            .map(|one| (one.id, one.words, standing(site, one, &today)))
            .collect(),
    };
    let elsewhere = sites.elsewhere.clone().unwrap_or_else(nowhere);
    let page = SitesPage {
        layout,
        is_done,
        rows: sites.all.iter().chain([&elsewhere]).map(row).collect(),
        summary: ErrorSummary { errors: wrong.to_vec() },
        id: field(
            "id",
            "Short name",
            "Letters a to z, digits and hyphens. A name that is there already changes that site.",
            &fields.id,
            wrong,
        ),
        name: field("name", "Name", "As people call the place.", &fields.name, wrong),
        practices: field(
            "practices",
            "Practices",
            "ODS codes with spaces between them, or feed: with the name of a feed.",
            &fields.practices,
            wrong,
        ),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

async fn save(State(portal): State<Arc<Portal>>, headers: HeaderMap, body: Body) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let text = |name: &str| form.text(name).to_owned();
    let fields = SiteFields { id: text("id"), name: text("name"), practices: text("practices") };
    let split = fields.practices.split([' ', ',', '\n', '\r', '\t']);
    let practices: Vec<String> = split.filter(|part| !part.is_empty()).map(str::to_owned).collect();
    match portal.app.save_site(&fields.id, &fields.name, &practices).await {
        Ok(()) => Ok(see_other("/console/sites?done=yes")),
        Err(failure) => {
            let wrong = wrong_fields(&portal, &failure)?;
            sites_page(&portal, &headers, false, &fields, &wrong).await
        }
    }
}

/// The fields of a decision's form, as they were typed.
#[derive(Clone, Default)]
struct ChangeFields {
    state: String,
    from: String,
    note: String,
    why: String,
    practices: String,
    age_from: String,
    age_to: String,
    share: String,
}

impl ChangeFields {
    fn of(change: Option<&Change>, today: &str) -> ChangeFields {
        let mut fields = ChangeFields {
            state: "off".to_owned(),
            from: today.to_owned(),
            share: "100".to_owned(),
            ..ChangeFields::default()
        };
        let Some(change) = change else { return fields };
        change.state.code().clone_into(&mut fields.state);
        fields.note.clone_from(&change.note);
        if let Switch::Pilot(pilot) = &change.state {
            let age = |age: Option<u16>| age.map(|age| age.to_string()).unwrap_or_default();
            fields.practices = pilot.practices.join(" ");
            (fields.age_from, fields.age_to) = (age(pilot.age_from), age(pilot.age_to));
            fields.share = pilot.share.to_string();
        }
        fields
    }

    fn read(form: &Form) -> ChangeFields {
        let text = |name: &str| form.text(name).trim().to_owned();
        ChangeFields {
            state: text("state"),
            from: text("from"),
            note: text("note"),
            why: text("why"),
            practices: text("practices"),
            age_from: text("age-from"),
            age_to: text("age-to"),
            share: text("share"),
        }
    }

    /// The decision, or the fields that cannot be read.
    fn decision(&self) -> Result<NewChange, Vec<(String, String)>> {
        let mut wrong = Vec::new();
        let mut age = |name: &str, text: &str| match text {
            "" => None,
            text => text
                .parse::<u16>()
                .map_err(|_| {
                    wrong.push((name.to_owned(), "Enter an age in years".to_owned()));
                })
                .ok(),
        };
        let (age_from, age_to) = (age("age-from", &self.age_from), age("age-to", &self.age_to));
        let practices = self.practices.split([' ', ',']).filter(|part| !part.is_empty());
        let state = match self.state.as_str() {
            "off" => Switch::Off,
            "on" => Switch::On,
            "pilot" => {
                let share = self.share.parse::<u8>().unwrap_or(0);
                let practices = practices.map(str::to_owned).collect();
                Switch::Pilot(Eligibility { practices, age_from, age_to, share })
            }
            _ => {
                wrong.push(("state".to_owned(), "Choose off, pilot or on".to_owned()));
                Switch::Off
            }
        };
        let (from, note, why) = (self.from.clone(), self.note.clone(), self.why.clone());
        if wrong.is_empty() { Ok(NewChange { state, from, note, why }) } else { Err(wrong) }
    }
}

async fn one(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    Path((site, feature)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (site, feature) = find(&portal, &site, &feature).await?;
    let today = portal.app.rollout_day();
    let plan = site.plans.get(feature.id);
    let fields = ChangeFields::of(plan.and_then(|plan| plan.in_force(&today)), &today);
    let done = if query.as_deref() == Some("done=yes") { "The decision is kept." } else { "" };
    feature_page(&portal, &headers, &site, feature, &fields, done, &[])
}

async fn change(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    Path((site, feature)): Path<(String, String)>,
    body: Body,
) -> Answer {
    let form = Form::read(&portal, &headers, body)?;
    let (site, feature) = find(&portal, &site, &feature).await?;
    let fields = ChangeFields::read(&form);
    let new = match fields.decision() {
        Ok(new) => new,
        Err(wrong) => return feature_page(&portal, &headers, &site, feature, &fields, "", &wrong),
    };
    if form.text("step") != "save" {
        let reach = portal.app.reach(&site, feature.id, &new).await;
        let reach = reach.map_err(|failure| portal.failure(&failure))?;
        let cut = if reach.is_cut { " More patients were not counted." } else { "" };
        let told = format!(
            "It would reach about {} of {} patients.{cut} Nothing is changed yet.",
            reach.reached, reach.patients
        );
        return feature_page(&portal, &headers, &site, feature, &fields, &told, &[]);
    }
    let by = portal.signature();
    match portal.app.change_feature(&site.id, feature.id, &new, &by).await {
        Ok(()) => Ok(see_other(&format!("/console/sites/{}/{}?done=yes", site.id, feature.id))),
        Err(failure) => {
            let wrong = wrong_fields(&portal, &failure)?;
            feature_page(&portal, &headers, &site, feature, &fields, "", &wrong)
        }
    }
}

fn feature_page(
    portal: &Portal,
    headers: &HeaderMap,
    site: &Site,
    feature: &'static Feature,
    fields: &ChangeFields,
    told: &str,
    wrong: &[(String, String)],
) -> Answer {
    let mut layout = portal.layout(Area::Sites, format!("{}: {}", site.name, feature.words));
    layout.has_errors = !wrong.is_empty();
    let token = Token::of(headers);
    let changes = site.plans.get(feature.id).map(|plan| plan.changes.as_slice());
    let today = portal.app.rollout_day();
    let text = |id, label, hint, value: &str| field(id, label, hint, value, wrong);
    let page = FeaturePage {
        layout,
        address: format!("/console/sites/{}/{}", site.id, feature.id),
        now: standing(site, feature, &today),
        told: told.to_owned(),
        summary: ErrorSummary { errors: wrong.to_vec() },
        state: fields.state.clone(),
        from: text("from", "First day", "As 2026-01-31", &fields.from),
        practices: text(
            "practices",
            "Practices of a pilot",
            "Empty for all of the site",
            &fields.practices,
        ),
        age_from: text("age-from", "Youngest age in a pilot", "", &fields.age_from),
        age_to: text("age-to", "Oldest age in a pilot", "", &fields.age_to),
        share: text(
            "share",
            "How many of 100 people in a pilot",
            "Chosen by chance; nobody loses it when the number grows",
            &fields.share,
        ),
        note: text(
            "note",
            "Note to patients",
            "Shown where the feature would be, such as a number to phone. Up to 300 characters",
            &fields.note,
        ),
        why: text(
            "why",
            "Why you change this",
            "Kept in the history. Do not name a person",
            &fields.why,
        ),
        history: changes.unwrap_or_default().iter().rev().map(|one| line(portal, one)).collect(),
        csrf: token.value.clone(),
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// A site and a feature by what stands in an address.
async fn find(
    portal: &Portal,
    site: &str,
    feature: &str,
) -> Result<(Site, &'static Feature), Refusal> {
    let sites = portal.app.sites().await.map_err(|failure| portal.failure(&failure))?;
    let Sites { all, elsewhere } = sites;
    let found = match site {
        ELSEWHERE => Some(elsewhere.unwrap_or_else(nowhere)),
        id => all.into_iter().find(|site| site.id == id),
    };
    match (found, feature_of(feature)) {
        (Some(site), Some(feature)) => Ok((site, feature)),
        _ => Err(portal.problem(Problem::NotFound)),
    }
}

/// Everywhere else, where nobody has decided anything.
fn nowhere() -> Site {
    Site {
        id: ELSEWHERE.to_owned(),
        name: "Everywhere else".to_owned(),
        practices: Vec::new(),
        plans: <_>::default(),
    }
}

/// The fields that a use case has found wrong; else the page of its failure.
fn wrong_fields(portal: &Portal, failure: &Failure) -> Result<Vec<(String, String)>, Refusal> {
    if failure.category != Category::Invalid {
        return Err(portal.failure(failure));
    }
    let wrong = failure.issues.iter().map(|issue| {
        let field = issue.expression.as_deref().unwrap_or("from");
        (field.to_owned(), first_upper(&issue.message))
    });
    Ok(wrong.collect())
}

fn first_upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn field(
    id: &'static str,
    label: &'static str,
    hint: &'static str,
    value: &str,
    wrong: &[(String, String)],
) -> TextInput {
    let error = wrong.iter().find(|(name, _)| name == id).map(|(_, words)| words.clone());
    TextInput { id, label, hint, value: value.to_owned(), error, ..TextInput::default() }
}

/// How a feature stands at a site, with what is planned.
fn standing(site: &Site, feature: &Feature, today: &str) -> String {
    let plan = site.plans.get(feature.id);
    let now = match plan.and_then(|plan| plan.in_force(today)) {
        Some(change) => state_words(&change.state),
        None if site.id == ELSEWHERE => "On, not decided".to_owned(),
        None => "Off, not decided".to_owned(),
    };
    match plan.and_then(|plan| plan.next(today)) {
        Some(next) => format!("{now}; from {}: {}", day(&next.from), state_words(&next.state)),
        None => now,
    }
}

fn state_words(state: &Switch) -> String {
    let Switch::Pilot(Eligibility { practices, age_from, age_to, share }) = state else {
        return if *state == Switch::On { "On" } else { "Off" }.to_owned();
    };
    let mut words = format!("Pilot, {share} of 100 people");
    if let Some(age) = age_from {
        words.push_str(&format!(", from {age} years"));
    }
    if let Some(age) = age_to {
        words.push_str(&format!(", up to {age} years"));
    }
    if !practices.is_empty() {
        words.push_str(&format!(", at {}", practices.join(" ")));
    }
    words
}

fn day(day: &str) -> String {
    when::words(day, &TimeZone::UTC)
}

fn line(portal: &Portal, change: &Change) -> ChangeLine {
    ChangeLine {
        at: portal.moment(change.at),
        by: change.by.clone(),
        state: state_words(&change.state),
        from: day(&change.from),
        note: change.note.clone(),
        why: change.why.clone(),
    }
}
