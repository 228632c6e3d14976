//! Holding, booking, moving, cancelling: what changes, what is refused, and what a race does.

use booking::desk::*;
use booking::model::*;
use booking::visibility::*;
use booking::{NextStep, zone};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::world::{at, person, reread, service, session, slot};

const NOW: &str = "2026-05-31 09:00";

fn patient() -> Asker {
    Asker::Patient(person())
}

fn someone(name: &str) -> Asker {
    Asker::Patient(Person { reference: format!("Patient/{name}"), ..person() })
}

/// One request at one practice.
struct Desk {
    service: Service,
    session: Session,
    slots: Vec<Slot>,
}

impl Desk {
    fn new(starts: &[&str]) -> Desk {
        let named = starts.iter().enumerate();
        let slots = named.map(|(index, start)| slot(&format!("s{index}"), start)).collect();
        Desk { service: service(), session: session(), slots }
    }

    fn openings(&self) -> Vec<Opening<'_>> {
        let of = |slot| Opening { slot, session: &self.session, service: &self.service };
        self.slots.iter().map(of).collect()
    }

    fn book(
        &self,
        asker: &Asker,
        key: &str,
        reason: Option<&str>,
        token: Option<&str>,
        now: Timestamp,
    ) -> Result<Booked, Refusal> {
        let openings = self.openings();
        let patient = &asker.person().unwrap().reference;
        book(&Request { openings: &openings, asker, patient, token, key, reason }, None, now)
    }

    fn put(&mut self, changed: &[Slot]) {
        for slot in changed {
            *self.slots.iter_mut().find(|old| old.id == slot.id).unwrap() = slot.clone();
        }
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> &'static str {
    result.map(|_| ()).expect_err("a refusal").code.as_str()
}

#[test]
fn a_booking_says_who_where_when() {
    let desk = Desk::new(&["2026-06-01 09:00"]);
    let booked = desk.book(&patient(), "k", Some("  a  sore\nthroat "), None, at(NOW)).unwrap();
    assert!(!booked.is_repeat);
    assert_eq!(booked.slots[0].status, SlotStatus::Busy);
    let written = reread(&booked.appointment.to_element());
    for (path, is) in [
        ("status", "booked"),
        ("start", "2026-06-01T09:00:00+01:00"),
        ("end", "2026-06-01T09:10:00+01:00"),
        ("created", "2026-05-31T09:00:00+01:00"),
        ("description", "GP appointment"),
        ("reasonCode[0].text", "a sore throat"),
        ("slot[0].reference", "Slot/s0"),
        ("participant[0].actor.reference", "Patient/ann"),
        ("participant[1].actor.reference", "Location/branch"),
        ("participant[2].actor.reference", "Practitioner/shah"),
        ("participant[3].actor.reference", "HealthcareService/gp"),
        ("identifier[0].value", "k"),
        ("extension[0].valueCodeableConcept.coding[0].code", "In-person"),
    ] {
        assert_eq!(written.root().at(path).and_then(fhir::Value::as_text), Some(is), "{path}");
    }
    assert!(fhir::ResourceId::is_valid(&booked.appointment.id));
}

#[test]
fn reasons() {
    let long = "ä".repeat(150);
    let too_long = "ä".repeat(151);
    for (rule, sent, expect) in [
        (ReasonRule::NotAsked, Some("anything"), Ok(None)),
        (ReasonRule::NotAsked, Some(too_long.as_str()), Ok(None)),
        (ReasonRule::Optional, None, Ok(None)),
        (ReasonRule::Optional, Some(" \u{0} "), Ok(None)),
        (ReasonRule::Optional, Some(long.as_str()), Ok(Some(long.as_str()))),
        (ReasonRule::Optional, Some(too_long.as_str()), Err("reason-too-long")),
        (ReasonRule::Mandatory, Some("x"), Ok(Some("x"))),
        (ReasonRule::Mandatory, None, Err("reason-needed")),
        (ReasonRule::Mandatory, Some("\t\n"), Err("reason-needed")),
        (ReasonRule::Optional, Some("<b>&"), Ok(Some("<b>&"))),
    ] {
        let mut desk = Desk::new(&["2026-06-01 09:00"]);
        desk.service.policy.reason = rule;
        let result = desk.book(&patient(), "k", sent, None, at(NOW));
        match expect {
            Ok(reason) => assert_eq!(result.unwrap().appointment.reason.as_deref(), reason),
            Err(expect) => assert_eq!(code(result), expect),
        }
    }
}

