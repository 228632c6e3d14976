//! How a record follows the truth: marriages, moves, deaths, and blemishes put right.

use jiff::civil::DateTime;

use super::chart::What;
use super::hospital::Maker;
use super::moment;
use crate::calendar::later;
use crate::mess::{Identity, true_identity};
use crate::person::Person;
use crate::prng::Prng;
use crate::record::SourceRecord;

/// Adds what happened to the person after the record was opened; `share` of it is heard of.
pub(crate) fn follow_the_truth(
    prng: &mut Prng,
    person: &Person,
    record: &mut SourceRecord,
    end: DateTime,
    share: f64,
) {
    let mut changes: Vec<(DateTime, Change)> = Vec::new();
    let mut hear = |prng: &mut Prng, day: jiff::civil::Date, change: Change| {
        let at = later(day.at(9, 0, 0, 0), i64::from(prng.range(600, 40_000)));
        if day > record.opened.date() && at < end && prng.chance(share) {
            changes.push((at, change));
        }
    };
    if let Some((_, day)) = &person.former_family {
        hear(prng, *day, Change::Name);
    }
    if let Some((_, day)) = &person.former_address {
        hear(prng, *day, Change::Address);
    }
    changes.sort_by_key(|(at, _)| *at);
    for (at, change) in changes {
        let truth = true_identity(person, at.date());
        let mut identity = record.last_identity().clone();
        match change {
            Change::Name => {
                identity.family = truth.family;
                identity.former_family = truth.former_family;
                identity.prefix = truth.prefix;
            }
            Change::Address => identity.address = truth.address,
        }
        record.changes.push((at, identity));
    }
}

enum Change {
    Name,
    Address,
}

/// The same for the records of a chart, with an A31 for each change, and for a death.
pub(super) fn keep_up(maker: &mut Maker<'_>, records: &mut [SourceRecord]) {
    for (place, record) in records.iter_mut().enumerate() {
        let merged = record.merged_into.as_ref().map(|(_, at)| *at);
        let end = merged.unwrap_or(maker.limit);
        follow_the_truth(&mut maker.prng, maker.person, record, end, 0.7);
        put_right(maker, record, end);
        for (at, _) in &record.changes {
            update(maker, place, *at);
        }
        if let Some(day) = maker.person.death
            && day < maker.making.window.end
            && merged.is_none()
        {
            let limit = maker.limit;
            maker.limit = maker.making.window.end.at(0, 0, 0, 0);
            update(maker, place, later(day.at(10, 0, 0, 0), 1_500));
            maker.limit = limit;
        }
    }
}

fn update(maker: &mut Maker<'_>, place: usize, at: DateTime) {
    let before = maker.chart.events.len();
    maker.push(at, at, What::Update);
    if let Some(event) = maker.chart.events.get_mut(before) {
        event.record = place as u8;
    }
}

/// A clerk sees the mistake and mends it, as far as it was one of identity.
fn put_right(maker: &mut Maker<'_>, record: &mut SourceRecord, end: DateTime) {
    let rates = maker.making.rates;
    let middle = crate::mess::Blemish::MissingMiddle;
    let soiled = record.blemishes.iter().any(|blemish| *blemish != middle);
    if !soiled || !maker.prng.chance(rates.put_right) {
        return;
    }
    let from = record.changes.last().map_or(record.opened, |(at, _)| *at);
    let at = moment(&mut maker.prng, later(from, 2 * 1_440), end);
    if at < end && at > from {
        let mut identity: Identity = true_identity(maker.person, at.date());
        identity.middle = record.identity.middle.clone().or(identity.middle);
        record.changes.push((at, identity));
    }
}
