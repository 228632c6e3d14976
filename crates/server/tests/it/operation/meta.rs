//! `$meta`, `$meta-add`, `$meta-delete`.

use serde_json::{Value, json};

use super::parameters;
use crate::setup::{Answer, Server};

fn meta(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let parameters = answer.json();
    assert_eq!(parameters["resourceType"], "Parameters", "{}", answer.text);
    let parameter = parameters["parameter"][0].clone();
    assert!(parameter.is_null() || parameter["name"] == "return", "{}", answer.text);
    parameter["valueMeta"].clone()
}

fn given(meta: &str) -> String {
    parameters(&[&format!(r#"{{"name":"meta","valueMeta":{meta}}}"#)])
}

fn codes(meta: &Value, name: &str) -> Vec<String> {
    let labels = meta[name].as_array().cloned().unwrap_or_default();
    let text = |label: &Value| match label.as_str() {
        Some(url) => url.to_owned(),
        None => format!(
            "{}|{}",
            label["system"].as_str().unwrap_or(""),
            label["code"].as_str().unwrap_or("")
        ),
    };
    let mut codes: Vec<String> = labels.iter().map(text).collect();
    codes.sort();
    codes
}

#[tokio::test]
async fn labels_come_and_go() {
    let server = Server::start();
    let body = r#"{"resourceType":"Patient","id":"a","meta":{"tag":[{"system":"urn:t","code":"1","display":"one"}],"source":"urn:me"},"active":true}"#;
    server.put("/Patient/a", body).await;
    let add = given(
        r#"{"profile":["http://p/1"],"security":[{"system":"urn:s","code":"R"}],"tag":[{"system":"urn:t","code":"1"},{"code":"2"}],"source":"urn:other","versionId":"9"}"#,
    );
    let added = meta(&server.call("POST", "/Patient/a/$meta-add", &[], &add).await);
    assert_eq!(added["versionId"], "2");
    assert_eq!(added["source"], "urn:me");
    assert_eq!(added["tag"], json!([{"system":"urn:t","code":"1","display":"one"},{"code":"2"}]));
    assert_eq!(codes(&added, "profile"), ["http://p/1"]);
    let stored = server.get("/Patient/a").await;
    assert_eq!(stored.header("etag"), "W/\"2\"");
    assert_eq!((&stored.json()["meta"], &stored.json()["active"]), (&added, &json!(true)));
    assert_eq!(meta(&server.get("/Patient/a/$meta").await), added);
    assert_eq!(meta(&server.get("/Patient/a/_history/1/$meta").await)["versionId"], "1");
    // What is there already is not written again.
    let again = meta(&server.call("POST", "/Patient/a/$meta-add", &[], &add).await);
    assert_eq!(again, added);
    // A search finds by what was added.
    assert_eq!(server.get("/Patient?_tag=2").await.json()["entry"].as_array().unwrap().len(), 1);
    let delete = given(
        r#"{"profile":["http://p/none"],"security":[{"system":"urn:s","code":"R"}],"tag":[{"system":"urn:t","code":"1"}]}"#,
    );
    let deleted = meta(&server.call("POST", "/Patient/a/$meta-delete", &[], &delete).await);
    assert_eq!(deleted["versionId"], "3");
    assert_eq!((codes(&deleted, "tag"), deleted.get("security")), (vec!["|2".to_owned()], None));
    let again = meta(&server.call("POST", "/Patient/a/$meta-delete", &[], &delete).await);
    assert_eq!(again["versionId"], "3");
    // At a version: the current one alone.
    let path = "/Patient/a/_history/3/$meta-add";
    let done = meta(&server.call("POST", path, &[], &given(r#"{"tag":[{"code":"3"}]}"#)).await);
    assert_eq!(done["versionId"], "4");
    let old = server.call("POST", path, &[], &given(r#"{"tag":[{"code":"4"}]}"#)).await;
    assert_eq!((old.status.as_u16(), old.issue().0.as_str()), (409, "business-rule"));
}

#[tokio::test]
async fn labels_of_a_type_and_of_all() {
    let server = Server::start();
    assert_eq!(meta(&server.get("/$meta").await), Value::Null);
    let bodies = [
        ("Patient", "a", r#"{"profile":["http://p/1"],"tag":[{"system":"urn:t","code":"1"}]}"#),
        ("Patient", "b", r#"{"profile":["http://p/2"],"tag":[{"system":"urn:t","code":"1"}]}"#),
        ("Patient", "c", r#"{"tag":[{"code":"gone"}]}"#),
        (
            "Organization",
            "o",
            r#"{"security":[{"system":"urn:s","code":"N"}],"tag":[{"code":"3"}]}"#,
        ),
    ];
    for (type_name, id, meta) in bodies {
        let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}","meta":{meta}}}"#);
        server.put(&format!("/{type_name}/{id}"), &body).await;
    }
    server.call("DELETE", "/Patient/c", &[], "").await;
    let of_type = meta(&server.get("/Patient/$meta").await);
    assert_eq!(codes(&of_type, "profile"), ["http://p/1", "http://p/2"]);
    assert_eq!(codes(&of_type, "tag"), ["urn:t|1"]);
    assert_eq!(of_type.get("security"), None);
    let of_all = meta(&server.get("/$meta").await);
    assert_eq!(codes(&of_all, "tag"), ["urn:t|1", "|3"]);
    assert_eq!(codes(&of_all, "security"), ["urn:s|N"]);
    assert_eq!(meta(&server.call("POST", "/$meta", &[], "").await), of_all);
}

#[tokio::test]
async fn what_is_no_change_of_labels() {
    let server = Server::start();
    server.put("/Patient/a", r#"{"resourceType":"Patient","id":"a"}"#).await;
    let good = given(r#"{"tag":[{"code":"1"}]}"#);
    let cases = [
        ("POST", "/Patient/a/$meta-add", "", 400, "meta"),
        ("POST", "/Patient/a/$meta-add", &given("{}"), 400, ""),
        ("POST", "/Patient/a/$meta-add", &given(r#"{"source":"urn:x"}"#), 400, "meta"),
        ("POST", "/Patient/a/$meta-add", &given(r#"{"tags":[]}"#), 400, ""),
        (
            "POST",
            "/Patient/a/$meta-add",
            &parameters(&[r#"{"name":"meta","valueString":"x"}"#]),
            400,
            "meta",
        ),
        (
            "POST",
            "/Patient/a/$meta-add",
            &parameters(&[r#"{"name":"meta","valueCoding":{"code":"x"}}"#]),
            400,
            "meta",
        ),
        (
            "POST",
            "/Patient/a/$meta-add",
            &parameters(&[r#"{"name":"other","valueString":"x"}"#]),
            400,
            "other",
        ),
        ("POST", "/Patient/a/$meta-add", r#"{"resourceType":"Patient"}"#, 400, "resourceType"),
        ("POST", "/Patient/none/$meta-add", &good, 404, ""),
        ("POST", "/Patient/a/_history/7/$meta-add", &good, 404, ""),
        ("POST", "/Patient/a/_history/x/$meta-add", &good, 404, ""),
        ("POST", "/Patient/a_b/$meta-add", &good, 400, ""),
        ("GET", "/Patient/a/$meta-add", "", 405, ""),
        ("POST", "/Patient/$meta-add", &good, 405, ""),
        ("GET", "/Patient/a/$meta?profile=x", "", 400, "profile"),
        ("GET", "/Patient/none/$meta", "", 404, ""),
        ("GET", "/Patient/a/_history/2/$meta", "", 404, ""),
    ];
    for (method, path, body, status, place) in cases {
        let answer = server.call(method, path, &[], body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text);
        let found = answer.issue().1;
        assert!(place.is_empty() || found == place, "{path} {body}: {}", answer.text);
    }
    assert_eq!(server.get("/Patient/a").await.header("etag"), "W/\"1\"");
}

/// Labels that are added at the same moment are all there in the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn labels_added_at_once_are_not_lost() {
    let server = std::sync::Arc::new(Server::start());
    server.put("/Patient/a", r#"{"resourceType":"Patient","id":"a"}"#).await;
    let mut tasks = Vec::new();
    for number in 0..6 {
        let server = std::sync::Arc::clone(&server);
        tasks.push(tokio::spawn(async move {
            let body = given(&format!(r#"{{"tag":[{{"code":"{number}"}}]}}"#));
            server.call("POST", "/Patient/a/$meta-add", &[], &body).await.status
        }));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), 200);
    }
    let meta = meta(&server.get("/Patient/a/$meta").await);
    assert_eq!(codes(&meta, "tag"), ["|0", "|1", "|2", "|3", "|4", "|5"]);
    assert_eq!(meta["versionId"], "7");
}
