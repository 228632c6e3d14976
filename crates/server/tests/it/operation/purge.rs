//! `Patient/{id}/$purge`.

use super::everything::recorded;
use super::keys;
use crate::setup::Server;

async fn exists(server: &Server, key: &str) -> bool {
    let history = server.get(&format!("/{key}/_history")).await;
    assert!([200, 404].contains(&history.status.as_u16()), "{key}: {}", history.text);
    history.status == 200
}

#[tokio::test]
async fn nothing_is_left_of_a_patient() {
    let server = recorded().await;
    // Versions, and a resource that is deleted already, belong to it too.
    server.put("/Observation/o1", r#"{"resourceType":"Observation","id":"o1","status":"amended","code":{"text":"y"},"subject":{"reference":"Patient/a"}}"#).await;
    server.call("DELETE", "/Observation/o2", &[], "").await;
    server.call("DELETE", "/Condition/over", &[], "").await;
    server.call("DELETE", "/Observation/ob", &[], "").await;
    let answer = server.call("POST", "/Patient/a/$purge", &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let outcome = answer.json();
    let words = outcome["issue"][0]["diagnostics"].as_str().unwrap();
    assert!(words.contains("8 resources, 11 versions"), "{words}");
    assert_eq!(outcome["issue"][1]["expression"][0], "Group", "{outcome}");
    for key in [
        "Patient/a",
        "Encounter/e",
        "Observation/o1",
        "Observation/o2",
        "Condition/c",
        "Condition/over",
        "MedicationRequest/mr",
        "DocumentReference/d",
    ] {
        assert!(!exists(&server, key).await, "{key}");
        assert_eq!(server.get(&format!("/{key}")).await.status, 404, "{key}");
    }
    for key in [
        "Patient/b",
        "Observation/ob",
        "Device/of-b",
        "Group/g",
        "Practitioner/p",
        "Medication/m",
        "Binary/scan",
    ] {
        assert!(exists(&server, key).await, "{key}");
    }
    let history = server.get("/_history?_count=100").await;
    assert!(!history.text.contains("amended"), "{}", history.text);
    assert_eq!(server.get("/Observation?subject=Patient/a").await.json().get("entry"), None);
    // The trail says what went, and nothing of what it said.
    let trail = server.get("/AuditEvent?action=D").await.json();
    let event = &trail["entry"][0]["resource"];
    assert_eq!(
        (&event["entity"][0]["name"], &event["outcome"]),
        (&"Patient/a".into(), &"0".into())
    );
    let details = event["entity"][0]["detail"].as_array().unwrap();
    let counts: Vec<&str> =
        details.iter().map(|detail| detail["valueString"].as_str().unwrap()).collect();
    assert_eq!(counts, ["8", "11", "0"]);
    assert_eq!(event["meta"]["versionId"], "2");
    // Once is enough.
    let again = server.call("POST", "/Patient/a/$purge", &[], "").await;
    assert_eq!((again.status.as_u16(), again.issue().0.as_str()), (404, "not-found"));
}

#[tokio::test]
async fn a_deleted_patient_and_none() {
    let server = recorded().await;
    server.call("DELETE", "/Patient/b", &[], "").await;
    assert_eq!(server.call("POST", "/Patient/b/$purge", &[], "").await.status, 200);
    assert!(!exists(&server, "Patient/b").await);
    assert!(!exists(&server, "Observation/ob").await);
    let everything = server.get("/Patient/a/$everything?_type=Patient,Observation").await.json();
    assert_eq!(keys(&everything).len(), 3);
    let cases = [
        ("GET", "/Patient/a/$purge", "", 405),
        ("POST", "/Patient/$purge", "", 405),
        ("POST", "/Organization/practice/$purge", "", 405),
        ("POST", "/Patient/none/$purge", "", 404),
        ("POST", "/Patient/a/$purge?force=true", "", 400),
        ("POST", "/Patient/a/$purge", r#"{"resourceType":"Patient"}"#, 400),
    ];
    for (method, path, body, status) in cases {
        let answer = server.call(method, path, &[], body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.issue();
    }
    assert!(exists(&server, "Patient/a").await);
}

#[tokio::test]
async fn an_erasure_that_is_answered_later_is_answered() {
    let server = recorded().await;
    let job = server.begin("POST", "/Patient/a/$purge", &[], "").await;
    let done = server.done(&job).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert!(!exists(&server, "Patient/a").await);
}
