//! What a hospital knows of one person: visits, bookings, reports, letters, and the events of them.

use jiff::civil::DateTime;

use crate::clinical::{Acute, Panel};
use crate::person::PersonId;
use crate::sites::Site;

/// One person in one hospital; more than one record where the desk did not find the first.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The true person.
    pub person: PersonId,
    /// The hospital.
    pub site: Site,
    /// Indexes of the records in the area's list; the second is a duplicate.
    pub records: Vec<usize>,
    /// Stays and attendances.
    pub visits: Vec<Visit>,
    /// Outpatient bookings.
    pub bookings: Vec<Booking>,
    /// Laboratory reports.
    pub reports: Vec<Report>,
    /// Letters.
    pub letters: Vec<Letter>,
    /// Everything that was sent, in the order in which it happened.
    pub events: Vec<Event>,
}

/// One message-worth of happening.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it happened.
    pub at: DateTime,
    /// When it was sent; later than others where it was held up.
    pub sent: DateTime,
    /// Which of the chart's records it names.
    pub record: u8,
    /// What happened.
    pub what: What,
    /// Sent a second time.
    pub repeated: bool,
    /// Held up on the way.
    pub late: bool,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A28.
    Register,
    /// A31.
    Update,
    /// A40: the second record goes into the first.
    Merge,
    /// An event of a visit; the stay is the one that the message names.
    Visit {
        /// Which.
        trigger: Trigger,
        /// Index in [`Chart::visits`].
        visit: u16,
        /// Index in [`Visit::stays`].
        stay: u8,
    },
    /// ORU^R01.
    Report {
        /// Index in [`Chart::reports`].
        report: u16,
        /// Preliminary, final or corrected.
        stage: Stage,
    },
    /// SIU.
    Booking {
        /// Index in [`Chart::bookings`].
        booking: u16,
        /// Which.
        step: BookingStep,
    },
    /// MDM^T02.
    Letter(u16),
}

/// The trigger of a visit's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Admitted.
    A01,
    /// Moved.
    A02,
    /// Left.
    A03,
    /// Came to the emergency department.
    A04,
    /// Expected.
    A05,
    /// Something of the visit changed.
    A08,
    /// Was not admitted after all.
    A11,
    /// Was not moved after all.
    A12,
    /// Did not leave after all.
    A13,
}

impl Trigger {
    /// The code and the message structure.
    pub fn codes(self) -> (&'static str, &'static str) {
        match self {
            Trigger::A01 => ("A01", "ADT_A01"),
            Trigger::A02 => ("A02", "ADT_A02"),
            Trigger::A03 => ("A03", "ADT_A03"),
            Trigger::A04 => ("A04", "ADT_A01"),
            Trigger::A05 => ("A05", "ADT_A05"),
            Trigger::A08 => ("A08", "ADT_A01"),
            Trigger::A11 => ("A11", "ADT_A09"),
            Trigger::A12 => ("A12", "ADT_A12"),
            Trigger::A13 => ("A13", "ADT_A01"),
        }
    }
}

/// How far a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Some results are missing.
    Preliminary,
    /// All are there.
    Final,
    /// One of them was wrong.
    Corrected,
}

/// What happens to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookingStep {
    /// S12.
    Book,
    /// S13.
    Move,
    /// S14.
    Change,
    /// S15.
    Cancel,
}

/// A place in the hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Ward code.
    pub ward: &'static str,
    /// Bay, from 1.
    pub bay: u8,
    /// Bed, from 1.
    pub bed: u8,
}

/// A stay or an attendance.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Visit number.
    pub number: String,
    /// `I`, `E` or `P` as it is sent once it runs.
    pub class: &'static str,
    /// Why.
    pub cause: &'static Acute,
    /// Which of the consultants of the function.
    pub consultant: u32,
    /// The decision to admit, or the arrival.
    pub decided: DateTime,
    /// Admitted.
    pub admitted: DateTime,
    /// Where, in order.
    pub stays: Vec<Stay>,
    /// Method of admission.
    pub method: &'static str,
    /// Died in it.
    pub died: bool,
}

/// An outpatient booking.
#[derive(Clone, Debug)]
pub struct Booking {
    /// Its number.
    pub number: String,
    /// Treatment function.
    pub function: &'static str,
    /// Which consultant.
    pub consultant: u32,
    /// When it was first to be.
    pub first: DateTime,
    /// When it is to be after a move.
    pub moved: Option<DateTime>,
    /// Minutes, first and after a change.
    pub minutes: (u32, u32),
}

/// A laboratory report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The laboratory's number.
    pub filler: String,
    /// The order's number.
    pub placer: String,
    /// What was measured.
    pub panel: &'static Panel,
    /// When blood was taken.
    pub taken: DateTime,
    /// When the result was out.
    pub out: DateTime,
    /// The visit in which it was taken.
    pub visit: Option<u16>,
    /// The values of the panel's analytes, as sent when final.
    pub values: Vec<String>,
    /// The place and right value of the one that was corrected.
    pub correction: Option<(usize, String)>,
    /// Which consultant ordered it.
    pub consultant: u32,
}

impl Report {
    /// The value of an analyte at a stage.
    pub fn value(&self, index: usize, stage: Stage) -> &str {
        match &self.correction {
            Some((at, right)) if stage == Stage::Corrected && *at == index => right,
            _ => &self.values[index],
        }
    }
}

/// A letter.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its number.
    pub number: String,
    /// What it is about.
    pub about: LetterAbout,
    /// FT, TX or ED.
    pub form: LetterForm,
    /// When it was signed.
    pub signed: DateTime,
}

/// What a letter is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterAbout {
    /// A discharge: index of the visit.
    Discharge(u16),
    /// A clinic: index of the booking.
    Clinic(u16),
}

/// How a letter is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterForm {
    /// One formatted text.
    Formatted,
    /// A text a line.
    Lines,
    /// A PDF in Base64.
    Pdf,
}

impl LetterForm {
    /// OBX-2.
    pub fn value_type(self) -> &'static str {
        match self {
            LetterForm::Formatted => "FT",
            LetterForm::Lines => "TX",
            LetterForm::Pdf => "ED",
        }
    }
}
