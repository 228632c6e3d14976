//! Who sees and books what: each rule at its border, the sixteen cells, words, overviews.

use booking::model::*;
use booking::visibility::*;
use booking::{NextStep, zone};
use proptest::prelude::*;

use crate::world::{at, person, service, session, slot};

/// 9am on Monday 1 June 2026.
const START: &str = "2026-06-01 09:00";

struct World {
    slot: Slot,
    session: Session,
    service: Service,
}

impl World {
    fn new() -> World {
        World { slot: slot("a", START), session: session(), service: service() }
    }

    fn opening(&self) -> Opening<'_> {
        Opening { slot: &self.slot, session: &self.session, service: &self.service }
    }

    fn decide(&self, asker: &Asker, now: &str) -> Decision {
        decide(&self.opening(), asker, at(now))
    }
}

fn patient() -> Asker {
    Asker::Patient(person())
}

fn failing(decision: &Decision) -> Vec<Rule> {
    decision.failing().map(|finding| finding.rule).collect()
}

/// One case a border: (what is set, who asks, when, what stands in the way).
#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn each_rule_at_its_border() {
    type Set = fn(&mut World);
    let none: Set = |_| {};
    let released: Set = |w| w.slot.release_at = Some(at("2026-05-29 12:30"));
    let phone: Set = |w| {
        let opens_to_all = Some(at("2026-06-01 07:00"));
        w.slot.reserve = Some(Reserve { kept_for: ReservedFor::Phone, opens_to_all });
    };
    let nhs111: Set = |w| {
        w.slot.reserve = Some(Reserve { kept_for: ReservedFor::Nhs111, opens_to_all: None });
    };
    let excluded: Set = |w| {
        let kept_for = ReservedFor::DigitallyExcluded;
        w.slot.reserve = Some(Reserve { kept_for, opens_to_all: None });
    };
    let kept_and_unreleased: Set = |w| {
        w.slot.gp_connect.bookable = true;
        w.slot.release_at = Some(at("2026-06-01 07:00"));
        w.slot.reserve = Some(Reserve { kept_for: ReservedFor::Nhs111, opens_to_all: None });
    };
    let urgent_care = |kind: &str| {
        let organisation_type = Some(kind.to_owned());
        Asker::GpConnect(Consumer { organisation_type, ..Consumer::default() })
    };
    let held: Set = |w| {
        w.slot.status = SlotStatus::Tentative;
        w.slot.hold = Some(Hold {
            token_digest: "t".into(),
            person_digest: "p".into(),
            until: at("2026-06-01 07:30"),
            is_extended: false,
            is_offer: false,
        });
    };
    let cases: &[(Set, Asker, &str, &[Rule])] = &[
        // The embargo is 60 minutes: exactly then it can still be booked.
        (none, patient(), "2026-06-01 08:00", &[]),
        (none, patient(), "2026-06-01 08:01", &[Rule::Embargo]),
        (none, Asker::PhoneDesk(None), "2026-06-01 08:59", &[]),
        (none, Asker::PhoneDesk(None), "2026-06-01 09:00", &[Rule::InFuture]),
        (none, Asker::Staff, "2026-06-01 09:00", &[Rule::InFuture]),
        // 28 days ahead: the day counts, not the hour.
        (none, patient(), "2026-05-04 00:00", &[]),
        (none, patient(), "2026-05-03 23:59", &[Rule::AdvanceWindow]),
        (none, Asker::PhoneDesk(None), "2026-01-01 00:00", &[]),
        (released, patient(), "2026-05-29 12:30", &[]),
        (released, patient(), "2026-05-29 12:29", &[Rule::Released]),
        (released, Asker::PhoneDesk(None), "2026-05-29 12:29", &[Rule::Released]),
        (released, Asker::Staff, "2026-05-29 12:29", &[]),
        (phone, patient(), "2026-06-01 06:59", &[Rule::Reserve]),
        (phone, patient(), "2026-06-01 07:00", &[]),
        (phone, Asker::PhoneDesk(Some(person())), "2026-06-01 06:00", &[]),
        (phone, Asker::Nhs111(None), "2026-06-01 06:00", &[Rule::Reserve]),
        (nhs111, Asker::Nhs111(None), "2026-06-01 06:00", &[]),
        (nhs111, Asker::PhoneDesk(None), "2026-06-01 06:00", &[Rule::Reserve]),
        (nhs111, patient(), "2026-06-01 06:00", &[Rule::Reserve]),
        (excluded, patient(), "2026-06-01 06:00", &[Rule::Reserve]),
        (excluded, Asker::PhoneDesk(None), "2026-06-01 06:00", &[Rule::Reserve]),
        (
            excluded,
            Asker::PhoneDesk(Some(Person { is_digitally_excluded: true, ..person() })),
            "2026-06-01 06:00",
            &[],
        ),
        // Those for whom it is kept need not wait for its release, nor does it open early to others.
        (kept_and_unreleased, Asker::Nhs111(None), "2026-06-01 06:00", &[]),
        (kept_and_unreleased, urgent_care("urgent-care"), "2026-06-01 06:00", &[]),
        (
            kept_and_unreleased,
            urgent_care("gp-practice"),
            "2026-06-01 06:00",
            &[Rule::Released, Rule::Reserve],
        ),
        (kept_and_unreleased, patient(), "2026-06-01 07:00", &[Rule::Reserve]),
        // A hold that ran out is none.
        (held, patient(), "2026-06-01 07:29", &[Rule::Free]),
        (held, patient(), "2026-06-01 07:30", &[]),
        (|w| w.slot.status = SlotStatus::Busy, patient(), "2026-05-31 09:00", &[Rule::Free]),
        (
            |w| w.slot.status = SlotStatus::Unavailable,
            Asker::Staff,
            "2026-05-31 09:00",
            &[Rule::Free],
        ),
        // Tentative without a hold of ours: another system's; it never counts as free.
        (|w| w.slot.status = SlotStatus::Tentative, patient(), "2026-05-31 09:00", &[Rule::Free]),
        (|w| w.session.is_published = false, patient(), "2026-05-31 09:00", &[Rule::Published]),
        (|w| w.session.is_published = false, Asker::Staff, "2026-05-31 09:00", &[]),
        (|w| w.service.is_active = false, patient(), "2026-05-31 09:00", &[Rule::Offered]),
        (|w| w.service.policy.is_online = false, patient(), "2026-05-31 09:00", &[Rule::Online]),
        (|w| w.service.policy.is_online = false, Asker::PhoneDesk(None), "2026-05-31 09:00", &[]),
        (
            none,
            Asker::Patient(Person { is_registered: false, ..person() }),
            "2026-05-31 09:00",
            &[Rule::Registered],
        ),
        (none, Asker::Proxy { person: person(), may_book: true }, "2026-05-31 09:00", &[]),
        (
            none,
            Asker::Proxy { person: person(), may_book: false },
            "2026-05-31 09:00",
            &[Rule::MayActFor],
        ),
        (none, Asker::Patient(Person { open_bookings: 1, ..person() }), "2026-05-31 09:00", &[]),
        (
            none,
            Asker::Patient(Person { open_bookings: 2, ..person() }),
            "2026-05-31 09:00",
            &[Rule::PersonLimit],
        ),
        (
            none,
            Asker::PhoneDesk(Some(Person { open_bookings: 9, ..person() })),
            "2026-05-31 09:00",
            &[],
        ),
        (
            none,
            Asker::GpConnect(Consumer::default()),
            "2026-05-31 09:00",
            &[Rule::GpConnectBookable],
        ),
        (
            |w| w.service.policy.is_for_111 = false,
            Asker::Nhs111(None),
            "2026-05-31 09:00",
            &[Rule::For111],
        ),
        (|w| w.service.policy.is_for_111 = false, patient(), "2026-05-31 09:00", &[]),
        (|w| w.service.policy.is_for_111 = false, Asker::PhoneDesk(None), "2026-05-31 09:00", &[]),
        (|w| w.slot.audience.sex = Some(Sex::Male), patient(), "2026-05-31 09:00", &[Rule::Sex]),
        (|w| w.slot.audience.sex = Some(Sex::Female), patient(), "2026-05-31 09:00", &[]),
    ];
    for (number, (set, asker, now, expect)) in cases.iter().enumerate() {
        let mut world = World::new();
        set(&mut world);
        let decision = world.decide(asker, now);
        assert_eq!(failing(&decision), *expect, "case {number}: {} at {now}", asker.words());
        assert_eq!(decision.is_bookable(), expect.is_empty());
        assert_eq!(decision.findings.len(), 19, "every rule is told");
    }
}

