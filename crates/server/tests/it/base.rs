//! The base: metadata, system history, and what is no path.

mod claims;
mod paths;

use crate::setup::Server;

#[tokio::test]
async fn the_capability_statement_says_what_is_served() {
    let server = Server::start();
    let statement = server.get("/metadata").await.json();
    assert_eq!(statement["resourceType"], "CapabilityStatement");
    assert_eq!(statement["fhirVersion"], "4.0.1");
    let of_system = statement["rest"][0]["interaction"].as_array().unwrap();
    let codes: Vec<&str> = of_system.iter().map(|each| each["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["transaction", "batch", "search-system", "history-system"]);
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
    // Every parameter that is claimed is answered, with each modifier that is, and with no other.
    for resource in resources
        .iter()
        .filter(|r| ["Patient", "Observation", "Location"].contains(&r["type"].as_str().unwrap()))
    {
        for parameter in resource["searchParam"].as_array().unwrap() {
            let name = parameter["name"].as_str().unwrap();
            let (name, value) = match (name, parameter["type"].as_str().unwrap()) {
                ("_has", _) => ("_has:Provenance:target:_id", "x"),
                ("_filter", _) => (name, "_id eq x"),
                ("near", _) => (name, "51.5|-0.1|10|km"),
                (_, "composite") if name.ends_with("-date") => (name, "x$2026"),
                (_, "composite") if name.ends_with("-quantity") => (name, "x$1"),
                (_, "composite") => (name, "x$x"),
                (_, "date") => (name, "2026"),
                (_, "number" | "quantity") => (name, "1"),
                _ => (name, "x"),
            };
            let kind = resource["type"].as_str().unwrap();
            let path = format!("/{kind}?{name}={}", value.replace(' ', "%20"));
            let answer = server.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
            check_modifiers(&server, kind, parameter).await;
        }
    }
    let operations = patient["operation"].as_array().unwrap();
    assert!(operations.iter().any(|operation| operation["name"] == "everything"));
    let includes = |name: &str, value: &str| {
        patient[name].as_array().unwrap().iter().any(|include| include == value)
    };
    assert!(includes("searchInclude", "Patient:organization"));
    assert!(includes("searchRevInclude", "Observation:patient"));
    assert!(!includes("searchRevInclude", "Observation:encounter"));
}

/// All modifiers of R4, each with a value that it takes on a parameter of a type.
const MODIFIERS: [(&str, &str, &str); 14] = [
    (":missing", "", "true"),
    (":exact", "", "x"),
    (":contains", "", "x"),
    (":text", "", "x"),
    (":not", "", "x"),
    (":in", "", "http://hl7.org/fhir/ValueSet/administrative-gender"),
    (":not-in", "", "http://hl7.org/fhir/ValueSet/administrative-gender"),
    (":of-type", "", "http://terminology.hl7.org/CodeSystem/v2-0203|MR|1"),
    (":identifier", "", "urn:s|1"),
    (":above", "token", "http://hl7.org/fhir/administrative-gender|male"),
    (":below", "token", "http://hl7.org/fhir/administrative-gender|male"),
    (":above", "uri", "http://example.test/a"),
    (":below", "uri", "http://example.test/a"),
    (":above", "reference", "Location/x"),
];

/// Each modifier that is claimed is taken, and each other one is refused for what it is.
async fn check_modifiers(server: &Server, kind: &str, parameter: &serde_json::Value) {
    let name = parameter["name"].as_str().unwrap();
    let of = parameter["type"].as_str().unwrap();
    if parameter["definition"].is_null() || name.starts_with('_') && of == "special" {
        return;
    }
    let documentation = parameter["documentation"].as_str().unwrap_or("");
    let claimed: Vec<&str> = documentation
        .split("; ")
        .find_map(|part| part.strip_prefix("modifiers "))
        .map_or(Vec::new(), |modifiers| modifiers.split(", ").collect());
    for (modifier, only, value) in MODIFIERS {
        if !only.is_empty() && only != of {
            continue;
        }
        let path = format!("/{kind}?{name}{modifier}={value}");
        let answer = server.get(&path).await;
        // Of tokens that have no type none is found by one, so it is not claimed, but taken.
        if modifier == ":of-type" && of == "token" && !claimed.contains(&modifier) {
            continue;
        }
        if !claimed.contains(&modifier) {
            let expected = (400, "not-supported".to_owned());
            assert_eq!((answer.status.as_u16(), answer.issue().0), expected, "{path}");
            continue;
        }
        // What a reference may lead to is its own matter; a Location has others above it.
        let leads_elsewhere = of == "reference" && answer.text.contains("Location");
        assert!(answer.status == 200 || leads_elsewhere, "{path}: {}", answer.text);
    }
    let known = |modifier: &&str| {
        *modifier == ":[type]"
            || *modifier == ":below"
            || MODIFIERS.iter().any(|(m, ..)| m == modifier)
    };
    assert!(claimed.iter().all(known), "{name}: {claimed:?}");
}

#[tokio::test]
async fn modes_of_metadata() {
    let server = Server::start();
    for (query, kind) in [
        ("", "CapabilityStatement"),
        ("?mode=full", "CapabilityStatement"),
        ("?mode=normative", "CapabilityStatement"),
        ("?mode=terminology", "TerminologyCapabilities"),
    ] {
        let answer = server.get(&format!("/metadata{query}")).await;
        assert_eq!(answer.json()["resourceType"], kind, "{query}");
        let tree = fhir::Tree::parse(answer.text.as_bytes()).unwrap();
        assert_eq!(definitions::embedded().check_structure(tree.root()), [], "{query}");
    }
    let terminology = server.get("/metadata?mode=terminology").await.json();
    let systems = terminology["codeSystem"].as_array().unwrap();
    assert!(systems.iter().any(|s| s["uri"] == "http://hl7.org/fhir/administrative-gender"));
    let wrong = server.get("/metadata?mode=some").await;
    assert_eq!((wrong.status.as_u16(), wrong.issue().1.as_str()), (400, "mode"));
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
        ("GET", "/nothing/here/at/all/now", 404),
        ("DELETE", "/metadata", 405),
        ("PATCH", "/metadata", 405),
    ] {
        let answer = server.call(method, path, &[], "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.issue();
    }
}

#[tokio::test]
async fn nobody_between_keeps_an_answer() {
    let server = Server::start();
    for path in ["/metadata", "/Patient", "/Patient/none"] {
        let answer = server.get(path).await;
        assert_eq!(answer.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(answer.header("vary"), "accept, prefer", "{path}");
    }
}
