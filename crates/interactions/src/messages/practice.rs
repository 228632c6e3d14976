//! The practice's side: its inbox, reading, answering, closing, handing on.

use std::collections::{BTreeMap, HashMap};

use access::{Duty, Role, Who};
use fhir::ResourceId;

use super::Answer;
use super::letter::{CATEGORY, FROM_PERSON, Handed, Letter, Sender, Waits};
use super::person::{Sent, not_there, refused};
use super::post::{Act, Post, check_key, id_of, too_busy};
use super::rules::{Refusal, THREAD_MAX, cleaned};
use super::views::{Side, Thread, ThreadLine, line, thread};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::CARELOOM_SYSTEM;

/// Threads of a pile that are looked at.
const PILE_MAX: usize = 1_000;
/// Threads of a page.
const SHOWN: usize = 50;
/// Roles that messages can be handed to: those whose work they are.
const ROLES: [Role; 4] =
    [Role::Clinician, Role::Pharmacist, Role::Receptionist, Role::PracticeManager];

/// Which threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pile {
    /// Open ones that wait for the practice, who waits longest first.
    Waiting,
    /// Of those the ones that are with the caller, or with their role.
    Mine,
    /// Open ones that were answered.
    Answered,
    /// Closed ones, the last first.
    Closed,
}

/// A page of threads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inbox {
    /// The threads.
    pub threads: Vec<ThreadLine>,
    /// How many there are in the pile.
    pub total: usize,
    /// Whether there are more than are counted.
    pub is_more: bool,
}

/// An answer of the practice.
#[derive(Clone, Debug)]
pub struct Answering {
    /// The thread.
    pub thread: ResourceId,
    /// The text.
    pub text: String,
    /// The form's key.
    pub key: String,
    /// Whether the thread is closed with it.
    pub closes: bool,
    /// Where the request came from.
    pub from: String,
}

/// To whom a thread is handed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandTo {
    /// All who read messages.
    Everybody,
    /// The one who does this.
    Myself,
    /// Everybody of a role.
    Role(Role),
    /// Somebody of the practice, by their Practitioner.
    Colleague(ResourceId),
}

impl App {
    /// The threads of a pile of the caller's practice, from one on.
    pub async fn practice_threads(&self, pile: Pile, from: usize) -> Result<Inbox, Failure> {
        self.on_duty(Duty::Messages)?;
        let post = Post::of(self);
        let Some(mut query) = self.own_messages(CATEGORY) else { return Ok(Inbox::default()) };
        let status = if pile == Pile::Closed { "completed" } else { "in-progress" };
        query.push(("status", status.to_owned()));
        query.push(("part-of:missing", "true".to_owned()));
        query.push(("_sort", if pile == Pile::Closed { "-sent" } else { "sent" }.to_owned()));
        let (mut firsts, is_more) = post.letters(&query, PILE_MAX).await?;
        firsts.retain(|first| match pile {
            Pile::Waiting => first.waits == Waits::ForPractice,
            Pile::Mine => first.waits == Waits::ForPractice && self.is_mine(first),
            Pile::Answered => first.waits == Waits::ForPerson,
            Pile::Closed => true,
        });
        firsts.sort_by(|a, b| (&a.last, &a.id).cmp(&(&b.last, &b.id)));
        if matches!(pile, Pile::Closed | Pile::Answered) {
            firsts.reverse();
        }
        let total = firsts.len();
        let firsts: Vec<Letter> = firsts.into_iter().skip(from).take(SHOWN).collect();
        let ids: Vec<&ResourceId> = firsts.iter().map(|first| &first.id).collect();
        let after = post.following(&ids, SHOWN * THREAD_MAX).await?;
        let mut of_thread: HashMap<&ResourceId, Vec<&Letter>> = HashMap::new();
        for letter in &after {
            of_thread.entry(letter.thread_id()).or_default().push(letter);
        }
        self.note_shown(firsts.iter().map(|first| &first.patient));
        let threads = firsts.iter().map(|first| {
            let after = of_thread.remove(&first.id).unwrap_or_default();
            line(first, after.into_iter(), Side::Practice)
        });
        Ok(Inbox { threads: threads.collect(), total, is_more })
    }