#[test]
fn ages_on_the_day_of_the_slot() {
    for (born, min, max, may) in [
        (Some("2010-06-01"), Some(16), None, true), // sixteen on the day
        (Some("2010-06-02"), Some(16), None, false),
        (Some("2008-02-29"), None, Some(18), true),
        (Some("1956-06-02"), None, Some(69), true),
        (Some("1956-06-01"), None, Some(69), false),
        (Some("2026-06-01"), None, Some(0), true), // born that day
        (None, Some(16), None, false),
        (None, None, None, true),
    ] {
        let mut world = World::new();
        world.slot.audience = Audience { age_min: min, age_max: max, sex: None };
        let birth_date = born.map(|day: &str| day.parse().unwrap());
        let decision =
            world.decide(&Asker::Patient(Person { birth_date, ..person() }), "2026-05-31 09:00");
        assert_eq!(decision.is_bookable(), may, "{born:?} {min:?} {max:?}");
        assert_eq!(decision.is_seen(), may);
    }
    let leap = Person { birth_date: Some("2008-02-29".parse().unwrap()), ..person() };
    for (day, age) in [("2025-02-28", 16), ("2025-03-01", 17), ("2028-02-29", 20)] {
        assert_eq!(leap.age_on(day.parse().unwrap()), Some(age), "{day}");
    }
}

