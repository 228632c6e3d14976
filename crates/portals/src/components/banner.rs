//! The patient banner: who this record is about, on top of every page about one person.
//!
//! Rules: NHS CUI Patient Banner (PAB). Order and tab order are name, date of birth, gender, NHS
//! number. It is never shown on a page about several people.

use crate::components::moment::Moment;
use crate::components::nhs_number::NhsNumber;
use crate::components::traced::Traced;
use askama::Template;

/// The banner of one person.
#[derive(Clone, Debug, Template)]
#[template(path = "components/banner.html")]
pub struct PatientBanner {
    /// The name in the banner's form.
    pub name: PersonName,
    /// The name the person wishes to be called by, where that is another.
    pub preferred_name: Option<String>,
    /// The date of birth, leading to its lineage.
    pub born: Traced,
    /// The age, shown in parentheses; for a dead person, the age at death.
    pub age: Option<String>,
    /// Gender in full; `None` is shown as "Not known".
    pub gender: Option<Traced>,
    /// The NHS number, where one is known.
    pub nhs_number: Option<NhsNumber>,
    /// The lineage of the NHS number.
    pub nhs_number_lineage: Option<String>,
    /// Whether and when the person died.
    pub death: Option<Death>,
    /// The usual address, one part a line.
    pub address: Vec<String>,
    /// The lineage of the address.
    pub address_lineage: Option<String>,
    /// Phone numbers and email addresses with their use, as `Home`.
    pub contacts: Vec<(String, String)>,
    /// The practice that the person is registered with.
    pub practice: Option<Traced>,
    /// The one statement about allergies.
    pub allergies: AllergyStatement,
    /// The address of the allergies section.
    pub allergies_href: String,
    /// The address of the record, for the name's link.
    pub record_href: String,
    /// Numbers that hospitals and teams use, with the name of who gave them.
    pub local_identifiers: Vec<(String, String)>,
}

/// A name as `FAMILY, Given (Title)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonName {
    /// Family name, shown in capitals.
    pub family: Option<String>,
    /// Given names in their order.
    pub given: Option<String>,
    /// Title, as `Mrs`.
    pub title: Option<String>,
}

impl PersonName {
    /// The name in the banner's form; parts that are not known are left out.
    ///
    /// ```
    /// use portals::components::banner::PersonName;
    /// let name = |family: &str, given: &str, title: &str| PersonName {
    ///     family: Some(family.into()), given: Some(given.into()), title: Some(title.into()),
    /// };
    /// assert_eq!(name("van der Berg", "Anna Maria", "Dr").formal(), "VAN DER BERG, Anna Maria (Dr)");
    /// assert_eq!(PersonName::default().formal(), "Name not known");
    /// ```
    pub fn formal(&self) -> String {
        let part = |part: &Option<String>| {
            part.as_deref().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned)
        };
        let family = part(&self.family).map(|family| family.to_uppercase());
        let mut name = match (family, part(&self.given)) {
            (Some(family), Some(given)) => format!("{family}, {given}"),
            (Some(family), None) => family,
            (None, Some(given)) => given,
            (None, None) => return "Name not known".to_owned(),
        };
        if let Some(title) = part(&self.title) {
            name = format!("{name} ({title})");
        }
        name
    }
}

/// That a person has died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// When; `None` where only the fact is known.
    pub on: Option<Moment>,
    /// The age at death.
    pub age: Option<String>,
}

/// The four statements about allergies; exactly one is shown (PAB-0064).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllergyStatement {
    /// There are some.
    Known {
        /// The substances, most severe first.
        substances: Vec<String>,
        /// When the newest was recorded.
        updated: Option<Moment>,
    },
    /// A clinician recorded that there are none.
    NoneKnown {
        /// When that was recorded.
        updated: Option<Moment>,
    },
    /// The systems that could tell hold no statement.
    NotRecorded,
    /// No system could tell.
    Unavailable,
}

impl AllergyStatement {
    /// The words of the rule.
    pub fn words(&self) -> &'static str {
        match self {
            Self::Known { .. } => "Known allergies",
            Self::NoneKnown { .. } => "No known allergies",
            Self::NotRecorded => "Allergies not recorded",
            Self::Unavailable => "Allergies unavailable",
        }
    }

    fn class(&self) -> &'static str {
        match self {
            Self::Known { .. } => "known",
            Self::NoneKnown { .. } => "none",
            Self::NotRecorded => "not-recorded",
            Self::Unavailable => "unavailable",
        }
    }

    fn icon(&self) -> &'static str {
        match self {
            Self::Known { .. } => "!",
            Self::NoneKnown { .. } => "\u{2713}",
            Self::NotRecorded => "\u{2013}",
            Self::Unavailable => "\u{2715}",
        }
    }

    fn updated(&self) -> Option<&Moment> {
        match self {
            Self::Known { updated, .. } | Self::NoneKnown { updated } => updated.as_ref(),
            Self::NotRecorded | Self::Unavailable => None,
        }
    }

    fn substances(&self) -> &[String] {
        match self {
            Self::Known { substances, .. } => substances,
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(family: &str, given: &str, title: &str, expected: &str) {
        let part = |text: &str| Some(text.to_owned());
        let name = PersonName { family: part(family), given: part(given), title: part(title) };
        assert_eq!(name.formal(), expected);
    }

    #[test]
    fn names_in_parts() {
        check("Smith", "John", "Mr", "SMITH, John (Mr)");
        check("O'Neill-Brown", "Siân", "", "O'NEILL-BROWN, Siân");
        check("", "Björk", "", "Björk");
        check("Suharto", " ", "", "SUHARTO");
        check("", "", "Baby", "Name not known");
        check("straße", "X", "", "STRASSE, X");
    }
}
