//! The whole site as it is served where people sign in: FHIR behind tokens, the endpoints, the pages.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use identity::totp;
use interactions::{
    AccountKind, IdentityLevel, NewAccount, NewClient, NewClientKind, Registered, decode_query,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::setup::{Answer, BASE, NOW, Server};

pub(super) const BACK: &str = "https://app.test/back";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PASSWORD: &str = "coffee-window-tram";
const CODE_SECRET: &[u8] = b"a secret of twenty b";
const LINKAGE: &str = "AB12-CD34-EF56";

/// A server with its pages, and people and apps who use it.
pub(super) struct Site {
    pub(super) server: Server,
    router: Router,
}

/// A resource of a person, with words that only it has.
fn of_person(whose: &str, name: &str, id: &str, words: &str, more: &Value) -> Value {
    let patient = json!({"reference": format!("Patient/{whose}")});
    let mut resource =
        json!({"resourceType": name, "id": id, "meta": {"source": format!("urn:{whose}")}});
    resource["subject"] = patient;
    resource["code"] = json!({"coding": [{"system": "urn:codes", "code": "c"}], "text": words});
    for (key, value) in more.as_object().expect("an object") {
        resource[key] = value.clone();
    }
    resource
}

fn record(whose: &str, person: &str, mark: &str) -> Vec<Value> {
    let of = |name: &str, kind: &str, more: Value| {
        of_person(whose, name, &format!("{whose}-{kind}"), &format!("{mark}{kind}qz"), &more)
    };
    let category = |code: &str| json!({"status": "final", "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": code}]}], "encounter": {"reference": format!("Encounter/{whose}-visit")}});
    vec![
        json!({"resourceType": "Patient", "id": whose, "meta": {"source": format!("urn:{whose}")}, "name": [{"family": format!("{mark}nameqz")}]}),
        json!({"resourceType": "Person", "id": person, "name": [{"family": format!("{mark}personqz")}], "link": [{"target": {"reference": format!("Patient/{whose}")}}]}),
        json!({"resourceType": "Encounter", "id": format!("{whose}-visit"), "status": "finished", "class": {"display": format!("{mark}visitqz")}, "subject": {"reference": format!("Patient/{whose}")}}),
        of("Observation", "lab", category("laboratory")),
        of("Observation", "vital", category("vital-signs")),
        of("Condition", "condition", json!({})),
        json!({"resourceType": "List", "id": format!("{whose}-list"), "status": "current", "mode": "working", "title": format!("{mark}listqz"), "subject": {"reference": format!("Patient/{whose}")}, "entry": [{"item": {"reference": format!("Observation/{whose}-vital")}}]}),
        json!({"resourceType": "Provenance", "id": format!("{whose}-origin"), "recorded": "2026-01-01T00:00:00Z", "agent": [{"who": {"display": format!("{mark}originqz")}}], "target": [{"reference": format!("Observation/{whose}-lab")}]}),
    ]
}

impl Site {
    /// Ada's record, and somebody else's; Ada and a doctor of hers can sign in.
    pub(super) async fn open() -> Site {
        let server = Server::start();
        let mut all = record("mine", "me", "zqown");
        all.extend(record("theirs", "them", "zqother"));
        for resource in all {
            let text = |name: &str| resource[name].as_str().expect("a text").to_owned();
            let path = format!("/{}/{}", text("resourceType"), text("id"));
            server.put(&path, &resource.to_string()).await;
        }
        server.app.load_links().await.expect("links");
        let mut options = server::ServerOptions::standard("test", NOW);
        options.gate = Arc::new(server::Tokens::new(Arc::clone(&server.app)));
        let pages = portals::PortalOptions { sign_in: true, ..portals::PortalOptions::default() };
        let router = Router::new()
            .merge(server::mount("/fhir", Arc::clone(&server.app), options))
            .merge(server::oauth_router(Arc::clone(&server.app)))
            .merge(portals::router_with(Arc::clone(&server.app), pages));
        let site = Site { server, router };
        site.account("ada", IdentityLevel::P9, AccountKind::Citizen { person: "me".to_owned() })
            .await;
        let post = AccountKind::Staff {
            practitioner: "dr".to_owned(),
            role: "clinician".to_owned(),
            organisation: "The Surgery".to_owned(),
            sources: vec!["urn:mine".to_owned()],
        };
        site.account("dr.a", IdentityLevel::P9, post).await;
        site
    }

    async fn account(&self, name: &str, level: IdentityLevel, kind: AccountKind) {
        let new = NewAccount {
            name: name.to_owned(),
            words: name.to_owned(),
            kind,
            level,
            password: PASSWORD.to_owned(),
            code_secret: CODE_SECRET.to_vec(),
            linkage: LINKAGE.to_owned(),
        };
        self.server.app.create_account(new).await.expect("an account");
    }

    /// Registers a public app that may have these scopes.
    pub(super) async fn app(&self, id: &str, scope: &str) -> Registered {
        self.client(new_client(id, scope)).await
    }

    pub(super) async fn client(&self, new: NewClient) -> Registered {
        self.server.app.register_client(new).await.expect("a client")
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Answer {
        sent(&self.router, request).await
    }

    pub(super) async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        called(&self.router, method, path, headers, body).await
    }

