//! What is noted of looks at records, who may read it, and that no change to it goes unseen.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use access::{Caller, Citizen, Role, Staff, Who};
use fhir::{ResourceId, Tree};
use interactions::{
    App, AppOptions, Clock, IdSource, Look, SearchOptions, UpdateTarget, WriteOptions,
};
use store::{KeptChange, KeptExpected, ResourceKey, Store};
use store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::fixture::{NOW, id};

struct Ticking(AtomicU64);

impl Clock for Ticking {
    fn now(&self) -> i64 {
        NOW + self.0.fetch_add(1, Ordering::Relaxed) as i64 * 1_000
    }
}

struct Counted(AtomicU64);

impl IdSource for Counted {
    fn next(&self) -> ResourceId {
        id(&format!("e{}", self.0.fetch_add(1, Ordering::Relaxed)))
    }
}

fn app() -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = store::Catalogue::of(definitions::embedded());
    let options = Options::with_clock(Arc::new(|| NOW));
    let store = SqliteStore::open(&folder.path().join("audit.db"), &catalogue, options).unwrap();
    let (clock, ids) = (Ticking(AtomicU64::new(0)), Counted(AtomicU64::new(0)));
    let options = AppOptions::with_base_url("http://localhost/fhir");
    let app =
        App::new(Arc::new(store), definitions::embedded(), Arc::new(clock), Arc::new(ids), options);
    (app, folder)
}

async fn put(app: &App, json: &str) {
    let tree = Tree::parse(json.as_bytes()).unwrap();
    let resource_type = app.resource_type(tree.root().text_of("resourceType").unwrap()).unwrap();
    let target = UpdateTarget::Id(id(tree.root().text_of("id").unwrap()));
    app.update(resource_type, &target, &tree, &WriteOptions::default()).await.unwrap();
}

fn key(app: &App, name: &str, text: &str) -> ResourceKey {
    ResourceKey { resource_type: app.resource_type(name).unwrap(), id: id(text) }
}

fn citizen(person: &str, patient: &str) -> Caller {
    let citizen = Citizen {
        account: person.into(),
        person: id(person),
        subject: id(person),
        patients: vec![id(patient)],
        may_read: true,
        levels: Vec::new(),
        withheld: Vec::new(),
        proxy: None,
    };
    Caller { who: Who::Citizen(Arc::new(citizen)), app: None, purpose: "PATRQT" }
}

fn doctor() -> Caller {
    let staff = Staff {
        account: "dr-a".into(),
        practitioner: id("dr-a"),
        name: "Dr Ada Example".into(),
        role: Role::Clinician,
        organisation: "The Surgery".into(),
        sources: vec!["urn:gp".into()],
        opened: Vec::new(),
    };
    Caller { who: Who::Staff(Arc::new(staff)), app: None, purpose: "TREAT" }
}

fn look(status: u16) -> Look {
    Look {
        interaction: "read".to_owned(),
        action: 'R',
        address: "GET /fhir/Observation/o1".to_owned(),
        from: Some("127.0.0.1".to_owned()),
        status,
        reason: None,
    }
}

