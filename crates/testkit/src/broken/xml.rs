//! Broken XML and broken FHIR in XML.

use super::{Case, Expect, case};

/// The cases.
#[rustfmt::skip]
pub fn xml() -> Vec<Case> {
    use Expect::{Accept, Refuse, Report};
    let patient =
        |inside: &str| format!("<Patient xmlns=\"http://hl7.org/fhir\">{inside}</Patient>");
    let laughs = "<!DOCTYPE p [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
        <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&c;\"/></Patient>";
    let outside = "<!DOCTYPE p [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>\
        <Patient xmlns=\"http://hl7.org/fhir\"><id value=\"&a;\"/></Patient>";
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    vec![
        case("empty", "", "there is nothing", Refuse),
        case("text", "hello", "there is no element", Refuse),
        case("open element", "<Patient xmlns=\"http://hl7.org/fhir\">", "the element does not end", Refuse),
        case("crossed", patient("<name><family></name></family>"), "elements cross each other", Refuse),
        case("two roots", format!("{}{}", patient(""), patient("")), "there are two roots", Refuse),
        case("no quotes", patient("<active value=true/>"), "an attribute has no quotes", Refuse),
        case("attribute twice", patient("<active value=\"true\" value=\"false\"/>"), "an attribute stands twice", Refuse),
        case("bare ampersand", patient("<id value=\"a&b\"/>"), "an ampersand begins no entity", Refuse),
        case("unknown entity", patient("<id value=\"&nbsp;\"/>"), "XML has no such entity", Refuse),
        case("entity bomb", laughs, "entities grow without end", Refuse),
        case("entity from outside", outside, "an entity reads a file", Refuse),
        case("doctype", "<!DOCTYPE Patient><Patient xmlns=\"http://hl7.org/fhir\"/>", "FHIR forbids a DOCTYPE", Refuse),
        case("deep", deep, "100,000 elements in each other", Refuse),
        case("not utf-8", b"<Patient xmlns=\"http://hl7.org/fhir\"><id value=\"\xff\"/></Patient>".to_vec(), "the bytes are not UTF-8", Refuse),
        case("control character", patient("<id value=\"&#1;\"/>"), "XML has no such character", Refuse),
        case("no namespace", "<Patient><active value=\"true\"/></Patient>", "the FHIR namespace is missing", Refuse),
        case("other namespace", "<Patient xmlns=\"urn:hl7-org:v3\"/>", "the namespace is CDA's", Refuse),
        case("unknown type", "<Starship xmlns=\"http://hl7.org/fhir\"/>", "FHIR has no Starship", Refuse),
        case("unknown element", patient("<shoeSize value=\"42\"/>"), "Patient has no shoeSize", Report),
        case("unknown attribute", patient("<active value=\"true\" colour=\"red\"/>"), "an element has no such attribute", Report),
        case("text in element", patient("<active>true</active>"), "the value is no attribute", Report),
        case("wrong order", patient("<gender value=\"male\"/><active value=\"true\"/>"), "elements stand in the wrong order", Report),
        case("twice", patient("<active value=\"true\"/><active value=\"true\"/>"), "active stands twice", Report),
        case("empty value", patient("<id value=\"\"/>"), "a value has no letters", Report),
        case("impossible date", patient("<birthDate value=\"2023-02-30\"/>"), "there is no 30 February", Report),
        case("byte-order mark", format!("\u{feff}{}", patient("<active value=\"true\"/>")), "a byte-order mark comes first", Accept),
        case("declaration", format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", patient("")), "a declaration may come first", Accept),
        case("comment", patient("<!-- a note --><active value=\"true\"/>"), "a comment may stand anywhere", Accept),
        case("prefix", "<f:Patient xmlns:f=\"http://hl7.org/fhir\"><f:active value=\"true\"/></f:Patient>", "a prefix may name the namespace", Accept),
    ]
}
