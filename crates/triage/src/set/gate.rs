//! Gates: for which ages and sexes a topic, question or rule holds.
//!
//! Ages are whole months as the calendar counts them, so that "under 5" ends on a birthday.
//! To add a kind of gate, add a field to [`Gate`] and to `Condition` in `set::condition`.

use serde::{Deserialize, Serialize};

/// Sex as far as it matters to a question. Other and unknown are one: neither may shut a question
/// about danger out, and neither may open a service that is for one sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Other, or not known.
    Unknown,
}

impl Sex {
    /// Every sex, in a fixed order.
    pub const ALL: [Sex; 3] = [Sex::Female, Sex::Male, Sex::Unknown];

    /// Reads the word of FHIR's `administrative-gender`; what is neither female nor male is unknown.
    pub fn from_gender(code: &str) -> Sex {
        match code {
            "female" => Sex::Female,
            "male" => Sex::Male,
            _ => Sex::Unknown,
        }
    }

    /// The word used in sets and resources.
    pub fn word(self) -> &'static str {
        match self {
            Sex::Female => "female",
            Sex::Male => "male",
            Sex::Unknown => "unknown",
        }
    }
}

/// An age in whole months (for gates) and in days (for the directory of services).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Age {
    /// Whole calendar months.
    pub months: u32,
    /// Days.
    pub days: u32,
}

impl Age {
    /// The age on a day; `None` where the birth lies after it or more than 150 years before it.
    ///
    /// A person born on 29 February is a year older on 1 March, as the law of England has it.
    ///
    /// ```
    /// use jiff::civil::date;
    /// let age = triage::Age::on(date(2020, 2, 29), date(2025, 2, 28)).unwrap();
    /// assert_eq!(age.months, 59);
    /// assert_eq!(triage::Age::on(date(2020, 2, 29), date(2025, 3, 1)).unwrap().months, 60);
    /// ```
    pub fn on(born: jiff::civil::Date, today: jiff::civil::Date) -> Option<Age> {
        let days = born.until(today).ok()?.get_days();
        let whole = i32::from(today.day() < born.day());
        let months = (i32::from(today.year()) - i32::from(born.year())) * 12
            + i32::from(today.month())
            - i32::from(born.month())
            - whole;
        let age = Age { months: u32::try_from(months).ok()?, days: u32::try_from(days).ok()? };
        (age.months <= 150 * 12).then_some(age)
    }

    /// An age of so many months, for examples and for the checker; days are the calendar's mean.
    pub fn of_months(months: u32) -> Age {
        Age { months, days: (u64::from(months) * 3_043_685 / 100_000) as u32 }
    }
}

/// Who the questions are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    /// Their age when the questions began.
    pub age: Age,
    /// Their sex.
    pub sex: Sex,
}

/// Months from which a person may be asked online; under it they are told to call 111.
pub const ONLINE_MONTHS_MIN: u32 = 5 * 12;

impl Person {
    /// Whether the person is under 5, and so is not for questions online.
    pub fn is_under_five(self) -> bool {
        self.age.months < ONLINE_MONTHS_MIN
    }
}

/// A span of ages in whole months: from the first, up to and without the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ages {
    /// First month of age.
    pub from: u32,
    /// First month of age that is too old; `u32::MAX` where none is.
    pub until: u32,
}

impl Ages {
    /// Every age.
    pub const ANY: Ages = Ages { from: 0, until: u32::MAX };

    /// Reads `5y..`, `..16y`, `3m..16y`: from an age up to and without another.
    pub fn parse(text: &str) -> Option<Ages> {
        let (from, until) = text.split_once("..")?;
        let from = if from.is_empty() { 0 } else { months(from)? };
        let until = if until.is_empty() { u32::MAX } else { months(until)? };
        (from < until).then_some(Ages { from, until })
    }

    /// Whether an age lies in the span.
    pub fn holds(self, age: Age) -> bool {
        self.from <= age.months && age.months < self.until
    }
}

impl std::fmt::Display for Ages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let word = |months: u32| {
            if months.is_multiple_of(12) {
                format!("{}y", months / 12)
            } else {
                format!("{months}m")
            }
        };
        let until = if self.until == u32::MAX { String::new() } else { word(self.until) };
        write!(f, "{}..{until}", word(self.from))
    }
}

fn months(text: &str) -> Option<u32> {
    let (digits, unit) = text.split_at(text.len().checked_sub(1)?);
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: u32 = digits.parse().ok()?;
    match unit {
        "m" => Some(number),
        "y" => Some(number * 12),
        _ => None,
    }
}

/// Ages and sexes that something holds for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gate {
    /// The ages.
    pub ages: Ages,
    /// The sexes, without repetition.
    pub sexes: Vec<Sex>,
}

impl Gate {
    /// A gate that holds for everybody.
    pub fn open() -> Gate {
        Gate { ages: Ages::ANY, sexes: Sex::ALL.to_vec() }
    }

    /// Whether the gate holds for a person.
    pub fn holds(&self, person: Person) -> bool {
        self.ages.holds(person.age) && self.sexes.contains(&person.sex)
    }

    /// Whether some person passes both gates.
    pub fn overlaps(&self, other: &Gate) -> bool {
        self.ages.from < other.ages.until
            && other.ages.from < self.ages.until
            && self.sexes.iter().any(|sex| other.sexes.contains(sex))
    }
}
