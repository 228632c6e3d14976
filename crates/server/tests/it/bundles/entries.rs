//! Entries of every method, in batch and transaction.
//! Spec: <https://hl7.org/fhir/R4/http.html#trules>.

use serde_json::{Value, json};

use super::{bundle, entry, post, statuses};
use crate::setup::Server;

async fn prepared() -> Server {
    let server = Server::start();
    for id in ["a", "b", "c", "d"] {
        let body = format!(
            r#"{{"resourceType":"Patient","id":"{id}","identifier":[{{"system":"urn:s","value":"{id}"}}],"active":true}}"#
        );
        server.put(&format!("/Patient/{id}"), &body).await;
    }
    server.put("/Patient/gone", r#"{"resourceType":"Patient","id":"gone"}"#).await;
    server.call("DELETE", "/Patient/gone", &[], "").await;
    server
}

fn with(mut entry: Value, member: &str, value: &str) -> Value {
    entry["request"][member] = value.into();
    entry
}

/// A condition that is a number, which must not be taken for none.
fn not_text(mut entry: Value, member: &str) -> Value {
    entry["request"][member] = 1.into();
    entry
}

fn patient(id: &str) -> Value {
    json!({"resourceType": "Patient", "id": id, "active": false})
}

fn json_patch(operations: &Value) -> Value {
    binary("application/json-patch+json", &operations.to_string())
}

fn binary(content_type: &str, text: &str) -> Value {
    json!({"resourceType": "Binary", "contentType": content_type, "data": base64(text)})
}

/// Base64, since the test needs it once.
pub(super) fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let number = chunk.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        let number = number << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(number >> (18 - 6 * place) & 63) as usize];
            out.push(if place > chunk.len() { '=' } else { digit as char });
        }
    }
    out
}

/// An entry, and its status where it is alone in a batch. In a transaction what fails here fails
/// the whole with the same status.
type Row = (Value, u16);

fn rows() -> Vec<Row> {
    [reads(), writes(), patches_and_deletes()].concat()
}

fn reads() -> Vec<Row> {
    let get = |url: &str| entry("", "GET", url, Value::Null);
    vec![
        (get("Patient/a"), 200),
        (get("http://127.0.0.1/fhir/Patient/a"), 200),
        (get("/Patient/a"), 200),
        (get("Patient/a/_history/1"), 200),
        (get("Patient/a/_history"), 200),
        (get("Patient/_history?_count=1"), 200),
        (get("_history"), 200),
        (get("Patient?identifier=urn:s|a"), 200),
        (get("Patient?_id=none"), 200),
        (entry("", "HEAD", "Patient/a", Value::Null), 200),
        (with(get("Patient/a"), "ifNoneMatch", "W/\"1\""), 304),
        (with(get("Patient/a"), "ifNoneMatch", "W/\"2\""), 200),
        (with(get("Patient/a"), "ifModifiedSince", "2026-03-01T12:00:00Z"), 304),
        (with(get("Patient/a"), "ifModifiedSince", "2026-02-01T12:00:00Z"), 200),
        (with(get("Patient/a"), "ifModifiedSince", "yesterday"), 400),
        (with(get("Patient/a"), "ifNoneMatch", "W/\"2\", W/\"1\""), 304),
        (with(get("Patient/a"), "ifNoneMatch", "*"), 304),
        (with(get("Patient/a"), "ifNoneMatch", "1"), 200),
        (with(get("Patient/a/_history/1"), "ifNoneMatch", "W/\"1\""), 304),
        (with(get("Patient/a"), "ifMatch", "W/\"1\""), 200),
        (with(get("Patient/a"), "ifMatch", "W/\"2\""), 412),
        (with(get("Patient/a"), "ifMatch", "1"), 400),
        (not_text(get("Patient/a"), "ifNoneMatch"), 400),
        (get("Patient/a?_elements=active"), 200),
        (get("Patient/a/_history/1?_summary=true"), 200),
        (get("Patient/a?_format=xml&_pretty=true"), 200),
        (get("Patient/a?_summary=count"), 400),
        (get("Patient/a?_elements=nosuch!"), 400),
        (get("Patient/a/Observation?code=x"), 200),
        (get("Patient/a/*?_type=Condition"), 200),
        (get("?_type=Patient&_id=a"), 200),
        (get("Patient/a/$everything?_count=5"), 200),
        (get("Observation/$lastn?patient=a"), 200),
        (get("Patient/a/$validate"), 200),
        (get("$meta"), 200),
        (get("Patient/a/$everything?_count=0"), 400),
        (get("Patient/a/$meta-add"), 501),
        (get("Patient/a/$nosuch"), 404),
        (get("Patient/none"), 404),
        (get("Patient/gone"), 410),
        (get("Patient/a/_history/7"), 404),
        (get("Patient/a/b/c"), 400),
        (get("Patient/a_b"), 400),
        (get("Patient?nosuch=1"), 400),
        (get("Patient?family=%FF"), 400),
        (get("_history?nosuch=1"), 400),
        (get("Nosuch/1"), 404),
        (entry("", "HEAD", "Patient/none", Value::Null), 404),
    ]
}

