//! Broken CSV files, in the shape of the community system's allergies.

use super::{Case, Expect, case};
use crate::community::KINDS;

const ROW: &str = "A1,CL00000010,10/03/2025,Penicillin,91936005,medication,Rash,severe,confirmed,active,Ms Rhian Hughes,10/03/2025 14:20\r\n";

/// The header of the file that the cases are of.
pub fn header() -> &'static str {
    KINDS[5].1
}

/// The cases.
#[rustfmt::skip]
pub fn csv() -> Vec<Case> {
    use Expect::{Accept, Refuse, Report};
    let head = header();
    let file = |rows: &str| format!("{head}\r\n{rows}");
    let row = |from: &str, to: &str| file(&ROW.replace(from, to));
    let mut latin = file("").into_bytes();
    latin.extend_from_slice(
        b"A1,CL1,10/03/2025,Caf\xe9ine,,medication,,mild,confirmed,active,x,10/03/2025 14:20\r\n",
    );
    vec![
        case("empty", "", "there is nothing", Refuse),
        case("no header", ROW, "the first line is a row", Refuse),
        case("other header", format!("a,b,c\r\n{ROW}"), "the header is of another file", Refuse),
        case("column missing", format!("{}\r\n{ROW}", head.replace(",severity", "")), "a column is missing", Refuse),
        case("column twice", format!("{}\r\n{ROW}", head.replace("severity", "reaction")), "a column stands twice", Refuse),
        case("semicolons", file(ROW).replace(',', ";"), "the separator is a semicolon", Refuse),
        case("utf-16", file(ROW).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "the text is UTF-16", Refuse),
        case("zip", b"PK\x03\x04\x14\0\0\0".to_vec(), "this is a ZIP file", Refuse),
        case("html", "<html><body>Log in</body></html>", "this is a web page", Refuse),
        case("latin-1", latin, "a row is not UTF-8", Report),
        case("row too short", file("A1,CL1,10/03/2025\r\n"), "a row has three fields", Report),
        case("row too long", file(&ROW.replace("\r\n", ",more,and,more\r\n")), "a row has fields too many", Report),
        case("open quote", row("Penicillin", "\"Penicillin"), "a quote does not end", Report),
        case("quote inside", row("Penicillin", "Peni\"cillin"), "a quote stands in a bare field", Report),
        case("no key", row("A1,", ","), "the key is empty", Report),
        case("unknown client", row("CL00000010", "CL99999999"), "nobody has this number", Report),
        case("impossible date", row("10/03/2025,Pen", "31/02/2025,Pen"), "there is no 31 February", Report),
        case("american date", row("10/03/2025,Pen", "03/31/2025,Pen"), "month and day are changed round", Report),
        case("unknown code", row("severe", "terrible"), "severity has no such value", Report),
        case("bad snomed", row("91936005", "91936006"), "the code fails its check digit", Report),
        case("formula", row("Rash", "=HYPERLINK(\"http://x\")"), "a field begins like a formula", Report),
        case("nul byte", row("Rash", "Ra\0sh"), "a control character stands in a field", Report),
        case("long field", row("Rash", &"x".repeat(2_000_000)), "a field has two million letters", Report),
        case("good and bad", file(&format!("{ROW}A2,CL1\r\n{}", ROW.replace("A1,", "A3,"))), "the second of three rows is short", Report),
        case("header alone", file(""), "there are no rows", Accept),
        case("byte-order mark", format!("\u{feff}{}", file(ROW)), "a byte-order mark comes first", Accept),
        case("lf ends", file(ROW).replace("\r\n", "\n"), "lines end with LF", Accept),
        case("no last end", file(ROW).trim_end().to_owned(), "the last line has no end", Accept),
        case("empty lines", format!("{}\r\n\r\n", file(ROW)), "empty lines follow", Accept),
        case("line break in quotes", row("Rash", "\"Rash,\r\nthen swelling\""), "a quoted field has a line break", Accept),
    ]
}
