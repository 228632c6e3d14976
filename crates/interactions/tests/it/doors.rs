//! What a caller finds is what they would find were nothing else there: every search of a random world
//! behind the doors is answered as in a world that holds only what the caller may read.
//!
//! `CARELOOM_DOORS_SEARCHES` sets how many searches are asked of each caller.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::{AppGrant, Caller, Citizen, RecordLevel, Role, Scopes, SourceLevel, Staff, Who};
use fhir::{ResourceId, Tree};
use interactions::{
    App, AppOptions, Category, Clock, Failure, Handling, IdSource, SearchOptions, SearchScope,
    UpdateTarget, WriteOptions,
};
use judge::generate::{self, Features, Prng};
use judge::{Judge, Key, Query, Scope, World, render};
use serde_json::json;
use store::ResourceKey;
use store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::fixture::{NOW, id};

const WORLDS: u64 = 4;
const RESOURCES: usize = 120;
const SOURCES: [&str; 3] = ["urn:careloom:feed:gp", "urn:careloom:feed:hospital", "urn:x,y|z"];

/// The time stands still, so that the same resources are the same in both worlds.
struct Still;

impl Clock for Still {
    fn now(&self) -> i64 {
        NOW
    }
}

struct NoIds;

impl IdSource for NoIds {
    fn next(&self) -> ResourceId {
        unreachable!("everything is written under its own id")
    }
}

fn app() -> (App, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = store::Catalogue::of(definitions::embedded());
    let options = Options::with_clock(Arc::new(|| NOW));
    let store = SqliteStore::open(&folder.path().join("doors.db"), &catalogue, options).unwrap();
    let options = AppOptions::with_base_url(render::OWN_BASE);
    let app = App::new(
        Arc::new(store),
        definitions::embedded(),
        Arc::new(Still),
        Arc::new(NoIds),
        options,
    );
    (app, folder)
}

fn key((resource_type, id): &Key) -> ResourceKey {
    ResourceKey { resource_type: *resource_type, id: ResourceId::parse(id).unwrap() }
}

async fn put(app: &App, key: &Key, tree: &Tree) {
    let target = UpdateTarget::Id(self::key(key).id);
    let options = WriteOptions::default();
    let written = app.update(key.0, &target, tree, &options);
    written.await.unwrap_or_else(|failure| panic!("{key:?}: {failure}"));
}

fn scopes(text: &str) -> Scopes {
    Scopes::parse(text, &|name| definitions::embedded().resource_type(name)).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn grant(text: &str, patients: &[ResourceId]) -> Option<Arc<AppGrant>> {
    let patients = patients.to_vec();
    Some(Arc::new(AppGrant { client: "app".into(), scopes: scopes(text), patients }))
}

/// Callers of every kind, with a name.
fn callers(patients: &[ResourceId], sources: &[Box<str>]) -> Vec<(&'static str, Caller)> {
    let citizen = |levels| {
        let citizen = Citizen {
            account: "c".into(),
            person: id("me"),
            subject: id("me"),
            patients: patients.to_vec(),
            may_read: true,
            levels,
            withheld: Vec::new(),
            proxy: None,
        };
        Caller { who: Who::Citizen(Arc::new(citizen)), app: None, purpose: "PATRQT" }
    };
    let level = |source: &str| SourceLevel { source: source.into(), level: RecordLevel::Summary };
    let limited = citizen(sources.iter().map(|source| level(source)).collect());
    let by_app = |text: &str| Caller { app: grant(text, patients), ..citizen(Vec::new()) };
    let service = Caller {
        who: Who::Service { client: "svc".into() },
        app: grant("system/Observation.rs system/Patient.rs system/Encounter.rs", &[]),
        purpose: "HOPERAT",
    };
    let staff = Staff {
        account: "s".into(),
        practitioner: id("doc"),
        name: "Dr A".into(),
        role: Role::Clinician,
        organisation: "The Surgery".into(),
        sources: sources.to_vec(),
        opened: Vec::new(),
    };
    let staff = Caller { who: Who::Staff(Arc::new(staff)), app: None, purpose: "TREAT" };
    vec![
        ("citizen", citizen(Vec::new())),
        ("citizen shown a part", limited),
        ("app", by_app("patient/*.rs")),
        ("narrow app", by_app("patient/Observation.rs?status=final patient/Patient.rs")),
        ("service", service),
        ("staff", staff),
    ]
}

/// What was found: (match or include, address), and the total.
type Answer = (BTreeSet<(String, String)>, Option<String>);

async fn ask(app: &App, query: &Query) -> Result<Answer, Failure> {
    let scope = match &query.scope {
        Scope::System(_) => SearchScope::System,
        Scope::Type(resource_type) => SearchScope::Type(*resource_type),
        Scope::Compartment { of, id, member } => SearchScope::Compartment {
            owner: ResourceKey { resource_type: *of, id: ResourceId::parse(id).unwrap() },
            member: *member,
        },
    };
    let mut pairs = render::pairs(query);
    // One page, so that the order of what is equally far up makes no difference.
    pairs.retain(|(name, _)| name != "_count");
    pairs.push(("_count".to_owned(), "1000".to_owned()));
    pairs.push(("_total".to_owned(), "accurate".to_owned()));
    let options = SearchOptions { handling: Handling::Lenient };
    let answer = app.search_in(&scope, &pairs, options).await?;
    let bundle = Tree::parse(&answer.bundle).unwrap();
    let text = |value: Option<fhir::Value<'_>>| {
        value.map(|value| value.raw().trim_matches('"').to_owned()).unwrap_or_default()
    };
    let found = bundle
        .root()
        .all("entry")
        .map(|entry| (text(entry.at("search.mode")), text(entry.at("fullUrl"))));
    let found = found.filter(|(mode, _)| mode != "outcome").collect();
    Ok((found, bundle.root().get("total").map(|total| total.raw().to_owned())))
}

