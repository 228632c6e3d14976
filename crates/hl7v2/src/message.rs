//! Bytes → segments and fields, by byte range. Spec: HL7 v2 §2.5 and §2.6.

use std::borrow::Cow;
use std::ops::Range;

use crate::charset::Charset;
use crate::error::{ParseError, ParseErrorKind};
use crate::escape::decode_escapes_in;
use crate::issue::Issue;
use crate::path::Path;
use crate::segments::split_segments;

/// What a message from outside may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes at the most.
    pub bytes_max: usize,
    /// Segments at the most.
    pub segments_max: usize,
    /// Fields in one segment at the most.
    pub fields_max: usize,
    /// Repetitions of one field at the most.
    pub repetitions_max: usize,
}

impl Limits {
    /// 16 MiB, 100,000 segments, 1,000 fields, 10,000 repetitions.
    pub const STANDARD: Limits = Limits {
        bytes_max: 16 << 20,
        segments_max: 100_000,
        fields_max: 1_000,
        repetitions_max: 10_000,
    };
}

/// The characters that a message is taken apart by (MSH-1, MSH-2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delimiters {
    /// Between fields: `|`.
    pub field: u8,
    /// Between components: `^`.
    pub component: u8,
    /// Between repetitions: `~`; 0 where the message names none.
    pub repetition: u8,
    /// Around escapes: `\`; 0 where the message names none.
    pub escape: u8,
    /// Between subcomponents: `&`; 0 where the message names none.
    pub subcomponent: u8,
    /// Where a value was cut short (2.7 and later): `#`; 0 where the message names none. It is text
    /// like any other here, but is written as `\P\` where it is not meant.
    pub truncation: u8,
}

impl Delimiters {
    /// `|^~\&`, without a truncation character.
    pub const STANDARD: Delimiters = Delimiters {
        field: b'|',
        component: b'^',
        repetition: b'~',
        escape: b'\\',
        subcomponent: b'&',
        truncation: 0,
    };

    /// Reads MSH-1 and MSH-2 from the bytes of an MSH (or BHS, FHS) segment.
    pub(crate) fn read(header: &[u8]) -> Option<Delimiters> {
        let field = *header.get(3)?;
        let encoding = header[4..].split(|b| *b == field || *b == b'\r' || *b == b'\n').next()?;
        let at = |index: usize| encoding.get(index).copied().unwrap_or(0);
        let read = Delimiters {
            field,
            component: at(0),
            repetition: at(1),
            escape: at(2),
            subcomponent: at(3),
            truncation: at(4),
        };
        let all = [field, at(0), at(1), at(2), at(3), at(4)];
        let given = &all[..=encoding.len().min(5)];
        let fits = !encoding.is_empty()
            && encoding.len() <= 6
            && given.iter().enumerate().all(|(index, byte)| {
                byte.is_ascii_graphic()
                    && !byte.is_ascii_alphanumeric()
                    && !given[..index].contains(byte)
            });
        fits.then_some(read)
    }
}

/// A segment's name and range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// The three characters.
    pub name: [u8; 3],
    /// First byte.
    pub start: u32,
    /// Just past the last byte, without the segment's end character.
    pub end: u32,
}

impl Segment {
    /// The name as text.
    pub fn name(&self) -> &str {
        std::str::from_utf8(&self.name).unwrap_or("???")
    }

    /// The bytes that it stands in.
    pub fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A message: the bytes as they came, and where its segments are.
#[derive(Clone, Debug)]
pub struct Message<'b> {
    bytes: &'b [u8],
    delimiters: Delimiters,
    segments: Vec<Segment>,
    line_issues: Vec<Issue>,
    charset: Charset,
}

/// A part of a message: a field, repetition, component or subcomponent, by its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Part<'m> {
    message: &'m Message<'m>,
    start: u32,
    end: u32,
    /// MSH-1 and MSH-2 hold the delimiters themselves and are never taken apart.
    literal: bool,
}

