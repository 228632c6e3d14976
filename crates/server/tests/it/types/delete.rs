//! `DELETE /{type}?…`. Spec: <https://hl7.org/fhir/R4/http.html#cdelete>.

use crate::setup::{Headers, Server};

/// How many match, how many one delete may take, headers, the status, how many are left.
const ROWS: &[(usize, usize, Headers, u16, u64)] = &[
    (0, 1, &[], 204, 0),
    (0, 1, &[("prefer", "return=OperationOutcome")], 200, 0),
    (1, 1, &[], 204, 0),
    (1, 1, &[("prefer", "return=OperationOutcome")], 200, 0),
    (1, 1, &[("if-match", "W/\"1\"")], 204, 0),
    (1, 1, &[("if-match", "W/\"2\"")], 412, 1),
    (1, 1, &[("if-match", "x")], 400, 1),
    (0, 1, &[("if-match", "W/\"1\"")], 412, 0),
    (2, 2, &[("if-match", "W/\"1\"")], 412, 2),
    (1, 1, &[("if-match", "*")], 204, 0),
    (2, 2, &[("if-match", "*")], 204, 0),
    (0, 1, &[("if-match", "*")], 412, 0),
    (1, 1, &[("if-match", "W/\"2\", W/\"1\"")], 204, 0),
    (1, 1, &[("if-none-match", "*")], 412, 1),
    (0, 1, &[("if-none-match", "*")], 204, 0),
    (1, 1, &[("if-none-match", "W/\"1\"")], 412, 1),
    (1, 1, &[("if-none-match", "W/\"2\"")], 204, 0),
    (2, 2, &[("if-none-match", "W/\"1\"")], 412, 2),
    (1, 1, &[("if-none-match", "*"), ("if-match", "*")], 400, 1),
    (1, 1, &[("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 204, 0),
    (2, 2, &[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")], 412, 2),
    (2, 1, &[], 412, 2),
    (2, 0, &[], 412, 2),
    (2, 2, &[], 204, 0),
    (3, 5, &[("prefer", "return=OperationOutcome")], 200, 0),
    (6, 5, &[], 412, 6),
];

#[tokio::test]
async fn conditional_deletes() {
    for (before, max, headers, status, after) in ROWS {
        let server = Server::with(|options| options.conditional_delete_max = *max);
        server.put("/Patient/other", r#"{"resourceType":"Patient","id":"other"}"#).await;
        for _ in 0..*before {
            let body =
                r#"{"resourceType":"Patient","identifier":[{"system":"urn:s","value":"1"}]}"#;
            server.call("POST", "/Patient", &[], body).await;
        }
        let answer = server.call("DELETE", "/Patient?identifier=urn:s|1", headers, "").await;
        assert_eq!(answer.status, *status, "{before} of {max} {headers:?}: {}", answer.text);
        if *status >= 400 {
            answer.issue();
        } else if *before == 1 {
            assert_eq!(answer.header("etag"), "W/\"2\"");
        }
        let left = server.get("/Patient?identifier=urn:s|1&_summary=count").await.json();
        assert_eq!(left["total"], *after, "{before} of {max} {headers:?}");
        assert_eq!(server.get("/Patient/other").await.status, 200, "others stay");
    }
}
