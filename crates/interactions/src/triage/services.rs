//! Who can help with an outcome, near by and in time, and why the others cannot: the directory of services,
//! read from HealthcareService and Location resources.
//!
//! A GP surgery is offered to its own patients only, and what has a place only to whoever says where they are.

use std::collections::{BTreeMap, BTreeSet};

use ::search::Handling;
use ::store::SearchCursor;
use ::triage::Outcome;
use ::triage::directory::{
    self, Circumstances, Contact, KIND, Need, Offer, Open, Reason, Service, ServiceTypes,
};
use booking::template::{Nation, bank_holidays};
use fhir::{ResourceId, Tree, Value};
use jiff::Timestamp;
use jiff::civil::Date;

use super::journey::Journey;
use super::place::point_of;
use super::refer::Way;
use super::{instant, london};
use crate::app::App;
use crate::failure::Failure;

/// Services of the directory that are looked at.
const SERVICES_MAX: usize = 5_000;
/// Services that are read at once.
const PAGE: usize = 500;
/// Metres that are not too far.
const METRES_MAX: u32 = 25_000;
/// Services of each kind that are offered.
const PER_KIND: usize = 3;
/// Minutes for which a service must be open for somebody to get there.
const OPEN_MINUTES: u32 = 20;
/// Services left out that are told of.
const LEFT_OUT_MAX: usize = 12;
/// Kinds that see only who is registered with them.
const OWN_ONLY: &str = "gp-practice";
/// Identifiers of organisations.
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

/// A service that can help.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceOffer {
    /// Its HealthcareService.
    pub id: ResourceId,
    /// Its name.
    pub name: String,
    /// What kind of service it is, in words.
    pub kind: String,
    /// Its address in one line; empty where one calls it.
    pub address: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// How far it is.
    pub metres: Option<u32>,
    /// When it is open.
    pub open: Open,
    /// Whether it is open day and night.
    pub is_always_open: bool,
    /// Whether one can go there.
    pub may_go: bool,
    /// How it can be arranged from here.
    pub way: Option<Way>,
    /// The organisation that provides it, by its ODS code.
    pub(super) organisation: Option<String>,
}

/// Why a service is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A rule of the directory.
    Rule(Reason),
    /// It sees its own patients only, and the person is not known to be one.
    NotTheirs,
    /// It has a place, and where the person is, is not known.
    NoPlace,
}

/// A service that is left out.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOutService {
    /// Its name.
    pub name: String,
    /// What kind of service it is, in words.
    pub kind: String,
    /// Every reason.
    pub why: Vec<Why>,
}

/// What the directory says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Services {
    /// Services in the order in which they are offered.
    pub offered: Vec<ServiceOffer>,
    /// Services of the right sort that are left out, with why.
    pub left_out: Vec<LeftOutService>,
    /// Whether it is known where the person is.
    pub is_place_known: bool,
}

/// A service of the directory with what the rules do not need.
struct Listed {
    id: ResourceId,
    organisation: Option<String>,
}

impl App {
    /// The services for the outcome of a journey.
    pub async fn triage_services(&self, token: &str) -> Result<Services, Failure> {
        let Some(ended) = self.triage_ended(token).await? else { return Ok(Services::default()) };
        let held = self.triage_held(token).await?;
        self.triage_services_of(&held.journey, &ended.outcome).await
    }

    pub(super) async fn triage_services_of(
        &self,
        journey: &Journey,
        outcome: &Outcome,
    ) -> Result<Services, Failure> {
        let disposition = &outcome.disposition;
        let place = point_of(&journey.postcode);
        let mut services = Services { is_place_known: place.is_some(), ..Services::default() };
        // After a 999 nothing stands beside "call 999".
        if disposition.is_emergency() || !disposition.services {
            return Ok(services);
        }
        let types = kinds()?;
        let own = self.triage_own(journey).await?;
        let mut found = Vec::new();
        let mut listed = BTreeMap::new();
        for (each, service) in self.triage_directory(&types).await? {
            let is_own = each.organisation.as_ref().is_some_and(|code| own.contains(code));
            let why = if service.kind == OWN_ONLY && !is_own {
                Some(Why::NotTheirs)
            } else if service.place.is_some() && place.is_none() {
                Some(Why::NoPlace)
            } else {
                None
            };
            if let Some(why) = why {
                services.left_out.extend(left_out(&types, outcome, &service, why));
            } else {
                listed.insert(service.id.clone(), each);
                found.push(service);
            }
        }
        let now = instant(self.clock.now());
        let circumstances = Circumstances {
            now,
            zone: london(),
            bank_holidays: holidays(now),
            place,
            metres_max: METRES_MAX,
            per_type_max: PER_KIND,
            open_minutes_min: OPEN_MINUTES,
            contact: None,
        };
        let need = Need::of(outcome);
        let answer = directory::search(&found, &need, &circumstances, &types);
        for offer in &answer.offered {
            if let Some(each) = listed.remove(&offer.service.id) {
                services.offered.push(offered(&types, offer, each));
            }
        }
        for left in answer.left_out {
            let is_of_the_sort = !left.reasons.iter().any(|reason| {
                matches!(reason, Reason::Disposition | Reason::Symptom | Reason::NotActive)
            });
            if is_of_the_sort {
                services.left_out.push(LeftOutService {
                    name: left.service.name.clone(),
                    kind: kind_words(&types, left.service),
                    why: left.reasons.into_iter().map(Why::Rule).collect(),
                });
            }
        }
        services.left_out.truncate(LEFT_OUT_MAX);
        Ok(services)
    }

