//! HL7's suite for R4, as it is: `tests-fhir-r4.xml`, 935 tests.
//!
//! What differs stands in [`EXCEPTIONS`] with its reason, and must go on differing just so; the
//! same list is in `docs/conformance/fhirpath.md`.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;

use fhirpath::{CheckContext, DateTime, Decimal, Environment, Error, Expression, Item, System};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::data;

/// A test of the suite.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an attribute of the suite's format")]
struct Test {
    name: String,
    input: Option<String>,
    expression: String,
    /// `syntax`, `semantic`, `execution`, `true`.
    invalid: Option<String>,
    is_strict: bool,
    is_predicate: bool,
    is_ordered: bool,
    checks_order: bool,
    outputs: Vec<(Option<String>, String)>,
}

/// Tests whose expectation contradicts the specification: name, what is answered here, why.
const EXCEPTIONS: [(&str, &str, &str); 3] = [
    (
        "testPlusDate19",
        r#"[("dateTime", "@1973-12-25T00:00:00.100+10:00")]"#,
        "a tenth of a second is dropped; the specification drops fractions above seconds only",
    ),
    (
        "HighBoundaryDateTimeMillisecond1",
        r#"[("dateTime", "@2014-01-01T08:59:59.999-12:00")]"#,
        "an hour is taken to end after its first minute; the specification's example has 08:59",
    ),
    (
        "HighBoundaryDateTimeMillisecond3",
        r#"[("dateTime", "@2014-01-01T08:59:59.999-12:00")]"#,
        "as the one before",
    ),
];

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = start.try_get_attribute(name).unwrap()?;
    Some(found.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap().into_owned())
}

fn begin(start: &BytesStart<'_>) -> Test {
    let is = |name: &str| attribute(start, name).as_deref() == Some("true");
    Test {
        name: attribute(start, "name").unwrap_or_default(),
        input: attribute(start, "inputfile"),
        is_strict: attribute(start, "mode").as_deref() == Some("strict"),
        is_predicate: is("predicate"),
        is_ordered: attribute(start, "ordered").as_deref() != Some("false"),
        checks_order: is("checkOrderedFunctions"),
        ..Test::default()
    }
}

fn read_suite(path: &Path) -> Vec<Test> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = Reader::from_str(&text);
    reader.config_mut().expand_empty_elements = true;
    let (mut tests, mut open): (Vec<Test>, Option<Test>) = (Vec::new(), None);
    let mut inside: Option<String> = None;
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => return tests,
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                if name == "test" {
                    open = Some(begin(&start));
                } else if let Some(test) = &mut open {
                    if name == "expression" {
                        test.invalid = attribute(&start, "invalid");
                        test.is_strict |= attribute(&start, "mode").as_deref() == Some("strict");
                    } else if name == "output" {
                        test.outputs.push((attribute(&start, "type"), String::new()));
                    }
                }
                inside = Some(name);
            }
            Event::End(end) => {
                if end.name().as_ref() == "test" {
                    tests.extend(open.take());
                }
                inside = None;
            }
            Event::Text(piece) => put(&mut open, inside.as_deref(), &piece),
            Event::CData(piece) => put(&mut open, inside.as_deref(), &piece),
            Event::GeneralRef(piece) => {
                let entity = format!("&{};", &*piece);
                let decoded = quick_xml::escape::unescape(&entity).unwrap().into_owned();
                put(&mut open, inside.as_deref(), &decoded);
            }
            _ => {}
        }
    }
}

fn put(open: &mut Option<Test>, inside: Option<&str>, piece: &str) {
    let Some(test) = open else { return };
    match inside {
        Some("expression") => test.expression.push_str(piece),
        Some("output") => test.outputs.last_mut().unwrap().1.push_str(piece),
        _ => {}
    }
}

/// An item as the suite writes it: type, text.
fn shown(item: &Item<'_>) -> (String, String) {
    let Some(value) = item.system() else { return (item.type_name().to_owned(), String::new()) };
    let text = match &value {
        System::Date(date) => format!("@{date}"),
        System::DateTime(date_time) => format!("@{date_time}"),
        System::Time(time) => format!("@T{time}"),
        other => other.to_string(),
    };
    let system = value.system_type().as_str();
    let name = match item {
        Item::Node(node) => node.type_name().to_owned(),
        // The suite writes types of System but for Quantity with a small letter.
        _ if system == "Quantity" => system.to_owned(),
        _ => format!("{}{}", system[..1].to_lowercase(), &system[1..]),
    };
    (name, text)
}

