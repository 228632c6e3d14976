//! Bundles of the GP feed: ids, references, traces, what is left out.

use fhir::{Severity, Tree};
use mapping::{FeedProfile, Mapped, Mappings, fold, resource_id};

use crate::json;

fn map(text: &str) -> Mapped {
    let tree = Tree::parse(text.as_bytes()).unwrap();
    mapping::map_bundle(Mappings::embedded(), &FeedProfile::new("gp"), &tree)
}

const BUNDLE: &str = r#"{"resourceType":"Bundle","type":"transaction","timestamp":"2025-03-02T09:14:00+00:00",
 "identifier":{"system":"https://gp.example/Id/bundle","value":"b-1"},"entry":[
 {"fullUrl":"urn:uuid:11111111-1111-4111-8111-111111111111","resource":{"resourceType":"Patient",
  "meta":{"versionId":"4","lastUpdated":"2025-01-01T00:00:00Z","profile":["https://fhir.hl7.org.uk/StructureDefinition/UKCore-Patient"]},
  "identifier":[{"system":"https://gp.example/Id/patient","value":"P1"}],"name":[{"family":"Sh\u0061h"}]},
  "request":{"method":"PUT","url":"Patient?identifier=https%3A%2F%2Fgp.example%2FId%2Fpatient%7CP1"}},
 {"fullUrl":"urn:uuid:22222222-2222-4222-8222-222222222222","resource":{"resourceType":"Observation","status":"final",
  "code":{"text":"Weight"},"subject":{"reference":"urn:uuid:11111111-1111-4111-8111-111111111111"},
  "encounter":{"reference":"Encounter?identifier=https://gp.example/Id/encounter|E1"},
  "performer":[{"reference":"Practitioner/77"},{"reference":"https://other.example/fhir/Practitioner/1"},{"reference":"urn:uuid:33333333-3333-4333-8333-333333333333"}],
  "valueQuantity":{"value":80.10,"unit":"kg"}},
  "request":{"method":"POST","url":"Observation","ifNoneExist":"identifier=https://gp.example/Id/observation|O1"}},
 {"request":{"method":"DELETE","url":"Condition?identifier=https://gp.example/Id/condition|C1"}},
 {"resource":{"resourceType":"Patent","id":"x"}},
 {"resource":{"resourceType":"Flag","status":"active","code":{"text":"x"}}}]}"#;

