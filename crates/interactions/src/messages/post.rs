//! What is read of messages, past the doors or through them, and what is written, with its AuditEvent.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::search::Handling;
use fhir::{Element, IssueCode, ResourceId, ResourceType, Tree, VersionId, format_instant};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use store::{Batch, Change, CommitError, Expected, Method, ResourceKey};

use super::letter::{COMMUNICATION, Letter};
use super::letter_box::{ENDPOINT, LetterBox};
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};
use crate::in_force::InForce;

/// Resources of one page of a search.
const PAGE: usize = 500;
/// What instants are written to.
const MILLISECOND: i64 = 1_000;
/// Threads that are read at once by their first messages.
const THREADS_AT_ONCE: usize = 50;

/// Messages as they are at one moment, for one caller.
pub(super) struct Post<'a> {
    /// Who asks.
    pub(super) caller: &'a App,
    /// The whole store, for what the rules have decided.
    pub(super) app: App,
    in_force: Arc<InForce>,
    /// Microseconds since 1970.
    pub(super) now: i64,
}

/// What was done, for the audit: never what was written.
pub(super) struct Act<'a> {
    /// A short name: `send-message`.
    pub(super) interaction: &'static str,
    /// `C`, `U`.
    pub(super) action: char,
    /// Whose record.
    pub(super) patient: &'a ResourceId,
    /// Where the request came from.
    pub(super) from: &'a str,
}

