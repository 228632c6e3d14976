//! Finding, keeping, booking, changing, cancelling.

use access::Role;
use booking::desk::CancelReason;
use booking::model::AppointmentStatus;
use fhir::ResourceId;
use interactions::Category;
use interactions::booking::{BookRequest, Booker, CancelRequest, OpeningFilter};

use super::world::{SOURCE, World, at, book, citizen, patient, service, session, slot, wish};
use crate::fixture::id;

fn cancel(appointment: &ResourceId) -> CancelRequest {
    CancelRequest { appointment: appointment.clone(), reason: CancelReason::Better, words: None }
}

#[tokio::test]
async fn openings_are_those_that_can_be_booked() {
    let world = World::new().await;
    world.slots("2026-06-02", 3).await;
    world
        .put(&[
            &slot("today", "s1", "2026-06-01 07:30", ""),
            &slot("far", "s1", "2026-07-20 09:00", ""),
            &slot(
                "later",
                "s1",
                "2026-06-03 09:00",
                r#","extension":[{"url":
                "urn:careloom:booking:release","valueInstant":"2026-06-02T07:00:00+01:00"}]"#,
            ),
            &slot(
                "phone",
                "s1",
                "2026-06-04 09:00",
                r#","extension":[{"url":
                "urn:careloom:booking:reserve","extension":[{"url":"for","valueCode":"phone"}]}]"#,
            ),
            &slot(
                "video",
                "s1",
                "2026-06-05 09:00",
                r#","extension":[{"url":
                "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-DeliveryChannel",
                "valueCodeableConcept":{"coding":[{"code":"Video"}]}}]"#,
            ),
            &service("other", "Smear test", ""),
            &session("s2", "other"),
            &slot("smear", "s2", "2026-06-02 14:00", ""),
        ])
        .await;
    let ann = world.person("ann");
    let open = ann.openings(&Booker::Own, &OpeningFilter::default()).await.unwrap();
    let ids = |open: &interactions::booking::Openings| -> Vec<String> {
        open.days.iter().flat_map(|day| &day.slots).map(|slot| slot.id.to_string()).collect()
    };
    assert_eq!(ids(&open), ["a0", "a1", "a2", "smear", "video"]);
    assert_eq!(open.overview.later.get(&at("2026-06-02 07:00")), Some(&1));
    assert_eq!(open.clinicians[0].words, "Dr Meera Shah");
    assert_eq!(open.kinds.len(), 2);

    let filtered = |change: fn(&mut OpeningFilter)| {
        let mut filter = OpeningFilter::default();
        change(&mut filter);
        filter
    };
    let table: [(OpeningFilter, &[&str]); 7] = [
        (filtered(|f| f.service = Some(id("other"))), &["smear"]),
        (filtered(|f| f.service = Some(id("none"))), &[]),
        (filtered(|f| f.mode = Some(booking::model::Mode::Video)), &["video"]),
        (filtered(|f| f.clinician = Some(id("nobody"))), &[]),
        (filtered(|f| f.from = Some(jiff::civil::date(2026, 6, 3))), &["video"]),
        (
            filtered(|f| f.from = Some(jiff::civil::date(1999, 1, 1))),
            &["a0", "a1", "a2", "smear", "video"],
        ),
        (filtered(|f| f.days = Some(2)), &["a0", "a1", "a2", "smear"]),
    ];
    for (filter, expected) in table {
        let open = ann.openings(&Booker::Own, &filter).await.unwrap();
        assert_eq!(ids(&open), expected, "{filter:?}");
    }

    // At the phone desk what is kept for who phones is there, and what is closer than the app allows.
    let desk = world.staff(Role::Receptionist, SOURCE);
    let open = desk.openings(&Booker::Desk(id("ann")), &OpeningFilter::default()).await.unwrap();
    assert_eq!(ids(&open), ["today", "a0", "a1", "a2", "smear", "phone", "video"]);
}

