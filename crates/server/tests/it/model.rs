//! Random sequences of requests over HTTP against a naive model: a map of versions.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::setup::Server;

/// Ids and values are few, so that requests meet.
const IDS: [&str; 3] = ["a", "b", "c"];

/// A request, with what stands for its condition.
#[derive(Clone, Debug)]
enum Step {
    Read(usize),
    ReadKnown(usize, u32),
    ReadVersion(usize, u32),
    Update(usize, u8),
    UpdateIfMatch(usize, u8, u32),
    CreateOnly(usize, u8),
    UpdateWhere(u8, u8),
    Patch(usize, u8),
    PatchIfMatch(usize, u8, u32),
    PatchTested(usize, u8, u8),
    PatchWhere(u8, u8),
    Delete(usize),
    DeleteIfMatch(usize, u32),
    DeleteWhere(u8),
    CreateUnless(u8),
    Count(u8),
    Transaction(usize, usize, u8, bool),
}

/// Versions of a resource; `None` is a deletion.
type Model = BTreeMap<String, Vec<Option<u8>>>;

fn step() -> impl Strategy<Value = Step> {
    let (id, value, version) = (0..IDS.len(), 0..4_u8, 1..5_u32);
    prop_oneof![
        id.clone().prop_map(Step::Read),
        (id.clone(), version.clone()).prop_map(|(i, n)| Step::ReadKnown(i, n)),
        (id.clone(), version.clone()).prop_map(|(i, n)| Step::ReadVersion(i, n)),
        (id.clone(), value.clone()).prop_map(|(i, v)| Step::Update(i, v)),
        (id.clone(), value.clone(), version.clone())
            .prop_map(|(i, v, n)| Step::UpdateIfMatch(i, v, n)),
        (id.clone(), value.clone()).prop_map(|(i, v)| Step::CreateOnly(i, v)),
        (value.clone(), value.clone()).prop_map(|(w, v)| Step::UpdateWhere(w, v)),
        (id.clone(), value.clone()).prop_map(|(i, v)| Step::Patch(i, v)),
        (id.clone(), value.clone(), version.clone())
            .prop_map(|(i, v, n)| Step::PatchIfMatch(i, v, n)),
        (id.clone(), value.clone(), value.clone()).prop_map(|(i, t, v)| Step::PatchTested(i, t, v)),
        (value.clone(), value.clone()).prop_map(|(w, v)| Step::PatchWhere(w, v)),
        id.clone().prop_map(Step::Delete),
        (id.clone(), version).prop_map(|(i, n)| Step::DeleteIfMatch(i, n)),
        value.clone().prop_map(Step::DeleteWhere),
        value.clone().prop_map(Step::CreateUnless),
        value.clone().prop_map(Step::Count),
        (id.clone(), id, value, any::<bool>())
            .prop_map(|(i, j, v, fails)| Step::Transaction(i, j, v, fails)),
    ]
}

fn current(model: &Model, id: &str) -> Option<u8> {
    model.get(id).and_then(|versions| *versions.last()?)
}

fn version(model: &Model, id: &str) -> u32 {
    model.get(id).map_or(0, |versions| versions.len() as u32)
}

fn matching(model: &Model, value: u8) -> Vec<String> {
    model.keys().filter(|id| current(model, id) == Some(value)).cloned().collect()
}

/// Writes a value; the status of an update.
fn write(model: &mut Model, id: &str, value: u8) -> u16 {
    let is_new = current(model, id).is_none();
    model.entry(id.to_owned()).or_default().push(Some(value));
    if is_new { 201 } else { 200 }
}

fn delete(model: &mut Model, id: &str) {
    if current(model, id).is_some() {
        model.entry(id.to_owned()).or_default().push(None);
    }
}

/// What a read of an id is answered with.
fn read(model: &Model, id: &str) -> u16 {
    match (model.contains_key(id), current(model, id)) {
        (false, _) => 404,
        (true, None) => 410,
        (true, Some(_)) => 200,
    }
}

/// Does a step in the model: the request to send, and the status that must come.
struct Expected {
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: String,
    status: u16,
}

