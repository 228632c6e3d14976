//! BaRS: headers, messages out that come in again, what is refused and with which code.

use booking::bars::*;
use booking::desk;
use booking::model::*;
use booking::visibility::*;
use booking::zone;
use fhir::{Element, Tree};
use proptest::prelude::*;

use crate::world::{at, person, reread, service, session, slot, tree};

const NOW: &str = "2026-05-31 09:00";
const HEADER: &str = "1cbdfb97-5859-48a4-8301-d54eab818d68";
const PATIENT: &str = r#"{"resourceType":"Patient","id":"ann","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0182"}],"name":[{"family":"Shah"}],"generalPractitioner":[{"reference":"Organization/gp"}],"managingOrganization":{"reference":"Organization/x"}}"#;

fn party(name: &str, ods_code: &str, id: &str) -> Party {
    let system = "https://fhir.nhs.uk/Id/dos-service-id".to_owned();
    let endpoint = TargetIdentifier { system, value: id.to_owned() };
    Party { name: name.to_owned(), ods_code: ods_code.to_owned(), endpoint }
}

/// A booking as an NHS 111 provider sends it to the practice that offered the slot.
pub(crate) fn message(reason: Reason, change: impl Fn(&mut Appointment)) -> Tree {
    let (session, service) = (session(), service());
    let mut slot = slot("s0", "2026-06-01 09:00");
    slot.gp_connect.ods_codes = vec!["X1".into()];
    slot.release_at = Some(at("2026-05-01 09:00"));
    let opening = Opening { slot: &slot, session: &session, service: &service };
    let asker = Asker::Nhs111(Some(person()));
    let request = desk::Request {
        openings: &[opening],
        asker: &asker,
        patient: "Patient/ann",
        token: None,
        key: "k",
        reason: Some("cough"),
    };
    let mut appointment = desk::book(&request, None, at(NOW)).unwrap().appointment;
    change(&mut appointment);
    let patient = tree(PATIENT);
    let (sender, receiver) = (party("111 North", "Y1", "111"), party("Anfield", "N82", "222"));
    let bundle = booking::bars::request(&Message {
        header_id: HEADER,
        now: at(NOW),
        reason,
        sender: &sender,
        receiver: &receiver,
        appointment: &appointment,
        slots: &[slot],
        session: &session,
        service: &service,
        others: &[patient.root()],
    });
    reread(&bundle)
}

fn ours(target: &TargetIdentifier) -> bool {
    target.is_same(&party("", "", "222").endpoint)
}

fn take(bundle: &Tree) -> Result<Received, BarsError> {
    receive(bundle.root(), ours, |_| false)
}

fn code<T: std::fmt::Debug>(result: Result<T, BarsError>) -> (u16, &'static str, &'static str) {
    let error = result.expect_err("a refusal");
    (error.code.status(), error.code.as_str(), error.issue.as_str())
}

#[test]
fn a_message_stands_alone() {
    let bundle = message(Reason::New, |_| {});
    let root = bundle.root();
    let text = bundle.text();
    assert!(!text.contains("careloom:"), "nothing of ours: {text}");
    for (path, is) in [
        ("type", "message"),
        ("timestamp", "2026-05-31T08:00:00+00:00"),
        ("entry[0].fullUrl", "urn:uuid:1cbdfb97-5859-48a4-8301-d54eab818d68"),
        ("entry[0].resource.eventCoding.code", "booking-request"),
        ("entry[0].resource.reason.coding[0].code", "new"),
        ("entry[0].resource.destination[0].endpoint", "https://fhir.nhs.uk/Id/dos-service-id|222"),
        ("entry[1].resource.resourceType", "Appointment"),
        ("entry[1].resource.start", "2026-06-01T08:00:00+00:00"),
    ] {
        assert_eq!(root.at(path).and_then(fhir::Value::as_text), Some(is), "{path}");
    }
    // Every reference leads to an entry, and every entry has a URL of its own.
    let urls: Vec<&str> = root.all("entry").filter_map(|entry| entry.text_of("fullUrl")).collect();
    let mut distinct = urls.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), urls.len());
    for index in 0..bundle.len() {
        let value = bundle.value(index as u32).unwrap();
        if value.name() == "reference" {
            assert!(urls.contains(&value.as_str().unwrap()), "{}", value.expression());
        }
    }
    // The same message is the same bytes.
    assert_eq!(message(Reason::New, |_| {}).text(), text);
}

