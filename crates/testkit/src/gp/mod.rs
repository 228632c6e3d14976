//! The practices' shared system: FHIR R4 transaction Bundles in UK Core shapes.
//!
//! To add a kind of Bundle, add it to [`BundleKind`], plan it in [`plan`] and build it in `bundle.rs`.

mod bundle;
pub(crate) mod dense;
mod element;
mod resources;

use jiff::civil::DateTime;

use crate::calendar::{age, days_between, later};
use crate::lives::{Making, follow_the_truth, moment};
use crate::mess;
use crate::person::{Person, PersonId};
use crate::prng::Prng;
use crate::record::SourceRecord;
use crate::sites::System;

pub(crate) use bundle::Building;
pub(crate) use element::bytes;

/// One person in the practices' system, and the Bundles that are sent for them.
#[derive(Clone, Debug)]
pub(crate) struct GpRecord {
    /// The true person.
    pub person: PersonId,
    /// Index of the record in the area's list.
    pub record: usize,
    /// Bundles in the order in which things happened.
    pub bundles: Vec<GpBundle>,
}

/// One Bundle that is sent.
#[derive(Clone, Debug)]
pub(crate) struct GpBundle {
    /// When it happened.
    pub at: DateTime,
    /// When it was sent.
    pub sent: DateTime,
    /// What it holds.
    pub kind: BundleKind,
    /// Sent a second time.
    pub repeated: bool,
    /// Held up.
    pub late: bool,
}

/// What a Bundle holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BundleKind {
    /// The whole record as it is at first.
    Registration,
    /// One consultation, with its number.
    Consultation(u16),
    /// A booked appointment, with its number; its time.
    Appointment(u16, DateTime),
    /// The patient alone.
    Demographics,
}

/// The GP source id of a person.
pub(crate) fn local_id(person: PersonId) -> String {
    format!("P{:07}", person.0)
}

/// The record of a person at their practice; few have none.
pub(crate) fn plan(
    making: &Making<'_>,
    person: &Person,
    index: usize,
) -> Option<(GpRecord, SourceRecord)> {
    let mut prng = Prng::keyed(making.seed, "gp", u64::from(person.id.0));
    let (from, to) = making.window.of(person);
    if !person.hero && (prng.chance(0.04) || days_between(from.date(), to.date()) < 10) {
        return None;
    }
    // Most records exist already and come with the first load; some register later.
    let first =
        if person.hero || prng.chance(0.85) { 5 } else { days_between(from.date(), to.date()) / 2 };
    let opened = moment(&mut prng, from, later(from, first * 1_440));
    let (identity, blemishes) = if person.hero {
        (mess::true_identity(person, opened.date()), Vec::new())
    } else {
        mess::soil(&mut prng, making.rates, System::Gp, person, None, opened)
    };
    let mut record = SourceRecord {
        person: person.id,
        site: person.site,
        system: System::Gp,
        local_id: local_id(person.id),
        opened,
        identity,
        changes: Vec::new(),
        blemishes,
        merged_into: None,
    };
    follow_the_truth(&mut prng, person, &mut record, to, 0.85);
    let mut bundles = vec![(opened, BundleKind::Registration)];
    bundles.extend(record.changes.iter().map(|(at, _)| (*at, BundleKind::Demographics)));
    if let Some(day) = person.death.filter(|day| *day < making.window.end) {
        let told = later(day.at(9, 0, 0, 0), 2_000);
        if told < making.window.end.at(0, 0, 0, 0) {
            bundles.push((told, BundleKind::Demographics));
        }
    }
    contacts(&mut prng, making, person, opened, to, &mut bundles);
    bundles.sort_by_key(|(at, kind)| (*at, *kind != BundleKind::Registration));
    let bundles = bundles
        .into_iter()
        .map(|(at, kind)| {
            let late = kind != BundleKind::Registration && prng.chance(making.rates.late);
            let hold = if late { prng.range(30, 6_000) } else { prng.range(1, 4) };
            let repeated = prng.chance(making.rates.repeated);
            GpBundle { at, sent: later(at, i64::from(hold)), kind, repeated, late }
        })
        .collect();
    Some((GpRecord { person: person.id, record: index, bundles }, record))
}

fn contacts(
    prng: &mut Prng,
    making: &Making<'_>,
    person: &Person,
    opened: DateTime,
    to: DateTime,
    bundles: &mut Vec<(DateTime, BundleKind)>,
) {
    let years = age(person.birth, making.window.end);
    let ill = person.diagnoses.len() as i32;
    let mut count = prng.range(0, 2 + ill + i32::from(years >= 65));
    if person.hero {
        count = count.max(6);
    }
    let from = later(opened, 1_440);
    if from >= to {
        return;
    }
    for number in 0..count as u16 {
        let at = moment(prng, from, to);
        if at > to {
            continue;
        }
        bundles.push((at, BundleKind::Consultation(number)));
        let booked = later(at, -i64::from(prng.range(1_440, 14 * 1_440)));
        if booked > from && prng.chance(0.3) {
            bundles.push((booked, BundleKind::Appointment(number, at)));
        }
    }
    // Appointments still to come, for those who live.
    if person.death.is_none() && (person.hero || prng.chance(0.08)) {
        let booked = moment(prng, from.max(later(to, -10 * 1_440)), to);
        let held = later(to.date().at(9, 0, 0, 0), i64::from(prng.range(2, 40)) * 1_440 + 150);
        if booked <= to {
            bundles.push((booked, BundleKind::Appointment(900, held)));
        }
    }
}