fn writes() -> Vec<Row> {
    let put = |url: &str, id: &str| entry("", "PUT", url, patient(id));
    vec![
        (entry("", "POST", "Patient", patient("x")), 201),
        (
            with(entry("", "POST", "Patient", patient("x")), "ifNoneExist", "identifier=urn:s|a"),
            200,
        ),
        (
            with(entry("", "POST", "Patient", patient("x")), "ifNoneExist", "identifier=urn:s|z"),
            201,
        ),
        (with(entry("", "POST", "Patient", patient("x")), "ifNoneExist", "active=true"), 412),
        (with(entry("", "POST", "Patient", patient("x")), "ifNoneExist", "_count=3"), 412),
        (with(entry("", "POST", "Patient", patient("x")), "ifNoneExist", "identifier=%FF"), 400),
        (entry("", "POST", "Patient/a", patient("a")), 400),
        (put("Patient/a", "a"), 200),
        (put("Patient/new", "new"), 201),
        (put("Patient/gone", "gone"), 201),
        (put("Patient/a", "b"), 400),
        (with(put("Patient/a", "a"), "ifMatch", "W/\"1\""), 200),
        (with(put("Patient/a", "a"), "ifMatch", "W/\"2\""), 412),
        (with(put("Patient/a", "a"), "ifMatch", "1"), 400),
        (with(put("Patient/a", "a"), "ifNoneMatch", "*"), 412),
        (with(put("Patient/new", "new"), "ifNoneMatch", "*"), 201),
        (with(put("Patient/a", "a"), "ifNoneMatch", "W/\"1\""), 412),
        (with(put("Patient/a", "a"), "ifNoneMatch", "W/\"2\""), 200),
        (with(put("Patient/a", "a"), "ifNoneMatch", "x"), 400),
        (with(put("Patient/a", "a"), "ifMatch", "*"), 200),
        (with(put("Patient/new", "new"), "ifMatch", "*"), 412),
        (with(put("Patient/a", "a"), "ifMatch", "W/\"2\", W/\"1\""), 200),
        (with(put("Patient/a", "a"), "ifMatch", "W/\"2\", W/\"3\""), 412),
        (with(with(put("Patient/a", "a"), "ifMatch", "*"), "ifNoneMatch", "*"), 400),
        (with(put("Patient/a", "a"), "ifNoneExist", "_id=b"), 400),
        (not_text(put("Patient/a", "a"), "ifMatch"), 400),
        (not_text(put("Patient/new", "new"), "ifNoneMatch"), 400),
        (not_text(entry("", "POST", "Patient", patient("x")), "ifNoneExist"), 400),
        (with(entry("", "POST", "Patient", patient("x")), "ifMatch", "W/\"1\""), 412),
        (with(entry("", "POST", "Patient", patient("x")), "ifNoneMatch", "*"), 201),
        (with(put("Patient?identifier=urn:s|a", "a"), "ifMatch", "*"), 200),
        (with(put("Patient?identifier=urn:s|a", "a"), "ifNoneMatch", "W/\"1\""), 412),
        (put("Patient?identifier=urn:s|a", "a"), 200),
        (put("Patient?identifier=urn:s|a", "b"), 400),
        (put("Patient?identifier=urn:s|z", "new"), 201),
        (put("Patient?identifier=urn:s|z", "a"), 409),
        (put("Patient?active=true", "a"), 412),
    ]
}

