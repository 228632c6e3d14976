//! JSON text → [`Tree`], in one pass, with limits. Spec: RFC 8259, FHIR R4 §2.6.2.
//!
//! Stricter than many readers where leniency would lose something: a member that stands twice in
//! one object, a lone surrogate and trailing text are errors. A byte-order mark is passed over.

use std::fmt;

use crate::tree::{ESCAPED_NAME, ESCAPED_VALUE, Kind, Node, Tree};

/// What a document from outside may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of text at the most (never more than 4 GiB).
    pub bytes_max: usize,
    /// How deep arrays and objects may nest (never more than 1,000 levels).
    pub depth_max: usize,
}

impl Limits {
    /// 64 MiB and 64 levels: more than any published example needs.
    pub const STANDARD: Limits = Limits { bytes_max: 64 << 20, depth_max: 64 };
}

/// Reading recurses, so depth has a bound that no configuration lifts.
const DEPTH_MAX: usize = 1000;
/// A text of many tiny values must not cost a multiple of its length: 160 MB of nodes at the most.
const VALUES_MAX: usize = 8 << 20;

/// Why a text is no JSON document that we take, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong.
    pub kind: ParseErrorKind,
    /// Byte offset in the input.
    pub offset: usize,
    /// Line of the offset, from 1.
    pub line: usize,
    /// Column of the offset in characters, from 1.
    pub column: usize,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseErrorKind {
    /// The text ends inside a value.
    UnexpectedEnd,
    /// A character that cannot stand here; what was expected is named.
    Unexpected(&'static str),
    /// The bytes are not UTF-8.
    NotUtf8,
    /// A `\` escape that JSON does not know, or half a surrogate pair.
    BadEscape,
    /// A raw control character inside a string.
    ControlCharacter,
    /// A number that JSON's grammar does not allow, such as `01` or `1.`.
    BadNumber,
    /// A member that stands twice in one object.
    DuplicateMember(String),
    /// Text after the document.
    TrailingText,
    /// Deeper than [`Limits::depth_max`].
    TooDeep(usize),
    /// Longer than [`Limits::bytes_max`].
    TooLong(usize),
    /// More values than any document needs.
    TooManyValues(usize),
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use ParseErrorKind as K;
        match &self.kind {
            K::UnexpectedEnd => write!(f, "the text ends before the value is complete")?,
            K::Unexpected(expected) => write!(f, "expected {expected}")?,
            K::NotUtf8 => write!(f, "the bytes are not utf-8")?,
            K::BadEscape => write!(f, "unknown escape or half a surrogate pair in a string")?,
            K::ControlCharacter => write!(f, "raw control character in a string; escape it")?,
            K::BadNumber => write!(f, "not a json number")?,
            K::DuplicateMember(name) => write!(f, "member {name:?} stands twice in one object")?,
            K::TrailingText => write!(f, "text after the end of the document")?,
            K::TooDeep(max) => write!(f, "nested deeper than {max} levels")?,
            K::TooLong(max) => write!(f, "longer than {max} bytes")?,
            K::TooManyValues(max) => write!(f, "more than {max} values")?,
        }
        write!(f, " at line {} column {}", self.line, self.column)
    }
}

impl std::error::Error for ParseError {}

impl Tree {
    /// Reads a document under [`Limits::STANDARD`].
    pub fn parse(bytes: &[u8]) -> Result<Tree, ParseError> {
        Tree::parse_with(bytes, Limits::STANDARD)
    }

    /// Reads a document.
    pub fn parse_with(bytes: &[u8], limits: Limits) -> Result<Tree, ParseError> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        if bytes.len() > limits.bytes_max.min(u32::MAX as usize - 1) {
            return Err(error_at(ParseErrorKind::TooLong(limits.bytes_max), &[], 0));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|e| error_at(ParseErrorKind::NotUtf8, bytes, e.valid_up_to()))?;
        let mut parser = Parser {
            text: text.as_bytes(),
            at: 0,
            depth_max: limits.depth_max.min(DEPTH_MAX),
            nodes: Vec::with_capacity(text.len() / 24 + 8),
            decoded: Vec::new(),
        };
        match parser.document() {
            Ok(()) => {}
            Err(kind) => return Err(error_at(kind, bytes, parser.at)),
        }
        let Parser { nodes, mut decoded, .. } = parser;
        decoded.sort_by_key(|entry| (entry.0, entry.1));
        Ok(Tree { text: text.into(), nodes, decoded })
    }
}

