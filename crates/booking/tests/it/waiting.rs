//! The waiting list: wishes at their borders, order, offers that pass on, acceptance.

use booking::desk::Refusal;
use booking::model::*;
use booking::visibility::*;
use booking::waiting::*;
use booking::zone;
use jiff::civil::{Weekday, time};
use proptest::prelude::*;

use crate::world::{at, person, reread, service, session, slot};

const NOW: &str = "2026-05-31 09:00";

fn waiting(name: &str, joined: &str, wish: Wish) -> Waiting {
    let patient = format!("Patient/{name}");
    let appointment = join(&service(), &patient, name, wish, &[], at(joined)).unwrap();
    Waiting { appointment, asker: Asker::Patient(Person { reference: patient, ..person() }) }
}

fn minutes(minutes: u16) -> OfferRules {
    OfferRules { minutes, ..OfferRules::default() }
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    result.map(|_| ()).expect_err("a refusal").code.as_str()
}

/// Monday 1 June 2026, 9:00 to 9:10, face to face with Dr Shah.
#[test]
fn wishes_at_their_borders() {
    let any = Wish::default;
    for (wish, admits) in [
        (any(), true),
        (Wish { services: vec!["HealthcareService/gp".into()], ..any() }, true),
        (Wish { services: vec!["HealthcareService/nurse".into()], ..any() }, false),
        (Wish { modes: vec![Mode::Video, Mode::InPerson], ..any() }, true),
        (Wish { modes: vec![Mode::Telephone], ..any() }, false),
        (Wish { clinicians: vec!["Practitioner/shah".into()], ..any() }, true),
        (Wish { clinicians: vec!["Practitioner/other".into()], ..any() }, false),
        (Wish { days: vec![Weekday::Monday], ..any() }, true),
        (Wish { days: vec![Weekday::Sunday], ..any() }, false),
        (Wish { times: vec![(time(9, 0, 0, 0), time(9, 1, 0, 0))], ..any() }, true),
        (Wish { times: vec![(time(8, 0, 0, 0), time(9, 0, 0, 0))], ..any() }, false),
        (
            Wish {
                times: vec![
                    (time(8, 0, 0, 0), time(9, 0, 0, 0)),
                    (time(9, 0, 0, 0), time(10, 0, 0, 0)),
                ],
                ..any()
            },
            true,
        ),
        (Wish { earliest: Some(at("2026-06-01 09:00")), ..any() }, true),
        (Wish { earliest: Some(at("2026-06-01 09:01")), ..any() }, false),
        (Wish { latest: Some(at("2026-06-01 09:10")), ..any() }, true),
        (Wish { latest: Some(at("2026-06-01 09:09")), ..any() }, false),
        (Wish { notice_minutes: 24 * 60, ..any() }, true),
        (Wish { notice_minutes: 24 * 60 + 1, ..any() }, false),
    ] {
        let found = wish.admits(&slot("a", "2026-06-01 09:00"), &session(), at(NOW));
        assert_eq!(found, admits, "{wish:?}");
    }
    // Wall time, in summer and in winter.
    let wish = Wish { times: vec![(time(9, 0, 0, 0), time(10, 0, 0, 0))], ..any() };
    assert!(wish.admits(&slot("a", "2026-12-01 09:00"), &session(), at(NOW)));
}

#[test]
fn a_place_is_an_appointment_and_comes_back() {
    let wish = Wish {
        services: vec!["HealthcareService/gp".into()],
        modes: vec![Mode::Telephone],
        clinicians: vec!["Practitioner/shah".into()],
        days: vec![Weekday::Monday, Weekday::Friday],
        times: vec![(time(9, 0, 0, 0), time(12, 30, 0, 0))],
        earliest: Some(at("2026-06-01 00:00")),
        latest: Some(at("2026-06-30 00:00")),
        notice_minutes: 120,
    };
    let mut place = waiting("ann", NOW, wish).appointment;
    place.priority = Some(3);
    place.offer = Some(Offer { slot: "Slot/a".into(), until: at("2026-05-31 10:00") });
    place.passed = vec!["Slot/x".into(), "Slot/y".into()];
    let written = reread(&place.to_element());
    assert_eq!(written.root().text_of("status"), Some("waitlist"));
    let period = written.root().at("requestedPeriod[0].start").unwrap();
    assert_eq!(period.as_str(), Some("2026-06-01T00:00:00+01:00"));
    let (back, issues) = Appointment::read(written.root());
    let back = back.unwrap();
    assert_eq!(issues, []);
    assert_eq!((&back.wish, &back.offer, &back.passed), (&place.wish, &place.offer, &place.passed));
    assert_eq!(reread(&back.to_element()).root(), written.root());
}

