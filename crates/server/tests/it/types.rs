//! `/{type}`: create; create, update, patch and delete by a condition.

mod create;
mod delete;
mod patch;
mod update;

use crate::setup::Server;

fn patient(number: u32) -> String {
    format!(
        r#"{{"resourceType":"Patient","identifier":[{{"system":"urn:s","value":"{number}"}}]}}"#
    )
}

#[tokio::test]
async fn creates_take_new_ids() {
    let server = Server::start();
    let body = r#"{"resourceType":"Patient","id":"mine","meta":{"versionId":"9","tag":[{"code":"t"}]},"active":true}"#;
    let created = server.call("POST", "/Patient", &[], body).await;
    assert_eq!(created.status, 201);
    assert_eq!(
        created.text,
        r#"{"resourceType":"Patient","id":"id-1","meta":{"versionId":"1","lastUpdated":"2026-03-01T12:00:00.000Z","tag":[{"code":"t"}]},"active":true}"#
    );
    assert_eq!(server.get("/Patient/mine").await.status, 404);
}

#[tokio::test]
async fn what_is_accepted_comes_back_to_the_letter() {
    let server = Server::start();
    let body = r#"{"resourceType":"Observation","status":"final","code":{"text":"a \u0041 \/ b"},"effectiveDateTime":"2026-02","valueQuantity":{"value":1.50,"unit":"°C"},"_status":{"extension":[{"url":"urn:x","valueDecimal":0.10}]}}"#;
    let created = server.call("POST", "/Observation", &[], body).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let tail = body.strip_prefix(r#"{"resourceType":"Observation","#).unwrap();
    assert!(created.text.ends_with(tail), "{}", created.text);
    assert_eq!(server.get("/Observation/id-1").await.text, created.text);
}

#[tokio::test]
async fn conditional_creates_and_updates() {
    let server = Server::start();
    let exist = |query: &'static str| [("if-none-exist", query)];
    let first = server.call("POST", "/Patient", &exist("identifier=urn:s|1"), &patient(1)).await;
    assert_eq!(first.status, 201);
    let again = server.call("POST", "/Patient", &exist("identifier=urn:s|1"), &patient(1)).await;
    assert_eq!((again.status.as_u16(), again.header("etag")), (200, "W/\"1\""));
    server.call("POST", "/Patient", &[], &patient(1)).await;
    let many = server.call("POST", "/Patient", &exist("identifier=urn:s|1"), &patient(1)).await;
    assert_eq!((many.status.as_u16(), many.issue().0.as_str()), (412, "multiple-matches"));
    for (condition, status) in
        [("", 412), ("_count=1", 412), ("nosuch=1", 400), ("identifier:above=a", 400)]
    {
        let answer =
            server.call("POST", "/Patient", &[("if-none-exist", condition)], &patient(1)).await;
        assert_eq!(answer.status, status, "{condition}: {}", answer.text);
    }
    let updated = server.call("PUT", "/Patient?identifier=urn:s|2", &[], &patient(2)).await;
    assert_eq!(updated.status, 201);
    let id = updated.json()["id"].as_str().unwrap().to_owned();
    let changed = server.call("PUT", "/Patient?identifier=urn:s|2", &[], &patient(2)).await;
    assert_eq!((changed.status.as_u16(), changed.json()["id"].as_str()), (200, Some(id.as_str())));
    let other = patient(2).replacen('{', r#"{"id":"other","#, 1);
    assert_eq!(server.call("PUT", "/Patient?identifier=urn:s|2", &[], &other).await.status, 400);
    assert_eq!(
        server.call("PUT", "/Patient?identifier=urn:s|1", &[], &patient(1)).await.status,
        412
    );
    assert_eq!(server.call("PUT", "/Patient", &[], &patient(1)).await.status, 400);
}
