//! [`Value`] → XML, elements in the order of the definition.
//!
//! Written without white space between elements. What XML or the shape cannot carry is an issue
//! with its place, never dropped.

use super::{Content, NAMESPACE, Shape, ShapeChild, ShapeId, narrative};
use crate::{Issue, IssueCode, Kind, Value};

const DEPTH_MAX: usize = 1000;

/// The resource as an XML document.
pub fn write(resource: Value<'_>, shape: &dyn Shape) -> Result<String, Issue> {
    let mut out = String::with_capacity(resource.span().len() * 5 / 4 + 64);
    out.push_str(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
    Writer { out: &mut out, shape }.resource(resource, true)?;
    Ok(out)
}

struct Writer<'o> {
    out: &'o mut String,
    shape: &'o dyn Shape,
}

/// A member of an object with the ids and extensions that stand beside it.
struct Member<'t> {
    name: &'t str,
    child: ShapeChild,
    value: Option<Value<'t>>,
    sibling: Option<Value<'t>>,
}

fn issue(at: Value<'_>, message: &str) -> Issue {
    Issue::error(IssueCode::Structure, at.expression(), message)
}

impl Writer<'_> {
    fn resource(&mut self, resource: Value<'_>, is_root: bool) -> Result<(), Issue> {
        let name = resource.get("resourceType").and_then(Value::as_str);
        let known = name.and_then(|name| Some((name, self.shape.resource(name)?)));
        let Some((name, id)) = known else {
            return Err(issue(resource, "unknown resource type"));
        };
        self.out.push('<');
        self.out.push_str(name);
        if is_root {
            self.out.push_str(" xmlns=\"");
            self.out.push_str(NAMESPACE);
            self.out.push('"');
        }
        let members = self.members(resource, id, true)?;
        self.content(name, &members, None)
    }

    /// The members in the order of the definition, each known.
    fn members<'t>(
        &self,
        object: Value<'t>,
        id: ShapeId,
        is_resource: bool,
    ) -> Result<Vec<Member<'t>>, Issue> {
        if object.kind() != Kind::Object {
            return Err(issue(object, "must be an object"));
        }
        let mut members: Vec<Member<'t>> = Vec::new();
        for member in object.members() {
            let full = member.name();
            if is_resource && full == "resourceType" {
                continue;
            }
            let name = full.strip_prefix('_').unwrap_or(full);
            let is_sibling = name.len() < full.len();
            let child = self.shape.child(id, name);
            let child = child.filter(|c| !is_sibling || matches!(c.content, Content::Primitive(_)));
            let Some(child) = child else {
                return Err(issue(member, "unknown element; xml cannot carry it"));
            };
            let at = members.iter().position(|known| known.name == name).unwrap_or_else(|| {
                members.push(Member { name, child, value: None, sibling: None });
                members.len() - 1
            });
            let slot = &mut members[at];
            *(if is_sibling { &mut slot.sibling } else { &mut slot.value }) = Some(member);
        }
        members.sort_by_key(|member| member.child.order);
        Ok(members)
    }

    /// Attributes, the end of the start tag, elements, the end tag. `value` is a primitive's.
    fn content(
        &mut self,
        name: &str,
        members: &[Member<'_>],
        value: Option<Value<'_>>,
    ) -> Result<(), Issue> {
        let mut has_elements = false;
        for member in members {
            if !member.child.is_attribute {
                has_elements = true;
                continue;
            }
            match (member.value.filter(|value| value.kind() == Kind::String), member.sibling) {
                (Some(value), None) => self.attribute(member.name, value)?,
                (value, sibling) => {
                    let at = sibling.or(value).or(member.value);
                    let message = "an attribute must be a string without extensions";
                    return Err(at.map_or_else(
                        || Issue::error(IssueCode::Structure, member.name, message),
                        |at| issue(at, message),
                    ));
                }
            }
        }
        if let Some(value) = value {
            self.attribute("value", value)?;
        }
        if !has_elements {
            self.out.push_str("/>");
            return Ok(());
        }
        self.out.push('>');
        for member in members.iter().filter(|member| !member.child.is_attribute) {
            self.member(member)?;
        }
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
        Ok(())
    }

    fn member(&mut self, member: &Member<'_>) -> Result<(), Issue> {
        for value in [member.value, member.sibling].into_iter().flatten() {
            if (value.kind() == Kind::Array) != member.child.is_many {
                return Err(issue(value, "must be an array where it may repeat, and only there"));
            }
            if value.kind() == Kind::Array && value.items().next().is_none() {
                return Err(issue(value, "an empty array; xml cannot carry it"));
            }
        }
        if !member.child.is_many {
            return self.element(member, member.value, member.sibling);
        }
        let mut values = member.value.into_iter().flat_map(Value::items);
        let mut siblings = member.sibling.into_iter().flat_map(Value::items);
        loop {
            match (values.next(), siblings.next()) {
                (None, None) => return Ok(()),
                (value, sibling) => self.element(member, value, sibling)?,
            }
        }
    }

    fn element(
        &mut self,
        member: &Member<'_>,
        value: Option<Value<'_>>,
        sibling: Option<Value<'_>>,
    ) -> Result<(), Issue> {
        let name = member.name;
        if let (Content::Xhtml, Some(value)) = (member.child.content, value) {
            return self.narrative(value);
        }
        self.out.push('<');
        self.out.push_str(name);
        match (member.child.content, value) {
            (Content::Primitive(kind), _) => self.primitive(name, kind, value, sibling),
            (Content::Object(id), Some(object)) => {
                let members = self.members(object, id, false)?;
                self.content(name, &members, None)
            }
            (_, Some(resource)) => {
                self.out.push('>');
                self.resource(resource, false)?;
                self.out.push_str("</");
                self.out.push_str(name);
                self.out.push('>');
                Ok(())
            }
            (_, None) => Ok(()),
        }
    }

    fn primitive(
        &mut self,
        name: &str,
        kind: Kind,
        value: Option<Value<'_>>,
        sibling: Option<Value<'_>>,
    ) -> Result<(), Issue> {
        let is_there = |value: &Value<'_>| value.kind() != Kind::Null;
        let (given, own) = (value.filter(is_there), sibling.filter(is_there));
        if let Some(wrong) = given.filter(|value| value.kind() != kind) {
            return Err(issue(wrong, "a value of another kind; xml cannot carry it"));
        }
        let members = match own {
            Some(own) => self.members(own, self.shape.element(), false)?,
            None => Vec::new(),
        };
        if let (None, true, Some(at)) = (given, members.is_empty(), value.or(sibling)) {
            return Err(issue(at, "neither a value nor an extension; xml cannot carry it"));
        }
        self.content(name, &members, given)
    }

    fn narrative(&mut self, value: Value<'_>) -> Result<(), Issue> {
        let Some(div) = value.as_str() else {
            return Err(issue(value, "a narrative must be a string"));
        };
        let trimmed = div.trim_ascii();
        narrative::check(trimmed, DEPTH_MAX).map_err(|message| issue(value, message))?;
        self.out.push_str(trimmed);
        Ok(())
    }

    fn attribute(&mut self, name: &str, value: Value<'_>) -> Result<(), Issue> {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        let text = value.as_text().unwrap_or("");
        if !escape(text, self.out) {
            return Err(issue(value, "holds a character that xml cannot carry"));
        }
        self.out.push('"');
        Ok(())
    }
}

/// Appends text as it must stand in an attribute; whether all of it can.
fn escape(text: &str, out: &mut String) -> bool {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            // Raw white space other than blanks would be read back as blanks.
            b'\t' => "&#9;",
            b'\n' => "&#10;",
            b'\r' => "&#13;",
            0..0x20 => return false,
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escaped);
        from = at + 1;
    }
    out.push_str(&text[from..]);
    // U+FFFE and U+FFFF; surrogates cannot stand in a string.
    !text.contains(['\u{FFFE}', '\u{FFFF}'])
}
