//! A person's own record: its parts, and one part in full.

use askama::Template;

use crate::layout::Layout;

/// The parts of the record, in the order in which they are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The last segment of its address.
    pub segment: &'static str,
    /// Its heading.
    pub words: &'static str,
    /// What it holds, in a sentence.
    pub about: &'static str,
}

/// All parts.
pub const PARTS: [Part; 9] = [
    Part {
        segment: "medicines",
        words: "Medicines",
        about: "What you have been prescribed, and how to take it.",
    },
    Part {
        segment: "allergies",
        words: "Allergies",
        about: "What you are allergic to, and bad reactions that you have had.",
    },
    Part {
        segment: "conditions",
        words: "Health conditions",
        about: "Illnesses and problems that have been recorded.",
    },
    Part {
        segment: "results",
        words: "Test results",
        about: "Blood tests and other tests, and measurements such as blood pressure.",
    },
    Part {
        segment: "vaccinations",
        words: "Vaccinations",
        about: "Vaccinations that you have had.",
    },
    Part {
        segment: "appointments",
        words: "Appointments",
        about: "Appointments to come, and those in the past.",
    },
    Part {
        segment: "visits",
        words: "Visits and stays",
        about: "Visits to your surgery and hospital, and stays there.",
    },
    Part {
        segment: "documents",
        words: "Letters and documents",
        about: "Letters that were written about your care.",
    },
    Part {
        segment: "care",
        words: "Care and support",
        about: "Care plans, and support from social care.",
    },
];

impl Part {
    /// The part of this address.
    pub fn of(segment: &str) -> Option<Part> {
        PARTS.into_iter().find(|part| part.segment == segment)
    }
}

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub title: String,
    /// When, in words; empty where nobody recorded it.
    pub when: String,
    /// What is said of it, each a sentence or a value with its name.
    pub facts: Vec<(String, String)>,
    /// How it stands: `taken now`, `in the past`.
    pub state: String,
    /// Who holds it.
    pub source: String,
}

/// Entries of one year, or of one state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The heading; empty for the only group.
    pub heading: String,
    /// The entries.
    pub lines: Vec<Line>,
}

/// The list of parts.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/record.html")]
pub struct RecordPage {
    /// The frame.
    pub layout: Layout,
    /// Each part with how many entries it has.
    pub parts: Vec<(Part, usize)>,
    /// Who holds something, with when they last sent anything.
    pub sources: Vec<(String, String)>,
    /// Whether there is more than is shown.
    pub is_cut: bool,
    /// What is withheld, a sentence each.
    pub withheld: Vec<String>,
}

/// One part.
#[derive(Clone, Debug, Template)]
#[template(path = "patient/part.html")]
pub struct PartPage {
    /// The frame.
    pub layout: Layout,
    /// Which part.
    pub part: Part,
    /// The entries.
    pub groups: Vec<Group>,
    /// What nobody has recorded, said where it matters (allergies).
    pub note: String,
}
