//! Templates to real days: clocks that change, bank holidays, closures, twice the same, plans.

use booking::model::{ReservedFor, Service, SlotStatus};
use booking::release::ReleaseRule;
use booking::template::*;
use booking::zone;
use jiff::civil::{Date, Weekday, date, time};
use proptest::prelude::*;

use crate::world::{at, reread, tree};

fn days(from: &str, to: &str) -> Days {
    Days {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        nation: Nation::England,
        extra: Vec::new(),
        closures: Vec::new(),
    }
}

fn template(start: &str, weekday: Weekday) -> Template {
    let mut template =
        Template::new("t", "HealthcareService/gp", start.parse().unwrap(), date(2020, 1, 1));
    template.days = vec![weekday];
    (template.slot_minutes, template.count) = (30, 3);
    template
}

fn starts(made: &Made) -> Vec<String> {
    let slots = made.sessions.iter().flat_map(|session| &session.slots);
    slots.map(|slot| zone::local_text(slot.start)).collect()
}

/// Sundays around both changes of clocks in 2026.
#[test]
fn across_the_changes_of_clocks() {
    for (start, day, expect) in [
        (
            "09:00",
            "2026-03-22",
            ["2026-03-22T09:00:00+00:00", "2026-03-22T09:30:00+00:00", "2026-03-22T10:00:00+00:00"],
        ),
        (
            "09:00",
            "2026-03-29",
            ["2026-03-29T09:00:00+01:00", "2026-03-29T09:30:00+01:00", "2026-03-29T10:00:00+01:00"],
        ),
        // 00:30, and then the clocks go from 01:00 to 02:00.
        (
            "00:30",
            "2026-03-29",
            ["2026-03-29T00:30:00+00:00", "2026-03-29T02:00:00+01:00", "2026-03-29T02:30:00+01:00"],
        ),
        // An hour that does not exist.
        (
            "01:00",
            "2026-03-29",
            ["2026-03-29T02:00:00+01:00", "2026-03-29T02:30:00+01:00", "2026-03-29T03:00:00+01:00"],
        ),
        (
            "01:30",
            "2026-03-29",
            ["2026-03-29T02:30:00+01:00", "2026-03-29T03:00:00+01:00", "2026-03-29T03:30:00+01:00"],
        ),
        (
            "02:00",
            "2026-03-29",
            ["2026-03-29T02:00:00+01:00", "2026-03-29T02:30:00+01:00", "2026-03-29T03:00:00+01:00"],
        ),
        // An hour that is twice: the first, then on in real minutes.
        (
            "01:00",
            "2026-10-25",
            ["2026-10-25T01:00:00+01:00", "2026-10-25T01:30:00+01:00", "2026-10-25T01:00:00+00:00"],
        ),
        (
            "00:30",
            "2026-10-25",
            ["2026-10-25T00:30:00+01:00", "2026-10-25T01:00:00+01:00", "2026-10-25T01:30:00+01:00"],
        ),
        (
            "02:00",
            "2026-10-25",
            ["2026-10-25T02:00:00+00:00", "2026-10-25T02:30:00+00:00", "2026-10-25T03:00:00+00:00"],
        ),
        // Over midnight.
        (
            "23:30",
            "2026-03-22",
            ["2026-03-22T23:30:00+00:00", "2026-03-23T00:00:00+00:00", "2026-03-23T00:30:00+00:00"],
        ),
    ] {
        let made = make(&[template(start, Weekday::Sunday)], &days(day, day));
        assert_eq!(starts(&made), expect, "{start} on {day}");
        let notes: Vec<_> = made
            .notes
            .iter()
            .map(|note| matches!(note, Note::StartSkipped { .. } | Note::StartTwice { .. }))
            .collect();
        let is_odd =
            matches!((start, day), ("01:00" | "01:30", "2026-03-29") | ("01:00", "2026-10-25"));
        assert_eq!(notes, if is_odd { vec![true] } else { vec![] }, "{start} on {day}");
    }
}

