//! The rules of OAuth at their boundaries: what is granted, and everything that must be refused.

mod outside;

use identity::jwt::{Algorithm, SigningKey};
use identity::level::{Level, SignedInBy, Vector};
use identity::oauth::rate::{Bucket, Rate};
use identity::oauth::{
    ACCESS_LIFETIME, ASSERTION_TYPE, AccessToken, Addresses, Assertion, AssertionCheck,
    AuthorizationRequest, CODE_LIFETIME, Client, ClientKind, Code, CodeRefused, Credentials,
    ErrorCode, Grant, GrantType, Holder, IdToken, Launch, OFFLINE_IDLE, OauthError, Parameters,
    Prompt, RefreshToken, Refused, Rotated, is_origin, openid_configuration, origin_of, pkce,
    redirect_back, smart_configuration, subject_of,
};
use identity::secret_key;
use identity::session::Session;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::jwt::key;

const NOW: i64 = 1_000_000;
const NOW_MICROS: i64 = NOW * 1_000_000;
const BACK: &str = "https://app.test/back";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn addresses() -> Addresses {
    Addresses::of_base("https://care.test/fhir")
}

fn client() -> Client {
    Client {
        id: "app".to_owned(),
        name: "An app".to_owned(),
        kind: ClientKind::Public,
        redirect_uris: vec![BACK.to_owned(), "https://app.test/other?x=1".to_owned()],
        launch_uri: "https://app.test/launch".to_owned(),
        origins: Vec::new(),
        scope: "launch/patient patient/*.rs".to_owned(),
        may_introspect: false,
        is_service: false,
    }
}

fn keyed(keys: &[&SigningKey]) -> Client {
    let keys: Vec<Value> = keys.iter().map(|key| key.public().to_jwk()).collect();
    Client { kind: ClientKind::Keys { jwks: json!({"keys": keys}) }, ..client() }
}

fn secret() -> Client {
    Client { kind: ClientKind::Secret { hash: secret_key("s3 cret") }, ..client() }
}

fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Parameters::of(pairs.collect()).expect("each once")
}

#[test]
fn each_parameter_stands_once() {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let code = |pairs| Parameters::of(pairs).map_err(|error| error.code);
    assert!(code(vec![pair("a", "1"), pair("b", "")]).is_ok_and(|p| p.get("b").is_none()));
    assert_eq!(code(vec![pair("a", "1"), pair("a", "1")]), Err(ErrorCode::InvalidRequest));
    assert_eq!(code(vec![pair("a", ""), pair("a", "1")]), Err(ErrorCode::InvalidRequest));
    assert_eq!(code(vec![pair("a", &"x".repeat(20_000))]), Err(ErrorCode::InvalidRequest));
    let many = (0..50).map(|number| pair(&number.to_string(), "x")).collect();
    assert_eq!(code(many), Err(ErrorCode::InvalidRequest));
}

