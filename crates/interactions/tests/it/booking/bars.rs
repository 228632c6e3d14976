//! Bookings by messages: in, with all that a sender may do wrong; out, with all that a receiver may; and
//! both together, one server telling another.

use std::sync::{Arc, Mutex};

use access::{Caller, Who};
use async_trait::async_trait;
use booking::bars::{Headers, Party, TargetIdentifier};
use fhir::{Tree, Value};
use interactions::booking::{BarsReceiver, Booker, CancelRequest, Delivered, PostMessage};
use interactions::{App, Feed, Format};
use store::ItemState;

use super::world::{World, book, patient, service, session, slot, wish};
use crate::fixture::id;

const DOS: &str = "https://fhir.nhs.uk/Id/dos-service-id";
const NEW: &str = "1cbdfb97-5859-48a4-8301-d54eab818d68";
const NEXT: &str = "2cbdfb97-5859-48a4-8301-d54eab818d68";

fn target() -> TargetIdentifier {
    TargetIdentifier { system: DOS.to_owned(), value: "222".to_owned() }
}

fn identified(json: &str, system: &str, value: &str) -> String {
    let more = format!(r#"{{"identifier":[{{"system":"{system}","value":"{value}"}}],"#);
    json.replacen('{', &more, 1)
}

/// The practice's GP appointments are service 222; people whom 111 sends may book them. Ann has an NHS
/// number, and there are three slots on Monday.
async fn world() -> World {
    let world = World::new().await;
    let open = r#",{"url":"for111","valueBoolean":true}"#;
    let service = identified(&service("gp", "GP appointment", open), DOS, "222");
    let ann = identified(&patient("ann"), "https://fhir.nhs.uk/Id/nhs-number", "9990000182");
    world.put(&[&service, &session("s1", "gp"), &ann]).await;
    world.slots("2026-06-01", 3).await;
    world
}

struct Sent<'a> {
    header: &'a str,
    reason: &'a str,
    appointment: &'a str,
    status: &'a str,
    slot: &'a str,
    patient: &'a str,
}

const ANN: &str = r#"{"resourceType":"Patient","id":"p","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"999 000 0182"}],"name":[{"family":"OF ANN"}],"gender":"female","birthDate":"1980-06-15"}"#;

const BOOK: Sent<'_> = Sent {
    header: NEW,
    reason: "new",
    appointment: "theirs-1",
    status: "booked",
    slot: "a0",
    patient: ANN,
};

impl Sent<'_> {
    fn bytes(&self) -> Vec<u8> {
        let Sent { header, reason, appointment, status, slot, patient } = self;
        format!(
            r#"{{"resourceType":"Bundle","type":"message","entry":[
{{"fullUrl":"urn:uuid:{header}","resource":{{"resourceType":"MessageHeader","id":"{header}",
"eventCoding":{{"system":"https://fhir.nhs.uk/CodeSystem/message-events-bars","code":"booking-request"}},
"destination":[{{"endpoint":"{DOS}|222"}}],"source":{{"name":"North 111","endpoint":"{DOS}|111"}},
"reason":{{"coding":[{{"code":"{reason}"}}]}},"focus":[{{"reference":"Appointment/{appointment}"}}]}}}},
{{"resource":{{"resourceType":"Appointment","id":"{appointment}","status":"{status}","description":"Sore throat",
"slot":[{{"reference":"Slot/{slot}"}}],
"participant":[{{"actor":{{"reference":"Patient/p"}},"status":"accepted"}}]}}}},
{{"resource":{patient}}}]}}"#
        )
        .into_bytes()
    }
}

fn north() -> Feed {
    Feed::new("north-111", Format::Bundle)
}

fn sender(world: &World) -> App {
    world.app.acting_as(Caller {
        who: Who::Service { client: "feed north-111".into() },
        app: None,
        purpose: "TREAT",
    })
}