    /// How many messages to the caller's practice nobody has read.
    pub async fn practice_unread(&self) -> Result<u64, Failure> {
        self.on_duty(Duty::Messages)?;
        let Some(mut query) = self.own_messages(FROM_PERSON) else { return Ok(0) };
        query.push(("received:missing", "true".to_owned()));
        Post::of(self).count(&query).await
    }

    /// A thread of the caller's practice; what people wrote counts as read from now on.
    pub async fn practice_thread(&self, id: &ResourceId) -> Result<Thread, Failure> {
        let (post, mut letters) = self.thread_of_practice(id).await?;
        self.note_shown([&letters[0].patient]);
        // Who works at the machine itself is nobody of the practice.
        if matches!(self.caller().who, Who::Staff(_)) {
            for letter in letters.iter_mut().filter(|letter| Side::Practice.reads(letter)) {
                post.note_read(std::slice::from_mut(letter)).await?;
            }
        }
        thread(&letters, Side::Practice).ok_or_else(not_there)
    }

    /// Those to whom a thread can be handed by name: who has answered at the practice, or was handed
    /// something, lately; by their Practitioner.
    pub async fn message_colleagues(&self) -> Result<Vec<(ResourceId, String)>, Failure> {
        self.on_duty(Duty::Messages)?;
        let Some(mut query) = self.own_messages(CATEGORY) else { return Ok(Vec::new()) };
        query.push(("_sort", "-sent".to_owned()));
        let (letters, _) = Post::of(self).letters(&query, PILE_MAX).await?;
        let mut known = BTreeMap::new();
        for letter in letters {
            if let Sender::Staff { practitioner, name } = letter.sender {
                known.entry(practitioner).or_insert(name);
            }
            if let Some(Handed::Colleague { practitioner, name }) = letter.handed {
                known.entry(practitioner).or_insert(name);
            }
        }
        if let Who::Staff(staff) = &self.caller().who {
            known.remove(&staff.practitioner);
        }
        let mut all: Vec<(ResourceId, String)> = known.into_iter().collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(all)
    }

    /// The roles to which a thread can be handed.
    pub fn message_roles() -> [Role; 4] {
        ROLES
    }

    /// Answers in a thread of the caller's practice, and closes it where that is wished.
    pub async fn answer_message(&self, new: &Answering) -> Answer<Sent> {
        check_key(&new.key)?;
        let sender = self.as_sender()?;
        let Sender::Staff { practitioner, .. } = &sender else { return Err(not_there()) };
        let id = id_of("answer", &[practitioner.as_str(), &new.key]);
        let text = match cleaned(&new.text) {
            Ok(text) => text,
            Err(refusal) => return Ok(Err(refusal)),
        };
        for _ in 0..=self.options.conflict_retries_max {
            let (post, letters) = self.thread_of_practice(&new.thread).await?;
            if let Some(known) = post.letter(&id).await? {
                return Ok(Ok(Sent { thread: known.thread_id().clone(), is_repeat: true }));
            }
            let (Some(first), Some(last)) = (letters.first(), letters.last()) else {
                return Err(not_there());
            };
            if let Some(refusal) = refused(first, letters.len()) {
                return Ok(Err(refusal));
            }
            let mut changes = post.reply(first, last, &id, &sender, &text, false)?;
            if new.closes {
                let mut closed = first.clone();
                closed.moved_on(&post.instant_after(&first.last), Waits::ForPerson);
                closed.set_open(false);
                changes.truncate(1);
                changes.push(post.changed(&closed)?);
            }
            let act = act("answer-message", 'C', &first.patient, &new.from);
            if post.commit(Some(&act), changes).await? {
                return Ok(Ok(Sent { thread: first.id.clone(), is_repeat: false }));
            }
        }
        Err(too_busy())
    }

    /// Closes a thread of the caller's practice, or opens it again.
    pub async fn set_thread_open(
        &self,
        id: &ResourceId,
        is_open: bool,
        from: &str,
    ) -> Result<(), Failure> {
        let interaction = if is_open { "reopen-message" } else { "close-message" };
        self.change_thread(id, interaction, from, |first| first.set_open(is_open)).await
    }