fn is_same(expected: &(Option<String>, String), found: &(String, String)) -> bool {
    let is_type = expected.0.as_ref().is_none_or(|name| *name == found.0);
    let is_text = expected.1 == found.1
        || match (expected.1.parse::<Decimal>(), found.1.parse::<Decimal>()) {
            // A negative zero and a zero are one number.
            (Ok(a), Ok(b)) => a == b && a.scale() == b.scale(),
            _ => false,
        };
    is_type && is_text
}

fn evaluate(test: &Test, tree: &fhir::Tree) -> Result<Vec<(String, String)>, Error> {
    let definitions = definitions::embedded();
    let expression = Expression::parse(&test.expression)?;
    let mut environment = Environment::new(definitions);
    environment.now = DateTime::parse("2026-03-04T05:06:07.089+01:00");
    let focus = Item::resource(tree.root(), definitions);
    let items = expression.evaluate(&environment, focus)?;
    if test.is_predicate {
        return Ok(vec![("boolean".to_owned(), (!items.is_empty()).to_string())]);
    }
    Ok(items.iter().map(shown).collect())
}

/// What the check against the type of the input says.
fn check(test: &Test, tree: &fhir::Tree) -> Result<(), Error> {
    let expression = Expression::parse(&test.expression)?;
    let mut context = CheckContext::new(definitions::embedded(), tree.resource_type().unwrap());
    context.refuse_unordered = test.checks_order;
    expression.check(&context).issues.into_iter().next().map_or(Ok(()), Err)
}

/// What is wrong, if something is.
fn run(test: &Test, tree: &fhir::Tree) -> Result<(), String> {
    let mut result = evaluate(test, tree);
    // A mistake of meaning is one that the check finds, before any data is there.
    if test.is_strict || test.invalid.as_deref() == Some("semantic") {
        result = check(test, tree).and(result);
    }
    if test.invalid.is_some() {
        return match result {
            Err(_) => Ok(()),
            Ok(items) => Err(format!("{items:?}, expected an error")),
        };
    }
    let found = result.map_err(|error| error.to_string())?;
    let mut rest = found.clone();
    let is_right = found.len() == test.outputs.len()
        && if test.is_ordered {
            test.outputs.iter().zip(&found).all(|(expected, found)| is_same(expected, found))
        } else {
            test.outputs.iter().all(|expected| {
                let at = rest.iter().position(|found| is_same(expected, found));
                at.is_some_and(|at| {
                    rest.remove(at);
                    true
                })
            })
        };
    if is_right { Ok(()) } else { Err(format!("{found:?}, expected {:?}", test.outputs)) }
}

#[test]
fn every_test_of_the_r4_suite() {
    let Some(folder) = data::folder() else { return };
    let tests = read_suite(&folder.join("tests-fhir-r4.xml"));
    assert_eq!(tests.len(), 935);
    let mut trees: HashMap<String, fhir::Tree> = HashMap::new();
    let mut failures = String::new();
    let (mut failed, mut excepted) = (0, 0);
    for test in &tests {
        // A test without input is about no resource; a small one stands for it.
        let input = test.input.clone().unwrap_or_else(|| "patient-example.xml".to_owned());
        let tree = trees.entry(input).or_insert_with_key(|name| data::resource(&folder.join(name)));
        let exception = EXCEPTIONS.iter().find(|(name, ..)| *name == test.name);
        match (run(test, tree), exception) {
            (Ok(()), None) => {}
            (Err(found), Some((_, answer, _))) if found.starts_with(answer) => excepted += 1,
            (result, exception) => {
                failed += 1;
                let found = result.err().unwrap_or_else(|| "passes".to_owned());
                let _ = writeln!(
                    failures,
                    "{}: {}\n    {found} {exception:?}",
                    test.name, test.expression
                );
            }
        }
    }
    assert!(failed == 0, "{failed} of {} tests fail:\n{failures}", tests.len());
    assert_eq!(excepted, EXCEPTIONS.len());
}

/// Valid tests whose expressions the check refuses, and should: they ask whether the evaluation
/// copes with what can never be.
const REFUSED: [(&str, &str); 0] = [];

#[test]
fn the_check_has_nothing_against_valid_tests() {
    let Some(folder) = data::folder() else { return };
    let mut failures = String::new();
    for test in read_suite(&folder.join("tests-fhir-r4.xml")) {
        if test.invalid.is_some() {
            continue;
        }
        let input = test.input.as_deref().unwrap_or("patient-example.xml");
        let result = check(&test, &data::resource(&folder.join(input)));
        let refused = REFUSED.iter().find(|(name, _)| *name == test.name);
        if result.is_ok() == refused.is_some() {
            let _ = writeln!(failures, "{}: {}\n    {result:?}", test.name, test.expression);
        }
    }
    assert!(failures.is_empty(), "{failures}");
}
