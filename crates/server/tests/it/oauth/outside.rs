//! Signing in by a provider elsewhere, which is a second server of ours: each is held against the other.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use identity::jwt::{Algorithm, SigningKey};
use identity::level::Level;
use interactions::{
    Fetch, NewClient, NewClientKind, Outside, OutsideBegun, OutsideClient, OutsideEnd, decode_query,
};
use ring::rand::SystemRandom;
use serde_json::json;
use tower::ServiceExt as _;

use super::site::{Site, new_client, parameter};

const RETURN: &str = "https://rp.test/sign-in/outside/back";
const ISSUER: &str = "http://127.0.0.1";

/// The network between the two.
struct Wire(Router);

impl Wire {
    async fn send(&self, request: Request<Body>) -> Result<Vec<u8>, String> {
        let response = self.0.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.expect("a body").to_vec();
        if parts.status == 200 { Ok(bytes) } else { Err(parts.status.to_string()) }
    }
}

#[async_trait]
impl Fetch for Wire {
    async fn get(&self, url: &str) -> Result<Vec<u8>, String> {
        let path = url.strip_prefix(ISSUER).ok_or("elsewhere")?;
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    async fn post_form(&self, url: &str, form: String) -> Result<Vec<u8>, String> {
        let path = url.strip_prefix(ISSUER).ok_or("elsewhere")?;
        let request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form)).expect("a request")).await
    }
}

/// The provider, the one who relies on it, and what that one knows of the provider.
struct Pair {
    provider: Site,
    relying: Site,
    outside: Arc<Outside>,
}

impl Pair {
    async fn new() -> Pair {
        let (provider, relying) = (Site::open().await, Site::open().await);
        let random = SystemRandom::new();
        let private = SigningKey::make(Algorithm::Es256, &random).unwrap();
        let key = SigningKey::from_pkcs8(Algorithm::Es256, &private, &random).unwrap();
        let client = NewClient {
            kind: NewClientKind::Keys(json!({"keys": [key.public().to_jwk()]})),
            redirect_uris: vec![RETURN.to_owned()],
            launch_uri: String::new(),
            ..new_client("relying", "openid profile")
        };
        provider.client(client).await;
        let client = OutsideClient {
            id: "relying".to_owned(),
            redirect_uri: RETURN.to_owned(),
            scope: "openid profile".to_owned(),
            vtr: String::new(),
        };
        let wire = Arc::new(Wire(provider.router()));
        let outside = Outside::new("Us".to_owned(), ISSUER.to_owned(), client, key, wire);
        Pair { provider, relying, outside: Arc::new(outside) }
    }

    async fn begin(&self) -> OutsideBegun {
        self.relying.server.app.begin_outside(&self.outside, "/me/record").await.expect("begun")
    }

    /// Somebody signs in at the provider and agrees: the address that they are sent back to.
    async fn at_provider(&self, begun: &OutsideBegun, name: &str) -> String {
        let address = begun.location.strip_prefix(ISSUER).expect("the provider's");
        let mut browser = self.provider.browser();
        let asked = browser.get(address).await;
        let address = browser.sign_in_at(asked.header("location"), name).await;
        let page = browser.get(&address).await;
        let done = browser.post(&page, &address, &[("decision", "allow")]).await;
        let location = done.header("location");
        assert!(location.starts_with(RETURN), "{location} {}", done.text);
        // Both live at the same time.
        self.relying.server.pass(1);
        location.to_owned()
    }

    async fn finish(&self, location: &str, state: &str) -> OutsideEnd {
        let pairs = decode_query(location.split_once('?').map_or("", |(_, query)| query));
        self.relying.server.app.finish_outside(&self.outside, pairs, state).await.expect("an end")
    }
}