/// <https://www.gov.uk/bank-holidays>, by year.
#[test]
fn bank_holidays_of_england() {
    for (year, expect) in [
        (2020, "01-01 04-10 04-13 05-08 05-25 08-31 12-25 12-28"),
        (2021, "01-01 04-02 04-05 05-03 05-31 08-30 12-27 12-28"),
        (2022, "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27"),
        (2023, "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26"),
        (2024, "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26"),
        (2025, "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26"),
        (2026, "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28"),
        (2027, "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28"),
        (2028, "01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26"),
    ] {
        let found: Vec<String> = bank_holidays(Nation::England, year, &[])
            .iter()
            .map(|day| day.date.strftime("%m-%d").to_string())
            .collect();
        assert_eq!(found.join(" "), expect, "{year}");
    }
}

#[test]
fn bank_holidays_of_the_other_nations() {
    let list = |nation, year| -> String {
        let days = bank_holidays(nation, year, &[]);
        let days: Vec<_> = days.iter().map(|d| d.date.strftime("%m-%d").to_string()).collect();
        days.join(" ")
    };
    assert_eq!(
        list(Nation::Scotland, 2022),
        "01-03 01-04 04-15 05-02 06-02 06-03 08-01 09-19 11-30 12-26 12-27"
    );
    assert_eq!(
        list(Nation::Scotland, 2024),
        "01-01 01-02 03-29 05-06 05-27 08-05 12-02 12-25 12-26"
    );
    assert_eq!(
        list(Nation::NorthernIreland, 2024),
        "01-01 03-18 03-29 04-01 05-06 05-27 07-12 08-26 12-25 12-26"
    );
    assert_eq!(list(Nation::Wales, 2026), list(Nation::England, 2026));
}

#[test]
fn easter_at_its_ends() {
    for (year, day) in [
        (1818, "03-22"),
        (1943, "04-25"),
        (2008, "03-23"),
        (2024, "03-31"),
        (2025, "04-20"),
        (2038, "04-25"),
    ] {
        assert_eq!(easter(year).unwrap().strftime("%m-%d").to_string(), day, "{year}");
    }
}

#[test]
fn holidays_extra_days_and_closures_leave_slots_out() {
    let monday = template("09:00", Weekday::Monday);
    let mut range = days("2026-08-17", "2026-09-07");
    range.extra.push(ExtraDay { date: date(2026, 9, 7), name: "Coronation".into() });
    // From the second slot of the 24th on: training afternoon.
    range.closures.push(Closure {
        start: at("2026-08-24 09:30"),
        end: at("2026-08-24 18:00"),
        reason: "staff training".into(),
    });
    let made = make(std::slice::from_ref(&monday), &range);
    assert_eq!(starts(&made).len(), 4, "{:?}", starts(&made));
    assert_eq!(
        made.notes,
        [
            Note::Closed {
                template: "t".into(),
                date: date(2026, 8, 24),
                slots: 2,
                reason: "staff training".into()
            },
            Note::BankHoliday {
                template: "t".into(),
                date: date(2026, 8, 31),
                name: "Summer bank holiday".into()
            },
            Note::BankHoliday {
                template: "t".into(),
                date: date(2026, 9, 7),
                name: "Coronation".into()
            },
        ]
    );
    let always = Template { on_bank_holidays: true, ..monday };
    assert_eq!(starts(&make(&[always], &range)).len(), 3 + 1 + 3 + 3);
}

#[test]
fn cycles_and_validity() {
    let mut fortnight = template("09:00", Weekday::Wednesday);
    (fortnight.every_weeks, fortnight.count) = (2, 1);
    fortnight.valid_from = date(2026, 1, 9); // a Friday: its week counts as the first
    fortnight.valid_to = Some(date(2026, 2, 18));
    let made = make(&[fortnight], &days("2025-12-01", "2026-03-31"));
    let days: Vec<_> =
        made.sessions.iter().map(|s| zone::day(s.slots[0].start).to_string()).collect();
    assert_eq!(days, ["2026-01-21", "2026-02-04", "2026-02-18"]);
}

