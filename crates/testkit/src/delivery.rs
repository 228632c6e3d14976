//! What goes over the wire: one message, one Bundle or one file, in the order of sending.

use jiff::Timestamp;
use jiff::civil::DateTime;

use crate::area::Area;
use crate::calendar::instant;
use crate::calendar::later;
use crate::gp::{self, Building};
use crate::hospital::Writing;
use crate::lives::Window;
use crate::person::PersonId;
use crate::sites::{Site, System};

/// The protocol that a payload is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// An HL7 v2 message, without MLLP framing.
    Hl7,
    /// A FHIR transaction Bundle in JSON.
    FhirBundle,
    /// A CSV file.
    CsvFile,
}

/// Something that a system sends.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The feed's name, such as `lvp-hospital`.
    pub feed: String,
    /// When it is sent.
    pub at: Timestamp,
    /// Place in the feed, from 0.
    pub seq: u64,
    /// The bytes.
    pub payload: Vec<u8>,
    /// What the bytes are.
    pub kind: PayloadKind,
    /// MSH-10, the Bundle's identifier or the file's name.
    pub name: String,
    /// Whom it is about; none for a file.
    pub person: Option<PersonId>,
    /// Sent before, byte for byte.
    pub copy: bool,
}

#[derive(Clone, Copy)]
struct Planned {
    sent: DateTime,
    /// Index of the chart, GP record or file.
    source: u32,
    /// Index of the event or Bundle in it.
    event: u32,
    copy: bool,
}

/// The deliveries of one feed.
pub struct Deliveries<'a> {
    area: &'a Area,
    site: Site,
    system: System,
    planned: std::vec::IntoIter<Planned>,
    seq: u64,
}

/// How long after the first a copy follows.
const COPY_AFTER_MINUTES: i64 = 7;

pub(crate) fn deliveries(area: &Area, site: Site, system: System) -> Deliveries<'_> {
    let mut planned = Vec::new();
    let mut plan = |sent: DateTime, source: usize, event: usize, repeated: bool| {
        let (source, event) = (source as u32, event as u32);
        planned.push(Planned { sent, source, event, copy: false });
        if repeated {
            let again = later(sent, COPY_AFTER_MINUTES);
            planned.push(Planned { sent: again, source, event, copy: true });
        }
    };
    match system {
        System::Hospital => {
            for (source, chart) in area.charts.iter().enumerate() {
                if chart.site == site {
                    for (index, event) in chart.events.iter().enumerate() {
                        plan(event.sent, source, index, event.repeated);
                    }
                }
            }
        }
        System::Gp => {
            for (source, record) in area.gp.iter().enumerate() {
                if area.people[record.person.0 as usize].site == site {
                    for (index, bundle) in record.bundles.iter().enumerate() {
                        plan(bundle.sent, source, index, bundle.repeated);
                    }
                }
            }
        }
        System::Community | System::SocialCare => {
            for (source, (at, of, file)) in area.files.iter().enumerate() {
                if *at == site && *of == system {
                    plan(file.at, source, 0, false);
                }
            }
        }
    }
    planned.sort_by_key(|item| (item.sent, item.source, item.event, item.copy));
    Deliveries { area, site, system, planned: planned.into_iter(), seq: 0 }
}

impl Iterator for Deliveries<'_> {
    type Item = Delivery;

    fn next(&mut self) -> Option<Delivery> {
        let planned = self.planned.next()?;
        let (kind, name, payload, person) = match self.system {
            System::Hospital => self.hospital(planned),
            System::Gp => self.gp(planned),
            System::Community | System::SocialCare => {
                let file = &self.area.files[planned.source as usize].2;
                (PayloadKind::CsvFile, file.name.clone(), file.bytes.clone(), None)
            }
        };
        let seq = self.seq;
        self.seq += 1;
        Some(Delivery {
            feed: self.system.feed(self.site),
            at: instant(planned.sent),
            seq,
            payload,
            kind,
            name,
            person,
            copy: planned.copy,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.planned.size_hint()
    }
}

impl ExactSizeIterator for Deliveries<'_> {}

type Made = (PayloadKind, String, Vec<u8>, Option<PersonId>);

impl Deliveries<'_> {
    fn hospital(&self, planned: Planned) -> Made {
        let area = self.area;
        let chart = &area.charts[planned.source as usize];
        let person = &area.people[chart.person.0 as usize];
        let first = chart.records[0];
        let writing = Writing {
            site: &area.sites[chart.site as usize],
            home: &area.sites[person.site as usize],
            person,
            chart,
            records: &area.truth.records()[first..first + chart.records.len()],
            event: &chart.events[planned.event as usize],
            index: planned.event as usize,
        };
        (PayloadKind::Hl7, writing.control_id(), writing.message(), Some(person.id))
    }

    fn gp(&self, planned: Planned) -> Made {
        let area = self.area;
        let record = &area.gp[planned.source as usize];
        let person = &area.people[record.person.0 as usize];
        let bundle = &record.bundles[planned.event as usize];
        let window = Window {
            start: area
                .options
                .as_of
                .saturating_sub(jiff::ToSpan::years(area.options.years.max(1))),
            end: area.options.as_of,
        };
        let building = Building {
            seed: area.options.seed,
            site: &area.sites[person.site as usize],
            person,
            record: &area.truth.records()[record.record],
            sent: bundle,
            index: planned.event as usize,
            years: window.years(bundle.at),
        };
        let payload = gp::bytes(&building.build());
        (PayloadKind::FhirBundle, building.name(), payload, Some(person.id))
    }
}
