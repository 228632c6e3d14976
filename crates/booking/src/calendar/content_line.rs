//! Content lines: unfolded, with the number of the line that each begins on. RFC 5545 §3.1.

use super::CalendarError;

/// Longest file that is read.
const OCTETS_MAX: usize = 1 << 20;
/// Most lines.
const LINES_MAX: usize = 20_000;

/// One property: `NAME;PARAM=value:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ContentLine {
    /// The line of the file, from 1.
    pub(super) line: usize,
    /// In upper case.
    pub(super) name: String,
    /// Names in upper case, values without quotes.
    pub(super) parameters: Vec<(String, String)>,
    pub(super) value: String,
}

impl ContentLine {
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(super) fn error(line: usize, words: impl Into<String>) -> CalendarError {
    CalendarError { line, words: words.into() }
}

/// Takes a file apart. Lines may end in CRLF or in LF alone.
pub(super) fn content_lines(bytes: &[u8]) -> Result<Vec<ContentLine>, CalendarError> {
    if bytes.len() > OCTETS_MAX {
        return Err(error(1, "the file is larger than 1 MB"));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|fault| {
        let line = bytes[..fault.valid_up_to()].split(|byte| *byte == b'\n').count();
        error(line, "the text is not UTF-8")
    })?;
    let mut lines: Vec<(usize, String)> = Vec::new();
    for (index, line) in text.split('\n').enumerate() {
        let number = index + 1;
        if number > LINES_MAX {
            return Err(error(number, "the file has more than 20000 lines"));
        }
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.chars().any(|letter| letter.is_control() && letter != '\t') {
            return Err(error(number, "a control character stands in the line"));
        }
        match line.strip_prefix([' ', '\t']) {
            Some(rest) => match lines.last_mut() {
                Some((_, before)) => before.push_str(rest),
                None => return Err(error(number, "the file begins with a folded line")),
            },
            // Blank lines are no part of the grammar; some senders end with them.
            None if line.is_empty() => {}
            None => lines.push((number, line.to_owned())),
        }
    }
    lines.into_iter().map(|(line, text)| content_line(line, &text)).collect()
}

fn content_line(line: usize, text: &str) -> Result<ContentLine, CalendarError> {
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let name_end = text.find(|letter| !is_name(letter)).unwrap_or(text.len());
    if name_end == 0 {
        return Err(error(line, "the line has no property name"));
    }
    let name = text[..name_end].to_ascii_uppercase();
    let mut rest = &text[name_end..];
    let mut parameters = Vec::new();
    while let Some(after) = rest.strip_prefix(';') {
        let Some((name, after)) = after.split_once('=') else {
            return Err(error(line, "a parameter has no equals sign"));
        };
        if name.is_empty() || !name.chars().all(is_name) {
            return Err(error(line, "a parameter has no name"));
        }
        let (value, after) = parameter_value(line, after)?;
        parameters.push((name.to_ascii_uppercase(), value));
        rest = after;
    }
    match rest.strip_prefix(':') {
        Some(value) => Ok(ContentLine { line, name, parameters, value: value.to_owned() }),
        None => Err(error(line, format!("{name} has no colon before its value"))),
    }
}

/// One or more values with commas between them; the first without quotes is kept.
fn parameter_value(line: usize, text: &str) -> Result<(String, &str), CalendarError> {
    let mut rest = text;
    let mut first = None;
    loop {
        let value = if let Some(quoted) = rest.strip_prefix('"') {
            let Some((value, after)) = quoted.split_once('"') else {
                return Err(error(line, "a quoted parameter does not end"));
            };
            rest = after;
            value
        } else {
            let end = rest.find([';', ':', ',', '"']).unwrap_or(rest.len());
            let value = &rest[..end];
            rest = &rest[end..];
            value
        };
        first.get_or_insert_with(|| value.to_owned());
        match rest.strip_prefix(',') {
            Some(after) => rest = after,
            None if rest.starts_with([';', ':']) => {
                return Ok((first.unwrap_or_default(), rest));
            }
            None => return Err(error(line, "a parameter does not end in a semicolon or colon")),
        }
    }
}
