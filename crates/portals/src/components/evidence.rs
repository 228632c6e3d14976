//! The bytes of a message with the range that a value came from highlighted.
//!
//! Bytes are shown one source line (an HL7 segment, a CSV row, a line of JSON) to a line. What is no
//! printable text is shown as a visible escape and never dropped; what is left out because it is
//! long is counted in words. The marked range is exact to the byte.

use askama::Template;
use std::fmt::Write as _;
use std::ops::Range;

/// The lines shown before and after the marked one.
const CONTEXT_LINES: usize = 40;
/// The bytes of one line shown before and after the mark.
const CONTEXT_BYTES: usize = 600;
/// The bytes of a mark that are shown.
const MARK_BYTES: usize = 4_000;

/// An excerpt of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Template)]
#[template(path = "components/evidence.html")]
pub struct Evidence {
    /// What is shown, as `Message bytes`.
    pub caption: String,
    /// The lines.
    pub lines: Vec<Line>,
    /// How many lines of the message come before the first one shown.
    pub lines_before: usize,
    /// How many come after the last one shown.
    pub lines_after: usize,
}

/// One line of the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Its number in the message, from 1.
    pub number: usize,
    /// Its text in pieces.
    pub pieces: Vec<Piece>,
    /// Whether the mark touches it.
    pub marked: bool,
}

/// A stretch of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text around the mark.
    Plain(String),
    /// Text that the value came from.
    Marked(String),
    /// Bytes left out because there are too many.
    LeftOut(usize),
}

/// How the bytes stand for characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 and ASCII.
    Utf8,
    /// ISO 8859-1: every byte is a character.
    Latin1,
}

impl Evidence {
    /// The excerpt around `mark`, a range of bytes of `message`; all lines from the top without one.
    pub fn new(message: &[u8], mark: Option<Range<usize>>, charset: Charset) -> Self {
        let mark = mark.map(|mark| {
            let end = mark.end.min(message.len());
            mark.start.min(end)..end
        });
        let lines = split(message);
        let touches = |line: &Range<usize>| {
            mark.as_ref().is_some_and(|mark| {
                (mark.start < line.end && mark.end > line.start)
                    || (mark.is_empty() && (line.start..=line.end).contains(&mark.start))
            })
        };
        let first = lines.iter().position(touches).unwrap_or(0);
        let last = lines.iter().rposition(touches).unwrap_or(first).min(first + CONTEXT_LINES);
        let shown =
            first.saturating_sub(CONTEXT_LINES)..(last + CONTEXT_LINES + 1).min(lines.len());
        Self {
            caption: "Message bytes".to_owned(),
            lines_before: shown.start,
            lines_after: lines.len() - shown.end,
            lines: shown
                .map(|index| {
                    let line = lines[index].clone();
                    let marked = touches(&line);
                    let inside = mark.clone().filter(|_| marked);
                    Line {
                        number: index + 1,
                        pieces: pieces(message, line, inside, charset),
                        marked,
                    }
                })
                .collect(),
        }
    }

    /// The marked text, as it stands in the message.
    pub fn marked_text(&self) -> String {
        let pieces = self.lines.iter().flat_map(|line| &line.pieces);
        pieces
            .filter_map(|piece| if let Piece::Marked(text) = piece { Some(&**text) } else { None })
            .collect()
    }
}

/// The byte ranges of the lines, without their ends; CR, LF and CR LF all end a line.
fn split(message: &[u8]) -> Vec<Range<usize>> {
    let mut lines = Vec::new();
    let (mut start, mut at) = (0, 0);
    while at < message.len() {
        if matches!(message[at], b'\r' | b'\n') {
            lines.push(start..at);
            at += if message[at..].starts_with(b"\r\n") { 2 } else { 1 };
            start = at;
        } else {
            at += 1;
        }
    }
    if start < message.len() || lines.is_empty() {
        lines.push(start..message.len());
    }
    lines
}

fn pieces(
    message: &[u8],
    line: Range<usize>,
    mark: Option<Range<usize>>,
    charset: Charset,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let text = |range: Range<usize>| decode(&message[range], charset);
    let Some(mark) = mark else {
        let end = boundary(message, line.end.min(line.start + 2 * CONTEXT_BYTES), line.end);
        push(&mut pieces, Piece::Plain(text(line.start..end)));
        push(&mut pieces, Piece::LeftOut(line.end - end));
        return pieces;
    };
    let mark = mark.start.clamp(line.start, line.end)..mark.end.clamp(line.start, line.end);
    let from = mark.start.saturating_sub(CONTEXT_BYTES).max(line.start);
    let from = boundary(message, from, mark.start);
    push(&mut pieces, Piece::LeftOut(from - line.start));
    push(&mut pieces, Piece::Plain(text(from..mark.start)));
    let shown = boundary(message, mark.end.min(mark.start + MARK_BYTES), mark.end);
    push(&mut pieces, Piece::Marked(text(mark.start..shown)));
    push(&mut pieces, Piece::LeftOut(mark.end - shown));
    let to = boundary(message, line.end.min(mark.end + CONTEXT_BYTES), line.end);
    push(&mut pieces, Piece::Plain(text(mark.end..to)));
    push(&mut pieces, Piece::LeftOut(line.end - to));
    pieces
}

/// Moves a cut forward so that it does not split a UTF-8 character.
fn boundary(message: &[u8], mut at: usize, end: usize) -> usize {
    while at < end && message[at] & 0xC0 == 0x80 {
        at += 1;
    }
    at
}

