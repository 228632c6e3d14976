//! `/{type}?…` and `/{type}/_search`: what is found, paged, included and refused.

mod table;
mod ways;

use serde_json::Value;

use crate::setup::{BASE, Server};

async fn people() -> Server {
    let server = Server::start();
    let people = [
        ("a", "Shah", "Amina", "1958-02-14", "female", "o"),
        ("b", "O'Connor", "Margaret", "1941-07-01", "female", "o"),
        ("c", "Wójcik", "Stanisław", "1958-11-30", "male", "p"),
    ];
    for (id, family, given, born, gender, practice) in people {
        let body = format!(
            r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"urn:s","value":"{id}1"}}],"name":[{{"family":"{family}","given":["{given}"]}}],"gender":"{gender}","birthDate":"{born}","managingOrganization":{{"reference":"Organization/{practice}"}}}}"#
        );
        server.put(&format!("/Patient/{id}"), &body).await;
    }
    server
        .put("/Organization/o", r#"{"resourceType":"Organization","id":"o","name":"Hope Street"}"#)
        .await;
    for (id, patient, value) in [("x", "a", "4.5"), ("y", "a", "7.25"), ("z", "c", "12")] {
        let body = format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"coding":[{{"system":"http://loinc.org","code":"2823-3"}}]}},"subject":{{"reference":"Patient/{patient}"}},"effectiveDateTime":"2026-01-0{}","valueQuantity":{{"value":{value},"unit":"mmol/L","system":"http://unitsofmeasure.org","code":"mmol/L"}}}}"#,
            value.len()
        );
        server.put(&format!("/Observation/{id}"), &body).await;
    }
    server
}

fn ids(bundle: &Value) -> String {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let ids: Vec<_> =
        entries.iter().map(|e| e["resource"]["id"].as_str().unwrap_or("?").to_owned()).collect();
    ids.join(" ")
}

#[tokio::test]
async fn what_is_found() {
    let server = people().await;
    let cases = [
        ("/Patient", "a b c"),
        ("/Patient?_id=b", "b"),
        ("/Patient?_id=a,c", "a c"),
        ("/Patient?identifier=urn:s%7Ca1", "a"),
        ("/Patient?identifier=a1", "a"),
        ("/Patient?identifier=urn:t%7Ca1", ""),
        ("/Patient?family=sha", "a"),
        ("/Patient?family=wojcik", "c"),
        ("/Patient?family=oconnor", "b"),
        ("/Patient?family:exact=shah", ""),
        ("/Patient?family:contains=ojc", "c"),
        ("/Patient?gender=female&birthdate=1958", "a"),
        ("/Patient?gender=female,male", "a b c"),
        ("/Patient?gender:not=female", "c"),
        ("/Patient?birthdate=lt1958", "b"),
        ("/Patient?birthdate=ge1958-03", "c"),
        ("/Patient?death-date:missing=true", "a b c"),
        ("/Patient?organization=Organization/o", "a b"),
        ("/Patient?organization=o", "a b"),
        ("/Patient?organization=http://127.0.0.1/fhir/Organization/p", "c"),
        ("/Patient?_lastUpdated=2026-03-01", "a b c"),
        ("/Patient?_lastUpdated=gt2026-03-01", ""),
        ("/Patient?_sort=family", "b a c"),
        ("/Patient?_sort=-birthdate", "c a b"),
        ("/Patient?_sort=gender,-birthdate", "a b c"),
        ("/Observation?code=http://loinc.org%7C2823-3&patient=a", "x y"),
        ("/Observation?value-quantity=gt5%7Chttp://unitsofmeasure.org%7Cmmol/L", "y z"),
        ("/Observation?value-quantity=7.25", "y"),
        ("/Observation?value-quantity=7.3", "y"),
        ("/Observation?date=2026-01-02&_sort=-date", "z"),
        ("/Observation?subject=Patient/c&_include=Observation:subject", "z c"),
        ("/Patient?_id=a&_revinclude=Observation:subject", "a x y"),
        ("/Observation?_id=z&_include=*", "z c"),
    ];
    for (path, expected) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(ids(&answer.json()), expected, "{path}: {}", answer.text);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let posted =
        server.call("POST", "/Patient/_search?gender=female", &form, "birthdate=1958").await;
    assert_eq!(ids(&posted.json()), "a");
}

#[tokio::test]
async fn parts_and_counts() {
    let server = people().await;
    let count = server.get("/Patient?gender=female&_summary=count").await.json();
    assert_eq!((&count["total"], count.get("entry")), (&2.into(), None));
    let zero = server.get("/Patient?_count=0").await.json();
    assert_eq!((&zero["total"], zero.get("entry")), (&3.into(), None));
    let part = server.get("/Patient?_id=a&_elements=gender").await.json();
    let resource = &part["entry"][0]["resource"];
    assert_eq!((resource.get("name"), &resource["gender"]), (None, &"female".into()));
    assert_eq!(resource["meta"]["tag"][0]["code"], "SUBSETTED");
    let total = server.get("/Patient?_count=1&_total=accurate").await.json();
    assert_eq!(total["total"], 3);
}

#[tokio::test]
async fn pages_neither_lose_nor_repeat_while_others_write() {
    let server = people().await;
    for sort in ["", "&_sort=birthdate"] {
        let mut path = format!("/Patient?_count=1{sort}");
        let mut seen = Vec::new();
        while let Some(next) = {
            let page = server.get(&path).await.json();
            seen.push(ids(&page));
            server
                .put(
                    "/Patient/b",
                    r#"{"resourceType":"Patient","id":"b","birthDate":"1999-01-01"}"#,
                )
                .await;
            let links = page["link"].as_array().unwrap().clone();
            links
                .iter()
                .find(|l| l["relation"] == "next")
                .map(|l| l["url"].as_str().unwrap().to_owned())
        } {
            path = next.strip_prefix(BASE).unwrap().to_owned();
            assert!(seen.len() < 10, "{seen:?}");
        }
        seen.sort();
        assert_eq!(seen, ["a", "b", "c"], "{sort}");
    }
    let bad = server.get("/Patient?_cursor=nonsense").await;
    assert_eq!(bad.status, 404);
    bad.issue();
}

#[tokio::test]
async fn what_is_refused_and_what_leniency_forgives() {
    let server = people().await;
    let cases = [
        ("/Patient?famly=shah", "famly"),
        ("/Patient?birthdate=yesterday", "birthdate"),
        ("/Patient?birthdate=zz2020", "birthdate"),
        ("/Patient?family:above=x", "family:above"),
        ("/Patient?_sort=nosuch", "_sort"),
        ("/Patient?_count=-1", "_count"),
        ("/Patient?_include=Patient:nosuch", "_include"),
        ("/Observation?value-quantity=much", "value-quantity"),
        ("/Patient?organization=Patient/a", "organization"),
    ];
    for (path, expression) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert!(
            answer.issue().1.starts_with(expression.split(':').next().unwrap()),
            "{path}: {}",
            answer.text
        );
    }
    let lenient = [("prefer", "handling=lenient")];
    let answer = server.call("GET", "/Patient?famly=shah&gender=male", &lenient, "").await.json();
    let entries = answer["entry"].as_array().unwrap();
    assert_eq!(entries[0]["resource"]["id"], "c");
    assert_eq!(entries[1]["search"]["mode"], "outcome");
    assert!(!answer["link"][0]["url"].as_str().unwrap().contains("famly"));
}