type Spoil = fn(&mut Slot);

#[test]
fn rows_of_slots() {
    let row = ["2026-06-01 09:00", "2026-06-01 09:10", "2026-06-01 09:20"];
    for (starts, slots_max, expect) in [
        (&row[..], 3, None),
        (&row[..], 2, Some("too-many-slots")),
        (&["2026-06-01 09:00", "2026-06-01 09:20"][..], 3, Some("not-in-a-row")),
        (&["2026-06-01 09:10", "2026-06-01 09:00"][..], 3, Some("not-in-a-row")),
        (&["2026-06-01 09:00", "2026-06-01 09:00"][..], 3, Some("not-in-a-row")),
        (&[][..], 3, Some("no-slot")),
    ] {
        let mut desk = Desk::new(starts);
        desk.service.policy.slots_max = slots_max;
        let result = desk.book(&patient(), "k", None, None, at(NOW));
        assert_eq!(result.as_ref().err().map(|r| r.code.as_str()), expect, "{starts:?}");
        if let Ok(booked) = result {
            let (start, end) = (booked.appointment.start.unwrap(), booked.appointment.end.unwrap());
            assert_eq!((booked.slots.len(), zone::minutes_between(start, end)), (3, 30));
        }
    }
    let spoilt: [Spoil; 4] = [
        |slot| slot.schedule = "Schedule/other".into(),
        |slot| slot.mode = Some(Mode::Video),
        |slot| slot.service_type = Some(Concept::text("other")),
        |slot| slot.id = "s0".into(),
    ];
    for spoil in spoilt {
        let mut desk = Desk::new(&row);
        desk.service.policy.slots_max = 3;
        spoil(&mut desk.slots[1]);
        assert_eq!(code(desk.book(&patient(), "k", None, None, at(NOW))), "not-in-a-row");
    }
}

#[test]
fn the_same_form_twice_is_one_booking() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let first = desk.book(&patient(), "k", None, None, at(NOW)).unwrap();
    desk.put(&first.slots);
    let openings = desk.openings();
    let asker = patient();
    let request = Request {
        openings: &openings,
        asker: &asker,
        patient: "Patient/ann",
        token: None,
        key: "k",
        reason: None,
    };
    assert_eq!(appointment_id("Patient/ann", "k"), first.appointment.id);
    // The slot is busy by now and the answer is the same all the same, even when it is over.
    let again = book(&request, Some(&first.appointment), at("2026-07-01 09:00")).unwrap();
    assert!(again.is_repeat && again.slots.is_empty());
    assert_eq!(again.appointment, first.appointment);
    // The same key for another slot, another person, or no key.
    let other = Desk::new(&["2026-06-01 09:00"]);
    let mut moved = other.slots[0].clone();
    moved.id = "other".into();
    let elsewhere = [Opening { slot: &moved, ..openings[0] }];
    let reused = Request { openings: &elsewhere, ..request };
    assert_eq!(code(book(&reused, Some(&first.appointment), at(NOW))), "key-reused");
    let theirs = Request { patient: "Patient/bob", ..request };
    assert_eq!(code(book(&theirs, None, at(NOW))), "not-theirs");
    for key in [String::new(), "k".repeat(129)] {
        assert_eq!(code(book(&Request { key: &key, ..request }, None, at(NOW))), "key-invalid");
    }
    assert_ne!(appointment_id("Patient/a", "bk"), appointment_id("Patient/ab", "k"));
}

