//! Messages between people and the practices that they are patients of.
//!
//! A message is a Communication; a thread is its first message with those that are `partOf` it, one after
//! another by `inResponseTo`. The first carries the state of the thread. Whether a practice takes messages,
//! and what it tells people, is its letter box, an Endpoint. `rules` says what may be written, `letter` and
//! `letter_box` read and write the resources, `post` commits with the AuditEvent, `person` and `practice`
//! are the two sides' use cases. Nothing that somebody wrote reaches an AuditEvent. To add a subject, add it
//! to [`Subject`]. Spec: <https://hl7.org/fhir/R4/communication.html>; `docs/messages.md`.

mod letter;
mod letter_box;
mod person;
mod post;
mod practice;
mod rules;
mod settings;
mod views;

pub use letter::{Handed, Waits};
pub use letter_box::{BoxRules, LetterBox};
pub use person::{NewMessage, NewReply, Sent};
pub use practice::{Answering, HandTo, Inbox, Pile};
pub use rules::{
    A_DAY_MAX, OPEN_MAX, Refusal, Subject, TEXT_MAX, THREAD_MAX, WORDS_MAX, red_flags,
};
pub use settings::WrongSetting;
pub use views::{MessageView, Thread, ThreadLine};

use crate::failure::Failure;

/// What a use case of messages answers: what came of it, or why it is refused; a [`Failure`] is for what
/// went wrong or may not be asked at all.
pub type Answer<T> = Result<Result<T, Refusal>, Failure>;
