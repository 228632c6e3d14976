//! The demo's directory of services: who can help near each site, all invented, and the question sets as
//! Questionnaires. To add a service, add it to [`services`].

use fhir::{Element, ResourceId, Tree};
use interactions::{App, UpdateTarget, WriteOptions};
use jiff::civil::{Time, Weekday, time};
use jiff::tz::TimeZone;
use testkit::{Site, SiteData};
use triage::Library;
use triage::directory::{Contact, Days, Hours, Opening, Point, Service, Session, write};

/// The system of ODS codes.
const ODS: &str = "https://fhir.nhs.uk/Id/ods-organization-code";

const WEEKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// A service with the id of its resource and the ODS code of who provides it.
struct Listed {
    id: String,
    service: Service,
    organisation: Option<String>,
}

/// Writes the directory and the Questionnaires.
pub(crate) async fn make(app: &App, seed: u64) -> anyhow::Result<usize> {
    let Ok(library) = Library::embedded() else { anyhow::bail!("the question sets are broken") };
    let zone = TimeZone::get("Europe/London")?;
    let mut count = 0;
    for listed in services(&library, seed) {
        let place = format!("{}-place", listed.id);
        let (mut made, location) = write(&listed.service, &listed.id, &place, &zone);
        if let Some(code) = &listed.organisation {
            let identifier = object([("system", ODS), ("value", code)]);
            let provider = Element::Object(vec![("identifier".into(), identifier)]);
            made.set("providedBy", provider);
        }
        for resource in [location, Some(made)].into_iter().flatten() {
            put(app, &resource).await?;
        }
        count += 1;
    }
    for topic in library.topics() {
        let mut made = triage::resource::questionnaire(library.sieve(), topic);
        made.set("id", Element::string(format!("triage-{}", topic.id)));
        put(app, &made).await?;
    }
    Ok(count)
}

async fn put(app: &App, resource: &Element) -> anyhow::Result<()> {
    let tree = Tree::parse(&resource.to_compact())?;
    let root = tree.root();
    let id = root.text_of("id").and_then(ResourceId::parse);
    let id = id.ok_or_else(|| anyhow::anyhow!("a resource of the directory has no id"))?;
    let failed = |failure: interactions::Failure| anyhow::anyhow!("{failure}");
    let of = app.resource_type(root.text_of("resourceType").unwrap_or_default()).map_err(failed)?;
    let target = UpdateTarget::Id(id);
    app.update(of, &target, &tree, &WriteOptions::default()).await.map_err(failed)?;
    Ok(())
}

fn object(members: [(&str, &str); 2]) -> Element {
    Element::Object(
        members.into_iter().map(|(name, value)| (name.into(), Element::string(value))).collect(),
    )
}

/// The middle of a site's town, as everybody's map has it.
fn middle(site: Site) -> (f64, f64) {
    match site {
        Site::Liverpool => (53.4040, -2.9640),
        Site::Hastings => (50.8640, 0.5700),
        Site::Bristol => (51.4580, -2.5850),
        Site::Staffordshire => (52.8060, -2.1140),
        Site::SouthWorcestershire => (52.1920, -2.2200),
    }
}

