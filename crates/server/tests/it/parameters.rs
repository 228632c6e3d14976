//! SearchParameters that take effect while the server runs, and `$reindex`.

use serde_json::{Value, json};

use crate::setup::Server;

#[tokio::test]
async fn everything_can_be_indexed_anew() {
    let server = Server::start();
    for (id, family) in [("a", "Shah"), ("b", "Jones")] {
        let patient = json!({"resourceType": "Patient", "id": id, "name": [{"family": family}]});
        server.put(&format!("/Patient/{id}"), &patient.to_string()).await;
    }
    let before = server.get("/Patient?family=shah").await.json();
    let only = r#"{"resourceType":"Parameters","parameter":[{"name":"type","valueCode":"Patient"},{"name":"parameter","valueString":"family"}]}"#;
    for (path, body, done) in [
        ("/$reindex", "", 2),
        ("/Patient/$reindex", "", 2),
        ("/Observation/$reindex", "", 0),
        ("/$reindex", only, 2),
        ("/$reindex?type=Patient&parameter=family&parameter=_tag", "", 2),
    ] {
        let job = server.begin("POST", path, &[], body).await;
        let answer = server.done(&job).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let told = answer.json();
        let parts = told["parameter"][0]["part"].as_array().unwrap();
        let part = |name: &str| parts.iter().find(|part| part["name"] == name).unwrap();
        assert_eq!(part("kind")["valueCode"], "reindex", "{path}");
        assert_eq!(part("status")["valueCode"], "completed", "{path}");
        assert_eq!(part("done")["valueUnsignedInt"], done, "{path}");
        assert_eq!(server.get("/Patient?family=shah").await.json(), before, "{path}");
    }
    let cases = [
        ("/$reindex?parameter=hair", 400, "parameter"),
        ("/Observation/$reindex?parameter=family", 400, "parameter"),
        ("/$reindex?type=Patent", 404, "Patent"),
        ("/Patent/$reindex", 404, "Patent"),
        ("/$reindex?hair=red", 400, "hair"),
    ];
    for (path, status, expression) in cases {
        let answer = server.call("POST", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.issue().1, expression, "{path}");
    }
}

/// A parameter for the colour of eyes, by an extension.
fn eyes(status: &str) -> Value {
    json!({"resourceType": "SearchParameter", "id": "eyes", "url": "http://example.test/eyes",
        "name": "EyeColour", "status": status, "description": "the colour of eyes",
        "code": "eye-colour", "base": ["Patient"], "type": "token",
        "expression": "Patient.extension.where(url='http://example.test/eye-colour').value.ofType(code)"})
}

fn patient(id: &str, colour: &str) -> String {
    json!({"resourceType": "Patient", "id": id, "extension": [
        {"url": "http://example.test/eye-colour", "valueCode": colour}]})
    .to_string()
}

/// The ids of the matches, and what the outcome in the Bundle says.
async fn found(server: &Server, path: &str) -> (Vec<String>, Option<String>) {
    let answer = server.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    let bundle = answer.json();
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let of_mode = |mode: &str| -> Vec<Value> {
        entries
            .iter()
            .filter(|entry| entry["search"]["mode"] == mode)
            .map(|e| e["resource"].clone())
            .collect()
    };
    let mut ids: Vec<String> = of_mode("match")
        .iter()
        .map(|match_| match_["id"].as_str().expect("an id").to_owned())
        .collect();
    ids.sort();
    let told = of_mode("outcome").first().map(|outcome| {
        assert_eq!(outcome["issue"][0]["severity"], "warning");
        assert_eq!(outcome["issue"][0]["code"], "incomplete");
        outcome["issue"][0]["diagnostics"].as_str().expect("words").to_owned()
    });
    (ids, told)
}