/// GP Connect 1.2.7's table: what is sent × how the slot is restricted; both must pass.
#[test]
fn sixteen_cells() {
    let (kind, code) = (Some("urgent-care"), Some("A11111"));
    let sent = [(None, None), (kind, None), (None, code), (kind, code)];
    let restricted = [(false, false), (true, false), (false, true), (true, true)];
    let expect = [
        // none   type   ODS    both restricted
        [true, false, false, false], // nothing sent
        [true, true, false, false],  // type sent
        [true, false, true, false],  // ODS code sent
        [true, true, true, true],    // both sent
    ];
    for (row, (kind, code)) in sent.iter().enumerate() {
        for (column, (by_type, by_code)) in restricted.iter().enumerate() {
            let mut world = World::new();
            world.slot.gp_connect.bookable = true;
            if *by_type {
                world.slot.gp_connect.organisation_types = vec!["urgent-care".into()];
            }
            if *by_code {
                world.slot.gp_connect.ods_codes = vec!["B22222".into(), "A11111".into()];
            }
            let asker = Asker::GpConnect(Consumer {
                organisation_type: kind.map(str::to_owned),
                ods_code: code.map(str::to_owned),
                ..Consumer::default()
            });
            let decision = world.decide(&asker, "2026-05-31 09:00");
            assert_eq!(decision.is_seen(), expect[row][column], "row {row}, column {column}");
            // Sent but wrong is as not sent.
            let wrong = Asker::GpConnect(Consumer {
                organisation_type: kind.map(|_| "gp-practice".to_owned()),
                ods_code: code.map(|_| "C33333".to_owned()),
                ..Consumer::default()
            });
            assert_eq!(world.decide(&wrong, "2026-05-31 09:00").is_seen(), column == 0);
        }
    }
}

#[test]
fn caps_of_organisations() {
    let mut world = World::new();
    world.slot.gp_connect.bookable = true;
    world.service.policy.organisation_caps = vec![
        OrganisationCap { code: "urgent-care".into(), bookings_max: 3 },
        OrganisationCap { code: "A11111".into(), bookings_max: 1 },
    ];
    for (kind, code, booked, may) in [
        (Some("urgent-care"), None, 2, true),
        (Some("urgent-care"), None, 3, false),
        (Some("urgent-care"), Some("A11111"), 0, true),
        (Some("urgent-care"), Some("A11111"), 1, false), // the narrower holds
        (Some("gp-practice"), None, 99, true),
        (None, None, 99, true),
    ] {
        let asker = Asker::GpConnect(Consumer {
            organisation_type: kind.map(str::to_owned),
            ods_code: code.map(str::to_owned),
            bookings: [("Schedule/s1".to_owned(), booked), ("Schedule/s2".to_owned(), 99)].into(),
            person: None,
        });
        assert_eq!(
            world.decide(&asker, "2026-05-31 09:00").is_bookable(),
            may,
            "{kind:?} {code:?}"
        );
    }
}

