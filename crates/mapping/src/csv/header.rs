//! Does a header, and then a row, fit its `file` section?

use fhir::{Issue, IssueCode};

use super::CsvRow;
use crate::language::program::Sheet;
use crate::profile::Encoding;
use crate::source::row::{Cell, decode};

/// Columns in another order are fine: cells are read by name.
pub(super) fn check(sheet: &Sheet, names: &[String]) -> Vec<Issue> {
    let mut issues = Vec::new();
    for (index, name) in names.iter().enumerate() {
        if names[..index].contains(name) {
            let message = format!("the header names column `{name}` twice: keep one");
            issues.push(Issue::error(IssueCode::Duplicate, "line 1", message));
        } else if !sheet.columns.iter().any(|(column, _)| column == name) {
            let message = format!(
                "the header has a column that `{}` files do not: take it out or add it to the rules",
                sheet.name
            );
            let place = format!("line 1, column {}", index + 1);
            issues.push(Issue::error(IssueCode::Structure, place, message));
        }
    }
    for (column, _) in &sheet.columns {
        if !names.contains(column) {
            let message = format!("the header lacks column `{column}`: send it, empty if need be");
            issues.push(Issue::error(IssueCode::Required, "line 1", message));
        }
    }
    issues
}

pub(super) fn check_row(
    sheet: &Sheet,
    names: &[String],
    cells: &[Cell],
    row: CsvRow<'_>,
    encoding: Encoding,
) -> Vec<Issue> {
    let mut issues = Vec::new();
    let line = row.line;
    if cells.len() != names.len() {
        let message = format!(
            "the row has {} cells and the header {}: quote cells that hold commas",
            cells.len(),
            names.len()
        );
        issues.push(Issue::error(IssueCode::Structure, format!("line {line}"), message));
        return issues;
    }
    for (cell, name) in cells.iter().zip(names) {
        let text = decode(&row.bytes[cell.start as usize..cell.end as usize], encoding);
        let place = || format!("line {line}, column {name}");
        if text.contains('\u{fffd}') {
            let message = "the bytes are not text in the feed's encoding: set the feed's \
                           `encoding` or send UTF-8";
            issues.push(Issue::error(IssueCode::Structure, place(), message));
        }
        let is_required =
            sheet.columns.iter().any(|(column, required)| column == name && *required);
        if is_required && text.trim().is_empty() {
            issues.push(Issue::error(IssueCode::Required, place(), "the cell must not be empty"));
        }
    }
    issues
}