#[tokio::test]
async fn who_may_not_ask() {
    let world = World::new().await;
    world.slots("2026-06-02", 1).await;
    world
        .put(&[r#"{"resourceType":"Patient","id":"far","managingOrganization":
            {"reference":"Organization/elsewhere"}}"#])
        .await;
    let refused = |app: interactions::App, booker: Booker| async move {
        let filter = OpeningFilter::default();
        let found = app.openings(&booker, &filter).await;
        let booked = app.book_slot(&booker, &wish("a0", "k")).await;
        (found.unwrap_err().category, booked.unwrap_err().category)
    };
    let both = |category| (category, category);
    let nobody = world.app.acting_as(access::Caller::NOBODY);
    assert_eq!(refused(nobody, Booker::Own).await, both(Category::NotSignedIn));
    let p5 = world.app.acting_as(citizen("ann", false));
    assert_eq!(refused(p5, Booker::Own).await, both(Category::StepUp));
    let desk = world.staff(Role::Receptionist, SOURCE);
    assert_eq!(refused(desk, Booker::Own).await, both(Category::Forbidden));
    let desk = world.staff(Role::Receptionist, SOURCE);
    assert_eq!(refused(desk, Booker::Desk(id("none"))).await, both(Category::NotFound));
    let ann = world.person("ann");
    assert_eq!(refused(ann, Booker::Desk(id("bob"))).await, both(Category::Forbidden));
    let pharmacist = world.staff(Role::Pharmacist, SOURCE);
    assert_eq!(refused(pharmacist, Booker::Desk(id("ann"))).await, both(Category::Forbidden));

    // Who is registered elsewhere, and staff of elsewhere, find nothing here.
    let far = world.person("far");
    let open = far.openings(&Booker::Own, &OpeningFilter::default()).await.unwrap();
    assert!(open.days.is_empty() && open.kinds.is_empty());
    assert_eq!(book(&far, "a0", "k").await.unwrap_err(), "no-slot");
    let elsewhere = world.staff(Role::Receptionist, "urn:test:other");
    let booked = elsewhere.book_slot(&Booker::Desk(id("ann")), &wish("a0", "k")).await.unwrap();
    assert_eq!(booked.unwrap_err().code.as_str(), "no-slot");
    assert_eq!(world.status("a0").await, "free");
}

#[tokio::test]
async fn a_person_keeps_a_time_and_books_it() {
    let world = World::new().await;
    world.slots("2026-06-02", 2).await;
    let (ann, bob) = (world.person("ann"), world.person("bob"));
    let held = ann.hold_slot(&Booker::Own, &[id("a0")]).await.unwrap().unwrap();
    assert_eq!(held.until, at("2026-06-01 07:05"));
    assert_eq!(held.slots[0].kind, "GP appointment");
    assert_eq!(world.status("a0").await, "busy-tentative");
    // Neither who holds it nor with what stands on the slot.
    assert!(!world.text("Slot", "a0").await.contains("Patient/"));
    assert_eq!(book(&bob, "a0", "bob").await.unwrap_err(), "slot-taken");
    let kept = bob.hold_slot(&Booker::Own, &[id("a0")]).await.unwrap();
    assert_eq!(kept.unwrap_err().code.as_str(), "slot-taken");

    // Longer once, and not twice.
    let longer = ann.extend_hold(&Booker::Own, &[id("a0")]).await.unwrap().unwrap();
    assert!(longer.is_extended && longer.until == at("2026-06-01 07:10"));
    let again = ann.extend_hold(&Booker::Own, &[id("a0")]).await.unwrap();
    assert_eq!(again.unwrap_err().code.as_str(), "hold-extended");
    let not_mine = bob.extend_hold(&Booker::Own, &[id("a0")]).await.unwrap();
    assert_eq!(not_mine.unwrap_err().code.as_str(), "hold-lost");

    // Another choice lets the first one go.
    ann.hold_slot(&Booker::Own, &[id("a1")]).await.unwrap().unwrap();
    assert_eq!(
        (&*world.status("a0").await, &*world.status("a1").await),
        ("free", "busy-tentative")
    );
    let booked = book(&ann, "a1", "key").await.unwrap();
    assert_eq!(booked.appointment.status, AppointmentStatus::Booked);
    assert_eq!(booked.appointment.clinician.as_deref(), Some("Dr Meera Shah"));
    assert_eq!(booked.appointment.practice.as_deref(), Some("Hope Street Surgery"));
    assert_eq!(world.status("a1").await, "busy");

    // The form sent again, by a double press or the back button, books nothing.
    let again = book(&ann, "a1", "key").await.unwrap();
    assert!(again.is_repeat && again.appointment.id == booked.appointment.id);
    assert_eq!(book(&ann, "a0", "key").await.unwrap_err(), "key-reused");
    assert_eq!(world.appointments().await.len(), 1);
    // Whose system it is of, so that the practice's staff see it; and it is noted.
    let text = world.text("Appointment", booked.appointment.id.as_str()).await;
    assert!(text.contains(SOURCE), "{text}");
    let noted = world.found("AuditEvent", "patient=Patient/ann").await;
    assert!(noted.iter().any(|event| event.text().contains("booked an appointment")));

    // A hold that ran out holds nobody up.
    ann.hold_slot(&Booker::Own, &[id("a0")]).await.unwrap().unwrap();
    world.now("2026-06-01 07:05");
    book(&bob, "a0", "bob").await.unwrap();
}

#[tokio::test]
async fn letting_go_and_choosing_too_often() {
    let world = World::new().await;
    world.slots("2026-06-02", 2).await;
    let ann = world.person("ann");
    ann.hold_slot(&Booker::Own, &[id("a0")]).await.unwrap().unwrap();
    ann.let_go(&Booker::Own).await.unwrap();
    assert_eq!(world.status("a0").await, "free");
    ann.let_go(&Booker::Own).await.unwrap();
    let mut refused = None;
    for index in 0..25 {
        let slot = id(if index % 2 == 0 { "a0" } else { "a1" });
        if let Err(refusal) = ann.hold_slot(&Booker::Own, &[slot]).await.unwrap() {
            refused = Some((index, refusal.code.as_str()));
            break;
        }
    }
    assert_eq!(refused, Some((19, "too-many-choices")));
    world.now("2026-06-01 07:11");
    ann.hold_slot(&Booker::Own, &[id("a0")]).await.unwrap().unwrap();
}

#[tokio::test]
async fn bookings_that_are_refused() {
    let world = World::new().await;
    world.slots("2026-06-02", 4).await;
    world
        .put(&[
            &service("asks", "Nurse", r#",{"url":"reason","valueCode":"mandatory"},
                {"url":"reasonLengthMax","valueUnsignedInt":10}"#),
            &session("s2", "asks"),
            &slot("nurse", "s2", "2026-06-02 15:00", ""),
            &slot("past", "s1", "2026-06-01 06:50", ""),
            &slot("close", "s1", "2026-06-01 07:50", ""),
            &slot("broken", "gone", "2026-06-02 16:00", ""),
            &slot("adults", "s1", "2026-06-02 17:00", r#","extension":[{"url":
                "urn:careloom:booking:audience","extension":[{"url":"ageMin","valueUnsignedInt":60}]}]"#),
        ])
        .await;
    let ann = world.person("ann");
    let table: [(&[&str], &str, Option<&str>, &str); 13] = [
        (&[], "k", None, "no-slot"),
        (&["none"], "k", None, "no-slot"),
        (&["broken"], "k", None, "no-slot"),
        (&["../Patient/bob"], "k", None, "no-slot"),
        (&["past"], "k", None, "not-bookable"),
        (&["close"], "k", None, "not-bookable"),
        (&["adults"], "k", None, "not-bookable"),
        (&["a0"], "", None, "key-invalid"),
        (&["a0", "a1"], "k", None, "too-many-slots"),
        (&["a0", "a0"], "k", None, "not-in-a-row"),
        (&["nurse"], "k", None, "reason-needed"),
        (&["nurse"], "k", Some(" \t\n "), "reason-needed"),
        (&["nurse"], "k", Some("<script>alert(1)</script>"), "reason-too-long"),
    ];
    for (slots, key, reason, expected) in table {
        let slots: Vec<ResourceId> = slots.iter().filter_map(|s| ResourceId::parse(s)).collect();
        let request = BookRequest { slots, key: key.to_owned(), reason: reason.map(str::to_owned) };
        let refusal = ann.book_slot(&Booker::Own, &request).await.unwrap().unwrap_err();
        assert_eq!(refusal.code.as_str(), expected, "{request:?}");
        assert!(!refusal.headline.is_empty() && !refusal.next.is_empty(), "{refusal:?}");
    }
    assert!(world.appointments().await.is_empty());
    // Most bookings of one person: the default is two.
    book(&ann, "a0", "1").await.unwrap();
    book(&ann, "a1", "2").await.unwrap();
    assert_eq!(book(&ann, "a2", "3").await.unwrap_err(), "not-bookable");
    let desk = world.staff(Role::Receptionist, SOURCE);
    let more = desk.book_slot(&Booker::Desk(id("ann")), &wish("a2", "3")).await.unwrap();
    assert!(more.is_ok(), "the practice may give more: {more:?}");
}

#[tokio::test]
async fn one_person_at_once_keeps_to_the_limit() {
    let world = World::new().await;
    world.slots("2026-06-02", 6).await;
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..6 {
        let ann = world.person("ann");
        let (slot, key) = (format!("a{index}"), format!("key-{index}"));
        tasks.spawn(async move { book(&ann, &slot, &key).await.is_ok() });
    }
    let booked = tasks.join_all().await.into_iter().filter(|done| *done).count();
    assert_eq!(booked, 2);
    assert_eq!(world.appointments().await.len(), 2);
}

#[tokio::test]
async fn cancelling_changing_and_moving() {
    let world = World::new().await;
    world.slots("2026-06-02", 3).await;
    let (ann, bob) = (world.person("ann"), world.person("bob"));
    let first = book(&ann, "a0", "k").await.unwrap().appointment.id;

    // Another's appointment is not there for anybody else: not to see, change, move, or keep.
    let not_theirs = "not-theirs";
    let code = |r: Result<(), booking::desk::Refusal>| r.unwrap_err().code.as_str();
    let other = Booker::Own;
    assert_eq!(code(bob.appointment(&other, &first).await.unwrap().map(drop)), not_theirs);
    assert_eq!(code(bob.calendar_file(&other, &first).await.unwrap().map(drop)), not_theirs);
    assert_eq!(
        code(bob.cancel_booking(&other, &cancel(&first)).await.unwrap().map(drop)),
        not_theirs
    );
    assert_eq!(
        code(bob.change_reason(&other, &first, Some("x")).await.unwrap().map(drop)),
        not_theirs
    );
    let moved = bob.move_booking(&other, &first, &wish("a1", "m")).await.unwrap();
    assert_eq!(code(moved.map(drop)), not_theirs);
    assert_eq!(code(ann.appointment(&other, &id("none")).await.unwrap().map(drop)), not_theirs);
    let desk = world.staff(Role::Receptionist, SOURCE);
    let of_bob = Booker::Desk(id("bob"));
    assert_eq!(
        code(desk.cancel_booking(&of_bob, &cancel(&first)).await.unwrap().map(drop)),
        not_theirs
    );

    let changed = ann.change_reason(&Booker::Own, &first, Some("a sore knee")).await.unwrap();
    assert_eq!(changed.unwrap().reason.as_deref(), Some("a sore knee"));
    let long = "x".repeat(151);
    let refused = ann.change_reason(&Booker::Own, &first, Some(&long)).await.unwrap();
    assert_eq!(refused.unwrap_err().code.as_str(), "reason-too-long");

    let file = ann.calendar_file(&Booker::Own, &first).await.unwrap().unwrap();
    assert!(file.starts_with("BEGIN:VCALENDAR\r\n") && file.contains("SEQUENCE:1\r\n"), "{file}");
    assert!(!file.contains("knee") && !file.contains("Ann"), "calendars are shared: {file}");

    // Moved: the old one is cancelled and its slot free; sent again, the same answer.
    for _ in 0..2 {
        let moved =
            ann.move_booking(&Booker::Own, &first, &wish("a1", "m")).await.unwrap().unwrap();
        assert_eq!(moved.old.status, AppointmentStatus::Cancelled);
        assert_eq!(moved.booked.appointment.start, Some(at("2026-06-02 09:10")));
    }
    assert_eq!((&*world.status("a0").await, &*world.status("a1").await), ("free", "busy"));
    // Where the new time is gone, the old one stands.
    book(&bob, "a2", "b").await.unwrap();
    let mine = ann.my_appointments().await.unwrap();
    let second = mine.coming[0].id.clone();
    let refused = ann.move_booking(&Booker::Own, &second, &wish("a2", "n")).await.unwrap();
    assert_eq!(refused.unwrap_err().code.as_str(), "slot-taken");
    assert_eq!(ann.my_appointments().await.unwrap().coming.len(), 1);
    assert_eq!(mine.past.len(), 1);

    // A form that had booked the new time already still lets the old one go when it moves.
    let spare = book(&bob, "a0", "spare").await.unwrap().appointment.id;
    let bobs_first = bob.my_appointments().await.unwrap().coming;
    let bobs_first = bobs_first.iter().find(|view| view.id != spare).unwrap().id.clone();
    let moved = bob.move_booking(&Booker::Own, &bobs_first, &wish("a0", "spare")).await.unwrap();
    assert_eq!(moved.unwrap().old.status, AppointmentStatus::Cancelled);
    assert_eq!(world.status("a2").await, "free");

    // Cancelled, twice the same; too late online, and the practice still can.
    world.now("2026-06-02 08:30");
    let late = ann.cancel_booking(&Booker::Own, &cancel(&second)).await.unwrap();
    assert_eq!(late.unwrap_err().code.as_str(), "too-late-to-cancel");
    let desk = world.staff(Role::Receptionist, SOURCE);
    for repeat in [false, true] {
        let done = desk.cancel_booking(&Booker::Desk(id("ann")), &cancel(&second)).await.unwrap();
        let done = done.unwrap();
        assert_eq!((done.is_repeat, done.is_late), (repeat, !repeat));
    }
    assert_eq!(world.status("a1").await, "free");
    world.now("2026-06-02 09:30");
    let past = bob.cancel_booking(&Booker::Own, &cancel(&spare)).await.unwrap();
    assert_eq!(past.unwrap_err().code.as_str(), "in-the-past");
}

#[tokio::test]
async fn times_on_the_day_when_the_clocks_change() {
    let world = World::new().await;
    // 1:30am comes twice on 25 October 2026.
    world.now("2026-10-24 09:00");
    world
        .put(&[
            r#"{"resourceType":"Slot","id":"first","schedule":{"reference":"Schedule/s1"},"status":"free",
                "start":"2026-10-25T01:30:00+01:00","end":"2026-10-25T01:40:00+01:00"}"#,
            r#"{"resourceType":"Slot","id":"second","schedule":{"reference":"Schedule/s1"},"status":"free",
                "start":"2026-10-25T01:30:00Z","end":"2026-10-25T01:40:00Z"}"#,
            &slot("midnight", "s1", "2026-10-25 00:00", ""),
            &slot("next", "s1", "2026-10-26 00:00", ""),
        ])
        .await;
    let ann = world.person("ann");
    let filter = OpeningFilter {
        from: Some(jiff::civil::date(2026, 10, 25)),
        days: Some(1),
        ..OpeningFilter::default()
    };
    let open = ann.openings(&Booker::Own, &filter).await.unwrap();
    let ids: Vec<&str> = open.days[0].slots.iter().map(|slot| slot.id.as_str()).collect();
    assert_eq!((open.days.len(), ids), (1, vec!["midnight", "first", "second"]));
    let one = book(&ann, "first", "1").await.unwrap().appointment;
    let two = book(&ann, "second", "2").await.unwrap().appointment;
    assert_eq!(two.start.unwrap().duration_since(one.start.unwrap()).as_mins(), 60);
}

