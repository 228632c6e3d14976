//! Tokens a second at the token endpoint, on a store in a folder, each durable before its answer.
//!
//! `cargo run --release -p server --example token_rate -- 5000 16`: services that sign their assertions
//! (ES256), and then requests with the tokens that they got, from the router to the last byte; assertions
//! are signed beforehand, since that is the clients' work.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use fhir::ResourceId;
use identity::jwt::{Algorithm, SigningKey};
use interactions::{
    AccountKind, App, AppOptions, Clock, IdSource, IdentityLevel, NewAccount, NewClient,
    NewClientKind, SignIn,
};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;
use store_sqlite::{Options, SqliteStore};
use tower::ServiceExt as _;

/// 2026-03-01T12:00:00Z; the clock stands, so that nothing expires meanwhile.
const NOW: i64 = 1_772_366_400_000_000;

struct Standing;

impl Clock for Standing {
    fn now(&self) -> i64 {
        NOW
    }
}

struct Random(AtomicU64);

impl IdSource for Random {
    fn next(&self) -> ResourceId {
        let mut bytes = [0_u8; 16];
        SystemRandom::new().fill(&mut bytes).expect("random bytes");
        self.0.fetch_add(1, Ordering::Relaxed);
        ResourceId::from_uuid_bytes(bytes)
    }
}

fn signed(count: usize, key: &SigningKey) -> Vec<String> {
    let random = SystemRandom::new();
    let one = |number: usize| {
        let claims = json!({"iss": "svc", "sub": "svc", "aud": "http://127.0.0.1/oauth/token", "exp": NOW / 1_000_000 + 240, "jti": number.to_string()});
        let assertion = key.sign("JWT", &claims, &random).expect("a token");
        format!(
            "grant_type=client_credentials&scope=system%2FPatient.rs&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion={assertion}"
        )
    };
    (0..count).map(one).collect()
}

async fn send(router: &Router, request: Request<Body>) -> (u16, String) {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status.as_u16(), String::from_utf8_lossy(&bytes).into_owned())
}

/// Sends all requests over some lanes at once; says how fast, and gives the answers.
async fn measure(
    what: &str,
    router: &Router,
    lanes: usize,
    count: usize,
    request: impl Fn(usize) -> Request<Body> + Send + Sync + 'static,
) -> Vec<String> {
    let (next, request) = (Arc::new(AtomicUsize::new(0)), Arc::new(request));
    let begun = Instant::now();
    let lane = |_| {
        let (router, next, request) = (router.clone(), Arc::clone(&next), Arc::clone(&request));
        tokio::spawn(async move {
            let mut answers = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    return answers;
                }
                let sent = Instant::now();
                let (status, text) = send(&router, request(number)).await;
                assert!(status < 300, "{status}: {text}");
                answers.push((sent.elapsed(), text));
            }
        })
    };
    let lanes: Vec<_> = (0..lanes).map(lane).collect();
    let mut answers = Vec::new();
    for lane in lanes {
        answers.extend(lane.await.expect("a lane"));
    }
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    answers.sort_by_key(|(took, _)| *took);
    let (p50, p99) = (answers[count / 2].0, answers[count * 99 / 100].0);
    println!("{what}: {rate:.0}/s, p50 {p50:.1?}, p99 {p99:.1?}");
    answers.into_iter().map(|(_, text)| text).collect()
}

/// Sign-ins with a password: nearly all of the time is the hash, which is slow on purpose.
async fn sign_ins(app: &Arc<App>, count: usize, lanes: usize) {
    const PASSWORD: &str = "coffee-window-tram";
    let account = NewAccount {
        name: "a@example.test".to_owned(),
        words: "A".to_owned(),
        kind: AccountKind::Citizen { person: "a".to_owned() },
        level: IdentityLevel::P9,
        password: PASSWORD.to_owned(),
        code_secret: Vec::new(),
        linkage: String::new(),
    };
    app.create_account(account).await.expect("an account");
    let begun = Instant::now();
    let lane = |lane: usize| {
        let app = Arc::clone(app);
        tokio::spawn(async move {
            for number in (lane..count).step_by(lanes) {
                // Each from an address of its own: tries that are counted together would wait.
                let from = format!("192.0.2.{}", number % 250);
                let answer = app.sign_in("a@example.test", PASSWORD, &from).await;
                assert!(matches!(answer, Ok(SignIn::Done { .. })), "{answer:?}");
            }
        })
    };
    let lanes: Vec<_> = (0..lanes).map(lane).collect();
    for lane in lanes {
        lane.await.expect("a lane");
    }
    println!("sign-ins with a password: {:.0}/s", count as f64 / begun.elapsed().as_secs_f64());
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let number = |at: usize, otherwise: usize| {
        std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(otherwise)
    };
    let (count, lanes) = (number(1, 5_000), number(2, 16));
    let folder = tempfile::tempdir().expect("a folder");
    let catalogue = store::Catalogue::of(definitions::embedded());
    let options = Options::with_clock(Arc::new(|| NOW));
    let store = SqliteStore::open(&folder.path().join("rate.db"), &catalogue, options);
    let app = Arc::new(App::new(
        Arc::new(store.expect("a store")),
        definitions::embedded(),
        Arc::new(Standing),
        Arc::new(Random(AtomicU64::new(0))),
        AppOptions::with_base_url("http://127.0.0.1/fhir"),
    ));
    let random = SystemRandom::new();
    let private = SigningKey::make(Algorithm::Es256, &random).expect("a key");
    let key = SigningKey::from_pkcs8(Algorithm::Es256, &private, &random).expect("a key");
    let client = NewClient {
        id: "svc".to_owned(),
        name: "Service".to_owned(),
        kind: NewClientKind::Keys(json!({"keys": [key.public().to_jwk()]})),
        redirect_uris: Vec::new(),
        launch_uri: String::new(),
        origins: Vec::new(),
        scope: "system/Patient.rs".to_owned(),
        may_introspect: false,
        is_service: true,
    };
    app.register_client(client).await.expect("a client");
    let mut options = server::ServerOptions::standard("rate", NOW);
    options.gate = Arc::new(server::Tokens::new(Arc::clone(&app)));
    let router = server::mount("/fhir", Arc::clone(&app), options)
        .merge(server::oauth_router(Arc::clone(&app)));
    let forms = signed(count, &key);
    let tokens = measure("tokens by signed assertion", &router, lanes, count, move |number| {
        Request::post("/oauth/token")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(forms[number].clone()))
            .expect("a request")
    })
    .await;
    let tokens: Vec<String> = tokens
        .iter()
        .map(|answer| {
            let answer: serde_json::Value = serde_json::from_str(answer).expect("json");
            answer["access_token"].as_str().expect("a token").to_owned()
        })
        .collect();
    sign_ins(&app, count.min(400), lanes).await;
    measure("searches with these tokens", &router, lanes, count, move |number| {
        Request::get("/fhir/Patient?_summary=count")
            .header("authorization", format!("Bearer {}", tokens[number]))
            .body(Body::empty())
            .expect("a request")
    })
    .await;
}
