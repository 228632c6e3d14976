//! Codes that are no units, with the place and what was expected.

use ucum::Unit;

/// The code, the byte where it goes wrong, and how what was expected begins.
const REFUSED: &[(&str, usize, &str)] = &[
    ("", 0, "a unit"),
    ("m/", 2, "a unit"),
    ("/", 1, "a unit"),
    ("//m", 1, "a unit"),
    ("m//s", 2, "a unit"),
    ("m..s", 2, "a unit"),
    (".m", 0, "a unit"),
    ("m.", 2, "a unit"),
    ("10+3/ul", 0, "a known unit"),
    ("iU", 0, "a known unit"),
    ("molv", 0, "a known unit"),
    ("[BETH'U]", 0, "a known unit"),
    ("[iIU]/L", 0, "a known unit"),
    ("m[iIU]/L", 0, "a known unit"),
    ("mmHg", 0, "a known unit"),
    ("cm[H20]", 0, "a known unit"),
    ("MM[HG]", 0, "a known unit"),
    ("kmin", 0, "a known unit"),
    ("mk", 0, "a known unit"),
    ("kkg", 0, "a known unit"),
    ("k", 0, "a known unit"),
    ("beats/min", 0, "a known unit"),
    ("mg/Dl", 3, "a known unit"),
    ("g/12h", 2, "a known unit; between a number and a unit stands `.`"),
    ("ug(8.h)", 2, "`.`, `/` or the end"),
    ("{a}rad2{b}", 3, "`.`, `/` or the end"),
    ("{|}1", 3, "`.`, `/` or the end"),
    ("m{a}{b}", 4, "`.`, `/` or the end"),
    ("m{a}2", 4, "`.`, `/` or the end"),
    ("m)", 1, "`.`, `/` or the end"),
    ("(m)2", 3, "`.`, `/` or the end"),
    ("(m", 2, "`)`"),
    ("()", 1, "a unit"),
    ("(/m)", 1, "a unit"),
    ("{", 1, "`}`"),
    ("m{a", 3, "`}`"),
    ("m{a{b}}", 3, "`}`"),
    ("m}", 1, "`.`, `/` or the end"),
    ("[iU", 3, "`]`"),
    ("iU]", 2, "`[` before `]`"),
    ("[[iU]]", 1, "`]` before `["),
    ("m-", 2, "the digits of a power"),
    ("m+", 2, "the digits of a power"),
    ("m2-", 3, "the digits of a power"),
    ("m--2", 2, "the digits of a power"),
    ("m1000", 1, "a power of at most 3 digits"),
    ("m-1234567890123", 2, "a power of at most 3 digits"),
    ("0", 0, "a number above 0"),
    ("0.m", 0, "a number above 0"),
    ("1234567890123456789", 0, "a number above 0 of at most 18 digits"),
    ("10*400", 0, "a unit of a size"),
    ("10*-400", 0, "a unit of a size"),
    ("Ym999", 0, "a unit of a size"),
    ("10*300.10*300", 7, "a unit of a size"),
    ("mg dL", 0, "a known unit"),
    (" mg", 0, "a known unit"),
    ("mg ", 0, "a known unit"),
    ("m\t", 1, "a printable ASCII character"),
    ("µg", 0, "a printable ASCII character"),
    ("rad2{錠}", 5, "a printable ASCII character"),
    ("Cel2", 0, "a unit of a size"),
    ("Cel/h", 4, "a unit that may be multiplied"),
    ("/Cel", 1, "a unit that may be multiplied"),
    ("m.Cel", 2, "a unit that may be multiplied"),
    ("[pH].[pH]", 5, "a unit that may be multiplied"),
];

#[test]
fn with_position() {
    let deep = format!("{}m{}", "(".repeat(17), ")".repeat(17));
    let long = format!("m{}", ".m".repeat(200));
    let limits = [
        (deep.as_str(), 16, "at most 16 parentheses"),
        (long.as_str(), 255, "at most 255 characters"),
    ];
    for &(code, position, expected) in REFUSED.iter().chain(&limits) {
        let error = Unit::parse(code).map(|unit| unit.canonical()).unwrap_err();
        assert_eq!(error.position, position, "{code}: {error}");
        assert!(error.expected.starts_with(expected), "{code}: {error}");
    }
    let words = Unit::parse("g/12h").unwrap_err().to_string();
    assert!(words.starts_with("unit code, character 3: expected a known unit"), "{words}");
}
