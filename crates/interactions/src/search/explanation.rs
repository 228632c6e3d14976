//! `_explain`: how a search is understood and answered, as issues of the answer's OperationOutcome.
//!
//! R4 has no such parameter. The first issues say what the search means, type by type; each of the
//! others is a step of the store, with its statement, what the database says of it, and what it took.

use std::fmt::Write as _;

use ::search::{Explain, Search};
use fhir::{Issue, IssueCode, Severity};
use store::{Estimate, ExplainedStep};

use crate::app::App;
use crate::failure::Failure;

/// Types whose meaning is told one by one; a search of more is told by the first of them.
const BRANCHES_MAX: usize = 5;

/// The issues that explain a search.
pub(super) async fn of(app: &App, search: &Search) -> Result<Vec<Issue>, Failure> {
    let mut issues = Vec::new();
    for branch in search.branches.iter().take(BRANCHES_MAX) {
        let definitions = app.definitions();
        let words = Explain { definitions, expression: &branch.filter };
        issues.push(told(format!("{} where\n{words}", branch.resource_type)));
    }
    let others = search.branches.len().saturating_sub(BRANCHES_MAX);
    if others > 0 {
        issues.push(told(format!("and likewise {others} other types")));
    }
    match app.store.explain(search).await {
        Ok(explanation) => {
            let steps = explanation.steps.iter().enumerate();
            issues.extend(steps.map(|(index, step)| told(in_words(index + 1, step))));
        }
        Err(error) if error.is_unsupported() => {
            issues.push(told("this store does not tell how it answers".to_owned()));
        }
        Err(error) => return Err(error.into()),
    }
    Ok(issues)
}

fn told(message: String) -> Issue {
    Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message,
        expression: Some("_explain".to_owned()),
    }
}

/// A step: what is done, rows, time; the statement; the plan.
fn in_words(number: usize, step: &ExplainedStep) -> String {
    let mut words = format!("step {number}: {}\nrows: ", step.words);
    let _ = match step.estimated_rows {
        Some(Estimate::About(rows)) => write!(words, "{rows} estimated, "),
        Some(Estimate::AtLeast(rows)) => write!(words, "{rows} or more estimated, "),
        None => Ok(()),
    };
    let _ = write!(words, "{} read; time: {} µs", step.actual_rows, step.took.as_micros());
    if !step.sql.is_empty() {
        let _ = write!(words, "\nsql: {}", step.sql);
    }
    for line in &step.plan {
        let _ = write!(words, "\nplan: {line}");
    }
    words
}