async fn two_people() -> (App, TempDir) {
    let (app, folder) = app();
    for (number, source) in [(1, "urn:gp"), (2, "urn:elsewhere")] {
        put(
            &app,
            &format!(
                r#"{{"resourceType":"Patient","id":"p{number}","meta":{{"source":"{source}"}}}}"#
            ),
        )
        .await;
        put(&app, &format!(r#"{{"resourceType":"Observation","id":"o{number}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/p{number}"}}}}"#)).await;
    }
    (app, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_who_looked_and_nobody_elses() {
    let (app, _kept) = two_people().await;
    let doctor = app.acting_as(doctor());
    doctor.read(&key(&app, "Observation", "o1")).await.unwrap();
    doctor.note_look(&look(200)).await.unwrap();
    // Nobody's record was seen: nothing to note.
    let other = app.acting_as(doctor.caller().clone());
    other.note_look(&look(200)).await.unwrap();
    assert!(other.read(&key(&app, "Observation", "o2")).await.is_err());
    other.note_look(&look(404)).await.unwrap();
    let mine = app.acting_as(citizen("me", "p1"));
    let looks = mine.who_looked(&[id("p1")], 10, None).await.unwrap();
    let told: Vec<_> =
        looks.looks.iter().map(|look| (look.who.as_str(), look.role.as_str())).collect();
    assert_eq!(told, [("Dr Ada Example", "clinician, The Surgery")]);
    assert_eq!((looks.looks[0].purpose.as_str(), looks.looks[0].refused), ("TREAT", false));
    let theirs = app.acting_as(citizen("other", "p2"));
    assert!(theirs.who_looked(&[id("p1")], 10, None).await.unwrap().looks.is_empty());
    assert!(theirs.who_looked(&[id("p2")], 10, None).await.unwrap().looks.is_empty());
    // Staff do not read the audit.
    let all = SearchOptions { handling: interactions::Handling::Strict };
    let audit = app.resource_type("AuditEvent").unwrap();
    let refused = doctor.search(audit, &[], all).await.unwrap_err();
    assert_eq!(refused.category, interactions::Category::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_noted() {
    let (app, _kept) = two_people().await;
    let doctor = app.acting_as(doctor());
    let task = key(&app, "Task", "t");
    assert_eq!(doctor.read(&task).await.unwrap_err().category, interactions::Category::Forbidden);
    doctor.note_look(&look(403)).await.unwrap();
    let audit = app.resource_type("AuditEvent").unwrap();
    let all = SearchOptions { handling: interactions::Handling::Strict };
    let found = app.search(audit, &[("outcome".into(), "4".into())], all).await.unwrap();
    assert_eq!(found.matches, 1);
}

/// Looks of some people, sealed in several seals.
async fn sealed() -> (App, TempDir) {
    let (app, folder) = two_people().await;
    for round in 0..4 {
        for _ in 0..3 {
            let mine = app.acting_as(citizen("me", "p1"));
            mine.read(&key(&app, "Patient", "p1")).await.unwrap();
            mine.note_look(&look(200)).await.unwrap();
        }
        let count = if round < 3 { app.seal_audit().await.unwrap() } else { 3 };
        assert_eq!(count, 3);
    }
    assert_eq!(app.seal_audit().await.unwrap(), 3);
    assert_eq!(app.seal_audit().await.unwrap(), 0);
    (app, folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_chain_is_whole() {
    let (app, _kept) = sealed().await;
    let check = app.verify_audit(None).await.unwrap();
    assert_eq!((check.seals, check.events, check.unsealed), (4, 12, 0));
    assert_eq!(check.broken, []);
    let (number, hash) = check.head.unwrap();
    assert_eq!(number, 4);
    for (expected, broken) in
        [((4, hash.clone()), 0), ((4, "0".repeat(64)), 1), ((3, hash.clone()), 1), ((9, hash), 1)]
    {
        let check = app.verify_audit(Some(expected.clone())).await.unwrap();
        assert_eq!(check.broken.len(), broken, "{expected:?}: {:?}", check.broken);
    }
    let mine = app.acting_as(citizen("me", "p1"));
    mine.read(&key(&app, "Patient", "p1")).await.unwrap();
    mine.note_look(&look(200)).await.unwrap();
    let check = app.verify_audit(None).await.unwrap();
    assert_eq!((check.events, check.unsealed, check.broken.len()), (12, 1, 0));
}

/// Whatever is changed in the store, the check says where.
#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_found() {
    let seal = |number: u64| format!("{number:020}");
    for what in [
        "event changed",
        "event deleted",
        "seal changed",
        "seal removed",
        "last removed",
        "head moved",
    ] {
        let (app, _kept) = sealed().await;
        let store: &Arc<dyn Store> = &app.store;
        let change = |kind: &str, key: &str, becomes| KeptChange {
            kind: kind.into(),
            key: key.into(),
            expected: KeptExpected::Any,
            becomes,
        };
        let expected = match what {
            "event changed" => {
                let event = app.read(&key(&app, "AuditEvent", "e4")).await.unwrap();
                let text = String::from_utf8(event.body.unwrap().to_vec()).unwrap();
                put(&app, &text.replace("127.0.0.1", "127.0.0.2")).await;
                "AuditEvent/e4 was changed"
            }
            "event deleted" => {
                let audit = key(&app, "AuditEvent", "e4");
                app.delete(&audit, &interactions::Preconditions::default()).await.unwrap();
                "AuditEvent/e4 is missing"
            }
            "seal changed" => {
                let kept = store.kept("audit-seal", &seal(2)).await.unwrap().unwrap();
                let text = String::from_utf8(kept.value.into_vec()).unwrap();
                let text = text.replace("\"at\":1", "\"at\":2");
                let becomes = Some((text.into_bytes().into(), i64::MAX));
                assert!(store.keep(vec![change("audit-seal", &seal(2), becomes)]).await.unwrap());
                "the seal itself was changed"
            }
            "seal removed" => {
                assert!(store.keep(vec![change("audit-seal", &seal(2), None)]).await.unwrap());
                "does not follow seal 1"
            }
            "last removed" => {
                assert!(store.keep(vec![change("audit-seal", &seal(4), None)]).await.unwrap());
                "should end with seal 4"
            }
            _ => {
                assert!(store.keep(vec![change("audit-head", "last", None)]).await.unwrap());
                "should end with seal 0"
            }
        };
        let check = app.verify_audit(None).await.unwrap();
        let words: Vec<_> = check.broken.iter().map(|broken| broken.words.as_str()).collect();
        assert!(words.iter().any(|words| words.contains(expected)), "{what}: {words:?}");
    }
}
