//! Who has a feature: days, ages, shares, practices, sites, needs.

use access::rollout::{
    Change, Closed, ClosedReason, Eligibility, FEATURES, PilotMiss, Plan, RolloutPerson, Site,
    Standing, State, bucket, decide, feature, shown,
};

const ALL: Eligibility =
    Eligibility { practices: Vec::new(), age_from: None, age_to: None, share: 100 };

fn change(state: State, from: &str) -> Change {
    Change {
        state,
        from: from.to_owned(),
        note: format!("note of {from}"),
        at: 0,
        by: "somebody".to_owned(),
        why: "a reason".to_owned(),
    }
}

fn site(id: &str, practice: &str, plans: &[(&str, &[Change])]) -> Site {
    let plan = |(feature, changes): &(&str, &[Change])| {
        ((*feature).to_owned(), Plan { changes: changes.to_vec() })
    };
    Site {
        id: id.to_owned(),
        name: id.to_owned(),
        practices: vec![practice.to_owned()],
        plans: plans.iter().map(plan).collect(),
    }
}

fn person(practices: &[&str], born: &str) -> RolloutPerson {
    RolloutPerson {
        id: "somebody".to_owned(),
        practices: practices.iter().map(|one| (*one).to_owned()).collect(),
        born: born.to_owned(),
    }
}

fn stands(sites: &[Site], person: &RolloutPerson, id: &str, day: &str) -> Standing {
    decide(feature(id).expect("a feature"), sites, None, person, day)
}

fn reason(standing: &Standing) -> Option<ClosedReason> {
    match standing {
        Standing::Open => None,
        Standing::Closed(closed) => Some(closed.reason),
    }
}

#[test]
fn every_need_is_a_feature_and_comes_before() {
    for (index, one) in FEATURES.iter().enumerate() {
        assert_eq!(feature(one.id), Some(one), "{} is there twice", one.id);
        for need in one.needs {
            let before = FEATURES[..index].iter().any(|other| other.id == *need);
            assert!(before, "{} needs {need}", one.id);
        }
    }
    assert_eq!(feature("nothing"), None);
}

#[test]
fn from_the_first_day_on() {
    use ClosedReason::{NotYet, SwitchedOff};
    let on = |from| change(State::On, from);
    let off = |from| change(State::Off, from);
    let table: &[(&[Change], &str, Option<ClosedReason>)] = &[
        (&[], "2026-03-01", Some(NotYet)),
        (&[on("2026-03-01")], "2026-02-28", Some(NotYet)),
        (&[on("2026-03-01")], "2026-03-01", None),
        (&[on("2026-03-01")], "2027-01-01", None),
        (&[off("2026-03-01")], "2026-03-01", Some(NotYet)),
        (&[on("2026-03-01"), off("2026-04-01")], "2026-03-31", None),
        (&[on("2026-03-01"), off("2026-04-01")], "2026-04-01", Some(SwitchedOff)),
        // A later decision for an earlier day does away with what was planned.
        (&[on("2026-03-01"), off("2026-02-01")], "2026-03-01", Some(NotYet)),
        (&[on("2026-03-01"), off("2026-03-01")], "2026-03-01", Some(NotYet)),
        (&[off("2026-03-01"), on("2026-03-01")], "2026-03-01", None),
        (&[on("2026-01-01"), off("2026-06-01"), on("2026-05-01")], "2026-07-01", None),
    ];
    for (changes, day, expected) in table {
        let sites = [site("a", "P1", &[("booking", changes)])];
        let found = stands(&sites, &person(&["P1"], ""), "booking", day);
        assert_eq!(reason(&found), *expected, "{changes:?} on {day}");
    }
}

#[test]
fn what_is_said_of_a_feature_that_is_to_come() {
    let changes = [change(State::Off, "2026-01-01"), change(State::On, "2026-03-01")];
    let sites = [site("a", "P1", &[("booking", &changes)])];
    let closed = |note: &str, opens: Option<&str>| {
        Standing::Closed(Closed {
            reason: ClosedReason::NotYet,
            note: note.to_owned(),
            opens: opens.map(str::to_owned),
        })
    };
    let one = person(&["P1"], "");
    let found = stands(&sites, &one, "booking", "2026-02-01");
    assert_eq!(found, closed("note of 2026-01-01", Some("2026-03-01")));
    let found = stands(&sites, &one, "booking", "2025-12-31");
    assert_eq!(found, closed("note of 2026-01-01", None));
    assert_eq!(stands(&sites, &one, "messages", "2026-02-01"), closed("", None));
}

