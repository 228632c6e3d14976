//! A person's messages with their practice: all, a new one, one conversation.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextArea};
use crate::components::letters::{Letters, Told};
use crate::components::tag::Tag;
use crate::layout::Layout;

/// A conversation in the list.
#[derive(Clone, Debug, Default)]
pub struct ThreadRow {
    /// The address of its page.
    pub href: String,
    /// What it is about.
    pub subject: String,
    /// The practice.
    pub with: String,
    /// When the last message was sent, in words.
    pub last: String,
    /// That something is new.
    pub tag: Option<Tag>,
    /// How it stands, in words.
    pub state: String,
}

/// A practice that takes no messages.
#[derive(Clone, Debug, Default)]
pub struct ClosedBox {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: String,
    /// What to do instead.
    pub instead: String,
}

/// A practice to write to.
#[derive(Clone, Debug, Default)]
pub struct OpenBox {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it usually answers, as a sentence; may be empty.
    pub usual: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// A subject to choose.
#[derive(Clone, Debug)]
pub struct SubjectChoice {
    /// Its code.
    pub code: &'static str,
    /// The words.
    pub words: &'static str,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

/// All conversations.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/messages.html")]
pub struct MessagesPage {
    /// The frame.
    pub layout: Layout,
    /// The conversations, the newest first.
    pub threads: Vec<ThreadRow>,
    /// Whether there is a practice to write to.
    pub can_write: bool,
    /// Practices that take no messages.
    pub closed: Vec<ClosedBox>,
    /// Why the reader cannot read or write messages; empty where they can.
    pub not_allowed: String,
}

/// A new message.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/message_new.html")]
pub struct NewMessagePage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The practices to write to; at least one.
    pub boxes: Vec<OpenBox>,
    /// What it can be about.
    pub subjects: Vec<SubjectChoice>,
    /// The text.
    pub text: TextArea,
    /// What is said of emergencies, where words in it can mean one.
    pub told: Told,
    /// Whom the reader acts for; empty for themselves.
    pub acting_for: String,
    /// By which the form is known when it is sent twice.
    pub key: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}

impl NewMessagePage {
    /// What is wrong with a field; empty for nothing.
    fn error(&self, field: &str) -> &str {
        let error = self.summary.errors.iter().find(|(known, _)| known == field);
        error.map_or("", |(_, words)| words)
    }
}

/// One conversation.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/message.html")]
pub struct MessagePage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The address of this page.
    pub href: String,
    /// What it is about.
    pub subject: String,
    /// The practice.
    pub with: String,
    /// Who at the practice deals with it; empty for all.
    pub handed: String,
    /// The messages.
    pub letters: Letters,
    /// Whether one was just sent.
    pub is_sent: bool,
    /// When the practice usually answers, as a sentence; may be empty.
    pub usual: String,
    /// Why the reader cannot write in it; empty where they can.
    pub may_reply: String,
    /// What is said of emergencies, where words in it can mean one.
    pub told: Told,
    /// The text of the reply.
    pub text: TextArea,
    /// By which the form is known when it is sent twice.
    pub key: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}
