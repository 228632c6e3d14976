//! The checker: walks every path of every topic and says, as data, what it could not prove.
//!
//! A walk's state is the question that comes next and the answers that rules still look at; states
//! are few where paths are millions, so every proof is by state. People are sorted into classes by
//! the borders of all gates, so that one person stands for everybody of a class.
//!
//! What is proved is listed at [`FindingKind`]. To add a proof, add a kind there, a function beside
//! those in `prove` or `order`, and a broken set to `tests/it/check.rs`.

mod explore;
mod map;
mod order;
mod prove;
mod reading;
mod svg;

use crate::library::Library;
use crate::set::{Person, Topic};

pub use map::{Edge, Map, MapNode, Shape};
pub use reading::{Reading, grade};

/// What could not be proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A path leads nowhere.
    PathDoesNotEnd,
    /// An answer that is a red flag may end in less than 999.
    RedFlagNotEmergency,
    /// An answer leads to 999 and is not marked as a red flag, so going back would take it away.
    RedFlagUnmarked,
    /// A red flag that the topic names is no answer's.
    RedFlagUncovered,
    /// A path ends in less than 999 before a question with a red flag was asked.
    RedFlagBypassed,
    /// An answer ends the questions in something less urgent than a later question may find.
    NotUrgentFirst,
    /// "I'm not sure" may end in something less urgent than another answer would.
    NotSureLowers,
    /// Two arms of a decision hold at once, and the less urgent comes first.
    ArmsOverlap,
    /// An arm of a decision never holds, or one before it always does.
    ArmNeverHolds,
    /// A Pharmacy First outcome is reached by somebody whom the pathway is not for.
    PharmacyGateBroken,
    /// A child under 5 is told something less than to call.
    UnderFiveBroken,
    /// A question that nobody is asked.
    QuestionNeverAsked,
    /// An outcome that nobody reaches.
    OutcomeNeverReached,
    /// A level of urgency that the topic names and nobody reaches.
    LevelNeverReached,
    /// A level of urgency that is reached and not named.
    LevelNotNamed,
    /// The same is asked twice.
    AskedTwice,
    /// Words that are harder to read than the limit.
    HardToRead,
    /// The day by which the topic must be looked at has passed.
    ReviewOverdue,
    /// More states than the checker walks: the topic is too large to be proved.
    TooLarge,
}

impl FindingKind {
    /// A name for pages and reports.
    pub fn name(self) -> &'static str {
        match self {
            FindingKind::PathDoesNotEnd => "path does not end",
            FindingKind::RedFlagNotEmergency => "red flag does not end in 999",
            FindingKind::RedFlagUnmarked => "999 without a red flag",
            FindingKind::RedFlagUncovered => "red flag is no answer's",
            FindingKind::RedFlagBypassed => "red flag question can be bypassed",
            FindingKind::NotUrgentFirst => "less urgent end before a more urgent question",
            FindingKind::NotSureLowers => "not sure lowers urgency",
            FindingKind::ArmsOverlap => "arms overlap, the less urgent first",
            FindingKind::ArmNeverHolds => "arm never holds",
            FindingKind::PharmacyGateBroken => "pharmacy gate broken",
            FindingKind::UnderFiveBroken => "under-5 rule broken",
            FindingKind::QuestionNeverAsked => "question never asked",
            FindingKind::OutcomeNeverReached => "outcome never reached",
            FindingKind::LevelNeverReached => "level never reached",
            FindingKind::LevelNotNamed => "level not named",
            FindingKind::AskedTwice => "asked twice",
            FindingKind::HardToRead => "hard to read",
            FindingKind::ReviewOverdue => "review overdue",
            FindingKind::TooLarge => "too large to prove",
        }
    }
}

/// One thing that could not be proved, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// The topic, the sieve, or the table.
    pub topic: String,
    /// The question, decision, outcome or disposition.
    pub place: String,
    /// The answer or arm, where one is meant.
    pub answer: Option<String>,
    /// A person for whom it happens.
    pub person: Option<Person>,
    /// In words.
    pub words: String,
}

/// What was walked of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicCount {
    /// The topic.
    pub topic: String,
    /// Classes of people.
    pub classes: usize,
    /// States, over all classes.
    pub states: usize,
    /// Paths, over all classes.
    pub paths: u128,
    /// Questions on the longest path, without the sieve's.
    pub longest: usize,
    /// Questions on the shortest path.
    pub shortest: usize,
}

/// What the checker found.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What it could not prove; empty where all holds.
    pub findings: Vec<Finding>,
    /// What it walked.
    pub counts: Vec<TopicCount>,
}

/// Walks a library's sieve and topics on a day.
///
/// ```
/// let library = triage::Library::embedded().unwrap();
/// let report = triage::check::check(&library, jiff::civil::date(2026, 11, 23));
/// assert!(report.findings.is_empty(), "{:#?}", report.findings);
/// ```
pub fn check(library: &Library, today: jiff::civil::Date) -> Report {
    let mut report = Report { findings: Vec::new(), counts: Vec::new() };
    for topic in library.topics().iter().chain([library.sieve()]) {
        prove::topic(library, topic, &mut report);
        if topic.review_by < today {
            report.findings.push(Finding {
                kind: FindingKind::ReviewOverdue,
                topic: topic.id.clone(),
                place: "review_by".to_owned(),
                answer: None,
                person: None,
                words: format!("it was to be looked at again by {}", topic.review_by),
            });
        }
    }
    reading::library(library, &mut report.findings);
    report
}

/// The map of a topic: its questions, decisions and outcomes, and what leads where.
pub fn map(library: &Library, topic: &Topic) -> Map {
    Map::of(library.dispositions(), topic)
}
