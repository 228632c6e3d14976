//! A record taken away as FHIR: what the doors let through, and not a resource more.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;

use access::RecordLevel;
use fhir::Tree;
use interactions::{App, Category, HideRequest, NewProxy, Proxy};
use store::ResourceKey;

use crate::consent::{category, world};
use crate::fixture::id;
use crate::sign_in::{HERE, MINUTE, World};

/// The Bundle of a download, read to its end.
async fn bundle(app: &App) -> Tree {
    let mut download = app.own_download().unwrap();
    let mut text = Vec::new();
    while let Some(piece) = download.next().await.unwrap() {
        text.extend(piece);
    }
    Tree::parse(&text).unwrap()
}

/// `Type/id` of every entry.
fn keys(bundle: &Tree) -> Vec<String> {
    let entries = bundle.root().all("entry").filter_map(|entry| entry.get("resource"));
    let key = |resource: fhir::Value<'_>| {
        let id = resource.text_of("id")?;
        Some(format!("{}/{id}", resource.text_of("resourceType").unwrap()))
    };
    entries.filter_map(key).collect()
}

/// Every resource in the store that the caller may read one by one, asked for by its id: another way to the
/// same doors, through none of the download's searches. Of the directory only what those name.
async fn readable(world: &World, app: &App, all: &[&str]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for text in all {
        let (name, of) = text.split_once('/').unwrap();
        let key = ResourceKey { resource_type: world.app.resource_type(name).unwrap(), id: id(of) };
        if app.read(&key).await.is_ok() {
            found.insert((*text).to_owned());
        }
    }
    found
}

const ALL: [&str; 22] = [
    "Person/me",
    "Person/them",
    "Patient/p1",
    "Patient/p1b",
    "Patient/p2",
    "Patient/p3",
    "Patient/p4",
    "Condition/c1",
    "Condition/c1b",
    "Condition/c2",
    "Condition/c4",
    "AllergyIntolerance/a1",
    "DocumentReference/d4",
    "Observation/o1",
    "Observation/o2",
    "Observation/held",
    "MedicationRequest/m1",
    "Appointment/ap1",
    "Communication/co1",
    "Binary/b1",
    "Task/t1",
    "Basic/x1",
];

