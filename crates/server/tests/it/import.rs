//! `$import`: NDJSON as a body, and files below the import folder.

use serde_json::{Value, json};

use crate::setup::Server;

const NDJSON: &[(&str, &str)] = &[("content-type", "application/fhir+ndjson")];

fn named(inputs: &[(&str, &str)]) -> String {
    let input = |(name, url): &(&str, &str)| {
        json!({"name": "input", "part": [
            {"name": "type", "valueCode": name}, {"name": "url", "valueUri": url}]})
    };
    let mut parameters = vec![
        json!({"name": "inputFormat", "valueCode": "application/fhir+ndjson"}),
        json!({"name": "inputSource", "valueUri": "https://example.test/source"}),
    ];
    parameters.extend(inputs.iter().map(input));
    json!({"resourceType": "Parameters", "parameter": parameters}).to_string()
}

async fn imported(server: &Server, headers: &[(&str, &str)], body: &str) -> Value {
    let job = server.begin("POST", "/$import", headers, body).await;
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

#[tokio::test]
async fn lines_of_a_body_are_put() {
    let server = Server::start();
    server.put("/Patient/b", r#"{"resourceType":"Patient","id":"b","active":false}"#).await;
    let lines = [
        r#"{"resourceType":"Patient","id":"a","name":[{"family":"Shah"}]}"#,
        r#"{"resourceType":"Patient","id":"b","active":true}"#,
        "",
        r#"{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}}"#,
        r#"{"resourceType":"Patient","id":"a","name":[{"family":"Shah-Jones"}]}"#,
    ];
    let manifest = imported(&server, NDJSON, &lines.join("\r\n")).await;
    assert_eq!(
        manifest["output"],
        json!([{"type": "Observation", "count": 1, "inputUrl": "body"},
               {"type": "Patient", "count": 3, "inputUrl": "body"}])
    );
    assert_eq!(manifest["error"], json!([]));
    assert_eq!(manifest["requiresAccessToken"], false);
    let patient = server.get("/Patient/a").await.json();
    assert_eq!(
        (&patient["name"][0]["family"], &patient["meta"]["versionId"]),
        (&json!("Shah-Jones"), &json!("2"))
    );
    assert_eq!(server.get("/Patient/b").await.json()["meta"]["versionId"], "2");
    let found = server.get("/Observation?subject:Patient.family=shah").await.json();
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(1), "it is indexed");
}

#[tokio::test]
async fn wrong_lines_are_told_by_their_number() {
    let server = Server::start();
    let too_long =
        format!(r#"{{"resourceType":"Patient","id":"l","language":"{}"}}"#, "x".repeat(70_000));
    let lines = [
        r#"{"resourceType":"Patient","id":"a"}"#,
        r#"{"resourceType":"Patient","id":"b","#,
        "[]",
        r#"{"resourceType":"Patent","id":"c"}"#,
        r#"{"id":"d"}"#,
        r#"{"resourceType":"Patient","id":"e e"}"#,
        r#"{"resourceType":"Patient","id":"f","hair":"red"}"#,
        r#"{"resourceType":"Patient","id":"g","birthDate":"1970-02-30"}"#,
        &too_long,
        "{\"resourceType\":\"Patient\",\"id\":\"h\"}",
    ];
    let manifest = imported(&server, NDJSON, &lines.join("\n")).await;
    assert_eq!(manifest["output"], json!([{"type": "Patient", "count": 2, "inputUrl": "body"}]));
    let error = &manifest["error"][0];
    assert_eq!((&error["type"], &error["count"]), (&json!("OperationOutcome"), &json!(8)));
    let outcomes = server.lines(&error["url"]).await;
    let expected = [
        (2, None),
        (3, Some("resourceType")),
        (4, Some("resourceType")),
        (5, Some("resourceType")),
        (6, Some("Patient.id")),
        (7, Some("Patient.hair")),
        (8, Some("Patient.birthDate")),
        (9, None),
    ];
    for (outcome, (line, expression)) in outcomes.iter().zip(expected) {
        let issue = &outcome["issue"][0];
        let words = issue["diagnostics"].as_str().unwrap();
        assert!(words.starts_with(&format!("body line {line}: ")), "{words}");
        assert_eq!(issue["expression"][0].as_str(), expression, "{line}: {outcome}");
    }
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 2);
}

#[tokio::test]
async fn files_below_the_import_folder_are_read() {
    let server = Server::start();
    let folder = server.import_folder();
    let line = |n: u32| format!("{{\"resourceType\":\"Patient\",\"id\":\"p{n}\"}}\n");
    let patients = (0..2_500).map(line).collect::<Vec<_>>().concat();
    std::fs::create_dir(folder.join("in ner")).unwrap();
    std::fs::write(folder.join("in ner/patients.ndjson"), patients).unwrap();
    std::fs::write(folder.join("wrong.ndjson"), r#"{"resourceType":"Group","id":"g"}"#).unwrap();
    let absolute = format!("file://{}/wrong.ndjson", folder.display());
    let body = named(&[("Patient", "file:in%20ner/patients.ndjson"), ("Patient", &absolute)]);
    let manifest = imported(&server, &[], &body).await;
    assert_eq!(manifest["output"][0]["count"], 2_500);
    assert_eq!(manifest["output"].as_array().map(Vec::len), Some(1));
    assert_eq!(manifest["error"][0]["count"], 1, "a Group among patients");
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 2_500);
    // The same again writes new versions of the same resources.
    imported(&server, &[], &named(&[("Patient", "file:in%20ner/patients.ndjson")])).await;
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 2_500);
}

