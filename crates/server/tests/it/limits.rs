//! What asks for too much: bounded, and told so, or refused with what to do instead.

use serde_json::Value;

use crate::setup::{Answer, Server};

const FORM: &[(&str, &str)] = &[("content-type", "application/x-www-form-urlencoded")];

/// All that an answer tells, whether it is a Bundle or an OperationOutcome.
fn told(answer: &Answer) -> String {
    let body = answer.json();
    let texts = |outcome: &Value| -> Vec<String> {
        let issues = outcome["issue"].as_array().cloned().unwrap_or_default();
        issues.iter().map(|issue| issue["diagnostics"].as_str().unwrap().to_owned()).collect()
    };
    if body["resourceType"] == "OperationOutcome" {
        return texts(&body).join("; ");
    }
    let entries = body["entry"].as_array().cloned().unwrap_or_default();
    let outcomes = entries.iter().filter(|entry| entry["search"]["mode"] == "outcome");
    outcomes.flat_map(|entry| texts(&entry["resource"])).collect::<Vec<_>>().join("; ")
}

/// The ids of a mode, sorted.
fn ids(answer: &Answer, mode: &str) -> String {
    let body = answer.json();
    let entries = body["entry"].as_array().cloned().unwrap_or_default();
    let of_mode = entries.iter().filter(|entry| entry["search"]["mode"] == mode);
    let mut ids: Vec<String> =
        of_mode.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids.join(" ")
}

async fn put(server: &Server, key: &str, members: &str) {
    let (type_name, id) = key.split_once('/').unwrap();
    let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}",{members}}}"#);
    server.put(&format!("/{key}"), &body).await;
}

