//! Person linking: which records of which systems belong to one person.
//!
//! A record comes in as [`Demographics`] and is normalised once into [`Prepared`].
//! [`blocking_keys`] says which records are worth comparing, [`compare`] weighs two of them in bits
//! (Fellegi and Sunter 1969), [`judge`] applies the guards, [`decide`] puts a record beside whole
//! persons, and [`Linker`] holds the working index. The method and its figures are in
//! `docs/matching.md`. A new fact about people starts in [`Demographics`].
//!
//! ```
//! use matching::{Decision, Demographics, Linker, NhsNumberClaim, PartialDate, PersonName, RecordId};
//!
//! let record = |system: &str, given: &str| Demographics {
//!     source_system: system.into(),
//!     local_id: "1".into(),
//!     nhs_numbers: vec![NhsNumberClaim { number: "999 000 0018".into(), status: Some("01".into()) }],
//!     names: vec![PersonName { family: "Hale".into(), given: vec![given.into()], ..Default::default() }],
//!     birth_date: PartialDate::parse("1956-03-04"),
//!     ..Default::default()
//! };
//! let mut linker = Linker::new();
//! let first = linker.add(RecordId(1), &record("hospital", "Margaret")).unwrap();
//! assert_eq!(first.decision, Decision::New);
//! let second = linker.add(RecordId(2), &record("practice", "Peggy")).unwrap();
//! assert_eq!(second.person, first.person);
//! // The same number on another first name is somebody's mistake: nothing is linked silently.
//! let third = linker.add(RecordId(3), &record("social care", "Norman")).unwrap();
//! assert!(matches!(third.decision, Decision::Review(_)));
//! ```

mod birth_date;
mod blocking;
mod compare;
mod decision;
mod demographics;
mod frequencies;
mod linker;
mod nhs_number;
mod prepared;
mod text;
mod verdict;
mod weights;

pub use birth_date::PartialDate;
pub use blocking::{BLOCK_RECORDS_MAX, BlockKey, KEYS_MAX, blocking_keys};
pub use compare::level::{Feature, Kind, Level};
pub use compare::{Comparison, Finding, HOME_BITS_MAX, Scale, compare};
pub use decision::{
    Candidate, Decision, Explanation, PersonId, PersonRecords, RecordId, Rulings, decide, explain,
};
pub use demographics::{
    Address, Demographics, MultipleBirth, NameUse, NhsNumberClaim, PersonName, Sex,
};
pub use frequencies::Frequencies;
pub use linker::{Change, Linker, LinkerError, Move, Placement, Reconsidered, Ruling};
pub use nhs_number::{NhsNumber, NhsNumberError, Verification};
pub use prepared::Prepared;
pub use verdict::{Judgement, Reason, Reasons, Thresholds, Verdict, agrees_on_nhs, judge};
pub use weights::{Weight, Weights, WeightsError};