fn patches_and_deletes() -> Vec<Row> {
    let gender = json!([{"op": "add", "path": "/gender", "value": "male"}]);
    let diff = r#"<diff><add sel="f:Patient"><gender value="male"/></add></diff>"#;
    let patch = |url: &str| entry("", "PATCH", url, json_patch(&gender));
    let delete = |url: &str| entry("", "DELETE", url, Value::Null);
    vec![
        (patch("Patient/a"), 200),
        (patch("Patient?identifier=urn:s|a"), 200),
        (entry("", "PATCH", "Patient/a", binary("application/xml-patch+xml", diff)), 200),
        (with(patch("Patient/a"), "ifMatch", "W/\"1\""), 200),
        (with(patch("Patient/a"), "ifMatch", "W/\"2\""), 412),
        (with(patch("Patient/a"), "ifMatch", "*"), 200),
        (with(patch("Patient/none"), "ifMatch", "*"), 404),
        (with(patch("Patient/a"), "ifNoneMatch", "*"), 412),
        (with(patch("Patient/a"), "ifNoneMatch", "W/\"2\""), 200),
        (with(patch("Patient/a"), "ifNoneMatch", "x"), 400),
        (with(patch("Patient?identifier=urn:s|a"), "ifNoneMatch", "W/\"1\""), 412),
        (with(patch("Patient/a"), "ifNoneExist", "_id=b"), 400),
        (patch("Patient/none"), 404),
        (patch("Patient/gone"), 410),
        (patch("Patient?identifier=urn:s|z"), 404),
        (patch("Patient?active=true"), 412),
        (
            entry("", "PATCH", "Patient/a", json_patch(&json!([{"op": "remove", "path": "/x"}]))),
            422,
        ),
        (entry("", "PATCH", "Patient/a", binary("text/plain", "[]")), 400),
        (entry("", "PATCH", "Patient/a", binary("application/json-patch+json", "{")), 400),
        (entry("", "PATCH", "Patient/a", patient("a")), 400),
        (entry("", "PATCH", "Patient/a", Value::Null), 400),
        (delete("Patient/a"), 204),
        (delete("Patient/none"), 204),
        (delete("Patient?identifier=urn:s|a"), 204),
        (delete("Patient?identifier=urn:s|z"), 204),
        (delete("Patient?active=true"), 412),
        (with(delete("Patient/a"), "ifMatch", "W/\"1\""), 204),
        (with(delete("Patient/a"), "ifMatch", "W/\"2\""), 412),
        (with(delete("Patient?identifier=urn:s|a"), "ifMatch", "W/\"2\""), 412),
        (with(delete("Patient/a"), "ifMatch", "*"), 204),
        (with(delete("Patient/none"), "ifMatch", "*"), 412),
        (with(delete("Patient/a"), "ifNoneMatch", "*"), 412),
        (with(delete("Patient/a"), "ifNoneMatch", "W/\"1\""), 412),
        (with(delete("Patient/a"), "ifNoneMatch", "W/\"2\""), 204),
        (with(delete("Patient/none"), "ifNoneMatch", "*"), 204),
        (with(delete("Patient/a"), "ifMatch", "x"), 400),
        (with(delete("Patient?identifier=urn:s|a"), "ifMatch", "*"), 204),
        (with(delete("Patient?identifier=urn:s|z"), "ifMatch", "*"), 412),
        (with(delete("Patient?identifier=urn:s|a"), "ifNoneMatch", "W/\"1\""), 412),
        (delete("Patient"), 400),
        (entry("", "FETCH", "Patient/a", Value::Null), 400),
        (json!({"resource": patient("a")}), 400),
    ]
}

