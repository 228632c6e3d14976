//! What a practice sees of its book: a day, and for any slot who can see it and why not.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ::booking::model::{Appointment, Mode, ReservedFor, Session, Slot, SlotStatus, reference_id};
use ::booking::visibility::{Asker, Consumer, Explanation, Offering, Person, decide};
use ::booking::zone;
use access::Duty;
use fhir::{IssueCode, ResourceId, Tree};
use jiff::Timestamp;
use jiff::civil::Date;

use super::bars::{Delivery, State};
use super::book::{Book, Place, Read};
use super::openings::{SLOTS_MAX, kinds};
use super::seeker::{Booker, patient_of};
use super::views::{actors_of, called};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::patient_key;
use crate::record::PeopleQuery;

/// A day of a practice.
#[derive(Clone, Debug, PartialEq)]
pub struct DayBook {
    /// The day.
    pub date: Date,
    /// Its sessions, by when they begin.
    pub sessions: Vec<DaySession>,
}

/// A session of a day.
#[derive(Clone, Debug, PartialEq)]
pub struct DaySession {
    /// The Schedule.
    pub id: ResourceId,
    /// What it is called.
    pub name: String,
    /// The kind of appointment.
    pub kind: String,
    /// Who sees people.
    pub clinician: Option<String>,
    /// Where.
    pub place: Option<String>,
    /// How people meet.
    pub mode: Option<Mode>,
    /// Whether it is published.
    pub is_published: bool,
    /// Its slots in order.
    pub slots: Vec<DaySlot>,
}

/// A slot of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct DaySlot {
    /// The slot.
    pub id: ResourceId,
    /// First moment.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// How it stands now; a hold that ran out counts as free.
    pub status: SlotStatus,
    /// Until when it is kept for somebody who decides, or to whom it is offered.
    pub held_until: Option<Timestamp>,
    /// When it is released, where that is to come.
    pub release_at: Option<Timestamp>,
    /// For whom it is kept.
    pub kept_for: Option<ReservedFor>,
    /// Who is booked, as far as the one who asks may see them.
    pub booked: Option<DayBooking>,
}

/// Somebody who is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayBooking {
    /// The Appointment.
    pub appointment: ResourceId,
    /// The Patient.
    pub patient: ResourceId,
    /// Their name.
    pub name: String,
    /// Why they come, in their own words.
    pub reason: Option<String>,
    /// Where another system keeps the book and has not said yes: which, whether it is tried again, and
    /// what stands in the way.
    pub not_passed_on: Option<NotPassedOn>,
}

/// A booking that the system which keeps the book has not said yes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPassedOn {
    /// That system.
    pub receiver: String,
    /// Whether it is tried again.
    pub is_tried: bool,
    /// What stands in the way; empty before the first try.
    pub why: String,
}

/// For one slot: every kind of asker, with every rule and its outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct SlotExplanation {
    /// The slot.
    pub slot: DaySlot,
    /// The session's name.
    pub session: String,
    /// The kind of appointment.
    pub kind: String,
    /// Each asker with what is decided: in words, and whether it is shown and can be booked.
    pub askers: Vec<AskerExplanation>,
}

/// What is decided for one asker.
#[derive(Clone, Debug, PartialEq)]
pub struct AskerExplanation {
    /// Who.
    pub who: String,
    /// Whether it is shown to them.
    pub is_seen: bool,
    /// Whether they can book it now.
    pub is_bookable: bool,
    /// The rules, those that stand in the way first.
    pub explanation: Explanation,
    /// What the person themselves reads: headline and why.
    pub told: Option<(String, String)>,
}

impl App {
    /// A day of the practice that a member of staff works for.
    pub async fn practice_day(&self, date: Date) -> Result<DayBook, Failure> {
        self.on_duty(Duty::Bookings)?;
        let book = Book::open(self);
        let services = book.services_of_staff().await?;
        let services: Vec<String> = services.iter().map(|s| s.value.reference()).collect();
        let ends = date.tomorrow().ok().and_then(zone::day_start);
        let (Some(from), Some(to)) = (zone::day_start(date), ends) else {
            return Ok(DayBook { date, sessions: Vec::new() });
        };
        let places = book.slots_between(&services, (from, to), "", SLOTS_MAX).await?;
        let booked = book.booked_between(&services, (from, to)).await?;
        let names = book.names(actors_of(&places)).await?;
        let mut sessions: BTreeMap<(Timestamp, String), DaySession> = BTreeMap::new();
        let mut first: HashMap<String, Timestamp> = HashMap::new();
        for place in &places {
            let begins = *first.entry(place.session.id.clone()).or_insert(place.slot.value.start);
            let Some(slot) =
                day_slot(&place.slot.value, booked.get(&place.slot.value.reference()), book.now)
            else {
                continue;
            };
            let Some(id) = ResourceId::parse(&place.session.id) else { continue };
            let name = |of: &Option<String>| Some(names.get(of.as_deref()?)?.words.clone());
            let session = sessions.entry((begins, place.session.id.clone()));
            let session = session.or_insert_with(|| DaySession {
                id,
                name: session_name(&place.session, place),
                kind: place.service.value.name.clone(),
                clinician: name(&place.session.practitioner),
                place: name(&place.session.location),
                mode: place.session.mode,
                is_published: place.session.is_published,
                slots: Vec::new(),
            });
            session.slots.push(slot);
        }
        Ok(DayBook { date, sessions: sessions.into_values().collect() })
    }

