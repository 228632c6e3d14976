//! `/bars/FHIR/R4`: who is let in, what is refused at the door, and what is answered.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use interactions::{Feed, Format};
use server::BundleFeed;
use tower::ServiceExt as _;

use crate::setup::Server;

const ID: &str = "1cbdfb97-5859-48a4-8301-d54eab818d68";
/// Base64 of `{"system":"https://fhir.nhs.uk/Id/dos-service-id","value":"222"}`.
const TARGET: &str =
    "eyJzeXN0ZW0iOiJodHRwczovL2ZoaXIubmhzLnVrL0lkL2Rvcy1zZXJ2aWNlLWlkIiwidmFsdWUiOiIyMjIifQ==";
const SLOTS: &str = "/bars/FHIR/R4/Slot?status=free&start=ge2022-03-01T12:00:00%2B00:00&start=le2022-03-01T13:30:00%2B00:00&Schedule.actor:HealthcareService=222";
const PROCESS: &str = "/bars/FHIR/R4/$process-message";
const JSON: (&str, &str) = ("content-type", "application/fhir+json");
const KEY: (&str, &str) = ("authorization", "Bearer the key");
const IDS: [(&str, &str); 3] =
    [("nhsd-target-identifier", TARGET), ("x-request-id", ID), ("x-correlation-id", ID)];

async fn call(
    server: &Server,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> (u16, axum::http::HeaderMap, String) {
    let feeds = ["the key", "another key"].iter().enumerate().map(|(index, key)| BundleFeed {
        feed: Feed::new(&format!("sender-{index}"), Format::Bundle),
        key_hash: Some(interactions::secret_key(key)),
    });
    let router = server::bars_router(Arc::clone(&server.app), feeds.collect(), "http://x");
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    let response = router.oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 1 << 20).await.expect("a body");
    (parts.status.as_u16(), parts.headers, String::from_utf8_lossy(&bytes).into_owned())
}

/// Method, path, headers, status, code.
type Row<'r> = (&'r str, &'r str, Vec<(&'r str, &'r str)>, u16, &'r str);

#[tokio::test]
async fn refused_at_the_door() {
    let server = Server::start();
    let all: Vec<(&str, &str)> = [KEY, JSON].into_iter().chain(IDS).collect();
    let without = |name: &str| -> Vec<(&str, &str)> {
        all.iter().copied().filter(|(known, _)| *known != name).collect()
    };
    let with = |name: &'static str, value: &'static str| -> Vec<(&str, &str)> {
        without(name).into_iter().chain([(name, value)]).collect()
    };
    let rows: Vec<Row<'_>> = vec![
        ("GET", SLOTS, without("authorization"), 401, "REC_UNAUTHORIZED"),
        ("GET", SLOTS, with("authorization", "Bearer the kez"), 401, "REC_UNAUTHORIZED"),
        ("GET", SLOTS, with("authorization", "Bearer "), 401, "REC_UNAUTHORIZED"),
        ("GET", SLOTS, with("authorization", "Basic the key"), 401, "REC_UNAUTHORIZED"),
        ("POST", PROCESS, without("authorization"), 401, "REC_UNAUTHORIZED"),
        ("GET", "/bars/FHIR/R4/Appointment/1", without("authorization"), 401, "REC_UNAUTHORIZED"),
        (
            "GET",
            "/bars/FHIR/R4/MessageDefinition",
            without("authorization"),
            401,
            "REC_UNAUTHORIZED",
        ),
        ("GET", "/bars/FHIR/R4/Appointment/1", all.clone(), 404, "REC_NOT_FOUND"),
        ("GET", "/bars/FHIR/R4/Appointment/a%2Fb", all.clone(), 404, "REC_NOT_FOUND"),
        ("GET", "/bars/FHIR/R4/Patient/1", all.clone(), 404, "REC_NOT_FOUND"),
        ("GET", SLOTS, all.clone(), 404, "REC_NOT_FOUND"),
        ("GET", "/bars/FHIR/R4/Slot", all.clone(), 400, "REC_BAD_REQUEST"),
        ("DELETE", "/bars/FHIR/R4/Slot", all.clone(), 405, "SEND_METHOD_NOT_ALLOWED"),
        ("GET", PROCESS, all.clone(), 405, "SEND_METHOD_NOT_ALLOWED"),
        ("POST", PROCESS, without("nhsd-target-identifier"), 400, "SEND_BAD_REQUEST"),
        ("POST", PROCESS, with("nhsd-target-identifier", "%%%"), 400, "SEND_BAD_REQUEST"),
        ("POST", PROCESS, without("x-request-id"), 400, "SEND_BAD_REQUEST"),
        ("POST", PROCESS, with("x-correlation-id", "17"), 400, "SEND_BAD_REQUEST"),
        ("POST", PROCESS, with("content-type", "text/plain"), 400, "SEND_BAD_REQUEST"),
        (
            "POST",
            PROCESS,
            with("accept", "application/fhir+json; version=2.0"),
            406,
            "REC_NOT_ACCEPTABLE",
        ),
        ("POST", PROCESS, all.clone(), 400, "REC_BAD_REQUEST"),
    ];
    for (method, path, headers, status, code) in rows {
        let (found, answered, text) = call(&server, (method, path), &headers, "{}").await;
        assert_eq!(found, status, "{method} {path} {headers:?}: {text}");
        let outcome: serde_json::Value = serde_json::from_str(&text).expect("an outcome");
        let coding = &outcome["issue"][0]["details"]["coding"][0];
        assert_eq!(coding["code"], code, "{method} {path}: {text}");
        assert_eq!(coding["system"], "https://fhir.nhs.uk/Codesystem/http-error-codes");
        assert_eq!(answered["cache-control"], "no-store", "{method} {path}");
    }
    let long = " ".repeat(3 << 20);
    let (found, _, text) = call(&server, ("POST", PROCESS), &all, &long).await;
    assert!([400, 413].contains(&found), "{found}: {text}");
}

