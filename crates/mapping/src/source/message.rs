//! Places in an HL7 v2 message: fields, repetitions, components, by their byte ranges.
//!
//! `hl7v2` finds segments and fields; this module only names places and goes one level down at a
//! time, so that a rule pays for what it reads. Spec: HL7 v2 §2.5, §2.6.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Node, Place};
use crate::language::program::Name;
use crate::run::push_number;

pub(crate) struct SegmentPlace {
    pub(crate) name: Name,
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Which of the segments of that name it is, from 1.
    ordinal: u32,
    /// Where field `n` (from 1) begins: `fields[n - 1]`; one more entry, past the end.
    first_field: u32,
    fields: u32,
}

pub(crate) struct MessageSource<'m> {
    message: &'m hl7v2::Message<'m>,
    delimiters: hl7v2::Delimiters,
    segments: Vec<SegmentPlace>,
    /// Ends of all fields of all segments, in order.
    ends: Vec<u32>,
    /// How many segments there are of each name.
    counts: HashMap<Name, u32>,
}

impl<'m> MessageSource<'m> {
    pub(crate) fn new(message: &'m hl7v2::Message<'m>) -> MessageSource<'m> {
        let mut source = MessageSource {
            message,
            delimiters: message.delimiters(),
            segments: Vec::with_capacity(message.segments().len()),
            ends: Vec::with_capacity(256),
            counts: HashMap::new(),
        };
        for segment in message.segments() {
            source.add(segment.name, segment.range());
        }
        source
    }

    fn add(&mut self, name: Name, range: std::ops::Range<usize>) {
        let first_field = self.ends.len() as u32;
        let is_header = matches!(&name, b"MSH" | b"FHS" | b"BHS");
        let text = &self.bytes()[range.clone()];
        let body = if is_header { 4 } else { 3 };
        if is_header {
            // MSH-1 is the field separator itself.
            self.ends.push(range.start as u32 + 4);
        }
        if text.len() > body {
            let after = if is_header { body } else { body + 1 };
            let separators = text.iter().enumerate().skip(after);
            let ends = separators.filter(|(_, byte)| **byte == self.delimiters.field);
            self.ends.extend(ends.map(|(at, _)| (range.start + at) as u32));
            self.ends.push(range.end as u32);
        }
        let count = self.counts.entry(name).or_insert(0);
        *count += 1;
        let ordinal = *count;
        let fields = self.ends.len() as u32 - first_field;
        self.segments.push(SegmentPlace {
            name,
            start: range.start as u32,
            end: range.end as u32,
            ordinal,
            first_field,
            fields,
        });
    }

    pub(crate) fn bytes(&self) -> &'m [u8] {
        self.message.bytes()
    }

    pub(crate) fn segments(&self) -> &[SegmentPlace] {
        &self.segments
    }

    pub(crate) fn segment_node(&self, index: u16) -> Node {
        let segment = &self.segments[index as usize];
        Node { start: segment.start, end: segment.start + 3, place: Place::Segment(index) }
    }

    /// The bytes of a field, with all its repetitions.
    fn field(&self, index: u16, field: u8) -> Option<(u32, u32)> {
        let segment = self.segments.get(index as usize)?;
        if field == 0 || u32::from(field) > segment.fields {
            return None;
        }
        let at = segment.first_field as usize + field as usize - 1;
        let is_header = segment.name == *b"MSH";
        let start = match (field, is_header) {
            (1, true) => segment.start + 3,
            (2, true) | (1, false) => segment.start + 4,
            _ => self.ends[at - 1] + 1,
        };
        Some((start, self.ends[at]))
    }

    /// A whole field with its repetitions.
    pub(crate) fn whole(&self, index: u16, field: u8) -> Option<Node> {
        let (start, end) = self.field(index, field)?;
        let place =
            Place::Field { segment: index, field, repetition: 1, component: 0, subcomponent: 0 };
        Some(Node { start, end, place })
    }

    /// A field's repetition, from 1; the first exists even where the field is empty.
    pub(crate) fn repetition(&self, index: u16, field: u8, number: u16) -> Option<Node> {
        let (start, end) = self.field(index, field)?;
        let place = Place::Field {
            segment: index,
            field,
            repetition: number,
            component: 0,
            subcomponent: 0,
        };
        // MSH-1 and MSH-2 hold the delimiters themselves.
        let is_delimiters = field <= 2 && self.segments[index as usize].name == *b"MSH";
        if is_delimiters {
            return (number == 1).then_some(Node { start, end, place });
        }
        let (start, end) = self.nth(start, end, self.delimiters.repetition, number)?;
        Some(Node { start, end, place })
    }

    /// A component of a repetition, or a subcomponent of a component, from 1.
    pub(crate) fn child(&self, node: Node, number: u8) -> Option<Node> {
        let Place::Field { segment, field, repetition, component, subcomponent } = node.place
        else {
            return None;
        };
        let (delimiter, place) = match (component, subcomponent) {
            (0, _) => (
                self.delimiters.component,
                Place::Field { segment, field, repetition, component: number, subcomponent: 0 },
            ),
            (_, 0) => (
                self.delimiters.subcomponent,
                Place::Field { segment, field, repetition, component, subcomponent: number },
            ),
            _ => return (number == 1).then_some(node),
        };
        let (start, end) = self.nth(node.start, node.end, delimiter, u16::from(number))?;
        Some(Node { start, end, place })
    }

    fn nth(&self, start: u32, end: u32, delimiter: u8, number: u16) -> Option<(u32, u32)> {
        let text = &self.bytes()[start as usize..end as usize];
        let mut from = 0;
        let mut left = number;
        loop {
            // A delimiter of 0 is one that the message does not name.
            let next = text[from..].iter().position(|b| *b == delimiter && delimiter != 0);
            left -= 1;
            if left == 0 {
                let to = next.map_or(text.len(), |at| from + at);
                return Some((start + from as u32, start + to as u32));
            }
            from += next? + 1;
        }
    }

    /// The text of the first leaf, and the leaf.
    pub(crate) fn text(&self, node: Node) -> Option<(Cow<'m, str>, Node)> {
        let leaf = match node.place {
            Place::Field { segment, field, .. } => {
                let is_delimiters = field <= 2 && self.segments[segment as usize].name == *b"MSH";
                if is_delimiters { node } else { self.first_leaf(node) }
            }
            Place::Segment(_) | Place::Cell(_) => return None,
        };
        if leaf.start == leaf.end {
            return None;
        }
        let text = self.decode(leaf);
        if text.trim().is_empty() { None } else { Some((text, leaf)) }
    }

    fn decode(&self, node: Node) -> Cow<'m, str> {
        self.message.decode(node.start as usize..node.end as usize)
    }

    fn first_leaf(&self, node: Node) -> Node {
        let text = &self.bytes()[node.start as usize..node.end as usize];
        let delimiters = [self.delimiters.component, self.delimiters.subcomponent];
        let Some(length) = text.iter().position(|b| *b != 0 && delimiters.contains(b)) else {
            return node;
        };
        let Place::Field { segment, field, repetition, component, subcomponent } = node.place
        else {
            return node;
        };
        let is_component = text[length] == self.delimiters.component;
        let place = Place::Field {
            segment,
            field,
            repetition,
            component: component.max(1),
            subcomponent: if is_component { subcomponent } else { 1 },
        };
        Node { start: node.start, end: node.start + length as u32, place }
    }

    pub(crate) fn locator(&self, node: Node) -> String {
        let mut out = String::with_capacity(16);
        let index = match node.place {
            Place::Segment(segment) | Place::Field { segment, .. } => segment,
            Place::Cell(_) => return out,
        };
        let segment = &self.segments[index as usize];
        out.push_str(std::str::from_utf8(&segment.name).unwrap_or("???"));
        if self.counts.get(&segment.name).is_some_and(|count| *count > 1) {
            push_bracketed(&mut out, segment.ordinal);
        }
        let Place::Field { field, repetition, component, subcomponent, .. } = node.place else {
            return out;
        };
        out.push('-');
        push_number(&mut out, u32::from(field));
        if repetition > 1 {
            push_bracketed(&mut out, u32::from(repetition));
        }
        for part in [component, subcomponent].into_iter().take_while(|part| *part > 0) {
            out.push('.');
            push_number(&mut out, u32::from(part));
        }
        out
    }

    /// The repetitions of a field that have content.
    pub(crate) fn repetitions(&self, index: u16, field: u8) -> Vec<Node> {
        let Some(whole) = self.repetition(index, field, 1) else { return Vec::new() };
        let Some((start, end)) = self.field(index, field) else { return Vec::new() };
        if whole.end == end {
            return if whole.end > whole.start { vec![whole] } else { Vec::new() };
        }
        let parts = self.parts(start, end, self.delimiters.repetition);
        let numbered = parts.zip(1..=u16::MAX).filter(|((start, end), _)| end > start);
        let place = |repetition| Place::Field {
            segment: index,
            field,
            repetition,
            component: 0,
            subcomponent: 0,
        };
        numbered.map(|((start, end), n)| Node { start, end, place: place(n) }).collect()
    }

    /// The ranges between delimiters.
    fn parts(&self, start: u32, end: u32, delimiter: u8) -> impl Iterator<Item = (u32, u32)> {
        let text = &self.bytes()[start as usize..end as usize];
        let mut at = start;
        text.split(move |byte| *byte == delimiter && delimiter != 0).map(move |part| {
            let range = (at, at + part.len() as u32);
            at = range.1 + 1;
            range
        })
    }

    /// Every component with content, for the list of what no rule read.
    pub(crate) fn leaves(&self) -> Vec<Node> {
        let mut leaves = Vec::with_capacity(self.ends.len());
        for index in 0..self.segments.len().min(usize::from(u16::MAX)) as u16 {
            let segment = &self.segments[index as usize];
            let first = if segment.name == *b"MSH" { 3 } else { 1 };
            for field in first..=segment.fields.min(255) as u8 {
                for repetition in self.repetitions(index, field) {
                    self.leaves_of(repetition, &mut leaves);
                }
            }
        }
        leaves
    }

    fn leaves_of(&self, repetition: Node, leaves: &mut Vec<Node>) {
        let Place::Field { segment, field, repetition: number, .. } = repetition.place else {
            return;
        };
        let node = |start, end, component, subcomponent| Node {
            start,
            end,
            place: Place::Field { segment, field, repetition: number, component, subcomponent },
        };
        let components =
            self.parts(repetition.start, repetition.end, self.delimiters.component).zip(1..=255);
        for ((start, end), component) in components.filter(|((start, end), _)| end > start) {
            let parts = self.parts(start, end, self.delimiters.subcomponent).zip(1..=255);
            let full = parts.filter(|((start, end), _)| end > start);
            let before = leaves.len();
            leaves.extend(full.map(|((start, end), sub)| node(start, end, component, sub)));
            if leaves.len() == before + 1 {
                leaves[before] = node(start, end, component, 0);
            }
        }
    }
}

fn push_bracketed(out: &mut String, number: u32) {
    out.push('[');
    push_number(out, number);
    out.push(']');
}