    /// For a slot of the practice: who can see and book it, and why not. With a Patient, also for them.
    pub async fn explain_slot(
        &self,
        slot: &ResourceId,
        patient: Option<&ResourceId>,
    ) -> Result<SlotExplanation, Failure> {
        self.on_duty(Duty::Bookings)?;
        let book = Book::open(self);
        let services = book.services_of_staff().await?;
        let places = book.places(std::slice::from_ref(slot)).await?;
        let is_ours = |p: &&Place| services.iter().any(|s| s.value.id == p.service.value.id);
        let not_found = || {
            let message = "there is no such slot in the book of this practice";
            Failure::plain(Category::NotFound, IssueCode::NotFound, message)
        };
        let place = places.iter().find(is_ours).ok_or_else(not_found)?;
        let mut askers = Vec::new();
        if let Some(patient) = patient {
            let seeker = book.seeker(&Booker::Desk(patient.clone())).await?;
            let name = book.name_of(patient).await?;
            if let Some(person) = seeker.asker(&place.service.value).person().cloned() {
                let asker = Asker::Patient(person.clone());
                askers.push(explained(place, &asker, format!("{name}, in the app"), book.now));
                let asker = Asker::PhoneDesk(Some(person));
                askers.push(explained(place, &asker, format!("{name}, by phone"), book.now));
            }
        }
        let anybody = Person { is_registered: true, ..Person::default() };
        let consumer =
            Consumer { organisation_type: Some("urgent-care".to_owned()), ..Consumer::default() };
        for asker in [
            Asker::Patient(anybody.clone()),
            Asker::Proxy { person: anybody, may_book: true },
            Asker::PhoneDesk(None),
            Asker::Nhs111(None),
            Asker::GpConnect(consumer),
            Asker::Staff,
        ] {
            askers.push(explained(place, &asker, asker.words(), book.now));
        }
        let slot = day_slot(&place.slot.value, None, book.now).ok_or_else(not_found)?;
        Ok(SlotExplanation {
            slot,
            session: session_name(&place.session, place),
            kind: place.service.value.name.clone(),
            askers,
        })
    }

    /// The Patient with an NHS number, as the practice would book them: its own record of the person where
    /// it has one. The name comes with it.
    pub async fn desk_patient(
        &self,
        nhs_number: &str,
    ) -> Result<Option<(ResourceId, String)>, Failure> {
        self.on_duty(Duty::Bookings)?;
        let found = self.find_people(&PeopleQuery::NhsNumber(nhs_number.to_owned())).await?;
        let [person] = found.people.as_slice() else { return Ok(None) };
        let book = Book::open(self);
        let services = book.services_of_staff().await?;
        let mut best = None;
        for identity in &person.identities {
            let patient = &identity.source.key.id;
            let Some(seeker) = book.seeker_of(patient, &services).await? else { continue };
            let is_here = services.iter().any(|service| {
                seeker.asker(&service.value).person().is_some_and(|person| person.is_registered)
            });
            if is_here || best.is_none() {
                best = Some(patient.clone());
            }
            if is_here {
                break;
            }
        }
        match best {
            Some(patient) => {
                let name = book.name_of(&patient).await?;
                Ok(Some((patient, name)))
            }
            None => Ok(None),
        }
    }

    /// What the practice offers online and what it does not, as its patients read it.
    pub async fn practice_offers(&self) -> Result<Vec<(ResourceId, Offering)>, Failure> {
        self.on_duty(Duty::Bookings)?;
        Ok(kinds(&Book::open(self).services_of_staff().await?))
    }
}