#[tokio::test]
async fn every_method_in_a_batch() {
    for (entry, status) in rows() {
        let server = prepared().await;
        let answer = post(&server, &bundle("batch", vec![entry.clone()])).await;
        assert_eq!(answer.status, 200, "{entry}: {}", answer.text);
        let json = answer.json();
        assert_eq!(statuses(&json), [status.to_string()], "{entry}: {}", answer.text);
        let response = &json["entry"][0]["response"];
        if status >= 400 {
            let place = response["outcome"]["issue"][0]["expression"][0].as_str().unwrap_or("");
            assert!(place.starts_with("Bundle.entry[0]"), "{entry}: {place}");
        }
        let is_one = entry["request"]["url"].as_str().is_some_and(|url| {
            status < 400
                && status != 204
                && !url.contains("_history?")
                && !url.ends_with("_history")
                && !url.contains('$')
        });
        let is_search = entry["request"]["method"] == "GET"
            && entry["request"]["url"].as_str().is_some_and(|url| url.contains('?'));
        if is_one && !is_search {
            assert!(response["etag"].as_str().is_some_and(|tag| tag.starts_with("W/")), "{entry}");
            assert!(response["lastModified"].is_string(), "{entry}");
        }
        if matches!(status, 200 | 201)
            && ["POST", "PUT", "PATCH"].iter().any(|m| entry["request"]["method"] == *m)
        {
            assert!(
                response["location"].as_str().is_some_and(|l| l.contains("/_history/")),
                "{entry}"
            );
        }
    }
}

#[tokio::test]
async fn every_method_in_a_transaction() {
    for (one, status) in rows() {
        let server = prepared().await;
        let before = server.get("/_history").await.json()["total"].clone();
        let other = entry(
            "",
            "PUT",
            "Group/g",
            json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true}),
        );
        let answer = post(&server, &bundle("transaction", vec![other, one.clone()])).await;
        if status < 400 {
            assert_eq!(answer.status, 200, "{one}: {}", answer.text);
            assert_eq!(statuses(&answer.json()), ["201".to_owned(), status.to_string()], "{one}");
            continue;
        }
        // A type that is not known is a fault of the Bundle itself.
        let expected =
            if one["request"]["url"] == "Nosuch/1" { vec![400, 404] } else { vec![status] };
        assert!(
            expected.contains(&answer.status.as_u16()),
            "{one}: {} {}",
            answer.status,
            answer.text
        );
        assert!(answer.issue().1.starts_with("Bundle.entry[1]"), "{one}: {}", answer.text);
        assert_eq!(server.get("/_history").await.json()["total"], before, "{one}: nothing written");
    }
}

