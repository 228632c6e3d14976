//! `…/_history` on three levels: which versions, in which pages, and what each says of itself.

use serde_json::Value;

use crate::setup::{BASE, Server};

/// Each version as `Type/id/version`, deletions with a minus.
fn versions(bundle: &Value) -> Vec<String> {
    assert_eq!(bundle["type"], "history", "{bundle}");
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let version = |entry: &Value| {
        let key = entry["fullUrl"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
        let etag = entry["response"]["etag"].as_str().unwrap();
        let number = etag.trim_start_matches("W/\"").trim_end_matches('"');
        let minus = if entry["request"]["method"] == "DELETE" { "-" } else { "" };
        format!("{minus}{}/{number}", key.trim_start_matches('/'))
    };
    entries.iter().map(version).collect()
}

fn patient(id: &str, language: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"{id}","language":"{language}"}}"#)
}

/// At 12:00 a/1 and b/1, at 12:10 a/2 and a Group, at 12:20 b is deleted, at 12:30 b comes back.
async fn some_time() -> Server {
    let server = Server::start();
    server.put("/Patient/a", &patient("a", "en")).await;
    server.put("/Patient/b", &patient("b", "en")).await;
    server.pass(10);
    server.put("/Patient/a", &patient("a", "cy")).await;
    let group = r#"{"resourceType":"Group","type":"person","actual":true}"#;
    assert_eq!(server.call("POST", "/Group", &[], group).await.status, 201);
    server.pass(10);
    assert_eq!(server.call("DELETE", "/Patient/b", &[], "").await.status, 204);
    server.pass(10);
    server.put("/Patient/b", &patient("b", "gd")).await;
    server
}

#[tokio::test]
async fn which_versions() {
    let server = some_time().await;
    let all = "Patient/b/3 -Patient/b/2 Group/id-1/1 Patient/a/2 Patient/b/1 Patient/a/1";
    let patients = "Patient/b/3 -Patient/b/2 Patient/a/2 Patient/b/1 Patient/a/1";
    let cases = [
        ("/_history", all),
        ("/Patient/_history", patients),
        ("/Patient/b/_history", "Patient/b/3 -Patient/b/2 Patient/b/1"),
        ("/Organization/_history", ""),
        (
            "/_history?_since=2026-03-01T12:10:00Z",
            "Patient/b/3 -Patient/b/2 Group/id-1/1 Patient/a/2",
        ),
        (
            "/_history?_since=2026-03-01T13:10:00%2B01:00",
            "Patient/b/3 -Patient/b/2 Group/id-1/1 Patient/a/2",
        ),
        ("/_history?_since=2026", all),
        ("/_history?_since=2027", ""),
        ("/Patient/b/_history?_since=2026-03-01T12:20:00.001Z", "Patient/b/3"),
        // Current at some time: what was written before and stood still then is among them.
        ("/_history?_at=2026-03-01", all),
        ("/_history?_at=2026-03-01T12:05:00Z", "Patient/b/1 Patient/a/1"),
        ("/_history?_at=2026-03-01T12:10:00Z", "Group/id-1/1 Patient/a/2 Patient/b/1"),
        ("/_history?_at=2026-03-01T12:15:00Z", "Group/id-1/1 Patient/a/2 Patient/b/1"),
        ("/_history?_at=2026-03-01T12:25:00Z", "Group/id-1/1 Patient/a/2"),
        ("/_history?_at=2026-03-01T12:20", "-Patient/b/2 Group/id-1/1 Patient/a/2"),
        ("/Patient/_history?_at=2026-03-02", "Patient/b/3 Patient/a/2"),
        ("/Patient/b/_history?_at=2026-03-01T12:25:00Z", ""),
        ("/_history?_at=2025", ""),
    ];
    for (path, expected) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let bundle = answer.json();
        assert_eq!(versions(&bundle).join(" "), expected, "{path}");
        assert_eq!(bundle["total"], versions(&bundle).len(), "{path}");
        assert_eq!(bundle.get("entry").is_none(), expected.is_empty(), "{path}");
    }
}

#[tokio::test]
async fn what_a_version_says_of_itself() {
    let server = some_time().await;
    let bundle = server.get("/_history").await.json();
    let says: Vec<String> = bundle["entry"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            let text = |part: &str, name: &str| entry[part][name].as_str().unwrap().to_owned();
            let (method, url) = (text("request", "method"), text("request", "url"));
            let (status, modified) = (text("response", "status"), text("response", "lastModified"));
            assert_eq!(entry.get("resource").is_none(), method == "DELETE");
            if let Some(resource) = entry.get("resource") {
                assert_eq!(resource["meta"]["lastUpdated"], modified.as_str());
            }
            format!("{method} {url} {status} {modified}")
        })
        .collect();
    let expected = [
        "PUT Patient/b 201 Created 2026-03-01T12:30:00.000Z",
        "DELETE Patient/b 204 No Content 2026-03-01T12:20:00.000Z",
        "POST Group 201 Created 2026-03-01T12:10:00.000Z",
        "PUT Patient/a 200 OK 2026-03-01T12:10:00.000Z",
        "PUT Patient/b 201 Created 2026-03-01T12:00:00.000Z",
        "PUT Patient/a 201 Created 2026-03-01T12:00:00.000Z",
    ];
    assert_eq!(says, expected);
    // The version before may stand on the next page.
    let first = server.get("/Patient/b/_history?_count=1").await.json();
    assert_eq!(first["entry"][0]["response"]["status"], "201 Created");
    let first = server.get("/Patient/a/_history?_count=1").await.json();
    assert_eq!(first["entry"][0]["response"]["status"], "200 OK");
    let head = server.call("HEAD", "/Patient/a/_history", &[], "").await;
    assert_eq!((head.status.as_u16(), head.text.as_str()), (200, ""));
    assert!(head.header("content-type").starts_with("application/fhir+json"));
}

