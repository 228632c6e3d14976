//! The queue for slots that are released at a moment: places by lot, a turn for everybody.
//!
//! For each moment of a practice there is a queue: it opens a while before, its lot is drawn at the
//! moment, and for a while after it the slots of that moment are booked in turns by those in the app. With
//! no crowd everybody has their turn at once and notices nothing. Who was not in it is put in it by
//! choosing a time. The queue is kept as a small record; its rules are `booking::release`'s, its proof is in
//! `docs/booking.md`.

use ::booking::desk::Refusal;
use ::booking::model::SlotStatus;
use ::booking::release::{Queue, QueueRules, Standing, commitment};
use ::booking::zone;
use fhir::{ResourceId, Tree};
use jiff::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use store::{KeptChange, KeptExpected};

use super::Answer;
use super::book::{Book, Place};
use super::openings::SLOTS_MAX;
use super::seeker::{Booker, Seeker};
use crate::app::App;
use crate::failure::Failure;

/// The kind of the small record.
const QUEUE: &str = "booking-queue";
/// Minutes before the moment at which people can first join.
const OPENS_BEFORE: i64 = 15;
/// Minutes after the moment for which slots of it are booked in turns.
const LASTS: i64 = 30;
/// People who choose at the same time.
const TURNS_AT_ONCE: usize = 20;
/// Minutes of a turn.
const TURN_MINUTES: u16 = 5;
/// People in one queue.
const PEOPLE_MAX: usize = 5_000;
/// Days ahead in which the slots of a moment lie.
const DAYS_AHEAD: i64 = 370;

/// Where a person stands in a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueView {
    /// The moment of release.
    pub release: Timestamp,
    /// When people can join.
    pub opens: Timestamp,
    /// When the queue is over and the slots are open to everybody.
    pub closes: Timestamp,
    /// Where the person stands.
    pub standing: Standing,
    /// How many have joined.
    pub people: usize,
    /// What was told of the lot before it was drawn.
    pub commitment: String,
    /// The seed in hexadecimal digits, told once the lot is drawn: with it anybody can draw it again.
    pub seed: Option<String>,
}

/// The record as kept.
#[derive(Serialize, Deserialize)]
struct KeptQueue {
    seed: String,
    queue: String,
}

impl App {
    /// Joins the queue for what a kind of appointment's practice releases at a moment, or tells again
    /// where the person stands in it.
    pub async fn join_queue(
        &self,
        booker: &Booker,
        service: &ResourceId,
        release: Timestamp,
    ) -> Answer<QueueView> {
        self.has_feature_for(booker, "booking").await?;
        let book = Book::open(self);
        let seeker = book.seeker(booker).await?;
        let Some(service) = seeker.service(service.as_str()) else {
            return Ok(Err(Refusal::no_such_time()));
        };
        let Some(practice) = service.value.provided_by.clone() else {
            return Ok(Err(Refusal::no_such_time()));
        };
        let patient = seeker.patient(&service.value);
        let _queues = self.booking.of_queues().await;
        if book.queue(&practice, release).await?.is_none()
            && !book.is_moment(&seeker, &practice, release).await?
        {
            return Ok(Err(Refusal::no_such_time()));
        }
        let joined = book.step(&practice, release, &patient, Step::Join).await?;
        Ok(joined.ok_or_else(|| Refusal::not_your_turn(&service.value)))
    }

    /// Where the person stands in a queue; none where there is no such queue. Looking keeps no place: one
    /// who only leaves a page open loses their turn as one who is not there.
    pub async fn queue_standing(
        &self,
        booker: &Booker,
        service: &ResourceId,
        release: Timestamp,
    ) -> Result<Option<QueueView>, Failure> {
        let book = Book::open(self);
        let seeker = book.seeker(booker).await?;
        let Some(service) = seeker.service(service.as_str()) else { return Ok(None) };
        let Some(practice) = service.value.provided_by.clone() else { return Ok(None) };
        let patient = seeker.patient(&service.value);
        let _queues = self.booking.of_queues().await;
        if book.queue(&practice, release).await?.is_none() {
            return Ok(None);
        }
        book.step(&practice, release, &patient, Step::Look).await
    }