#[tokio::test]
async fn the_order_is_delete_post_put_patch_get() {
    for kind in ["batch", "transaction"] {
        let server = prepared().await;
        let gender = json!([{"op": "add", "path": "/gender", "value": "male"}]);
        let entries = vec![
            entry("", "GET", "Patient/b", Value::Null),
            entry("", "GET", "Patient/new", Value::Null),
            entry("", "HEAD", "Patient/a", Value::Null),
            entry("", "PATCH", "Patient/a", json_patch(&gender)),
            entry("", "PUT", "Patient/new", patient("new")),
            entry("urn:uuid:1", "POST", "Patient", patient("")),
            entry("", "GET", "Patient?active=false&_summary=count", Value::Null),
        ];
        let mut entries = entries;
        entries[5]["resource"] = json!({"resourceType": "Patient", "active": false});
        let answer = post(&server, &bundle(kind, entries)).await.json();
        assert_eq!(statuses(&answer), ["200", "200", "200", "200", "201", "201", "200"], "{kind}");
        assert_eq!(answer["entry"][6]["resource"]["total"], 2, "{kind}: reads come last");
        assert_eq!(answer["entry"][1]["resource"]["id"], "new");
        assert_eq!(answer["entry"][2]["response"]["etag"], "W/\"2\"", "after the patch");
        assert_eq!(answer["entry"][2].get("resource"), None, "a HEAD has no resource");
        // What is deleted is gone before anything is read.
        let entries = vec![
            entry("", "GET", "Patient/c", Value::Null),
            entry("", "DELETE", "Patient/c", Value::Null),
        ];
        let answer = post(&server, &bundle(kind, entries)).await;
        if kind == "batch" {
            assert_eq!(statuses(&answer.json()), ["410", "204"]);
        } else {
            assert_eq!(answer.status, 410, "{}", answer.text);
            assert_eq!(server.get("/Patient/c").await.status, 200, "nothing was written");
        }
    }
}

#[tokio::test]
async fn what_overlaps_is_refused() {
    let gender = json!([{"op": "add", "path": "/gender", "value": "male"}]);
    let put = || entry("", "PUT", "Patient/a", patient("a"));
    let patch = || entry("", "PATCH", "Patient/a", json_patch(&gender));
    let delete = || entry("", "DELETE", "Patient/a", Value::Null);
    let by_search = |method: &str| {
        let body = match method {
            "PUT" => patient("a"),
            "PATCH" => json_patch(&gender),
            _ => Value::Null,
        };
        entry("", method, "Patient?identifier=urn:s|a", body)
    };
    let cases = [
        vec![put(), put()],
        vec![put(), patch()],
        vec![put(), delete()],
        vec![patch(), patch()],
        vec![patch(), delete()],
        vec![delete(), delete()],
        vec![put(), by_search("PUT")],
        vec![put(), by_search("PATCH")],
        vec![put(), by_search("DELETE")],
        vec![by_search("PUT"), by_search("DELETE")],
    ];
    for entries in cases {
        let server = prepared().await;
        let answer = post(&server, &bundle("transaction", entries.clone())).await;
        assert_eq!(answer.status, 400, "{entries:?}: {}", answer.text);
        assert_eq!(answer.issue().0, "duplicate", "{entries:?}");
        assert_eq!(server.get("/Patient/a").await.header("etag"), "W/\"1\"", "nothing was written");
    }
}

#[tokio::test]
async fn entries_answer_as_preferred() {
    for kind in ["batch", "transaction"] {
        for (prefer, has_resource, has_outcome) in [
            ("", false, false),
            ("return=minimal", false, false),
            ("return=representation", true, false),
            ("return=OperationOutcome", false, true),
        ] {
            let server = prepared().await;
            let gender = json!([{"op": "add", "path": "/gender", "value": "male"}]);
            let entries = vec![
                entry("", "POST", "Patient", json!({"resourceType": "Patient"})),
                entry("", "PUT", "Patient/a", patient("a")),
                entry("", "PATCH", "Patient/b", json_patch(&gender)),
            ];
            let body = bundle(kind, entries).to_string();
            let answer = server.call("POST", "", &[("prefer", prefer)], &body).await.json();
            for one in answer["entry"].as_array().unwrap() {
                assert_eq!(one["resource"].is_object(), has_resource, "{kind} {prefer}: {one}");
                let outcome = &one["response"]["outcome"];
                assert_eq!(outcome.is_object(), has_outcome, "{kind} {prefer}: {one}");
            }
        }
    }
}

