//! What is odd about a message that can be read: where, and how much it matters.
//!
//! To add a kind, add it to [`IssueKind`] with its severity and its sentence, and find it in
//! `Message::issues`, `split_segments` or `read_batch`.

use std::fmt;

use crate::escape::{Sequence, sequence};
use crate::message::{Message, Segment};

/// At most so many issues are listed for one input; a broken message may have one at each byte.
pub(crate) const ISSUES_MAX: usize = 100;

/// How much an issue matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What was read may be wrong or not all that was sent.
    Error,
    /// What was sent was read, or is nothing that anybody reads.
    Warning,
}

/// What is odd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// MSH-18 names a character set that is not known; the feed's is used.
    UnknownCharset,
    /// Bytes that the character set does not have.
    Undecodable,
    /// An escape sequence that is not known; it is kept as text.
    UnknownEscape,
    /// An escape character without its end; it is kept as text.
    OpenEscape,
    /// A control character in a field.
    ControlCharacter,
    /// A line that begins with no segment name: it is read as part of the segment before it.
    BrokenLine,
    /// A line that begins with something like a segment name that is none; it is not read.
    OddSegmentName,
    /// BTS-1 or FTS-1 is not the number of what was found.
    WrongCount {
        /// What the trailer says.
        stated: u64,
        /// What is there.
        found: u64,
    },
    /// A batch or file header without its trailer, or a trailer without its header.
    Unpaired,
    /// Bytes of a batch before its first or behind its last header or message.
    OutsideBatch,
}

/// Something odd, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Issue {
    /// What.
    pub kind: IssueKind,
    /// How much it matters.
    pub severity: Severity,
    /// Byte offset in the input.
    pub offset: usize,
}

impl IssueKind {
    /// The issue of this kind at an offset, with the severity that most of the kind have.
    pub(crate) fn at(self, offset: usize) -> Issue {
        use IssueKind as K;
        let severity = match self {
            K::UnknownCharset | K::WrongCount { .. } | K::Unpaired => Severity::Error,
            _ => Severity::Warning,
        };
        Issue { kind: self, severity, offset }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use IssueKind as K;
        let text = match self.kind {
            K::UnknownCharset => {
                "the character set in MSH-18 is not known; name one of HL7 table 0211"
            }
            K::Undecodable => "the bytes are not of the message's character set; set MSH-18",
            K::UnknownEscape => "the escape sequence is not known and is kept as text",
            K::OpenEscape => "the escape sequence does not end; write the character as \\E\\",
            K::ControlCharacter => "a control character stands in a field; escape it as \\Xdd\\",
            K::BrokenLine => {
                "the line begins with no segment name and is read as part of the segment before; write \\.br\\ for line breaks"
            }
            K::OddSegmentName => {
                "the line is not read: a segment name is a capital and two capitals or digits"
            }
            K::WrongCount { stated, found } => {
                write!(f, "the trailer counts {stated} but {found} were found")?;
                return write!(f, ", at byte {}", self.offset);
            }
            K::Unpaired => "the header has no trailer, or the trailer no header",
            K::OutsideBatch => "the bytes belong to no message of the batch",
        };
        write!(f, "{text}, at byte {}", self.offset)
    }
}

impl Message<'_> {
    /// What is odd about the message, by offset; the first hundred at the most.
    ///
    /// Nothing of this keeps the message from being read. Only structure and characters are looked
    /// at: whether values make sense is for those who read them.
    pub fn issues(&self) -> Vec<Issue> {
        let mut issues = self.line_issues().to_vec();
        let named = self.header().charset_name();
        if !named.trim().is_empty() && self.header().charset().is_none() {
            let offset = self.find("MSH-18").map_or(0, |part| part.range().start);
            issues.push(IssueKind::UnknownCharset.at(offset));
        }
        for segment in self.segments() {
            if issues.len() >= ISSUES_MAX {
                break;
            }
            self.check_characters(segment, &mut issues);
            self.check_escapes(segment, &mut issues);
        }
        issues.sort_by_key(|issue| issue.offset);
        issues.truncate(ISSUES_MAX);
        issues
    }

    fn check_characters(&self, segment: &Segment, issues: &mut Vec<Issue>) {
        let bytes = &self.bytes()[segment.range()];
        let start = segment.range().start;
        if let Some(at) = self.charset().first_invalid(bytes) {
            let mut issue = IssueKind::Undecodable.at(start + at);
            // What is no UTF-8 is read as Windows-1252, and that is nearly always right.
            if self.charset() != crate::Charset::UTF_8 {
                issue.severity = Severity::Error;
            }
            issues.push(issue);
        }
        let is_odd = |byte: &u8| byte.is_ascii_control() && !matches!(byte, b'\t' | b'\r' | b'\n');
        if let Some(at) = bytes.iter().position(is_odd) {
            issues.push(IssueKind::ControlCharacter.at(start + at));
        }
    }

    /// Unknown escapes of a segment other than MSH; the first of each field.
    fn check_escapes(&self, segment: &Segment, issues: &mut Vec<Issue>) {
        let delimiters = self.delimiters();
        let escape = delimiters.escape;
        let is_header = matches!(&segment.name, b"MSH" | b"BHS" | b"FHS");
        if escape == 0 || is_header || !self.bytes()[segment.range()].contains(&escape) {
            return;
        }
        for (_, field) in self.fields(segment) {
            for part in field.repetitions().flat_map(super::message::Part::components) {
                let Some((at, kind)) =
                    odd_escape(part.raw(), |text| sequence(text, delimiters), escape)
                else {
                    continue;
                };
                issues.push(kind.at(part.range().start + at));
                if issues.len() >= ISSUES_MAX {
                    return;
                }
                break;
            }
        }
    }
}

/// The first escape of a component that is unknown or open.
fn odd_escape<'b>(
    bytes: &'b [u8],
    read: impl Fn(&'b str) -> Sequence<'b>,
    escape: u8,
) -> Option<(usize, IssueKind)> {
    let mut at = 0;
    while let Some(found) = memchr::memchr(escape, &bytes[at..]) {
        let inside = &bytes[at + found + 1..];
        let Some(length) = memchr::memchr(escape, inside) else {
            return Some((at + found, IssueKind::OpenEscape));
        };
        let known = std::str::from_utf8(&inside[..length]).map(&read);
        if !matches!(known, Ok(sequence) if sequence != Sequence::Unknown) {
            return Some((at + found, IssueKind::UnknownEscape));
        }
        at += found + length + 2;
    }
    None
}