/// Whether a text is a number by JSON's grammar.
pub(crate) fn is_number(text: &str) -> bool {
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
        depth_max: 0,
        nodes: Vec::new(),
        decoded: Vec::new(),
    };
    let starts = matches!(text.as_bytes().first(), Some(b'-' | b'0'..=b'9'));
    starts && parser.number(NO_NAME).is_ok() && parser.at == text.len()
}

fn error_at(kind: ParseErrorKind, bytes: &[u8], offset: usize) -> ParseError {
    let before = &bytes[..offset.min(bytes.len())];
    let line = before.split(|b| *b == b'\n').count();
    let last = before.rsplit(|b| *b == b'\n').next().unwrap_or(before);
    let column = String::from_utf8_lossy(last).chars().count() + 1;
    ParseError { kind, offset, line, column }
}

struct Parser<'t> {
    text: &'t [u8],
    at: usize,
    depth_max: usize,
    nodes: Vec<Node>,
    decoded: Vec<(u32, bool, Box<str>)>,
}

/// The member name that the next node stands under.
#[derive(Clone, Copy)]
struct Name {
    start: u32,
    len: u16,
    escaped: bool,
}

const NO_NAME: Name = Name { start: 0, len: 0, escaped: false };

/// Above this many members a set finds duplicates instead of pairwise comparison.
const PAIRWISE_MEMBERS_MAX: usize = 24;

