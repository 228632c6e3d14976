//! `Prefer: respond-async`, the status of jobs, and their list.

use serde_json::json;

use crate::setup::Server;

async fn filled() -> Server {
    let server = Server::start();
    for id in ["a", "b"] {
        let patient = json!({"resourceType": "Patient", "id": id}).to_string();
        server.put(&format!("/Patient/{id}"), &patient).await;
    }
    server
}

#[tokio::test]
async fn a_search_can_be_answered_later() {
    let server = filled().await;
    let later = server.call("GET", "/Patient?_sort=_id", &[("prefer", "respond-async")], "").await;
    assert_eq!(later.status, 202, "{}", later.text);
    assert_eq!(later.header("preference-applied"), "respond-async");
    assert_eq!(later.json()["resourceType"], "OperationOutcome");
    let job = later.header("content-location").strip_prefix(crate::setup::BASE).unwrap().to_owned();
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let bundle = answer.json();
    assert_eq!(
        (&bundle["resourceType"], &bundle["type"]),
        (&json!("Bundle"), &json!("batch-response"))
    );
    let entry = &bundle["entry"][0];
    assert_eq!(entry["response"]["status"], "200");
    assert_eq!(entry["resource"], server.get("/Patient?_sort=_id").await.json(), "as if at once");
    let xml = server.call("GET", &job, &[("accept", "application/fhir+xml")], "").await;
    assert!(xml.text.contains("<Bundle xmlns"), "{}", xml.text);
}

#[tokio::test]
async fn other_requests_can_too() {
    let server = filled().await;
    let form: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];
    let job = server.begin("POST", "/Patient/_search", form, "_id=a").await;
    let bundle = server.done(&job).await.json();
    assert_eq!(bundle["entry"][0]["resource"]["entry"][0]["resource"]["id"], "a");
    let job = server.begin("GET", "/Patient/a", &[], "").await;
    let bundle = server.done(&job).await.json();
    assert_eq!(bundle["entry"][0]["response"]["etag"], "W/\"1\"");
    let batch = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": {"resourceType": "Patient", "id": "c"}, "request": {"method": "PUT", "url": "Patient/c"}}]});
    let job = server.begin("POST", "", &[], &batch.to_string()).await;
    let bundle = server.done(&job).await.json();
    assert_eq!(bundle["entry"][0]["resource"]["type"], "transaction-response");
    assert_eq!(server.get("/Patient/c").await.status, 200);
}

#[tokio::test]
async fn what_fails_later_says_so_in_the_bundle() {
    let server = filled().await;
    let cases = [("/Patient?hair=red", "400", "hair"), ("/Patient/none", "404", "Patient/none")];
    for (path, status, expression) in cases {
        let job = server.begin("GET", path, &[], "").await;
        let answer = server.done(&job).await;
        assert_eq!(answer.status, 200, "the job itself is done");
        let response = &answer.json()["entry"][0]["response"];
        assert_eq!(response["status"], status);
        let issue = &response["outcome"]["issue"][0];
        assert_eq!(issue["expression"][0].as_str().unwrap_or(""), expression);
    }
}

#[tokio::test]
async fn where_it_does_not_apply_the_preference_is_passed_over() {
    let server = filled().await;
    let headers: &[(&str, &str)] = &[("prefer", "respond-async")];
    assert_eq!(server.call("GET", "/metadata", headers, "").await.status, 200);
    let patient = r#"{"resourceType":"Patient","id":"d"}"#;
    assert_eq!(server.call("PUT", "/Patient/d", headers, patient).await.status, 201);
    assert_eq!(server.call("DELETE", "/Patient/d", headers, "").await.status, 204);
    assert_eq!(server.call("HEAD", "/Patient/a", headers, "").await.status, 200);
    assert_eq!(server.call("GET", "/$jobs", headers, "").await.status, 200);
}

#[tokio::test]
async fn jobs_are_listed() {
    let server = filled().await;
    assert_eq!(server.get("/$jobs").await.json(), json!({"resourceType": "Parameters"}));
    let job = server.begin("GET", "/Patient", &[], "").await;
    server.done(&job).await;
    let list = server.get("/$jobs").await.json();
    let parts = list["parameter"][0]["part"].as_array().unwrap();
    let part = |name: &str| parts.iter().find(|part| part["name"] == name).unwrap();
    assert!(job.ends_with(part("id")["valueId"].as_str().unwrap()));
    assert_eq!(part("kind")["valueCode"], "async");
    assert_eq!(part("status")["valueCode"], "completed");
    assert_eq!(part("done")["valueUnsignedInt"], 1);
    assert!(part("request")["valueUri"].as_str().unwrap().ends_with("/fhir/Patient"));
}

#[tokio::test]
async fn a_job_can_be_taken_away() {
    let server = filled().await;
    let job = server.begin("GET", "/Patient", &[], "").await;
    assert_eq!(server.call("DELETE", &job, &[], "").await.status, 202);
    assert_eq!(server.get(&job).await.status, 404);
    for none in ["/$job/none", "/$job/..", "/$job/%2e%2e%2fx", "/$job/a%20b"] {
        let answer = server.get(none).await;
        assert_eq!(answer.status, 404, "{none}: {}", answer.text);
        assert_eq!(server.call("DELETE", none, &[], "").await.status, 404, "{none}");
    }
    assert_eq!(server.call("POST", "/$job/none", &[], "{}").await.status, 405);
}