async fn send_as(world: &World, feed: &Feed, bytes: Vec<u8>) -> (u16, Tree) {
    let headers =
        Headers { target: target(), request_id: NEW.to_owned(), correlation_id: NEW.to_owned() };
    let answer =
        sender(world).take_bars_message(feed, &headers, bytes.into(), "test").await.unwrap();
    (answer.status, Tree::parse(&answer.body).unwrap())
}

async fn send(world: &World, sent: &Sent<'_>) -> (u16, Tree) {
    send_as(world, &north(), sent.bytes()).await
}

/// Received, stored, filtered, waiting and set aside of the sender's feed.
async fn ledger(world: &World) -> [u64; 5] {
    let all = world.app.store.ledger().await.unwrap();
    let one = all.iter().find(|one| &*one.feed.0 == "north-111").unwrap();
    [one.received, one.stored, one.filtered, one.waiting, one.set_aside]
}

fn at<'t>(tree: &'t Tree, path: &str) -> &'t str {
    tree.root().at(path).and_then(Value::as_str).unwrap_or("")
}

#[tokio::test]
async fn a_message_books_and_leads_back_to_its_bytes() {
    let world = world().await;
    let (status, answer) = send(&world, &BOOK).await;
    assert_eq!(status, 200, "{}", answer.text());
    assert_eq!(at(&answer, "entry[0].resource.eventCoding.code"), "booking-response");
    assert_eq!(at(&answer, "entry[0].resource.response.identifier"), NEW);
    assert!(!answer.text().contains("careloom:"), "{}", answer.text());
    assert_eq!(world.status("a0").await, "busy");
    let [booked] = world.appointments().await.try_into().unwrap();
    assert_eq!(
        booked.actor("Patient"),
        Some("Patient/ann"),
        "known by number, birth date and name"
    );
    assert_eq!(booked.description.as_deref(), Some("Sore throat"));
    assert_eq!(at(&answer, "entry[1].resource.id"), booked.id, "the id to keep");
    assert_eq!(ledger(&world).await, [1, 1, 0, 0, 0]);
    // The words lead back to where they stand in the message.
    let resource_type = world.app.resource_type("Appointment").unwrap();
    let key = store::ResourceKey { resource_type, id: id(&booked.id) };
    let lineage = world.app.store.lineage(&key, fhir::VersionId(1)).await.unwrap().unwrap();
    let entry = lineage.entries.iter().find(|entry| entry.path == "description").unwrap();
    let bytes = BOOK.bytes();
    assert_eq!(&bytes[entry.start as usize..entry.end as usize], b"\"Sore throat\"");
    let audits = world.found("AuditEvent", "patient=ann").await;
    assert!(audits.iter().any(|audit| audit.text().contains("by a message")), "who booked is told");
}

#[tokio::test]
async fn the_same_message_twice_books_once() {
    let world = world().await;
    assert_eq!(send(&world, &BOOK).await.0, 200);
    let (status, answer) = send(&world, &BOOK).await;
    assert_eq!((status, at(&answer, "issue[0].code")), (409, "duplicate"));
    assert_eq!(world.appointments().await.len(), 1);
    assert_eq!(ledger(&world).await, [2, 1, 1, 0, 0]);
    // Another sender's message of the same id is another message.
    let other = Feed::new("south-111", Format::Bundle);
    let sent = Sent { slot: "a1", ..BOOK };
    let (status, answer) = send_as(&world, &other, sent.bytes()).await;
    assert_eq!(status, 409, "the person's booking of this key stands: {}", answer.text());
}

#[tokio::test]
async fn what_was_refused_may_be_sent_again() {
    let world = world().await;
    book(&world.person("bob"), "a0", "k").await.unwrap();
    let (status, answer) = send(&world, &BOOK).await;
    assert_eq!((status, at(&answer, "issue[0].code")), (409, "conflict"), "{}", answer.text());
    let mine = world.appointments().await.remove(0);
    let request = CancelRequest {
        appointment: id(&mine.id),
        reason: booking::desk::CancelReason::Better,
        words: None,
    };
    world.person("bob").cancel_booking(&Booker::Own, &request).await.unwrap().unwrap();
    assert_eq!(send(&world, &BOOK).await.0, 200, "a refusal is not remembered as done");
    assert_eq!(ledger(&world).await, [2, 1, 1, 0, 0]);
}

