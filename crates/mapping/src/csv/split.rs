//! A file's bytes → header and rows, aware of quotes and of line breaks inside them.

use std::ops::Range;

use fhir::{Issue, IssueCode};

use crate::source::row::Cell;

/// The largest row that is taken, in bytes.
const ROW_LENGTH_MAX: usize = 1 << 20;
/// The most columns.
const COLUMNS_MAX: usize = 500;

/// Where a file's header and rows stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFile {
    /// The header line, with a byte-order mark but without its line end.
    pub header: Range<usize>,
    /// The rows that hold something.
    pub rows: Vec<RowSlice>,
}

/// One row's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowSlice {
    /// Its bytes, without the line end.
    pub range: Range<usize>,
    /// The line that it begins on, from 1.
    pub line: u32,
}

/// Cuts a file into its header and rows.
///
/// ```
/// let file = mapping::split_csv(b"id,note\r\n1,\"a\r\nb\"\r\n2,c\r\n").unwrap();
/// assert_eq!(file.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
/// ```
pub fn split_csv(bytes: &[u8]) -> Result<CsvFile, Vec<Issue>> {
    let mut lines = Lines { bytes, at: 0, line: 1 };
    let Some((header, _)) = lines.next().transpose()? else {
        return Err(error("line 1", "the file is empty: send a header line and rows"));
    };
    let mut rows = Vec::new();
    for line in lines {
        let (range, line) = line?;
        if !bytes[range.clone()].iter().all(u8::is_ascii_whitespace) {
            rows.push(RowSlice { range, line });
        }
    }
    Ok(CsvFile { header, rows })
}

struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: u32,
}

impl Iterator for Lines<'_> {
    type Item = Result<(Range<usize>, u32), Vec<Issue>>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let line = self.line;
        if start >= self.bytes.len() {
            return None;
        }
        let mut quoted = false;
        let mut end = self.bytes.len();
        let mut next = end;
        for (at, byte) in self.bytes.iter().enumerate().skip(start) {
            match byte {
                b'"' => quoted = !quoted,
                b'\n' => {
                    self.line += 1;
                    if !quoted {
                        (end, next) = (at, at + 1);
                        break;
                    }
                }
                _ => {}
            }
            if at - start > ROW_LENGTH_MAX {
                self.at = self.bytes.len();
                let message = "the row is longer than 1 MB: a quote may not be closed";
                return Some(Err(error(&format!("line {line}"), message)));
            }
        }
        self.at = next;
        if quoted {
            self.at = self.bytes.len();
            let message = "a quote is not closed: close it, or double it inside a quoted cell";
            return Some(Err(error(&format!("line {line}"), message)));
        }
        if end > start && self.bytes[end - 1] == b'\r' {
            end -= 1;
        }
        Some(Ok((start..end, line)))
    }
}

/// Length of the UTF-8 byte-order mark at the start.
pub(super) fn skip_mark(bytes: &[u8]) -> usize {
    if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }
}

/// The cells of one line.
pub(super) fn cells(bytes: &[u8], range: Range<usize>) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut at = range.start;
    loop {
        let is_quoted = at < range.end && bytes[at] == b'"';
        let (start, end, next) =
            if is_quoted { quoted(bytes, at, range.end) } else { plain(bytes, at, range.end) };
        cells.push(Cell { start: start as u32, end: end as u32, is_quoted });
        if next >= range.end || cells.len() > COLUMNS_MAX {
            // A comma at the very end opens one more, empty cell.
            if next == range.end && range.end > at && bytes[range.end - 1] == b',' && next > end {
                let end = range.end as u32;
                cells.push(Cell { start: end, end, is_quoted: false });
            }
            return cells;
        }
        at = next;
    }
}

/// (start, end, where the next cell begins) of a cell without quotes.
fn plain(bytes: &[u8], at: usize, end: usize) -> (usize, usize, usize) {
    match bytes[at..end].iter().position(|byte| *byte == b',') {
        Some(length) => (at, at + length, at + length + 1),
        None => (at, end, end),
    }
}

fn quoted(bytes: &[u8], at: usize, end: usize) -> (usize, usize, usize) {
    let start = at + 1;
    let mut here = start;
    while here < end {
        if bytes[here] == b'"' {
            if here + 1 < end && bytes[here + 1] == b'"' {
                here += 2;
                continue;
            }
            let (_, _, next) = plain(bytes, here + 1, end);
            return (start, here, next);
        }
        here += 1;
    }
    (start, end, end)
}

fn error(place: &str, message: &str) -> Vec<Issue> {
    vec![Issue::error(IssueCode::Structure, place, message)]
}

#[cfg(test)]
mod tests {
    use super::{cells, split_csv};

    #[test]
    fn lines_and_cells() {
        let cases: [(&str, &[&str]); 9] = [
            ("a,b", &["a", "b"]),
            ("a,", &["a", ""]),
            (",", &["", ""]),
            ("", &[""]),
            ("\"a,b\",c", &["a,b", "c"]),
            ("\"a\",", &["a", ""]),
            ("\"a\"\"b\",c", &["a\"\"b", "c"]),
            ("\"\",\"\"", &["", ""]),
            ("a,\"b\nc\"", &["a", "b\nc"]),
        ];
        for (line, expected) in cases {
            let cells = cells(line.as_bytes(), 0..line.len());
            let texts: Vec<_> =
                cells.iter().map(|c| &line[c.start as usize..c.end as usize]).collect();
            assert_eq!(texts, expected, "{line}");
        }
    }

    #[test]
    fn rows_and_their_lines() {
        let text = "\u{feff}id,note\r\n1,\"x\r\ny\"\r\n\r\n2,z";
        let file = split_csv(text.as_bytes()).unwrap();
        let rows: Vec<_> = file.rows.iter().map(|r| (&text[r.range.clone()], r.line)).collect();
        assert_eq!(rows, [("1,\"x\r\ny\"", 2), ("2,z", 5)]);
        assert_eq!(&text[file.header], "\u{feff}id,note");
    }

    #[test]
    fn what_is_no_file() {
        for text in ["", "id\n\"1\n2\n3"] {
            assert!(split_csv(text.as_bytes()).is_err(), "{text}");
        }
    }
}
