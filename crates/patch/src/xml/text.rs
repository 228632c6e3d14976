//! XML text ↔ [`Document`]. No document types, no entities but XML's own, bounded depth.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, escape};

use super::dom::{Document, Name, Node, Tag};

const FHIR: &str = "http://hl7.org/fhir";
const XHTML: &str = "http://www.w3.org/1999/xhtml";
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Prefixes that are bound before the document says anything.
pub(super) type Scope = &'static [(&'static str, &'static str)];
/// Nothing but what XML itself binds.
pub(super) const EMPTY_SCOPE: Scope = &[("xml", XML), ("", "")];
/// What a FHIR patch may use undeclared.
pub(super) const PATCH_SCOPE: Scope = &[("xml", XML), ("", FHIR), ("f", FHIR), ("h", XHTML)];

/// Nesting that no configuration lifts, since reading and writing recurse.
const DEPTH_MAX: usize = 1_000;
/// Each attribute is compared with those before it, so there must not be too many.
const ATTRIBUTES_MAX: usize = 256;

/// Prefixes in force, the innermost last.
#[derive(Clone, Debug)]
pub(super) struct Bindings(Vec<(Box<str>, Box<str>)>);

impl Bindings {
    pub(super) fn new(scope: Scope) -> Bindings {
        Bindings(scope.iter().map(|(prefix, name)| ((*prefix).into(), (*name).into())).collect())
    }

    pub(super) fn namespace(&self, prefix: &str) -> Option<&str> {
        let bound = |(known, _): &&(Box<str>, Box<str>)| &**known == prefix;
        self.0.iter().rev().find(bound).map(|(_, name)| &**name)
    }

    pub(super) fn declare(&mut self, declared: &[(Box<str>, Box<str>)]) {
        self.0.extend_from_slice(declared);
    }

    /// A prefix that means this namespace here; the default one if it does.
    fn prefix_of(&self, namespace: &str) -> Option<&str> {
        if self.namespace("") == Some(namespace) {
            return Some("");
        }
        let candidates = self.0.iter().rev().filter(|(_, name)| &**name == namespace);
        candidates.map(|(prefix, _)| &**prefix).find(|p| self.namespace(p) == Some(namespace))
    }
}

/// Reads a document; what is wrong with it otherwise, and the byte where.
pub(super) fn read(text: &str, depth_max: usize, scope: Scope) -> Result<Document, String> {
    let mut reader = Reader::from_str(text.strip_prefix('\u{FEFF}').unwrap_or(text));
    reader.config_mut().check_comments = true;
    let mut open = vec![(Tag::nameless(), 0_usize)];
    let mut bindings = Bindings::new(scope);
    loop {
        let position = reader.buffer_position();
        let place = |message: &str| format!("{message}, byte {position}");
        let event = reader.read_event().map_err(|_| place("not well-formed"))?;
        match event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) if open.len() > depth_max.min(DEPTH_MAX) => {
                let _ = start;
                return Err(place("nested too deep"));
            }
            Event::Start(start) => {
                let before = bindings.0.len();
                let tag = Tag::read(&start, &mut bindings).map_err(|m| place(&m))?;
                open.push((tag, before));
            }
            Event::Empty(start) => {
                let before = bindings.0.len();
                let tag = Tag::read(&start, &mut bindings).map_err(|m| place(&m))?;
                bindings.0.truncate(before);
                push(&mut open, Node::Element(tag));
            }
            Event::End(_) => {
                let Some((mut tag, before)) = open.pop().filter(|_| !open.is_empty()) else {
                    return Err(place("an end without a start"));
                };
                tag.join_texts();
                bindings.0.truncate(before);
                push(&mut open, Node::Element(tag));
            }
            Event::Text(text) => push(&mut open, Node::Text(text.replace("\r\n", "\n"))),
            Event::CData(text) => push(&mut open, Node::Text(text.into_inner().into_owned())),
            Event::GeneralRef(reference) => {
                let c = character(&reference).ok_or_else(|| place("an unknown entity"))?;
                push(&mut open, Node::Text(c.to_string()));
            }
            Event::Comment(text) => push(&mut open, Node::Comment(text.into_inner().into_owned())),
            Event::PI(text) => push(&mut open, Node::Instruction((*text).to_owned())),
            Event::Decl(_) => {}
            Event::DocType(_) => return Err(place("a document type is not allowed")),
        }
    }
    finish(open)
}

fn push(open: &mut [(Tag, usize)], node: Node) {
    if let Some((tag, _)) = open.last_mut() {
        tag.children.push(node);
    }
}

fn finish(mut open: Vec<(Tag, usize)>) -> Result<Document, String> {
    let (mut root, _) = open.pop().ok_or("no document")?;
    if !open.is_empty() {
        return Err("the document ends inside an element".to_owned());
    }
    root.join_texts();
    let blank = |node: &Node| matches!(node, Node::Text(text) if text.trim_ascii().is_empty());
    root.children.retain(|node| !blank(node));
    if root.children.iter().any(|node| matches!(node, Node::Text(_))) {
        return Err("text stands outside of the root element".to_owned());
    }
    match root.children.iter().filter_map(Node::as_element).count() {
        1 => Ok(Document { root }),
        0 => Err("there is no element in it".to_owned()),
        _ => Err("a second element stands after the root".to_owned()),
    }
}

