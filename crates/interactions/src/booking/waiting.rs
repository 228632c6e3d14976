//! The waiting list: joining, leaving, being offered what comes free, taking it or letting it pass on.
//!
//! A slot that comes free is offered in the same batch that frees it, so that it is never open to whoever
//! is quickest first. An offer whose time is over passes on with [`App::tidy_bookings`].

use ::booking::desk::{self, Refusal};
use ::booking::model::{Appointment, AppointmentStatus, Service, Slot, SlotStatus};
use ::booking::visibility::Asker;
use ::booking::waiting::{self, Accepting, OfferRules, Waiting, Wish};
use fhir::ResourceId;
use store::Change;

use super::Answer;
use super::book::{Act, Book, Place, Read, too_busy};
use super::booked::{BookedSlot, new};
use super::seeker::{Booker, SERVICES_MAX, Seeker, patient_of};
use super::views::AppointmentView;
use crate::app::App;
use crate::failure::Failure;

/// Places of one practice's lists that are looked at.
const PLACES_MAX: usize = 1_000;
/// People that are asked about for one slot.
const ASKED_MAX: usize = 50;
/// How often what ran out is looked for.
const TIDIED_EVERY: std::time::Duration = std::time::Duration::from_secs(30);
/// Held slots that are looked at in one go.
const HELD_MAX: usize = 1_000;

/// A wish to wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitRequest {
    /// The kind of appointment.
    pub service: ResourceId,
    /// What the person can take.
    pub wish: Wish,
    /// The form's own key.
    pub key: String,
}

/// What tidying did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Holds that ran out, freed.
    pub holds: usize,
    /// Offers that ran out, passed on.
    pub offers: usize,
}

/// The waiting lists of one practice.
struct Lists {
    /// Everybody's places.
    places: Vec<Read<Appointment>>,
    /// The practice's kinds of appointment.
    services: Vec<Read<Service>>,
}

impl App {
    /// Joins the waiting list of a kind of appointment.
    pub async fn join_waiting_list(
        &self,
        booker: &Booker,
        request: &WaitRequest,
    ) -> Answer<AppointmentView> {
        self.has_feature_for(booker, "waiting-list").await?;
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            if seeker.has_died() {
                return Ok(Err(Refusal::has_died()));
            }
            let service = seeker.service(request.service.as_str());
            let Some(service) = service.filter(|_| seeker.may_book()) else {
                return Ok(Err(Refusal::no_such_time()));
            };
            let patient = seeker.patient(&service.value);
            let standing = book.places_of(&patient).await?;
            let values: Vec<Appointment> = standing.iter().map(|r| r.value.clone()).collect();
            let (reference, wish) = (format!("Patient/{patient}"), request.wish.clone());
            let joined =
                waiting::join(&service.value, &reference, &request.key, wish, &values, book.now);
            let place = match joined {
                Ok(place) => place,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if let Some(known) = standing.iter().find(|known| known.value.id == place.id) {
                return Ok(Ok(book.view(known).await?));
            }
            let changes = vec![book.change(&place, None, service.source.as_deref())?];
            if book.commit(&act("joined a waiting list", 'C', &patient), changes).await? {
                return Ok(Ok(book.view(&new(place)).await?));
            }
        }
        Err(too_busy())
    }

    /// Leaves a waiting list; what is offered goes to the next.
    pub async fn leave_waiting_list(&self, booker: &Booker, place: &ResourceId) -> Answer<()> {
        self.end_wait(booker, place, true).await
    }

    /// Says no to an offer and stays on the list.
    pub async fn decline_offer(&self, booker: &Booker, place: &ResourceId) -> Answer<()> {
        self.end_wait(booker, place, false).await
    }