#[test]
fn joining_twice_is_joining_once() {
    let join_with = |key: &str, standing: &[Appointment]| {
        join(&service(), "Patient/ann", key, Wish::default(), standing, at(NOW))
    };
    let first = join_with("k", &[]).unwrap();
    assert_eq!(join_with("k", std::slice::from_ref(&first)).unwrap(), first);
    assert_eq!(code(join_with("k2", std::slice::from_ref(&first))), "already-waiting");
    let gone = leave(&first);
    assert_eq!(gone.status, AppointmentStatus::Cancelled);
    assert!(join_with("k2", &[gone]).is_ok());
    let other = join(
        &Service::new("nurse", "Nurse"),
        "Patient/ann",
        "n",
        Wish::default(),
        &[first],
        at(NOW),
    );
    assert!(other.is_ok(), "another kind of appointment");
}

#[test]
fn priority_then_time_of_joining() {
    let mut list = vec![
        waiting("late", "2026-05-03 09:00", Wish::default()),
        waiting("early", "2026-05-01 09:00", Wish::default()),
        waiting("low", "2026-04-01 09:00", Wish::default()),
        waiting("high", "2026-05-30 09:00", Wish::default()),
        waiting("zero", "2026-05-02 09:00", Wish::default()),
    ];
    (list[2].appointment.priority, list[3].appointment.priority) = (Some(9), Some(1));
    list[4].appointment.priority = Some(0);
    order(&mut list);
    let names: Vec<_> = list.iter().map(|w| w.appointment.actor("Patient").unwrap()).collect();
    assert_eq!(
        names,
        ["Patient/high", "Patient/low", "Patient/early", "Patient/zero", "Patient/late"]
    );
    let id = list[3].appointment.id.clone();
    assert_eq!(place(&list, &id), Some(3));
    list[0].appointment.status = AppointmentStatus::Booked;
    assert_eq!(place(&list, &id), Some(2));
    assert_eq!(place(&list, &list[0].appointment.id), None);
    assert_eq!(place(&list, "nobody"), None);
}

#[test]
fn an_offer_goes_down_the_list_and_is_taken() {
    let (session, service) = (session(), service());
    let mut slot = slot("a", "2026-06-01 09:00");
    let mut list = vec![
        waiting("first", "2026-05-01 09:00", Wish::default()),
        waiting("second", "2026-05-02 09:00", Wish::default()),
        waiting("third", "2026-05-03 09:00", Wish { modes: vec![Mode::Video], ..Wish::default() }),
    ];
    let now = at(NOW);
    let opening = Opening { slot: &slot, session: &session, service: &service };
    let offered = offer(&opening, &list, "t1", minutes(30), now).unwrap();
    assert_eq!(offered.appointment.id, list[0].appointment.id);
    assert_eq!(offered.appointment.offer.as_ref().unwrap().until, zone::plus_minutes(now, 30));
    assert_eq!(offered.slot.status, SlotStatus::Tentative);
    // Nobody else sees it, and nobody has two offers.
    let held = Opening { slot: &offered.slot, ..opening };
    assert!(offer(&held, &list[1..], "t2", minutes(30), now).is_none());
    list[0].appointment = offered.appointment.clone();
    let mut other = slot.clone();
    other.id = "b".into();
    let second =
        offer(&Opening { slot: &other, ..opening }, &list, "t2", minutes(30), now).unwrap();
    assert_eq!(second.appointment.id, list[1].appointment.id);
    // Declined: free again, and not offered to the first once more.
    slot = offered.slot.clone();
    let passed = pass(&list[0], &slot);
    assert_eq!(passed.appointment.passed, ["Slot/a"]);
    list[0].appointment = passed.appointment;
    slot = passed.slot.unwrap();
    let opening = Opening { slot: &slot, session: &session, service: &service };
    let offered = offer(&opening, &list, "t3", minutes(30), now).unwrap();
    assert_eq!(offered.appointment.id, list[1].appointment.id);
    // Accepted: the place becomes the booking.
    let accepting = Accepting {
        place: &offered.appointment,
        opening: Opening { slot: &offered.slot, ..opening },
        asker: &list[1].asker,
        patient: "Patient/second",
        key: "k",
        reason: Some("cough"),
    };
    let booked = accept(&accepting, zone::plus_minutes(now, 29)).unwrap();
    assert_eq!(
        (booked.appointment.id.as_str(), booked.slots[0].status),
        (list[1].appointment.id.as_str(), SlotStatus::Busy)
    );
    assert_eq!(booked.appointment.status, AppointmentStatus::Booked);
    let written = String::from_utf8(booked.appointment.to_element().to_compact()).unwrap();
    assert!(!written.contains(urls::WISH) && !written.contains("requestedPeriod"), "{written}");
    let again = accept(&Accepting { place: &booked.appointment, ..accepting }, now).unwrap();
    assert!(again.is_repeat);
    // Over to the minute; not theirs; never offered.
    assert_eq!(code(accept(&accepting, zone::plus_minutes(now, 30))), "offer-over");
    assert_eq!(
        code(accept(&Accepting { patient: "Patient/first", ..accepting }, now)),
        "not-theirs"
    );
    let place = &list[1].appointment;
    assert_eq!(code(accept(&Accepting { place, ..accepting }, now)), "offer-over");
}

