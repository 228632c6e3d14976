//! Escape sequences in text. Spec: HL7 v2 §2.7.
//!
//! To add a sequence, add it to `resolve`; to write one, to `encode_escapes`.

use std::fmt::Write as _;

use crate::charset::Charset;
use crate::message::Delimiters;

/// What stands between two escape characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence<'s> {
    /// A delimiter, or the truncation character.
    Byte(u8),
    /// `\Xdd…\`: the digits.
    Hexadecimal(&'s str),
    /// `\.br\` and the like: this character so many times.
    Repeat(char, u8),
    /// Highlighting and layout that plain text does not have.
    Nothing,
    /// Another character set (`\Cxxyy\`, `\Mxxyyzz\`) or the site's own (`\Zxx\`).
    Verbatim,
    /// None that is known.
    Unknown,
}

/// Text of a UTF-8 message with its escapes resolved; see [`decode_escapes_in`].
///
/// ```
/// let text = hl7v2::decode_escapes(r"salt \T\ pepper\.br\next", hl7v2::Delimiters::STANDARD);
/// assert_eq!(text, "salt & pepper\nnext");
/// ```
pub fn decode_escapes(text: &str, delimiters: Delimiters) -> String {
    decode_escapes_in(text, delimiters, Charset::UTF_8)
}

/// Text with its escapes resolved; the bytes of `\Xdd\` are in the message's character set.
///
/// Formatting becomes the nearest plain text and highlighting (`\H\`, `\N\`) goes. Unknown
/// sequences, those of the site (`\Zxx\`) and changes of character set (`\Cxxyy\`, `\Mxxyyzz\`)
/// stay as they are.
pub fn decode_escapes_in(text: &str, delimiters: Delimiters, charset: Charset) -> String {
    if delimiters.escape == 0 {
        return text.to_owned();
    }
    let escape = char::from(delimiters.escape);
    let mut out = String::with_capacity(text.len());
    // Bytes of hexadecimal sequences that follow one another make one text: \XC3\\XA9\ is é.
    let mut pending = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(escape) {
        let inside = &rest[at + 1..];
        let Some(length) = inside.find(escape) else { break };
        let read = sequence(&inside[..length], delimiters);
        if at > 0 || !matches!(read, Sequence::Hexadecimal(_)) {
            flush(&mut pending, charset, &mut out);
        }
        out.push_str(&rest[..at]);
        rest = &inside[length + 1..];
        match read {
            Sequence::Byte(byte) => out.push(char::from(byte)),
            Sequence::Hexadecimal(digits) => pending.extend(hexadecimal(digits)),
            Sequence::Repeat(character, count) => {
                out.extend(std::iter::repeat_n(character, count.into()));
            }
            Sequence::Nothing => {}
            Sequence::Verbatim => {
                out.push(escape);
                out.push_str(&inside[..=length]);
            }
            Sequence::Unknown => {
                // The escape character stands for itself, and what follows is looked at again,
                // since the second one may begin a real sequence: C:\dir\F\x.
                out.push(escape);
                rest = inside;
            }
        }
    }
    flush(&mut pending, charset, &mut out);
    out.push_str(rest);
    out
}

fn flush(pending: &mut Vec<u8>, charset: Charset, out: &mut String) {
    if !pending.is_empty() {
        out.push_str(&charset.decode(pending));
        pending.clear();
    }
}

fn hexadecimal(digits: &str) -> impl Iterator<Item = u8> {
    let value = |digit: u8| char::from(digit).to_digit(16).unwrap_or(0) as u8;
    digits.as_bytes().chunks_exact(2).map(move |pair| value(pair[0]) << 4 | value(pair[1]))
}

/// Reads what stands between two escape characters.
pub(crate) fn sequence(text: &str, delimiters: Delimiters) -> Sequence<'_> {
    let truncation = if delimiters.truncation == 0 { b'#' } else { delimiters.truncation };
    let delimiter = match text {
        "F" => delimiters.field,
        "S" => delimiters.component,
        "R" => delimiters.repetition,
        "T" => delimiters.subcomponent,
        "E" => delimiters.escape,
        "P" => truncation,
        "H" | "N" | ".fi" | ".nf" => return Sequence::Nothing,
        ".br" | ".ce" | ".sp" => return Sequence::Repeat('\n', 1),
        _ => return longer_sequence(text),
    };
    // A delimiter that the message does not name cannot be meant.
    if delimiter == 0 { Sequence::Unknown } else { Sequence::Byte(delimiter) }
}

fn longer_sequence(text: &str) -> Sequence<'_> {
    let is_hexadecimal = |digits: &str| {
        let fits = !digits.is_empty() && digits.len().is_multiple_of(2);
        fits && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    };
    let count =
        |command: &str| text.strip_prefix(command).and_then(|n| n.trim().parse::<u8>().ok());
    if let Some(digits) = text.strip_prefix('X').filter(|digits| is_hexadecimal(digits)) {
        return Sequence::Hexadecimal(digits);
    }
    if let Some(digits) = text.strip_prefix(['C', 'M']) {
        let fits = matches!(digits.len(), 4 | 6) && is_hexadecimal(digits);
        return if fits { Sequence::Verbatim } else { Sequence::Unknown };
    }
    if let Some(name) = text.strip_prefix('Z') {
        let fits =
            (1..=20).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric());
        return if fits { Sequence::Verbatim } else { Sequence::Unknown };
    }
    if let Some(lines) = count(".sp") {
        return Sequence::Repeat('\n', lines.clamp(1, 20));
    }
    if let Some(spaces) = count(".sk") {
        return Sequence::Repeat(' ', spaces);
    }
    // Indents may be negative: .ti-4.
    let is_number = |text: &str| text.trim().parse::<i16>().is_ok();
    let is_indent =
        text.strip_prefix(".in").or_else(|| text.strip_prefix(".ti")).is_some_and(is_number);
    if is_indent { Sequence::Nothing } else { Sequence::Unknown }
}

