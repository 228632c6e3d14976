//! Resources to values and back: nothing of others' is lost, what is wrong is said with its place.

use booking::model::*;
use fhir::{Element, Severity};
use proptest::prelude::*;

use crate::world::{at, reread, session, slot, tree};

const GP_CONNECT_SLOT: &str = r#"{"resourceType":"Slot","id":"1584","meta":{"versionId":"7","profile":["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1"]},"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-DeliveryChannel-2","valueCode":"In-person"},{"url":"http://example.test/colour","valueString":"blue"}],"serviceType":[{"text":"NHS Health Check"},{"text":"second"}],"schedule":{"reference":"Schedule/14","display":"Dr Black"},"status":"free","start":"2016-08-15T11:30:00+01:00","_start":{"id":"kept"},"end":"2016-08-15T11:40:00+01:00","comment":"bring a sample"}"#;

#[test]
fn gp_connect_slot_reads_and_comes_back_as_it_was() {
    let tree = tree(GP_CONNECT_SLOT);
    let (slot, issues) = Slot::read(tree.root());
    assert_eq!(issues, []);
    let slot = slot.unwrap();
    assert_eq!((slot.id.as_str(), slot.mode), ("1584", Some(Mode::InPerson)));
    assert_eq!(slot.start, at("2016-08-15 11:30"));
    assert_eq!(slot.service_type.as_ref().unwrap().words(), Some("NHS Health Check"));
    assert_eq!(reread(&slot.to_element()).root(), tree.root());
}

#[test]
fn a_change_touches_only_what_changed() {
    let (slot, _) = Slot::read(tree(GP_CONNECT_SLOT).root());
    let mut slot = slot.unwrap();
    slot.status = SlotStatus::Busy;
    slot.mode = Some(Mode::Video);
    let written = reread(&slot.to_element());
    let root = written.root();
    for (path, is) in [
        ("status", Some("busy")),
        ("comment", Some("bring a sample")),
        ("schedule.display", Some("Dr Black")),
        ("start", Some("2016-08-15T11:30:00+01:00")),
        ("_start.id", Some("kept")),
        ("serviceType[1].text", Some("second")),
        ("meta.versionId", Some("7")),
        ("extension[0].url", Some("http://example.test/colour")),
        ("extension[1].valueCodeableConcept.coding[0].code", Some("Video")),
        ("extension[2]", None),
    ] {
        assert_eq!(root.at(path).and_then(fhir::Value::as_text), is, "{path}");
    }
}

#[test]
fn our_limits_go_out_and_come_back() {
    let mut slot = slot("a", "2026-03-29 09:00");
    slot.mode = Some(Mode::Telephone);
    slot.service_type = Some(Concept::code("urn:x", "1", "One"));
    slot.release_at = Some(at("2026-03-27 12:30"));
    slot.reserve =
        Some(Reserve { kept_for: ReservedFor::Nhs111, opens_to_all: Some(at("2026-03-29 08:00")) });
    slot.audience = Audience { age_min: Some(16), age_max: Some(74), sex: Some(Sex::Female) };
    slot.gp_connect = GpConnectAccess {
        bookable: true,
        organisation_types: vec!["urgent-care".into()],
        ods_codes: vec!["A11111".into(), "B22222".into()],
    };
    slot.hold = Some(Hold {
        token_digest: "t".into(),
        person_digest: "p".into(),
        until: at("2026-03-29 07:05"),
        is_extended: true,
        is_offer: false,
    });
    slot.is_withdrawn_by_template = true;
    let written = reread(&slot.to_element());
    let (back, issues) = Slot::read(written.root());
    assert_eq!(issues, []);
    let mut back = back.unwrap();
    assert_eq!(reread(&back.to_element()).root(), written.root());
    for (path, is) in [("start", "2026-03-29T09:00:00+01:00"), ("status", "free")] {
        assert_eq!(written.root().text_of(path), Some(is));
    }
    // Taking them all away leaves no extension behind.
    (back.mode, back.release_at, back.reserve, back.hold) = (None, None, None, None);
    (back.audience, back.gp_connect) = (Audience::default(), GpConnectAccess::default());
    back.is_withdrawn_by_template = false;
    assert_eq!(reread(&back.to_element()).root().get("extension"), None);
}