#[test]
fn what_goes_out_comes_in() {
    let received = take(&message(Reason::New, |_| {})).unwrap();
    assert_eq!((received.header_id.as_str(), received.reason), (HEADER, Reason::New));
    assert_eq!(received.slot_ids, ["s0"]);
    assert_eq!(received.nhs_number.as_deref(), Some("9990000182"));
    assert_eq!(received.sender_ods_code.as_deref(), Some("Y1"));
    assert_eq!(received.source.value, "111");
    assert_eq!(received.appointment.reason.as_deref(), Some("cough"));
}

/// (what is changed in the text of the message, status, code, issue).
#[test]
fn wrong_messages() {
    let good = message(Reason::New, |_| {});
    let bad = "REC_BAD_REQUEST";
    for (from, to, expect) in [
        (r#"{"resourceType":"Bundle""#, r#"{"resourceType":"Basket""#, (400, bad, "structure")),
        (r#""type":"message""#, r#""type":"collection""#, (400, bad, "value")),
        (r#""resourceType":"MessageHeader""#, r#""resourceType":"Basic""#, (400, bad, "required")),
        (
            r#""code":"booking-request""#,
            r#""code":"servicerequest-request""#,
            (400, bad, "not-supported"),
        ),
        (r#""code":"new""#, r#""code":"newer""#, (400, bad, "value")),
        ("dos-service-id|222", "dos-service-id|333", (404, "REC_NOT_FOUND", "not-found")),
        ("dos-service-id|222", "222", (400, bad, "value")),
        ("dos-service-id|111", "dos-service-id|", (400, bad, "value")),
        (r#""resourceType":"Appointment""#, r#""resourceType":"Task""#, (400, bad, "required")),
        (r#""status":"booked""#, r#""status":"perhaps""#, (400, bad, "value")),
        ("2026-06-01T08:00:00+00:00", "2026-06-01", (400, bad, "value")),
        (r#""resourceType":"Patient""#, r#""resourceType":"Person""#, (400, bad, "required")),
        (r#""resourceType":"Slot""#, r#""resourceType":"Basic""#, (400, bad, "required")),
    ] {
        assert!(good.text().contains(from), "{from}");
        let found = take(&tree(&good.text().replace(from, to)));
        assert_eq!(code(found), expect, "{from} → {to}");
    }
    // A header without an id can be known by the UUID that it travels under, or not at all.
    let id = format!(r#""id":"{HEADER}","#);
    assert_eq!(take(&tree(&good.text().replacen(&id, "", 1))).unwrap().header_id, HEADER);
    let nameless = good.text().replacen(&id, "", 1).replace(&format!("urn:uuid:{HEADER}"), "x");
    assert_eq!(code(take(&tree(&nameless))), (400, bad, "required"));
    // Two of what there must be one.
    let two = good.text().replace(r#""focus":["#, r#""focus":[{"reference":"urn:uuid:x"},"#);
    assert_eq!(code(take(&tree(&two))), (400, bad, "invariant"));
    let many = format!(
        r#"{{"resourceType":"Bundle","type":"message","entry":[{}]}}"#,
        vec!["{}"; 201].join(",")
    );
    assert_eq!(code(take(&tree(&many))), (400, bad, "invalid"));
}

/// Published requests name the slot by the URN of a Slot without an id; others by its id, directly.
#[test]
fn slots_are_found_however_they_are_named() {
    let good = message(Reason::New, |_| {});
    let root = good.root();
    let urn = root.at("entry[1].resource.slot[0].reference").unwrap().as_str().unwrap();
    let uuid = urn.strip_prefix("urn:uuid:").unwrap();
    let without_id = good.text().replace(r#""id":"s0","#, "");
    assert_eq!(take(&tree(&without_id)).unwrap().slot_ids, [uuid]);
    let slot = format!(r#""slot":[{{"reference":"{urn}"}}]"#);
    assert!(good.text().contains(&slot));
    for (reference, expect) in [
        ("Slot/elsewhere", Some("elsewhere")),
        ("https://a.test/FHIR/R4/Slot/far", Some("far")),
        ("urn:uuid:00000000-0000-0000-0000-000000000000", None),
        ("#s0", None),
        ("Schedule/s1", None),
    ] {
        let to = format!(r#""slot":[{{"reference":"{reference}"}}]"#);
        let found = take(&tree(&good.text().replace(&slot, &to)));
        assert_eq!(found.ok().map(|r| r.slot_ids.concat()).as_deref(), expect, "{reference}");
    }
}

#[test]
fn a_message_that_came_before_is_already_processed() {
    let bundle = message(Reason::New, |_| {});
    let error = receive(bundle.root(), ours, |id| id == HEADER).unwrap_err();
    assert!(error.is_already_processed());
    assert_eq!((error.code.status(), error.code.as_str()), (409, "REC_CONFLICT"));
    let outcome = reread(&error.to_operation_outcome());
    let coding = outcome.root().at("issue[0].details.coding[0]").unwrap();
    assert_eq!(coding.text_of("system"), Some("https://fhir.nhs.uk/Codesystem/http-error-codes"));
    assert_eq!(outcome.root().at("issue[0].code").unwrap().as_str(), Some("duplicate"));
}

struct Practice {
    slots: Vec<Slot>,
    session: Session,
    service: Service,
}

fn practice() -> Practice {
    let slots = vec![slot("s0", "2026-06-01 09:00"), slot("s1", "2026-06-01 10:00")];
    Practice { slots, session: session(), service: service() }
}

impl Practice {
    fn run(
        &self,
        received: &Received,
        openings: &[usize],
        standing: Option<&Appointment>,
        now: &str,
    ) -> Result<Applied, BarsError> {
        let openings: Vec<_> = openings
            .iter()
            .map(|at| Opening {
                slot: &self.slots[*at],
                session: &self.session,
                service: &self.service,
            })
            .collect();
        let who = person();
        let context = Context {
            openings: &openings,
            person: &who,
            standing,
            slots: &self.slots,
            service: Some(&self.service),
        };
        apply(received, &context, at(now))
    }
}

#[test]
fn new_update_and_delete() {
    let mut practice = practice();
    let new = take(&message(Reason::New, |_| {})).unwrap();
    let done = practice.run(&new, &[0], None, NOW).unwrap();
    assert_eq!(
        (done.appointments.len(), done.slots[0].status, done.is_repeat),
        (1, SlotStatus::Busy, false)
    );
    let booked = done.appointments[0].clone();
    assert_eq!(
        (booked.actor("Patient"), booked.reason.as_deref()),
        (Some("Patient/ann"), Some("cough"))
    );
    assert_eq!(booked.id, desk::appointment_id("Patient/ann", HEADER));
    practice.slots[0] = done.slots[0].clone();
    assert!(practice.run(&new, &[0], Some(&booked), NOW).unwrap().is_repeat);

    // New words for the same slot.
    let words =
        take(&message(Reason::Update, |a| a.description = Some("call first".into()))).unwrap();
    let changed = practice.run(&words, &[0], Some(&booked), NOW).unwrap();
    assert_eq!(changed.appointments[0].description.as_deref(), Some("call first"));
    assert!(changed.slots.is_empty());
    // Another slot: the booking moves.
    let mut elsewhere = words.clone();
    elsewhere.slot_ids = vec!["s1".into()];
    (elsewhere.appointment.start, elsewhere.appointment.end) =
        (Some(at("2026-06-01 10:00")), Some(at("2026-06-01 10:10")));
    let moved = practice.run(&elsewhere, &[1], Some(&booked), NOW).unwrap();
    let told: Vec<_> = moved.slots.iter().map(|slot| (slot.id.as_str(), slot.status)).collect();
    assert_eq!(told, [("s1", SlotStatus::Busy), ("s0", SlotStatus::Free)]);
    assert_eq!(moved.appointments[1].status, AppointmentStatus::Cancelled);
    // Cancelled, by delete or by an update that says so.
    for reason in [Reason::Delete, Reason::Update] {
        let gone = take(&message(reason, |a| a.status = AppointmentStatus::Cancelled)).unwrap();
        let gone = practice.run(&gone, &[], Some(&booked), NOW).unwrap();
        assert_eq!(
            (gone.appointments[0].status, gone.slots[0].status),
            (AppointmentStatus::Cancelled, SlotStatus::Free)
        );
    }
}

#[test]
fn what_cannot_be_applied() {
    let new = take(&message(Reason::New, |_| {})).unwrap();
    let not_found = (404, "REC_NOT_FOUND", "not-found");
    let rule = (422, "REC_UNPROCESSABLE_ENTITY", "business-rule");
    let fresh = practice();
    assert_eq!(code(fresh.run(&new, &[], None, NOW)), not_found);
    assert_eq!(code(fresh.run(&new, &[1], None, NOW)), not_found);
    assert_eq!(code(fresh.run(&new, &[0], None, "2026-06-01 09:00")), rule);
    let mut taken = practice();
    taken.slots[0].status = SlotStatus::Busy;
    assert_eq!(code(taken.run(&new, &[0], None, NOW)), (409, "REC_CONFLICT", "conflict"));
    let mut kept = practice();
    kept.slots[0].reserve = Some(Reserve { kept_for: ReservedFor::Phone, opens_to_all: None });
    assert_eq!(code(kept.run(&new, &[0], None, NOW)), rule);
    let mut other_time = new.clone();
    other_time.appointment.start = Some(at("2026-06-01 08:50"));
    assert_eq!(code(fresh.run(&other_time, &[0], None, NOW)), rule);
    let delete = take(&message(Reason::Delete, |_| {})).unwrap();
    assert_eq!(code(fresh.run(&delete, &[], None, NOW)), not_found);
    let mut cancelled = new.clone();
    cancelled.appointment.status = AppointmentStatus::Cancelled;
    assert_eq!(code(fresh.run(&cancelled, &[0], None, NOW)), rule);
    // Somebody else's booking, and one that is over.
    let mut theirs = Appointment::new("x", AppointmentStatus::Booked);
    theirs.participants = vec![Participant::accepted("Patient/bob")];
    assert_eq!(code(fresh.run(&delete, &[], Some(&theirs), NOW)), not_found);
    let booked = fresh.run(&new, &[0], None, NOW).unwrap().appointments.remove(0);
    assert_eq!(code(fresh.run(&delete, &[], Some(&booked), "2026-06-01 09:00")), rule);
}

#[test]
fn answers() {
    let received = take(&message(Reason::New, |_| {})).unwrap();
    let booked = practice().run(&received, &[0], None, NOW).unwrap().appointments.remove(0);
    let own = party("Anfield", "N82", "222");
    let id = "236bb75d-90ef-461f-b71e-fde7f899802c";
    let bundle = reread(&answer(&received, &booked, id, &own, at(NOW)));
    assert!(!bundle.text().contains("careloom:"));
    let to = bundle.root().at("entry[0].resource.destination[0].endpoint").unwrap();
    assert_eq!(to.as_str(), Some("https://fhir.nhs.uk/Id/dos-service-id|111"));
    let read = response(bundle.root()).unwrap();
    assert_eq!(
        read,
        Response { answers: Some(HEADER.to_owned()), is_ok: true, appointment_id: Some(booked.id) }
    );
    let text = bundle.text();
    let failed = response(tree(&text.replace(r#""code":"ok""#, r#""code":"fatal-error""#)).root());
    assert!(!failed.unwrap().is_ok);
    let odd = response(tree(&text.replace(r#""code":"ok""#, r#""code":"fine""#)).root());
    assert_eq!(code(odd), (400, "REC_BAD_REQUEST", "value"));
    // As the published example of a synchronous answer: the request's event and no response.
    let synchronous =
        text.replace("booking-response", "booking-request").replace(r#""response":{"#, r#""x":{"#);
    let read = response(tree(&synchronous).root()).unwrap();
    assert_eq!((read.answers, read.is_ok), (None, true));
}

#[test]
fn headers_and_what_is_wrong_with_them() {
    let target = party("", "", "222").endpoint;
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let good = vec![
        pair("nhsd-target-identifier", &target.encode()),
        pair("X-Request-ID", HEADER),
        pair("X-Correlation-Id", HEADER),
    ];
    assert_eq!(headers(&good).unwrap().target, target);
    assert_eq!(
        TargetIdentifier::decode("eyJ2YWx1ZSI6IjIwMDAwOTk5OTkiLCJzeXN0ZW0iOiJodHRwczovL2ZoaXIubmhzLnVrL0lkL2Rvcy1zZXJ2aWNlLWlkIn0").unwrap().value,
        "2000099999",
        "without padding too"
    );
    for (index, value, issue) in [
        (0, "", "invalid"),
        (0, "not base64!", "structure"),
        (0, "aGVsbG8=", "structure"),             // hello
        (0, "eyJ2YWx1ZSI6IjEifQ==", "structure"), // no system
        (0, "e30=", "structure"),                 // {}
        (0, "W10=", "structure"),                 // []
        (0, "/w==", "structure"),                 // no UTF-8
        (1, "", "invalid"),
        (1, "12345", "invalid"),
        (2, "1cbdfb97-5859-48a4-8301-d54eab818d6g", "invalid"),
        (2, "1cbdfb97+5859-48a4-8301-d54eab818d68", "invalid"),
    ] {
        let mut all = good.clone();
        all[index].1 = value.to_owned();
        assert_eq!(code(headers(&all)), (400, "SEND_BAD_REQUEST", issue), "{index} {value}");
        all.remove(index);
        assert_eq!(code(headers(&all)).2, "invalid");
    }
    assert_eq!(code(TargetIdentifier::decode(&"A".repeat(9000))).2, "structure");
    let http = TargetIdentifier {
        system: "http://fhir.nhs.uk/Id/dos-service-id".into(),
        value: "222".into(),
    };
    assert!(http.is_same(&target));
    assert!(!TargetIdentifier { value: "223".into(), ..http }.is_same(&target));
}

#[test]
fn every_code_has_a_status_and_its_side() {
    for code in BarsCode::ALL {
        let side = code.as_str().split('_').next().unwrap();
        assert!(matches!((side, code.status()), ("SEND" | "REC", 400..=599)), "{code:?}");
    }
}

proptest! {
    /// Whatever is cut out of or changed in a message: taken or refused, never a panic.
    #[test]
    fn broken_messages_never_panic(
        cut in any::<prop::sample::Index>(),
        put in prop_oneof![Just("null"), Just("[]"), Just("{}"), Just("\"x\""), Just("1"), Just("\"urn:uuid:x\"")],
    ) {
        let good = message(Reason::New, |_| {});
        let node = good.value(cut.index(good.len()) as u32).unwrap();
        let mut text = good.text().to_owned();
        text.replace_range(node.span(), put);
        let broken = tree(&text);
        if let Ok(received) = take(&broken) {
            let _ = practice().run(&received, &[0], None, NOW);
        }
        let _ = response(broken.root());
    }

    /// Any identifier goes into a header and comes out.
    #[test]
    fn identifiers_come_back(system in "\\S\\PC{0,60}\\S", value in "\\S\\PC{0,30}\\S") {
        let target = TargetIdentifier { system, value };
        prop_assert_eq!(TargetIdentifier::decode(&target.encode()).unwrap(), target);
    }
}

#[test]
fn an_element_that_is_no_bundle() {
    for json in [
        "{}",
        "[]",
        "null",
        r#"{"resourceType":"Bundle","type":"message"}"#,
        r#"{"resourceType":"Bundle","type":"message","entry":{}}"#,
    ] {
        assert_eq!(code(take(&tree(json))).0, 400, "{json}");
    }
    let _: Element = booking::bars::BarsError::already_processed().to_operation_outcome();
    assert_eq!(zone::utc_text(at("2026-06-01 09:00")), "2026-06-01T08:00:00+00:00");
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap()).map(|(k, v)| (k.into(), v.into())).collect()
}

const SEARCH: &str = "status=free&start=ge2026-06-01T08:00:00+00:00&start=le2026-06-01T09:00:00+00:00&Schedule.actor:HealthcareService=gp&_include=Slot:schedule&_include=Schedule:actor:HealthcareService&_include=Schedule:actor:Device";

#[test]
fn searches_that_are_refused() {
    for (from, to, expect) in [
        ("", "", None),
        ("status=free", "status=busy,free", None),
        ("status=free", "status=busy-tentative", None),
        ("HealthcareService=gp", "HealthcareService=HealthcareService/gp", None),
        ("status=free&", "", Some("required")),
        ("status=free", "status=open", Some("value")),
        ("status=free", "status=", Some("value")),
        ("start=ge", "start=gt", Some("required")),
        ("start=le", "start=ge", Some("required")),
        ("start=le2026-06-01T09:00:00+00:00&", "", Some("required")),
        ("start=le2026-06-01T09", "start=le2026-06-01T07", Some("value")),
        ("ge2026-06-01T08:00:00+00:00", "ge2026-06-01", Some("value")),
        ("Schedule.actor:HealthcareService=gp&", "", Some("required")),
    ] {
        let found = slot_search(&parameters(&SEARCH.replacen(from, to, 1)));
        assert_eq!(found.err().map(|e| e.issue.as_str()), expect, "{from} → {to}");
    }
}

#[test]
fn searches_tell_what_they_understood() {
    let mut practice = practice();
    practice.slots.push(slot("late", "2026-06-01 10:01"));
    practice.slots.push(slot("taken", "2026-06-01 09:30"));
    practice.slots[3].status = SlotStatus::Busy;
    practice.slots.push(slot("kept", "2026-06-01 09:40"));
    practice.slots[4].reserve = Some(Reserve { kept_for: ReservedFor::Phone, opens_to_all: None });
    let openings: Vec<_> = practice
        .slots
        .iter()
        .map(|slot| Opening { slot, session: &practice.session, service: &practice.service })
        .collect();
    let ids = |query: &str| -> Vec<&str> {
        let search = slot_search(&parameters(query)).unwrap();
        let found = search.select(&openings, &Asker::Nhs111(None), at(NOW));
        found.iter().map(|opening| opening.slot.id.as_str()).collect()
    };
    assert_eq!(ids(SEARCH), ["s0", "s1"]);
    assert_eq!(ids(&SEARCH.replace("free", "free,busy")), ["s0", "taken", "s1"]);
    assert_eq!(ids(&SEARCH.replace("free", "busy")), ["taken"]);
    assert!(ids(&SEARCH.replace("Service=gp", "Service=nurse")).is_empty());

    let search = slot_search(&parameters(SEARCH)).unwrap();
    let told: Vec<String> =
        search.self_parameters().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(told.join("&"), SEARCH.replace("&_include=Schedule:actor:Device", ""));
    let found = search.select(&openings, &Asker::Nhs111(None), at(NOW));
    let bundle = reread(&search.bundle(&found, "https://here.test/Slot?x"));
    assert!(!bundle.text().contains("careloom:"), "{}", bundle.text());
    let kinds: Vec<_> = bundle
        .root()
        .all("entry")
        .filter_map(|e| e.at("resource.resourceType")?.as_str())
        .collect();
    assert_eq!(kinds, ["Slot", "Slot", "Schedule", "HealthcareService"]);
    let start = bundle.root().at("entry[0].resource.start").unwrap();
    assert_eq!(start.as_str(), Some("2026-06-01T08:00:00+00:00"));
}
