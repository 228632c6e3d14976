//! CSV files: cut into rows by byte ranges, each row mapped by itself. Spec: RFC 4180.
//!
//! The ledger keeps one item a row: the header line and the row's own bytes ([`row_item`]), so that
//! a row can be replayed without its file. A header that does not fit sets the whole file aside; a
//! row that does not fit sets that row aside.

mod header;
mod split;

use fhir::{Issue, IssueCode};

pub use split::{CsvFile, RowSlice, split_csv};

use crate::Mappings;
use crate::contribution::Mapped;
use crate::language::program::Sheet;
use crate::profile::{Encoding, FeedProfile};
use crate::run::Run;
use crate::source::row::decode;
use crate::source::{RowSource, Source};
use split::{cells, skip_mark};

/// A row as an item: the bytes that it is stored as, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct CsvRow<'b> {
    /// Name of the file that it came in: `community_lvp_20250301_1_patients.csv`.
    pub file_name: &'b str,
    /// The line of the file that the row begins on, from 1.
    pub line: u32,
    /// The header line and the row, as [`row_item`] puts them together.
    pub bytes: &'b [u8],
}

/// The bytes of the item for one row: the header line, CR LF, the row.
pub fn row_item(file: &[u8], parts: &CsvFile, row: &RowSlice) -> Vec<u8> {
    let mut bytes = file[parts.header.clone()].to_vec();
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&file[row.range.clone()]);
    bytes
}

/// What is wrong with a file's header, before its rows are taken in; empty where it fits.
pub fn check_header(
    mappings: &Mappings,
    profile: &FeedProfile,
    file_name: &str,
    file: &[u8],
    parts: &CsvFile,
) -> Vec<Issue> {
    let Some(sheet) = sheet_of(mappings, file_name) else { return vec![no_sheet()] };
    let names = header_names(&file[parts.header.clone()], encoding(profile, file));
    header::check(sheet, &names)
}

/// Maps one row.
pub fn map_csv(mappings: &Mappings, profile: &FeedProfile, row: CsvRow<'_>) -> Mapped {
    let mut mapped = Mapped::default();
    let Some(sheet) = sheet_of(mappings, row.file_name) else {
        mapped.issues.push(no_sheet());
        return mapped;
    };
    mapped.kind.clone_from(&sheet.name);
    let parts = match split_csv(row.bytes) {
        Ok(parts) => parts,
        Err(issues) => {
            mapped.issues = issues;
            return mapped;
        }
    };
    let encoding = encoding(profile, row.bytes);
    let names = header_names(&row.bytes[parts.header.clone()], encoding);
    mapped.issues = header::check(sheet, &names);
    let [slice] = parts.rows.as_slice() else {
        let message = "the item does not hold exactly one row: cut the file with `split_csv`";
        mapped.issues.push(Issue::error(IssueCode::Structure, "row", message));
        return mapped;
    };
    let cells = cells(row.bytes, slice.range.clone());
    mapped.issues.extend(header::check_row(sheet, &names, &cells, row, encoding));
    if mapped.is_set_aside() {
        return mapped;
    }
    let source = Source::Row(RowSource::new(row.bytes, encoding, names, cells, row.line));
    let mut run = Run::new(&mappings.program, profile, &source);
    run.prepare(&sheet.name, "");
    run.section(&sheet.body);
    let Source::Row(fields) = &source else { return mapped };
    mapped.unread = run.unread(fields.nodes());
    run.finish(&mut mapped);
    mapped
}

fn sheet_of<'m>(mappings: &'m Mappings, file_name: &str) -> Option<&'m Sheet> {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    let stem = name.strip_suffix(".csv").or_else(|| name.strip_suffix(".CSV")).unwrap_or(name);
    let matches = |sheet: &&Sheet| {
        // `community*patients`: how the name begins and how it ends.
        match sheet.file_suffix.split_once('*') {
            Some((start, end)) => stem.starts_with(start) && stem.ends_with(end),
            None => stem.ends_with(&sheet.file_suffix),
        }
    };
    mappings.program.sheets.iter().find(matches)
}

fn no_sheet() -> Issue {
    Issue::error(
        IssueCode::NotSupported,
        "file name",
        "no rule file has a `file` section for a file of this name: add one or correct the name",
    )
}

fn encoding(profile: &FeedProfile, bytes: &[u8]) -> Encoding {
    if skip_mark(bytes) > 0 { Encoding::Utf8 } else { profile.encoding }
}

/// The column names of a header line.
fn header_names(header: &[u8], encoding: Encoding) -> Vec<String> {
    let cells = cells(header, skip_mark(header)..header.len());
    let name = |cell: &crate::source::row::Cell| {
        decode(&header[cell.start as usize..cell.end as usize], encoding).trim().to_owned()
    };
    cells.iter().map(name).collect()
}
