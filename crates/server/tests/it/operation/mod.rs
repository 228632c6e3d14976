//! `…/$name`: operations.

mod definitions;
mod everything;
mod explain_access;
mod expunge;
mod lastn;
mod meta;
mod purge;
mod validate;

use serde_json::Value;

/// A Parameters resource of these parameters, each in JSON.
fn parameters(parameters: &[&str]) -> String {
    format!(r#"{{"resourceType":"Parameters","parameter":[{}]}}"#, parameters.join(","))
}

/// The resources of a Bundle as `Type/id`.
fn keys(bundle: &Value) -> Vec<String> {
    let entries = bundle["entry"].as_array().cloned().unwrap_or_default();
    let key = |entry: &Value| {
        let text = |name: &str| entry["resource"][name].as_str().unwrap_or("?").to_owned();
        format!("{}/{}", text("resourceType"), text("id"))
    };
    entries.iter().map(key).collect()
}
