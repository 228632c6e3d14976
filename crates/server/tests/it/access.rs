//! Another person's record, by every route and interaction of the OpenAPI document: nobody gets at it,
//! whatever they ask. A new route is in the document, and so is tried here.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::HeaderMap;
use fhir::ResourceId;
use interactions::{
    AppGrant, Caller, Category, Citizen, Failure, Opened, Role, Scopes, Staff, Who,
};
use serde_json::{Value, json};

use crate::setup::{Answer, NOW, Server};

/// Stands in everything of the other person, and nowhere else.
pub(crate) const SECRET: &str = "zqsecretqz";
/// The header that a test's caller is named by.
const WHO: &str = "x-test-caller";

/// Takes callers at their word.
struct Named;

impl server::Gate for Named {
    fn caller<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> std::pin::Pin<Box<dyn Future<Output = Result<Caller, Failure>> + Send + 'a>> {
        let name = headers.get(WHO).and_then(|value| value.to_str().ok()).unwrap_or("nobody");
        let caller = match name {
            "bad" => Err(Failure::plain(
                Category::NotSignedIn,
                fhir::IssueCode::Login,
                "the token is not known or has expired",
            )),
            name => Ok(caller(name)),
        };
        Box::pin(std::future::ready(caller))
    }
}

fn id(text: &str) -> ResourceId {
    ResourceId::parse(text).expect("an id")
}

#[expect(clippy::unnecessary_wraps, reason = "it stands where an option stands")]
fn grant(scopes: &str, patients: &[&str]) -> Option<Arc<AppGrant>> {
    let known = |name: &str| definitions::embedded().resource_type(name);
    let scopes = Scopes::parse(scopes, &known).expect("scopes");
    let patients = patients.iter().map(|text| id(text)).collect();
    Some(Arc::new(AppGrant { client: "app".into(), scopes, patients }))
}

fn caller(name: &str) -> Caller {
    let citizen = |may_read| {
        Who::Citizen(Arc::new(Citizen {
            account: "me".into(),
            person: id("me"),
            subject: id("me"),
            patients: vec![id("mine")],
            may_read,
            levels: Vec::new(),
            withheld: Vec::new(),
            proxy: None,
        }))
    };
    let staff = |role, opened| {
        Who::Staff(Arc::new(Staff {
            account: "s".into(),
            practitioner: id("doc"),
            name: "Dr A".into(),
            role,
            organisation: "The Surgery".into(),
            sources: vec!["urn:surgery".into()],
            opened,
        }))
    };
    let (who, app) = match name {
        "operator" => (Who::Operator, None),
        "citizen" => (citizen(true), None),
        "citizen at p5" => (citizen(false), None),
        "app" => (citizen(true), grant("patient/*.cruds openid", &["mine"])),
        "narrow app" => (citizen(true), grant("patient/Observation.rs?status=final", &["mine"])),
        "app of nothing" => (citizen(true), grant("openid", &["mine"])),
        "clinician" => (staff(Role::Clinician, Vec::new()), None),
        "clinician who opened it" => {
            let opened = Opened { person: id("them"), until: NOW + 60_000_000 };
            (staff(Role::Clinician, vec![opened]), None)
        }
        "receptionist" => (staff(Role::Receptionist, Vec::new()), None),
        "integration" => (staff(Role::Integration, Vec::new()), None),
        "service" => (Who::Service { client: "svc".into() }, grant("system/Organization.rs", &[])),
        "reporting" => (Who::Service { client: "rep".into() }, grant("system/*.rs", &[])),
        _ => (Who::Nobody, None),
    };
    Caller { who, app, purpose: "TREAT" }
}

