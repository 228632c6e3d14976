//! A practice's messages: its inbox, one conversation, what people are told.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextArea, TextInput};
use crate::components::letters::Letters;
use crate::components::tag::Tag;
use crate::layout::Layout;

/// A conversation in the inbox.
#[derive(Clone, Debug, Default)]
pub struct InboxRow {
    /// The address of its page.
    pub href: String,
    /// Who began it.
    pub from: String,
    /// What it is about.
    pub subject: String,
    /// When the last message was sent, in words.
    pub last: String,
    /// With whom it is; empty for all.
    pub with: String,
    /// That something is new.
    pub tag: Option<Tag>,
    /// How it stands, in words.
    pub state: String,
}

/// A pile of conversations to look at.
#[derive(Clone, Debug)]
pub struct PileLink {
    /// Its address.
    pub href: &'static str,
    /// Its name.
    pub words: &'static str,
    /// Whether it is shown.
    pub is_shown: bool,
}

/// The inbox.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/messages.html")]
pub struct InboxPage {
    /// The frame.
    pub layout: Layout,
    /// Messages that nobody has read.
    pub unread: u64,
    /// Whether people can write.
    pub is_on: bool,
    /// Whether the reader decides that.
    pub may_set: bool,
    /// The piles.
    pub piles: Vec<PileLink>,
    /// The conversations of the one that is shown.
    pub threads: Vec<InboxRow>,
    /// Which of how many are shown.
    pub shown: String,
    /// The address of the next ones.
    pub next: Option<String>,
}

/// Somebody to hand a conversation to.
#[derive(Clone, Debug)]
pub struct HandChoice {
    /// What the form sends.
    pub code: String,
    /// What to call them.
    pub words: String,
}

/// One conversation.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/message.html")]
pub struct ConversationPage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The address of this page.
    pub href: String,
    /// Who began it.
    pub from: String,
    /// What it is about.
    pub subject: String,
    /// Whom it is about.
    pub about: String,
    /// The address of their record, for who may read it.
    pub record: Option<String>,
    /// The messages.
    pub letters: Letters,
    /// What was just done; empty for nothing.
    pub done: &'static str,
    /// Whether it is open.
    pub is_open: bool,
    /// With whom it is; empty for all.
    pub handed: String,
    /// To whom it can be handed.
    pub hand_to: Vec<HandChoice>,
    /// The answer.
    pub text: TextArea,
    /// Whether it is closed with the answer.
    pub closes: bool,
    /// By which the form is known when it is sent twice.
    pub key: String,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// What a practice decides.
#[derive(Clone, Debug, Template)]
#[template(path = "practice/message_settings.html")]
pub struct MessageSettingsPage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// Whether it was just saved.
    pub is_saved: bool,
    /// Whether the reader decides it.
    pub may_set: bool,
    /// Whether people can write.
    pub is_on: bool,
    /// What people are told, for who only reads it.
    pub told: String,
    /// Working days.
    pub days: TextInput,
    /// Phone number.
    pub phone: TextInput,
    /// Why not.
    pub reason: TextArea,
    /// What to do instead.
    pub instead: TextArea,
    /// The token of the form.
    pub csrf: CsrfToken,
}
