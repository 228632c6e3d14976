//! `/$graphql` and `/{type}/{id}/$graphql`: the ways to ask, what comes back, what is refused.

use serde_json::{Value, json};

use crate::setup::{Answer, BASE, Headers, Server};

const JSON: Headers = &[("content-type", "application/json")];
const TEXT: Headers = &[("content-type", "application/graphql; charset=utf-8")];

async fn ward() -> Server {
    let server = Server::start();
    for (id, family, gender) in
        [("a", "Shah", "female"), ("b", "O'Connor", "female"), ("c", "Wójcik", "male")]
    {
        let body = format!(
            r#"{{"resourceType":"Patient","id":"{id}","name":[{{"use":"official","family":"{family}"}}],"gender":"{gender}","managingOrganization":{{"reference":"Organization/o"}}}}"#
        );
        server.put(&format!("/Patient/{id}"), &body).await;
    }
    let body = r#"{"resourceType":"Organization","id":"o","name":"Hope Street"}"#;
    server.put("/Organization/o", body).await;
    for number in 1..=5 {
        let patient = if number < 4 { "a" } else { "b" };
        let body = format!(
            r#"{{"resourceType":"Observation","id":"{number}","status":"final","code":{{"text":"K"}},"subject":{{"reference":"Patient/{patient}"}},"valueQuantity":{{"value":4.{number}0,"unit":"mmol/L"}}}}"#
        );
        server.put(&format!("/Observation/{number}"), &body).await;
    }
    server
}

async fn ask(server: &Server, query: &str) -> Answer {
    server.call("POST", "/$graphql", TEXT, query).await
}

/// The data of a query that has no errors.
async fn data(server: &Server, query: &str) -> Value {
    let answer = ask(server, query).await;
    let json = answer.json();
    assert_eq!((answer.status.as_u16(), &json["errors"]), (200, &Value::Null), "{query}: {json}");
    json["data"].clone()
}

fn escaped(text: &str) -> String {
    text.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).map(char::from).collect()
}