impl Book<'_> {
    /// Who is booked on which slot, as far as the caller may see; it is noted as a look.
    async fn booked_between(
        &self,
        services: &[String],
        (from, to): (Timestamp, Timestamp),
    ) -> Result<HashMap<String, DayBooking>, Failure> {
        if services.is_empty() {
            return Ok(HashMap::new());
        }
        let query = [
            ("actor", services.join(",")),
            ("date", format!("ge{from}")),
            ("date", format!("lt{to}")),
            ("status", "booked,pending,arrived,checked-in,fulfilled,noshow".to_owned()),
        ];
        let found = self.find_as_caller::<Appointment>(&query, SLOTS_MAX).await?;
        let patients: BTreeSet<ResourceId> = found
            .iter()
            .filter_map(|read| read.value.actor("Patient").and_then(patient_of))
            .collect();
        let patients: Vec<ResourceId> = patients.into_iter().collect();
        let keys: Vec<_> = patients.iter().map(patient_key).collect();
        let stored = self.caller.store.read_many(&keys).await?;
        let names: HashMap<&ResourceId, String> = patients
            .iter()
            .zip(&stored)
            .filter_map(|(id, stored)| {
                let tree = Tree::parse(stored.as_ref()?.body.as_deref()?).ok()?;
                Some((id, called(tree.root())))
            })
            .collect();
        let mut deliveries = self.not_passed_on(&found).await?;
        let mut booked = HashMap::new();
        for Read { value, .. } in &found {
            let patient = value.actor("Patient").and_then(patient_of);
            let (Some(patient), Some(appointment)) = (patient, ResourceId::parse(&value.id)) else {
                continue;
            };
            let name = names.get(&patient).cloned().unwrap_or_else(|| "Somebody".to_owned());
            let booking = DayBooking {
                appointment,
                patient,
                name,
                reason: value.reason.clone(),
                not_passed_on: deliveries.remove(&value.reference()),
            };
            for slot in &value.slots {
                if reference_id(slot, "Slot").is_some() {
                    booked.insert(slot.clone(), booking.clone());
                }
            }
        }
        Ok(booked)
    }

    /// What was not passed on, by reference of the Appointment.
    async fn not_passed_on(
        &self,
        found: &[Read<Appointment>],
    ) -> Result<HashMap<String, NotPassedOn>, Failure> {
        let id = |read: &Read<Appointment>| {
            ResourceId::parse(&::booking::bars::delivery_id(&read.value.id))
        };
        let ids: Vec<ResourceId> = found.iter().filter_map(id).collect();
        let deliveries = self.many::<Delivery>(&ids).await?.into_iter().flatten();
        let open = deliveries.filter(|delivery| delivery.value.state != State::Done);
        let told = open.map(|Read { value, .. }| {
            let is_tried = value.state == State::Waiting;
            let told = NotPassedOn { receiver: value.receiver, is_tried, why: value.note };
            (value.appointment, told)
        });
        Ok(told.collect())
    }

    /// What a Patient is called, as far as the caller may see.
    async fn name_of(&self, patient: &ResourceId) -> Result<String, Failure> {
        let stored = self.caller.read(&patient_key(patient)).await?;
        let tree = stored.body.as_deref().and_then(|body| Tree::parse(body).ok());
        Ok(tree.map_or_else(|| "this person".to_owned(), |tree| called(tree.root())))
    }
}

fn session_name(session: &Session, place: &Place) -> String {
    let own = session.category.as_ref().and_then(|category| category.words());
    own.unwrap_or(&place.service.value.name).to_owned()
}

fn day_slot(slot: &Slot, booked: Option<&DayBooking>, now: Timestamp) -> Option<DaySlot> {
    let is_free = slot.is_free_at(now);
    Some(DaySlot {
        id: ResourceId::parse(&slot.id)?,
        start: slot.start,
        end: slot.end,
        status: if is_free { SlotStatus::Free } else { slot.status },
        held_until: slot.hold.as_ref().filter(|_| !is_free).map(|hold| hold.until),
        release_at: slot.release_at.filter(|at| *at > now),
        kept_for: slot.reserve.map(|reserve| reserve.kept_for),
        booked: booked.cloned(),
    })
}

fn explained(place: &Place, asker: &Asker, who: String, now: Timestamp) -> AskerExplanation {
    let opening = place.opening();
    let decision = decide(&opening, asker, now);
    let told = decision.kind_words(&opening).map(|words| (words.headline, words.why));
    AskerExplanation {
        who,
        is_seen: decision.is_seen(),
        is_bookable: decision.is_bookable(),
        explanation: decision.explain(&opening, asker),
        told: told.filter(|_| matches!(asker, Asker::Patient(_) | Asker::Proxy { .. })),
    }
}
