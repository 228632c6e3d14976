//! XML documents compared as the suite means them: white space between elements, prefixes and the
//! order of attributes aside; comments and declarations counted.

use quick_xml::NsReader;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;

/// A document as one text that is the same for documents that mean the same.
pub(crate) fn canonical(text: &str) -> String {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut out = String::new();
    let mut pending = String::new();
    loop {
        let event = reader.read_event().unwrap_or_else(|e| panic!("{e}: {text}"));
        match &event {
            Event::Text(text) => pending.push_str(text),
            Event::CData(text) => pending.push_str(&text.clone().into_inner()),
            Event::GeneralRef(name) => pending.push_str(&format!("&{};", &**name)),
            Event::Decl(_) => {}
            _ => {
                if !pending.trim().is_empty() {
                    out.push_str(&format!("text({pending})\n"));
                }
                pending.clear();
            }
        }
        match event {
            Event::Eof => return out,
            Event::Start(start) => {
                let namespace = match reader.resolver().resolve_element(start.name()).0 {
                    ResolveResult::Bound(name) => name.0.to_owned(),
                    _ => String::new(),
                };
                let mut attributes: Vec<String> = start
                    .attributes()
                    .map(|attribute| attribute.expect("an attribute"))
                    .filter(|attribute| attribute.key.into_inner() != "xmlns")
                    .map(|a| format!("{}={}", a.key.into_inner(), a.value))
                    .collect();
                attributes.sort();
                let name = start.local_name().into_inner();
                out.push_str(&format!("<{{{namespace}}}{name} {}>\n", attributes.join(" ")));
            }
            Event::End(_) => out.push_str("</>\n"),
            Event::Comment(text) => out.push_str(&format!("comment({})\n", text.trim())),
            Event::PI(text) => out.push_str(&format!("pi({})\n", &*text)),
            _ => {}
        }
    }
}
