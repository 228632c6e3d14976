//! The rules of booking of one kind of appointment, as an extension of its HealthcareService.
//!
//! What the extension leaves out has the value of [`Policy::default`], the cautious one.
//! To add a rule: a field, a part in `read` and `write`, a row in `docs/booking.md`.

use fhir::{Element, Issue, Value};

use super::element::{
    complex, doubt, extension, number, part, part_number, set_extension, simple, text,
};
use super::slot::codes;
use super::urls;

codes! {
    /// Whether the person is asked why they want the appointment.
    ReasonRule {
        /// The question is not asked.
        NotAsked = "not-asked",
        /// It may be left empty.
        Optional = "optional",
        /// It must be answered.
        Mandatory = "mandatory",
    }
}

/// How many slots of a session organisations of a kind may take through GP Connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrganisationCap {
    /// Organisation type or ODS code that the cap is for.
    pub code: String,
    /// Most bookings of one session.
    pub bookings_max: u32,
}

/// Rules of booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether people may book it themselves in the app.
    pub is_online: bool,
    /// Whether people whom 111 sends may book it: their outcome is "see a GP", not "have a blood test".
    pub is_for_111: bool,
    /// Why not, or how else, in the practice's words; shown to people.
    pub note: Option<String>,
    /// How many days ahead it can be booked; today is 0.
    pub advance_days: u16,
    /// How close to the start it can still be booked.
    pub embargo_minutes: u32,
    /// How close to the start it can still be cancelled online.
    pub cancel_until_minutes: u32,
    /// Whether a reason is asked.
    pub reason: ReasonRule,
    /// Longest reason, in characters.
    pub reason_length_max: u16,
    /// Most future bookings that one person may have at this practice.
    pub open_bookings_max: u16,
    /// Most slots in a row in one booking.
    pub slots_max: u8,
    /// How long a person may hold a slot while deciding.
    pub hold_minutes: u16,
    /// Whether a reason is asked when cancelling.
    pub cancel_reason: ReasonRule,
    /// Caps of organisations.
    pub organisation_caps: Vec<OrganisationCap>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            is_online: false,
            is_for_111: false,
            note: None,
            advance_days: 28,
            embargo_minutes: 60,
            cancel_until_minutes: 60,
            reason: ReasonRule::Optional,
            reason_length_max: 150,
            open_bookings_max: 2,
            slots_max: 1,
            hold_minutes: 5,
            cancel_reason: ReasonRule::Optional,
            organisation_caps: Vec::new(),
        }
    }
}

impl Policy {
    pub(crate) fn read(of: Value<'_>, issues: &mut Vec<Issue>) -> Policy {
        let base = Policy::default();
        let Some(found) = extension(of, urls::POLICY) else { return base };
        let mut reason = |name: &str, base: ReasonRule| match part(found, name) {
            None => base,
            Some(code) => ReasonRule::parse(code).unwrap_or_else(|| {
                issues.push(doubt(found, &format!("{name} is no rule of reasons; left out")));
                base
            }),
        };
        let (reason, cancel_reason) =
            (reason("reason", base.reason), reason("cancelReason", base.cancel_reason));
        Policy {
            is_online: part(found, "online") == Some("true"),
            is_for_111: part(found, "for111") == Some("true"),
            note: part(found, "note").map(str::to_owned),
            advance_days: part_number(found, "advanceDays", issues).unwrap_or(base.advance_days),
            embargo_minutes: part_number(found, "embargoMinutes", issues)
                .unwrap_or(base.embargo_minutes),
            cancel_until_minutes: part_number(found, "cancelUntilMinutes", issues)
                .unwrap_or(base.cancel_until_minutes),
            reason,
            reason_length_max: part_number(found, "reasonLengthMax", issues)
                .unwrap_or(base.reason_length_max),
            open_bookings_max: part_number(found, "openBookingsMax", issues)
                .unwrap_or(base.open_bookings_max),
            slots_max: part_number(found, "slotsMax", issues).unwrap_or(base.slots_max),
            hold_minutes: part_number(found, "holdMinutes", issues).unwrap_or(base.hold_minutes),
            cancel_reason,
            organisation_caps: found
                .all("extension")
                .filter(|cap| cap.text_of("url") == Some("organisationCap"))
                .filter_map(|cap| {
                    Some(OrganisationCap {
                        code: part(cap, "code")?.to_owned(),
                        bookings_max: part_number(cap, "bookingsMax", issues)?,
                    })
                })
                .collect(),
        }
    }

    pub(crate) fn write(&self, of: &mut Element) {
        let count = |name: &str, value: i64| simple(name, "valueUnsignedInt", number(value));
        let mut parts = vec![simple("online", "valueBoolean", Element::Bool(self.is_online))];
        if self.is_for_111 {
            parts.push(simple("for111", "valueBoolean", Element::Bool(true)));
        }
        if let Some(note) = &self.note {
            parts.push(simple("note", "valueString", text(note.as_str())));
        }
        parts.extend([
            count("advanceDays", self.advance_days.into()),
            count("embargoMinutes", self.embargo_minutes.into()),
            count("cancelUntilMinutes", self.cancel_until_minutes.into()),
            simple("reason", "valueCode", text(self.reason.as_str())),
            count("reasonLengthMax", self.reason_length_max.into()),
            count("openBookingsMax", self.open_bookings_max.into()),
            count("slotsMax", self.slots_max.into()),
            count("holdMinutes", self.hold_minutes.into()),
            simple("cancelReason", "valueCode", text(self.cancel_reason.as_str())),
        ]);
        for cap in &self.organisation_caps {
            let of_cap = vec![
                simple("code", "valueString", text(cap.code.as_str())),
                count("bookingsMax", cap.bookings_max.into()),
            ];
            parts.push(complex("organisationCap", of_cap));
        }
        set_extension(of, urls::POLICY, Some(complex(urls::POLICY, parts)));
    }
}
