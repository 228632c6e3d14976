//! Scopes: what is read, what is refused, what is narrower than what.

use access::{Action, Scopes};
use proptest::prelude::*;

use crate::{resource_type, scopes};

fn known(name: &str) -> Option<fhir::ResourceType> {
    definitions::embedded().resource_type(name)
}

#[test]
fn scopes_are_read_and_written_again() {
    let table = [
        ("patient/Observation.rs", "patient/Observation.rs"),
        ("user/*.cruds", "user/*.cruds"),
        ("system/Patient.s", "system/Patient.s"),
        ("patient/Observation.read", "patient/Observation.rs"),
        ("patient/Observation.write", "patient/Observation.cud"),
        ("patient/*.*", "patient/*.cruds"),
        ("patient/*.* patient/*.cruds", "patient/*.cruds"),
        (
            "openid fhirUser launch/patient offline_access",
            "openid fhirUser launch/patient offline_access",
        ),
        ("  openid   openid ", "openid"),
        ("", ""),
        (
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory",
            "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category%7Claboratory",
        ),
        (
            "patient/Observation.rs?status=final&code=a%26b",
            "patient/Observation.rs?status=final&code=a%26b",
        ),
        ("something/else.rs patients/Observation.rs", "something/else.rs patients/Observation.rs"),
    ];
    for (text, written) in table {
        let read = scopes(text);
        assert_eq!(read.to_string(), written, "{text}");
        assert_eq!(scopes(written), read, "{text} again");
    }
}

#[test]
fn what_is_no_scope_is_refused_with_what_was_expected() {
    let table = [
        ("patient/Observation.sr", "in this order"),
        ("patient/Observation.rr", "in this order"),
        ("patient/Observation.", "letters of cruds"),
        ("patient/Observation", "a dot"),
        ("patient/", "a dot"),
        ("patient/Observations.rs", "no resource type"),
        ("patient/observation.rs", "no resource type"),
        ("patient/Observation.rsx", "letters of cruds"),
        ("patient/Observation.Read", "letters of cruds"),
        ("patient/*.rs?category=x", "needs a resource type"),
        ("patient/Observation.rs?", "name=value"),
        ("patient/Observation.rs?category", "name=value"),
        ("patient/Observation.rs?=x", "name=value"),
        ("patient/Observation.rs?category=", "name=value"),
        ("patient/Observation.rs?_count=5", "shapes an answer"),
        ("patient/Observation.rs?_include=*", "shapes an answer"),
        ("patient/Observation.rs?_include:iterate=*", "shapes an answer"),
        ("open\"id", "printable"),
        ("patient/Observation.rs\u{7f}", "printable"),
        ("opén", "printable"),
    ];
    for (text, expected) in table {
        match Scopes::parse(text, &known) {
            Ok(read) => panic!("{text} was read as {read}"),
            Err(error) => assert!(error.to_string().contains(expected), "{text}: {error}"),
        }
    }
    assert!(Scopes::parse(&"x ".repeat(201), &known).is_err());
    assert!(Scopes::parse(&"x".repeat(20_000), &known).is_err());
}

#[test]
fn what_a_scope_allows() {
    use Action::{Create, Delete, Read, Search, Update};
    let table: [(&str, &str, &[Action]); 6] = [
        ("patient/Observation.rs", "Observation", &[Read, Search]),
        ("patient/Observation.rs", "Condition", &[]),
        ("user/*.u", "Condition", &[Update]),
        ("openid profile", "Patient", &[]),
        ("patient/Patient.write", "Patient", &[Create, Update, Delete]),
        ("patient/Observation.r user/Observation.s", "Observation", &[Read, Search]),
    ];
    for (text, type_name, expected) in table {
        let scopes = scopes(text);
        let allows =
            |action: &Action| scopes.allowing(resource_type(type_name), *action).count() > 0;
        let allowed: Vec<Action> = Action::ALL.into_iter().filter(allows).collect();
        assert_eq!(allowed, expected, "{text} of {type_name}");
    }
}

#[test]
fn narrower_and_narrowed() {
    let table = [
        ("patient/Observation.r", "patient/Observation.rs", true),
        ("patient/Observation.rs", "patient/*.cruds", true),
        ("patient/*.rs", "patient/Observation.rs", false),
        ("patient/Observation.rs", "user/Observation.rs", false),
        ("patient/Observation.c", "patient/Observation.rs", false),
        ("openid", "openid fhirUser", true),
        ("openid profile", "openid", false),
        ("patient/Observation.rs?status=final", "patient/Observation.rs", true),
        ("patient/Observation.rs", "patient/Observation.rs?status=final", false),
        ("patient/Observation.rs?status=final&code=x", "patient/Observation.rs?status=final", true),
    ];
    for (asked, granted, is_within) in table {
        assert_eq!(scopes(asked).within(&scopes(granted)), is_within, "{asked} of {granted}");
    }
    let table = [
        (
            "patient/*.cruds openid",
            "patient/Observation.rs patient/Patient.r",
            "patient/Observation.rs patient/Patient.r",
        ),
        ("patient/Observation.rs", "patient/*.r openid", "patient/Observation.r"),
        ("patient/Observation.rs", "user/*.cruds", ""),
        (
            "patient/Observation.rs",
            "patient/Observation.rs?status=final",
            "patient/Observation.rs?status=final",
        ),
    ];
    for (asked, allowed, kept) in table {
        assert_eq!(
            scopes(asked).narrowed_to(&scopes(allowed)).to_string(),
            kept,
            "{asked} by {allowed}"
        );
    }
}

proptest! {
    /// Nothing panics, and what is read is read the same again.
    #[test]
    fn any_text(text in "((patient|user|system|x)/(\\*|Patient|Observation|x)\\.?[cruds*a-z]{0,6}(\\?[a-z_:=&|%0-9]{0,20})? ?){0,4}|.{0,60}") {
        if let Ok(read) = Scopes::parse(&text, &known) {
            let written = read.to_string();
            prop_assert_eq!(Scopes::parse(&written, &known).map_err(|e| e.to_string()), Ok(read.clone()), "{}", written);
            prop_assert!(read.within(&read));
        }
    }
}
