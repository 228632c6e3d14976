//! The search: what fits, in order, and why the rest does not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span as Duration, Timestamp};

use super::opening::Span;
use super::place::Point;
use super::service::{Capacity, Contact, Service};
use super::types::ServiceTypes;
use crate::disposition::Disposition;
use crate::engine::Outcome;
use crate::set::Person;

/// What is needed.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// The disposition.
    pub disposition: Disposition,
    /// The symptom group.
    pub symptom_group: String,
    /// The symptom discriminators.
    pub discriminators: Vec<String>,
    /// For whom.
    pub person: Person,
}

impl Need {
    /// What an outcome needs.
    pub fn of(outcome: &Outcome) -> Need {
        Need {
            disposition: outcome.disposition.clone(),
            symptom_group: outcome.symptom_group.clone(),
            discriminators: outcome.discriminators.clone(),
            person: outcome.person,
        }
    }
}

/// Where, when, and how far.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// Now.
    pub now: Timestamp,
    /// The zone of wall times, `Europe/London`.
    pub zone: TimeZone,
    /// Bank holidays.
    pub bank_holidays: BTreeSet<Date>,
    /// Where the person is; without it, no service is too far.
    pub place: Option<Point>,
    /// Metres that are not too far.
    pub metres_max: u32,
    /// Services of each kind that are offered at most.
    pub per_type_max: usize,
    /// Minutes for which a service must be open, so that the person can get there.
    pub open_minutes_min: u32,
    /// If given, only services to which a person comes in this way.
    pub contact: Option<Contact>,
}

/// When an offered service is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// Now, until this instant or longer.
    Now {
        /// When it closes, or a day after the window if it is open for longer.
        until: Timestamp,
    },
    /// Later, within the window.
    At {
        /// When it opens.
        from: Timestamp,
        /// When it closes, or a day after the window if it is open for longer.
        until: Timestamp,
    },
}

/// A service that is offered.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer<'s> {
    /// The service.
    pub service: &'s Service,
    /// Its rank by kind.
    pub rank: u32,
    /// How far it is; `None` where it has no place or the person's is not known.
    pub metres: Option<u32>,
    /// When it is open.
    pub open: Open,
    /// Whether it can be booked from here: the disposition may be, and the service can.
    pub may_book: bool,
}

/// Why a service is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The disposition is a 999: no list stands above or beside it.
    CallFirst,
    /// The disposition needs no service.
    NoneNeeded,
    /// Not in use.
    NotActive,
    /// It does not take this disposition.
    Disposition,
    /// It does not take this symptom group and any of the discriminators.
    Symptom,
    /// The person is younger than it sees.
    TooYoung {
        /// The youngest, in days.
        age_days_min: u32,
    },
    /// The person is older than it sees.
    TooOld {
        /// The oldest, in days.
        age_days_max: u32,
    },
    /// It does not see people of this sex, or theirs is not known.
    Sex,
    /// Closed until after the window.
    Closed {
        /// When it opens next, if within a month.
        opens: Option<Timestamp>,
    },
    /// Closed by a notice.
    Notice {
        /// The notice's words.
        reason: String,
    },
    /// Too far.
    TooFar {
        /// How far.
        metres: u32,
    },
    /// It says that it has no room.
    NoCapacity,
    /// It cannot be come to in the way asked for.
    Contact,
    /// Enough of its kind stand before it.
    EnoughOfItsKind,
}

/// A service that is left out, with every reason.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut<'s> {
    /// The service.
    pub service: &'s Service,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<'s> {
    /// Services in the order in which they are offered.
    pub offered: Vec<Offer<'s>>,
    /// The others.
    pub left_out: Vec<LeftOut<'s>>,
}

/// Searches the services.
///
/// ```
/// use triage::directory::{Circumstances, Need, Service, ServiceTypes, search};
/// use triage::{Age, Dispositions, Person, Sex};
///
/// let mut pharmacy = Service::new("2000000001", "Mill Road Pharmacy", "pharmacy");
/// pharmacy.dispositions = vec!["Dx28".to_owned()];
/// pharmacy.symptoms = vec![("demo-sore-throat".to_owned(), None)];
/// let need = Need {
///     disposition: Dispositions::embedded().unwrap().get("Dx28").unwrap().clone(),
///     symptom_group: "demo-sore-throat".to_owned(),
///     discriminators: vec!["demo-strep".to_owned()],
///     person: Person { age: Age::of_months(30 * 12), sex: Sex::Male },
/// };
/// let circumstances = Circumstances {
///     now: "2026-11-23T10:00:00Z".parse().unwrap(),
///     zone: jiff::tz::TimeZone::get("Europe/London").unwrap(),
///     bank_holidays: Default::default(),
///     place: None,
///     metres_max: 20_000,
///     per_type_max: 5,
///     open_minutes_min: 15,
///     contact: None,
/// };
/// let services = [pharmacy];
/// let found = search(&services, &need, &circumstances, &ServiceTypes::embedded().unwrap());
/// assert_eq!(found.offered[0].service.name, "Mill Road Pharmacy");
/// ```
pub fn search<'s>(
    services: &'s [Service],
    need: &Need,
    circumstances: &Circumstances,
    types: &ServiceTypes,
) -> Found<'s> {
    let mut found = Found { offered: Vec::new(), left_out: Vec::new() };
    for service in services {
        match offer(service, need, circumstances, types) {
            Ok(offer) => found.offered.push(offer),
            Err(reasons) => found.left_out.push(LeftOut { service, reasons }),
        }
    }
    found.offered.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut of_kind: BTreeMap<&str, usize> = BTreeMap::new();
    found.offered.retain(|offer| {
        let count = of_kind.entry(&offer.service.kind).or_default();
        *count += 1;
        if *count > circumstances.per_type_max {
            let reasons = vec![Reason::EnoughOfItsKind];
            found.left_out.push(LeftOut { service: offer.service, reasons });
        }
        *count <= circumstances.per_type_max
    });
    found
}

