//! A narrative's `div`, which is text in JSON and markup in XML: whether it can stand in both.
//! Spec: <https://hl7.org/fhir/R4/narrative.html>.
//!
//! The text is passed on as it is, so it must be one whole element that means the same wherever it
//! stands: its own namespace declaration, no entities that only HTML knows.

use quick_xml::NsReader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use super::{XHTML_NAMESPACE, is_xml_char};

/// What is wrong with a `div` from JSON that is to stand in XML.
pub(super) fn check(div: &str, depth_max: usize) -> Result<(), &'static str> {
    let mut reader = NsReader::from_str(div);
    reader.config_mut().expand_empty_elements = true;
    let mut depth = 0;
    let mut is_done = false;
    loop {
        let event = reader.read_event().map_err(|_| "the narrative is not well-formed xml")?;
        match event {
            Event::Eof if is_done => break,
            Event::Eof => return Err("the narrative ends inside an element"),
            _ if is_done => return Err("text or markup stands after the narrative's div"),
            Event::Start(start) => {
                if depth == 0 && start.name().into_inner() != "div" {
                    return Err("the narrative must be a div element");
                }
                check_start(&reader, &start)?;
                depth += 1;
                if depth > depth_max {
                    return Err("the narrative is nested too deep");
                }
            }
            Event::End(_) => {
                depth -= 1;
                is_done = depth == 0;
            }
            _ if depth == 0 => return Err("the narrative must be a div element"),
            Event::GeneralRef(reference) => check_reference(&reference)?,
            Event::DocType(_) | Event::Decl(_) => return Err("the narrative holds a declaration"),
            _ => {}
        }
    }
    if div.chars().all(is_xml_char) {
        Ok(())
    } else {
        Err("the narrative holds a character that xml cannot carry")
    }
}

/// An element inside a `div` (or the `div`) is XHTML by a default declaration, not by a prefix
/// that may be declared further out, and its attributes are well-formed.
pub(super) fn check_start(
    reader: &NsReader<&[u8]>,
    start: &BytesStart<'_>,
) -> Result<(), &'static str> {
    let (resolved, _) = reader.resolver().resolve_element(start.name());
    let is_xhtml = resolved == ResolveResult::Bound(Namespace(XHTML_NAMESPACE));
    if !is_xhtml || start.name().prefix().is_some() {
        return Err("the narrative must declare the xhtml namespace as its default");
    }
    for (count, attribute) in start.attributes().enumerate() {
        if count >= super::read::ATTRIBUTES_MAX {
            return Err("an element in the narrative has more attributes than any needs");
        }
        let attribute =
            attribute.map_err(|_| "an attribute in the narrative is not well-formed")?;
        attribute
            .normalized_value(quick_xml::XmlVersion::Explicit1_0)
            .map_err(|_| "an attribute in the narrative holds an unknown entity")?;
        if attribute.value.contains('<') {
            return Err("an attribute in the narrative holds a raw '<'");
        }
    }
    Ok(())
}

/// Only what XML knows without a document type.
pub(super) fn check_reference(reference: &BytesRef<'_>) -> Result<(), &'static str> {
    let is_known = match reference.resolve_char_ref() {
        Ok(Some(c)) => is_xml_char(c),
        Ok(None) => matches!(&**reference, "amp" | "lt" | "gt" | "quot" | "apos"),
        Err(_) => false,
    };
    if is_known { Ok(()) } else { Err("unknown entity; write the character itself") }
}
