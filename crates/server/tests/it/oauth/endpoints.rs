//! The endpoints for programs: what they take, what they answer, who may read it in a browser.

use identity::jwt::{Algorithm, SigningKey};
use interactions::{NewClient, NewClientKind};
use ring::rand::SystemRandom;
use serde_json::{Value, json};

use super::site::{BACK, Site, asking, encoded, new_client};
use crate::setup::NOW;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn key() -> SigningKey {
    let random = SystemRandom::new();
    let pkcs8 = SigningKey::make(Algorithm::Es256, &random).unwrap();
    SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8, &random).unwrap()
}

fn service(key: &SigningKey) -> NewClient {
    NewClient {
        kind: NewClientKind::Keys(json!({"keys": [key.public().to_jwk()]})),
        redirect_uris: Vec::new(),
        launch_uri: String::new(),
        is_service: true,
        ..new_client("svc", "system/Observation.rs?category=laboratory")
    }
}

fn assertion(key: &SigningKey, jti: &str) -> String {
    let claims = json!({"iss": "svc", "sub": "svc", "aud": "http://127.0.0.1/oauth/token", "exp": NOW / 1_000_000 + 240, "jti": jti});
    key.sign("JWT", &claims, &SystemRandom::new()).unwrap()
}

fn own_token(assertion: &str) -> Vec<(&'static str, String)> {
    vec![
        ("grant_type", "client_credentials".to_owned()),
        ("scope", "system/*.rs".to_owned()),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned(),
        ),
        ("client_assertion", assertion.to_owned()),
    ]
}

