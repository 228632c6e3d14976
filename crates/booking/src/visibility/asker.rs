//! Who asks for slots. To add a kind of asker, add its column to the table of effects too.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::digest;
use crate::model::{ReservedFor, Sex};

/// The person that an appointment is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Reference of the Patient.
    pub reference: String,
    /// Date of birth, where it is known.
    pub birth_date: Option<Date>,
    /// Sex, where it is known.
    pub sex: Option<Sex>,
    /// Whether they are registered at the practice.
    pub is_registered: bool,
    /// Whether the practice keeps slots for them because they cannot use the app.
    pub is_digitally_excluded: bool,
    /// How many future bookings they have at the practice.
    pub open_bookings: u32,
}

impl Person {
    /// Age in whole years on a day. Born on 29 February, a year is full on 1 March.
    pub fn age_on(&self, day: Date) -> Option<i16> {
        let born = self.birth_date?;
        let has_had = (day.month(), day.day()) >= (born.month(), born.day());
        Some(day.year() - born.year() - i16::from(!has_had))
    }

    pub(crate) fn digest(&self) -> String {
        digest::text("booking person", &[&self.reference])
    }
}

/// A system that asks through GP Connect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consumer {
    /// The organisation type that it sent, if any.
    pub organisation_type: Option<String>,
    /// The ODS code that it sent, if any.
    pub ods_code: Option<String>,
    /// The person, once it is known (a slot search names nobody).
    pub person: Option<Person>,
    /// How many slots it has booked, by reference of the Schedule.
    pub bookings: BTreeMap<String, u32>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// A person for themselves, in the app.
    Patient(Person),
    /// A carer or trusted person for somebody.
    Proxy {
        /// The person that it is for.
        person: Person,
        /// Whether they were given leave to book.
        may_book: bool,
    },
    /// Staff of the practice, at their own book.
    Staff,
    /// Another system, through GP Connect.
    GpConnect(Consumer),
    /// NHS 111, through triage or BaRS.
    Nhs111(Option<Person>),
    /// The practice's phone desk, for a caller.
    PhoneDesk(Option<Person>),
}

impl Asker {
    /// The person that the appointment is for, where it is known.
    pub fn person(&self) -> Option<&Person> {
        match self {
            Asker::Patient(person) | Asker::Proxy { person, .. } => Some(person),
            Asker::Nhs111(person) | Asker::PhoneDesk(person) => person.as_ref(),
            Asker::GpConnect(consumer) => consumer.person.as_ref(),
            Asker::Staff => None,
        }
    }

    /// Whether a slot that is kept for some is kept for this asker.
    pub(crate) fn is_among(&self, kept_for: ReservedFor) -> bool {
        match kept_for {
            ReservedFor::Phone => matches!(self, Asker::PhoneDesk(_)),
            ReservedFor::Nhs111 => match self {
                Asker::Nhs111(_) => true,
                Asker::GpConnect(consumer) => {
                    consumer.organisation_type.as_deref() == Some("urgent-care")
                }
                _ => false,
            },
            ReservedFor::DigitallyExcluded => {
                self.person().is_some_and(|person| person.is_digitally_excluded)
            }
        }
    }

    /// What the practice calls it.
    pub fn words(&self) -> String {
        match self {
            Asker::Patient(_) => "a patient in the app".to_owned(),
            Asker::Proxy { .. } => "a carer or trusted person in the app".to_owned(),
            Asker::Staff => "staff".to_owned(),
            Asker::Nhs111(_) => "NHS 111".to_owned(),
            Asker::PhoneDesk(_) => "the phone desk".to_owned(),
            Asker::GpConnect(consumer) => {
                let kind = consumer.organisation_type.as_deref().unwrap_or("no type sent");
                let code = consumer.ods_code.as_deref().unwrap_or("no ODS code sent");
                format!("a GP Connect consumer ({kind}, {code})")
            }
        }
    }
}
