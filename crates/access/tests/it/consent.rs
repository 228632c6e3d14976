//! Consents read and written, and what age means for who acts for whom.

use access::consent::{Agreed, Agreement, HiddenEntry, Proxy, read, written};
use access::{Band, Ended, RecordLevel, band, ended, level_by_age};
use fhir::Tree;
use proptest::prelude::*;

use crate::{id, resource_type};

fn agreement(agreed: Agreed) -> Agreement {
    Agreement { patient: id("p1"), on: "2026-03-01".to_owned(), agreed }
}

fn proxy(until: &str) -> Proxy {
    Proxy {
        delegate: id("mum"),
        level: RecordLevel::Detailed,
        may_book: true,
        until: until.to_owned(),
    }
}

fn read_text(text: &str) -> Option<Agreement> {
    read(definitions::embedded(), &Tree::parse(text.as_bytes()).expect("json"))
}

#[test]
fn what_is_written_is_read() {
    let hidden = vec![
        HiddenEntry {
            resource_type: resource_type("Observation"),
            id: id("o1"),
            reason: "about \"another\"".to_owned(),
        },
        HiddenEntry {
            resource_type: resource_type("DocumentReference"),
            id: id("d1"),
            reason: String::new(),
        },
    ];
    let levels = RecordLevel::ALL.map(Agreed::Level);
    let others = [
        Agreed::Proxy(proxy("")),
        Agreed::Proxy(Proxy { may_book: false, ..proxy("2026-12-31") }),
        Agreed::NoSharing,
        Agreed::NoResearch,
        Agreed::Hidden(Vec::new()),
        Agreed::Hidden(hidden),
    ];
    for agreed in levels.into_iter().chain(others) {
        let agreement = agreement(agreed);
        let resource = written(&id("c1"), &agreement, "2026-03-01T10:00:00Z", "Dr A");
        let text = resource.to_compact();
        let tree = Tree::parse(&text).expect("json");
        assert_eq!(definitions::embedded().check_structure(tree.root()), [], "{tree:?}");
        assert_eq!(read(definitions::embedded(), &tree), Some(agreement));
    }
}

