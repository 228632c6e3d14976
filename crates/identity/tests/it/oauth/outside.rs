//! A provider elsewhere: what of its answers is believed.

use identity::jwt::{Algorithm, KeySet, SigningKey};
use identity::level::{Level, SignedInBy, Vector};
use identity::oauth::{Outgoing, OutsideClient, OutsideProvider};
use serde_json::{Value, json};

use super::{CHALLENGE, NOW, VERIFIER, parameters};
use crate::jwt::key;

const ISSUER: &str = "https://auth.test";

fn document() -> Value {
    json!({"issuer": ISSUER, "authorization_endpoint": "https://auth.test/authorize",
        "token_endpoint": "https://auth.test/token", "jwks_uri": "https://auth.test/keys"})
}

fn provider() -> OutsideProvider {
    OutsideProvider::from_discovery(ISSUER, &document()).expect("a provider")
}

fn client() -> OutsideClient {
    OutsideClient {
        id: "careloom".to_owned(),
        redirect_uri: "https://care.test/sign-in/back".to_owned(),
        scope: "openid profile".to_owned(),
        vtr: r#"["P9.Cp.Cd"]"#.to_owned(),
    }
}

#[test]
fn documents_of_providers() {
    let with = |name: &str, value: Value| {
        let mut document = document();
        document[name] = value;
        document
    };
    let wrong = [
        json!({}),
        with("issuer", json!("https://auth.test/")),
        with("issuer", json!("https://evil.test")),
        with("token_endpoint", Value::Null),
        with("token_endpoint", json!("http://auth.test/token")),
        with("jwks_uri", json!("file:///etc/passwd")),
        with("authorization_endpoint", json!("javascript:alert(1)")),
    ];
    for document in wrong {
        assert!(OutsideProvider::from_discovery(ISSUER, &document).is_err(), "{document}");
    }
}

#[test]
fn what_is_sent() {
    let outgoing =
        Outgoing { nonce: "n".to_owned(), verifier: VERIFIER.to_owned(), to: "/me".to_owned() };
    let url = provider().authorization_url(&client(), "st&te", &outgoing);
    assert!(url.starts_with("https://auth.test/authorize?response_type=code&client_id=careloom&"));
    for part in
        [&format!("code_challenge={CHALLENGE}"), "state=st%26te", "vtr=%5B%22P9.Cp.Cd%22%5D"]
    {
        assert!(url.contains(part), "{part}: {url}");
    }
    assert!(!url.contains(VERIFIER) && !url.contains("/me"), "{url}");
    let form = OutsideProvider::token_form(&client(), "c&d", VERIFIER, "a.b.c");
    assert!(form.starts_with("grant_type=authorization_code&code=c%26d&"), "{form}");
    assert_eq!(provider().assertion(&client(), "j", NOW)["aud"], "https://auth.test/token");
    let answers = [
        (vec![("code", "c")], Some("c")),
        (vec![("code", "c"), ("iss", ISSUER)], Some("c")),
        (vec![("code", "c"), ("iss", "https://evil.test")], None),
        (vec![("error", "access_denied")], None),
        (vec![("error", "access_denied"), ("code", "c")], None),
        (vec![], None),
    ];
    for (pairs, code) in answers {
        let sent = parameters(&pairs);
        assert_eq!(provider().code_of(&sent).ok(), code, "{pairs:?}");
    }
}

fn id_token(key: &SigningKey, change: &Value) -> String {
    let mut claims = json!({"iss": ISSUER, "sub": "s", "aud": "careloom", "exp": NOW + 600, "iat": NOW,
        "nonce": "n", "vot": "P9.Cp.Cd", "identity_proofing_level": "P9",
        "nhs_number": "9990010005", "birthdate": "1958-02-14"});
    for (name, value) in change.as_object().expect("changes") {
        claims[name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    key.sign("JWT", &claims, &ring::rand::SystemRandom::new()).expect("a token")
}

#[test]
fn id_tokens_of_providers() {
    let own = key(Algorithm::Rs512);
    let keys = KeySet { keys: vec![own.public().clone()] };
    let read =
        |change: Value| provider().person_of(&id_token(&own, &change), &keys, &client(), "n", NOW);
    let person = read(json!({})).expect("a person");
    let proven = Vector { level: Level::P9, by: SignedInBy::PasswordAndCode };
    assert_eq!((person.subject.as_str(), person.vector), ("s", proven));
    assert_eq!(person.nhs_number.as_deref(), Some("9990010005"));
    assert!(read(json!({"aud": ["careloom", "x"], "azp": "careloom"})).is_ok());
    // What is not understood proves nothing, and the lower of two counts.
    let levels = [
        (json!({"vot": "P5.Cp.Cd"}), Level::P5),
        (json!({"identity_proofing_level": "P5"}), Level::P5),
        (json!({"identity_proofing_level": "P10"}), Level::P0),
        (json!({"identity_proofing_level": null}), Level::P9),
        (json!({"vot": null}), Level::P0),
        (json!({"vot": "P9"}), Level::P0),
        (json!({"vot": "P9.Cx"}), Level::P0),
        (json!({"vot": "p9.Cp.Cd"}), Level::P0),
    ];
    for (change, level) in levels {
        assert_eq!(read(change.clone()).map(|person| person.vector.level), Ok(level), "{change}");
    }
    assert_eq!(read(json!({"nhs_number": "999 001 0005"})).map(|p| p.nhs_number), Ok(None));
    let wrong = [
        (json!({"nonce": "m"}), "nonce"),
        (json!({"nonce": null}), "nonce"),
        (json!({"aud": "other"}), "aud"),
        (json!({"aud": ["careloom", "x"]}), "another client"),
        (json!({"azp": "x"}), "another client"),
        (json!({"iss": "https://evil.test"}), "iss"),
        (json!({"sub": null}), "sub"),
        (json!({"sub": ""}), "sub"),
        (json!({"exp": NOW - 100}), "expired"),
        (json!({"exp": NOW + 90_000}), "live for"),
    ];
    for (change, words) in wrong {
        let error = read(change.clone()).expect_err(words);
        assert!(error.description.contains(words), "{change}: {error}");
    }
    let stranger = key(Algorithm::Es256);
    for token in [id_token(&stranger, &json!({})), "a.b.c".to_owned(), String::new()] {
        assert!(provider().person_of(&token, &keys, &client(), "n", NOW).is_err());
    }
}

#[test]
fn vectors_are_read_as_they_are_written() {
    for text in ["P0.Cp", "P5.Cp.Cd", "P9.Cm", "P9.Cp.Cd"] {
        assert_eq!(Vector::parse(text).map(|vector| vector.to_string()).as_deref(), Some(text));
    }
    assert_eq!(Vector::parse("P9.Cp.Ck"), Vector::parse("P9.Cp.Cd"));
    for text in ["", "P9", "P9.", "P9.Cd", "P9.Cp.Cd.Cm", "Cp.P9", "P9.Cp.Cd "] {
        assert_eq!(Vector::parse(text), None, "{text}");
    }
}