fn is_refused(end: &OutsideEnd, words: &str) -> bool {
    matches!(end, OutsideEnd::Refused(error) if error.description.contains(words))
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_by_a_provider_elsewhere() {
    let pair = Pair::new().await;
    let app = &pair.relying.server.app;
    // Whom nobody has linked is a stranger, however well they are known there.
    let begun = pair.begin().await;
    let back = pair.at_provider(&begun, "ada").await;
    assert_eq!(pair.finish(&back, &begun.state).await, OutsideEnd::Stranger);
    let subject = subject_at(&pair).await;
    assert!(app.link_outside(ISSUER, &subject, "nobody").await.is_err());
    app.link_outside(ISSUER, &subject, "ada").await.expect("linked");
    let begun = pair.begin().await;
    let back = pair.at_provider(&begun, "ada").await;
    let end = pair.finish(&back, &begun.state).await;
    let OutsideEnd::Done { token, to } = end else { panic!("{end:?}") };
    assert_eq!(to, "/me/record");
    let signed_in = app.signed_in(&token).await.expect("asked").expect("a session");
    assert_eq!((signed_in.account.name.as_str(), signed_in.missing), ("ada", None));
    assert_eq!(signed_in.session.vector.to_string(), "P9.Cp.Cd");
    assert_eq!(signed_in.session.vector.level, Level::P9);
    // The same answer again, even with its state, is worth nothing.
    assert!(is_refused(&pair.finish(&back, &begun.state).await, "came before"));
    // An account that was closed stays closed.
    app.close_account("ada").await.expect("closed");
    let begun = pair.begin().await;
    let back = pair.at_provider(&begun, "ada").await;
    assert_eq!(pair.finish(&back, &begun.state).await, OutsideEnd::Stranger);
}

/// The provider's name for Ada, which only tokens tell.
async fn subject_at(pair: &Pair) -> String {
    let site = &pair.provider;
    site.app("probe", "openid").await;
    let mut ada = site.browser();
    let asked = ada.get(&super::site::asking("probe", "openid", &[])).await;
    let address = ada.sign_in_at(asked.header("location"), "ada").await;
    pair.relying.server.pass(1);
    let page = ada.get(&address).await;
    let code = ada.agree(&page, &address).await;
    let tokens = site.redeem("probe", &code).await.json();
    let bearer = format!("Bearer {}", tokens["access_token"].as_str().expect("a token"));
    let info = site.call("GET", "/oauth/userinfo", &[("authorization", &bearer)], "").await.json();
    info["sub"].as_str().expect("a name").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_prove_nothing() {
    let pair = Pair::new().await;
    let begun = pair.begin().await;
    let back = pair.at_provider(&begun, "ada").await;
    let other = pair.begin().await;
    // Another browser's state, none, or one that was tampered with.
    for state in [other.state.as_str(), "", "x", &begun.state[1..]] {
        assert!(is_refused(&pair.finish(&back, state).await, "this browser"), "{state}");
    }
    let sent = parameter(&back, "state").expect("a state");
    let tampered = back.replace(&sent, &other.state);
    // Somebody else's code in one's own sign-in: the verifier is another.
    assert!(is_refused(&pair.finish(&tampered, &other.state).await, "gave no tokens"));
    // That spent the code, and the state that it belongs to is still good for one answer.
    assert!(is_refused(&pair.finish(&back, &begun.state).await, "gave no tokens"));
    for (answer, words) in [
        ("error=access_denied", "access_denied"),
        ("iss=https%3A%2F%2Fevil.test&code=x", "another provider"),
        ("code=made-up", "gave no tokens"),
        ("x=y", "no code"),
        ("code=a&code=b", "twice"),
    ] {
        let begun = pair.begin().await;
        let location = format!("{RETURN}?{answer}&state={}", begun.state);
        assert!(is_refused(&pair.finish(&location, &begun.state).await, words), "{answer}");
    }
    let begun = pair.begin().await;
    let back = pair.at_provider(&begun, "ada").await;
    pair.relying.server.pass(61);
    assert!(is_refused(&pair.finish(&back, &begun.state).await, "too late"));
}

/// The same by the pages: there and back with a cookie, and nothing without it.
#[tokio::test(flavor = "multi_thread")]
async fn by_the_pages() {
    let pair = Pair::new().await;
    let app = Arc::clone(&pair.relying.server.app);
    app.link_outside(ISSUER, &subject_at(&pair).await, "ada").await.expect("linked");
    let options = portals::PortalOptions {
        sign_in: true,
        outside: Some(Arc::clone(&pair.outside)),
        ..portals::PortalOptions::default()
    };
    let pages = pair.relying.with_router(portals::router_with(Arc::clone(&app), options));
    let mut ada = pages.browser();
    let page = ada.get("/sign-in?to=/me/record").await;
    assert!(page.text.contains("Continue with Us"), "{}", page.text);
    assert!(page.text.contains("/sign-in/outside?to=/me/record"), "{}", page.text);
    let sent = ada.get("/sign-in/outside?to=/me/record").await;
    let cookie = sent.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("Path=/sign-in/outside;"), "{cookie}");
    let begun = OutsideBegun { location: sent.header("location").to_owned(), state: String::new() };
    let back = pair.at_provider(&begun, "ada").await;
    let address = back.strip_prefix("https://rp.test").expect("ours").to_owned();
    // Somebody else who is sent that address is not signed in as Ada.
    let stranger = pages.browser().get(&address).await;
    assert!(stranger.text.contains("You were not signed in by Us"), "{}", stranger.text);
    assert!(
        !stranger
            .headers
            .get_all("set-cookie")
            .iter()
            .any(|c| c.to_str().unwrap_or("").starts_with("careloom-session"))
    );
    let done = ada.get(&address).await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, "/me/record"),
        "{}",
        done.text
    );
    assert_eq!(ada.get("/me/apps").await.status, 200);
    // Elsewhere is never where anybody is led.
    let sent = ada.get("/sign-in/outside?to=https://evil.test/").await;
    let begun = OutsideBegun { location: sent.header("location").to_owned(), state: String::new() };
    let back = pair.at_provider(&begun, "ada").await;
    let done = ada.get(back.strip_prefix("https://rp.test").expect("ours")).await;
    assert_eq!(done.header("location"), "/");
    // Without a provider there is nothing of it.
    let mut other = pair.provider.browser();
    assert_eq!(other.get("/sign-in/outside").await.status, 404);
    assert!(!other.get("/sign-in").await.text.contains("another way"));
}
