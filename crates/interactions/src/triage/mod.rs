//! 111 online: a journey from "who needs help?" to care that is booked, as use cases.
//!
//! The questions are `triage`'s rules over values; here a journey is kept under its token, belongs to
//! whoever began it, becomes a QuestionnaireResponse of the person's record with its AuditEvent, and leads
//! through the directory of services to a referral, a call back or a GP appointment. Every error ends in
//! "call 111", or in 999 where a danger sign was told: what fails with the answers at hand is an
//! [`Outcome`], what fails without them a [`Failure`](crate::Failure) for which pages say the same.
//! Spec: issue 4, "111 (triage)"; `docs/triage.md`. To add a way to be helped, add it to [`Way`] and its
//! use case beside [`App::triage_refer`](crate::App::triage_refer).

mod about;
mod answer;
mod appoint;
mod begin;
mod finish;
mod journey;
mod person;
mod place;
mod refer;
mod services;

use std::sync::OnceLock;

use ::triage::Library;
use fhir::IssueCode;
use jiff::Timestamp;
use jiff::tz::TimeZone;

pub use ::triage::directory::{Open, Reason};
pub use ::triage::engine::{Cause, Outcome, Told};
pub use ::triage::{Age, Disposition, Level, Sex};
pub use about::{MapStep, SetAbout, SetCount};
pub use answer::{Answered, Asked, Choice, is_danger_sign};
pub use appoint::{AppointmentTime, ServiceTimes};
pub use begin::{Stage, TopicLine, Whom};
pub use finish::{Ended, Replayed};
pub use journey::About;
pub use person::RecordPerson;
pub use refer::{Arranged, Way};
pub use services::{LeftOutService, ServiceOffer, Services, Why};

use crate::failure::{Category, Failure};

/// The question sets in force.
pub(crate) fn library() -> Result<&'static Library, Failure> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| Library::embedded().ok());
    library.as_ref().ok_or_else(|| {
        let message = "the question sets cannot be read; run `careloom triage check`";
        Failure::plain(Category::Unavailable, IssueCode::Exception, message)
    })
}

/// The zone of opening hours and of "today".
pub(crate) fn london() -> TimeZone {
    TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC)
}

/// Microseconds since 1970 as an instant.
pub(crate) fn instant(at: i64) -> Timestamp {
    Timestamp::from_microsecond(at).unwrap_or_default()
}
