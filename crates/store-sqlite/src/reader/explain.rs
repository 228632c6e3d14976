//! How a search is run: the steps of its first page, each with what it took.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::types::Value;
use search::{Search, Total};
use store::sql::{Bind, Statement, words};
use store::{Estimate, ExplainedStep, Explanation, SearchHitKind, StoreError};

use super::first::{self, Way};
use super::lists::LIST_MAX;
use super::search::{MANY, PROBE_MAX, Part, parts};
use super::{Reader, walk};
use crate::dialect::{count_rows, plan_of};
use crate::numbers::Moment;

impl Reader {
    /// Runs the first page of a search without reading its bodies, and tells how.
    pub(crate) fn explanation(
        &self,
        db: &Connection,
        search: &Search,
    ) -> Result<Explanation, StoreError> {
        let numbers = self.numbers();
        let moment = Moment { numbers: &numbers, db };
        let mut explanation = Explanation::default();
        for (part, branch) in parts(&moment, search).iter_mut().zip(search.branches.iter().cycle())
        {
            for (index, statement) in part.query.candidates(PROBE_MAX)? {
                let name = words(&moment, &part.query.parts()[index]);
                let told = format!("counts the {} that {name} finds", branch.resource_type);
                explanation.steps.push(step(db, told, &statement, None)?);
            }
            part.choose_driver(db)?;
            let told = drives(&moment, part, branch.resource_type.as_str());
            let estimated = part.matches.map(|matches| match matches {
                MANY => Estimate::AtLeast(PROBE_MAX.into()),
                matches => Estimate::About(matches as u64),
            });
            explanation.steps.push(first_page(
                (db, self.options.sorted_min),
                part,
                search,
                told,
                estimated,
            )?);
            if search.total != Total::None && part.query.kept_count().is_none() {
                let counted = part.query.count(part.driver)?;
                let told = format!("counts all {} that match", branch.resource_type);
                explanation.steps.push(step(db, told, &counted, None)?);
            }
        }
        explanation.steps.push(self.whole_page(db, search)?);
        Ok(explanation)
    }

    /// What the page takes as it is answered, bodies and includes and all.
    fn whole_page(&self, db: &Connection, search: &Search) -> Result<ExplainedStep, StoreError> {
        let started = Instant::now();
        let page = self.search_page(db, search, None)?;
        let matches = page.hits.iter().filter(|hit| hit.kind == SearchHitKind::Match).count();
        let mut words = format!("the whole page: finds and reads {matches} resources");
        if !search.includes.is_empty() {
            words += &format!(", and the {} that they include", page.hits.len() - matches);
        }
        Ok(ExplainedStep {
            words,
            sql: String::new(),
            plan: Vec::new(),
            estimated_rows: None,
            actual_rows: page.hits.len() as u64,
            took: started.elapsed(),
        })
    }
}

/// The step that finds the first page of a part.
fn first_page(
    (db, sorted_min): (&Connection, usize),
    part: &Part<'_>,
    search: &Search,
    told: String,
    estimated: Option<Estimate>,
) -> Result<ExplainedStep, StoreError> {
    let wanted = search.count + 1;
    if part.sort.is_empty() {
        let started = Instant::now();
        let page = first::page((db, sorted_min), part, 0, wanted)?;
        let took = started.elapsed();
        let told = match page.way {
            Way::Plain => told,
            Way::Few => format!("{told}; sorts them all"),
            Way::Looks => "looks at resources in their order until the page is full".to_owned(),
        };
        let rows = page.numbers.len() as u64;
        return taken(db, told, &page.statement, (estimated, rows, took));
    }
    let started = Instant::now();
    if let Some(walked) = walk::first(db, part, wanted)?
        && let Some(way) = walked.walk.ways.first()
    {
        let took = started.elapsed();
        let told = format!("reads an index in the order asked for until the page is full; {told}");
        return taken(db, told, way, (estimated, walked.looks, took));
    }
    let statement = part.query.sorted(part.driver, part.sort, LIST_MAX + 1)?;
    step(db, format!("{told}; sorts them all"), &statement, estimated)
}

fn drives(moment: &Moment<'_>, part: &Part<'_>, of: &str) -> String {
    let driver = part.query.chosen(part.driver);
    let name = |index: usize| words(moment, &part.query.parts()[index]);
    let mut told = match driver {
        Some(index) => format!("reads the {of} that {} finds", name(index)),
        None => format!("reads all {of}"),
    };
    let tests: Vec<String> =
        (0..part.query.parts().len()).filter(|index| Some(*index) != driver).map(name).collect();
    if !tests.is_empty() {
        told += &format!(", tests {}", tests.join(", "));
    }
    told
}

fn step(
    db: &Connection,
    told: String,
    statement: &Statement,
    estimated_rows: Option<Estimate>,
) -> Result<ExplainedStep, StoreError> {
    let started = Instant::now();
    let actual_rows = count_rows(db, statement)?;
    let took = started.elapsed();
    taken(db, told, statement, (estimated_rows, actual_rows, took))
}

/// A step that was taken, with the rows that were expected, those that came, and the time.
fn taken(
    db: &Connection,
    told: String,
    statement: &Statement,
    (estimated_rows, actual_rows, took): (Option<Estimate>, u64, Duration),
) -> Result<ExplainedStep, StoreError> {
    let plan = plan_of(db, statement)?;
    Ok(ExplainedStep {
        words: told,
        sql: with_values(statement),
        plan,
        estimated_rows,
        actual_rows,
        took,
    })
}

/// The statement with its values in place of their placeholders.
fn with_values(statement: &Statement) -> String {
    let mut out = String::with_capacity(statement.sql.len());
    let mut rest = statement.sql.as_str();
    while let Some(at) = rest.find('?') {
        out.push_str(&rest[..at]);
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = rest[at + 1..at + 1 + digits].parse().unwrap_or(0);
        match number.checked_sub(1).and_then(|index| statement.binds.get(index)) {
            Some(bind) => out.push_str(&literal(bind)),
            None => out.push('?'),
        }
        rest = &rest[at + 1 + digits..];
    }
    out + rest
}

fn literal(bind: &Bind) -> String {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    match bind {
        Bind::Integer(value) => value.to_string(),
        Bind::Real(value) => format!("{value:?}"),
        Bind::Text(value) => text(value),
        Bind::Texts(values) => format!("'{} texts'", values.len()),
        Bind::Id(id) => match crate::identity::stored(id) {
            Value::Blob(bytes) => {
                let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("x'{}'", hex.concat())
            }
            _ => text(id.as_str()),
        },
    }
}
