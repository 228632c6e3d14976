//! `PATCH /{type}/{id}`. Spec: <https://hl7.org/fhir/R4/http.html#patch>.

use crate::setup::{Headers, Server};

pub(crate) const PATIENT: &str = r#"{"resourceType":"Patient","id":"a","meta":{"tag":[{"code":"t"}]},"identifier":[{"system":"urn:s","value":"1"}],"active":true,"name":[{"family":"Shah","given":["Asha"]}],"multipleBirthInteger":2}"#;

type Header = (&'static str, &'static str);

pub(crate) const JSON: Header = ("content-type", "application/json-patch+json");
const FHIR: Header = ("content-type", "application/fhir+json");
pub(crate) const XML: Header = ("content-type", "application/xml-patch+xml");

/// A patch of [`PATIENT`], and what a part of it is afterwards.
const DONE: &[(Header, &str, &str, &str)] = &[
    (JSON, r#"[{"op":"replace","path":"/active","value":false}]"#, "/active", "false"),
    (JSON, r#"[{"op":"add","path":"/name/-","value":{"text":"A"}}]"#, "/name/1", r#"{"text":"A"}"#),
    (JSON, r#"[{"op":"remove","path":"/name/0/given/0"}]"#, "/name/0", r#"{"family":"Shah"}"#),
    (
        JSON,
        r#"[{"op":"remove","path":"/name/0/given"},{"op":"remove","path":"/name/0/family"}]"#,
        "/name",
        "null",
    ),
    (
        JSON,
        r#"[{"op":"move","from":"/name/0/family","path":"/name/0/text"}]"#,
        "/name/0/text",
        r#""Shah""#,
    ),
    (
        JSON,
        r#"[{"op":"test","path":"/multipleBirthInteger","value":2.0},{"op":"add","path":"/gender","value":"male"}]"#,
        "/gender",
        r#""male""#,
    ),
    (JSON, "[]", "/active", "true"),
    // What the server sets is set whatever the patch says.
    (
        JSON,
        r#"[{"op":"replace","path":"/meta/versionId","value":"9"}]"#,
        "/meta/versionId",
        r#""2""#,
    ),
    (JSON, r#"[{"op":"remove","path":"/meta"}]"#, "/meta/tag", "null"),
    (
        FHIR,
        r#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient.name[0]"},{"name":"name","valueString":"given"},{"name":"value","valueString":"B"}]}]}"#,
        "/name/0/given/1",
        r#""B""#,
    ),
    (
        ("content-type", "application/fhir+xml"),
        r#"<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="delete"/></part><part><name value="path"/><valueString value="Patient.identifier.where(system='urn:s')"/></part></parameter></Parameters>"#,
        "/identifier",
        "null",
    ),
    (
        XML,
        r#"<diff><replace sel="f:Patient/f:active/@value">false</replace></diff>"#,
        "/active",
        "false",
    ),
    (
        XML,
        r#"<diff xmlns="http://hl7.org/fhir"><add sel="f:Patient/f:name"><given value="B"/></add></diff>"#,
        "/name/0/given/1",
        r#""B""#,
    ),
    (
        XML,
        r#"<diff><add sel="f:Patient"><gender value="male"/></add></diff>"#,
        "/gender",
        r#""male""#,
    ),
    (
        XML,
        r#"<diff><remove sel="f:Patient/f:identifier[f:value/@value='1']"/></diff>"#,
        "/identifier",
        "null",
    ),
    (
        XML,
        r#"<diff><add sel="f:Patient"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">x</div></text></add></diff>"#,
        "/text/status",
        r#""generated""#,
    ),
];

#[tokio::test]
async fn what_patches_do() {
    for (kind, patch, pointer, expected) in DONE {
        let server = Server::start();
        server.put("/Patient/a", PATIENT).await;
        let headers = [*kind, ("accept", "application/fhir+json")];
        let answer = server.call("PATCH", "/Patient/a", &headers, patch).await;
        assert_eq!(answer.status, 200, "{patch}: {}", answer.text);
        assert_eq!(answer.header("etag"), "W/\"2\"", "{patch}");
        assert_eq!(answer.header("location"), "http://127.0.0.1/fhir/Patient/a/_history/2");
        let json = answer.json();
        let found = json.pointer(pointer).map_or("null".to_owned(), ToString::to_string);
        assert_eq!(found, *expected, "{patch}: {}", answer.text);
        assert_eq!(server.get("/Patient/a").await.text, answer.text, "it is what is stored");
        assert_eq!(json["multipleBirthInteger"].to_string(), "2", "the rest stays as it was");
    }
}

/// A patch that is refused, its status, and the code and expression of the first issue.
const REFUSED: &[(Header, &str, u16, &str, &str)] = &[
    (JSON, "", 400, "structure", "body"),
    (JSON, "{", 400, "structure", "line 1 column 2"),
    (JSON, "{}", 400, "structure", ""),
    (JSON, r#"[{"op":"put","path":"/active"}]"#, 400, "structure", "/active"),
    (JSON, r#"[{"op":"add","path":"active","value":1}]"#, 400, "structure", "active"),
    (JSON, r#"[{"op":"remove","path":"/gender"}]"#, 422, "processing", "/gender"),
    (JSON, r#"[{"op":"add","path":"/name/7","value":{}}]"#, 422, "processing", "/name/7"),
    (JSON, r#"[{"op":"test","path":"/active","value":false}]"#, 422, "business-rule", "/active"),
    // The result must be a resource, the same one, and right.
    (JSON, r#"[{"op":"replace","path":"/id","value":"b"}]"#, 422, "processing", "id"),
    (JSON, r#"[{"op":"remove","path":"/id"}]"#, 422, "processing", "id"),
    (
        JSON,
        r#"[{"op":"replace","path":"/resourceType","value":"Person"}]"#,
        422,
        "processing",
        "resourceType",
    ),
    (JSON, r#"[{"op":"replace","path":"","value":[]}]"#, 422, "processing", ""),
    (JSON, r#"[{"op":"add","path":"/sex","value":"f"}]"#, 422, "structure", "Patient.sex"),
    (JSON, r#"[{"op":"add","path":"/active","value":"yes"}]"#, 422, "", "Patient.active"),
    (
        JSON,
        r#"[{"op":"add","path":"/birthDate","value":"14/02/58"}]"#,
        422,
        "",
        "Patient.birthDate",
    ),
    (XML, "<diff", 400, "structure", ""),
    (XML, "<diff/>", 400, "structure", ""),
    (
        XML,
        r#"<diff><remove sel="f:Patient/f:name["/></diff>"#,
        400,
        "structure",
        "f:Patient/f:name[",
    ),
    (
        XML,
        r#"<diff><remove sel="f:Patient/f:gender"/></diff>"#,
        422,
        "processing",
        "f:Patient/f:gender",
    ),
    (
        XML,
        r#"<diff><remove sel="f:Patient/f:active/@value"/></diff>"#,
        422,
        "structure",
        "Patient.active",
    ),
    (
        XML,
        r#"<diff><add sel="f:Patient"><sex value="f"/></add></diff>"#,
        422,
        "structure",
        "Patient.sex",
    ),
    (
        XML,
        r#"<diff><add sel="f:Patient"><active value="true"/></add></diff>"#,
        422,
        "structure",
        "Patient.active",
    ),
    (
        XML,
        r#"<diff><replace sel="f:Patient/f:id/@value">b</replace></diff>"#,
        422,
        "processing",
        "id",
    ),
    (XML, r#"<!DOCTYPE d [<!ENTITY e "x">]><diff/>"#, 400, "structure", ""),
    (("content-type", "application/json"), "[]", 415, "not-supported", "Content-Type"),
    (("content-type", "text/plain"), "[]", 415, "not-supported", "Content-Type"),
    (("content-type", "application/fhir+json"), PATIENT, 400, "invalid", "resourceType"),
    (("content-type", "application/fhir+json"), "[]", 400, "invalid", "resourceType"),
    (
        ("content-type", "application/fhir+json; fhirVersion=5.0"),
        PATIENT,
        415,
        "not-supported",
        "Content-Type",
    ),
];

#[tokio::test]
async fn what_patches_refuse() {
    let server = Server::start();
    server.put("/Patient/a", PATIENT).await;
    for (kind, patch, status, code, expression) in REFUSED {
        let answer = server.call("PATCH", "/Patient/a", &[*kind], patch).await;
        assert_eq!(answer.status, *status, "{kind:?} {patch}: {}", answer.text);
        let issue = answer.issue();
        assert!(code.is_empty() || issue.0 == *code, "{patch}: {issue:?}");
        assert_eq!(issue.1, *expression, "{patch}: {}", answer.text);
        assert_eq!(answer.header("accept-patch").is_empty(), *status != 415, "{patch}");
        assert!(!answer.text.contains("Shah"), "no value of the resource: {}", answer.text);
    }
    assert_eq!(server.get("/Patient/a").await.header("etag"), "W/\"1\"", "nothing was written");
}

#[tokio::test]
async fn what_a_patch_is_aimed_at() {
    let patch = r#"[{"op":"add","path":"/gender","value":"male"}]"#;
    let cases: &[(&str, Headers, u16, &str)] = &[
        ("/Patient/a", &[("if-match", "W/\"1\"")], 200, ""),
        ("/Patient/a", &[("if-match", "W/\"2\"")], 412, "If-Match"),
        ("/Patient/a", &[("if-match", "two")], 400, "If-Match"),
        ("/Patient/none", &[], 404, "Patient/none"),
        ("/Patient/none", &[("if-match", "W/\"1\"")], 404, "Patient/none"),
        ("/Patient/gone", &[], 410, "Patient/gone"),
        ("/Patient/a_b", &[], 400, "id"),
        ("/Nosuch/a", &[], 404, "Nosuch"),
        ("/Patient/a", &[("if-match", "*")], 200, ""),
        ("/Patient/a", &[("if-match", "W/\"2\", W/\"1\"")], 200, ""),
        ("/Patient/a", &[("if-match", "W/\"2\", W/\"3\"")], 412, "If-Match"),
        ("/Patient/a", &[("if-none-match", "*")], 412, "If-None-Match"),
        ("/Patient/a", &[("if-none-match", "W/\"1\"")], 412, "If-None-Match"),
        ("/Patient/a", &[("if-none-match", "W/\"2\"")], 200, ""),
        ("/Patient/a", &[("if-none-match", "1")], 400, "If-None-Match"),
        ("/Patient/a", &[("if-none-match", "*"), ("if-match", "*")], 400, "If-None-Match"),
        ("/Patient/a", &[("if-unmodified-since", "Sun, 01 Mar 2026 12:00:00 GMT")], 200, ""),
        (
            "/Patient/a",
            &[("if-unmodified-since", "Sun, 01 Mar 2026 11:59:59 GMT")],
            412,
            "If-Unmodified-Since",
        ),
        ("/Patient/a", &[("if-none-exist", "_id=b")], 400, "If-None-Exist"),
        // What is not there is not there, whatever the conditions.
        ("/Patient/none", &[("if-none-match", "*")], 404, "Patient/none"),
        ("/Patient/gone", &[("if-match", "*")], 410, "Patient/gone"),
    ];
    for (path, conditions, status, expression) in cases {
        let server = Server::start();
        server.put("/Patient/a", PATIENT).await;
        server.put("/Patient/gone", r#"{"resourceType":"Patient","id":"gone"}"#).await;
        server.call("DELETE", "/Patient/gone", &[], "").await;
        let headers = [&[JSON], *conditions].concat();
        let answer = server.call("PATCH", path, &headers, patch).await;
        assert_eq!(answer.status, *status, "{path} {conditions:?}: {}", answer.text);
        if *status >= 400 {
            assert_eq!(answer.issue().1, *expression, "{path} {conditions:?}");
        }
        let version = if *status == 200 { "W/\"2\"" } else { "W/\"1\"" };
        assert_eq!(server.get("/Patient/a").await.header("etag"), version, "{path} {conditions:?}");
    }
}

/// Patches at once are all done, one on the other, since none names a version.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn patches_at_once_all_count() {
    let server = std::sync::Arc::new(Server::with(|options| options.conflict_retries_max = 1_000));
    server.put("/Patient/a", PATIENT).await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let server = std::sync::Arc::clone(&server);
        tasks.spawn(async move {
            let patch = format!(r#"[{{"op":"add","path":"/name/0/given/-","value":"n{number}"}}]"#);
            server.call("PATCH", "/Patient/a", &[JSON], &patch).await.status.as_u16()
        });
    }
    assert!(tasks.join_all().await.iter().all(|status| *status == 200));
    let after = server.get("/Patient/a").await.json();
    assert_eq!(after["name"][0]["given"].as_array().map(Vec::len), Some(21));
    assert_eq!(after["meta"]["versionId"], "21");
}
