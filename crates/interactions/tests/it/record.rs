//! The joined record: what each kind of resource says, and whose it is.

use interactions::Category;
use interactions::record::{Area, Detail, Entry, PeopleQuery, RecordScope};

use crate::fixture::{Fixture, id};

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","name":[{"family":"Llewellyn-Price","given":["Siân"]}],"birthDate":"1946-09"}"#;

/// The one entry that a resource makes for the Patient `p`.
async fn entry_of(resource: &str) -> Entry {
    let fixture = Fixture::with(&[PATIENT, resource]).await;
    let record = fixture.record("p").await;
    assert_eq!(record.entries.len(), 1, "{resource}");
    record.entries.into_iter().next().expect("an entry")
}

#[tokio::test]
async fn results_as_they_were_sent() {
    let observation = |value: &str| {
        format!(
            r#"{{"resourceType":"Observation","id":"o","status":"final","code":{{"text":"T"}},"subject":{{"reference":"Patient/p"}},{value}}}"#
        )
    };
    let amount = |value: &str, number: Option<f64>, unit: &str| {
        (Some(value.to_owned()), number, unit.to_owned())
    };
    let cases = [
        (r#""valueQuantity":{"value":6.20,"unit":"mmol/L"}"#, amount("6.20", Some(6.2), "mmol/L")),
        (r#""valueQuantity":{"value":90,"comparator":">","code":"1"}"#, amount("> 90", None, "")),
        (
            r#""valueCodeableConcept":{"coding":[{"code":"x","display":"Not isolated"}]}"#,
            amount("Not isolated", None, ""),
        ),
        (r#""valueString":"clotted""#, amount("clotted", None, "")),
        (r#""valueInteger":3"#, amount("3", Some(3.0), "")),
        (r#""dataAbsentReason":{"text":"Sample lost"}"#, amount("Sample lost", None, "")),
        (
            r#""component":[{"code":{"text":"Systolic"},"valueQuantity":{"value":142,"unit":"mm[Hg]"}},{"code":{"text":"Diastolic"},"valueQuantity":{"value":88,"unit":"mm[Hg]"}}]"#,
            amount("142/88", None, "mmHg"),
        ),
        (
            r#""component":[{"code":{"text":"Rate"},"valueQuantity":{"value":16,"unit":"/min"}},{"code":{"text":"Rhythm"},"valueString":"regular"}]"#,
            amount("Rate 16 /min; Rhythm regular", None, ""),
        ),
        (r#""issued":"2025-01-01T00:00:00Z""#, (None, None, String::new())),
    ];
    for (json, expected) in cases {
        let json = observation(json);
        let entry = entry_of(&json).await;
        let Detail::Result(measured) = entry.detail else { panic!("a result") };
        let value = measured.value.map(|value| value.text);
        assert_eq!((value, measured.number, measured.unit), expected, "{json}");
    }
}

#[tokio::test]
async fn allergies_that_hold_and_that_do_not() {
    let allergy = |more: &str| {
        format!(
            r#"{{"resourceType":"AllergyIntolerance","id":"a","patient":{{"reference":"Patient/p"}},{more}}}"#
        )
    };
    let status =
        |name: &str, code: &str| format!(r#""{name}Status":{{"coding":[{{"code":"{code}"}}]}}"#);
    let code = r#""code":{"coding":[{"system":"http://snomed.info/sct","code":"91936005","display":"Penicillin"}]}"#;
    let none = r#""code":{"coding":[{"system":"http://snomed.info/sct","code":"716186003"}]}"#;
    let cases = [
        (format!("{code},{}", status("clinical", "active")), (false, true)),
        (code.to_owned(), (false, true)),
        (format!("{code},{}", status("clinical", "resolved")), (false, false)),
        (format!("{code},{}", status("verification", "refuted")), (false, false)),
        (format!("{code},{}", status("verification", "entered-in-error")), (false, false)),
        (none.to_owned(), (true, true)),
        (format!("{none},{}", status("verification", "refuted")), (true, false)),
    ];
    for (json, expected) in cases {
        let entry = entry_of(&allergy(&json)).await;
        let Detail::Allergy { none_known, holds, .. } = entry.detail else { panic!("an allergy") };
        assert_eq!((none_known, holds), expected, "{json}");
    }
}

#[tokio::test]
async fn doses_from_text_and_from_structure() {
    let request = |dosage: &str| {
        format!(
            r#"{{"resourceType":"MedicationRequest","id":"m","status":"active","intent":"order","medicationCodeableConcept":{{"text":"Metformin"}},"subject":{{"reference":"Patient/p"}},"dosageInstruction":[{dosage}]}}"#
        )
    };
    let cases = [
        (r#"{"text":"ONE twice a day"}"#, Some("ONE twice a day")),
        (r#"{"text":"ONE now"},{"text":"then TWO"}"#, Some("ONE now; then TWO")),
        (
            r#"{"doseAndRate":[{"doseQuantity":{"value":2,"unit":"tablet"}}],"timing":{"repeat":{"frequency":3,"period":1,"periodUnit":"d"}}}"#,
            Some("2 tablets 3 times a day"),
        ),
        (r#"{"asNeededBoolean":true}"#, Some("As needed")),
    ];
    for (json, expected) in cases {
        let entry = entry_of(&request(json)).await;
        let Detail::Medicine { dose, current } = entry.detail else { panic!("a medicine") };
        assert_eq!((dose.map(|dose| dose.text).as_deref(), current), (expected, true), "{json}");
    }
}

#[tokio::test]
async fn systems_stay_apart_under_one_person() {
    let fixture = Fixture::with(&[
        r#"{"resourceType":"Patient","id":"old","active":false,"meta":{"source":"urn:careloom:feed:a-hospital"},"name":[{"family":"Wrong"}],"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990010005"}]}"#,
        r#"{"resourceType":"Patient","id":"h","meta":{"source":"urn:careloom:feed:a-hospital"},"name":[{"use":"maiden","family":"Bebb"},{"use":"official","family":"Shah","given":["Amina","Noor"]}],"birthDate":"1958-02-14"}"#,
        r#"{"resourceType":"Patient","id":"g","meta":{"source":"urn:careloom:feed:a-gp"},"name":[{"family":"Shah"}],"gender":"female","generalPractitioner":[{"reference":"Organization/z"}]}"#,
        r#"{"resourceType":"Organization","id":"z","name":"Lime Tree Surgery"}"#,
        r#"{"resourceType":"Location","id":"w","name":"Ward 9Y, bay 1"}"#,
        r#"{"resourceType":"Person","id":"amina","link":[{"target":{"reference":"Patient/old"}},{"target":{"reference":"Patient/h"}},{"target":{"reference":"Patient/g"}}]}"#,
        r#"{"resourceType":"Encounter","id":"e","meta":{"source":"urn:careloom:feed:a-hospital"},"status":"in-progress","class":{"code":"IMP"},"subject":{"reference":"Patient/h"},"period":{"start":"2025-11-01T10:00:00Z"},"location":[{"location":{"reference":"Location/w"},"period":{"start":"2025-11-02T10:00:00Z"}},{"location":{"display":"AMU"},"status":"completed","period":{"start":"2025-11-01T10:00:00Z","end":"2025-11-02T10:00:00Z"}}]}"#,
        r#"{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/g"},"code":{"text":"Diabetes"},"onsetDateTime":"2011"}"#,
        r#"{"resourceType":"Condition","id":"other","subject":{"reference":"Patient/nobody"},"code":{"text":"Somebody else's"}}"#,
    ])
    .await;
    let record = fixture.record("amina").await;
    // The retired record gives no name, though it alone has the number.
    assert_eq!(record.face.name.family.as_deref(), Some("Shah"));
    assert_eq!(record.face.name.given.as_deref(), Some("Amina Noor"));
    assert_eq!(
        record.face.practice.as_ref().map(|p| p.said.text.as_str()),
        Some("Lime Tree Surgery")
    );
    assert_eq!(record.face.nhs_number.as_ref().map(|n| n.key.id.as_str()), Some("old"));
    assert_eq!(record.identities.len(), 3);
    let titles: Vec<&str> = record.entries.iter().map(|entry| entry.title.text.as_str()).collect();
    assert_eq!(titles, ["Inpatient stay", "Diabetes"]);
    let stay = record.of(Area::Encounters).next().expect("a stay");
    assert_eq!(&*stay.source.feed, "a-hospital");
    let Detail::Encounter(places) = &stay.detail else { panic!("a stay") };
    let places: Vec<_> = places.iter().map(|p| (p.name.text.as_str(), p.current)).collect();
    assert_eq!(places, [("AMU", false), ("Ward 9Y, bay 1", true)]);
    let problem = record.of(Area::Problems).next().expect("a problem");
    assert_eq!(problem.when.as_ref().map(|when| when.text.as_str()), Some("2011"));
    let banner = fixture.app.record(&id("amina"), RecordScope::Banner).await.expect("a banner");
    assert_eq!((banner.entries.len(), banner.face), (0, record.face));
}

#[tokio::test]
async fn reports_hold_their_results_and_answer_their_orders() {
    let fixture = Fixture::with(&[
        PATIENT,
        r#"{"resourceType":"ServiceRequest","id":"s","status":"active","intent":"order","code":{"text":"U&E"},"subject":{"reference":"Patient/p"}}"#,
        r#"{"resourceType":"ServiceRequest","id":"care","status":"active","intent":"plan","code":{"text":"Home care"},"subject":{"reference":"Patient/p"}}"#,
        r#"{"resourceType":"Observation","id":"o","status":"final","code":{"text":"Sodium"},"valueQuantity":{"value":139},"subject":{"reference":"Patient/p"}}"#,
        r#"{"resourceType":"DiagnosticReport","id":"r","status":"final","code":{"text":"U&E"},"basedOn":[{"reference":"ServiceRequest/s"}],"subject":{"reference":"Patient/p"},"result":[{"reference":"Observation/o"}]}"#,
    ])
    .await;
    let record = fixture.record("p").await;
    let find = |id: &str| record.entries.iter().find(|entry| entry.source.key.id.as_str() == id);
    assert!(find("o").expect("the result").grouped);
    assert!(!find("r").expect("the report").grouped);
    assert!(find("s").is_none());
    assert_eq!(find("care").expect("the service").area(), Area::SocialCare);
}

#[tokio::test]
async fn records_that_are_not_there() {
    let fixture = Fixture::with(&[
        PATIENT,
        r#"{"resourceType":"Person","id":"empty","link":[{"target":{"reference":"Patient/gone"}}]}"#,
    ])
    .await;
    assert_eq!(fixture.refused("nobody").await, Category::NotFound);
    assert_eq!(fixture.refused("empty").await, Category::Gone);
    // A Patient that nothing links yet is a record of its own, with the date as it was given.
    let alone = fixture.record("p").await;
    assert_eq!(alone.face.born.map(|(_, born)| born.text).as_deref(), Some("1946-09"));
}

#[tokio::test]
async fn people_are_found_however_they_are_typed() {
    let fixture = Fixture::with(&[
        r#"{"resourceType":"Patient","id":"a","name":[{"family":"Llewellyn-Price","given":["Siân","Eluned"]}],"birthDate":"1946-09-27","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990050007"},{"system":"urn:x","value":"9990010005"}]}"#,
        r#"{"resourceType":"Patient","id":"b","name":[{"family":"O, Brien|x"}],"birthDate":"1946-09-27"}"#,
    ])
    .await;
    let named = |family: &str, given: &str, born: &str| PeopleQuery::NameAndBirth {
        family: family.into(),
        given: given.into(),
        born: born.into(),
    };
    let cases = [
        (PeopleQuery::NhsNumber("9990050007".into()), vec!["a"]),
        (PeopleQuery::NhsNumber("9990010005".into()), vec![]),
        (named("LLEWELLYN", "sian", "1946-09-27"), vec!["a"]),
        (named("llewellyn-price", "", "1946-09-27"), vec!["a"]),
        (named("Llewellyn", "", "1946-09-28"), vec![]),
        (named("o, brien|", "", "1946-09-27"), vec!["b"]),
        (named("$,\\|", "", "1946-09-27"), vec![]),
    ];
    for (query, expected) in cases {
        let found = fixture.app.find_people(&query).await.expect("an answer");
        let ids: Vec<&str> = found.people.iter().map(|person| person.id.as_str()).collect();
        assert_eq!((ids, found.total), (expected.clone(), expected.len()), "{query:?}");
    }
}
