//! Results: the latest of each test, and one test over time with its drawing.

use std::collections::HashMap;

use interactions::record::{Area, Detail, Entry, Measurement, Record};

use super::frame::{self, listing};
use super::rows::{notable_tags, provenance, traced};
use super::sections::view_href;
use super::words::code_words;
use crate::clinician::person::View;
use crate::clinician::results::{Flag, ResultPage, ResultSeries, ResultValue, ResultsSection};
use crate::components::chart::{Point, Range, Trend};
use crate::components::pagination::{Pagination, Step};
use crate::components::traced::{Traced, percent_encoded};
use crate::layout;
use crate::routes::portal::Portal;

/// One test with its values, newest first.
pub(crate) struct Series<'r> {
    pub(crate) key: &'r str,
    pub(crate) values: Vec<(&'r Entry, &'r Measurement)>,
}

impl<'r> Series<'r> {
    pub(crate) fn name(&self) -> &'r str {
        self.values.first().map_or("", |(entry, _)| entry.title.text.as_str())
    }
}

/// The tests of a record, that with the newest value first.
pub(crate) fn series(record: &Record) -> Vec<Series<'_>> {
    let mut all: Vec<Series<'_>> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for entry in record.of(Area::Results) {
        let Detail::Result(measured) = &entry.detail else { continue };
        if entry.in_error() {
            continue;
        }
        let key = measured.series.as_str();
        let index = *at.entry(key).or_insert_with(|| {
            all.push(Series { key, values: Vec::new() });
            all.len() - 1
        });
        all[index].values.push((entry, measured));
    }
    all
}

/// The section; `rows` tests at the most where it is the short form.
pub(crate) fn section(portal: &Portal, record: &Record, rows: Option<usize>) -> ResultsSection {
    let all = series(record);
    let with_most =
        all.iter().filter(|series| drawable(series) > 1).max_by_key(|series| drawable(series));
    ResultsSection {
        list: listing(portal, record, Area::Results, rows.map(|_| View::Results)),
        trend: with_most.and_then(|series| trend(portal, series)),
        series: all
            .iter()
            .take(rows.unwrap_or(usize::MAX))
            .map(|s| row(portal, record, s))
            .collect(),
    }
}

fn drawable(series: &Series<'_>) -> usize {
    series
        .values
        .iter()
        .filter(|(entry, measured)| measured.number.is_some() && entry.at().is_some())
        .count()
}

fn row(portal: &Portal, record: &Record, series: &Series<'_>) -> ResultSeries {
    let (entry, measured) = series.values[0];
    let previous = series.values.get(1).map(|(entry, measured)| {
        let said = measured.value.as_ref().map_or("No value", |value| value.text.as_str());
        let words = if measured.unit.is_empty() {
            said.to_owned()
        } else {
            format!("{said} {}", measured.unit)
        };
        (words, portal.when(entry.when.as_ref()))
    });
    ResultSeries {
        name: series.name().to_owned(),
        href: href(record, series.key),
        latest: value(portal, entry, measured),
        previous,
        count: series.values.len(),
    }
}

fn href(record: &Record, key: &str) -> String {
    format!("{}/{}", view_href(record, View::Results), percent_encoded(key))
}

fn value(portal: &Portal, entry: &Entry, measured: &Measurement) -> ResultValue {
    ResultValue {
        at: portal.when(entry.when.as_ref()),
        value: match &measured.value {
            Some(said) => traced(entry, said),
            None => Traced::plain("No value"),
        },
        unit: measured.unit.clone(),
        flag: flag(measured),
        range: measured.range.as_ref().map(|range| range.text.clone()).unwrap_or_default(),
        status: notable_tags(entry),
        notes: entry.notes.clone(),
        provenance: provenance(portal, entry),
    }
}

pub(crate) fn flag(measured: &Measurement) -> Option<Flag> {
    measured.interpretation.as_deref().and_then(Flag::from_code)
}

/// The drawing of a test, of the values in the unit of the newest.
pub(crate) fn trend(portal: &Portal, series: &Series<'_>) -> Option<Trend> {
    let unit = newest_unit(series)?;
    let points: Vec<Point> = series
        .values
        .iter()
        .filter(|(_, measured)| measured.unit == unit)
        .filter_map(|(entry, measured)| {
            Some(Point {
                at: portal.when(entry.when.as_ref()),
                value: measured.number?,
                text: measured.value.as_ref()?.text.clone(),
                flag: flag(measured)
                    .filter(|flag| *flag != Flag::Normal)
                    .map(|flag| flag.words().to_lowercase()),
            })
        })
        .collect();
    let range = series.values.iter().find_map(|(_, measured)| {
        let range = measured.range.as_ref().filter(|_| measured.unit == unit)?;
        let text = format!("{} {unit}", range.text).trim().to_owned();
        Some(Range { low: range.low, high: range.high, text })
    });
    let id: String = series.key.chars().filter(char::is_ascii_alphanumeric).collect();
    Trend::new(&id, series.name(), unit, &points, &range.unwrap_or_default())
}

fn newest_unit<'r>(series: &Series<'r>) -> Option<&'r str> {
    let numeric = series.values.iter().find(|(_, measured)| measured.number.is_some());
    numeric.map(|(_, measured)| measured.unit.as_str())
}

/// The page of one test; `None` where the person has no value of it.
pub(crate) fn page(
    portal: &Portal,
    record: &Record,
    key: &str,
    after: usize,
    count: usize,
) -> Option<ResultPage> {
    let all = series(record);
    let series = all.iter().find(|series| series.key == key)?;
    let total = series.values.len();
    let shown = series.values.iter().skip(after).take(count);
    let values: Vec<ResultValue> =
        shown.map(|(entry, measured)| value(portal, entry, measured)).collect();
    let last = (after + values.len()).min(total);
    let address = href(record, key);
    let trend = trend(portal, series);
    let frame = frame::of(portal, record, View::Results);
    let title = format!("{}: {}", frame.banner.name.formal(), series.name());
    Some(ResultPage {
        layout: portal.layout(layout::Area::Find, title),
        name: series.name().to_owned(),
        code: code_words(series.values[0].0.code.as_ref()),
        trend_note: note(series, trend.is_some()),
        trend,
        pagination: Pagination {
            first: if values.is_empty() { 0 } else { after + 1 },
            last,
            total,
            noun: "values",
            previous: (after > 0).then(|| Step {
                words: "Newer values",
                href: format!("{address}?after={}", after.saturating_sub(count)),
            }),
            next: (last < total)
                .then(|| Step { words: "Older values", href: format!("{address}?after={last}") }),
        },
        values,
        frame,
    })
}

/// Why there is no drawing, or what it leaves out.
fn note(series: &Series<'_>, drawn: bool) -> String {
    let numbers = drawable(series);
    if !drawn {
        return match (series.values.len(), numbers) {
            (1, _) => "There is but one value, so there is no drawing.".to_owned(),
            (_, 0) => "The values are no single numbers, so there is no drawing.".to_owned(),
            _ => {
                "Too few of the values are numbers with a date, so there is no drawing.".to_owned()
            }
        };
    }
    let unit = newest_unit(series).unwrap_or("");
    let drawn = series.values.iter().filter(|(entry, measured)| {
        measured.number.is_some() && entry.at().is_some() && measured.unit == unit
    });
    match series.values.len() - drawn.count() {
        0 => String::new(),
        1 => "1 value has no number, no date or another unit and is not drawn.".to_owned(),
        left => format!("{left} values have no number, no date or another unit and are not drawn."),
    }
}
