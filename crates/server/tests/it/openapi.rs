//! The OpenAPI document: whole, true to what is served, and no bigger than it must be.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::setup::Server;

/// Every `$ref` of a document.
fn references<'v>(value: &'v Value, found: &mut BTreeSet<&'v str>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(target)) = members.get("$ref") {
                found.insert(target);
            }
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_whole() {
    let server = Server::start();
    for (query, types) in [("", 0), ("?_type=Patient", 1), ("?_type=Observation,Bundle", 2)] {
        let answer = server.get(&format!("/openapi.json{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/json");
        let document = answer.json();
        assert_eq!(document["openapi"], "3.1.0");
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 10, "{query}: {}", found.len());
        // What makes requests from the document follows every reference; this one leads to all.
        let is_deep = found.contains("#/components/schemas/Extension");
        assert_eq!(is_deep, types > 0, "{query}");
        for target in found {
            let place = target.strip_prefix('#').expect("a place in the document");
            assert!(document.pointer(place).is_some(), "{query}: {target} leads nowhere");
        }
        let mut ids = BTreeSet::new();
        let paths = document["paths"].as_object().unwrap();
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(ids.insert(id), "{method} {path}: {id} again");
                let named = path.matches('{').count();
                let given = operation["parameters"].as_array().unwrap().iter();
                let given = given.filter(|p| p["in"] == "path" || p["$ref"].is_string()).count();
                assert_eq!(given, named, "{method} {path}");
            }
        }
        let own = paths.keys().filter(|path| !path.starts_with("/{")).count();
        assert!(own > types * 5, "{query}: {own}");
    }
}

#[tokio::test]
async fn a_type_has_its_search_parameters_and_its_shape() {
    let server = Server::start();
    let document = server.get("/openapi.json?_type=Patient").await.json();
    let parameters = document["paths"]["/Patient"]["get"]["parameters"].as_array().unwrap();
    for name in ["birthdate", "general-practitioner", "_lastUpdated"] {
        assert!(parameters.iter().any(|p| p["name"] == name && p["in"] == "query"), "{name}");
    }
    let patient = &document["components"]["schemas"]["Patient"];
    assert_eq!(patient["properties"]["resourceType"]["const"], "Patient");
    assert_eq!(patient["properties"]["name"]["items"]["$ref"], "#/components/schemas/HumanName");
    assert_eq!(patient["properties"]["deceasedBoolean"]["type"], "boolean");
    assert!(patient["properties"]["_birthDate"]["$ref"].is_string());
    assert_eq!(patient["additionalProperties"], false);
}

#[tokio::test]
async fn what_the_document_cannot_show_is_refused() {
    let server = Server::start();
    let all: Vec<&str> =
        definitions::embedded().resource_types().iter().map(|t| t.as_str()).collect();
    for (types, status, code) in
        [("Patent".to_owned(), 404, "not-supported"), (all.join(","), 400, "too-costly")]
    {
        let answer = server.get(&format!("/openapi.json?_type={types}")).await;
        assert_eq!(answer.status, status, "{types}: {}", answer.text);
        assert_eq!(answer.issue().0, code, "{types}");
    }
}
