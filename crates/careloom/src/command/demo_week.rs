//! The invented book of one practice: kinds of appointment, clinicians, a week of sessions made into real
//! days, and who is booked. Nothing is read or written here; `demo_bookings` does that.
//!
//! Sessions come from templates and bookings from the rules of the crate `booking`, so that the demo holds
//! nothing that a practice could not have made. To add a kind of appointment: a row in [`services`], its
//! sessions in [`templates`].

use booking::desk::{self, Request};
use booking::model::{
    Appointment, AppointmentStatus, Audience, GpConnectAccess, Mode, ReasonRule, ReservedFor,
    Service, Sex, Slot,
};
use booking::release::ReleaseRule;
use booking::template::{Days, MadeSession, Nation, ReserveShare, Template, make};
use booking::visibility::{Asker, Opening, Person};
use booking::zone;
use fhir::Element;
use jiff::civil::{Date, Time, Weekday, time};
use jiff::{Span, Timestamp};
use testkit::{Prng, Site};

/// Days of the book that are over.
const DAYS_PAST: i64 = 10;
/// Days of the book that are to come.
const DAYS_COMING: i64 = 21;
/// Bookings of one person that are over, at the most.
const PAST_MAX: u32 = 2;

const WEEKDAYS: [Weekday; 5] =
    [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];

/// Family and given name of each site's practice nurse and of who takes blood.
const NURSES: [[(&str, &str); 2]; 5] = [
    [("Okonkwo", "Grace"), ("Doyle", "Liam")],
    [("Fielding", "Anne"), ("Moreno", "Carla")],
    [("Baptiste", "Yvonne"), ("Hale", "Rowan")],
    [("Bagnall", "Christine"), ("Iqbal", "Sana")],
    [("Preece", "Helen"), ("Nowak", "Ewa")],
];

/// A practice as the demo knows it.
pub(crate) struct Surgery {
    /// The site.
    pub(crate) site: Site,
    /// Reference of its Organization.
    pub(crate) organisation: String,
    /// Its name.
    pub(crate) name: String,
    /// Its address in one line.
    pub(crate) address: String,
    /// `meta.source` of what its system sends.
    pub(crate) source: String,
    /// References of three of its doctors, with their names.
    pub(crate) doctors: [(String, String); 3],
    /// Its patients; the first is the one who has an account.
    pub(crate) patients: Vec<Person>,
}

/// What is written for a practice.
#[derive(Default)]
pub(crate) struct Book {
    /// Every resource.
    pub(crate) resources: Vec<Element>,
    /// How many slots.
    pub(crate) slots: usize,
    /// How many bookings.
    pub(crate) bookings: usize,
}

/// The book of a practice around a moment; the same seed and day make the same book.
pub(crate) fn book(surgery: &Surgery, seed: u64, now: Timestamp) -> Book {
    let services = services(surgery);
    let templates = templates(surgery, zone::day(now));
    let today = zone::day(now);
    let days = Days {
        from: moved(today, -DAYS_PAST),
        to: moved(today, DAYS_COMING),
        nation: Nation::England,
        extra: Vec::new(),
        closures: Vec::new(),
    };
    let mut made = make(&templates, &days).sessions;
    let appointments = appointments(surgery, &services, &mut made, seed, now);
    let mut resources = staff(surgery);
    resources.extend(services.iter().map(|service| {
        let mut element = service.to_element();
        let own = |template: &&Template| template.service == service.reference();
        let templates: Vec<Template> = templates.iter().filter(own).cloned().collect();
        Template::write_all(&templates, &mut element);
        element
    }));
    let mut slots = 0;
    for MadeSession { session, slots: of_session } in &made {
        resources.push(session.to_element());
        resources.extend(of_session.iter().map(Slot::to_element));
        slots += of_session.len();
    }
    resources.extend(appointments.iter().map(Appointment::to_element));
    for resource in &mut resources {
        let mut meta = resource.remove("meta").unwrap_or_else(Element::object);
        meta.set("source", Element::string(surgery.source.as_str()));
        resource.set("meta", meta);
    }
    Book { resources, slots, bookings: appointments.len() }
}

fn moved(date: Date, days: i64) -> Date {
    date.checked_add(Span::new().days(days)).unwrap_or(date)
}

