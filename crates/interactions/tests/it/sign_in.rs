//! Signing in on a real store: what is told, what is kept, what a session opens.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use access::{Role, Who};
use fhir::{ResourceId, Tree};
use identity::level::{Level, Missing};
use identity::totp;
use interactions::{
    AccountKind, App, AppOptions, Category, Clock, Finding, IdSource, NewAccount, Relation, SignIn,
    UpdateTarget, WriteOptions,
};
use store::ResourceKey;
use store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::fixture::{NOW, id};

pub(crate) const HERE: &str = "127.0.0.1";
pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const MINUTE: i64 = 60 * SECOND;
const CODE_SECRET: &[u8] = b"a secret of twenty b";
const PASSWORD: &str = "coffee-window-tram";

#[derive(Clone)]
struct Hand(Arc<AtomicI64>);

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

impl World {
    pub(crate) async fn new() -> World {
        World::with(AppOptions::with_base_url("http://localhost/fhir")).await
    }

    pub(crate) async fn with(options_of_app: AppOptions) -> World {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = store::Catalogue::of(definitions::embedded());
        let clock = Hand(Arc::new(AtomicI64::new(NOW)));
        let of_store = clock.clone();
        let options = Options::with_clock(Arc::new(move || of_store.now()));
        let store = SqliteStore::open(&folder.path().join("in.db"), &catalogue, options).unwrap();
        let app = App::new(
            Arc::new(store),
            definitions::embedded(),
            Arc::new(clock.clone()),
            Arc::new(Counted(AtomicU64::new(0))),
            options_of_app,
        );
        let world = World { app, clock, _folder: folder };
        for json in [
            r#"{"resourceType":"Patient","id":"p1","meta":{"source":"urn:gp"}}"#,
            r#"{"resourceType":"Patient","id":"p2","meta":{"source":"urn:elsewhere"}}"#,
            r#"{"resourceType":"Person","id":"me","link":[{"target":{"reference":"Patient/p1"}}]}"#,
            r#"{"resourceType":"Person","id":"them","link":[{"target":{"reference":"Patient/p2"}}]}"#,
            r#"{"resourceType":"Condition","id":"c1","subject":{"reference":"Patient/p1"}}"#,
            r#"{"resourceType":"Condition","id":"c2","subject":{"reference":"Patient/p2"}}"#,
        ] {
            world.put(json).await;
        }
        world.app.load_links().await.unwrap();
        world
            .account(
                "Ada@Example.test",
                Level::P5,
                AccountKind::Citizen { person: "me".to_owned() },
            )
            .await;
        let post = AccountKind::Staff {
            practitioner: "dr-a".to_owned(),
            role: Role::Clinician.as_str().to_owned(),
            organisation: "The Surgery".to_owned(),
            sources: vec!["urn:gp".to_owned()],
        };
        world.account("dr.a", Level::P9, post).await;
        world
    }

    /// Writes a resource with its id.
    pub(crate) async fn put(&self, json: &str) {
        let tree = Tree::parse(json.as_bytes()).unwrap();
        let name = tree.root().text_of("resourceType").unwrap();
        let resource_type = self.app.resource_type(name).unwrap();
        let target = UpdateTarget::Id(id(tree.root().text_of("id").unwrap()));
        self.app.update(resource_type, &target, &tree, &WriteOptions::default()).await.unwrap();
    }

    /// The use cases of who has signed in.
    pub(crate) async fn acting(&self, token: &str) -> App {
        let signed_in = self.app.signed_in(token).await.unwrap().unwrap();
        self.app.acting_as(signed_in.caller)
    }

    pub(crate) async fn account(&self, name: &str, level: Level, kind: AccountKind) {
        let new = NewAccount {
            name: name.to_owned(),
            words: "Somebody".to_owned(),
            kind,
            level,
            password: PASSWORD.to_owned(),
            code_secret: CODE_SECRET.to_vec(),
            linkage: "AB12-CD34-EF56".to_owned(),
        };
        self.app.create_account(new).await.unwrap();
    }

