//! What is true: who each record is of, how things stand in the end, and how much was sent.
//!
//! To record one more end state, compute it here from the events and never from the messages.

use std::collections::HashMap;

use jiff::civil::DateTime;

use crate::drop_files::DropFile;
use crate::gp::GpRecord;
use crate::lives::chart::{BookingStep, Chart, Stage, Stay, Trigger, What};
use crate::mess::Blemish;
use crate::person::{Person, PersonId};
use crate::record::SourceRecord;
use crate::sites::{Site, System};

/// How a visit stands in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisitState {
    /// Expected, not yet here.
    Planned,
    /// Here, in this place.
    InProgress(Stay),
    /// Gone, since then.
    Finished(DateTime),
    /// Never was.
    Cancelled,
}

/// The end state of a visit.
#[derive(Clone, Debug)]
pub struct VisitTruth {
    /// The hospital.
    pub site: Site,
    /// PV1-19.
    pub number: String,
    /// The true person.
    pub person: PersonId,
    /// `I` or `E`.
    pub class: &'static str,
    /// How it stands.
    pub state: VisitState,
}

/// Two hospital numbers that became one.
#[derive(Clone, Debug)]
pub struct MergeTruth {
    /// The hospital.
    pub site: Site,
    /// The number that is gone.
    pub gone: String,
    /// The number that stays.
    pub kept: String,
    /// When.
    pub at: DateTime,
}

/// The last value of a result.
#[derive(Clone, Debug)]
pub struct ResultTruth {
    /// The hospital.
    pub site: Site,
    /// The true person.
    pub person: PersonId,
    /// OBR-3.
    pub filler: String,
    /// OBX-3.1.
    pub code: &'static str,
    /// OBX-5 in the end.
    pub value: String,
    /// It was another value before.
    pub corrected: bool,
}

/// How a booking stands in the end.
#[derive(Clone, Debug)]
pub struct BookingTruth {
    /// The hospital.
    pub site: Site,
    /// SCH-2.
    pub number: String,
    /// The true person.
    pub person: PersonId,
    /// It does not take place.
    pub cancelled: bool,
    /// When it is, or was to be.
    pub start: DateTime,
    /// For how many minutes.
    pub minutes: u32,
}

/// How much a feed sends, for the ledger to balance against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedCount {
    /// The feed.
    pub feed: String,
    /// Messages, Bundles or files, copies included.
    pub sent: u64,
    /// Those that were sent before, byte for byte (rows for CSV feeds).
    pub copies: u64,
    /// Those that were held up.
    pub late: u64,
    /// Rows of all files, copies included; 0 for the other feeds.
    pub rows: u64,
}

/// Everything that is true of an area.
#[derive(Debug)]
pub struct Truth {
    records: Vec<SourceRecord>,
    by_key: HashMap<(String, String), PersonId>,
    by_person: Vec<Vec<u32>>,
    visits: Vec<VisitTruth>,
    merges: Vec<MergeTruth>,
    results: Vec<ResultTruth>,
    bookings: Vec<BookingTruth>,
    feeds: Vec<FeedCount>,
}