#[test]
fn ages_at_their_boundaries() {
    let pilot = Eligibility { age_from: Some(16), age_to: Some(64), ..ALL };
    let sites = [site("a", "P1", &[("booking", &[change(State::Pilot(pilot), "2026-01-01")])])];
    let table = [
        ("2010-03-02", false),
        ("2010-03-01", true),
        ("2009-03-01", true),
        // The year of being 64 is included, the 65th birthday is not.
        ("1961-03-02", true),
        ("1961-03-01", false),
        // Only as far as it is known: nobody can tell.
        ("1980", false),
        ("1980-05", false),
        ("", false),
        ("2030-01-01", false),
        ("not-a-date", false),
    ];
    for (born, is_open) in table {
        let found = stands(&sites, &person(&["P1"], born), "booking", "2026-03-01");
        let expected = (!is_open).then_some(ClosedReason::Pilot(PilotMiss::Age));
        assert_eq!(reason(&found), expected, "{born}");
    }
    // Who was born on 29 February is a year older on 1 March where there is no such day.
    for (day, is_open) in [("2026-02-28", false), ("2026-03-01", true)] {
        let found = stands(&sites, &person(&["P1"], "2010-02-29"), "booking", day);
        assert_eq!(found.is_open(), is_open, "{day}");
    }
}

#[test]
fn a_share_is_stable_and_only_grows() {
    for number in 0..2_000 {
        let id = format!("person-{number}");
        let drawn = bucket("booking", &id);
        assert!(drawn < 100);
        let mut was_in = false;
        for share in [1_u8, 5, 10, 25, 50, 75, 99, 100] {
            let pilot = Eligibility { share, ..ALL };
            let change = change(State::Pilot(pilot), "2026-01-01");
            let sites = [site("a", "P1", &[("booking", &[change])])];
            let one = RolloutPerson { id: id.clone(), ..person(&["P1"], "") };
            let is_in = stands(&sites, &one, "booking", "2026-01-01").is_open();
            assert_eq!(is_in, drawn < share, "{id} at {share}");
            assert!(is_in || !was_in, "{id} lost it at {share}");
            was_in = is_in;
        }
        assert!(was_in, "{id} is not among a hundred of a hundred");
    }
    // These numbers are promises: a change of the hash would take features away from people.
    let drawn = ["a", "b", "amina"].map(|id| bucket("booking", id));
    assert_eq!(drawn, [86, 45, 53]);
    let ids: Vec<String> = (0..10_000).map(|number| format!("person-{number}")).collect();
    let in_a_quarter = |feature: &str| ids.iter().filter(|id| bucket(feature, id) < 25).count();
    for one in &FEATURES {
        let count = in_a_quarter(one.id);
        // Five standard deviations of a fair draw.
        assert!((2_283..=2_717).contains(&count), "{}: {count} of 10,000", one.id);
    }
    let both = ids.iter().filter(|id| bucket("111", id) < 25 && bucket("booking", id) < 25).count();
    assert!((504..=746).contains(&both), "the same people come first: {both}");
}

#[test]
fn practices_sites_and_elsewhere() {
    let on = [change(State::On, "2026-01-01")];
    let off = [change(State::Off, "2026-01-01")];
    let here = Eligibility { practices: vec!["P2".to_owned()], ..ALL };
    let pilot = [change(State::Pilot(here), "2026-01-01")];
    let mut two = site("two", "P1", &[("booking", &pilot)]);
    two.practices.push("P2".to_owned());
    let sites = [two, site("on", "P3", &[("booking", &on)]), site("off", "P4", &[])];
    let other = ClosedReason::Pilot(PilotMiss::Practice);
    let table: &[(&[&str], Option<ClosedReason>)] = &[
        (&["P1"], Some(other)),
        (&["P2"], None),
        (&["P3"], None),
        (&["P4"], Some(ClosedReason::NotYet)),
        (&["P1", "P3"], None),
        (&["P4", "P1"], Some(other)),
        // Of no site.
        (&["P9"], None),
        (&[], None),
    ];
    for (practices, expected) in table {
        let found = stands(&sites, &person(practices, ""), "booking", "2026-02-01");
        assert_eq!(reason(&found), *expected, "{practices:?}");
    }
    let elsewhere = site("elsewhere", "", &[("booking", &off)]);
    let nowhere = person(&["P9"], "");
    let booking = feature("booking").expect("a feature");
    let found = decide(booking, &sites, Some(&elsewhere), &nowhere, "2026-02-01");
    assert_eq!(reason(&found), Some(ClosedReason::NotYet));
    let messages = feature("messages").expect("a feature");
    let found = decide(messages, &sites, Some(&elsewhere), &nowhere, "2026-02-01");
    assert!(found.is_open());
    assert!(stands(&[], &nowhere, "booking", "2026-02-01").is_open(), "there is no roll-out");
}

#[test]
fn what_a_feature_needs() {
    let on = [change(State::On, "2026-01-01")];
    let sites = [site("a", "P1", &[("results", &on)])];
    let one = person(&["P1"], "");
    let found = stands(&sites, &one, "results", "2026-02-01");
    assert_eq!(reason(&found), Some(ClosedReason::Needs("record")));
    let sites = [site("a", "P1", &[("results", &on), ("record", &on)])];
    assert!(stands(&sites, &one, "results", "2026-02-01").is_open());
}

#[test]
fn small_numbers_are_not_shown() {
    for (count, expected) in
        [(0, "fewer than 5"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5"), (1_000, "1000")]
    {
        assert_eq!(shown(count).to_string(), expected);
    }
}