#[tokio::test]
async fn what_is_said_of_itself() {
    let server = Server::start();
    for accept in ["", "application/fhir+json", "application/fhir+json; version=1.4.0"] {
        let headers = [("accept", accept)];
        let (status, _, text) =
            call(&server, ("GET", "/bars/FHIR/R4/metadata"), &headers, "").await;
        assert_eq!(status, 200, "{accept}: {text}");
        let tree = fhir::Tree::parse(text.as_bytes()).expect("json");
        let issues = server.app.definitions().check_structure(tree.root());
        assert!(issues.is_empty(), "{issues:?}");
    }
    let (status, headers, text) =
        call(&server, ("GET", "/bars/FHIR/R4/MessageDefinition"), &[KEY, IDS[1]], "").await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(headers["x-request-id"], ID);
    assert!(text.contains("bars-message-booking-request"), "{text}");
}

/// A message from the wire to the ledger and back.
#[tokio::test]
async fn a_message_is_answered_and_kept() {
    let server = Server::start();
    let put = |kind: &'static str, json: &str| {
        let tree = fhir::Tree::parse(json.as_bytes()).expect("json");
        let app = Arc::clone(&server.app);
        async move {
            let id =
                fhir::ResourceId::parse(tree.root().text_of("id").expect("an id")).expect("one");
            let target = interactions::UpdateTarget::Id(id);
            let kind = app.resource_type(kind).expect("a type");
            app.update(kind, &target, &tree, &interactions::WriteOptions::default())
                .await
                .expect("written");
        }
    };
    put("HealthcareService", r#"{"resourceType":"HealthcareService","id":"utc","active":true,"name":"Urgent treatment",
        "identifier":[{"system":"https://fhir.nhs.uk/Id/dos-service-id","value":"222"}],
        "extension":[{"url":"urn:careloom:booking:policy","extension":[{"url":"for111","valueBoolean":true}]}]}"#).await;
    put("Schedule", r#"{"resourceType":"Schedule","id":"s","active":true,"actor":[{"reference":"HealthcareService/utc"}]}"#).await;
    let in_two_days = server.app.clock.now() / 1_000_000 * 1_000_000 + 2 * 86_400_000_000;
    let (start, end) = (in_two_days, in_two_days + 600_000_000);
    let slot = format!(
        r#"{{"resourceType":"Slot","id":"a","schedule":{{"reference":"Schedule/s"}},"status":"free",
        "start":"{}","end":"{}"}}"#,
        fhir::format_instant(start),
        fhir::format_instant(end)
    );
    put("Slot", &slot).await;
    let message = format!(
        r#"{{"resourceType":"Bundle","type":"message","entry":[
        {{"resource":{{"resourceType":"MessageHeader","id":"{ID}","eventCoding":{{"code":"booking-request"}},
        "destination":[{{"endpoint":"https://fhir.nhs.uk/Id/dos-service-id|222"}}],
        "source":{{"endpoint":"https://fhir.nhs.uk/Id/dos-service-id|111"}},
        "reason":{{"coding":[{{"code":"new"}}]}},"focus":[{{"reference":"Appointment/x"}}]}}}},
        {{"resource":{{"resourceType":"Appointment","id":"x","status":"booked","slot":[{{"reference":"Slot/a"}}],
        "participant":[{{"actor":{{"reference":"Patient/p"}},"status":"accepted"}}]}}}},
        {{"resource":{{"resourceType":"Patient","id":"p","name":[{{"family":"Shah"}}],"birthDate":"1990-01-01"}}}}]}}"#
    );
    let headers: Vec<(&str, &str)> = [KEY, JSON].into_iter().chain(IDS).collect();
    let (status, answered, text) = call(&server, ("POST", PROCESS), &headers, &message).await;
    assert_eq!(status, 200, "{text}");
    assert_eq!(answered["x-correlation-id"], ID);
    let answer: serde_json::Value = serde_json::from_str(&text).expect("json");
    let ours = answer["entry"][1]["resource"]["id"].as_str().expect("our id").to_owned();
    let own = format!("/bars/FHIR/R4/Appointment/{ours}");
    let (status, _, text) = call(&server, ("GET", &own), &headers, "").await;
    assert_eq!(status, 200, "{text}");
    assert!(!text.contains("urn:careloom"), "{text}");
    let other = ("authorization", "Bearer another key");
    let (status, _, _) = call(&server, ("GET", &own), &[other], "").await;
    assert_eq!(status, 404, "another sender's booking");
    let ledger = server.app.store.ledger().await.expect("a ledger");
    let one = ledger.iter().find(|one| &*one.feed.0 == "sender-0").expect("the sender's feed");
    assert_eq!((one.received, one.stored), (1, 1));
}