impl Parser<'_> {
    fn document(&mut self) -> Result<(), ParseErrorKind> {
        self.skip_space();
        self.value(NO_NAME, 0)?;
        self.skip_space();
        if self.at < self.text.len() {
            return Err(ParseErrorKind::TrailingText);
        }
        Ok(())
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, ParseErrorKind> {
        self.text.get(self.at).copied().ok_or(ParseErrorKind::UnexpectedEnd)
    }

    fn value(&mut self, name: Name, depth: usize) -> Result<(), ParseErrorKind> {
        if self.nodes.len() >= VALUES_MAX {
            return Err(ParseErrorKind::TooManyValues(VALUES_MAX));
        }
        match self.peek()? {
            b'"' => self.string_value(name),
            b'{' => self.object(name, depth),
            b'[' => self.array(name, depth),
            b'-' | b'0'..=b'9' => self.number(name),
            b't' => self.literal("true", Kind::Bool, name),
            b'f' => self.literal("false", Kind::Bool, name),
            b'n' => self.literal("null", Kind::Null, name),
            _ => Err(ParseErrorKind::Unexpected("a value")),
        }
    }

    fn push(&mut self, kind: Kind, start: usize, name: Name) -> usize {
        let index = self.nodes.len();
        self.nodes.push(Node {
            start: start as u32,
            end: self.at as u32,
            next: index as u32 + 1,
            name_start: name.start,
            name_len: name.len,
            kind,
            escaped: if name.escaped { ESCAPED_NAME } else { 0 },
        });
        index
    }

    fn close(&mut self, index: usize) {
        let next = self.nodes.len() as u32;
        let node = &mut self.nodes[index];
        node.end = self.at as u32;
        node.next = next;
    }

    fn literal(
        &mut self,
        word: &'static str,
        kind: Kind,
        name: Name,
    ) -> Result<(), ParseErrorKind> {
        if !self.text[self.at..].starts_with(word.as_bytes()) {
            return Err(ParseErrorKind::Unexpected("a value"));
        }
        let start = self.at;
        self.at += word.len();
        self.push(kind, start, name);
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.text.get(self.at), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self, name: Name) -> Result<(), ParseErrorKind> {
        let start = self.at;
        if self.text[self.at] == b'-' {
            self.at += 1;
        }
        let first = self.peek()?;
        let whole = self.digits();
        if whole == 0 || (first == b'0' && whole > 1) {
            return Err(ParseErrorKind::BadNumber);
        }
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return Err(ParseErrorKind::BadNumber);
            }
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(ParseErrorKind::BadNumber);
            }
        }
        self.push(Kind::Number, start, name);
        Ok(())
    }

    fn string_value(&mut self, name: Name) -> Result<(), ParseErrorKind> {
        let start = self.at;
        let escaped = self.skip_string()?;
        let index = self.push(Kind::String, start, name);
        if escaped {
            self.nodes[index].escaped |= ESCAPED_VALUE;
            let text = decode(&self.text[start + 1..self.at - 1])?;
            self.decoded.push((index as u32, false, text));
        }
        Ok(())
    }

    /// Moves past a string that begins at the cursor; says whether it holds escapes.
    fn skip_string(&mut self) -> Result<bool, ParseErrorKind> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at += plain_length(&self.text[self.at..]);
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Ok(escaped);
                }
                b'\\' => {
                    escaped = true;
                    if self.at + 1 >= self.text.len() {
                        return Err(ParseErrorKind::UnexpectedEnd);
                    }
                    self.at += 2;
                }
                _ => return Err(ParseErrorKind::ControlCharacter),
            }
        }
    }

    fn array(&mut self, name: Name, depth: usize) -> Result<(), ParseErrorKind> {
        let depth = self.deeper(depth)?;
        let start = self.at;
        self.at += 1;
        let index = self.push(Kind::Array, start, name);
        self.skip_space();
        if self.peek()? == b']' {
            self.at += 1;
            self.close(index);
            return Ok(());
        }
        loop {
            self.skip_space();
            self.value(NO_NAME, depth)?;
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(ParseErrorKind::Unexpected("',' or ']'")),
            }
        }
        self.at += 1;
        self.close(index);
        Ok(())
    }

    fn object(&mut self, name: Name, depth: usize) -> Result<(), ParseErrorKind> {
        let depth = self.deeper(depth)?;
        let start = self.at;
        self.at += 1;
        let index = self.push(Kind::Object, start, name);
        self.skip_space();
        if self.peek()? == b'}' {
            self.at += 1;
            self.close(index);
            return Ok(());
        }
        loop {
            self.skip_space();
            self.member(depth)?;
            self.skip_space();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(ParseErrorKind::Unexpected("',' or '}'")),
            }
        }
        self.at += 1;
        self.close(index);
        self.check_duplicates(index)
    }

    fn member(&mut self, depth: usize) -> Result<(), ParseErrorKind> {
        if self.peek()? != b'"' {
            return Err(ParseErrorKind::Unexpected("a member name in quotes"));
        }
        let start = self.at + 1;
        let escaped = self.skip_string()?;
        let end = self.at - 1;
        let len = u16::try_from(end - start)
            .map_err(|_| ParseErrorKind::Unexpected("a member name under 65536 bytes"))?;
        self.skip_space();
        if self.peek()? != b':' {
            return Err(ParseErrorKind::Unexpected("':' after a member name"));
        }
        self.at += 1;
        self.skip_space();
        if escaped {
            let text = decode(&self.text[start..end])?;
            self.decoded.push((self.nodes.len() as u32, true, text));
        }
        let name = Name { start: start as u32, len, escaped };
        // Most members are strings: straight there.
        if self.text.get(self.at) == Some(&b'"') && self.nodes.len() < VALUES_MAX {
            return self.string_value(name);
        }
        self.value(name, depth)
    }

    fn deeper(&self, depth: usize) -> Result<usize, ParseErrorKind> {
        if depth >= self.depth_max {
            return Err(ParseErrorKind::TooDeep(self.depth_max));
        }
        Ok(depth + 1)
    }

    fn name_of(&self, index: usize) -> &[u8] {
        let node = &self.nodes[index];
        if node.escaped & ESCAPED_NAME != 0 {
            // Entries were made in the order of their nodes.
            let from = self.decoded.partition_point(|(n, _, _)| (*n as usize) < index);
            let mut entries = self.decoded[from..].iter().take(2);
            let found = entries.find(|(n, is_name, _)| *n as usize == index && *is_name);
            return found.map_or(b"", |(_, _, text)| text.as_bytes());
        }
        let start = node.name_start as usize;
        &self.text[start..start + node.name_len as usize]
    }

    fn check_duplicates(&mut self, object: usize) -> Result<(), ParseErrorKind> {
        let end = self.nodes[object].next as usize;
        let mut small: [&[u8]; PAIRWISE_MEMBERS_MAX] = [b""; PAIRWISE_MEMBERS_MAX];
        let mut count = 0;
        let mut at = object + 1;
        while at < end {
            if count == PAIRWISE_MEMBERS_MAX {
                return self.check_duplicates_large(object);
            }
            let name = self.name_of(at);
            if small[..count].contains(&name) {
                return Err(self.duplicate(at));
            }
            small[count] = name;
            count += 1;
            at = self.nodes[at].next as usize;
        }
        Ok(())
    }

    fn check_duplicates_large(&mut self, object: usize) -> Result<(), ParseErrorKind> {
        let end = self.nodes[object].next as usize;
        let mut seen = std::collections::HashSet::new();
        let mut at = object + 1;
        let mut duplicate = None;
        while at < end && duplicate.is_none() {
            if !seen.insert(self.name_of(at)) {
                duplicate = Some(at);
            }
            at = self.nodes[at].next as usize;
        }
        duplicate.map_or(Ok(()), |at| Err(self.duplicate(at)))
    }

    fn duplicate(&mut self, at: usize) -> ParseErrorKind {
        let name = String::from_utf8_lossy(self.name_of(at)).chars().take(64).collect();
        self.at = self.nodes[at].name_start as usize;
        ParseErrorKind::DuplicateMember(name)
    }
}

