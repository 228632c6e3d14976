//! Threads and messages as the pages show them.

use fhir::ResourceId;

use super::letter::{Handed, Letter, Sender, Waits};
use super::rules::Subject;

/// A thread in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadLine {
    /// The first message, by which the thread is known.
    pub id: ResourceId,
    /// What it is about.
    pub subject: Subject,
    /// The practice.
    pub practice: String,
    /// The Patient whom it is about.
    pub patient: ResourceId,
    /// What to call whoever began it.
    pub begun_by: String,
    /// Their Person.
    pub begun_by_person: Option<ResourceId>,
    /// When the last message was sent: a FHIR instant.
    pub last: String,
    /// Messages that the one who asks has not read.
    pub unread: usize,
    /// Whether it is open.
    pub is_open: bool,
    /// Who has to act next.
    pub waits: Waits,
    /// With whom of the practice it is; none for all who read messages.
    pub handed: Option<Handed>,
}

/// A message of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageView {
    /// Its id.
    pub id: ResourceId,
    /// Who wrote it.
    pub by: String,
    /// Their Person, where it was the person or who acts for them.
    pub by_person: Option<ResourceId>,
    /// What they wrote: plain text with its line ends.
    pub text: String,
    /// When: a FHIR instant.
    pub sent: String,
    /// When the other side read it.
    pub read: Option<String>,
    /// Whether who wrote it was told what to do in an emergency, because of words in it.
    pub told: bool,
}

/// A thread with its messages, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The thread.
    pub line: ThreadLine,
    /// Its messages.
    pub messages: Vec<MessageView>,
}

/// Which side looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Person,
    Practice,
}

impl Side {
    /// Whether a message is for this side to read.
    pub(super) fn reads(self, letter: &Letter) -> bool {
        letter.sender.is_staff() == (self == Side::Person)
    }

    /// Whether it still has to be read by it.
    fn is_unread(self, letter: &Letter) -> bool {
        self.reads(letter) && letter.read.is_none()
    }
}

/// A thread in a list, of its first message and those after it.
pub(super) fn line<'l>(
    first: &'l Letter,
    after: impl Iterator<Item = &'l Letter>,
    side: Side,
) -> ThreadLine {
    let unread = after.chain([first]).filter(|letter| side.is_unread(letter)).count();
    ThreadLine {
        id: first.id.clone(),
        subject: first.subject,
        practice: first.practice.clone(),
        patient: first.patient.clone(),
        begun_by: first.sender.name().to_owned(),
        begun_by_person: person_of(&first.sender),
        last: first.last.clone(),
        unread,
        is_open: first.is_open,
        waits: first.waits,
        handed: first.handed.clone(),
    }
}

/// A thread of its messages, the first one first.
pub(super) fn thread(letters: &[Letter], side: Side) -> Option<Thread> {
    let (first, after) = letters.split_first()?;
    let messages = letters.iter().map(|letter| MessageView {
        id: letter.id.clone(),
        by: letter.sender.name().to_owned(),
        by_person: person_of(&letter.sender),
        text: letter.text.clone(),
        sent: letter.sent.clone(),
        read: letter.read.clone(),
        told: letter.told,
    });
    Some(Thread { line: line(first, after.iter(), side), messages: messages.collect() })
}

fn person_of(sender: &Sender) -> Option<ResourceId> {
    match sender {
        Sender::Person { person, .. } => Some(person.clone()),
        Sender::Staff { .. } => None,
    }
}
