//! Resources: valid by the definitions, whole there and back, safe with what others send.

use fhir::{Element, Tree};
use proptest::prelude::*;
use triage::directory::{Capacity, Contact, Point, Service, ServiceTypes, read, write};
use triage::resource::{facts, questionnaire, read_response, response, summary, window};
use triage::{Sex, Step};

use crate::opening::{london, opening};
use crate::shared::{answer, library, person};

fn tree(element: &Element) -> Tree {
    let text = element.to_compact();
    let tree = Tree::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let issues = definitions::embedded().check_structure(tree.root());
    assert!(issues.is_empty(), "{issues:#?}\n{}", String::from_utf8_lossy(&text));
    tree
}

fn now() -> jiff::Timestamp {
    "2026-11-23T10:00:00Z".parse().expect("an instant")
}

#[test]
fn a_topic_is_a_questionnaire() {
    let library = library();
    for topic in library.topics() {
        let tree = tree(&questionnaire(library.sieve(), topic));
        let root = tree.root();
        assert_eq!(root.text_of("status"), Some("draft"));
        assert_eq!(root.text_of("experimental"), Some("true"));
        let links: Vec<_> = root.all("item").flat_map(|group| group.all("item")).collect();
        assert_eq!(links.len(), library.sieve().questions.len() + topic.questions.len());
        assert!(links.iter().all(|item| item.all("answerOption").count() >= 3));
    }
}

#[test]
fn a_session_goes_there_and_back_and_replays() {
    let library = library();
    let plans = [
        ("sore-throat", "throat-fever=yes throat-pus=unsure", true),
        ("rash", "rs-glass=yes", true),
        ("no-such-topic", "", true),
        ("chest-pain", "", true),
    ];
    for (topic, plan, _) in plans {
        let (mut session, _) = answer(library, topic, person(400, Sex::Unknown), plan);
        for _ in 0..3 {
            let tree = tree(&response(library, &session, Some("Patient/p1"), now()));
            let again = read_response(tree.root()).unwrap();
            assert_eq!(again, session, "{topic}");
            assert_eq!(library.replay(&again), library.replay(&session));
            let status = tree.root().text_of("status");
            let is_done = matches!(library.next(&session), Step::Done(_));
            assert_eq!(status, Some(if is_done { "completed" } else { "in-progress" }));
            session = library.back(&session);
        }
    }
    // Nothing answered yet: no empty arrays.
    let session = library.begin("rash", person(400, Sex::Male));
    let tree = tree(&response(library, &session, None, now()));
    assert_eq!(read_response(tree.root()).unwrap(), session);
}

#[test]
fn responses_of_others_are_refused_with_their_place() {
    let library = library();
    let (session, _) = answer(library, "rash", person(400, Sex::Male), "");
    let text = String::from_utf8(response(library, &session, None, now()).to_compact()).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let tree = Tree::parse(text.replacen(from, to, 1).as_bytes()).unwrap();
        read_response(tree.root()).unwrap_err()
    };
    refused("\"QuestionnaireResponse\"", "\"Questionnaire\"");
    refused("urn:careloom:triage:session", "urn:other");
    refused("\"age-days\"", "\"age\"");
    refused("\"sieve\",\"extension\"", "\"sift\",\"extension\"");
    let issue = refused("\"answer\":[", "\"answers\":[");
    assert_eq!(issue.expression.as_deref(), Some("QuestionnaireResponse.item[0].item[0]"));
    // An answer that was changed in the store ends in a call.
    let changed = text.replacen("\"code\":\"none\"", "\"code\":\"nobody\"", 1);
    let tree = Tree::parse(changed.as_bytes()).unwrap();
    let Step::Done(outcome) = library.next(&read_response(tree.root()).unwrap()) else { panic!() };
    assert_eq!(outcome.disposition.code, "CALL-111");
}

#[test]
fn what_is_handed_over() {
    let library = library();
    let (_, outcome) =
        answer(library, "sore-throat", person(360, Sex::Female), "throat-dribble=yes");
    let text = summary(&outcome);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Demonstrator questions: not clinically assured.");
    assert_eq!(lines[1], "Sore throat: Call 999 now (Dx010)");
    assert_eq!(lines[2], "Red flag: drooling: cannot swallow saliva");
    assert!(text.contains("- Is any of this happening now? None of these ["));
    assert!(text.contains("30 years, sex female"));

    let (_, outcome) = answer(
        library,
        "sore-throat",
        person(360, Sex::Female),
        "throat-fever=yes throat-pus=yes throat-days=unsure",
    );
    let text = summary(&outcome);
    assert!(text.contains("FeverPAIN: 3"), "{text}");
    assert!(text.contains("[not sure (counted as: 3 days or less)]"), "{text}");
    let codes: Vec<String> = facts(&outcome)
        .iter()
        .map(|fact| {
            let coding = &fact.get("coding").unwrap().items()[0];
            let text = |name: &str| coding.get(name).and_then(Element::as_str).unwrap().to_owned();
            format!("{}|{}", text("system"), text("code"))
        })
        .collect();
    assert_eq!(
        codes,
        [
            "https://fhir.nhs.uk/CodeSystem/pathways-dx-codes|Dx28",
            "urn:careloom:triage:symptom-group|demo-sore-throat",
            "urn:careloom:triage:symptom-discriminator|demo-sore-throat",
        ]
    );
    let (start, end) = window(&outcome, now()).unwrap();
    assert_eq!((start, end), (now(), "2026-11-24T10:00:00Z".parse().unwrap()));
    let (_, call) = answer(library, "fever-baby", person(1, Sex::Female), "");
    let coding = facts(&call)[0].get("coding").unwrap().items()[0].clone();
    assert_eq!(
        coding.get("system").and_then(Element::as_str),
        Some("urn:careloom:triage:disposition")
    );
}

