//! A service of the directory.

use super::opening::Opening;
use super::place::Point;
use crate::set::Sex;

/// How much room a service says it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capacity {
    /// Room: offered first.
    High,
    /// Little room: offered after those with room.
    Low,
    /// No room: not offered.
    None,
}

impl Capacity {
    /// The word of resources.
    pub fn word(self) -> &'static str {
        match self {
            Capacity::High => "high",
            Capacity::Low => "low",
            Capacity::None => "none",
        }
    }

    /// Reads the word of resources.
    pub fn parse(word: &str) -> Option<Capacity> {
        [Capacity::High, Capacity::Low, Capacity::None].into_iter().find(|c| c.word() == word)
    }
}

/// How a person comes to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Contact {
    /// An appointment can be booked from here.
    Book,
    /// The service calls the person back.
    CallBack,
    /// The person goes there.
    GoTo,
    /// The person calls the service.
    Phone,
}

impl Contact {
    /// The word of resources.
    pub fn word(self) -> &'static str {
        match self {
            Contact::Book => "book",
            Contact::CallBack => "call-back",
            Contact::GoTo => "go-to",
            Contact::Phone => "phone",
        }
    }

    /// Reads the word of resources.
    pub fn parse(word: &str) -> Option<Contact> {
        let all = [Contact::Book, Contact::CallBack, Contact::GoTo, Contact::Phone];
        all.into_iter().find(|contact| contact.word() == word)
    }
}

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// Its id in the directory of services.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is in use.
    pub active: bool,
    /// Code of its kind, one of the table.
    pub kind: String,
    /// Disposition codes that it takes.
    pub dispositions: Vec<String>,
    /// Symptom groups and discriminators that it takes; without a discriminator, all of the group.
    pub symptoms: Vec<(String, Option<String>)>,
    /// The youngest that it sees, in days.
    pub age_days_min: u32,
    /// The oldest that it sees, in days, within.
    pub age_days_max: u32,
    /// The sexes that it sees.
    pub sexes: Vec<Sex>,
    /// When it is open.
    pub opening: Opening,
    /// Where it is; none for services by telephone alone, for which distance does not matter.
    pub place: Option<Point>,
    /// Its address in one line.
    pub address: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its room.
    pub capacity: Capacity,
    /// How a person comes to it.
    pub contacts: Vec<Contact>,
}

impl Service {
    /// A service that takes anybody at any time and nothing yet: fill in what it takes.
    pub fn new(id: &str, name: &str, kind: &str) -> Service {
        Service {
            id: id.to_owned(),
            name: name.to_owned(),
            active: true,
            kind: kind.to_owned(),
            dispositions: Vec::new(),
            symptoms: Vec::new(),
            age_days_min: 0,
            age_days_max: u32::MAX,
            sexes: Sex::ALL.to_vec(),
            opening: Opening::always(),
            place: None,
            address: String::new(),
            phone: None,
            capacity: Capacity::High,
            contacts: Vec::new(),
        }
    }
}
