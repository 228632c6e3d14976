//! Results and measurements: the latest of each test in a table, and one test over time.

use crate::clinician::person::PersonFrame;
use crate::clinician::sections::Listing;
use crate::components::chart::Trend;
use crate::components::moment::Moment;
use crate::components::pagination::Pagination;
use crate::components::tag::{Colour, Tag};
use crate::components::traced::{Provenance, Traced};
use crate::layout::Layout;
use askama::Template;

/// What a laboratory says of a value, from HL7 table 0078 and the FHIR interpretation codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flag {
    /// Within the reference range.
    Normal,
    /// Below it.
    Low,
    /// Above it.
    High,
    /// So low that somebody must act.
    CriticallyLow,
    /// So high that somebody must act.
    CriticallyHigh,
    /// Not normal, without a direction.
    Abnormal,
    /// Not normal, and somebody must act.
    CriticallyAbnormal,
    /// A positive test.
    Positive,
    /// A negative test.
    Negative,
}

impl Flag {
    /// The flag of a code; `None` for codes that say nothing of this kind.
    pub fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "N" => Self::Normal,
            "L" => Self::Low,
            "H" => Self::High,
            "LL" => Self::CriticallyLow,
            "HH" => Self::CriticallyHigh,
            "A" => Self::Abnormal,
            "AA" => Self::CriticallyAbnormal,
            "POS" => Self::Positive,
            "NEG" => Self::Negative,
            _ => return None,
        })
    }

    /// The words, which carry the meaning without the colour.
    pub fn words(self) -> &'static str {
        match self {
            Self::Normal => "Within range",
            Self::Low => "Below range",
            Self::High => "Above range",
            Self::CriticallyLow => "Critically low",
            Self::CriticallyHigh => "Critically high",
            Self::Abnormal => "Abnormal",
            Self::CriticallyAbnormal => "Critically abnormal",
            Self::Positive => "Positive",
            Self::Negative => "Negative",
        }
    }

    /// The arrow before the words; a sign that does not depend on colour.
    fn arrow(self) -> &'static str {
        match self {
            Self::Low => "\u{2193} ",
            Self::High => "\u{2191} ",
            Self::CriticallyLow => "\u{2193}\u{2193} ",
            Self::CriticallyHigh => "\u{2191}\u{2191} ",
            _ => "",
        }
    }

    fn tag(self) -> Tag {
        let colour = match self {
            Self::Normal | Self::Negative => Colour::White,
            Self::Low | Self::High | Self::Abnormal | Self::Positive => Colour::Orange,
            Self::CriticallyLow | Self::CriticallyHigh | Self::CriticallyAbnormal => Colour::Red,
        };
        Tag::new(colour, format!("{}{}", self.arrow(), self.words()))
    }
}

/// One value of one test.
#[derive(Clone, Debug)]
pub struct ResultValue {
    /// When the sample was taken or the measurement made.
    pub at: Moment,
    /// The value as the source wrote it, with its comparator; no unit.
    pub value: Traced,
    /// The unit; empty where there is none.
    pub unit: String,
    /// What the laboratory says of it.
    pub flag: Option<Flag>,
    /// The reference range in the source's words; empty where it gave none.
    pub range: String,
    /// What else must be known, as `Preliminary`, `Corrected`.
    pub status: Vec<Tag>,
    /// Comments, in full.
    pub notes: Vec<String>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// One test with its newest values.
#[derive(Clone, Debug)]
pub struct ResultSeries {
    /// The test, in the words of the source.
    pub name: String,
    /// The page of the test over time.
    pub href: String,
    /// The newest value.
    pub latest: ResultValue,
    /// The value before it, as `41 on 02-Jan-2020`.
    pub previous: Option<(String, Moment)>,
    /// How many values there are.
    pub count: usize,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/results.html")]
pub struct ResultsSection {
    /// Counts and systems.
    pub list: Listing,
    /// Tests, that with the newest value first.
    pub series: Vec<ResultSeries>,
    /// The trend of the test that has most to show.
    pub trend: Option<Trend>,
}

/// The page of one test over time.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/result_page.html")]
pub struct ResultPage {
    /// The frame of every page.
    pub layout: Layout,
    /// The person and what stands around every page about them.
    pub frame: PersonFrame,
    /// The test.
    pub name: String,
    /// Its code and system in words; empty where there is none.
    pub code: String,
    /// The drawing; `None` where the values are no numbers or there is but one.
    pub trend: Option<Trend>,
    /// Why there is no drawing, or what it leaves out; empty where nothing is to be said.
    pub trend_note: String,
    /// The values, newest first.
    pub values: Vec<ResultValue>,
    /// Where this page stands among all values.
    pub pagination: Pagination,
}