#[test]
fn from_when_it_can_be_booked() {
    let mut world = World::new();
    world.slot.release_at = Some(at("2026-05-29 12:30"));
    // Window from 4 May, release on the 29th: the later counts.
    let decision = world.decide(&patient(), "2026-05-01 09:00");
    assert_eq!(failing(&decision), [Rule::AdvanceWindow, Rule::Released]);
    assert_eq!(decision.bookable_from(), Some(at("2026-05-29 12:30")));
    // A rule that time does not mend.
    world.service.policy.is_online = false;
    assert_eq!(world.decide(&patient(), "2026-05-01 09:00").bookable_from(), None);
    // Ends of months: (slot, when its window of 28 days opens).
    for (start, from) in [
        ("2026-03-31 09:00", "2026-03-03 00:00"),
        ("2026-03-28 23:50", "2026-02-28 00:00"),
        ("2028-03-28 00:00", "2028-02-29 00:00"),
        ("2027-01-01 00:00", "2026-12-04 00:00"),
    ] {
        world = World::new();
        world.slot = slot("m", start);
        let decision = world.decide(&patient(), "2026-01-01 09:00");
        assert_eq!(decision.bookable_from(), Some(at(from)), "{start}");
        assert!(decide(&world.opening(), &patient(), at(from)).is_bookable());
        let minute_before = zone::plus_minutes(at(from), -1);
        assert!(!decide(&world.opening(), &patient(), minute_before).is_bookable());
    }
    // Over the change of clocks: the window opens at midnight on the clock.
    world = World::new();
    world.slot = slot("b", "2026-04-20 09:00");
    let decision = world.decide(&patient(), "2026-03-01 09:00");
    assert_eq!(decision.bookable_from(), Some(at("2026-03-23 00:00")));
}

#[test]
fn the_explainer_says_what_to_change() {
    let mut world = World::new();
    world.slot.gp_connect.organisation_types = vec!["urgent-care".into()];
    let asker =
        Asker::GpConnect(Consumer { ods_code: Some("A11111".into()), ..Consumer::default() });
    let explanation = world.decide(&asker, "2026-05-31 09:00").explain(&world.opening(), &asker);
    assert_eq!(
        explanation.headline,
        "The slot at 9am on Monday 1 June 2026 is hidden from a GP Connect consumer (no type sent, A11111), because of 2 rules."
    );
    let first: Vec<_> = explanation.lines[..2]
        .iter()
        .map(|line| (line.words.as_str(), line.mend.as_deref()))
        .collect();
    assert_eq!(
        first,
        [
            (
                "It is not marked as GP Connect bookable.",
                Some("Mark the slot, or its template, as GP Connect bookable.")
            ),
            (
                "The consumer sent no organisation type, and only urgent-care may book it.",
                Some(
                    "Take the list off, or ask the consumer to send its organisation type; both lists must pass."
                )
            ),
        ]
    );
    assert!(
        explanation.lines[2..]
            .iter()
            .all(|line| line.mend.is_none() && line.outcome == Outcome::Passes)
    );
}

#[test]
fn kind_words_for_people() {
    let phone = NextStep::Phone { number: Some("01632 960 001".into()) };
    let mut world = World::new();
    world.service.policy.is_online = false;
    let words = world.decide(&patient(), "2026-05-31 09:00").kind_words(&world.opening()).unwrap();
    assert_eq!(words.headline, "This GP surgery offers these by phone only");
    assert_eq!((words.from, &words.next), (None, &vec![phone.clone(), NextStep::Nhs111]));
    world.service.policy.note = Some("A nurse calls you back first.".into());
    let words = world.decide(&patient(), "2026-05-31 09:00").kind_words(&world.opening()).unwrap();
    assert_eq!(words.why, "A nurse calls you back first.");

    let mut world = World::new();
    world.slot.release_at = Some(at("2026-05-29 12:00"));
    let words = world.decide(&patient(), "2026-05-28 09:00").kind_words(&world.opening()).unwrap();
    assert_eq!(words.why, "It opens at midday on Friday 29 May 2026.");
    assert_eq!(words.next[0].words(), "Come back at midday on Friday 29 May 2026.");
    assert_eq!(world.decide(&patient(), "2026-05-30 09:00").kind_words(&world.opening()), None);

    // A held slot is not promised for when the hold ends.
    let mut world = World::new();
    world.slot.status = SlotStatus::Tentative;
    world.slot.hold = Some(Hold {
        token_digest: "t".into(),
        person_digest: "p".into(),
        until: at("2026-05-30 09:05"),
        is_extended: false,
        is_offer: false,
    });
    let words = world.decide(&patient(), "2026-05-30 09:00").kind_words(&world.opening()).unwrap();
    assert_eq!((words.from, &words.next[0]), (None, &NextStep::OtherTimes));
}

#[test]
fn what_a_practice_offers() {
    let mut phone_only = Service::new("nurse", "Nurse appointment");
    phone_only.phone = Some("01632 960 001".into());
    let mut off = Service::new("flu", "Flu vaccination");
    off.is_active = false;
    let list = offerings(&[service(), phone_only, off]);
    let told: Vec<_> =
        list.iter().map(|o| (o.name.as_str(), o.is_online, o.words.as_str())).collect();
    assert_eq!(
        told,
        [
            ("GP appointment", true, "You can book up to 28 days ahead."),
            ("Nurse appointment", false, "This GP surgery offers these by phone only."),
            ("Flu vaccination", false, "This GP surgery does not offer these at the moment."),
        ]
    );
}

