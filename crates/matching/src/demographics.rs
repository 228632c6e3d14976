//! What one source record says about a person, in this crate's own words.
//!
//! The caller fills it from whatever it holds (a UK Core Patient, a PID segment, a CSV row): this
//! crate knows none of them. A new fact about people is a field here, a place in
//! [`crate::Prepared`], and a file under `compare/`.

use crate::birth_date::PartialDate;

/// One source record. Every fact may be absent: absence never counts for or against a match.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demographics {
    /// The system that sent the record, for example its assigning authority or feed name.
    pub source_system: String,
    /// The record's id within its source system.
    pub local_id: String,
    /// NHS numbers as received, valid or not.
    pub nhs_numbers: Vec<NhsNumberClaim>,
    /// Current, former and other names.
    pub names: Vec<PersonName>,
    /// Date of birth, perhaps without day or month.
    pub birth_date: Option<PartialDate>,
    /// Administrative sex or gender.
    pub sex: Option<Sex>,
    /// Current and former addresses.
    pub addresses: Vec<Address>,
    /// Telephone numbers as received.
    pub phones: Vec<String>,
    /// E-mail addresses as received.
    pub emails: Vec<String>,
    /// ODS code of the registered GP practice.
    pub gp_practice: Option<String>,
    /// Date of death, where the record says that the person died and when.
    pub death_date: Option<PartialDate>,
    /// Twin, triplet and so on, where the record says.
    pub multiple_birth: Option<MultipleBirth>,
}

/// An NHS number as one source claims it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NhsNumberClaim {
    /// The text as received.
    pub number: String,
    /// The verification status code as received (`NSTS01`, `01`, …), where there is one.
    pub status: Option<String>,
}

/// One of a person's names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Whether the name is in use now.
    pub usage: NameUse,
    /// Family name.
    pub family: String,
    /// Given names in order; middle names follow the first.
    pub given: Vec<String>,
}

/// What a name is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NameUse {
    /// The name in use, or a name whose use nobody stated.
    #[default]
    Current,
    /// A former name, for example before marriage.
    Former,
    /// The name by which the person likes to be called.
    Nickname,
}

/// Administrative sex or gender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sex {
    /// Female.
    Female,
    /// Male.
    Male,
    /// Neither of the two, which says nothing for or against a match.
    Other,
}

/// A postal address. Only the postcode and the first lines take part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Address lines before the postcode.
    pub lines: Vec<String>,
    /// Postcode as received.
    pub postcode: Option<String>,
}

/// FHIR `Patient.multipleBirth[x]`, HL7 v2 PID-24 and PID-25.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MultipleBirth {
    /// Known to be a single birth.
    Single,
    /// One of several, order not known.
    Several,
    /// The order within the birth, from 1.
    Order(u8),
}
