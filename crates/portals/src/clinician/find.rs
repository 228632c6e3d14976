//! Find a person: by NHS number, or by name and date of birth.
//!
//! The form is sent with POST, since an NHS number must not stand in an address that browsers and
//! proxies keep. An exact hit is listed like any other: opening the record is the reader's step.

use crate::components::form::{CsrfToken, DateInput, ErrorSummary, TextInput};
use crate::components::moment::Moment;
use crate::components::nhs_number::NhsNumber;
use crate::components::source::Source;
use crate::layout::Layout;
use askama::Template;
use jiff::civil::Date;

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "clinician/find.html")]
pub struct FindPage {
    /// The frame.
    pub layout: Layout,
    /// Messages of patients that nobody of the reader's practice has read.
    pub unread: u64,
    /// What was typed and what is wrong with it.
    pub form: FindForm,
    /// The people found.
    pub outcome: Outcome,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// What a search gave.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nothing has been asked yet, or what was typed cannot be used.
    NotAsked,
    /// The people found; none is an answer too.
    Found {
        /// The people.
        people: Vec<Person>,
        /// How many match in all; more than are listed where the criteria are too wide.
        total: usize,
    },
}

/// One row of the results.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name in the banner's form.
    pub name: String,
    /// The address of the record.
    pub href: String,
    /// Date of birth.
    pub born: Moment,
    /// Age, or "Died" and the date.
    pub age: String,
    /// Gender in full.
    pub gender: String,
    /// NHS number.
    pub nhs_number: Option<NhsNumber>,
    /// Postcode of the usual address.
    pub postcode: String,
    /// The systems that hold a record of this person.
    pub sources: Vec<Source>,
}

/// What a person typed, given back to them.
#[derive(Clone, Debug, Default)]
pub struct FindForm {
    /// As typed.
    pub nhs_number: String,
    /// As typed.
    pub family: String,
    /// As typed.
    pub given: String,
    /// As typed.
    pub day: String,
    /// As typed.
    pub month: String,
    /// As typed.
    pub year: String,
    errors: Vec<(Field, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    NhsNumber,
    Family,
    Born,
}

/// What to search for, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criteria {
    /// The 10 digits.
    NhsNumber(String),
    /// Name and date of birth; part of the given name is enough, or none.
    NameAndBirth {
        /// Family name, trimmed.
        family: String,
        /// Given name, trimmed; may be empty.
        given: String,
        /// Date of birth.
        born: Date,
    },
}

impl FindForm {
    /// What was typed, asked for by the name of its field.
    pub fn typed(field: impl Fn(&str) -> String) -> Self {
        Self {
            nhs_number: field("nhs-number"),
            family: field("family"),
            given: field("given"),
            day: field("born-day"),
            month: field("born-month"),
            year: field("born-year"),
            errors: Vec::new(),
        }
    }

    /// Checks what was typed; the errors stay with the form, which is shown again.
    pub fn check(&mut self, today: Date) -> Option<Criteria> {
        self.errors.clear();
        let typed = |text: &str| !text.trim().is_empty();
        if typed(&self.nhs_number) {
            return match NhsNumber::typed(&self.nhs_number) {
                Ok(digits) => Some(Criteria::NhsNumber(digits)),
                Err(problem) => {
                    self.errors.push((Field::NhsNumber, problem.message().to_owned()));
                    None
                }
            };
        }
        let birth_typed = [&self.day, &self.month, &self.year].into_iter().any(|part| typed(part));
        if !typed(&self.family) && !typed(&self.given) && !birth_typed {
            let message = "Enter an NHS number, or a family name and date of birth";
            self.errors.push((Field::NhsNumber, message.to_owned()));
            return None;
        }
        if !typed(&self.family) {
            self.errors.push((Field::Family, "Enter a family name".to_owned()));
        }
        let born = self.born(today).map_err(|message| self.errors.push((Field::Born, message)));
        let (true, Ok(born)) = (self.errors.is_empty(), born) else { return None };
        let [family, given] = [&self.family, &self.given].map(|name| name.trim().to_owned());
        Some(Criteria::NameAndBirth { family, given, born })
    }

    fn born(&self, today: Date) -> Result<Date, String> {
        let part = |text: &str| text.trim().parse::<i16>().ok();
        if [&self.day, &self.month, &self.year].into_iter().any(|text| text.trim().is_empty()) {
            return Err("Date of birth must include a day, a month and a year".to_owned());
        }
        let month = self.month.trim().to_lowercase();
        let named = MONTHS.iter().position(|name| month.len() >= 3 && month.starts_with(name));
        let month = named.map_or_else(|| part(&month), |index| i16::try_from(index + 1).ok());
        let (Some(day), Some(month), Some(year)) = (part(&self.day), month, part(&self.year))
        else {
            return Err("Date of birth must be a real date, as 27 3 1957".to_owned());
        };
        if year < 1000 {
            return Err("Year of birth must have 4 digits".to_owned());
        }
        let [Ok(month), Ok(day)] = [month, day].map(i8::try_from) else {
            return Err("Date of birth must be a real date, as 27 3 1957".to_owned());
        };
        let born = Date::new(year, month, day)
            .map_err(|_| "Date of birth must be a real date, as 27 3 1957".to_owned())?;
        if born > today {
            return Err("Date of birth must be in the past".to_owned());
        }
        Ok(born)
    }

