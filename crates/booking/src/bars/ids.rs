//! Ids that come out the same when the same is done again: an answer, a new Patient, a message, a delivery.

use crate::digest;
use crate::model::urls;

/// The MessageHeader id of our answer to a message.
pub fn answer_id(feed: &str, header_id: &str) -> String {
    digest::id("bars answer", &[feed, header_id])
}

/// The id of a Patient that a sender told us of first; `key` is what tells its people apart.
pub fn patient_id(feed: &str, key: &str) -> String {
    digest::id("bars patient", &[feed, key])
}

/// The MessageHeader id of what we send of one version of an Appointment: sent again, it is the same.
pub fn message_id(appointment: &str, version: &str) -> String {
    digest::id("bars message", &[appointment, version])
}

/// The id of the Task that stands for passing an Appointment on.
pub fn delivery_id(appointment: &str) -> String {
    digest::id("bars delivery", &[appointment])
}

/// `Appointment.identifier.system` of a sender's own id for a booking; it also says whose booking it is.
pub fn sender_system(feed: &str) -> String {
    format!("{}sender:{feed}", urls::OURS)
}