impl<'b> Message<'b> {
    /// Reads a message under [`Limits::STANDARD`]; without MSH-18 it counts as UTF-8.
    pub fn parse(bytes: &'b [u8]) -> Result<Message<'b>, ParseError> {
        Message::parse_with(bytes, Limits::STANDARD, Charset::UTF_8)
    }

    /// Reads a message; `charset` holds where MSH-18 is empty or unknown.
    ///
    /// A byte-order mark and white space before MSH are passed over, segments may end with CR, LF
    /// or both, and empty lines do not count. Lines that begin with no segment name are part of the
    /// segment before them. Delimiters are those of MSH. What is odd says [`Message::issues`].
    pub fn parse_with(
        bytes: &'b [u8],
        limits: Limits,
        charset: Charset,
    ) -> Result<Message<'b>, ParseError> {
        let fail = |kind, offset| Err(ParseError { kind, offset });
        if bytes.len() > limits.bytes_max.min(u32::MAX as usize) {
            return fail(ParseErrorKind::TooLong(limits.bytes_max), 0);
        }
        if bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]) {
            return fail(ParseErrorKind::Utf16, 0);
        }
        let mut start = if bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        while bytes.get(start).is_some_and(|b| b.is_ascii_whitespace() || *b == 0x0B) {
            start += 1;
        }
        if start == bytes.len() {
            return fail(ParseErrorKind::Empty, start);
        }
        if !bytes[start..].starts_with(b"MSH") {
            return fail(ParseErrorKind::NoHeader, start);
        }
        let Some(delimiters) = Delimiters::read(&bytes[start..]) else {
            return fail(ParseErrorKind::BadDelimiters, start + 3);
        };
        let (segments, line_issues) = split_segments(bytes, start, delimiters, limits)?;
        let mut message = Message { bytes, delimiters, segments, line_issues, charset };
        message.charset = message.header().charset().unwrap_or(charset);
        Ok(message)
    }

    /// The bytes as they came.
    pub fn bytes(&self) -> &'b [u8] {
        self.bytes
    }

    /// The delimiters.
    pub fn delimiters(&self) -> Delimiters {
        self.delimiters
    }

    /// The character set that text is decoded with.
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// The segments, in order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn line_issues(&self) -> &[Issue] {
        &self.line_issues
    }

    /// The segments of a name, in order.
    pub fn segments_named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Segment> {
        self.segments.iter().filter(move |segment| segment.name() == name)
    }

    /// The part at a path such as `PID-5.1`, `PID-3[2].4.1` or `OBX(3)-5`; `None` where absent.
    pub fn find(&self, path: &str) -> Option<Part<'_>> {
        self.at(&Path::parse(path).ok()?)
    }

    /// The decoded text at a path; `None` where absent, empty or null. Whether it is null, which
    /// asks for the value to be deleted, says [`Part::is_null`] of what [`Message::find`] gives.
    pub fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.find(path).map(Part::text).filter(|text| !text.is_empty())
    }

    /// The part at a path.
    pub fn at(&self, path: &Path) -> Option<Part<'_>> {
        let mut named = self.segments.iter().filter(|segment| segment.name == path.segment);
        let segment = named.nth(path.occurrence.max(1) as usize - 1)?;
        let field = self.field(segment, path.field as usize)?;
        let Some(component) = path.component else {
            return match path.repetition {
                Some(repetition) => field.repetitions().nth(repetition.max(1) as usize - 1),
                None => Some(field),
            };
        };
        let repetition = path.repetition.unwrap_or(1).max(1);
        let repetition = field.repetitions().nth(repetition as usize - 1)?;
        let component = repetition.components().nth(component as usize - 1)?;
        match path.subcomponent {
            Some(subcomponent) => component.subcomponents().nth(subcomponent as usize - 1),
            None => Some(component),
        }
    }

    /// Field `number` (from 1) of a segment; in MSH field 1 is the separator itself.
    pub fn field(&self, segment: &Segment, number: usize) -> Option<Part<'_>> {
        self.fields(segment).find(|(found, _)| *found == number).map(|(_, part)| part)
    }

    /// All fields of a segment with their numbers.
    pub fn fields<'s>(&'s self, segment: &Segment) -> impl Iterator<Item = (usize, Part<'s>)> {
        let is_header = matches!(&segment.name, b"MSH" | b"BHS" | b"FHS");
        let body = (segment.start as usize + 3).min(segment.end as usize);
        let separator = is_header.then(|| {
            let end = (body + 1).min(segment.end as usize);
            (1, self.part(body, end, true))
        });
        let first = if is_header { 2 } else { 1 };
        let from = (body + 1).min(segment.end as usize);
        let is_empty = segment.end as usize <= body;
        let parts = split(self.bytes, from..segment.end as usize, self.delimiters.field)
            .filter(move |_| !is_empty)
            .enumerate()
            .map(move |(index, range)| {
                let number = index + first;
                (number, self.part(range.start, range.end, is_header && number == 2))
            });
        separator.into_iter().chain(parts)
    }

    fn part(&self, start: usize, end: usize, literal: bool) -> Part<'_> {
        Part { message: self, start: start as u32, end: end as u32, literal }
    }

    /// The text of a range of this message, decoded by character set and escapes; a null stays the
    /// two quotation marks that it is written as.
    pub fn decode(&self, range: Range<usize>) -> Cow<'_, str> {
        let bytes = self.bytes.get(range).unwrap_or_default();
        let text = self.charset.decode(bytes);
        if self.delimiters.escape == 0 || !bytes.contains(&self.delimiters.escape) {
            return text;
        }
        Cow::Owned(decode_escapes_in(&text, self.delimiters, self.charset))
    }
}