#[test]
fn an_offer_can_still_be_taken_when_it_is_made() {
    let (session, mut service) = (session(), service());
    service.policy.embargo_minutes = 60;
    let slot = slot("a", "2026-05-31 11:00");
    let list = [waiting("ann", "2026-05-01 09:00", Wish { notice_minutes: 90, ..Wish::default() })];
    let opening = Opening { slot: &slot, session: &session, service: &service };
    let until = |now: &str| {
        offer(&opening, &list, "t", minutes(45), at(now))
            .map(|o| o.appointment.offer.unwrap().until)
    };
    assert_eq!(until("2026-05-31 08:00"), Some(at("2026-05-31 08:45")));
    assert_eq!(until("2026-05-31 09:00"), Some(at("2026-05-31 09:30")), "notice shortens it");
    assert_eq!(until("2026-05-31 09:30"), None);
}

/// (told when, slot, offer until): nobody is asked to answer in the night.
#[test]
fn offers_in_the_quiet_stand_until_the_morning() {
    let (session, service) = (session(), service());
    let list = [waiting("ann", "2026-05-01 09:00", Wish::default())];
    for (now, start, until) in [
        ("2026-05-31 21:59", "2026-06-01 12:00", Some("2026-05-31 22:29")),
        ("2026-05-31 22:00", "2026-06-01 12:00", Some("2026-06-01 06:30")),
        ("2026-06-01 05:59", "2026-06-01 12:00", Some("2026-06-01 06:30")),
        ("2026-06-01 06:00", "2026-06-01 12:00", Some("2026-06-01 06:30")),
        ("2026-06-01 01:00", "2026-06-01 07:10", Some("2026-06-01 06:10")),
        // They could not be told before the closest time to book.
        ("2026-06-01 01:00", "2026-06-01 07:00", None),
        // The night of the change of clocks.
        ("2026-03-28 23:00", "2026-03-29 12:00", Some("2026-03-29 06:30")),
    ] {
        let slot = slot("a", start);
        let opening = Opening { slot: &slot, session: &session, service: &service };
        let found = offer(&opening, &list, "t", minutes(30), at(now));
        assert_eq!(found.map(|o| o.appointment.offer.unwrap().until), until.map(at), "{now}");
    }
    let midday =
        OfferRules { quiet_from: time(12, 0, 0, 0), quiet_until: time(13, 0, 0, 0), minutes: 10 };
    let slot = slot("a", "2026-06-01 18:00");
    let opening = Opening { slot: &slot, session: &session, service: &service };
    for (now, until) in [
        ("11:59", "12:09"),
        ("12:00", "13:10"),
        ("12:59", "13:10"),
        ("13:00", "13:10"),
        ("02:00", "02:10"),
    ] {
        let found = offer(&opening, &list, "t", midday, at(&format!("2026-06-01 {now}"))).unwrap();
        assert_eq!(found.slot.hold.unwrap().until, at(&format!("2026-06-01 {until}")), "{now}");
    }
}

