//! One value against one value asked for, kind by kind.
//! Spec: <https://hl7.org/fhir/R4/search.html#ptypes>.

use judge::{Modifier, Operand, Prefix, System, Token, Unit};

use crate::{criterion, found, world};

/// Whether a resource of the type with these members is found.
fn is_found(
    type_name: &str,
    members: &str,
    code: &str,
    modifier: Modifier,
    wanted: Operand,
) -> bool {
    let text = format!(r#"{{"resourceType":"{type_name}","id":"1",{members}}}"#);
    !found(&world(&[&text]), type_name, vec![criterion(vec![], code, modifier, vec![wanted])])
        .is_empty()
}

#[test]
fn numbers() {
    use Prefix as P;
    let cases = [
        ("100", P::None, "100", true),
        ("99.5", P::Eq, "100", true),
        ("99.4999", P::Eq, "100", false),
        ("100.5", P::Eq, "100", false),
        ("99.995", P::Eq, "100.00", true),
        ("100.005", P::Eq, "100.00", false),
        ("95", P::Eq, "1.0e2", true),
        ("95", P::Eq, "1e2", true),
        ("105", P::Eq, "1e2", false),
        ("105", P::Eq, "1.0e2", false),
        ("100.4", P::Ne, "100", false),
        ("100.5", P::Ne, "100", true),
        ("100", P::Lt, "100", false),
        ("99.9", P::Lt, "100", true),
        ("100", P::Le, "100", true),
        ("100.1", P::Le, "100", false),
        ("100.1", P::Gt, "100", true),
        ("100", P::Ge, "100", true),
        ("90", P::Ap, "100", true),
        ("89.9", P::Ap, "100", false),
        ("110", P::Ap, "100", true),
        ("0.000000001", P::Gt, "0", true),
        ("-1", P::Lt, "-0.5", true),
    ];
    for (stored, prefix, digits, expected) in cases {
        let members = format!(r#""prediction":[{{"probabilityDecimal":{stored}}}]"#);
        let wanted = Operand::Number(prefix, digits.to_owned());
        let got = is_found("RiskAssessment", &members, "probability", Modifier::None, wanted);
        assert_eq!(got, expected, "{stored} {prefix:?} {digits}");
    }
}

#[test]
fn dates() {
    use Prefix as P;
    let cases = [
        ("2013-01-14", P::Eq, "2013-01-14", true),
        ("2013-01-14T00:00:00Z", P::Eq, "2013-01-14", true),
        ("2013-01-14T10:00:00Z", P::Eq, "2013-01-14", true),
        ("2013-01-15T00:00:00Z", P::Eq, "2013-01-14", false),
        ("2013-01-15T00:30:00+01:00", P::Eq, "2013-01-14", true),
        ("2013-01", P::Eq, "2013-01-14", false),
        ("2013-01-15T00:00:00Z", P::Ne, "2013-01-14", true),
        ("2013-01-14T00:00:00Z", P::Ne, "2013-01-14", false),
        ("2013-01-14T10:00:00Z", P::Lt, "2013-01-14T10:00:00Z", false),
        ("2013-01-14", P::Lt, "2013-01-14T10:00:00Z", true),
        ("2013-01-14", P::Gt, "2013-01-14T10:00:00Z", true),
        ("2013-03-14", P::Ge, "2013-03-14", true),
        ("2013-01-21", P::Ge, "2013-03-14", false),
        ("2013-03-14", P::Le, "2013-03-14", true),
        ("2013-03-15", P::Sa, "2013-03-14", true),
        ("2013-03", P::Sa, "2013-03-14", false),
        ("2013-03-13", P::Eb, "2013-03-14", true),
        ("2013-03", P::Eb, "2013-03-14", false),
        ("2013-03", P::Ap, "2013-03-14", true),
        ("1900-02-28T23:59:59.999Z", P::Eb, "1900-03", true),
        ("2000-02-29", P::Eq, "2000-02", true),
    ];
    for (stored, prefix, text, expected) in cases {
        let members = format!(r#""effectiveDateTime":"{stored}""#);
        let wanted = Operand::Date(prefix, text.to_owned());
        let got = is_found("Observation", &members, "date", Modifier::None, wanted);
        assert_eq!(got, expected, "{stored} {prefix:?} {text}");
    }
    let periods = [
        (r#""start":"2013-01-01""#, P::Gt, "2020", true),
        (r#""start":"2013-01-01""#, P::Eb, "2020", false),
        (r#""end":"2013-01-01""#, P::Lt, "1900", true),
        (r#""start":"2013-01-01","end":"2013-02-01""#, P::Eq, "2013", true),
        (r#""start":"2013-01-01","end":"2014-02-01""#, P::Eq, "2013", false),
        (r#""start":"2013-01-01","end":"2014-02-01""#, P::Ap, "2013-06-01", true),
    ];
    for (stored, prefix, text, expected) in periods {
        let members = format!(r#""period":{{{stored}}}"#);
        let wanted = Operand::Date(prefix, text.to_owned());
        let got = is_found("Encounter", &members, "date", Modifier::None, wanted);
        assert_eq!(got, expected, "{stored} {prefix:?} {text}");
    }
}

#[test]
fn strings() {
    use Modifier as M;
    let cases = [
        ("Eve", M::None, "eve", true),
        ("Evelyn", M::None, "eve", true),
        ("Severine", M::None, "eve", false),
        ("Severine", M::Contains, "eve", true),
        ("Eve", M::Exact, "Eve", true),
        ("eve", M::Exact, "Eve", false),
        ("EVE", M::Exact, "Eve", false),
        ("Müller", M::None, "muller", true),
        ("Muller", M::None, "MÜL", true),
        ("Smith-Jones", M::None, "smith jones", true),
        ("ΟΔΟΣ", M::None, "οδος", true),
        ("ΟΔΟΣΑ", M::None, "οδος", true),
    ];
    for (stored, modifier, text, expected) in cases {
        let members = format!(r#""name":[{{"given":["{stored}"]}}]"#);
        let wanted = Operand::Text(text.to_owned());
        let got = is_found("Patient", &members, "given", modifier.clone(), wanted);
        assert_eq!(got, expected, "{stored} {modifier:?} {text}");
    }
}

#[test]
fn tokens() {
    let token = |system: System, code: Option<&str>| {
        Operand::Token(Token { system, code: code.map(str::to_owned) })
    };
    let is = |system: &str| System::Is(system.to_owned());
    let with = r#""identifier":[{"system":"http://a","value":"2345"}]"#;
    let without = r#""identifier":[{"value":"2345"}]"#;
    let cases = [
        (with, token(is("http://a"), Some("2345")), true),
        (with, token(is("http://b"), Some("2345")), false),
        (with, token(System::Any, Some("2345")), true),
        (with, token(System::None, Some("2345")), false),
        (with, token(is("http://a"), None), true),
        (without, token(System::None, Some("2345")), true),
        (without, token(System::Any, Some("2345")), true),
        (without, token(is("http://a"), Some("2345")), false),
    ];
    for (members, wanted, expected) in cases {
        let shown = format!("{members} {wanted:?}");
        assert_eq!(
            is_found("Patient", members, "identifier", Modifier::None, wanted),
            expected,
            "{shown}"
        );
    }
    let gender = "http://hl7.org/fhir/administrative-gender";
    for (system, expected) in [(System::Any, true), (is(gender), true), (is("http://a"), false)] {
        let wanted = token(system, Some("male"));
        assert_eq!(
            is_found("Patient", r#""gender":"male""#, "gender", Modifier::None, wanted),
            expected
        );
    }
    // What has no value has not the value that is asked for either.
    let wanted = token(System::Any, Some("male"));
    assert!(is_found("Patient", r#""active":true"#, "gender", Modifier::Not, wanted));
}

#[test]
fn terminology() {
    let role = "http://terminology.hl7.org/CodeSystem/v3-RoleCode";
    let coded =
        |code: &str| format!(r#""type":[{{"coding":[{{"system":"{role}","code":"{code}"}}]}}]"#);
    let wanted = |code: &str| {
        Operand::Token(Token { system: System::Is(role.to_owned()), code: Some(code.to_owned()) })
    };
    let cases = [
        ("NMTH", Modifier::Below, "PRN", true),
        ("NMTH", Modifier::Below, "FTH", false),
        ("PRN", Modifier::Below, "PRN", true),
        ("PRN", Modifier::Below, "NMTH", false),
        ("PRN", Modifier::Above, "NMTH", true),
        ("FTH", Modifier::Above, "NMTH", false),
    ];
    for (stored, modifier, code, expected) in cases {
        let got = is_found("Organization", &coded(stored), "type", modifier.clone(), wanted(code));
        assert_eq!(got, expected, "{stored} {modifier:?} {code}");
    }
    let genders = Operand::Text("http://hl7.org/fhir/ValueSet/administrative-gender".to_owned());
    let male = r#""gender":"male""#;
    assert!(is_found("Patient", male, "gender", Modifier::In, genders.clone()));
    assert!(!is_found("Patient", male, "gender", Modifier::NotIn, genders.clone()));
    assert!(is_found("Patient", r#""active":true"#, "gender", Modifier::NotIn, genders));
}

#[test]
fn quantities() {
    use Prefix as P;
    let ucum = "http://unitsofmeasure.org";
    let coded = |code: &str| Unit::Coded { system: ucum.to_owned(), code: code.to_owned() };
    let either = |code: &str| Unit::Either(code.to_owned());
    let mg = r#""value":5.4,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg""#;
    let above = r#""value":5.4,"comparator":">","system":"http://unitsofmeasure.org","code":"mg""#;
    let cases = [
        (mg, P::None, "5.4", coded("mg"), true),
        (mg, P::None, "0.0054", coded("g"), true),
        (mg, P::None, "5400", coded("ug"), true),
        (mg, P::None, "5.4", coded("mL"), false),
        (mg, P::None, "5.4", either("mg"), true),
        (mg, P::None, "5.4", either("milligram"), true),
        (mg, P::None, "5.4", either("g"), false),
        (mg, P::None, "5", Unit::Any, true),
        (mg, P::Gt, "5.39", Unit::Any, true),
        (above, P::Eq, "5.4", Unit::Any, false),
        (above, P::Le, "5.4", Unit::Any, false),
        (above, P::Sa, "5.4", Unit::Any, true),
        (above, P::Gt, "1000", Unit::Any, true),
    ];
    for (stored, prefix, digits, unit, expected) in cases {
        let members = format!(r#""valueQuantity":{{{stored}}}"#);
        let wanted = Operand::Quantity(prefix, digits.to_owned(), unit);
        let shown = format!("{stored} {wanted:?}");
        let got = is_found("Observation", &members, "value-quantity", Modifier::None, wanted);
        assert_eq!(got, expected, "{shown}");
    }
}

#[test]
fn uris() {
    let cases = [
        (
            "http://acme.org/fhir/ValueSet/123",
            Modifier::None,
            "http://acme.org/fhir/ValueSet/123",
            true,
        ),
        (
            "http://acme.org/fhir/valueset/123",
            Modifier::None,
            "http://acme.org/fhir/ValueSet/123",
            false,
        ),
        ("http://acme.org/fhir/ValueSet/123", Modifier::Below, "http://acme.org/fhir", true),
        ("http://acme.org/fhir/ValueSet/123", Modifier::Below, "http://acme.org/fhir/", true),
        ("http://acme.org/fhirs", Modifier::Below, "http://acme.org/fhir", false),
        ("http://acme.org/fhir", Modifier::Above, "http://acme.org/fhir/ValueSet/123", true),
        ("http://acme.org/fhirs", Modifier::Above, "http://acme.org/fhir", false),
    ];
    for (stored, modifier, text, expected) in cases {
        let members = format!(r#""url":"{stored}""#);
        let got =
            is_found("ValueSet", &members, "url", modifier.clone(), Operand::Text(text.to_owned()));
        assert_eq!(got, expected, "{stored} {modifier:?} {text}");
    }
}

#[test]
fn composites_look_at_one_element() {
    let parts = r#""component":[
        {"code":{"coding":[{"code":"a"}]},"valueQuantity":{"value":1}},
        {"code":{"coding":[{"code":"b"}]},"valueQuantity":{"value":2}}]"#;
    for (code, digits, expected) in [("a", "1", true), ("a", "2", false), ("b", "2", true)] {
        let token = Operand::Token(Token { system: System::Any, code: Some(code.to_owned()) });
        let amount = Operand::Quantity(Prefix::None, digits.to_owned(), Unit::Any);
        let wanted = Operand::Composite(vec![token, amount]);
        let got =
            is_found("Observation", parts, "component-code-value-quantity", Modifier::None, wanted);
        assert_eq!(got, expected, "{code} {digits}");
    }
}

#[test]
fn places() {
    let leeds = r#""position":{"latitude":53.8008,"longitude":-1.5491}"#;
    let date_line = r#""position":{"latitude":0,"longitude":179.9}"#;
    let cases = [
        (leeds, "53.8008", "-1.5491", "0", None, true),
        (leeds, "53.9600", "-1.0873", "34", Some("km"), false),
        (leeds, "53.9600", "-1.0873", "36", None, true),
        (leeds, "53.9600", "-1.0873", "36000", Some("m"), true),
        (leeds, "53.9600", "-1.0873", "22", Some("[mi_i]"), true),
        (date_line, "0", "-179.9", "23", None, true),
        (date_line, "0", "-179.9", "22", None, false),
    ];
    for (stored, latitude, longitude, distance, unit, expected) in cases {
        let wanted = Operand::Near {
            latitude: latitude.to_owned(),
            longitude: longitude.to_owned(),
            distance: distance.to_owned(),
            unit,
        };
        let shown = format!("{stored} {wanted:?}");
        assert_eq!(
            is_found("Location", stored, "near", Modifier::None, wanted),
            expected,
            "{shown}"
        );
    }
}

/// R4 writes `DateTime` in the expression of this component.
#[test]
fn composites_of_a_code_and_a_time() {
    let members = r#""code":{"coding":[{"system":"s","code":"a"}]},"valueDateTime":"2020-01-31""#;
    for (code, date, expected) in
        [("a", "2020-01", true), ("a", "2020-02", false), ("b", "2020", false)]
    {
        let token = Operand::Token(Token { system: System::Any, code: Some(code.to_owned()) });
        let wanted = Operand::Composite(vec![token, Operand::Date(Prefix::None, date.to_owned())]);
        let got = is_found("Observation", members, "code-value-date", Modifier::None, wanted);
        assert_eq!(got, expected, "{code} {date}");
    }
}