/// Text with the characters escaped that a field may not hold; [`decode_escapes`] gives it back.
///
/// LF becomes `\.br\`, other control characters `\Xdd\`. Where the delimiters name no escape
/// character nothing can be escaped: such a character becomes a space.
///
/// ```
/// assert_eq!(hl7v2::encode_escapes("R&D|x", hl7v2::Delimiters::STANDARD), r"R\T\D\F\x");
/// ```
pub fn encode_escapes(text: &str, delimiters: Delimiters) -> String {
    let escape = char::from(delimiters.escape);
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        // NUL is no delimiter: 0 says that a delimiter is not named.
        let code = match u8::try_from(character).unwrap_or(0) {
            0 => None,
            byte if byte == delimiters.field => Some("F"),
            byte if byte == delimiters.component => Some("S"),
            byte if byte == delimiters.repetition => Some("R"),
            byte if byte == delimiters.subcomponent => Some("T"),
            byte if byte == delimiters.escape => Some("E"),
            byte if byte == delimiters.truncation => Some("P"),
            b'\n' => Some(".br"),
            _ => None,
        };
        let is_plain = code.is_none() && !character.is_ascii_control();
        if is_plain {
            out.push(character);
        } else if delimiters.escape == 0 {
            out.push(' ');
        } else {
            out.push(escape);
            match code {
                Some(code) => out.push_str(code),
                None => {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "X{:02X}", u32::from(character));
                }
            }
            out.push(escape);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decode_escapes, decode_escapes_in, encode_escapes};
    use crate::charset::Charset;
    use crate::message::Delimiters;

    #[test]
    fn sequences() {
        let cases = [
            ("plain", "plain"),
            (r"a\F\b\S\c\R\d\T\e\E\f", "a|b^c~d&e\\f"),
            (r"\X41\\X0D0A\", "A\r\n"),
            (r"\XC3A9\", "é"),
            (r"\XC3\\XA9\", "é"),
            (r"\XC3\ \XA9\", "Ã ©"),
            (r"\X4\", r"\X4\"),
            (r"\X4G\", r"\X4G\"),
            (r"\X+1\", r"\X+1\"),
            (r"\H\bold\N\", "bold"),
            (r"a\.br\b", "a\nb"),
            (r"a\.sp2\b", "a\n\nb"),
            (r"a\.sp\b", "a\nb"),
            (r"a\.sk3\b", "a   b"),
            (r"a\.in4\b\.ti-2\c\.in+1\d\.inx\", r"abcd\.inx\"),
            (r"\Zab\F\", r"\Zab\F\"),
            (r"\C2842\F\M242A\", r"\C2842\F\M242A\"),
            (r"\C2842\F\F\", r"\C2842\F|"),
            (r"\C28\F\", r"\C28|"),
            (r"C:\dir\F\x", r"C:\dir|x"),
            (r"50\P\", r"50#"),
            (r"tail\", r"tail\"),
            (r"\\", r"\\"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(decode_escapes(text, Delimiters::STANDARD), expected, "{text}");
        }
    }

    #[test]
    fn hexadecimal_bytes_are_in_the_messages_character_set() {
        let cases = [("8859/1", "\u{E9}"), ("8859/15", "\u{E9}"), ("8859/5", "\u{449}")];
        for (charset, expected) in cases {
            let charset = Charset::named(charset).unwrap();
            let text = decode_escapes_in(r"\XE9\", Delimiters::STANDARD, charset);
            assert_eq!(text, expected, "{charset:?}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let odd = Delimiters {
            field: b'!',
            component: b'$',
            repetition: b'*',
            escape: b'/',
            subcomponent: b'%',
            truncation: b'#',
        };
        for text in [
            "",
            "a|b^c~d&e\\f#",
            "a!b$c*d/e%f#",
            "line\nline\r\nline\r",
            "tab\there",
            "Siân \u{1}\0",
        ] {
            for delimiters in [Delimiters::STANDARD, odd] {
                let written = encode_escapes(text, delimiters);
                assert!(!written.contains(['\r', '\n']), "{written}");
                assert_eq!(decode_escapes(&written, delimiters), text, "{written}");
            }
        }
    }

    #[test]
    fn without_an_escape_character_nothing_is_escaped() {
        let bare = Delimiters { repetition: 0, escape: 0, subcomponent: 0, ..Delimiters::STANDARD };
        assert_eq!(encode_escapes("a|b\nc\\\0", bare), "a b c\\ ");
        assert_eq!(decode_escapes("a\\F\\b\0c\0", bare), "a\\F\\b\0c\0");
    }
}
