//! Conversions whose results are published: SI brochure, NIST SP 811, laboratory tables.

use std::cmp::Ordering;

use ucum::{Converted, Ratio, Unit};

fn unit(code: &str) -> Unit {
    Unit::parse(code).unwrap_or_else(|error| panic!("{code}: {error}"))
}

fn ratio(text: &str) -> Ratio {
    Ratio::parse(text).unwrap_or_else(|| panic!("{text}"))
}

/// value, from, expected, to: exactly so.
const EXACT: &[(&str, &str, &str, &str)] = &[
    ("1", "g", "1000", "mg"),
    ("1000", "mg", "1", "g"),
    ("6.3", "mm", "0.0063", "m"),
    ("6.3", "s/mm/g", "6300", "s.m-1.g-1"),
    ("6.3", "s/m.mg", "0.0063", "s.m-1.g"),
    ("6.3", "4.s/m", "25.2", "s/m"),
    ("6.3", "s/4/m", "1.575", "s/m"),
    // NIST SP 811, appendix B
    ("1", "[in_i]", "2.54", "cm"),
    ("1", "[lb_av]", "453.59237", "g"),
    ("1", "[oz_av]", "28.349523125", "g"),
    ("1", "[stone_av]", "6.35029318", "kg"),
    ("1", "[gal_br]", "4546.09", "mL"),
    ("1", "[foz_br]", "28.4130625", "mL"),
    ("1", "[gal_us]", "3.785411784", "L"),
    ("1", "[mi_i]", "1609.344", "m"),
    ("1", "[acr_br]", "43560", "[ft_br]2"),
    ("1", "cal_th", "4.184", "J"),
    ("1", "[Cal]", "4184", "J"),
    ("1", "atm", "101.325", "kPa"),
    ("1", "bar", "100", "kPa"),
    ("1", "m[H2O]", "9.80665", "kPa"),
    // UCUM's own millimetre of mercury has seven digits
    ("120", "mm[Hg]", "15.99864", "kPa"),
    ("1", "cm[H2O]", "98.0665", "Pa"),
    ("1", "Ci", "37", "GBq"),
    ("1", "kat", "60000000", "U"),
    ("1", "U/L", "1", "umol/min/L"),
    ("1", "[c]", "299792458", "m/s"),
    ("1", "[ly]", "946073047258080000", "cm"),
    ("1", "kg/m2", "0.1", "g/cm2"),
    ("4.5", "10*9/L", "4500", "/uL"),
    ("4.5", "10*9/L", "4.5", "10*3/uL"),
    ("4.5", "10^9/L", "4.5", "10*3/mm3"),
    ("72", "/min", "1.2", "/s"),
    ("16", "{breaths}/min", "16", "/min"),
    ("1", "/h", "24", "/d"),
    ("140", "mmol/L", "140", "mmol/l"),
    ("5.5", "mmol/L", "5500", "umol/L"),
    ("1", "mmol/L", "602214076000000", "/uL"),
    ("140", "meq/L", "140", "mmol/L"),
    ("290", "mosm/kg", "0.29", "osm/kg"),
    ("12.5", "g/dL", "125", "g/L"),
    ("12.5", "g%", "12.5", "g/dL"),
    ("1", "%", "0.01", "1"),
    ("42", "%", "0.42", "L/L"),
    ("48", "mmol/mol", "4.8", "%"),
    ("1", "[ppm]", "0.0001", "%"),
    ("7", "{score}", "7", "1"),
    ("1", "wk", "168", "h"),
    ("1", "a", "365.25", "d"),
    ("1", "mo", "30.4375", "d"),
    ("1", "m/s", "3.6", "km/h"),
    ("1", "[kn_i]", "1.852", "km/h"),
    ("1", "Gy", "100", "RAD"),
    ("1", "Sv", "100", "REM"),
    ("1", "dyn.s.cm-5", "100000", "Pa.s/m3"),
    ("1", "[wood'U]", "0.06", "[PRU]"),
    ("1", "circ", "360", "deg"),
    ("1", "deg", "3600", "''"),
    ("1", "[IU]/L", "1", "m[IU]/mL"),
    ("1", "k[iU]/L", "1", "[iU]/mL"),
    ("1", "MiBy", "1024", "KiBy"),
    ("1", "10*3{cells}/uL", "1", "10*9{cells}/L"),
    ("1", "mL/min/{1.73_m2}", "1.44", "L/d"),
    // temperatures
    ("37", "Cel", "310.15", "K"),
    ("37", "Cel", "98.6", "[degF]"),
    ("98.6", "[degF]", "37", "Cel"),
    ("-40", "Cel", "-40", "[degF]"),
    ("0", "K", "-459.67", "[degF]"),
    ("80", "[degRe]", "100", "Cel"),
    ("37000", "mCel", "37", "Cel"),
    ("491.67", "[degR]", "0", "Cel"),
    // derived through each other
    ("1", "S", "0.001", "g-1.m-2.C2.s"),
    ("1", "m[Hg]", "133322000", "g.s-2.m-1"),
    ("6.3", "g.m.s-2.A-2", "6.3", "g.m.C-2"),
    ("1", "eV", "0.0000000000000000001602176634", "J"),
    ("1", "J/s", "1", "V.A"),
    ("1", "Wb", "1", "T.m2"),
];

