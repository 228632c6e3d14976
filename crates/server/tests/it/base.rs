//! The base: metadata, system history, and what is no path.

mod paths;

use crate::setup::Server;

#[tokio::test]
async fn the_capability_statement_says_what_is_served() {
    let server = Server::start();
    let statement = server.get("/metadata").await.json();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    assert_eq!(resources.len(), definitions::embedded().resource_types().len());
    let patient = resources.iter().find(|r| r["type"] == "Patient").unwrap();
    let parameters = patient["searchParam"].as_array().unwrap();
    for (name, kind) in [
        ("_id", "token"),
        ("_lastUpdated", "date"),
        ("family", "string"),
        ("general-practitioner", "reference"),
    ] {
        let listed = parameters.iter().filter(|p| p["name"] == name).count();
        assert_eq!(listed, 1, "{name}");
        assert!(parameters.iter().any(|p| p["name"] == name && p["type"] == kind), "{name}");
    }
    // Every parameter that is claimed is answered.
    for resource in resources
        .iter()
        .filter(|r| ["Patient", "Observation"].contains(&r["type"].as_str().unwrap()))
    {
        for parameter in resource["searchParam"].as_array().unwrap() {
            let value = match parameter["type"].as_str().unwrap() {
                "date" => "2026",
                "number" | "quantity" => "1",
                _ => "x",
            };
            let path = format!(
                "/{}?{}={value}",
                resource["type"].as_str().unwrap(),
                parameter["name"].as_str().unwrap()
            );
            let answer = server.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn history_of_everything_and_of_a_type() {
    let server = Server::start();
    for id in ["a", "b", "c"] {
        server
            .put(&format!("/Patient/{id}"), &format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#))
            .await;
    }
    server
        .put("/Group/g", r#"{"resourceType":"Group","id":"g","type":"person","actual":true}"#)
        .await;
    let ids = |bundle: &serde_json::Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        entries.iter().map(|e| e["resource"]["id"].as_str().unwrap_or("").to_owned()).collect()
    };
    assert_eq!(ids(&server.get("/_history").await.json()), ["g", "c", "b", "a"]);
    assert_eq!(ids(&server.get("/Patient/_history").await.json()), ["c", "b", "a"]);
    let first = server.get("/Patient/_history?_count=2").await.json();
    assert_eq!((ids(&first), &first["total"]), (vec!["c".to_owned(), "b".to_owned()], &3.into()));
    let next = first["link"].as_array().unwrap().iter().find(|l| l["relation"] == "next").unwrap();
    let path = next["url"].as_str().unwrap().strip_prefix(crate::setup::BASE).unwrap().to_owned();
    let second = server.get(&path).await.json();
    assert_eq!(ids(&second), ["a"]);
    assert!(second["link"].as_array().unwrap().iter().all(|l| l["relation"] != "next"));
    // The pages of `_at` go on in the same period.
    let mut path = "/_history?_at=2026-03&_count=3".to_owned();
    let mut seen = Vec::new();
    while !path.is_empty() {
        let page = server.get(&path).await.json();
        seen.extend(ids(&page));
        let links = page["link"].as_array().unwrap();
        let next = links.iter().find(|l| l["relation"] == "next").and_then(|l| l["url"].as_str());
        path = next
            .map_or(String::new(), |url| url.strip_prefix(crate::setup::BASE).unwrap().to_owned());
    }
    assert_eq!(seen, ["g", "c", "b", "a"]);
    let none = server.get("/_history?_since=2027-01-01T00:00:00Z").await.json();
    assert_eq!(none.get("entry"), None);
    for query in ["_count=x", "_since=soon", "_sort=a", "_at=13"] {
        let answer = server.get(&format!("/_history?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert_eq!(answer.issue().1, query.split('=').next().unwrap());
    }
}

#[tokio::test]
async fn what_is_no_path() {
    let server = Server::start();
    for (method, path, status) in [
        ("GET", "", 501),
        ("GET", "/nothing/here/at/all/now", 404),
        ("DELETE", "/metadata", 405),
        ("PATCH", "/metadata", 405),
    ] {
        let answer = server.call(method, path, &[], "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.issue();
    }
}