#[tokio::test]
async fn pages_stay_while_others_write() {
    for query in ["", "_at=2026-03-01&", "_since=2026-03-01T12:00:00Z&"] {
        for count in 1..=6 {
            let server = some_time().await;
            let before =
                versions(&server.get(&format!("/_history?{query}_count=1000")).await.json());
            let mut path = format!("/_history?{query}_count={count}");
            let mut seen = Vec::new();
            loop {
                let page = server.get(&path).await.json();
                assert!(versions(&page).len() <= count);
                assert_eq!(page["link"][0]["relation"], "self");
                seen.extend(versions(&page));
                server.put("/Patient/late", &patient("late", "en")).await;
                let links = page["link"].as_array().unwrap();
                let Some(next) = links.iter().find(|link| link["relation"] == "next") else {
                    break;
                };
                path = next["url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
                assert!(seen.len() < 2_000, "{path}");
            }
            assert_eq!(seen, before, "{query} {count}");
        }
    }
    let server = some_time().await;
    let total = server.get("/Patient/a/_history?_count=0").await.json();
    assert_eq!((&total["total"], total.get("entry")), (&2.into(), None));
    assert_eq!(total["link"].as_array().unwrap().len(), 1, "nothing leads on from nothing");
}

#[tokio::test]
async fn versions_of_what_a_list_names() {
    let server = some_time().await;
    let list = r#"{"resourceType":"List","id":"l","status":"current","mode":"working","entry":[{"item":{"reference":"Patient/a"}},{"item":{"reference":"http://127.0.0.1/fhir/Group/id-1"}},{"item":{"reference":"Patient/none"}},{"item":{"display":"somebody"}},{"item":{"reference":"Patient/a"}}]}"#;
    server.put("/List/l", list).await;
    for (path, expected) in [
        ("/_history?_list=l", "Group/id-1/1 Patient/a/2 Patient/a/1"),
        ("/_history?_list=List/l&_count=2", "Group/id-1/1 Patient/a/2"),
        ("/Patient/_history?_list=l", "Patient/a/2 Patient/a/1"),
        ("/Patient/_history?_list=l&_at=2026-03-01T12:05:00Z", "Patient/a/1"),
        ("/Organization/_history?_list=l", ""),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        assert_eq!(versions(&answer.json()).join(" "), expected, "{path}");
    }
    let first = server.get("/_history?_list=l&_count=2").await.json();
    let next = first["link"][1]["url"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    assert_eq!(versions(&server.get(&next).await.json()), ["Patient/a/1"]);
    for (path, status) in [
        ("/_history?_list=none", 404),
        ("/_history?_list=$current-problems", 400),
        ("/Patient/a/_history?_list=l", 400),
    ] {
        let answer = server.get(path).await;
        assert_eq!(
            (answer.status.as_u16(), answer.issue().1.as_str()),
            (status, "_list"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_history_refuses() {
    let server = some_time().await;
    let cases = [
        ("/_history?_count=x", 400, "_count"),
        ("/_history?_count=-1", 400, "_count"),
        ("/_history?_count=", 400, "_count"),
        ("/_history?_count=1&_count=2", 400, "_count"),
        ("/_history?_since=soon", 400, "_since"),
        ("/_history?_at=13", 400, "_at"),
        ("/_history?_at=2026&_since=2026", 400, "_at"),
        ("/_history?_sort=date", 400, "_sort"),
        ("/_history?_before=x", 400, "_before"),
        ("/_history?name=x", 400, "name"),
        ("/Patient/none/_history", 404, ""),
        ("/Nothing/_history", 404, ""),
        ("/Patient/a_b/_history", 400, ""),
        ("/Patient/a/_history/9", 404, ""),
        ("/Patient/a/_history/x", 404, ""),
        ("/Patient/b/_history/2", 410, ""),
    ];
    for (path, status, place) in cases {
        let answer = server.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        let found = answer.issue().1;
        assert!(place.is_empty() || found == place, "{path}: {}", answer.text);
    }
    let many = server.get("/_history?_count=99999999999999999999").await;
    assert_eq!(many.status, 200, "{}", many.text);
    for (method, path) in [("POST", "/_history"), ("PUT", "/Patient/a/_history")] {
        let answer = server.call(method, path, &[], "{}").await;
        assert!(matches!(answer.status.as_u16(), 404 | 405), "{method} {path}: {}", answer.text);
    }
}