#[test]
fn one_person_has_one_offer_and_keeps_it() {
    let (session, service) = (session(), service());
    let (first, second) = (slot("a", "2026-06-01 09:00"), slot("b", "2026-06-01 10:00"));
    let one = waiting("ann", "2026-05-01 09:00", Wish::default());
    let mut other = one.clone();
    other.appointment.id = "another place of the same person".into();
    let opening = Opening { slot: &first, session: &session, service: &service };
    let offered = offer(&opening, std::slice::from_ref(&one), "t", minutes(30), at(NOW)).unwrap();
    let list = [Waiting { appointment: offered.appointment, ..one.clone() }, other];
    let later = Opening { slot: &second, ..opening };
    assert!(offer(&later, &list, "t", minutes(30), at(NOW)).is_none());
    // Choosing another time meanwhile does not lose the offer, nor does tidying up.
    let held = [offered.slot];
    let changed = booking::desk::hold(&[later], &one.asker, "u", &held, at(NOW)).unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(booking::desk::lapsed(&held, at("2026-05-31 10:00")), []);
}

type Set = fn(&mut Slot, &mut Person);

#[test]
fn nobody_is_offered_what_they_may_not_see() {
    let (session, service) = (session(), service());
    let cases: &[(Set, bool)] = &[
        (|_, _| {}, true),
        (|s, _| s.audience.age_min = Some(65), false),
        (|s, _| s.audience.sex = Some(Sex::Male), false),
        (|s, _| s.release_at = Some(at("2026-05-31 12:00")), false),
        (
            |s, _| s.reserve = Some(Reserve { kept_for: ReservedFor::Phone, opens_to_all: None }),
            false,
        ),
        (|_, p| p.is_registered = false, false),
        (|_, p| p.open_bookings = 2, false),
        (|s, _| s.status = SlotStatus::Busy, false),
    ];
    for (number, (set, is_offered)) in cases.iter().enumerate() {
        let mut slot = slot("a", "2026-06-01 09:00");
        let mut list = [waiting("ann", "2026-05-01 09:00", Wish::default())];
        let mut who = list[0].asker.person().unwrap().clone();
        set(&mut slot, &mut who);
        list[0].asker = Asker::Patient(who);
        let opening = Opening { slot: &slot, session: &session, service: &service };
        assert_eq!(
            offer(&opening, &list, "t", minutes(30), at(NOW)).is_some(),
            *is_offered,
            "case {number}"
        );
    }
}

#[test]
fn passing_leaves_what_is_not_theirs() {
    let mut waiting = waiting("ann", "2026-05-01 09:00", Wish::default());
    let mut slot = slot("a", "2026-06-01 09:00");
    assert_eq!(pass(&waiting, &slot).slot, None, "no offer");
    waiting.appointment.offer = Some(Offer { slot: "Slot/a".into(), until: at(NOW) });
    slot.status = SlotStatus::Busy;
    let passed = pass(&waiting, &slot);
    assert_eq!((passed.slot, passed.appointment.passed.len()), (None, 1), "booked meanwhile");
    slot.status = SlotStatus::Tentative;
    slot.hold = Some(Hold {
        token_digest: "x".into(),
        person_digest: "somebody else".into(),
        until: at("2026-06-01 08:00"),
        is_extended: false,
        is_offer: false,
    });
    assert_eq!(pass(&waiting, &slot).slot, None, "held by another");
}

proptest! {
    /// A slot that is declined by everybody goes to each once, in order, and to nobody twice.
    #[test]
    fn each_is_asked_once_in_order(priorities in proptest::collection::vec(0_u32..10, 1..8)) {
        let (session, service) = (session(), service());
        let mut slot = slot("a", "2026-06-01 09:00");
        let mut list: Vec<Waiting> = priorities.iter().enumerate().map(|(number, priority)| {
            let mut one = waiting(&format!("p{number}"), &format!("2026-05-0{} 09:00", number + 1), Wish::default());
            one.appointment.priority = Some(*priority);
            one
        }).collect();
        let mut expect = list.clone();
        order(&mut expect);
        let mut asked = Vec::new();
        for _ in 0..20 {
            let opening = Opening { slot: &slot, session: &session, service: &service };
            let Some(offered) = offer(&opening, &list, "t", minutes(30), at(NOW)) else { break };
            asked.push(offered.appointment.id.clone());
            let at = list.iter().position(|w| w.appointment.id == offered.appointment.id).unwrap();
            list[at].appointment = offered.appointment;
            let passed = pass(&list[at], &offered.slot);
            list[at].appointment = passed.appointment;
            slot = passed.slot.unwrap();
        }
        let expect: Vec<_> = expect.into_iter().map(|w| w.appointment.id).collect();
        prop_assert_eq!(asked, expect);
        prop_assert_eq!(slot.status, SlotStatus::Free);
    }
}
