//! The mapping language: text → [`program::Program`]. Reference and examples: `docs/mapping.md`.
//!
//! `lexer` → `parser` and `path` → `ast` → `compile` → `program`. Each step fails with the file,
//! line and column of what is wrong and what to write instead.

pub(crate) mod ast;
pub(crate) mod compile;
mod lexer;
mod locality;
mod parser;
mod path;
pub(crate) mod program;

use std::fmt;

pub(crate) use parser::parse;

/// Line and column in a rule file, both from 1; columns count characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// Why rule files do not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The rule file or table.
    pub file: String,
    /// Where in it.
    pub at: Position,
    /// What is wrong and what to write.
    pub message: String,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.at.line, self.at.column, self.message)
    }
}

impl std::error::Error for CompileError {}
