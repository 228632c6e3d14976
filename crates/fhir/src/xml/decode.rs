//! Bytes of an XML document → text: byte-order mark, then declaration, then UTF-8.
//! Spec: XML 1.0 §4.3.3 and appendix F.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The declaration must end within so many bytes.
const DECLARATION_BYTES_MAX: usize = 256;

/// The text, or what is wrong and the byte offset of it where that is known.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, (String, usize)> {
    let (encoding, mark_length) = match Encoding::for_bom(bytes) {
        Some(found) => found,
        None if bytes.starts_with(b"\0<") => (UTF_16BE, 0),
        None if bytes.starts_with(b"<\0") => (UTF_16LE, 0),
        None => (declared(bytes)?, 0),
    };
    let bytes = &bytes[mark_length..];
    if encoding == UTF_8 {
        return match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(("the bytes are not utf-8".to_owned(), error.valid_up_to())),
        };
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| (format!("the bytes are not {}", encoding.name()), 0))
}

/// The encoding that the declaration names; UTF-8 where it names none.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, (String, usize)> {
    let Some(rest) = bytes.strip_prefix(b"<?xml") else { return Ok(UTF_8) };
    let rest = &rest[..rest.len().min(DECLARATION_BYTES_MAX)];
    let end = rest.iter().position(|b| *b == b'>').unwrap_or(rest.len());
    let declaration = String::from_utf8_lossy(&rest[..end]);
    let Some((_, value)) = declaration.split_once("encoding") else { return Ok(UTF_8) };
    let value = value.trim_start().strip_prefix('=').map(str::trim_start);
    let label = value.and_then(|value| {
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        value[1..].split(quote).next()
    });
    let found = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    match found {
        // The declaration was read byte by byte, so the document is not in one of these.
        Some(encoding) if encoding == UTF_16BE || encoding == UTF_16LE => {
            Err(("declared as utf-16 but not written so".to_owned(), 0))
        }
        Some(encoding) => Ok(encoding),
        None => Err(("unknown character encoding is declared; use utf-8".to_owned(), 0)),
    }
}