/// Slots that cannot be used: (what is wrong, place of the first error).
#[test]
fn unusable_slots_say_where() {
    let with = |from: &str, to: &str| GP_CONNECT_SLOT.replace(from, to);
    for (json, place) in [
        (with(r#""resourceType":"Slot""#, r#""resourceType":"Schedule""#), "Schedule"),
        (with(r#""status":"free""#, r#""status":"fre""#), "Slot.status"),
        (with(r#""status":"free","#, ""), "Slot"),
        (with("2016-08-15T11:30:00+01:00", "2016-08-15"), "Slot.start"),
        (with("2016-08-15T11:40:00+01:00", "2016-13-15T11:40:00Z"), "Slot.end"),
        (with("2016-08-15T11:40:00+01:00", "2016-08-15T11:30:00+01:00"), "Slot"),
        (with("2016-08-15T11:40:00+01:00", "2016-08-15T11:40:00+02:00"), "Slot"),
        (with(r#""reference":"Schedule/14","#, ""), "Slot.schedule"),
        (with(r#""start":"2016-08-15T11:30:00+01:00","#, ""), "Slot.start"),
        (with(r#""2016-08-15T11:30:00+01:00""#, "[]"), "Slot.start"),
    ] {
        let tree = tree(&json);
        let (slot, issues) = Slot::read(tree.root());
        assert_eq!(slot, None, "{json}");
        let first = issues.iter().find(|issue| issue.severity == Severity::Error).unwrap();
        assert_eq!(first.expression.as_deref(), Some(place), "{issues:?}");
    }
}

/// What is only odd is read, with a warning where something was left out.
#[test]
fn odd_slots_are_read() {
    let with = |from: &str, to: &str| GP_CONNECT_SLOT.replace(from, to);
    let channel = "DeliveryChannel-2\",\"valueCode\":\"In-person\"";
    for (json, mode, warnings) in [
        (with(channel, "DeliveryChannel-2\",\"valueCode\":\"in-PERSON\""), Some(Mode::InPerson), 0),
        (with(channel, "DeliveryChannel-1\",\"valueCode\":\"Video\""), Some(Mode::Video), 0),
        (with(channel, "DeliveryChannel-2\",\"valueCode\":\"Pigeon\""), None, 1),
        (with(channel, "DeliveryChannel-2\",\"valueCode\":[]"), None, 1),
        // A time without an offset is wall time.
        (with("2016-08-15T11:30:00+01:00", "2016-08-15T11:30:00"), Some(Mode::InPerson), 0),
        (with("2016-08-15T11:30:00+01:00", "2016-08-15T10:30Z"), Some(Mode::InPerson), 0),
    ] {
        let (slot, issues) = Slot::read(tree(&json).root());
        let slot = slot.unwrap_or_else(|| panic!("{issues:?}"));
        assert_eq!((slot.mode, issues.len(), slot.start), (mode, warnings, at("2016-08-15 11:30")));
    }
}

#[test]
fn an_unknown_reserve_is_kept_for_phone() {
    let json = GP_CONNECT_SLOT.replace(
        r#"{"url":"http://example.test/colour","valueString":"blue"}"#,
        r#"{"url":"urn:careloom:booking:reserve","extension":[{"url":"for","valueCode":"friends"}]}"#,
    );
    let (slot, issues) = Slot::read(tree(&json).root());
    assert_eq!(slot.unwrap().reserve.unwrap().kept_for, ReservedFor::Phone);
    assert_eq!(issues.len(), 1);
}

#[test]
fn schedules_keep_other_actors() {
    let json = r#"{"resourceType":"Schedule","id":"14","active":false,"serviceCategory":{"text":"General"},"actor":[{"reference":"Location/17"},{"reference":"Device/x"},{"reference":"http://a.test/Practitioner/2","display":"Dr B"}],"planningHorizon":{"start":"2016-08-15T09:00:00+01:00","end":"2016-08-15T12:00:00+01:00"}}"#;
    let tree = tree(json);
    let (read, issues) = Session::read(tree.root());
    assert_eq!(issues, []);
    let mut read = read.unwrap();
    assert!(!read.is_published);
    assert_eq!(read.practitioner.as_deref(), Some("http://a.test/Practitioner/2"));
    assert_eq!(read.category.as_ref().unwrap().words(), Some("General"));
    assert_eq!(reread(&read.to_element()).root(), tree.root());
    read.location = Some("Location/18".into());
    read.service = Some("HealthcareService/gp".into());
    let written = reread(&read.to_element());
    let actors: Vec<_> =
        written.root().all("actor").filter_map(|actor| actor.text_of("reference")).collect();
    assert_eq!(
        actors,
        ["Location/18", "Device/x", "http://a.test/Practitioner/2", "HealthcareService/gp"]
    );
    assert_eq!(written.root().at("actor[2].display").unwrap().as_str(), Some("Dr B"));
}

#[test]
fn new_sessions_and_services_come_back() {
    let mut session = session();
    session.role = Some(Concept::code(urls::SDS_ROLE, "R0260", "General Medical Practitioner"));
    session.category = Some(Concept::text("Morning"));
    session.horizon = Some((at("2026-10-25 00:30"), at("2026-10-25 03:00")));
    session.made_from =
        Some(TemplateMark { template: "mon-am".into(), date: "2026-10-25".parse().unwrap() });
    let written = reread(&session.to_element());
    let (back, issues) = Session::read(written.root());
    assert_eq!(issues, []);
    let back = back.unwrap();
    assert_eq!(back.made_from, session.made_from);
    assert_eq!((back.horizon, &back.role), (session.horizon, &session.role));

    let mut service = crate::world::service();
    service.policy = Policy {
        is_online: true,
        is_for_111: true,
        note: Some("Ask at the desk".into()),
        advance_days: 14,
        embargo_minutes: 30,
        cancel_until_minutes: 120,
        reason: ReasonRule::Mandatory,
        reason_length_max: 80,
        open_bookings_max: 1,
        slots_max: 3,
        hold_minutes: 4,
        cancel_reason: ReasonRule::NotAsked,
        organisation_caps: vec![OrganisationCap { code: "urgent-care".into(), bookings_max: 2 }],
    };
    let written = reread(&service.to_element());
    let (back, issues) = Service::read(written.root());
    assert_eq!(issues, []);
    assert_eq!(back.unwrap().policy, service.policy);
}

#[test]
fn numbers_out_of_range_leave_the_cautious_rule() {
    for (value, issues_count) in [("-1", 1), ("70000", 1), ("1.5", 1), (r#""14""#, 0), ("[]", 1)] {
        let json = format!(
            r#"{{"resourceType":"HealthcareService","id":"x","extension":[{{"url":"{}","extension":[{{"url":"advanceDays","valueUnsignedInt":{value}}}]}}]}}"#,
            urls::POLICY
        );
        let (service, issues) = Service::read(tree(&json).root());
        let days = service.unwrap().policy.advance_days;
        assert_eq!((issues.len(), days), (issues_count, if issues_count == 0 { 14 } else { 28 }));
    }
}

#[test]
fn appointments_keep_what_is_not_ours() {
    let json = r##"{"resourceType":"Appointment","id":"9","contained":[{"resourceType":"Organization","id":"1"}],"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-BookingOrganisation-1","valueReference":{"reference":"#1"}}],"identifier":[{"system":"urn:other","value":"5"}],"status":"booked","description":"Free text","start":"2017-05-30T10:00:00+01:00","end":"2017-05-30T10:25:00+01:00","slot":[{"reference":"Slot/1"}],"created":"2017-05-25T13:48:41+01:00","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted","type":[{"text":"x"}]},{"actor":{"identifier":{"value":"9"}},"status":"accepted"},{"actor":{"reference":"Location/32"},"status":"accepted"}]}"##;
    let tree = tree(json);
    let (read, issues) = Appointment::read(tree.root());
    assert_eq!(issues, []);
    let mut read = read.unwrap();
    assert_eq!(reread(&read.to_element()).root(), tree.root());
    assert_eq!(read.actor("Patient"), Some("Patient/1"));
    read.status = AppointmentStatus::Cancelled;
    read.cancel_reason = Some(Concept::text("better now"));
    read.request_key = Some("k".into());
    read.participants.retain(|p| p.actor != "Location/32");
    let written = reread(&read.to_element());
    let root = written.root();
    assert_eq!(root.all("participant").count(), 2, "the one without a reference stays");
    assert_eq!(root.at("participant[0].type[0].text").unwrap().as_str(), Some("x"));
    assert_eq!(root.at("identifier[0].value").unwrap().as_str(), Some("5"));
    assert_eq!(root.at("identifier[1].value").unwrap().as_str(), Some("k"));
    assert_eq!(root.at("cancelationReason.text").unwrap().as_str(), Some("better now"));
    assert_eq!(root.at("contained[0].id").unwrap().as_str(), Some("1"));
    let (again, _) = Appointment::read(root);
    assert_eq!(again.unwrap().cancel_reason, read.cancel_reason);
}

#[test]
fn wrong_appointments_say_where() {
    for (json, place) in [
        (r#"{"resourceType":"Appointment"}"#, "Appointment"),
        (r#"{"resourceType":"Appointment","status":"maybe"}"#, "Appointment.status"),
        (r#"{"resourceType":"Appointment","status":"booked","start":"x"}"#, "Appointment.start"),
        (
            r#"{"resourceType":"Appointment","status":"booked","start":"2026-01-01T09:00:00Z"}"#,
            "Appointment",
        ),
    ] {
        let (read, issues) = Appointment::read(tree(json).root());
        assert_eq!(read, None, "{json}");
        assert_eq!(issues[0].expression.as_deref(), Some(place), "{json}");
    }
}

proptest! {
    /// Any members beside ours come back, whatever is changed of ours.
    #[test]
    fn foreign_members_survive(
        name in "x[a-z]{1,6}",
        value in "\\PC{0,12}",
        status in 0..SlotStatus::ALL.len(),
        release in proptest::option::of(0_i64..4_000_000_000),
    ) {
        let mut element = Element::from(&tree(GP_CONNECT_SLOT));
        element.set(&name, Element::string(value.as_str()));
        let source = reread(&element);
        let mut slot = Slot::read(source.root()).0.unwrap();
        slot.status = SlotStatus::ALL[status];
        slot.release_at = release.map(|s| jiff::Timestamp::from_second(s).unwrap());
        let written = reread(&slot.to_element());
        prop_assert_eq!(written.root().text_of(&name), Some(value.as_str()));
        let back = Slot::read(written.root()).0.unwrap();
        prop_assert_eq!((back.status, back.release_at), (slot.status, slot.release_at));
    }
}
