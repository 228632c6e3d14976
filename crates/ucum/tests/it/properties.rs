//! What holds for all codes and values.

use proptest::prelude::*;
use ucum::{Converted, Ratio, Unit};

/// Codes of units that are ratios.
fn code() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        Just("g"),
        Just("m"),
        Just("s"),
        Just("L"),
        Just("mol"),
        Just("U"),
        Just("mm[Hg]"),
        Just("[in_i]"),
        Just("[lb_av]"),
        Just("kcal"),
        Just("min"),
        Just("10*3"),
        Just("%"),
        Just("[iU]"),
        Just("mV"),
        Just("{x}"),
        Just("uL{y}"),
        Just("24"),
        Just("deg"),
    ];
    let powers = prop_oneof![Just(""), Just("2"), Just("-1"), Just("-3")];
    let leaf = (atom, powers).prop_map(|(atom, power)| {
        if atom.ends_with(['}', '3', '4']) { atom.to_string() } else { format!("{atom}{power}") }
    });
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}.{b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}/({b})")),
            inner.prop_map(|a| format!("({a})")),
        ]
    })
}

proptest! {
    /// Whatever comes is a unit or an error at a place in the code.
    #[test]
    fn reading_never_panics(text in "\\PC{0,40}") {
        if let Err(error) = Unit::parse(&text) {
            prop_assert!(error.position <= text.len());
        }
    }

    /// The same with pieces of codes, which get further.
    #[test]
    fn pieces_never_panic(pieces in proptest::collection::vec(
        prop_oneof![
            Just("m"), Just("k"), Just("da"), Just("["), Just("]"), Just("{"), Just("}"), Just("("),
            Just(")"), Just("."), Just("/"), Just("-"), Just("+"), Just("10*"), Just("2"), Just("99"),
            Just("Cel"), Just("[pH]"), Just("B"), Just("[iU]"), Just("[pi]"), Just("Y"), Just("999"),
        ], 0..24)) {
        let text = pieces.concat();
        match Unit::parse(&text) {
            Ok(unit) => prop_assert!(unit.canonical().factor_f64.is_normal()),
            Err(error) => prop_assert!(error.position <= text.len()),
        }
        // What is remembered is what is read.
        prop_assert_eq!(ucum::normalise(2.0, &text), ucum::normalise(2.0, &text));
        prop_assert_eq!(ucum::normalise(2.0, &text).is_some(), Unit::parse(&text).is_ok());
    }

    /// A base is a unit, and its own base.
    #[test]
    fn bases_read_back(code in code()) {
        let canonical = Unit::parse(&code).unwrap().canonical();
        let base = Unit::parse(&canonical.base).unwrap().canonical();
        prop_assert_eq!(&base.base, &canonical.base);
        prop_assert_eq!(base.factor, Some(Ratio::ONE));
    }

    /// To the base and back, exactly unless the way back takes more digits than there are.
    #[test]
    fn conversion_round_trips(code in code(), mantissa in -1_000_000i128..1_000_000, places in 0i32..6) {
        let unit = Unit::parse(&code).unwrap();
        let base = Unit::parse(&unit.canonical().base).unwrap();
        let value = Ratio::from_parts(mantissa, -places).unwrap();
        match unit.convert(value, &base).unwrap() {
            Converted::Exact(there) => {
                match base.convert(there, &unit).unwrap() {
                    Converted::Exact(back) => prop_assert_eq!(back, value),
                    Converted::Approximate(back) => {
                        let plain = !code.contains("-3") && code.matches(['.', '/']).count() < 2;
                        prop_assert!(!plain, "{} needs few digits", code);
                        prop_assert!((back - value.to_f64()).abs() <= value.to_f64().abs() * 1e-14);
                    }
                }
                let (indexed, _) = ucum::normalise(value.to_f64(), &code).unwrap();
                let error = (indexed - there.to_f64()).abs();
                prop_assert!(error <= there.to_f64().abs() * 1e-14, "{} {}", indexed, there);
            }
            Converted::Approximate(there) => {
                let back = base.convert_f64(there, &unit).unwrap();
                prop_assert!((back - value.to_f64()).abs() <= value.to_f64().abs() * 1e-9);
            }
        }
    }

    /// Products multiply factors; quotients undo them.
    #[test]
    fn products_are_undone(left in code(), right in code()) {
        let (left, right) = (Unit::parse(&left).unwrap(), Unit::parse(&right).unwrap());
        if let Some(product) = left.times(&right)
            && let Some(again) = product.over(&right)
        {
            prop_assert!(again.commensurable(&left));
            if product.canonical().factor.is_some() && again.canonical().factor.is_some() {
                prop_assert_eq!(again.canonical().factor, left.canonical().factor);
            }
        }
    }

    /// A decimal is itself, and order is that of whole numbers of one scale.
    #[test]
    fn decimals(a in any::<i64>(), b in any::<i64>(), places in 0i32..18) {
        let left = Ratio::from_parts(i128::from(a), -places).unwrap();
        let right = Ratio::from_parts(i128::from(b), -places).unwrap();
        prop_assert_eq!(left.cmp(&right), a.cmp(&b));
        prop_assert_eq!(Ratio::parse(&left.to_string()), Some(left));
        if b != 0 {
            let quotient = left.checked_div(right).unwrap();
            prop_assert_eq!(quotient.checked_mul(right), Some(left));
            let third = Ratio::ONE.checked_div(Ratio::parse("7").unwrap()).unwrap();
            prop_assert_eq!(quotient.cmp(&third), {
                let (mut n, mut d) = (i128::from(a), i128::from(b));
                if d < 0 { n = -n; d = -d; }
                (n * 7).cmp(&d)
            });
        }
    }
}
