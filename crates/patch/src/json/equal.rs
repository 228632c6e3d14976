//! Equality as `test` means it: member order aside, numbers by value. Spec: RFC 6902 §4.6.

use std::collections::HashMap;

use fhir::Element;

/// Above this many members a map finds them instead of a walk.
const WALKED_MEMBERS_MAX: usize = 24;

pub(super) fn equal(a: &Element, b: &Element) -> bool {
    match (a, b) {
        (Element::Number(a), Element::Number(b)) => {
            a == b || decimal(a).is_some_and(|value| decimal(b) == Some(value))
        }
        (Element::Array(a), Element::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b))
        }
        (Element::Object(a), Element::Object(b)) => objects_equal(a, b),
        _ => a == b,
    }
}

fn objects_equal(a: &[(Box<str>, Element)], b: &[(Box<str>, Element)]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if a.len() <= WALKED_MEMBERS_MAX {
        let other = |name: &str| b.iter().find(|(member, _)| &**member == name);
        return a.iter().all(|(name, value)| other(name).is_some_and(|(_, o)| equal(value, o)));
    }
    let by_name: HashMap<&str, &Element> = b.iter().map(|(name, v)| (&**name, v)).collect();
    a.iter().all(|(name, value)| by_name.get(&**name).is_some_and(|other| equal(value, other)))
}

/// A number as sign, digits without zeros at either end, and the exponent of the last digit.
/// `None` for an exponent that no machine counts: such numbers are equal only as written.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let trailing = digits.len() - digits.trim_end_matches('0').len();
    let exponent: i64 = exponent.parse().ok()?;
    let exponent = exponent.checked_sub(fraction.len() as i64)?.checked_add(trailing as i64)?;
    Some((negative, significant.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::{decimal, equal};
    use fhir::Element;

    #[test]
    fn numbers_by_value() {
        let same = [
            ("1", "1.0"),
            ("100", "1e2"),
            ("0", "-0.00"),
            ("1.5e-3", "0.0015"),
            ("12E1", "120"),
            ("0e5", "0"),
        ];
        for (a, b) in same {
            assert_eq!(decimal(a), decimal(b), "{a} {b}");
        }
        let other = [("1", "10"), ("1", "-1"), ("0.1", "0.01"), ("1e2", "1e3")];
        for (a, b) in other {
            assert_ne!(decimal(a), decimal(b), "{a} {b}");
        }
        let huge = |text: &str| Element::Number(text.into());
        assert!(equal(&huge("1e99999999999999999999"), &huge("1e99999999999999999999")));
        assert!(!equal(&huge("1e99999999999999999999"), &huge("2e99999999999999999999")));
    }
}
