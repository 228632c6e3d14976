//! Apps and services on a real store: what they are granted, what they can read with it, and when it ends.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod expiry;
mod services;

use fhir::Tree;
use identity::jwt::{Algorithm, Expected, KeySet, verify};
use interactions::{
    AuthorizationStep, Category, ErrorCode, NewClient, NewClientKind, OauthFailure, UpdateTarget,
    WriteOptions, decode_query,
};
use serde_json::{Value, json};
use store::ResourceKey;

use crate::fixture::{NOW, id};
use crate::sign_in::{MINUTE, SECOND, World};

const BASE: &str = "http://localhost/fhir";
const BACK: &str = "https://app.test/back";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const LABS: &str = "patient/Observation.rs?category=laboratory";

fn new_client(id: &str, scope: &str) -> NewClient {
    NewClient {
        id: id.to_owned(),
        name: format!("The app {id}"),
        kind: NewClientKind::Public,
        redirect_uris: vec![BACK.to_owned()],
        launch_uri: String::new(),
        origins: Vec::new(),
        scope: scope.to_owned(),
        may_introspect: false,
        is_service: false,
    }
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The parameters of an address.
fn sent(location: &str) -> Vec<(String, String)> {
    decode_query(location.split_once('?').unwrap().1)
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn asks<'a>(client: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("client_id", client),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "xyz"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("aud", BASE),
        ("nonce", "n-1"),
    ]
}

async fn area() -> World {
    let world = World::new().await;
    for json in [
        r#"{"resourceType":"Observation","id":"lab","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Observation","id":"vital","status":"final","category":[{"coding":[{"code":"vital-signs"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p1"}}"#,
        r#"{"resourceType":"Observation","id":"theirs","status":"final","category":[{"coding":[{"code":"laboratory"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/p2"}}"#,
    ] {
        let tree = Tree::parse(json.as_bytes()).unwrap();
        let observation = world.app.resource_type("Observation").unwrap();
        let target = UpdateTarget::Id(id(tree.root().text_of("id").unwrap()));
        world.app.update(observation, &target, &tree, &WriteOptions::default()).await.unwrap();
    }
    let scope = format!(
        "openid fhirUser profile offline_access online_access launch launch/patient {LABS} user/Patient.rs"
    );
    world.app.register_client(new_client("app", &scope)).await.unwrap();
    let launched = NewClient {
        launch_uri: "https://app.test/launch".to_owned(),
        ..new_client("ehr-app", &scope)
    };
    world.app.register_client(launched).await.unwrap();
    world
}

/// The session of the citizen with everything proven.
async fn citizen(world: &World) -> String {
    let token = world.with_code("ada@example.test").await;
    let done = world.app.prove(&token, "AB12-CD34-EF56").await.unwrap();
    let interactions::SignIn::Done { token } = done else { panic!("{done:?}") };
    token
}

async fn authorize(
    world: &World,
    asked: &[(&str, &str)],
    session: Option<&str>,
) -> AuthorizationStep {
    world.app.authorize(pairs(asked), session).await.unwrap()
}

/// The code of a person who agrees to whatever is asked.
async fn code(world: &World, asked: &[(&str, &str)], session: &str) -> String {
    let mut step = authorize(world, asked, Some(session)).await;
    if let AuthorizationStep::Consent(asking) = step {
        step = world.app.decide_authorization(&asking.request, session, true).await.unwrap();
    }
    let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
    assert!(location.starts_with(&format!("{BACK}?code=")), "{location}");
    value(&sent(&location), "code").unwrap().to_owned()
}

async fn exchange(world: &World, form: &[(&str, &str)]) -> Result<Value, ErrorCode> {
    let done = world.app.exchange(None, pairs(form)).await;
    done.map_err(|failure| match failure {
        OauthFailure::Refused(error) => error.code,
        OauthFailure::Failed(failure) => panic!("{failure}"),
    })
}

fn redeem<'a>(client: &'a str, code: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("client_id", client),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
}

