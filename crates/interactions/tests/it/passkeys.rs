//! Passkeys on a real store: a challenge works once, for what and whom it was given; a passkey lets in as long
//! as its account has it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../../../identity/tests/it/passkey/authenticator.rs"]
mod authenticator;

use authenticator::{Pair, Said};
use identity::jwt::from_base64url;
use identity::level::{Level, SignedInBy};
use interactions::{AccountKind, Category, NotAdded, SignIn};
use serde_json::Value;

use crate::sign_in::{MINUTE, World};

const CHALLENGE: &[u8] = b"";
const HANDLE: &[u8] = b"";

/// A device with one passkey.
struct Device {
    pair: Pair,
    id: &'static [u8],
    handle: Vec<u8>,
}

impl Device {
    fn new(id: &'static [u8]) -> Device {
        Device { pair: Pair::one(), id, handle: Vec::new() }
    }

    fn said(&self, asked: &Value, said: Said) -> Said {
        Said {
            challenge: from_base64url(asked["challenge"].as_str().unwrap()).unwrap(),
            origin: "http://localhost",
            rp_id: "localhost",
            id: self.id.to_vec(),
            named: self.id.to_vec(),
            handle: self.handle.clone(),
            ..said
        }
    }

    fn makes(&mut self, asked: &Value) -> String {
        self.handle = from_base64url(asked["user"]["id"].as_str().unwrap()).unwrap();
        self.said(asked, Said::making(&self.pair)).registration().to_string()
    }

    fn signs(&self, asked: &Value) -> String {
        self.said(asked, Said::new()).assertion(&self.pair).to_string()
    }
}

/// A session with password and code; each code works once.
async fn strong(world: &World, name: &str) -> String {
    world.pass(MINUTE);
    world.with_code(name).await
}

/// A device with a passkey of ada's, and the session that made it.
async fn with_passkey(world: &World) -> (Device, String) {
    let token = strong(world, "ada@example.test").await;
    let mut device = Device::new(b"one");
    let asked = world.app.ask_for_new_passkey(&token).await.unwrap().unwrap();
    world.app.add_passkey(&token, &device.makes(&asked), "my phone").await.unwrap().unwrap();
    (device, token)
}

async fn ask(world: &World) -> Value {
    world.app.ask_for_passkey().await.unwrap().unwrap()
}

#[tokio::test]
async fn a_passkey_is_made_and_lets_in() {
    let world = World::new().await;
    let (device, _) = with_passkey(&world).await;
    let done = world.app.sign_in_by_passkey(&device.signs(&ask(&world).await)).await.unwrap();
    let SignIn::Done { token } = done else { panic!("not in: {done:?}") };
    let session = world.app.signed_in(&token).await.unwrap().unwrap().session;
    assert_eq!((session.vector.by, session.vector.level), (SignedInBy::Key, Level::P5));
    let mine = world.app.my_passkeys(&token).await.unwrap();
    assert_eq!(mine.origin.as_deref(), Some("http://localhost"));
    assert_eq!((mine.passkeys.len(), mine.passkeys[0].name.as_str()), (1, "my phone"));
    assert!(mine.passkeys[0].used.is_some() && mine.is_room);
    // A device of the same account is told which it has already.
    let asked = world.app.ask_for_new_passkey(&token).await.unwrap().unwrap();
    assert_eq!(asked["excludeCredentials"].as_array().unwrap().len(), 1);
    assert!(!asked["user"]["id"].to_string().contains("ada"));
}

#[tokio::test]
async fn a_challenge_is_for_one_purpose_and_one_use() {
    let world = World::new().await;
    let (device, token) = with_passkey(&world).await;
    let answer = device.signs(&ask(&world).await);
    assert!(matches!(world.app.sign_in_by_passkey(&answer).await.unwrap(), SignIn::Done { .. }));
    assert_eq!(world.app.sign_in_by_passkey(&answer).await.unwrap(), SignIn::Wrong, "twice");
    let late = device.signs(&ask(&world).await);
    world.pass(5 * MINUTE);
    assert_eq!(world.app.sign_in_by_passkey(&late).await.unwrap(), SignIn::Wrong, "late");
    let made_up = device.signs(&serde_json::json!({"challenge": "AAAA"}));
    assert_eq!(world.app.sign_in_by_passkey(&made_up).await.unwrap(), SignIn::Wrong, "made up");
    let of_another_kind =
        device.signs(&world.app.ask_for_new_passkey(&token).await.unwrap().unwrap());
    assert_eq!(world.app.sign_in_by_passkey(&of_another_kind).await.unwrap(), SignIn::Wrong);
    let mut second = Device::new(b"two");
    let mut asked = world.app.ask_for_new_passkey(&token).await.unwrap().unwrap();
    asked["challenge"] = ask(&world).await["challenge"].clone();
    let answer = second.makes(&asked);
    assert_eq!(world.app.add_passkey(&token, &answer, "x").await.unwrap(), Err(NotAdded::Refused));
    // Another session's challenge: what one browser was asked another may not answer.
    let other = strong(&world, "dr.a").await;
    let asked = world.app.ask_for_new_passkey(&other).await.unwrap().unwrap();
    let answer = second.makes(&asked);
    assert_eq!(world.app.add_passkey(&token, &answer, "x").await.unwrap(), Err(NotAdded::Refused));
    for answer in ["", "{}", "[]", "null", "{\"rawId\":1}", "\u{0}"] {
        assert_eq!(
            world.app.sign_in_by_passkey(answer).await.unwrap(),
            SignIn::Wrong,
            "{answer:?}"
        );
        assert!(world.app.add_passkey(&token, answer, "x").await.unwrap().is_err(), "{answer:?}");
    }
}

