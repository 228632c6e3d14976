//! The sections of a record, in full and in short, and the summary made of them.

use interactions::record::{Area, Attachment, CareKind, Detail, Entry, Record};

use super::banner::{self, is_after};
use super::frame::{self, href, listing};
use super::rows::{facts, provenance, says_the_same, tags, traced};
use super::words::{bytes_words, capitalised, code_words};
use super::{results, timeline};
use crate::clinician::person::{Section, SummaryPage, View};
use crate::clinician::sections::allergies::{AllergiesSection, Allergy, Severity};
use crate::clinician::sections::appointments::{Appointment, AppointmentsSection};
use crate::clinician::sections::documents::{Document, DocumentsSection};
use crate::clinician::sections::encounters::{Encounter, EncountersSection, Place};
use crate::clinician::sections::immunisations::{Immunisation, ImmunisationsSection};
use crate::clinician::sections::medicines::{Medicine, MedicinesSection};
use crate::clinician::sections::people::{PeopleSection, RelatedPerson};
use crate::clinician::sections::problems::{Problem, ProblemsSection};
use crate::clinician::sections::social_care::{SocialCareEntry, SocialCareSection};
use crate::clinician::timeline::TimelineList;
use crate::components::source::Source;
use crate::components::traced::Traced;
use crate::layout;
use crate::routes::portal::Portal;

/// How much of a section is shown.
#[derive(Clone, Copy)]
struct Extent {
    /// Rows of a group at the most.
    rows: usize,
    /// The page that shows the whole; `None` where this is it.
    more: Option<View>,
}

const FULL: Extent = Extent { rows: usize::MAX, more: None };

fn short(rows: usize, view: View) -> Extent {
    Extent { rows, more: Some(view) }
}

/// Entries of the timeline on the summary.
const RECENT: usize = 8;

/// The summary page.
pub(crate) fn summary(portal: &Portal, record: &Record) -> SummaryPage {
    let frame = frame::of(portal, record, View::Summary);
    let title = format!("{}: summary", frame.banner.name.formal());
    let shown = record.entries.iter().filter(|entry| timeline::is_shown(entry));
    let recent_total = shown.clone().count();
    let recent = shown.take(RECENT).map(|entry| timeline::entry(portal, entry, record)).collect();
    SummaryPage {
        layout: portal.layout(layout::Area::Find, title),
        allergies: allergies(portal, record, short(20, View::Allergies)),
        problems: problems(portal, record, short(12, View::Problems)),
        medicines: medicines(portal, record, short(15, View::Medicines)),
        results: results::section(portal, record, Some(10)),
        recent: TimelineList::new(recent, 3),
        recent_total,
        encounters: encounters(portal, record, short(3, View::Encounters)),
        appointments: appointments(portal, record, short(4, View::Appointments)),
        documents: documents(portal, record, short(5, View::Documents)),
        immunisations: immunisations(portal, record, short(5, View::Immunisations)),
        social_care: social_care(portal, record, short(4, View::SocialCare)),
        people: people(portal, record, short(5, View::People)),
        frame,
    }
}

/// One section in full; `None` for the pages that are no section.
pub(crate) fn section(portal: &Portal, record: &Record, view: View) -> Option<Section> {
    Some(match view {
        View::Summary | View::Timeline => return None,
        View::Problems => Section::Problems(problems(portal, record, FULL)),
        View::Medicines => Section::Medicines(medicines(portal, record, FULL)),
        View::Allergies => Section::Allergies(allergies(portal, record, FULL)),
        View::Results => Section::Results(Box::new(results::section(portal, record, None))),
        View::Encounters => Section::Encounters(encounters(portal, record, FULL)),
        View::Appointments => Section::Appointments(appointments(portal, record, FULL)),
        View::Documents => Section::Documents(documents(portal, record, FULL)),
        View::Immunisations => Section::Immunisations(immunisations(portal, record, FULL)),
        View::SocialCare => Section::SocialCare(social_care(portal, record, FULL)),
        View::People => Section::People(people(portal, record, FULL)),
    })
}