fn reference(kind: &str, surgery: &Surgery, name: &str) -> String {
    format!("{kind}/demo-{}-{name}", surgery.site.code())
}

/// The place, the nurse and who takes blood.
fn staff(surgery: &Surgery) -> Vec<Element> {
    let text = |words: &str| Element::string(words);
    let object = |members: Vec<(&str, Element)>| {
        Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let id = |name: &str| text(&format!("demo-{}-{name}", surgery.site.code()));
    let place = object(vec![
        ("resourceType", text("Location")),
        ("id", id("surgery")),
        ("status", text("active")),
        ("name", text(&surgery.name)),
        ("address", object(vec![("text", text(&surgery.address))])),
        ("managingOrganization", object(vec![("reference", text(&surgery.organisation))])),
    ]);
    let people = ["nurse", "bloods"].iter().zip(NURSES[surgery.site as usize]);
    let people = people.map(|(name, (family, given))| {
        let called =
            object(vec![("family", text(family)), ("given", Element::Array(vec![text(given)]))]);
        object(vec![
            ("resourceType", text("Practitioner")),
            ("id", id(name)),
            ("name", Element::Array(vec![called])),
        ])
    });
    std::iter::once(place).chain(people).collect()
}

/// The kinds of appointment.
fn services(surgery: &Surgery) -> Vec<Service> {
    let service = |name: &str, words: &str| {
        let id = format!("demo-{}-{name}", surgery.site.code());
        let mut service = Service::new(&id, words);
        service.provided_by = Some(surgery.organisation.clone());
        service.phone = Some(format!("01632 96020{}", surgery.site as usize + 1));
        service.policy.is_online = true;
        service
    };
    let mut doctor = service("doctor", "GP appointment");
    (doctor.policy.advance_days, doctor.policy.reason_length_max) = (14, 300);
    doctor.policy.is_for_111 = true;
    let mut today = service("today", "GP call on the same day");
    (today.policy.advance_days, today.policy.embargo_minutes) = (1, 15);
    today.policy.is_for_111 = true;
    (today.policy.cancel_until_minutes, today.policy.reason) = (15, ReasonRule::Mandatory);
    let mut nurse = service("nurse", "Practice nurse");
    nurse.policy.reason_length_max = 300;
    let mut bloods = service("bloods", "Blood test");
    bloods.policy.reason = ReasonRule::NotAsked;
    let mut screening = service("screening", "Cervical screening");
    screening.policy.reason = ReasonRule::NotAsked;
    let mut surgery_room = service("minor-surgery", "Minor surgery");
    surgery_room.policy.is_online = false;
    surgery_room.policy.note =
        Some("A GP looks at the problem first. Book a GP appointment, or phone us.".to_owned());
    vec![doctor, today, nurse, bloods, screening, surgery_room]
}

/// The weekly sessions.
fn templates(surgery: &Surgery, today: Date) -> Vec<Template> {
    let mut templates = doctors(surgery, today);
    templates.extend(clinics(surgery, today));
    templates
}

/// A template of every weekday: its name, the kind of appointment, what people call it, with whom, from when.
fn template(
    surgery: &Surgery,
    today: Date,
    (key, service): (&str, &str),
    (name, who): (String, &str),
    start: Time,
) -> Template {
    let key = format!("{}-{key}", surgery.site.code());
    let service = reference("HealthcareService", surgery, service);
    let mut template = Template::new(&key, &service, start, moved(today, -DAYS_PAST));
    (template.name, template.days) = (name, WEEKDAYS.to_vec());
    template.practitioner = Some(who.to_owned());
    template.location = Some(reference("Location", surgery, "surgery"));
    template
}

/// The doctors' sessions.
fn doctors(surgery: &Surgery, today: Date) -> Vec<Template> {
    let of = |key, service, name, who: &str, start| {
        template(surgery, today, (key, service), (name, who), start)
    };
    let [first, second, third] = &surgery.doctors;
    let morning = format!("{}, morning surgery", first.1);
    let mut morning = of("morning", "doctor", morning, &first.0, time(9, 0, 0, 0));
    (morning.slot_minutes, morning.count) = (15, 12);
    // Released in two halves, a week and a day or a week before, so that no morning is a rush.
    morning.release =
        Some(ReleaseRule { over_days: 2, ..ReleaseRule::at_once(8, time(7, 0, 0, 0)) });
    morning.reserves = vec![ReserveShare {
        kept_for: ReservedFor::DigitallyExcluded,
        slots: 2,
        opens_minutes_before: Some(24 * 60),
    }];

    let calls = format!("{}, calls", second.1);
    let mut calls = of("calls", "today", calls, &second.0, time(10, 0, 0, 0));
    (calls.slot_minutes, calls.count, calls.mode) = (10, 18, Mode::Telephone);
    calls.release = Some(ReleaseRule {
        moments: 4,
        every_minutes: 30,
        ..ReleaseRule::at_once(0, time(7, 0, 0, 0))
    });
    let share = |kept_for, slots, minutes| ReserveShare {
        kept_for,
        slots,
        opens_minutes_before: Some(minutes),
    };
    calls.reserves = vec![share(ReservedFor::Nhs111, 3, 60), share(ReservedFor::Phone, 4, 90)];
    calls.gp_connect = GpConnectAccess {
        bookable: true,
        organisation_types: vec!["urgent-care".to_owned()],
        ods_codes: Vec::new(),
    };

    let afternoon = format!("{}, afternoon surgery", third.1);
    let mut afternoon = of("afternoon", "doctor", afternoon, &third.0, time(14, 0, 0, 0));
    afternoon.days = vec![Weekday::Tuesday, Weekday::Thursday];
    (afternoon.slot_minutes, afternoon.gap_minutes, afternoon.count) = (15, 5, 9);
    let video = format!("{}, video", third.1);
    let mut video = of("video", "doctor", video, &third.0, time(17, 30, 0, 0));
    (video.days, video.mode, video.count) = (vec![Weekday::Thursday], Mode::Video, 6);
    vec![morning, calls, afternoon, video]
}

/// The nurses' clinics, and what needs a look first.
fn clinics(surgery: &Surgery, today: Date) -> Vec<Template> {
    let of = |key, service, name: &str, who: &str, start| {
        template(surgery, today, (key, service), (name.to_owned(), who), start)
    };
    let nurse = reference("Practitioner", surgery, "nurse");
    let bloods = reference("Practitioner", surgery, "bloods");
    let mut clinic = of("nurse", "nurse", "Nurse's clinic", &nurse, time(9, 0, 0, 0));
    (clinic.slot_minutes, clinic.count) = (20, 9);
    let mut taken = of("bloods", "bloods", "Blood tests", &bloods, time(8, 0, 0, 0));
    (taken.slot_minutes, taken.count) = (5, 24);
    let half_past_one = time(13, 30, 0, 0);
    let mut screening = of("screening", "screening", "Cervical screening", &nurse, half_past_one);
    (screening.days, screening.slot_minutes, screening.count) = (vec![Weekday::Wednesday], 20, 8);
    screening.audience = Audience { age_min: Some(25), age_max: Some(64), sex: Some(Sex::Female) };
    let two = time(14, 0, 0, 0);
    let mut minor =
        of("minor-surgery", "minor-surgery", "Minor surgery", &surgery.doctors[0].0, two);
    (minor.days, minor.slot_minutes, minor.count) = (vec![Weekday::Friday], 30, 6);
    vec![clinic, taken, screening, minor]
}

/// Books people as the practice's phone desk would have, by its rules: one time to come each, and some that
/// are over. Whoever has the account gets an appointment of a GP to come.
fn appointments(
    surgery: &Surgery,
    services: &[Service],
    made: &mut [MadeSession],
    seed: u64,
    now: Timestamp,
) -> Vec<Appointment> {
    let mut prng = Prng::keyed(seed, "demo bookings", surgery.site as u64);
    let mut booked = Vec::new();
    for (index, person) in surgery.patients.iter().enumerate() {
        let wanted =
            if index == 0 { "-doctor" } else { ["-doctor", "-nurse", "-bloods"][index % 3] };
        let later = prng.range(1, 12);
        let from = zone::plus_minutes(now, i64::from(later) * 24 * 60);
        booked.extend(try_book(made, services, person, wanted, (from, now, now)));
        for _ in 0..PAST_MAX {
            let ago = prng.range(1, 9);
            let from = zone::plus_minutes(now, -i64::from(ago) * 24 * 60);
            let wanted = *prng.pick(&["-doctor", "-nurse", "-bloods"]);
            // Booked the day before, when all that is not kept for others had been released.
            let day_before = zone::plus_minutes(from, -24 * 60);
            let past = try_book(made, services, person, wanted, (from, day_before, now));
            booked.extend(past.map(|mut past| {
                let is_over = past.end.is_some_and(|end| end <= now);
                let did_not_come = prng.chance(0.06);
                past.status = match (is_over, did_not_come) {
                    (true, true) => AppointmentStatus::NoShow,
                    (true, false) => AppointmentStatus::Fulfilled,
                    (false, _) => past.status,
                };
                past
            }));
        }
    }
    booked
}

/// Books the first time of a kind that begins at `from` or after it and is to be had at `booked_at`; a time
/// that began before `now` only where it was booked before.
fn try_book(
    made: &mut [MadeSession],
    services: &[Service],
    person: &Person,
    wanted: &str,
    (from, booked_at, now): (Timestamp, Timestamp, Timestamp),
) -> Option<Appointment> {
    let service = services.iter().find(|service| service.id.ends_with(wanted))?;
    let is_coming = from > now;
    let asker = Asker::PhoneDesk(Some(person.clone()));
    let mut days: Vec<&mut MadeSession> = made
        .iter_mut()
        .filter(|day| day.session.service.as_ref() == Some(&service.reference()))
        .collect();
    days.sort_by_key(|day| day.session.horizon);
    for MadeSession { session, slots } in days {
        for slot in slots {
            let is_asked = slot.start >= from && (slot.start > now) == is_coming;
            if !is_asked {
                continue;
            }
            let opening = Opening { slot, session, service };
            let key = format!("demo {}", slot.id);
            let reason = Some("Follow-up").filter(|_| wanted != "-bloods");
            let request = Request {
                openings: &[opening],
                asker: &asker,
                patient: &person.reference,
                token: None,
                key: &key,
                reason,
            };
            if let Ok(booked) = desk::book(&request, None, booked_at) {
                *slot = booked.slots.into_iter().next()?;
                return Some(booked.appointment);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use booking::model::{Session, SlotStatus};
    use booking::visibility::decide;
    use fhir::{Tree, Value};

    use super::*;

    fn surgery(site: Site) -> Surgery {
        let doctor = |n: usize| (format!("Practitioner/doctor-{n}"), format!("Dr {n}"));
        let patient = |n: u8| Person {
            reference: format!("Patient/p{n}"),
            birth_date: Some(jiff::civil::date(1950 + i16::from(n), 3, 1)),
            sex: Some(if n.is_multiple_of(2) { Sex::Female } else { Sex::Male }),
            is_registered: true,
            ..Person::default()
        };
        Surgery {
            site,
            organisation: "Organization/practice".to_owned(),
            name: "Lime Tree Surgery".to_owned(),
            address: "1 High Street".to_owned(),
            source: "urn:careloom:feed:lvp-gp".to_owned(),
            doctors: [doctor(1), doctor(2), doctor(3)],
            patients: (0..20).map(patient).collect(),
        }
    }

    fn made(site: Site, now: &str) -> (Book, Vec<Tree>, Timestamp) {
        let now = zone::read_instant(now).expect("a moment");
        let book = book(&surgery(site), 1, now);
        let trees = book.resources.iter().map(|r| Tree::parse(&r.to_compact()).expect("JSON"));
        let trees = trees.collect();
        (book, trees, now)
    }

    fn of<'t, T>(trees: &'t [Tree], kind: &str, read: impl Fn(Value<'t>) -> Option<T>) -> Vec<T> {
        let of_kind = trees.iter().filter(|tree| tree.resource_type() == Some(kind));
        of_kind.map(|tree| read(tree.root()).unwrap_or_else(|| panic!("{}", tree.text()))).collect()
    }

    /// Spring clocks, Christmas, an ordinary week.
    const MOMENTS: [&str; 3] =
        ["2026-03-27T16:00:00+00:00", "2026-12-22T08:00:00+00:00", "2026-06-03T11:00:00+01:00"];

    #[test]
    fn a_book_can_be_read_back_whole_and_nobody_has_two_things_at_once() {
        for (site, now) in Site::ALL.into_iter().zip(MOMENTS.into_iter().cycle()) {
            let (book, trees, now) = made(site, now);
            let slots = of(&trees, "Slot", |value| Slot::read(value).0);
            let appointments = of(&trees, "Appointment", |value| Appointment::read(value).0);
            let sessions = of(&trees, "Schedule", |value| Session::read(value).0);
            assert_eq!((slots.len(), appointments.len()), (book.slots, book.bookings));
            assert!(sessions.len() > 40, "{} sessions", sessions.len());

            let mut ids: Vec<_> =
                trees.iter().map(|t| (t.resource_type(), t.root().text_of("id"))).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), trees.len(), "each resource has an id of its own");
            for tree in &trees {
                let source = tree.root().at("meta.source").and_then(Value::as_str);
                assert_eq!(source, Some("urn:careloom:feed:lvp-gp"));
            }

            let busy = slots.iter().filter(|slot| slot.status == SlotStatus::Busy).count();
            assert_eq!(busy, appointments.len(), "a slot is busy where somebody is booked");
            for appointment in &appointments {
                let slot = slots.iter().find(|slot| appointment.slots == [slot.reference()]);
                assert_eq!(slot.map(|slot| Some(slot.start)), Some(appointment.start));
                let is_over = appointment.start.is_some_and(|start| start <= now);
                assert_eq!(
                    is_over,
                    matches!(
                        appointment.status,
                        AppointmentStatus::Fulfilled | AppointmentStatus::NoShow
                    ),
                    "{appointment:?}"
                );
            }
        }
    }

    #[test]
    fn the_person_with_the_account_has_an_appointment_and_can_book_another() {
        for now in MOMENTS {
            let (_, trees, now) = made(Site::Liverpool, now);
            let appointments = of(&trees, "Appointment", |value| Appointment::read(value).0);
            let own = appointments.iter().filter(|a| a.actor("Patient") == Some("Patient/p0"));
            let coming = own.filter(|a| a.status == AppointmentStatus::Booked).count();
            assert_eq!(coming, 1);

            let services = of(&trees, "HealthcareService", |value| Service::read(value).0);
            let sessions = of(&trees, "Schedule", |value| Session::read(value).0);
            let slots = of(&trees, "Slot", |value| Slot::read(value).0);
            let mut person = surgery(Site::Liverpool).patients.remove(0);
            person.open_bookings = 1;
            let asker = Asker::Patient(person);
            let can_book = |name: &str| {
                let open = slots.iter().filter(|slot| {
                    let of_slot = |session: &&Session| session.reference() == slot.schedule;
                    let session = sessions.iter().find(of_slot).expect("a session");
                    let of_session = |s: &&Service| Some(s.reference()) == session.service;
                    let service = services.iter().find(of_session).expect("a service");
                    let opening = Opening { slot, session, service };
                    service.name == name && decide(&opening, &asker, now).is_bookable()
                });
                open.count()
            };
            assert!(can_book("GP appointment") > 10, "at {now}");
            assert!(can_book("Practice nurse") > 10, "at {now}");
            assert!(can_book("Blood test") > 10, "at {now}");
            // A woman of 76, and what a GP decides about first.
            assert_eq!(can_book("Cervical screening"), 0);
            assert_eq!(can_book("Minor surgery"), 0);
        }
    }

    #[test]
    fn bank_holidays_have_no_sessions_and_templates_have_no_faults() {
        let surgery = surgery(Site::Bristol);
        for template in templates(&surgery, jiff::civil::date(2026, 12, 20)) {
            assert_eq!(template.faults(), Vec::<String>::new(), "{}", template.key);
        }
        let (_, trees, _) = made(Site::Bristol, "2026-12-22T08:00:00+00:00");
        let slots = of(&trees, "Slot", |value| Slot::read(value).0);
        for closed in ["2026-12-25", "2026-12-28", "2027-01-01"] {
            let closed: Date = closed.parse().expect("a day");
            assert_eq!(slots.iter().filter(|slot| zone::day(slot.start) == closed).count(), 0);
        }
    }
}
