//! Services that work for themselves, and prove who they are by what they sign.

use access::Who;
use identity::jwt::{Algorithm, SigningKey};
use interactions::{ErrorCode, NewClient, NewClientKind};
use ring::rand::SystemRandom;
use serde_json::json;

use super::{area, exchange, new_client, reads, text};
use crate::fixture::NOW;
use crate::sign_in::SECOND;

fn key() -> SigningKey {
    let random = SystemRandom::new();
    let pkcs8 = SigningKey::make(Algorithm::Es384, &random).unwrap();
    SigningKey::from_pkcs8(Algorithm::Es384, &pkcs8, &random).unwrap()
}

fn assertion(key: &SigningKey, client: &str, jti: &str, now: i64) -> String {
    let claims = json!({"iss": client, "sub": client, "aud": "http://localhost/oauth/token", "exp": now + 300, "jti": jti});
    key.sign("JWT", &claims, &SystemRandom::new()).unwrap()
}

const TYPE: (&str, &str) =
    ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");

#[tokio::test(flavor = "multi_thread")]
async fn services_work_for_themselves() {
    use ErrorCode::{InvalidClient, InvalidRequest, InvalidScope, UnauthorizedClient};
    let world = area().await;
    let (own, stranger) = (key(), key());
    let jwks = json!({"keys": [own.public().to_jwk()]});
    let service = NewClient {
        kind: NewClientKind::Keys(jwks.clone()),
        redirect_uris: Vec::new(),
        is_service: true,
        ..new_client("svc", "system/Observation.rs?category=laboratory system/Patient.r")
    };
    world.app.register_client(service).await.unwrap();
    let now = NOW / SECOND;
    let ask = async |assertion: &str, scope: &str| {
        let form = [
            ("grant_type", "client_credentials"),
            ("scope", scope),
            TYPE,
            ("client_assertion", assertion),
        ];
        exchange(&world, &form).await
    };
    let answer =
        ask(&assertion(&own, "svc", "1", now), "system/*.rs patient/*.rs openid").await.unwrap();
    assert_eq!(
        text(&answer, "scope"),
        "system/Observation.rs?category=laboratory system/Patient.r"
    );
    assert!(answer.get("refresh_token").is_none() && answer.get("patient").is_none());
    let token = text(&answer, "access_token");
    assert_eq!(reads(&world, token).await.as_deref(), Some("lab theirs p1 p2"));
    let bearer = world.app.bearer(token).await.unwrap().unwrap();
    assert!(matches!(bearer.caller.who, Who::Service { .. }));
    let wrong = [
        (assertion(&own, "svc", "1", now), "system/Patient.r", InvalidClient),
        (assertion(&stranger, "svc", "2", now), "system/Patient.r", InvalidClient),
        (assertion(&own, "nobody", "3", now), "system/Patient.r", InvalidClient),
        (assertion(&own, "svc", "4", now - 400), "system/Patient.r", InvalidClient),
        (assertion(&own, "svc", "5", now + 400), "system/Patient.r", InvalidClient),
        (assertion(&own, "svc", "6", now), "system/Condition.r", InvalidScope),
        (assertion(&own, "svc", "7", now), "patient/Observation.rs", InvalidScope),
        (assertion(&own, "svc", "8", now), "system/Nonsense.rs", InvalidScope),
        (assertion(&own, "svc", "9", now), "", InvalidRequest),
        ("x.y.z".to_owned(), "system/Patient.r", InvalidClient),
    ];
    for (assertion, scope, code) in wrong {
        assert_eq!(ask(&assertion, scope).await, Err(code), "{scope}");
    }
    // An assertion is used once, however many send it.
    let one = assertion(&own, "svc", "once", now);
    let all = (0..8).map(|_| ask(&one, "system/Patient.r"));
    let all = futures_util::future::join_all(all).await;
    assert_eq!(all.iter().filter(|each| each.is_ok()).count(), 1);
    // Others may not, and a service asks for no codes.
    let app = NewClient { kind: NewClientKind::Keys(jwks), ..new_client("keyed", "user/*.rs") };
    world.app.register_client(app).await.unwrap();
    let theirs = ask(&assertion(&own, "keyed", "k", now), "system/Patient.r").await;
    assert_eq!(theirs, Err(UnauthorizedClient));
    let public =
        [("grant_type", "client_credentials"), ("client_id", "app"), ("scope", "system/*.rs")];
    assert_eq!(exchange(&world, &public).await, Err(UnauthorizedClient));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        TYPE,
        ("client_assertion", &*assertion(&own, "svc", "c", now)),
    ];
    assert_eq!(exchange(&world, &form).await, Err(UnauthorizedClient));
    let password =
        [("grant_type", "password"), ("client_id", "app"), ("username", "a"), ("password", "b")];
    assert_eq!(exchange(&world, &password).await, Err(ErrorCode::UnsupportedGrantType));
}