#[tokio::test]
async fn what_cannot_be_read_holds_nobody_up() {
    let world = World::new().await;
    world.slots("2026-06-02", 1).await;
    world
        .put(&[
            // Valid FHIR that the rules cannot work with.
            r#"{"resourceType":"Slot","id":"odd","schedule":{"reference":"Schedule/s1"},"status":"free",
                "start":"2026-06-02T10:00:00Z","end":"2026-06-02T09:00:00Z"}"#,
            r#"{"resourceType":"Appointment","id":"odd","status":"booked","start":"2026-06-02T10:00:00Z",
                "end":"2026-06-02T09:00:00Z","participant":[{"actor":{"reference":"Patient/ann"},
                "status":"accepted"}]}"#,
            &patient("ann").replace("\"birthDate\":\"1980-06-15\"", "\"birthDate\":\"1980\""),
        ])
        .await;
    let ann = world.person("ann");
    let open = ann.openings(&Booker::Own, &OpeningFilter::default()).await.unwrap();
    assert_eq!(open.days[0].slots.len(), 1);
    assert_eq!(book(&ann, "odd", "k").await.unwrap_err(), "no-slot");
    book(&ann, "a0", "k").await.unwrap();
    assert_eq!(ann.my_appointments().await.unwrap().coming.len(), 1);
}

