//! Code tables: a source's codes and what they are in FHIR, as CSV text.
//!
//! The header is `source,code,display` with an optional `system`. The row `*` holds for every code
//! that has no row of its own. To add a table, add a file to `tables/` and a `table` line to a rule
//! file.

use std::collections::HashMap;

use crate::language::{CompileError, Position};

/// One target code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) value: Box<str>,
    pub(crate) display: Box<str>,
    pub(crate) system: Option<Box<str>>,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: String,
    codes: HashMap<Box<str>, Code>,
    other: Option<Code>,
}

impl Table {
    pub(crate) fn parse(
        name: &str,
        system: Option<&str>,
        file: &str,
        text: &str,
    ) -> Result<Table, CompileError> {
        let error = |line: usize, message: String| CompileError {
            file: file.to_owned(),
            at: Position { line: line as u32 + 1, column: 1 },
            message,
        };
        let mut lines = text.lines().enumerate();
        let header = lines.next().map_or("", |(_, line)| line);
        if !matches!(header, "source,code,display" | "source,code,display,system") {
            return Err(error(0, "the header must be `source,code,display[,system]`".to_owned()));
        }
        let mut table = Table { name: name.to_owned(), codes: HashMap::new(), other: None };
        for (index, line) in lines {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let cells: Vec<String> = cells(line);
            let [source, code, display, rest @ ..] = cells.as_slice() else {
                return Err(error(index, "a row needs source, code and display".to_owned()));
            };
            let own = rest.first().map(String::as_str).filter(|system| !system.is_empty());
            let target = Code {
                value: code.as_str().into(),
                display: display.as_str().into(),
                system: own.or(system).map(Into::into),
            };
            if source == "*" {
                table.other = Some(target);
            } else if table.codes.insert(source.as_str().into(), target).is_some() {
                return Err(error(index, format!("`{source}` stands twice")));
            }
        }
        Ok(table)
    }

    /// What `source` is, exactly as written or else in upper case.
    pub(crate) fn get(&self, source: &str) -> Option<&Code> {
        self.codes.get(source).or_else(|| {
            let upper = source.bytes().any(|b| b.is_ascii_lowercase());
            let found = if upper { self.codes.get(source.to_uppercase().as_str()) } else { None };
            found.or(self.other.as_ref())
        })
    }

    /// The source codes, sorted, for the documentation.
    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }
}

/// The cells of a line; a cell in quotes may hold commas.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().expect("one cell at least").push(other),
        }
    }
    cells
}
