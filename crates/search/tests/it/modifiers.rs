//! Modifiers, composites and places, and the trees that they mean.

use search::{DefinedTerminology, Terminology};

use crate::definitions;
use crate::query::check;

#[test]
fn words_of_tokens_and_references() {
    check(&[
        (
            "Observation",
            "code:text=Body Weight",
            "code has a text that begins with \"body weight\"",
        ),
        ("Patient", "identifier:text=MRN", "identifier has a text that begins with \"mrn\""),
        ("Observation", "subject:text=Ann", "subject has a text that begins with \"ann\""),
        (
            "Observation",
            "code:text=a,b",
            "or /   code has a text that begins with \"a\" /   code has a text that begins with \"b\"",
        ),
    ]);
}

#[test]
fn codes_of_value_sets_and_trees() {
    check(&[
        (
            "Patient",
            "gender:in=http://hl7.org/fhir/ValueSet/administrative-gender",
            "gender is one of 4 codes of 1 systems",
        ),
        (
            "Patient",
            "gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1",
            "not /   gender is one of 4 codes of 1 systems",
        ),
        (
            "Observation",
            "status:below=http://hl7.org/fhir/observation-status|amended",
            "status is one of 2 codes of 1 systems",
        ),
        (
            "Observation",
            "status:above=http://hl7.org/fhir/observation-status|corrected",
            "status is one of 2 codes of 1 systems",
        ),
    ]);
}

#[test]
fn hierarchies_of_resources() {
    check(&[
        ("Encounter", "location:below=Location/1", "location is Location/1 or below it"),
        ("Encounter", "location:above=1", "location is Location/1 or above it"),
        (
            "Patient",
            "organization:below=http://own.test/fhir/Organization/o",
            "organization is Organization/o or below it",
        ),
        (
            "QuestionnaireResponse",
            "questionnaire:below=http://x.test/q",
            "questionnaire is http://x.test/q",
        ),
    ]);
}

#[test]
fn identifiers() {
    check(&[
        (
            "Patient",
            "identifier:of-type=http://terminology.hl7.org/CodeSystem/v2-0203|MR|446053",
            "identifier is 446053 of type MR of http://terminology.hl7.org/CodeSystem/v2-0203",
        ),
        (
            "Observation",
            "subject:identifier=http://x|1",
            "subject refers by an identifier that is 1 of http://x",
        ),
        ("Observation", "subject:identifier=1", "subject refers by an identifier that is 1"),
    ]);
}

#[test]
fn composites() {
    check(&[
        (
            "Observation",
            "code-value-quantity=http://loinc.org|8480-6$gt130",
            "code-value-quantity has one value that is 8480-6 of http://loinc.org and goes on after 130",
        ),
        (
            "Observation",
            r"code-value-string=a\$b$c\,d",
            "code-value-string has one value that is a$b and begins with \"c d\"",
        ),
        (
            "Observation",
            "component-code-value-quantity=x$1,y$2",
            "or /   component-code-value-quantity has one value that is x and within 0.5 to \
             1.4999999999999998 /   component-code-value-quantity has one value that is y and within \
             1.5 to 2.4999999999999996",
        ),
        (
            "DocumentReference",
            "relationship=replaces$DocumentReference/1",
            "relationship has one value that is replaces and is DocumentReference/1",
        ),
        (
            "MolecularSequence",
            "chromosome-variant-coordinate=1$ge100$le200",
            "chromosome-variant-coordinate has one value that is 1 and goes on after or within 100 and \
             begins before or within 200",
        ),
        (
            "Observation",
            "code-value-date=x$2020-01-01",
            "code-value-date has one value that is x and within 2020-01-01T00:00:00.000Z to \
             2020-01-01T23:59:59.999Z",
        ),
    ]);
}

#[test]
fn places() {
    check(&[
        ("Location", "near=52.4|-1.5", "near is within 10000 m of 52.4, -1.5"),
        ("Location", "near=52.4|-1.5|2", "near is within 2000 m of 52.4, -1.5"),
        ("Location", "near=52.4|-1.5|2|km", "near is within 2000 m of 52.4, -1.5"),
        ("Location", "near=52.4|-1.5|250|m", "near is within 250 m of 52.4, -1.5"),
        ("Location", "near=52.4|-1.5|1|[mi_i]", "near is within 1609.344 m of 52.4, -1.5"),
        ("Location", "near=-90|180|1|dm", "near is within 0.1 m of -90, 180"),
        ("Location", "near=52.4|-1.5||km", "near is within 10000 m of 52.4, -1.5"),
    ]);
}

#[test]
fn quantities_in_canonical_units() {
    check(&[
        (
            "Observation",
            "value-quantity=gt5.4|http://unitsofmeasure.org|mg",
            "value-quantity goes on after 5.4 mg of http://unitsofmeasure.org, or goes on after 0.0054 g",
        ),
        (
            "Observation",
            "value-quantity=5.4|http://unitsofmeasure.org|mg",
            "value-quantity within 5.35 to 5.449999999999999 mg of http://unitsofmeasure.org, or \
             within 0.00535 to 0.005449999999999999 g",
        ),
        (
            "Observation",
            "value-quantity=lt38|http://unitsofmeasure.org|Cel",
            "value-quantity begins before 38 Cel of http://unitsofmeasure.org, or begins before \
             311.15 K",
        ),
        (
            "Observation",
            "value-quantity=lt1|http://unitsofmeasure.org|nounit",
            "value-quantity begins before 1 nounit of http://unitsofmeasure.org",
        ),
        ("Observation", "value-quantity=lt1||mg", "value-quantity begins before 1 mg"),
    ]);
}

#[test]
fn lists_and_questions_of_the_whole() {
    check(&[
        ("Patient", "_list=42", "item of List refers here where /   _id is 42"),
        ("Patient", "_list=List/42", "item of List refers here where /   _id is 42"),
        (
            "Observation",
            "subject:Patient._list=42",
            "subject refers to Patient where /   item of List refers here where /     _id is 42",
        ),
        (
            "Patient",
            "_has:Observation:patient:_has:AuditEvent:entity:agent:Practitioner._id=x",
            "patient of Observation refers here where /   entity of AuditEvent refers here where \
             /     agent refers to Practitioner where /       _id is x",
        ),
    ]);
}

/// Every value set is enumerated or refused with a reason that says what to do.
#[test]
fn every_value_set_is_worked_out_or_told_why_not() {
    let terminology = DefinedTerminology::new(definitions());
    let (mut known, mut refused) = (0, 0);
    for set in definitions().value_sets() {
        match terminology.value_set(set.url) {
            Ok(codes) => {
                assert!(codes.systems.is_sorted(), "{}", set.url);
                assert!(codes.systems.iter().all(|(_, codes)| codes.is_sorted()), "{}", set.url);
                known += 1;
            }
            Err(error) => {
                let text = error.to_string();
                assert!(text.starts_with(|c: char| c.is_lowercase()), "{}: {text}", set.url);
                refused += 1;
            }
        }
    }
    println!("{known} value sets enumerated, {refused} refused");
    assert!(known > 1_000, "{known} known, {refused} refused");
}
