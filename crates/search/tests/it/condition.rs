//! `_filter` and the trees that it means.

use crate::query::{check, tree};

#[test]
fn operators_of_each_kind() {
    check(&[
        ("Patient", r#"_filter=given eq "Peter""#, "given equals \"peter\""),
        ("Patient", "_filter=given sw pet", "given begins with \"pet\""),
        ("Patient", "_filter=given co ete", "given contains \"ete\""),
        ("Patient", "_filter=given ew er", "given ends with \"er\""),
        (
            "Patient",
            "_filter=given ne peter",
            "and /   not /     given is missing /   not /     given equals \"peter\"",
        ),
        (
            "Patient",
            "_filter=birthdate gt 2014-10-10",
            "birthdate goes on after 2014-10-10T23:59:59.999Z",
        ),
        (
            "Patient",
            "_filter=birthdate po 2014-10-10",
            "birthdate touches 2014-10-10T00:00:00.000Z to 2014-10-10T23:59:59.999Z",
        ),
        ("Patient", "_filter=birthdate pr false", "birthdate is missing"),
        ("Patient", "_filter=birthdate pr true", "not /   birthdate is missing"),
        ("Patient", "_filter=_id pr true", "all"),
        ("Patient", "_filter=_id eq a", "_id is a"),
        ("Patient", "_filter=_id ne a", "not /   _id is a"),
        (
            "Patient",
            "_filter=_lastUpdated ge 2020-01-01T00:00:00Z",
            "_lastUpdated goes on after or within 2020-01-01T00:00:00.000Z to \
             2020-01-01T00:00:00.999Z",
        ),
        (
            "Observation",
            "_filter=code eq http://loinc.org|1234-5",
            "code is 1234-5 of http://loinc.org",
        ),
        (
            "Patient",
            "_filter=gender in http://hl7.org/fhir/ValueSet/administrative-gender",
            "gender is one of 4 codes of 1 systems",
        ),
        (
            "Patient",
            "_filter=gender ni http://hl7.org/fhir/ValueSet/administrative-gender",
            "not /   gender is one of 4 codes of 1 systems",
        ),
        (
            "Observation",
            "_filter=status ss http://hl7.org/fhir/observation-status|amended",
            "status is one of 2 codes of 1 systems",
        ),
        ("RiskAssessment", "_filter=probability ap 100", "probability touches 90 to 110"),
        ("Observation", "_filter=value-quantity lt 5||mg", "value-quantity begins before 5 mg"),
        ("Observation", "_filter=subject re Patient/1", "subject is Patient/1"),
        ("ValueSet", "_filter=url ss http://x/y", "url is http://x/y or below"),
        ("ValueSet", "_filter=url sb http://x/y", "url is http://x/y or above"),
        ("Patient", "_filter=_list eq 42", "item of List refers here where /   _id is 42"),
        ("Patient", r#"_filter=_content co "a b""#, "any text has (\"a\" and \"b\")"),
        (
            "Observation",
            "_filter=code-value-quantity eq x$gt1",
            "code-value-quantity has one value that is x and goes on after 1",
        ),
    ]);
}

#[test]
fn logic_goes_from_left_to_right() {
    let abc = "or /   and /     given begins with \"a\" /     given begins with \"b\" /   given \
               begins with \"c\"";
    check(&[
        ("Patient", "_filter=given sw a and given sw b or given sw c", abc),
        ("Patient", "_filter=(given sw a and given sw b) or given sw c", abc),
        (
            "Patient",
            "_filter=given sw c or given sw a and given sw b",
            "and /   or /     given begins with \"c\" /     given begins with \"a\" /   given begins \
             with \"b\"",
        ),
        (
            "Patient",
            "_filter=not (gender eq male) and not(given sw b)",
            "and /   not /     gender is male /   not /     given begins with \"b\"",
        ),
        ("Patient", "_filter=  ( ( gender eq male ) )  ", "gender is male"),
        (
            "Patient",
            "_filter=gender eq male&_filter=given sw b",
            "and /   gender is male /   given begins with \"b\"",
        ),
    ]);
}

#[test]
fn paths() {
    let chained = tree("Observation", "subject:Patient.name=x");
    assert_eq!(tree("Observation", "_filter=subject:Patient.name sw x"), chained);
    assert_eq!(
        tree("Observation", "_filter=subject.name sw x"),
        tree("Observation", "subject.name=x")
    );
    assert_eq!(
        tree("Patient", "_filter=_has:Observation:patient.code eq 1"),
        tree("Patient", "_has:Observation:patient:code=1")
    );
    check(&[
        (
            "Observation",
            "_filter=subject:Patient[gender eq male and active eq true].name sw x",
            "subject refers to Patient where /   and /     gender is male /     active is true \
             /     name begins with \"x\"",
        ),
        (
            "Patient",
            "_filter=_has:Observation:patient[code eq 1].value-quantity gt 5",
            "patient of Observation refers here where /   and /     code is 1 /     value-quantity \
             goes on after 5",
        ),
        (
            "Observation",
            "_filter=encounter.service-provider.name sw x",
            "encounter refers to Encounter where /   service-provider refers to Organization where \
             /     name begins with \"x\"",
        ),
    ]);
}

#[test]
fn texts_in_quotes() {
    check(&[
        ("Patient", r#"_filter=family eq "O\"Brien (née ] x)""#, "family equals \"o brien nee x\""),
        ("Patient", r#"_filter=family eq "\u00e9t\u00e9""#, "family equals \"ete\""),
        ("Patient", r#"_filter=family sw "a,b""#, "family begins with \"a b\""),
        ("Patient", r#"_filter=(family sw "a")"#, "family begins with \"a\""),
    ]);
}