/// The ranges between `delimiter`s; one range at least.
fn split(bytes: &[u8], range: Range<usize>, delimiter: u8) -> impl Iterator<Item = Range<usize>> {
    let (mut at, end) = (range.start, range.end);
    let mut done = false;
    std::iter::from_fn(move || {
        if done {
            return None;
        }
        let found = if delimiter == 0 { None } else { memchr::memchr(delimiter, &bytes[at..end]) };
        let stop = found.map_or(end, |offset| at + offset);
        let part = at..stop;
        done = found.is_none();
        at = stop + 1;
        Some(part)
    })
}

impl<'m> Part<'m> {
    /// The bytes that the part stands in, in the message as it came.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The bytes as they came.
    pub fn raw(self) -> &'m [u8] {
        &self.message.bytes[self.range()]
    }

    /// Whether nothing stands here.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the part is HL7's null `""`: the sender deletes the value.
    pub fn is_null(self) -> bool {
        self.raw() == b"\"\""
    }

    /// The text, decoded by character set and escapes; empty where the part is null, so that no
    /// reader takes the quotation marks for a value.
    pub fn text(self) -> Cow<'m, str> {
        if self.literal {
            return String::from_utf8_lossy(self.raw());
        }
        if self.is_null() {
            return Cow::Borrowed("");
        }
        self.message.decode(self.range())
    }

    /// The repetitions of a field.
    pub fn repetitions(self) -> impl Iterator<Item = Part<'m>> {
        self.split(self.message.delimiters.repetition)
    }

    /// The components of a repetition.
    pub fn components(self) -> impl Iterator<Item = Part<'m>> {
        self.split(self.message.delimiters.component)
    }

    /// The subcomponents of a component.
    pub fn subcomponents(self) -> impl Iterator<Item = Part<'m>> {
        self.split(self.message.delimiters.subcomponent)
    }

    /// The decoded text of component `number` (from 1); empty where absent.
    pub fn component(self, number: usize) -> Cow<'m, str> {
        self.components().nth(number.saturating_sub(1)).map_or(Cow::Borrowed(""), Part::text)
    }

    fn split(self, delimiter: u8) -> impl Iterator<Item = Part<'m>> {
        let delimiter = if self.literal { 0 } else { delimiter };
        split(self.message.bytes, self.range(), delimiter).map(move |range| Part {
            start: range.start as u32,
            end: range.end as u32,
            ..self
        })
    }
}
