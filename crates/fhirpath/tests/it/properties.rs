//! Random expressions: none panics, each ends inside its limits, and what is printed is stable.

use fhirpath::{CheckContext, Environment, Expression, Item, Limits};
use proptest::prelude::*;

const OBSERVATION: &str = r#"{"resourceType":"Observation","id":"o","status":"final",
    "code":{"coding":[{"system":"http://loinc.org","code":"1"}],"text":"t"},
    "effectiveDateTime":"2020-02","valueQuantity":{"value":1.50,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"},
    "component":[{"code":{"text":"a"},"valueInteger":3},{"code":{"text":"b"},"valueString":"x"}],
    "subject":{"reference":"Patient/1"},"_status":{"id":"s"}}"#;

const LIMITS: Limits =
    Limits { steps_max: 20_000, items_max: 5_000, string_bytes_max: 20_000, ..Limits::STANDARD };

/// Runs and checks a text; the answer, if there is one.
fn run(text: &str) -> Option<Vec<String>> {
    let definitions = definitions::embedded();
    let expression = Expression::parse_with(text, &LIMITS).ok()?;
    let checked = expression.check(&CheckContext::new(definitions, "Observation"));
    for issue in checked.issues {
        assert!(issue.range.0 <= issue.range.1 && issue.range.1 as usize <= text.len(), "{issue}");
    }
    let tree = fhir::Tree::parse(OBSERVATION.as_bytes()).unwrap();
    let mut environment = Environment::new(definitions);
    environment.limits = LIMITS;
    environment.now = fhirpath::DateTime::parse("2026-01-01T00:00:00Z");
    match expression.evaluate(&environment, Item::resource(tree.root(), definitions)) {
        Ok(items) => {
            assert!(items.len() <= LIMITS.items_max);
            Some(items.iter().map(|item| format!("{:?}", item.system())).collect())
        }
        Err(error) => {
            assert!(error.range.1 as usize <= text.len(), "{error}");
            None
        }
    }
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("{}".to_owned()),
        Just("true".to_owned()),
        Just("$this".to_owned()),
        Just("$index".to_owned()),
        Just("$total".to_owned()),
        Just("%resource".to_owned()),
        any::<i32>().prop_map(|value| value.unsigned_abs().min(i32::MAX as u32).to_string()),
        Just("9223372036854775807L".to_owned()),
        (0_u64..u64::MAX, 0_u32..12).prop_map(|(whole, part)| format!("{whole}.{part}")),
        Just("0.0000000000000000000000000001".to_owned()),
        Just("79228162514264337593543950335.0".to_owned()),
        "'[a-c,é ]{0,5}'",
        Just("'(a|b)*'".to_owned()),
        (1_u16..10_000, 1_u8..13).prop_map(|(year, month)| format!("@{year:04}-{month:02}")),
        (0_u8..24, 0_u8..60).prop_map(|(hour, minute)| format!("@T{hour:02}:{minute:02}")),
        (1_u16..10_000).prop_map(|year| format!("@{year:04}-12-31T23:59:59.999+14:00")),
        (0_u32..u32::MAX).prop_map(|value| format!("{value} days")),
        (0_u32..u32::MAX).prop_map(|value| format!("{value}.5 'mg'")),
        Just("99999999999999999999.5 years".to_owned()),
        Just("3 'Cel'".to_owned()),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "value",
        "code",
        "coding",
        "component",
        "status",
        "effective",
        "subject",
        "id",
        "text",
        "Observation",
        "unit",
        "extension",
        "system",
    ])
    .prop_map(str::to_owned)
}

/// Functions that are called with nothing.
const WITHOUT_ARGUMENTS: &str = "empty exists allTrue anyFalse count distinct isDistinct not single first last \
    tail toBoolean toInteger toLong toDecimal toString toDate toDateTime toTime \
    toQuantity convertsToQuantity upper lower length toChars trim abs ceiling exp \
    floor ln round sqrt truncate children descendants type now today lowBoundary \
    highBoundary precision yearOf millisecondOf timeOf hasValue getValue resolve \
    sort htmlChecks";

/// Functions that are called with one argument.
const WITH_ONE: &str = "exists all subsetOf supersetOf where select repeat repeatAll aggregate sort skip \
    take intersect exclude union combine indexOf lastIndexOf substring startsWith \
    contains matches matchesFull encode decode escape unescape split join log power \
    round lowBoundary highBoundary comparable extension trace defineVariable \
    toQuantity";

/// Functions that are called with two arguments.
const WITH_TWO: &str = "iif aggregate substring replace replaceMatches defineVariable trace";

fn name(names: &'static str) -> impl Strategy<Value = &'static str> {
    prop::sample::select(names.split_whitespace().collect::<Vec<_>>())
}

fn function(inner: BoxedStrategy<String>) -> impl Strategy<Value = String> {
    prop_oneof![
        name(WITHOUT_ARGUMENTS).prop_map(|name| format!("{name}()")),
        (name(WITH_ONE), inner.clone()).prop_map(|(name, a)| format!("{name}({a})")),
        (name(WITH_TWO), inner.clone(), inner).prop_map(|(name, a, b)| format!("{name}({a}, {b})")),
        (name("is as ofType"), name("Quantity string System.Any Integer code"))
            .prop_map(|(operation, of)| format!("{operation}({of})")),
    ]
}

fn expression() -> BoxedStrategy<String> {
    let leaf = prop_oneof![literal(), path()].boxed();
    leaf.prop_recursive(5, 40, 3, |inner| {
        let inner = inner.boxed();
        let operators = prop::sample::select(vec![
            "+", "-", "*", "/", "div", "mod", "&", "|", "<", "<=", ">", ">=", "=", "!=", "~", "!~",
            "in", "contains", "and", "or", "xor", "implies",
        ]);
        prop_oneof![
            (inner.clone(), operators, inner.clone())
                .prop_map(|(a, op, b)| format!("({a}) {op} {b}")),
            (inner.clone(), path()).prop_map(|(a, b)| format!("({a}).{b}")),
            (inner.clone(), function(inner.clone())).prop_map(|(a, f)| format!("({a}).{f}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            inner.clone().prop_map(|a| format!("-({a})")),
            function(inner),
        ]
    })
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn generated_expressions_end(text in expression()) {
        prop_assert_eq!(run(&text), run(&text));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        run(&text);
    }

    #[test]
    fn texts_near_expressions_are_read_or_refused(
        text in expression(),
        at in any::<prop::sample::Index>(),
        put in prop::sample::select(vec!["'", "(", ")", ".", "@", "\\", "`", "$", "%", "é", "1", " as ", "/*"]),
    ) {
        let mut at = at.index(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let broken = format!("{}{put}{}", &text[..at], &text[at..]);
        run(&broken);
    }
}
