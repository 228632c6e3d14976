//! A simulated health area that knows the truth: synthetic people, their lives, and what four kinds
//! of system at five sites send about them, with the mess of real life.
//!
//! ```
//! use testkit::{Area, AreaOptions, Site, System};
//!
//! let area = Area::generate(AreaOptions::new(7, 50, jiff::civil::date(2025, 11, 1)));
//! let first = area.deliveries(Site::Liverpool, System::Hospital).next();
//! assert!(first.is_some_and(|delivery| delivery.payload.starts_with(b"MSH|^~\\&|")));
//! let hero = testkit::hero_nhs_number(Site::Liverpool, 0);
//! assert!(area.people().iter().any(|person| person.nhs_number == hero));
//! ```
//!
//! The formats are described in `docs/feeds/source-systems.md`. The same options give the same bytes
//! on every machine; a person stays the same when more people are asked for. This crate does not use
//! the crates that read these formats, so that it stays an independent judge of them.
//!
//! To add a system, add it to [`System`], plan its records in a module of its own (as
//! `social_care` does) and give its deliveries an arm in `delivery.rs`.

mod addresses;
mod area;
mod base64;
pub mod broken;
mod calendar;
mod clinical;
pub mod community;
mod csv_text;
mod delivery;
mod dense;
mod drop_files;
mod gp;
mod heroes;
mod hospital;
mod lives;
mod mess;
mod names;
pub mod nhs_number;
mod pdf;
mod people;
mod person;
mod prng;
mod record;
mod sites;
pub mod social_care;
mod truth;

pub use addresses::Address;
pub use area::{Area, AreaOptions};
pub use calendar::instant;
pub use clinical::{Acute, Allergen, Analyte, Disease, Panel, is_snomed};
pub use delivery::{Deliveries, Delivery, PayloadKind};
pub use dense::{dense_nhs_number, dense_person};
pub use heroes::{HEROES_MAX, hero_nhs_number};
pub use lives::chart;
pub use mess::{Blemish, Identity, MessRates, misspell};
pub use person::{Diagnosis, Kin, Person, PersonId, Sex};
pub use prng::Prng;
pub use record::SourceRecord;
pub use sites::{Clinician, Practice, Site, SiteData, System, WARDS, Ward};
pub use truth::{BookingTruth, FeedCount, MergeTruth, ResultTruth, Truth, VisitState, VisitTruth};