/// A resource of a person, with words that only it has.
fn resources(whose: &str, words: &str, source: &str) -> Vec<Value> {
    let patient = json!({"reference": format!("Patient/{whose}")});
    let code = json!({"coding": [{"system": "urn:codes", "code": words}], "text": words});
    let mut all = vec![
        json!({"resourceType": "Patient", "id": whose, "name": [{"family": words}], "gender": "female",
            "identifier": [{"system": "urn:numbers", "value": words}]}),
        json!({"resourceType": "Observation", "id": format!("{whose}-o"), "status": "final", "code": code, "subject": patient, "valueString": words}),
        json!({"resourceType": "Condition", "id": format!("{whose}-c"), "code": code, "subject": patient}),
        json!({"resourceType": "MedicationRequest", "id": format!("{whose}-m"), "status": "active", "intent": "order", "medicationCodeableConcept": code, "subject": patient}),
        json!({"resourceType": "AllergyIntolerance", "id": format!("{whose}-a"), "code": code, "patient": patient}),
        json!({"resourceType": "Encounter", "id": format!("{whose}-e"), "status": "finished", "class": {"code": words}, "subject": patient}),
        json!({"resourceType": "DocumentReference", "id": format!("{whose}-d"), "status": "current", "description": words, "subject": patient, "content": [{"attachment": {"title": words}}]}),
        json!({"resourceType": "Appointment", "id": format!("{whose}-ap"), "status": "booked", "description": words, "participant": [{"actor": patient, "status": "accepted"}]}),
        json!({"resourceType": "Group", "id": format!("{whose}-g"), "type": "person", "actual": true, "name": words, "member": [{"entity": patient}]}),
        json!({"resourceType": "List", "id": format!("{whose}-l"), "status": "current", "mode": "working", "title": words, "subject": patient, "entry": [{"item": {"reference": format!("Observation/{whose}-o")}}]}),
        json!({"resourceType": "Task", "id": format!("{whose}-t"), "status": "requested", "intent": "order", "description": words, "for": patient}),
        json!({"resourceType": "Basic", "id": format!("{whose}-b"), "code": code, "subject": patient}),
        json!({"resourceType": "Binary", "id": format!("{whose}-bin"), "contentType": "text/plain", "data": "enFzZWNyZXRxeg=="}),
    ];
    for resource in &mut all {
        resource["meta"] = json!({"source": source});
    }
    all
}

pub(crate) async fn area() -> Server {
    let gated = |options: &mut server::ServerOptions| options.gate = Arc::new(Named);
    let server = Server::with_options(|_| {}, gated);
    let person = |id: &str, patient: &str| json!({"resourceType": "Person", "id": id, "link": [{"target": {"reference": format!("Patient/{patient}")}}]});
    let mut all = resources("mine", "plain", "urn:surgery");
    all.extend(resources("other", SECRET, "urn:elsewhere"));
    all.extend([person("me", "mine"), person("them", "other")]);
    for resource in all {
        let (name, id) = (&resource["resourceType"], &resource["id"]);
        let path = format!("/{}/{}", name.as_str().expect("a type"), id.as_str().expect("an id"));
        let answer = server.call("PUT", &path, &[(WHO, "operator")], &resource.to_string()).await;
        assert_eq!(answer.status, 201, "{path}: {}", answer.text);
    }
    server.app.load_links().await.expect("links");
    server
}

pub(crate) async fn ask(
    server: &Server,
    who: &str,
    method: &str,
    path: &str,
    body: &str,
) -> Answer {
    let mut headers = vec![(WHO, who)];
    if path.ends_with("_search") {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
    }
    if method == "PATCH" {
        headers.push(("content-type", "application/json-patch+json"));
    }
    server.call(method, path, &headers, body).await
}

