//! Appointments: what is to come first, since that is what is asked most.

use crate::clinician::sections::Listing;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced};
use askama::Template;

/// One appointment.
#[derive(Clone, Debug)]
pub struct Appointment {
    /// When it begins.
    pub at: Moment,
    /// What it is for.
    pub title: Traced,
    /// Where, and with whom.
    pub details: Vec<(String, Traced)>,
    /// What became of it, as `Booked`, `Cancelled`, `Did not attend`.
    pub status: Vec<Tag>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// The section.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "clinician/sections/appointments.html")]
pub struct AppointmentsSection {
    /// Counts and systems.
    pub list: Listing,
    /// To come, soonest first.
    pub upcoming: Vec<Appointment>,
    /// Past and cancelled ones, newest first.
    pub past: Vec<Appointment>,
}

impl AppointmentsSection {
    fn groups(&self) -> [(&'static str, &[Appointment]); 2] {
        [("To come", &self.upcoming), ("Past or cancelled", &self.past)]
    }
}