/// Entries that several systems hold alike, each once, with the other systems named.
fn once<'r>(portal: &Portal, entries: &[&'r Entry]) -> Vec<(&'r Entry, Vec<Source>)> {
    let mut rows: Vec<(&Entry, Vec<Source>)> = Vec::new();
    for entry in entries {
        let source = portal.source(&entry.source.feed);
        match rows
            .iter_mut()
            .find(|(first, also)| says_the_same(first, entry) && !also.contains(&source))
        {
            Some((_, also)) => also.push(source),
            None => rows.push((entry, Vec::new())),
        }
    }
    rows
}

/// Splits rows by whether they hold now; the short form shows the past only where nothing holds.
fn split<'r>(
    entries: impl Iterator<Item = &'r Entry>,
    extent: Extent,
    holds: impl Fn(&Entry) -> bool,
) -> (Vec<&'r Entry>, Vec<&'r Entry>) {
    let (mut now, mut past): (Vec<&Entry>, Vec<&Entry>) = entries.partition(|entry| holds(entry));
    now.truncate(extent.rows);
    past.truncate(if extent.more.is_some() && !now.is_empty() { 0 } else { extent.rows });
    (now, past)
}

fn problems(portal: &Portal, record: &Record, extent: Extent) -> ProblemsSection {
    let holds = |entry: &Entry| {
        !entry.in_error() && matches!(entry.detail, Detail::Problem { current: true })
    };
    let (current, past) = split(record.of(Area::Problems), extent, holds);
    let row = |(entry, also): (&Entry, Vec<Source>)| {
        let mut provenance = provenance(portal, entry);
        provenance.also = also;
        Problem {
            name: traced(entry, &entry.title),
            code: code_words(entry.code.as_ref()),
            status: tags(entry),
            since: portal.when(entry.when.as_ref()),
            ended: entry.until.as_ref().map(|until| portal.when(Some(until))),
            notes: entry.notes.clone(),
            provenance,
        }
    };
    ProblemsSection {
        list: listing(portal, record, Area::Problems, extent.more),
        current: once(portal, &current).into_iter().map(row).collect(),
        past: once(portal, &past).into_iter().map(row).collect(),
    }
}

fn medicines(portal: &Portal, record: &Record, extent: Extent) -> MedicinesSection {
    let holds = |entry: &Entry| {
        !entry.in_error() && matches!(entry.detail, Detail::Medicine { current: true, .. })
    };
    let (current, past) = split(record.of(Area::Medicines), extent, holds);
    let row = |entry: &&Entry| {
        let dose = match &entry.detail {
            Detail::Medicine { dose, .. } => dose.as_ref(),
            _ => None,
        };
        Medicine {
            drug: traced(entry, &entry.title),
            dose: dose.map(|dose| traced(entry, dose)),
            details: entry
                .facts
                .iter()
                .map(|(label, said)| ((*label).to_owned(), said.text.clone()))
                .collect(),
            status: tags(entry),
            started: portal.when(entry.when.as_ref()),
            ended: entry.until.as_ref().map(|until| portal.when(Some(until))),
            provenance: provenance(portal, entry),
        }
    };
    MedicinesSection {
        list: listing(portal, record, Area::Medicines, extent.more),
        current: current.iter().map(row).collect(),
        past: past.iter().map(row).collect(),
    }
}

