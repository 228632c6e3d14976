//! XML → [`Tree`].
//!
//! The document is read once into an owned value and that is written as JSON, so a tree from XML
//! is the same as one from JSON. Faults of content are collected and reading goes on; faults of
//! form (not well-formed, a document type, too deep) end it.

use quick_xml::NsReader;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};

use super::{Content, NAMESPACE, Shape, ShapeChild, ShapeId, decode, is_xml_char, narrative};
use crate::json::{Limits, is_number};
use crate::{Element, Issue, IssueCode, Kind, Tree};

/// After so many issues reading stops.
const ISSUES_MAX: usize = 100;
/// Each attribute is compared with those before it, so there must not be too many.
pub(super) const ATTRIBUTES_MAX: usize = 256;
const SCHEMA_INSTANCE_NAMESPACE: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Reads a resource under [`Limits::STANDARD`]; all that is wrong with it otherwise.
pub fn read(bytes: &[u8], shape: &dyn Shape) -> Result<Tree, Vec<Issue>> {
    read_with(bytes, shape, Limits::STANDARD)
}

/// Reads a resource.
pub fn read_with(bytes: &[u8], shape: &dyn Shape, limits: Limits) -> Result<Tree, Vec<Issue>> {
    let fault = |message: String| vec![Issue::error(IssueCode::Structure, "", message)];
    if bytes.len() > limits.bytes_max {
        return Err(fault(format!("longer than {} bytes", limits.bytes_max)));
    }
    let text = decode::decode(bytes).map_err(|(message, offset)| {
        let line = bytes[..offset].split(|b| *b == b'\n').count();
        fault(format!("{message}, line {line}"))
    })?;
    let mut xml = NsReader::from_str(&text);
    xml.config_mut().expand_empty_elements = true;
    xml.config_mut().check_comments = true;
    let mut reader =
        Reader { xml, text: &text, shape, limits, issues: Vec::new(), path: Vec::new(), before: 0 };
    let root = reader.document();
    let mut issues = reader.issues;
    match root {
        Ok(root) if issues.is_empty() => Tree::parse_with(&root.to_compact(), limits)
            .map_err(|error| fault(format!("{error} of its json form"))),
        _ => {
            // The fault of form, found last, is why the rest was not looked at: it comes first.
            if root.is_err() {
                issues.rotate_right(1);
            }
            Err(issues)
        }
    }
}

/// Reading cannot go on; the reason is the last issue.
struct Stop;

struct Reader<'i> {
    xml: NsReader<&'i [u8]>,
    text: &'i str,
    shape: &'i dyn Shape,
    limits: Limits,
    issues: Vec<Issue>,
    /// Where reading stands: names, with a place where they repeat.
    path: Vec<(Box<str>, Option<usize>)>,
    /// Byte offset of the beginning of the last event.
    before: usize,
}

/// All elements of one name in an object.
struct Group {
    name: Box<str>,
    child: ShapeChild,
    values: Vec<Option<Element>>,
    /// Ids and extensions of primitives.
    siblings: Vec<Option<Element>>,
}

type Members = Vec<(Box<str>, Element)>;

impl<'i> Reader<'i> {
    fn document(&mut self) -> Result<Element, Stop> {
        if let Some((at, _)) = self.text.char_indices().find(|(_, c)| !is_xml_char(*c)) {
            self.before = at;
            return Err(self.stop("a character that xml does not allow"));
        }
        let mut root = None;
        loop {
            match self.next()? {
                Event::Eof => break,
                Event::Start(start) if root.is_none() => root = Some(self.resource(&start, 1)?),
                Event::Start(_) => {
                    return Err(self.stop("a second element stands after the resource"));
                }
                Event::Decl(declaration) if self.before == 0 => {
                    let is_1_0 = declaration.version().is_ok_and(|version| version == "1.0");
                    if !is_1_0 {
                        return Err(self.stop("only xml 1.0 is read"));
                    }
                }
                Event::Decl(_) => return Err(self.stop("the xml declaration must come first")),
                event => self.between(&event)?,
            }
        }
        root.ok_or_else(|| self.stop("no resource in the document"))
    }

