//! Exact numbers.

use std::cmp::Ordering;

use ucum::Ratio;

fn ratio(text: &str) -> Ratio {
    Ratio::parse(text).unwrap_or_else(|| panic!("{text}"))
}

#[test]
fn read_and_written() {
    for (text, written) in [
        ("0", "0"),
        ("-0.000", "0"),
        ("1.50", "1.5"),
        ("+12", "12"),
        ("1e3", "1000"),
        ("1.5E-3", "0.0015"),
        ("-0.001", "-0.001"),
        ("100", "100"),
        ("0.00000000000000000000000000000000000000000000", "0"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456790000000000"),
        ("1e-60", "1e-60"),
    ] {
        assert_eq!(ratio(text).to_string(), written, "{text}");
    }
    for text in ["", "-", ".5", "5.", "1e", "1e+", "0x1", "1_000", "1,5", " 1", "1 ", "NaN", "١"] {
        assert_eq!(Ratio::parse(text), None, "{text}");
    }
    assert_eq!(Ratio::parse(&"9".repeat(60)), None);
    assert_eq!(Ratio::parse("1e5000"), None);
    assert_eq!(Ratio::parse("1e-99999999999"), None);
}

#[test]
fn arithmetic() {
    let third = Ratio::ONE.checked_div(ratio("3")).unwrap();
    let sixth = third.checked_mul(ratio("0.5")).unwrap();
    assert_eq!(third.checked_add(sixth), Some(ratio("0.5")));
    assert_eq!(third.checked_mul(ratio("3")), Some(Ratio::ONE));
    assert_eq!(ratio("0.2").checked_pow(-2), Some(ratio("25")));
    assert_eq!(ratio("10").checked_pow(300), Ratio::from_parts(1, 300));
    assert_eq!(Ratio::ONE.checked_div(Ratio::ZERO), None);
    assert_eq!(Ratio::ZERO.checked_pow(-1), None);
    assert_eq!(Ratio::PI.checked_add(Ratio::ONE), None);
    assert_eq!(Ratio::PI.checked_div(Ratio::PI), Some(Ratio::ONE));
    let large = ratio("99999999999999999999999999999999999999");
    assert_eq!(large.checked_mul(large), None);
    assert_eq!(large.checked_add(ratio("1e-30")), None);
    assert_eq!(third.to_parts(), None);
}

#[test]
fn rounding() {
    let third = Ratio::ONE.checked_div(ratio("3")).unwrap();
    let two_thirds = ratio("2").checked_mul(third).unwrap();
    for (number, digits, expected) in [
        (third, 3, (333, -3)),
        (two_thirds, 3, (667, -3)),
        (two_thirds.checked_neg().unwrap(), 3, (-667, -3)),
        (ratio("0.125"), 2, (12, -2)),
        (ratio("0.135"), 2, (14, -2)),
        (ratio("0.12501"), 2, (13, -2)),
        (ratio("999.6"), 3, (1, 3)),
        (ratio("1234567"), 3, (123, 4)),
        (ratio("1.5"), 28, (15, -1)),
    ] {
        assert_eq!(number.to_decimal(digits), Some(expected), "{number} to {digits}");
    }
    assert_eq!(Ratio::PI.to_decimal(4), Some((3142, -3)));
    assert_eq!(third.to_string(), format!("0.{}", "3".repeat(28)));
}

#[test]
fn order() {
    let third = Ratio::ONE.checked_div(ratio("3")).unwrap();
    assert!(third > ratio("0.33333333333333333333333333333333333"));
    assert!(third < ratio("0.33333333333333333333333333333333334"));
    assert!(ratio("1e4000") > ratio("1e-4000"));
    assert!(ratio("-1e4000") < ratio("-1e-4000"));
    assert!(ratio("-1") < Ratio::ZERO && Ratio::ZERO < ratio("1e-50"));
    assert!(Ratio::PI > ratio("3.14159") && Ratio::PI < ratio("3.1416"));
    assert_eq!(ratio("1.0").cmp(&ratio("1")), Ordering::Equal);
}
