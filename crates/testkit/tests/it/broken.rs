//! The corpus of broken inputs says the truth about itself.

use std::collections::HashSet;

use fhir::{Limits, Tree};
use testkit::broken::{self, Case, Expect};

fn names_are_unique(cases: &[Case]) {
    let names: HashSet<_> = cases.iter().map(|case| case.name).collect();
    assert_eq!(names.len(), cases.len());
    assert!(cases.iter().all(|case| !case.wrong.is_empty()));
    for wanted in [Expect::Refuse, Expect::Report, Expect::Accept] {
        assert!(cases.iter().any(|case| case.expect == wanted));
    }
}

#[test]
fn every_case_has_its_own_name_and_input() {
    for cases in [broken::hl7(), broken::json(), broken::xml(), broken::csv()] {
        names_are_unique(&cases);
        let inputs: HashSet<_> = cases.iter().map(|case| &case.input).collect();
        assert_eq!(inputs.len(), cases.len(), "a replacement changed nothing");
    }
}

#[test]
fn the_json_reader_agrees_on_syntax() {
    // These are JSON, and no resource; telling so is not the reader's part.
    let shape = ["null", "array", "no resource type", "unknown resource type", "type is a number"];
    for case in broken::json() {
        let read = Tree::parse_with(&case.input, Limits::STANDARD);
        let refused = case.expect == Expect::Refuse && !shape.contains(&case.name);
        assert_eq!(read.is_err(), refused, "{}: {:?}", case.name, read.err());
    }
}
