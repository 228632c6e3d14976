//! Times that a person can book: found by the practice's rules, by day, with why there are no more.

use std::collections::BTreeMap;

use ::booking::model::{Mode, Service, SlotStatus};
use ::booking::visibility::{self, Offering, Overview, decide, offerings};
use ::booking::zone;
use fhir::ResourceId;
use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::book::{Book, Place, Read};
use super::seeker::{Booker, Seeker};
use super::views::{Named, actors_of};
use crate::app::App;
use crate::failure::Failure;

/// Days that are looked at where the person names no number.
const DAYS: u16 = 14;
/// Days that are looked at at the most.
const DAYS_MAX: u16 = 42;
/// Slots that are looked at for one answer.
pub(super) const SLOTS_MAX: usize = 5_000;

/// What a person looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpeningFilter {
    /// The kind of appointment; any where it is none.
    pub service: Option<ResourceId>,
    /// How to meet.
    pub mode: Option<Mode>,
    /// With whom.
    pub clinician: Option<ResourceId>,
    /// First day; today where it is none or past.
    pub from: Option<Date>,
    /// How many days; two weeks where it is none.
    pub days: Option<u16>,
}

/// A time that can be booked.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenSlot {
    /// The slot.
    pub id: ResourceId,
    /// First moment.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// The kind of appointment.
    pub service: ResourceId,
    /// What the kind is called.
    pub kind: String,
    /// How people meet.
    pub mode: Option<Mode>,
    /// Who sees the person.
    pub clinician: Option<Named>,
    /// Where.
    pub place: Option<Named>,
    /// When it was released, where it was at a moment.
    pub released_at: Option<Timestamp>,
}

/// A day with its times in order.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenDay {
    /// The day.
    pub date: Date,
    /// Its times.
    pub slots: Vec<OpenSlot>,
}

/// What can be booked, and what cannot and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Openings {
    /// The kinds of appointment of the person's practice, each with what is offered online.
    pub kinds: Vec<(ResourceId, Offering)>,
    /// First day that was looked at.
    pub from: Date,
    /// Last day that was looked at.
    pub to: Date,
    /// Days with times, in order.
    pub days: Vec<OpenDay>,
    /// Those with whom a time can be booked, before it is chosen among them.
    pub clinicians: Vec<Named>,
    /// The ways to meet for which a time can be booked, before it is chosen among them.
    pub modes: Vec<Mode>,
    /// What comes later and what is kept back.
    pub overview: Overview,
    /// Whether there were more slots than are looked at.
    pub is_cut: bool,
}

impl App {
    /// The times that somebody can book.
    pub async fn openings(
        &self,
        booker: &Booker,
        filter: &OpeningFilter,
    ) -> Result<Openings, Failure> {
        self.has_feature_for(booker, "booking").await?;
        let book = Book::open(self);
        let seeker = book.seeker(booker).await?;
        book.openings(&seeker, filter).await
    }
}

