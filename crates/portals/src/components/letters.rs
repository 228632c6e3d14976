//! The messages of a conversation, one under the other, and what is said of emergencies.

use askama::Template;

/// One message.
#[derive(Clone, Debug, Default)]
pub struct LetterItem {
    /// Who wrote it.
    pub by: String,
    /// When, in words.
    pub sent: String,
    /// The text as it was typed.
    pub text: String,
    /// Whether the reader wrote it.
    pub is_own: bool,
    /// What else is known, as that it was read; empty for nothing.
    pub note: String,
}

/// All of a conversation, oldest first.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/letters.html")]
pub struct Letters {
    /// The messages.
    pub letters: Vec<LetterItem>,
}

/// What is said to whoever wrote words that can mean an emergency, before anything is sent.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/told_of_emergencies.html")]
pub struct Told {
    /// The words, as a list; empty where there are none.
    pub words: String,
}

impl Told {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}
