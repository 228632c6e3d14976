//! `$export`, of the system, of patients, of groups; its files.

use serde_json::{Value, json};

use crate::setup::{BASE, Server};

/// Patients a, b, c; observations of a and b and of nobody; a group of a and c.
async fn filled() -> Server {
    let server = Server::start();
    for (id, name) in [("a", "Shah"), ("b", "Jones"), ("c", "Evans")] {
        let patient = json!({"resourceType": "Patient", "id": id, "name": [{"family": name}],
            "birthDate": "1970-01-01"});
        server.put(&format!("/Patient/{id}"), &patient.to_string()).await;
    }
    for (id, subject, status) in [
        ("o1", Some("Patient/a"), "final"),
        ("o2", Some("http://127.0.0.1/fhir/Patient/b"), "amended"),
        ("o3", None, "final"),
        ("o4", Some("Patient/bb"), "final"),
    ] {
        let mut observation = json!({"resourceType": "Observation", "id": id, "status": status,
            "code": {"text": "Patient/a is only named here"}});
        if let Some(subject) = subject {
            observation["subject"] = json!({ "reference": subject });
        }
        server.put(&format!("/Observation/{id}"), &observation.to_string()).await;
    }
    server.put("/Organization/x", r#"{"resourceType":"Organization","id":"x","name":"X"}"#).await;
    let group = json!({"resourceType": "Group", "id": "g", "type": "person", "actual": true, "member": [
        {"entity": {"reference": "Patient/a"}},
        {"entity": {"reference": "Patient/b"}, "inactive": true},
        {"entity": {"reference": "Patient/c"}, "period": {"end": "2020"}},
        {"entity": {"reference": "Group/inner"}},
        {"entity": {"reference": "Group/g"}},
        {"entity": {"reference": "Device/d"}}]});
    server.put("/Group/g", &group.to_string()).await;
    let inner = json!({"resourceType": "Group", "id": "inner", "type": "person", "actual": true,
        "member": [{"entity": {"reference": "Patient/c"}}]});
    server.put("/Group/inner", &inner.to_string()).await;
    server
}

/// Everything in the files of a manifest, as sorted `Type/id`.
async fn ids(server: &Server, manifest: &Value) -> Vec<String> {
    let mut ids = Vec::new();
    for output in manifest["output"].as_array().expect("an output") {
        let lines = server.lines(&output["url"]).await;
        assert_eq!(output["count"], lines.len());
        for line in lines {
            assert_eq!(line["resourceType"], output["type"]);
            ids.push(format!("{}/{}", text(&line["resourceType"]), text(&line["id"])));
        }
    }
    ids.sort();
    ids
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

async fn exported(server: &Server, path: &str) -> Vec<String> {
    let job = server.begin("GET", path, &[], "").await;
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    let found = ids(server, &answer.json()).await;
    assert_eq!(server.call("DELETE", &job, &[], "").await.status, 202);
    found
}

#[tokio::test]
async fn an_export_holds_what_there_is() {
    let server = filled().await;
    server.put("/Patient/gone", r#"{"resourceType":"Patient","id":"gone"}"#).await;
    server.call("DELETE", "/Patient/gone", &[], "").await;
    let job = server.begin("GET", "/$export?_outputFormat=ndjson", &[], "").await;
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("expires").ends_with("GMT"));
    let manifest = answer.json();
    assert_eq!(manifest["transactionTime"], "2026-03-01T12:00:00.000Z");
    assert_eq!(manifest["request"], format!("{BASE}/$export?_outputFormat=ndjson"));
    assert_eq!(manifest["requiresAccessToken"], false);
    assert_eq!(manifest["error"], json!([]));
    assert_eq!(manifest.get("deleted"), None, "only with _since");
    let all = [
        "Group/g",
        "Group/inner",
        "Observation/o1",
        "Observation/o2",
        "Observation/o3",
        "Observation/o4",
        "Organization/x",
        "Patient/a",
        "Patient/b",
        "Patient/c",
    ];
    assert_eq!(ids(&server, &manifest).await, all);
    let whole = server.get("/Patient/a").await.text;
    let patients = &manifest["output"].as_array().unwrap().iter().find(|o| o["type"] == "Patient");
    let path = text(&patients.unwrap()["url"]).strip_prefix(BASE).unwrap().to_owned();
    assert!(server.get(&path).await.text.lines().any(|line| line == whole), "byte for byte");
    // Taken away, neither the job nor its files are there.
    assert_eq!(server.call("DELETE", &job, &[], "").await.status, 202);
    assert_eq!(server.get(&job).await.status, 404);
    assert_eq!(server.get(&path).await.status, 404);
    assert_eq!(server.call("DELETE", &job, &[], "").await.status, 404);
}

#[tokio::test]
async fn patients_and_groups() {
    let server = filled().await;
    let cases: [(&str, &[&str]); 6] = [
        (
            "/Patient/$export",
            &[
                "Group/g",
                "Group/inner",
                "Observation/o1",
                "Observation/o2",
                "Observation/o4",
                "Patient/a",
                "Patient/b",
                "Patient/c",
            ],
        ),
        ("/Patient/$export?_type=Patient", &["Patient/a", "Patient/b", "Patient/c"]),
        ("/Patient/$export?patient=Patient/b", &["Group/g", "Observation/o2", "Patient/b"]),
        (
            "/Group/g/$export",
            &["Group/g", "Group/inner", "Observation/o1", "Patient/a", "Patient/c"],
        ),
        ("/Group/g/$export?_type=Observation&patient=Patient/a", &["Observation/o1"]),
        ("/Group/inner/$export?_type=Observation,Patient", &["Patient/c"]),
    ];
    for (path, expected) in cases {
        assert_eq!(exported(&server, path).await, expected, "{path}");
    }
}

#[tokio::test]
async fn what_is_asked_for_narrows_an_export() {
    let server = filled().await;
    let cases: [(&str, &[&str]); 7] = [
        ("/$export?_type=Organization", &["Organization/x"]),
        (
            "/$export?_type=Organization&_type=Patient&_typeFilter=Patient?family=sh",
            &["Organization/x", "Patient/a"],
        ),
        (
            "/$export?_type=Patient&_typeFilter=Patient?family=sh,Patient?family=ev&_typeFilter=Patient%3F_id%3Db",
            &["Patient/a", "Patient/b", "Patient/c"],
        ),
        (
            "/$export?_type=Observation&_typeFilter=Observation?status=amended,final",
            &["Observation/o1", "Observation/o2", "Observation/o3", "Observation/o4"],
        ),
        ("/$export?_type=Observation&_typeFilter=Observation?status=amended", &["Observation/o2"]),
        (
            "/$export?_type=Patient&_since=2026-03-01T12:00:00Z",
            &["Patient/a", "Patient/b", "Patient/c"],
        ),
        ("/$export?_type=Patient&_since=2026-03-01T12:00:01Z", &[]),
    ];
    for (path, expected) in cases {
        assert_eq!(exported(&server, path).await, expected, "{path}");
    }
    let job =
        server.begin("GET", "/$export?_type=Patient&_elements=Patient.birthDate", &[], "").await;
    let manifest = server.done(&job).await.json();
    for patient in server.lines(&manifest["output"][0]["url"]).await {
        assert_eq!(patient["birthDate"], "1970-01-01");
        assert_eq!(patient.get("name"), None);
        assert_eq!(patient["meta"]["tag"][0]["code"], "SUBSETTED");
    }
}

#[tokio::test]
async fn deletions_since_are_listed() {
    let server = filled().await;
    for id in ["gone", "back"] {
        let patient = json!({"resourceType": "Patient", "id": id}).to_string();
        server.put(&format!("/Patient/{id}"), &patient).await;
        server.call("DELETE", &format!("/Patient/{id}"), &[], "").await;
    }
    server.put("/Patient/back", r#"{"resourceType":"Patient","id":"back"}"#).await;
    let path = "/$export?_type=Patient&_since=2026-03-01T12:00:00Z";
    let job = server.begin("GET", path, &[], "").await;
    let manifest = server.done(&job).await.json();
    assert_eq!(
        ids(&server, &manifest).await,
        ["Patient/a", "Patient/b", "Patient/back", "Patient/c"]
    );
    let deleted = &manifest["deleted"][0];
    assert_eq!((&deleted["type"], &deleted["count"]), (&json!("Bundle"), &json!(1)));
    let bundle = &server.lines(&deleted["url"]).await[0];
    assert_eq!(bundle["type"], "transaction");
    assert_eq!(bundle["entry"], json!([{"request": {"method": "DELETE", "url": "Patient/gone"}}]));
}

#[tokio::test]
async fn parameters_may_come_in_a_body() {
    let server = filled().await;
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "_type", "valueString": "Observation,Patient"},
        {"name": "_since", "valueInstant": "2026-01-01T00:00:00Z"},
        {"name": "patient", "valueReference": {"reference": "Patient/a"}},
        {"name": "patient", "valueReference": {"reference": "Patient/c"}}]})
    .to_string();
    for path in ["/Patient/$export", "/Group/g/$export"] {
        let job = server.begin("POST", path, &[], &body).await;
        let manifest = server.done(&job).await.json();
        assert_eq!(ids(&server, &manifest).await, ["Observation/o1", "Patient/a", "Patient/c"]);
    }
    let body = r#"{"resourceType":"Parameters","parameter":[{"name":"_type","valueString":"Organization"}]}"#;
    let job = server.begin("POST", "/$export", &[], body).await;
    let manifest = server.done(&job).await.json();
    assert_eq!(ids(&server, &manifest).await, ["Organization/x"]);
    for wrong in [
        r#"{"resourceType":"Patient"}"#,
        r#"{"resourceType":"Parameters","parameter":[{"name":"_type"}]}"#,
        r#"{"resourceType":"Parameters","parameter":[{"valueString":"x"}]}"#,
    ] {
        let answer = server.call("POST", "/$export", &[("prefer", "respond-async")], wrong).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn wrong_kick_offs_say_what_is_wrong() {
    let server = filled().await;
    let cases = [
        ("/$export?_outputFormat=application/fhir%2Bparquet", 400, "_outputFormat"),
        ("/$export?_since=yesterday", 400, "_since"),
        ("/$export?_since=2026-03-01", 400, "_since"),
        ("/$export?_type=Patient,Patent", 400, "_type"),
        ("/$export?_type=Patient&_typeFilter=Observation?status=final", 400, "_typeFilter"),
        ("/$export?_typeFilter=Patient", 400, "_typeFilter"),
        ("/$export?_typeFilter=Patient?_sort=name", 400, "_typeFilter"),
        ("/$export?_typeFilter=Patient?hair=red", 400, "hair"),
        ("/$export?_elements=Patient.hair", 400, "_elements"),
        ("/$export?_elements=a/b", 400, "_elements"),
        ("/$export?patient=Patient/a", 400, "patient"),
        ("/$export?hair=red", 400, "hair"),
        ("/$export?includeAssociatedData=LatestProvenanceResources", 501, "includeAssociatedData"),
        ("/Patient/$export?_type=Organization", 400, "_type"),
        ("/Patient/$export?patient=a", 400, "patient"),
        ("/Group/g/$export?patient=Patient/b", 400, "patient"),
        ("/Group/none/$export", 404, "Group/none"),
        ("/Group/$export", 501, ""),
        ("/Observation/$export", 501, ""),
        ("/Patient/a/$export", 501, ""),
        ("/Patent/$export", 404, "Patent"),
    ];
    for (path, status, expression) in cases {
        let answer = server.call("GET", path, &[("prefer", "respond-async")], "").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.issue().1, expression, "{path}: {}", answer.text);
    }
    let answer = server.get("/$export").await;
    assert_eq!((answer.status.as_u16(), answer.issue().1.as_str()), (400, "Prefer"));
    let lenient = [("prefer", "respond-async, handling=lenient")];
    let answer =
        server.call("GET", "/$export?includeAssociatedData=x&hair=red", &lenient, "").await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    let described = json!({"resourceType": "Group", "id": "d", "type": "person", "actual": false,
        "characteristic": [{"code": {"text": "x"}, "valueBoolean": true, "exclude": false}]});
    server.put("/Group/d", &described.to_string()).await;
    let answer = server.call("GET", "/Group/d/$export", &[("prefer", "respond-async")], "").await;
    assert_eq!(answer.status, 501, "{}", answer.text);
}

