//! What the cases stand on: times written as people say them, one practice, its slots.

use booking::model::{Service, Session, Slot};
use fhir::Tree;
use jiff::Timestamp;

/// Wall time in London: `2026-06-01 09:00`.
pub(crate) fn at(wall: &str) -> Timestamp {
    let wall = wall.replace(' ', "T").parse().expect("a wall time");
    booking::zone::instant(wall).expect("an instant").0
}

pub(crate) fn tree(json: &str) -> Tree {
    Tree::parse(json.as_bytes()).unwrap_or_else(|e| panic!("{e}: {json}"))
}

pub(crate) fn reread(element: &fhir::Element) -> Tree {
    Tree::parse(&element.to_compact()).expect("what is written can be read")
}

/// A service that can be booked online, with the default rules.
pub(crate) fn service() -> Service {
    let mut service = Service::new("gp", "GP appointment");
    service.policy.is_for_111 = true;
    service.policy.is_online = true;
    service.phone = Some("01632 960 001".to_owned());
    service.provided_by = Some("Organization/practice".to_owned());
    service
}

pub(crate) fn session() -> Session {
    let mut session = Session::new("s1");
    session.service = Some("HealthcareService/gp".to_owned());
    session.practitioner = Some("Practitioner/shah".to_owned());
    session.location = Some("Location/branch".to_owned());
    session.mode = Some(booking::model::Mode::InPerson);
    session
}

/// Ten minutes from a wall time.
pub(crate) fn slot(id: &str, start: &str) -> Slot {
    let start = at(start);
    Slot::new(id, "Schedule/s1", start, booking::zone::plus_minutes(start, 10))
}

/// A person registered here, born in 1980.
pub(crate) fn person() -> booking::visibility::Person {
    booking::visibility::Person {
        reference: "Patient/ann".to_owned(),
        birth_date: Some(jiff::civil::date(1980, 6, 15)),
        sex: Some(booking::model::Sex::Female),
        is_registered: true,
        is_digitally_excluded: false,
        open_bookings: 0,
    }
}
