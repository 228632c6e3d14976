//! A token for one person's laboratory results, and everything that it does not open.

use serde_json::json;

use super::site::{Site, asking};

const LABS: &str = "patient/Observation.rs?category=laboratory";

/// What stands in all that is not theirs to see, and in no address.
const FORBIDDEN: [&str; 8] = [
    "zqother",
    "zqownnameqz",
    "zqownpersonqz",
    "zqownvisitqz",
    "zqownvitalqz",
    "zqownconditionqz",
    "zqownlistqz",
    "zqownoriginqz",
];
/// What stands in the one resource that they may see.
const ALLOWED: &str = "zqownlabqz";

async fn token(site: &Site) -> String {
    let scope = format!("launch/patient {LABS}");
    site.app("app", &scope).await;
    let mut ada = site.browser();
    let asked = ada.get(&asking("app", &scope, &[])).await;
    let address = ada.sign_in_at(asked.header("location"), "ada").await;
    let page = ada.get(&address).await;
    let code = ada.agree(&page, &address).await;
    let tokens = site.redeem("app", &code).await.json();
    tokens["access_token"].as_str().expect("a token").to_owned()
}

/// Reads and searches by which something else could be got at.
fn reads() -> Vec<String> {
    let mut all = Vec::new();
    let ids = ["mine", "theirs", "me", "them"];
    for name in ["Patient", "Person"] {
        for id in ids {
            for rest in
                ["", "/_history", "/_history/1", "/$everything", "/$meta", "/Observation", "/*"]
            {
                all.push(format!("/{name}/{id}{rest}"));
            }
        }
    }
    for (name, kind) in [
        ("Encounter", "visit"),
        ("Observation", "vital"),
        ("Condition", "condition"),
        ("List", "list"),
        ("Provenance", "origin"),
    ] {
        for whose in ["mine", "theirs"] {
            for rest in
                ["", "/_history", "/_history/1", "/$meta", "?_elements=id", "?_summary=text"]
            {
                all.push(format!("/{name}/{whose}-{kind}{rest}"));
            }
        }
    }
    for name in [
        "Patient",
        "Person",
        "Encounter",
        "Condition",
        "List",
        "Provenance",
        "AuditEvent",
        "Task",
        "Group",
        "Binary",
        "DocumentReference",
    ] {
        for query in ["", "?_revinclude=*", "?_include=*", "/_history"] {
            all.push(format!("/{name}{query}"));
        }
    }
    let others = [
        "/Observation/theirs-lab",
        "/Observation/theirs-lab/_history",
        "/Observation/theirs-lab/_history/1",
        "/Observation?_include=*",
        "/Observation?_include=Observation:patient",
        "/Observation?_include=Observation:encounter&_include:iterate=*",
        "/Observation?_include=Observation:subject:Patient",
        "/Observation?_revinclude=*",
        "/Observation?_revinclude=Provenance:target",
        "/Observation?_revinclude=List:item",
        "/Observation?patient=theirs",
        "/Observation?subject=Patient/theirs",
        "/Observation?category=vital-signs",
        "/Observation?category:not=laboratory",
        "/Observation?category:missing=true",
        "/Observation?patient:Patient.family=x&_include=*",
        "/Observation?_list=mine-list",
        "/Observation?_id=mine-vital,theirs-lab,theirs-vital",
        "/Observation?_filter=category%20ne%20laboratory",
        "/Observation?_contained=both",
        "/Observation?_total=accurate&_summary=count&category=vital-signs",
        "/Observation/_history",
        "/_history",
        "/?_type=Observation,Patient,Condition",
        "/?_type=Patient",
        "/Patient?_has:Observation:patient:category=vital-signs",
        "/Observation/$lastn?patient=theirs",
        "/Observation/$lastn?category=vital-signs&patient=mine",
        "/Encounter/mine-visit/Observation",
        "/$graphql?query=%7BPatientList%7Bid%20name%7Bfamily%7D%7D%7D",
        "/$graphql?query=%7BConditionList%7Bid%20code%7Btext%7D%7D%7D",
        "/Observation/mine-lab/$graphql?query=%7Bsubject%7Bresource%7B...on%20Patient%7Bname%7Bfamily%7D%7D%7D%7D%7D",
        "/$export",
        "/Patient/$export",
        "/$meta",
        "/Observation/mine-lab/$everything",
    ];
    all.extend(others.map(ToOwned::to_owned));
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_token_opens_nothing_else() {
    let site = Site::open().await;
    let token = token(&site).await;
    // What it opens, by every way.
    let open = [
        "/Observation/mine-lab",
        "/Observation/mine-lab/_history",
        "/Observation/mine-lab/_history/1",
        "/Observation",
        "/Observation?category=laboratory",
        "/Observation?patient=mine",
        "/Observation?_include=*",
        "/Patient/mine/Observation",
        "/Observation/$lastn?category=laboratory&patient=mine",
        "/$graphql?query=%7BObservationList%7Bid%20code%7Btext%7D%7D%7D",
    ];
    for path in open {
        let answer = site.fhir(&token, "GET", path, "").await;
        assert!(answer.text.contains(ALLOWED), "{path}: {} {}", answer.status, answer.text);
    }
    let all: Vec<String> = reads().into_iter().chain(open.map(ToOwned::to_owned)).collect();
    let mut refused = 0;
    for path in &all {
        let answer = site.fhir(&token, "GET", path, "").await;
        let words = format!("GET {path}: {} {}", answer.status, answer.text);
        assert!(!answer.status.is_server_error() || answer.status == 501, "{words}");
        for mark in FORBIDDEN {
            assert!(!answer.text.contains(mark), "{words}");
        }
        if answer.status == 403 {
            refused += 1;
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains("error=\"insufficient_scope\""), "{words}: {challenge}");
        }
    }
    assert!(refused > 60, "{refused}");
    // The same in Bundles, by forms, and asked later.
    let entries: Vec<_> = all
        .iter()
        .map(|path| json!({"request": {"method": "GET", "url": path.trim_start_matches('/')}}))
        .collect();
    for kind in ["batch", "transaction"] {
        let bundle = json!({"resourceType": "Bundle", "type": kind, "entry": entries});
        let answer = site.fhir(&token, "POST", "/", &bundle.to_string()).await;
        for mark in FORBIDDEN {
            assert!(!answer.text.contains(mark), "{kind}: {mark}: {}", answer.text);
        }
    }
    for (name, form) in [
        ("Observation", "category=vital-signs"),
        ("Observation", "_include=*&_revinclude=*"),
        ("Patient", ""),
        ("Condition", "_include=*"),
    ] {
        let answer = site.fhir(&token, "POST", &format!("/{name}/_search"), form).await;
        for mark in FORBIDDEN {
            assert!(!answer.text.contains(mark), "{name} {form}: {}", answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrow_token_changes_nothing() {
    let site = Site::open().await;
    let token = token(&site).await;
    let lab = site.server.get("/Observation/mine-lab").await.text;
    let patch = r#"[{"op":"replace","path":"/status","value":"amended"}]"#;
    let created = json!({"resourceType": "Observation", "status": "final", "category": [{"coding": [{"code": "laboratory"}]}], "code": {"text": "x"}, "subject": {"reference": "Patient/mine"}}).to_string();
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "DELETE", "url": "Observation/mine-lab"}}]}).to_string();
    let writes = [
        ("PUT", "/Observation/mine-lab", lab.as_str()),
        ("PATCH", "/Observation/mine-lab", patch),
        ("DELETE", "/Observation/mine-lab", ""),
        ("DELETE", "/Observation?category=laboratory", ""),
        ("POST", "/Observation", created.as_str()),
        ("PUT", "/Observation/theirs-lab", lab.as_str()),
        ("DELETE", "/Patient/theirs", ""),
        ("POST", "/", bundle.as_str()),
        ("POST", "/Patient/mine/$purge", ""),
        ("POST", "/$reindex", ""),
        (
            "POST",
            "/Observation/mine-lab/$meta-add",
            r#"{"resourceType":"Parameters","parameter":[{"name":"meta","valueMeta":{"tag":[{"code":"x"}]}}]}"#,
        ),
    ];
    for (method, path, body) in writes {
        let answer = site.fhir(&token, method, path, body).await;
        // Jobs are not there for callers at all, which is answered with 501.
        let is_refused = answer.status.is_client_error() || answer.status == 501;
        assert!(is_refused, "{method} {path}: {} {}", answer.status, answer.text);
    }
    for (name, id) in
        [("Observation", "mine-lab"), ("Observation", "theirs-lab"), ("Patient", "theirs")]
    {
        let kept = site.server.get(&format!("/{name}/{id}")).await.json();
        assert_eq!(kept["meta"]["versionId"], "1", "{name}/{id}");
    }
    assert_eq!(site.server.get("/Observation?_summary=count").await.json()["total"], 4);
}

