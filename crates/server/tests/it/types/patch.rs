//! `PATCH /{type}?…`. Spec: <https://hl7.org/fhir/R4/http.html#patch>.

use crate::instance::patch::{JSON, XML};
use crate::setup::{Headers, Server};

/// Ids of what matches before, headers, the status, which was patched.
const ROWS: &[(&[&str], Headers, u16, &str)] = &[
    (&[], &[], 404, ""),
    (&["a"], &[], 200, "a"),
    (&["a", "b"], &[], 412, ""),
    (&["a"], &[("if-match", "W/\"1\"")], 200, "a"),
    (&["a"], &[("if-match", "W/\"3\"")], 412, ""),
    (&[], &[("if-match", "W/\"1\"")], 404, ""),
    (&["a"], &[("if-match", "*")], 200, "a"),
    (&["a"], &[("if-match", "W/\"2\", W/\"1\"")], 200, "a"),
    (&["a"], &[("if-none-match", "*")], 412, ""),
    (&[], &[("if-none-match", "*")], 404, ""),
    (&["a"], &[("if-none-match", "W/\"2\"")], 200, "a"),
    (&["a"], &[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 412, ""),
];

#[tokio::test]
async fn conditional_patches() {
    let patches = [
        (JSON, r#"[{"op":"add","path":"/birthDate","value":"1970-01-01"}]"#),
        (XML, r#"<diff><add sel="f:Patient"><birthDate value="1970-01-01"/></add></diff>"#),
    ];
    for (kind, patch) in patches {
        for (before, headers, status, patched) in ROWS {
            let server = Server::start();
            for id in *before {
                let body = format!(
                    r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"urn:s","value":"1"}}]}}"#
                );
                server.put(&format!("/Patient/{id}"), &body).await;
            }
            let headers = [&[kind], *headers].concat();
            let path = "/Patient?identifier=urn:s|1";
            let answer = server.call("PATCH", path, &headers, patch).await;
            assert_eq!(answer.status, *status, "{before:?} {headers:?}: {}", answer.text);
            if *status >= 400 {
                answer.issue();
            }
            let found = server.get("/Patient?birthdate=1970").await.json();
            let found = found["entry"][0]["resource"]["id"].as_str().unwrap_or("").to_owned();
            assert_eq!(found, *patched, "{before:?} {headers:?}");
        }
    }
}
