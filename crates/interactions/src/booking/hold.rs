//! Keeping a time for somebody while they decide: for minutes, longer once, one choice at a time.
//!
//! The slot says that it is held and by whose digest; which slots a person holds is also a small record
//! of its own, so that their next choice lets the last one go, and so that nobody keeps a practice's
//! book shut by choosing again and again.

use ::booking::desk::{self, Refusal};
use ::booking::model::{ReasonRule, Slot};
use ::booking::visibility::Opening;
use fhir::{ResourceId, VersionId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Change, KeptChange, KeptExpected};

use super::Answer;
use super::book::{Act, Book, Place, Read, too_busy};
use super::openings::{OpenSlot, open_slot};
use super::seeker::{Booker, Seeker};
use super::views::actors_of;
use crate::app::App;
use crate::failure::Failure;

/// The kind of the small record.
const HOLD: &str = "booking-hold";
/// Choices of one person within [`WINDOW`] at the most.
const CHOICES_MAX: usize = 20;
/// Microseconds over which choices are counted.
const WINDOW: i64 = 10 * 60 * 1_000_000;
/// Slots of one choice at the most, whatever a practice's rule says.
pub(super) const SLOTS_MAX: usize = 12;

/// Slots that are kept for somebody.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldSlots {
    /// The slots in order.
    pub slots: Vec<OpenSlot>,
    /// First moment at which they are no longer kept.
    pub until: Timestamp,
    /// Whether the time was made longer already.
    pub is_extended: bool,
    /// Whether the person is asked why they come.
    pub reason_rule: ReasonRule,
    /// Longest reason.
    pub reason_length_max: u16,
}

/// What is remembered of a person's choices.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Choices {
    /// Ids of the slots that they hold.
    slots: Vec<String>,
    /// The secret of the hold.
    token: String,
    /// When they chose: microseconds since 1970.
    at: Vec<i64>,
}

impl App {
    /// Keeps slots for somebody while they decide; what they kept before is let go.
    pub async fn hold_slot(&self, booker: &Booker, slots: &[ResourceId]) -> Answer<HeldSlots> {
        self.has_feature_for(booker, "booking").await?;
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let places = match book.places_for(&seeker, slots).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let patient = seeker.patient(&places[0].service.value);
            if let Some(held) = book.hold(&seeker, &places, &patient).await? {
                return Ok(held);
            }
        }
        Err(too_busy())
    }

    /// The slots that somebody keeps, as long as they keep them.
    pub async fn held_slot(&self, booker: &Booker, slots: &[ResourceId]) -> Answer<HeldSlots> {
        let book = Book::open(self);
        let seeker = book.seeker(booker).await?;
        let places = match book.places_for(&seeker, slots).await? {
            Ok(places) => places,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let service = &places[0].service.value;
        if !book.holds(&places, &seeker.patient(service)).await? {
            return Ok(Err(Refusal::hold_lost(service)));
        }
        let values: Vec<Slot> = places.iter().map(|place| place.slot.value.clone()).collect();
        Ok(Ok(book.held(&places, &values).await?))
    }

    /// The kind of appointment that a slot is of, for what to look at instead; nobody's secret.
    pub async fn service_of_slot(&self, slot: &ResourceId) -> Result<Option<ResourceId>, Failure> {
        let places = Book::open(self).places(std::slice::from_ref(slot)).await?;
        Ok(places.first().and_then(|place| ResourceId::parse(&place.service.value.id)))
    }

    /// Makes the time to decide longer, once.
    pub async fn extend_hold(&self, booker: &Booker, slots: &[ResourceId]) -> Answer<HeldSlots> {
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let places = match book.places_for(&seeker, slots).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let patient = seeker.patient(&places[0].service.value);
            let choices = book.choices(&patient).await?;
            let openings: Vec<Opening<'_>> = places.iter().map(Place::opening).collect();
            let changed = match desk::extend(&openings, &choices.token, book.now) {
                Ok(changed) => changed,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let act = act("kept a time for longer", &patient);
            let changes = book.slot_changes(&changed, &read_of(&places))?;
            if book.commit(&act, changes).await? {
                return Ok(Ok(book.held(&places, &changed).await?));
            }
        }
        Err(too_busy())
    }

    /// Lets go what somebody kept.
    pub async fn let_go(&self, booker: &Booker) -> Result<(), Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let mut changes = Vec::new();
            for patient in seeker.patients() {
                let choices = book.choices(&patient).await?;
                let held = book.held_before(&choices).await?;
                let slots: Vec<Slot> = held.iter().map(|slot| slot.value.clone()).collect();
                let freed = desk::let_go(&slots, &choices.token, book.now);
                changes.extend(book.slot_changes(&freed, &held)?);
            }
            let patients = seeker.patients();
            let act = Act { patients: &patients, ..act("let a time go", &patients[0]) };
            if book.commit(&act, changes).await? {
                return Ok(());
            }
        }
        Err(too_busy())
    }
}