async fn filled() -> World {
    let world = world().await;
    for json in [
        r#"{"resourceType":"Practitioner","id":"dr","name":[{"family":"Nair"}]}"#,
        r#"{"resourceType":"Practitioner","id":"unnamed","name":[{"family":"Other"}]}"#,
        r#"{"resourceType":"Observation","id":"o1","meta":{"source":"urn:gp"},"status":"final","code":{"text":"HbA1c"},"subject":{"reference":"Patient/p1"},"performer":[{"reference":"Practitioner/dr"}]}"#,
        r#"{"resourceType":"Observation","id":"o2","meta":{"source":"urn:elsewhere"},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p2"}}"#,
        r#"{"resourceType":"Observation","id":"held","meta":{"source":"urn:gp","tag":[{"system":"urn:careloom:code","code":"held-for-review"}]},"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"MedicationRequest","id":"m1","meta":{"source":"urn:gp"},"status":"active","intent":"order","medicationCodeableConcept":{"text":"Aspirin \"75\" mg"},"subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Appointment","id":"ap1","meta":{"source":"urn:gp"},"status":"booked","participant":[{"actor":{"reference":"Patient/p1"},"status":"accepted"}]}"#,
        r#"{"resourceType":"Communication","id":"co1","meta":{"source":"urn:gp"},"status":"completed","subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Binary","id":"b1","contentType":"text/plain","data":"eA=="}"#,
        r#"{"resourceType":"Task","id":"t1","status":"requested","intent":"order","for":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Basic","id":"x1","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}"#,
    ] {
        world.put(json).await;
    }
    // So many that they come in several pages.
    for number in 0..450 {
        let json = format!(
            r#"{{"resourceType":"Observation","id":"many-{number}","meta":{{"source":"urn:gp"}},"status":"final","code":{{"text":"x"}},"subject":{{"reference":"Patient/p1"}}}}"#
        );
        world.put(&json).await;
    }
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_what_the_doors_let_through_and_no_more() {
    let world = filled().await;
    let token = world.with_code("me@x.test").await;
    let me = world.acting(&token).await;
    let whole = bundle(&me).await;
    assert_eq!(whole.root().text_of("type"), Some("collection"));
    let keys = keys(&whole);
    let unique: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(unique.len(), keys.len(), "each stands once");
    let many: BTreeSet<String> =
        (0..450).map(|number| format!("Observation/many-{number}")).collect();
    assert!(unique.is_superset(&many));
    let mut expected = readable(&world, &me, &ALL).await;
    assert!(expected.contains("Condition/c1b") && expected.contains("Communication/co1"));
    expected.extend(many);
    expected.insert("Practitioner/dr".to_owned());
    assert_eq!(unique, expected);
    // Each is the stored resource, and its address is this server's.
    for entry in whole.root().all("entry").skip(1) {
        let resource = entry.get("resource").unwrap();
        let key = format!(
            "{}/{}",
            resource.text_of("resourceType").unwrap(),
            resource.text_of("id").unwrap()
        );
        assert_eq!(entry.text_of("fullUrl").unwrap(), format!("http://localhost/fhir/{key}"));
        assert!(resource.at("meta.versionId").is_some(), "{key}");
    }
    let told = whole.root().at("entry[0].resource.issue[0].diagnostics").unwrap().as_str().unwrap();
    assert_eq!(told, "nothing is withheld");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_withheld_is_left_out_and_told() {
    let world = filled().await;
    let token = world.with_code("me@x.test").await;
    let doctor = world.with_code("dr.a").await;
    let manager = world.with_code("manager").await;
    let key =
        ResourceKey { resource_type: world.app.resource_type("Condition").unwrap(), id: id("c1") };
    let hide =
        HideRequest { key, hide: true, reason: "about another".to_owned(), from: HERE.to_owned() };
    world.acting(&doctor).await.hide_entry(&hide, "Dr A").await.unwrap();
    let me = world.acting(&token).await;
    let whole = bundle(&me).await;
    assert!(!keys(&whole).contains(&"Condition/c1".to_owned()));
    assert!(!whole.text().contains("about another"));
    assert!(whole.text().contains("chosen not to show"));
    let app = world.acting(&manager).await;
    app.set_record_level(&id("p1"), RecordLevel::Summary, "M", HERE).await.unwrap();
    let me = world.acting(&token).await;
    let whole = bundle(&me).await;
    let found: BTreeSet<String> = keys(&whole).into_iter().collect();
    for (key, is_in) in [
        ("AllergyIntolerance/a1", true),
        ("MedicationRequest/m1", true),
        ("Observation/o1", false),
        ("Condition/c1b", true),
    ] {
        assert_eq!(found.contains(key), is_in, "{key}");
    }
    assert!(whole.text().contains("urn:gp shows its part at the level: summary"));
    // What was agreed about the level is the person's to read.
    let found: BTreeSet<String> =
        found.into_iter().filter(|key| !key.starts_with("Consent/")).collect();
    assert_eq!(found, readable(&world, &me, &ALL).await, "nobody of the directory is named");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_the_record_of_who_asks_or_whom_they_act_for() {
    let world = filled().await;
    let manager = world.with_code("manager").await;
    let app = world.acting(&manager).await;
    let proxy = Proxy {
        delegate: id("p3"),
        level: RecordLevel::Detailed,
        may_book: true,
        until: String::new(),
    };
    let new = NewProxy { patient: id("p4"), proxy, from: HERE.to_owned() };
    let consent = app.add_proxy(new, "M").await.unwrap();
    let mum = world.with_code("mum@x.test").await;
    let own = bundle(&world.acting(&mum).await).await;
    let own: Vec<String> =
        keys(&own).into_iter().filter(|key| !key.starts_with("Consent/")).collect();
    assert_eq!(own, ["Patient/p3", "Person/mum"]);
    world.acting(&mum).await.act_for(&mum, Some(&id("kid"))).await.unwrap();
    let acting = world.acting(&mum).await;
    let childs: BTreeSet<String> = keys(&bundle(&acting).await).into_iter().collect();
    assert!(childs.contains("Condition/c4") && !childs.contains("DocumentReference/d4"));
    assert!(!childs.contains("Patient/p3"), "one record at a time");
    app.end_proxy(&consent, "M", HERE).await.unwrap();
    let over: BTreeSet<String> =
        keys(&bundle(&world.acting(&mum).await).await).into_iter().collect();
    assert!(!over.contains("Condition/c4"));
    // Others have no download.
    world.pass(MINUTE);
    let unproven = world.with_code("ada@example.test").await;
    let unproven = world.acting(&unproven).await;
    assert_eq!(category(unproven.own_download().map(drop)), Some(Category::StepUp));
    assert_eq!(category(app.own_download().map(drop)), Some(Category::Forbidden));
    let nobody = world.app.acting_as(access::Caller::NOBODY);
    assert_eq!(category(nobody.own_download().map(drop)), Some(Category::Forbidden));
    assert_eq!(category(world.app.own_download().map(drop)), Some(Category::Forbidden));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_ends_when_its_time_is_up() {
    let world = filled().await;
    let token = world.with_code("me@x.test").await;
    let mut download = world.acting(&token).await.own_download().unwrap();
    assert!(download.next().await.unwrap().is_some());
    world.pass(3 * MINUTE);
    let late = download.next().await;
    assert_eq!(late.err().map(|failure| failure.category), Some(Category::TooSlow));
}