#[test]
fn a_taken_slot_is_told_kindly() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let first = desk.book(&patient(), "k", None, None, at(NOW)).unwrap();
    desk.put(&first.slots);
    let refusal = desk.book(&someone("bob"), "k2", None, None, at(NOW)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::SlotTaken);
    assert_eq!(refusal.next[..2], [NextStep::OtherTimes, NextStep::WaitingList]);
    assert!(refusal.next.contains(&NextStep::Phone { number: Some("01632 960 001".into()) }));
    assert!(refusal.next.contains(&NextStep::Nhs111));
    let rule = refusal.decision.unwrap().failing().next().unwrap().rule;
    assert_eq!(rule, Rule::Free);
}

#[test]
fn rules_of_visibility_hold_when_booking() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let too_close = desk.book(&patient(), "k", None, None, at("2026-06-01 08:01"));
    assert_eq!(too_close.unwrap_err().headline, "It is too late to book this online");
    desk.service.policy.open_bookings_max = 0;
    let limit = desk.book(&patient(), "k", None, None, at(NOW)).unwrap_err();
    assert_eq!((limit.code, &limit.next[0]), (RefusalCode::NotBookable, &NextStep::OwnBookings));
}

#[test]
fn a_hold_keeps_others_out_until_it_ends() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let held = hold(&desk.openings(), &patient(), "secret", &[], at(NOW)).unwrap();
    assert_eq!(held[0].status, SlotStatus::Tentative);
    let text = String::from_utf8(held[0].to_element().to_compact()).unwrap();
    assert!(!text.contains("secret") && !text.contains("Patient/ann"), "{text}");
    desk.put(&held);
    let minute = |m: i64| zone::plus_minutes(at(NOW), m);
    assert!(is_held_with(&desk.slots[0], "secret", minute(4)));
    assert!(!is_held_with(&desk.slots[0], "guess", minute(4)));
    assert!(!is_held_with(&desk.slots[0], "secret", minute(5)));
    assert_eq!(code(desk.book(&someone("bob"), "k", None, None, minute(4))), "slot-taken");
    assert_eq!(code(desk.book(&someone("bob"), "k", None, Some("guess"), minute(4))), "slot-taken");
    assert!(desk.book(&patient(), "k", None, Some("secret"), minute(4)).is_ok());
    assert!(desk.book(&patient(), "k", None, None, minute(4)).is_ok(), "the person's other tab");
    assert!(desk.book(&someone("bob"), "k", None, None, minute(5)).is_ok(), "it ran out");
    assert_eq!(lapsed(&desk.slots, minute(4)), []);
    let freed = lapsed(&desk.slots, minute(5));
    assert_eq!((freed[0].status, &freed[0].hold), (SlotStatus::Free, &None));
    assert_eq!(let_go(&desk.slots, "guess", minute(1)), []);
    assert_eq!(let_go(&desk.slots, "secret", minute(1)).len(), 1);
    // A booking ends the hold.
    let booked = desk.book(&patient(), "k", None, Some("secret"), minute(1)).unwrap();
    assert_eq!(booked.slots[0].hold, None);
}

#[test]
fn a_hold_is_extended_once_and_not_renewed() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let minute = |m: i64| zone::plus_minutes(at(NOW), m);
    desk.put(&hold(&desk.openings(), &patient(), "a", &[], minute(0)).unwrap());
    // Holding again wins no time, even with a new token.
    desk.put(&hold(&desk.openings(), &patient(), "b", &[], minute(3)).unwrap());
    assert_eq!(desk.slots[0].hold.as_ref().unwrap().until, minute(5));
    assert_eq!(code(extend(&desk.openings(), "a", minute(4))), "hold-lost");
    desk.put(&extend(&desk.openings(), "b", minute(4)).unwrap());
    assert_eq!(desk.slots[0].hold.as_ref().unwrap().until, minute(10));
    assert_eq!(code(extend(&desk.openings(), "b", minute(5))), "hold-extended");
    desk.put(&hold(&desk.openings(), &patient(), "c", &[], minute(6)).unwrap());
    assert_eq!(code(extend(&desk.openings(), "c", minute(7))), "hold-extended");
    assert_eq!(code(extend(&desk.openings(), "c", minute(10))), "hold-lost");
}

