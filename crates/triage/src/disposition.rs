//! Dispositions: the codes that a path ends in, with group, window, urgency and our own words.
//!
//! The table is data (`tables/dispositions.toml`); so are the gates of Pharmacy First.
//! To add a disposition, add it there with where its window comes from.

use serde::Deserialize;

use crate::set::{Ages, Gate, Problem, ProblemKind, Problems, Sex, digest_of};

/// Levels of urgency, the most urgent last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Looking after oneself, a pharmacist, or a GP some time this week.
    Home,
    /// Within 12 to 24 hours.
    Day,
    /// Within 6 hours, and whatever must be asked by telephone now.
    Soon,
    /// An emergency department.
    EmergencyDepartment,
    /// 999.
    Emergency,
}

impl Level {
    /// Every level.
    pub const ALL: [Level; 5] =
        [Level::Home, Level::Day, Level::Soon, Level::EmergencyDepartment, Level::Emergency];

    /// The word of the tables.
    pub fn word(self) -> &'static str {
        match self {
            Level::Home => "home",
            Level::Day => "day",
            Level::Soon => "soon",
            Level::EmergencyDepartment => "emergency-department",
            Level::Emergency => "emergency",
        }
    }

    /// Reads the word of the tables.
    pub fn parse(word: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.word() == word)
    }
}

/// Where a window comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A public NHS source.
    Published,
    /// Ours, for the demonstrator.
    Assumed,
}

/// One disposition.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Disposition {
    /// Its code.
    pub code: String,
    /// Whether the code is ours alone; such codes are never sent as Pathways codes.
    #[serde(default)]
    pub own: bool,
    /// Outcome group, as 111 online names them.
    pub group: String,
    /// Level.
    pub level: Level,
    /// Order: more is more urgent.
    pub urgency: u8,
    /// Where the window comes from.
    pub window: Origin,
    /// The window in minutes; `None` where nobody needs to be seen.
    pub within_minutes: Option<u32>,
    /// Heading of the care card.
    pub heading: String,
    /// What the person is told.
    pub told: String,
    /// Whether a list of services may be shown.
    #[serde(default)]
    pub services: bool,
    /// Whether care may be booked.
    #[serde(default)]
    pub bookable: bool,
}

impl Disposition {
    /// Whether it is an ambulance: "call 999" stands first and no service above it.
    pub fn is_emergency(&self) -> bool {
        self.level == Level::Emergency
    }

    /// Urgency for comparing paths: every ambulance is the same "call 999 now" to the person.
    pub(crate) fn weight(&self) -> u8 {
        if self.is_emergency() { u8::MAX } else { self.urgency }
    }

    /// The code as the directory of services counts it; see [`directory_code`].
    pub fn directory_code(&self) -> Option<String> {
        if self.own { None } else { directory_code(&self.code) }
    }
}

/// A disposition's number in the directory of services: `Dx` is taken off; what has three digits
/// gets a 1 before it if it begins with 1 and else an 11; what has not, a 10.
///
/// ```
/// use triage::directory_code;
/// assert_eq!(directory_code("Dx118").as_deref(), Some("1118"));
/// assert_eq!(directory_code("Dx012").as_deref(), Some("11012"));
/// assert_eq!(directory_code("Dx02").as_deref(), Some("1002"));
/// assert_eq!(directory_code("Dx0122").as_deref(), Some("100122"));
/// assert_eq!(directory_code("CALL-111"), None);
/// ```
pub fn directory_code(code: &str) -> Option<String> {
    let digits = code.strip_prefix("Dx")?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let before = match digits.len() {
        3 if digits.starts_with('1') => "1",
        3 => "11",
        _ => "10",
    };
    Some(format!("{before}{digits}"))
}

/// The table of dispositions and the gates of Pharmacy First.
#[derive(Clone, Debug)]
pub struct Dispositions {
    /// SHA-256 of its text: with the versions of sieve and topic it decides what answers give.
    digest: String,
    all: Vec<Disposition>,
    pharmacy: Vec<(String, Gate)>,
}

