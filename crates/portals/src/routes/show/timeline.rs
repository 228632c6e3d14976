//! The timeline: every entry that stands by itself, narrowed to what is asked for.

use std::collections::BTreeMap;

use interactions::record::{Area, Detail, Entry, Record};
use jiff::civil::Date;

use super::frame::{self, supplies};
use super::results::flag;
use super::rows::{facts, notable_tags, provenance, traced};
use super::sections::view_href;
use crate::clinician::person::View;
use crate::clinician::results::Flag;
use crate::clinician::timeline::{Choice, Entry as Row, Filter, Kind, TimelineList, TimelinePage};
use crate::components::pagination::{Pagination, Step};
use crate::components::tag::{Colour, Tag};
use crate::components::traced::{Traced, percent_encoded};
use crate::layout;
use crate::routes::portal::Portal;

/// Entries on a page.
const ON_PAGE: usize = 100;

/// What the reader asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    sources: Vec<String>,
    kinds: Vec<Kind>,
    from: String,
    to: String,
    after: usize,
}

impl Wanted {
    /// Reads a query; what it does not know is passed over.
    pub(crate) fn read(pairs: &[(String, String)]) -> Wanted {
        let mut wanted = Wanted::default();
        for (name, value) in pairs {
            match name.as_str() {
                "source" => wanted.sources.push(value.clone()),
                "kind" => wanted.kinds.extend(Kind::from_code(value)),
                "from" => wanted.from = value.chars().take(10).collect(),
                "to" => wanted.to = value.chars().take(10).collect(),
                "after" => wanted.after = value.parse().unwrap_or(0),
                _ => {}
            }
        }
        wanted
    }

    /// The first and the last day; an error where they are no dates or the wrong way round.
    fn days(&self) -> Result<(Option<Date>, Option<Date>), String> {
        let day = |text: &str, which: &str| match text {
            "" => Ok(None),
            text => {
                text.parse::<Date>().map(Some).map_err(|_| format!("{which} must be a real date"))
            }
        };
        let (from, to) = (day(&self.from, "The first day")?, day(&self.to, "The last day")?);
        match (from, to) {
            (Some(from), Some(to)) if from > to => {
                Err("The first day must not be after the last day".to_owned())
            }
            days => Ok(days),
        }
    }

    fn query(&self, after: usize) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(
            self.sources.iter().map(|source| format!("source={}", percent_encoded(source))),
        );
        parts.extend(self.kinds.iter().map(|kind| format!("kind={}", kind.code())));
        for (name, value) in [("from", &self.from), ("to", &self.to)] {
            if !value.is_empty() {
                parts.push(format!("{name}={}", percent_encoded(value)));
            }
        }
        parts.push(format!("after={after}"));
        parts.join("&")
    }
}

/// The kind of a timeline's row; next of kin are no events.
pub(crate) fn kind(entry: &Entry) -> Option<Kind> {
    Some(match entry.area() {
        Area::Allergies => Kind::Allergy,
        Area::Problems => Kind::Problem,
        Area::Medicines => Kind::Medicine,
        Area::Results => Kind::Result,
        Area::Encounters => Kind::Encounter,
        Area::Appointments => Kind::Appointment,
        Area::Documents => Kind::Document,
        Area::Immunisations => Kind::Immunisation,
        Area::Procedures => Kind::Procedure,
        Area::SocialCare => Kind::SocialCare,
        Area::People => return None,
    })
}

/// Whether an entry stands by itself in the timeline.
pub(crate) fn is_shown(entry: &Entry) -> bool {
    !entry.grouped && kind(entry).is_some()
}

/// One row.
pub(crate) fn entry(portal: &Portal, entry: &Entry, record: &Record) -> Row {
    let mut tags = notable_tags(entry);
    let mut details = Vec::new();
    let mut title = traced(entry, &entry.title);
    match &entry.detail {
        Detail::Result(measured) => {
            let said = measured.value.as_ref().map_or("no value", |value| value.text.as_str());
            title.text = trimmed(format!("{} {said} {}", title.text, measured.unit));
            if let Some(value) = &measured.value {
                title.lineage = traced(entry, value).lineage;
            }
            if let Some(range) = measured.range.as_ref().filter(|range| !range.text.is_empty()) {
                details.push(("Range".to_owned(), Traced::plain(range.text.as_str())));
            }
            tags.extend(flag(measured).filter(|flag| *flag != Flag::Normal).map(flag_tag));
        }
        Detail::Report(results) => details.extend(results.iter().filter_map(|key| {
            let result = record.entries.iter().find(|entry| entry.source.key == *key)?;
            report_line(result)
        })),
        Detail::Medicine { dose: Some(dose), .. } => {
            details.push(("Dose".to_owned(), traced(entry, dose)));
        }
        Detail::Encounter(places) => {
            details.extend(
                places.last().map(|place| ("Place".to_owned(), traced(entry, &place.name))),
            );
        }
        _ => {}
    }
    details.extend(facts(entry));
    Row {
        at: portal.when(entry.when.as_ref()),
        kind: kind(entry).unwrap_or(Kind::Result),
        title,
        details,
        tags,
        provenance: provenance(portal, entry),
    }
}

