//! The offer of a slot that came free: to one person, for a time, then to the next.

use jiff::Timestamp;
use jiff::civil::Time;

use super::list::rank;
use super::{Offer, Waiting, Wish};
use crate::desk::{self, Booked, Refusal, RefusalCode, Request};
use crate::model::{Appointment, AppointmentStatus, Slot, SlotStatus};
use crate::next_step::NextStep;
use crate::visibility::{Asker, Opening, decide};
use crate::zone;

/// An offer that is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Offered {
    /// The place on the list, with the offer.
    pub appointment: Appointment,
    /// The slot, held for the person.
    pub slot: Slot,
}

/// An offer that was declined or ran out.
#[derive(Clone, Debug, PartialEq)]
pub struct Passed {
    /// The place on the list, without the offer; this slot is not offered to it again.
    pub appointment: Appointment,
    /// The slot, free again for the next; `None` where it is no longer held for this offer.
    pub slot: Option<Slot>,
}

/// How offers are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferRules {
    /// How long an offer stands.
    pub minutes: u16,
    /// From this wall time nobody is told anything until [`OfferRules::quiet_until`]; an offer
    /// made in between stands until then and its minutes more.
    pub quiet_from: Time,
    /// When the quiet ends.
    pub quiet_until: Time,
}

impl Default for OfferRules {
    /// Half an hour, and quiet from 10pm to 6am as the NHS App's notifications are.
    fn default() -> OfferRules {
        OfferRules {
            minutes: 30,
            quiet_from: jiff::civil::time(22, 0, 0, 0),
            quiet_until: jiff::civil::time(6, 0, 0, 0),
        }
    }
}

impl OfferRules {
    /// When a person can be told: now, or when the quiet ends.
    fn told_at(&self, now: Timestamp) -> Timestamp {
        let wall = zone::wall(now);
        let (time, from, until) = (wall.time(), self.quiet_from, self.quiet_until);
        let over_midnight = from > until;
        let is_quiet = if over_midnight {
            time >= from || time < until
        } else {
            (from..until).contains(&time)
        };
        if !is_quiet {
            return now;
        }
        let is_tomorrow = over_midnight && time >= from;
        let day = if is_tomorrow { wall.date().tomorrow().ok() } else { Some(wall.date()) };
        let end = day.and_then(|day| zone::instant(day.to_datetime(until)));
        end.map_or(now, |(end, _)| end)
    }
}

/// Offers a slot to the first on the list who can take it and may book it; `None` where nobody
/// can. `token` is a fresh secret for the hold. No person has two offers at a time.
///
/// The offer ends in time for the person's notice and the embargo, and is not made where they
/// could not be told before that: it is always one that can be taken.
pub fn offer(
    opening: &Opening<'_>,
    list: &[Waiting],
    token: &str,
    rules: OfferRules,
    now: Timestamp,
) -> Option<Offered> {
    let mut order: Vec<&Waiting> = list.iter().collect();
    order.sort_by(|a, b| rank(&a.appointment).cmp(&rank(&b.appointment)));
    let told_at = rules.told_at(now);
    for waiting in order {
        let wish = waiting.appointment.wish.clone().unwrap_or_default();
        if !can_take(opening, waiting, &wish, list, now) {
            continue;
        }
        let closest = i64::from(opening.service.policy.embargo_minutes.max(wish.notice_minutes));
        let until = zone::plus_minutes(told_at, rules.minutes.into())
            .min(zone::plus_minutes(opening.slot.start, -closest));
        if until <= told_at {
            continue;
        }
        let openings = [*opening];
        let Ok(held) = desk::hold(&openings, &waiting.asker, token, &[], now) else { continue };
        let mut slot = held.into_iter().next()?;
        if let Some(hold) = &mut slot.hold {
            // The offer's time is the hold's, and it is not made longer.
            (hold.until, hold.is_extended, hold.is_offer) = (until, true, true);
        }
        let mut appointment = waiting.appointment.clone();
        appointment.offer = Some(Offer { slot: slot.reference(), until });
        return Some(Offered { appointment, slot });
    }
    None
}

