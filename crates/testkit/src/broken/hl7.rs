//! Broken HL7 v2 messages, without MLLP framing.

use super::{Case, Expect, case};

const MSH: &str =
    "MSH|^~\\&|PAS|ZZL|ROUTE|ROUTE|20250310142000||ADT^A01^ADT_A01|C1|P|2.4|||||GBR|UNICODE|EN\r";
const PID: &str = "PID|1||9990000050^^^NHS^NH~L1^^^ZZL^MR||SHAH^Amina||19580214|2\r";
const PV1: &str = "PV1|1|I|W07^BAY2^BED3^ZZL01||||||||||||||||V1^^^ZZL^VN\r";

/// The cases.
#[rustfmt::skip]
pub fn hl7() -> Vec<Case> {
    use Expect::{Accept, Refuse, Report};
    let whole = format!("{MSH}{PID}{PV1}");
    let swap = |from: &str, to: &str| whole.replace(from, to);
    let mut latin = whole.clone().into_bytes();
    latin.extend_from_slice(b"NTE|1||caf\xe9\r");
    let mut zero = whole.clone().into_bytes();
    zero.extend_from_slice(b"NTE|1||a\0b\r");
    vec![
        case("empty", "", "there is nothing", Refuse),
        case("blank", "\r\r\r", "there are only segment ends", Refuse),
        case("no msh", format!("{PID}{PV1}"), "the first segment is not MSH", Refuse),
        case("lower case msh", swap("MSH", "msh"), "segment names are upper case", Refuse),
        case("short msh", "MSH|^~\\&\r", "MSH ends after its encoding characters", Refuse),
        case("msh alone", "MSH", "no field separator follows MSH", Refuse),
        case("same delimiters", swap("^~\\&", "^^\\&"), "two encoding characters are the same", Refuse),
        case("letter as delimiter", swap("|", "a"), "the field separator is a letter", Refuse),
        case("no control id", swap("|C1|", "||"), "MSH-10 is empty", Refuse),
        case("no type", swap("ADT^A01^ADT_A01", ""), "MSH-9 is empty", Refuse),
        case("unknown type", swap("ADT^A01^ADT_A01", "QQQ^Z99"), "nobody sends this type", Refuse),
        case("unknown version", swap("|2.4|", "|9.9|"), "there is no version 9.9", Refuse),
        case("unknown charset", swap("UNICODE", "KLINGON"), "MSH-18 names no character set", Report),
        case("latin-1 bytes", latin, "the bytes are not the UTF-8 that MSH-18 promises", Report),
        case("nul byte", zero, "a control character stands in a field", Report),
        case("no pid", format!("{MSH}{PV1}"), "a required segment is missing", Refuse),
        case("no identifiers", swap("9990000050^^^NHS^NH~L1^^^ZZL^MR", ""), "PID-3 is empty", Refuse),
        case("bad check digit", swap("9990000050", "9990000051"), "the NHS number fails its check", Report),
        case("letters in nhs number", swap("9990000050", "999000005O"), "the NHS number has a letter", Report),
        case("impossible date", swap("19580214", "19580231"), "there is no 31 February", Report),
        case("date in words", swap("19580214", "14 Feb 1958"), "PID-7 is no HL7 date", Report),
        case("born tomorrow", swap("19580214", "29580214"), "the birth lies in the future", Report),
        case("unknown sex", swap("19580214|2", "19580214|Q"), "PID-8 is no known code", Report),
        case("open escape", swap("Amina", "Ami\\Xna"), "an escape sequence does not end", Report),
        case("unknown escape", swap("Amina", "Ami\\Q9\\na"), "nobody knows this escape", Report),
        case("odd hexadecimal", swap("Amina", "Ami\\X4\\na"), "a hexadecimal escape has half a byte", Report),
        case("no visit number", swap("V1^^^ZZL^VN", ""), "PV1-19 is empty", Report),
        case("cut in a segment", whole[..whole.len() - 30].to_owned(), "the message ends in a segment", Report),
        case("two messages", format!("{whole}{whole}"), "a second MSH stands in the message", Refuse),
        case("segment name too short", format!("{whole}ZZ|1\r"), "a segment name has two letters", Report),
        case("long segment", format!("{whole}NTE|1||{}\r", "x".repeat(2_000_000)), "a field has two million letters", Report),
        case("many fields", format!("{whole}NTE{}\r", "|a".repeat(200_000)), "a segment has 200,000 fields", Report),
        case("many repeats", swap("SHAH^Amina", &"SHAH^A~".repeat(100_000)), "a field repeats 100,000 times", Report),
        case("binary", (0..=255_u8).cycle().take(4_096).collect::<Vec<u8>>(), "these are bytes of no message", Refuse),
        case("json instead", "{\"resourceType\":\"Patient\"}", "this is FHIR, not HL7 v2", Refuse),
        case("lf ends", swap("\r", "\n"), "segments end with LF; many systems send so", Accept),
        case("crlf ends", swap("\r", "\r\n"), "segments end with CR LF; many systems send so", Accept),
        case("byte-order mark", format!("\u{feff}{whole}"), "a byte-order mark comes first", Accept),
        case("z-segment", format!("{whole}ZZ9|anything|goes^here\r"), "a Z-segment is kept, not understood", Accept),
        case("other delimiters", whole.replace('|', "#").replace('^', "@"), "delimiters are whatever MSH says", Accept),
        case("no last cr", whole.trim_end().to_owned(), "the last segment has no end", Accept),
    ]
}
