//! A message in: durable, decided, answered; the same message again is told to have been processed.

use std::sync::Arc;

use ::booking::bars::{self, BarsCode, BarsError, Context, Headers, Reason, Received};
use ::booking::desk;
use ::booking::model::{Appointment, Service, Slot};
use ::booking::visibility::Opening;
use fhir::{Element, IssueCode, ResourceId, Tree};
use store::{ItemFilter, ItemId, ItemState, NewItem};

use super::super::book::{Act, Book, Place, Read, too_busy};
use super::super::hold::read_of;
use super::patient::Subject;
use super::{identifier, origin};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::ingest::Feed;

/// Items of one header id that are looked at.
const SAME_MAX: usize = 20;

/// What is answered to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BarsAnswer {
    /// HTTP status.
    pub status: u16,
    /// A Bundle, or an OperationOutcome.
    pub body: Vec<u8>,
}

impl BarsAnswer {
    /// A refusal.
    pub fn refused(error: &BarsError) -> BarsAnswer {
        BarsAnswer { status: error.code.status(), body: error.to_operation_outcome().to_compact() }
    }
}

/// What a message is decided by.
struct Asked<'a> {
    feed: &'a Feed,
    message: &'a Tree,
    received: &'a Received,
    service: &'a Read<Service>,
    item: ItemId,
}

impl App {
    /// Takes a message of a sender. Whatever comes of it, its bytes are kept; on a failure it was not
    /// decided, and the sender sends it again.
    pub async fn take_bars_message(
        &self,
        feed: &Feed,
        headers: &Headers,
        bytes: Arc<[u8]>,
        from: &str,
    ) -> Result<BarsAnswer, Failure> {
        let book = Book::open(self);
        let service = book.service_of_target(&headers.target).await?;
        let item = self.blank_item(feed, from, bytes);
        let read = Tree::parse(&item.bytes).map_err(|error| BarsError {
            code: BarsCode::RecBadRequest,
            issue: IssueCode::Structure,
            diagnostics: error.to_string(),
        });
        let message = match read {
            Ok(message) => message,
            Err(error) => return self.refuse_unread(item, &error).await,
        };
        let is_own =
            |target: &bars::TargetIdentifier| service.is_some() && target.is_same(&headers.target);
        let received = match bars::receive(message.root(), is_own, |_| false) {
            Ok(received) => received,
            Err(error) => return self.refuse_unread(item, &error).await,
        };
        let Some(service) = service else {
            return self.refuse_unread(item, &not_found("no such service here")).await;
        };
        let same = self.same_messages(feed, &received.header_id).await?;
        let item = NewItem {
            control_id: received.header_id.clone(),
            kind: format!("booking-request {}", received.reason.as_str()),
            ..item
        };
        if same.iter().any(|(_, state)| *state == ItemState::Stored) {
            let error = BarsError::already_processed();
            return self.refuse_unread(item, &error).await;
        }
        let id = self.elevated().take_in(vec![item]).await?.first().copied();
        let id = id.ok_or_else(too_busy)?;
        // An earlier try was cut off before it was decided: this one is decided in its place.
        for (earlier, _) in same.iter().filter(|(_, state)| *state == ItemState::Waiting) {
            self.settle_bars(
                *earlier,
                ItemState::Filtered,
                "repeat",
                format!("sent again as item {id}"),
            )
            .await?;
        }
        let asked =
            Asked { feed, message: &message, received: &received, service: &service, item: id };
        match self.decide_bars(&asked).await? {
            Ok(answer) => Ok(answer),
            Err(error) => {
                let note = format!(
                    "answered {} {}: {}",
                    error.code.status(),
                    error.code.as_str(),
                    error.diagnostics
                );
                self.settle_bars(id, ItemState::Filtered, "refused", note).await?;
                Ok(BarsAnswer::refused(&error))
            }
        }
    }

    /// Settles what was received and not decided before the server stopped: its sender was not answered,
    /// and sends it again.
    pub async fn settle_undecided_bars(&self, feed: &Feed) -> Result<usize, Failure> {
        let app = self.elevated();
        let mut settled = 0;
        loop {
            let waiting = app.store.waiting(&feed.name, None, SAME_MAX).await?;
            if waiting.is_empty() {
                return Ok(settled);
            }
            for item in &waiting {
                let note = "the server stopped before it was decided; its sender was not answered"
                    .to_owned();
                self.settle_bars(item.id, ItemState::Filtered, "not-decided", note).await?;
                settled += 1;
            }
        }
    }

