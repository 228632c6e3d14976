//! The person's side: to whom they may write, their threads, writing, answering.

use access::{Citizen, RecordLevel, Who};
use fhir::{IssueCode, ResourceId, Tree, Value, format_instant};
use std::collections::HashMap;
use std::sync::Arc;

use super::Answer;
use super::letter::{
    CATEGORY, COMMUNICATION, Draft, FROM_PERSON, FROM_PRACTICE, Letter, Sender, Waits,
};
use super::letter_box::LetterBox;
use super::post::{Act, Post, check_key, id_of, in_order, too_busy};
use super::rules::{A_DAY_MAX, OPEN_MAX, Refusal, Subject, THREAD_MAX, cleaned, red_flags};
use super::views::{Side, Thread, ThreadLine, line, thread};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::{CARELOOM_SYSTEM, patient_key};

/// Messages of one person that are looked at.
const LETTERS_MAX: usize = 5_000;
/// A day in microseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// A message that begins a thread.
#[derive(Clone, Debug)]
pub struct NewMessage {
    /// To which letter box.
    pub to: ResourceId,
    /// What it is about.
    pub subject: Subject,
    /// The text.
    pub text: String,
    /// The form's key: what is sent twice with one key is one message.
    pub key: String,
    /// Whether the one who writes was told what to do in an emergency, and sends it all the same.
    pub was_told: bool,
    /// Where the request came from.
    pub from: String,
}

/// A message in a thread that is there.
#[derive(Clone, Debug)]
pub struct NewReply {
    /// The thread.
    pub thread: ResourceId,
    /// The text.
    pub text: String,
    /// The form's key.
    pub key: String,
    /// Whether the one who writes was told what to do in an emergency, and sends it all the same.
    pub was_told: bool,
    /// Where the request came from.
    pub from: String,
}

/// A message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its thread.
    pub thread: ResourceId,
    /// Whether it had been sent before with the same key.
    pub is_repeat: bool,
}

impl App {
    /// The letter boxes of the practices of the person at hand, those that take no messages too.
    pub async fn own_letter_boxes(&self) -> Result<Vec<LetterBox>, Failure> {
        let citizen = self.writer()?;
        let boxes = Post::of(self).boxes_of(&citizen).await?;
        Ok(boxes.into_iter().map(|(own, _)| own).collect())
    }

    /// Whether the one at hand may read and write messages: the person, and who acts for them where they
    /// are shown the whole record.
    pub async fn may_message(&self) -> Result<bool, Failure> {
        let citizen = self.writer()?;
        if !acts_for_another(&citizen) {
            return Ok(true);
        }
        let sources = Post::of(self).own_sources(&citizen).await?;
        Ok(sources.iter().any(|(_, source)| is_whole(&citizen, source)))
    }