#[tokio::test]
async fn the_ways_to_ask() {
    let server = ward().await;
    let query = "query A($id: ID!) { Patient(id: $id) { gender } } query B { PatientList { id } }";
    let body = json!({"query": query, "operationName": "A", "variables": {"id": "c"}}).to_string();
    let parameters = json!({"resourceType": "Parameters", "parameter": [
        {"name": "query", "valueString": "{ Patient(id: \"c\") { gender } }"}]});
    let url = format!(
        "/$graphql?query={}&operationName=A&variables={}",
        escaped(query),
        escaped(r#"{"id":"c"}"#)
    );
    let named = format!("/$graphql?operationName=A&variables={}", escaped(r#"{"id":"c"}"#));
    let answers = [
        server.get(&url).await,
        server.call("POST", "/$graphql", JSON, &body).await,
        server.call("POST", &named, TEXT, query).await,
        server.call("POST", "/$graphql", &[], &parameters.to_string()).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        assert_eq!(answer.text, r#"{"data":{"Patient":{"gender":"male"}}}"#);
    }
    let nulls =
        r#"{"query":"{ Patient(id: \"c\") { id } }","operationName":null,"variables":null}"#;
    assert_eq!(server.call("POST", "/$graphql", JSON, nulls).await.status, 200);
}

#[tokio::test]
async fn a_resource_in_scope() {
    let server = ward().await;
    let query = "{ id name { family } managingOrganization { resource(type: Organization) { name } } \
                 ObservationList(_reference: subject, _sort: \"_id\") { id valueQuantity { value } } }";
    let expected = r#"{"data":{"id":"b","name":[{"family":"O'Connor"}],"managingOrganization":{"resource":{"name":"Hope Street"}},"ObservationList":[{"id":"4","valueQuantity":{"value":4.40}},{"id":"5","valueQuantity":{"value":4.50}}]}}"#;
    let by_get = server.get(&format!("/Patient/b/$graphql?query={}", escaped(query))).await;
    assert_eq!((by_get.status.as_u16(), by_get.text.as_str()), (200, expected));
    let by_post = server.call("POST", "/Patient/b/$graphql", TEXT, query).await;
    assert_eq!((by_post.status.as_u16(), by_post.text.as_str()), (200, expected));
    server.call("DELETE", "/Patient/c", &[], "").await;
    for (path, status, code) in [
        ("/Patient/none", 404, "not-found"),
        ("/Patient/c", 410, "deleted"),
        ("/Patiens/a", 404, "not-supported"),
        ("/Patient/a_b", 400, "value"),
    ] {
        let answer = server.get(&format!("{path}/$graphql?query=%7Bid%7D")).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["extensions"]["code"], code, "{path}");
    }
    let mutation = "mutation { PatientDelete(id: \"a\") { __typename } }";
    assert_eq!(server.call("POST", "/Patient/a/$graphql", TEXT, mutation).await.status, 400);
    assert_eq!(server.get("/Patient/a").await.status, 200);
}

#[tokio::test]
async fn reads_and_searches() {
    let server = ward().await;
    let cases = [
        (
            "{ Patient(id: \"a\") { id meta { versionId } } }",
            json!({"Patient": {"id": "a", "meta": {"versionId": "1"}}}),
        ),
        ("{ PatientList(name: \"wojcik\") { id } }", json!({"PatientList": [{"id": "c"}]})),
        (
            "{ PatientList(gender: female, _sort: \"-family\") { id } }",
            json!({"PatientList": [{"id": "a"}, {"id": "b"}]}),
        ),
        (
            "{ PatientList(organization: \"Organization/o\", _count: 1, _offset: 1) { id } }",
            json!({"PatientList": [{"id": "b"}]}),
        ),
        (
            "{ PatientList(fhirpath: \"name.family = 'Shah'\") { id } }",
            json!({"PatientList": [{"id": "a"}]}),
        ),
        (
            "{ ObservationList(value_quantity: \"gt4.35\", patient: \"a\") { id } }",
            json!({"ObservationList": []}),
        ),
        (
            "{ ObservationList(subject: [\"Patient/b\", \"Patient/c\"]) { id
            subject { resource(type: Patient) { gender } } } }",
            json!({"ObservationList": [{"id": "4", "subject": {"resource": {"gender": "female"}}},
                {"id": "5", "subject": {"resource": {"gender": "female"}}}]}),
        ),
    ];
    for (query, expected) in cases {
        let answer = ask(&server, query).await;
        assert_eq!(answer.json()["data"], expected, "{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn connections_page_through_all() {
    let server = ward().await;
    let part = "count next previous edges { resource { id } }";
    let first = data(
        &server,
        &format!("{{ c: ObservationConnection(_count: 2, _sort: \"_id\") {{ {part} }} }}"),
    )
    .await;
    assert_eq!(first["c"]["count"], 5);
    let mut seen = Vec::new();
    let mut page = first["c"].clone();
    loop {
        for edge in page["edges"].as_array().unwrap() {
            seen.push(edge["resource"]["id"].as_str().unwrap().to_owned());
        }
        let Some(next) = page["next"].as_str().map(str::to_owned) else { break };
        // What is written between pages moves nothing.
        server
            .put(
                "/Observation/0",
                r#"{"resourceType":"Observation","id":"0","status":"final","code":{"text":"x"}}"#,
            )
            .await;
        page = data(
            &server,
            &format!("{{ c: ObservationConnection(_cursor: \"{next}\") {{ {part} }} }}"),
        )
        .await["c"]
            .clone();
    }
    assert_eq!(seen, ["1", "2", "3", "4", "5"]);
    let lapsed = ask(&server, "{ PatientConnection(_cursor: \"2~2~rubbish\") { count } }").await;
    assert_eq!(lapsed.status, 200);
    assert_eq!(lapsed.json()["data"]["PatientConnection"], Value::Null);
    assert_eq!(lapsed.json()["errors"].as_array().map(Vec::len), Some(1), "{}", lapsed.text);
}

#[tokio::test]
async fn mutations() {
    let server = ward().await;
    let made = data(
        &server,
        "mutation { PatientCreate(res: {gender: male, name: [{family: \"New\"}]}) {
        location resource { id gender meta { versionId } } information { id } } }",
    )
    .await;
    let made = &made["PatientCreate"];
    let id = made["resource"]["id"].as_str().unwrap();
    assert_eq!(made["location"], format!("{BASE}/Patient/{id}/_history/1"));
    assert_eq!(server.get(&format!("/Patient/{id}")).await.json()["name"][0]["family"], "New");
    let changed = data(&server, &format!("mutation {{
        u: PatientUpdate(id: \"{id}\", res: {{gender: female}}) {{ resource {{ meta {{ versionId }} }} }}
        d: PatientDelete(id: \"a\") {{ __typename }} }}")).await;
    assert_eq!(changed["u"]["resource"]["meta"]["versionId"], "2");
    assert_eq!(server.get("/Patient/a").await.status, 410);
    // What the rules of writing refuse is an error of its field; the others are done.
    let answer = ask(
        &server,
        "mutation {
        bad: PatientCreate(res: {colour: \"red\"}) { location }
        wrong: PatientUpdate(id: \"b\", res: {id: \"c\"}) { resource { id } }
        odd: PatientDelete(id: \"a_b\") { __typename }
        good: PatientDelete(id: \"b\") { __typename } }",
    )
    .await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(
        json["data"],
        json!({"bad": null, "wrong": null, "odd": null,
        "good": {"__typename": "PatientDeletion"}})
    );
    assert_eq!(json["errors"].as_array().map(Vec::len), Some(3), "{json}");
    assert_eq!(server.get("/Patient/b").await.status, 410);
    let by_get = server
        .get(&format!(
            "/$graphql?query={}",
            escaped("mutation { PatientDelete(id: \"c\") { __typename } }")
        ))
        .await;
    assert_eq!(by_get.status, 400);
    assert_eq!(server.get("/Patient/c").await.status, 200);
}

/// What fails while it runs leaves the rest as it is.
#[tokio::test]
async fn errors_of_fields() {
    let server = ward().await;
    let answer = ask(
        &server,
        "{ there: Patient(id: \"a\") { id } gone: Patient(id: \"x\") { id }
        odd: PatientList(birthdate: \"soon\") { id } }",
    )
    .await;
    assert_eq!(answer.status, 200);
    let json = answer.json();
    assert_eq!(json["data"], json!({"there": {"id": "a"}, "gone": null, "odd": null}));
    let mut paths: Vec<&str> =
        json["errors"].as_array().unwrap().iter().map(|e| e["path"][0].as_str().unwrap()).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["gone", "odd"]);
    for error in json["errors"].as_array().unwrap() {
        let issue = &error["extensions"]["resource"]["issue"][0];
        assert_eq!(issue["diagnostics"], error["message"]);
        assert_eq!(issue["code"], error["extensions"]["code"]);
    }
}

#[tokio::test]
async fn what_is_refused() {
    let server = ward().await;
    let graphql = "/$graphql";
    let long = format!("{{ Patient(id: \"{}\") {{ id }} }}", "x".repeat(70_000));
    let huge = "x".repeat(5 << 20);
    let cases: [(&str, &str, Headers, &str, u16); 16] = [
        ("GET", "/$graphql", &[], "", 400),
        ("GET", "/$graphql?query=", &[], "", 400),
        ("GET", "/$graphql?query=%7B", &[], "", 400),
        ("GET", "/$graphql?query=%7BPatientList%7Bid%7D%7D&variables=3", &[], "", 400),
        ("GET", "/$graphql?query=%7BPatientList%7Bid%7D%7D&variables=%7B", &[], "", 400),
        ("POST", graphql, TEXT, "", 400),
        ("POST", graphql, TEXT, "{ Patient }", 400),
        ("POST", graphql, TEXT, &long, 400),
        ("POST", graphql, TEXT, &huge, 413),
        ("POST", graphql, JSON, "", 400),
        ("POST", graphql, JSON, "[]", 400),
        ("POST", graphql, JSON, "{}", 400),
        ("POST", graphql, JSON, r#"{"query":3}"#, 400),
        ("POST", graphql, JSON, r#"{"query":"{ PatientList { id } }","variables":[]}"#, 400),
        ("POST", graphql, &[("content-type", "text/plain")], "{ PatientList { id } }", 415),
        ("POST", graphql, &[("content-type", "application/fhir+xml")], "<Parameters/>", 415),
    ];
    for (method, path, headers, body, status) in cases {
        let answer = server.call(method, path, headers, body).await;
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status.as_u16(), status, "{method} {path} {shown}: {}", answer.text);
        let json = answer.json();
        assert!(json.get("data").is_none(), "{path} {shown}");
        let error = &json["errors"][0];
        assert!(error["message"].as_str().is_some_and(|m| m.len() > 10), "{json}");
        assert_eq!(error["extensions"]["resource"]["resourceType"], "OperationOutcome");
    }
    for method in ["PUT", "DELETE", "PATCH"] {
        assert_eq!(server.call(method, graphql, JSON, "{}").await.status, 405, "{method}");
    }
}
