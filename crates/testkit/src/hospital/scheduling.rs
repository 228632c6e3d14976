//! SIU^S12 to S15: outpatient bookings.

use super::Writing;
use super::segments::{self, Message};
use crate::calendar::{hl7_time, later};
use crate::lives::chart::BookingStep;
use crate::sites::function_name;

/// One step of a booking.
pub(super) fn booking(
    writing: &Writing<'_>,
    message: &mut Message,
    index: usize,
    step: BookingStep,
) {
    let booking = &writing.chart.bookings[index];
    let trigger = match step {
        BookingStep::Book => "S12",
        BookingStep::Move => "S13",
        BookingStep::Change => "S14",
        BookingStep::Cancel => "S15",
    };
    writing.msh(message, "PAS", &format!("SIU^{trigger}^SIU_S12"));
    let start = match step {
        BookingStep::Move => booking.moved.unwrap_or(booking.first),
        _ => booking.first,
    };
    let minutes = if step == BookingStep::Change { booking.minutes.1 } else { booking.minutes.0 };
    let doctor = segments::xcn(writing.site.consultant(booking.function, booking.consultant));
    let reason = match step {
        BookingStep::Book => "",
        BookingStep::Move => "HOSPITAL^Moved by the hospital^L",
        BookingStep::Change => "LONGER^Needs more time^L",
        BookingStep::Cancel => "PATIENT^Cancelled by the patient^L",
    };
    let status = if step == BookingStep::Cancel { "CANCELLED" } else { "BOOKED" };
    let end = later(start, i64::from(minutes));
    message.segment(
        "SCH",
        &[
            (1, format!("{}^PAS", booking.number)),
            (2, format!("{}^PAS", booking.number)),
            (6, reason.to_owned()),
            (7, "FOLLOWUP^Follow-up appointment^L".to_owned()),
            (8, "ROUTINE".to_owned()),
            (9, minutes.to_string()),
            (10, "min".to_owned()),
            (11, format!("^^{minutes}^{}^{}", hl7_time(start), hl7_time(end))),
            (16, doctor.clone()),
            (25, status.to_owned()),
        ],
    );
    segments::pid(writing, message);
    segments::pv1_outpatient(writing, message, booking.function, booking.consultant);
    resources(writing, message, index, [hl7_time(start), minutes.to_string(), doctor]);
}

/// What is booked: the service, who gives it, and where.
fn resources(
    writing: &Writing<'_>,
    message: &mut Message,
    index: usize,
    [start, minutes, doctor]: [String; 3],
) {
    let booking = &writing.chart.bookings[index];
    message.raw("RGS|1|A");
    let service = format!("{}^{}^NHSTFC", booking.function, function_name(booking.function));
    message.segment(
        "AIS",
        &[
            (1, "1".to_owned()),
            (2, "A".to_owned()),
            (3, service),
            (4, start),
            (7, minutes),
            (8, "min".to_owned()),
        ],
    );
    message.segment(
        "AIP",
        &[(1, "1".to_owned()), (2, "A".to_owned()), (3, doctor), (4, "ATND".to_owned())],
    );
    message.segment(
        "AIL",
        &[
            (1, "1".to_owned()),
            (2, "A".to_owned()),
            (3, format!("OPD{}^^^{}", 1 + index % 4, writing.site.site.hospital())),
        ],
    );
}