#[tokio::test]
async fn pages_greater_than_there_are() {
    let server = Server::start();
    put(&server, "Patient/a", r#""active":true"#).await;
    for count in ["1e9", "1E9", "1e+9", "1000000000", "99999999999999999999999", "1e99999999999999"]
    {
        let count = count.replace('+', "%2B");
        for path in [format!("/Patient?_count={count}"), format!("/?_type=Patient&_count={count}")]
        {
            let answer = server.get(&path).await;
            assert_eq!(
                (answer.status.as_u16(), ids(&answer, "match").as_str()),
                (200, "a"),
                "{path}"
            );
            let told = told(&answer);
            assert!(told.contains("1000 matches at the most"), "{path}: {told}");
            assert!(told.contains("next link"), "{path}: {told}");
        }
        let history = server.get(&format!("/Patient/_history?_count={count}")).await;
        assert_eq!(history.status, 200, "{}", history.text);
    }
    for count in ["2e1", "20", "1e3", "0e9"] {
        let answer = server.get(&format!("/Patient?_count={count}")).await;
        assert_eq!((answer.status.as_u16(), told(&answer).as_str()), (200, ""), "{count}");
    }
    for count in ["1e", "e9", "1e-9", "-1e9", "1.5", "0x10", "1e9e9", "many", ""] {
        let answer = server.get(&format!("/Patient?_count={count}")).await;
        assert_eq!((answer.status.as_u16(), answer.issue().1.as_str()), (400, "_count"), "{count}");
    }
}

#[tokio::test]
async fn more_values_than_a_parameter_takes() {
    let server = Server::start();
    put(&server, "Patient/a", r#""identifier":[{"value":"n999"}]"#).await;
    let values = |count: usize| {
        let values: Vec<String> = (0..count).map(|number| format!("n{number}")).collect();
        format!("identifier={}", values.join(","))
    };
    let most = server.call("POST", "/Patient/_search", FORM, &values(1_000)).await;
    assert_eq!((most.status.as_u16(), ids(&most, "match").as_str()), (200, "a"), "{}", most.text);
    for count in [1_001, 10_000] {
        for path in ["/Patient/_search", "/_search"] {
            let body = match path {
                "/_search" => format!("_type=Patient&{}", values(count)),
                _ => values(count),
            };
            let answer = server.call("POST", path, FORM, &body).await;
            assert_eq!(answer.status, 400, "{path}: {}", answer.text);
            assert_eq!(answer.issue(), ("too-costly".to_owned(), "identifier".to_owned()));
            let told = told(&answer);
            assert!(told.contains("more than 1000 values"), "{told}");
            assert!(told.contains("send several searches"), "{told}");
            assert!(!told.contains("n999"), "no value is repeated: {told}");
        }
    }
}

#[tokio::test]
async fn includes_that_go_round() {
    let server = Server::start();
    let part_of = |id: &str| format!(r#""partOf":{{"reference":"Organization/{id}"}}"#);
    for (id, above) in [("a", "c"), ("b", "a"), ("c", "b"), ("itself", "itself")] {
        put(&server, &format!("Organization/{id}"), &part_of("none")).await;
        put(&server, &format!("Organization/{id}"), &part_of(above)).await;
    }
    let cases = [
        ("_id=a&_include:iterate=Organization:partof", "b c"),
        ("_id=a&_revinclude:iterate=Organization:partof", "b c"),
        ("_id=a&_include:iterate=Organization:*&_revinclude:iterate=Organization:*", "b c"),
        ("_id=a&_include=Organization:partof", "c"),
        ("_id=itself&_include:iterate=Organization:partof", ""),
    ];
    for (query, included) in cases {
        let answer = server.get(&format!("/Organization?{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text);
        assert_eq!(ids(&answer, "include"), included, "{query}");
        assert_eq!(told(&answer), "", "{query}");
    }
}

#[tokio::test]
async fn more_included_than_a_page_holds() {
    let server = Server::start();
    put(&server, "Patient/a", r#""active":true"#).await;
    let entry = |number: usize| {
        format!(
            r#"{{"request":{{"method":"PUT","url":"Condition/c{number}"}},"resource":{{"resourceType":"Condition","id":"c{number}","subject":{{"reference":"Patient/a"}}}}}}"#
        )
    };
    for numbers in [0..500, 500..1_001] {
        let entries: Vec<String> = numbers.map(entry).collect();
        let bundle = format!(
            r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#,
            entries.join(",")
        );
        let answer = server.call("POST", "/", &[], &bundle).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    let answer = server.get("/Patient?_revinclude=Condition:subject").await;
    assert_eq!((answer.status.as_u16(), ids(&answer, "match").as_str()), (200, "a"));
    assert_eq!(ids(&answer, "include").split(' ').count(), 1_000);
    let told = told(&answer);
    assert!(told.contains("more resources are included than a page holds"), "{told}");
    assert!(told.contains("ask for fewer matches"), "{told}");
}

#[tokio::test]
async fn chains_that_explode() {
    let server = Server::start();
    // Contained ones are looked for on each link of a chain, beside the others.
    let link = r#""link":[{"other":{"reference":"Patient/b"},"type":"seealso"}]"#;
    put(
        &server,
        "Patient/a",
        &format!(r#"{link},"contained":[{{"resourceType":"Patient","id":"p"}}]"#),
    )
    .await;
    put(&server, "Patient/b", &link.replace("Patient/b", "Patient/a")).await;
    let chain = |links: usize| format!("/Patient?{}_id=a", "link:Patient.".repeat(links));
    for links in [1, 4, 8] {
        let answer = server.get(&chain(links)).await;
        let found = if links % 2 == 1 { "b" } else { "a" };
        assert_eq!(answer.status, 200, "{links}: {}", answer.text);
        assert_eq!(ids(&answer, "match"), found, "{links}");
    }
    let deep = server.get(&chain(16)).await;
    assert_eq!(
        (deep.status.as_u16(), deep.issue().0.as_str()),
        (400, "too-costly"),
        "{}",
        deep.text
    );
    assert!(told(&deep).contains("use fewer links"), "{}", told(&deep));
    // Where nothing is contained, each link is one step.
    put(&server, "Patient/a", link).await;
    let deep = server.get(&chain(16)).await;
    assert_eq!((deep.status.as_u16(), ids(&deep, "match").as_str()), (200, "a"), "{}", deep.text);
    let has = |links: usize| format!("/Patient?{}_id=a", "_has:Patient:link:".repeat(links));
    for links in [1, 8, 16] {
        let answer = server.get(&has(links)).await;
        assert_eq!(answer.status, 200, "{links}: {}", answer.text);
    }
    for path in [chain(17), has(17)] {
        let answer = server.get(&path).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert!(told(&answer).contains("more than 16 links"), "{}", told(&answer));
    }
    // A reference to anything, again and again: types times types.
    for path in [
        "/Observation?focus.focus.focus.focus.code=1",
        "/Composition?entry.subject.subject.subject.general-practitioner.name=x",
        "/Provenance?target.target.target.target._id=a",
    ] {
        let answer = server.get(path).await;
        let told = told(&answer);
        if answer.status == 200 {
            continue;
        }
        assert_eq!(
            (answer.status.as_u16(), answer.issue().0.as_str()),
            (400, "too-costly"),
            "{told}"
        );
        assert!(told.contains("name the types of chains"), "{path}: {told}");
    }
}

#[tokio::test]
async fn along_canonicals() {
    let server = Server::start();
    let url = "http://forms.test/phq";
    for (id, version) in [("one", "1"), ("two", "2")] {
        let members =
            format!(r#""url":"{url}","version":"{version}","title":"Form {id}","status":"active""#);
        put(&server, &format!("Questionnaire/{id}"), &members).await;
    }
    for (id, canonical) in [("any", url.to_owned()), ("first", format!("{url}|1"))] {
        let members = format!(r#""questionnaire":"{canonical}","status":"completed""#);
        put(&server, &format!("QuestionnaireResponse/{id}"), &members).await;
    }
    let cases = [
        ("QuestionnaireResponse?questionnaire.title=Form%20two", "any", ""),
        ("QuestionnaireResponse?questionnaire:Questionnaire.version=1", "any first", ""),
        ("Questionnaire?_has:QuestionnaireResponse:questionnaire:_id=first", "one", ""),
        ("Questionnaire?_has:QuestionnaireResponse:questionnaire:status=completed", "one two", ""),
        (
            "QuestionnaireResponse?_id=first&_include=QuestionnaireResponse:questionnaire",
            "first",
            "one",
        ),
        ("QuestionnaireResponse?_id=any&_include=*", "any", "one two"),
        ("Questionnaire?_id=two&_revinclude=QuestionnaireResponse:questionnaire", "two", "any"),
        (
            "Questionnaire?_id=two&_revinclude:iterate=QuestionnaireResponse:questionnaire&_include:iterate=QuestionnaireResponse:questionnaire",
            "two",
            "any first one",
        ),
    ];
    for (path, found, included) in cases {
        let answer = server.get(&format!("/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(
            (ids(&answer, "match").as_str(), ids(&answer, "include").as_str()),
            (found, included),
            "{path}"
        );
    }
}
