//! `/?…`, `/_search`, `/{type}/{id}/{member}?…`, and the parts of a searchset that all searches share.

use serde_json::Value;

use crate::setup::{BASE, Server};

const RESOURCES: [(&str, &str); 10] = [
    ("Patient/a", r#""gender":"female","meta":{"tag":[{"code":"t"}]}"#),
    ("Patient/b", r#""gender":"male""#),
    ("Organization/o", r#""name":"Hope Street","meta":{"tag":[{"code":"t"}]}"#),
    (
        "Encounter/e",
        r#""status":"finished","class":{"code":"IMP"},"subject":{"reference":"Patient/a"}"#,
    ),
    (
        "Observation/x",
        r#""status":"final","code":{"coding":[{"code":"1"}]},"subject":{"reference":"Patient/a"},"encounter":{"reference":"Encounter/e"}"#,
    ),
    (
        "Observation/y",
        r#""status":"final","code":{"coding":[{"code":"2"}]},"performer":[{"reference":"Patient/a"}],"subject":{"reference":"Patient/b"}"#,
    ),
    (
        "Observation/z",
        r#""status":"final","code":{"coding":[{"code":"1"}]},"subject":{"reference":"Patient/b"}"#,
    ),
    ("Condition/c", r#""subject":{"reference":"Patient/a"},"code":{"text":"x"}"#),
    (
        "Appointment/p",
        r#""status":"booked","participant":[{"actor":{"reference":"Patient/a"},"status":"accepted"}]"#,
    ),
    (
        "MedicationRequest/m",
        r##""status":"active","intent":"order","subject":{"reference":"Patient/a"},"contained":[{"resourceType":"Medication","id":"m1","code":{"coding":[{"code":"aspirin"}]}}],"medicationReference":{"reference":"#m1"}"##,
    ),
];

async fn filled() -> Server {
    let server = Server::start();
    for (key, members) in RESOURCES {
        let (type_name, id) = key.split_once('/').unwrap();
        let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}",{members}}}"#);
        server.put(&format!("/{key}"), &body).await;
    }
    server
}

/// The matches as `Type/id`, sorted.
fn matches(bundle: &Value) -> String {
    assert_eq!(bundle["type"], "searchset", "{bundle}");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let mut keys: Vec<String> = entries
        .iter()
        .filter(|entry| entry["search"]["mode"] == "match")
        .map(|entry| entry["fullUrl"].as_str().unwrap().replace(&format!("{BASE}/"), ""))
        .collect();
    keys.sort();
    keys.join(" ")
}

fn link(bundle: &Value, relation: &str) -> Option<String> {
    let links = bundle["link"].as_array().unwrap();
    let link = links.iter().find(|link| link["relation"] == relation)?;
    Some(link["url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned())
}

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

#[tokio::test]
async fn all_types() {
    let server = filled().await;
    let all = {
        let mut keys: Vec<&str> = RESOURCES.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.join(" ")
    };
    let cases = [
        ("", all.as_str()),
        ("_tag=t", "Organization/o Patient/a"),
        ("_id=a,x", "Observation/x Patient/a"),
        ("_type=Patient,Organization", "Organization/o Patient/a Patient/b"),
        ("_type=Patient,Organization&_tag=t", "Organization/o Patient/a"),
        ("_type=Observation&code=1", "Observation/x Observation/z"),
        ("_type=Observation,Condition&patient=a", "Condition/c Observation/x"),
        ("_type=Observation,Condition&subject=Patient/a", "Condition/c Observation/x"),
        ("_type=Observation,Encounter&subject:Patient.gender=male", "Observation/y Observation/z"),
        ("_lastUpdated=gt2027", ""),
        ("_type=Device", ""),
    ];
    for (query, expected) in cases {
        let answer = server.get(&format!("/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        assert_eq!(matches(&answer.json()), expected, "{query}");
        let posted = server.call("POST", "/_search", &FORM, query).await;
        assert_eq!(matches(&posted.json()), expected, "POST {query}: {}", posted.text);
    }
    let joined = server.call("POST", "/_search?_type=Observation", &FORM, "code=2").await;
    assert_eq!(matches(&joined.json()), "Observation/y");
    let root = server.get("?_type=Patient").await.json();
    assert_eq!(matches(&root), "Patient/a Patient/b");
    assert_eq!(link(&root, "self").unwrap(), "?_type=Patient&_count=50");
    let included =
        server.get("/?_type=Observation&code=2&_include=Observation:subject").await.json();
    let modes: Vec<&str> = included["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["search"]["mode"].as_str().unwrap())
        .collect();
    assert_eq!(modes, ["match", "include"]);
    let count = server.get("/?_type=Patient,Observation&_summary=count").await.json();
    assert_eq!((&count["total"], count.get("entry")), (&5.into(), None));
}

#[tokio::test]
async fn compartments() {
    let server = filled().await;
    let of_a =
        "Appointment/p Condition/c Encounter/e MedicationRequest/m Observation/x Observation/y";
    let cases = [
        ("/Patient/a/Observation", "Observation/x Observation/y"),
        ("/Patient/a/Observation?code=1", "Observation/x"),
        ("/Patient/b/Observation", "Observation/y Observation/z"),
        ("/Patient/a/Condition", "Condition/c"),
        ("/Patient/none/Condition", ""),
        ("/Encounter/e/Observation", "Observation/x"),
        ("/Patient/a/*?_type=Observation,Condition", "Condition/c Observation/x Observation/y"),
        ("/Patient/a/*?_id=x", "Observation/x"),
    ];
    for (path, expected) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(matches(&answer.json()), expected, "{path}");
    }
    let all = matches(&server.get("/Patient/a/*").await.json());
    assert_eq!(all.replace("Patient/a", "").trim(), of_a);
    let posted = server.call("POST", "/Patient/a/Observation/_search", &FORM, "code=1").await;
    assert_eq!(matches(&posted.json()), "Observation/x");
    let posted = server.call("POST", "/Patient/a/_search", &FORM, "_type=Condition").await;
    assert_eq!(matches(&posted.json()), "Condition/c", "{}", posted.text);
    // Pages of a compartment go on in it.
    let mut path = "/Patient/a/*?_count=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = server.get(&path).await.json();
        seen.extend(matches(&page).split(' ').map(str::to_owned));
        assert!(link(&page, "first").is_some());
        let Some(next) = link(&page, "next") else { break };
        assert!(next.starts_with("/Patient/a/*?"), "{next}");
        path = next;
    }
    seen.retain(|key| key != "Patient/a");
    seen.sort();
    assert_eq!(seen.join(" "), of_a);
}

#[tokio::test]
async fn what_is_no_scope() {
    let server = filled().await;
    let cases = [
        ("/?nosuch=1", 400, "nosuch"),
        ("/?code=1", 400, "code"),
        ("/?_type=Patient,Nothing", 400, "_type"),
        ("/?_type=", 400, "_type"),
        ("/?_type=Patient&_type=Group", 400, "_type"),
        ("/?_type=Patient,Observation&birthdate=2000", 400, "birthdate"),
        ("/?_count=x", 400, "_count"),
        ("/?_cursor=nonsense", 404, ""),
        ("/Patient/a/Organization", 400, "Organization"),
        ("/Patient/a/*?_type=Organization", 400, "_type"),
        ("/Patient/a/Observation?nosuch=1", 400, "nosuch"),
        ("/Patient/a/Nothing", 404, ""),
        ("/Patient/a_b/Observation", 400, ""),
        ("/Nothing/a/Observation", 404, ""),
        ("/Organization/o/Patient", 400, "Organization"),
        ("/Patient/a/$nothing", 404, "$nothing"),
    ];
    for (path, status, place) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let found = answer.issue().1;
        assert!(place.is_empty() || found == place, "{path}: {}", answer.text);
    }
    let no_form = server.call("POST", "/_search", &[], "{}").await;
    assert_eq!(no_form.status, 415, "{}", no_form.text);
    let lenient = [("prefer", "handling=lenient")];
    let answer = server.call("GET", "/?_type=Patient&nosuch=1", &lenient, "").await.json();
    assert_eq!(matches(&answer), "Patient/a Patient/b");
    let entries = answer["entry"].as_array().unwrap();
    let outcome = &entries.last().unwrap();
    assert_eq!(outcome["search"]["mode"], "outcome");
    assert_eq!(outcome["resource"]["issue"][0]["severity"], "warning");
}

#[tokio::test]
async fn what_is_contained() {
    let server = filled().await;
    server
        .put(
            "/Medication/alone",
            r#"{"resourceType":"Medication","id":"alone","code":{"coding":[{"code":"aspirin"}]}}"#,
        )
        .await;
    let cases = [
        ("", "Medication/alone"),
        ("&_contained=false", "Medication/alone"),
        ("&_contained=true", "MedicationRequest/m"),
        ("&_contained=true&_containedType=container", "MedicationRequest/m"),
        ("&_contained=true&_containedType=contained", "MedicationRequest/m#m1"),
        ("&_contained=both&_containedType=contained", "Medication/alone MedicationRequest/m#m1"),
    ];
    for (query, expected) in cases {
        let path = format!("/Medication?code=aspirin{query}");
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let bundle = answer.json();
        assert_eq!(matches(&bundle), expected, "{path}: {}", answer.text);
        for entry in bundle["entry"].as_array().unwrap() {
            let is_inner = entry["fullUrl"].as_str().unwrap().contains('#');
            let (kind, id) = (&entry["resource"]["resourceType"], &entry["resource"]["id"]);
            if is_inner {
                assert_eq!((kind, id), (&"Medication".into(), &"m1".into()), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_told_besides() {
    let server = filled().await;
    let told = |bundle: &Value| -> Vec<String> {
        let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
        let outcomes: Vec<&Value> =
            entries.iter().filter(|entry| entry["search"]["mode"] == "outcome").collect();
        assert!(outcomes.len() < 2, "one entry says all");
        outcomes
            .iter()
            .flat_map(|entry| entry["resource"]["issue"].as_array().unwrap())
            .map(|issue| issue["diagnostics"].as_str().unwrap().to_owned())
            .collect()
    };
    let explained = server.get("/Observation?code=1&_explain=true").await.json();
    assert_eq!(matches(&explained), "Observation/x Observation/z");
    let words = told(&explained);
    assert!(words[0].starts_with("Observation where"), "{words:?}");
    assert!(words[0].contains("code"), "{words:?}");
    assert!(words.len() > 1, "{words:?}");
    let last = words.last().unwrap();
    assert!(last.contains("the whole page: finds and reads 2 resources\nrows: 2 read"), "{last}");
    let including =
        server.get("/Observation?code=1&_include=*&_total=accurate&_explain=true").await.json();
    let words = told(&including);
    let has = |part: &str| words.iter().any(|each| each.contains(part));
    assert!(has("resources, and the "), "{words:?}");
    let counted = server.get("/Observation?code=1&_explain=true&_summary=count").await.json();
    assert_eq!(counted["total"], 2);
    assert!(!told(&counted).is_empty());
    assert_eq!(told(&server.get("/Observation?code=1").await.json()), Vec::<String>::new());
    assert_eq!(server.get("/Observation?_explain=perhaps").await.status, 400);
    // A greater page than there is gets the greatest, and is told so.
    let great = server.get("/Observation?_count=1000000000").await.json();
    assert!(told(&great).iter().any(|text| text.contains("1000")), "{great}");
    let head = server.call("HEAD", "/Observation?code=1", &[], "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
}