#[tokio::test]
async fn changes_moves_and_ends() {
    let world = world().await;
    let (_, answer) = send(&world, &BOOK).await;
    let ours = at(&answer, "entry[1].resource.id").to_owned();
    // By their own id, to another slot.
    let moved = Sent { header: NEXT, reason: "update", slot: "a1", ..BOOK };
    let (status, answer) = send(&world, &moved).await;
    assert_eq!(status, 200, "{}", answer.text());
    assert_eq!(
        (world.status("a0").await.as_str(), world.status("a1").await.as_str()),
        ("free", "busy")
    );
    let new = at(&answer, "entry[1].resource.id").to_owned();
    assert_ne!(new, ours);
    // Another sender knows of none of it.
    let delete = Sent {
        header: "3cbdfb97-5859-48a4-8301-d54eab818d68",
        reason: "delete",
        appointment: &new,
        slot: "a1",
        ..BOOK
    };
    let other = Feed::new("south-111", Format::Bundle);
    let (status, _) = send_as(&world, &other, delete.bytes()).await;
    assert_eq!((status, world.status("a1").await.as_str()), (404, "busy"));
    // The sender ends it by our id.
    let (status, answer) = send(&world, &delete).await;
    assert_eq!(status, 200, "{}", answer.text());
    assert_eq!(world.status("a1").await, "free");
    assert_eq!(ledger(&world).await, [3, 3, 0, 0, 0]);
}