/// Every path of the document with the other's ids put in, for each of some types.
fn paths(document: &Value) -> Vec<(String, String)> {
    let types = [
        "Patient",
        "Observation",
        "Condition",
        "MedicationRequest",
        "AllergyIntolerance",
        "Encounter",
        "DocumentReference",
        "Appointment",
        "Group",
        "List",
        "Task",
        "Basic",
        "Person",
        "AuditEvent",
        "Binary",
    ];
    let suffix: BTreeMap<&str, &str> = [
        ("Patient", "other"),
        ("Observation", "other-o"),
        ("Condition", "other-c"),
        ("MedicationRequest", "other-m"),
        ("AllergyIntolerance", "other-a"),
        ("Encounter", "other-e"),
        ("DocumentReference", "other-d"),
        ("Appointment", "other-ap"),
        ("Group", "other-g"),
        ("List", "other-l"),
        ("Task", "other-t"),
        ("Basic", "other-b"),
        ("Person", "them"),
        ("Binary", "other-bin"),
    ]
    .into();
    let mut all = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            for name in types {
                let id = suffix.get(name).copied().unwrap_or("1");
                let filled = path
                    .replace("{type}", name)
                    .replace("{id}", id)
                    .replace("{vid}", "1")
                    .replace("{member}", "Observation")
                    .replace("{compartment}", "Patient");
                let filled = fill_rest(&filled, id);
                all.push((method.to_uppercase(), filled));
                if !path.contains("{type}") {
                    break;
                }
            }
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Any other name in braces.
fn fill_rest(path: &str, with: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { with } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// What is asked besides the plain paths: whatever could lead from one's own to another's.
const QUERIES: [&str; 30] = [
    "/Patient",
    "/Patient?_id=other",
    "/Patient?identifier=urn:numbers|zqsecretqz",
    "/Observation?patient=other",
    "/Observation?subject=Patient/other",
    "/Observation?code=zqsecretqz",
    "/Observation?subject:Patient.family=zqsecretqz",
    "/Observation?_include=*",
    "/Patient?_revinclude=*",
    "/Patient?_has:Observation:patient:code=zqsecretqz",
    "/Patient/other/Observation",
    "/Patient/other/*",
    "/Encounter/other-e/*",
    "/Observation?_filter=code eq zqsecretqz",
    "/Observation?_content=zqsecretqz",
    "/Observation?_text=zqsecretqz",
    "/Observation?_list=other-l",
    "/Observation?patient:not=mine",
    "/Observation?patient:missing=false",
    "/?_type=Patient,Observation,Condition,DocumentReference",
    "/?_content=zqsecretqz",
    "/Observation?_contained=both&code=zqsecretqz",
    "/Observation?_summary=count&code=zqsecretqz",
    "/_history",
    "/Observation/_history",
    "/Observation/other-o/_history",
    "/Observation/other-o/_history/1",
    "/Patient/other/$everything",
    "/Observation/$lastn?patient=other",
    "/$graphql?query={PatientList{id name{family}}}",
];

/// Those who may not see the other's record.
const STRANGERS: [&str; 11] = [
    "nobody",
    "bad",
    "citizen",
    "citizen at p5",
    "app",
    "narrow app",
    "app of nothing",
    "clinician",
    "receptionist",
    "integration",
    "service",
];

/// Whether they may find people by name.
fn finds_people(who: &str) -> bool {
    matches!(who, "clinician" | "receptionist" | "integration")
}

/// The answer without what says who people are.
fn without_people(text: &str) -> String {
    fn forget(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.remove("PatientList");
                if matches!(members.get("resourceType"), Some(Value::String(of)) if of == "Patient" || of == "Person")
                {
                    members.clear();
                }
                members.values_mut().for_each(forget);
            }
            Value::Array(items) => items.iter_mut().for_each(forget),
            _ => {}
        }
    }
    let Ok(mut answer) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    forget(&mut answer);
    answer.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_at_another_persons_record() {
    let server = area().await;
    let document = server.get("/openapi.json").await.json();
    let mut all = paths(&document);
    assert!(all.len() > 100, "{}", all.len());
    all.extend(QUERIES.iter().map(|path| ("GET".to_owned(), path.replace(' ', "%20"))));
    let bundle = json!({"resourceType": "Bundle", "type": "batch", "entry": QUERIES.iter().map(|path|
        json!({"request": {"method": "GET", "url": path.trim_start_matches('/').replace(' ', "%20")}})).collect::<Vec<_>>()});
    let mut got_in = 0;
    for who in STRANGERS {
        for (method, path) in &all {
            let body = match method.as_str() {
                "PATCH" => r#"[{"op":"add","path":"/language","value":"en"}]"#.to_owned(),
                "PUT" => {
                    let parts: Vec<&str> = path.split('/').collect();
                    json!({"resourceType": parts[1], "id": parts.get(2).unwrap_or(&"x")})
                        .to_string()
                }
                "POST" if path == "/" => bundle.to_string(),
                "POST" if path.ends_with("_search") => "_content=zqsecretqz".to_owned(),
                "POST" => json!({"resourceType": "Parameters"}).to_string(),
                _ => String::new(),
            };
            let answer = ask(&server, who, method, path, &body).await;
            let words = format!("{who}: {method} {path}: {} {}", answer.status, answer.text);
            assert!(answer.status.as_u16() != 500, "{words}");
            let is_public = ["/metadata", "/openapi.json", "/.well-known/smart-configuration"]
                .contains(&path.as_str())
                || path.starts_with("/OperationDefinition");
            if matches!(who, "nobody" | "bad") && !is_public && answer.status.is_success() {
                // A batch is answered entry by entry.
                assert!(path == "/" && method == "POST" && who == "nobody", "{words}");
            }
            if who == "bad" {
                assert_eq!(answer.status, 401, "{words}");
                assert!(answer.header("www-authenticate").starts_with("Bearer"), "{words}");
            }
            if answer.status.is_success() {
                got_in += 1;
            }
            let told =
                answer.text.replace(&path.replace("%20", " "), "").replace(path.as_str(), "");
            let told = without_echo(&told);
            // Who looks for people sees who they are, and nothing of their record.
            let told = if finds_people(who) { without_people(&told) } else { told };
            assert!(!told.contains(SECRET), "{words}");
            assert!(!told.contains("enFzZWNyZXRxeg"), "{words}");
        }
    }
    assert!(got_in > 300, "hardly anything is answered: {got_in}");
    // Nothing of the other's was written to.
    for resource in resources("other", SECRET, "urn:elsewhere") {
        let (name, id) = (
            resource["resourceType"].as_str().expect("a type"),
            resource["id"].as_str().expect("an id"),
        );
        let answer = ask(&server, "operator", "GET", &format!("/{name}/{id}"), "").await;
        assert_eq!(answer.json()["meta"]["versionId"], "1", "{name}/{id}");
    }
}

/// The words of the request that an answer repeats: links, and parameters in outcomes.
fn without_echo(text: &str) -> String {
    let Ok(mut answer) = serde_json::from_str::<Value>(text) else { return text.to_owned() };
    forget_links(&mut answer);
    answer.to_string()
}

fn forget_links(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.remove("link");
            members.remove("diagnostics");
            members.remove("expression");
            members.values_mut().for_each(forget_links);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_links),
        _ => {}
    }
}