    /// Keeps what is refused before it is decided.
    async fn refuse_unread(&self, item: NewItem, error: &BarsError) -> Result<BarsAnswer, Failure> {
        let answer = BarsAnswer::refused(error);
        let is_repeat = error.is_already_processed();
        let cause = if is_repeat { "repeat" } else { "refused" };
        let item = NewItem {
            state: ItemState::Filtered,
            cause: cause.to_owned(),
            note: format!(
                "answered {} {}: {}",
                error.code.status(),
                error.code.as_str(),
                error.diagnostics
            ),
            acknowledgement: answer.body.clone(),
            ..item
        };
        self.elevated().take_in(vec![item]).await?;
        Ok(answer)
    }

    async fn same_messages(
        &self,
        feed: &Feed,
        header_id: &str,
    ) -> Result<Vec<(ItemId, ItemState)>, Failure> {
        let filter = ItemFilter {
            feed: Some(feed.name.clone()),
            control_id: Some(header_id.to_owned()),
            count: SAME_MAX,
            ..ItemFilter::default()
        };
        let page = self.elevated().store.items(&filter).await?;
        Ok(page.items.iter().map(|item| (item.id, item.state)).collect())
    }

    async fn settle_bars(
        &self,
        id: ItemId,
        state: ItemState,
        cause: &str,
        note: String,
    ) -> Result<(), Failure> {
        let outcome = self.outcome_of(id, state, cause.to_owned(), note);
        Ok(self.elevated().store.settle(vec![outcome]).await?)
    }

    async fn decide_bars(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Result<BarsAnswer, BarsError>, Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let subject = match book.subject(asked.feed, asked.received, asked.service).await {
                Ok(subject) => subject,
                Err(failure) if failure.category == Category::Invalid => {
                    let words = failure.issues.first().map_or("", |issue| issue.message.as_str());
                    return Ok(Err(BarsError {
                        code: BarsCode::RecBadRequest,
                        issue: IssueCode::Invalid,
                        diagnostics: words.to_owned(),
                    }));
                }
                Err(failure) => return Err(failure),
            };
            let _one_by_one = self.one_by_one_of(&subject.id).await;
            if let Some(decided) = book.try_bars(asked, &subject).await? {
                return Ok(decided);
            }
        }
        Err(too_busy())
    }
}

/// The booking that a message changes, with its slots.
struct Standing {
    appointment: Read<Appointment>,
    slots: Vec<Read<Slot>>,
}

