//! Passkeys: an authenticator made of a key pair answers, as browsers do; and then everything that it says
//! is spoiled, one thing at a time.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod authenticator;

use authenticator::{Pair, Said, bytes, head, map, number, text};
use identity::jwt::{base64url, from_base64url};
use identity::passkey::{
    Expected, Passkey, Place, Refusal, User, creation, named, registered, request, signed_in,
};
use proptest::prelude::*;
use ring::signature::KeyPair as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const CHALLENGE: &[u8] = b"a challenge of thirty-two bytes.";
const HANDLE: &[u8] = b"the handle of ada";
const NOW: i64 = 1_000_000;

fn place() -> Place {
    Place::of("https://care.example").unwrap()
}

fn made(answer: &Value) -> Result<Passkey, Refusal> {
    let place = place();
    registered(answer, &Expected { place: &place, challenge: CHALLENGE }, "phone", NOW)
}

fn used(answer: &Value, passkey: &Passkey) -> Result<Passkey, Refusal> {
    let place = place();
    signed_in(answer, passkey, HANDLE, &Expected { place: &place, challenge: CHALLENGE }, NOW + 1)
}

#[test]
fn each_kind_of_key_is_made_and_signs_in() {
    for (kind, pair) in Pair::all() {
        let passkey =
            made(&Said::making(&pair).registration()).unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!((passkey.name.as_str(), passkey.made, passkey.used), ("phone", NOW, None));
        assert!(passkey.may_be_copied && passkey.is_copied);
        let answer = Said::new().assertion(&pair);
        assert_eq!(named(&answer), Some(passkey.id.clone()));
        let after = used(&answer, &passkey).unwrap_or_else(|e| panic!("{kind}: {e}"));
        let mut expected = passkey.clone();
        expected.used = Some(NOW + 1);
        assert_eq!(after, expected);
        // It is kept as JSON and comes back.
        let kept = serde_json::to_string(&after).unwrap();
        assert_eq!(serde_json::from_str::<Passkey>(&kept).unwrap(), after);
    }
}

#[test]
fn another_pair_is_refused() {
    let (mine, other) = (Pair::one(), Pair::one());
    let passkey = made(&Said::making(&mine).registration()).unwrap();
    assert_eq!(used(&Said::new().assertion(&other), &passkey), Err(Refusal::BadSignature));
}