#[tokio::test]
async fn who_is_not_known_gets_a_record_of_their_own() {
    let world = world().await;
    for (number, family, born, note) in [
        ("9990000182", "Somebody Else", "1980-06-15", "another name"),
        ("9990000182", "Of ann", "1981-06-15", "another birth date"),
        ("", "Of ann", "1980-06-15", "no number"),
    ] {
        let world = self::world().await;
        let patient = format!(
            r#"{{"resourceType":"Patient","id":"p","active":true,"identifier":[{{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"{number}x"}},{{"system":"urn:careloom:x","value":"1"}}],"name":[{{"family":"{family}"}}],"birthDate":"{born}","generalPractitioner":[{{"reference":"Organization/practice"}}]}}"#
        )
        .replace("x\"},", "\"},");
        let patient = patient.replace(r#""value":"""#, r#""value":"none""#);
        let (status, answer) = send(&world, &Sent { patient: &patient, ..BOOK }).await;
        assert_eq!(status, 200, "{note}: {}", answer.text());
        let [booked] = world.appointments().await.try_into().unwrap();
        let of = booked.actor("Patient").unwrap();
        assert_ne!(of, "Patient/ann", "{note}");
        let text = world.text("Patient", &of["Patient/".len()..]).await;
        assert!(text.contains(family) && !text.contains("urn:careloom:x"), "{note}: {text}");
        assert!(
            !text.contains("Organization/practice"),
            "what a sender says of others is not taken over: {text}"
        );
        assert!(text.contains("urn:careloom:feed:north-111"), "{note}: {text}");
    }
    drop(world);
}

#[tokio::test]
async fn wrong_messages_are_kept_and_told() {
    let world = world().await;
    let good = String::from_utf8(BOOK.bytes()).unwrap();
    let rows: &[(&str, &str, u16, &str)] = &[
        ("\"Bundle\"", "\"Bindle\"", 400, "structure"),
        ("\"message\"", "\"batch\"", 400, "value"),
        ("|222", "|223", 404, "not-found"),
        ("\"new\"", "\"maybe\"", 400, "value"),
        ("booking-request", "servicerequest-request", 400, "not-supported"),
        ("Slot/a0", "Slot/none", 404, "not-found"),
        ("Slot/a0", "Slot/../a0", 400, "required"),
        ("Patient/p", "Patient/q", 200, ""),
        ("1980-06-15", "15/06/1980", 400, "invalid"),
        ("\"status\":\"booked\"", "\"status\":\"cancelled\"", 422, "business-rule"),
        ("{\"resourceType\":\"Bundle\"", "{\"resourceType\"", 400, "structure"),
    ];
    for (index, (from, to, status, code)) in rows.iter().enumerate() {
        let world = self::world().await;
        let text = good.replace(from, to);
        let (found, answer) = send_as(&world, &north(), text.into_bytes()).await;
        assert_eq!(
            (found, at(&answer, "issue[0].code")),
            (*status, *code),
            "{index}: {}",
            answer.text()
        );
        let [received, stored, filtered, waiting, aside] = ledger(&world).await;
        assert_eq!((received, waiting, aside), (1, 0, 0), "{index}");
        assert_eq!(stored, u64::from(*status == 200), "{index}");
        assert_eq!(filtered, u64::from(*status != 200), "{index}");
    }
    drop(world);
}

#[tokio::test]
async fn what_was_cut_off_is_decided_when_it_is_sent_again() {
    let world = world().await;
    let item = store::NewItem {
        feed: north().name,
        received: 0,
        origin: "test".into(),
        control_id: NEW.into(),
        kind: String::new(),
        subject: String::new(),
        event_time: 0,
        state: ItemState::Waiting,
        cause: String::new(),
        note: String::new(),
        bytes: BOOK.bytes().into(),
        acknowledgement: Vec::new(),
        content_hash: 1,
    };
    world.app.store.receive(vec![item.clone()]).await.unwrap();
    assert_eq!(send(&world, &BOOK).await.0, 200);
    assert_eq!(ledger(&world).await, [2, 1, 1, 0, 0]);
    world.app.store.receive(vec![item]).await.unwrap();
    assert_eq!(world.app.settle_undecided_bars(&north()).await.unwrap(), 1);
    assert_eq!(ledger(&world).await, [3, 1, 2, 0, 0]);
}

#[tokio::test]
async fn free_times_are_those_that_111_may_book() {
    let world = world().await;
    world
        .put(&[&slot("kept", "s1", "2026-06-01 11:00", r#","status":"busy""#).replacen(
            r#""status":"free","#,
            "",
            1,
        )])
        .await;
    let ask = |service: &str| {
        let pairs = [
            ("status", "free"),
            ("start", "ge2026-06-01T08:00:00+01:00"),
            ("start", "le2026-06-01T12:00:00+01:00"),
            ("Schedule.actor:HealthcareService", service),
            ("_include", "Slot:schedule"),
            ("_include", "Slot:nonsense"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    };
    for known_as in
        ["222", "https://fhir.nhs.uk/Id/dos-service-id|222", "gp", "HealthcareService/gp"]
    {
        let answer = sender(&world).bars_slots(&ask(known_as), "http://x/Slot").await.unwrap();
        let tree = Tree::parse(&answer.body).unwrap();
        assert_eq!(
            (answer.status, tree.root().all("entry").count()),
            (200, 4),
            "{known_as}: {}",
            tree.text()
        );
        let link = at(&tree, "link[0].url");
        assert!(link.contains("Slot:schedule") && !link.contains("nonsense"), "{link}");
    }
    for unknown in ["223", "a|b|c", "*"] {
        let answer = sender(&world).bars_slots(&ask(unknown), "http://x/Slot").await.unwrap();
        assert_eq!(answer.status, 404, "{unknown}");
    }
}

/// A status and a body, or why there is none.
type Said = Result<(u16, Vec<u8>), String>;
/// Headers and a body.
type Heard = (Vec<(&'static str, String)>, Vec<u8>);

/// What another system says to each message, and what it was sent.
#[derive(Default)]
struct Far {
    says: Mutex<Vec<Said>>,
    heard: Mutex<Vec<Heard>>,
}

#[async_trait]
impl PostMessage for Far {
    async fn post(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), String> {
        self.heard.lock().unwrap().push((headers, body));
        let mut says = self.says.lock().unwrap();
        if says.is_empty() { Ok((200, accepted())) } else { says.remove(0) }
    }
}

fn accepted() -> Vec<u8> {
    format!(
        r#"{{"resourceType":"Bundle","type":"message","entry":[{{"resource":{{"resourceType":"MessageHeader","id":"{NEXT}",
        "eventCoding":{{"code":"booking-response"}},"response":{{"identifier":"{NEW}","code":"ok"}}}}}}]}}"#
    )
    .into_bytes()
}