fn push(pieces: &mut Vec<Piece>, piece: Piece) {
    let empty = match &piece {
        Piece::Plain(text) => text.is_empty(),
        Piece::Marked(_) => false,
        Piece::LeftOut(count) => *count == 0,
    };
    if !empty {
        pieces.push(piece);
    }
}

fn decode(bytes: &[u8], charset: Charset) -> String {
    let mut text = String::with_capacity(bytes.len());
    if charset == Charset::Latin1 {
        for &byte in bytes {
            visible(&mut text, char::from(byte));
        }
        return text;
    }
    for chunk in bytes.utf8_chunks() {
        chunk.valid().chars().for_each(|c| visible(&mut text, c));
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

/// Control characters and marks that would turn or hide text become visible.
fn visible(text: &mut String, c: char) {
    match c {
        '\t' => text.push('\t'),
        '\0'..='\x1F' => text.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{FFFD}')),
        '\x7F' => text.push('\u{2421}'),
        '\u{80}'..='\u{9F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{2069}'
        | '\u{FEFF}' => {
            let _ = write!(text, "\\u{{{:X}}}", c as u32);
        }
        _ => text.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADT: &[u8] = b"MSH|^~\\&|A|B\rPID|1||999^^^NHS||SMITH^JO\xc3\x8bL\rPV1|1|I\r";

    fn marked(message: &[u8], range: Range<usize>) -> String {
        Evidence::new(message, Some(range), Charset::Utf8).marked_text()
    }

    #[test]
    fn the_mark_is_exact() {
        let start = ADT.windows(5).position(|bytes| bytes == b"SMITH").expect("a name");
        assert_eq!(marked(ADT, start..start + 5), "SMITH");
        let evidence = Evidence::new(ADT, Some(start..start + 5), Charset::Utf8);
        assert_eq!(evidence.lines.len(), 3);
        assert_eq!(
            evidence.lines[1].pieces,
            [
                Piece::Plain("PID|1||999^^^NHS||".into()),
                Piece::Marked("SMITH".into()),
                Piece::Plain("^JOËL".into())
            ]
        );
        assert!(!evidence.lines[0].marked && evidence.lines[1].marked && !evidence.lines[2].marked);
    }

    #[test]
    fn an_empty_range_marks_its_place() {
        let evidence = Evidence::new(b"PID|1||", Some(6..6), Charset::Utf8);
        assert_eq!(
            evidence.lines[0].pieces,
            [Piece::Plain("PID|1|".into()), Piece::Marked(String::new()), Piece::Plain("|".into())]
        );
    }

    #[test]
    fn a_mark_may_span_lines_and_may_lie_outside() {
        assert_eq!(marked(b"ab\r\ncd\nef", 1..6), "bcd");
        assert_eq!(marked(b"abc", 2..99), "c");
        assert_eq!(marked(b"abc", 50..99), "");
        assert_eq!(marked(b"", 0..5), "");
    }

    #[test]
    fn every_kind_of_line_end() {
        let numbers = |message| Evidence::new(message, None, Charset::Utf8).lines.len();
        assert_eq!(numbers(b"a\rb\nc\r\nd"), 4);
        assert_eq!(numbers(b"a\r\n"), 1);
        assert_eq!(numbers(b"a\r\rb"), 3);
    }

    #[test]
    fn long_lines_and_long_messages_are_cut_with_a_count() {
        let mut message = vec![b'x'; 5_000];
        message.extend_from_slice(b"MARK");
        message.extend(vec![b'y'; 3_000]);
        let evidence = Evidence::new(&message, Some(5_000..5_004), Charset::Utf8);
        assert_eq!(evidence.lines[0].pieces[0], Piece::LeftOut(4_400));
        assert_eq!(evidence.lines[0].pieces[2], Piece::Marked("MARK".into()));
        assert_eq!(evidence.lines[0].pieces[4], Piece::LeftOut(2_400));
        let rows = b"row\n".repeat(1_000);
        let evidence = Evidence::new(&rows, Some(2_000..2_003), Charset::Utf8);
        assert_eq!(
            (evidence.lines_before, evidence.lines.len(), evidence.lines_after),
            (460, 81, 459)
        );
    }

    #[test]
    fn what_is_no_text_is_visible() {
        let shown = |bytes: &[u8], charset| match &Evidence::new(bytes, None, charset).lines[0]
            .pieces[..]
        {
            [Piece::Plain(text)] => text.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(shown(b"a\x0b\x00\xffb", Charset::Utf8), "a\u{240B}\u{2400}\\xFFb");
        assert_eq!(shown(b"caf\xe9", Charset::Latin1), "café");
        assert_eq!(shown("a\u{202e}b".as_bytes(), Charset::Utf8), "a\\u{202E}b");
    }

    #[test]
    fn a_cut_never_splits_a_character() {
        let message = "é".repeat(3_000);
        for start in [1_001, 1_200, 1_201] {
            let evidence = Evidence::new(message.as_bytes(), Some(start..start + 2), Charset::Utf8);
            let [.., Piece::LeftOut(_)] = &evidence.lines[0].pieces[..] else { panic!("a cut") };
        }
    }

    #[test]
    fn markup_in_a_message_stays_text() {
        let shown = Evidence::new(b"<script>&", Some(0..8), Charset::Utf8).to_string();
        assert!(shown.contains("<mark>&#60;script&#62;</mark>&#38;"), "{shown}");
    }
}
