//! What rules read from: places in a message or in a CSV row, each with its exact bytes.
//!
//! To add a format, add a variant to [`Source`] and a module that finds nodes and reads them.

pub(crate) mod message;
pub(crate) mod row;

use std::borrow::Cow;

pub(crate) use message::MessageSource;
pub(crate) use row::RowSource;

/// A place in the source and the bytes that it covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A whole segment, by its index in the message.
    Segment(u16),
    /// A field's repetition (from 1), or its component or subcomponent (from 1; 0 for the whole).
    Field { segment: u16, field: u8, repetition: u16, component: u8, subcomponent: u8 },
    /// A cell of the row.
    Cell(u16),
}

impl Place {
    /// How far down in a field it is: 0 for a repetition, 1 for a component, 2 below that.
    pub(crate) fn depth(self) -> u8 {
        match self {
            Place::Field { component, subcomponent, .. } => {
                u8::from(component > 0) + u8::from(subcomponent > 0)
            }
            Place::Segment(_) | Place::Cell(_) => 0,
        }
    }
}

pub(crate) enum Source<'m> {
    Message(MessageSource<'m>),
    Row(RowSource<'m>),
}

impl<'m> Source<'m> {
    /// The item's bytes.
    pub(crate) fn bytes(&self) -> &'m [u8] {
        match self {
            Source::Message(message) => message.bytes(),
            Source::Row(row) => row.bytes(),
        }
    }

    /// The text of the first leaf of a place, and that leaf; `None` where it is empty.
    pub(crate) fn text(&self, node: Node) -> Option<(Cow<'m, str>, Node)> {
        match self {
            Source::Message(message) => message.text(node),
            Source::Row(row) => row.text(node),
        }
    }

    /// The place in words: `PID-5.1`, `line 7, column dob`.
    pub(crate) fn locator(&self, node: Node) -> String {
        match self {
            Source::Message(message) => message.locator(node),
            Source::Row(row) => row.locator(node),
        }
    }
}
