//! `/OperationDefinition/{id}` of the operations that are served, and what metadata says of them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::setup::{BASE, Server};

#[tokio::test]
async fn each_operation_is_defined_and_claimed() {
    let server = Server::start();
    let metadata = server.get("/metadata").await.json();
    let rest = &metadata["rest"][0];
    let mut definitions = BTreeSet::new();
    let mut note = |operations: &Value| {
        for operation in operations.as_array().into_iter().flatten() {
            assert!(!operation["name"].as_str().unwrap().starts_with('$'));
            definitions.insert(operation["definition"].as_str().unwrap().to_owned());
        }
    };
    note(&rest["operation"]);
    for resource in rest["resource"].as_array().unwrap() {
        note(&resource["operation"]);
    }
    let mut checked = 0;
    for definition in &definitions {
        let Some(path) = definition.strip_prefix(BASE) else { continue };
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let body = answer.json();
        assert_eq!(body["url"], definition.as_str());
        let tree = fhir::Tree::parse(answer.text.as_bytes()).unwrap();
        assert_eq!(definitions::embedded().check_structure(tree.root()), []);
        checked += 1;
    }
    assert!(checked >= 5, "{definitions:?}");
    let lastn = server.get("/OperationDefinition/Observation-lastn").await.json();
    assert_eq!(
        (&lastn["code"], &lastn["type"], &lastn["instance"]),
        (&"lastn".into(), &true.into(), &false.into())
    );
    assert_eq!(lastn["base"], "http://hl7.org/fhir/OperationDefinition/Observation-lastn");
    assert_eq!(server.get("/OperationDefinition/none").await.status, 404);
}

#[tokio::test]
async fn names_of_no_operation() {
    let server = Server::start();
    for (method, path, status) in [
        ("GET", "/$nosuch", 404),
        ("GET", "/Patient/$nosuch", 404),
        ("GET", "/Patient/a/$nosuch", 404),
        ("DELETE", "/Patient/$meta", 405),
        ("PUT", "/Patient/$nosuch", 404),
    ] {
        let answer = server.call(method, path, &[], "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text);
        answer.issue();
    }
}
