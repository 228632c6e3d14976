//! The functions of the mapping language, by family. One table names them all.
//!
//! A function is pure: a text, its arguments and the feed's profile in, a value or a fault out. To
//! add one, write it in its family's file and name it in that file's `FUNCTIONS`.

#![expect(clippy::unnecessary_wraps, reason = "all functions have one signature")]

mod date;
mod document;
mod identifier;
mod number;
mod text;
mod zone;

use std::ops::RangeInclusive;

use fhir::IssueCode;

use crate::profile::FeedProfile;
pub(crate) use date::event_microseconds;

/// What a function sees besides its text.
pub(crate) struct Context<'c> {
    pub(crate) profile: &'c FeedProfile,
}

pub(crate) type Function = fn(&str, &[Box<str>], &Context<'_>) -> Result<Produced, Fault>;

/// What a function gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Produced {
    /// The text says nothing, which is no fault.
    Nothing,
    Text(String),
    /// The digits of a number.
    Number(String),
    Boolean(bool),
    Many(Vec<String>),
}

/// Why a text could not be taken; becomes a warning at its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: IssueCode,
    pub(crate) message: String,
}

impl Fault {
    fn value(message: &str) -> Fault {
        Fault { code: IssueCode::Value, message: message.to_owned() }
    }
}

/// A function, its name and how many arguments it takes.
pub(crate) struct Definition {
    pub(crate) name: &'static str,
    pub(crate) arguments: RangeInclusive<usize>,
    pub(crate) call: Function,
    /// One line for the language reference.
    pub(crate) purpose: &'static str,
}

const FAMILIES: [&[Definition]; 5] = [
    text::FUNCTIONS,
    date::FUNCTIONS,
    number::FUNCTIONS,
    identifier::FUNCTIONS,
    document::FUNCTIONS,
];

pub(crate) fn named(name: &str) -> Option<&'static Definition> {
    all().find(|definition| definition.name == name)
}

/// All functions, in the order of the reference.
pub(crate) fn all() -> impl Iterator<Item = &'static Definition> {
    FAMILIES.iter().flat_map(|family| family.iter())
}

#[cfg(test)]
pub(crate) fn check(name: &str, arguments: &[&str], input: &str) -> Result<Produced, Fault> {
    let profile = FeedProfile::new("test");
    let arguments: Vec<Box<str>> = arguments.iter().map(|a| (*a).into()).collect();
    let definition = named(name).expect("a function of that name");
    assert!(definition.arguments.contains(&arguments.len()));
    (definition.call)(input, &arguments, &Context { profile: &profile })
}