/// Headers, the status, and what the challenge says.
type Row<'a> = (&'a [(&'a str, &'a str)], u16, &'a str);

/// The token's own form: nothing but the header counts, and nothing but the whole token.
#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_do_not_hold() {
    let site = Site::open().await;
    let token = token(&site).await;
    let path = "/fhir/Observation/mine-lab";
    let bearer = format!("Bearer {token}");
    let cut = format!("Bearer {}", &token[..token.len() - 1]);
    let longer = format!("Bearer {token}0");
    let basic = format!("Basic {token}");
    let table: [Row<'_>; 10] = [
        (&[("authorization", &bearer)], 200, ""),
        (&[("authorization", &bearer.replace("Bearer", "bearer"))], 200, ""),
        (&[], 401, "Bearer realm=\"careloom\""),
        (&[("authorization", &cut)], 401, "invalid_token"),
        (&[("authorization", &longer)], 401, "invalid_token"),
        (&[("authorization", &basic)], 401, "invalid_token"),
        (&[("authorization", "Bearer")], 401, "invalid_token"),
        (&[("authorization", "Bearer ../../x")], 401, "invalid_token"),
        (&[("authorization", &bearer), ("authorization", &bearer)], 401, "invalid_token"),
        (&[("cookie", &format!("careloom-session={token}"))], 401, "Bearer realm=\"careloom\""),
    ];
    for (headers, status, challenge) in table {
        let answer = site.call("GET", path, headers, "").await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.text);
        assert!(answer.header("www-authenticate").contains(challenge), "{headers:?}");
    }
    let in_query = format!("{path}?access_token={token}");
    assert_eq!(site.call("GET", &in_query, &[], "").await.status, 401);
    site.server.pass(5);
    assert_eq!(site.fhir(&token, "GET", "/Observation/mine-lab", "").await.status, 401);
}