#[test]
fn faults_are_said_and_make_nothing() {
    let good = template("09:00", Weekday::Monday);
    for (faulty, word) in [
        (Template { key: " ".into(), ..good.clone() }, "key"),
        (Template { days: vec![], ..good.clone() }, "day"),
        (Template { count: 0, ..good.clone() }, "slots"),
        (Template { count: 201, slot_minutes: 1, ..good.clone() }, "slots"),
        (Template { slot_minutes: 0, ..good.clone() }, "minutes"),
        (Template { count: 100, slot_minutes: 15, ..good.clone() }, "24 hours"),
        (Template { every_weeks: 0, ..good.clone() }, "weeks"),
        (Template { valid_to: Some(date(2019, 1, 1)), ..good.clone() }, "last day"),
        (
            Template {
                reserves: vec![ReserveShare {
                    kept_for: ReservedFor::Phone,
                    slots: 4,
                    opens_minutes_before: None,
                }],
                ..good.clone()
            },
            "kept back",
        ),
    ] {
        let made = make(&[faulty], &days("2026-06-01", "2026-06-07"));
        assert!(made.sessions.is_empty());
        assert!(
            matches!(&made.notes[0], Note::Faulty { words, .. } if words.contains(word)),
            "{:?}",
            made.notes
        );
    }
    let made = make(&[good.clone(), good], &days("2026-06-01", "2026-06-07"));
    assert_eq!((made.sessions.len(), made.notes.len()), (1, 1), "the second has the same key");
}