    /// The kind of appointment and the moment for whose queue a slot is booked in turns now.
    pub async fn queue_of_slot(
        &self,
        booker: &Booker,
        slot: &ResourceId,
    ) -> Result<Option<(ResourceId, Timestamp)>, Failure> {
        let book = Book::open(self);
        let seeker = book.seeker(booker).await?;
        let Ok(places) = book.places_for(&seeker, std::slice::from_ref(slot)).await? else {
            return Ok(None);
        };
        let found = book.in_turns(&places).next();
        Ok(found.and_then(|(_, release, place)| {
            Some((ResourceId::parse(&place.service.value.id)?, release))
        }))
    }

    /// Leaves a queue: the next one's turn comes.
    pub async fn leave_queue(
        &self,
        booker: &Booker,
        service: &ResourceId,
        release: Timestamp,
    ) -> Result<(), Failure> {
        let book = Book::open(self);
        let seeker = book.seeker(booker).await?;
        let Some(service) = seeker.service(service.as_str()) else { return Ok(()) };
        let Some(practice) = service.value.provided_by.clone() else { return Ok(()) };
        let patient = seeker.patient(&service.value);
        let _queues = self.booking.of_queues().await;
        if book.queue(&practice, release).await?.is_some() {
            book.step(&practice, release, &patient, Step::Leave).await?;
        }
        Ok(())
    }
}

/// What a person does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Join,
    Look,
    Leave,
}

