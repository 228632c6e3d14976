//! Bytes → lines → segments, as lenient as it can be without guessing. Spec: HL7 v2 §2.5.1.
//!
//! A segment ends with CR, LF or both. Text with raw line breaks in it (common in OBX-5) is told
//! from segments by what follows the break:
//! - where the first segment ends in CR, alone or before LF, a lone LF ends a segment only if a
//!   segment name with the field separator follows, or a segment's end, or nothing more;
//! - a line that begins with no segment name is part of the segment before it, break included;
//! - a line that begins with something like a segment name (`ZZ|`, `zab|`) is left out, with an
//!   issue; where it looks like a segment that the standard has (`obx|`, `PIDX|`), the message is
//!   refused, since leaving it out would lose what it says.

use crate::error::{ParseError, ParseErrorKind};
use crate::issue::{ISSUES_MAX, Issue, IssueKind};
use crate::message::{Delimiters, Limits, Segment};
use crate::names::segment_name;

/// What a line begins with.
enum Line {
    Segment([u8; 3]),
    /// A name that is none, but no text either.
    OddName,
    /// A known segment's name, written wrongly.
    WrongName,
    Text,
    Blank,
}

pub(crate) struct Splitter<'b> {
    bytes: &'b [u8],
    delimiters: Delimiters,
    limits: Limits,
    /// Whether the first segment ends in CR, so that LF alone need not end one.
    is_return: bool,
    segments: Vec<Segment>,
    issues: Vec<Issue>,
}

/// The segments of a message that begins at `start`, and what is odd about its lines.
pub(crate) fn split_segments(
    bytes: &[u8],
    start: usize,
    delimiters: Delimiters,
    limits: Limits,
) -> Result<(Vec<Segment>, Vec<Issue>), ParseError> {
    let first_end = memchr::memchr2(b'\r', b'\n', &bytes[start..]).map(|at| bytes[start + at]);
    let is_return = first_end == Some(b'\r');
    let segments = Vec::with_capacity(16);
    let mut splitter =
        Splitter { bytes, delimiters, limits, is_return, segments, issues: Vec::new() };
    let mut at = start;
    while at < bytes.len() {
        let end = splitter.line_end(at);
        splitter.take(at, end)?;
        at = end + 1;
    }
    Ok((splitter.segments, splitter.issues))
}

impl Splitter<'_> {
    /// Where the line that begins at `start` ends, without its end character.
    fn line_end(&self, start: usize) -> usize {
        let bytes = self.bytes;
        let mut from = start;
        loop {
            let Some(found) = memchr::memchr2(b'\r', b'\n', &bytes[from..]) else {
                return bytes.len();
            };
            let at = from + found;
            let is_end = bytes[at] == b'\r' || !self.is_return || at == start || {
                let rest = &bytes[at + 1..];
                rest.is_empty() || rest[0] == b'\r' || self.names_segment(rest).is_some()
            };
            if is_end {
                return at;
            }
            from = at + 1;
        }
    }

    /// The segment name that these bytes begin with, if a field separator follows it.
    fn names_segment(&self, bytes: &[u8]) -> Option<[u8; 3]> {
        let name = <[u8; 3]>::try_from(bytes.get(..3)?).ok()?;
        let is_name = name[0].is_ascii_uppercase()
            && name[1..].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        (is_name && bytes.get(3) == Some(&self.delimiters.field)).then_some(name)
    }

    fn read(&self, line: &[u8]) -> Line {
        if let Some(name) = self.names_segment(line) {
            return Line::Segment(name);
        }
        if line.iter().all(|b| b.is_ascii_whitespace() || matches!(b, 0x1C | 0x1A | 0)) {
            return Line::Blank;
        }
        let separator = memchr::memchr(self.delimiters.field, line);
        let head = &line[..separator.unwrap_or(line.len())];
        let upper = |length: usize| head.get(..length).map(<[u8]>::to_ascii_uppercase);
        let is_known = |length| {
            let name = upper(length).and_then(|name| String::from_utf8(name).ok());
            name.is_some_and(|name| segment_name(&name).is_some())
        };
        if separator.is_none() {
            // A segment without fields: three letters that are not just a word of a text.
            let is_name = head.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                && (head.starts_with(b"Z") || is_known(3));
            return match <[u8; 3]>::try_from(head) {
                Ok(name) if is_name => Line::Segment(name),
                _ => Line::Text,
            };
        }
        if !(1..=5).contains(&head.len()) || !head.iter().all(u8::is_ascii_alphanumeric) {
            return Line::Text;
        }
        if head.len() <= 4 && is_known(3) { Line::WrongName } else { Line::OddName }
    }

    fn take(&mut self, start: usize, end: usize) -> Result<(), ParseError> {
        let blanks =
            self.bytes[start..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        // Blanks before a name are passed over; before anything else they belong to the text.
        let is_indented =
            blanks > 0 && self.names_segment(&self.bytes[start + blanks..end]).is_some();
        let at = if is_indented { start + blanks } else { start };
        let fail = |kind| Err(ParseError { kind, offset: at });
        match self.read(&self.bytes[at..end]) {
            Line::Blank => Ok(()),
            Line::WrongName => fail(ParseErrorKind::BadSegmentName),
            Line::Segment(name) => {
                if name == *b"MSH" && !self.segments.is_empty() {
                    return fail(ParseErrorKind::SecondHeader);
                }
                if self.segments.len() == self.limits.segments_max {
                    return fail(ParseErrorKind::TooManySegments(self.limits.segments_max));
                }
                self.segments.push(Segment { name, start: at as u32, end: end as u32 });
                self.check_limits()
            }
            Line::OddName => {
                self.note(IssueKind::OddSegmentName, at);
                Ok(())
            }
            Line::Text => {
                self.note(IssueKind::BrokenLine, at);
                if let Some(last) = self.segments.last_mut() {
                    last.end = end as u32;
                }
                self.check_limits()
            }
        }
    }

    fn note(&mut self, kind: IssueKind, at: usize) {
        if self.issues.len() < ISSUES_MAX {
            self.issues.push(kind.at(at));
        }
    }

    /// Whether the last segment has no more fields, and none of them more repetitions, than allowed.
    fn check_limits(&self) -> Result<(), ParseError> {
        let Some(segment) = self.segments.last() else { return Ok(()) };
        let bytes = &self.bytes[segment.range()];
        let fail = |kind| Err(ParseError { kind, offset: segment.start as usize });
        let Delimiters { field, repetition, .. } = self.delimiters;
        if memchr::memchr_iter(field, bytes).count() > self.limits.fields_max {
            return fail(ParseErrorKind::TooManyFields(self.limits.fields_max));
        }
        let most = self.limits.repetitions_max;
        let count = |bytes: &[u8]| memchr::memchr_iter(repetition, bytes).count();
        let is_over = repetition != 0
            && count(bytes) >= most
            && bytes.split(|byte| *byte == field).any(|field| count(field) >= most);
        if is_over { fail(ParseErrorKind::TooManyRepetitions(most)) } else { Ok(()) }
    }
}
