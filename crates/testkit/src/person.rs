//! A true person: who they are, with nothing misspelt.

use jiff::civil::Date;

use crate::addresses::Address;
use crate::clinical::{Allergen, Disease};
use crate::sites::Site;

/// The true identity; what linking is scored against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub u32);

/// Administrative sex.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Male.
    Male,
    /// Female.
    Female,
}

impl Sex {
    /// The code of PID-8.
    pub fn hl7(self) -> &'static str {
        if self == Sex::Male { "1" } else { "2" }
    }

    /// The FHIR code.
    pub fn fhir(self) -> &'static str {
        if self == Sex::Male { "male" } else { "female" }
    }
}

/// How one person is kin to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kin {
    /// NHS Data Dictionary code: `01` spouse, `02` partner, `03` parent, `09` child, …
    pub code: &'static str,
    /// The word for it.
    pub word: &'static str,
    /// Title.
    pub prefix: &'static str,
    /// Given name.
    pub given: String,
    /// Family name.
    pub family: String,
    /// Telephone.
    pub phone: String,
    /// The person, where they are one of the area's people.
    pub person: Option<PersonId>,
}

/// A disease that a person has, and since when.
#[derive(Clone, Copy, Debug)]
pub struct Diagnosis {
    /// Which.
    pub disease: &'static Disease,
    /// First recorded.
    pub onset: Date,
}

/// A true person.
#[derive(Clone, Debug)]
pub struct Person {
    /// The true identity.
    pub id: PersonId,
    /// Where they live.
    pub site: Site,
    /// Household; those with the same number live together.
    pub household: u32,
    /// NHS number, always valid and in the 999 range.
    pub nhs_number: String,
    /// Title.
    pub prefix: &'static str,
    /// First given name.
    pub given: String,
    /// Second given name.
    pub middle: Option<String>,
    /// Family name now.
    pub family: String,
    /// Family name before marriage, and the day of the change.
    pub former_family: Option<(String, Date)>,
    /// Sex.
    pub sex: Sex,
    /// Born.
    pub birth: Date,
    /// Died.
    pub death: Option<Date>,
    /// Where they live now.
    pub address: Address,
    /// Where they lived before, and the day that they moved.
    pub former_address: Option<(Address, Date)>,
    /// Telephone at home.
    pub phone: Option<String>,
    /// Mobile telephone.
    pub mobile: Option<String>,
    /// Electronic mail.
    pub email: Option<String>,
    /// Ethnic category of the England list.
    pub ethnicity: &'static str,
    /// Preferred language.
    pub language: &'static str,
    /// `S`, `M`, `D`, `W`, `P` or `N`.
    pub marital: &'static str,
    /// Index of the practice in the site.
    pub practice: usize,
    /// Index of the doctor in the practice.
    pub doctor: usize,
    /// Nearest relative.
    pub kin: Option<Kin>,
    /// Long-term diseases.
    pub diagnoses: Vec<Diagnosis>,
    /// Allergies, with the date of the first reaction.
    pub allergies: Vec<(&'static Allergen, Date)>,
    /// Smokes, used to, never did: 2, 1, 0.
    pub smoking: u8,
    /// Height in centimetres when grown.
    pub height_cm: i32,
    /// Twin, where there is one.
    pub twin: Option<PersonId>,
    /// One of the people guaranteed to be in all four systems.
    pub hero: bool,
}

impl Person {
    /// True where the person has the disease with this short name.
    pub fn has(&self, name: &str) -> bool {
        self.diagnoses.iter().any(|diagnosis| diagnosis.disease.name == name)
    }
}
