//! Signing in on a real store: what is told, what is kept, what a session opens.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use access::{Role, Who};
use fhir::{ResourceId, Tree};
use identity::level::{Level, Missing};
use identity::totp;
use interactions::{
    AccountKind, App, AppOptions, Category, Clock, IdSource, NewAccount, Relation, SignIn,
    UpdateTarget, WriteOptions,
};
use store::ResourceKey;
use store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;

use crate::fixture::{NOW, id};

const SECOND: i64 = 1_000_000;
const MINUTE: i64 = 60 * SECOND;
const CODE_SECRET: &[u8] = b"a secret of twenty b";
const PASSWORD: &str = "coffee-window-tram";
const HERE: &str = "127.0.0.1";

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

struct World {
    app: App,
    clock: Hand,
    _folder: TempDir,
}

impl World {
    async fn new() -> World {
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
            AppOptions::with_base_url("http://localhost/fhir"),
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
            let tree = Tree::parse(json.as_bytes()).unwrap();
            let resource_type =
                world.app.resource_type(tree.root().text_of("resourceType").unwrap()).unwrap();
            let target = UpdateTarget::Id(id(tree.root().text_of("id").unwrap()));
            world
                .app
                .update(resource_type, &target, &tree, &WriteOptions::default())
                .await
                .unwrap();
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

    async fn account(&self, name: &str, level: Level, kind: AccountKind) {
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

    fn pass(&self, time: i64) {
        self.clock.0.fetch_add(time, Ordering::Relaxed);
    }

    async fn sign_in(&self, name: &str) -> String {
        match self.app.sign_in(name, PASSWORD, HERE).await.unwrap() {
            SignIn::Done { token } => token,
            other => panic!("{other:?}"),
        }
    }

    fn code(&self) -> String {
        totp::code(CODE_SECRET, totp::step_at(self.clock.now() / SECOND))
    }

    async fn with_code(&self, name: &str) -> String {
        let token = self.sign_in(name).await;
        match self.app.give_code(&token, &self.code()).await.unwrap() {
            SignIn::Done { token } => token,
            other => panic!("{other:?}"),
        }
    }

    /// The category of the failure of reading a resource in a session; `None` where it is read.
    async fn reading(&self, token: &str, key: &str) -> Option<Category> {
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