impl Truth {
    pub(crate) fn new(
        people: &[Person],
        records: Vec<SourceRecord>,
        charts: &[Chart],
        gp: &[GpRecord],
        files: &[(Site, System, DropFile)],
    ) -> Truth {
        let mut by_person = vec![Vec::new(); people.len()];
        let mut by_key = HashMap::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            by_person[record.person.0 as usize].push(index as u32);
            by_key.insert((record.feed(), record.local_id.clone()), record.person);
        }
        let merges = records.iter().filter_map(|record| {
            let (kept, at) = record.merged_into.clone()?;
            Some(MergeTruth { site: record.site, gone: record.local_id.clone(), kept, at })
        });
        let merges = merges.collect();
        let mut truth = Truth {
            records,
            by_key,
            by_person,
            visits: Vec::new(),
            merges,
            results: Vec::new(),
            bookings: Vec::new(),
            feeds: Vec::new(),
        };
        for chart in charts {
            truth.add_chart(chart);
        }
        truth.feeds = count_feeds(people, charts, gp, files);
        truth
    }

    /// The person whom a feed (`lvp-hospital`) knows by a number.
    pub fn person_of(&self, feed: &str, local_id: &str) -> Option<PersonId> {
        self.by_key.get(&(feed.to_owned(), local_id.to_owned())).copied()
    }

    /// Every record of every system.
    pub fn records(&self) -> &[SourceRecord] {
        &self.records
    }

    /// The records of a person.
    pub fn records_of(&self, person: PersonId) -> impl Iterator<Item = &SourceRecord> {
        let indexes = self.by_person.get(person.0 as usize).map(Vec::as_slice).unwrap_or_default();
        indexes.iter().map(|index| &self.records[*index as usize])
    }

    /// Pairs of records that are of the same person, for scoring recall.
    pub fn pairs(&self) -> u64 {
        let count = |indexes: &Vec<u32>| {
            (indexes.len() as u64 * (indexes.len() as u64).max(1) - indexes.len() as u64) / 2
        };
        self.by_person.iter().map(count).sum()
    }

    /// How each visit stands in the end.
    pub fn visits(&self) -> &[VisitTruth] {
        &self.visits
    }

    /// Hospital numbers that became one.
    pub fn merges(&self) -> &[MergeTruth] {
        &self.merges
    }

    /// The last value of each result that was sent in a final report.
    pub fn results(&self) -> &[ResultTruth] {
        &self.results
    }

    /// How each booking stands in the end.
    pub fn bookings(&self) -> &[BookingTruth] {
        &self.bookings
    }

    /// How much each feed sends.
    pub fn feeds(&self) -> &[FeedCount] {
        &self.feeds
    }

    /// How often a blemish befell a record when it was opened.
    pub fn count(&self, blemish: Blemish) -> usize {
        self.records.iter().filter(|record| record.blemishes.contains(&blemish)).count()
    }

    fn add_chart(&mut self, chart: &Chart) {
        let (site, person) = (chart.site, chart.person);
        for (index, visit) in chart.visits.iter().enumerate() {
            if let Some(state) = visit_state(chart, index) {
                let number = visit.number.clone();
                self.visits.push(VisitTruth { site, number, person, class: visit.class, state });
            }
        }
        for (index, report) in chart.reports.iter().enumerate() {
            let sent = |wanted: Stage| {
                chart
                    .events
                    .iter()
                    .any(|event| event.what == What::Report { report: index as u16, stage: wanted })
            };
            if !sent(Stage::Final) {
                continue;
            }
            let stage = if sent(Stage::Corrected) { Stage::Corrected } else { Stage::Final };
            for (place, analyte) in report.panel.analytes.iter().enumerate() {
                let value = report.value(place, stage);
                self.results.push(ResultTruth {
                    site,
                    person,
                    filler: report.filler.clone(),
                    code: analyte.code,
                    value: value.to_owned(),
                    corrected: value != report.values[place],
                });
            }
        }
        for index in 0..chart.bookings.len() {
            self.bookings.extend(booking_truth(chart, index));
        }
    }
}

fn visit_state(chart: &Chart, index: usize) -> Option<VisitState> {
    let mut state = None;
    for event in &chart.events {
        let What::Visit { trigger, visit, stay } = event.what else { continue };
        if visit as usize != index {
            continue;
        }
        let place = chart.visits[index].stays[stay as usize];
        state = Some(match trigger {
            Trigger::A05 => VisitState::Planned,
            Trigger::A11 => VisitState::Cancelled,
            Trigger::A03 => VisitState::Finished(event.at),
            Trigger::A01
            | Trigger::A02
            | Trigger::A04
            | Trigger::A08
            | Trigger::A12
            | Trigger::A13 => VisitState::InProgress(place),
        });
    }
    state
}

fn booking_truth(chart: &Chart, index: usize) -> Option<BookingTruth> {
    let booking = &chart.bookings[index];
    let mut truth: Option<BookingTruth> = None;
    for event in &chart.events {
        let What::Booking { booking: which, step } = event.what else { continue };
        if which as usize != index {
            continue;
        }
        let known = truth.get_or_insert_with(|| BookingTruth {
            site: chart.site,
            number: booking.number.clone(),
            person: chart.person,
            cancelled: false,
            start: booking.first,
            minutes: booking.minutes.0,
        });
        match step {
            BookingStep::Book => {}
            BookingStep::Move => known.start = booking.moved.unwrap_or(booking.first),
            BookingStep::Change => known.minutes = booking.minutes.1,
            BookingStep::Cancel => known.cancelled = true,
        }
    }
    truth
}

fn count_feeds(
    people: &[Person],
    charts: &[Chart],
    gp: &[GpRecord],
    files: &[(Site, System, DropFile)],
) -> Vec<FeedCount> {
    let mut feeds: Vec<FeedCount> = Site::ALL
        .iter()
        .flat_map(|site| System::ALL.iter().map(|system| system.feed(*site)))
        .map(|feed| FeedCount { feed, sent: 0, copies: 0, late: 0, rows: 0 })
        .collect();
    let mut at = |site: Site, system: System, add: &dyn Fn(&mut FeedCount)| {
        add(&mut feeds[site as usize * System::ALL.len() + system as usize]);
    };
    let one = |count: &mut FeedCount, repeated: bool, late: bool| {
        count.sent += 1 + u64::from(repeated);
        count.copies += u64::from(repeated);
        count.late += u64::from(late);
    };
    for chart in charts {
        for event in &chart.events {
            at(chart.site, System::Hospital, &|count| one(count, event.repeated, event.late));
        }
    }
    for record in gp {
        let site = people[record.person.0 as usize].site;
        for bundle in &record.bundles {
            at(site, System::Gp, &|count| one(count, bundle.repeated, bundle.late));
        }
    }
    for (site, system, file) in files {
        at(*site, *system, &|count| {
            count.sent += 1;
            count.rows += u64::from(file.rows);
            count.copies += u64::from(file.copies);
        });
    }
    feeds
}
