//! `Observation/$lastn`.

use super::{keys, parameters};
use crate::setup::Server;

/// id, subject, status, code, when
const OBSERVATIONS: [(&str, &str, &str, &str, &str); 12] = [
    (
        "k1",
        "a",
        "final",
        r#"{"coding":[{"system":"http://loinc.org","code":"2823-3"}]}"#,
        r#""effectiveDateTime":"2026-01-01""#,
    ),
    (
        "k2",
        "a",
        "final",
        r#"{"coding":[{"system":"http://loinc.org","code":"2823-3"},{"system":"urn:local","code":"K"}]}"#,
        r#""effectiveDateTime":"2026-01-03T10:00:00Z""#,
    ),
    (
        "k3",
        "a",
        "final",
        r#"{"coding":[{"system":"urn:local","code":"K"}],"text":"Potassium"}"#,
        r#""effectivePeriod":{"start":"2026-01-01","end":"2026-01-05"}"#,
    ),
    (
        "k4",
        "a",
        "entered-in-error",
        r#"{"coding":[{"system":"urn:local","code":"K"}]}"#,
        r#""effectiveDateTime":"2026-02-01""#,
    ),
    (
        "w1",
        "a",
        "final",
        r#"{"coding":[{"system":"http://loinc.org","code":"29463-7"}]}"#,
        r#""effectiveInstant":"2026-01-04T00:00:00Z""#,
    ),
    (
        "w2",
        "a",
        "final",
        r#"{"coding":[{"system":"http://loinc.org","code":"29463-7"}]}"#,
        r#""issued":"2026-01-02T00:00:00Z""#,
    ),
    (
        "w3",
        "a",
        "final",
        r#"{"coding":[{"system":"http://loinc.org","code":"29463-7"}]}"#,
        r#""valueBoolean":true"#,
    ),
    (
        "s1",
        "a",
        "final",
        r#"{"coding":[{"code":"29463-7"}]}"#,
        r#""effectiveDateTime":"2025-12-01""#,
    ),
    ("t1", "a", "final", r#"{"text":"Mood  today"}"#, r#""effectiveDateTime":"2025-11-01""#),
    ("t2", "a", "final", r#"{"text":"mood today"}"#, r#""effectiveDateTime":"2025-11-02""#),
    (
        "t3",
        "a",
        "final",
        r#"{"text":"appetite"}"#,
        r#""effectiveTiming":{"event":["2025-10-01","2025-10-09"]}"#,
    ),
    (
        "b1",
        "b",
        "final",
        r#"{"coding":[{"system":"http://loinc.org","code":"2823-3"}]}"#,
        r#""effectiveDateTime":"2026-03-01""#,
    ),
];

async fn observed() -> Server {
    let server = Server::start();
    for (id, subject, status, code, when) in OBSERVATIONS {
        let category = if id.starts_with('t') { "survey" } else { "laboratory" };
        let body = format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"{status}","category":[{{"coding":[{{"code":"{category}"}}]}}],"code":{code},"subject":{{"reference":"Patient/{subject}"}},{when}}}"#
        );
        server.put(&format!("/Observation/{id}"), &body).await;
    }
    server
}

#[tokio::test]
async fn the_newest_of_each_kind() {
    let server = observed().await;
    let cases = [
        ("patient=a", "k3 w1 s1 t2 t3"),
        ("subject=Patient/a", "k3 w1 s1 t2 t3"),
        ("patient=Patient/a&max=2", "k3 k2 w1 w2 s1 t2 t1 t3"),
        ("patient=a&max=99", "k3 k2 k1 w1 w2 w3 s1 t2 t1 t3"),
        ("patient=a,b", "b1 k3 w1 s1 t2 t3"),
        ("patient=a&category=survey", "t2 t3"),
        ("patient=a&code=http://loinc.org%7C2823-3", "k2"),
        ("patient=a&code=http://loinc.org%7C2823-3,urn:local%7CK&max=3", "k3 k2 k1"),
        ("patient=a&status=entered-in-error", "k4"),
        ("patient=a&date=lt2025-12-31", "s1 t2 t3"),
        ("patient=none", ""),
    ];
    for (query, expected) in cases {
        let answer = server.get(&format!("/Observation/$lastn?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        let bundle = answer.json();
        let ids: Vec<String> =
            keys(&bundle).iter().map(|key| key.replace("Observation/", "")).collect();
        assert_eq!(ids.join(" "), expected, "{query}");
        assert_eq!(bundle["total"], ids.len(), "{query}");
        assert_eq!(bundle["type"], "searchset");
        assert!(bundle["link"][0]["url"].as_str().unwrap().contains("/Observation/$lastn?"));
    }
    let body = parameters(&[
        r#"{"name":"patient","valueString":"a"}"#,
        r#"{"name":"max","valuePositiveInt":2}"#,
        r#"{"name":"category","valueCode":"survey"}"#,
    ]);
    let posted = server.call("POST", "/Observation/$lastn", &[], &body).await.json();
    assert_eq!(keys(&posted), ["Observation/t2", "Observation/t1", "Observation/t3"]);
    let part = server.get("/Observation/$lastn?patient=a&_elements=status").await.json();
    assert_eq!(part["entry"][0]["resource"].get("effectivePeriod"), None);
}

#[tokio::test]
async fn what_lastn_refuses() {
    let server = observed().await;
    let cases = [
        ("", "patient"),
        ("code=x", "patient"),
        ("patient=a&max=0", "max"),
        ("patient=a&max=-1", "max"),
        ("patient=a&max=many", "max"),
        ("patient=a&max=1&max=2", "max"),
        ("patient=a&nosuch=1", "nosuch"),
        ("patient=a&date=zz", "date"),
        ("patient=a&_sort=date", "_sort"),
        ("patient=a&_count=2", "_count"),
        ("patient=a&_include=Observation:subject", "_include"),
        ("patient=a&_summary=count", "_summary"),
    ];
    for (query, place) in cases {
        let answer = server.get(&format!("/Observation/$lastn?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text);
        assert_eq!(answer.issue().1, place, "{query}: {}", answer.text);
    }
    let elsewhere = server.get("/Patient/$lastn?patient=a").await;
    assert_eq!(elsewhere.status, 404, "{}", elsewhere.text);
    elsewhere.issue();
}