#[tokio::test]
async fn files_are_served_whole_and_in_parts() {
    let server = filled().await;
    let job = server.begin("GET", "/$export?_type=Organization", &[], "").await;
    let manifest = server.done(&job).await.json();
    let path = text(&manifest["output"][0]["url"]).strip_prefix(BASE).unwrap().to_owned();
    let whole = server.get(&path).await;
    let length = whole.text.len();
    assert_eq!(whole.header("content-length"), length.to_string());
    assert_eq!(whole.header("accept-ranges"), "bytes");
    let head = server.call("HEAD", &path, &[], "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-length"), length.to_string());
    let last = length - 1;
    let cases = [
        ("bytes=0-0", 206, &whole.text[..1], format!("bytes 0-0/{length}")),
        ("bytes=5-", 206, &whole.text[5..], format!("bytes 5-{last}/{length}")),
        (
            "bytes=-4",
            206,
            &whole.text[length - 4..],
            format!("bytes {}-{last}/{length}", length - 4),
        ),
        ("bytes=2-9999", 206, &whole.text[2..], format!("bytes 2-{last}/{length}")),
        ("bytes=9999-", 416, "", format!("bytes */{length}")),
        ("bytes=0-1,3-4", 200, whole.text.as_str(), String::new()),
        ("rows=1-2", 200, whole.text.as_str(), String::new()),
    ];
    for (range, status, text, content_range) in cases {
        let part = server.call("GET", &path, &[("range", range)], "").await;
        assert_eq!(part.status, status, "{range}");
        assert_eq!(part.text, text, "{range}");
        assert_eq!(part.header("content-range"), content_range, "{range}");
    }
    let tag = whole.header("etag").to_owned();
    let known = server.call("GET", &path, &[("if-none-match", &tag)], "").await;
    assert_eq!((known.status.as_u16(), known.text.as_str()), (304, ""));
    let of_another = [("range", "bytes=0-0"), ("if-range", "\"other\"")];
    assert_eq!(server.call("GET", &path, &of_another, "").await.text, whole.text);
    for wrong in
        ["/../store.db", "/%2e%2e%2ftest.db", "/patients", "/.lock", "/Organization-2.ndjson"]
    {
        let answer = server.get(&format!("{job}{wrong}")).await;
        assert_eq!(answer.status, 404, "{wrong}: {}", answer.text);
    }
    assert_eq!(server.get("/$job/..%2F..%2Ftest.db/x").await.status, 404);
}