#[test]
fn exact() {
    for &(value, from, expected, to) in EXACT {
        let (from_unit, to_unit) = (unit(from), unit(to));
        let found = from_unit.convert(ratio(value), &to_unit);
        assert_eq!(found, Ok(Converted::Exact(ratio(expected))), "{value} {from} in {to}");
        let back = to_unit.convert(ratio(expected), &from_unit);
        assert_eq!(back, Ok(Converted::Exact(ratio(value))), "{expected} {to} in {from}");
        let compared = from_unit.compare(ratio(value), ratio(expected), &to_unit);
        assert_eq!(compared, Some(Ordering::Equal), "{value} {from} = {expected} {to}");
    }
}

/// Results that have no end, or that come by logarithms: within one in 10^12.
#[test]
fn close() {
    let cases = [
        ("6.3", "4.[pi].10*-7.s", 6.3 * 1.256_637_061_435_917_2e-6, "s"),
        ("1", "[mu_0]", 1.256_637_061_435_917_2e-3, "g.m.C-2"),
        ("1", "km/h", 0.277_777_777_777_777_8, "m/s"),
        ("1", "[lb_av]/h", 0.000_125_997_880_555_555_56, "kg/s"),
        ("180", "deg", std::f64::consts::PI, "rad"),
        // pH of blood: 39.8 nmol/L of hydrogen ions
        ("7.4", "[pH]", 39.810_717_055_349_73, "nmol/L"),
        ("40", "nmol/L", 7.397_940_008_672_037, "[pH]"),
        ("20", "dB", 100.0, "1"),
        ("3", "B[W]", 1.0, "kW"),
        ("30", "dB[W]", 0.0, "B[kW]"),
        ("60", "dB[V]", 1.0, "kV"),
        ("94", "dB[SPL]", 1.002_374_467_254_545, "Pa"),
        ("1", "Np", std::f64::consts::E, "1"),
        ("8", "bit_s", 256.0, "1"),
        ("100", "[p'diop]", 45.0, "deg"),
        ("100", "%[slope]", 45.0, "deg"),
        ("3", "[hp'_X]", 1.0e-3, "1"),
        ("2", "[hp'_C]", 2.0, "[hp'_C]"),
        ("4", "[hp'_X]", 2.0, "[hp'_C]"),
        ("3", "[m/s2/Hz^(1/2)]", 9.0, "m2/s3"),
    ];
    for (value, from, expected, to) in cases {
        let found = unit(from).convert(ratio(value), &unit(to)).unwrap().to_f64();
        let error = (found - expected).abs() / expected.abs().max(1e-3);
        assert!(error < 1e-12, "{value} {from} in {to}: {found}, not {expected}");
        let doubles = unit(from).convert_f64(value.parse().unwrap(), &unit(to)).unwrap();
        assert!((doubles - found).abs() <= found.abs() * 1e-12 + 1e-15, "{from} in {to}");
    }
}

/// Units that measure different things.
#[test]
fn not_commensurable() {
    for (left, right) in [
        ("g", "m"),
        ("mg/dL", "mmol/L"),
        ("[iU]", "1"),
        ("[iU]/L", "U/L"),
        ("[iU]", "[arb'U]"),
        ("m", "m2"),
        ("m", "rad"),
        ("Cel", "J"),
        ("kg/m2", "kg/m3"),
        ("[hp_X]", "[hp_C]"),
        ("mm[Hg]", "mm"),
    ] {
        let (left, right) = (unit(left), unit(right));
        assert!(!left.commensurable(&right), "{} and {}", left.code(), right.code());
        assert!(left.convert(Ratio::ONE, &right).is_err());
        assert!(right.convert_f64(1.0, &left).is_err());
        assert_eq!(left.compare(Ratio::ONE, Ratio::ONE, &right), None);
    }
}