#[test]
fn clients_that_may_be_registered() {
    let redirect = |uri: &str| Client { redirect_uris: vec![uri.to_owned()], ..client() };
    let fine = [
        "https://app.test/back",
        "https://app.test:8443/a?b=c",
        "http://127.0.0.1:5000/back",
        "http://[::1]:5000/back",
        "http://localhost/back",
        "org.example.app:/back",
    ];
    for uri in fine {
        assert_eq!(redirect(uri).check(), Ok(()), "{uri}");
    }
    let wrong = [
        "",
        "http://app.test/back",
        "https://",
        "https://me@app.test/back",
        "https://app.test/back#x",
        "https://*.app.test/back",
        "https://app.test/back\r\nx: y",
        "https://app.test/ back",
        "https://app.test\\@evil.test/",
        "javascript:alert(1)",
        "data:text/html,x",
        "myapp:/back",
        "org.example.app:back",
        "http://localhost.evil.test/",
        "http://127.0.0.1@evil.test/",
        "//app.test/back",
        "/back",
    ];
    for uri in wrong {
        let error = redirect(uri).check().expect_err(uri);
        assert_eq!(error.place, "redirect", "{uri}");
    }
    let es = key(Algorithm::Es256);
    let service = Client { is_service: true, redirect_uris: Vec::new(), ..keyed(&[&es]) };
    assert_eq!(service.check(), Ok(()));
    let keys = |jwks: Value| Client { kind: ClientKind::Keys { jwks }, ..client() };
    let table = [
        (Client { id: String::new(), ..client() }, "id"),
        (Client { id: "a b".to_owned(), ..client() }, "id"),
        (Client { id: "x".repeat(65), ..client() }, "id"),
        (Client { name: " ".to_owned(), ..client() }, "name"),
        (Client { name: "a\nb".to_owned(), ..client() }, "name"),
        (Client { name: "x".repeat(101), ..client() }, "name"),
        (Client { redirect_uris: Vec::new(), ..client() }, "redirect"),
        (Client { redirect_uris: vec![BACK.to_owned(); 21], ..client() }, "redirect"),
        (Client { launch_uri: "http://app.test".to_owned(), ..client() }, "launch"),
        (Client { origins: vec!["https://app.test/".to_owned()], ..client() }, "origin"),
        (Client { origins: vec!["*".to_owned()], ..client() }, "origin"),
        (Client { origins: vec!["null".to_owned()], ..client() }, "origin"),
        (Client { is_service: true, ..client() }, "kind"),
        (Client { is_service: true, ..secret() }, "kind"),
        (Client { may_introspect: true, ..client() }, "kind"),
        (keys(json!({})), "jwks"),
        (keys(json!({"keys": []})), "jwks"),
        (keys(json!({"keys": [{"kty": "oct", "k": "AAAA"}]})), "jwks"),
    ];
    for (client, place) in table {
        assert_eq!(client.check().map_err(|error| error.place), Err(place), "{client:?}");
    }
}

#[test]
fn origins() {
    let table = [
        ("https://app.test/back?x", Some("https://app.test")),
        ("https://App.Test:8443/", Some("https://app.test:8443")),
        ("http://127.0.0.1:5000/back", Some("http://127.0.0.1:5000")),
        ("http://app.test/", None),
        ("org.example.app:/back", None),
    ];
    for (uri, origin) in table {
        assert_eq!(origin_of(uri).as_deref(), origin, "{uri}");
    }
    assert!(is_origin("https://app.test") && !is_origin("https://APP.test") && !is_origin("null"));
    assert_eq!(client().all_origins(), ["https://app.test"]);
}