/// Rank of the kind, then room, then distance; a service without a place after those that have one.
fn order<'o>(offer: &'o Offer<'_>) -> (u32, Capacity, u32, &'o str) {
    (offer.rank, offer.service.capacity, offer.metres.unwrap_or(u32::MAX), &offer.service.id)
}

fn offer<'s>(
    service: &'s Service,
    need: &Need,
    circumstances: &Circumstances,
    types: &ServiceTypes,
) -> Result<Offer<'s>, Vec<Reason>> {
    let mut reasons = fits(service, need, circumstances);
    let metres = circumstances.place.zip(service.place).map(|(here, there)| here.metres_to(there));
    if let Some(metres) = metres.filter(|metres| *metres > circumstances.metres_max) {
        reasons.push(Reason::TooFar { metres });
    }
    let open = opens(service, need, circumstances);
    match open {
        Ok(open) if reasons.is_empty() => Ok(Offer {
            service,
            rank: types.rank(&service.kind),
            metres,
            open,
            may_book: need.disposition.bookable && service.contacts.contains(&Contact::Book),
        }),
        Ok(_) => Err(reasons),
        Err(reason) => {
            reasons.push(reason);
            Err(reasons)
        }
    }
}

/// What is wrong with a service, but for time and distance.
fn fits(service: &Service, need: &Need, circumstances: &Circumstances) -> Vec<Reason> {
    let symptom = service.symptoms.iter().any(|(group, discriminator)| {
        *group == need.symptom_group
            && discriminator.as_ref().is_none_or(|code| need.discriminators.contains(code))
    });
    let days = need.person.age.days;
    let disposition = &need.disposition;
    let has_contact = circumstances.contact.is_none_or(|way| service.contacts.contains(&way));
    let checks = [
        (disposition.is_emergency(), Reason::CallFirst),
        (!disposition.is_emergency() && !disposition.services, Reason::NoneNeeded),
        (!service.active, Reason::NotActive),
        (!service.dispositions.contains(&disposition.code), Reason::Disposition),
        (!symptom, Reason::Symptom),
        (days < service.age_days_min, Reason::TooYoung { age_days_min: service.age_days_min }),
        (days > service.age_days_max, Reason::TooOld { age_days_max: service.age_days_max }),
        (!service.sexes.contains(&need.person.sex), Reason::Sex),
        (service.capacity == Capacity::None, Reason::NoCapacity),
        (!has_contact, Reason::Contact),
    ];
    checks.into_iter().filter(|(is_wrong, _)| *is_wrong).map(|(_, reason)| reason).collect()
}

/// When the service is open within the disposition's window, long enough to get there.
fn opens(service: &Service, need: &Need, circumstances: &Circumstances) -> Result<Open, Reason> {
    let now = circumstances.now;
    // Where nobody needs to be seen there is no window, and no list either.
    let window = Duration::new().minutes(i64::from(need.disposition.within_minutes.unwrap_or(0)));
    let Ok(latest) = now.checked_add(window) else { return Err(Reason::Closed { opens: None }) };
    // A day more than the window, so that the end of what opens in it is known.
    match open_span(service, circumstances, latest, 24) {
        Some(span) if span.start <= now => Ok(Open::Now { until: span.end }),
        Some(span) if span.start <= latest => Ok(Open::At { from: span.start, until: span.end }),
        _ => Err(why_closed(service, circumstances)),
    }
}

fn why_closed(service: &Service, circumstances: &Circumstances) -> Reason {
    if let Some(notice) = service.opening.notice_at(circumstances.now, &circumstances.zone) {
        return Reason::Notice { reason: notice.reason.clone() };
    }
    let next = open_span(service, circumstances, circumstances.now, 24 * 31);
    Reason::Closed { opens: next.map(|span| span.start) }
}

/// The first stretch that is long enough, from now until so many hours after an instant.
fn open_span(
    service: &Service,
    circumstances: &Circumstances,
    after: Timestamp,
    hours: i64,
) -> Option<Span> {
    let (now, zone) = (circumstances.now, &circumstances.zone);
    let until = after.checked_add(Duration::new().hours(hours)).ok()?;
    let needed = Duration::new().minutes(i64::from(circumstances.open_minutes_min));
    let spans = service.opening.spans(now, until, &circumstances.bank_holidays, zone);
    spans
        .into_iter()
        .find(|span| span.start.checked_add(needed).is_ok_and(|least| least <= span.end))
}
