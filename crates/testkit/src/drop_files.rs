//! Monthly CSV extracts: rows of many people gathered into the files that a system drops.
//!
//! To add a kind of file, add its name and header to the system's list.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

use crate::csv_text;

/// A row in the making: when the system wrote it, and what it says.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// When it was written; the next extract carries it.
    pub at: DateTime,
    /// Index in the list of kinds.
    pub kind: usize,
    /// The line, with its line break.
    pub line: String,
    /// The same row again.
    pub copy: bool,
}

/// A kind of file: name and header.
pub(crate) type FileKind = (&'static str, &'static str);

/// A file to drop.
#[derive(Clone, Debug)]
pub(crate) struct DropFile {
    /// When it is dropped.
    pub at: DateTime,
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Rows without the header.
    pub rows: u32,
    /// Rows that stood in an earlier file already.
    pub copies: u32,
}

/// How a system writes its files.
pub(crate) struct Style {
    /// First part of the name.
    pub(crate) prefix: String,
    /// Kinds of file in the order in which they are dropped.
    pub(crate) kinds: &'static [FileKind],
    /// Hour of the night.
    pub(crate) hour: i8,
    /// A byte-order mark first.
    pub(crate) mark: bool,
    /// Every field in quotes.
    pub(crate) quoted: bool,
}

/// The files of a system, one of each kind a month, none where there would be no rows.
pub(crate) fn files(style: &Style, mut rows: Vec<Row>, start: Date, end: Date) -> Vec<DropFile> {
    rows.sort_by_key(|row| row.at);
    let mut files = Vec::new();
    let mut rest = rows.as_slice();
    let mut day = start.first_of_month().saturating_add(1.month());
    loop {
        // What was written after the last first-of-month goes into one more extract at the end.
        let last = day > end;
        let date = if last { end } else { day };
        let at = date.at(style.hour, 0, 0, 0);
        let now = if last { rest.len() } else { rest.partition_point(|row| row.at < at) };
        let (due, later) = rest.split_at(now);
        for (number, kind) in style.kinds.iter().enumerate() {
            files.extend(file(style, number, *kind, due, at));
        }
        rest = later;
        if last {
            return files;
        }
        day = day.saturating_add(1.month());
    }
}

fn file(
    style: &Style,
    number: usize,
    (name, header): FileKind,
    due: &[Row],
    at: DateTime,
) -> Option<DropFile> {
    let rows: Vec<&Row> = due.iter().filter(|row| row.kind == number).collect();
    if rows.is_empty() {
        return None;
    }
    let mut text = String::new();
    if style.mark {
        text.push('\u{feff}');
    }
    let columns: Vec<&str> = header.split(',').collect();
    text.push_str(&csv_text::line(&columns, style.quoted));
    for row in &rows {
        text.push_str(&row.line);
    }
    Some(DropFile {
        at: at.saturating_add((number as i64 * 30).seconds()),
        name: format!(
            "{}_{:04}{:02}{:02}_{}_{name}.csv",
            style.prefix,
            at.year(),
            at.month(),
            at.day(),
            number + 1
        ),
        bytes: text.into_bytes(),
        rows: rows.len() as u32,
        copies: rows.iter().filter(|row| row.copy).count() as u32,
    })
}