/// What is read is cut as it would be outside of a Bundle.
#[tokio::test]
async fn reads_show_what_is_asked_for() {
    let cases = [
        ("Patient/a?_elements=active", "active id meta resourceType"),
        ("Patient/a/_history/1?_elements=active", "active id meta resourceType"),
        ("Patient/a?_summary=text", "id meta resourceType"),
        ("Patient/a?_summary=false", "active id identifier meta resourceType"),
        ("Patient/a", "active id identifier meta resourceType"),
        ("Patient/a?_format=xml", "active id identifier meta resourceType"),
    ];
    for kind in ["batch", "transaction"] {
        let server = prepared().await;
        let entries = cases.iter().map(|(url, _)| entry("", "GET", url, Value::Null)).collect();
        let answer = post(&server, &bundle(kind, entries)).await.json();
        for (one, (url, expected)) in answer["entry"].as_array().unwrap().iter().zip(cases) {
            let mut names: Vec<_> = one["resource"].as_object().unwrap().keys().cloned().collect();
            names.sort();
            assert_eq!(names.join(" "), expected, "{kind} {url}");
            let is_part = expected != "active id identifier meta resourceType";
            let tag = &one["resource"]["meta"]["tag"][0]["code"];
            assert_eq!(tag == "SUBSETTED", is_part, "{kind} {url}");
            assert_eq!(one["response"]["etag"], "W/\"1\"", "{kind} {url}");
        }
    }
}

/// `Prefer: handling` of the Bundle is that of its searches; without it they are strict.
#[tokio::test]
async fn searches_are_as_strict_as_the_bundle() {
    for kind in ["batch", "transaction"] {
        for (prefer, status) in [
            ("", 400),
            ("handling=strict", 400),
            ("handling=lenient", 200),
            ("return=representation, handling=lenient", 200),
        ] {
            let server = prepared().await;
            let entries = vec![entry("", "GET", "Patient?nosuch=1&_id=a", Value::Null)];
            let body = bundle(kind, entries).to_string();
            let answer = server.call("POST", "", &[("prefer", prefer)], &body).await;
            if kind == "transaction" && status == 400 {
                assert_eq!(answer.status, 400, "{prefer}: {}", answer.text);
                assert!(answer.issue().1.starts_with("Bundle.entry[0]"), "{}", answer.text);
                continue;
            }
            let answer = answer.json();
            assert_eq!(statuses(&answer), [status.to_string()], "{kind} {prefer}: {answer}");
            if status == 200 {
                let found = answer["entry"][0]["resource"]["entry"].as_array().unwrap();
                assert_eq!(found[0]["resource"]["id"], "a", "{kind} {prefer}");
                assert_eq!(found[1]["search"]["mode"], "outcome", "what was passed over is told");
            }
        }
    }
}

/// Entries of a batch run side by side, but those of one resource one after another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_large_batch_does_each_entry_once() {
    let server = Server::start();
    let mut entries: Vec<Value> = (0..100)
        .map(|_| entry("", "POST", "Patient", json!({"resourceType": "Patient"})))
        .collect();
    entries.extend((0..20).map(|_| entry("", "PUT", "Patient/one", patient("one"))));
    let answer = post(&server, &bundle("batch", entries)).await.json();
    let statuses = statuses(&answer);
    assert_eq!(statuses.iter().filter(|status| *status == "201").count(), 101);
    assert_eq!(statuses[100..], [vec!["201".to_owned()], vec!["200".to_owned(); 19]].concat());
    let versions: Vec<_> = answer["entry"].as_array().unwrap()[100..]
        .iter()
        .map(|one| one["response"]["etag"].clone())
        .collect();
    let expected: Vec<Value> = (1..=20).map(|n| format!("W/\"{n}\"").into()).collect();
    assert_eq!(versions, expected, "in the order of the request");
    assert_eq!(server.get("/Patient?_summary=count").await.json()["total"], 101);
}
