//! Reviewing links: what waits, what was decided, one pair side by side, and the decision.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, RawQuery};
use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::record::Identity;
use interactions::{
    Duty, Explanation, Feature as Compared, PatientPair, Reason, Ruling, RulingRequest, Weights,
    decode_query,
};

use super::answer::{Answer, Refusal, see_other};
use super::csrf::{self, Token};
use super::gate::State;
use super::portal::Portal;
use super::show::banner;
use super::show::words::capitalised;
use crate::components::nhs_number::NhsNumber;
use crate::console::links::{
    DecidedLink, Decision, Feature, LinkPage, LinksPage, Record, WaitingLink,
};
use crate::layout::Area;
use crate::problem::Problem;

/// Pairs on the list.
const SHOWN: usize = 50;
/// Reviews that are counted at the most.
const COUNTED: usize = 10_000;

pub(super) async fn list(
    State(portal): State<Arc<Portal>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let asked = |name: &str| pairs.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let done = match asked("done") {
        Some("same") => "The two records are linked. Undo it below.",
        Some("not-same") => "The two records are kept apart. Undo it below.",
        Some("not-sure") => "The question stays open for somebody else.",
        Some("undone") => "The link is taken back.",
        _ => "",
    };
    let own = portal;
    let portal = own.on_duty(Duty::Links)?;
    let failed = |failure| portal.failure(&failure);
    let reviews = portal.app.open_reviews(COUNTED).await.map_err(failed)?;
    let waiting_total = reviews.len();
    let mut waiting = Vec::new();
    for review in reviews.into_iter().take(SHOWN) {
        let [a, b] = review.sides.map(|side| side.patient);
        own.app.note_shown([&a, &b]);
        if let Some(row) = waiting_row(&portal, &a, &b).await {
            waiting.push(row);
        }
    }
    waiting.sort_by(|a, b| b.total.total_cmp(&a.total));
    let of_person = asked("person").and_then(ResourceId::parse);
    let pairs = match of_person {
        Some(person) => linked_of(&portal, &person).await,
        None => portal.app.ruled_pairs(SHOWN).await.map_err(failed)?,
    };
    let mut decided = Vec::new();
    for pair in &pairs {
        own.app.note_shown(&pair.patients);
        decided.extend(decided_row(&portal, pair).await);
    }
    let token = Token::of(&headers);
    let page = LinksPage {
        layout: portal.layout(Area::Links, "Review links"),
        csrf: token.value.clone(),
        done: done.to_owned(),
        waiting,
        waiting_total,
        decided,
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

/// What joins the records of one person, each with its ruling.
async fn linked_of(portal: &Portal, person: &ResourceId) -> Vec<PatientPair> {
    let Ok(record) = portal.app.record(person, interactions::record::RecordScope::Banner).await
    else {
        return Vec::new();
    };
    let patients: Vec<ResourceId> =
        record.identities.iter().map(|identity| identity.source.key.id.clone()).collect();
    let mut pairs = Vec::new();
    for pair in portal.app.linked_pairs(&patients).await {
        let [a, b] = &pair.patients;
        pairs.push(portal.app.patient_pair(a, b).await.unwrap_or(pair));
    }
    pairs
}

fn href(a: &ResourceId, b: &ResourceId) -> String {
    format!("/console/links/{a}/{b}")
}

async fn identities(portal: &Portal, pair: &PatientPair) -> Option<[Identity; 2]> {
    let [a, b] = &pair.patients;
    Some([portal.app.identity(a).await.ok()?, portal.app.identity(b).await.ok()?])
}

fn formal(identity: &Identity) -> String {
    banner::name(&identity.name).formal()
}

async fn waiting_row(portal: &Portal, a: &ResourceId, b: &ResourceId) -> Option<WaitingLink> {
    let pair = portal.app.patient_pair(a, b).await.ok()?;
    let sides = identities(portal, &pair).await?;
    let since = pair.review.as_ref().map_or(portal.app.clock.now(), |review| review.last_updated);
    Some(WaitingLink {
        href: href(a, b),
        names: [formal(&sides[0]), formal(&sides[1])],
        sources: [0, 1].map(|side| portal.source(&sides[side].source.feed)),
        total: pair.explanation.as_ref().map_or(0.0, |explanation| f64::from(explanation.total)),
        doubt: pair.explanation.as_ref().map(doubts).unwrap_or_default(),
        since: portal.moment(since),
    })
}

fn doubts(explanation: &Explanation) -> String {
    explanation.reasons.iter().map(Reason::words).collect::<Vec<_>>().join("; ")
}

async fn decided_row(portal: &Portal, pair: &PatientPair) -> Option<DecidedLink> {
    let sides = identities(portal, pair).await?;
    let [a, b] = &pair.patients;
    let (decision, by, at) = decision_of(portal, pair)?;
    Some(DecidedLink {
        href: href(a, b),
        names: [formal(&sides[0]), formal(&sides[1])],
        sources: [0, 1].map(|side| portal.source(&sides[side].source.feed)),
        decision,
        by,
        at,
        undo: Some(format!("{}/undo", href(a, b))),
    })
}

fn decision_of(
    portal: &Portal,
    pair: &PatientPair,
) -> Option<(Decision, String, crate::components::moment::Moment)> {
    if let Some(ruled) = &pair.ruled {
        let decision = match ruled.ruling {
            Ruling::Same => Decision::Same,
            Ruling::Different => Decision::NotSame,
        };
        return Some((decision, ruled.by.clone(), portal.moment(ruled.at)));
    }
    let now = portal.app.clock.now();
    pair.linked()
        .then(|| (Decision::Same, "automatically; it stands".to_owned(), portal.moment(now)))
}

pub(super) async fn show(
    State(portal): State<Arc<Portal>>,
    Path((a, b)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    let [a, b] = patients(&portal, &a, &b)?;
    let own = portal;
    let portal = own.on_duty(Duty::Links)?;
    let pair = portal.app.patient_pair(&a, &b).await.map_err(|failure| portal.failure(&failure))?;
    own.app.note_shown(&pair.patients);
    let sides = identities(&portal, &pair).await.ok_or_else(|| portal.problem(Problem::Gone))?;
    let token = Token::of(&headers);
    let [a, b] = &pair.patients;
    let decided = decision_of(&portal, &pair);
    let thresholds = pair.explanation.as_ref().map(|explanation| explanation.thresholds);
    let record = |side: usize| {
        let identity = &sides[side];
        let number = identity.nhs_number.as_ref();
        Record {
            source: portal.source(&identity.source.feed),
            name: formal(identity),
            nhs_number: number
                .map(|n| NhsNumber::new(n.text.as_str(), identity.nhs_number_verified)),
            local_number: identity
                .local_numbers
                .first()
                .map(|n| n.value.clone())
                .unwrap_or_default(),
            updated: portal.moment(identity.source.updated),
            href: pair.persons[side].as_ref().map(|person| format!("/clinician/person/{person}")),
        }
    };
    let page = LinkPage {
        layout: portal.layout(Area::Links, "Is this one person?"),
        csrf: token.value.clone(),
        action: href(a, b),
        version: version(&pair),
        records: [record(0), record(1)],
        features: pair.explanation.iter().flat_map(|e| features(&portal, e, &sides)).collect(),
        total: pair.explanation.as_ref().map_or(0.0, |explanation| f64::from(explanation.total)),
        automatic_from: thresholds.map_or(0.0, |t| f64::from(t.link_bits)),
        review_from: thresholds.map_or(0.0, |t| f64::from(t.review_bits)),
        undo: decided.as_ref().map(|_| format!("{}/undo", href(a, b))),
        decided,
    };
    let mut response = portal.page(&page)?;
    token.set_on(&mut response);
    Ok(response)
}

fn patients(portal: &Portal, a: &str, b: &str) -> Result<[ResourceId; 2], Refusal> {
    match (ResourceId::parse(a), ResourceId::parse(b)) {
        (Some(a), Some(b)) if a != b => Ok([a, b]),
        _ => Err(portal.problem(Problem::NotFound)),
    }
}

/// The version of what was shown, so that two people cannot overwrite each other's decision.
fn version(pair: &PatientPair) -> String {
    pair.review.as_ref().map_or_else(|| "0".to_owned(), |review| review.version.to_string())
}

fn features(portal: &Portal, explanation: &Explanation, sides: &[Identity; 2]) -> Vec<Feature> {
    explanation
        .comparison
        .findings
        .iter()
        .map(|finding| {
            let feature = finding.level.feature();
            Feature {
                name: feature.words().to_owned(),
                values: [0, 1].map(|side| value_of(portal, feature, &sides[side])),
                comparison: capitalised(Weights::built_in().of(finding.level).words),
                weight: f64::from(finding.bits),
            }
        })
        .collect()
}

/// What a record says on a feature; empty where it says nothing, or where the page need not tell.
fn value_of(portal: &Portal, feature: Compared, identity: &Identity) -> String {
    let contact = |label: &str| {
        let of = identity.contacts.iter().filter(|c| (c.label == "Email") == (label == "Email"));
        of.map(|contact| contact.value.clone()).collect::<Vec<_>>().join(", ")
    };
    match feature {
        Compared::NhsNumber => identity
            .nhs_number
            .as_ref()
            .map(|n| NhsNumber::new(n.text.as_str(), identity.nhs_number_verified).grouped())
            .unwrap_or_default(),
        Compared::FamilyName => identity.name.family.clone().unwrap_or_default(),
        Compared::GivenName => first_word(identity.name.given.as_deref()).0,
        Compared::MiddleNames => first_word(identity.name.given.as_deref()).1,
        Compared::BirthDate => {
            identity.born.as_ref().map(|born| portal.when(Some(born)).text).unwrap_or_default()
        }
        Compared::Sex => identity
            .gender
            .as_ref()
            .map(|gender| banner::gender_words(Some(&gender.text)).to_owned())
            .unwrap_or_default(),
        Compared::Postcode => identity.postcode.clone(),
        Compared::Door => identity.address.first().cloned().unwrap_or_default(),
        Compared::Phone => contact("Phone"),
        Compared::Email => contact("Email"),
        Compared::Practice => {
            identity.practice.as_ref().map(|p| p.text.clone()).unwrap_or_default()
        }
        Compared::DeathDate => {
            identity.died.as_ref().map(|died| portal.when(Some(died)).text).unwrap_or_default()
        }
        Compared::BirthOrder => String::new(),
    }
}

fn first_word(given: Option<&str>) -> (String, String) {
    let given = given.unwrap_or("").trim();
    let (first, rest) = given.split_once(' ').unwrap_or((given, ""));
    (first.to_owned(), rest.trim().to_owned())
}

type Body = Result<Bytes, BytesRejection>;

pub(super) async fn decide(
    State(portal): State<Arc<Portal>>,
    Path((a, b)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = checked(&portal, &headers, body)?;
    let answer = form.iter().find(|(name, _)| name == "decision").map(|(_, value)| value.as_str());
    let ruling = match answer {
        Some("same") => Ruling::Same,
        Some("not-same") => Ruling::Different,
        Some("not-sure") => return Ok(see_other("/console/links?done=not-sure")),
        _ => return Err(portal.problem(Problem::BadRequest)),
    };
    rule(&portal, &a, &b, &form, ruling).await?;
    Ok(see_other(match ruling {
        Ruling::Same => "/console/links?done=same",
        Ruling::Different => "/console/links?done=not-same",
    }))
}

/// Takes a decision back: what was joined is taken apart, what was kept apart is joined.
pub(super) async fn undo(
    State(portal): State<Arc<Portal>>,
    Path((a, b)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let form = checked(&portal, &headers, body)?;
    let [first, second] = patients(&portal, &a, &b)?;
    let pair = portal.app.patient_pair(&first, &second).await.map_err(|f| portal.failure(&f))?;
    let ruling = match &pair.ruled {
        Some(ruled) if ruled.ruling == Ruling::Different => Ruling::Same,
        _ => Ruling::Different,
    };
    rule(&portal, &a, &b, &form, ruling).await?;
    Ok(see_other("/console/links?done=undone"))
}

fn checked(
    portal: &Portal,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<(String, String)>, Refusal> {
    let body = body.map_err(|_| portal.problem(Problem::BadRequest))?;
    let form = decode_query(&String::from_utf8_lossy(&body));
    if csrf::holds(headers, &form) { Ok(form) } else { Err(portal.problem(Problem::FormRefused)) }
}

async fn rule(
    portal: &Portal,
    a: &str,
    b: &str,
    form: &[(String, String)],
    ruling: Ruling,
) -> Result<(), Refusal> {
    let [a, b] = patients(portal, a, b)?;
    let failed = |failure| portal.failure(&failure);
    let pair = portal.app.patient_pair(&a, &b).await.map_err(failed)?;
    portal.app.note_shown(&pair.patients);
    let shown = form.iter().find(|(name, _)| name == "version").map(|(_, value)| value.as_str());
    if shown.is_some_and(|shown| shown != version(&pair)) {
        return Err(portal.problem(Problem::Conflict));
    }
    let request = RulingRequest { a, b, ruling, by: portal.signature() };
    portal.app.rule(&request).await.map_err(failed)?;
    Ok(())
}
