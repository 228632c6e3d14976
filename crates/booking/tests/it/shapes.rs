//! Everything that is written is R4 by its definitions: elements, types, formats.

use booking::desk::{self, CancelReason, Cancelling, Request};
use booking::model::*;
use booking::template::{ReserveShare, Template};
use booking::visibility::{Asker, Opening};
use booking::waiting::{Offer, Wish, join};
use booking::{bars, gp_connect};
use fhir::{Element, Severity};
use jiff::civil::{Weekday, date, time};

use crate::world::{at, person, reread, service, session, slot};

fn check(element: &Element) {
    let tree = reread(element);
    let issues = definitions::embedded().check_structure(tree.root());
    let wrong: Vec<_> = issues.iter().filter(|i| i.severity <= Severity::Error).collect();
    assert!(wrong.is_empty(), "{wrong:?} in {}", tree.text());
}

#[test]
fn the_check_finds_what_is_wrong() {
    let mut element = full_slot().to_element();
    element.set("started", Element::string("x"));
    let issues = definitions::embedded().check_structure(reread(&element).root());
    assert!(!issues.is_empty());
}

pub(crate) fn full_slot() -> Slot {
    let mut slot = slot("s0", "2026-06-01 09:00");
    slot.mode = Some(Mode::Video);
    slot.service_type = Some(Concept::text("GP appointment"));
    slot.release_at = Some(at("2026-05-01 09:00"));
    let opens_to_all = Some(at("2026-06-01 08:00"));
    slot.reserve = Some(Reserve { kept_for: ReservedFor::DigitallyExcluded, opens_to_all });
    slot.audience = Audience { age_min: Some(16), age_max: Some(99), sex: Some(Sex::Other) };
    slot.gp_connect = GpConnectAccess {
        bookable: true,
        organisation_types: vec!["urgent-care".into()],
        ods_codes: vec!["A11111".into()],
    };
    slot.status = SlotStatus::Tentative;
    slot.hold = Some(Hold {
        token_digest: "t".into(),
        person_digest: "p".into(),
        until: at("2026-05-31 09:05"),
        is_extended: true,
        is_offer: true,
    });
    slot.is_withdrawn_by_template = true;
    slot
}

pub(crate) fn full_session() -> Session {
    let mut session = session();
    session.role = Some(Concept::code(urls::SDS_ROLE, "R0260", "General Medical Practitioner"));
    session.category = Some(Concept::text("Morning"));
    session.horizon = Some((at("2026-06-01 09:00"), at("2026-06-01 12:00")));
    session.made_from = Some(TemplateMark { template: "t".into(), date: date(2026, 6, 1) });
    session
}

#[test]
fn slots_sessions_and_services() {
    check(&full_slot().to_element());
    check(&full_session().to_element());
    check(&full_service());
}

/// A service with a policy and a template that set everything.
pub(crate) fn full_service() -> Element {
    let mut service = service();
    service.service_type = Some(Concept::text("GP"));
    service.policy.note = Some("note".into());
    service.policy.organisation_caps =
        vec![OrganisationCap { code: "urgent-care".into(), bookings_max: 2 }];
    let mut template = Template::new("t", &service.reference(), time(9, 0, 0, 0), date(2026, 1, 5));
    template.practitioner = Some("Practitioner/shah".into());
    template.location = Some("Location/branch".into());
    template.role = full_session().role;
    template.valid_to = Some(date(2027, 1, 5));
    template.release = Some(booking::release::ReleaseRule::at_once(2, time(7, 0, 0, 0)));
    template.reserves = vec![ReserveShare {
        kept_for: ReservedFor::Phone,
        slots: 2,
        opens_minutes_before: Some(60),
    }];
    (template.audience, template.gp_connect) = (full_slot().audience, full_slot().gp_connect);
    let mut element = service.to_element();
    Template::write_all(&[template], &mut element);
    element
}

#[test]
fn appointments() {
    let (free, session, service) = (slot("s0", "2026-06-01 09:00"), full_session(), service());
    let opening = Opening { slot: &free, session: &session, service: &service };
    let asker = Asker::Patient(person());
    let request = Request {
        openings: &[opening],
        asker: &asker,
        patient: "Patient/ann",
        token: None,
        key: "k",
        reason: Some("cough"),
    };
    let booked = desk::book(&request, None, at("2026-05-31 09:00")).unwrap();
    check(&booked.appointment.to_element());
    let cancelling = Cancelling {
        appointment: &booked.appointment,
        slots: &booked.slots,
        service: &service,
        asker: &asker,
        patient: "Patient/ann",
        reason: CancelReason::Better,
        words: Some("fine again"),
    };
    let cancelled = desk::cancel(&cancelling, at("2026-05-31 09:00")).unwrap();
    check(&cancelled.appointment.to_element());
    check(&gp_connect::outward_appointment(&cancelled.appointment, session.role.as_ref()));
    check(&full_place());
}

/// A place on the waiting list with everything set.
pub(crate) fn full_place() -> Element {
    let wish = Wish {
        modes: vec![Mode::Telephone],
        clinicians: vec!["Practitioner/shah".into()],
        days: vec![Weekday::Friday],
        times: vec![(time(9, 0, 0, 0), time(12, 0, 0, 0))],
        earliest: Some(at("2026-06-01 00:00")),
        latest: Some(at("2026-06-30 00:00")),
        ..Wish::default()
    };
    let mut place =
        join(&service(), "Patient/ann", "w", wish, &[], at("2026-05-31 09:00")).unwrap();
    place.priority = Some(2);
    place.offer = Some(Offer { slot: "Slot/s0".into(), until: at("2026-05-31 10:00") });
    place.passed = vec!["Slot/s1".into()];
    place.to_element()
}

#[test]
fn what_leaves() {
    let (slot, session, service) = (full_slot(), full_session(), service());
    let opening = Opening { slot: &slot, session: &session, service: &service };
    check(&gp_connect::search_bundle(&[&opening], &[]));
    check(&Element::from(&crate::bars::message(bars::Reason::New, |_| {})));
    check(&bars::BarsError::already_processed().to_operation_outcome());
    for code in gp_connect::SpineCode::ALL {
        let error = gp_connect::SpineError { code: *code, diagnostics: "x".into() };
        check(&error.to_operation_outcome());
    }
}
