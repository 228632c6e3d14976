//! The system that an entry came from: a word and a colour, never a colour alone.
//!
//! To add a kind of system: a variant of `Care`, its two words below, and a colour in
//! `web/src/app.css`.

use askama::Template;

/// The kind of care that a source system serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// A hospital trust.
    Hospital,
    /// A GP practice.
    Practice,
    /// A community health team.
    Community,
    /// A social-care team.
    SocialCare,
    /// Anything else, as a regional laboratory.
    Other,
}

impl Care {
    /// The word shown beside the colour.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hospital => "Hospital",
            Self::Practice => "GP",
            Self::Community => "Community",
            Self::SocialCare => "Social care",
            Self::Other => "Other",
        }
    }

    /// The last part of the class that carries the colour.
    pub fn class(self) -> &'static str {
        match self {
            Self::Hospital => "hospital",
            Self::Practice => "practice",
            Self::Community => "community",
            Self::SocialCare => "social-care",
            Self::Other => "other",
        }
    }
}

/// A source system by its name.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(
    ext = "html",
    source = r#"<span class="app-source app-source--{{ care.class() }}"><span class="app-source__care">{{ care.word() }}</span> {{ name }}</span>"#
)]
pub struct Source {
    /// What people call it, as `Royal Liverpool University Hospital`.
    pub name: String,
    /// The kind of care.
    pub care: Care,
}

impl Source {
    /// A source system.
    pub fn new(care: Care, name: impl Into<String>) -> Self {
        Self { name: name.into(), care }
    }
}