impl<'a> Post<'a> {
    /// For a caller of whom it is known that this is theirs to do.
    pub(super) fn of(caller: &'a App) -> Post<'a> {
        let app = caller.elevated();
        let in_force = app.in_force();
        let now = app.clock.now();
        Post { caller, app, in_force, now }
    }

    /// Now as a FHIR instant.
    pub(super) fn instant(&self) -> String {
        format_instant(self.now)
    }

    /// Now, or just after another instant where the clock has not moved on since: the messages of a thread
    /// stand in the order in which they answer each other.
    pub(super) fn instant_after(&self, before: &str) -> String {
        let before = before.parse::<Timestamp>().map_or(i64::MIN, Timestamp::as_microsecond);
        format_instant(self.now.max(before.saturating_add(MILLISECOND)))
    }

    /// Messages that a search finds; and whether there are more.
    pub(super) async fn letters(
        &self,
        query: &[(&str, String)],
        max: usize,
    ) -> Result<(Vec<Letter>, bool), Failure> {
        let (stored, is_more) = self.app.first_found(COMMUNICATION, query, max).await?;
        Ok((stored.iter().filter_map(Letter::read).collect(), is_more))
    }

    /// The same as far as the caller may see them, noted as looks.
    pub(super) async fn letters_as_caller(
        &self,
        query: &[(&str, String)],
        max: usize,
    ) -> Result<(Vec<Letter>, bool), Failure> {
        let (stored, is_more) = self.caller.first_found(COMMUNICATION, query, max).await?;
        Ok((stored.iter().filter_map(Letter::read).collect(), is_more))
    }

    /// How many messages a search finds.
    pub(super) async fn count(&self, query: &[(&str, String)]) -> Result<u64, Failure> {
        count(&self.app, query).await
    }

    /// The same as far as the caller may see them.
    pub(super) async fn count_as_caller(&self, query: &[(&str, String)]) -> Result<u64, Failure> {
        count(self.caller, query).await
    }

    /// One message, where the caller may see it.
    pub(super) async fn letter_as_caller(
        &self,
        id: &ResourceId,
    ) -> Result<Option<Letter>, Failure> {
        let key = ResourceKey { resource_type: COMMUNICATION, id: id.clone() };
        Ok(self.caller.store.read(&key).await?.as_ref().and_then(Letter::read))
    }

    /// One message.
    pub(super) async fn letter(&self, id: &ResourceId) -> Result<Option<Letter>, Failure> {
        let key = ResourceKey { resource_type: COMMUNICATION, id: id.clone() };
        Ok(self.app.store.read(&key).await?.as_ref().and_then(Letter::read))
    }

    /// The messages that follow these first ones, oldest first.
    pub(super) async fn following(
        &self,
        threads: &[&ResourceId],
        max: usize,
    ) -> Result<Vec<Letter>, Failure> {
        let mut all = Vec::new();
        for some in threads.chunks(THREADS_AT_ONCE) {
            let of: Vec<String> = some.iter().map(|id| format!("Communication/{id}")).collect();
            let query = [("part-of", of.join(",")), ("_sort", "sent".to_owned())];
            all.extend(self.letters(&query, max).await?.0);
        }
        in_order(&mut all);
        Ok(all)
    }

    /// The same of one thread, as far as the caller may see them.
    pub(super) async fn following_as_caller(
        &self,
        thread: &ResourceId,
        max: usize,
    ) -> Result<Vec<Letter>, Failure> {
        let query = [("part-of", format!("Communication/{thread}")), ("_sort", "sent".to_owned())];
        let mut all = self.letters_as_caller(&query, max).await?.0;
        in_order(&mut all);
        Ok(all)
    }

    /// Letter boxes of systems; of all where none are named.
    pub(super) async fn letter_boxes(
        &self,
        sources: Option<&[&str]>,
    ) -> Result<Vec<LetterBox>, Failure> {
        let mut query = vec![("connection-type", LetterBox::connection_type())];
        match sources {
            Some([]) => return Ok(Vec::new()),
            Some(sources) => query.push(("_source", sources.join(","))),
            None => {}
        }
        query.push(("_sort", "name".to_owned()));
        let (stored, _) = self.app.first_found(ENDPOINT, &query, PAGE).await?;
        Ok(stored.iter().filter_map(LetterBox::read).collect())
    }

    /// The change that writes an element as a resource of which this version was read, or which is new.
    pub(super) fn change(
        &self,
        resource_type: ResourceType,
        id: &ResourceId,
        element: &Element,
        version: Option<VersionId>,
    ) -> Result<Change, Failure> {
        let tree = Tree::parse(&element.to_compact()).map_err(|error| {
            let words = format!("a {resource_type} was made that cannot be written: {error}");
            Failure::plain(Category::Fault, IssueCode::Exception, words)
        })?;
        let expected = version.map_or(Expected::Absent, Expected::Version);
        let key = ResourceKey { resource_type, id: id.clone() };
        Ok(self.app.change(&self.in_force, &key, tree.root(), Method::Put, expected))
    }

    /// The change that writes a message again.
    pub(super) fn changed(&self, letter: &Letter) -> Result<Change, Failure> {
        self.change(COMMUNICATION, &letter.id, letter.element(), Some(letter.version))
    }

    /// Commits changes together with the note of who made them; false where somebody came between, and all
    /// is to be read again.
    pub(super) async fn commit(
        &self,
        act: Option<&Act<'_>>,
        mut changes: Vec<Change>,
    ) -> Result<bool, Failure> {
        if changes.is_empty() {
            return Ok(true);
        }
        if let Some(act) = act {
            let look = Look {
                interaction: act.interaction.to_owned(),
                action: act.action,
                address: "messages with the practice".to_owned(),
                from: Some(act.from.to_owned()),
                status: 200,
                reason: None,
            };
            changes.push(self.caller.noted(&look, &BTreeSet::from([act.patient.clone()]))?);
        }
        let batch = Batch { guards: Vec::new(), changes, outcomes: Vec::new() };
        match self.app.commit(batch).await {
            Ok(_) => Ok(true),
            Err(CommitError::Expected(..) | CommitError::Guard(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Notes that these were read; where somebody comes between, it is noted at the next look.
    pub(super) async fn note_read(&self, letters: &mut [Letter]) -> Result<(), Failure> {
        let at = self.instant();
        for letter in letters.iter_mut().filter(|letter| letter.read.is_none()) {
            letter.was_read(&at);
            if self.commit(None, vec![self.changed(letter)?]).await? {
                letter.version = letter.version.next();
            }
        }
        Ok(())
    }
}

/// Puts messages in the order that they were sent in; two of one moment keep one order.
pub(super) fn in_order(letters: &mut [Letter]) {
    letters.sort_by(|a, b| (&a.sent, &a.id).cmp(&(&b.sent, &b.id)));
}

async fn count(through: &App, query: &[(&str, String)]) -> Result<u64, Failure> {
    let pairs: Vec<_> =
        query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let (search, _) = through.parse_search(COMMUNICATION, &pairs, Handling::Strict)?;
    Ok(through.store.count(&search).await?)
}

/// An id that always comes out the same for the same parts: what is sent twice is written once.
pub(super) fn id_of(purpose: &str, parts: &[&str]) -> ResourceId {
    let mut hash = Sha256::new();
    for part in std::iter::once(&purpose).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut first = [0; 16];
    first.copy_from_slice(&digest[..16]);
    // A UUID of version 8, RFC 9562 §5.8: an own kind of hash.
    first[6] = first[6] & 0x0f | 0x80;
    first[8] = first[8] & 0x3f | 0x80;
    ResourceId::from_uuid_bytes(first)
}

/// A key by which a form is known when it is sent twice.
pub(super) fn check_key(key: &str) -> Result<(), Failure> {
    let is_key = (1..=64).contains(&key.len())
        && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_key {
        return Ok(());
    }
    let message = "a message carries a key of 1 to 64 letters, digits and hyphens, the same when it is sent again";
    Err(Failure::new(Category::Invalid, IssueCode::Value, "key", message))
}

/// Somebody came between each time.
pub(super) fn too_busy() -> Failure {
    let message = "others are writing in the same thread at this moment; try again";
    Failure::plain(Category::Conflict, IssueCode::Conflict, message)
}