#[tokio::test]
async fn only_so_many_are_kept() {
    let server = filled().await;
    let mut jobs = Vec::new();
    for _ in 0..5 {
        jobs.push(server.begin("GET", "/$export?_type=Patient", &[], "").await);
    }
    let headers = [("prefer", "respond-async")];
    let answer = server.call("GET", "/$export?_type=Patient", &headers, "").await;
    assert_eq!((answer.status.as_u16(), answer.issue().0.as_str()), (429, "throttled"));
    assert_eq!(answer.header("retry-after"), "10");
    assert_eq!(server.call("DELETE", &jobs[0], &[], "").await.status, 202);
    assert_eq!(server.call("GET", "/$export?_type=Patient", &headers, "").await.status, 202);
}

/// Who has chosen that their record serves their care only is in no export but one for care; wherever else
/// they are known, and whatever leads to them.
#[tokio::test]
async fn who_has_chosen_so_is_left_out() {
    let server = filled().await;
    let consent = json!({"resourceType": "Consent", "id": "no", "status": "active",
        "scope": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "research"}]},
        "category": [{"coding": [{"system": "urn:careloom:consent", "code": "no-research"}]}],
        "patient": {"reference": "Patient/a"}, "dateTime": "2026-01-01",
        "provision": {"type": "deny"}});
    server.put("/Consent/no", &consent.to_string()).await;
    let inactive =
        consent.to_string().replace("\"active\"", "\"inactive\"").replace("\"no\"", "\"was\"");
    server.put("/Consent/was", &inactive.replace("Patient/a", "Patient/b")).await;
    let types = "_type=Patient,Observation,Group,Consent";
    let all = exported(&server, &format!("/$export?{types}&_purpose=care")).await;
    assert_eq!(
        all,
        [
            "Consent/no",
            "Consent/was",
            "Group/g",
            "Group/inner",
            "Observation/o1",
            "Observation/o2",
            "Observation/o3",
            "Observation/o4",
            "Patient/a",
            "Patient/b",
            "Patient/c"
        ]
    );
    let rest = [
        "Consent/was",
        "Group/inner",
        "Observation/o2",
        "Observation/o3",
        "Observation/o4",
        "Patient/b",
        "Patient/c",
    ];
    for purpose in ["", "&_purpose=research-planning"] {
        assert_eq!(
            exported(&server, &format!("/$export?{types}{purpose}")).await,
            rest,
            "{purpose}"
        );
    }
    assert_eq!(exported(&server, "/Group/g/$export?_type=Patient").await, ["Patient/c"]);
    assert_eq!(
        exported(&server, "/Patient/$export?_type=Patient,Observation").await,
        ["Observation/o2", "Observation/o4", "Patient/b", "Patient/c"]
    );
    for (query, left_out) in [("", json!(1)), ("&_purpose=care", Value::Null)] {
        let job = server.begin("GET", &format!("/$export?_type=Patient{query}"), &[], "").await;
        let manifest = server.done(&job).await.json();
        assert_eq!(manifest["extension"]["urn:careloom:left-out-by-choice"], left_out, "{query}");
    }
    let refused =
        server.call("GET", "/$export?_purpose=fun", &[("prefer", "respond-async")], "").await;
    assert_eq!(refused.status, 400, "{}", refused.text);
}