fn receiver(far: &Arc<Far>) -> [BarsReceiver; 1] {
    let own = TargetIdentifier { system: DOS.to_owned(), value: "100".to_owned() };
    [BarsReceiver {
        service: target(),
        title: "Hope Street hub".to_owned(),
        ods_code: "H1".to_owned(),
        own: Party { name: "Careloom".to_owned(), ods_code: "C1".to_owned(), endpoint: own },
        way: Arc::clone(far) as Arc<dyn PostMessage>,
    }]
}

fn reasons(far: &Far) -> Vec<String> {
    let heard = far.heard.lock().unwrap();
    let reason = |(_, body): &Heard| {
        let tree = Tree::parse(body).unwrap();
        at(&tree, "entry[0].resource.reason.coding[0].code").to_owned()
    };
    heard.iter().map(reason).collect()
}

async fn cancel(world: &World, patient: &str) {
    let mine =
        world.appointments().await.into_iter().find(|a| a.status.as_str() == "booked").unwrap();
    let reason = booking::desk::CancelReason::Better;
    let request = CancelRequest { appointment: id(&mine.id), reason, words: None };
    world.person(patient).cancel_booking(&Booker::Own, &request).await.unwrap().unwrap();
}

const NOTHING: Delivered = Delivered { accepted: 0, waiting: 0, failed: 0 };
const ONE: Delivered = Delivered { accepted: 1, waiting: 0, failed: 0 };

#[tokio::test]
async fn bookings_are_passed_on_until_there_is_a_yes() {
    let world = world().await;
    let far = Arc::new(Far::default());
    let to = receiver(&far);
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), NOTHING);
    book(&world.person("ann"), "a0", "k").await.unwrap();
    *far.says.lock().unwrap() = vec![
        Err("connection refused".to_owned()),
        Ok((503, Vec::new())),
        Ok((200, b"hello".to_vec())),
    ];
    for (now, expected) in [
        ("2026-06-01 07:00", Delivered { waiting: 1, ..NOTHING }),
        ("2026-06-01 07:00", NOTHING),
        ("2026-06-01 07:01", Delivered { waiting: 1, ..NOTHING }),
        ("2026-06-01 07:03", Delivered { waiting: 1, ..NOTHING }),
        ("2026-06-01 07:04", NOTHING),
        ("2026-06-01 07:06", ONE),
        ("2026-06-01 08:59", NOTHING),
    ] {
        world.now(now);
        assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), expected, "{now}");
    }
    let heard = far.heard.lock().unwrap().clone();
    assert_eq!(heard.len(), 4);
    assert!(
        heard.iter().all(|(headers, _)| *headers == heard[0].0),
        "the same message has the same ids"
    );
    let text = String::from_utf8(heard[0].1.clone()).unwrap();
    assert!(!text.contains("careloom:"), "{text}");
}

