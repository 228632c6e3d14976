//! What is refused: each with its kind, its place and what was expected.

use fhirpath::{ErrorKind, Expression};

use crate::semantics::answer;

/// Kind, byte range and a part of the message.
type Row = (&'static str, ErrorKind, (u32, u32), &'static str);

fn check(rows: &[Row]) {
    for (text, kind, range, part) in rows {
        let Err(error) = answer(text) else { panic!("{text} has an answer") };
        assert_eq!((error.kind, error.range), (*kind, *range), "{text}: {error}");
        assert!(error.message.contains(part), "{text}: {error}");
    }
}

#[test]
fn texts_that_are_no_expressions() {
    use ErrorKind::{Semantic, Syntax};
    check(&[
        ("", Syntax, (0, 0), "the expression ends; expected a value"),
        ("1 +", Syntax, (3, 3), "expected a value"),
        ("name..given", Syntax, (5, 6), "expected the name of an element"),
        ("(1", Syntax, (2, 2), "expected )"),
        ("name[1", Syntax, (6, 6), "expected ]"),
        ("name)", Syntax, (4, 5), "expected an operator or the end"),
        ("'abc", Syntax, (0, 4), "does not end"),
        ("`abc", Syntax, (0, 4), "does not end"),
        (r"'\x'", Syntax, (1, 3), "not an escape"),
        (r"'\u12'", Syntax, (1, 3), "four hex digits"),
        (r"'\uD800'", Syntax, (1, 9), "surrogate"),
        ("@2015-13", Syntax, (0, 8), "a day that exists"),
        ("@2015-02-29", Syntax, (0, 11), "a day that exists"),
        ("@20", Syntax, (0, 3), "a year of four digits"),
        ("@T25", Syntax, (0, 4), "a day that exists"),
        ("@T10:6", Syntax, (0, 6), "a minute of two digits"),
        ("$that", Syntax, (0, 5), "expected $this"),
        ("%", Syntax, (1, 1), "the name of a variable"),
        ("2147483648", Syntax, (0, 10), "too large for an Integer"),
        ("1 /* 2", Syntax, (2, 6), "expected */"),
        ("name # given", Syntax, (5, 5), "no expression has here"),
        ("1 and", Syntax, (5, 5), "expected a value"),
        ("and 1", Syntax, (0, 3), "expected a value"),
        ("name is", Syntax, (7, 7), "expected the name"),
        ("given.frist()", Semantic, (6, 11), "unknown function frist"),
        ("name.substr(1)", Semantic, (5, 11), "perhaps substring() is meant"),
        ("name.first(1)", Semantic, (5, 13), "with 1 arguments; expected 0"),
        ("name.where()", Semantic, (5, 12), "with 0 arguments; expected 1"),
        ("name is Nothing", Semantic, (8, 15), "unknown type Nothing"),
    ]);
}

#[test]
fn expressions_without_value() {
    use ErrorKind::{Execution, Missing};
    check(&[
        ("name.single()", Execution, (5, 13), "several items"),
        ("name.given & 'a'", Execution, (5, 10), "several items"),
        ("1 + 'a'", Execution, (2, 3), "+ does not take Integer and String"),
        ("1 < 'a'", Execution, (2, 3), "have no order"),
        ("name.first() < 1", Execution, (13, 14), "between HumanName and Integer"),
        ("-'a'", Execution, (0, 1), "a sign before String"),
        ("name.first().upper()", Execution, (13, 20), "upper() on HumanName"),
        ("1.upper()", Execution, (2, 9), "expected a String"),
        ("'a'.substring('b')", Execution, (14, 17), "expected an Integer"),
        ("'a'.matches('(')", Execution, (12, 15), "regular expression that is not supported"),
        ("'a'.matches('(?=a)')", Execution, (12, 19), "lookaround"),
        ("'a'.matches('a', 'z')", Execution, (12, 15), "unknown flag z"),
        ("@2020-01-01 + 1 hour", Execution, (12, 13), "expected years, months, weeks or days"),
        ("@T10:00 + 1 day", Execution, (8, 9), "expected hours"),
        ("@2020 + 1 'a'", Execution, (6, 7), "above a week"),
        ("@2020 + 1 'kg'", Execution, (6, 7), "not a duration"),
        ("1.5.round(-1)", Execution, (4, 13), "expected 0 or more"),
        ("name['a']", Execution, (5, 8), "expected an Integer"),
        ("%unknown", Missing, (0, 8), "unknown variable"),
        ("'a'.memberOf('urn:vs')", Missing, (4, 22), "terminology"),
        ("slice('a', 'b')", Missing, (0, 15), "not supported"),
        ("defineVariable('context')", Execution, (0, 25), "defined already"),
        ("defineVariable('a').defineVariable('a')", Execution, (20, 39), "defined already"),
    ]);
}

#[test]
fn lines_and_columns() {
    let error = Expression::parse("name\n  // é\n  .first(  1)").unwrap_err();
    assert_eq!((error.line, error.column), (3, 4));
    assert_eq!(error.to_string(), "first() with 1 arguments; expected 0 at line 3, column 4");
    let error = Expression::parse("'é' + @1").unwrap_err();
    assert_eq!((error.line, error.column), (1, 7));
}

#[test]
fn messages_hold_no_data() {
    let error = answer("name.family.first() + 1").unwrap_err();
    assert!(!error.message.contains("Chalmers"), "{error}");
}
