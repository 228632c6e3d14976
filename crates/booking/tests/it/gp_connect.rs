//! GP Connect's rules: the search's parameters, what may be booked, amended, cancelled; the codes.

use booking::gp_connect::*;
use booking::model::*;
use booking::visibility::{Consumer, Opening};
use booking::zone;
use fhir::{Element, VersionId};

use crate::world::{at, reread, service, session, slot, tree};

const NOW: &str = "2026-05-31 09:00";

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (k.into(), v.into())).collect()
}

const GOOD: &str = "start=ge2026-06-01T09:00:00+01:00&end=le2026-06-01T10:00:00+01:00&status=free&_include=Slot:schedule";

/// (query, what it is refused with).
#[test]
fn slot_search_parameters() {
    let bad = Some((400, "BAD_REQUEST"));
    let invalid = Some((422, "INVALID_PARAMETER"));
    for (query, expect) in [
        (GOOD.to_owned(), None),
        (String::new(), bad),
        (GOOD.replace("start=ge", "start=gt"), bad),
        (GOOD.replace("start=ge", "start="), bad),
        (GOOD.replace("end=le", "start=le"), bad),
        (format!("{GOOD}&start=ge2026-06-02"), bad),
        (format!("{GOOD}&end=le2026-06-02"), bad),
        (GOOD.replace("2026-06-01T09:00:00+01:00", "tomorrow"), invalid),
        (GOOD.replace("2026-06-01T09:00:00+01:00", "2026-06"), invalid),
        (GOOD.replace("2026-06-01T09:00:00+01:00", "2026-02-30"), invalid),
        (GOOD.replace("2026-06-01T10:00:00", "2026-06-01T09:00:00"), invalid),
        (GOOD.replace("2026-06-01T10:00:00", "2026-06-01T08:00:00"), invalid),
        (GOOD.replace("&status=free", ""), invalid),
        (GOOD.replace("status=free", "status=busy"), invalid),
        (GOOD.replace("status=free", "status=free,busy"), invalid),
        (format!("{GOOD}&status=free"), invalid),
        (GOOD.replace("&_include=Slot:schedule", ""), invalid),
        (GOOD.replace("_include=Slot:schedule", "_include=Slot:schedules"), invalid),
        // Fourteen days, to the minute, and over the change of clocks.
        ("start=ge2026-06-01T09:00:00+01:00&end=le2026-06-15T09:00:00+01:00&status=free&_include=Slot:schedule".into(), None),
        ("start=ge2026-06-01T09:00:00+01:00&end=le2026-06-15T09:01:00+01:00&status=free&_include=Slot:schedule".into(), invalid),
        ("start=ge2026-10-20T09:00:00+01:00&end=le2026-11-03T09:00:00+00:00&status=free&_include=Slot:schedule".into(), None),
        ("start=ge2026-03-20T09:00:00+00:00&end=le2026-04-03T09:00:00+01:00&status=free&_include=Slot:schedule".into(), None),
        ("start=ge2026-03-20T09:00:00+00:00&end=le2026-04-03T10:00:00+01:00&status=free&_include=Slot:schedule".into(), invalid),
        ("start=ge2026-06-01&end=le2026-06-15&status=free&_include=Slot:schedule".into(), None),
        ("start=ge2026-06-01&end=le2026-06-16&status=free&_include=Slot:schedule".into(), invalid),
        (format!("{GOOD}&searchFilter=urn:unknown|x&searchFilter=nonsense&colour=blue"), None),
    ] {
        let found = slot_search(&parameters(&query));
        let error = found.as_ref().err().map(|e| (e.code.status(), e.code.as_str()));
        assert_eq!(error, expect, "{query}: {found:?}");
    }
    let all = slot_search(&parameters(&format!(
        "{GOOD}&_include:recurse=Schedule:actor:Practitioner&_include:iterate=Schedule:actor:Location&searchFilter=https://fhir.nhs.uk/Id/ods-organization-code|A11111&searchFilter=https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1|urgent-care&searchFilter=https://fhir.nhs.uk/Id/ods-organization-code|B2"
    )));
    let all = all.unwrap();
    assert!(all.includes_practitioners && all.includes_locations && !all.includes_organisations);
    assert_eq!(all.consumer.ods_code.as_deref(), Some("A11111"));
    assert_eq!(all.consumer.organisation_type.as_deref(), Some("urgent-care"));
}