#[tokio::test]
async fn a_password_alone_changes_no_passkeys() {
    let world = World::new().await;
    let token = world.sign_in("ada@example.test").await;
    assert_eq!(world.app.my_passkeys(&token).await.unwrap_err().category, Category::StepUp);
    assert_eq!(world.app.ask_for_new_passkey(&token).await.unwrap_err().category, Category::StepUp);
    assert_eq!(
        world.app.add_passkey(&token, "{}", "x").await.unwrap_err().category,
        Category::StepUp
    );
    assert_eq!(world.app.remove_passkey(&token, "x").await.unwrap_err().category, Category::StepUp);
    for none in ["", "nonsense"] {
        assert_eq!(world.app.my_passkeys(none).await.unwrap_err().category, Category::NotSignedIn);
    }
}

#[tokio::test]
async fn what_is_taken_away_lets_nobody_in() {
    let world = World::new().await;
    let (device, token) = with_passkey(&world).await;
    let id = world.app.my_passkeys(&token).await.unwrap().passkeys[0].id.clone();
    // Another's session takes nothing of ada's away.
    let other = strong(&world, "dr.a").await;
    world.app.remove_passkey(&other, &id).await.unwrap();
    assert!(matches!(
        world.app.sign_in_by_passkey(&device.signs(&ask(&world).await)).await.unwrap(),
        SignIn::Done { .. }
    ));
    // An id that one account has no other gets.
    let mut copy = Device::new(b"one");
    let asked = world.app.ask_for_new_passkey(&other).await.unwrap().unwrap();
    let answer = copy.makes(&asked);
    assert_eq!(world.app.add_passkey(&other, &answer, "x").await.unwrap(), Err(NotAdded::Refused));
    world.app.remove_passkey(&token, &id).await.unwrap();
    world.app.remove_passkey(&token, &id).await.unwrap();
    assert_eq!(
        world.app.sign_in_by_passkey(&device.signs(&ask(&world).await)).await.unwrap(),
        SignIn::Wrong
    );
    // And a closed account.
    let mut device = Device::new(b"three");
    let asked = world.app.ask_for_new_passkey(&token).await.unwrap().unwrap();
    world.app.add_passkey(&token, &device.makes(&asked), "x").await.unwrap().unwrap();
    world.app.close_account("ada@example.test").await.unwrap();
    assert_eq!(
        world.app.sign_in_by_passkey(&device.signs(&ask(&world).await)).await.unwrap(),
        SignIn::Wrong
    );
}

#[tokio::test]
async fn names_and_room_are_bounded() {
    let world = World::new().await;
    let (_, token) = with_passkey(&world).await;
    for name in ["", "  ", "a\u{7}", &"x".repeat(61)] {
        assert_eq!(
            world.app.add_passkey(&token, "{}", name).await.unwrap(),
            Err(NotAdded::Name),
            "{name:?}"
        );
    }
    let ids: [&'static [u8]; 9] = [b"b", b"c", b"d", b"e", b"f", b"g", b"h", b"i", b"j"];
    for id in ids {
        let mut device = Device::new(id);
        let asked = world.app.ask_for_new_passkey(&token).await.unwrap().unwrap();
        world.app.add_passkey(&token, &device.makes(&asked), "x").await.unwrap().unwrap();
    }
    assert!(!world.app.my_passkeys(&token).await.unwrap().is_room);
    assert_eq!(world.app.ask_for_new_passkey(&token).await.unwrap(), None);
}

#[tokio::test]
async fn a_server_known_by_number_has_none() {
    let options = interactions::AppOptions::with_base_url("http://10.0.0.1/fhir");
    let world = World::with(options).await;
    assert_eq!(world.app.ask_for_passkey().await.unwrap(), None);
    let token = strong(&world, "ada@example.test").await;
    assert_eq!(world.app.my_passkeys(&token).await.unwrap().origin, None);
    assert_eq!(world.app.ask_for_new_passkey(&token).await.unwrap(), None);
    assert_eq!(world.app.sign_in_by_passkey("{}").await.unwrap(), SignIn::Wrong);
    let kind = AccountKind::Citizen { person: "them".to_owned() };
    world.account("bob@example.test", Level::P0, kind).await;
}