    async fn end_wait(&self, booker: &Booker, place: &ResourceId, leaves: bool) -> Answer<()> {
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let Some(place) = book.own_place(&seeker, place).await? else {
                return Ok(Err(Refusal::no_such_appointment()));
            };
            let Some(patient) = place.value.actor("Patient").and_then(patient_of) else {
                return Ok(Err(Refusal::no_such_appointment()));
            };
            let changes = book.passed_on(&place, leaves).await?;
            let words = if leaves { "left a waiting list" } else { "declined an offer" };
            if book.commit(&act(words, 'U', &patient), changes).await? {
                return Ok(Ok(()));
            }
        }
        Err(too_busy())
    }

    /// Books what is offered: the place on the list becomes the booking.
    pub async fn take_offer(
        &self,
        booker: &Booker,
        place: &ResourceId,
        key: &str,
        reason: Option<&str>,
    ) -> Answer<BookedSlot> {
        self.has_feature_for(booker, "waiting-list").await?;
        let _one_by_one = self.one_by_one(booker).await;
        for _ in 0..=self.options.conflict_retries_max {
            let book = Book::open(self);
            let seeker = book.seeker(booker).await?;
            let found = self.elevated_place(&book, &seeker, place).await?;
            let Some((place, offered)) = found else {
                return Ok(Err(Refusal::no_such_appointment()));
            };
            let patient = seeker.patient(&offered.service.value);
            let asker = seeker.asker(&offered.service.value);
            let accepting = Accepting {
                place: &place.value,
                opening: offered.opening(),
                asker: &asker,
                patient: &format!("Patient/{patient}"),
                key,
                reason,
            };
            let booked = match waiting::accept(&accepting, book.now) {
                Ok(booked) => booked,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if booked.is_repeat {
                let appointment = book.view(&place).await?;
                return Ok(Ok(BookedSlot { appointment, is_repeat: true }));
            }
            let mut changes =
                book.slot_changes(&booked.slots, std::slice::from_ref(&offered.slot))?;
            changes.push(book.change(&booked.appointment, Some(place.version), None)?);
            let act = act("booked an appointment from the waiting list", 'U', &patient);
            if book.commit(&act, changes).await? {
                let appointment = Read {
                    value: booked.appointment,
                    version: place.version.next(),
                    source: place.source,
                };
                let appointment = book.view(&appointment).await?;
                return Ok(Ok(BookedSlot { appointment, is_repeat: false }));
            }
        }
        Err(too_busy())
    }

    /// The place with the slot that is, or was, offered; none where it is another's, or nothing is.
    async fn elevated_place(
        &self,
        book: &Book<'_>,
        seeker: &Seeker,
        place: &ResourceId,
    ) -> Result<Option<(Read<Appointment>, Place)>, Failure> {
        let Some(place) = book.own_place(seeker, place).await? else { return Ok(None) };
        let slot = place.value.offer.as_ref().map(|offer| offer.slot.clone());
        let slot = slot.or_else(|| place.value.slots.first().cloned());
        let slot = slot.or_else(|| place.value.passed.last().cloned());
        let slots = book.slots_of(&slot.into_iter().collect::<Vec<_>>()).await?;
        let places = book.with_sessions(slots).await?;
        Ok(places.into_iter().next().map(|offered| (place, offered)))
    }

    /// Tidies bookings every half a minute, until the application ends. Call it once, in a task.
    pub async fn run_bookings(self: std::sync::Arc<Self>) {
        loop {
            tokio::time::sleep(TIDIED_EVERY).await;
            if let Err(failure) = self.tidy_bookings().await {
                tracing::error!(%failure, "bookings could not be tidied; it is tried again");
            }
        }
    }

    /// Frees holds that ran out and passes on offers that ran out.
    pub async fn tidy_bookings(&self) -> Result<Tidied, Failure> {
        let mut done = Tidied::default();
        let book = Book::open(self);
        let query = [("status", SlotStatus::Tentative.as_str().to_owned())];
        let held = book.find::<Slot>(&query, HELD_MAX).await?;
        for slot in &held {
            for freed in desk::lapsed(std::slice::from_ref(&slot.value), book.now) {
                let change = book.change(&freed, Some(slot.version), None)?;
                done.holds += usize::from(book.commit_unnoted(vec![change]).await?);
            }
        }
        let is_over = |slot: &&Read<Slot>| {
            let hold = slot.value.hold.as_ref();
            hold.is_some_and(|hold| hold.is_offer && hold.until <= book.now)
        };
        if held.iter().any(|slot| is_over(&slot)) {
            let query = [("status", AppointmentStatus::Waitlist.as_str().to_owned())];
            for place in book.find::<Appointment>(&query, PLACES_MAX).await? {
                if place.value.offer.as_ref().is_none_or(|offer| offer.until > book.now) {
                    continue;
                }
                let Some(patient) = place.value.actor("Patient").and_then(patient_of) else {
                    continue;
                };
                // Others may have come between; then it is tidied the next time.
                let changes = book.passed_on(&place, false).await?;
                let act = act("an offer of the waiting list ran out", 'U', &patient);
                done.offers += usize::from(book.commit(&act, changes).await?);
            }
        }
        Ok(done)
    }
}

