//! What the CapabilityStatement claims of versions, conditions, patches, references and includes is
//! done, and what it does not claim is refused.
//! Spec: <https://hl7.org/fhir/R4/capabilitystatement-definitions.html#CapabilityStatement.rest.resource>.

use serde_json::Value;

use crate::setup::Server;

const PATIENT: &str =
    r#"{"resourceType":"Patient","id":"a","identifier":[{"system":"urn:s","value":"1"}]}"#;

async fn claims(server: &Server, type_name: &str) -> Value {
    let statement = server.get("/metadata").await.json();
    let resources = statement["rest"][0]["resource"].as_array().unwrap().clone();
    resources.into_iter().find(|resource| resource["type"] == type_name).unwrap()
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().map_or(Vec::new(), |list| list.iter().map(|v| v.as_str().unwrap()).collect())
}

/// A patch in each format that there is, and in some that are none.
const PATCHES: &[(&str, &str)] = &[
    ("application/json-patch+json", r#"[{"op":"add","path":"/active","value":true}]"#),
    (
        "application/xml-patch+xml",
        r#"<diff><add sel="f:Patient"><active value="true"/></add></diff>"#,
    ),
    (
        "application/fhir+json",
        r#"{"resourceType":"Parameters","parameter":[{"name":"operation","part":[{"name":"type","valueCode":"add"},{"name":"path","valueString":"Patient"},{"name":"name","valueString":"active"},{"name":"value","valueBoolean":true}]}]}"#,
    ),
    (
        "application/fhir+xml",
        r#"<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="add"/></part><part><name value="path"/><valueString value="Patient"/></part><part><name value="name"/><valueString value="active"/></part><part><name value="value"/><valueBoolean value="true"/></part></parameter></Parameters>"#,
    ),
    ("application/merge-patch+json", r#"{"active":true}"#),
    ("application/json", r#"[{"op":"add","path":"/active","value":true}]"#),
    ("application/xml", r#"<diff><add sel="f:Patient"><active value="true"/></add></diff>"#),
    ("text/plain", "active = true"),
];

#[tokio::test]
async fn patches_are_taken_in_the_formats_that_are_claimed() {
    let server = Server::start();
    let statement = server.get("/metadata").await.json();
    let claimed = texts(&statement["patchFormat"]);
    assert!(claimed.iter().all(|format| PATCHES.iter().any(|(name, _)| name == format)));
    assert_eq!(claimed.len(), 4, "{claimed:?}");
    for (format, patch) in PATCHES {
        server.put("/Patient/a", PATIENT).await;
        let headers = [("content-type", *format), ("accept", "application/fhir+json")];
        let answer = server.call("PATCH", "/Patient/a", &headers, patch).await;
        if claimed.contains(format) {
            assert_eq!(answer.status, 200, "{format}: {}", answer.text);
            assert_eq!(answer.json()["active"], true, "{format}");
        } else {
            assert_eq!(answer.status, 415, "{format}: {}", answer.text);
            let taken: Vec<&str> = answer.header("accept-patch").split(", ").collect();
            assert_eq!(taken, claimed, "{format}");
        }
    }
}

#[tokio::test]
async fn versions_and_conditions() {
    let server = Server::start();
    let patient = claims(&server, "Patient").await;
    let claimed = |name: &str, expected: Value| assert_eq!(patient[name], expected, "{name}");
    claimed("updateCreate", true.into());
    assert_eq!(server.call("PUT", "/Patient/a", &[], PATIENT).await.status, 201);
    claimed("versioning", "versioned-update".into());
    let stale = [("if-match", "W/\"7\"")];
    assert_eq!(server.call("PUT", "/Patient/a", &stale, PATIENT).await.status, 412);
    server.put("/Patient/a", PATIENT).await;
    claimed("readHistory", true.into());
    let first = server.get("/Patient/a/_history/1").await;
    assert_eq!((first.status.as_u16(), first.header("etag")), (200, "W/\"1\""));
    claimed("conditionalCreate", true.into());
    let exist = [("if-none-exist", "identifier=urn:s|1")];
    let found = server.call("POST", "/Patient", &exist, PATIENT).await;
    assert_eq!((found.status.as_u16(), found.header("etag")), (200, "W/\"2\""));
    claimed("conditionalRead", "full-support".into());
    for condition in
        [("if-none-match", "W/\"2\""), ("if-modified-since", "Sun, 01 Mar 2026 12:00:00 GMT")]
    {
        let answer = server.call("GET", "/Patient/a", &[condition], "").await;
        assert_eq!(answer.status, 304, "{condition:?}");
    }
    claimed("conditionalUpdate", true.into());
    let where_it_is = "/Patient?identifier=urn:s|1";
    let updated = server.call("PUT", where_it_is, &[], PATIENT).await;
    assert_eq!((updated.status.as_u16(), updated.header("etag")), (200, "W/\"3\""));
}

#[tokio::test]
async fn conditional_deletes_of_as_many_as_is_claimed() {
    for (max, expected, status) in [(1, "single", 412), (5, "multiple", 204)] {
        let server = Server::with(|options| options.conditional_delete_max = max);
        assert_eq!(claims(&server, "Patient").await["conditionalDelete"], expected);
        for _ in 0..2 {
            server.call("POST", "/Patient", &[], PATIENT).await;
        }
        let at = "/Patient?identifier=urn:s|1";
        let answer = server.call("DELETE", at, &[], "").await;
        assert_eq!(answer.status, status, "{expected}: {}", answer.text);
    }
}

/// A literal reference stays as it was sent, and one by the whole address of this server is the same.
#[tokio::test]
async fn references() {
    let server = Server::start();
    let policy = claims(&server, "Observation").await["referencePolicy"].clone();
    assert_eq!(texts(&policy), ["literal", "local"]);
    server.put("/Patient/a", PATIENT).await;
    for (id, reference) in [("x", "Patient/a"), ("y", "http://127.0.0.1/fhir/Patient/a")] {
        let body = format!(
            r#"{{"resourceType":"Observation","id":"{id}","status":"final","code":{{"text":"x"}},"subject":{{"reference":"{reference}"}}}}"#
        );
        let stored = server.put(&format!("/Observation/{id}"), &body).await.json();
        assert_eq!(stored["subject"]["reference"], reference);
    }
    for query in ["subject=Patient/a", "patient.identifier=urn:s|1"] {
        let found = server.get(&format!("/Observation?{query}&_total=accurate")).await.json();
        assert_eq!(found["total"], 2, "{query}");
    }
}

/// Each include that is claimed is followed; one that no type claims is refused.
#[tokio::test]
async fn includes() {
    let server = Server::start();
    for type_name in ["Patient", "Observation", "Encounter", "Binary"] {
        let claimed = claims(&server, type_name).await;
        let includes = texts(&claimed["searchInclude"]);
        let reverse = texts(&claimed["searchRevInclude"]);
        for (name, values) in [("_include", &includes), ("_revinclude", &reverse)] {
            for value in values {
                let answer = server.get(&format!("/{type_name}?{name}={value}")).await;
                assert_eq!(answer.status, 200, "{type_name} {name}={value}: {}", answer.text);
            }
        }
        let all = definitions::embedded();
        let of_type = all.resource_type(type_name).unwrap();
        for parameter in all.search_parameters(of_type) {
            let value = format!("{type_name}:{}", parameter.code);
            let answer = server.get(&format!("/{type_name}?_include={value}")).await;
            let is_claimed = includes.contains(&value.as_str());
            assert_eq!(answer.status == 200, is_claimed, "{value}: {}", answer.text);
        }
        for value in ["Observation:encounter", "Encounter:subject", "Provenance:target"] {
            let answer = server.get(&format!("/{type_name}?_revinclude={value}")).await;
            let is_claimed = reverse.contains(&value);
            assert_eq!(answer.status == 200, is_claimed, "{type_name} {value}: {}", answer.text);
        }
    }
}

/// Each interaction of a type that is claimed is done, each of a system too.
#[tokio::test]
async fn interactions() {
    let bundle = |kind: &str| format!(r#"{{"resourceType":"Bundle","type":"{kind}"}}"#);
    let (batch, transaction) = (bundle("batch"), bundle("transaction"));
    let of_type = [
        ("read", "GET", "/Patient/a", "", 200),
        ("vread", "GET", "/Patient/a/_history/1", "", 200),
        ("update", "PUT", "/Patient/a", PATIENT, 200),
        ("patch", "PATCH", "/Patient/a", "[]", 200),
        ("delete", "DELETE", "/Patient/a", "", 204),
        ("history-instance", "GET", "/Patient/a/_history", "", 200),
        ("history-type", "GET", "/Patient/_history", "", 200),
        ("create", "POST", "/Patient", PATIENT, 201),
        ("search-type", "GET", "/Patient?_id=a", "", 200),
    ];
    let of_system = [
        ("transaction", "POST", "/", transaction.as_str(), 200),
        ("batch", "POST", "/", batch.as_str(), 200),
        ("search-system", "GET", "/?_type=Patient", "", 200),
        ("history-system", "GET", "/_history", "", 200),
    ];
    let server = Server::start();
    let statement = server.get("/metadata").await.json();
    let resources = statement["rest"][0]["resource"].as_array().unwrap();
    let codes = |listed: &Value| -> Vec<String> {
        let listed = listed.as_array().unwrap().iter();
        listed.map(|each| each["code"].as_str().unwrap().to_owned()).collect()
    };
    let known: Vec<&str> = of_type.iter().map(|row| row.0).collect();
    for resource in resources {
        assert_eq!(codes(&resource["interaction"]), known, "{}", resource["type"]);
    }
    let known: Vec<&str> = of_system.iter().map(|row| row.0).collect();
    assert_eq!(codes(&statement["rest"][0]["interaction"]), known);
    for (code, method, path, body, status) in of_type.iter().chain(&of_system) {
        server.put("/Patient/a", PATIENT).await;
        let kind = match *code {
            "patch" => "application/json-patch+json",
            _ => "application/fhir+json",
        };
        let answer = server.call(method, path, &[("content-type", kind)], body).await;
        assert_eq!(answer.status, *status, "{code}: {}", answer.text);
    }
}
