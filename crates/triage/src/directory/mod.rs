//! The directory of services: who can help with an outcome, here, now or within its window, and why
//! the others cannot.
//!
//! A [`Service`] is a value, also read from HealthcareService and Location resources. [`search`]
//! keeps those that fit disposition, symptom, age, sex, opening hours, distance and capacity, ranks
//! them by kind, capacity and distance, and says of each that it leaves out every reason.
//! After a 999 there is no list: "call 999 now" stands alone.
//!
//! To add a reason, add it to [`Reason`] and to `search::reasons`.

mod opening;
mod place;
mod resource;
mod search;
mod service;
mod types;

pub use opening::{Closed, Days, Hours, Opening, Session, Span};
pub use place::{Point, Postcodes};
pub use resource::{KIND, read, write};
pub use search::{Circumstances, Found, LeftOut, Need, Offer, Open, Reason, search};
pub use service::{Capacity, Contact, Service};
pub use types::{ServiceType, ServiceTypes};
