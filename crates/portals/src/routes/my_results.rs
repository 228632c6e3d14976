//! A person's own test results.

use std::sync::Arc;

use axum::extract::{Path, RawQuery};
use interactions::record::{Entry, Measurement, Record};
use interactions::{Reviewed, Withholding, decode_query};

use super::answer::Answer;
use super::gate::State;
use super::mine::{citizen, meaning, read};
use super::portal::Portal;
use super::record::off_the_reactor;
use super::show::results::{Series, series, trend};
use crate::components::traced::percent_encoded;
use crate::layout::Area;
use crate::patient::results::{ResultPage, ResultsPage, TestGroup, TestLine, ValueLine};
use crate::patient::tests_explained::explained;
use crate::patient::when;
use crate::problem::Problem;

/// Values of a test on a page.
const SHOWN: usize = 50;

pub(super) async fn list(State(portal): State<Arc<Portal>>) -> Answer {
    let withheld = Withholding::of(&*citizen(&portal)?);
    let record = match read(&portal).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    off_the_reactor(portal, move |portal| {
        portal.page(&ResultsPage {
            layout: portal.layout(Area::MyRecord, "Test results"),
            groups: groups(portal, &record),
            awaiting_review: withheld.awaiting_review,
        })
    })
    .await
}

fn groups(portal: &Portal, record: &Record) -> Vec<TestGroup> {
    let (mut tests, mut measured, mut checks) = (Vec::new(), Vec::new(), Vec::new());
    for series in series(record) {
        let (entry, measurement) = series.values[0];
        let line = TestLine {
            name: series.name().to_owned(),
            href: href(series.key),
            value: value(measurement),
            meaning: meaning(measurement.interpretation.as_deref()),
            when: taken(portal, entry),
            count: series.values.len(),
        };
        if is_measured(&series) {
            measured.push(line);
        } else if is_check(&series) {
            checks.push(line);
        } else {
            tests.push(line);
        }
    }
    let groups = [
        ("Blood and other tests", tests),
        ("Measurements", measured),
        ("Checks at visits", checks),
    ];
    let groups = groups.into_iter().filter(|(_, tests)| !tests.is_empty());
    groups.map(|(heading, tests)| TestGroup { heading, tests }).collect()
}

/// Whether it was measured at a visit or at home and not by a laboratory, by its code.
fn is_measured(series: &Series<'_>) -> bool {
    const MEASURED: [&str; 26] = [
        "75367002",
        "85354-9",
        "55284-4",
        "271649006",
        "8480-6",
        "72313002",
        "271650006",
        "8462-4",
        "1091811000000102",
        "78564009",
        "8867-4",
        "364075005",
        "27113001",
        "29463-7",
        "50373000",
        "8302-2",
        "1153637007",
        "60621009",
        "39156-5",
        "386725007",
        "8310-5",
        "431314004",
        "59408-5",
        "86290005",
        "9279-1",
        "18491000",
    ];
    MEASURED.contains(&code(series.key))
}

/// Whether it is an answer on a team's own form, which has a code of the team's or none.
fn is_check(series: &Series<'_>) -> bool {
    const SHARED: [&str; 2] = ["http://snomed.info/sct|", "http://loinc.org|"];
    !SHARED.iter().any(|system| series.key.starts_with(system))
}

/// The code of a test's key.
fn code(key: &str) -> &str {
    key.rsplit('|').next().unwrap_or(key)
}

fn href(key: &str) -> String {
    format!("/me/record/results/{}", percent_encoded(key))
}

fn value(measured: &Measurement) -> String {
    match &measured.value {
        Some(said) => format!("{} {}", said.text, measured.unit).trim().to_owned(),
        None => "No value".to_owned(),
    }
}

fn taken(portal: &Portal, entry: &Entry) -> String {
    let when = entry.when.as_ref();
    when.map_or_else(
        || "No date recorded".to_owned(),
        |when| when::words(&when.text, &portal.options.zone),
    )
}

pub(super) async fn one(
    State(portal): State<Arc<Portal>>,
    Path(key): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    let pairs = decode_query(query.as_deref().unwrap_or(""));
    let after = pairs.iter().find(|(name, _)| name == "after").map_or("0", |(_, value)| value);
    let after: usize = after.parse().map_err(|_| portal.problem(Problem::BadRequest))?;
    let record = match read(&portal).await? {
        Ok(record) => record,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let all = series(&record);
    let Some(series) = all.iter().find(|series| series.key == key) else {
        return Err(portal.problem(Problem::NotFound));
    };
    let reviews = portal.app.own_reviews().await.map_err(|failure| portal.failure(&failure))?;
    let unsaid = Reviewed::default();
    let shown = series.values.iter().skip(after).take(SHOWN);
    let values = shown.map(|(entry, measured)| {
        let review = reviews.get(&entry.source.key).unwrap_or(&unsaid);
        line(&portal, entry, measured, review)
    });
    let values: Vec<ValueLine> = values.collect();
    let shown = after + values.len();
    portal.page(&ResultPage {
        layout: portal.layout(Area::MyRecord, series.name()),
        name: series.name().to_owned(),
        explained: explained(code(&key)).unwrap_or(""),
        trend: trend(&portal, series),
        older: series.values.len().saturating_sub(shown),
        older_href: format!("{}?after={shown}", href(&key)),
        values,
    })
}

fn line(portal: &Portal, entry: &Entry, measured: &Measurement, review: &Reviewed) -> ValueLine {
    let range = measured.range.as_ref();
    let range = range.map(|range| format!("{} {}", range.text, measured.unit));
    let by = (!review.words.is_empty()).then(|| format!("({})", review.by));
    ValueLine {
        when: taken(portal, entry),
        value: value(measured),
        meaning: meaning(measured.interpretation.as_deref()),
        range: range.unwrap_or_default().trim().to_owned(),
        source: portal.source_in_plain_words(&entry.source.feed),
        said: review.words.clone(),
        said_by: by.unwrap_or_default(),
    }
}