#[test]
fn one_person_holds_one_choice() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let mut other = Desk::new(&["2026-06-01 10:00"]);
    other.slots[0].id = "later".into();
    desk.put(&hold(&desk.openings(), &patient(), "a", &[], at(NOW)).unwrap());
    let changed = hold(&other.openings(), &patient(), "b", &desk.slots, at(NOW)).unwrap();
    let told: Vec<_> = changed.iter().map(|slot| (slot.id.as_str(), slot.status)).collect();
    assert_eq!(told, [("s0", SlotStatus::Free), ("later", SlotStatus::Tentative)]);
    // Another person's hold is not let go.
    assert_eq!(
        hold(&other.openings(), &someone("bob"), "c", &desk.slots, at(NOW)).unwrap().len(),
        1
    );
}

fn cancelling<'a>(
    desk: &'a Desk,
    appointment: &'a Appointment,
    asker: &'a Asker,
) -> Cancelling<'a> {
    Cancelling {
        appointment,
        slots: &desk.slots,
        service: &desk.service,
        asker,
        patient: "Patient/ann",
        reason: CancelReason::Better,
        words: None,
    }
}

#[test]
fn cancelling_frees_the_slots() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    let booked = desk.book(&patient(), "k", None, None, at(NOW)).unwrap();
    desk.put(&booked.slots);
    let (me, phone) = (patient(), Asker::PhoneDesk(None));
    let ask = cancelling(&desk, &booked.appointment, &me);
    // Exactly the last minute, and the one after.
    let done = cancel(&ask, at("2026-06-01 08:00")).unwrap();
    assert_eq!((done.slots[0].status, done.is_late), (SlotStatus::Free, false));
    let written = reread(&done.appointment.to_element());
    assert_eq!(written.root().text_of("status"), Some("cancelled"));
    let coded = written.root().at("cancelationReason.coding[0].code").unwrap();
    assert_eq!(coded.as_str(), Some("better"));
    assert_eq!(code(cancel(&ask, at("2026-06-01 08:01"))), "too-late-to-cancel");
    let by_phone = cancelling(&desk, &booked.appointment, &phone);
    assert!(cancel(&by_phone, at("2026-06-01 08:59")).unwrap().is_late);
    assert_eq!(code(cancel(&by_phone, at("2026-06-01 09:00"))), "in-the-past");
    // Again: the same answer, no slot freed that somebody else may have by now.
    let again = cancelling(&desk, &done.appointment, &me);
    let again = cancel(&again, at("2026-06-01 08:30")).unwrap();
    assert!(again.is_repeat && again.slots.is_empty());
    // Not theirs.
    let theirs = Cancelling { patient: "Patient/bob", ..ask };
    assert_eq!(code(cancel(&theirs, at(NOW))), "not-theirs");
    let looker = Asker::Proxy { person: person(), may_book: false };
    assert_eq!(
        code(cancel(&cancelling(&desk, &booked.appointment, &looker), at(NOW))),
        "not-theirs"
    );
    // Only its own slots come free.
    let mut foreign = slot("foreign", "2026-06-01 10:00");
    foreign.status = SlotStatus::Busy;
    let slots = [foreign];
    assert_eq!(cancel(&Cancelling { slots: &slots, ..ask }, at(NOW)).unwrap().slots, []);
}

#[test]
fn reasons_for_cancelling() {
    for (rule, reason, words, expect) in [
        (ReasonRule::Mandatory, CancelReason::NotSaid, Some("x"), Some("reason-needed")),
        (ReasonRule::Mandatory, CancelReason::Other, None, None),
        (ReasonRule::Optional, CancelReason::NotSaid, None, None),
        (ReasonRule::NotAsked, CancelReason::NotSaid, Some("dropped"), None),
    ] {
        let mut desk = Desk::new(&["2026-06-01 09:00"]);
        desk.service.policy.cancel_reason = rule;
        let booked = desk.book(&patient(), "k", None, None, at(NOW)).unwrap();
        let me = patient();
        let ask = Cancelling { reason, words, ..cancelling(&desk, &booked.appointment, &me) };
        let result = cancel(&ask, at(NOW));
        assert_eq!(result.as_ref().err().map(|r| r.code.as_str()), expect);
        if let Ok(done) = result {
            assert_eq!(done.appointment.cancel_reason.unwrap().text, None);
        }
    }
}

