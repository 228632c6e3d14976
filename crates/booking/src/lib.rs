//! Appointments: sessions and slots, who may see and book them, release, queue, waiting list, messages and calendar files.
//!
//! Schedule, Slot, Appointment and HealthcareService are the only record. This crate reads them
//! into values ([`model`]), holds the rules, and gives the changed values; the caller writes them
//! in one transaction guarded by the versions that it read, which decides every race.
//!
//! A practice designs a week, a person holds a slot and books it, and changes their mind:
//!
//! ```
//! use booking::desk::{self, CancelReason, Cancelling, Request};
//! use booking::model::{Service, SlotStatus};
//! use booking::template::{Days, Nation, Template, make, plan};
//! use booking::visibility::{Asker, Opening, Person, decide};
//! use booking::zone;
//! use jiff::civil::{date, time};
//!
//! // What can be booked, and a Monday surgery of twelve slots.
//! let mut service = Service::new("gp", "GP appointment");
//! service.policy.is_online = true;
//! let start = time(9, 0, 0, 0);
//! let monday = Template::new("shah-monday", &service.reference(), start, date(2026, 1, 5));
//! let days = Days {
//!     from: date(2026, 6, 1),
//!     to: date(2026, 6, 7),
//!     nation: Nation::England,
//!     extra: vec![],
//!     closures: vec![],
//! };
//! let made = make(&[monday], &days);
//! let now = zone::read_instant("2026-05-31T09:00:00+01:00").unwrap();
//! assert_eq!(plan(&made.sessions, &[], now).changes.len(), 1 + 12);
//!
//! // May Ann book the first one? The decision says every rule with its outcome.
//! let session = &made.sessions[0].session;
//! let slot = &made.sessions[0].slots[0];
//! let opening = Opening { slot, session, service: &service };
//! let ann = Person {
//!     reference: "Patient/ann".to_owned(),
//!     is_registered: true,
//!     ..Person::default()
//! };
//! let asker = Asker::Patient(ann);
//! assert!(decide(&opening, &asker, now).is_bookable());
//!
//! // Book it. The caller writes appointment and slots together.
//! let request = Request {
//!     openings: &[opening],
//!     asker: &asker,
//!     patient: "Patient/ann",
//!     token: None,
//!     key: "key-of-the-form",
//!     reason: Some("sore throat"),
//! };
//! let booked = desk::book(&request, None, now).unwrap();
//! assert_eq!(booked.slots[0].status, SlotStatus::Busy);
//!
//! // Whoever comes second is told so, with what to do next.
//! let opening = Opening { slot: &booked.slots[0], ..opening };
//! let bob = Asker::PhoneDesk(None);
//! let late = Request { openings: &[opening], asker: &bob, patient: "Patient/bob", key: "b", ..request };
//! let refusal = desk::book(&late, None, now).unwrap_err();
//! assert_eq!(refusal.code.as_str(), "slot-taken");
//! assert!(!refusal.next.is_empty());
//!
//! // And cancelled, the slot is free again.
//! let cancelling = Cancelling {
//!     appointment: &booked.appointment,
//!     slots: &booked.slots,
//!     service: &service,
//!     asker: &asker,
//!     patient: "Patient/ann",
//!     reason: CancelReason::Better,
//!     words: None,
//! };
//! assert_eq!(desk::cancel(&cancelling, now).unwrap().slots[0].status, SlotStatus::Free);
//! ```
//!
//! Rules, extensions and errors are told to practices and integrators in `docs/booking.md`.
//! Spec: FHIR R4, UK Core, GP Connect 1.2.7, BaRS 1, RFC 5545. To add an area of rules, add a
//! module that takes values and the time and gives changed values or a refusal.

pub mod bars;
pub mod calendar;
pub mod desk;
pub mod gp_connect;
pub mod model;
pub mod release;
pub mod template;
pub mod visibility;
pub mod waiting;
pub mod zone;

mod digest;
mod next_step;

pub use next_step::NextStep;