fn allergies(portal: &Portal, record: &Record, extent: Extent) -> AllergiesSection {
    let statement = banner::allergies(portal, record);
    let (mut none, mut known) = (Vec::new(), Vec::new());
    for entry in record.of(Area::Allergies) {
        let Detail::Allergy { none_known, severity, holds, .. } = &entry.detail else { continue };
        match none_known {
            true if *holds => none.push(entry),
            true => {}
            false => known.push((severity_of(*severity), entry)),
        }
    }
    known.sort_by_key(|(severity, _)| match severity {
        Severity::Severe => 0,
        Severity::Moderate => 1,
        Severity::Mild => 3,
        Severity::NotRecorded => 2,
    });
    let entries: Vec<&Entry> =
        known.into_iter().map(|(_, entry)| entry).take(extent.rows).collect();
    let conflict = (!entries.is_empty() && !none.is_empty()).then(|| {
        let said = none.iter().map(|entry| {
            let source = portal.source(&entry.source.feed).name;
            format!(
                "{source} recorded “no known allergies” on {}.",
                portal.when(entry.when.as_ref()).text
            )
        });
        said.collect::<Vec<_>>().join(" ")
    });
    let row = |(entry, also): (&Entry, Vec<Source>)| {
        let mut provenance = provenance(portal, entry);
        provenance.also = also;
        let (reactions, severity) = match &entry.detail {
            Detail::Allergy { reactions, severity, .. } => (reactions.as_slice(), *severity),
            _ => (&[][..], None),
        };
        Allergy {
            substance: traced(entry, &entry.title),
            code: code_words(entry.code.as_ref()),
            reactions: reactions.iter().map(|reaction| traced(entry, reaction)).collect(),
            severity: severity_of(severity),
            status: tags(entry),
            recorded: portal.when(entry.when.as_ref()),
            provenance,
        }
    };
    AllergiesSection {
        list: listing(portal, record, Area::Allergies, extent.more),
        statement,
        rows: once(portal, &entries).into_iter().map(row).collect(),
        conflict,
    }
}

fn severity_of(code: Option<&str>) -> Severity {
    match code {
        Some("severe") => Severity::Severe,
        Some("moderate") => Severity::Moderate,
        Some("mild") => Severity::Mild,
        _ => Severity::NotRecorded,
    }
}

fn encounters(portal: &Portal, record: &Record, extent: Extent) -> EncountersSection {
    let row = |entry: &Entry| {
        let places: &[interactions::record::Place] = match &entry.detail {
            Detail::Encounter(places) => places,
            _ => &[],
        };
        Encounter {
            title: traced(entry, &entry.title),
            from: portal.when(entry.when.as_ref()),
            to: entry.until.as_ref().map(|until| portal.when(Some(until))),
            status: tags(entry),
            details: facts(entry),
            places: places
                .iter()
                .map(|place| Place {
                    name: traced(entry, &place.name),
                    from: portal.when(place.from.as_ref()),
                    to: place.to.as_ref().map(|to| portal.when(Some(to))),
                    current: place.current,
                })
                .collect(),
            provenance: provenance(portal, entry),
        }
    };
    EncountersSection {
        list: listing(portal, record, Area::Encounters, extent.more),
        rows: record.of(Area::Encounters).take(extent.rows).map(row).collect(),
    }
}

fn appointments(portal: &Portal, record: &Record, extent: Extent) -> AppointmentsSection {
    let now = portal.app.clock.now();
    let holds = |entry: &Entry| {
        let booked = matches!(entry.detail, Detail::Appointment { booked: true });
        booked && entry.when.as_ref().is_some_and(|when| is_after(&when.text, now))
    };
    let (mut upcoming, past) =
        split(record.of(Area::Appointments), Extent { rows: usize::MAX, ..extent }, holds);
    upcoming.reverse();
    let row = |entry: &&Entry| Appointment {
        at: portal.when(entry.when.as_ref()),
        title: traced(entry, &entry.title),
        details: facts(entry),
        status: tags(entry),
        provenance: provenance(portal, entry),
    };
    AppointmentsSection {
        list: listing(portal, record, Area::Appointments, extent.more),
        upcoming: upcoming.iter().take(extent.rows).map(row).collect(),
        past: past.iter().take(extent.rows).map(row).collect(),
    }
}