#[test]
fn ids_and_references_come_from_the_sources_keys() {
    let mapped = map(BUNDLE);
    assert_eq!((mapped.subject.as_str(), mapped.control_id.as_str()), ("P1", "b-1"));
    assert_eq!(mapped.event_time, Some(1_740_906_840_000_000));
    let id = |kind: &str, key: &str| format!("{kind}/{}", resource_id("gp", kind, key));
    let patient = id("Patient", "https://gp.example/Id/patient|P1");
    let [person, observation, deleted] = mapped.contributions.as_slice() else { panic!() };
    assert_eq!(format!("Patient/{}", person.id), patient);
    let text = json(&observation.element);
    for reference in [
        patient,
        id("Encounter", "https://gp.example/Id/encounter|E1"),
        id("Practitioner", "id|77"),
        "https://other.example/fhir/Practitioner/1".to_owned(),
        "urn:uuid:33333333-3333-4333-8333-333333333333".to_owned(),
    ] {
        assert!(text.contains(&format!(r#""reference":"{reference}""#)), "{reference}: {text}");
    }
    // Digits stay, the source's version does not.
    assert!(text.contains(r#""value":80.10"#));
    assert!(json(&person.element).contains(r#""meta":{"source":"urn:careloom:feed:gp","profile""#));
    assert!(!json(&person.element).contains("versionId"));
    assert!(deleted.fold.deleted && fold(None, deleted, 1).is_none());
    assert_eq!(deleted.id, resource_id("gp", "Condition", "https://gp.example/Id/condition|C1"));
}

#[test]
fn traces_are_json_paths_with_the_bytes_of_the_value() {
    let mapped = map(BUNDLE);
    let family =
        mapped.contributions[0].traces.iter().find(|t| t.path == "name[0].family").unwrap();
    assert_eq!(family.locator, "entry[0].resource.name[0].family");
    assert_eq!(&BUNDLE[family.start as usize..family.end as usize], r#""Sh\u0061h""#);
    let subject =
        mapped.contributions[1].traces.iter().find(|t| t.path == "subject.reference").unwrap();
    assert_eq!(&*subject.rule, "bundle@1#reference");
}

#[test]
fn what_is_not_taken_is_said() {
    let mapped = map(BUNDLE);
    let places: Vec<_> =
        mapped.issues.iter().filter_map(|issue| issue.expression.as_deref()).collect();
    assert!(places.contains(&"entry[3].resource"), "{places:?}");
    assert!(places.contains(&"entry[4].resource"), "{places:?}");
    assert!(places.iter().any(|p| p.contains("performer[2].reference")), "{places:?}");
    assert!(!mapped.is_set_aside());
    assert_eq!(mapped.unread.len(), 2);
}

#[test]
fn a_conditional_create_keeps_what_is_there_and_an_update_replaces_it() {
    let first = map(BUNDLE);
    let changed = map(&BUNDLE.replace("80.10", "99").replace(r"Sh\u0061h", "Patel"));
    let folded = |index: usize| {
        let (element, traces) = fold(None, &first.contributions[index], 1).unwrap();
        fold(Some((&element, &traces)), &changed.contributions[index], 2).unwrap()
    };
    let (person, traces) = folded(0);
    assert!(json(&person).contains("Patel"));
    assert!(traces.iter().any(|s| s.item == 2 && s.trace.path == "name[0].family"));
    assert!(traces.iter().all(|s| s.item == 1 || s.trace.path.starts_with("name")));
    let (observation, traces) = folded(1);
    assert!(json(&observation).contains("80.10"));
    assert!(traces.iter().all(|s| s.item == 1));
}

#[test]
fn what_is_no_bundle() {
    let cases = [
        (r#"{"a":1}"#, Some(Severity::Error)),
        (r#"{"resourceType":"Bundle","type":"history"}"#, Some(Severity::Error)),
        (
            r#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":{"id":"1"}}]}"#,
            Some(Severity::Error),
        ),
        (r#"{"resourceType":"Bundle","type":"collection","entry":[{}]}"#, Some(Severity::Warning)),
        (r#"{"resourceType":"Bundle","type":"collection"}"#, None),
        (r#"{"resourceType":"Patient","id":"p1"}"#, None),
    ];
    for (text, severity) in cases {
        let mapped = map(text);
        assert_eq!(mapped.issues.first().map(|issue| issue.severity), severity, "{text}");
    }
    assert_eq!(map(r#"{"resourceType":"Patient","id":"p1"}"#).subject, "p1");
}

#[test]
fn all_synthea_bundles_keep_every_value() {
    let Some(data) = crate::shared_data() else { return };
    let mut files: Vec<_> = std::fs::read_dir(data.join("synthea"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    files.sort();
    for file in files.iter().step_by(60) {
        let tree = Tree::parse(&std::fs::read(file).unwrap()).unwrap();
        let mapped = mapping::map_bundle(Mappings::embedded(), &FeedProfile::new("gp"), &tree);
        assert!(!mapped.is_set_aside(), "{}: {:?}", file.display(), mapped.issues);
        let entries = tree.root().all("entry").count();
        assert_eq!(mapped.contributions.len() + mapped.unread.len(), entries);
    }
}

/// A source sends no agreements, trails and requests of this server's own kind.
#[test]
fn what_only_this_server_makes_is_not_taken() {
    let ours = r#""coding":[{"system":"urn:careloom:consent","code":"proxy"}]"#;
    let other = r#""coding":[{"system":"http://loinc.org","code":"59284-0"}]"#;
    for (resource, is_taken) in [
        (r#"{"resourceType":"AuditEvent","id":"x"}"#.to_owned(), false),
        (format!(r#"{{"resourceType":"Consent","id":"x","category":[{{{ours}}}]}}"#), false),
        (
            format!(r#"{{"resourceType":"Consent","id":"x","category":[{{{other}}},{{{ours}}}]}}"#),
            false,
        ),
        (format!(r#"{{"resourceType":"Consent","id":"x","category":[{{{other}}}]}}"#), true),
        (r#"{"resourceType":"Consent","id":"x"}"#.to_owned(), true),
        (format!(r#"{{"resourceType":"Task","id":"x","code":{{{ours}}}}}"#), false),
        (format!(r#"{{"resourceType":"Task","id":"x","code":{{{other}}}}}"#), true),
        (r#"{"resourceType":"Task","id":"x"}"#.to_owned(), true),
    ] {
        let text = format!(
            r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"resource":{resource}}}]}}"#
        );
        let tree = fhir::Tree::parse(text.as_bytes()).unwrap();
        let mapped = mapping::map_bundle(
            mapping::Mappings::embedded(),
            &mapping::FeedProfile::new("lvp-gp"),
            &tree,
        );
        assert_eq!(mapped.contributions.len(), usize::from(is_taken), "{resource}");
        assert_eq!(mapped.unread.len(), usize::from(!is_taken), "{resource}");
        let said =
            mapped.issues.iter().any(|issue| issue.message.contains("only this server makes"));
        assert_eq!(said, !is_taken, "{resource}: {:?}", mapped.issues);
    }
}
