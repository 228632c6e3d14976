//! Codes and numbers of the sources in the words of the pages.

use fhir::Severity;

use crate::components::evidence::Charset;
use crate::components::tag::{Colour, Tag};

/// A status code as a tag: its words with a capital, coloured by what it asks of the reader.
pub(crate) fn status_tag(code: &str) -> Tag {
    let colour = match code {
        "active" | "confirmed" | "completed" | "booked" | "final" | "current" | "recurrence"
        | "relapse" => Colour::Green,
        "in-progress" | "arrived" | "planned" | "checked-in" | "fulfilled" | "intended" => {
            Colour::Blue
        }
        "preliminary" | "provisional" | "unconfirmed" | "differential" | "draft" | "on-hold"
        | "proposed" | "pending" | "partial" | "registered" | "waitlist" => Colour::Yellow,
        "noshow" | "not-done" | "refuted" | "amended" | "corrected" | "appended" | "not-taken" => {
            Colour::Orange
        }
        "entered-in-error" => Colour::Red,
        _ => Colour::Grey,
    };
    let words = match code {
        "noshow" => "Did not attend".to_owned(),
        "not-done" => "Not given".to_owned(),
        "AC" => "Acknowledged".to_owned(),
        _ => capitalised(&code.replace('-', " ")),
    };
    Tag::new(colour, words)
}

/// The first letter as a capital.
pub(crate) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The name of a code system that people know; else its address.
pub(crate) fn system_words(system: &str) -> &str {
    match system {
        "http://snomed.info/sct" => "SNOMED CT",
        "http://loinc.org" => "LOINC",
        "http://hl7.org/fhir/sid/icd-10" => "ICD-10",
        "http://read.info/readv2" => "Read v2",
        "http://read.info/ctv3" => "CTV3",
        _ if system.starts_with("urn:") || system.contains("//") => "Local code",
        _ => system,
    }
}

/// A code with its system; empty where there is none.
pub(crate) fn code_words(code: Option<&interactions::record::Code>) -> String {
    code.map(|code| format!("{} {}", system_words(&code.system), code.code).trim().to_owned())
        .unwrap_or_default()
}

/// A size in words.
pub(crate) fn bytes_words(bytes: usize) -> String {
    match bytes {
        1 => "1 byte".to_owned(),
        0 | 2..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// An item in words: what it is, and the sender's id for it.
pub(crate) fn item_words(kind: &str, control_id: &str) -> String {
    match (kind.is_empty(), control_id.is_empty()) {
        (true, true) => "Message".to_owned(),
        (true, false) => format!("Control id {control_id}"),
        (false, true) => kind.to_owned(),
        (false, false) => format!("{kind}, control id {control_id}"),
    }
}

/// How the bytes of a message stand for characters: UTF-8, unless they are none.
pub(crate) fn charset_of(bytes: &[u8]) -> Charset {
    let is_latin = bytes.starts_with(b"MSH") && std::str::from_utf8(bytes).is_err();
    if is_latin { Charset::Latin1 } else { Charset::Utf8 }
}

/// The severity of an issue.
pub(crate) fn severity_tag(severity: Severity) -> Tag {
    match severity {
        Severity::Fatal | Severity::Error => Tag::new(Colour::Red, "Error"),
        Severity::Warning => Tag::new(Colour::Orange, "Warning"),
        Severity::Information => Tag::new(Colour::White, "Note"),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes_words, item_words, status_tag};

    #[test]
    fn sizes_statuses_and_items() {
        let sizes = [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_234, "1.2 kB"),
            (3_400_000, "3.4 MB"),
        ];
        for (bytes, words) in sizes {
            assert_eq!(bytes_words(bytes), words);
        }
        let statuses = [
            ("entered-in-error", "Entered in error"),
            ("noshow", "Did not attend"),
            ("", ""),
            ("é", "É"),
        ];
        for (code, words) in statuses {
            assert_eq!(status_tag(code).text, words);
        }
        assert_eq!(item_words("ADT^A01", "7"), "ADT^A01, control id 7");
        assert_eq!(item_words("", ""), "Message");
    }
}