impl Book<'_> {
    /// A person's places on waiting lists.
    async fn places_of(&self, patient: &ResourceId) -> Result<Vec<Read<Appointment>>, Failure> {
        let query = [
            ("patient", patient.to_string()),
            ("status", AppointmentStatus::Waitlist.as_str().to_owned()),
        ];
        self.find(&query, PLACES_MAX).await
    }

    /// A place, or what became of it, where it is the seeker's.
    async fn own_place(
        &self,
        seeker: &Seeker,
        id: &ResourceId,
    ) -> Result<Option<Read<Appointment>>, Failure> {
        let place = self.one::<Appointment>(id.as_str()).await?;
        Ok(place.filter(|place| {
            let patient = place.value.actor("Patient").and_then(patient_of);
            let is_theirs = patient.is_some_and(|patient| seeker.patients().contains(&patient));
            is_theirs && seeker.may_book()
        }))
    }

    /// The changes that end an offer, and the place with it where its person leaves.
    async fn passed_on(
        &self,
        place: &Read<Appointment>,
        leaves: bool,
    ) -> Result<Vec<Change>, Failure> {
        let slots = match &place.value.offer {
            Some(offer) => self.slots_of(std::slice::from_ref(&offer.slot)).await?,
            None => Vec::new(),
        };
        let mut changed = place.value.clone();
        let mut freed = None;
        if let Some(slot) = slots.first() {
            let asker = self.asker_of(&place.value).await?;
            let waiting = Waiting { appointment: place.value.clone(), asker };
            let passed = waiting::pass(&waiting, &slot.value);
            (changed, freed) = (passed.appointment, passed.slot);
        }
        if leaves {
            changed = waiting::leave(&changed);
        }
        let mut changes = Vec::new();
        if changed != place.value {
            changes.push(self.change(&changed, Some(place.version), None)?);
        }
        let gone = [Read { value: changed, version: place.version, source: None }];
        changes.extend(self.freed(freed.into_iter().collect(), &slots, &gone).await?);
        Ok(changes)
    }

    /// The one who waits, as the rules see them.
    async fn asker_of(&self, place: &Appointment) -> Result<Asker, Failure> {
        let patient = place.actor("Patient").and_then(patient_of);
        let service = match place.actor("HealthcareService") {
            Some(service) => self.at::<Service>(service).await?,
            None => None,
        };
        let (Some(patient), Some(service)) = (patient, service) else { return Ok(Asker::Staff) };
        let seeker = self.seeker_of(&patient, std::slice::from_ref(&service)).await?;
        Ok(seeker.map_or(Asker::Staff, |seeker| seeker.asker(&service.value)))
    }

    /// The changes that free slots: each is offered to the first on the list who can take it. `as_now` are
    /// places that this very batch changes already.
    pub(super) async fn freed(
        &self,
        freed: Vec<Slot>,
        read: &[Read<Slot>],
        as_now: &[Read<Appointment>],
    ) -> Result<Vec<Change>, Failure> {
        let mut changes = Vec::new();
        let mut lists: Option<(String, Lists)> = None;
        for slot in freed {
            let version = read.iter().find(|r| r.value.id == slot.id).map(|r| r.version);
            let whole = Read {
                value: slot.clone(),
                version: version.unwrap_or(fhir::VersionId(0)),
                source: None,
            };
            let place = self.with_sessions(vec![whole]).await?.pop();
            let practice = place.as_ref().and_then(|p| p.service.value.provided_by.clone());
            let (Some(place), Some(practice)) = (place, practice) else {
                changes.push(self.change(&slot, version, None)?);
                continue;
            };
            if lists.as_ref().is_none_or(|(known, _)| *known != practice) {
                let found = self.list_of(&practice).await?;
                lists = Some((practice, found));
            }
            let Some((_, Lists { places: list, services })) = &mut lists else { continue };
            list.retain(|p| as_now.iter().all(|now| now.value.id != p.value.id));
            match self.offer_to(&place, list, services).await? {
                None => changes.push(self.change(&slot, version, None)?),
                Some((slot, taker)) => {
                    changes.push(self.change(&slot, version, None)?);
                    let known = list.iter_mut().find(|p| p.value.id == taker.id);
                    if let Some(known) = known {
                        changes.push(self.change(&taker, Some(known.version), None)?);
                        known.value = taker;
                    }
                }
            }
        }
        Ok(changes)
    }

    /// Who waits at a practice, first come first, and its kinds of appointment.
    async fn list_of(&self, practice: &str) -> Result<Lists, Failure> {
        let query = [("organization", practice.to_owned())];
        let services = self.find::<Service>(&query, SERVICES_MAX).await?;
        let actors: Vec<String> = services.iter().map(|s| s.value.reference()).collect();
        let query = [
            ("actor", actors.join(",")),
            ("status", AppointmentStatus::Waitlist.as_str().to_owned()),
        ];
        Ok(Lists { places: self.find(&query, PLACES_MAX).await?, services })
    }

    /// Offers a free slot; none where nobody on the list can take it.
    async fn offer_to(
        &self,
        place: &Place,
        list: &[Read<Appointment>],
        services: &[Read<Service>],
    ) -> Result<Option<(Slot, Appointment)>, Failure> {
        // Askers cost reads, so they are made for one at a time, in the list's order; the others stand
        // in the list only for the offers that they have.
        let silent =
            |place: &Appointment| Waiting { appointment: place.clone(), asker: Asker::Staff };
        let mut order: Vec<Waiting> = list.iter().map(|read| silent(&read.value)).collect();
        waiting::order(&mut order);
        let slot = &place.slot.value;
        let can_take = |place_of: &Appointment| {
            let wish = place_of.wish.clone().unwrap_or_default();
            !place_of.passed.contains(&slot.reference())
                && place_of.offer.as_ref().is_none_or(|offer| offer.until <= self.now)
                && wish.admits(slot, &place.session, self.now)
        };
        let places: Vec<usize> =
            (0..order.len()).filter(|at| can_take(&order[*at].appointment)).collect();
        for at in places.into_iter().take(ASKED_MAX) {
            let Some(patient) = order[at].appointment.actor("Patient").and_then(patient_of) else {
                continue;
            };
            let Some(seeker) = self.seeker_of(&patient, services).await? else { continue };
            order[at].asker = seeker.asker(&place.service.value);
            let token = self.app.ids.secret().to_string();
            let rules = OfferRules::default();
            let offered = waiting::offer(&place.opening(), &order, &token, rules, self.now);
            if let Some(offered) = offered {
                return Ok(Some((offered.slot, offered.appointment)));
            }
            order[at].asker = Asker::Staff;
        }
        Ok(None)
    }
}

fn act<'a>(words: &'a str, action: char, patient: &'a ResourceId) -> Act<'a> {
    let interaction = if action == 'C' { "create" } else { "update" };
    Act { interaction, action, words, patients: std::slice::from_ref(patient) }
}