async fn whole(server: &Server, path: &str) -> Vec<String> {
    for _ in 0..2_000 {
        let (ids, told) = found(server, path).await;
        if told.is_none() {
            return ids;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    panic!("{path} stays incomplete");
}

const BLUE: &str = "/Patient?eye-colour=blue";

#[tokio::test]
async fn a_parameter_takes_effect_while_the_server_runs() {
    let server = Server::start();
    for (id, colour) in [("a", "blue"), ("b", "brown"), ("c", "blue")] {
        server.put(&format!("/Patient/{id}"), &patient(id, colour)).await;
    }
    assert_eq!(server.get(BLUE).await.status, 400, "nobody has told of it yet");
    // Somebody who began before it came keeps the index from being made up for.
    let writing = server.app.in_force();
    server.put("/SearchParameter/eyes", &eyes("active").to_string()).await;
    server.put("/Patient/d", &patient("d", "blue")).await;
    let (ids, told) = found(&server, BLUE).await;
    assert_eq!(ids, ["d"], "what is written from now on is found at once");
    assert_eq!(
        told.as_deref(),
        Some(
            "parameter eye-colour of Patient is 0 % indexed: 0 of 4 resources; matches may be missing"
        )
    );
    // However the parameter is used, the search says so.
    for path in [
        "/Patient?eye-colour:missing=true",
        "/Patient?_sort=eye-colour",
        "/Patient?eye-colour=green&_summary=count",
        "/Observation?subject:Patient.eye-colour=blue",
    ] {
        assert!(found(&server, path).await.1.is_some(), "{path}");
    }
    assert_eq!(found(&server, "/Patient?gender=male").await.1, None, "another parameter is whole");
    // A condition of a write could miss what is there: it can be sent again when the index is whole.
    let condition = "eye-colour=blue";
    let exist = [("if-none-exist", condition)];
    let at = format!("/Patient?{condition}");
    let json = [("content-type", "application/json-patch+json")];
    let body = r#"{"resourceType":"Patient"}"#;
    for answer in [
        server.call("POST", "/Patient", &exist, body).await,
        server.call("PUT", &at, &[], body).await,
        server.call("PATCH", &at, &json, "[]").await,
        server.call("DELETE", &at, &[], "").await,
    ] {
        assert_eq!(answer.status, 503, "{}", answer.text);
        assert_eq!(answer.issue(), ("transient".to_owned(), "eye-colour".to_owned()));
        assert_eq!(answer.header("retry-after"), "1");
    }
    drop(writing);
    assert_eq!(whole(&server, BLUE).await, ["a", "c", "d"]);
    assert_eq!(whole(&server, "/Patient?eye-colour:missing=true").await, Vec::<String>::new());
    let statement = server.get("/metadata").await.text;
    assert!(statement.contains("eye-colour"), "the CapabilityStatement tells of it");
}

/// Writers that began before a parameter came, some of whom went away before their answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writes_under_way_are_found_by_a_new_parameter() {
    const WRITERS: usize = 6;
    for round in 0..6 {
        let server = std::sync::Arc::new(Server::start());
        let mut tasks = tokio::task::JoinSet::new();
        for writer in 0..WRITERS {
            let server = std::sync::Arc::clone(&server);
            tasks.spawn(async move {
                for number in 0..40 {
                    let id = format!("w{writer}n{number}");
                    let body = patient(&id, "blue");
                    let path = format!("/Patient/{id}");
                    let put = server.call("PUT", &path, &[], &body);
                    if number % 3 == 0 {
                        // Given up at some moment of its way.
                        let patience = std::time::Duration::from_micros(number as u64 * 40);
                        let _ = tokio::time::timeout(patience, put).await;
                    } else {
                        assert_eq!(put.await.status, 201, "{path}");
                    }
                }
            });
        }
        tokio::time::sleep(std::time::Duration::from_millis(round * 4)).await;
        server.put("/SearchParameter/eyes", &eyes("active").to_string()).await;
        tasks.join_all().await;
        let by_colour = whole(&server, "/Patient?eye-colour=blue&_count=1000").await;
        let (all, _) = found(&server, "/Patient?_count=1000").await;
        assert!(all.len() >= WRITERS * 26, "{}", all.len());
        assert_eq!(by_colour, all, "round {round}");
    }
}

#[tokio::test]
async fn a_parameter_can_be_changed_and_taken_out_of_force() {
    let server = Server::start();
    server.put("/Patient/a", &patient("a", "blue")).await;
    let created = server.call("POST", "/SearchParameter", &[], &eyes("active").to_string()).await;
    assert_eq!(created.status, 201, "{}", created.text);
    let mut parameter = created.json();
    let path = format!("/SearchParameter/{}", parameter["id"].as_str().unwrap());
    assert_eq!(whole(&server, BLUE).await, ["a"]);
    // By another rule, what was indexed by the one before is indexed anew.
    parameter["expression"] = json!("Patient.gender");
    server.put(&path, &parameter.to_string()).await;
    assert_eq!(whole(&server, BLUE).await, Vec::<String>::new());
    // As another kind, it is another parameter.
    parameter["type"] = json!("string");
    parameter["expression"] = json!("Patient.extension.value.ofType(code)");
    server.put(&path, &parameter.to_string()).await;
    assert_eq!(whole(&server, "/Patient?eye-colour=bl").await, ["a"]);
    parameter["status"] = json!("retired");
    server.put(&path, &parameter.to_string()).await;
    assert_eq!(server.get(BLUE).await.status, 400, "it is retired");
    // What is written meanwhile is found when it is back.
    server.put("/Patient/b", &patient("b", "blue")).await;
    parameter["status"] = json!("active");
    server.put(&path, &parameter.to_string()).await;
    assert_eq!(whole(&server, BLUE).await, ["a", "b"]);
    assert_eq!(server.call("DELETE", &path, &[], "").await.status, 204);
    assert_eq!(server.get(BLUE).await.status, 400, "it is deleted");
}

#[tokio::test]
async fn parameters_are_in_force_again_after_a_start() {
    let server = Server::start();
    server.put("/Patient/a", &patient("a", "blue")).await;
    server.put("/SearchParameter/eyes", &eyes("active").to_string()).await;
    assert_eq!(whole(&server, BLUE).await, ["a"]);
    let server = server.restart().await;
    let (ids, told) = found(&server, BLUE).await;
    assert_eq!((ids, told), (vec!["a".to_owned()], None), "its index is whole still");
    // Ended before the index was whole, it is made whole after the next start.
    let writing = server.app.in_force();
    let mut other = eyes("active");
    other["id"] = json!("other");
    other["url"] = json!("http://example.test/other");
    other["code"] = json!("other");
    server.put("/SearchParameter/other", &other.to_string()).await;
    assert!(found(&server, "/Patient?other=blue").await.1.is_some());
    drop(writing);
    let server = server.restart().await;
    assert_eq!(whole(&server, "/Patient?other=blue").await, ["a"]);
    assert_eq!(whole(&server, BLUE).await, ["a"]);
}

#[tokio::test]
async fn parameters_come_by_other_ways_too() {
    let server = Server::start();
    server.put("/Patient/a", &patient("a", "blue")).await;
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": eyes("active"), "request": {"method": "PUT", "url": "SearchParameter/eyes"}},
        {"resource": serde_json::from_str::<Value>(&patient("b", "blue")).unwrap(),
         "request": {"method": "PUT", "url": "Patient/b"}}]});
    assert_eq!(server.call("POST", "", &[], &bundle.to_string()).await.status, 200);
    assert_eq!(whole(&server, BLUE).await, ["a", "b"]);
    let mut imported = eyes("active");
    imported["id"] = json!("imported");
    imported["url"] = json!("http://example.test/imported");
    imported["code"] = json!("imported");
    let ndjson = [("content-type", "application/fhir+ndjson")];
    let job = server.begin("POST", "/$import", &ndjson, &imported.to_string()).await;
    server.done(&job).await;
    for _ in 0..2_000 {
        if server.get("/Patient?imported=blue").await.status == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    assert_eq!(whole(&server, "/Patient?imported=blue").await, ["a", "b"]);
}