fn can_take(
    opening: &Opening<'_>,
    waiting: &Waiting,
    wish: &Wish,
    list: &[Waiting],
    now: Timestamp,
) -> bool {
    let place = &waiting.appointment;
    let Some(person) = waiting.asker.person() else { return false };
    let patient = Some(person.reference.as_str());
    let has_offer = list.iter().any(|other| {
        other.appointment.actor("Patient") == patient
            && other.appointment.offer.as_ref().is_some_and(|offer| offer.until > now)
    });
    place.status == AppointmentStatus::Waitlist
        && place.actor("Patient") == patient
        && !has_offer
        && !place.passed.contains(&opening.slot.reference())
        && wish.admits(opening.slot, opening.session, now)
        && decide(opening, &waiting.asker, now).is_bookable()
}

/// Ends an offer because the person declined it or its time is over; the caller then offers the
/// slot to the next. `slot` is the offered slot as it stands.
pub fn pass(waiting: &Waiting, slot: &Slot) -> Passed {
    let mut appointment = waiting.appointment.clone();
    let Some(offer) = appointment.offer.take() else { return Passed { appointment, slot: None } };
    if !appointment.passed.contains(&offer.slot) {
        appointment.passed.push(offer.slot.clone());
    }
    let person = waiting.asker.person().map(crate::visibility::Person::digest);
    let is_held_for_them = offer.slot == slot.reference()
        && slot.status == SlotStatus::Tentative
        && slot.hold.as_ref().map(|hold| &hold.person_digest) == person.as_ref();
    let slot = is_held_for_them.then(|| {
        let mut slot = slot.clone();
        (slot.status, slot.hold) = (SlotStatus::Free, None);
        slot
    });
    Passed { appointment, slot }
}

/// The acceptance of an offer.
#[derive(Clone, Copy, Debug)]
pub struct Accepting<'a> {
    /// The place on the list.
    pub place: &'a Appointment,
    /// The offered slot.
    pub opening: Opening<'a>,
    /// Who accepts.
    pub asker: &'a Asker,
    /// Reference of the Patient.
    pub patient: &'a str,
    /// The form's key.
    pub key: &'a str,
    /// The person's reason.
    pub reason: Option<&'a str>,
}

/// Books the offered slot: the place on the list becomes the booking. Sent again, it gives the
/// same answer.
pub fn accept(accepting: &Accepting<'_>, now: Timestamp) -> Result<Booked, Refusal> {
    let place = accepting.place;
    let slot = accepting.opening.slot.reference();
    if place.actor("Patient") != Some(accepting.patient) {
        return Err(desk::not_theirs());
    }
    if place.status == AppointmentStatus::Booked && place.slots == [slot.clone()] {
        return Ok(Booked { appointment: place.clone(), slots: Vec::new(), is_repeat: true });
    }
    let offer = place.offer.as_ref().filter(|offer| offer.slot == slot && offer.until > now);
    if offer.is_none() || place.status != AppointmentStatus::Waitlist {
        return Err(Refusal::new(
            RefusalCode::OfferOver,
            "This offer is over",
            "We have offered the time to the next person. You are still on the waiting list.",
            vec![NextStep::OtherTimes, NextStep::Nhs111],
        ));
    }
    let openings = [accepting.opening];
    let request = Request {
        openings: &openings,
        asker: accepting.asker,
        patient: accepting.patient,
        token: None,
        key: accepting.key,
        reason: accepting.reason,
    };
    let booked = desk::book(&request, None, now)?;
    let new = &booked.appointment;
    let mut appointment = place.clone();
    appointment.status = AppointmentStatus::Booked;
    appointment.slots.clone_from(&new.slots);
    (appointment.start, appointment.end) = (new.start, new.end);
    appointment.description.clone_from(&new.description);
    appointment.reason.clone_from(&new.reason);
    appointment.mode = new.mode;
    appointment.service_type.clone_from(&new.service_type);
    appointment.participants.clone_from(&new.participants);
    (appointment.wish, appointment.offer) = (None, None);
    appointment.passed.clear();
    Ok(Booked { appointment, ..booked })
}
