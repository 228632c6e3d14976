//! One practice with its slots, and the people who want them, on a store in a file.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use access::{Caller, Citizen, Role, Staff, Who};
use booking::model::Appointment;
use fhir::{ResourceId, Tree};
use interactions::booking::{BookRequest, BookedSlot, Booker};
use interactions::{App, AppOptions, Clock, IdSource, UpdateTarget, WriteOptions};
use jiff::Timestamp;
use store::ResourceKey;
use store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::fixture::id;

/// Whose system the practice's is.
pub(crate) const SOURCE: &str = "urn:test:gp";

/// Wall time in London: `2026-06-01 09:00`.
pub(crate) fn at(wall: &str) -> Timestamp {
    booking::zone::instant(wall.replace(' ', "T").parse().unwrap()).unwrap().0
}

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
    clock: Hand,
    _folder: TempDir,
}

/// A kind of appointment; `more` goes into its policy.
pub(crate) fn service(id: &str, name: &str, more: &str) -> String {
    format!(
        r#"{{"resourceType":"HealthcareService","id":"{id}","meta":{{"source":"{SOURCE}"}},"active":true,
        "name":"{name}","providedBy":{{"reference":"Organization/practice"}},
        "telecom":[{{"system":"phone","value":"01632 960 001"}}],
        "extension":[{{"url":"urn:careloom:booking:policy","extension":[
        {{"url":"online","valueBoolean":true}}{more}]}}]}}"#
    )
}

/// A session of a kind of appointment.
pub(crate) fn session(id: &str, service: &str) -> String {
    format!(
        r#"{{"resourceType":"Schedule","id":"{id}","meta":{{"source":"{SOURCE}"}},"active":true,
        "actor":[{{"reference":"HealthcareService/{service}"}},{{"reference":"Practitioner/shah"}},
        {{"reference":"Location/branch"}}]}}"#
    )
}

/// A free slot of ten minutes.
pub(crate) fn slot(id: &str, session: &str, start: &str, more: &str) -> String {
    let start = at(start);
    let end = booking::zone::plus_minutes(start, 10);
    let (start, end) = (booking::zone::local_text(start), booking::zone::local_text(end));
    format!(
        r#"{{"resourceType":"Slot","id":"{id}","meta":{{"source":"{SOURCE}"}},
        "schedule":{{"reference":"Schedule/{session}"}},"status":"free","start":"{start}","end":"{end}"{more}}}"#
    )
}

/// A Patient of the practice, born in 1980.
pub(crate) fn patient(id: &str) -> String {
    format!(
        r#"{{"resourceType":"Patient","id":"{id}","meta":{{"source":"{SOURCE}"}},"active":true,
        "name":[{{"family":"Of {id}","given":["Ann"]}}],"gender":"female","birthDate":"1980-06-15",
        "managingOrganization":{{"reference":"Organization/practice"}}}}"#
    )
}