    /// The threads of the person at hand, the newest first.
    pub async fn own_threads(&self) -> Result<Vec<ThreadLine>, Failure> {
        let citizen = self.writer()?;
        let letters = Post::of(self).own_letters(&citizen).await?;
        let (firsts, after): (Vec<_>, Vec<_>) =
            letters.iter().partition(|letter| letter.thread.is_none());
        let mut of_thread: HashMap<&ResourceId, Vec<&Letter>> = HashMap::new();
        for letter in after {
            of_thread.entry(letter.thread_id()).or_default().push(letter);
        }
        let lines = firsts.into_iter().map(|first| {
            let after = of_thread.remove(&first.id).unwrap_or_default();
            line(first, after.into_iter(), Side::Person)
        });
        let mut lines: Vec<ThreadLine> = lines.collect();
        lines.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.id.cmp(&b.id)));
        Ok(lines)
    }

    /// How many messages of practices the person at hand has not read.
    pub async fn own_unread(&self) -> Result<u64, Failure> {
        let citizen = self.writer()?;
        if citizen.patients.is_empty() {
            return Ok(0);
        }
        let query = [
            ("subject", subjects(&citizen)),
            ("category", format!("{CARELOOM_SYSTEM}|{FROM_PRACTICE}")),
            ("received:missing", "true".to_owned()),
        ];
        Post::of(self).count_as_caller(&query).await
    }

    /// A thread of the person at hand; what the practice wrote counts as read from now on.
    pub async fn own_thread(&self, id: &ResourceId) -> Result<Thread, Failure> {
        let citizen = self.writer()?;
        let post = Post::of(self);
        let mut letters = post.own_thread(&citizen, id).await?;
        for letter in letters.iter_mut().filter(|letter| Side::Person.reads(letter)) {
            post.note_read(std::slice::from_mut(letter)).await?;
        }
        thread(&letters, Side::Person).ok_or_else(not_there)
    }

    /// Begins a thread with a practice of the person at hand.
    pub async fn send_message(&self, new: &NewMessage) -> Answer<Sent> {
        let citizen = self.writer()?;
        check_key(&new.key)?;
        // One after another for one person, so that the limits hold.
        let _turn = self.booking.of_person(&citizen.subject).await;
        let post = Post::of(self);
        let id = id_of("message", &[citizen.person.as_str(), &new.key]);
        if let Some(known) = post.letter(&id).await? {
            return Ok(Ok(Sent { thread: known.thread_id().clone(), is_repeat: true }));
        }
        let boxes = post.boxes_of(&citizen).await?;
        let Some((to, patient)) = boxes.into_iter().find(|(own, _)| own.id == new.to) else {
            return Ok(Err(Refusal::NotTaken));
        };
        if !to.rules.is_on {
            return Ok(Err(Refusal::NotTaken));
        }
        if !is_whole(&citizen, &to.source) {
            return Ok(Err(Refusal::NotForProxy));
        }
        let (text, told) = match checked(&new.text, new.was_told) {
            Ok(checked) => checked,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Some(refusal) = post.too_many(&citizen, true).await? {
            return Ok(Err(refusal));
        }
        let sender = post.sender(&citizen).await?;
        let (sent, practice) = (post.instant(), (to.organisation.as_deref(), to.name.as_str()));
        let draft = Draft {
            id: &id,
            source: &to.source,
            patient: &patient,
            sender: &sender,
            practice,
            subject: new.subject,
            text: &text,
            sent: &sent,
            told,
            thread: None,
        };
        let change = post.change(COMMUNICATION, &id, &draft.element(), None)?;
        let act =
            Act { interaction: "send-message", action: 'C', patient: &patient, from: &new.from };
        // Where it is there by now, it is this very message, sent twice at one time.
        let is_repeat = !post.commit(Some(&act), vec![change]).await?;
        Ok(Ok(Sent { thread: id, is_repeat }))
    }

    /// Writes in a thread of the person at hand that is open.
    pub async fn reply_to_practice(&self, new: &NewReply) -> Answer<Sent> {
        let citizen = self.writer()?;
        check_key(&new.key)?;
        let _turn = self.booking.of_person(&citizen.subject).await;
        let id = id_of("message", &[citizen.person.as_str(), &new.key]);
        for _ in 0..=self.options.conflict_retries_max {
            let post = Post::of(self);
            if let Some(known) = post.letter(&id).await? {
                return Ok(Ok(Sent { thread: known.thread_id().clone(), is_repeat: true }));
            }
            let letters = post.own_thread(&citizen, &new.thread).await?;
            let (Some(first), Some(last)) = (letters.first(), letters.last()) else {
                return Err(not_there());
            };
            if let Some(refusal) = refused(first, letters.len()) {
                return Ok(Err(refusal));
            }
            let (text, told) = match checked(&new.text, new.was_told) {
                Ok(checked) => checked,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if let Some(refusal) = post.too_many(&citizen, false).await? {
                return Ok(Err(refusal));
            }
            let sender = post.sender(&citizen).await?;
            let changes = post.reply(first, last, &id, &sender, &text, told)?;
            let act = Act {
                interaction: "send-message",
                action: 'C',
                patient: &first.patient,
                from: &new.from,
            };
            if post.commit(Some(&act), changes).await? {
                return Ok(Ok(Sent { thread: first.id.clone(), is_repeat: false }));
            }
        }
        Err(too_busy())
    }

    /// The person at hand, who may read: for others nothing of this is there.
    fn writer(&self) -> Result<Arc<Citizen>, Failure> {
        let citizen = match &self.caller().who {
            Who::Citizen(citizen) if self.caller().app.is_none() => citizen,
            Who::Nobody => {
                let message = "sign in to write to your practice";
                return Err(Failure::plain(Category::NotSignedIn, IssueCode::Login, message));
            }
            _ => {
                let message = "this is for people who have signed in themselves";
                return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
            }
        };
        if !citizen.may_read {
            // Who is not proven to be this person would read and write as another.
            let message = "writing to a practice needs proof of identity at level P9";
            return Err(Failure::plain(Category::StepUp, IssueCode::Forbidden, message));
        }
        Ok(Arc::clone(citizen))
    }
}

impl Post<'_> {
    /// The Patients of a person that are there and not over, with whose system they are of.
    async fn own_sources(&self, citizen: &Citizen) -> Result<Vec<(ResourceId, String)>, Failure> {
        let keys: Vec<_> = citizen.patients.iter().map(patient_key).collect();
        let stored = self.app.store.read_many(&keys).await?;
        let own = stored.iter().flatten().filter_map(|stored| {
            let tree = Tree::parse(stored.body.as_deref()?).ok()?;
            let root = tree.root();
            let is_over = root.get("active").and_then(Value::as_bool) == Some(false)
                || root.get("deceasedDateTime").is_some()
                || root.get("deceasedBoolean").and_then(Value::as_bool) == Some(true);
            let source = root.at("meta.source").and_then(Value::as_str)?;
            (!is_over).then(|| (stored.key.id.clone(), source.to_owned()))
        });
        Ok(own.collect())
    }

    /// The letter boxes of a person's practices, each with the Patient that they are there.
    async fn boxes_of(&self, citizen: &Citizen) -> Result<Vec<(LetterBox, ResourceId)>, Failure> {
        let own = self.own_sources(citizen).await?;
        let sources: Vec<&str> = own.iter().map(|(_, source)| source.as_str()).collect();
        let boxes = self.letter_boxes(Some(&sources)).await?;
        let with_patient = |one: LetterBox| {
            let (patient, _) = own.iter().find(|(_, source)| *source == one.source)?;
            Some((one, patient.clone()))
        };
        Ok(boxes.into_iter().filter_map(with_patient).collect())
    }

    /// The messages about a person, as far as the doors let them through, oldest first.
    async fn own_letters(&self, citizen: &Citizen) -> Result<Vec<Letter>, Failure> {
        if citizen.patients.is_empty() {
            return Ok(Vec::new());
        }
        let query = [
            ("subject", subjects(citizen)),
            ("category", format!("{CARELOOM_SYSTEM}|{CATEGORY}")),
            ("_sort", "-sent".to_owned()),
        ];
        let (mut letters, _) = self.letters_as_caller(&query, LETTERS_MAX).await?;
        in_order(&mut letters);
        Ok(letters)
    }

    /// A thread about a person, the first message first; the failure where it is not theirs.
    async fn own_thread(&self, citizen: &Citizen, id: &ResourceId) -> Result<Vec<Letter>, Failure> {
        let first = self
            .letter_as_caller(id)
            .await?
            .filter(|first| citizen.patients.contains(&first.patient) && first.thread.is_none());
        let first = first.ok_or_else(not_there)?;
        let after = self.following_as_caller(&first.id, THREAD_MAX).await?;
        Ok(std::iter::once(first).chain(after).collect())
    }

    /// Whether a person has written as much as the limits allow.
    async fn too_many(&self, citizen: &Citizen, is_new: bool) -> Result<Option<Refusal>, Failure> {
        let since = format_instant(self.now - DAY);
        let today = [
            ("subject", subjects(citizen)),
            ("category", format!("{CARELOOM_SYSTEM}|{FROM_PERSON}")),
            ("sent", format!("gt{since}")),
        ];
        if self.count(&today).await? >= A_DAY_MAX as u64 {
            return Ok(Some(Refusal::TooManyToday));
        }
        let open = [
            ("subject", subjects(citizen)),
            ("category", format!("{CARELOOM_SYSTEM}|{CATEGORY}")),
            ("status", "in-progress".to_owned()),
        ];
        let is_full = is_new && self.count(&open).await? >= OPEN_MAX as u64;
        Ok(is_full.then_some(Refusal::TooManyOpen))
    }

    /// The one who writes.
    async fn sender(&self, citizen: &Citizen) -> Result<Sender, Failure> {
        let name = self.app.name_of(&citizen.person).await?;
        Ok(Sender::Person { person: citizen.person.clone(), name })
    }

    /// The changes that add a message to a thread.
    pub(super) fn reply(
        &self,
        first: &Letter,
        last: &Letter,
        id: &ResourceId,
        sender: &Sender,
        text: &str,
        told: bool,
    ) -> Result<Vec<store::Change>, Failure> {
        let sent = self.instant_after(&first.last);
        let draft = Draft {
            id,
            source: &first.source,
            patient: &first.patient,
            sender,
            practice: (None, &first.practice),
            subject: first.subject,
            text,
            sent: &sent,
            told,
            thread: Some((&first.id, &last.id)),
        };
        let new = self.change(COMMUNICATION, id, &draft.element(), None)?;
        let mut first = first.clone();
        let waits = if sender.is_staff() { Waits::ForPerson } else { Waits::ForPractice };
        first.moved_on(&sent, waits);
        Ok(vec![new, self.changed(&first)?])
    }
}