/// Without the space that a missing unit leaves.
fn trimmed(mut text: String) -> String {
    text.truncate(text.trim_end().len());
    text
}

fn report_line(result: &Entry) -> Option<(String, Traced)> {
    let Detail::Result(measured) = &result.detail else { return None };
    let value = measured.value.as_ref()?;
    let mut line = traced(result, value);
    line.text = trimmed(format!("{} {}", line.text, measured.unit));
    if let Some(flag) = flag(measured).filter(|flag| *flag != Flag::Normal) {
        line.text = format!("{} ({})", line.text, flag.words().to_lowercase());
    }
    Some((result.title.text.clone(), line))
}

fn flag_tag(flag: Flag) -> Tag {
    let colour = match flag {
        Flag::CriticallyLow | Flag::CriticallyHigh | Flag::CriticallyAbnormal => Colour::Red,
        _ => Colour::Orange,
    };
    Tag::new(colour, flag.words())
}

/// The page.
pub(crate) fn page(portal: &Portal, record: &Record, wanted: &Wanted) -> TimelinePage {
    let all: Vec<&Entry> = record.entries.iter().filter(|entry| is_shown(entry)).collect();
    let days = wanted.days();
    let (from, to) = days.clone().unwrap_or_default();
    let matches = |entry: &&&Entry| {
        let day = entry.when.as_ref().and_then(|when| first_day(&when.text));
        (wanted.sources.is_empty()
            || wanted.sources.iter().any(|source| **source == *entry.source.feed))
            && (wanted.kinds.is_empty()
                || kind(entry).is_some_and(|kind| wanted.kinds.contains(&kind)))
            && from.is_none_or(|from| day.is_some_and(|day| day >= from))
            && to.is_none_or(|to| day.is_some_and(|day| day <= to))
    };
    let chosen: Vec<&&Entry> = all.iter().filter(matches).collect();
    let total = chosen.len();
    let after = wanted.after.min(total);
    let rows: Vec<Row> =
        chosen.iter().skip(after).take(ON_PAGE).map(|e| entry(portal, e, record)).collect();
    let last = after + rows.len();
    let action = view_href(record, View::Timeline);
    let step =
        |words, after: usize| Step { words, href: format!("{action}?{}", wanted.query(after)) };
    let frame = frame::of(portal, record, View::Timeline);
    TimelinePage {
        layout: portal
            .layout(layout::Area::Find, format!("{}: timeline", frame.banner.name.formal())),
        frame,
        filter: filter(portal, &all, wanted, days.err()),
        pagination: Pagination {
            first: if rows.is_empty() { 0 } else { after + 1 },
            last,
            total,
            noun: "entries",
            previous: (after > 0).then(|| step("Newer entries", after.saturating_sub(ON_PAGE))),
            next: (last < total).then(|| step("Older entries", last)),
        },
        list: TimelineList::new(rows, 2),
        supplies: supplies(portal, record, None),
        action,
    }
}

/// The first day that a date of any precision covers.
fn first_day(text: &str) -> Option<Date> {
    let whole = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.get(..10)?.to_owned(),
    };
    whole.parse().ok()
}

fn filter(portal: &Portal, all: &[&Entry], wanted: &Wanted, error: Option<String>) -> Filter {
    let mut of_source: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in all {
        *of_source.entry(&entry.source.feed).or_default() += 1;
    }
    let sources = of_source.into_iter().map(|(feed, count)| Choice {
        value: feed.to_owned(),
        words: portal.source(feed).name,
        count: Some(count),
        chosen: wanted.sources.iter().any(|source| source == feed),
    });
    let kinds = Kind::ALL.into_iter().map(|choice| Choice {
        value: choice.code().to_owned(),
        words: choice.word().to_owned(),
        count: Some(all.iter().filter(|entry| kind(entry) == Some(choice)).count()),
        chosen: wanted.kinds.contains(&choice),
    });
    Filter {
        sources: sources.collect(),
        kinds: kinds.collect(),
        from: wanted.from.clone(),
        to: wanted.to.clone(),
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    fn wanted(query: &[(&str, &str)]) -> Wanted {
        let pairs: Vec<_> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        Wanted::read(&pairs)
    }

    #[test]
    fn days_are_checked() {
        let error = |query: &[(&str, &str)]| wanted(query).days().err();
        assert_eq!(error(&[("from", "2026-01-01"), ("to", "2026-02-01")]), None);
        assert_eq!(
            error(&[("from", "2026-02-30")]).as_deref(),
            Some("The first day must be a real date")
        );
        assert!(error(&[("from", "2026-02-02"), ("to", "2026-02-01")]).is_some());
    }

    #[test]
    fn a_query_comes_back_whole() {
        let asked = wanted(&[
            ("source", "a&b"),
            ("kind", "result"),
            ("kind", "<x>"),
            ("from", "2026-01-01"),
            ("after", "-3"),
        ]);
        assert_eq!(asked.query(100), "source=a%26b&kind=result&from=2026-01-01&after=100");
    }
}
