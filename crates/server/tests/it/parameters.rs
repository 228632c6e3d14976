//! SearchParameters that take effect while the server runs, and `$reindex`.

use serde_json::json;

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
        ("/$reindex?type=Patent", 404, ""),
        ("/Patent/$reindex", 404, ""),
        ("/$reindex?hair=red", 400, "hair"),
    ];
    for (path, status, expression) in cases {
        let answer = server.call("POST", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert_eq!(answer.issue().1, expression, "{path}");
    }
}