/// What is not active, or not ours, or not whole, changes nothing.
#[test]
fn what_says_nothing_here() {
    let whole = |status: &str, category: &str, rest: &str| {
        format!(
            r#"{{"resourceType":"Consent","id":"c","status":"{status}","category":[{category}],
               "patient":{{"reference":"Patient/p1"}}{rest}}}"#
        )
    };
    let ours = |code: &str| {
        format!(r#"{{"coding":[{{"system":"urn:careloom:consent","code":"{code}"}}]}}"#)
    };
    assert!(read_text(&whole("active", &ours("no-sharing"), "")).is_some());
    let two = format!("{},{}", ours("no-sharing"), ours("no-research"));
    let level = |code: &str| {
        format!(
            r#","provision":{{"code":[{{"coding":[{{"system":"urn:careloom:record-level","code":"{code}"}}]}}]}}"#
        )
    };
    let actor = |to: &str| {
        format!(
            r#","provision":{{"actor":[{{"reference":{{"reference":"{to}"}}}}],"code":[{{"coding":[{{"system":"urn:careloom:record-level","code":"full"}}]}}]}}"#
        )
    };
    assert!(read_text(&whole("active", &ours("record-level"), &level("none"))).is_some());
    assert!(read_text(&whole("active", &ours("proxy"), &actor("Patient/mum"))).is_some());
    let table = [
        whole("inactive", &ours("no-sharing"), ""),
        whole("proposed", &ours("no-sharing"), ""),
        whole("entered-in-error", &ours("no-sharing"), ""),
        whole("active", &ours("something"), ""),
        whole("active", r#"{"coding":[{"code":"no-sharing"}]}"#, ""),
        whole("active", &two, ""),
        whole("active", &ours("record-level"), ""),
        whole("active", &ours("record-level"), &level("everything")),
        whole("active", &ours("record-level"), r#","provision":{"type":"permit"}"#),
        whole("active", &ours("proxy"), &actor("Person/mum")),
        whole("active", &ours("proxy"), &actor("Patient/")),
        whole("active", &ours("proxy"), &level("full")),
        whole("active", &ours("no-sharing"), "").replace("Patient/p1", "Group/p1"),
        whole("active", &ours("no-sharing"), "").replace("Patient/p1", "Patient/"),
        whole("active", &ours("no-sharing"), "").replace("\"Consent\"", "\"Contract\""),
    ];
    for text in table {
        assert_eq!(read_text(&text), None, "{text}");
    }
}

#[test]
fn bands_begin_on_birthdays() {
    use Band::{Child, Own, Young};
    let table = [
        ("2015-06-01", "2026-05-31", Some(Child)),
        ("2015-06-01", "2026-06-01", Some(Young)),
        ("2015-06-01", "2031-05-31", Some(Young)),
        ("2015-06-01", "2031-06-01", Some(Own)),
        // A leap day's birthday comes on 1 March.
        ("2012-02-29", "2023-02-28", Some(Child)),
        ("2012-02-29", "2023-03-01", Some(Young)),
        ("2012-02-29", "2028-02-29", Some(Own)),
        ("2010", "2026-12-30", Some(Young)),
        ("2010", "2026-12-31", Some(Own)),
        ("2010-04", "2026-04-30", Some(Young)),
        ("2010-04", "2026-05-01", Some(Own)),
        ("2030-01-01", "2026-01-01", Some(Child)),
        ("", "2026-01-01", None),
        ("unknown", "2026-01-01", None),
        ("19x0-01-01", "2026-01-01", None),
    ];
    for (born, on, expected) in table {
        assert_eq!(band(born, on), expected, "{born} on {on}");
    }
    assert_eq!(level_by_age("2016-01-01", "2026-01-01"), RecordLevel::None);
    assert_eq!(level_by_age("2012-01-01", "2026-01-01"), RecordLevel::None);
    assert_eq!(level_by_age("2010-01-01", "2026-01-01"), RecordLevel::Full);
    assert_eq!(level_by_age("", "2026-01-01"), RecordLevel::Full);
}

#[test]
fn proxies_end_where_the_person_grows_up() {
    let born = "2015-06-01";
    let table = [
        ("", "2020-01-01", born, "2026-05-31", None),
        ("", "2020-01-01", born, "2026-06-01", Some(Ended::GrewUp(Band::Young))),
        ("", "2026-06-01", born, "2031-05-31", None),
        ("", "2026-06-01", born, "2031-06-01", Some(Ended::GrewUp(Band::Own))),
        ("", "2020-01-01", born, "2031-06-01", Some(Ended::GrewUp(Band::Own))),
        ("", "2031-06-01", born, "2060-01-01", None),
        ("2026-01-31", "2020-01-01", born, "2026-01-31", None),
        ("2026-01-31", "2020-01-01", born, "2026-02-01", Some(Ended::Expired)),
        ("", "", born, "2026-01-01", Some(Ended::NotKnown)),
        ("", "2020", born, "2026-01-01", Some(Ended::NotKnown)),
        ("", "2020-01-01", "", "2026-01-01", Some(Ended::NotKnown)),
    ];
    for (until, on, born, today, expected) in table {
        assert_eq!(ended(&proxy(until), on, born, today), expected, "{until} {on} {born} {today}");
    }
}

proptest! {
    /// Nobody's proxy of childhood outlives it, whatever the days are.
    #[test]
    fn no_proxy_outlives_a_band(
        year in 1950_i32..2026, month in 1_u8..=12, day in 1_u8..=28,
        agreed in 0_i32..30, later in 0_i32..30, until in 0_i32..30,
    ) {
        let born = format!("{year}-{month:02}-{day:02}");
        let on = format!("{}-{month:02}-{day:02}", year + agreed);
        let today = format!("{}-{month:02}-{day:02}", year + agreed + later);
        let last = format!("{}-{month:02}-{day:02}", year + agreed + until);
        let of_age = |age: i32| match age { ..11 => 0, 11..16 => 1, _ => 2 };
        let acts = ended(&proxy(&last), &on, &born, &today).is_none();
        prop_assert_eq!(acts, later <= until && of_age(agreed) == of_age(agreed + later));
    }
}
