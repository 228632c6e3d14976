//! A job as it is kept: how far it is, how it ended, and the state of its kind, as JSON.

use fhir::{Issue, IssueCode, Severity};
use serde::{Deserialize, Serialize};
use store::Job;

use super::export::Export;
use super::import::Import;
use super::reindex::Reindex;
use super::request::Request;
use crate::failure::{Category, Failure};

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It waits for its turn.
    Queued,
    /// It has begun.
    Running,
    /// It is done.
    Completed,
    /// It ended early, and says why.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl Status {
    /// Whether nothing more will happen.
    pub fn is_end(self) -> bool {
        !matches!(self, Status::Queued | Status::Running)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Running => "running",
            Status::Completed => "completed",
            Status::Failed => "failed",
            Status::Cancelled => "cancelled",
        }
    }
}

/// How far a job is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is done: resources, lines.
    pub done: u64,
    /// How many there are in all, where that is known; it may grow.
    pub total: Option<u64>,
    /// Time spent in steps: microseconds.
    pub worked: u64,
}

impl Progress {
    /// How many a second, while it works.
    pub fn rate(&self) -> f64 {
        if self.worked == 0 { 0.0 } else { self.done as f64 * 1e6 / self.worked as f64 }
    }

    /// The part that is done, in whole percent; never 100 before the end.
    pub fn percent(&self) -> Option<u64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((self.done.saturating_mul(100) / total).min(99))
    }

    /// In words: `43 %: 12300 of 28400, 9100 a second`.
    pub fn words(&self) -> String {
        let rate = self.rate().round();
        match (self.percent(), self.total) {
            (Some(percent), Some(total)) => {
                format!("{percent} %: {} of {total}, {rate} a second", self.done)
            }
            _ => format!("{} done, {rate} a second", self.done),
        }
    }
}

/// An issue as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptIssue {
    code: String,
    message: String,
    expression: Option<String>,
}

/// A job's record.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The request that began it, as a URL; empty where it was none.
    pub(crate) request: String,
    /// Where it stands.
    pub(crate) status: Status,
    /// How far it is.
    pub(crate) progress: Progress,
    /// When it was asked for: microseconds since 1970.
    pub(crate) created: i64,
    /// When it ended.
    pub(crate) ended: Option<i64>,
    /// Why it failed: the category's number of [`CATEGORIES`] and the issues.
    pub(crate) failure: Option<(usize, Vec<KeptIssue>)>,
    /// The work.
    pub(crate) work: Work,
}

/// What a job does.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Work {
    /// Bulk export.
    Export(Export),
    /// Bulk import.
    Import(Import),
    /// Index rows written again.
    Reindex(Reindex),
    /// A request that is answered later.
    Async(Request),
}

impl Work {
    /// The kind, as [`Job::kind`] has it.
    pub(crate) fn kind(&self) -> &'static str {
        KINDS[self.lane()]
    }

    /// Jobs of one lane run one after another, beside those of the others.
    pub(crate) fn lane(&self) -> usize {
        match self {
            Work::Export(_) => 0,
            Work::Import(_) => 1,
            Work::Reindex(_) => 2,
            Work::Async(_) => 3,
        }
    }

    /// Whether what it keeps holds resources.
    pub(crate) fn keeps_resources(&self) -> bool {
        matches!(self, Work::Export(_) | Work::Async(_))
    }

    /// Whether clients can make as many as they like, so that their number needs a limit.
    pub(crate) fn is_limited(&self) -> bool {
        !matches!(self, Work::Reindex(_))
    }
}

/// The kinds, in the order of their lanes.
pub(crate) const KINDS: [&str; 4] = ["export", "import", "reindex", "async"];

/// Categories of failures by the number that they are kept as; only ever added to.
const CATEGORIES: [Category; 9] = [
    Category::Fault,
    Category::Invalid,
    Category::Unprocessable,
    Category::NotFound,
    Category::NotSupported,
    Category::TooLarge,
    Category::Unavailable,
    Category::Conflict,
    Category::Gone,
];

impl Record {
    /// A record of work that nobody has begun.
    pub(crate) fn new(work: Work, request: String, created: i64) -> Record {
        Record {
            request,
            status: Status::Queued,
            progress: Progress::default(),
            created,
            ended: None,
            failure: None,
            work,
        }
    }

    /// Whether somebody works on it, or did when the process ended.
    pub(crate) fn has_begun(&self) -> bool {
        self.status == Status::Running
    }

    /// The record in a job's state.
    pub(crate) fn of(job: &Job) -> Result<Record, Failure> {
        serde_json::from_slice(&job.state).map_err(|error| {
            Failure::plain(
                Category::Fault,
                IssueCode::Exception,
                format!("the state of job {} cannot be read: {error}", job.id),
            )
        })
    }

    pub(crate) fn to_bytes(&self) -> Result<Box<[u8]>, Failure> {
        serde_json::to_vec(self).map(Vec::into_boxed_slice).map_err(|error| {
            Failure::plain(Category::Fault, IssueCode::Exception, format!("job state: {error}"))
        })
    }

    /// Ends it with a failure.
    pub(crate) fn fail(&mut self, failure: &Failure) {
        let number = CATEGORIES.iter().position(|each| *each == failure.category).unwrap_or(0);
        let kept = |issue: &Issue| KeptIssue {
            code: issue.code.as_str().to_owned(),
            message: issue.message.clone(),
            expression: issue.expression.clone(),
        };
        self.status = Status::Failed;
        self.failure = Some((number, failure.issues.iter().map(kept).collect()));
    }

    /// Why it failed, where it did.
    pub(crate) fn failure(&self) -> Option<Failure> {
        let (number, issues) = self.failure.as_ref()?;
        let issue = |kept: &KeptIssue| Issue {
            severity: Severity::Error,
            code: IssueCode::parse(&kept.code).unwrap_or(IssueCode::Exception),
            message: kept.message.clone(),
            expression: kept.expression.clone(),
        };
        Some(Failure {
            category: CATEGORIES.get(*number).copied().unwrap_or(Category::Fault),
            issues: issues.iter().map(issue).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn progress_in_words() {
        let cases = [
            (0, None, 0, "0 done, 0 a second"),
            (10, None, 2_000_000, "10 done, 5 a second"),
            (12_300, Some(28_400), 1_000_000, "43 %: 12300 of 28400, 12300 a second"),
            (5, Some(5), 1_000_000, "99 %: 5 of 5, 5 a second"),
            (5, Some(0), 1_000_000, "5 done, 5 a second"),
        ];
        for (done, total, worked, words) in cases {
            assert_eq!(Progress { done, total, worked }.words(), words);
        }
    }
}