    /// A FHIR request with a token.
    pub(super) async fn fhir(&self, token: &str, method: &str, path: &str, body: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let media = match (method, path.ends_with("_search")) {
            ("PATCH", _) => "application/json-patch+json",
            (_, true) => "application/x-www-form-urlencoded",
            _ => "application/fhir+json",
        };
        let headers = [("authorization", authorization.as_str()), ("content-type", media)];
        self.call(method, &format!("/fhir{path}"), &headers, body).await
    }

    /// A form sent to an endpoint.
    pub(super) async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        self.call("POST", path, &headers, &encoded(pairs)).await
    }

    /// The tokens of a code.
    pub(super) async fn redeem(&self, client: &str, code: &str) -> Answer {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", client),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        self.form("/oauth/token", &form).await
    }

    /// All that is served, for who is to reach it in another way.
    pub(super) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Other pages on the same store.
    pub(super) fn with_router(&self, router: Router) -> Pages<'_> {
        Pages { site: self, router }
    }

    pub(super) fn browser(&self) -> Browser<'_> {
        Browser { site: self, router: self.router.clone(), cookies: BTreeMap::new() }
    }
}

/// Pages with other options.
pub(super) struct Pages<'a> {
    site: &'a Site,
    router: Router,
}

impl Pages<'_> {
    pub(super) fn browser(&self) -> Browser<'_> {
        Browser { site: self.site, router: self.router.clone(), cookies: BTreeMap::new() }
    }
}

async fn sent(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 16 << 20).await.expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answer { status: parts.status, headers: parts.headers, text }
}

async fn called(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    sent(router, request.body(Body::from(body.to_owned())).expect("a request")).await
}

pub(super) fn new_client(id: &str, scope: &str) -> NewClient {
    NewClient {
        id: id.to_owned(),
        name: format!("The {id}"),
        kind: NewClientKind::Public,
        redirect_uris: vec![BACK.to_owned()],
        launch_uri: "https://app.test/launch".to_owned(),
        origins: Vec::new(),
        scope: scope.to_owned(),
        may_introspect: false,
        is_service: false,
    }
}

/// Pairs as a form or a query.
pub(super) fn encoded(pairs: &[(&str, &str)]) -> String {
    let escape = |text: &str| {
        text.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
            out
        })
    };
    let pairs = pairs.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// An authorization request.
pub(super) fn asking(client: &str, scope: &str, more: &[(&str, &str)]) -> String {
    let mut pairs = vec![
        ("client_id", client),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        ("scope", scope),
        ("state", "st&te"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("aud", BASE),
    ];
    for (name, value) in more {
        pairs.retain(|(known, _)| known != name);
        pairs.push((name, value));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    format!("/oauth/authorize?{}", encoded(&pairs))
}

/// A parameter of an address.
pub(super) fn parameter(location: &str, name: &str) -> Option<String> {
    let pairs = decode_query(location.split_once('?')?.1);
    pairs.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// One browser.
pub(super) struct Browser<'a> {
    site: &'a Site,
    router: Router,
    cookies: BTreeMap<String, String>,
}

impl Browser<'_> {
    pub(super) async fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, "").await
    }

    /// Sends the form of a page that was got before.
    pub(super) async fn post(
        &mut self,
        page: &Answer,
        address: &str,
        pairs: &[(&str, &str)],
    ) -> Answer {
        let (_, rest) = page.text.split_once(r#"name="csrf" value=""#).expect("a token");
        let token = rest.split('"').next().expect("its end").to_owned();
        let body = format!("csrf={token}&{}", encoded(pairs));
        self.send("POST", address, &body).await
    }

    pub(super) async fn send(&mut self, method: &str, address: &str, body: &str) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers =
            [("cookie", cookies.as_str()), ("content-type", "application/x-www-form-urlencoded")];
        let answer = called(&self.router, method, address, &headers, body).await;
        for cookie in answer.headers.get_all("set-cookie") {
            let (name, rest) = cookie.to_str().expect("text").split_once('=').expect("a pair");
            self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap_or("").to_owned());
        }
        answer
    }

    /// Signs in with password and code, from the page of signing in that was come to.
    pub(super) async fn sign_in_at(&mut self, page: &str, name: &str) -> String {
        let to = parameter(page, "to").unwrap_or_else(|| "/".to_owned());
        let form = self.get(page).await;
        let sent = [("name", name), ("password", PASSWORD), ("to", to.as_str())];
        let done = self.post(&form, "/sign-in", &sent).await;
        assert_eq!(
            (done.status.as_u16(), done.header("location")),
            (303, to.as_str()),
            "{}",
            done.text
        );
        // The clock stands, and each code works once.
        self.site.server.pass(1);
        let form = self.get("/sign-in/code").await;
        let code =
            totp::code(CODE_SECRET, totp::step_at(self.site.server.app.clock.now() / 1_000_000));
        let done = self.post(&form, "/sign-in/code", &[("code", &code), ("to", &to)]).await;
        assert_eq!(done.status, 303, "{}", done.text);
        done.header("location").to_owned()
    }

    /// Agrees on the page of consent, and gives the code that the app gets.
    pub(super) async fn agree(&mut self, page: &Answer, address: &str) -> String {
        assert_eq!(page.status, 200, "{} {}", page.header("location"), page.text);
        let done = self.post(page, address, &[("decision", "allow")]).await;
        let location = done.header("location");
        assert!(location.starts_with(&format!("{BACK}?code=")), "{location} {}", done.text);
        assert_eq!(parameter(location, "state").as_deref(), Some("st&te"));
        parameter(location, "code").expect("a code")
    }
}
