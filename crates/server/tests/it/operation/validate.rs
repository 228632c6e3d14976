//! `$validate`.

use super::parameters;
use crate::setup::{Answer, Server};

/// Severity, code and place of each issue.
fn issues(answer: &Answer) -> Vec<String> {
    let outcome = answer.json();
    assert_eq!(outcome["resourceType"], "OperationOutcome", "{}", answer.text);
    let issue = |issue: &serde_json::Value| {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        let (severity, code) = (text(&issue["severity"]), text(&issue["code"]));
        format!("{severity} {code} {}", text(&issue["expression"][0])).trim().to_owned()
    };
    outcome["issue"].as_array().expect("issues").iter().map(issue).collect()
}

const GOOD: &str = r#"{"resourceType":"Patient","id":"a","active":true}"#;
const BAD: &str = r#"{"resourceType":"Patient","id":"a","nom":[{"family":"x"}],"gender":7}"#;
const FINE: &str = "information informational";

#[tokio::test]
async fn what_validation_says() {
    let server = Server::start();
    server.put("/Patient/a", GOOD).await;
    let resource = |json: &str| format!(r#"{{"name":"resource","resource":{json}}}"#);
    let mode = |mode: &str| format!(r#"{{"name":"mode","valueCode":"{mode}"}}"#);
    let profile = |url: &str| format!(r#"{{"name":"profile","valueUri":"{url}"}}"#);
    let base = "http://hl7.org/fhir/StructureDefinition/Patient";
    let uk = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient";
    let wrapped =
        |parts: &[String]| parameters(&parts.iter().map(String::as_str).collect::<Vec<_>>());
    let faults = ["error structure Patient.nom", "error structure Patient.gender"];
    let cases: [(&str, &str, String, &[&str]); 16] = [
        ("POST", "/Patient/$validate", GOOD.to_owned(), &[FINE]),
        ("POST", "/Patient/$validate", BAD.to_owned(), &faults),
        ("POST", "/Patient/$validate", wrapped(&[resource(BAD)]), &faults),
        ("POST", "/Patient/$validate", wrapped(&[resource(GOOD), mode("create")]), &[FINE]),
        ("POST", "/Patient/$validate?mode=create", BAD.to_owned(), &faults),
        ("POST", "/Patient/$validate", wrapped(&[resource(GOOD), profile(base)]), &[FINE]),
        (
            "POST",
            "/Patient/$validate",
            wrapped(&[resource(GOOD), profile(uk)]),
            &["information informational profile", FINE],
        ),
        (
            "POST",
            "/Patient/$validate",
            wrapped(&[resource(GOOD), profile("urn:none"), profile(uk)]),
            &["error not-found profile", "information informational profile"],
        ),
        ("POST", "/Observation/$validate", GOOD.to_owned(), &["error invalid resourceType"]),
        ("GET", "/Patient/a/$validate", String::new(), &[FINE]),
        ("POST", "/Patient/a/$validate", wrapped(&[mode("update"), resource(GOOD)]), &[FINE]),
        (
            "POST",
            "/Patient/b/$validate",
            wrapped(&[mode("update"), resource(GOOD)]),
            &["error value Patient.id"],
        ),
        ("POST", "/Patient/a/$validate", wrapped(&[mode("delete")]), &[FINE]),
        ("GET", "/Patient/a/$validate?mode=delete", String::new(), &[FINE]),
        ("GET", "/Patient/b/$validate?mode=delete", String::new(), &["error not-found"]),
        (
            "POST",
            "/Patient/$validate",
            r#"{"active":true}"#.to_owned(),
            &["error structure Patient"],
        ),
    ];
    for (method, path, body, expected) in cases {
        let answer = server.call(method, path, &[], &body).await;
        assert_eq!(answer.status, 200, "{path} {body}: {}", answer.text);
        // The place of a resource that is not there is what it is said of.
        let found: Vec<String> = issues(&answer)
            .into_iter()
            .map(|issue| match issue.strip_suffix(" Patient/b") {
                Some(cut) => cut.to_owned(),
                None => issue,
            })
            .collect();
        assert_eq!(found, expected, "{method} {path} {body}: {}", answer.text);
    }
    let nothing = server.get("/Patient/a/_history").await.json();
    assert_eq!(nothing["total"], 1, "validation writes nothing");
    assert_eq!(server.get("/Patient/b").await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_validated() {
    let server = Server::start();
    let cases = [
        ("POST", "/Patient/$validate", "", 400, "resource"),
        ("GET", "/Patient/$validate", "", 400, "resource"),
        ("GET", "/Patient/none/$validate", "", 404, ""),
        ("GET", "/Patient/a/$validate?mode=create", "", 400, "mode"),
        ("POST", "/Patient/$validate?mode=update", GOOD, 400, "mode"),
        ("POST", "/Patient/$validate?mode=delete", GOOD, 400, "mode"),
        ("POST", "/Patient/$validate?mode=perhaps", GOOD, 400, "mode"),
        ("POST", "/Patient/$validate?mode=create&mode=create", GOOD, 400, "mode"),
        ("POST", "/Patient/$validate?depth=1", GOOD, 400, "depth"),
        ("POST", "/Patient/$validate", "{", 400, ""),
        (
            "POST",
            "/Patient/$validate",
            r#"{"resourceType":"Parameters","parameter":[{}]}"#,
            400,
            "",
        ),
        (
            "POST",
            "/Patient/$validate",
            r#"{"resourceType":"Parameters","parameter":[{"name":"mode","valueBoolean":true,"valueCode":"x"}]}"#,
            400,
            "",
        ),
        (
            "POST",
            "/Patient/$validate",
            r#"{"resourceType":"Parameters","parameter":[{"name":"resource","valueString":"x"}]}"#,
            400,
            "resource",
        ),
        ("GET", "/Nothing/$validate", "", 404, ""),
        ("POST", "/$validate", GOOD, 404, "$validate"),
    ];
    for (method, path, body, status, place) in cases {
        let answer = server.call(method, path, &[], body).await;
        assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.text);
        let found = answer.issue().1;
        assert!(place.is_empty() || found == place, "{path} {body}: {}", answer.text);
    }
    let xml = "<Patient xmlns=\"http://hl7.org/fhir\"><active value=\"true\"/></Patient>";
    let headers = [("content-type", "application/fhir+xml")];
    let answer = server.call("POST", "/Patient/$validate", &headers, xml).await;
    assert_eq!(issues(&answer), [FINE]);
}