struct Practice {
    slots: Vec<Slot>,
    session: Session,
    service: Service,
}

impl Practice {
    fn new(starts: &[&str]) -> Practice {
        let named = starts.iter().enumerate();
        let slots = named.map(|(index, start)| {
            let mut slot = slot(&format!("s{index}"), start);
            slot.gp_connect.bookable = true;
            slot
        });
        let mut session = session();
        session.role = Some(Concept::code(urls::SDS_ROLE, "R0260", "General Medical Practitioner"));
        Practice { slots: slots.collect(), session, service: service() }
    }

    fn openings(&self) -> Vec<Opening<'_>> {
        let of = |slot| Opening { slot, session: &self.session, service: &self.service };
        self.slots.iter().map(of).collect()
    }
}

#[test]
fn only_slots_wholly_inside_and_to_come() {
    let practice = Practice::new(&[
        "2026-06-01 09:50", // ends with the window
        "2026-06-01 08:59", // begins before it
        "2026-06-01 09:00",
        "2026-06-01 09:51", // straddles its end
    ]);
    let search = slot_search(&parameters(GOOD)).unwrap();
    let openings = practice.openings();
    let ids = |now: &str| -> Vec<&str> {
        search.select(&openings, at(now)).iter().map(|o| o.slot.id.as_str()).collect()
    };
    assert_eq!(ids(NOW), ["s2", "s0"]);
    assert_eq!(ids("2026-06-01 08:01"), ["s0"], "the embargo is an hour");
    assert!(ids("2026-06-01 09:50").is_empty());
}

