//! Messages out: whatever changes a booking of a service whose book another system keeps is passed on to
//! it, and tried until it has said yes or the appointment has begun.
//!
//! What has changed is found in the store itself, from a time that is kept: so a booking by whatever way is
//! passed on, and one that was made while the server stopped is, too. The last state counts; a booking
//! that was cancelled before it could be passed on never existed for the other system.

use std::sync::Arc;
use std::time::Duration;

use ::booking::bars::{self, Message, Party, Reason, TargetIdentifier};
use ::booking::model::{Appointment, AppointmentStatus, Session};
use async_trait::async_trait;
use fhir::{Tree, Value};
use jiff::{SignedDuration, Timestamp};
use store::{KeptChange, KeptExpected};

use super::super::book::{Book, InBook, Read};
use super::delivery::{self, Delivery, State};
use crate::app::App;
use crate::failure::Failure;

/// How often it is looked whether there is something to pass on.
const EVERY: Duration = Duration::from_secs(5);
/// Bookings that are looked at, and passed on, in one round.
const ROUND_MAX: usize = 500;
/// The first pause after a try that failed; each is twice the one before.
const PAUSE_FIRST: i64 = 30;
/// The longest pause: seconds.
const PAUSE_MAX: i64 = 3_600;
/// Letters of what the other system says that are kept.
const SAID_MAX: usize = 300;
/// The record of how far the store was looked through.
const KIND: &str = "bars-out";
const LOOKED: &str = "looked-until";
/// It is kept for good: microseconds since 1970, far off.
const NEVER: i64 = i64::MAX;

/// The way to another system; whoever puts the program together has the network.
#[async_trait]
pub trait PostMessage: Send + Sync + 'static {
    /// Posts a message with these headers; the status and the body of the answer, or in words why there
    /// is none.
    async fn post(
        &self,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Result<(u16, Vec<u8>), String>;
}

/// A system that keeps the book of a service.
#[derive(Clone)]
pub struct BarsReceiver {
    /// The service: the identifier of the HealthcareService here, and whom messages name as their
    /// destination.
    pub service: TargetIdentifier,
    /// The organisation and its ODS code.
    pub title: String,
    /// Its ODS code.
    pub ods_code: String,
    /// This server as the sender.
    pub own: Party,
    /// The way there.
    pub way: Arc<dyn PostMessage>,
}

/// What a round has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delivered {
    /// Messages that the other system said yes to.
    pub accepted: usize,
    /// Messages that are tried again.
    pub waiting: usize,
    /// Bookings that are not tried again.
    pub failed: usize,
}

impl App {
    /// Passes bookings on until the application ends. Call it once, in a task.
    pub async fn run_bars(self: Arc<Self>, receivers: Vec<BarsReceiver>) {
        if receivers.is_empty() {
            return;
        }
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(failure) = self.pass_bookings_on(&receivers).await {
                tracing::error!(%failure, "bookings could not be passed on; it is tried again");
            }
        }
    }

    /// One round: finds what has changed, and tries what is due.
    pub async fn pass_bookings_on(&self, receivers: &[BarsReceiver]) -> Result<Delivered, Failure> {
        let mut done = Delivered::default();
        let mut served = Vec::new();
        let book = Book::open(self);
        for receiver in receivers {
            let Some(service) = book.service_of_target(&receiver.service).await? else {
                tracing::warn!(
                    service = receiver.service.endpoint(),
                    "no HealthcareService has the identifier of a receiver of bookings"
                );
                continue;
            };
            served.push((receiver, service.value.reference()));
        }
        book.note_changed(&served).await?;
        let query = delivery::WAITING.map(|(name, value)| (name, value.to_owned()));
        for waiting in book.find::<Delivery>(&query, ROUND_MAX).await? {
            if waiting.value.next > book.now {
                continue;
            }
            let mut tried = waiting.value.clone();
            book.try_delivery(&served, &mut tried).await?;
            match tried.state {
                State::Done => done.accepted += 1,
                State::Waiting => done.waiting += 1,
                State::Failed => {
                    done.failed += 1;
                    tracing::error!(
                        task = tried.id,
                        receiver = tried.receiver,
                        note = tried.note,
                        "a booking was not passed on"
                    );
                }
            }
            let change = book.change(&tried, Some(waiting.version), None)?;
            // Where the booking changed meanwhile, its new version is tried in the next round.
            book.commit_unnoted(vec![change]).await?;
        }
        Ok(done)
    }
}