fn body(id: &str, value: u8) -> String {
    let id = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
    format!(
        r#"{{"resourceType":"Basic",{id}"identifier":[{{"system":"urn:v","value":"{value}"}}],"code":{{"text":"x"}}}}"#
    )
}

fn patch_of(value: u8) -> String {
    format!(r#"[{{"op":"replace","path":"/identifier/0/value","value":"{value}"}}]"#)
}

fn tag(version: u32) -> String {
    format!("W/\"{version}\"")
}

const PATCH: &str = "application/json-patch+json";

#[expect(clippy::too_many_lines, reason = "a table: one arm a kind of request")]
fn expect(model: &mut Model, step: &Step, created: &mut u32) -> Expected {
    let mut headers = Vec::new();
    let mut text = String::new();
    let at = |id: &str| format!("/Basic/{id}");
    let by = |value: u8| format!("/Basic?identifier=urn:v|{value}");
    let (method, path, status) = match step {
        Step::Read(i) => ("GET", at(IDS[*i]), read(model, IDS[*i])),
        Step::ReadKnown(i, n) => {
            headers.push(("if-none-match", tag(*n)));
            let status = read(model, IDS[*i]);
            let is_known = status == 200 && version(model, IDS[*i]) == *n;
            ("GET", at(IDS[*i]), if is_known { 304 } else { status })
        }
        Step::ReadVersion(i, n) => {
            let versions = model.get(IDS[*i]).map_or(&[][..], Vec::as_slice);
            let status = match versions.get(*n as usize - 1) {
                None => 404,
                Some(None) => 410,
                Some(Some(_)) => 200,
            };
            ("GET", format!("/Basic/{}/_history/{n}", IDS[*i]), status)
        }
        Step::Update(i, v) => {
            text = body(IDS[*i], *v);
            ("PUT", at(IDS[*i]), write(model, IDS[*i], *v))
        }
        Step::UpdateIfMatch(i, v, n) => {
            headers.push(("if-match", tag(*n)));
            text = body(IDS[*i], *v);
            let holds = current(model, IDS[*i]).is_some() && version(model, IDS[*i]) == *n;
            ("PUT", at(IDS[*i]), if holds { write(model, IDS[*i], *v) } else { 412 })
        }
        Step::CreateOnly(i, v) => {
            headers.push(("if-none-match", "*".to_owned()));
            text = body(IDS[*i], *v);
            let is_free = current(model, IDS[*i]).is_none();
            ("PUT", at(IDS[*i]), if is_free { write(model, IDS[*i], *v) } else { 412 })
        }
        Step::UpdateWhere(w, v) => {
            text = body("", *v);
            let status = match matching(model, *w).as_slice() {
                [] => {
                    *created += 1;
                    write(model, &format!("id-{created}"), *v)
                }
                [one] => write(model, one, *v),
                _ => 412,
            };
            ("PUT", by(*w), status)
        }
        Step::Patch(i, v) => {
            text = patch_of(*v);
            let there = read(model, IDS[*i]);
            ("PATCH", at(IDS[*i]), if there == 200 { write(model, IDS[*i], *v) } else { there })
        }
        Step::PatchIfMatch(i, v, n) => {
            headers.push(("if-match", tag(*n)));
            text = patch_of(*v);
            let there = read(model, IDS[*i]);
            let status = match there {
                200 if version(model, IDS[*i]) == *n => write(model, IDS[*i], *v),
                200 => 412,
                other => other,
            };
            ("PATCH", at(IDS[*i]), status)
        }
        Step::PatchTested(i, t, v) => {
            text = format!(
                r#"[{{"op":"test","path":"/identifier/0/value","value":"{t}"}},{}"#,
                &patch_of(*v)[1..]
            );
            let status = match read(model, IDS[*i]) {
                200 if current(model, IDS[*i]) == Some(*t) => write(model, IDS[*i], *v),
                200 => 422,
                other => other,
            };
            ("PATCH", at(IDS[*i]), status)
        }
        Step::PatchWhere(w, v) => {
            text = patch_of(*v);
            let status = match matching(model, *w).as_slice() {
                [] => 404,
                [one] => write(model, one, *v),
                _ => 412,
            };
            ("PATCH", by(*w), status)
        }
        Step::Delete(i) => {
            delete(model, IDS[*i]);
            ("DELETE", at(IDS[*i]), 204)
        }
        Step::DeleteIfMatch(i, n) => {
            headers.push(("if-match", tag(*n)));
            let holds = current(model, IDS[*i]).is_some() && version(model, IDS[*i]) == *n;
            if holds {
                delete(model, IDS[*i]);
            }
            ("DELETE", at(IDS[*i]), if holds { 204 } else { 412 })
        }
        Step::DeleteWhere(w) => {
            let status = match matching(model, *w).as_slice() {
                [] => 204,
                [one] => {
                    delete(model, one);
                    204
                }
                _ => 412,
            };
            ("DELETE", by(*w), status)
        }
        Step::CreateUnless(v) => {
            headers.push(("if-none-exist", format!("identifier=urn:v|{v}")));
            text = body("", *v);
            let status = match matching(model, *v).len() {
                0 => {
                    *created += 1;
                    write(model, &format!("id-{created}"), *v)
                }
                1 => 200,
                _ => 412,
            };
            ("POST", "/Basic".to_owned(), status)
        }
        Step::Count(v) => ("GET", format!("{}&_summary=count", by(*v)), 200),
        Step::Transaction(i, j, v, fails) => {
            let (first, second) = (IDS[*i], IDS[*j]);
            let read_url = if *fails { "Basic/none".to_owned() } else { format!("Basic/{first}") };
            text = format!(
                r#"{{"resourceType":"Bundle","type":"transaction","entry":[{{"request":{{"method":"GET","url":"{read_url}"}}}},{{"resource":{},"request":{{"method":"PUT","url":"Basic/{first}"}}}},{{"request":{{"method":"DELETE","url":"Basic/{second}"}}}}]}}"#,
                body(first, *v)
            );
            let status = match (i == j, *fails) {
                (true, _) => 400,
                (false, true) => 404,
                (false, false) => {
                    delete(model, second);
                    write(model, first, *v);
                    200
                }
            };
            ("POST", String::new(), status)
        }
    };
    if method == "PATCH" {
        headers.push(("content-type", PATCH.to_owned()));
    }
    Expected { method, path, headers, body: text, status }
}

async fn agrees(steps: &[Step]) {
    let server = Server::start();
    let mut model = Model::new();
    let mut created = 0;
    for (number, step) in steps.iter().enumerate() {
        let expected = expect(&mut model, step, &mut created);
        let headers: Vec<(&str, &str)> =
            expected.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = server.call(expected.method, &expected.path, &headers, &expected.body).await;
        assert_eq!(
            answer.status, expected.status,
            "step {number} {step:?} of {steps:?}: {}",
            answer.text
        );
        if answer.status.as_u16() >= 400 {
            answer.issue();
        }
        if let Step::Count(value) = step {
            assert_eq!(
                answer.json()["total"],
                matching(&model, *value).len(),
                "{number} {steps:?}"
            );
        }
    }
    for (id, versions) in &model {
        let last = server.get(&format!("/Basic/{id}")).await;
        assert_eq!(last.status, read(&model, id), "{id} after {steps:?}");
        if let Some(value) = current(&model, id) {
            assert_eq!(last.header("etag"), tag(versions.len() as u32), "{id} after {steps:?}");
            assert_eq!(last.json()["identifier"][0]["value"], value.to_string(), "{id}");
        }
        let history = server.get(&format!("/Basic/{id}/_history")).await.json();
        assert_eq!(history["total"], versions.len(), "{id} after {steps:?}");
    }
}

#[test]
fn requests_agree_with_a_naive_model() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let cases = std::env::var("CARELOOM_MODEL_CASES").ok().and_then(|n| n.parse().ok());
    let mut runner = TestRunner::new(Config::with_cases(cases.unwrap_or(60)));
    let steps = proptest::collection::vec(step(), 1..40);
    runner
        .run(&steps, |steps| {
            runtime.block_on(agrees(&steps));
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