fn full_service() -> Service {
    let mut service = Service::new("2000000001", "Mill Road Pharmacy", "pharmacy");
    service.dispositions = vec!["Dx28".into(), "CALL-111-MH".into()];
    service.symptoms =
        vec![("demo-rash".into(), None), ("demo-sore-throat".into(), Some("demo-strep".into()))];
    (service.age_days_min, service.age_days_max) = (365, 40_000);
    service.sexes = vec![Sex::Female, Sex::Unknown];
    service.opening = opening(
        "mon,tue 09:00-17:30; sat 22:00-06:00; sun 00:00-00:00; bank 10:00-12:00; 2026-12-24 09:00-12:00; 2026-12-25 closed; notice 2026-07-01T00:00 2026-07-03T00:00; notice 2026-07-06T12:00 2026-07-06T14:00",
    );
    service.place = Point::of(53.4084, -2.9916);
    service.address = "1 Mill Road, Liverpool, L1 8JQ".into();
    service.phone = Some("0151 496 0000".into());
    service.capacity = Capacity::Low;
    service.contacts = vec![Contact::Book, Contact::GoTo];
    service
}

#[test]
fn a_service_goes_there_and_back() {
    let types = ServiceTypes::embedded().unwrap();
    let always = Service {
        opening: opening("always; bank as-weekday"),
        place: None,
        address: String::new(),
        ..full_service()
    };
    for service in [full_service(), always, Service::new("1", "Bare", "dental")] {
        let (made, location) = write(&service, "s1", "l1", &london());
        let made = tree(&made);
        let location = location.as_ref().map(tree);
        let locations: Vec<_> = location.iter().map(Tree::root).collect();
        let (again, issues) = read(made.root(), &locations, &types, &london());
        assert!(issues.is_empty(), "{issues:#?}");
        assert_eq!(again.unwrap(), service);
    }
}

#[test]
fn what_cannot_be_read_of_a_service_narrows_it() {
    let types = ServiceTypes::embedded().unwrap();
    let read_json = |json: &str| {
        let tree = Tree::parse(json.as_bytes()).unwrap();
        read(tree.root(), &[], &types, &london())
    };
    assert!(read_json(r#"{"resourceType":"Location"}"#).0.is_none());
    let bare = r#"{"resourceType":"HealthcareService","id":"1","name":"A","type":[{"coding":[{"system":"x","code":"RO182"}]}]"#;
    let (service, issues) = read_json(&format!("{bare}}}"));
    assert!(issues.is_empty());
    let service = service.unwrap();
    assert_eq!((&*service.kind, service.opening.weekly.len()), ("pharmacy", 0));
    let extension = |url: &str, value: &str| {
        format!(r#"{bare},"extension":[{{"url":"urn:careloom:triage:{url}",{value}}}]}}"#)
    };
    let (service, issues) = read_json(&extension("capacity", r#""valueCode":"plenty""#));
    assert_eq!((service.unwrap().capacity, issues.len()), (Capacity::None, 1));
    let ages = r#""extension":[{"url":"from","valueString":"x"}]"#;
    let (service, issues) = read_json(&extension("age-days", ages));
    let service = service.unwrap();
    assert!(service.age_days_min > service.age_days_max && issues.len() == 1);
    for (member, count) in [
        (
            r#""availableTime":[{"daysOfWeek":["mon"],"availableStartTime":"25:00:00","availableEndTime":"26:00:00"}]"#,
            1,
        ),
        (r#""availableTime":[{"daysOfWeek":["moon"],"allDay":true}]"#, 1),
        (r#""availableTime":[{"daysOfWeek":["mon"],"availableStartTime":"09:00:00"}]"#, 1),
        (r#""location":[{"reference":"Location/2"}]"#, 1),
        (r#""active":false"#, 0),
    ] {
        let (service, issues) = read_json(&format!("{bare},{member}}}"));
        assert_eq!(issues.len(), count, "{member}: {issues:?}");
        assert!(service.unwrap().opening.weekly.is_empty());
    }
    // A notice without readable dates closes for good.
    let notice = r#""notAvailable":[{"description":"Flood","during":{"start":"yesterday"}}]"#;
    let (service, issues) = read_json(&format!("{bare},{notice}}}"));
    assert_eq!(issues.len(), 1);
    assert!(service.unwrap().opening.notice_at(now(), &london()).is_some());
}

proptest! {
    #[test]
    fn no_service_makes_it_panic(text in "\\PC{0,20}", number in any::<i64>()) {
        let types = ServiceTypes::embedded().unwrap();
        let quoted = String::from_utf8(Element::string(text).to_compact()).unwrap();
        let json = format!(r#"{{"resourceType":"HealthcareService","id":{quoted},"name":{quoted},"type":{quoted},"characteristic":[{number}],"extension":[{{"url":"urn:careloom:triage:age-days","extension":[{{"url":"to","valueInteger":{number}}}]}},{{"url":"urn:careloom:triage:date","extension":[{{"url":"date","valueDate":{quoted}}}]}}],"availableTime":[{{"daysOfWeek":{quoted},"availableStartTime":{quoted},"availableEndTime":{number}}}],"notAvailable":[{{"during":{{"start":{quoted},"end":{number}}}}}],"location":{quoted}}}"#);
        if let Ok(tree) = Tree::parse(json.as_bytes()) {
            let (service, _) = read(tree.root(), &[tree.root()], &types, &london());
            prop_assert!(service.is_some());
        }
    }
}