/// What is spoiled, and how it is refused at registration and at sign-in; nothing where it is no matter.
type Spoiled = (&'static str, fn(&mut Said), Option<Refusal>, Option<Refusal>);

const SPOILED: &[Spoiled] = &[
    ("nothing", |_| {}, None, None),
    (
        "purpose",
        |s| s.kind = if s.kind == "webauthn.get" { "webauthn.create" } else { "webauthn.get" },
        Some(Refusal::OtherPurpose),
        Some(Refusal::OtherPurpose),
    ),
    (
        "challenge",
        |s| s.challenge[0] ^= 1,
        Some(Refusal::OtherChallenge),
        Some(Refusal::OtherChallenge),
    ),
    (
        "challenge cut",
        |s| {
            s.challenge.pop();
        },
        Some(Refusal::OtherChallenge),
        Some(Refusal::OtherChallenge),
    ),
    (
        "no challenge",
        |s| s.challenge.clear(),
        Some(Refusal::OtherChallenge),
        Some(Refusal::OtherChallenge),
    ),
    (
        "origin",
        |s| s.origin = "https://evil.example",
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    (
        "sub-domain",
        |s| s.origin = "https://x.care.example",
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    (
        "port",
        |s| s.origin = "https://care.example:444",
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    (
        "scheme",
        |s| s.origin = "http://care.example",
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    ("rp id", |s| s.rp_id = "evil.example", Some(Refusal::OtherPlace), Some(Refusal::OtherPlace)),
    (
        "framed",
        |s| s.client = json!({"crossOrigin": true}),
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    (
        "framed, in words",
        |s| s.client = json!({"crossOrigin": "false"}),
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    (
        "top origin",
        |s| s.client = json!({"topOrigin": "https://care.example"}),
        Some(Refusal::OtherPlace),
        Some(Refusal::OtherPlace),
    ),
    ("not framed, not said", |s| s.client = json!({}), None, None),
    ("more is said", |s| s.client = json!({"other_keys_can_be_added_here": "x"}), None, None),
    ("not present", |s| s.flags &= !1, Some(Refusal::NobodyThere), Some(Refusal::NobodyThere)),
    ("not verified", |s| s.flags &= !4, Some(Refusal::NobodyThere), Some(Refusal::NobodyThere)),
    ("copied, may not be", |s| s.flags &= !8, Some(Refusal::Malformed), Some(Refusal::Malformed)),
    (
        "another credential's id",
        |s| s.named = b"another".to_vec(),
        Some(Refusal::OtherPasskey),
        Some(Refusal::OtherPasskey),
    ),
    (
        "no id",
        |s| {
            s.named.clear();
            s.id.clear();
        },
        Some(Refusal::Malformed),
        Some(Refusal::OtherPasskey),
    ),
    (
        "a long id",
        |s| {
            s.id = vec![1; 1_024];
            s.named = s.id.clone();
        },
        Some(Refusal::Malformed),
        Some(Refusal::OtherPasskey),
    ),
    ("another account", |s| s.handle[0] ^= 1, None, Some(Refusal::OtherPasskey)),
    ("no account", |s| s.handle.clear(), None, Some(Refusal::OtherPasskey)),
    ("signature", |s| s.spoils_signature = true, None, Some(Refusal::BadSignature)),
    ("more at the end", |s| s.tail = vec![0], Some(Refusal::Malformed), Some(Refusal::Malformed)),
    (
        "extensions",
        |s| {
            s.flags |= 0x80;
            s.tail = map(&[(text("x"), number(1))]);
        },
        None,
        None,
    ),
    (
        "extensions promised",
        |s| s.flags |= 0x80,
        Some(Refusal::Malformed),
        Some(Refusal::Malformed),
    ),
    (
        "extensions that are none",
        |s| {
            s.flags |= 0x80;
            s.tail = number(1);
        },
        Some(Refusal::Malformed),
        Some(Refusal::Malformed),
    ),
    (
        "a credential promised or not",
        |s| s.flags ^= 0x40,
        Some(Refusal::Malformed),
        Some(Refusal::Malformed),
    ),
];

#[test]
fn each_part_that_is_spoiled_is_refused() {
    let pair = Pair::one();
    let passkey = made(&Said::making(&pair).registration()).unwrap();
    for (what, spoil, at_registration, at_sign_in) in SPOILED {
        let mut said = Said::making(&pair);
        spoil(&mut said);
        assert_eq!(made(&said.registration()).err(), *at_registration, "{what}: registration");
        let mut said = Said::new();
        spoil(&mut said);
        assert_eq!(used(&said.assertion(&pair), &passkey).err(), *at_sign_in, "{what}: sign-in");
    }
}

#[test]
fn keys_that_are_not_taken() {
    let pair = Pair::one();
    let Pair::P256(p256) = &pair else { panic!("the first is P-256") };
    let point = p256.public_key().as_ref();
    let (x, y) = (bytes(&point[1..33]), bytes(&point[33..]));
    let ec = |kind: i32, algorithm: i32, curve: i32, x: &[u8], y: &[u8]| {
        let members = [
            (1, number(kind)),
            (3, number(algorithm)),
            (-1, number(curve)),
            (-2, x.to_vec()),
            (-3, y.to_vec()),
        ];
        map(&members.map(|(label, value)| (number(label), value)))
    };
    let rsa = |bits: usize, first: u8, e: &[u8]| {
        let mut n = vec![0xff; bits / 8];
        n[0] = first;
        map(&[
            (number(1), number(3)),
            (number(3), number(-257)),
            (number(-1), bytes(&n)),
            (number(-2), bytes(e)),
        ])
    };
    let refused = [
        ("another algorithm", ec(2, -35, 1, &x, &y)),
        ("another curve", ec(2, -7, 2, &x, &y)),
        ("another kind", ec(1, -7, 1, &x, &y)),
        ("EdDSA of a point", ec(2, -8, 6, &x, &y)),
        ("a short x", ec(2, -7, 1, &bytes(&point[2..33]), &y)),
        ("y by a sign", ec(2, -7, 1, &x, &[0xf5])),
        ("a short RSA key", rsa(1_024, 0xff, &[1, 0, 1])),
        ("a long RSA key", rsa(8_192, 0xff, &[1, 0, 1])),
        ("an RSA key with a zero before", rsa(2_056, 0, &[1, 0, 1])),
        ("an exponent of 3", rsa(2_048, 0xff, &[3])),
        ("no key", map(&[])),
        ("a number", number(1)),
    ];
    for (what, cose) in refused {
        let said = Said { cose: Some(cose), ..Said::making(&pair) };
        assert_eq!(made(&said.registration()), Err(Refusal::OtherKey), "{what}");
    }
    let twice = [&head(5, 2)[..], &number(1), &number(2), &number(1), &number(2)].concat();
    let long = [&[0xb8, 5][..], &ec(2, -7, 1, &x, &y)[1..]].concat();
    for (what, cose) in [
        ("a name twice", twice),
        ("a length written long", long),
        ("without end", vec![0xbf, 0xff]),
        ("a tag", vec![0xc0, 0]),
    ] {
        let said = Said { cose: Some(cose), ..Said::making(&pair) };
        assert_eq!(made(&said.registration()), Err(Refusal::Malformed), "{what}");
    }
    // A point that is not on the curve: taken as a key, and nothing is ever signed by it.
    let off = ec(2, -7, 1, &bytes(&[1; 32]), &bytes(&[1; 32]));
    let passkey = made(&Said { cose: Some(off), ..Said::making(&pair) }.registration()).unwrap();
    assert_eq!(used(&Said::new().assertion(&pair), &passkey), Err(Refusal::BadSignature));
}

#[test]
fn a_counter_only_grows() {
    let pair = Pair::one();
    // (kept, said, accepted)
    for (kept, said, is_good) in [
        (0, 0, true),
        (0, 1, true),
        (1, 2, true),
        (1, 1, false),
        (2, 1, false),
        (1, 0, false),
        (u32::MAX - 1, u32::MAX, true),
    ] {
        let passkey = made(&Said { count: kept, ..Said::making(&pair) }.registration()).unwrap();
        let answer = Said { count: said, ..Said::new() }.assertion(&pair);
        let expected = if is_good { None } else { Some(Refusal::Copied) };
        assert_eq!(used(&answer, &passkey).err(), expected, "{kept} {said}");
    }
}

#[test]
fn answers_that_are_no_answers() {
    let pair = Pair::one();
    let good = Said::making(&pair).registration();
    let passkey = made(&good).unwrap();
    for path in ["/rawId", "/response/clientDataJSON", "/response/attestationObject", "/type"] {
        for value in
            [json!(null), json!(1), json!("=="), json!("a b"), json!("A".repeat(20_000)), json!({})]
        {
            let mut spoiled = good.clone();
            *spoiled.pointer_mut(path).unwrap() = value.clone();
            assert!(made(&spoiled).is_err(), "{path}: {value}");
        }
    }
    let good = Said::new().assertion(&pair);
    for path in [
        "/rawId",
        "/response/clientDataJSON",
        "/response/authenticatorData",
        "/response/signature",
        "/response/userHandle",
    ] {
        for value in [json!(null), json!(1), json!("=="), json!("")] {
            let mut spoiled = good.clone();
            *spoiled.pointer_mut(path).unwrap() = value.clone();
            assert!(used(&spoiled, &passkey).is_err(), "{path}: {value}");
        }
    }
    for answer in [json!(null), json!([]), json!("x"), json!({})] {
        assert!(
            made(&answer).is_err() && used(&answer, &passkey).is_err() && named(&answer).is_none()
        );
    }
    let mut twice = Said::new();
    twice.client = json!({});
    let mut answer = twice.assertion(&pair);
    let client =
        String::from_utf8(twice.client()).unwrap().replacen('{', "{\"type\":\"webauthn.get\",", 1);
    answer["response"]["clientDataJSON"] = json!(base64url(client.as_bytes()));
    assert_eq!(used(&answer, &passkey), Err(Refusal::Malformed), "a name that stands twice");
}

/// Whatever single byte is changed or cut off: nothing is let in, and nothing panics.
#[test]
fn no_byte_may_change() {
    let pair = Pair::one();
    let passkey = made(&Said::making(&pair).registration()).unwrap();
    let good = Said::new().assertion(&pair);
    for path in [
        "/response/authenticatorData",
        "/response/signature",
        "/response/clientDataJSON",
        "/response/userHandle",
    ] {
        let bytes = from_base64url(good.pointer(path).unwrap().as_str().unwrap()).unwrap();
        let changed = (0..bytes.len()).flat_map(|at| {
            let mut one = bytes.clone();
            one[at] ^= 1 << (at % 8);
            [one, bytes[..at].to_vec()]
        });
        for bytes in changed {
            let mut answer = good.clone();
            *answer.pointer_mut(path).unwrap() = json!(base64url(&bytes));
            assert!(used(&answer, &passkey).is_err(), "{path}: {bytes:?}");
        }
    }
    let good = Said::making(&pair).registration();
    let path = "/response/attestationObject";
    let bytes = from_base64url(good.pointer(path).unwrap().as_str().unwrap()).unwrap();
    for at in 0..bytes.len() {
        let mut answer = good.clone();
        *answer.pointer_mut(path).unwrap() = json!(base64url(&bytes[..at]));
        assert!(made(&answer).is_err(), "cut at {at}");
    }
}

#[test]
fn what_a_browser_is_asked() {
    let pair = Pair::one();
    let passkey = made(&Said::making(&pair).registration()).unwrap();
    let user = User { handle: HANDLE, name: "ada@example.test", words: "Ada" };
    let asked = creation(&place(), CHALLENGE, user, std::slice::from_ref(&passkey));
    assert_eq!(asked["rp"]["id"], "care.example");
    assert_eq!(asked["challenge"], base64url(CHALLENGE));
    assert_eq!(asked["excludeCredentials"][0]["id"], passkey.id);
    assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
    assert_eq!(asked["attestation"], "none");
    let asked = request(&place(), CHALLENGE);
    assert_eq!(
        (&asked["rpId"], &asked["userVerification"]),
        (&json!("care.example"), &json!("required"))
    );
    assert!(asked.get("allowCredentials").is_none(), "who asks is told of nobody's passkeys");
}

#[test]
fn places() {
    let table = [
        ("https://care.example", Some(("care.example", "https://care.example"))),
        ("https://Care.Example:443/x?y", Some(("care.example", "https://care.example"))),
        ("https://care.example:8443", Some(("care.example", "https://care.example:8443"))),
        ("http://localhost:80", Some(("localhost", "http://localhost"))),
        ("http://127.0.0.1:8080/", Some(("localhost", "http://localhost:8080"))),
        ("http://[::1]:8080", Some(("localhost", "http://localhost:8080"))),
        ("http://care.example", None),
        ("https://192.168.0.1", None),
        ("https://[2001:db8::1]", None),
        ("ftp://care.example", None),
        ("https://", None),
        ("https://a b", None),
        ("care.example", None),
        ("", None),
    ];
    for (root, expected) in table {
        let found = Place::of(root);
        let found = found.as_ref().map(|place| (place.rp_id.as_str(), place.origin.as_str()));
        assert_eq!(found, expected, "{root}");
    }
}

proptest! {
    #[test]
    fn whatever_is_sent_is_read_or_refused(said in prop::collection::vec(any::<u8>(), 0..200)) {
        let answer = json!({
            "type": "public-key", "rawId": "AA",
            "response": {
                "clientDataJSON": base64url(&Said { kind: "webauthn.create", ..Said::new() }.client()),
                "attestationObject": base64url(&said),
            },
        });
        prop_assert!(made(&answer).is_err());
        let object = map(&[(text("authData"), bytes(&[Sha256::digest(b"care.example").to_vec(), vec![0x45, 0, 0, 0, 0], said].concat()))]);
        let mut answer = answer;
        answer["response"]["attestationObject"] = json!(base64url(&object));
        let _ = made(&answer);
    }
}
