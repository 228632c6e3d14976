//! Narratives: whether an XHTML `div` holds only what FHIR allows, and something at all.
//!
//! Spec: <https://hl7.org/fhir/R4/narrative.html#rules>: formatting, lists, tables, links and images
//! of HTML 4.0 chapters 7 to 11 and 15; no scripts, forms, frames, objects or events. To allow one
//! more, add it to [`ELEMENTS`] or [`ATTRIBUTES`].

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

const ELEMENTS: &str = " a abbr acronym address b bdo big blockquote br caption cite code col \
    colgroup dd del dfn div dl dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q samp small \
    span strong sub sup table tbody td tfoot th thead tr tt u ul var ";

const ATTRIBUTES: &str = " abbr accesskey align alt axis border cellpadding cellspacing char charoff \
    charset cite class colspan compact datetime dir frame headers height href hreflang id lang \
    longdesc name nowrap rel rev rowspan rules scope span src start style summary tabindex title \
    type valign value width xml:lang xmlns ";

/// Narratives are read at most so deep.
const DEPTH_MAX: usize = 128;

/// Whether a narrative is allowed.
pub(crate) fn is_allowed(div: &str) -> bool {
    let mut reader = Reader::from_str(div);
    reader.config_mut().check_end_names = true;
    let (mut depth, mut roots, mut has_content) = (0_usize, 0, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                roots += usize::from(depth == 0);
                depth += 1;
                if depth > DEPTH_MAX || !is_element(&start, depth) {
                    return false;
                }
            }
            Ok(Event::Empty(start)) => {
                roots += usize::from(depth == 0);
                if !is_element(&start, depth + 1) {
                    return false;
                }
                has_content |= name_of(&start) == "img";
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::Text(text)) => {
                let is_blank = text.chars().all(|c| c.is_whitespace() || c == '\u{a0}');
                if depth == 0 && !is_blank {
                    return false;
                }
                has_content |= !is_blank;
            }
            Ok(Event::GeneralRef(name)) => has_content |= &*name != "nbsp" && &*name != "#160",
            Ok(Event::CData(_)) => has_content = true,
            Ok(Event::Comment(_)) => {}
            Ok(Event::Eof) => return depth == 0 && roots == 1 && has_content,
            Ok(Event::Decl(_) | Event::PI(_) | Event::DocType(_)) | Err(_) => return false,
        }
    }
}

fn name_of(start: &BytesStart<'_>) -> String {
    start.name().as_ref().to_owned()
}

/// Whether a list, which has a space round each word, has a word.
fn has(list: &str, word: &str) -> bool {
    !word.contains(' ') && list.contains(&format!(" {word} "))
}

fn is_element(start: &BytesStart<'_>, depth: usize) -> bool {
    let name = name_of(start);
    let is_known = if depth == 1 { name == "div" } else { has(ELEMENTS, &name) };
    is_known
        && start.attributes().all(|attribute| {
            let Ok(attribute) = attribute else { return false };
            let Ok(value) = attribute.normalized_value(XmlVersion::Implicit1_0) else {
                return false;
            };
            let key = attribute.key.as_ref();
            let is_link = matches!(key, "href" | "src" | "cite" | "longdesc");
            has(ATTRIBUTES, key) && !(is_link && is_script(&value))
        })
}

/// Whether a link runs something when it is followed.
fn is_script(link: &str) -> bool {
    let plain: String = link.chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let lower = plain.to_ascii_lowercase();
    ["javascript:", "vbscript:", "data:text/html"].iter().any(|scheme| lower.starts_with(scheme))
}
