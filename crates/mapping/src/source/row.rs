//! Places in a CSV row: cells by column.

use std::borrow::Cow;

use super::{Node, Place};
use crate::language::program::Program;
use crate::profile::Encoding;

/// A cell's bytes, without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) is_quoted: bool,
}

pub(crate) struct RowSource<'m> {
    bytes: &'m [u8],
    encoding: Encoding,
    /// The header's names, in the order of the file.
    header: Vec<String>,
    cells: Vec<Cell>,
    /// The row's line in the file, from 1.
    line: u32,
}

impl<'m> RowSource<'m> {
    pub(crate) fn new(
        bytes: &'m [u8],
        encoding: Encoding,
        header: Vec<String>,
        cells: Vec<Cell>,
        line: u32,
    ) -> RowSource<'m> {
        RowSource { bytes, encoding, header, cells, line }
    }

    pub(crate) fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    /// The cell of a column of the rules.
    pub(crate) fn cell(&self, program: &Program, column: u16) -> Option<Node> {
        let name = program.columns.get(column as usize)?;
        let at = self.header.iter().position(|header| header == name)?;
        self.node(at)
    }

    pub(crate) fn node(&self, at: usize) -> Option<Node> {
        let cell = self.cells.get(at)?;
        Some(Node { start: cell.start, end: cell.end, place: Place::Cell(at as u16) })
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        (0..self.cells.len())
            .filter_map(|at| self.node(at))
            .filter(|node| self.text(*node).is_some())
    }

    pub(crate) fn text(&self, node: Node) -> Option<(Cow<'m, str>, Node)> {
        let Place::Cell(at) = node.place else { return None };
        let cell = self.cells.get(at as usize)?;
        let text = decode(&self.bytes[cell.start as usize..cell.end as usize], self.encoding);
        let text = if cell.is_quoted && text.contains("\"\"") {
            Cow::Owned(text.replace("\"\"", "\""))
        } else {
            text
        };
        if text.trim().is_empty() { None } else { Some((text, node)) }
    }

    pub(crate) fn locator(&self, node: Node) -> String {
        let Place::Cell(at) = node.place else { return format!("line {}", self.line) };
        let column = self.header.get(at as usize).map_or("", String::as_str);
        format!("line {}, column {column}", self.line)
    }
}

/// Text of bytes; what the encoding does not know becomes the replacement character.
pub(crate) fn decode(bytes: &[u8], encoding: Encoding) -> Cow<'_, str> {
    match encoding {
        Encoding::Utf8 => String::from_utf8_lossy(bytes),
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}