impl Book<'_> {
    /// The refusal where a slot is booked in turns now and it is not the person's turn.
    pub(super) async fn turn(
        &self,
        seeker: &Seeker,
        places: &[Place],
        patient: &ResourceId,
    ) -> Result<Option<Refusal>, Failure> {
        if !seeker.queues() {
            return Ok(None);
        }
        for (practice, release, place) in self.in_turns(places) {
            let _queues = self.caller.booking.of_queues().await;
            let view = self.step(practice, release, patient, Step::Join).await?;
            let has_turn = view.is_some_and(|view| matches!(view.standing, Standing::Turn { .. }));
            if !has_turn {
                return Ok(Some(Refusal::not_your_turn(&place.service.value)));
            }
        }
        Ok(None)
    }

    /// A person has booked: the next one's turn comes.
    pub(super) async fn turn_is_over(
        &self,
        places: &[Place],
        patient: &ResourceId,
    ) -> Result<(), Failure> {
        for (practice, release, _) in self.in_turns(places) {
            let _queues = self.caller.booking.of_queues().await;
            if self.queue(practice, release).await?.is_some() {
                self.step(practice, release, patient, Step::Leave).await?;
            }
        }
        Ok(())
    }

    /// The slots that are booked in turns now.
    fn in_turns<'p>(
        &self,
        places: &'p [Place],
    ) -> impl Iterator<Item = (&'p str, Timestamp, &'p Place)> {
        let now = self.now;
        places.iter().filter_map(move |place| {
            let release = place.slot.value.release_at?;
            let is_on = release <= now && now < zone::plus_minutes(release, LASTS);
            let practice = place.service.value.provided_by.as_deref()?;
            is_on.then_some((practice, release, place))
        })
    }

    /// Whether the practice releases slots at a moment whose queue is open now.
    async fn is_moment(
        &self,
        seeker: &Seeker,
        practice: &str,
        release: Timestamp,
    ) -> Result<bool, Failure> {
        let opens = zone::plus_minutes(release, -OPENS_BEFORE);
        if self.now < opens || self.now >= zone::plus_minutes(release, LASTS) {
            return Ok(false);
        }
        let here =
            seeker.services.iter().filter(|s| s.value.provided_by.as_deref() == Some(practice));
        let services: Vec<String> = here.map(|service| service.value.reference()).collect();
        let last = zone::day(release).checked_add(Span::new().days(DAYS_AHEAD));
        let last = last.ok().and_then(zone::day_start).unwrap_or(Timestamp::MAX);
        let free = SlotStatus::Free.as_str();
        let slots = self.slots_between(&services, (self.now, last), free, SLOTS_MAX).await?;
        Ok(slots.iter().any(|place| place.slot.value.release_at == Some(release)))
    }

    /// A queue as kept, with its seed.
    async fn queue(
        &self,
        practice: &str,
        release: Timestamp,
    ) -> Result<Option<(Queue, [u8; 32])>, Failure> {
        let kept = self.app.store.kept(QUEUE, &key(practice, release)).await?;
        Ok(kept.and_then(|kept| {
            let record: KeptQueue = serde_json::from_slice(&kept.value).ok()?;
            let tree = Tree::parse(record.queue.as_bytes()).ok()?;
            Some((Queue::read(tree.root())?, bytes(&record.seed)?))
        }))
    }

    /// One step of a person in a queue, which is made where it is not there; none where it is full. Only
    /// called while the queues are locked.
    async fn step(
        &self,
        practice: &str,
        release: Timestamp,
        patient: &ResourceId,
        step: Step,
    ) -> Result<Option<QueueView>, Failure> {
        let kept = self.queue(practice, release).await?;
        let is_new = kept.is_none();
        let (mut queue, seed) = kept.unwrap_or_else(|| {
            let secret = format!("{}{}", self.app.ids.secret(), self.app.ids.secret());
            let seed = Sha256::digest(secret.as_bytes()).into();
            (Queue::new(rules(practice, release)), seed)
        });
        let before = queue.clone();
        queue.draw(&seed, self.now);
        queue.advance(self.now);
        let person = patient.as_str();
        match step {
            Step::Join if queue.join(person, self.now).is_err() => return Ok(None),
            Step::Join => queue.draw(&seed, self.now),
            Step::Leave => drop(queue.leave(person, self.now)),
            Step::Look => {}
        }
        let standing = queue.standing(person);
        let is_drawn = self.now >= release;
        if is_new || queue != before {
            let record = KeptQueue {
                seed: identity::hex(&seed),
                queue: String::from_utf8(queue.to_element().to_compact()).unwrap_or_default(),
            };
            let value = serde_json::to_vec(&record).unwrap_or_default();
            let expires = zone::plus_minutes(release, LASTS + 24 * 60).as_microsecond();
            let change = KeptChange {
                kind: QUEUE.into(),
                key: key(practice, release).into(),
                expected: KeptExpected::Any,
                becomes: Some((value.into(), expires)),
            };
            self.app.store.keep(vec![change]).await?;
        }
        Ok(Some(QueueView {
            release,
            opens: zone::plus_minutes(release, -OPENS_BEFORE),
            closes: zone::plus_minutes(release, LASTS),
            standing,
            people: queue.len(),
            commitment: commitment(&seed, &key(practice, release)),
            seed: is_drawn.then(|| identity::hex(&seed)),
        }))
    }
}

fn rules(practice: &str, release: Timestamp) -> QueueRules {
    QueueRules {
        release: key(practice, release),
        opens: zone::plus_minutes(release, -OPENS_BEFORE),
        lot_closes: release,
        turns_at_once: TURNS_AT_ONCE,
        turn_minutes: TURN_MINUTES,
        people_max: PEOPLE_MAX,
    }
}

/// A queue's name, which is part of its lot.
fn key(practice: &str, release: Timestamp) -> String {
    format!("{practice}|{release}")
}

fn bytes(hex: &str) -> Option<[u8; 32]> {
    let pairs = hex.as_bytes().chunks(2);
    let bytes: Option<Vec<u8>> =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect();
    bytes?.try_into().ok()
}