fn refresh<'a>(client: &'a str, token: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("grant_type", "refresh_token"), ("client_id", client), ("refresh_token", token)]
}

fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("{name}: {answer}"))
}

/// What of these can be read with a token; `None` where the token does not hold.
async fn reads(world: &World, token: &str) -> Option<String> {
    let bearer = world.app.bearer(token).await.unwrap()?;
    let app = world.app.acting_as(bearer.caller);
    let mut read = Vec::new();
    for key in [
        "Observation/lab",
        "Observation/vital",
        "Observation/theirs",
        "Condition/c1",
        "Patient/p1",
        "Patient/p2",
    ] {
        let (name, of) = key.split_once('/').unwrap();
        let resource_type = app.resource_type(name).unwrap();
        if app.read(&ResourceKey { resource_type, id: id(of) }).await.is_ok() {
            read.push(of);
        }
    }
    Some(read.join(" "))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_lets_an_app_see_their_results_and_nothing_else() {
    let world = area().await;
    let scope = format!("openid fhirUser profile launch/patient {LABS} patient/Condition.rs");
    let asked = asks("app", &scope);
    // Who has not signed in does so first, and comes back to the same request.
    let AuthorizationStep::SignIn(request) = authorize(&world, &asked, None).await else {
        panic!()
    };
    let first = world.sign_in("ada@example.test").await;
    let step = world.app.continue_authorization(&request, Some(&first)).await.unwrap();
    assert_eq!(step, AuthorizationStep::GiveCode(request.clone()));
    let session = citizen(&world).await;
    let step = world.app.continue_authorization(&request, Some(&session)).await.unwrap();
    let AuthorizationStep::Consent(asking) = step else { panic!("{step:?}") };
    assert_eq!((asking.client.as_str(), &asking.patient), ("The app app", &Some(id("p1"))));
    // What the client was not registered for is not even asked.
    assert_eq!(asking.scopes.to_string(), format!("openid fhirUser profile launch/patient {LABS}"));
    let step = world.app.decide_authorization(&request, &session, true).await.unwrap();
    let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
    let back = sent(&location);
    assert_eq!(
        (value(&back, "state"), value(&back, "iss")),
        (Some("xyz"), Some("http://localhost"))
    );
    let code = value(&back, "code").unwrap();
    let answer = exchange(&world, &redeem("app", code)).await.unwrap();
    assert_eq!((text(&answer, "patient"), text(&answer, "token_type")), ("p1", "Bearer"));
    assert_eq!(answer["expires_in"], 300);
    assert!(answer.get("refresh_token").is_none(), "none was asked for");
    let token = text(&answer, "access_token");
    assert_eq!(reads(&world, token).await.as_deref(), Some("lab"));
    // Who they are, in a token that anybody can check.
    let (keys, skipped) = KeySet::from_jwks(&world.app.published_keys().await.unwrap()).unwrap();
    assert!(skipped.is_empty());
    let signed = verify(text(&answer, "id_token"), &keys, &[Algorithm::Es256]).unwrap();
    let claims = signed.claims(&Expected::new("http://localhost", &["app"], NOW / SECOND)).unwrap();
    assert_eq!(claims.text("nonce"), Some("n-1"));
    assert_eq!(claims.text("fhirUser"), Some("http://localhost/fhir/Person/me"));
    assert_eq!((claims.text("name"), claims.text("vot")), (Some("Somebody"), Some("P9.Cp.Cd")));
    let info = world.app.userinfo(token).await.unwrap();
    assert_eq!(info["sub"].as_str(), claims.subject.as_deref());
    assert!(!info.to_string().contains("ada@"), "{info}");
    // It is answered once.
    let again = world.app.decide_authorization(&request, &session, true).await.unwrap();
    assert!(matches!(again, AuthorizationStep::Refused(_)), "{again:?}");
    // And it ends.
    world.pass(5 * MINUTE - 1);
    assert!(reads(&world, token).await.is_some());
    world.pass(1);
    assert_eq!(reads(&world, token).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_and_verifiers() {
    let world = area().await;
    let session = citizen(&world).await;
    let scope = format!("launch/patient offline_access {LABS}");
    let asked = asks("app", &scope);
    let long = "x".repeat(43);
    let wrong: [(&str, &str); 4] = [
        ("code_verifier", &long),
        ("code_verifier", ""),
        ("redirect_uri", "https://app.test/other"),
        ("client_id", "ehr-app"),
    ];
    for (name, wrong) in wrong {
        let code = code(&world, &asked, &session).await;
        let mut form = redeem("app", &code);
        form.retain(|(known, _)| *known != name);
        form.push((name, wrong));
        assert_eq!(exchange(&world, &form).await, Err(ErrorCode::InvalidGrant), "{name}");
        // Whoever has it cannot try on, nor can the one who should have had it.
        assert_eq!(exchange(&world, &redeem("app", &code)).await, Err(ErrorCode::InvalidGrant));
    }
    let late = code(&world, &asked, &session).await;
    world.pass(60 * SECOND);
    assert_eq!(exchange(&world, &redeem("app", &late)).await, Err(ErrorCode::InvalidGrant));
    for nonsense in ["x", "é", &"a".repeat(500)] {
        let done = exchange(&world, &redeem("app", nonsense)).await;
        assert_eq!(done, Err(ErrorCode::InvalidGrant), "{nonsense}");
    }
    // A code that is used again takes back what it gave.
    let code = code(&world, &asked, &session).await;
    let answer = exchange(&world, &redeem("app", &code)).await.unwrap();
    let (access, lasting) = (text(&answer, "access_token"), text(&answer, "refresh_token"));
    assert_eq!(reads(&world, access).await.as_deref(), Some("lab"));
    assert_eq!(exchange(&world, &redeem("app", &code)).await, Err(ErrorCode::InvalidGrant));
    assert_eq!(reads(&world, access).await, None);
    assert_eq!(exchange(&world, &refresh("app", lasting)).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_requests_with_a_code_or_token_one_is_served() {
    let world = area().await;
    let session = citizen(&world).await;
    let scope = format!("launch/patient offline_access {LABS}");
    let code = code(&world, &asks("app", &scope), &session).await;
    let form = redeem("app", &code);
    let all = futures_util::future::join_all((0..8).map(|_| exchange(&world, &form))).await;
    let given: Vec<&Value> = all.iter().filter_map(|each| each.as_ref().ok()).collect();
    assert_eq!(given.len(), 1);
    assert_eq!(reads(&world, text(given[0], "access_token")).await, None, "it was taken back");
}

#[tokio::test(flavor = "multi_thread")]
async fn refresh_tokens_turn_and_a_stolen_one_ends_all() {
    let world = area().await;
    let session = citizen(&world).await;
    let scope = format!("launch/patient offline_access {LABS} user/Patient.rs");
    let code = code(&world, &asks("app", &scope), &session).await;
    let first = exchange(&world, &redeem("app", &code)).await.unwrap();
    assert_eq!(reads(&world, text(&first, "access_token")).await.as_deref(), Some("lab p1"));
    world.app.sign_out(&session).await.unwrap();
    world.pass(24 * 60 * MINUTE);
    // Fewer scopes may be asked for, never more.
    let first_token = text(&first, "refresh_token");
    let mut wider = refresh("app", first_token);
    wider.push(("scope", "patient/*.rs"));
    assert_eq!(exchange(&world, &wider).await, Err(ErrorCode::InvalidScope));
    let mut fewer = refresh("app", first_token);
    fewer.push(("scope", LABS));
    let second = exchange(&world, &fewer).await.unwrap();
    assert_eq!((text(&second, "scope"), text(&second, "patient")), (LABS, "p1"));
    assert_eq!(reads(&world, text(&second, "access_token")).await.as_deref(), Some("lab"));
    let third = exchange(&world, &refresh("app", text(&second, "refresh_token"))).await.unwrap();
    assert_eq!(reads(&world, text(&third, "access_token")).await.as_deref(), Some("lab p1"));
    // Another client gets nothing, and ends nothing.
    let theirs = refresh("ehr-app", text(&third, "refresh_token"));
    assert_eq!(exchange(&world, &theirs).await, Err(ErrorCode::InvalidGrant));
    assert!(reads(&world, text(&third, "access_token")).await.is_some());
    // The first one again: somebody has it who should not.
    assert_eq!(exchange(&world, &refresh("app", first_token)).await, Err(ErrorCode::InvalidGrant));
    assert_eq!(reads(&world, text(&third, "access_token")).await, None);
    let last = refresh("app", text(&third, "refresh_token"));
    assert_eq!(exchange(&world, &last).await, Err(ErrorCode::InvalidGrant));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_a_grant() {
    let world = area().await;
    let session = citizen(&world).await;
    let online = format!("launch/patient online_access {LABS}");
    let offline = format!("launch/patient offline_access {LABS}");
    let mut given = Vec::new();
    for scope in [&online, &offline, &offline] {
        let code = code(&world, &asks("app", scope), &session).await;
        given.push(exchange(&world, &redeem("app", &code)).await.unwrap());
    }
    let tokens: Vec<&str> = given.iter().map(|each| text(each, "access_token")).collect();
    // The person sees them, and takes one back.
    let apps = world.app.granted_apps(&session).await.unwrap();
    assert_eq!((apps.len(), apps[0].client.as_str()), (3, "The app app"));
    assert!(!world.app.withdraw_app(&session, "nonsense").await.unwrap());
    let doctor = world.with_code("dr.a").await;
    assert!(world.app.granted_apps(&doctor).await.unwrap().is_empty());
    assert!(!world.app.withdraw_app(&doctor, &apps[0].key).await.unwrap(), "it is not theirs");
    // Revoked with the refresh token, by the client itself only.
    let revoke = async |client: &str, token: &str| {
        world.app.revoke(None, pairs(&[("client_id", client), ("token", token)])).await.unwrap();
    };
    revoke("ehr-app", text(&given[1], "refresh_token")).await;
    assert!(reads(&world, tokens[1]).await.is_some());
    revoke("app", text(&given[1], "refresh_token")).await;
    assert_eq!(reads(&world, tokens[1]).await, None);
    revoke("ehr-app", tokens[2]).await;
    assert!(reads(&world, tokens[2]).await.is_some());
    revoke("app", tokens[2]).await;
    assert_eq!(reads(&world, tokens[2]).await, None);
    let again = exchange(&world, &refresh("app", text(&given[2], "refresh_token"))).await;
    assert!(again.is_ok(), "an access token that is taken back leaves the grant");
    revoke("app", "nonsense").await;
    // What ends with the session ends with it.
    assert!(reads(&world, tokens[0]).await.is_some());
    world.app.sign_out(&session).await.unwrap();
    assert_eq!(reads(&world, tokens[0]).await, None);
    let ended = exchange(&world, &refresh("app", text(&given[0], "refresh_token"))).await;
    assert_eq!(ended, Err(ErrorCode::InvalidGrant));
    // Without its client nothing holds.
    let last = text(again.as_ref().unwrap(), "access_token");
    assert!(reads(&world, last).await.is_some());
    assert!(world.app.is_client_origin("https://app.test").await.unwrap());
    assert!(world.app.remove_client("app").await.unwrap());
    assert_eq!(reads(&world, last).await, None);
    assert!(world.app.is_client_origin("https://app.test").await.unwrap(), "the other has it");
    assert!(world.app.remove_client("ehr-app").await.unwrap());
    assert!(!world.app.is_client_origin("https://app.test").await.unwrap());
    assert!(!world.app.remove_client("app").await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_asked_again_unless_it_is_certain_whom_they_let_in() {
    let world = area().await;
    let session = citizen(&world).await;
    let scope = format!("launch/patient {LABS}");
    let asked = asks("app", &scope);
    let consents = |step: &AuthorizationStep| matches!(step, AuthorizationStep::Consent(_));
    let redirects = |step: &AuthorizationStep| matches!(step, AuthorizationStep::Redirect { .. });
    assert!(consents(&authorize(&world, &asked, Some(&session)).await));
    code(&world, &asked, &session).await;
    assert!(redirects(&authorize(&world, &asked, Some(&session)).await), "agreed before");
    let with = |extra: &[(&'static str, &'static str)]| [asked.clone(), extra.to_vec()].concat();
    assert!(consents(&authorize(&world, &with(&[("prompt", "consent")]), Some(&session)).await));
    let wider = format!("{scope} user/Patient.rs");
    assert!(consents(&authorize(&world, &asks("app", &wider), Some(&session)).await));
    // A public client at an address that any program of the machine could have is asked about each time.
    let local = NewClient {
        redirect_uris: vec!["http://127.0.0.1:5000/back".to_owned()],
        ..new_client("local", &scope)
    };
    world.app.register_client(local).await.unwrap();
    for _ in 0..2 {
        let mut asked = asks("local", &scope);
        asked[1].1 = "http://127.0.0.1:5000/back";
        let step = authorize(&world, &asked, Some(&session)).await;
        let AuthorizationStep::Consent(asking) = step else { panic!("{step:?}") };
        world.app.decide_authorization(&asking.request, &session, true).await.unwrap();
    }
    // Nobody is to be asked: then it is said what is missing.
    let quiet = with(&[("prompt", "none")]);
    let error = async |asked: &[(&str, &str)], session: Option<&str>| {
        let step = authorize(&world, asked, session).await;
        let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
        value(&sent(&location), "error").map(ToOwned::to_owned)
    };
    assert_eq!(error(&quiet, Some(&session)).await, None);
    assert_eq!(error(&quiet, None).await.as_deref(), Some("login_required"));
    let wider = [asks("app", &wider), vec![("prompt", "none")]].concat();
    assert_eq!(error(&wider, Some(&session)).await.as_deref(), Some("consent_required"));
    world.pass(MINUTE);
    let first = world.sign_in("ada@example.test").await;
    assert_eq!(error(&quiet, Some(&first)).await.as_deref(), Some("interaction_required"));
    // Signing in anew, and not too long ago.
    let again = with(&[("prompt", "login")]);
    let step = authorize(&world, &again, Some(&session)).await;
    let AuthorizationStep::SignIn(request) = step else { panic!("{step:?}") };
    let step = world.app.continue_authorization(&request, Some(&session)).await.unwrap();
    assert!(matches!(step, AuthorizationStep::SignIn(_)), "the old session will not do");
    world.pass(MINUTE);
    let fresh = world.with_code("ada@example.test").await;
    let step = world.app.continue_authorization(&request, Some(&fresh)).await.unwrap();
    assert!(consents(&step), "{step:?}");
    let aged = with(&[("max_age", "60")]);
    assert!(redirects(&authorize(&world, &aged, Some(&fresh)).await));
    assert!(matches!(authorize(&world, &aged, Some(&session)).await, AuthorizationStep::SignIn(_)));
    // And no is no.
    let step = authorize(&world, &with(&[("prompt", "consent")]), Some(&fresh)).await;
    let AuthorizationStep::Consent(asking) = step else { panic!("{step:?}") };
    let step = world.app.decide_authorization(&asking.request, &fresh, false).await.unwrap();
    let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
    assert_eq!(value(&sent(&location), "error"), Some("access_denied"));
    world.pass(31 * MINUTE);
    let step = world.app.continue_authorization(&request, Some(&fresh)).await.unwrap();
    assert!(matches!(step, AuthorizationStep::Refused(_)), "it has waited too long: {step:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_choose_or_open_the_app_from_a_record() {
    let world = area().await;
    world.pass(MINUTE);
    let session = world.with_code("dr.a").await;
    let scope = format!("launch/patient {LABS}");
    let step = authorize(&world, &asks("app", &scope), Some(&session)).await;
    let AuthorizationStep::ChoosePatient(asking) = step else { panic!("{step:?}") };
    let choose =
        async |person: &str| world.app.choose_patient(&asking.request, &session, &id(person)).await;
    assert_eq!(choose("them").await.unwrap_err().category, Category::Forbidden);
    assert_eq!(choose("nobody").await.unwrap_err().category, Category::NotFound);
    let AuthorizationStep::Consent(_) = choose("me").await.unwrap() else { panic!() };
    // Somebody else's choice is not theirs.
    let other = citizen(&world).await;
    let step = world.app.continue_authorization(&asking.request, Some(&other)).await.unwrap();
    assert!(matches!(step, AuthorizationStep::Consent(asking) if asking.is_own));
    let step = world.app.decide_authorization(&asking.request, &session, true).await.unwrap();
    let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
    let back = sent(&location);
    let answer = exchange(&world, &redeem("app", value(&back, "code").unwrap())).await.unwrap();
    assert_eq!(reads(&world, text(&answer, "access_token")).await.as_deref(), Some("lab"));

    // From the record.
    let apps = world.app.launchable_apps().await.unwrap();
    assert_eq!(apps.iter().map(|app| app.id.as_str()).collect::<Vec<_>>(), ["ehr-app"]);
    let launch = async |client: &str, person: &str| {
        world.app.launch_app(&session, client, &id(person)).await
    };
    assert_eq!(launch("app", "me").await.unwrap_err().category, Category::NotFound);
    assert_eq!(launch("ehr-app", "them").await.unwrap_err().category, Category::Forbidden);
    let opened = launch("ehr-app", "me").await.unwrap();
    assert!(
        opened.starts_with("https://app.test/launch?iss=http%3A%2F%2Flocalhost%2Ffhir&launch=")
    );
    let opened = sent(&opened);
    let scope = format!("launch {LABS}");
    let asked = |client, launch| [asks(client, &scope), vec![("launch", launch)]].concat();
    let value_of = value(&opened, "launch").unwrap();
    // Another app, another person, or a made-up value gets nothing.
    for (client, launch, session) in [
        ("app", value_of, &session),
        ("ehr-app", value_of, &other),
        ("ehr-app", "made-up", &session),
    ] {
        let step = authorize(&world, &asked(client, launch), Some(session)).await;
        let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
        assert_eq!(value(&sent(&location), "error"), Some("invalid_request"));
    }
    let given = code(&world, &asked("ehr-app", value_of), &session).await;
    let answer = exchange(&world, &redeem("ehr-app", &given)).await.unwrap();
    assert_eq!(text(&answer, "patient"), "p1");
    assert_eq!(reads(&world, text(&answer, "access_token")).await.as_deref(), Some("lab"));
    // A launch is used once.
    let step = authorize(&world, &asked("ehr-app", value_of), Some(&session)).await;
    let AuthorizationStep::Redirect { location } = step else { panic!("{step:?}") };
    assert_eq!(value(&sent(&location), "error"), Some("invalid_request"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_told_of_tokens() {
    let world = area().await;
    let session = citizen(&world).await;
    let scope = format!("openid launch/patient {LABS}");
    let secret = |id: &str, may_introspect| NewClient {
        kind: NewClientKind::Secret,
        may_introspect,
        ..new_client(id, &scope)
    };
    let guard = world.app.register_client(secret("guard", true)).await.unwrap().secret.unwrap();
    let other = world.app.register_client(secret("other", false)).await.unwrap().secret.unwrap();
    let given = code(&world, &asks("app", &scope), &session).await;
    let answer = exchange(&world, &redeem("app", &given)).await.unwrap();
    let token = text(&answer, "access_token").to_owned();
    let ask = async |client: &str, secret: &str, token: &str| {
        let form = [("client_id", client), ("client_secret", secret), ("token", token)];
        let form = form.into_iter().filter(|(_, value)| !value.is_empty()).collect::<Vec<_>>();
        world.app.introspect(None, pairs(&form)).await.map_err(|failure| failure.error().code)
    };
    let told = ask("guard", &guard, &token).await.unwrap();
    assert_eq!(
        (&told["active"], &told["client_id"], &told["patient"]),
        (&json!(true), &json!("app"), &json!("p1"))
    );
    assert_eq!((text(&told, "scope"), &told["exp"]), (&*scope, &json!(NOW / SECOND + 300)));
    let nothing = json!({"active": false});
    assert_eq!(ask("other", &other, &token).await, Ok(nothing.clone()), "it is another's");
    assert_eq!(ask("guard", &guard, "nonsense").await, Ok(nothing.clone()));
    assert_eq!(ask("guard", "wrong", &token).await, Err(ErrorCode::InvalidClient));
    assert_eq!(ask("nobody", &guard, &token).await, Err(ErrorCode::InvalidClient));
    assert_eq!(ask("app", "", &token).await, Err(ErrorCode::UnauthorizedClient));
    assert_eq!(ask("guard", &guard, "").await, Err(ErrorCode::InvalidRequest));
    world.pass(5 * MINUTE);
    assert_eq!(ask("guard", &guard, &token).await, Ok(nothing));
    let code_of = |failure: OauthFailure| failure.error().code;
    let late = world.app.userinfo(&token).await.map_err(code_of);
    assert_eq!(late, Err(ErrorCode::InvalidToken));
    let given = code(&world, &asks("app", LABS), &session).await;
    let answer = exchange(&world, &redeem("app", &given)).await.unwrap();
    let nameless = world.app.userinfo(text(&answer, "access_token")).await.map_err(code_of);
    assert_eq!(nameless, Err(ErrorCode::InsufficientScope));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_register_what() {
    let world = area().await;
    let category = async |new: NewClient| {
        world
            .app
            .register_client(new)
            .await
            .err()
            .map(|failure| (failure.category, failure.issues[0].expression.clone()))
    };
    let at = |category, place: &str| Some((category, Some(place.to_owned())));
    assert_eq!(category(new_client("app", LABS)).await, at(Category::Conflict, "id"));
    assert_eq!(
        category(new_client("n", "patient/Nonsense.rs")).await,
        at(Category::Invalid, "scope")
    );
    let odd = "patient/Observation.rs?nonsense=1";
    assert_eq!(category(new_client("n", odd)).await, at(Category::Invalid, "scope"));
    let evil =
        NewClient { redirect_uris: vec!["javascript:x".to_owned()], ..new_client("n", LABS) };
    assert_eq!(category(evil).await, at(Category::Invalid, "redirect"));
    let session = citizen(&world).await;
    let caller = world.app.signed_in(&session).await.unwrap().unwrap().caller;
    let theirs = world.app.acting_as(caller);
    let refused = theirs.register_client(new_client("n", LABS)).await.unwrap_err();
    assert_eq!(refused.category, Category::Forbidden);
    assert_eq!(theirs.clients().await.unwrap_err().category, Category::Forbidden);
    assert_eq!(theirs.remove_client("app").await.unwrap_err().category, Category::Forbidden);
    let all: Vec<String> = world.app.clients().await.unwrap().into_iter().map(|c| c.id).collect();
    assert_eq!(all, ["app", "ehr-app"]);
    // A secret is kept as its hash, and shown once.
    let new = NewClient { kind: NewClientKind::Secret, id: String::new(), ..new_client("", LABS) };
    let made = world.app.register_client(new).await.unwrap();
    assert!(made.secret.is_some_and(|secret| !format!("{:?}", made.client).contains(&secret)));
}