#[tokio::test]
async fn nothing_else_is_read() {
    let server = Server::start();
    let folder = server.import_folder();
    std::fs::write(folder.join("ok.ndjson"), "").unwrap();
    std::fs::write(folder.parent().unwrap().join("secret"), "{}").unwrap();
    std::os::unix::fs::symlink("../secret", folder.join("link")).unwrap();
    std::fs::create_dir(folder.join("folder")).unwrap();
    let cases = [
        ("http://127.0.0.1:1/patients.ndjson", 501),
        ("https://example.test/patients.ndjson", 501),
        ("s3://bucket/key", 501),
        ("ok.ndjson", 501),
        ("file:none.ndjson", 400),
        ("file:../secret", 400),
        ("file:..%2Fsecret", 400),
        ("file:link", 400),
        ("file:folder", 400),
        ("file:", 400),
        ("file:///etc/passwd", 400),
        ("file://elsewhere/ok.ndjson", 400),
        ("file:ok.ndjson%00", 400),
    ];
    for (url, status) in cases {
        let answer = server.call("POST", "/$import", &[], &named(&[("Patient", url)])).await;
        assert_eq!(answer.status, status, "{url}: {}", answer.text);
        assert_eq!(answer.issue().1, "Parameters.parameter[2].part[1]", "{url}");
        assert!(!answer.text.contains("secret") || url.contains("secret"), "{}", answer.text);
    }
    let format = |format: &str| {
        named(&[("Patient", "file:ok.ndjson")]).replace("application/fhir+ndjson", format)
    };
    let cases = [
        (named(&[]), "Parameters.parameter"),
        (named(&[("Patent", "file:ok.ndjson")]), "Parameters.parameter[2].part[0]"),
        (format("text/csv"), "Parameters.parameter[0]"),
        (
            named(&[("Patient", "file:ok.ndjson")]).replace("inputSource", "hair"),
            "Parameters.parameter[1].name",
        ),
        (r#"{"resourceType":"Patient"}"#.to_owned(), "resourceType"),
        ("{}".to_owned(), "resourceType"),
    ];
    for (body, expression) in cases {
        let answer = server.call("POST", "/$import", &[], &body).await;
        assert_eq!(
            (answer.status.as_u16(), answer.issue().1.as_str()),
            (400, expression),
            "{body}: {}",
            answer.text
        );
    }
    let answer = server.call("POST", "/$import", &[("content-type", "text/csv")], "a,b").await;
    assert_eq!(answer.status, 415, "{}", answer.text);
    let answer = server.call("POST", "/$import", NDJSON, "").await;
    assert_eq!(answer.status, 400, "an empty body has nothing: {}", answer.text);
    let long = " ".repeat(5 << 20);
    let answer = server.call("POST", "/$import", NDJSON, &long).await;
    assert_eq!(answer.status, 413, "{}", answer.text);
    let packed = [("content-type", "application/fhir+ndjson"), ("content-encoding", "gzip")];
    assert_eq!(server.call("POST", "/$import", &packed, "x").await.status, 400, "it is no gzip");
    let left: Vec<_> = std::fs::read_dir(folder.parent().unwrap().join("jobs")).unwrap().collect();
    assert!(left.is_empty(), "bodies that were refused leave nothing: {left:?}");
}

#[tokio::test]
async fn lines_that_are_hardly_text() {
    let server = Server::start();
    let good = |id: &str| format!(r#"{{"resourceType":"Patient","id":"{id}"}}"#).into_bytes();
    let deep = |depth: usize| {
        let (open, close) = (r#"{"extension":["#.repeat(depth), "]}".repeat(depth));
        format!(r#"{{"resourceType":"Patient","extension":[{open}{close}]}}"#).into_bytes()
    };
    let twice = [good("t"), good("u")].concat();
    let lines: Vec<Vec<u8>> = vec![
        good("first"),
        b"\xff\xfe\x00\x01".to_vec(),
        b"{\"resourceType\":\"Patient\",\"id\":\"n\",\"language\":\"\xc3\x28\"}".to_vec(),
        b"\0\0\0\0".to_vec(),
        b"{\"resourceType\":\"Patient\",\"id\":\"\0\"}".to_vec(),
        b"null".to_vec(),
        b"17".to_vec(),
        b"\"Patient\"".to_vec(),
        b"{}".to_vec(),
        b"{\"resourceType\":17}".to_vec(),
        b"{\"resourceType\":\"Patient\"".to_vec(),
        twice,
        deep(200),
        vec![b'['; 60_000],
        vec![b'x'; 3 << 20],
        b"{\"resourceType\":\"Patient\",\"id\":\"../../etc\"}".to_vec(),
        b"{\"resourceType\":\"Patient\",\"id\":17}".to_vec(),
        b"#!/bin/sh".to_vec(),
        good("last"),
    ];
    let wrong = lines.len() - 2;
    std::fs::write(server.import_folder().join("odd.ndjson"), lines.join(&b'\n')).unwrap();
    let manifest = imported(&server, &[], &named(&[("Patient", "file:odd.ndjson")])).await;
    assert_eq!(manifest["output"][0]["count"], 2, "{manifest}");
    let errors = server.lines(&manifest["error"][0]["url"]).await;
    assert_eq!(errors.len(), wrong);
    for (index, error) in errors.iter().enumerate() {
        let words = error["issue"][0]["diagnostics"].as_str().unwrap();
        assert!(words.contains(&format!(" line {}: ", index + 2)), "{words}");
        assert!(words.len() < 500, "what is wrong is told, not the line: {words}");
    }
    let found = server.get("/Patient?_elements=id").await.json();
    assert_eq!(found["entry"].as_array().map(Vec::len), Some(2));
}