impl Book<'_> {
    /// The slots that somebody names, with what belongs to them; the refusal where one is not there, or
    /// is of a practice that is not theirs to ask.
    pub(super) async fn places_for(
        &self,
        seeker: &Seeker,
        slots: &[ResourceId],
    ) -> Result<Result<Vec<Place>, Refusal>, Failure> {
        if slots.is_empty() || slots.len() > SLOTS_MAX {
            return Ok(Err(Refusal::no_such_time()));
        }
        if seeker.has_died() {
            return Ok(Err(Refusal::has_died()));
        }
        let places = self.places(slots).await?;
        let is_theirs = |place: &Place| seeker.service(&place.service.value.id).is_some();
        if places.len() != slots.len() || !places.iter().all(is_theirs) {
            return Ok(Err(Refusal::no_such_time()));
        }
        Ok(Ok(places))
    }

    /// One try at keeping slots; none where somebody came between.
    async fn hold(
        &self,
        seeker: &Seeker,
        places: &[Place],
        patient: &ResourceId,
    ) -> Result<Option<Result<HeldSlots, Refusal>>, Failure> {
        let service = &places[0].service.value;
        let mut choices = self.choices(patient).await?;
        let now = self.now.as_microsecond();
        choices.at.retain(|at| *at > now - WINDOW);
        if choices.at.len() >= CHOICES_MAX && seeker.queues() {
            return Ok(Some(Err(Refusal::too_many_choices(service))));
        }
        if let Some(refusal) = self.turn(seeker, places, patient).await? {
            return Ok(Some(Err(refusal)));
        }
        let held = self.held_before(&choices).await?;
        let others: Vec<Slot> = held.iter().map(|slot| slot.value.clone()).collect();
        let openings: Vec<Opening<'_>> = places.iter().map(Place::opening).collect();
        let token = self.app.ids.secret().to_string();
        let asker = seeker.asker(service);
        let changed = match desk::hold(&openings, &asker, &token, &others, self.now) {
            Ok(changed) => changed,
            Err(refusal) => return Ok(Some(Err(refusal))),
        };
        let mut read = read_of(places);
        read.extend(held);
        let changes = self.slot_changes(&changed, &read)?;
        if !self.commit(&act("kept a time to decide", patient), changes).await? {
            return Ok(None);
        }
        choices.at.push(now);
        choices.token = token;
        choices.slots = places.iter().map(|place| place.slot.value.id.clone()).collect();
        self.remember(patient, &choices).await?;
        Ok(Some(Ok(self.held(places, &changed).await?)))
    }

    async fn held(&self, places: &[Place], changed: &[Slot]) -> Result<HeldSlots, Failure> {
        let names = self.names(actors_of(places)).await?;
        let of = |place: &Place| changed.iter().find(|slot| slot.id == place.slot.value.id);
        let hold = places.iter().find_map(|place| of(place)?.hold.as_ref());
        let policy = places.first().map(|place| &place.service.value.policy);
        Ok(HeldSlots {
            slots: places.iter().filter_map(|place| open_slot(place, &names)).collect(),
            until: hold.map_or(self.now, |hold| hold.until),
            is_extended: hold.is_some_and(|hold| hold.is_extended),
            reason_rule: policy.map_or(ReasonRule::NotAsked, |policy| policy.reason),
            reason_length_max: policy.map_or(0, |policy| policy.reason_length_max),
        })
    }

    /// Whether somebody keeps these slots already, by their own choice.
    pub(super) async fn holds(
        &self,
        places: &[Place],
        patient: &ResourceId,
    ) -> Result<bool, Failure> {
        let token = self.choices(patient).await?.token;
        let is_held = |place: &Place| desk::is_held_with(&place.slot.value, &token, self.now);
        Ok(!token.is_empty() && places.iter().all(is_held))
    }

    async fn choices(&self, patient: &ResourceId) -> Result<Choices, Failure> {
        let kept = self.app.store.kept(HOLD, patient.as_str()).await?;
        // What cannot be read is forgotten: the slots' own holds end by themselves.
        let read = kept.and_then(|kept| serde_json::from_slice(&kept.value).ok());
        Ok(read.unwrap_or_default())
    }

    async fn remember(&self, patient: &ResourceId, choices: &Choices) -> Result<(), Failure> {
        let value = serde_json::to_vec(choices).unwrap_or_default();
        let expires = self.now.as_microsecond() + 6 * WINDOW;
        let change = KeptChange {
            kind: HOLD.into(),
            key: patient.as_str().into(),
            expected: KeptExpected::Any,
            becomes: Some((value.into(), expires)),
        };
        self.app.store.keep(vec![change]).await?;
        Ok(())
    }

    async fn held_before(&self, choices: &Choices) -> Result<Vec<Read<Slot>>, Failure> {
        let ids: Vec<ResourceId> =
            choices.slots.iter().filter_map(|id| ResourceId::parse(id)).collect();
        Ok(self.many::<Slot>(&ids).await?.into_iter().flatten().collect())
    }

    /// The changes that write slots of which versions were read.
    pub(super) fn slot_changes(
        &self,
        changed: &[Slot],
        read: &[Read<Slot>],
    ) -> Result<Vec<Change>, Failure> {
        let version = |slot: &Slot| -> Option<VersionId> {
            read.iter().find(|read| read.value.id == slot.id).map(|read| read.version)
        };
        changed.iter().map(|slot| self.change(slot, version(slot), None)).collect()
    }
}

/// The slots of places as they were read.
pub(super) fn read_of(places: &[Place]) -> Vec<Read<Slot>> {
    places.iter().map(|place| place.slot.clone()).collect()
}

fn act<'a>(words: &'a str, patient: &'a ResourceId) -> Act<'a> {
    Act { interaction: "update", action: 'U', words, patients: std::slice::from_ref(patient) }
}
