//! Conditions of a transaction that meet what other entries write: identities that overlap make the
//! whole fail. Spec: <https://hl7.org/fhir/R4/http.html#trules>.

use serde_json::{Value, json};

use super::{bundle, entry, post};
use crate::setup::Server;

fn patient(number: &str) -> Value {
    json!({"resourceType": "Patient", "active": true,
        "identifier": [{"system": "urn:s", "value": number}]})
}

fn create(number: &str, condition: &str) -> Value {
    let mut made = entry("", "POST", "Patient", patient(number));
    if !condition.is_empty() {
        made["request"]["ifNoneExist"] = condition.into();
    }
    made
}

fn update(number: &str, condition: &str) -> Value {
    entry("", "PUT", &format!("Patient?{condition}"), patient(number))
}

fn delete(condition: &str) -> Value {
    json!({"request": {"method": "DELETE", "url": format!("Patient?{condition}")}})
}

#[tokio::test]
async fn conditions_see_what_the_transaction_writes() {
    let one = "identifier=urn:s|1";
    // The entries, the status, and how many patients there are then.
    let rows: Vec<(Vec<Value>, u16, u64)> = vec![
        (vec![create("1", ""), update("1", one)], 400, 0),
        (vec![update("1", one), create("1", "")], 400, 0),
        (vec![create("1", one), create("1", "identifier=urn:s|1&active=true")], 400, 0),
        (vec![create("1", one), create("1", "active=true")], 400, 0),
        (vec![update("1", one), update("1", "identifier=1")], 400, 0),
        (vec![create("1", "identifier=urn:s|2"), create("2", "identifier=urn:s|1")], 400, 0),
        (vec![create("1", one), create("2", "identifier=urn:s|2")], 200, 2),
        (vec![create("1", ""), create("2", "identifier=urn:s|2")], 200, 2),
        (vec![update("1", one), update("2", "identifier=urn:s|2")], 200, 2),
        // Creates come first, so this one does not see the update.
        (vec![create("2", one), update("1", "identifier=urn:s|3")], 200, 2),
        // Deletes come before all, and find nothing yet.
        (vec![delete(one), create("1", "")], 200, 1),
    ];
    for (entries, status, count) in rows {
        let server = Server::start();
        let whole = bundle("transaction", entries);
        let answer = post(&server, &whole).await;
        assert_eq!(answer.status, status, "{whole}: {}", answer.text);
        if status == 400 {
            assert_eq!(answer.issue().0, "duplicate", "{whole}");
        }
        let found = server.get("/Patient?_summary=count").await.json();
        assert_eq!(found["total"], count, "{whole}");
    }
}
