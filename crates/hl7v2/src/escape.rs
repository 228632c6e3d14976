//! Escape sequences in text. Spec: HL7 v2 §2.7.

use crate::message::Delimiters;

/// Text with its escapes resolved. Unknown and site-defined (`\Zxx\`) escapes stay as they are,
/// formatting becomes the nearest plain text, highlighting (`\H\`, `\N\`) goes.
///
/// ```
/// let text = hl7v2::decode_escapes(r"salt \T\ pepper\.br\next", hl7v2::Delimiters::STANDARD);
/// assert_eq!(text, "salt & pepper\nnext");
/// ```
pub fn decode_escapes(text: &str, delimiters: Delimiters) -> String {
    let escape = char::from(delimiters.escape);
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(escape) {
        out.push_str(&rest[..at]);
        let inside = &rest[at + 1..];
        let Some(length) = inside.find(escape) else {
            out.push_str(&rest[at..]);
            return out;
        };
        let sequence = &inside[..length];
        if resolve(sequence, delimiters, &mut out) {
            rest = &inside[length + 1..];
        } else {
            // No sequence that we know: the escape character stands for itself, and what follows
            // is looked at again, since the second one may begin a real sequence.
            out.push(escape);
            rest = inside;
        }
    }
    out.push_str(rest);
    out
}

fn resolve(sequence: &str, delimiters: Delimiters, out: &mut String) -> bool {
    let mut put = |byte: u8| {
        out.push(char::from(byte));
        true
    };
    match sequence {
        "F" => put(delimiters.field),
        "S" => put(delimiters.component),
        "R" => put(delimiters.repetition),
        "T" => put(delimiters.subcomponent),
        "E" => put(delimiters.escape),
        "P" => put(b'#'),
        "H" | "N" => true,
        ".br" | ".ce" => put(b'\n'),
        ".fi" | ".nf" => true,
        _ => resolve_longer(sequence, out),
    }
}

fn resolve_longer(sequence: &str, out: &mut String) -> bool {
    if let Some(digits) = sequence.strip_prefix('X') {
        let bytes: Option<Vec<u8>> =
            (!digits.is_empty() && digits.len().is_multiple_of(2) && digits.is_ascii())
                .then(|| {
                    digits
                        .as_bytes()
                        .chunks(2)
                        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
                        .collect()
                })
                .flatten();
        let Some(bytes) = bytes else { return false };
        match String::from_utf8(bytes) {
            Ok(text) => out.push_str(&text),
            Err(error) => out.extend(error.into_bytes().into_iter().map(char::from)),
        }
        return true;
    }
    let count =
        |command: &str| sequence.strip_prefix(command).and_then(|n| n.trim().parse::<u8>().ok());
    if let Some(lines) = count(".sp") {
        out.extend(std::iter::repeat_n('\n', lines.clamp(1, 20).into()));
        return true;
    }
    if let Some(spaces) = count(".sk") {
        out.extend(std::iter::repeat_n(' ', spaces.into()));
        return true;
    }
    sequence == ".sp" && {
        out.push('\n');
        true
    } || [".in", ".ti"].iter().any(|command| count(command).is_some())
}

/// Text with the characters escaped that a field may not hold, line ends as `\.br\`.
///
/// ```
/// assert_eq!(hl7v2::encode_escapes("R&D|x", hl7v2::Delimiters::STANDARD), r"R\T\D\F\x");
/// ```
pub fn encode_escapes(text: &str, delimiters: Delimiters) -> String {
    let escape = char::from(delimiters.escape);
    let mut out = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let code = match u8::try_from(character).unwrap_or(0) {
            0 => None,
            byte if byte == delimiters.field => Some("F"),
            byte if byte == delimiters.component => Some("S"),
            byte if byte == delimiters.repetition => Some("R"),
            byte if byte == delimiters.subcomponent => Some("T"),
            byte if byte == delimiters.escape => Some("E"),
            b'\r' if characters.peek() == Some(&'\n') => continue,
            b'\r' | b'\n' => Some(".br"),
            _ => None,
        };
        match code {
            Some(code) => {
                out.push(escape);
                out.push_str(code);
                out.push(escape);
            }
            None if character.is_ascii_control() => {
                out.push_str(&format!("{escape}X{:02X}{escape}", u32::from(character)));
            }
            None => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decode_escapes, encode_escapes};
    use crate::message::Delimiters;

    #[test]
    fn sequences() {
        let cases = [
            ("plain", "plain"),
            (r"a\F\b\S\c\R\d\T\e\E\f", "a|b^c~d&e\\f"),
            (r"\X41\\X0D0A\", "A\r\n"),
            (r"\XC3A9\", "é"),
            (r"\X4\", r"\X4\"),
            (r"\H\bold\N\", "bold"),
            (r"a\.br\b", "a\nb"),
            (r"a\.sp2\b", "a\n\nb"),
            (r"a\.sk3\b", "a   b"),
            (r"a\.in4\b", "ab"),
            (r"\Zab\", r"\Zab\"),
            (r"C:\dir\F\x", r"C:\dir|x"),
            (r"tail\", r"tail\"),
            (r"\\", r"\\"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(decode_escapes(text, Delimiters::STANDARD), expected, "{text}");
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
        };
        for text in ["", "a|b^c~d&e\\f", "a!b$c*d/e%f", "line\nline", "tab\there", "Siân \u{1}"] {
            for delimiters in [Delimiters::STANDARD, odd] {
                let written = encode_escapes(text, delimiters);
                assert_eq!(decode_escapes(&written, delimiters), text, "{written}");
            }
        }
    }
}