fn documents(portal: &Portal, record: &Record, extent: Extent) -> DocumentsSection {
    let row = |entry: &Entry| {
        let held = match &entry.detail {
            Detail::Document(Some(attachment)) => Some(attachment),
            _ => None,
        };
        let id = &entry.source.key.id;
        Document {
            at: portal.when(entry.when.as_ref()),
            title: traced(entry, &entry.title),
            href: held
                .filter(|a| a.held && a.text.is_none())
                .map(|_| format!("/clinician/document/{id}")),
            form: held.map(form_words).unwrap_or_default(),
            // On the summary a letter's whole text would hide everything below it.
            text: held.and_then(|a| a.text.clone()).filter(|_| extent.more.is_none()),
            status: tags(entry),
            provenance: provenance(portal, entry),
        }
    };
    DocumentsSection {
        list: listing(portal, record, Area::Documents, extent.more),
        rows: record.of(Area::Documents).take(extent.rows).map(row).collect(),
    }
}

fn form_words(attachment: &Attachment) -> String {
    let form = match attachment.media_type.as_str() {
        "application/pdf" => "PDF",
        "text/plain" => "Text",
        "text/html" => "HTML",
        "text/rtf" | "application/rtf" => "RTF",
        "image/jpeg" | "image/png" | "image/tiff" => "Image",
        "" => "Document",
        other => other,
    };
    if attachment.size > 0 {
        format!("{form}, {}", bytes_words(attachment.size))
    } else {
        form.to_owned()
    }
}

fn immunisations(portal: &Portal, record: &Record, extent: Extent) -> ImmunisationsSection {
    let row = |(entry, also): (&Entry, Vec<Source>)| {
        let mut provenance = provenance(portal, entry);
        provenance.also = also;
        Immunisation {
            at: portal.when(entry.when.as_ref()),
            vaccine: traced(entry, &entry.title),
            details: facts(entry),
            status: tags(entry),
            provenance,
        }
    };
    let entries: Vec<&Entry> = record.of(Area::Immunisations).take(extent.rows).collect();
    let alone = entries.into_iter().map(|entry| (entry, Vec::new()));
    ImmunisationsSection {
        list: listing(portal, record, Area::Immunisations, extent.more),
        rows: alone.map(row).collect(),
    }
}

fn social_care(portal: &Portal, record: &Record, extent: Extent) -> SocialCareSection {
    let row = |entry: &Entry| SocialCareEntry {
        from: portal.when(entry.when.as_ref()),
        to: entry.until.as_ref().map(|until| portal.when(Some(until))),
        title: match entry.detail {
            Detail::Care(CareKind::Alert) => Traced {
                text: format!("Alert: {}", entry.title.text),
                ..traced(entry, &entry.title)
            },
            _ => traced(entry, &entry.title),
        },
        details: facts(entry),
        status: tags(entry),
        provenance: provenance(portal, entry),
    };
    let of = |kinds: &[CareKind]| {
        let entries = record.of(Area::SocialCare);
        let wanted = entries
            .filter(|entry| matches!(entry.detail, Detail::Care(kind) if kinds.contains(&kind)));
        wanted.take(extent.rows).map(row).collect::<Vec<_>>()
    };
    SocialCareSection {
        list: listing(portal, record, Area::SocialCare, extent.more),
        packages: of(&[CareKind::Alert, CareKind::Package]),
        assessments: of(&[CareKind::Assessment]),
        contacts: Vec::new(),
    }
}

fn people(portal: &Portal, record: &Record, extent: Extent) -> PeopleSection {
    let row = |entry: &Entry| RelatedPerson {
        name: traced(entry, &entry.title),
        relationship: match &entry.detail {
            Detail::Related(Some(said)) => {
                Some(Traced { text: capitalised(&said.text), ..traced(entry, said) })
            }
            _ => None,
        },
        details: facts(entry),
        provenance: provenance(portal, entry),
    };
    PeopleSection {
        list: listing(portal, record, Area::People, extent.more),
        rows: record.of(Area::People).take(extent.rows).map(row).collect(),
    }
}

/// The address of a record's page, for links between pages.
pub(crate) fn view_href(record: &Record, view: View) -> String {
    format!("{}/{}", href(record), view.segment())
}
