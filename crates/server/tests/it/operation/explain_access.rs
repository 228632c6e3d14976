//! `$explain-access`: the answer is what the route itself would do, with the rules in words.

use crate::access::{area, ask};

/// Caller, what is asked about, whether it is allowed, of which resources of the type, a rule that is told.
const ROWS: &[(&str, &str, bool, &str, &str)] = &[
    ("operator", "Observation/mine-o", true, "all", "operator"),
    ("operator", "Observation/none", false, "all", "operator"),
    ("citizen", "Observation/mine-o", true, "some", "own-record"),
    ("citizen", "Observation/other-o", false, "some", "own-record"),
    ("citizen", "Observation/none", false, "some", "own-record"),
    ("citizen", "Observation", true, "some", "record-level"),
    ("citizen", "Observation/mine-o?action=update", false, "none", "own-record"),
    ("citizen", "Slot", false, "none", "booking"),
    ("citizen", "Task/mine-t", false, "none", "own-record"),
    ("citizen at p5", "Observation/mine-o", false, "none", "identity-level"),
    ("narrow app", "Observation/mine-o", true, "some", "scope"),
    ("narrow app", "Condition/mine-c", false, "none", "scope"),
    ("app of nothing", "Observation/mine-o", false, "none", "scope"),
    ("clinician", "Observation/mine-o", true, "some", "relationship"),
    ("clinician", "Observation/other-o", false, "some", "relationship"),
    ("clinician who opened it", "Observation/other-o", true, "some", "relationship"),
    ("clinician", "Observation/mine-o?action=delete", false, "none", "role"),
    ("receptionist", "Observation/mine-o", false, "none", "role"),
    ("service", "Observation/mine-o", false, "none", "scope"),
    ("reporting", "Observation/other-o", true, "all", "service"),
];

fn asked(about: &str) -> String {
    let (path, query) = about.split_once('?').unwrap_or((about, ""));
    format!("/{path}/$explain-access?{query}")
}

#[tokio::test]
async fn why_and_why_not() {
    let server = area().await;
    for (who, about, allowed, of_type, rule) in ROWS {
        let answer = ask(&server, who, "GET", &asked(about), "").await;
        assert_eq!(answer.status, 200, "{who} {about}: {}", answer.text);
        let json = answer.json();
        let parameters = json["parameter"].as_array().expect("parameters");
        let value = |name: &str| {
            let found = parameters.iter().find(|parameter| parameter["name"] == name);
            found.unwrap_or_else(|| panic!("{name} in {}", answer.text))
        };
        assert_eq!(value("allowed")["valueBoolean"], *allowed, "{who} {about}: {}", answer.text);
        assert_eq!(value("of-type")["valueCode"], *of_type, "{who} {about}: {}", answer.text);
        let mut rules = parameters.iter().filter(|parameter| parameter["name"] == "reason");
        let is_told = rules.any(|reason| reason["part"][0]["valueCode"] == *rule);
        assert!(is_told, "{who} {about}: {}", answer.text);
        // What is said is what is done.
        if about.contains('/') && !about.contains('?') && *who != "operator" {
            let read = ask(&server, who, "GET", &format!("/{about}"), "").await;
            assert_eq!(read.status == 200, *allowed, "{who} {about}: {}", read.status);
        }
    }
}

/// What is told of another's resource is told of one that does not exist.
#[tokio::test]
async fn nothing_tells_what_exists() {
    let server = area().await;
    for who in ["citizen", "narrow app", "clinician", "receptionist"] {
        let there = ask(&server, who, "GET", &asked("Observation/other-o"), "").await;
        let not = ask(&server, who, "GET", &asked("Observation/none"), "").await;
        assert_eq!(there.text, not.text, "{who}");
    }
}

#[tokio::test]
async fn what_is_refused() {
    let server = area().await;
    for (who, about, status) in [
        ("nobody", "Observation/mine-o", 401),
        ("citizen", "Observation/mine-o?action=eat", 400),
        ("citizen", "Observation/mine-o?what=this", 400),
        ("citizen", "Observation/mine-o?account=somebody", 403),
        ("clinician", "Observation/mine-o?account=somebody", 403),
        ("operator", "Observation/mine-o?account=somebody", 400),
        ("citizen", "Nothing/mine-o", 404),
    ] {
        let answer = ask(&server, who, "GET", &asked(about), "").await;
        assert_eq!(answer.status, status, "{who} {about}: {}", answer.text);
    }
}
