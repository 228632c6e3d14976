//! What jobs keep of resources goes when these are erased; what nobody can ask for does not stay.

use std::path::PathBuf;

use serde_json::json;

use crate::setup::{Answer, Server};

async fn filled(server: &Server) {
    for (key, rest) in [
        ("Patient/a", r#""language":"en""#),
        ("Patient/b", r#""language":"de""#),
        (
            "Observation/o",
            r#""status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"}"#,
        ),
        ("Organization/x", r#""name":"X""#),
    ] {
        let (type_name, id) = key.split_once('/').unwrap();
        let body = format!(r#"{{"resourceType":"{type_name}","id":"{id}",{rest}}}"#);
        server.put(&format!("/{key}"), &body).await;
    }
}

fn jobs_folder(server: &Server) -> PathBuf {
    server.import_folder().parent().unwrap().join("jobs")
}

/// The files of a job, by its path below the base.
fn files(server: &Server, job: &str) -> Vec<String> {
    let folder = jobs_folder(server).join(job.rsplit('/').next().unwrap());
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().into_string().unwrap()
    };
    let mut names: Vec<String> = entries.map(name).filter(|name| !name.starts_with('.')).collect();
    names.sort();
    names
}

/// Waits until a job that has ended has only these files left.
async fn left(server: &Server, job: &str, expected: &[&str]) {
    for _ in 0..2_000 {
        if files(server, job) == expected {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    panic!("{:?} are left", files(server, job));
}

/// A job that ended well.
async fn ended(server: &Server, method: &str, path: &str) -> String {
    let job = server.begin(method, path, &[], "").await;
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    job
}

fn assert_gone(answer: &Answer) {
    assert_eq!((answer.status.as_u16(), answer.issue().0.as_str()), (410, "deleted"));
    assert!(answer.text.contains("erased"), "{}", answer.text);
}

#[tokio::test]
async fn an_erasure_reaches_what_jobs_keep() {
    let server = Server::start();
    filled(&server).await;
    let patients = ended(&server, "GET", "/$export?_type=Patient").await;
    let others = ended(&server, "GET", "/$export?_type=Organization").await;
    let later = ended(&server, "GET", "/Patient?language=en").await;
    let file = server.get(&patients).await.json()["output"][0]["url"].clone();
    assert_eq!(server.lines(&file).await.len(), 2);
    assert_eq!(files(&server, &patients), ["Patient-1.ndjson"]);
    assert_eq!(files(&server, &later), ["request", "result"]);
    let answer = server.call("POST", "/Patient/a/$purge", &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.contains("the results of 2 exports"), "{}", answer.text);
    assert_gone(&server.get(&patients).await);
    let path = file.as_str().unwrap().strip_prefix(crate::setup::BASE).unwrap();
    assert_eq!(server.get(path).await.status, 404);
    // An answer that was given later says so in its Bundle, as any failure.
    let told = server.get(&later).await;
    assert_eq!(told.status, 200);
    assert!(!told.text.contains("language") && told.text.contains("erased"), "{}", told.text);
    for job in [&patients, &later] {
        assert_eq!(files(&server, job), Vec::<String>::new());
    }
    assert_eq!(server.get(&others).await.json()["output"][0]["count"], 1, "it holds none of it");
    assert_eq!(files(&server, &others), ["Organization-1.ndjson"]);
    // What is asked for from now on is without it.
    let again = ended(&server, "GET", "/$export?_type=Patient").await;
    assert_eq!(server.get(&again).await.json()["output"][0]["count"], 1);
    assert_eq!(server.call("DELETE", &patients, &[], "").await.status, 202);
    assert_eq!(server.get(&patients).await.status, 404);
}

#[tokio::test]
async fn versions_that_are_expunged_go_from_files_too() {
    let server = Server::start();
    filled(&server).await;
    let before = ended(&server, "GET", "/$export?_type=Patient").await;
    let others = ended(&server, "GET", "/$export?_type=Observation").await;
    server.put("/Patient/a", r#"{"resourceType":"Patient","id":"a"}"#).await;
    let previous = json!({"resourceType": "Parameters", "parameter": [
        {"name": "expungePreviousVersions", "valueBoolean": true}]});
    let answer = server.call("POST", "/Patient/a/$expunge", &[], &previous.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_gone(&server.get(&before).await);
    assert_eq!(files(&server, &before), Vec::<String>::new());
    assert_eq!(server.get(&others).await.status, 200);
    // A refused one takes nothing along.
    assert_eq!(server.call("POST", "/Observation/o/$expunge", &[], "").await.status, 400);
    assert_eq!(server.get(&others).await.status, 200);
}

#[tokio::test]
async fn exports_that_are_under_way_are_ended() {
    let server = Server::with(|options| {
        options.jobs.step_resources = 1;
        options.jobs.step_time = std::time::Duration::ZERO;
    });
    filled(&server).await;
    for number in 0..200 {
        let body = format!(r#"{{"resourceType":"Patient","id":"p{number}"}}"#);
        server.put(&format!("/Patient/p{number}"), &body).await;
    }
    // One that runs, and one that waits behind it.
    let first = server.begin("GET", "/$export?_type=Patient", &[], "").await;
    let second = server.begin("GET", "/$export?_type=Observation,Patient", &[], "").await;
    let answer = server.call("POST", "/Patient/a/$purge", &[], "").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    for job in [&first, &second] {
        assert_gone(&server.done(job).await);
        assert_eq!(files(&server, job), Vec::<String>::new());
    }
    let next = ended(&server, "GET", "/$export?_type=Patient").await;
    assert_eq!(server.get(&next).await.json()["output"][0]["count"], 201);
}

#[tokio::test]
async fn an_erasure_can_be_answered_later_itself() {
    let server = Server::start();
    filled(&server).await;
    let started = std::time::Instant::now();
    let job = ended(&server, "POST", "/Patient/a/$purge").await;
    let told = server.get(&job).await.json();
    assert_eq!(told["entry"][0]["response"]["status"], "200", "{told}");
    assert_eq!(server.get("/Patient/a").await.status, 404);
    assert!(started.elapsed() < std::time::Duration::from_secs(9), "it does not wait for itself");
}

#[tokio::test]
async fn what_was_sent_does_not_stay() {
    let server = Server::with(|options| options.jobs.import_errors_max = 2);
    let ndjson = [("content-type", "application/fhir+ndjson")];
    let lines = "{\"resourceType\":\"Patient\",\"id\":\"i\"}\n[]";
    let job = server.begin("POST", "/$import", &ndjson, lines).await;
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    left(&server, &job, &["errors-1.ndjson"]).await;
    // Of one that failed nothing stays but why.
    let job = server.begin("POST", "/$import", &ndjson, "[]\n[]\n[]\n[]").await;
    let answer = server.done(&job).await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    left(&server, &job, &[]).await;
    assert_eq!(server.call("DELETE", &job, &[], "").await.status, 202);
    assert_eq!(server.call("DELETE", &job, &[], "").await.status, 404);
}
