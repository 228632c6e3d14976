//! Searches of all types and of a compartment, and what is told besides the matches.

use serde_json::Value;

use crate::setup::{Answer, Server};

/// Two people with a note each, of several types.
async fn area() -> Server {
    let server = Server::start();
    for id in ["1", "2"] {
        let resources = [
            ("Patient", format!(r#""name":[{{"family":"Family {id}"}}]"#)),
            (
                "Observation",
                format!(
                    r#""status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"8867-4"}}]}},"subject":{{"reference":"Patient/{id}"}}"#
                ),
            ),
            (
                "Condition",
                format!(
                    r#""code":{{"coding":[{{"system":"http://snomed.info/sct","code":"44054006"}}]}},"subject":{{"reference":"Patient/{id}"}}"#
                ),
            ),
            ("Organization", format!(r#""name":"Site {id}""#)),
        ];
        for (resource_type, members) in resources {
            let body = format!(r#"{{"resourceType":"{resource_type}","id":"{id}",{members}}}"#);
            server.put(&format!("/{resource_type}/{id}"), &body).await;
        }
    }
    server
}

/// `Type/id` of all matches, ordered.
fn found(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let bundle = answer.json();
    let mut found: Vec<String> = bundle["entry"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| {
            let text = |name: &str| entry["resource"][name].as_str().unwrap_or("").to_owned();
            format!("{}/{}", text("resourceType"), text("id"))
        })
        .collect();
    found.sort();
    found.join(" ")
}

fn self_link(answer: &Answer) -> String {
    let bundle = answer.json();
    let links = bundle["link"].as_array().cloned().unwrap_or_default();
    let link = links.iter().find(|link| link["relation"] == "self").cloned().unwrap_or(Value::Null);
    link["url"].as_str().unwrap_or("").to_owned()
}

#[tokio::test]
async fn all_types_at_once() {
    let server = area().await;
    let cases = [
        ("/?_type=Patient,Organization", "Organization/1 Organization/2 Patient/1 Patient/2"),
        ("/?_id=1", "Condition/1 Observation/1 Organization/1 Patient/1"),
        ("/?_type=Condition,Observation&_id=2", "Condition/2 Observation/2"),
        (
            "/?_type=Condition,Observation&code=http://loinc.org|8867-4",
            "Observation/1 Observation/2",
        ),
        ("/?_type=Condition,Observation&patient=Patient/1", "Condition/1 Observation/1"),
        ("/?_lastUpdated=lt2000", ""),
    ];
    for (path, expected) in cases {
        let answer = server.get(path).await;
        assert_eq!(found(&answer), expected, "{path}");
        assert!(self_link(&answer).contains('?'), "{path}: {}", answer.text);
        let (_, form) = path.split_once('?').unwrap();
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        let posted = server.call("POST", "/_search", &form_type, form).await;
        assert_eq!(found(&posted), expected, "{path} by POST");
    }
    // Pages go through one type after another, each resource once.
    let mut path = "/?_type=Patient,Observation,Condition,Organization&_count=3".to_owned();
    let mut all = Vec::new();
    for _ in 0..10 {
        let answer = server.get(&path).await;
        all.extend(found(&answer).split(' ').map(str::to_owned));
        let bundle = answer.json();
        let next =
            bundle["link"].as_array().unwrap().iter().find(|l| l["relation"] == "next").cloned();
        let Some(next) = next else { break };
        let url = next["url"].as_str().unwrap().to_owned();
        path = url.split_once("/fhir").unwrap().1.to_owned();
    }
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!((all.len(), count), (8, 8), "{all:?}");
    for (path, code) in [
        ("/?_type=Patent", "not-supported"),
        ("/?_type=Patient,Observation&birthdate=1970", "not-supported"),
        ("/?nonsense=1", "not-supported"),
        ("/?_type=", "value"),
    ] {
        let answer = server.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {} {}", answer.status, answer.text);
        assert_eq!(answer.issue().0, code, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn compartments() {
    let server = area().await;
    let cases = [
        ("/Patient/1/Observation", "Observation/1"),
        ("/Patient/2/Condition", "Condition/2"),
        ("/Patient/1/*", "Condition/1 Observation/1 Patient/1"),
        ("/Patient/1/*?_type=Condition", "Condition/1"),
        ("/Patient/1/Observation?code=8867-4", "Observation/1"),
        ("/Patient/1/Observation?code=nothing", ""),
        ("/Patient/none/Observation", ""),
    ];
    for (path, expected) in cases {
        let answer = server.get(path).await;
        assert_eq!(found(&answer), expected, "{path}");
        let (path, form) = path.split_once('?').unwrap_or((path, ""));
        let form_type = [("content-type", "application/x-www-form-urlencoded")];
        let posted = server.call("POST", &format!("{path}/_search"), &form_type, form).await;
        assert_eq!(found(&posted), expected, "{path} by POST");
    }
    for (path, status) in [
        ("/Patient/1/Organization", 400),
        ("/Organization/1/Observation", 400),
        ("/Patient/1/Observations", 404),
        ("/Patient/a%20b/Observation", 400),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        answer.issue();
    }
}

#[tokio::test]
async fn explanations_stand_in_the_bundle() {
    let server = area().await;
    let answer = server.get("/Observation?code=8867-4&subject=Patient/1&_explain=true").await;
    assert_eq!(found(&answer), "Observation/1");
    let bundle = answer.json();
    let outcome = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["search"]["mode"] == "outcome")
        .unwrap_or_else(|| panic!("{}", answer.text));
    let told: Vec<&str> = outcome["resource"]["issue"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["diagnostics"].as_str().unwrap())
        .collect();
    for part in ["Observation where", "is 8867-4", "SELECT", "index_", "read;"] {
        assert!(told.iter().any(|text| text.contains(part)), "{part}: {told:?}");
    }
    let wrong = server.get("/Observation?_explain=maybe").await;
    assert_eq!(wrong.status, 400);
}