const GOOD: [(&str, &str); 9] = [
    ("client_id", "app"),
    ("redirect_uri", BACK),
    ("response_type", "code"),
    ("scope", "launch/patient patient/Observation.rs"),
    ("state", "a b&c"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
    ("aud", "https://care.test/fhir"),
    ("nonce", "n"),
];

/// The good request with some parameters changed, left out (empty) or added.
fn asked(changes: &[(&str, &str)]) -> Result<AuthorizationRequest, Refused> {
    let mut pairs: Vec<(&str, &str)> = GOOD.to_vec();
    for (name, value) in changes {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    AuthorizationRequest::read(&parameters(&pairs), Some(&client()), &addresses())
}

#[test]
fn authorization_requests() {
    let request = asked(&[]).expect("a request");
    assert_eq!(
        (request.prompt, request.max_age, request.launch.clone()),
        (Prompt::Needed, None, None)
    );
    assert_eq!(
        request.granted("c0de", &addresses()),
        "https://app.test/back?code=c0de&state=a%20b%26c&iss=https%3A%2F%2Fcare.test"
    );
    let fine: [&[(&str, &str)]; 8] = [
        &[("aud", "https://care.test/fhir/")],
        &[("aud", ""), ("resource", "https://care.test/fhir")],
        &[("aud", ""), ("scope", "openid fhirUser")],
        &[("redirect_uri", "https://app.test/other?x=1")],
        &[("scope", "launch patient/*.rs"), ("launch", "abc")],
        &[("prompt", "login consent")],
        &[("prompt", "none"), ("max_age", "0")],
        &[("response_mode", "query"), ("unknown", "x")],
    ];
    for changes in fine {
        assert!(asked(changes).is_ok(), "{changes:?}: {:?}", asked(changes));
    }
    assert_eq!(asked(&[("prompt", "login consent")]).map(|r| r.prompt), Ok(Prompt::SignIn));
    assert_eq!(asked(&[("prompt", "consent")]).map(|r| r.prompt), Ok(Prompt::Consent));
}

#[test]
fn requests_that_are_never_redirected() {
    let table: [&[(&str, &str)]; 9] = [
        &[("client_id", "")],
        &[("client_id", "other")],
        &[("client_id", "APP")],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://app.test/back/")],
        &[("redirect_uri", "https://app.test/back?x=1")],
        &[("redirect_uri", "https://APP.test/back")],
        &[("redirect_uri", "https://evil.test/back")],
        &[("redirect_uri", "https://app.test/back/../evil")],
    ];
    for changes in table {
        let refused = asked(changes);
        assert!(matches!(refused, Err(Refused::Here(_))), "{changes:?}: {refused:?}");
    }
    let nobody = AuthorizationRequest::read(&parameters(&GOOD), None, &addresses());
    assert!(matches!(nobody, Err(Refused::Here(_))), "{nobody:?}");
}

#[test]
fn requests_that_are_sent_back() {
    use ErrorCode::{InvalidRequest, InvalidTarget, RequestNotSupported, UnsupportedResponseType};
    let long = "x".repeat(2_001);
    let table: &[(&[(&str, &str)], ErrorCode)] = &[
        (&[("response_type", "")], InvalidRequest),
        (&[("response_type", "token")], UnsupportedResponseType),
        (&[("response_type", "code token")], UnsupportedResponseType),
        (&[("response_type", "id_token")], UnsupportedResponseType),
        (&[("response_mode", "fragment")], InvalidRequest),
        (&[("state", "")], InvalidRequest),
        (&[("state", &long)], InvalidRequest),
        (&[("nonce", &long)], InvalidRequest),
        (&[("code_challenge", "")], InvalidRequest),
        (&[("code_challenge", "short")], InvalidRequest),
        (&[("code_challenge", VERIFIER), ("code_challenge_method", "plain")], InvalidRequest),
        (&[("code_challenge_method", "")], InvalidRequest),
        (&[("code_challenge_method", "s256")], InvalidRequest),
        (&[("scope", "")], InvalidRequest),
        (&[("aud", "")], InvalidRequest),
        (&[("aud", "https://other.test/fhir")], InvalidTarget),
        (&[("aud", "https://care.test/fhir/x")], InvalidTarget),
        (&[("aud", "https://care.test")], InvalidTarget),
        (&[("resource", "https://other.test/fhir")], InvalidTarget),
        (&[("scope", "openid"), ("aud", "https://other.test/fhir")], InvalidTarget),
        (&[("launch", "abc")], InvalidRequest),
        (&[("scope", "launch patient/*.rs")], InvalidRequest),
        (&[("request", "abc")], RequestNotSupported),
        (&[("request_uri", "https://evil.test/")], RequestNotSupported),
        (&[("prompt", "none login")], InvalidRequest),
        (&[("prompt", "always")], InvalidRequest),
        (&[("max_age", "-1")], InvalidRequest),
        (&[("max_age", "soon")], InvalidRequest),
    ];
    for (changes, code) in table {
        match asked(changes) {
            Err(Refused::Back { location, error }) => {
                assert_eq!(error.code, *code, "{changes:?}");
                let start = format!("{BACK}?error={}&", code.as_str());
                assert!(location.starts_with(&start), "{location}");
                assert!(location.ends_with("iss=https%3A%2F%2Fcare.test"), "{location}");
                // A state that is too long is not sent on.
                let has_state = location.contains("state=a%20b%26c");
                assert_eq!(has_state, !changes.iter().any(|(name, _)| *name == "state"));
            }
            other => panic!("{changes:?}: {other:?}"),
        }
    }
    let service = Client { is_service: true, ..client() };
    let refused = AuthorizationRequest::read(&parameters(&GOOD), Some(&service), &addresses());
    assert!(
        matches!(refused, Err(Refused::Back { error, .. }) if error.code == ErrorCode::UnauthorizedClient)
    );
}

#[test]
fn verifiers() {
    assert_eq!(pkce::challenge_of(VERIFIER), CHALLENGE);
    let table = [
        (VERIFIER.to_owned(), true),
        (CHALLENGE.to_owned(), false),
        (VERIFIER[..42].to_owned(), false),
        (format!("{VERIFIER} "), false),
        (String::new(), false),
        ("x".repeat(129), false),
    ];
    for (verifier, holds) in table {
        assert_eq!(pkce::holds(CHALLENGE, &verifier), holds, "{verifier}");
    }
}

fn grant() -> Grant {
    let vector = Vector { level: Level::P9, by: SignedInBy::PasswordAndCode };
    Grant {
        client: "app".to_owned(),
        session: Session::begin("ada", vector, String::new(), NOW_MICROS),
        scope: "openid patient/Observation.rs".to_owned(),
        launch: Launch { patient: Some("p1".to_owned()) },
        online: None,
        begun: NOW_MICROS,
        ends: NOW_MICROS + 1_000 * CODE_LIFETIME,
    }
}

#[test]
fn codes_are_used_once_by_who_asked() {
    let fresh = Code::Fresh {
        redirect_uri: BACK.to_owned(),
        challenge: CHALLENGE.to_owned(),
        nonce: Some("n".to_owned()),
        expires: NOW_MICROS + CODE_LIFETIME,
        grant: Box::new(grant()),
    };
    let given = fresh.redeem("app", Some(BACK), Some(VERIFIER), NOW_MICROS).expect("a grant");
    assert_eq!((given.grant, given.nonce.as_deref()), (grant(), Some("n")));
    assert!(fresh.redeem("app", None, Some(VERIFIER), NOW_MICROS + CODE_LIFETIME - 1).is_ok());
    let other = "x".repeat(43);
    let table = [
        ("other", Some(BACK), Some(VERIFIER), 0, "another client"),
        ("app", Some("https://app.test/other?x=1"), Some(VERIFIER), 0, "redirect_uri"),
        ("app", Some(BACK), None, 0, "no code_verifier"),
        ("app", Some(BACK), Some(&*other), 0, "code_verifier"),
        ("app", Some(BACK), Some(CHALLENGE), 0, "code_verifier"),
        ("app", Some(BACK), Some(VERIFIER), CODE_LIFETIME, "expired"),
    ];
    for (client, redirect, verifier, passed, words) in table {
        let refused =
            fresh.redeem(client, redirect, verifier, NOW_MICROS + passed).expect_err(words);
        assert!(matches!(refused, CodeRefused::Spoiled(_)), "{words}");
        let error = refused.error();
        assert_eq!(error.code, ErrorCode::InvalidGrant);
        assert!(error.description.contains(words), "{error}");
    }
    for grant in [None, Some("g".to_owned())] {
        let spent = Code::Spent { grant: grant.clone() };
        let again = spent.redeem("app", Some(BACK), Some(VERIFIER), NOW_MICROS);
        assert_eq!(again, Err(CodeRefused::Replayed { grant }));
    }
    // What is kept is read again as it was.
    let kept = serde_json::to_vec(&fresh).expect("json");
    assert_eq!(serde_json::from_slice::<Code>(&kept).expect("a code"), fresh);
}

#[test]
fn refresh_tokens_turn() {
    let ends = NOW_MICROS + 2 * OFFLINE_IDLE;
    let first = RefreshToken::first("g", "app", NOW_MICROS, ends);
    assert_eq!(first.expires, NOW_MICROS + OFFLINE_IDLE);
    let Rotated::Next { spent, next } = first.rotate("app", NOW_MICROS + 1, ends) else {
        panic!("it turns")
    };
    assert!(spent.is_spent && !next.is_spent);
    assert_eq!((next.grant.as_str(), next.expires), ("g", NOW_MICROS + 1 + OFFLINE_IDLE));
    assert_eq!(spent.rotate("app", NOW_MICROS + 2, ends), Rotated::Reused);
    // A stranger learns nothing, and ends nothing.
    assert_eq!(spent.rotate("other", NOW_MICROS + 2, ends), Rotated::No);
    assert_eq!(next.rotate("other", NOW_MICROS + 2, ends), Rotated::No);
    assert_eq!(next.rotate("app", next.expires, ends), Rotated::No);
    assert_eq!(next.rotate("app", NOW_MICROS + 2, NOW_MICROS), Rotated::No);
    // It does not outlive its grant.
    assert_eq!(RefreshToken::first("g", "app", NOW_MICROS, NOW_MICROS + 5).expires, NOW_MICROS + 5);
}

#[test]
fn access_tokens_end() {
    let token = AccessToken::new(Holder::Service("s".to_owned()), "x", NOW_MICROS, i64::MAX);
    assert_eq!(token.expires_in(NOW_MICROS), ACCESS_LIFETIME / 1_000_000);
    assert!(token.is_live(NOW_MICROS) && token.is_live(NOW_MICROS + ACCESS_LIFETIME - 1));
    assert!(!token.is_live(NOW_MICROS + ACCESS_LIFETIME) && !token.is_live(NOW_MICROS - 1));
    let short = AccessToken::new(Holder::Grant("g".to_owned()), "x", NOW_MICROS, NOW_MICROS + 7);
    assert_eq!((short.expires, short.expires_in(NOW_MICROS + 9)), (NOW_MICROS + 7, 0));
}

const TOKEN_ENDPOINT: &str = "https://care.test/oauth/token";

fn assertion(key: &SigningKey, change: &[(&str, Value)]) -> String {
    let mut claims =
        json!({"iss": "app", "sub": "app", "aud": TOKEN_ENDPOINT, "exp": NOW + 300, "jti": "j"});
    for (name, value) in change {
        claims[*name] = value.clone();
    }
    claims.as_object_mut().expect("claims").retain(|_, value| !value.is_null());
    key.sign("JWT", &claims, &ring::rand::SystemRandom::new()).expect("a token")
}

#[test]
fn assertions_prove_who_a_client_is() {
    let check = AssertionCheck { audience: &[TOKEN_ENDPOINT], now: NOW };
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::Rs256, Algorithm::Rs384] {
        let key = key(algorithm);
        let token = assertion(&key, &[]);
        assert_eq!(Assertion::claimed_client(&token).as_deref(), Some("app"));
        let held = Assertion::check(&token, &keyed(&[&key]), &check).expect("it holds");
        assert_eq!((held.jti.as_str(), held.remember_until), ("j", NOW + 360));
    }
    let own = key(Algorithm::Es384);
    let stranger = key(Algorithm::Es384).with_kid(own.public().kid().expect("a kid"));
    let table = [
        (assertion(&own, &[("exp", json!(NOW - 61))]), "expired"),
        (assertion(&own, &[("exp", json!(NOW + 361))]), "live for 300"),
        (assertion(&own, &[("exp", json!(NOW + 300)), ("iat", json!(NOW - 30))]), "live for 300"),
        (assertion(&own, &[("exp", Value::Null)]), "no exp"),
        (assertion(&own, &[("aud", json!("https://other.test/oauth/token"))]), "aud"),
        (assertion(&own, &[("aud", json!("https://care.test/fhir"))]), "aud"),
        (assertion(&own, &[("iss", json!("other"))]), "iss"),
        (assertion(&own, &[("sub", json!("other"))]), "sub"),
        (assertion(&own, &[("sub", Value::Null)]), "no sub"),
        (assertion(&own, &[("jti", Value::Null)]), "no jti"),
        (assertion(&own, &[("jti", json!(""))]), "jti"),
        (assertion(&own, &[("jti", json!("x".repeat(300)))]), "jti"),
        (assertion(&own, &[("nbf", json!(NOW + 100))]), "nbf"),
        (assertion(&stranger, &[]), "signature"),
        (assertion(&key(Algorithm::Es256), &[]), "no key"),
        ("a.b.c".to_owned(), "header"),
        (String::new(), "header"),
    ];
    for (token, words) in table {
        let error = Assertion::check(&token, &keyed(&[&own]), &check).expect_err(words);
        assert_eq!(error.code, ErrorCode::InvalidClient, "{words}");
        assert!(error.description.contains(words), "{words}: {error}");
    }
    // A client without keys is proven by none.
    assert!(Assertion::check(&assertion(&own, &[]), &secret(), &check).is_err());
    for token in ["", "a", "a.e30.c", "a.b.c"] {
        assert_eq!(Assertion::claimed_client(token), None, "{token}");
    }
    assert_eq!(Assertion::claimed_client(&assertion(&own, &[("sub", json!("x"))])), None);
}

/// Header, form, the client that is registered, and the error.
type Row<'a> = (Option<&'a str>, &'a [(&'a str, &'a str)], Client, Option<ErrorCode>);

#[test]
fn credentials() {
    let id = ("client_id", "app");
    let typed = ("client_assertion_type", ASSERTION_TYPE);
    // "app:s3 cret" and "other:s3 cret", form-encoded, in base64.
    let (own, other) = ("Basic YXBwOnMzK2NyZXQ=", "basic b3RoZXI6czMlMjBjcmV0");
    let es = key(Algorithm::Es256);
    let table: &[Row<'_>] = &[
        (None, &[id], client(), None),
        (Some(own), &[], secret(), None),
        (Some(own), &[id], secret(), None),
        (None, &[id, ("client_secret", "s3 cret")], secret(), None),
        (None, &[typed, ("client_assertion", "t")], keyed(&[&es]), None),
        (None, &[id, typed, ("client_assertion", "t")], keyed(&[&es]), None),
        (None, &[], client(), Some(ErrorCode::InvalidClient)),
        // Less than what is registered will not do, nor something else.
        (None, &[id], secret(), Some(ErrorCode::InvalidClient)),
        (None, &[id], keyed(&[&es]), Some(ErrorCode::InvalidClient)),
        (Some(own), &[], client(), Some(ErrorCode::InvalidClient)),
        (Some(own), &[], keyed(&[&es]), Some(ErrorCode::InvalidClient)),
        (None, &[typed, ("client_assertion", "t")], secret(), Some(ErrorCode::InvalidClient)),
        (None, &[id, ("client_secret", "s3 cret ")], secret(), Some(ErrorCode::InvalidClient)),
        (None, &[id, ("client_secret", "")], secret(), Some(ErrorCode::InvalidClient)),
        (Some(other), &[], secret(), Some(ErrorCode::InvalidClient)),
        (Some(own), &[("client_id", "other")], secret(), Some(ErrorCode::InvalidClient)),
        (Some("Basic"), &[], secret(), Some(ErrorCode::InvalidClient)),
        (Some("Basic !!"), &[], secret(), Some(ErrorCode::InvalidClient)),
        (Some("Basic YXBw"), &[], secret(), Some(ErrorCode::InvalidClient)),
        (Some("Basic YXBwOiV6eg=="), &[], secret(), Some(ErrorCode::InvalidClient)),
        (Some("Bearer abc"), &[], secret(), Some(ErrorCode::InvalidClient)),
        // One way, not two.
        (Some(own), &[("client_secret", "s3 cret")], secret(), Some(ErrorCode::InvalidRequest)),
        (Some(own), &[typed, ("client_assertion", "t")], secret(), Some(ErrorCode::InvalidRequest)),
        (None, &[id, ("client_assertion", "t")], keyed(&[&es]), Some(ErrorCode::InvalidRequest)),
    ];
    for (header, pairs, client, code) in table {
        let read = Credentials::read(*header, &parameters(pairs));
        let done = read.and_then(|credentials| credentials.are_of(client));
        assert_eq!(done.map_err(|error| error.code).err(), *code, "{header:?} {pairs:?}");
    }
}

#[test]
fn grant_types() {
    let of = |name: &str| GrantType::of(&parameters(&[("grant_type", name)])).map_err(|e| e.code);
    for name in GrantType::NAMES {
        assert!(of(name).is_ok(), "{name}");
    }
    for name in [
        "password",
        "implicit",
        "Authorization_Code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ] {
        assert_eq!(of(name), Err(ErrorCode::UnsupportedGrantType), "{name}");
    }
    assert_eq!(of(""), Err(ErrorCode::InvalidRequest));
}

#[test]
fn what_is_said_of_a_person() {
    let token = IdToken {
        issuer: "https://care.test",
        client: "app",
        subject: "s",
        signed_in: NOW - 9,
        vector: Vector { level: Level::P9, by: SignedInBy::PasswordAndCode },
        nonce: Some("n"),
        access_token: "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
        fhir_user: None,
        name: None,
        now: NOW,
    };
    let claims = token.claims();
    // OpenID Connect Core, appendix A.3.
    assert_eq!(claims["at_hash"], "77QmUPtjPfzWtF2AnpK9RQ");
    assert_eq!(
        (&claims["vot"], &claims["identity_proofing_level"]),
        (&json!("P9.Cp.Cd"), &json!("P9"))
    );
    assert_eq!((&claims["aud"], &claims["nonce"]), (&json!("app"), &json!("n")));
    assert_eq!(claims["exp"], NOW + 300);
    assert!(claims.get("name").is_none() && claims.get("fhirUser").is_none());
    let subject = subject_of("salt", "ada@example.test");
    assert_eq!(subject.len(), 32);
    assert_eq!(subject, subject_of("salt", "ada@example.test"));
    assert_ne!(subject, subject_of("salt", "eve@example.test"));
    assert_ne!(subject_of("a", "bc"), subject_of("ab", "c"));
}

#[test]
fn what_a_server_says_of_itself() {
    let addresses = addresses();
    assert_eq!(addresses.issuer, "https://care.test");
    assert_eq!(Addresses::of_base("https://care.test").issuer, "https://care.test");
    let smart = smart_configuration(&addresses);
    let openid = openid_configuration(&addresses);
    for document in [&smart, &openid] {
        assert_eq!(document["issuer"], "https://care.test");
        assert_eq!(document["token_endpoint"], TOKEN_ENDPOINT);
        assert_eq!(document["code_challenge_methods_supported"], json!(["S256"]));
        assert!(!document.to_string().contains("plain"));
        assert!(!document.to_string().contains("implicit"));
    }
    // What SMART's chapter on conformance asks for.
    for name in ["authorization_endpoint", "grant_types_supported", "capabilities", "jwks_uri"] {
        assert!(!smart[name].is_null(), "{name}");
    }
    for name in ["subject_types_supported", "id_token_signing_alg_values_supported"] {
        assert!(openid[name].is_array(), "{name}");
    }
}

#[test]
fn addresses_are_escaped() {
    let location = redirect_back("https://a.test/?x=1", &[("state", "é&=\r\n"), ("code", "1")]);
    assert_eq!(location, "https://a.test/?x=1&state=%C3%A9%26%3D%0D%0A&code=1");
    let error = OauthError::new(ErrorCode::InvalidScope, "the scope \"é\" is\\not\n");
    assert_eq!(error.description, "the scope ''' is'not'");
}

#[test]
fn buckets_fill_with_time() {
    let rate = Rate { burst: 2, per_second: 0.5 };
    let mut bucket = Bucket::full(rate, 0);
    let second = 1_000_000;
    let table = [
        (0, Ok(())),
        (0, Ok(())),
        (0, Err(2)),
        (second, Err(1)),
        (2 * second, Ok(())),
        (second, Err(2)),
        (100 * second, Ok(())),
        (100 * second, Ok(())),
        (100 * second, Err(2)),
    ];
    for (at, expected) in table {
        assert_eq!(bucket.take(rate, at), expected, "{at}");
    }
    assert!(!bucket.is_full(rate, 101 * second) && bucket.is_full(rate, 104 * second));
}

proptest! {
    /// Whatever is sent is read or refused, and an address that was not registered gets nothing.
    #[test]
    fn nothing_is_sent_elsewhere(
        pairs in proptest::collection::vec(("(client_id|redirect_uri|scope|state|prompt|[a-z]{1,4})", "(app|https://[a-z]{1,3}\\.test/back|[ -~]{0,20})"), 0..12),
    ) {
        if let Ok(parameters) = Parameters::of(pairs) {
            match AuthorizationRequest::read(&parameters, Some(&client()), &addresses()) {
                Err(Refused::Back { location, .. }) => prop_assert!(location.starts_with(BACK)),
                Err(Refused::Here(_)) => {}
                Ok(request) => prop_assert_eq!(request.redirect_uri, BACK),
            }
        }
    }

    #[test]
    fn any_header_is_read_or_refused(header in "(Basic )?[ -~]{0,40}") {
        let _ = Credentials::read(Some(&header), &Parameters::default());
    }
}