impl World {
    /// A practice with a kind of appointment `gp` and a session `s1`; on Monday 1 June 2026, 7am.
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = store::Catalogue::of(definitions::embedded());
        let clock = Hand(Arc::new(AtomicI64::new(at("2026-06-01 07:00").as_microsecond())));
        let of_store = clock.clone();
        let options = Options::with_clock(Arc::new(move || of_store.now()));
        let store = SqliteStore::open(&folder.path().join("in.db"), &catalogue, options).unwrap();
        let app = App::new(
            Arc::new(store),
            definitions::embedded(),
            Arc::new(clock.clone()),
            Arc::new(Counted(AtomicU64::new(0))),
            AppOptions::with_base_url("http://localhost/fhir"),
        );
        let world = World { app, clock, _folder: folder };
        world
            .put(&[
                r#"{"resourceType":"Organization","id":"practice","name":"Hope Street Surgery"}"#,
                r#"{"resourceType":"Location","id":"branch","name":"Hope Street"}"#,
                r#"{"resourceType":"Practitioner","id":"shah",
                    "name":[{"family":"Shah","given":["Meera"],"prefix":["Dr"]}]}"#,
                &service("gp", "GP appointment", ""),
                &session("s1", "gp"),
                &patient("ann"),
                &patient("bob"),
            ])
            .await;
        world
    }

    pub(crate) async fn put(&self, resources: &[&str]) {
        for json in resources {
            let tree = Tree::parse(json.as_bytes()).unwrap_or_else(|e| panic!("{e}: {json}"));
            let kind = self.app.resource_type(tree.resource_type().unwrap()).unwrap();
            let target = UpdateTarget::Id(id(tree.root().text_of("id").unwrap()));
            let written = self.app.update(kind, &target, &tree, &WriteOptions::default()).await;
            written.unwrap_or_else(|failure| panic!("{failure}: {json}"));
        }
    }

    /// So many slots from 9am on a day, `a0`, `a1` …
    pub(crate) async fn slots(&self, day: &str, count: usize) {
        for index in 0..count {
            let start = format!("{day} {:02}:{:02}", 9 + index / 6, index % 6 * 10);
            self.put(&[&slot(&format!("a{index}"), "s1", &start, "")]).await;
        }
    }

    pub(crate) fn now(&self, wall: &str) {
        self.clock.0.store(at(wall).as_microsecond(), Ordering::Relaxed);
    }

    /// The person whose Patient this is.
    pub(crate) fn person(&self, patient: &str) -> App {
        self.app.acting_as(citizen(patient, true))
    }

    /// Somebody of the practice.
    pub(crate) fn staff(&self, role: Role, source: &str) -> App {
        self.app.acting_as(Caller {
            who: Who::Staff(Arc::new(Staff {
                account: "desk".into(),
                practitioner: id("desk"),
                name: "Tom Marsh".into(),
                role,
                organisation: "Hope Street Surgery".into(),
                sources: vec![source.into()],
                opened: Vec::new(),
            })),
            app: None,
            purpose: "TREAT",
        })
    }

    pub(crate) async fn text(&self, kind: &str, name: &str) -> String {
        let resource_type = self.app.resource_type(kind).unwrap();
        let stored = self.app.read(&ResourceKey { resource_type, id: id(name) }).await.unwrap();
        String::from_utf8(stored.body.unwrap().to_vec()).unwrap()
    }

    pub(crate) async fn status(&self, slot: &str) -> String {
        let tree = Tree::parse(self.text("Slot", slot).await.as_bytes()).unwrap();
        tree.root().text_of("status").unwrap().to_owned()
    }

    /// Every Appointment in the store.
    pub(crate) async fn appointments(&self) -> Vec<Appointment> {
        let found = self.found("Appointment", "_count=1000").await;
        found.iter().map(|tree| Appointment::read(tree.root()).0.unwrap()).collect()
    }

    /// What a search finds.
    pub(crate) async fn found(&self, kind: &str, query: &str) -> Vec<Tree> {
        let resource_type = self.app.resource_type(kind).unwrap();
        let pairs = interactions::decode_query(query);
        let strict = interactions::SearchOptions { handling: interactions::Handling::Strict };
        let answer = self.app.search(resource_type, &pairs, strict).await.unwrap();
        let bundle = Tree::parse(&answer.bundle).unwrap();
        let entries = bundle.root().all("entry").filter_map(|entry| entry.get("resource"));
        entries.map(|value| Tree::parse(value.raw().as_bytes()).unwrap()).collect()
    }
}

/// The person whose Patient this is, to the policy.
pub(crate) fn citizen(patient: &str, may_read: bool) -> Caller {
    Caller {
        who: Who::Citizen(Arc::new(Citizen {
            account: format!("{patient}@example.test").into(),
            person: id(&format!("person-{patient}")),
            subject: id(&format!("person-{patient}")),
            patients: vec![id(patient)],
            may_read,
            levels: Vec::new(),
            withheld: Vec::new(),
            proxy: None,
        })),
        app: None,
        purpose: "PATRQT",
    }
}

/// A wish for one slot.
pub(crate) fn wish(slot: &str, key: &str) -> BookRequest {
    BookRequest { slots: vec![id(slot)], key: key.to_owned(), reason: None }
}

/// Books, as the person themselves.
pub(crate) async fn book(app: &App, slot: &str, key: &str) -> Result<BookedSlot, String> {
    let booked = app.book_slot(&Booker::Own, &wish(slot, key)).await;
    booked.unwrap_or_else(|failure| panic!("{failure}")).map_err(|r| r.code.as_str().to_owned())
}
