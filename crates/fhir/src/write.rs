//! [`Tree`] → JSON text: compact or pretty, with edits made on the way out.
//!
//! Primitives are copied as they stand in the source, so digits and escapes survive.

use crate::tree::{Kind, Tree, Value};

/// What becomes of a value as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Written as it is.
    Keep,
    /// Left out, with its name.
    Remove,
    /// Written as this JSON text instead.
    Replace(String),
}

impl Tree {
    /// The document without white space between tokens.
    pub fn to_compact(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text().len());
        self.root().write_compact(&mut out);
        out
    }
}

impl Value<'_> {
    /// Appends the value without white space between tokens.
    pub fn write_compact(self, out: &mut Vec<u8>) {
        self.write_edited(out, &mut |_| Edit::Keep);
    }

    /// Appends the value, asking `edit` about each value before it is written.
    pub fn write_edited<F: FnMut(Value<'_>) -> Edit>(self, out: &mut Vec<u8>, edit: &mut F) {
        match edit(self) {
            Edit::Keep => {}
            Edit::Remove => {
                out.extend_from_slice(b"null");
                return;
            }
            Edit::Replace(text) => {
                out.extend_from_slice(text.as_bytes());
                return;
            }
        }
        self.write_kept(out, edit);
    }

    pub(crate) fn write_kept<F: FnMut(Value<'_>) -> Edit>(self, out: &mut Vec<u8>, edit: &mut F) {
        let (open, close) = match self.kind() {
            Kind::Object => (b'{', b'}'),
            Kind::Array => (b'[', b']'),
            _ => {
                out.extend_from_slice(self.raw().as_bytes());
                return;
            }
        };
        out.push(open);
        let mut first = true;
        let children = if open == b'{' { self.members() } else { self.items() };
        for child in children {
            let edited = edit(child);
            if edited == Edit::Remove {
                continue;
            }
            if !first {
                out.push(b',');
            }
            first = false;
            if open == b'{' {
                child.write_name(out);
            }
            match edited {
                Edit::Replace(text) => out.extend_from_slice(text.as_bytes()),
                _ => child.write_kept(out, edit),
            }
        }
        out.push(close);
    }

    /// Appends the member name with quotes and colon.
    pub(crate) fn write_name(self, out: &mut Vec<u8>) {
        let node = self.node();
        if node.escaped & crate::tree::ESCAPED_NAME != 0 {
            write_string(self.name(), out);
        } else {
            out.push(b'"');
            out.extend_from_slice(self.name().as_bytes());
            out.push(b'"');
        }
        out.push(b':');
    }

    /// Appends the value indented by two spaces a level.
    pub fn write_pretty(self, out: &mut Vec<u8>) {
        self.pretty(out, 0);
    }

    fn pretty(self, out: &mut Vec<u8>, level: usize) {
        let (is_object, close) = match self.kind() {
            Kind::Object => (true, b'}'),
            Kind::Array => (false, b']'),
            _ => return out.extend_from_slice(self.raw().as_bytes()),
        };
        out.push(if is_object { b'{' } else { b'[' });
        let children = if is_object { self.members() } else { self.items() };
        let mut any = false;
        for child in children {
            if any {
                out.push(b',');
            }
            any = true;
            new_line(out, level + 1);
            if is_object {
                child.write_name(out);
                out.push(b' ');
            }
            child.pretty(out, level + 1);
        }
        if any {
            new_line(out, level);
        }
        out.push(close);
    }
}

fn new_line(out: &mut Vec<u8>, level: usize) {
    out.push(b'\n');
    out.resize(out.len() + level * 2, b' ');
}

/// Appends a JSON string with quotes and the escapes that it needs.
pub fn write_string(text: &str, out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let bytes = text.as_bytes();
    let mut from = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && *byte != b'"' && *byte != b'\\' {
            continue;
        }
        out.extend_from_slice(&bytes[from..at]);
        from = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[(byte >> 4) as usize]);
                out.push(HEX[(byte & 15) as usize]);
            }
        }
    }
    out.extend_from_slice(&bytes[from..]);
    out.push(b'"');
}

/// Equal as JSON: member order aside, strings decoded, numbers by their digits.
pub(crate) fn equal(a: Value<'_>, b: Value<'_>) -> bool {
    if a.kind() != b.kind() {
        return false;
    }
    match a.kind() {
        Kind::Object => {
            a.members().count() == b.members().count()
                && a.members().all(|m| b.get(m.name()).is_some_and(|other| equal(m, other)))
        }
        Kind::Array => {
            a.items().count() == b.items().count()
                && a.items().zip(b.items()).all(|(x, y)| equal(x, y))
        }
        Kind::String => a.as_str() == b.as_str(),
        Kind::Null | Kind::Bool | Kind::Number => a.raw() == b.raw(),
    }
}