/// Who has died is offered nothing and booked nowhere, whoever asks; who was only marked as alive is.
#[tokio::test(flavor = "multi_thread")]
async fn the_dead_are_booked_nowhere() {
    for (told, is_booked) in [
        (r#""deceasedBoolean":true"#, false),
        (r#""deceasedDateTime":"2026-05-30""#, false),
        (r#""deceasedDateTime":"2026""#, false),
        (r#""deceasedBoolean":false"#, true),
    ] {
        let world = World::new().await;
        world.slots("2026-06-02", 1).await;
        let changed = patient("ann").replacen('{', &format!("{{{told},"), 1);
        world.put(&[&changed]).await;
        let desk = world.staff(Role::Receptionist, SOURCE);
        for (app, booker, code) in [
            (&world.person("ann"), Booker::Own, "no-slot"),
            (&desk, Booker::Desk(id("ann")), "has-died"),
            (&desk, Booker::Staff(id("ann")), "has-died"),
        ] {
            if is_booked {
                continue;
            }
            let refused = app.book_slot(&booker, &wish("a0", "k1")).await.unwrap().unwrap_err();
            assert_eq!(refused.code.as_str(), code, "{told}");
            let refused = app.hold_slot(&booker, &[id("a0")]).await.unwrap().unwrap_err();
            assert_eq!(refused.code.as_str(), code, "{told}");
            assert_eq!(world.status("a0").await, "free", "{told}");
        }
        if is_booked {
            book(&world.person("ann"), "a0", "k1").await.unwrap();
        }
    }
}