impl Book<'_> {
    /// One try; none where somebody came between.
    async fn try_bars(
        &self,
        asked: &Asked<'_>,
        subject: &Subject,
    ) -> Result<Option<Result<BarsAnswer, BarsError>>, Failure> {
        let ids: Option<Vec<ResourceId>> =
            asked.received.slot_ids.iter().map(|id| ResourceId::parse(id)).collect();
        let mut places = self.places(&ids.unwrap_or_default()).await?;
        // A slot of another service is none of this one's.
        places.retain(|place| place.service.value.id == asked.service.value.id);
        let standing = self.standing_bars(asked, subject).await?;
        let is_another = |standing: &Standing| {
            let patient = format!("Patient/{}", subject.id);
            standing.appointment.value.actor("Patient") != Some(patient.as_str())
        };
        if asked.received.reason != Reason::New && standing.as_ref().is_none_or(is_another) {
            return Ok(Some(Err(not_found("no such booking here of this sender and person"))));
        }
        if let Some(standing) = &standing
            && !self.is_senders(asked.feed, &standing.appointment.value.id).await?
        {
            // Two systems gave their messages one id: what the other booked is not this one's to hear of.
            return Ok(Some(Err(id_taken())));
        }
        let openings: Vec<Opening<'_>> = places.iter().map(Place::opening).collect();
        let slots: Vec<Slot> =
            standing.iter().flat_map(|s| s.slots.iter().map(|slot| slot.value.clone())).collect();
        let asker = subject.seeker.asker(&asked.service.value);
        let Some(person) = asker.person() else { return Ok(Some(Err(not_found("no person")))) };
        let context = Context {
            openings: &openings,
            person,
            standing: standing.as_ref().map(|standing| &standing.appointment.value),
            slots: &slots,
            service: standing.as_ref().map(|_| &asked.service.value),
        };
        let applied = match bars::apply(asked.received, &context, self.now) {
            Ok(applied) => applied,
            Err(error) => return Ok(Some(Err(error))),
        };
        let Some(first) = applied.appointments.first() else { return Err(too_busy()) };
        let answer = self.bars_answer(asked, first).await?;
        if applied.is_repeat {
            // Done before by a message whose answer was lost: nothing changes, the answer is the same.
            let note = format!("was done before: Appointment/{}", first.id);
            let app = &self.app;
            app.settle_bars(asked.item, ItemState::Stored, "", note).await?;
            return Ok(Some(Ok(answer)));
        }
        let changes =
            self.bars_changes(asked, subject, &applied, (&places, standing.as_ref())).await?;
        let note = format!("Appointment/{}: {}", first.id, first.status.as_str());
        let outcome = self.app.outcome_of(asked.item, ItemState::Stored, String::new(), note);
        let act = Act {
            interaction: "operation",
            action: if asked.received.reason == Reason::New { 'C' } else { 'U' },
            words: match asked.received.reason {
                Reason::New => "booked an appointment by a message",
                Reason::Update => "changed an appointment by a message",
                Reason::Delete => "cancelled an appointment by a message",
            },
            patients: std::slice::from_ref(&subject.id),
        };
        let is_done = self.commit_item(&act, changes, outcome).await?;
        Ok(is_done.then_some(Ok(answer)))
    }

    /// The booking that a message is about: for a new one what the same message booked before, otherwise
    /// the sender's own, by our id or by theirs.
    async fn standing_bars(
        &self,
        asked: &Asked<'_>,
        subject: &Subject,
    ) -> Result<Option<Standing>, Failure> {
        let appointment = match asked.received.reason {
            Reason::New => {
                let id = desk::appointment_id(
                    &format!("Patient/{}", subject.id),
                    &asked.received.header_id,
                );
                self.one::<Appointment>(&id).await?
            }
            Reason::Update | Reason::Delete => self.senders_booking(asked).await?,
        };
        let Some(appointment) = appointment else { return Ok(None) };
        let slots = self.slots_of(&appointment.value.slots).await?;
        Ok(Some(Standing { appointment, slots }))
    }

    async fn senders_booking(
        &self,
        asked: &Asked<'_>,
    ) -> Result<Option<Read<Appointment>>, Failure> {
        let system = bars::sender_system(&asked.feed.name.0);
        let sent = &asked.received.appointment.id;
        if let Some(found) = self.booked_by(asked.feed, sent).await? {
            return Ok(Some(found));
        }
        if sent.is_empty() || sent.contains(['|', ',', '$', '\\']) {
            return Ok(None);
        }
        let query = [("identifier", format!("{system}|{sent}"))];
        Ok(self.find::<Appointment>(&query, 1).await?.pop())
    }

    /// A booking by our id, where a sender made it.
    pub(super) async fn booked_by(
        &self,
        feed: &Feed,
        id: &str,
    ) -> Result<Option<Read<Appointment>>, Failure> {
        if !self.is_senders(feed, id).await? {
            return Ok(None);
        }
        self.one::<Appointment>(id).await
    }

    /// Whether a sender made a booking.
    async fn is_senders(&self, feed: &Feed, id: &str) -> Result<bool, Failure> {
        let system = bars::sender_system(&feed.name.0);
        let tree = self.tree_at(&format!("Appointment/{id}")).await?;
        Ok(tree.is_some_and(|tree| identifier(tree.root(), &system).is_some()))
    }

    async fn bars_changes(
        &self,
        asked: &Asked<'_>,
        subject: &Subject,
        applied: &bars::Applied,
        (places, standing): (&[Place], Option<&Standing>),
    ) -> Result<Vec<store::Change>, Failure> {
        let is_booked = |slot: &&Slot| places.iter().any(|place| place.slot.value.id == slot.id);
        let (booked, freed): (Vec<&Slot>, Vec<&Slot>) = applied.slots.iter().partition(is_booked);
        let booked: Vec<Slot> = booked.into_iter().cloned().collect();
        let freed: Vec<Slot> = freed.into_iter().cloned().collect();
        let mut changes = Vec::new();
        if standing.is_some_and(|_| asked.received.reason == Reason::Delete) {
            // A cancelled booking's own slots are among the places where the message names them.
            let all = applied.slots.clone();
            let read = standing.map_or_else(Vec::new, |s| s.slots.clone());
            changes.extend(self.freed(all, &read, &[]).await?);
        } else {
            changes.extend(self.slot_changes(&booked, &read_of(places))?);
            let read = standing.map_or_else(Vec::new, |s| s.slots.clone());
            changes.extend(self.freed(freed, &read, &[]).await?);
        }
        let source = asked.service.source.as_deref();
        for (index, appointment) in applied.appointments.iter().enumerate() {
            let known = standing.filter(|standing| standing.appointment.value.id == appointment.id);
            let version = known.map(|standing| standing.appointment.version);
            let mut element = <Appointment as super::super::book::InBook>::element(appointment);
            if version.is_none() {
                with_sender(&mut element, asked);
                if let Some(source) = source {
                    let mut meta = element.remove("meta").unwrap_or_else(Element::object);
                    meta.set("source", Element::string(source));
                    element.set("meta", meta);
                }
            }
            let kind = <Appointment as super::super::book::InBook>::TYPE;
            let mut change = self.change_of(kind, &appointment.id, &element, version)?;
            if index == 0 {
                let at = self.now.as_microsecond();
                change.lineage = origin::of_appointment(asked.message, asked.item, at);
            }
            changes.push(change);
        }
        if let Some(mut change) = self.patient_change(subject, &asked.feed.profile.source)? {
            let at = self.now.as_microsecond();
            change.lineage = origin::of_patient(asked.message, asked.received, asked.item, at);
            changes.push(change);
        }
        Ok(changes)
    }

    async fn bars_answer(
        &self,
        asked: &Asked<'_>,
        appointment: &Appointment,
    ) -> Result<BarsAnswer, Failure> {
        let own = self.party(&asked.service.value, asked.received.destination.clone()).await?;
        let id = bars::answer_id(&asked.feed.name.0, &asked.received.header_id);
        let body = bars::answer(asked.received, appointment, &id, &own, self.now);
        Ok(BarsAnswer { status: 200, body: body.to_compact() })
    }

    /// One of our services as an end of a message.
    pub(super) async fn party(
        &self,
        service: &Service,
        endpoint: bars::TargetIdentifier,
    ) -> Result<bars::Party, Failure> {
        let practice = match &service.provided_by {
            Some(practice) => self.tree_at(practice).await?,
            None => None,
        };
        let practice = practice.as_ref().map(Tree::root);
        let name = practice.and_then(|practice| practice.text_of("name"));
        let code = practice.and_then(|practice| identifier(practice, ::booking::model::urls::ODS));
        Ok(bars::Party {
            name: name.unwrap_or(&service.name).to_owned(),
            ods_code: code.unwrap_or("").to_owned(),
            endpoint,
        })
    }
}

/// Says whose booking it is, under the id that they know it by.
fn with_sender(element: &mut Element, asked: &Asked<'_>) {
    let sent = asked.received.appointment.id.as_str();
    let value = if sent.is_empty() { asked.received.header_id.as_str() } else { sent };
    let mut one = Element::object();
    one.set("system", Element::string(bars::sender_system(&asked.feed.name.0)));
    one.set("value", Element::string(value));
    let mut all = match element.remove("identifier") {
        Some(Element::Array(all)) => all,
        _ => Vec::new(),
    };
    all.push(one);
    element.set("identifier", Element::Array(all));
}

fn id_taken() -> BarsError {
    let diagnostics = "the MessageHeader's id is taken; send the message with a new one".to_owned();
    BarsError { code: BarsCode::RecConflict, issue: IssueCode::Conflict, diagnostics }
}

fn not_found(words: &str) -> BarsError {
    BarsError {
        code: BarsCode::RecNotFound,
        issue: IssueCode::NotFound,
        diagnostics: words.to_owned(),
    }
}