fn world(prng: &mut Prng) -> BTreeMap<Key, Tree> {
    let mut resources = BTreeMap::new();
    for _ in 0..RESOURCES {
        let key = generate::key(prng);
        let resource = generate::resource(prng, &key).to_compact();
        let mut resource: serde_json::Value = serde_json::from_slice(&resource).unwrap();
        // Where it comes from, and now and then that its person is not to be shown it.
        let meta = resource.as_object_mut().unwrap().entry("meta").or_insert_with(|| json!({}));
        meta["source"] = SOURCES[prng.between(0, SOURCES.len() - 1)].into();
        if prng.percent(10) {
            meta["security"] = json!([{
                "system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "NOPAT"
            }]);
        }
        resources.insert(key, Tree::parse(resource.to_string().as_bytes()).unwrap());
    }
    resources
}

fn of_type(resources: &BTreeMap<Key, Tree>, name: &str) -> Vec<ResourceId> {
    let ids = resources.keys().filter(|(of, _)| of.as_str() == name);
    ids.map(|(_, id)| ResourceId::parse(id).unwrap()).collect()
}

fn searches() -> u64 {
    std::env::var("CARELOOM_DOORS_SEARCHES").ok().and_then(|text| text.parse().ok()).unwrap_or(400)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_theirs_makes_no_difference() {
    let judge = Judge::new(definitions::embedded(), NOW);
    let (mut compared, mut refused, mut found) = (0, 0, 0_u64);
    for number in 0..WORLDS {
        let mut prng = Prng::new(7, number);
        let resources = world(&mut prng);
        let (whole, _kept) = app();
        for (key, tree) in &resources {
            put(&whole, key, tree).await;
        }
        let patients: Vec<_> = of_type(&resources, "Patient").into_iter().take(3).collect();
        for (name, caller) in callers(&patients, &[SOURCES[0].into(), SOURCES[2].into()]) {
            let theirs = whole.acting_as(caller);
            let (alone, _kept) = app();
            let mut judged = World::default();
            let mut open = BTreeSet::new();
            for (key, tree) in &resources {
                match theirs.read(&self::key(key)).await {
                    Ok(_) => {
                        put(&alone, key, tree).await;
                        open.insert(format!("{}/{}", render::OWN_BASE, self::key(key)));
                    }
                    Err(failure) => assert!(
                        matches!(failure.category, Category::NotFound | Category::Forbidden),
                        "{name} {key:?}: {failure}"
                    ),
                }
                judged.put(key.clone(), Tree::parse(tree.root().raw().as_bytes()).unwrap(), NOW);
            }
            for _ in 0..searches() / WORLDS {
                let query = generate::search(&mut prng, &judge, &judged, &Features::all());
                let words = format!(
                    "{name}, world {number}: {:?} {:?}",
                    query.scope,
                    render::pairs(&query)
                );
                let got = match ask(&theirs, &query).await {
                    Ok(got) => got,
                    Err(failure) => {
                        assert_eq!(failure.category, Category::Forbidden, "{words}: {failure}");
                        refused += 1;
                        continue;
                    }
                };
                let wanted =
                    ask(&alone, &query).await.unwrap_or_else(|error| panic!("{words}: {error}"));
                found += got.0.len() as u64;
                compared += 1;
                if name == "staff" {
                    // Staff find the records of people whom they have to do with where they name them, and
                    // else their own; never what they may not read.
                    let stray: Vec<_> =
                        got.0.iter().filter(|(_, url)| !open.contains(url)).collect();
                    assert!(stray.is_empty(), "{words}: {stray:?}");
                    continue;
                }
                assert_eq!(got, wanted, "{words}");
            }
        }
    }
    eprintln!("{compared} searches compared, {refused} refused, {found} resources found");
    assert!(compared > searches() * 2, "only {compared} of the searches were compared");
    assert!(found > compared, "the searches hardly find anything: {found}");
}