#[test]
fn one_clinician_in_two_places_is_noted() {
    let of = |key: &str, start: &str, count: u16, who: Option<&str>| Template {
        key: key.into(),
        count,
        practitioner: who.map(str::to_owned),
        ..template(start, Weekday::Monday)
    };
    let shah = Some("Practitioner/shah");
    let all = [
        of("long", "09:00", 8, shah), // to 13:00
        of("inside", "09:30", 1, shah),
        of("after it, inside the long one", "12:30", 1, shah),
        of("next", "13:00", 2, shah), // begins as the long one ends
        of("other", "09:00", 8, Some("Practitioner/other")),
        of("nobody", "09:00", 8, None),
    ];
    let made = make(&all, &days("2026-06-01", "2026-06-01"));
    let notes: Vec<_> = made
        .notes
        .iter()
        .map(|note| match note {
            Note::Overlap { template, other, .. } => (template.as_str(), other.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(notes, [("long", "inside"), ("long", "after it, inside the long one")]);
    assert_eq!(made.sessions.len(), 6);
}

#[test]
fn long_ranges_are_cut() {
    let made = make(&[template("09:00", Weekday::Monday)], &days("2026-01-01", "9999-12-31"));
    assert!(
        matches!(made.notes.last(), Some(Note::CutShort { last }) if *last == date(2027, 2, 4))
    );
    assert!(made.sessions.len() < 60);
}

#[test]
fn reserves_are_spread_and_counted() {
    let mut wide = template("09:00", Weekday::Monday);
    (wide.count, wide.slot_minutes) = (12, 10);
    wide.reserves = vec![
        ReserveShare { kept_for: ReservedFor::Phone, slots: 3, opens_minutes_before: Some(60) },
        ReserveShare { kept_for: ReservedFor::Nhs111, slots: 1, opens_minutes_before: None },
    ];
    let made = make(&[wide], &days("2026-06-01", "2026-06-01"));
    let kept: Vec<_> = made.sessions[0]
        .slots
        .iter()
        .map(|slot| {
            slot.reserve.map_or('.', |r| if r.kept_for == ReservedFor::Phone { 'p' } else { '1' })
        })
        .collect();
    assert_eq!(kept.iter().collect::<String>(), "..p..1..p..p");
    assert_eq!(
        made.sessions[0].slots[2].reserve.unwrap().opens_to_all,
        Some(at("2026-06-01 08:20"))
    );
}

#[test]
fn release_is_wall_time_over_the_change() {
    let mut early = template("09:00", Weekday::Monday);
    early.release = Some(ReleaseRule::at_once(2, time(12, 30, 0, 0)));
    let made = make(&[early], &days("2026-03-30", "2026-03-30"));
    let release = made.sessions[0].slots[0].release_at.unwrap();
    assert_eq!(zone::local_text(release), "2026-03-28T12:30:00+00:00");
}

#[test]
fn templates_and_closures_are_kept_on_the_service() {
    let mut full = template("08:30", Weekday::Tuesday);
    full.practitioner = Some("Practitioner/shah".into());
    full.days = vec![Weekday::Tuesday, Weekday::Sunday];
    full.valid_to = Some(date(2027, 3, 31));
    full.release = Some(ReleaseRule::at_once(0, time(7, 0, 0, 0)));
    full.reserves = vec![ReserveShare {
        kept_for: ReservedFor::DigitallyExcluded,
        slots: 1,
        opens_minutes_before: Some(1440),
    }];
    full.audience.age_max = Some(5);
    full.gp_connect.bookable = true;
    full.gp_connect.ods_codes = vec!["A11111".into()];
    let mut element = Service::new("gp", "GP").to_element();
    Template::write_all(std::slice::from_ref(&full), &mut element);
    Template::write_all(std::slice::from_ref(&full), &mut element);
    let tree_of = reread(&element);
    let (back, issues) = Template::read_all(tree_of.root());
    assert_eq!((back, issues), (vec![full], vec![]));

    let json = r#"{"resourceType":"HealthcareService","notAvailable":[{"description":"Training","during":{"start":"2026-03-29","end":"2026-03-29"}},{"during":{"start":"2026-04-02T13:00:00+01:00","end":"2026-04-02T12:00:00+01:00"}},{"description":"x"}],"extension":[{"url":"urn:careloom:booking:template","extension":[{"url":"key","valueString":"k"}]}]}"#;
    let (closures, issues) = Closure::read_all(tree(json).root());
    assert_eq!((closures.len(), issues.len()), (1, 2));
    let minutes = zone::minutes_between(closures[0].start, closures[0].end);
    assert_eq!(minutes, 23 * 60, "the day of the change has 23 hours");
    let (none, issues) = Template::read_all(tree(json).root());
    assert_eq!((none.len(), issues.len()), (0, 1));
}

fn stand(made: &Made) -> Vec<MadeSession> {
    made.sessions.clone()
}

/// Carries a plan out, as the caller does.
fn carry_out(plan: &Plan, standing: &mut Vec<MadeSession>) {
    for change in &plan.changes {
        match change {
            Change::AddSession(session) => {
                standing.push(MadeSession { session: session.clone(), slots: vec![] });
            }
            Change::ChangeSession(session) | Change::WithdrawSession(session) => {
                let old = standing.iter_mut().find(|s| s.session.id == session.id).unwrap();
                old.session = session.clone();
            }
            Change::Add(slot) => {
                let id = slot.schedule.trim_start_matches("Schedule/");
                let of = standing.iter_mut().find(|s| s.session.id == id).unwrap();
                assert!(of.slots.iter().all(|other| other.id != slot.id), "added twice");
                of.slots.push(slot.clone());
            }
            Change::Change(slot) | Change::Withdraw(slot) => {
                let all = standing.iter_mut().flat_map(|s| &mut s.slots);
                *all.into_iter().find(|s| s.id == slot.id).unwrap() = slot.clone();
            }
            Change::Leave { .. } | Change::Blocked { .. } => {}
        }
    }
}

#[test]
fn a_change_of_template_leaves_booked_slots() {
    let now = at("2026-05-20 12:00");
    let range = days("2026-06-01", "2026-06-01");
    let old = template("09:00", Weekday::Monday);
    let mut standing = stand(&make(std::slice::from_ref(&old), &range));
    standing[0].slots[1].status = SlotStatus::Busy; // 09:30
    standing[0].slots[2].status = SlotStatus::Unavailable; // by hand
    // Twenty minutes later: 09:20, 09:50, 10:20.
    let new = Template { start: time(9, 20, 0, 0), ..old.clone() };
    let changed = plan(&make(&[new], &range).sessions, &standing, now);
    let kinds: Vec<&str> = changed
        .changes
        .iter()
        .map(|change| match change {
            Change::AddSession(_) => "add session",
            Change::ChangeSession(_) => "change session",
            Change::WithdrawSession(_) => "withdraw session",
            Change::Add(_) => "add",
            Change::Change(_) => "change",
            Change::Withdraw(_) => "withdraw",
            Change::Leave { .. } => "leave",
            Change::Blocked { .. } => "blocked",
        })
        .collect();
    // 09:20 lies on the booked 09:30, so the free 09:00 goes; 10:20 was withdrawn by hand.
    assert_eq!(kinds, ["change session", "blocked", "withdraw", "leave"]);
    // Coming back to the old template brings the first slot back and nothing else.
    carry_out(&changed, &mut standing);
    let back = plan(&make(std::slice::from_ref(&old), &range).sessions, &standing, now);
    carry_out(&back, &mut standing);
    let statuses: Vec<_> = standing[0].slots.iter().map(|slot| slot.status).collect();
    assert_eq!(statuses, [SlotStatus::Free, SlotStatus::Busy, SlotStatus::Unavailable]);
    // No template at all: what is free goes, the booked stays, the session stays published.
    let none = plan(&[], &standing, now);
    assert_eq!(none.changes.len(), 2);
    standing[0].slots[1].status = SlotStatus::Free;
    let none = plan(&[], &standing, now);
    assert!(matches!(none.changes.last(), Some(Change::WithdrawSession(s)) if !s.is_published));
    // And all comes back with the template; but not what staff took out of publication by hand.
    carry_out(&none, &mut standing);
    assert!(!standing[0].session.is_published);
    carry_out(
        &plan(&make(std::slice::from_ref(&old), &range).sessions, &standing, now),
        &mut standing,
    );
    assert!(standing[0].session.is_published);
    standing[0].session.is_published = false;
    assert!(plan(&make(&[old], &range).sessions, &standing, now).is_empty());
}

fn any_template() -> impl Strategy<Value = Template> {
    (0_i8..24, 0_i8..60, 5_u16..40, 0_u16..10, 1_u16..20, 0_usize..7, 1_u8..4).prop_map(
        |(hour, minute, slot_minutes, gap_minutes, count, day, every_weeks)| {
            let weekday = Weekday::from_monday_zero_offset(day as i8).unwrap();
            Template {
                start: time(hour, minute, 0, 0),
                slot_minutes,
                gap_minutes,
                count,
                every_weeks,
                ..template("09:00", weekday)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Made twice is made once; a plan that was carried out leaves nothing to do; nothing booked
    /// is touched and nobody is on top of somebody.
    #[test]
    fn plans_converge(
        old in any_template(),
        new in any_template(),
        booked in proptest::collection::vec(any::<prop::sample::Index>(), 0..6),
        first in 0_i64..330,
    ) {
        let from: Date = date(2026, 1, 1).checked_add(jiff::Span::new().days(first)).unwrap();
        let range = days(&from.to_string(), &from.checked_add(jiff::Span::new().days(20)).unwrap().to_string());
        let now = at("2025-12-31 12:00");
        let before = make(std::slice::from_ref(&old), &range);
        prop_assert_eq!(&before, &make(std::slice::from_ref(&old), &range));
        let mut standing = Vec::new();
        carry_out(&plan(&before.sessions, &standing, now), &mut standing);
        prop_assert!(plan(&before.sessions, &standing, now).changes.is_empty());
        let mut taken = Vec::new();
        for index in booked {
            let mut all: Vec<_> = standing.iter_mut().flat_map(|s| &mut s.slots).collect();
            if !all.is_empty() {
                let chosen = index.index(all.len());
                all[chosen].status = SlotStatus::Busy;
                taken.push(all[chosen].clone());
            }
        }
        let after = make(&[new], &range);
        carry_out(&plan(&after.sessions, &standing, now), &mut standing);
        prop_assert!(plan(&after.sessions, &standing, now).is_empty());
        let live: Vec<_> = standing.iter().flat_map(|s| &s.slots)
            .filter(|slot| matches!(slot.status, SlotStatus::Free | SlotStatus::Busy)).collect();
        for slot in &taken {
            prop_assert!(live.contains(&slot));
        }
        for (i, a) in live.iter().enumerate() {
            for b in &live[i + 1..] {
                prop_assert!(a.schedule != b.schedule || a.end <= b.start || b.end <= a.start);
            }
        }
        // Back to the first design: all that was not taken is there again, and published.
        let back = plan(&before.sessions, &standing, now);
        carry_out(&back, &mut standing);
        for wanted in &before.sessions {
            let stands = standing.iter().find(|s| s.session.id == wanted.session.id).unwrap();
            prop_assert!(stands.session.is_published);
            for slot in &wanted.slots {
                let stands = stands.slots.iter().find(|s| s.id == slot.id).unwrap();
                let is_taken = taken.iter().any(|taken| taken.id == slot.id);
                prop_assert_eq!(stands.status == SlotStatus::Busy, is_taken);
                prop_assert!(is_taken || (stands.status == SlotStatus::Free && stands.start == slot.start));
            }
        }
    }
}
