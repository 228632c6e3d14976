//! What stands around every page of a record: the banner, and what each system supplies.

use std::collections::BTreeSet;

use interactions::Duty;
use interactions::record::{Area, Record};

use super::banner;
use crate::clinician::person::{Gap, PersonFrame, View};
use crate::clinician::sections::Listing;
use crate::components::supply::{SourceSupply, Supplies, Supply, Unavailable};
use crate::layout::Viewer;
use crate::routes::portal::Portal;
use crate::routes::systems::{place_of, sends};

/// The address of a record.
pub(crate) fn href(record: &Record) -> String {
    format!("/clinician/person/{}", record.id)
}

pub(crate) fn of(portal: &Portal, record: &Record, view: View) -> PersonFrame {
    let href = href(record);
    PersonFrame {
        banner: banner::of(portal, record, &href),
        view,
        systems: supplies(portal, record, None).systems,
        href,
        gaps: [(record.not_shared, Gap::NotShared), (record.cut, Gap::Cut)]
            .into_iter()
            .filter_map(|(is_so, gap)| is_so.then_some(gap))
            .collect(),
        may_link: match &portal.viewer {
            Viewer::Staff { duties, .. } => duties.contains(&Duty::Links),
            viewer => *viewer == Viewer::Open,
        },
        may_launch: matches!(portal.viewer, Viewer::Staff { .. }),
    }
}

/// The words for the entries of a part, in lower case.
pub(crate) fn noun(area: Option<Area>) -> &'static str {
    match area {
        None => "entries",
        Some(Area::Allergies) => "allergies",
        Some(Area::Problems) => "problems",
        Some(Area::Medicines) => "medicines",
        Some(Area::Results) => "results",
        Some(Area::Encounters) => "stays and visits",
        Some(Area::Appointments) => "appointments",
        Some(Area::Documents) => "documents",
        Some(Area::Immunisations) => "immunisations",
        Some(Area::Procedures) => "procedures",
        Some(Area::SocialCare) => "social-care entries",
        Some(Area::People) => "next of kin",
    }
}

/// What every system of the person's places says about a part, or about the whole.
pub(crate) fn supplies(portal: &Portal, record: &Record, area: Option<Area>) -> Supplies {
    let counted = |feed: &str| {
        let entries = record.entries.iter().filter(|entry| &*entry.source.feed == feed);
        entries.filter(|entry| area.is_none_or(|area| entry.area() == area)).count()
    };
    let linked = record.feeds.iter().filter(|feed| feed.linked && !feed.feed.is_empty());
    let places: BTreeSet<&str> = linked.map(|feed| place_of(&feed.feed)).collect();
    let configured = portal.options.systems.iter().map(|system| system.feed.as_str());
    let known = record.feeds.iter().map(|feed| &*feed.feed);
    let mut names: Vec<&str> = Vec::new();
    for name in configured.chain(known) {
        let is_near = !name.is_empty() && places.contains(place_of(name));
        if !names.contains(&name) && (is_near || counted(name) > 0) {
            names.push(name);
        }
    }
    let systems = names.into_iter().map(|name| {
        let feed = record.feeds.iter().find(|feed| &*feed.feed == name);
        let source = portal.source(name);
        let last = feed.and_then(|feed| feed.last_received);
        let missing = |reason| Supply::NotAvailable {
            reason,
            last_message: last.map(|at| portal.moment(at)),
        };
        let supply = match (counted(name), last) {
            (_, None) => missing(Unavailable::NotConnected),
            (count @ 1.., Some(at)) => Supply::Entries { count, as_of: portal.moment(at) },
            _ if area.is_some_and(|area| !sends(source.care, area)) => {
                missing(Unavailable::NotSent)
            }
            _ if feed.is_none_or(|feed| !feed.linked) => missing(Unavailable::NotLinked),
            (_, Some(at)) if portal.is_late(at) => missing(Unavailable::Late),
            (_, Some(at)) => Supply::NoneRecorded { as_of: portal.moment(at) },
        };
        SourceSupply { source, supply }
    });
    Supplies { noun: noun(area).to_owned(), systems: systems.collect() }
}

/// A section's counts; `view` is the page that shows it in full, unless this is it.
pub(crate) fn listing(portal: &Portal, record: &Record, area: Area, view: Option<View>) -> Listing {
    let total = record.of(area).count();
    let more =
        view.filter(|_| total > 0).map(|view| format!("{}/{}", href(record), view.segment()));
    Listing { total, more, supplies: supplies(portal, record, Some(area)) }
}