/// The disposition of every failure, and of those under 5.
pub const CALL_111: &str = "CALL-111";
/// The disposition of a red flag whose own outcome is lost.
pub const CALL_999: &str = "Dx010";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    disposition: Vec<Disposition>,
    #[serde(default)]
    pharmacy: Vec<PharmacyFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PharmacyFile {
    id: String,
    ages: String,
    sex: Option<Vec<Sex>>,
}

impl Dispositions {
    /// The table that comes with the crate.
    pub fn embedded() -> Result<Dispositions, Vec<Problem>> {
        Dispositions::read(include_str!("../tables/dispositions.toml"))
    }

    /// Reads a table.
    pub fn read(text: &str) -> Result<Dispositions, Vec<Problem>> {
        let mut problems = Problems::of(text);
        let file: File = match toml::from_str(text) {
            Ok(file) => file,
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                problems.at(at, ProblemKind::Syntax, "dispositions", error.message());
                return Err(problems.found);
            }
        };
        let mut pharmacy = Vec::new();
        for row in file.pharmacy {
            let Some(ages) = Ages::parse(&row.ages) else {
                let words = "expected ages such as 16y..65y";
                problems.at(0, ProblemKind::Gate, format!("pharmacy \"{}\" ages", row.id), words);
                continue;
            };
            pharmacy.push((row.id, Gate { ages, sexes: row.sex.unwrap_or(Sex::ALL.to_vec()) }));
        }
        let all = file.disposition;
        for (at, row) in all.iter().enumerate() {
            let field = format!("disposition \"{}\"", row.code);
            if all[..at].iter().any(|earlier| earlier.code == row.code) {
                let words = "this code stands in the table already";
                problems.at(0, ProblemKind::Duplicate, &field, words);
            }
            if row.is_emergency() && (row.services || row.bookable) {
                let words = "no service list may stand above a 999";
                problems.at(0, ProblemKind::Value, &field, words);
            }
            if row.bookable && !row.services {
                let words = "what is booked is found in a list: \"bookable\" needs \"services\"";
                problems.at(0, ProblemKind::Value, &field, words);
            }
        }
        // Levels are ranges of urgency, so that "more urgent" never means a lower level.
        for (one, other) in all.iter().flat_map(|a| all.iter().map(move |b| (a, b))) {
            if one.level < other.level && one.urgency >= other.urgency {
                let field = format!("disposition \"{}\" urgency", one.code);
                let words = format!("not below \"{}\", which is of a higher level", other.code);
                problems.at(0, ProblemKind::Value, field, words);
            }
        }
        for code in [CALL_111, CALL_999] {
            if !all.iter().any(|row| row.code == code) {
                let words = format!("the table needs \"{code}\"");
                problems.at(0, ProblemKind::Missing, "disposition", words);
            }
        }
        if problems.found.is_empty() {
            Ok(Dispositions { digest: digest_of(text), all, pharmacy })
        } else {
            Err(problems.found)
        }
    }

    /// SHA-256 of the table's text, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// A disposition by its code.
    pub fn get(&self, code: &str) -> Option<&Disposition> {
        self.all.iter().find(|row| row.code == code)
    }

    /// All of them, in the order of the table.
    pub fn all(&self) -> &[Disposition] {
        &self.all
    }

    /// For whom a Pharmacy First pathway is.
    pub fn pharmacy_gate(&self, id: &str) -> Option<&Gate> {
        self.pharmacy.iter().find(|(known, _)| known == id).map(|(_, gate)| gate)
    }

    pub(crate) fn call_111(&self) -> &Disposition {
        self.get(CALL_111).expect("Dispositions::read asserts that CALL-111 is there")
    }

    pub(crate) fn call_999(&self) -> &Disposition {
        self.get(CALL_999).expect("Dispositions::read asserts that Dx010 is there")
    }
}