type Served<'r> = [(&'r BarsReceiver, String)];

impl Book<'_> {
    /// Makes a Task of each booking that has changed since it was looked last.
    async fn note_changed(&self, served: &Served<'_>) -> Result<(), Failure> {
        let kept = self.app.store.kept(KIND, LOOKED).await?;
        let since = kept
            .as_ref()
            .and_then(|kept| std::str::from_utf8(&kept.value).ok()?.parse::<i64>().ok())
            .and_then(|at| Timestamp::from_microsecond(at).ok());
        // What was there before a receiver was set up is not its business.
        let since = since.unwrap_or(self.now);
        let query = [("_lastUpdated", format!("ge{since}")), ("_sort", "_lastUpdated".to_owned())];
        let found = self.app.first_found(Appointment::TYPE, &query, ROUND_MAX).await?.0;
        let mut until = since.as_microsecond();
        for stored in &found {
            until = until.max(stored.last_updated);
            let tree = stored.body.as_deref().and_then(|body| Tree::parse(body).ok());
            let appointment = tree.as_ref().and_then(|tree| Appointment::of(tree.root()));
            let Some(appointment) = appointment else { continue };
            let of = appointment.actor("HealthcareService");
            let Some((receiver, _)) =
                served.iter().find(|(_, service)| Some(service.as_str()) == of)
            else {
                continue;
            };
            self.note_one(&appointment, &stored.version.to_string(), receiver).await?;
        }
        let is_new = kept.is_none() || until > since.as_microsecond();
        if is_new {
            let change = KeptChange {
                kind: KIND.into(),
                key: LOOKED.into(),
                expected: KeptExpected::Any,
                becomes: Some((until.to_string().into_bytes().into(), NEVER)),
            };
            self.app.store.keep(vec![change]).await?;
        }
        Ok(())
    }

    async fn note_one(
        &self,
        appointment: &Appointment,
        version: &str,
        receiver: &BarsReceiver,
    ) -> Result<(), Failure> {
        let new = Delivery::new(&appointment.id, &receiver.title, self.now);
        let known = self.one::<Delivery>(&new.id).await?;
        if known.as_ref().is_some_and(|known| known.value.version == version) {
            return Ok(());
        }
        let expected = known.as_ref().map(|known| known.version);
        let changed = Delivery {
            patient: appointment.actor("Patient").map(str::to_owned),
            state: State::Waiting,
            note: String::new(),
            version: version.to_owned(),
            attempts: 0,
            next: self.now,
            ..known.map_or(new, |known| known.value)
        };
        let change = self.change(&changed, expected, None)?;
        self.commit_unnoted(vec![change]).await?;
        Ok(())
    }

    /// Tries to pass a booking on, and says in the delivery what came of it.
    async fn try_delivery(
        &self,
        served: &Served<'_>,
        delivery: &mut Delivery,
    ) -> Result<(), Failure> {
        let Some(appointment) = self.at::<Appointment>(&delivery.appointment).await? else {
            end(delivery, State::Failed, "the appointment cannot be read");
            return Ok(());
        };
        let of = appointment.value.actor("HealthcareService").map(str::to_owned);
        let Some((receiver, _)) = served.iter().find(|(_, service)| Some(service) == of.as_ref())
        else {
            end(delivery, State::Failed, "no receiver is set up for this service any more");
            return Ok(());
        };
        delivery.version = appointment.version.to_string();
        let Some(reason) = reason_for(&appointment.value, delivery.agreed) else {
            end(delivery, State::Done, "there is nothing to pass on");
            return Ok(());
        };
        if appointment.value.start.is_some_and(|start| start <= self.now) {
            end(delivery, State::Failed, "it was not passed on before the appointment began");
            return Ok(());
        }
        let Some(body) = self.message(receiver, &appointment, reason).await? else {
            end(delivery, State::Failed, "its slots or their session cannot be read");
            return Ok(());
        };
        let headers = headers(receiver, &appointment);
        let said = receiver.way.post(headers, body).await;
        self.take_answer(delivery, reason, said);
        Ok(())
    }

    async fn message(
        &self,
        receiver: &BarsReceiver,
        appointment: &Read<Appointment>,
        reason: Reason,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let value = &appointment.value;
        let slots = self.slots_of(&value.slots).await?;
        let Some(service) = self.service_of_target(&receiver.service).await? else {
            return Ok(None);
        };
        let Some(first) = slots.first() else { return Ok(None) };
        let Some(session) = self.at::<Session>(&first.value.schedule).await? else {
            return Ok(None);
        };
        let mut others: Vec<Tree> = Vec::new();
        for kind in ["Patient", "Practitioner", "Location"] {
            if let Some(reference) = value.actor(kind) {
                others.extend(self.tree_at(reference).await?);
            }
        }
        let others: Vec<Value<'_>> = others.iter().map(Tree::root).collect();
        let to = Party {
            name: receiver.title.clone(),
            ods_code: receiver.ods_code.clone(),
            endpoint: receiver.service.clone(),
        };
        let slots: Vec<_> = slots.into_iter().map(|slot| slot.value).collect();
        let bundle = bars::request(&Message {
            header_id: &message_id(appointment),
            now: self.now,
            reason,
            sender: &receiver.own,
            receiver: &to,
            appointment: value,
            slots: &slots,
            session: &session.value,
            service: &service.value,
            others: &others,
        });
        Ok(Some(bundle.to_compact()))
    }

    fn take_answer(
        &self,
        delivery: &mut Delivery,
        reason: Reason,
        said: Result<(u16, Vec<u8>), String>,
    ) {
        delivery.attempts += 1;
        let (status, body) = match said {
            Ok(said) => said,
            Err(words) => return self.later(delivery, &words),
        };
        let tree = Tree::parse(&body).ok();
        let is_known = || {
            let issue = tree.as_ref().and_then(|tree| tree.root().at("issue[0].code"));
            status == 409 && issue.and_then(Value::as_str) == Some("duplicate")
        };
        match status {
            200 | 201 => match tree.as_ref().map(|tree| bars::response(tree.root())) {
                Some(Ok(answer)) if answer.is_ok => {
                    delivery.agreed = Some(reason);
                    delivery.theirs = answer.appointment_id.or(delivery.theirs.take());
                    end(delivery, State::Done, "");
                }
                Some(Ok(_)) => end(delivery, State::Failed, "the other system refused it"),
                _ => self.later(delivery, "the answer is no BaRS response"),
            },
            // At least once: what it has seen before counts as said yes to.
            _ if is_known() => {
                delivery.agreed = Some(reason);
                end(delivery, State::Done, "");
            }
            400..=499 if !matches!(status, 401 | 403 | 408 | 425 | 429) => {
                let said = tree.as_ref().and_then(|tree| tree.root().at("issue[0].diagnostics"));
                let said = said.and_then(Value::as_str).unwrap_or("no reason given");
                let said: String = said.chars().take(SAID_MAX).collect();
                end(delivery, State::Failed, &format!("refused with {status}: {said}"));
            }
            _ => self.later(delivery, &format!("answered with {status}")),
        }
    }

    /// Puts off the next try.
    fn later(&self, delivery: &mut Delivery, why: &str) {
        let doublings = delivery.attempts.saturating_sub(1).min(16);
        let pause = (PAUSE_FIRST << doublings).min(PAUSE_MAX);
        delivery.next = self.now.checked_add(SignedDuration::from_secs(pause)).unwrap_or(self.now);
        let why: String = why.chars().take(SAID_MAX).collect();
        delivery.note = format!("tried {} times; the last time: {why}", delivery.attempts);
    }
}

/// What the other system is to be told, by what it has said yes to.
fn reason_for(appointment: &Appointment, agreed: Option<Reason>) -> Option<Reason> {
    let is_known = matches!(agreed, Some(Reason::New | Reason::Update));
    match appointment.status {
        AppointmentStatus::Booked | AppointmentStatus::Pending if is_known => Some(Reason::Update),
        AppointmentStatus::Booked | AppointmentStatus::Pending => Some(Reason::New),
        AppointmentStatus::Cancelled | AppointmentStatus::EnteredInError if is_known => {
            Some(Reason::Delete)
        }
        _ => None,
    }
}

fn end(delivery: &mut Delivery, state: State, note: &str) {
    delivery.state = state;
    note.clone_into(&mut delivery.note);
}

fn message_id(appointment: &Read<Appointment>) -> String {
    bars::message_id(&appointment.value.id, &appointment.version.to_string())
}

fn headers(
    receiver: &BarsReceiver,
    appointment: &Read<Appointment>,
) -> Vec<(&'static str, String)> {
    let id = message_id(appointment);
    vec![
        ("NHSD-Target-Identifier", receiver.service.encode()),
        ("X-Request-Id", id.clone()),
        ("X-Correlation-Id", id),
    ]
}
