//! Calendar files (RFC 5545): a person's appointment for their own calendar, and a reader of what
//! others send, which says line and fault of what is malformed.
//!
//! What is written names no kind of appointment and no reason: calendars are shared.
//! Spec: <https://www.rfc-editor.org/rfc/rfc5545>, methods of <https://www.rfc-editor.org/rfc/rfc5546>.
//! To write one more property, add it in `write`; to read one, add it to `Event` and `read`.

mod content_line;
mod read;
mod value;
mod write;

pub use read::{Calendar, CalendarError, read};
pub use write::{event_of, write};

use jiff::Timestamp;

/// What a calendar is sent for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Put these events in.
    Publish,
    /// Take these events out.
    Cancel,
}

/// An event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// `UID`: the same for all versions of the event.
    pub uid: String,
    /// `SEQUENCE`: rises with each change.
    pub sequence: u32,
    /// `DTSTAMP`: when this was written.
    pub stamp: Timestamp,
    /// First moment.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// Whether it is of whole days.
    pub is_whole_days: bool,
    /// `SUMMARY`.
    pub summary: String,
    /// `DESCRIPTION`.
    pub description: String,
    /// `LOCATION`.
    pub location: String,
    /// `STATUS:CANCELLED`.
    pub is_cancelled: bool,
    /// `RRULE` as it stands: repetitions are not worked out.
    pub recurrence: Option<String>,
}
