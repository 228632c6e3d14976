//! Conditions inside an expression (`system='phone'`, `deceased.exists()`), tested on a resource.
//! Spec: <http://hl7.org/fhirpath/N1/#boolean-logic> (three-valued: `None` is the empty collection).
//!
//! To add an operator, add a variant here and its reading to `compile`.

use fhir::{Kind, Value};

use super::path::Literal;

/// Steps down from a value; each step may go by several JSON names, for choice elements.
pub(crate) type Steps = Box<[Box<[&'static str]>]>;

/// A test of one value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// Both hold.
    And(Box<Condition>, Box<Condition>),
    /// One holds.
    Or(Box<Condition>, Box<Condition>),
    /// Does not hold.
    Not(Box<Condition>),
    /// Something stands at the path.
    Exists(Steps),
    /// What stands at the path equals the literal.
    Equal(Steps, Literal),
    /// The boolean at the path is true.
    True(Steps),
    /// There is an extension of this URL.
    HasExtension(Box<str>),
}

impl Condition {
    /// Whether it holds; `None` where that cannot be said.
    pub(crate) fn holds(&self, value: Value<'_>) -> Option<bool> {
        match self {
            Condition::And(a, b) => match (a.holds(value), b.holds(value)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Condition::Or(a, b) => match (a.holds(value), b.holds(value)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Condition::Not(inner) => inner.holds(value).map(|is| !is),
            Condition::Exists(steps) => Some(first_two(value, steps).0.is_some()),
            Condition::Equal(steps, literal) => match first_two(value, steps) {
                (None, _) => None,
                (Some(only), None) => Some(equals(only, literal)),
                // A collection of several never equals one literal.
                (Some(_), Some(_)) => Some(false),
            },
            Condition::HasExtension(url) => {
                Some(value.all("extension").any(|extension| extension.text_of("url") == Some(url)))
            }
            Condition::True(steps) => first_two(value, steps).0.and_then(Value::as_bool),
        }
    }
}

fn equals(value: Value<'_>, literal: &Literal) -> bool {
    match literal {
        Literal::String(text) => value.as_str() == Some(text),
        Literal::Bool(is) => value.as_bool() == Some(*is),
        Literal::Number(digits) => {
            let number = |text: &str| text.parse::<f64>().ok();
            value.kind() == Kind::Number && number(value.raw()) == number(digits)
        }
    }
}

/// The first two values at the path: enough to tell none, one and several apart.
fn first_two<'t>(
    value: Value<'t>,
    steps: &[Box<[&'static str]>],
) -> (Option<Value<'t>>, Option<Value<'t>>) {
    let mut found = (None, None);
    collect(value, steps, &mut found);
    found
}

fn collect<'t>(
    value: Value<'t>,
    steps: &[Box<[&'static str]>],
    found: &mut (Option<Value<'t>>, Option<Value<'t>>),
) {
    if found.1.is_some() || value.kind() == Kind::Null {
        return;
    }
    let Some((names, rest)) = steps.split_first() else {
        match found.0 {
            None => found.0 = Some(value),
            Some(_) => found.1 = Some(value),
        }
        return;
    };
    for member in value.members().filter(|member| names.contains(&member.name())) {
        member.items().for_each(|item| collect(item, rest, found));
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Literal, Steps};

    fn steps(path: &str) -> Steps {
        path.split('.').map(|step| step.split('/').map(leak).collect()).collect()
    }

    fn leak(text: &str) -> &'static str {
        Box::leak(text.to_owned().into_boxed_str())
    }

    fn holds(condition: &Condition, json: &str) -> Option<bool> {
        let tree = fhir::Tree::parse(json.as_bytes()).unwrap();
        condition.holds(tree.root())
    }

    #[test]
    fn the_expression_of_patient_deceased() {
        let path = || steps("deceasedBoolean/deceasedDateTime");
        let not_false = Condition::Not(Box::new(Condition::Equal(path(), Literal::Bool(false))));
        let dead = Condition::And(Box::new(Condition::Exists(path())), Box::new(not_false));
        let cases = [
            ("{}", false),
            (r#"{"deceasedBoolean":false}"#, false),
            (r#"{"deceasedBoolean":true}"#, true),
            (r#"{"deceasedDateTime":"2020"}"#, true),
            (r#"{"deceasedBoolean":null}"#, false),
        ];
        for (json, is) in cases {
            assert_eq!(holds(&dead, json), Some(is), "{json}");
        }
    }

    #[test]
    fn equality() {
        let cases = [
            ("a", Literal::String("x".into()), r#"{"a":"x"}"#, Some(true)),
            ("a", Literal::String("x".into()), r#"{"a":"y"}"#, Some(false)),
            ("a", Literal::String("x".into()), "{}", None),
            ("a", Literal::String("true".into()), r#"{"a":true}"#, Some(false)),
            ("a", Literal::String("x".into()), r#"{"a":["x"]}"#, Some(true)),
            ("a", Literal::String("x".into()), r#"{"a":["x","x"]}"#, Some(false)),
            ("a", Literal::Number("1".into()), r#"{"a":1.0}"#, Some(true)),
            ("a.b", Literal::Bool(true), r#"{"a":[{},{"b":true}]}"#, Some(true)),
            ("a.b", Literal::Bool(true), r#"{"a":"b"}"#, None),
        ];
        for (path, literal, json, is) in cases {
            assert_eq!(holds(&Condition::Equal(steps(path), literal), json), is, "{path} {json}");
        }
    }
}