/// Why nothing more can be written in a thread.
pub(super) fn refused(first: &Letter, messages: usize) -> Option<Refusal> {
    if !first.is_open {
        return Some(Refusal::Closed);
    }
    (messages >= THREAD_MAX).then_some(Refusal::ThreadFull)
}

/// A text that may be sent, and whether its writer was told what to do in an emergency.
fn checked(text: &str, was_told: bool) -> Result<(String, bool), Refusal> {
    let text = cleaned(text)?;
    let flags = red_flags(&text);
    if !flags.is_empty() && !was_told {
        return Err(Refusal::MayBeEmergency(flags));
    }
    Ok((text, !flags.is_empty()))
}

fn acts_for_another(citizen: &Citizen) -> bool {
    citizen.proxy.is_some() || citizen.person != citizen.subject
}

/// Whether one who acts for somebody is shown the whole of a source's record, and messages with it; the
/// person themselves writes at every level.
fn is_whole(citizen: &Citizen, source: &str) -> bool {
    let limited =
        |level: &access::SourceLevel| &*level.source == source && level.level < RecordLevel::Full;
    !acts_for_another(citizen) || !citizen.levels.iter().any(limited)
}

fn subjects(citizen: &Citizen) -> String {
    let all = citizen.patients.iter().map(|id| format!("Patient/{id}"));
    all.collect::<Vec<_>>().join(",")
}

pub(super) fn not_there() -> Failure {
    let message = "there is no such message";
    Failure::plain(Category::NotFound, IssueCode::NotFound, message)
}