/// How many bytes at the beginning need no look: no quote, backslash or control character.
/// Eight bytes at a time, because most of a document is inside of strings.
fn plain_length(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest high bit set marks the first byte of the word that is zero.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word;
    let mut at = 0;
    while let Some(chunk) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*chunk);
        let quote = zero(word ^ (ONES * u64::from(b'"')));
        let backslash = zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (quote | backslash | control) & HIGHS;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let is_special = |b: &u8| *b == b'"' || *b == b'\\' || *b < 0x20;
    let rest = &text[at..];
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

/// Decodes the escapes of a string's inside, which `skip_string` has already bounded.
fn decode(raw: &[u8]) -> Result<Box<str>, ParseErrorKind> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        if raw[at] != b'\\' {
            out.push(raw[at]);
            at += 1;
            continue;
        }
        let escape = *raw.get(at + 1).ok_or(ParseErrorKind::BadEscape)?;
        at += 2;
        match escape {
            b'"' | b'\\' | b'/' => out.push(escape),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'u' => {
                let (character, length) = unicode(&raw[at..])?;
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at += length;
            }
            _ => return Err(ParseErrorKind::BadEscape),
        }
    }
    String::from_utf8(out).map(String::into_boxed_str).map_err(|_| ParseErrorKind::BadEscape)
}

/// The character of a `\u` escape whose digits begin `raw`, and how many bytes it takes.
fn unicode(raw: &[u8]) -> Result<(char, usize), ParseErrorKind> {
    let unit = |from: usize| -> Result<u32, ParseErrorKind> {
        let digits = raw.get(from..from + 4).ok_or(ParseErrorKind::BadEscape)?;
        digits.iter().try_fold(0, |sum, digit| {
            let value = char::from(*digit).to_digit(16).ok_or(ParseErrorKind::BadEscape)?;
            Ok(sum * 16 + value)
        })
    };
    let first = unit(0)?;
    if !(0xD800..0xDC00).contains(&first) {
        return Ok((char::from_u32(first).ok_or(ParseErrorKind::BadEscape)?, 4));
    }
    if raw.get(4..6) != Some(b"\\u") {
        return Err(ParseErrorKind::BadEscape);
    }
    let second = unit(6)?;
    if !(0xDC00..0xE000).contains(&second) {
        return Err(ParseErrorKind::BadEscape);
    }
    let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
    Ok((char::from_u32(code).ok_or(ParseErrorKind::BadEscape)?, 10))
}