    pub(crate) fn pass(&self, time: i64) {
        self.clock.0.fetch_add(time, Ordering::Relaxed);
    }

    pub(crate) async fn sign_in(&self, name: &str) -> String {
        match self.app.sign_in(name, PASSWORD, HERE).await.unwrap() {
            SignIn::Done { token } => token,
            other => panic!("{other:?}"),
        }
    }

    fn code(&self) -> String {
        totp::code(CODE_SECRET, totp::step_at(self.clock.now() / SECOND))
    }

    pub(crate) async fn with_code(&self, name: &str) -> String {
        let token = self.sign_in(name).await;
        match self.app.give_code(&token, &self.code()).await.unwrap() {
            SignIn::Done { token } => token,
            other => panic!("{other:?}"),
        }
    }

    /// The category of the failure of reading a resource in a session; `None` where it is read.
    pub(crate) async fn reading(&self, token: &str, key: &str) -> Option<Category> {
        let signed_in = self.app.signed_in(token).await.unwrap().unwrap();
        let (name, of) = key.split_once('/').unwrap();
        let key = ResourceKey { resource_type: self.app.resource_type(name).unwrap(), id: id(of) };
        self.app.acting_as(signed_in.caller).read(&key).await.err().map(|failure| failure.category)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_steps_up_to_their_record() {
    let world = World::new().await;
    let first = world.sign_in(" ada@example.TEST ").await;
    let signed_in = world.app.signed_in(&first).await.unwrap().unwrap();
    assert_eq!(signed_in.missing, Some(Missing::Code));
    assert_eq!(world.reading(&first, "Condition/c1").await, Some(Category::StepUp));
    for wrong in ["000000", "", "abc"] {
        assert_eq!(world.app.give_code(&first, wrong).await.unwrap(), SignIn::Wrong, "{wrong}");
    }
    let code = world.code();
    let SignIn::Done { token: second } = world.app.give_code(&first, &code).await.unwrap() else {
        panic!()
    };
    assert_ne!(first, second);
    assert!(
        world.app.signed_in(&first).await.unwrap().is_none(),
        "the token from before is worth nothing"
    );
    assert_eq!(
        world.app.give_code(&second, &code).await.unwrap(),
        SignIn::Wrong,
        "a code works once"
    );
    assert_eq!(world.reading(&second, "Condition/c1").await, Some(Category::StepUp));
    assert_eq!(world.app.prove(&second, "AB12CD34EF57").await.unwrap(), SignIn::Wrong);
    let SignIn::Done { token: third } = world.app.prove(&second, "ab12 cd34 ef56").await.unwrap()
    else {
        panic!()
    };
    assert_eq!(world.app.signed_in(&third).await.unwrap().unwrap().missing, None);
    assert_eq!(world.reading(&third, "Condition/c1").await, None);
    assert_eq!(world.reading(&third, "Condition/c2").await, Some(Category::NotFound));
    // The proof is given once.
    world.pass(MINUTE);
    let again = world.with_code("ada@example.test").await;
    assert_eq!(world.reading(&again, "Condition/c1").await, None);
    world.app.sign_out(&third).await.unwrap();
    assert!(world.app.signed_in(&third).await.unwrap().is_none());
    assert!(world.app.signed_in(&again).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_by_rest_and_by_age() {
    let world = World::new().await;
    let token = world.sign_in("ada@example.test").await;
    world.pass(29 * MINUTE);
    assert!(world.app.signed_in(&token).await.unwrap().is_some());
    world.pass(29 * MINUTE);
    assert!(world.app.signed_in(&token).await.unwrap().is_some(), "it was used in between");
    world.pass(30 * MINUTE);
    assert!(world.app.signed_in(&token).await.unwrap().is_none());
    assert_eq!(world.app.give_code(&token, &world.code()).await.unwrap(), SignIn::Over);
    for nonsense in ["", "x", &"a".repeat(64), &"é".repeat(100)] {
        assert!(world.app.signed_in(nonsense).await.unwrap().is_none(), "{nonsense}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slow_and_tells_nothing() {
    let world = World::new().await;
    for name in ["ada@example.test", "nobody@example.test"] {
        for _ in 0..5 {
            assert_eq!(
                world.app.sign_in(name, "wrong password", HERE).await.unwrap(),
                SignIn::Wrong,
                "{name}"
            );
        }
        let waits = world.app.sign_in(name, PASSWORD, HERE).await.unwrap();
        assert_eq!(waits, SignIn::Wait { seconds: 5 }, "{name}");
    }
    // Somebody else's guesses keep nobody out.
    assert!(matches!(
        world.app.sign_in("ada@example.test", PASSWORD, "127.0.0.2").await.unwrap(),
        SignIn::Done { .. }
    ));
    world.pass(5 * SECOND);
    assert!(matches!(
        world.app.sign_in("ada@example.test", PASSWORD, HERE).await.unwrap(),
        SignIn::Done { .. }
    ));
    // What was typed rightly is forgotten as a failure.
    assert_eq!(
        world.app.sign_in("ada@example.test", "wrong password", HERE).await.unwrap(),
        SignIn::Wrong
    );
}

/// What of sign-in is damaged in the store lets nobody in, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn damaged_records_let_nobody_in() {
    let world = World::new().await;
    let token = world.sign_in("ada@example.test").await;
    for damaged in ["", "{", "null", "[]", r#"{"account":"ada@example.test"}"#, "\u{0}"] {
        for (kind, key) in
            [("session", identity::secret_key(&token)), ("account", "ada@example.test".to_owned())]
        {
            let kept = world.app.store.kept(kind, &key).await.unwrap().unwrap();
            let put = async |value: &[u8]| {
                let change = store::KeptChange {
                    kind: kind.into(),
                    key: key.as_str().into(),
                    expected: store::KeptExpected::Any,
                    becomes: Some((value.into(), i64::MAX)),
                };
                world.app.store.keep(vec![change]).await.unwrap();
            };
            put(damaged.as_bytes()).await;
            let refused = world.app.signed_in(&token).await.map(|_| ()).unwrap_err();
            assert_eq!(refused.category, Category::Fault, "{kind} {damaged:?}");
            let refused = world.app.give_code(&token, &world.code()).await.unwrap_err();
            assert_eq!(refused.category, Category::Fault, "{kind} {damaged:?}");
            assert!(!format!("{refused}").contains("ada@"), "{refused}");
            put(&kept.value).await;
            assert!(world.app.signed_in(&token).await.unwrap().is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_once_are_as_many_as_guesses_one_by_one() {
    let world = World::new().await;
    let tries = (0..24).map(|_| world.app.sign_in("ada@example.test", "a guess", HERE));
    let all: Vec<_> =
        futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    let wrong = all.iter().filter(|each| **each == SignIn::Wrong).count();
    let wait = all.iter().filter(|each| matches!(each, SignIn::Wait { .. })).count();
    assert_eq!((wrong, wait), (5, 19));
    // Of one address with any accounts: ten times as many, and all of them are counted.
    let names: Vec<String> = (0..45).map(|n| format!("{n}@example.test")).collect();
    let tries = names.iter().map(|name| world.app.sign_in(name, "a guess", HERE));
    for each in futures_util::future::join_all(tries).await {
        assert_eq!(each.unwrap(), SignIn::Wrong);
    }
    let next = world.app.sign_in("another@example.test", "guess", HERE).await.unwrap();
    assert_eq!(next, SignIn::Wait { seconds: 5 });
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_requests_with_a_code_has_used_it() {
    let world = World::new().await;
    let token = world.sign_in("ada@example.test").await;
    let code = world.code();
    let tries = (0..8).map(|_| world.app.give_code(&token, &code));
    let all = futures_util::future::join_all(tries).await;
    let done = all.into_iter().filter(|each| matches!(each, Ok(SignIn::Done { .. }))).count();
    assert_eq!(done, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_need_a_code_and_a_relationship_or_a_reason() {
    let world = World::new().await;
    let token = world.sign_in("dr.a").await;
    let signed_in = world.app.signed_in(&token).await.unwrap().unwrap();
    assert_eq!((signed_in.missing, &signed_in.caller.who), (Some(Missing::Code), &Who::Nobody));
    world.pass(MINUTE);
    let token = world.with_code("dr.a").await;
    let caller = world.app.signed_in(&token).await.unwrap().unwrap().caller;
    let theirs = world.app.acting_as(caller);
    assert_eq!(theirs.relation_to(&id("me")).await.unwrap(), Relation::Known);
    assert_eq!(theirs.relation_to(&id("them")).await.unwrap(), Relation::Unknown);
    assert_eq!(theirs.relation_to(&id("nobody")).await.unwrap(), Relation::Unknown);
    assert_eq!(world.reading(&token, "Condition/c1").await, None);
    assert_eq!(world.reading(&token, "Condition/c2").await, Some(Category::NotFound));
    for reason in ["", "need it", &"x".repeat(501)] {
        let refused = theirs.break_glass(&token, &id("them"), reason, HERE).await.unwrap_err();
        assert_eq!(refused.category, Category::Invalid, "{reason}");
    }
    let reason = "collapsed in the waiting room";
    assert_eq!(
        theirs.break_glass(&token, &id("nobody"), reason, HERE).await.unwrap_err().category,
        Category::NotFound
    );
    theirs.break_glass(&token, &id("them"), reason, HERE).await.unwrap();
    assert_eq!(world.reading(&token, "Condition/c2").await, None);
    let glass = world.app.broken_glass(10).await.unwrap();
    assert_eq!(glass.len(), 1);
    assert_eq!((glass[0].reason.as_str(), &glass[0].patients), (reason, &vec![id("p2")]));
    assert_eq!(theirs.broken_glass(10).await.unwrap_err().category, Category::Forbidden);
    reviewed_once(&world, &theirs, &glass[0].id).await;
    // Used now and then, the session goes on; what was opened does not.
    for _ in 0..12 {
        world.pass(20 * MINUTE);
        assert!(world.app.signed_in(&token).await.unwrap().is_some());
    }
    assert_eq!(world.reading(&token, "Condition/c2").await, Some(Category::NotFound));
    assert_eq!(world.reading(&token, "Condition/c1").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_cannot_be_made() {
    let world = World::new().await;
    let citizen = || AccountKind::Citizen { person: "me".to_owned() };
    let staff = |role: &str| AccountKind::Staff {
        practitioner: "x".to_owned(),
        role: role.to_owned(),
        organisation: String::new(),
        sources: Vec::new(),
    };
    let table = [
        ("ADA@example.test", PASSWORD, citizen(), Category::Conflict),
        ("", PASSWORD, citizen(), Category::Invalid),
        ("a\nb", PASSWORD, citizen(), Category::Invalid),
        (&*"x".repeat(201), PASSWORD, citizen(), Category::Invalid),
        ("new", "short", citizen(), Category::Invalid),
        ("new", "password1234", citizen(), Category::Invalid),
        ("new", PASSWORD, staff("king"), Category::Invalid),
    ];
    for (name, password, kind, expected) in table {
        let new = NewAccount {
            name: name.to_owned(),
            words: String::new(),
            kind,
            level: Level::P0,
            password: password.to_owned(),
            code_secret: Vec::new(),
            linkage: String::new(),
        };
        assert_eq!(
            world.app.create_account(new).await.unwrap_err().category,
            expected,
            "{name} {password}"
        );
    }
    world.pass(MINUTE);
    let token = world.with_code("dr.a").await;
    let caller = world.app.signed_in(&token).await.unwrap().unwrap().caller;
    let new = NewAccount {
        name: "new".to_owned(),
        words: String::new(),
        kind: citizen(),
        level: Level::P9,
        password: PASSWORD.to_owned(),
        code_secret: Vec::new(),
        linkage: String::new(),
    };
    let refused = world.app.acting_as(caller).create_account(new).await.unwrap_err();
    assert_eq!(refused.category, Category::Forbidden);
}

/// Only who answers for it reviews an opening, with words where it was not right, and once.
async fn reviewed_once(world: &World, theirs: &App, event: &ResourceId) {
    let post = AccountKind::Staff {
        practitioner: "privacy".to_owned(),
        role: Role::PrivacyOfficer.as_str().to_owned(),
        organisation: "The Place".to_owned(),
        sources: vec!["urn:gp".to_owned()],
    };
    world.account("privacy", Level::P9, post).await;
    let officer = world.with_code("privacy").await;
    let officer = world.app.signed_in(&officer).await.unwrap().unwrap();
    let officer = world.app.acting_as(officer.caller);
    let words = "Talked to the clinician about it";
    let review = async |app: &App, event: &ResourceId, finding, words: &str| {
        let done = app.review_glass(event, finding, words, "Pri Vacy", HERE).await;
        done.err().map(|failure| failure.category)
    };
    let wrong = [
        (review(theirs, event, Finding::Justified, "").await, Category::Forbidden),
        (review(&officer, &id("none"), Finding::Justified, "").await, Category::NotFound),
        (review(&officer, event, Finding::NotJustified, "").await, Category::Invalid),
        (review(&officer, event, Finding::NotJustified, "too short").await, Category::Invalid),
        (review(&officer, event, Finding::Justified, &"x".repeat(1_001)).await, Category::Invalid),
    ];
    for (answer, expected) in wrong {
        assert_eq!(answer, Some(expected));
    }
    assert_eq!(officer.glass_to_review().await.unwrap(), 1);
    let all = (0..6).map(|_| review(&officer, event, Finding::NotJustified, words));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|each| each.is_none()).count(), 1, "{all:?}");
    assert!(all.iter().flatten().all(|category| *category == Category::Conflict), "{all:?}");
    assert_eq!(officer.glass_to_review().await.unwrap(), 0);
    let glass = officer.broken_glass(10).await.unwrap();
    let review = glass[0].review.as_ref().unwrap();
    assert_eq!((review.finding, review.words.as_str()), (Finding::NotJustified, words));
}

/// Closing an account ends the sessions that it has, and those who were in them are nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_has_no_session() {
    let world = World::new().await;
    let (mine, theirs) = (world.with_code("ada@example.test").await, world.with_code("dr.a").await);
    world.app.close_account("ada@example.test").await.unwrap();
    assert!(world.app.signed_in(&mine).await.unwrap().is_none());
    for given in ["000000", &world.code()] {
        assert_eq!(world.app.give_code(&mine, given).await.unwrap(), SignIn::Over, "{given}");
    }
    assert_eq!(world.app.prove(&mine, "AB12-CD34-EF56").await.unwrap(), SignIn::Over);
    assert_eq!(world.app.sign_in("ada@example.test", PASSWORD, HERE).await.unwrap(), SignIn::Wrong);
    assert!(world.app.signed_in(&theirs).await.unwrap().is_some(), "nobody else's session ends");
}

/// An unknown name takes the time of a known one: both cost the same hash, which is most of the time.
#[tokio::test(flavor = "multi_thread")]
async fn time_does_not_tell_whether_there_is_an_account() {
    let world = World::new().await;
    let fastest = async |name: &str| {
        let mut fastest = std::time::Duration::MAX;
        for round in 0..4 {
            // Another address each time, so that no try is made to wait.
            let (here, begun) = (format!("192.0.2.{round}"), std::time::Instant::now());
            let answer = world.app.sign_in(name, "wrong password", &here).await.unwrap();
            assert_eq!(answer, SignIn::Wrong, "{name}");
            fastest = fastest.min(begun.elapsed());
        }
        fastest
    };
    let known = fastest("ada@example.test").await;
    for unknown in ["nobody@example.test", "", "\u{0}", "a closed one"] {
        let taken = fastest(unknown).await;
        assert!(taken * 2 > known && known * 2 > taken, "{unknown:?}: {taken:?}, known: {known:?}");
    }
}