/// The same addresses do show the record to those who may see it.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_it_sees_it() {
    let server = area().await;
    let table = [
        ("operator", "/Observation/other-o", 200),
        ("reporting", "/Observation/other-o", 200),
        ("clinician who opened it", "/Observation/other-o", 200),
        ("clinician who opened it", "/Condition/other-c", 200),
        ("clinician who opened it", "/Task/other-t", 403),
        ("clinician", "/Observation/other-o", 404),
        ("clinician", "/Observation/mine-o", 200),
        ("clinician", "/Patient/other", 200),
        ("receptionist", "/Appointment/mine-ap", 200),
        ("receptionist", "/Appointment/other-ap", 404),
        ("receptionist", "/Observation/mine-o", 403),
        ("citizen", "/Observation/mine-o", 200),
        ("citizen", "/Observation/mine-o/_history", 200),
        ("citizen", "/Observation/mine-o/_history/1", 200),
        ("citizen", "/Observation/other-o", 404),
        ("citizen", "/Observation/never-there", 404),
        ("citizen at p5", "/Observation/mine-o", 403),
        ("app", "/Condition/mine-c", 200),
        ("narrow app", "/Observation/mine-o", 200),
        ("narrow app", "/Condition/mine-c", 403),
        ("app of nothing", "/Observation/mine-o", 403),
        ("service", "/Observation/mine-o", 403),
        ("service", "/Organization/none", 404),
        ("nobody", "/Observation/mine-o", 401),
        ("nobody", "/metadata", 200),
    ];
    for (who, path, status) in table {
        let answer = ask(&server, who, "GET", path, "").await;
        assert_eq!(answer.status, status, "{who} {path}: {}", answer.text);
    }
    let counts = [
        ("citizen", "/Observation?_total=accurate", 1),
        ("clinician who opened it", "/Observation?patient=other", 1),
        ("clinician", "/Observation?patient=other", 0),
        ("clinician", "/Observation?patient=mine", 1),
        ("clinician", "/Observation", 1),
        ("reporting", "/Observation", 2),
        ("receptionist", "/Patient?family=zqsecretqz", 1),
    ];
    for (who, path, matches) in counts {
        let answer = ask(&server, who, "GET", path, "").await;
        assert_eq!(answer.status, 200, "{who} {path}: {}", answer.text);
        let found = answer.json()["entry"].as_array().map_or(0, Vec::len);
        assert_eq!(found, matches, "{who} {path}: {}", answer.text);
    }
}

/// What was shown stands in the audit, whoever it was shown to, before it was shown.
#[tokio::test(flavor = "multi_thread")]
async fn every_look_is_noted() {
    let server = area().await;
    for (who, path) in [
        ("citizen", "/Observation/mine-o"),
        ("clinician", "/Observation?patient=mine"),
        ("clinician who opened it", "/Condition/other-c"),
        ("receptionist", "/Patient?family=zqsecretqz"),
        ("reporting", "/Encounter"),
        ("citizen", "/Observation/other-o"),
        ("citizen", "/Task/other-t"),
        ("nobody", "/Observation/other-o"),
    ] {
        ask(&server, who, "GET", path, "").await;
    }
    let looks = async |patient: &str| {
        let path = format!("/AuditEvent?patient={patient}&_sort=date&_count=50");
        let answer = ask(&server, "operator", "GET", &path, "").await.json();
        let names = answer["entry"].as_array().cloned().unwrap_or_default();
        names
            .iter()
            .map(|entry| entry["resource"]["agent"][0]["name"].as_str().unwrap_or("").to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(looks("mine").await, ["the person themselves", "Dr A", "rep"]);
    assert_eq!(looks("other").await, ["Dr A", "Dr A", "rep"]);
    let refused = ask(&server, "operator", "GET", "/AuditEvent?outcome=4", "").await.json();
    assert_eq!(refused["total"], 1, "{refused}");
}
