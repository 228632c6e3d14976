//! The demo's appointments: at one practice of each site, the one that its first person is registered with,
//! kinds of appointment, clinicians, sessions for three weeks, and some people booked.
//!
//! What stands in the book is made in `demo_week`; here the practice and its patients are found among what
//! the simulated systems have sent, and everything of a practice is written in one transaction.

use std::sync::Arc;

use anyhow::Context;
use booking::model::Sex;
use booking::visibility::Person;
use booking::zone;
use fhir::{Element, Tree, Value};
use interactions::{App, BundleRequest, Handling, Return, SearchOptions, WriteOptions};
use jiff::Timestamp;
use testkit::{Area, Clinician, Practice, Site, System};

use crate::command::demo_week::{self, Surgery};

const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";
const NHS_NUMBER: &str = "https://fhir.nhs.uk/Id/nhs-number";
const GMP_NUMBER: &str = "https://fhir.hl7.org.uk/Id/gmp-number";
/// People of a practice who are booked, at the most.
const PATIENTS_MAX: usize = 60;

/// What was made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Made {
    /// How many slots.
    pub(crate) slots: usize,
    /// How many bookings.
    pub(crate) bookings: usize,
}

/// Makes the books, once the people are there.
pub(crate) async fn make(app: &Arc<App>, area: &Area) -> anyhow::Result<Made> {
    let now = Timestamp::from_microsecond(app.clock.now()).context("the clock")?;
    let mut made = Made::default();
    for site in Site::ALL {
        let Some(surgery) = surgery(app, area, site).await? else { continue };
        let book = demo_week::book(&surgery, area.options().seed, now);
        write(app, &book.resources).await?;
        made.slots += book.slots;
        made.bookings += book.bookings;
    }
    Ok(made)
}

/// The practice of a site's first person, as its system has sent it; none where it sent nothing.
async fn surgery(app: &Arc<App>, area: &Area, site: Site) -> anyhow::Result<Option<Surgery>> {
    let hero = testkit::hero_nhs_number(site, 0);
    let Some(person) = area.people().iter().find(|person| person.nhs_number == hero) else {
        return Ok(None);
    };
    let practice = &area.site(site).practices[person.practice];
    let source = format!("urn:careloom:feed:{}", System::Gp.feed(site));
    let query = format!("identifier={ODS}|{}&_source={source}", practice.code);
    let Some(organisation) = find(app, "Organization", &query).await?.into_iter().next() else {
        return Ok(None);
    };
    let organisation = reference("Organization", organisation.root());
    let query =
        format!("identifier={NHS_NUMBER}|{hero}&_source={source}&organization={organisation}");
    let mut patients = find(app, "Patient", &query).await?;
    if patients.is_empty() {
        return Ok(None);
    }
    let query = format!("organization={organisation}&_source={source}&_count={PATIENTS_MAX}");
    patients.extend(find(app, "Patient", &query).await?);
    let mut doctors = Vec::new();
    for doctor in practice.doctors.iter().take(3) {
        doctors.push((doctor_reference(app, doctor, &source).await?, doctor.full_name()));
    }
    let doctors = doctors.try_into();
    let Ok(doctors) = doctors else { anyhow::bail!("{} has too few doctors", practice.name) };
    let mut people: Vec<Person> = Vec::new();
    for patient in &patients {
        let person = person_of(patient.root());
        let is_known = people.iter().any(|other| other.reference == person.reference);
        if !is_known && !is_dead(patient.root()) {
            people.push(person);
        }
    }
    let (name, address) = (practice.name.clone(), one_line(practice));
    Ok(Some(Surgery { site, organisation, name, address, source, doctors, patients: people }))
}

fn one_line(practice: &Practice) -> String {
    format!("{}, {}", practice.street, practice.postcode)
}

/// A doctor's Practitioner, made where no patient of theirs has brought it yet.
async fn doctor_reference(app: &App, doctor: &Clinician, source: &str) -> anyhow::Result<String> {
    let query = format!("identifier={GMP_NUMBER}|{}&_source={source}", doctor.code);
    if let Some(known) = find(app, "Practitioner", &query).await?.first() {
        return Ok(reference("Practitioner", known.root()));
    }
    let text = Element::string;
    let object = |members: Vec<(&str, Element)>| {
        Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let name = object(vec![
        ("family", text(doctor.family.as_str())),
        ("given", Element::Array(vec![text(doctor.given.as_str())])),
        ("prefix", Element::Array(vec![text(doctor.prefix)])),
    ]);
    let identifier =
        object(vec![("system", text(GMP_NUMBER)), ("value", text(doctor.code.as_str()))]);
    let made = object(vec![
        ("resourceType", text("Practitioner")),
        ("meta", object(vec![("source", text(source))])),
        ("identifier", Element::Array(vec![identifier])),
        ("name", Element::Array(vec![name])),
    ]);
    let tree = Tree::parse(&made.to_compact())?;
    let practitioner = app.resource_type("Practitioner").map_err(failed)?;
    let written =
        app.create(practitioner, &tree, &WriteOptions::default()).await.map_err(failed)?;
    Ok(written.stored.key.to_string())
}

fn reference(kind: &str, resource: Value<'_>) -> String {
    format!("{kind}/{}", resource.text_of("id").unwrap_or_default())
}

fn person_of(patient: Value<'_>) -> Person {
    Person {
        reference: reference("Patient", patient),
        birth_date: patient.text_of("birthDate").and_then(zone::read_date),
        sex: patient.text_of("gender").and_then(Sex::parse),
        is_registered: true,
        ..Person::default()
    }
}

fn is_dead(patient: Value<'_>) -> bool {
    patient.get("deceasedDateTime").is_some()
        || patient.get("deceasedBoolean").and_then(Value::as_bool) == Some(true)
}

/// The resources that a search finds, on its first page.
async fn find(app: &App, kind: &str, query: &str) -> anyhow::Result<Vec<Tree>> {
    let resource_type = app.resource_type(kind).map_err(failed)?;
    let pairs = interactions::decode_query(query);
    let options = SearchOptions { handling: Handling::Strict };
    let answer = app.search(resource_type, &pairs, options).await.map_err(failed)?;
    let bundle = Tree::parse(&answer.bundle)?;
    let resources = bundle.root().all("entry").filter_map(|entry| entry.get("resource"));
    resources.map(|resource| Ok(Tree::parse(resource.raw().as_bytes())?)).collect()
}

/// Writes resources under their own ids, all or none.
async fn write(app: &Arc<App>, resources: &[Element]) -> anyhow::Result<()> {
    let string = |value: &Element, name: &str| {
        value.get(name).and_then(Element::as_str).unwrap_or_default().to_owned()
    };
    let mut entries = Vec::with_capacity(resources.len());
    for resource in resources {
        let url = format!("{}/{}", string(resource, "resourceType"), string(resource, "id"));
        let mut request = Element::object();
        request.set("method", Element::string("PUT"));
        request.set("url", Element::string(url));
        let mut entry = Element::object();
        entry.set("resource", resource.clone());
        entry.set("request", request);
        entries.push(entry);
    }
    let mut bundle = Element::object();
    bundle.set("resourceType", Element::string("Bundle"));
    bundle.set("type", Element::string("transaction"));
    bundle.set("entry", Element::Array(entries));
    let tree = Arc::new(Tree::parse(&bundle.to_compact())?);
    let request = BundleRequest { tree, answer: Return::Minimal, handling: Handling::Strict };
    app.process_bundle(request).await.map_err(failed)?;
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(failure: interactions::Failure) -> anyhow::Error {
    anyhow::anyhow!("an appointment of the demonstration: {failure}")
}
