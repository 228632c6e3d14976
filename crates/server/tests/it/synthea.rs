//! The public Synthea Bundles: all of it is taken, and each resource comes back equal.
//!
//! A sample in `make test`, all 617 with `CARELOOM_ALL_SYNTHEA=1`.

use std::io::Read as _;
use std::path::PathBuf;

use serde_json::Value;

use crate::setup::Server;

const SAMPLE: usize = 12;

fn files() -> Vec<PathBuf> {
    let data = std::env::var_os("CARELOOM_DATA").map_or_else(
        || {
            PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs this test"))
                .join("../../../shared/data")
        },
        PathBuf::from,
    );
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("synthea"))
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "gz"));
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_resource_is_read_back_equal() {
    let mut files = files();
    if files.is_empty() {
        assert!(
            std::env::var_os("CARELOOM_DATA_REQUIRED").is_none(),
            "the synthea data is missing"
        );
        eprintln!("skipped: no data/synthea; set CARELOOM_DATA");
        return;
    }
    if std::env::var_os("CARELOOM_ALL_SYNTHEA").is_none() {
        let step = files.len() / SAMPLE;
        files = files.into_iter().step_by(step.max(1)).take(SAMPLE).collect();
    }
    let server = Server::start();
    let mut resources = 0;
    for file in files {
        let mut text = String::new();
        let reader = flate2::read::GzDecoder::new(std::fs::File::open(&file).expect("open"));
        { reader }.read_to_string(&mut text).expect("unpack");
        // Some of the Bundles are longer than the limit of these tests' server, so they go past it.
        let tree = std::sync::Arc::new(fhir::Tree::parse(text.as_bytes()).expect("json"));
        let request = interactions::BundleRequest {
            tree,
            answer: interactions::Return::Minimal,
            handling: interactions::Handling::Strict,
        };
        let answer = server.app.process_bundle(request).await.unwrap_or_else(|f| panic!("{f}"));
        let (sent, answer): (Value, Value) = (
            serde_json::from_str(&text).expect("json"),
            serde_json::from_slice(&answer).expect("json"),
        );
        resources += compare(&server, &sent, &answer).await;
    }
    assert!(resources > 1_000, "{resources}");
    eprintln!("{resources} resources read back equal");
}

/// Reads each entry back; id, version and time are the server's, references are resolved.
async fn compare(server: &Server, sent: &Value, answer: &Value) -> usize {
    let list = |bundle: &Value| bundle["entry"].as_array().expect("entries").clone();
    let (sent, answers) = (list(sent), list(answer));
    assert_eq!(sent.len(), answers.len());
    let key = |answer: &Value| {
        let location = answer["response"]["location"].as_str().expect("as the test wrote it");
        let path = location.strip_prefix(crate::setup::BASE).expect("as the test wrote it");
        path.split("/_history").next().unwrap_or("").to_owned()
    };
    let keys: std::collections::HashMap<&str, String> = sent
        .iter()
        .zip(&answers)
        .map(|(sent, answer)| (sent["fullUrl"].as_str().expect("a text"), key(answer)))
        .collect();
    for (sent, answer) in sent.iter().zip(&answers) {
        let mut expected = sent["resource"].clone();
        resolve(&mut expected, &keys);
        let mut found = server.get(&key(answer)).await.json();
        for resource in [&mut expected, &mut found] {
            let object = resource.as_object_mut().expect("as the test wrote it");
            object.remove("id");
            if let Some(meta) = object.get_mut("meta").and_then(Value::as_object_mut) {
                meta.remove("versionId");
                meta.remove("lastUpdated");
                if meta.is_empty() {
                    object.remove("meta");
                }
            }
        }
        assert_eq!(found, expected);
    }
    sent.len()
}

fn resolve(value: &mut Value, keys: &std::collections::HashMap<&str, String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let target = member.as_str().and_then(|text| keys.get(text));
                match target {
                    Some(key) if name == "reference" => {
                        *member = key.trim_start_matches('/').into();
                    }
                    _ => resolve(member, keys),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| resolve(item, keys)),
        _ => {}
    }
}
