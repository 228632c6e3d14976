//! A status word on a coloured ground. Red is kept for errors, as the service manual asks.

use askama::Template;

/// The colours of nhsuk-frontend that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Nothing to do.
    Grey,
    /// As it should be.
    Green,
    /// In progress.
    Blue,
    /// Waiting for somebody.
    Yellow,
    /// Needs a look.
    Orange,
    /// Wrong.
    Red,
    /// Plain, for facts without a judgement.
    White,
}

impl Colour {
    fn class(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
            Self::White => "white",
        }
    }
}

/// A tag: the words carry the meaning, the colour only helps.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<strong class="nhsuk-tag nhsuk-tag--{{ colour.class() }}">{{ text }}</strong>"#
)]
pub struct Tag {
    /// The words.
    pub text: String,
    /// The colour.
    pub colour: Colour,
}

impl Tag {
    /// A tag.
    pub fn new(colour: Colour, text: impl Into<String>) -> Self {
        Self { text: text.into(), colour }
    }
}