#[tokio::test]
async fn wrong_parameters_are_refused() {
    let server = Server::start();
    let change = |name: &str, value: Value| {
        let mut parameter = eyes("active");
        parameter[name] = value;
        parameter
    };
    let cases = [
        (change("expression", json!("Patient.hair")), "SearchParameter.expression"),
        (change("expression", json!("Patient.(")), "SearchParameter.expression"),
        (change("expression", Value::Null), ""),
        (change("type", json!("date")), "SearchParameter.expression"),
        (change("type", json!("special")), "SearchParameter.type"),
        (change("base", json!(["Patent"])), "SearchParameter.base[0]"),
        (change("code", json!("eye colour")), "SearchParameter.code"),
        (change("code", json!("gender")), "SearchParameter.code"),
        (change("code", json!("_id")), "SearchParameter.code"),
        (
            change("url", json!("http://hl7.org/fhir/SearchParameter/individual-gender")),
            "SearchParameter.url",
        ),
    ];
    for (mut parameter, expression) in cases {
        if parameter["expression"].is_null() {
            parameter.as_object_mut().unwrap().remove("expression");
        }
        let answer = server.call("PUT", "/SearchParameter/eyes", &[], &parameter.to_string()).await;
        assert_eq!(answer.status, 400, "{parameter}: {}", answer.text);
        let expected =
            if expression.is_empty() { "SearchParameter.expression" } else { expression };
        assert_eq!(answer.issue().1, expected, "{parameter}: {}", answer.text);
    }
    // One that is not to be in force may be unfinished; so may one that repeats the specification.
    let mut draft = change("expression", json!("Patient.hair"));
    draft["status"] = json!("draft");
    server.put("/SearchParameter/eyes", &draft.to_string()).await;
    assert_eq!(server.get(BLUE).await.status, 400);
    server.put("/SearchParameter/eyes", &eyes("active").to_string()).await;
    let mut clash = eyes("active");
    clash["id"] = json!("clash");
    clash["url"] = json!("http://example.test/clash");
    let answer = server.call("PUT", "/SearchParameter/clash", &[], &clash.to_string()).await;
    assert_eq!((answer.status.as_u16(), answer.issue().1.as_str()), (400, "SearchParameter.code"));
    assert!(answer.text.contains("http://example.test/eyes"), "{}", answer.text);
    assert_eq!(whole(&server, BLUE).await, Vec::<String>::new(), "the first one stays");
}