    fn next(&mut self) -> Result<Event<'i>, Stop> {
        self.before = self.xml.buffer_position() as usize;
        match self.xml.read_event() {
            Ok(Event::DocType(_)) => {
                Err(self.stop("a document type is not allowed; remove the DOCTYPE"))
            }
            Ok(event) => Ok(event),
            Err(_) => {
                self.before = self.xml.error_position() as usize;
                Err(self.stop("not well-formed xml"))
            }
        }
    }

    /// What may stand between elements: white space, comments, processing instructions.
    fn between(&mut self, event: &Event<'_>) -> Result<(), Stop> {
        match event {
            Event::Comment(_) | Event::PI(_) => Ok(()),
            Event::Text(text) if text.bytes().all(|b| b.is_ascii_whitespace()) => Ok(()),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                self.report("text stands between elements; values go into a value attribute");
                if self.path.is_empty() { Err(Stop) } else { Ok(()) }
            }
            Event::Eof => Err(self.stop("the document ends inside an element")),
            _ => Err(self.stop("not well-formed xml")),
        }
    }

    fn place(&self) -> String {
        use std::fmt::Write as _;
        let mut place = String::new();
        for (name, index) in &self.path {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(name);
            if let Some(index) = index {
                let _ = write!(place, "[{index}]");
            }
        }
        place
    }

    #[cold]
    fn report(&mut self, message: &str) {
        if self.issues.len() >= ISSUES_MAX {
            return;
        }
        let mut at = self.before.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let before = &self.text[..at];
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let message = format!("{message}, line {line} column {column}");
        self.issues.push(Issue::error(IssueCode::Structure, self.place(), message));
    }

    #[cold]
    fn stop(&mut self, message: &str) -> Stop {
        self.issues.truncate(ISSUES_MAX - 1);
        self.report(message);
        Stop
    }

    fn deeper(&mut self, depth: usize) -> Result<usize, Stop> {
        if self.issues.len() >= ISSUES_MAX {
            return Err(self.stop("reading stops after so many issues"));
        }
        if depth > self.limits.depth_max {
            let message = format!("nested deeper than {} levels", self.limits.depth_max);
            return Err(self.stop(&message));
        }
        Ok(depth + 1)
    }

    fn is_fhir(&self, start: &BytesStart<'_>) -> bool {
        let (resolved, _) = self.xml.resolver().resolve_element(start.name());
        resolved == ResolveResult::Bound(Namespace(NAMESPACE))
    }

    /// An element that is a resource, from its start tag on.
    fn resource(&mut self, start: &BytesStart<'_>, depth: usize) -> Result<Element, Stop> {
        let name = start.local_name().into_inner();
        let is_root = self.path.is_empty();
        if is_root {
            self.path.push((name.into(), None));
        }
        let id = if self.is_fhir(start) { self.shape.resource(name) } else { None };
        let Some(id) = id else {
            self.report(
                "unknown resource type; name one of FHIR R4, in its namespace http://hl7.org/fhir",
            );
            self.skip()?;
            return Ok(Element::Null);
        };
        let mut members = vec![("resourceType".into(), Element::String(name.into()))];
        self.object(start, id, None, depth, &mut members)?;
        if is_root {
            self.path.pop();
        }
        Ok(Element::Object(members))
    }

    /// The attributes and elements of an object into `members`. `value` takes a primitive's value.
    fn object(
        &mut self,
        start: &BytesStart<'_>,
        id: ShapeId,
        value: Option<&mut Option<String>>,
        depth: usize,
        members: &mut Members,
    ) -> Result<(), Stop> {
        let depth = self.deeper(depth)?;
        self.attributes(start, id, value, members)?;
        let mut groups: Vec<Group> = Vec::new();
        loop {
            match self.next()? {
                Event::Start(start) => self.child(&start, id, depth, &mut groups)?,
                Event::End(_) => break,
                event => self.between(&event)?,
            }
        }
        for group in groups {
            group.into_members(members);
        }
        Ok(())
    }

    fn attributes(
        &mut self,
        start: &BytesStart<'_>,
        id: ShapeId,
        mut value: Option<&mut Option<String>>,
        members: &mut Members,
    ) -> Result<(), Stop> {
        for (count, attribute) in start.attributes().enumerate() {
            if count >= ATTRIBUTES_MAX {
                return Err(self.stop("more attributes than any element has"));
            }
            let Ok(attribute) = attribute else {
                return Err(self.stop("an attribute is not well-formed or stands twice"));
            };
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let text = match attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0) {
                Ok(text) if !attribute.value.contains('<') && text.chars().all(is_xml_char) => text,
                _ => return Err(self.stop("an attribute holds an unknown entity or a raw '<'")),
            };
            let (resolved, local) = self.xml.resolver().resolve_attribute(attribute.key);
            let name = local.into_inner();
            match resolved {
                ResolveResult::Bound(Namespace(SCHEMA_INSTANCE_NAMESPACE)) => continue,
                ResolveResult::Unbound => {}
                _ => {
                    self.report_attribute(name);
                    continue;
                }
            }
            match (&mut value, name) {
                (Some(value), "value") => **value = Some(text.into_owned()),
                _ if self.shape.child(id, name).is_some_and(|child| child.is_attribute) => {
                    members.push((name.into(), Element::String(text.as_ref().into())));
                }
                _ => self.report_attribute(name),
            }
        }
        Ok(())
    }

    #[cold]
    fn report_attribute(&mut self, name: &str) {
        let name: String = name.chars().take(64).collect();
        self.report(&format!("unknown attribute {name:?}; correct its name or remove it"));
    }

    fn child(
        &mut self,
        start: &BytesStart<'_>,
        id: ShapeId,
        depth: usize,
        groups: &mut Vec<Group>,
    ) -> Result<(), Stop> {
        let name = start.local_name().into_inner();
        let shape = self.shape.child(id, name).filter(|child| !child.is_attribute);
        let Some(child) = shape.filter(|c| c.content == Content::Xhtml || self.is_fhir(start))
        else {
            let shown = name.chars().take(64).collect::<String>();
            self.path.push((shown.as_str().into(), None));
            self.report("unknown element; correct its name or namespace, or remove it");
            self.path.pop();
            return self.skip();
        };
        let at = if let Some(at) = groups.iter().rposition(|group| *group.name == *name) {
            at
        } else {
            groups.push(Group {
                name: name.into(),
                child,
                values: Vec::new(),
                siblings: Vec::new(),
            });
            groups.len() - 1
        };
        let index = groups[at].values.len();
        self.path.push((name.into(), child.is_many.then_some(index)));
        if index > 0 && !child.is_many {
            self.report("stands twice but cannot repeat");
        }
        let (value, sibling) = match child.content {
            Content::Primitive(kind) => self.primitive(start, kind, depth)?,
            Content::Object(id) => {
                let mut members = Members::new();
                self.object(start, id, None, depth, &mut members)?;
                (Some(Element::Object(members)), None)
            }
            Content::Resource => (self.wrapped_resource(start, depth)?, None),
            Content::Xhtml => (Some(self.narrative(start)?), None),
        };
        self.path.pop();
        groups[at].values.push(value);
        groups[at].siblings.push(sibling);
        Ok(())
    }

    fn primitive(
        &mut self,
        start: &BytesStart<'_>,
        kind: Kind,
        depth: usize,
    ) -> Result<(Option<Element>, Option<Element>), Stop> {
        let mut text = None;
        let mut members = Members::new();
        let begin = self.before;
        self.object(start, self.shape.element(), Some(&mut text), depth, &mut members)?;
        let value = match (text, kind) {
            (None, _) => None,
            (Some(text), Kind::Number) if is_number(text.trim_ascii()) => {
                Some(Element::Number(text.trim_ascii().into()))
            }
            (Some(text), Kind::Bool) if matches!(text.trim_ascii(), "true" | "false") => {
                Some(Element::Bool(text.trim_ascii() == "true"))
            }
            (Some(text), Kind::String) => Some(Element::String(text.into())),
            (Some(_), kind) => {
                self.before = begin;
                let kind = if kind == Kind::Bool { "true or false" } else { "a number" };
                self.report(&format!("the value must be {kind}"));
                return Ok((None, None));
            }
        };
        let sibling = (!members.is_empty()).then_some(Element::Object(members));
        if value.is_none() && sibling.is_none() {
            self.before = begin;
            self.report("neither a value nor an extension; leave the element out");
        }
        Ok((value, sibling))
    }

    /// The resource inside an element such as `contained`.
    fn wrapped_resource(
        &mut self,
        start: &BytesStart<'_>,
        depth: usize,
    ) -> Result<Option<Element>, Stop> {
        let depth = self.deeper(depth)?;
        for attribute in start.attributes().take(ATTRIBUTES_MAX) {
            let is_plain = attribute.is_ok_and(|a| a.key.as_namespace_binding().is_some());
            if !is_plain {
                self.report("an element around a resource has no attributes");
            }
        }
        let mut found = None;
        loop {
            match self.next()? {
                Event::Start(start) => {
                    if found.is_some() {
                        self.report("holds more than one resource");
                    }
                    found = Some(self.resource(&start, depth)?);
                }
                Event::End(_) => break,
                event => self.between(&event)?,
            }
        }
        if found.is_none() {
            self.report("holds no resource; leave it out");
        }
        Ok(found)
    }

    /// A narrative's `div`, as it stands in the text.
    fn narrative(&mut self, start: &BytesStart<'_>) -> Result<Element, Stop> {
        let begin = self.before;
        let mut depth = 1;
        self.narrative_start(start)?;
        while depth > 0 {
            match self.next()? {
                Event::Start(start) => {
                    depth += 1;
                    if depth > self.limits.depth_max {
                        return Err(self.stop("the narrative is nested too deep"));
                    }
                    self.narrative_start(&start)?;
                }
                Event::End(_) => depth -= 1,
                Event::GeneralRef(reference) => {
                    if let Err(message) = narrative::check_reference(&reference) {
                        return Err(self.stop(message));
                    }
                }
                Event::Eof | Event::Decl(_) => return Err(self.stop("not well-formed xml")),
                _ => {}
            }
        }
        let end = self.xml.buffer_position() as usize;
        Ok(Element::String(self.text[begin..end].into()))
    }

    fn narrative_start(&mut self, start: &BytesStart<'_>) -> Result<(), Stop> {
        let checked = narrative::check_start(&self.xml, start);
        checked.map_err(|message| self.stop(message))
    }

    /// Passes over the rest of an element whose start tag has been read.
    fn skip(&mut self) -> Result<(), Stop> {
        let mut depth = 1_usize;
        while depth > 0 {
            match self.next()? {
                Event::Start(_) => depth += 1,
                Event::End(_) => depth -= 1,
                Event::Eof => return Err(self.stop("the document ends inside an element")),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Group {
    fn into_members(self, members: &mut Members) {
        let sibling_name = || format!("_{}", self.name).into_boxed_str();
        let has = |items: &[Option<Element>]| items.iter().any(Option::is_some);
        let (has_values, has_siblings) = (has(&self.values), has(&self.siblings));
        let join = |items: Vec<Option<Element>>| {
            if self.child.is_many {
                Element::Array(
                    items.into_iter().map(|item| item.unwrap_or(Element::Null)).collect(),
                )
            } else {
                items.into_iter().flatten().next().unwrap_or(Element::Null)
            }
        };
        let sibling = has_siblings.then(|| (sibling_name(), join(self.siblings)));
        if has_values {
            members.push((self.name.clone(), join(self.values)));
        }
        members.extend(sibling);
    }
}
