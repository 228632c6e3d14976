//! The timeline: every entry of every system in one line of time, newest first, by month.

use crate::clinician::person::PersonFrame;
use crate::components::moment::Moment;
use crate::components::pagination::Pagination;
use crate::components::supply::Supplies;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use crate::layout::Layout;
use askama::Template;

/// The kinds of entry; each has a word, so none is told by a colour or a picture alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A stay or visit.
    Encounter,
    /// A problem or diagnosis.
    Problem,
    /// A medicine.
    Medicine,
    /// An allergy.
    Allergy,
    /// A test result or measurement.
    Result,
    /// An appointment.
    Appointment,
    /// A letter or report.
    Document,
    /// A vaccination.
    Immunisation,
    /// A procedure or operation.
    Procedure,
    /// A social-care package, assessment or contact.
    SocialCare,
}

impl Kind {
    /// Every kind, in the order of the filter.
    pub const ALL: [Self; 10] = [
        Self::Encounter,
        Self::Problem,
        Self::Medicine,
        Self::Allergy,
        Self::Result,
        Self::Appointment,
        Self::Document,
        Self::Immunisation,
        Self::Procedure,
        Self::SocialCare,
    ];

    /// The word shown with an entry.
    pub fn word(self) -> &'static str {
        match self {
            Self::Encounter => "Stay or visit",
            Self::Problem => "Problem",
            Self::Medicine => "Medicine",
            Self::Allergy => "Allergy",
            Self::Result => "Result",
            Self::Appointment => "Appointment",
            Self::Document => "Document",
            Self::Immunisation => "Immunisation",
            Self::Procedure => "Procedure",
            Self::SocialCare => "Social care",
        }
    }

    /// The value in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::Encounter => "encounter",
            Self::Problem => "problem",
            Self::Medicine => "medicine",
            Self::Allergy => "allergy",
            Self::Result => "result",
            Self::Appointment => "appointment",
            Self::Document => "document",
            Self::Immunisation => "immunisation",
            Self::Procedure => "procedure",
            Self::SocialCare => "social-care",
        }
    }

    /// The kind with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When it happened, which is not when it was received.
    pub at: Moment,
    /// Its kind.
    pub kind: Kind,
    /// What it is.
    pub title: Traced,
    /// More about it, one fact a line.
    pub details: Vec<(String, Traced)>,
    /// What stands out: `High`, `Cancelled`, `Corrected`.
    pub tags: Vec<Tag>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// Entries under their month headings.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/timeline_list.html")]
pub struct TimelineList {
    months: Vec<Month>,
    /// The level of the month headings.
    level: u8,
}

#[derive(Clone, Debug)]
struct Month {
    name: String,
    machine: String,
    entries: Vec<Entry>,
}

impl TimelineList {
    /// Groups entries, which come newest first, by month; `level` is that of the month headings.
    pub fn new(entries: Vec<Entry>, level: u8) -> Self {
        let mut months: Vec<Month> = Vec::new();
        for entry in entries {
            let (name, machine) =
                entry.at.month().unwrap_or_else(|| match entry.at.machine.get(..4) {
                    Some(year) => (format!("{year}, month not recorded"), year.to_owned()),
                    None => ("Date not recorded".to_owned(), String::new()),
                });
            match months.last_mut() {
                Some(month) if month.machine == machine => month.entries.push(entry),
                _ => months.push(Month { name, machine, entries: vec![entry] }),
            }
        }
        Self { months, level }
    }

    /// Whether there is nothing to show.
    pub fn is_empty(&self) -> bool {
        self.months.is_empty()
    }
}

/// One choice of a filter.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The value in the address.
    pub value: String,
    /// The words.
    pub words: String,
    /// How many entries it would show, where that is known.
    pub count: Option<usize>,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// What the timeline is narrowed to; none chosen means all.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The systems.
    pub sources: Vec<Choice>,
    /// The kinds.
    pub kinds: Vec<Choice>,
    /// The first day, as `2026-08-05`.
    pub from: String,
    /// The last day.
    pub to: String,
    /// What is wrong with the days.
    pub error: Option<String>,
}

impl Filter {
    fn groups(&self) -> [(&'static str, &'static str, &[Choice]); 2] {
        [("System", "source", &self.sources), ("Kind", "kind", &self.kinds)]
    }

    /// What is chosen, in words; empty where nothing is.
    pub fn words(&self) -> String {
        let chosen = |choices: &[Choice]| {
            let words = choices.iter().filter(|choice| choice.chosen);
            words.map(|choice| choice.words.clone()).collect::<Vec<_>>().join(", ")
        };
        let dates = match (self.from.as_str(), self.to.as_str()) {
            ("", "") => String::new(),
            (from, "") => format!("from {}", date(from)),
            ("", to) => format!("up to {}", date(to)),
            (from, to) => format!("from {} to {}", date(from), date(to)),
        };
        let parts = [chosen(&self.sources), chosen(&self.kinds), dates];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

fn date(text: &str) -> String {
    text.parse().map_or_else(|_| text.to_owned(), |date| Moment::from_date(date).text)
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/timeline.html")]
pub struct TimelinePage {
    /// The frame of every page.
    pub layout: Layout,
    /// The person and what stands around every page about them.
    pub frame: PersonFrame,
    /// The address of the timeline without its query.
    pub action: String,
    /// What it is narrowed to.
    pub filter: Filter,
    /// The entries of this page.
    pub list: TimelineList,
    /// Where this page stands among all.
    pub pagination: Pagination,
    /// What each system supplies.
    pub supplies: Supplies,
}
