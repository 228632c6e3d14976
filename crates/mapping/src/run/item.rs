//! Values on their way from the source to an element, with the place that they were read from.

use std::borrow::Cow;

use fhir::Element;

use crate::source::Node;

/// A value and where it was read; literals have no place.
#[derive(Clone, Debug)]
pub(crate) struct Item<'m> {
    pub(crate) out: Out<'m>,
    pub(crate) node: Option<Node>,
}

#[derive(Clone, Debug)]
pub(crate) enum Out<'m> {
    /// HL7's `""`: the sender deletes the value.
    Null,
    Text(Cow<'m, str>),
    /// The digits of a number.
    Number(Box<str>),
    Boolean(bool),
    /// A coding, a reference: every leaf comes from the item's place.
    Element(Element),
    Many(Vec<Item<'m>>),
}

impl<'m> Item<'m> {
    pub(crate) fn text(text: impl Into<Cow<'m, str>>, node: Option<Node>) -> Item<'m> {
        Item { out: Out::Text(text.into()), node }
    }

    /// The text of a text, number or boolean.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match &self.out {
            Out::Text(text) => Some(text),
            Out::Number(digits) => Some(digits),
            Out::Boolean(is) => Some(if *is { "true" } else { "false" }),
            Out::Null | Out::Element(_) | Out::Many(_) => None,
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.out, Out::Null)
    }

    pub(crate) fn into_element(self) -> Option<Element> {
        Some(match self.out {
            Out::Text(text) => Element::String(text.into()),
            Out::Number(digits) => Element::Number(digits),
            Out::Boolean(is) => Element::Bool(is),
            Out::Element(element) => element,
            Out::Null | Out::Many(_) => return None,
        })
    }
}