    /// Hands a thread of the caller's practice on.
    pub async fn hand_over(&self, id: &ResourceId, to: &HandTo, from: &str) -> Answer<()> {
        let handed = match to {
            HandTo::Everybody => None,
            HandTo::Myself => match self.as_sender()? {
                Sender::Staff { practitioner, name } => {
                    Some(Handed::Colleague { practitioner, name })
                }
                Sender::Person { .. } => return Err(not_there()),
            },
            HandTo::Role(role) if ROLES.contains(role) => Some(Handed::Role(*role)),
            HandTo::Role(_) => return Ok(Err(Refusal::NotTaken)),
            HandTo::Colleague(practitioner) => {
                let known = self.message_colleagues().await?;
                match known.into_iter().find(|(known, _)| known == practitioner) {
                    Some((practitioner, name)) => Some(Handed::Colleague { practitioner, name }),
                    None => return Ok(Err(Refusal::NotTaken)),
                }
            }
        };
        let change = |first: &mut Letter| first.hand_to(handed.clone());
        self.change_thread(id, "hand-over-message", from, change).await.map(Ok)
    }

    async fn change_thread(
        &self,
        id: &ResourceId,
        interaction: &'static str,
        from: &str,
        change: impl Fn(&mut Letter),
    ) -> Result<(), Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let (post, letters) = self.thread_of_practice(id).await?;
            let mut first = letters.into_iter().next().ok_or_else(not_there)?;
            change(&mut first);
            let changes = vec![post.changed(&first)?];
            let act = act(interaction, 'U', &first.patient, from);
            if post.commit(Some(&act), changes).await? {
                return Ok(());
            }
        }
        Err(too_busy())
    }

    /// A thread of the caller's practice; whose it is not, for them it is not there.
    async fn thread_of_practice(
        &self,
        id: &ResourceId,
    ) -> Result<(Post<'_>, Vec<Letter>), Failure> {
        self.on_duty(Duty::Messages)?;
        let post = Post::of(self);
        let is_own = |source: &str| match &self.caller().who {
            Who::Staff(staff) => staff.sources.iter().any(|own| **own == *source),
            _ => true,
        };
        let first = post.letter(id).await?;
        let first = first.filter(|first| first.thread.is_none() && is_own(&first.source));
        let first = first.ok_or_else(not_there)?;
        let after = post.following(&[&first.id], THREAD_MAX).await?;
        let letters = std::iter::once(first).chain(after).collect();
        Ok((post, letters))
    }

    /// What finds the messages of the caller's practice; none where it has no system of its own.
    fn own_messages(&self, category: &str) -> Option<Vec<(&'static str, String)>> {
        let mut query = vec![("category", format!("{CARELOOM_SYSTEM}|{category}"))];
        if let Who::Staff(staff) = &self.caller().who {
            if staff.sources.is_empty() {
                return None;
            }
            let sources: Vec<&str> = staff.sources.iter().map(|source| &**source).collect();
            query.push(("_source", sources.join(",")));
        }
        Some(query)
    }

    fn is_mine(&self, first: &Letter) -> bool {
        let Who::Staff(staff) = &self.caller().who else { return false };
        match &first.handed {
            Some(Handed::Role(role)) => *role == staff.role,
            Some(Handed::Colleague { practitioner, .. }) => *practitioner == staff.practitioner,
            None => false,
        }
    }

    /// The caller as who writes for a practice.
    fn as_sender(&self) -> Result<Sender, Failure> {
        self.on_duty(Duty::Messages)?;
        let Who::Staff(staff) = &self.caller().who else {
            let message = "a practice's staff answer its messages: sign in as one of them";
            let code = fhir::IssueCode::Forbidden;
            return Err(Failure::plain(Category::Forbidden, code, message));
        };
        Ok(Sender::Staff {
            practitioner: staff.practitioner.clone(),
            name: format!("{}, {}", staff.name, staff.organisation),
        })
    }
}

fn act<'a>(
    interaction: &'static str,
    action: char,
    patient: &'a ResourceId,
    from: &'a str,
) -> Act<'a> {
    Act { interaction, action, patient, from }
}