    /// Whether something typed cannot be used.
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    fn error(&self, field: Field) -> Option<String> {
        self.errors.iter().find(|(of, _)| *of == field).map(|(_, message)| message.clone())
    }

    pub(crate) fn summary(&self) -> ErrorSummary {
        let target = |field| match field {
            Field::NhsNumber => "nhs-number",
            Field::Family => "family",
            Field::Born => "born-day",
        };
        let errors = self.errors.iter();
        ErrorSummary {
            errors: errors.map(|(field, text)| (target(*field).to_owned(), text.clone())).collect(),
        }
    }

    pub(crate) fn nhs_number_input(&self) -> TextInput {
        TextInput {
            id: "nhs-number",
            label: "NHS number",
            hint: "10 digits; spaces and dashes do not matter",
            value: self.nhs_number.clone(),
            error: self.error(Field::NhsNumber),
            width: 20,
            numeric: true,
        }
    }

    pub(crate) fn family_input(&self) -> TextInput {
        TextInput {
            id: "family",
            label: "Family name",
            value: self.family.clone(),
            error: self.error(Field::Family),
            width: 20,
            ..TextInput::default()
        }
    }

    pub(crate) fn given_input(&self) -> TextInput {
        TextInput {
            id: "given",
            label: "Given name (optional)",
            value: self.given.clone(),
            width: 20,
            ..TextInput::default()
        }
    }

    pub(crate) fn born_input(&self) -> DateInput {
        DateInput {
            id: "born",
            legend: "Date of birth",
            hint: "For example, 27 3 1957",
            day: self.day.clone(),
            month: self.month.clone(),
            year: self.year.clone(),
            error: self.error(Field::Born),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn form(nhs_number: &str, family: &str, born: [&str; 3]) -> FindForm {
        let [day, month, year] = born.map(str::to_owned);
        let (nhs_number, family) = (nhs_number.to_owned(), family.to_owned());
        FindForm { nhs_number, family, day, month, year, ..FindForm::default() }
    }

    fn errors(mut form: FindForm) -> Vec<String> {
        assert_eq!(form.check(date(2026, 8, 5)), None);
        form.summary().errors.into_iter().map(|(field, text)| format!("{field}: {text}")).collect()
    }

    #[test]
    fn criteria_that_can_be_used() {
        let today = date(2026, 8, 5);
        let found = form(" 999 000 0050 ", "", [""; 3]).check(today);
        assert_eq!(found, Some(Criteria::NhsNumber("9990000050".into())));
        for month in ["3", "03", "Mar", "march", " MARCH "] {
            let found = form("", " Smith ", ["27", month, "1957"]).check(today);
            let born = date(1957, 3, 27);
            let (family, given) = ("Smith".to_owned(), String::new());
            assert_eq!(found, Some(Criteria::NameAndBirth { family, given, born }), "{month}");
        }
    }

    #[test]
    fn each_error_names_its_field() {
        let cases: [(FindForm, &[&str]); 9] = [
            (
                form("", "", [""; 3]),
                &["nhs-number: Enter an NHS number, or a family name and date of birth"],
            ),
            (form("12", "Smith", [""; 3]), &["nhs-number: NHS number must have 10 digits"]),
            (
                form("", "Smith", ["", "3", "1957"]),
                &["born-day: Date of birth must include a day, a month and a year"],
            ),
            (form("", "", ["27", "3", "1957"]), &["family: Enter a family name"]),
            (
                form("", " ", ["31", "2", "1957"]),
                &[
                    "family: Enter a family name",
                    "born-day: Date of birth must be a real date, as 27 3 1957",
                ],
            ),
            (
                form("", "Smith", ["1", "ma", "1957"]),
                &["born-day: Date of birth must be a real date, as 27 3 1957"],
            ),
            (
                form("", "Smith", ["1", "300", "1957"]),
                &["born-day: Date of birth must be a real date, as 27 3 1957"],
            ),
            (form("", "Smith", ["1", "3", "57"]), &["born-day: Year of birth must have 4 digits"]),
            (
                form("", "Smith", ["6", "8", "2026"]),
                &["born-day: Date of birth must be in the past"],
            ),
        ];
        for (form, expected) in cases {
            assert_eq!(errors(form), expected);
        }
    }
}