    /// The organisations that the person of a journey is registered with.
    async fn triage_own(&self, journey: &Journey) -> Result<BTreeSet<String>, Failure> {
        let Some(patient) = journey.patient() else { return Ok(BTreeSet::new()) };
        let patients = self.person_of_patient(&patient).await;
        let patients = patients.map_or_else(|| vec![patient], |(_, patients)| patients);
        self.triage_organisations(&patients).await
    }

    /// The directory: every HealthcareService of a kind that triage knows, with its Location.
    async fn triage_directory(
        &self,
        types: &ServiceTypes,
    ) -> Result<Vec<(Listed, Service)>, Failure> {
        let app = self.elevated();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let pairs = [
            pair("service-type", format!("{KIND}|")),
            pair("_include", "HealthcareService:location".to_owned()),
            pair("_count", PAGE.to_string()),
        ];
        let resource_type = app.resource_type("HealthcareService")?;
        let (search, _) = app.parse_search(resource_type, &pairs, Handling::Strict)?;
        let (mut services, mut cursor) = (Vec::new(), None::<SearchCursor>);
        let zone = london();
        loop {
            let page = app.store.search(&search, cursor.as_ref()).await?;
            let trees: Vec<(ResourceId, Tree)> = page
                .hits
                .iter()
                .filter_map(|hit| {
                    let tree = Tree::parse(hit.resource.body.as_deref()?).ok()?;
                    Some((hit.resource.key.id.clone(), tree))
                })
                .collect();
            let is_location = |tree: &Tree| tree.resource_type() == Some("Location");
            let locations: Vec<Value<'_>> =
                trees.iter().filter(|(_, t)| is_location(t)).map(|(_, t)| t.root()).collect();
            for (id, tree) in trees.iter().filter(|(_, tree)| !is_location(tree)) {
                let own = locations_of(tree.root(), &locations);
                let (service, issues) = directory::read(tree.root(), &own, types, &zone);
                for issue in issues {
                    tracing::warn!(service = %id, problem = %issue.message, "directory of services");
                }
                let organisation = organisation_of(tree.root());
                services.extend(service.map(|s| (Listed { id: id.clone(), organisation }, s)));
            }
            cursor = page.next;
            if cursor.is_none() || services.len() >= SERVICES_MAX {
                return Ok(services);
            }
        }
    }
}

fn kinds() -> Result<ServiceTypes, Failure> {
    ServiceTypes::embedded().map_err(|problem| {
        let message = format!("the table of kinds of service cannot be read: {problem}");
        Failure::plain(crate::Category::Fault, fhir::IssueCode::Exception, message)
    })
}

/// Of a page's Locations, those that a service names.
fn locations_of<'t>(service: Value<'t>, locations: &[Value<'t>]) -> Vec<Value<'t>> {
    let named: Vec<&str> = service
        .all("location")
        .filter_map(|each| each.text_of("reference")?.strip_prefix("Location/"))
        .collect();
    let is_named = |place: &&Value<'t>| place.text_of("id").is_some_and(|id| named.contains(&id));
    locations.iter().filter(is_named).copied().collect()
}

fn organisation_of(service: Value<'_>) -> Option<String> {
    let identifier = service.at("providedBy.identifier")?;
    let is_ods = identifier.text_of("system") == Some(ODS);
    identifier.text_of("value").filter(|_| is_ods).map(str::to_owned)
}

fn kind_words(types: &ServiceTypes, service: &Service) -> String {
    types.get(&service.kind).map_or_else(|| "Service".to_owned(), |kind| kind.name.clone())
}

/// A service that is left out before the rules are asked, where it is of the right sort at all.
fn left_out(
    types: &ServiceTypes,
    outcome: &Outcome,
    service: &Service,
    why: Why,
) -> Option<LeftOutService> {
    // All other surgeries of the country would say no more than one sentence does.
    let is_told = why == Why::NoPlace
        && service.dispositions.contains(&outcome.disposition.code)
        && service.symptoms.iter().any(|(group, _)| *group == outcome.symptom_group);
    let (name, kind) = (service.name.clone(), kind_words(types, service));
    is_told.then(|| LeftOutService { name, kind, why: vec![why] })
}

fn offered(types: &ServiceTypes, offer: &Offer<'_>, listed: Listed) -> ServiceOffer {
    let service = offer.service;
    let has = |contact| service.contacts.contains(&contact);
    let way = match offer.service.kind.as_str() {
        _ if has(Contact::CallBack) && !has(Contact::Book) => Some(Way::CallBack),
        "pharmacy" if offer.may_book => Some(Way::Referral),
        _ if offer.may_book => Some(Way::Appointment),
        _ => None,
    };
    ServiceOffer {
        id: listed.id,
        name: service.name.clone(),
        kind: kind_words(types, service),
        address: service.address.clone(),
        phone: service.phone.clone(),
        metres: offer.metres,
        open: offer.open,
        is_always_open: service.opening.always,
        may_go: has(Contact::GoTo),
        way,
        organisation: listed.organisation,
    }
}

/// England's bank holidays of this year and the next.
fn holidays(now: Timestamp) -> BTreeSet<Date> {
    let year = now.to_zoned(london()).year();
    let of = |year| bank_holidays(Nation::England, year, &[]).into_iter().map(|day| day.date);
    of(year).chain(of(year.saturating_add(1))).collect()
}
