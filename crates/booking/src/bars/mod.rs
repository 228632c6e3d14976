//! BaRS bookings: slot search, messages out and in, headers, errors.
//!
//! A booking travels as a Bundle of type `message`; new, update and delete are reasons of one
//! event, and the answer names the header that it answers. Slots are offered and searched in BaRS
//! by the same rules of visibility, as NHS 111 asks.
//! Spec: NHS Booking and Referral Standard 1, FHIR R4. To add an event: its names, its reader.

mod apply;
mod error;
mod headers;
mod ids;
mod names;
mod receive;
mod search;
mod send;

pub use apply::{Applied, Context, apply};
pub use error::{BarsCode, BarsError};
pub use headers::{Headers, TargetIdentifier, headers};
pub use ids::{answer_id, delivery_id, message_id, patient_id, sender_system};
pub use names::{REQUEST_DEFINITION, Reason};
pub use receive::{Received, Response, receive, response};
pub use search::{SlotSearch, slot_search};
pub use send::{Message, Party, answer, outward, request};
