//! Folding: sequences of messages and the state that they end in, whatever the order of arrival.

use std::collections::BTreeMap;

use fhir::{Element, Tree};
use mapping::{Mapped, Sourced, fold};
use proptest::prelude::*;

use crate::{json, map_hl7};

type State = BTreeMap<(&'static str, String), (Element, Vec<Sourced>)>;

fn apply(state: &mut State, mapped: &Mapped, item: u64) {
    for contribution in &mapped.contributions {
        let key = (contribution.resource_type.as_str(), contribution.id.to_string());
        let current = state.get(&key).map(|(element, traces)| (element, traces.as_slice()));
        let folded = fold(current, contribution, item).unwrap();
        state.insert(key, folded);
    }
}

fn state_of(messages: &[String]) -> State {
    let mut mapped: Vec<(usize, Mapped)> =
        messages.iter().map(|text| map_hl7("lvp-hospital", text.as_bytes())).enumerate().collect();
    mapped.sort_by(|(_, a), (_, b)| a.order_key().cmp(&b.order_key()));
    let mut state = State::new();
    for (item, mapped) in &mapped {
        apply(&mut state, mapped, *item as u64);
    }
    state
}

/// The only resource of a type, and a value in it.
fn value(state: &State, resource_type: &str, path: &str) -> Option<String> {
    let mut of_type = state.iter().filter(|((name, _), _)| *name == resource_type);
    let (_, (element, _)) = of_type.next()?;
    assert!(of_type.next().is_none(), "more than one {resource_type}");
    let text = element.to_compact();
    let tree = Tree::parse(&text).unwrap();
    tree.root().at(path).and_then(|value| value.as_text().map(str::to_owned))
}

/// A message of one person, at a minute past ten.
fn adt(event: &str, minute: u32, pid: &str, rest: &str) -> String {
    let time = format!("2025011010{minute:02}00");
    format!(
        "MSH|^~\\&|PAS|ZZL|||{time}||ADT^{event}|{event}-{minute:02}|P|2.4\rEVN|{event}|{time}||||{time}\r\
         PID|1||L1^^^ZZL^MR||SHAH^Amina||19580214|2{pid}\r{rest}"
    )
}

fn visit(event: &str, minute: u32, ward: &str, more: &str) -> String {
    let place = if ward.is_empty() { String::new() } else { format!("{ward}^^^ZZL01") };
    adt(event, minute, "", &format!("PV1|1|I|{place}||||||||||||||||V1^^^ZZL^VN{more}\r"))
}

fn admit(minute: u32) -> String {
    let time = format!("|||||||||||||||||||||||||2025011010{minute:02}00");
    visit("A01", minute, "W1", &time)
}

/// Status, the places in order with their status, the end of the visit.
fn visit_state(messages: &[String]) -> (String, Vec<String>, Option<String>) {
    let state = state_of(messages);
    let get = |path: &str| value(&state, "Encounter", path);
    let place = |index: usize| {
        let ward = get(&format!("location[{index}].location.display"))?;
        let status = get(&format!("location[{index}].status"))?;
        let end = if get(&format!("location[{index}].period.end")).is_some() { "." } else { "" };
        Some(format!("{} {status}{end}", &ward[..2]))
    };
    (get("status").unwrap(), (0..).map_while(place).collect(), get("period.end"))
}

/// Name, messages, the status in the end, the places with theirs, whether the visit has ended.
type VisitCase = (&'static str, Vec<String>, &'static str, Vec<&'static str>, bool);

#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a table")]
fn visit_cases() -> Vec<VisitCase> {
    let out = "|||||||||||||||||1|19||||||||20250110100000|20250110105000";
    vec![
        ("admitted", vec![admit(0)], "in-progress", vec!["W1 active"], false),
        ("expected", vec![visit("A05", 0, "W1", "")], "planned", vec!["W1 planned"], false),
        (
            "expected, then here",
            vec![visit("A05", 0, "W1", ""), admit(5)],
            "in-progress",
            vec!["W1 active"],
            false,
        ),
        (
            "expected there, then here",
            vec![visit("A05", 0, "W9", ""), admit(5)],
            "in-progress",
            vec!["W1 active"],
            false,
        ),
        (
            "moved",
            vec![admit(0), visit("A02", 10, "W2", "")],
            "in-progress",
            vec!["W1 completed.", "W2 active"],
            false,
        ),
        (
            "moved and back",
            vec![admit(0), visit("A02", 10, "W2", ""), visit("A02", 20, "W1", "")],
            "in-progress",
            vec!["W1 completed.", "W2 completed.", "W1 active"],
            false,
        ),
        (
            "move cancelled",
            vec![admit(0), visit("A02", 10, "W2", ""), visit("A12", 20, "W1", "")],
            "in-progress",
            vec!["W1 active"],
            false,
        ),
        (
            "move cancelled twice",
            vec![
                admit(0),
                visit("A02", 10, "W2", ""),
                visit("A12", 20, "W1", ""),
                visit("A12", 20, "W1", ""),
            ],
            "in-progress",
            vec!["W1 active"],
            false,
        ),
        (
            "move cancelled without a place",
            vec![admit(0), visit("A02", 10, "W2", ""), visit("A12", 20, "", "")],
            "in-progress",
            vec!["W1 completed.", "W2 active"],
            false,
        ),
        (
            "discharged",
            vec![admit(0), visit("A03", 50, "W1", out)],
            "finished",
            vec!["W1 completed."],
            true,
        ),
        (
            "discharge cancelled",
            vec![admit(0), visit("A03", 50, "W1", out), visit("A13", 55, "W1", "")],
            "in-progress",
            vec!["W1 active"],
            false,
        ),
        (
            "admission cancelled",
            vec![admit(0), visit("A11", 5, "W1", "")],
            "cancelled",
            vec!["W1 active"],
            false,
        ),
        (
            "cancelled stays so on an update",
            vec![admit(0), visit("A11", 5, "W1", ""), visit("A08", 6, "W1", "")],
            "cancelled",
            vec!["W1 active"],
            false,
        ),
        (
            "place put right by an update",
            vec![admit(0), visit("A08", 6, "W3", "")],
            "in-progress",
            vec!["W3 active"],
            false,
        ),
        (
            "update alone",
            vec![visit("A08", 6, "W3", "|||||||||||||||||||||||||20250110100000")],
            "in-progress",
            vec!["W3 active"],
            false,
        ),
    ]
}

#[test]
fn visits() {
    for (name, messages, status, places, ended) in visit_cases() {
        let (found_status, found_places, end) = visit_state(&messages);
        assert_eq!(
            (found_status.as_str(), found_places),
            (status, places.iter().map(|p| (*p).to_owned()).collect()),
            "{name}"
        );
        assert_eq!(end.is_some(), ended, "{name}");
        let mut late = messages;
        late.reverse();
        assert_eq!(visit_state(&late).0, status, "{name}, arriving in reverse");
    }
}

#[test]
fn status_history_tells_what_was() {
    let state = state_of(&[visit("A05", 0, "W1", ""), admit(5), visit("A11", 9, "W1", "")]);
    let get = |path: &str| value(&state, "Encounter", path);
    assert_eq!(get("statusHistory[0].status").as_deref(), Some("planned"));
    assert_eq!(get("statusHistory[0].period.end").as_deref(), Some("2025-01-10T10:05:00+00:00"));
    assert_eq!(get("statusHistory[1].status").as_deref(), Some("in-progress"));
    assert_eq!(get("statusHistory[1].period.start").as_deref(), Some("2025-01-10T10:05:00+00:00"));
    assert_eq!(get("statusHistory[2].status"), None);
}

#[test]
fn absent_keeps_and_null_deletes() {
    let full = adt(
        "A28",
        0,
        "|||1 High St^^Hull^^HU1 1AA^GBR^H||0111^PRN^PH~0777^PRN^CP|0222^WPN^PH|en|M",
        "",
    );
    let cases = [
        ("absent keeps", "|||||||", "telecom[2].value", Some("0222")),
        ("absent keeps the address", "|||||0333^PRN^PH", "address[0].city", Some("Hull")),
        ("home replaced", "|||||0333^PRN^PH", "telecom[0].value", Some("0333")),
        ("mobile went with home", "|||||0333^PRN^PH", "telecom[1].value", Some("0222")),
        ("home deleted, work kept", "|||||\"\"", "telecom[0].value", Some("0222")),
        ("marital status deleted", "||||||||\"\"", "maritalStatus.coding[0].code", None),
        ("address deleted", "|||\"\"", "address[0].city", None),
        ("and the rest kept", "|||\"\"", "maritalStatus.coding[0].code", Some("M")),
    ];
    for (name, pid, path, expected) in cases {
        let state = state_of(&[full.clone(), adt("A31", 5, pid, "")]);
        assert_eq!(value(&state, "Patient", path).as_deref(), expected, "{name}");
    }
}

#[test]
fn kept_values_keep_the_trace_of_the_older_item() {
    let first = adt("A28", 0, "|||1 High St^^Hull^^HU1 1AA^GBR^H", "");
    let second = adt("A31", 5, "|||||0333^PRN^PH", "");
    let state = state_of(&[first, second]);
    let (_, (_, traces)) = state.iter().find(|((name, _), _)| *name == "Patient").unwrap();
    let item = |path: &str| traces.iter().find(|s| s.trace.path == path).unwrap().item;
    assert_eq!(item("address[0].city"), 0);
    assert_eq!(item("name[0].family"), 0, "an equal value keeps its older trace");
    assert_eq!(item("telecom[0].value"), 1);
}

fn oru(minute: u32, status: &str, value: &str, more: &str) -> String {
    format!(
        "MSH|^~\\&|LIMS|ZZL|||2025011010{minute:02}00||ORU^R01|R{minute}|P|2.4\r\
         PID|1||L1^^^ZZL^MR||SHAH^Amina||19580214|2\r\
         OBR|1||F1^LIMS|UE^Urea^L|||20250110090000|||||||||||||||2025011010{minute:02}00||LAB|{status}\r\
         OBX|1|NM|NA^Sodium^L||{value}|mmol/L||{more}|||{status}\r"
    )
}

#[test]
fn results() {
    let get = |messages: &[String], path: &str| value(&state_of(messages), "Observation", path);
    let corrected = [oru(10, "F", "138", "L"), oru(20, "C", "148", "")];
    assert_eq!(get(&corrected, "valueQuantity.value").as_deref(), Some("148"));
    assert_eq!(get(&corrected, "status").as_deref(), Some("corrected"));
    assert_eq!(get(&corrected, "interpretation[0].coding[0].code"), None, "a result is a whole");
    // The preliminary result was made first and arrives last.
    let late = [oru(10, "F", "138", ""), oru(5, "P", "1", "")];
    assert_eq!(get(&late, "valueQuantity.value").as_deref(), Some("138"));
    assert_eq!(get(&late, "status").as_deref(), Some("final"));
}

fn siu(event: &str, minute: u32, start: &str, status: &str) -> String {
    format!(
        "MSH|^~\\&|PAS|ZZL|||2025011010{minute:02}00||SIU^{event}|S{minute}|P|2.4\r\
         SCH|A1^PAS|A1^PAS||||||ROUTINE|30|min|^^30^{start}||||||||||||||{status}\r\
         PID|1||L1^^^ZZL^MR||SHAH^Amina||19580214|2\r"
    )
}

#[test]
fn appointments() {
    let book = siu("S12", 0, "20250402093000", "BOOKED");
    let cases = [
        (vec![book.clone()], "booked", "2025-04-02T09:30:00+01:00"),
        (
            vec![book.clone(), siu("S13", 5, "20250403093000", "BOOKED")],
            "booked",
            "2025-04-03T09:30:00+01:00",
        ),
        (
            vec![book.clone(), siu("S14", 5, "20250402100000", "BOOKED")],
            "booked",
            "2025-04-02T10:00:00+01:00",
        ),
        (
            vec![book.clone(), siu("S15", 5, "", "CANCELLED")],
            "cancelled",
            "2025-04-02T09:30:00+01:00",
        ),
        (vec![siu("S15", 5, "", "CANCELLED"), book], "cancelled", "2025-04-02T09:30:00+01:00"),
    ];
    for (messages, status, start) in cases {
        let state = state_of(&messages);
        assert_eq!(value(&state, "Appointment", "status").as_deref(), Some(status));
        assert_eq!(value(&state, "Appointment", "start").as_deref(), Some(start));
    }
}

#[test]
fn a_merge_retires_one_record_and_a_late_update_does_not_revive_it() {
    let merge = adt("A40", 5, "", "MRG|L2^^^ZZL^MR\r");
    let late = adt("A31", 9, "", "").replace("L1^^^", "L2^^^");
    let before = adt("A28", 0, "", "").replace("L1^^^", "L2^^^");
    let state = state_of(&[adt("A28", 1, "", ""), before, merge, late]);
    let patient = |mrn: &str| {
        let id = mapping::resource_id("lvp-hospital", "Patient", mrn).to_string();
        json(&state[&("Patient", id)].0)
    };
    assert!(patient("L2").contains(r#""active":false"#), "{}", patient("L2"));
    assert!(patient("L2").contains(r#""type":"replaced-by""#));
    assert!(patient("L1").contains(r#""active":true"#));
    assert!(patient("L1").contains(r#""use":"old""#), "{}", patient("L1"));
}

/// Messages that a visit may bring, each at its own minute.
fn any_message() -> impl Strategy<Value = String> {
    let events = prop::sample::select(vec!["A01", "A02", "A03", "A08", "A11", "A12", "A13", "A31"]);
    let wards = prop::sample::select(vec!["W1", "W2", "W3"]);
    let pids = prop::sample::select(vec!["", "|||\"\"", "|||1 High St^^Hull", "|||||0333^PRN^PH"]);
    (events, 0..60_u32, wards, pids).prop_map(|(event, minute, ward, pid)| {
        adt(event, minute, pid, &format!("PV1|1|I|{ward}^^^ZZL01||||||||||||||||V1^^^ZZL^VN\r"))
    })
}

/// States without the numbers of items, which depend on the order of arrival.
fn without_items(state: &State) -> Vec<String> {
    let told = |(key, (element, traces)): (&(&str, String), &(Element, Vec<Sourced>))| {
        let mut paths: Vec<String> = traces
            .iter()
            .map(|s| format!("{} {} {}", s.trace.path, s.trace.locator, s.trace.rule))
            .collect();
        paths.sort();
        format!("{key:?} {} {paths:?}", json(element))
    };
    state.iter().map(told).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_and_repeats_do_not_matter(
        messages in prop::collection::vec(any_message(), 1..9),
        seed in any::<u64>(),
        repeated in any::<prop::sample::Index>(),
    ) {
        // Control ids tell messages of one minute apart, as real ones do.
        let mut messages: Vec<String> = messages
            .iter()
            .enumerate()
            .map(|(index, text)| text.replacen("|P|2.4", &format!("-{index}|P|2.4"), 1))
            .collect();
        let in_order = state_of(&messages);
        messages.push(repeated.get(&messages).clone());
        let mut shuffled = messages;
        let mut seed = seed;
        for at in (1..shuffled.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            shuffled.swap(at, (seed >> 33) as usize % (at + 1));
        }
        prop_assert_eq!(without_items(&in_order), without_items(&state_of(&shuffled)));
    }
}