impl Book<'_> {
    async fn openings(&self, seeker: &Seeker, filter: &OpeningFilter) -> Result<Openings, Failure> {
        let today = zone::day(self.now);
        let from = filter.from.unwrap_or(today).max(today);
        let days = filter.days.unwrap_or(DAYS).clamp(1, DAYS_MAX);
        let to = from.checked_add(Span::new().days(i64::from(days) - 1)).unwrap_or(from);
        let is_asked = |service: &&Read<Service>| {
            filter.service.as_ref().is_none_or(|id| service.value.id == id.as_str())
        };
        let services: Vec<String> =
            seeker.services.iter().filter(is_asked).map(|s| s.value.reference()).collect();
        let end = to.tomorrow().ok().and_then(zone::day_start).unwrap_or(Timestamp::MAX);
        let start = zone::day_start(from).unwrap_or(self.now).max(self.now);
        let statuses = [SlotStatus::Free, SlotStatus::Tentative].map(SlotStatus::as_str).join(",");
        let places = self.slots_between(&services, (start, end), &statuses, SLOTS_MAX).await?;
        let is_cut = places.len() >= SLOTS_MAX;
        let open: Vec<&Place> = places.iter().filter(|p| self.is_bookable(seeker, p)).collect();
        let names = self.names(actors_of(&places)).await?;
        let slots = open.iter().filter_map(|place| open_slot(place, &names));
        let slots: Vec<OpenSlot> = slots.collect();
        let mut clinicians: Vec<Named> =
            slots.iter().filter_map(|slot| slot.clinician.clone()).collect();
        clinicians.sort_by(|a, b| (&a.words, &a.id).cmp(&(&b.words, &b.id)));
        clinicians.dedup();
        let has_mode = |mode: &Mode| slots.iter().any(|slot| slot.mode == Some(*mode));
        let modes = Mode::ALL.iter().copied().filter(has_mode).collect();
        let mut by_day: BTreeMap<Date, Vec<OpenSlot>> = BTreeMap::new();
        for slot in slots.into_iter().filter(|slot| is_wanted(slot, filter)) {
            by_day.entry(zone::day(slot.start)).or_default().push(slot);
        }
        let days = by_day.into_iter().map(|(date, slots)| OpenDay { date, slots }).collect();
        Ok(Openings {
            kinds: kinds(&seeker.services),
            from,
            to,
            days,
            clinicians,
            modes,
            overview: self.overview(seeker, &places),
            is_cut,
        })
    }

    fn is_bookable(&self, seeker: &Seeker, place: &Place) -> bool {
        decide(&place.opening(), &seeker.asker(&place.service.value), self.now).is_bookable()
    }

    /// What comes later and what is kept back, over all practices.
    fn overview(&self, seeker: &Seeker, places: &[Place]) -> Overview {
        let mut by_practice: BTreeMap<Option<&str>, Vec<&Place>> = BTreeMap::new();
        for place in places {
            let practice = place.service.value.provided_by.as_deref();
            by_practice.entry(practice).or_default().push(place);
        }
        let mut all = Overview::default();
        for places in by_practice.values() {
            let openings: Vec<_> = places.iter().map(|place| place.opening()).collect();
            let Some(first) = places.first() else { continue };
            let asker = seeker.asker(&first.service.value);
            let one = visibility::overview(&openings, &asker, self.now);
            all.bookable += one.bookable;
            for (at, count) in one.later {
                *all.later.entry(at).or_default() += count;
            }
            for (rule, count) in one.kept {
                *all.kept.entry(rule).or_default() += count;
            }
            all.why_none = all.why_none.or(one.why_none);
        }
        if all.bookable > 0 {
            all.why_none = None;
        }
        all
    }
}

/// What a practice offers online of each kind, and why not the rest.
pub(super) fn kinds(services: &[Read<Service>]) -> Vec<(ResourceId, Offering)> {
    let values: Vec<Service> = services.iter().map(|service| service.value.clone()).collect();
    let ids = services.iter().map(|service| ResourceId::parse(&service.value.id));
    ids.zip(offerings(&values)).filter_map(|(id, offering)| Some((id?, offering))).collect()
}

fn is_wanted(slot: &OpenSlot, filter: &OpeningFilter) -> bool {
    filter.mode.is_none_or(|mode| slot.mode == Some(mode))
        && filter
            .clinician
            .as_ref()
            .is_none_or(|wanted| slot.clinician.as_ref().is_some_and(|is| is.id == *wanted))
}

/// A slot as it is answered.
pub(super) fn open_slot(
    place: &Place,
    names: &std::collections::HashMap<String, Named>,
) -> Option<OpenSlot> {
    let (slot, session, service) = (&place.slot.value, &place.session, &place.service.value);
    Some(OpenSlot {
        id: ResourceId::parse(&slot.id)?,
        start: slot.start,
        end: slot.end,
        service: ResourceId::parse(&service.id)?,
        kind: service.name.clone(),
        mode: slot.mode.or(session.mode),
        clinician: session.practitioner.as_ref().and_then(|who| names.get(who)).cloned(),
        place: session.location.as_ref().and_then(|place| names.get(place)).cloned(),
        released_at: slot.release_at,
    })
}
