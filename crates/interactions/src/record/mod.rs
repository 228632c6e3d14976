//! The joined record of a person: every entry of every linked Patient, as plain typed values.
//!
//! A use case of the pages: no HTML, no words of an interface beyond what the sources say. Each
//! value keeps the path that it stands at, so a page can lead it back to its bytes. `load` reads,
//! `words` makes text of structure, `entry` and the modules named after it read one resource each.
//! To show one more resource type: add it to `load::TYPES` and an arm to `entry::read`.

mod clinical;
mod dose;
mod entry;
mod face;
mod find;
mod load;
mod measurement;
mod visits;
mod words;

use std::sync::Arc;

use fhir::{ResourceId, VersionId};
use store::ResourceKey;

pub use clinical::is_no_known_allergy;
pub use face::{Cited, Contact, Face, Identity, LocalNumber, PersonName};
pub use find::{FoundPeople, FoundPerson, PEOPLE_MAX, PeopleQuery};
pub use measurement::{Measurement, Range};
pub use visits::Place;

/// A value in words, and where it stands in its resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The words.
    pub text: String,
    /// The path without the type: `code`, `dosageInstruction[0].text`.
    pub path: String,
}

/// A FHIR date with the precision that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// As written: `2019`, `2019-03-04T10:00:00Z`.
    pub text: String,
    /// Its first microsecond since 1970; `None` where the text is no date.
    pub at: Option<i64>,
    /// Where it stands.
    pub path: String,
}

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The resource.
    pub key: ResourceKey,
    /// Its version.
    pub version: VersionId,
    /// When that version was written: microseconds since 1970.
    pub updated: i64,
    /// The feed that sent it; empty where it was written over FHIR.
    pub feed: Arc<str>,
}

/// A code as the source gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The code system's URI; empty where none is named.
    pub system: String,
    /// The code.
    pub code: String,
}

/// The kinds of entry, by which the record is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each variant is named for what it holds")]
pub enum Area {
    Allergies,
    Problems,
    Medicines,
    Results,
    Encounters,
    Appointments,
    Documents,
    Immunisations,
    Procedures,
    SocialCare,
    People,
}

/// Which part of social care an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CareKind {
    /// A service that the person gets or got, or a plan of care.
    Package,
    /// An assessment.
    Assessment,
    /// Something to be warned of.
    Alert,
}

/// What an entry says beyond what all entries say.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// Condition.
    Problem {
        /// Whether it lasts.
        current: bool,
    },
    /// MedicationRequest, MedicationStatement.
    Medicine {
        /// Whether it is taken.
        current: bool,
        /// The dose text.
        dose: Option<Said>,
    },
    /// AllergyIntolerance.
    Allergy {
        /// The worst severity among the reactions: `severe`, `moderate`, `mild`.
        severity: Option<&'static str>,
        /// What happens.
        reactions: Vec<Said>,
        /// Whether this is the statement that there are none.
        none_known: bool,
        /// Whether it holds: neither refuted, resolved nor entered in error.
        holds: bool,
    },
    /// Observation.
    Result(Box<Measurement>),
    /// DiagnosticReport, with the Observations that it groups.
    Report(Vec<ResourceKey>),
    /// Encounter, with the places in their order.
    Encounter(Vec<Place>),
    /// Appointment.
    Appointment {
        /// Whether it is still meant to take place.
        booked: bool,
    },
    /// DocumentReference.
    Document(Option<Attachment>),
    /// Immunization.
    Immunisation {
        /// Whether it was given.
        given: bool,
    },
    /// Procedure.
    Procedure,
    /// CarePlan, Flag, ServiceRequest, QuestionnaireResponse, CareTeam, EpisodeOfCare.
    Care(CareKind),
    /// RelatedPerson, with what they are to the person.
    Related(Option<Said>),
}

/// What a document holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// The media type without parameters.
    pub media_type: String,
    /// Bytes, where they are here.
    pub size: usize,
    /// The text, where it is text.
    pub text: Option<String>,
    /// Whether the bytes are here.
    pub held: bool,
}

/// One entry of the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Where it comes from.
    pub source: Source,
    /// What it is.
    pub title: Said,
    /// Its first code.
    pub code: Option<Code>,
    /// When it happened or began.
    pub when: Option<When>,
    /// When it ended.
    pub until: Option<When>,
    /// What the source says of its state, as codes: `active`, `entered-in-error`.
    pub status: Vec<String>,
    /// More facts with their names.
    pub facts: Vec<(&'static str, Said)>,
    /// Notes, in full.
    pub notes: Vec<String>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The rest.
    pub detail: Detail,
    /// Whether it stands under another entry, as a result does under its report.
    pub grouped: bool,
}

impl Entry {
    /// The part of the record that it belongs to.
    pub fn area(&self) -> Area {
        match &self.detail {
            Detail::Problem { .. } => Area::Problems,
            Detail::Medicine { .. } => Area::Medicines,
            Detail::Allergy { .. } => Area::Allergies,
            Detail::Result(_) | Detail::Report(_) => Area::Results,
            Detail::Encounter(_) => Area::Encounters,
            Detail::Appointment { .. } => Area::Appointments,
            Detail::Document(_) => Area::Documents,
            Detail::Immunisation { .. } => Area::Immunisations,
            Detail::Procedure => Area::Procedures,
            Detail::Care(_) => Area::SocialCare,
            Detail::Related(_) => Area::People,
        }
    }

    /// When it happened, for ordering.
    pub fn at(&self) -> Option<i64> {
        self.when.as_ref().and_then(|when| when.at)
    }

    /// Whether the source has taken it back.
    pub fn in_error(&self) -> bool {
        self.status.iter().any(|status| status == "entered-in-error")
    }
}

/// What one feed does for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedSupply {
    /// The feed; empty for what was written over FHIR.
    pub feed: Arc<str>,
    /// When anything last came in from it.
    pub last_received: Option<i64>,
    /// Whether one of its Patients is linked to the person.
    pub linked: bool,
}

/// The joined record.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The Person, or the Patient where nothing links it yet.
    pub id: ResourceId,
    /// The Patients, the one that the face comes from first.
    pub identities: Vec<Identity>,
    /// Who it is about.
    pub face: Face,
    /// Every entry, newest first; those without a date last.
    pub entries: Vec<Entry>,
    /// Every feed that has received anything, and those that sent what is here.
    pub feeds: Vec<FeedSupply>,
    /// Whether there was more than a page can hold, so that some is left out.
    pub cut: bool,
    /// Whether the person has chosen that others' parts are not shared with the caller's organisation.
    pub not_shared: bool,
}

impl Record {
    /// The entries of one part, newest first.
    pub fn of(&self, area: Area) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.area() == area)
    }
}

/// How much of a record to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordScope {
    /// Everything.
    Whole,
    /// Who the person is, and their allergies: what stands above every page.
    Banner,
}