fn character(reference: &BytesRef<'_>) -> Option<char> {
    if let Some(c) = reference.resolve_char_ref().ok()? {
        return Some(c);
    }
    match &**reference {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

impl Tag {
    fn nameless() -> Tag {
        let name = Name { namespace: "".into(), prefix: "".into(), local: "".into() };
        Tag { name, declared: Vec::new(), attributes: Vec::new(), children: Vec::new() }
    }

    fn read(start: &BytesStart<'_>, bindings: &mut Bindings) -> Result<Tag, String> {
        let mut declared = Vec::new();
        let mut given = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            if count >= ATTRIBUTES_MAX {
                return Err(format!("an element has more than {ATTRIBUTES_MAX} attributes"));
            }
            let attribute = attribute
                .map_err(|_| "an attribute is not well-formed or stands twice".to_owned())?;
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|_| "an attribute holds an unknown entity".to_owned())?
                .into_owned();
            let key = attribute.key.into_inner();
            match key.strip_prefix("xmlns:") {
                _ if key == "xmlns" => declared.push(("".into(), value.into())),
                Some(prefix) => declared.push((prefix.into(), value.into())),
                None => given.push((key.to_owned(), value)),
            }
        }
        bindings.declare(&declared);
        let name = qualified(start.name().into_inner(), bindings, true)?;
        let mut attributes: Vec<(Name, String)> = Vec::with_capacity(given.len());
        for (key, value) in given {
            let name = qualified(&key, bindings, false)?;
            if attributes.iter().any(|(known, _)| *known == name) {
                return Err("an attribute stands twice".to_owned());
            }
            attributes.push((name, value));
        }
        Ok(Tag { name, declared, attributes, children: Vec::new() })
    }
}

/// A name as written, with its namespace; the default namespace is for elements only.
pub(super) fn qualified(
    written: &str,
    bindings: &Bindings,
    takes_default: bool,
) -> Result<Name, String> {
    let (prefix, local) = written.split_once(':').unwrap_or(("", written));
    if local.is_empty() || local.contains(':') {
        return Err("a name is not well-formed".to_owned());
    }
    let namespace = match prefix {
        "" if !takes_default => "",
        _ => bindings.namespace(prefix).ok_or_else(|| {
            let shown: String = prefix.chars().take(40).collect();
            format!("prefix {shown:?} is not declared")
        })?,
    };
    Ok(Name { namespace: namespace.into(), prefix: prefix.into(), local: local.into() })
}

/// Writes a document, with a declaration wherever a name's prefix does not mean its namespace.
pub(super) fn write(document: &Document) -> String {
    let mut out = String::new();
    let mut bindings = Bindings::new(EMPTY_SCOPE);
    for node in &document.root.children {
        write_node(node, &mut bindings, &mut out);
    }
    out
}

fn write_node(node: &Node, bindings: &mut Bindings, out: &mut String) {
    match node {
        Node::Element(tag) => write_tag(tag, bindings, out),
        Node::Text(text) => out.push_str(&escape::partial_escape(text.as_str())),
        Node::Comment(text) => {
            out.push_str("<!--");
            out.push_str(text);
            out.push_str("-->");
        }
        Node::Instruction(text) => {
            out.push_str("<?");
            out.push_str(text);
            out.push_str("?>");
        }
    }
}

fn write_tag(tag: &Tag, bindings: &mut Bindings, out: &mut String) {
    let before = bindings.0.len();
    let mut declared = tag.declared.clone();
    bindings.declare(&declared);
    let name = fitting(&tag.name, true, bindings, &mut declared);
    let attributes: Vec<(String, &str)> = tag
        .attributes
        .iter()
        .map(|(name, value)| (fitting(name, false, bindings, &mut declared), value.as_str()))
        .collect();
    out.push('<');
    out.push_str(&name);
    for (prefix, namespace) in &declared {
        out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        out.push_str(prefix);
        write_value(namespace, out);
    }
    for (name, value) in attributes {
        out.push(' ');
        out.push_str(&name);
        write_value(value, out);
    }
    if tag.children.is_empty() {
        out.push_str("/>");
    } else {
        out.push('>');
        for child in &tag.children {
            write_node(child, bindings, out);
        }
        out.push_str("</");
        out.push_str(&name);
        out.push('>');
    }
    bindings.0.truncate(before);
}

/// The name as it can be written here; declares its namespace where no prefix means it.
fn fitting(
    name: &Name,
    is_element: bool,
    bindings: &mut Bindings,
    declared: &mut Vec<(Box<str>, Box<str>)>,
) -> String {
    let as_written = if is_element || !name.prefix.is_empty() {
        bindings.namespace(&name.prefix) == Some(&name.namespace)
    } else {
        name.namespace.is_empty()
    };
    let prefix: Box<str> = if as_written {
        name.prefix.clone()
    } else if let Some(known) =
        bindings.prefix_of(&name.namespace).filter(|p| is_element || !p.is_empty())
    {
        known.into()
    } else {
        let prefix = free_prefix(name, is_element, declared);
        let declaration = (prefix.clone(), name.namespace.clone());
        bindings.declare(std::slice::from_ref(&declaration));
        declared.retain(|(known, _)| *known != prefix);
        declared.push(declaration);
        prefix
    };
    if prefix.is_empty() { name.local.to_string() } else { format!("{prefix}:{}", name.local) }
}

/// The name's own prefix, unless this element declares it for another namespace.
fn free_prefix(name: &Name, is_element: bool, declared: &[(Box<str>, Box<str>)]) -> Box<str> {
    let is_taken = |prefix: &str| declared.iter().any(|(known, _)| &**known == prefix);
    let is_allowed = is_element || !name.prefix.is_empty();
    if name.namespace.is_empty() || (is_allowed && !is_taken(&name.prefix)) {
        return name.prefix.clone();
    }
    let numbered = (1..).map(|number| format!("ns{number}").into_boxed_str());
    numbered.into_iter().find(|prefix| !is_taken(prefix)).unwrap_or_default()
}

/// A value in quotes; white space other than blanks as references, or it would be read as blanks.
fn write_value(value: &str, out: &mut String) {
    out.push_str("=\"");
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out.push('"');
}
