//! What is learned of how the person's app is used, by site and day, without learning it of anybody.
//!
//! Two things: how many began and finished each task ([`measures`]), and what people say of a page
//! ([`feedback`]). Neither has a person, a session, an address or a time of day, and numbers under
//! [`access::rollout::SMALL`] are not shown. Spec: issue 4, "Roll-out"; `docs/rollout.md`.

mod feedback;
mod measures;
mod tasks;

use fhir::IssueCode;

pub use feedback::{Ease, FeedbackOf, NewFeedback, WORDS_MAX};
pub(crate) use measures::Counters;
pub use measures::{Measure, MeasureOf};
pub use tasks::{Step, TASKS, Task};

use crate::failure::{Category, Failure};

/// What stands for the site of people of none, and of who has not signed in.
pub const NO_SITE: &str = "";

/// Microseconds that a count or a word of feedback is kept: a year and a month.
const KEPT_FOR: i64 = 396 * 24 * 60 * 60 * 1_000_000;

fn damaged(error: &serde_json::Error) -> Failure {
    let message = format!("a count or a feedback that was kept is damaged: {error}");
    Failure::plain(Category::Fault, IssueCode::Exception, message)
}