fn services(library: &Library, seed: u64) -> Vec<Listed> {
    let groups: Vec<&str> = library.topics().iter().map(|t| t.symptom_group.as_str()).collect();
    let mut all = Vec::new();
    for site in Site::ALL {
        all.extend(of_site(site, &groups));
        all.extend(practices(site, &groups, seed));
    }
    // Called from everywhere, and so in no place.
    let mut clinician = Service::new("2990000001", "111 call back", "clinical-assessment");
    clinician.dispositions = owned(&["Dx05", "Dx06", "Dx07", "Dx08"]);
    clinician.symptoms = symptoms(&groups);
    clinician.contacts = vec![Contact::CallBack];
    let mut crisis =
        Service::new("2990000002", "111 mental health crisis line", "mental-health-crisis");
    crisis.dispositions = owned(&["CALL-111-MH", "Dx92"]);
    crisis.symptoms = symptoms(&["demo-mental-health"]);
    crisis.contacts = vec![Contact::CallBack, Contact::Phone];
    crisis.phone = Some("111, option 2".to_owned());
    for (id, service) in [("dos-call-back", clinician), ("dos-crisis", crisis)] {
        all.push(Listed { id: id.to_owned(), service, organisation: None });
    }
    all
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn symptoms(groups: &[&str]) -> Vec<(String, Option<String>)> {
    groups.iter().map(|group| ((*group).to_owned(), None)).collect()
}

/// Names of a site's treatment centre and pharmacies.
fn names(site: Site) -> [&'static str; 4] {
    match site {
        Site::Liverpool => [
            "Albert Dock Urgent Treatment Centre",
            "Mill Road Pharmacy",
            "Penny Fields Chemist",
            "Smithdown Late Pharmacy",
        ],
        Site::Hastings => [
            "Pier View Urgent Treatment Centre",
            "Old Town Pharmacy",
            "Silverhill Chemist",
            "Castle Street Late Pharmacy",
        ],
        Site::Bristol => [
            "Harbourside Urgent Treatment Centre",
            "Stokes Croft Pharmacy",
            "Bedminster Chemist",
            "Clifton Late Pharmacy",
        ],
        Site::Staffordshire => [
            "Castle View Urgent Treatment Centre",
            "Greengate Pharmacy",
            "Baswich Chemist",
            "Potteries Late Pharmacy",
        ],
        Site::SouthWorcestershire => [
            "Foregate Urgent Treatment Centre",
            "Cathedral Pharmacy",
            "Malvern Link Chemist",
            "St John's Late Pharmacy",
        ],
    }
}

/// A service so far from the middle of the town, in thousandths of a degree.
fn placed(number: &str, name: &str, kind: &str, site: Site, north: i32, east: i32) -> Service {
    let mut service = Service::new(number, name, kind);
    let (latitude, longitude) = middle(site);
    let moved = |degrees: f64, thousandths: i32| degrees + f64::from(thousandths) / 1_000.0;
    service.place = Point::of(moved(latitude, north), moved(longitude, east));
    service
}

fn hours(days: &[Weekday], opens: Time, closes: Time) -> Hours {
    Hours { days: days.to_vec(), session: Session { opens, closes } }
}

fn of_site(site: Site, groups: &[&str]) -> Vec<Listed> {
    let (code, town) = (site.code(), site.name());
    let number = |n: usize| format!("20{}00000{n:02}", site as usize + 1);
    let [centre, weekday, saturday, late] = names(site);
    let mut emergency = placed(
        &number(1),
        &format!("{} A&E", site.trust_name()),
        "emergency-department",
        site,
        8,
        -6,
    );
    emergency.dispositions = owned(&["Dx02", "Dx03", "Dx92"]);
    emergency.symptoms = symptoms(groups);
    emergency.contacts = vec![Contact::GoTo];
    emergency.address = format!("Hospital Road, {town}");

    let mut treatment = placed(&number(2), centre, "urgent-treatment-centre", site, -5, 4);
    treatment.dispositions = owned(&["Dx05", "Dx06", "Dx07", "Dx08"]);
    treatment.symptoms = symptoms(groups);
    treatment.contacts = vec![Contact::GoTo];
    treatment.age_days_min = 366;
    treatment.address = format!("1 Market Street, {town}");
    treatment.opening = Opening::never();
    let week: Vec<Weekday> =
        WEEKDAYS.iter().copied().chain([Weekday::Saturday, Weekday::Sunday]).collect();
    treatment.opening.weekly.push(hours(&week, time(8, 0, 0, 0), time(22, 0, 0, 0)));
    treatment.opening.bank_holidays = Days::AsWeekday;

    let pharmacy = |n: usize, name: &str, north: i32, east: i32, street: &str| {
        let mut service = placed(&number(n), name, "pharmacy", site, north, east);
        service.dispositions = owned(&["Dx28", "Dx86", "Dx87"]);
        service.symptoms = symptoms(&[
            "demo-sore-throat",
            "demo-urine-infection",
            "demo-rash",
            "demo-fever-child",
        ]);
        service.contacts = vec![Contact::Book, Contact::GoTo, Contact::Phone];
        service.age_days_min = 366;
        service.address = format!("{street}, {town}");
        service.phone = Some(format!("01632 9600{}{n}", site as usize + 1));
        service.opening = Opening::never();
        service
    };
    let nine = time(9, 0, 0, 0);
    let mut first = pharmacy(3, weekday, 3, 9, "14 Mill Road");
    first.opening.weekly.push(hours(&WEEKDAYS, nine, time(18, 0, 0, 0)));
    let mut second = pharmacy(4, saturday, -12, 14, "2 Church Lane");
    second.opening.weekly.push(hours(&WEEKDAYS, nine, time(17, 30, 0, 0)));
    second.opening.weekly.push(hours(&[Weekday::Saturday], nine, time(13, 0, 0, 0)));
    let mut third = pharmacy(5, late, -16, 22, "98 Station Road");
    third.opening.weekly.push(hours(&week, time(7, 0, 0, 0), time(23, 0, 0, 0)));
    let christmas = Session { opens: time(10, 0, 0, 0), closes: time(16, 0, 0, 0) };
    third.opening.bank_holidays = Days::Sessions(vec![christmas]);
    let all = [
        ("ae", emergency),
        ("utc", treatment),
        ("pharmacy-1", first),
        ("pharmacy-2", second),
        ("pharmacy-3", third),
    ];
    all.into_iter()
        .map(|(id, service)| Listed { id: format!("dos-{code}-{id}"), service, organisation: None })
        .collect()
}

/// The practices of a site, each for its own patients.
fn practices(site: Site, groups: &[&str], seed: u64) -> Vec<Listed> {
    let data = SiteData::generate(seed, site);
    let listed = data.practices.iter().enumerate().map(|(n, practice)| {
        let number = format!("21{}00000{n:02}", site as usize + 1);
        let (north, east) = (n as i32 % 4 * 9 - 14, n as i32 / 4 * 11 - 11);
        let mut service = placed(&number, &practice.name, "gp-practice", site, north, east);
        service.dispositions = owned(&["Dx05", "Dx06", "Dx07", "Dx08", "Dx09"]);
        service.symptoms = symptoms(groups);
        service.contacts = vec![Contact::Book, Contact::Phone];
        service.address = format!("{}, {}", practice.street, practice.postcode);
        service.phone = Some(format!("01632 9601{}{}", site as usize + 1, n % 10));
        service.opening = Opening::never();
        service.opening.weekly.push(hours(&WEEKDAYS, time(8, 0, 0, 0), time(18, 30, 0, 0)));
        Listed {
            id: format!("dos-{}", practice.code.to_lowercase()),
            service,
            organisation: Some(practice.code.clone()),
        }
    });
    listed.collect()
}
