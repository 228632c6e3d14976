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

/// Where an operation's parameters stand, and their names.
fn parameters<'v>(document: &'v Value, operation: &'v Value) -> Vec<(&'v str, &'v str)> {
    let resolved = |parameter: &'v Value| match parameter["$ref"].as_str() {
        Some(target) => document.pointer(target.strip_prefix('#').unwrap()).unwrap(),
        None => parameter,
    };
    let listed = operation["parameters"].as_array().unwrap().iter().map(resolved);
    listed.map(|p| (p["in"].as_str().unwrap(), p["name"].as_str().unwrap())).collect()
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
                let given = parameters(&document, operation);
                let in_path = given.iter().filter(|(place, _)| *place == "path").count();
                assert_eq!(in_path, named, "{method} {path}");
                let distinct: BTreeSet<_> = given.iter().collect();
                assert_eq!(distinct.len(), given.len(), "{method} {path}: one stands twice");
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
    for name in ["birthdate", "general-practitioner"] {
        assert!(parameters.iter().any(|p| p["name"] == name && p["in"] == "query"), "{name}");
    }
    let form = &document["paths"]["/Patient/_search"]["post"]["requestBody"]["content"];
    let form = &form["application/x-www-form-urlencoded"]["schema"]["allOf"];
    assert_eq!(form[0]["$ref"], "#/components/schemas/SearchForm");
    assert!(form[1]["properties"]["birthdate"].is_object());
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

/// Every search lists what shapes its answer, by URL or in its form; each word that is listed is
/// taken, and another one is not.
#[tokio::test]
async fn searches_list_what_shapes_their_answers() {
    let server = Server::start();
    let document = server.get("/openapi.json").await.json();
    let form = &document["components"]["schemas"]["SearchForm"]["properties"];
    for (path, method) in [
        ("/", "get"),
        ("/{type}", "get"),
        ("/{type}/{id}/{member}", "get"),
        ("/_search", "post"),
        ("/{type}/_search", "post"),
        ("/{type}/{id}/_search", "post"),
        ("/{type}/{id}/{member}/_search", "post"),
    ] {
        let operation = &document["paths"][path][method];
        let listed = parameters(&document, operation);
        for name in search::RESULT_PARAMETERS.iter().chain(&["_id", "_filter", "_content", "_list"])
        {
            if method == "get" {
                assert!(listed.contains(&("query", name)), "{path}: {name}");
            } else {
                assert!(!listed.contains(&("query", name)), "{path}: {name} has two places");
                assert!(form[name].is_object(), "{path}: {name}");
            }
        }
    }
    for name in search::RESULT_PARAMETERS {
        let words = form[name]["enum"].as_array().cloned().unwrap_or_default();
        for word in &words {
            let path = format!("/Patient?{name}={}", word.as_str().unwrap());
            assert_eq!(server.get(&path).await.status, 200, "{path}");
        }
        if !words.is_empty() {
            let answer = server.get(&format!("/Patient?{name}=nosuch")).await;
            assert_eq!((answer.status.as_u16(), answer.issue().1.as_str()), (400, name));
        }
    }
    assert_eq!(server.get("/Patient?_count=0").await.status, 200, "{}", form["_count"]);
    let several = parameters(&document, &document["paths"]["/"]["get"]);
    assert!(several.contains(&("query", "_type")));
}

/// What a history lists it takes; what another level's lists it refuses.
#[tokio::test]
async fn histories_list_what_they_take() {
    let server = Server::start();
    server.put("/Patient/a", r#"{"resourceType":"Patient","id":"a"}"#).await;
    server
        .put("/List/l", r#"{"resourceType":"List","id":"l","status":"current","mode":"working"}"#)
        .await;
    let document = server.get("/openapi.json").await.json();
    let all = [("_count", "1"), ("_since", "2026"), ("_at", "2026"), ("_list", "l")];
    for (path, asked, count) in [
        ("/_history", "/_history", 4),
        ("/{type}/_history", "/Patient/_history", 4),
        ("/{type}/{id}/_history", "/Patient/a/_history", 3),
    ] {
        let listed = parameters(&document, &document["paths"][path]["get"]);
        let mut taken = 0;
        for (name, value) in all {
            let answer = server.get(&format!("{asked}?{name}={value}")).await;
            let is_listed = listed.contains(&("query", name));
            assert_eq!(answer.status == 200, is_listed, "{path} {name}: {}", answer.text);
            taken += usize::from(is_listed);
        }
        assert_eq!(taken, count, "{path}");
    }
}

/// Bodies that are no resource have their shape, and what has it is taken.
#[tokio::test]
async fn bodies_of_their_own_kind() {
    let server = Server::start();
    let document = server.get("/openapi.json").await.json();
    let schemas = &document["components"]["schemas"];
    let patch = &document["paths"]["/{type}/{id}"]["patch"]["requestBody"]["content"];
    let of = |content: &Value, name: &str| content[name]["schema"]["$ref"].clone();
    assert_eq!(of(patch, "application/json-patch+json"), "#/components/schemas/JsonPatch");
    assert_eq!(of(patch, "application/fhir+json"), "#/components/schemas/Parameters");
    assert_eq!(patch["application/xml-patch+xml"]["schema"]["type"], "string");
    let operation = &schemas["JsonPatch"]["items"];
    assert_eq!(operation["required"], serde_json::json!(["op", "path"]));
    let kind = [("content-type", "application/json-patch+json")];
    for name in operation["properties"]["op"]["enum"].as_array().unwrap() {
        let body = r#"{"resourceType":"Patient","id":"a","active":true,"gender":"male"}"#;
        server.put("/Patient/a", body).await;
        let name = name.as_str().unwrap();
        let body = match name {
            "move" | "copy" => {
                format!(r#"[{{"op":"{name}","path":"/language","from":"/gender"}}]"#)
            }
            _ => format!(r#"[{{"op":"{name}","path":"/active","value":true}}]"#),
        };
        let answer = server.call("PATCH", "/Patient/a", &kind, &body).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text);
    }
    let lacking = server.call("PATCH", "/Patient/a", &kind, r#"[{"op":"add"}]"#).await;
    assert_eq!(lacking.status, 400, "{}", lacking.text);
    for path in ["/$graphql", "/{type}/{id}/$graphql"] {
        let body = &document["paths"][path]["post"]["requestBody"]["content"];
        assert_eq!(of(body, "application/json"), "#/components/schemas/GraphqlRequest", "{path}");
    }
    let graphql = &schemas["GraphqlRequest"];
    assert_eq!(graphql["required"], serde_json::json!(["query"]));
    let json = [("content-type", "application/json")];
    for (body, status) in [
        (r#"{"query":"{PatientList{id}}"}"#, 200),
        (r#"{"query":"query a{PatientList{id}}","operationName":"a","variables":{}}"#, 200),
        (r#"{"query":"{PatientList{id}}","operationName":null,"variables":null}"#, 200),
        (r#"{"query":"{PatientList{id}}","operationName":7}"#, 400),
        (r#"{"query":"{PatientList{id}}","variables":"a"}"#, 400),
        (r#"{"query":""}"#, 400),
        (r#"{"operationName":"a"}"#, 400),
    ] {
        let answer = server.call("POST", "/$graphql", &json, body).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.text);
    }
}

/// What makes requests from the plain document takes it whole, so it must stay small.
#[tokio::test]
async fn the_plain_document_is_small() {
    let server = Server::start();
    let plain = server.get("/openapi.json").await.text.len();
    assert!(plain < 200_000, "{plain} bytes");
}
