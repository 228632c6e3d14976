//! Search parameters added at run time.

use definitions::{ParameterKind, embedded};
use fhir::Tree;

fn tree(body: &str) -> Tree {
    let json = format!(r#"{{"resourceType":"SearchParameter",{body}}}"#);
    Tree::parse(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// A good parameter with this code, URL and base.
fn good(code: &str, url: &str, base: &str) -> Tree {
    tree(&format!(
        r#""url":"{url}","code":"{code}","type":"string","base":["{base}"],"expression":"{base}.id""#
    ))
}

#[test]
fn added_parameters_come_after_those_of_the_specification() {
    let plain = embedded();
    let count = plain.parameters().len();
    let extended = plain
        .with_parameters(&[
            good("x", "http://x.test/1", "Patient"),
            good("y", "http://x.test/2", "Resource"),
        ])
        .expect("good parameters");
    let patient = extended.resource_type("Patient").expect("a type");
    let bundle = extended.resource_type("Bundle").expect("a type");
    let x = extended.search_parameter(patient, "x").expect("it is there");
    assert_eq!((x.id as usize, x.kind, x.expression), (count, ParameterKind::String, "Patient.id"));
    assert_eq!(
        extended.parameter_by_url("http://x.test/2|7").map(|y| y.id as usize),
        Some(count + 1)
    );
    assert_eq!(extended.search_parameter(bundle, "y").map(|y| y.id as usize), Some(count + 1));
    assert!(extended.search_parameter(bundle, "x").is_none());
    assert!(extended.is_custom(x.id) && !extended.is_custom(0));
    assert_eq!(extended.parameters().len(), count + 2);
    let codes: Vec<&str> = extended.search_parameters(patient).map(|p| p.code).collect();
    assert!(codes.is_sorted() && codes.contains(&"gender") && codes.contains(&"y"), "{codes:?}");
    // What is added next starts from the specification again.
    let next = extended.with_parameters(&[good("z", "http://x.test/3", "Group")]).expect("good");
    assert!(next.search_parameter(patient, "x").is_none());
    assert!(plain.search_parameter(patient, "x").is_none());
    assert_eq!(next.parameters().len(), count + 1);
    assert!(next.types_of_base(&x.base).contains(&patient));
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn what_cannot_be_put_in_force() {
    let url = r#""url":"http://x.test/1""#;
    let rest = r#""type":"string","base":["Patient"],"expression":"Patient.id""#;
    let cases = [
        (rest.to_owned(), "SearchParameter.code", "missing"),
        (format!(r#"{rest},"code":"x""#), "SearchParameter.url", "missing"),
        (format!(r#"{url},{rest},"code":"a b""#), "SearchParameter.code", "cannot stand in a URL"),
        (format!(r#"{url},{rest},"code":"_x""#), "SearchParameter.code", "begin with _"),
        (format!(r#"{url},{rest},"code":"1x""#), "SearchParameter.code", "expected a letter"),
        (format!(r#"{url},{rest},"code":"{}""#, "x".repeat(65)), "SearchParameter.code", "64"),
        (format!(r#"{url},{rest},"code":"gender""#), "SearchParameter.code", "already"),
        (
            format!(
                r#""url":"http://hl7.org/fhir/SearchParameter/individual-gender",{rest},"code":"x""#
            ),
            "SearchParameter.url",
            "in force already",
        ),
        (
            format!(
                r#"{url},"code":"x","type":"text","base":["Patient"],"expression":"Patient.id""#
            ),
            "SearchParameter.type",
            "no type of search parameter",
        ),
        (
            format!(
                r#"{url},"code":"x","type":"special","base":["Patient"],"expression":"Patient.id""#
            ),
            "SearchParameter.type",
            "special",
        ),
        (
            format!(r#"{url},"code":"x","type":"string","expression":"Patient.id""#),
            "SearchParameter.base",
            "missing",
        ),
        (
            format!(
                r#"{url},"code":"x","type":"string","base":["Pateint"],"expression":"Patient.id""#
            ),
            "SearchParameter.base[0]",
            "no resource type",
        ),
        (
            format!(r#"{url},"code":"x","type":"string","base":["Patient"]"#),
            "SearchParameter.expression",
            "missing",
        ),
        (
            format!(
                r#"{url},"code":"x","type":"string","base":["Patient"],"expression":"{}""#,
                "a".repeat(4_001)
            ),
            "SearchParameter.expression",
            "longer than 4000",
        ),
        (
            format!(
                r#"{url},{rest},"code":"x","component":[{{"definition":"a","expression":"b"}}]"#
            ),
            "SearchParameter.component",
            "only a composite",
        ),
        (
            format!(
                r#"{url},"code":"x","type":"composite","base":["Patient"],"expression":"Patient""#
            ),
            "SearchParameter.component",
            "2 to 8 components, this has 0",
        ),
        (
            format!(
                r#"{url},"code":"x","type":"composite","base":["Patient"],"expression":"Patient",
                    "component":[{{"definition":"http://nope","expression":"b"}},{{"definition":"http://nope"}}]"#
            ),
            "SearchParameter.component[1]",
            "a definition and an expression",
        ),
    ];
    for (body, expression, words) in cases {
        let Err(issues) = embedded().with_parameters(&[tree(&body)]) else {
            panic!("{body} was taken")
        };
        let issue = &issues[0];
        assert_eq!(issue.expression.as_deref(), Some(expression), "{body}: {}", issue.message);
        assert!(issue.message.contains(words), "{body}: {}", issue.message);
        assert!(issue.message.starts_with("search parameter 1: "), "{}", issue.message);
    }
}

#[test]
fn what_cannot_be_in_force_together() {
    let cases = [
        ("x", "http://x.test/1", "Patient", "URL"),
        ("x", "http://x.test/2", "Patient", "code"),
        ("x", "http://x.test/2", "Resource", "code"),
    ];
    for (code, url, base, words) in cases {
        let first = good("x", "http://x.test/1", "Patient");
        let both = embedded().with_parameters(&[first, good(code, url, base)]);
        let Err(issues) = both else { panic!("{code} {url} {base} was taken") };
        assert!(issues[0].message.contains(words), "{}", issues[0].message);
        assert!(issues[0].message.starts_with("search parameter 2: "), "{}", issues[0].message);
    }
    let first = good("x", "http://x.test/1", "Patient");
    let other_type = good("x", "http://x.test/2", "Group");
    assert!(embedded().with_parameters(&[first, other_type]).is_ok());
    let many = (0..1_001).map(|n| good(&format!("x{n}"), &format!("http://x.test/{n}"), "Patient"));
    let many: Vec<Tree> = many.collect();
    assert_eq!(
        embedded().with_parameters(&many).map(|_| ()).unwrap_err()[0].code.as_str(),
        "too-costly"
    );
}

#[test]
fn ids_stay_when_one_is_withdrawn() {
    let plain = embedded();
    let count = plain.parameters().len() as u32;
    let (x, y) = (good("x", "http://x.test/1", "Patient"), good("y", "http://x.test/2", "Patient"));
    let both = plain.with_parameters_at(&[Some(&x), Some(&y)]).expect("good");
    let one = both.with_parameters_at(&[None, Some(&y)]).expect("good");
    for definitions in [both, one] {
        assert_eq!(definitions.parameter_by_url("http://x.test/2").map(|y| y.id), Some(count + 1));
    }
    let free = one.parameter(count);
    assert!(free.base.is_empty() && free.expression.is_empty());
    assert!(one.parameter_by_url("").is_none());
    let patient = one.resource_type("Patient").expect("a type");
    assert!(
        one.search_parameter(patient, "").is_none() && one.search_parameter(patient, "x").is_none()
    );
}
