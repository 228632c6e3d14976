//! A small area with a directory of services, and people who answer questions in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use ::triage::directory::{Contact, Hours, Opening, Point, Service, Session as Open, write};
use ::triage::{Library, Person, Session, Step};
use access::{Caller, Citizen, ProxyRights, Who};
use fhir::{Element, ResourceId, Tree};
use interactions::triage::{Answered, Ended, Outcome, Sex, Stage, Whom};
use interactions::{
    App, AppOptions, Clock, Handling, IdSource, SearchOptions, UpdateTarget, WriteOptions,
};
use jiff::civil::{Time, Weekday, time};
use store::ResourceKey;
use store_sqlite::{Options, SqliteStore};

use super::failing::{Failing, Faults};
use crate::fixture::id;

/// Monday 23 November 2026, 10am.
pub(crate) const MONDAY: i64 = 1_795_428_000_000_000;

#[derive(Clone)]
pub(crate) struct Hand(Arc<AtomicI64>);

impl Clock for Hand {
    fn now(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

struct Counted(AtomicU64);

impl IdSource for Counted {
    fn next(&self) -> ResourceId {
        id(&format!("made-{}", self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) faults: Arc<Faults>,
    clock: Hand,
    _folder: tempfile::TempDir,
}

pub(crate) fn hours(days: &[Weekday], opens: Time, closes: Time) -> Hours {
    Hours { days: days.to_vec(), session: Open { opens, closes } }
}

const WEEK: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// A service in the middle of Liverpool that takes everything.
pub(crate) fn service(number: &str, name: &str, kind: &str, contacts: &[Contact]) -> Service {
    let mut service = Service::new(number, name, kind);
    let library = Library::embedded().expect("sound");
    let all = library.dispositions().all().iter();
    service.dispositions = all.filter(|dx| dx.services).map(|dx| dx.code.clone()).collect();
    service.symptoms =
        library.topics().iter().map(|topic| (topic.symptom_group.clone(), None)).collect();
    service.contacts = contacts.to_vec();
    service.place = Point::of(53.39, -2.96);
    "1 Lime Street, Liverpool".clone_into(&mut service.address);
    service.phone = Some("0151 496 0000".to_owned());
    service
}

/// The directory: each service with its id and the ODS code of who provides it.
fn directory() -> Vec<(&'static str, Service, &'static str)> {
    let mut pharmacy =
        service("1", "Mill Road Pharmacy", "pharmacy", &[Contact::Book, Contact::GoTo]);
    pharmacy.dispositions = vec!["Dx28".to_owned()];
    pharmacy.opening = Opening::never();
    pharmacy.opening.weekly.push(hours(&WEEK, time(9, 0, 0, 0), time(18, 0, 0, 0)));
    let mut own =
        service("2", "Lime Tree Surgery", "gp-practice", &[Contact::Book, Contact::Phone]);
    own.opening = Opening::never();
    own.opening.weekly.push(hours(&WEEK, time(8, 0, 0, 0), time(18, 30, 0, 0)));
    let other = service("3", "Park Lane Practice", "gp-practice", &[Contact::Book]);
    let mut emergency = service("4", "Mersey A&E", "emergency-department", &[Contact::GoTo]);
    emergency.dispositions = vec!["Dx02".to_owned(), "Dx03".to_owned(), "Dx92".to_owned()];
    let mut nurse = service("5", "Merseyside call back", "out-of-hours-gp", &[Contact::CallBack]);
    (nurse.place, nurse.address) = (None, String::new());
    vec![
        ("pharmacy", pharmacy, ""),
        ("own-gp", own, "Z91001"),
        ("other-gp", other, "Z91002"),
        ("ae", emergency, ""),
        ("nurse", nurse, ""),
    ]
}

impl World {
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().expect("a folder");
        let catalogue = store::Catalogue::of(definitions::embedded());
        let clock = Hand(Arc::new(AtomicI64::new(MONDAY)));
        let of_store = clock.clone();
        let options = Options::with_clock(Arc::new(move || of_store.now()));
        let inner = SqliteStore::open(&folder.path().join("triage.db"), &catalogue, options);
        let faults = Arc::new(Faults::default());
        let inner = Arc::new(inner.expect("a store"));
        let app = App::new(
            Arc::new(Failing { inner, faults: Arc::clone(&faults) }),
            definitions::embedded(),
            Arc::new(clock.clone()),
            Arc::new(Counted(AtomicU64::new(0))),
            AppOptions::with_base_url("http://localhost/fhir"),
        );
        let world = World { app, faults, clock, _folder: folder };
        for json in [
            r#"{"resourceType":"Organization","id":"lime-tree","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"Z91001"}],"name":"Lime Tree Surgery"}"#,
            r#"{"resourceType":"Patient","id":"p1","meta":{"source":"urn:gp"},"active":true,"name":[{"family":"Shah","given":["Ada"]}],"gender":"female","birthDate":"1990-05-01","address":[{"use":"home","postalCode":"L8 7NH"}],"generalPractitioner":[{"reference":"Organization/lime-tree","display":"Lime Tree Surgery"}]}"#,
            r#"{"resourceType":"Patient","id":"p1b","meta":{"source":"urn:hospital"},"active":true,"name":[{"family":"Shah","given":["Ada"]}],"gender":"female","birthDate":"1990-05-01"}"#,
            r#"{"resourceType":"Person","id":"ada","link":[{"target":{"reference":"Patient/p1b"}},{"target":{"reference":"Patient/p1"}}]}"#,
            r#"{"resourceType":"Patient","id":"p2","name":[{"family":"Byrne","given":["Bea"]}],"gender":"male","birthDate":"1950"}"#,
            r#"{"resourceType":"Person","id":"bea","link":[{"target":{"reference":"Patient/p2"}}]}"#,
        ] {
            world.write(json).await;
        }
        world.app.load_links().await.expect("links");
        for (id, service, organisation) in directory() {
            world.list(id, &service, organisation).await;
        }
        world
    }

    /// Puts a service in the directory.
    pub(crate) async fn list(&self, id: &str, service: &Service, organisation: &str) {
        let zone = jiff::tz::TimeZone::get("Europe/London").expect("the zone");
        let (mut made, location) = write(service, id, &format!("{id}-place"), &zone);
        if !organisation.is_empty() {
            let json = format!(
                r#"{{"identifier":{{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"{organisation}"}}}}"#
            );
            let tree = Tree::parse(json.as_bytes()).expect("json");
            made.set("providedBy", Element::from(tree.root()));
        }
        for resource in [location, Some(made)].into_iter().flatten() {
            self.write(std::str::from_utf8(&resource.to_compact()).expect("text")).await;
        }
    }

    pub(crate) async fn write(&self, json: &str) {
        let tree = Tree::parse(json.as_bytes()).expect("json");
        let root = tree.root();
        let of = root.text_of("resourceType").expect("a type");
        let of = self.app.resource_type(of).expect("a known type");
        let target = UpdateTarget::Id(id(root.text_of("id").expect("an id")));
        self.app.update(of, &target, &tree, &WriteOptions::default()).await.expect("written");
    }

    pub(crate) fn set_time(&self, text: &str) {
        let at: jiff::Timestamp = text.parse().expect("an instant");
        self.clock.0.store(at.as_microsecond(), Ordering::Relaxed);
    }

    /// The use cases for a person about a record.
    pub(crate) fn citizen(&self, person: &str, subject: &str, may_read: bool) -> App {
        let patients = match subject {
            "ada" => vec![id("p1b"), id("p1")],
            _ => vec![id("p2")],
        };
        let citizen = Citizen {
            account: format!("{person}@example.test").into(),
            person: id(person),
            subject: id(subject),
            patients,
            may_read,
            levels: Vec::new(),
            withheld: Vec::new(),
            // Bea books for Ada; nobody else acts for anybody.
            proxy: (person != subject).then_some(ProxyRights { may_book: person == "bea" }),
        };
        let who = Who::Citizen(Arc::new(citizen));
        self.app.acting_as(Caller { who, app: None, purpose: "PATRQT" })
    }

    pub(crate) fn nobody(&self) -> App {
        self.app.acting_as(Caller::NOBODY)
    }

    /// The stored resources of a type, through the operator's eyes.
    pub(crate) async fn all(&self, name: &str) -> Vec<Tree> {
        let resource_type = self.app.resource_type(name).expect("a type");
        let options = SearchOptions { handling: Handling::Strict };
        let answer = self.app.search(resource_type, &[], options).await.expect("found");
        let bundle = Tree::parse(&answer.bundle).expect("a bundle");
        bundle
            .root()
            .all("entry")
            .filter_map(|entry| entry.get("resource"))
            .map(|resource| Tree::parse(&Element::from(resource).to_compact()).expect("a resource"))
            .collect()
    }

    pub(crate) async fn read(&self, name: &str, of: &str) -> Tree {
        let key = ResourceKey {
            resource_type: self.app.resource_type(name).expect("a type"),
            id: id(of),
        };
        let stored = self.app.read(&key).await.expect("there");
        Tree::parse(stored.body.as_deref().expect("a body")).expect("json")
    }
}

/// A way through a topic to an outcome that is wanted: question and answer in turn.
pub(crate) fn way(
    topic: &str,
    person: Person,
    wanted: impl Fn(&Outcome) -> bool,
) -> Vec<(String, String)> {
    let library = Library::embedded().expect("sound");
    for seed in 1..50_000 {
        let mut random = Random(seed);
        let mut session = library.begin(topic, person);
        loop {
            match library.next(&session) {
                Step::Ask(asking) => {
                    let answers = &asking.question.answers;
                    let at = random.calm(answers.len());
                    let (question, answer) = (&asking.question.id, &answers[at].id);
                    session = library.answer(&session, question, answer).expect("it is asked");
                }
                Step::Done(outcome) if wanted(&outcome) => return given(&session),
                Step::Done(_) => break,
            }
        }
    }
    panic!("no way of {topic} ends so")
}

fn given(session: &Session) -> Vec<(String, String)> {
    session.answers.iter().map(|each| (each.question.clone(), each.answer.clone())).collect()
}

/// Numbers that look random: xorshift.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    /// Mostly the calm answer, which stands before "not sure".
    pub(crate) fn calm(&mut self, answers: usize) -> usize {
        if self.below(5) > 0 { answers.saturating_sub(2) } else { self.below(answers) }
    }
}

/// Begins a journey about the caller's record, or about somebody of an age and sex.
pub(crate) async fn begin(app: &App, whom: Whom, years: u32, sex: Sex) -> String {
    let token = app.triage_begin().await.expect("begun");
    let stage = app.triage_who(&token, whom).await.expect("who");
    if stage == Stage::Age {
        app.triage_age(&token, years, 0).await.expect("an age");
        app.triage_sex(&token, sex).await.expect("a sex");
    }
    token
}

/// Gives the answers of a way.
pub(crate) async fn walk(
    app: &App,
    token: &str,
    topic: &str,
    way: &[(String, String)],
) -> Answered {
    let mut last = Answered::Next(app.triage_choose(token, topic).await.expect("chosen"));
    for (question, answer) in way {
        last = app.triage_answer(token, question, answer).await.expect("answered");
    }
    last
}

/// Goes a way to its end, and ends it.
pub(crate) async fn ended(app: &App, token: &str, topic: &str, way: &[(String, String)]) -> Ended {
    walk(app, token, topic, way).await;
    app.triage_finish(token).await.expect("finished");
    app.triage_ended(token).await.expect("ended").expect("an outcome")
}