#[test]
fn an_overview_says_why_there_is_nothing() {
    let (session, service) = (session(), service());
    let mut slots = [slot("a", START), slot("b", START), slot("c", START), slot("d", START)];
    slots[0].status = SlotStatus::Busy;
    slots[1].release_at = Some(at("2026-05-29 12:30"));
    slots[2].release_at = Some(at("2026-05-28 12:30"));
    slots[3].reserve = Some(Reserve { kept_for: ReservedFor::Phone, opens_to_all: None });
    let openings: Vec<_> =
        slots.iter().map(|slot| Opening { slot, session: &session, service: &service }).collect();
    let seen = overview(&openings, &patient(), at("2026-05-27 09:00"));
    assert_eq!((seen.bookable, seen.later.len(), seen.kept.get(&Rule::Reserve)), (0, 2, Some(&1)));
    assert_eq!(seen.why_none.unwrap().from, Some(at("2026-05-28 12:30")));
    let seen = overview(&openings, &patient(), at("2026-05-30 09:00"));
    assert_eq!((seen.bookable, seen.why_none), (2, None));
    assert_eq!(overview(&[], &patient(), at(START)), Overview::default());
}

#[test]
fn times_in_words() {
    for (wall, words) in [
        ("2026-06-01 00:00", "midnight on Monday 1 June 2026"),
        ("2026-06-01 12:00", "midday on Monday 1 June 2026"),
        ("2026-06-01 00:05", "12:05am on Monday 1 June 2026"),
        ("2026-06-01 12:30", "12:30pm on Monday 1 June 2026"),
        ("2026-03-31 17:00", "5pm on Tuesday 31 March 2026"),
        ("2026-10-25 01:30", "1:30am (before the clocks go back) on Sunday 25 October 2026"),
    ] {
        assert_eq!(zone::words(at(wall)), words);
    }
    let second = zone::plus_minutes(at("2026-10-25 01:30"), 60);
    assert_eq!(zone::time_words(second), "1:30am (after the clocks go back)");
    for (minutes, words) in
        [(0, "0 minutes"), (1, "1 minute"), (60, "1 hour"), (90, "90 minutes"), (2880, "2 days")]
    {
        assert_eq!(zone::length_words(minutes), words);
    }
}

proptest! {
    /// What is bookable is seen; from its moment on, a slot that time alone keeps back is bookable;
    /// the explainer tells each rule that stands in the way exactly once.
    #[test]
    fn decisions_are_coherent(
        minutes in -3000_i64..60_000,
        release in proptest::option::of(-3000_i64..60_000),
        opens in proptest::option::of(-3000_i64..60_000),
        kept_for in proptest::option::of(0..ReservedFor::ALL.len()),
        embargo in 0_u32..3000,
        days in 0_u16..60,
        open in 0_u32..4,
    ) {
        let mut world = World::new();
        let before = |minutes: i64| zone::plus_minutes(at(START), -minutes);
        world.slot.release_at = release.map(before);
        world.slot.reserve = kept_for.map(|kept| Reserve {
            kept_for: ReservedFor::ALL[kept],
            opens_to_all: opens.map(before),
        });
        world.service.policy.embargo_minutes = embargo;
        world.service.policy.advance_days = days;
        let askers = [
            Asker::Patient(Person { open_bookings: open, ..person() }),
            Asker::PhoneDesk(Some(person())),
            Asker::Nhs111(None),
            Asker::GpConnect(Consumer::default()),
            Asker::Staff,
        ];
        for asker in &askers {
            let decision = decide(&world.opening(), asker, before(minutes));
            prop_assert!(!decision.is_bookable() || decision.is_seen());
            if let Some(from) = decision.bookable_from() {
                let later = decide(&world.opening(), asker, from);
                prop_assert!(later.failing().all(|f| matches!(f.rule, Rule::Embargo | Rule::InFuture)));
            }
            let explanation = decision.explain(&world.opening(), asker);
            let told = explanation.lines.iter().filter(|l| l.mend.is_some()).count();
            prop_assert!(told >= decision.failing().count());
            prop_assert_eq!(decision.kind_words(&world.opening()).is_none(), decision.is_bookable());
        }
    }
}
