//! Broken inputs as named cases, for the tests of every crate that reads from outside.
//!
//! To add a case, add it to the list of its format with a name and what is wrong with it.

mod csv;
mod hl7;
mod json;
mod xml;

pub use csv::{csv, header as csv_header};
pub use hl7::hl7;
pub use json::json;
pub use xml::xml;

/// What a good reader does with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Refuse the whole input with an error.
    Refuse,
    /// Take the input and report the fault with its place; what is sound is kept.
    Report,
    /// Take it; it looks odd and is allowed.
    Accept,
}

/// One input.
#[derive(Clone, Debug)]
pub struct Case {
    /// A short name, unique in its format.
    pub name: &'static str,
    /// The bytes.
    pub input: Vec<u8>,
    /// What is wrong, in a sentence.
    pub wrong: &'static str,
    /// What a good reader does.
    pub expect: Expect,
}

fn case(
    name: &'static str,
    input: impl Into<Vec<u8>>,
    wrong: &'static str,
    expect: Expect,
) -> Case {
    Case { name, input: input.into(), wrong, expect }
}