#[test]
fn nothing_of_ours_leaves() {
    let mut practice = Practice::new(&["2026-06-01 09:00"]);
    practice.slots[0].gp_connect.ods_codes = vec!["A11111".into()];
    practice.slots[0].release_at = Some(at("2026-05-01 09:00"));
    practice.slots[0].status = SlotStatus::Tentative;
    practice.slots[0].hold = Some(Hold {
        token_digest: "t".into(),
        person_digest: "p".into(),
        until: at("2026-05-31 08:00"),
        is_extended: false,
        is_offer: false,
    });
    let openings = practice.openings();
    let found: Vec<_> = openings.iter().collect();
    let location = tree(r#"{"resourceType":"Location","id":"branch"}"#);
    let bundle = search_bundle(&found, &[location.root()]);
    let text = String::from_utf8(bundle.to_compact()).unwrap();
    assert!(!text.contains("careloom") && !text.contains("HealthcareService"), "{text}");
    let bundle = reread(&bundle);
    for (path, is) in [
        ("type", "searchset"),
        ("total", "1"),
        ("entry[0].resource.status", "free"),
        ("entry[0].resource.start", "2026-06-01T09:00:00+01:00"),
        (
            "entry[0].resource.meta.profile[0]",
            "https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Slot-1",
        ),
        ("entry[0].resource.extension[0].valueCode", "In-person"),
        ("entry[1].resource.resourceType", "Schedule"),
        ("entry[1].resource.extension[0].valueCodeableConcept.coding[0].code", "R0260"),
        ("entry[2].resource.id", "branch"),
    ] {
        assert_eq!(bundle.root().at(path).and_then(fhir::Value::as_text), Some(is), "{path}");
    }
    let empty = reread(&search_bundle(&[], &[]));
    assert_eq!(empty.root().get("entry"), None);
}

pub(crate) const BOOKING: &str = r##"{"resourceType":"Appointment","meta":{"profile":["https://fhir.nhs.uk/STU3/StructureDefinition/GPConnect-Appointment-1"]},"contained":[{"resourceType":"Organization","id":"1","identifier":[{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":"A00001"}],"type":[{"coding":[{"system":"https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1","code":"gp-practice"}]}],"name":"Test Organization Name","telecom":[{"system":"phone","value":"01632 960 002"}]}],"extension":[{"url":"https://fhir.nhs.uk/STU3/StructureDefinition/Extension-GPConnect-BookingOrganisation-1","valueReference":{"reference":"#1"}}],"status":"booked","description":"Free text description.","start":"2026-06-01T09:00:00+01:00","end":"2026-06-01T09:20:00+01:00","slot":[{"reference":"Slot/s0"},{"reference":"Slot/s1"}],"created":"2026-05-31T09:00:00+01:00","comment":"Free text comment.","participant":[{"actor":{"reference":"Patient/1"},"status":"accepted"},{"actor":{"reference":"Location/branch"},"status":"accepted"}]}"##;

fn practice() -> Practice {
    Practice::new(&["2026-06-01 09:00", "2026-06-01 09:10", "2026-06-01 09:30"])
}

fn consumer() -> Consumer {
    Consumer { organisation_type: Some("gp-practice".into()), ..Consumer::default() }
}

fn try_book(json: &str, practice: &Practice, consumer: &Consumer) -> Result<Booked, SpineError> {
    book(tree(json).root(), &practice.openings(), consumer, at(NOW))
}

#[test]
fn booking_two_slots() {
    let booked = try_book(BOOKING, &practice(), &consumer()).unwrap();
    assert_eq!(booked.organisation.ods_code, "A00001");
    assert!(booked.slots.iter().all(|slot| slot.status == SlotStatus::Busy));
    assert_eq!(booked.slots.len(), 2);
    let written = reread(&booked.appointment.to_element());
    for (path, is) in [
        ("id", None),
        ("contained[0].name", Some("Test Organization Name")),
        ("comment", Some("Free text comment.")),
        ("participant[2].actor.reference", Some("Practitioner/shah")),
    ] {
        assert_eq!(written.root().at(path).and_then(fhir::Value::as_text), is, "{path}");
    }
    // Named the other way round is the same booking.
    let turned = BOOKING.replace(
        r#"{"reference":"Slot/s0"},{"reference":"Slot/s1"}"#,
        r#"{"reference":"Slot/s1"},{"reference":"https://a.test/FHIR/Slot/s0"}"#,
    );
    assert!(try_book(&turned, &practice(), &consumer()).is_ok());
}

/// (what is changed in the resource, what it is refused with).
#[test]
fn wrong_bookings() {
    let invalid = (422, "INVALID_RESOURCE");
    let hundred = "ä".repeat(100);
    let more = "ä".repeat(101);
    let long = "x".repeat(501);
    let cases: &[(&str, &str, (u16, &str))] = &[
        (r#""resourceType":"Appointment""#, r#""resourceType":"Slot""#, (400, "BAD_REQUEST")),
        (r#""status":"booked""#, r#""status":"pending""#, invalid),
        (r#""status":"booked""#, r#""status":"yes""#, invalid),
        (r#""status":"booked","#, "", invalid),
        (r#""description":"Free text description.","#, "", invalid),
        ("Free text description.", &more, invalid),
        ("Free text description.", "  ", invalid),
        ("Free text comment.", &long, invalid),
        (r#""created":"2026-05-31T09:00:00+01:00","#, "", invalid),
        (r#""status":"booked""#, r#""status":"booked","reason":[{"text":"x"}]"#, invalid),
        (r#""status":"booked""#, r#""status":"booked","reasonCode":[{"text":"x"}]"#, invalid),
        (r#""status":"booked""#, r#""status":"booked","specialty":[{"text":"x"}]"#, invalid),
        ("Patient/1", "Practitioner/1", invalid),
        ("Location/branch", "Practitioner/1", invalid),
        ("Location/branch", "Patient/2", invalid),
        (
            r#"{"reference":"Patient/1"},"status":"accepted""#,
            r#"{"reference":"Patient/1"},"status":"tentative""#,
            invalid,
        ),
        (r#"{"reference":"Slot/s0"},{"reference":"Slot/s1"}"#, "", invalid),
        ("Slot/s1", "Slot/s2", invalid), // a gap between them
        ("Slot/s1", "Slot/s0", invalid), // twice
        ("Slot/s1", "Slot/nowhere", (422, "REFERENCE_NOT_FOUND")),
        ("Slot/s1", "Schedule/s1", (422, "REFERENCE_NOT_FOUND")),
        ("T09:20:00+01:00", "T09:10:00+01:00", invalid),
        ("\"start\":\"2026-06-01T09:00:00+01:00\"", "\"start\":\"2026-06-01T09:00:00Z\"", invalid),
        ("\"end\":\"2026-06-01T09:20:00+01:00\"", "\"end\":\"soon\"", invalid),
        ("BookingOrganisation-1", "BookingOrganisation-9", invalid),
        ("\"#1\"", "\"#2\"", invalid),
        ("\"#1\"", "\"Organization/1\"", invalid),
        (r#""value":"A00001""#, r#""value":"""#, invalid),
        (r#""name":"Test Organization Name","#, "", invalid),
        (r#","telecom":[{"system":"phone","value":"01632 960 002"}]"#, "", invalid),
        (r#""code":"gp-practice""#, r#""code":"urgent-care""#, invalid),
        (
            r#""type":[{"coding":[{"system":"https://fhir.nhs.uk/STU3/CodeSystem/GPConnect-OrganisationType-1","code":"gp-practice"}]}],"#,
            "",
            invalid,
        ),
    ];
    for (from, to, expect) in cases {
        assert!(BOOKING.contains(from), "{from}");
        let error = try_book(&BOOKING.replace(from, to), &practice(), &consumer()).unwrap_err();
        assert_eq!((error.code.status(), error.code.as_str()), *expect, "{from} → {to}: {error:?}");
        assert!(!error.diagnostics.is_empty());
    }
    assert!(
        try_book(&BOOKING.replace("Free text description.", &hundred), &practice(), &consumer())
            .is_ok()
    );
    // A type in the resource where the search sent none.
    assert!(try_book(BOOKING, &practice(), &Consumer::default()).is_err());
}

#[test]
fn slots_that_cannot_be_booked() {
    type Set = fn(&mut Practice);
    let cases: &[(Set, (u16, &str))] = &[
        (|p| p.slots[1].status = SlotStatus::Busy, (409, "DUPLICATE_REJECTED")),
        (|p| p.slots[0].status = SlotStatus::Unavailable, (409, "DUPLICATE_REJECTED")),
        (|p| p.slots[0].gp_connect.bookable = false, (422, "INVALID_RESOURCE")),
        (
            |p| p.slots[0].gp_connect.organisation_types = vec!["urgent-care".into()],
            (422, "INVALID_RESOURCE"),
        ),
        (|p| p.slots[0].gp_connect.ods_codes = vec!["A00001".into()], (422, "INVALID_RESOURCE")),
        (|p| p.session.is_published = false, (422, "INVALID_RESOURCE")),
        (|p| p.service.policy.embargo_minutes = 60 * 24 + 1, (422, "INVALID_RESOURCE")),
        (|p| p.service.policy.advance_days = 0, (422, "INVALID_RESOURCE")),
        (
            |p| {
                p.service.policy.organisation_caps =
                    vec![OrganisationCap { code: "gp-practice".into(), bookings_max: 1 }];
            },
            (422, "INVALID_RESOURCE"),
        ),
        (|p| p.slots[1].mode = Some(Mode::Video), (422, "INVALID_RESOURCE")),
        (|p| p.slots[1].service_type = Some(Concept::text("x")), (422, "INVALID_RESOURCE")),
    ];
    for (number, (set, expect)) in cases.iter().enumerate() {
        let mut practice = practice();
        set(&mut practice);
        let error = try_book(BOOKING, &practice, &consumer()).unwrap_err();
        assert_eq!((error.code.status(), error.code.as_str()), *expect, "case {number}: {error:?}");
    }
    let past =
        book(tree(BOOKING).root(), &practice().openings(), &consumer(), at("2026-06-01 09:00"));
    assert_eq!(past.unwrap_err().code, SpineCode::InvalidResource);
}

fn standing() -> (Appointment, Element) {
    let mut booked = try_book(BOOKING, &practice(), &consumer()).unwrap().appointment;
    booked.id = "9".into();
    booked.reason = Some("ours".into());
    let outward = outward_appointment(&booked, practice().session.role.as_ref());
    (booked, outward)
}

#[test]
fn amending() {
    let (booked, outward) = standing();
    let role = practice().session.role;
    let current = (&booked, VersionId(3));
    let change = |name: &str, value: &str| {
        let mut sent = outward.clone();
        sent.set(name, Element::from(&tree(value)));
        sent
    };
    let run = |sent: &Element, etag: Option<&str>, now: &str| {
        let tree = reread(sent);
        amend(current, role.as_ref(), tree.root(), etag, at(now))
    };
    let good = change("description", r#""new words""#);
    let changed = run(&good, Some("W/\"3\""), NOW).unwrap();
    assert_eq!(changed.appointment.description.as_deref(), Some("new words"));
    assert_eq!(changed.appointment.reason.as_deref(), Some("ours"), "what never left stays");
    assert!(changed.slots.is_empty());
    let mut without = good.clone();
    without.remove("comment");
    assert_eq!(run(&without, Some("W/\"3\""), NOW).unwrap().appointment.comment, None);
    // The same moment in another offset is no change.
    assert!(run(&change("start", r#""2026-06-01T08:00:00Z""#), Some("W/\"3\""), NOW).is_ok());
    for (sent, etag, now, expect) in [
        (good.clone(), None, NOW, (400, "BAD_REQUEST")),
        (good.clone(), Some("3"), NOW, (400, "BAD_REQUEST")),
        (good.clone(), Some("W/\"2\""), NOW, (409, "DUPLICATE_REJECTED")),
        (good.clone(), Some("W/\"3\""), "2026-06-01 09:00", (422, "INVALID_RESOURCE")),
        (
            change("start", r#""2026-06-01T09:10:00+01:00""#),
            Some("W/\"3\""),
            NOW,
            (422, "INVALID_RESOURCE"),
        ),
        (change("status", r#""cancelled""#), Some("W/\"3\""), NOW, (422, "INVALID_RESOURCE")),
        (
            change("slot", r#"[{"reference":"Slot/s2"}]"#),
            Some("W/\"3\""),
            NOW,
            (422, "INVALID_RESOURCE"),
        ),
        (
            change("reasonCode", r#"[{"text":"x"}]"#),
            Some("W/\"3\""),
            NOW,
            (422, "INVALID_RESOURCE"),
        ),
        (change("participant", "[]"), Some("W/\"3\""), NOW, (422, "INVALID_RESOURCE")),
        (
            change("description", &format!("\"{}\"", "x".repeat(101))),
            Some("W/\"3\""),
            NOW,
            (422, "INVALID_RESOURCE"),
        ),
        (change("id", r#""10""#), Some("W/\"3\""), NOW, (422, "INVALID_RESOURCE")),
    ] {
        let error = run(&sent, etag, now).unwrap_err();
        assert_eq!((error.code.status(), error.code.as_str()), expect, "{error:?}");
    }
}

#[test]
fn cancelling() {
    let (booked, outward) = standing();
    let practice = practice();
    let mut slots = practice.slots.clone();
    for slot in &mut slots {
        slot.status = SlotStatus::Busy;
    }
    let with_reason = |words: &str| {
        let mut sent = outward.clone();
        sent.set("status", Element::string("cancelled"));
        if let Some(Element::Array(all)) = sent.get_mut("extension") {
            let url = ("url".into(), Element::string(urls::GPC_CANCEL_REASON));
            all.push(Element::Object(vec![url, ("valueString".into(), Element::string(words))]));
        }
        sent
    };
    let run = |sent: &Element, of: &Appointment, now: &str| {
        let tree = reread(sent);
        let role = practice.session.role.as_ref();
        cancel((of, VersionId(3)), role, &slots, tree.root(), Some("W/\"3\""), at(now))
    };
    let done = run(&with_reason("no longer needed"), &booked, NOW).unwrap();
    assert_eq!(done.appointment.status, AppointmentStatus::Cancelled);
    let freed: Vec<_> = done.slots.iter().map(|slot| slot.id.as_str()).collect();
    assert_eq!(freed, ["s0", "s1"], "only its own");
    let told = reread(&outward_appointment(&done.appointment, None));
    assert_eq!(told.root().get("cancelationReason"), None);
    let said =
        told.root().all("extension").find(|e| e.text_of("url") == Some(urls::GPC_CANCEL_REASON));
    assert_eq!(said.unwrap().text_of("valueString"), Some("no longer needed"));

    let mut no_reason = outward.clone();
    no_reason.set("status", Element::string("cancelled"));
    let mut more = with_reason("x");
    more.set("comment", Element::string("changed too"));
    for (sent, of, now) in [
        (no_reason, &booked, NOW),
        (with_reason(" "), &booked, NOW),
        (more, &booked, NOW),
        (with_reason("x"), &booked, "2026-06-01 09:00"),
        (with_reason("x"), &done.appointment, NOW),
        (outward.clone(), &booked, NOW),
    ] {
        assert_eq!(run(&sent, of, now).unwrap_err().code, SpineCode::InvalidResource);
    }
}

#[test]
fn retrieving() {
    for (query, expect) in [
        ("start=ge2026-05-31&start=le2026-06-01", None),
        ("start=le2026-06-01&start=ge2026-05-31", None),
        ("start=ge2026-05-31&start=le2026-05-31", None),
        ("start=ge2026-05-30&start=le2026-06-01", Some(422)),
        ("start=ge2026-06-02&start=le2026-06-01", Some(422)),
        ("start=ge2026-05-31T00:00:00Z&start=le2026-06-01", Some(422)),
        ("start=ge2026-05&start=le2026-06-01", Some(422)),
        ("start=ge2026-05-31", Some(400)),
        ("start=ge2026-05-31&start=ge2026-06-01", Some(400)),
        ("start=2026-05-31&start=le2026-06-01", Some(400)),
        ("start=ge2026-05-31&start=le2026-06-01&start=le2026-06-02", Some(400)),
        ("", Some(400)),
    ] {
        let found = retrieval(&parameters(query), at(NOW));
        assert_eq!(found.as_ref().err().map(|e| e.code.status()), expect, "{query}");
    }
    let days = retrieval(&parameters("start=ge2026-05-31&start=le2026-06-01"), at(NOW)).unwrap();
    let (mut booked, _) = standing();
    for (start, takes) in
        [("2026-06-01 23:59", true), ("2026-06-02 00:00", false), ("2026-05-31 00:00", true)]
    {
        booked.start = Some(at(start));
        booked.end = Some(zone::plus_minutes(at(start), 10));
        assert_eq!(days.takes(&booked), takes, "{start}");
    }
    booked.start = None;
    assert!(!days.takes(&booked));
}

#[test]
fn errors_as_the_catalogue_has_them() {
    for code in SpineCode::ALL {
        let error = SpineError { code: *code, diagnostics: "words".into() };
        let outcome = reread(&error.to_operation_outcome());
        let issue = outcome.root().at("issue[0]").unwrap();
        assert_eq!(issue.text_of("code"), Some(code.issue_code().as_str()));
        assert_eq!(issue.at("details.coding[0].code").unwrap().as_str(), Some(code.as_str()));
        assert_eq!(issue.text_of("diagnostics"), Some("words"));
    }
    for (code, status, issue) in [
        (SpineCode::InvalidNhsNumber, 400, "value"),
        (SpineCode::PatientNotFound, 404, "not-found"),
        (SpineCode::AccessDenied, 403, "forbidden"),
        (SpineCode::DuplicateRejected, 409, "duplicate"),
        (SpineCode::ReferenceNotFound, 422, "invalid"),
        (SpineCode::NotImplemented, 501, "not-supported"),
    ] {
        assert_eq!((code.status(), code.issue_code().as_str()), (status, issue));
    }
}