#[test]
fn order() {
    for (left, from, expected, right, to) in [
        ("1", "g", Ordering::Less, "1001", "mg"),
        ("1", "[in_i]", Ordering::Greater, "2.5399999999999999999999", "cm"),
        ("38", "Cel", Ordering::Greater, "100", "[degF]"),
        ("-1", "kg", Ordering::Less, "-999", "g"),
        ("7.4", "[pH]", Ordering::Greater, "7.35", "[pH]"),
        ("3.14", "rad", Ordering::Less, "180", "deg"),
    ] {
        let found = unit(from).compare(ratio(left), ratio(right), &unit(to));
        assert_eq!(found, Some(expected), "{left} {from} to {right} {to}");
    }
}

/// The unit of a product and of a quotient is a unit, with a code that reads back.
#[test]
fn products() {
    for (left, right, product, quotient) in [
        ("g", "m", "g.m", "g/m"),
        ("mg/dL", "dL", "mg", "mg/dL2"),
        ("/min", "min", "1", "min-2"),
        ("mm[Hg]", "mm[Hg]", "mm[Hg]2", "1"),
        ("{score}", "kg", "kg", "/kg"),
    ] {
        let (left, right) = (unit(left), unit(right));
        for (found, expected) in [(left.times(&right), product), (left.over(&right), quotient)] {
            let found = found.unwrap();
            assert_eq!(found.canonical(), unit(expected).canonical(), "{}", found.code());
            assert_eq!(unit(found.code()).canonical(), found.canonical(), "{}", found.code());
        }
    }
    assert!(unit("Cel").times(&unit("m")).is_none());
    assert!(unit("m").over(&unit("[pH]")).is_none());
}

/// What the search index keeps.
#[test]
fn normalised() {
    for (value, code, expected, base) in [
        (1.0, "g", 1.0, "g"),
        (1000.0, "mg", 1.0, "g"),
        (5.4, "kg", 5400.0, "g"),
        (5400.0, "g", 5400.0, "g"),
        (5.4, "g", 5.4, "g"),
        (5400.0, "mg", 5.4, "g"),
        (120.0, "mm[Hg]", 15_998_640.0, "g.m-1.s-2"),
        (6.0, "mmol/L", 3.613_284_456e24, "m-3"),
        (4.5, "10*9/L", 4.5e12, "m-3"),
        (72.0, "/min", 1.2, "s-1"),
        (22.5, "kg/m2", 22500.0, "g.m-2"),
        (7.0, "{score}", 7.0, "1"),
        (42.0, "%", 0.42, "1"),
        (37.0, "Cel", 310.15, "K"),
        (7.4, "[pH]", 7.4, "[pH]"),
        (30.0, "dB", 3.0, "B"),
        (5.0, "m[IU]/L", 5.0, "[iU].m-3"),
        (5.0, "[IU]/L", 5000.0, "[iU].m-3"),
        (1.0, "Pa", 1000.0, "g.m-1.s-2"),
        (1.0, "V", 1000.0, "C-1.g.m2.s-2"),
    ] {
        for _ in 0..2 {
            let (found, found_base) = ucum::normalise(value, code).unwrap();
            assert!(
                (found - expected).abs() <= expected.abs() * 2.0 * f64::EPSILON,
                "{value} {code}: {found}"
            );
            assert_eq!(&*found_base, base, "{code}");
        }
    }
    for code in ["", "mmHg", "MG/DL", "Cel/h", "/", "bpm", "beats/min", "mg/ dL"] {
        assert_eq!(ucum::normalise(1.0, code), None, "{code}");
        assert_eq!(ucum::normalise(1.0, code), None, "{code}, again");
    }
}

#[test]
fn canonical() {
    let canonical = unit("[degF]").canonical();
    assert_eq!((&*canonical.base, canonical.offset), ("K", ratio("459.67")));
    assert_eq!(canonical.factor.unwrap().to_decimal(5).unwrap(), (55556, -5));
    let canonical = unit("mol").canonical();
    assert_eq!(canonical.factor, Some(ratio("602214076000000000000000")));
    assert!(unit("%{total}").is_number() && unit("10*3").is_number());
    assert!(!unit("B").is_number() && unit("B").is_special() && !unit("K").is_special());
    // Beyond 38 digits sizes are doubles, and say so.
    let canonical = unit("[G]4.[h]4.u4").canonical();
    assert_eq!(canonical.factor, None);
    assert!(canonical.factor_f64.is_normal());
}