#[test]
fn what_is_no_booking_cannot_be_cancelled_or_amended() {
    for status in AppointmentStatus::ALL {
        let desk = Desk::new(&["2026-06-01 09:00"]);
        let mut booked = desk.book(&patient(), "k", None, None, at(NOW)).unwrap();
        booked.appointment.status = *status;
        let me = patient();
        let result = cancel(&cancelling(&desk, &booked.appointment, &me), at(NOW));
        let amended =
            amend_reason(&booked.appointment, &desk.service, "Patient/ann", Some("x"), at(NOW));
        match status {
            AppointmentStatus::Booked | AppointmentStatus::Pending => {
                assert!(result.is_ok());
                assert_eq!(amended.unwrap().reason.as_deref(), Some("x"));
            }
            AppointmentStatus::Cancelled => assert!(result.unwrap().is_repeat),
            _ => {
                assert_eq!(code(result), "not-booked");
                assert_eq!(code(amended), "not-booked");
            }
        }
    }
}

#[test]
fn moving_books_the_new_and_cancels_the_old() {
    let mut desk = Desk::new(&["2026-06-01 09:00"]);
    desk.service.policy.open_bookings_max = 1;
    let booked = desk.book(&patient(), "k", None, None, at(NOW)).unwrap();
    desk.put(&booked.slots);
    let mut later = Desk::new(&["2026-06-02 09:00"]);
    later.slots[0].id = "later".into();
    later.service = desk.service.clone();
    // One booking is the most, and the one that is moved does not count.
    let asker = Asker::Patient(Person { open_bookings: 1, ..person() });
    let openings = later.openings();
    let request = Request {
        openings: &openings,
        asker: &asker,
        patient: "Patient/ann",
        token: None,
        key: "m",
        reason: None,
    };
    let moving =
        Moving { appointment: &booked.appointment, slots: &desk.slots, service: &desk.service };
    assert_eq!(code(book(&request, None, at(NOW))), "not-bookable");
    let moved = rebook(&moving, &request, None, at(NOW)).unwrap();
    assert_eq!(moved.old.as_ref().unwrap().status, AppointmentStatus::Cancelled);
    assert_eq!((moved.freed[0].id.as_str(), moved.booked.slots[0].id.as_str()), ("s0", "later"));
    // Sent again: nothing more to do.
    let moving = Moving { appointment: moved.old.as_ref().unwrap(), ..moving };
    let again = rebook(&moving, &request, Some(&moved.booked.appointment), at(NOW)).unwrap();
    assert!(again.booked.is_repeat && again.old.is_none() && again.freed.is_empty());
    assert_eq!(code(rebook(&moving, &request, None, at(NOW))), "not-booked");
    // Too late to cancel the old: neither happens.
    let moving = Moving { appointment: &booked.appointment, ..moving };
    assert_eq!(code(rebook(&moving, &request, None, at("2026-06-01 08:30"))), "too-late-to-cancel");
}