fn borrowed<'a>(pairs: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    pairs.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn backend_services() {
    let site = Site::open().await;
    let key = key();
    site.client(service(&key)).await;
    let form = own_token(&assertion(&key, "1"));
    let answer = site.form("/oauth/token", &borrowed(&form)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    assert_eq!(answer["scope"], "system/Observation.rs?category=laboratory");
    let token = answer["access_token"].as_str().expect("a token");
    let found = site.fhir(token, "GET", "/Observation", "").await.json();
    assert_eq!(found["total"], 2, "{found}");
    assert!(!found.to_string().contains("vitalqz"));
    assert_eq!(site.fhir(token, "GET", "/Patient/mine", "").await.status, 403);
    let again = site.form("/oauth/token", &borrowed(&form)).await;
    assert_eq!((again.status.as_u16(), &again.json()["error"]), (401, &json!("invalid_client")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_endpoints_take() {
    let site = Site::open().await;
    let scope = "openid patient/Observation.rs";
    let secret = NewClient { kind: NewClientKind::Secret, ..new_client("secret", scope) };
    let secret = site.client(secret).await.secret.expect("a secret");
    let post = async |path: &str, headers: &[(&str, &str)], body: &str| {
        let answer = site.call("POST", path, headers, body).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        let error = answer.json()["error"].as_str().unwrap_or("").to_owned();
        (answer.status.as_u16(), error, answer.header("www-authenticate").to_owned())
    };
    let with_secret =
        encoded(&[("client_id", "secret"), ("client_secret", &secret), ("token", "x")]);
    let twice = format!("{with_secret}&token=y");
    let table = [
        ("/oauth/token", vec![], "", 400, "invalid_request"),
        ("/oauth/token", vec![("content-type", "application/json")], "{}", 400, "invalid_request"),
        ("/oauth/token", vec![FORM], "", 400, "invalid_request"),
        (
            "/oauth/token",
            vec![FORM],
            "grant_type=password&client_id=x",
            400,
            "unsupported_grant_type",
        ),
        (
            "/oauth/token",
            vec![FORM],
            "grant_type=authorization_code&client_id=x&code=y",
            401,
            "invalid_client",
        ),
        (
            "/oauth/token",
            vec![FORM],
            "grant_type=refresh_token&refresh_token=y",
            401,
            "invalid_client",
        ),
        (
            "/oauth/token",
            vec![FORM, ("authorization", "Basic eDp5")],
            "grant_type=refresh_token",
            401,
            "invalid_client",
        ),
        (
            "/oauth/token",
            vec![FORM, ("authorization", "a"), ("authorization", "b")],
            "grant_type=refresh_token",
            400,
            "invalid_request",
        ),
        ("/oauth/introspect", vec![FORM], "token=x", 401, "invalid_client"),
        ("/oauth/introspect", vec![FORM], &*twice, 400, "invalid_request"),
        ("/oauth/introspect", vec![FORM], &*with_secret, 200, ""),
        ("/oauth/revoke", vec![FORM], &*with_secret, 200, ""),
        ("/oauth/revoke", vec![FORM], "token=x", 401, "invalid_client"),
        ("/oauth/userinfo", vec![], "", 401, "invalid_token"),
        ("/oauth/userinfo", vec![("authorization", "Bearer x")], "", 401, "invalid_token"),
    ];
    for (path, headers, body, status, error) in table {
        let told = post(path, &headers, body).await;
        assert_eq!((told.0, told.1.as_str()), (status, error), "{path} {headers:?} {body}");
        let has_basic = headers.iter().any(|(_, value)| value.starts_with("Basic"));
        assert_eq!(told.2.starts_with("Basic"), has_basic, "{path} {headers:?}");
    }
    // A secret in an address is not looked at.
    let in_query = format!("/oauth/introspect?{with_secret}");
    assert_eq!(site.call("POST", &in_query, &[FORM], "token=x").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_long_and_the_wrong_method() {
    let site = Site::open().await;
    let long = format!("grant_type=refresh_token&x={}", "y".repeat(70_000));
    let answer = site.call("POST", "/oauth/token", &[FORM], &long).await;
    assert!(matches!(answer.status.as_u16(), 400 | 413), "{}", answer.status);
    for (method, path) in
        [("GET", "/oauth/token"), ("DELETE", "/oauth/jwks"), ("PUT", "/oauth/revoke")]
    {
        assert_eq!(site.call(method, path, &[], "").await.status, 405, "{method} {path}");
    }
}

/// Pages of registered apps read with a token; others do not read at all.
#[tokio::test(flavor = "multi_thread")]
async fn other_origins() {
    let site = Site::open().await;
    let more = NewClient {
        origins: vec!["https://pages.test".to_owned()],
        ..new_client("app", "patient/*.rs")
    };
    site.client(more).await;
    let table = [
        ("https://app.test", true),
        ("https://pages.test", true),
        ("https://evil.test", false),
        ("https://app.test.evil.test", false),
        ("http://app.test", false),
        ("https://app.test:8443", false),
        ("null", false),
        ("", false),
        ("https://APP.test", false),
    ];
    for (origin, is_known) in table {
        for path in ["/fhir/Observation/mine-lab", "/oauth/token"] {
            let asked = [
                ("origin", origin),
                ("access-control-request-method", "GET"),
                ("access-control-request-headers", "authorization"),
            ];
            let preflight = site.call("OPTIONS", path, &asked, "").await;
            let answer = site.call("GET", path, &[("origin", origin)], "").await;
            let expected = if is_known { origin } else { "" };
            for answer in [&preflight, &answer] {
                assert_eq!(
                    answer.header("access-control-allow-origin"),
                    expected,
                    "{origin} {path}"
                );
                assert_eq!(answer.header("access-control-allow-credentials"), "", "no cookies");
                let varies = answer.headers.get_all("vary").iter().any(|value| value == "origin");
                assert!(varies, "{origin} {path}: {:?}", answer.headers);
            }
            assert_eq!(preflight.status == 204, is_known, "{origin} {path}: {}", preflight.status);
            if is_known {
                assert!(preflight.header("access-control-allow-headers").contains("authorization"));
            }
        }
    }
    site.server.app.remove_client("app").await.expect("removed");
    let answer = site.call("GET", "/fhir/Patient", &[("origin", "https://app.test")], "").await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

/// Who guesses has to wait; who does not, need not.
#[tokio::test(flavor = "multi_thread")]
async fn turns() {
    let site = Site::open().await;
    site.app("app", "openid").await;
    let from =
        |address: [u8; 4]| axum::extract::ConnectInfo(std::net::SocketAddr::from((address, 1234)));
    let guess = async |address: [u8; 4]| {
        let mut request = axum::http::Request::post("/oauth/token")
            .header(FORM.0, FORM.1)
            .body(axum::body::Body::from("grant_type=refresh_token&client_id=app&refresh_token=x"))
            .expect("a request");
        request.extensions_mut().insert(from(address));
        let answer = site.send(request).await;
        (answer.status.as_u16(), answer.header("retry-after").to_owned())
    };
    for number in 0..30 {
        assert_eq!(guess([10, 0, 0, 1]).await.0, 400, "{number}");
    }
    let (status, wait) = guess([10, 0, 0, 1]).await;
    assert_eq!(status, 429);
    assert!(!wait.is_empty());
    assert_eq!(guess([10, 0, 0, 2]).await.0, 400, "somebody else");
    site.server.pass(1);
    assert_eq!(guess([10, 0, 0, 1]).await.0, 400, "after a while");
    // The pages of asking, too.
    let ask = async || {
        let mut request =
            axum::http::Request::get(asking("app", "openid", &[("redirect_uri", BACK)]))
                .body(axum::body::Body::empty())
                .expect("a request");
        request.extensions_mut().insert(from([10, 0, 0, 3]));
        site.send(request).await.status.as_u16()
    };
    for _ in 0..60 {
        assert_eq!(ask().await, 303);
    }
    assert_eq!(ask().await, 503);
}

/// An OpenID client that wants to know only who somebody is.
#[tokio::test(flavor = "multi_thread")]
async fn only_who_somebody_is() {
    let site = Site::open().await;
    site.app("app", "openid profile").await;
    let mut ada = site.browser();
    let asked = ada.get(&asking("app", "openid", &[("aud", "")])).await;
    let address = ada.sign_in_at(asked.header("location"), "ada").await;
    let page = ada.get(&address).await;
    let code = ada.agree(&page, &address).await;
    let tokens = site.redeem("app", &code).await.json();
    assert!(tokens.get("patient").is_none() && tokens.get("refresh_token").is_none(), "{tokens}");
    let token = tokens["access_token"].as_str().expect("a token");
    let bearer = format!("Bearer {token}");
    let info = site.call("GET", "/oauth/userinfo", &[("authorization", &bearer)], "").await.json();
    assert_eq!((&info["identity_proofing_level"], &info["name"]), (&json!("P9"), &Value::Null));
    let answer = site.fhir(token, "GET", "/Observation/mine-lab", "").await;
    assert_eq!(answer.status, 403, "{}", answer.text);
}
