//! `$everything`.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{keys, parameters};
use crate::setup::{BASE, Server};

/// Two patients, of whom one has a record that refers to much, and to the other.
pub(super) const RECORD: [(&str, &str); 23] = [
    (
        "Patient/a",
        r#""managingOrganization":{"reference":"Organization/practice"},"link":[{"other":{"reference":"Patient/b"},"type":"seealso"}]"#,
    ),
    ("Patient/b", r#""generalPractitioner":[{"reference":"Practitioner/other"}]"#),
    ("Organization/practice", r#""partOf":{"reference":"Organization/trust"}"#),
    ("Organization/trust", r#""name":"Trust""#),
    ("Organization/elsewhere", r#""name":"Elsewhere""#),
    ("Practitioner/p", r#""active":true"#),
    ("Practitioner/q", r#""active":true"#),
    ("Practitioner/other", r#""active":true"#),
    (
        "PractitionerRole/r",
        r#""practitioner":{"reference":"Practitioner/q"},"organization":{"reference":"Organization/practice"}"#,
    ),
    (
        "Location/ward",
        r#""managingOrganization":{"reference":"http://127.0.0.1/fhir/Organization/trust"}"#,
    ),
    ("Medication/m", r#""status":"active""#),
    ("Device/shared", r#""status":"active""#),
    ("Device/of-b", r#""patient":{"reference":"Patient/b"}"#),
    ("Binary/scan", r#""contentType":"text/plain","data":"eA==""#),
    (
        "Encounter/e",
        r#""status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/a"},"period":{"start":"2026-01-01","end":"2026-01-05"},"location":[{"location":{"reference":"Location/ward"}}],"participant":[{"individual":{"reference":"PractitionerRole/r"}}]"#,
    ),
    (
        "Observation/o1",
        r#""status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"encounter":{"reference":"Encounter/e"},"effectiveDateTime":"2026-01-02","performer":[{"reference":"Practitioner/p"}],"device":{"reference":"Device/shared"}"#,
    ),
    (
        "Observation/o2",
        r#""status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"effectiveDateTime":"2025-05-05","performer":[{"reference":"Practitioner/p"}],"device":{"reference":"Device/of-b"}"#,
    ),
    (
        "Observation/ob",
        r#""status":"final","code":{"text":"x"},"subject":{"reference":"Patient/b"},"performer":[{"reference":"Practitioner/other"}]"#,
    ),
    (
        "Condition/c",
        r#""subject":{"reference":"Patient/a"},"onsetDateTime":"2001","code":{"text":"x"}"#,
    ),
    (
        "Condition/over",
        r#""subject":{"reference":"Patient/a"},"onsetDateTime":"2001","abatementDateTime":"2003","code":{"text":"x"}"#,
    ),
    (
        "MedicationRequest/mr",
        r#""status":"active","intent":"order","subject":{"reference":"Patient/a"},"medicationReference":{"reference":"Medication/m"},"authoredOn":"2026-01-03","requester":{"reference":"Practitioner/p"}"#,
    ),
    (
        "DocumentReference/d",
        r#""status":"current","subject":{"reference":"Patient/a"},"date":"2025-06-01T00:00:00Z","content":[{"attachment":{"url":"Binary/scan"}}]"#,
    ),
    (
        "Group/g",
        r#""type":"person","actual":true,"member":[{"entity":{"reference":"Patient/a"}},{"entity":{"reference":"Patient/b"}}]"#,
    ),
];

pub(super) async fn recorded() -> Server {
    let server = Server::start();
    for (key, members) in RECORD {
        let (type_name, id) = key.split_once('/').unwrap();
        let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}",{members}}}"#);
        server.put(&format!("/{key}"), &body).await;
    }
    server
}

fn sorted(bundle: &Value) -> Vec<String> {
    let mut keys = keys(bundle);
    keys.sort();
    keys
}

fn mode_of(bundle: &Value, key: &str) -> String {
    let entries = bundle["entry"].as_array().unwrap();
    let entry = entries.iter().find(|e| e["fullUrl"] == format!("{BASE}/{key}"));
    entry.unwrap_or_else(|| panic!("{key}"))["search"]["mode"].as_str().unwrap().to_owned()
}

const OF_A: [&str; 19] = [
    "Binary/scan",
    "Condition/c",
    "Condition/over",
    "Device/shared",
    "DocumentReference/d",
    "Encounter/e",
    "Group/g",
    "Location/ward",
    "Medication/m",
    "MedicationRequest/mr",
    "Observation/o1",
    "Observation/o2",
    "Organization/practice",
    "Organization/trust",
    "Patient/a",
    "Practitioner/p",
    "Practitioner/q",
    "PractitionerRole/r",
    "",
];

fn of_a() -> Vec<String> {
    OF_A.iter().filter(|key| !key.is_empty()).map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn all_of_a_patient_and_nothing_of_others() {
    let server = recorded().await;
    let answer = server.get("/Patient/a/$everything").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let bundle = answer.json();
    assert_eq!(sorted(&bundle), of_a());
    assert_eq!(bundle["type"], "searchset");
    for (key, mode) in
        [("Patient/a", "match"), ("Observation/o1", "match"), ("Medication/m", "include")]
    {
        assert_eq!(mode_of(&bundle, key), mode, "{key}");
    }
    let posted = server.call("POST", "/Patient/a/$everything", &[], "").await.json();
    assert_eq!(sorted(&posted), of_a());
    // Of care in a time: what has no date, or goes on, is in it.
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "start=2026-01-01",
            &["Observation/o2", "Condition/over", "DocumentReference/d", "Binary/scan"],
            &["Condition/c", "Encounter/e", "MedicationRequest/mr", "Medication/m"],
        ),
        (
            "end=2025-12-31",
            &["Observation/o1", "Encounter/e", "MedicationRequest/mr", "Medication/m"],
            &["Condition/over", "Observation/o2", "Binary/scan", "Practitioner/p"],
        ),
        (
            "start=2025-06&end=2025-12",
            &["Observation/o1", "Observation/o2", "Practitioner/p"],
            &["DocumentReference/d", "Patient/a", "Condition/c"],
        ),
        ("start=2026-01-05&end=2026-01-05", &["Observation/o1"], &["Encounter/e"]),
        ("_since=2027-01-01", &["Patient/a", "Observation/o1", "Medication/m"], &[]),
    ];
    for (query, absent, present) in cases {
        let bundle = server.get(&format!("/Patient/a/$everything?{query}")).await.json();
        let keys: BTreeSet<String> = keys(&bundle).into_iter().collect();
        for key in absent {
            assert!(!keys.contains(*key), "{query}: {key}: {keys:?}");
        }
        for key in present {
            assert!(keys.contains(*key), "{query}: {key}: {keys:?}");
        }
    }
    let all = server.get("/Patient/a/$everything?_since=2026-03-01T12:00:00Z").await.json();
    assert_eq!(sorted(&all), of_a());
    for (types, expected) in [
        (
            "Observation,Practitioner",
            &["Observation/o1", "Observation/o2", "Practitioner/p", "Practitioner/q"][..],
        ),
        ("Medication", &["Medication/m"]),
        ("Patient&_type=Condition", &["Condition/c", "Condition/over", "Patient/a"]),
        ("Appointment", &[]),
    ] {
        let bundle = server.get(&format!("/Patient/a/$everything?_type={types}")).await.json();
        assert_eq!(sorted(&bundle), expected, "{types}");
    }
}

/// Follows next links; between pages `meanwhile` may write.
async fn paged(server: &Server, path: &str, meanwhile: Option<&str>) -> Vec<String> {
    let mut path = path.to_owned();
    let mut seen = Vec::new();
    let mut pages = 0;
    loop {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let bundle = answer.json();
        seen.extend(keys(&bundle));
        pages += 1;
        assert!(pages < 60, "{path}");
        if let Some(key) = meanwhile {
            let (type_name, id) = key.split_once('/').unwrap();
            let body = format!(
                r#"{{"resourceType":"{type_name}","id":"{id}","status":"final","code":{{"text":"{pages}"}},"subject":{{"reference":"Patient/a"}},"performer":[{{"reference":"Practitioner/p"}}]}}"#
            );
            server.put(&format!("/{key}"), &body).await;
        }
        let links = bundle["link"].as_array().unwrap();
        let Some(next) = links.iter().find(|link| link["relation"] == "next") else { break };
        path = next["url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    }
    seen.sort();
    seen
}

#[tokio::test]
async fn pages_neither_lose_nor_repeat() {
    let server = recorded().await;
    for count in [1, 2, 3, 5, 8, 11, 12, 17, 18, 100] {
        let seen = paged(&server, &format!("/Patient/a/$everything?_count={count}"), None).await;
        assert_eq!(seen, of_a(), "{count}");
    }
    // A member that is changed meanwhile keeps its place.
    let seen = paged(&server, "/Patient/a/$everything?_count=3", Some("Observation/o2")).await;
    assert_eq!(seen, of_a());
    let path = "/Patient/a/$everything?_count=2&_type=Practitioner,Observation";
    let expected = ["Observation/o1", "Observation/o2", "Practitioner/p", "Practitioner/q"];
    assert_eq!(paged(&server, path, None).await, expected);
}

#[tokio::test]
async fn all_of_an_encounter() {
    let server = recorded().await;
    let bundle = server.get("/Encounter/e/$everything").await.json();
    let expected = [
        "Device/shared",
        "Encounter/e",
        "Location/ward",
        "Observation/o1",
        "Organization/practice",
        "Organization/trust",
        "Patient/a",
        "Practitioner/p",
        "Practitioner/q",
        "PractitionerRole/r",
    ];
    assert_eq!(sorted(&bundle), expected);
    assert_eq!(mode_of(&bundle, "Patient/a"), "include");
    let seen = paged(&server, "/Encounter/e/$everything?_count=3", None).await;
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn all_of_a_group() {
    let server = recorded().await;
    let bundle = server.get("/Group/g/$everything").await.json();
    let mut expected: Vec<String> = RECORD.iter().map(|(key, _)| (*key).to_owned()).collect();
    expected.retain(|key| key != "Organization/elsewhere");
    expected.sort();
    assert_eq!(sorted(&bundle), expected);
    let empty = r#"{"resourceType":"Group","id":"none","type":"person","actual":true}"#;
    server.put("/Group/none", empty).await;
    let bundle = server.get("/Group/none/$everything").await.json();
    assert_eq!(sorted(&bundle), ["Group/none"]);
}

#[tokio::test]
async fn all_of_all_patients() {
    let server = recorded().await;
    let expected: Vec<String> = {
        let mut all: Vec<String> = RECORD.iter().map(|(key, _)| (*key).to_owned()).collect();
        all.retain(|key| key != "Organization/elsewhere");
        all.sort();
        all
    };
    assert_eq!(sorted(&server.get("/Patient/$everything").await.json()), expected);
    assert_eq!(paged(&server, "/Patient/$everything?_count=4", None).await, expected);
}

#[tokio::test]
async fn what_everything_refuses() {
    let server = recorded().await;
    server.call("DELETE", "/Patient/b", &[], "").await;
    let cases = [
        ("/Patient/none/$everything", 404, ""),
        ("/Patient/b/$everything", 410, ""),
        ("/Patient/a_/$everything", 400, ""),
        ("/Patient/a/$everything?_count=0", 400, "_count"),
        ("/Patient/a/$everything?_count=-3", 400, "_count"),
        ("/Patient/a/$everything?_count=x", 400, "_count"),
        ("/Patient/a/$everything?start=yesterday", 400, "start"),
        ("/Patient/a/$everything?start=2026-02&end=2026-01", 400, "end"),
        ("/Patient/a/$everything?_since=13", 400, "_since"),
        ("/Patient/a/$everything?_type=Patients", 400, "_type"),
        ("/Patient/a/$everything?_cursor=x", 404, "_cursor"),
        ("/Patient/a/$everything?_cursor=sPatient", 404, "_cursor"),
        ("/Patient/a/$everything?_cursor=mnonsense", 404, ""),
        ("/Patient/a/$everything?code=x", 400, "code"),
        ("/Encounter/e/$everything?start=2026", 400, "start"),
        ("/Encounter/$everything", 404, ""),
        ("/Observation/o1/$everything", 404, ""),
    ];
    for (path, status, place) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let found = answer.issue().1;
        assert!(place.is_empty() || found == place, "{path}: {}", answer.text);
    }
    let body = parameters(&[r#"{"name":"_count","valueInteger":2}"#]);
    let answer = server.call("POST", "/Patient/a/$everything", &[], &body).await.json();
    assert_eq!(keys(&answer).len(), 2);
}