proptest! {
    /// Whatever people do to one slot in whatever order, with each act decided on what the last
    /// one wrote: never two live bookings, and the slot is busy exactly while there is one.
    #[test]
    fn never_two_bookings(acts in proptest::collection::vec((0_u8..5, 0_usize..3, 0_i64..4), 1..40)) {
        let mut desk = Desk::new(&["2026-06-01 09:00"]);
        let mut bookings: Vec<Appointment> = Vec::new();
        let mut now = at(NOW);
        let names = ["ann", "bob", "cat"];
        for (act, who, minutes) in acts {
            now = zone::plus_minutes(now, minutes);
            let asker = someone(names[who]);
            let patient = format!("Patient/{}", names[who]);
            let token = format!("token {who}");
            match act {
                0 => {
                    if let Ok(changed) = hold(&desk.openings(), &asker, &token, &[], now) { desk.put(&changed); }
                }
                1 => {
                    if let Ok(changed) = extend(&desk.openings(), &token, now) { desk.put(&changed); }
                }
                2 => {
                    let changed = let_go(&desk.slots, &token, now);
                    desk.put(&changed);
                }
                3 => {
                    let key = format!("{who} {}", bookings.len());
                    if let Ok(booked) = desk.book(&asker, &key, None, Some(&token), now) {
                        desk.put(&booked.slots);
                        bookings.push(booked.appointment);
                    }
                }
                _ => {
                    let own = bookings.iter().position(|b| b.is_live() && b.actor("Patient") == Some(&patient));
                    if let Some(own) = own {
                        let ask = Cancelling { patient: &patient, ..cancelling(&desk, &bookings[own], &asker) };
                        if let Ok(done) = cancel(&ask, now) {
                            bookings[own] = done.appointment;
                            desk.put(&done.slots);
                        }
                    }
                }
            }
            let live = bookings.iter().filter(|b| b.is_live()).count();
            prop_assert!(live <= 1);
            prop_assert_eq!(desk.slots[0].status == SlotStatus::Busy, live == 1);
        }
    }
}

/// A person's way through a booking, one step at a time, as requests interleave.
enum Walk {
    Read,
    /// What was read: the slot and its version.
    Write(Box<Slot>, u32),
    Booked,
    Told,
}

/// 500 people go for 50 slots at once. Every step of every one is interleaved at random; a write
/// counts only on the version that was read, as the store's transaction has it.
#[test]
fn five_hundred_for_fifty() {
    let starts: Vec<String> =
        (0..50).map(|n| format!("2026-06-01 {:02}:{:02}", 9 + n / 6, n % 6 * 10)).collect();
    let desk = Desk::new(&starts.iter().map(String::as_str).collect::<Vec<_>>());
    let mut stored: Vec<(Slot, u32)> = desk.slots.iter().map(|slot| (slot.clone(), 1)).collect();
    let mut walks: Vec<Walk> = (0..500).map(|_| Walk::Read).collect();
    let (mut conflicts, mut waiting) = (0, 500);
    let mut random = 1_u64;
    while waiting > 0 {
        // A linear congruential generator: the test is the same every time.
        random =
            random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let who = (random >> 33) as usize % walks.len();
        let place = who % stored.len();
        let next = match &walks[who] {
            Walk::Read => Walk::Write(Box::new(stored[place].0.clone()), stored[place].1),
            Walk::Write(slot, version) => {
                let asker = someone(&format!("p{who}"));
                let opening = Opening { slot, session: &desk.session, service: &desk.service };
                let request = Request {
                    openings: &[opening],
                    asker: &asker,
                    patient: &format!("Patient/p{who}"),
                    token: None,
                    key: "k",
                    reason: None,
                };
                match book(&request, None, at(NOW)) {
                    Err(refusal) => {
                        assert_eq!(refusal.code, RefusalCode::SlotTaken);
                        assert!(!refusal.next.is_empty());
                        Walk::Told
                    }
                    Ok(booked) if stored[place].1 == *version => {
                        stored[place] = (booked.slots[0].clone(), version + 1);
                        Walk::Booked
                    }
                    Ok(_) => {
                        conflicts += 1;
                        Walk::Read
                    }
                }
            }
            Walk::Booked | Walk::Told => continue,
        };
        if matches!(next, Walk::Booked | Walk::Told) {
            waiting -= 1;
        }
        walks[who] = next;
    }
    let booked = walks.iter().filter(|walk| matches!(walk, Walk::Booked)).count();
    assert_eq!(booked, 50);
    assert!(stored.iter().all(|(slot, version)| slot.status == SlotStatus::Busy && *version == 2));
    assert!(conflicts > 50, "the race was run: {conflicts}");
}