#[tokio::test]
async fn changes_and_ends_are_told_as_such() {
    let world = world().await;
    let far = Arc::new(Far::default());
    let to = receiver(&far);
    world.app.pass_bookings_on(&to).await.unwrap();
    book(&world.person("ann"), "a0", "k").await.unwrap();
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), ONE);
    cancel(&world, "ann").await;
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), ONE);
    assert_eq!(reasons(&far), ["new", "delete"]);
    // What was cancelled before it was told of never existed for the other system.
    book(&world.person("ann"), "a1", "l").await.unwrap();
    cancel(&world, "ann").await;
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), ONE);
    assert_eq!(reasons(&far).len(), 2);
    // Seen before counts as yes.
    let seen =
        br#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"duplicate"}]}"#;
    *far.says.lock().unwrap() = vec![Ok((409, seen.to_vec()))];
    book(&world.person("bob"), "a2", "m").await.unwrap();
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), ONE);
}

#[tokio::test]
async fn what_is_refused_or_too_late_is_told_to_the_practice() {
    let world = world().await;
    let far = Arc::new(Far::default());
    let to = receiver(&far);
    world.app.pass_bookings_on(&to).await.unwrap();
    let no = br#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"conflict","diagnostics":"slot taken"}]}"#;
    *far.says.lock().unwrap() = vec![Ok((409, no.to_vec())), Err("no route".to_owned())];
    book(&world.person("ann"), "a0", "k").await.unwrap();
    let failed = Delivered { failed: 1, ..NOTHING };
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), failed);
    book(&world.person("bob"), "a1", "l").await.unwrap();
    world.app.pass_bookings_on(&to).await.unwrap();
    let staff = world.staff(access::Role::Receptionist, super::world::SOURCE);
    let day = staff.practice_day("2026-06-01".parse().unwrap()).await.unwrap();
    let told: Vec<_> = day.sessions[0]
        .slots
        .iter()
        .filter_map(|slot| slot.booked.as_ref()?.not_passed_on.clone())
        .collect();
    assert_eq!(told.len(), 2);
    assert_eq!((told[0].is_tried, told[0].why.as_str()), (false, "refused with 409: slot taken"));
    assert!(told[1].is_tried && told[1].why.contains("no route"), "{told:?}");
    world.now("2026-06-01 12:00");
    assert_eq!(world.app.pass_bookings_on(&to).await.unwrap(), failed, "too late for the second");
}

/// One server tells another: each judges what the other makes.
struct Bridge(World);

#[async_trait]
impl PostMessage for Bridge {
    async fn post(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), String> {
        let headers: Vec<(String, String)> =
            headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let headers = booking::bars::headers(&headers).map_err(|error| error.diagnostics)?;
        let app = sender(&self.0);
        let answer = app.take_bars_message(&north(), &headers, body.into(), "bridge").await;
        answer.map(|answer| (answer.status, answer.body)).map_err(|failure| failure.to_string())
    }
}

#[tokio::test]
async fn one_server_tells_another() {
    let near = world().await;
    let far = world().await;
    let bridge = Arc::new(Bridge(far));
    let mut to = receiver(&Arc::new(Far::default()));
    to[0].way = Arc::clone(&bridge) as Arc<dyn PostMessage>;
    near.app.pass_bookings_on(&to).await.unwrap();
    book(&near.person("ann"), "a0", "k").await.unwrap();
    assert_eq!(near.app.pass_bookings_on(&to).await.unwrap(), ONE);
    assert_eq!(bridge.0.status("a0").await, "busy");
    let there = bridge.0.appointments().await;
    assert_eq!(there[0].actor("Patient"), Some("Patient/ann"));
    let moved = near.appointments().await.remove(0);
    let request = wish("a2", "m");
    near.person("ann").move_booking(&Booker::Own, &id(&moved.id), &request).await.unwrap().unwrap();
    // The new booking and the old one's end, in whichever order.
    let done = near.app.pass_bookings_on(&to).await.unwrap();
    assert_eq!(done, Delivered { accepted: 2, ..NOTHING });
    assert_eq!(
        (bridge.0.status("a0").await.as_str(), bridge.0.status("a2").await.as_str()),
        ("free", "busy")
    );
    cancel(&near, "ann").await;
    assert_eq!(near.app.pass_bookings_on(&to).await.unwrap(), ONE);
    assert_eq!(bridge.0.status("a2").await, "free");
}
