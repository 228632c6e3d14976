//! Retrieve a patient's appointments: both bounds, dates only, nothing before today.

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::{SpineError, bad_request, invalid_parameter};
use crate::model::{Appointment, AppointmentStatus};
use crate::zone;

/// A retrieval that was understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retrieval {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
}

/// Reads the parameters of `GET /Patient/{id}/Appointment`.
pub fn retrieval(parameters: &[(String, String)], now: Timestamp) -> Result<Retrieval, SpineError> {
    let values: Vec<&str> = parameters
        .iter()
        .filter(|(name, _)| name == "start")
        .map(|(_, value)| value.as_str())
        .collect();
    let [first, second] = values.as_slice() else {
        return bad_request("start: expected twice, once with ge and once with le");
    };
    let with = |prefix: &str| first.strip_prefix(prefix).or_else(|| second.strip_prefix(prefix));
    let (Some(from), Some(to)) = (with("ge"), with("le")) else {
        return bad_request("start: expected one with the prefix ge and one with le");
    };
    let (Some(from), Some(to)) = (zone::read_date(from), zone::read_date(to)) else {
        return invalid_parameter("start: expected dates without a time, such as ge2026-06-01");
    };
    if from < zone::day(now) {
        return invalid_parameter("start: appointments of past days are not given");
    }
    if to < from {
        return invalid_parameter("start: le comes before ge");
    }
    Ok(Retrieval { from, to })
}

impl Retrieval {
    /// Whether an appointment is among those asked for: booked or cancelled, in these days.
    pub fn takes(&self, appointment: &Appointment) -> bool {
        let is_told = !matches!(
            appointment.status,
            AppointmentStatus::Waitlist | AppointmentStatus::EnteredInError
        );
        is_told
            && appointment
                .start
                .is_some_and(|start| (self.from..=self.to).contains(&zone::day(start)))
    }
}
