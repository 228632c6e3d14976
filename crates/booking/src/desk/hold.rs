//! Holding slots while somebody decides: by token, for minutes, made longer once, one at a time.
//!
//! A held slot has status `busy-tentative`, so that a search for free ones does not find it; a hold
//! that ran out counts as free at once, and [`lapsed`] tidies it away.

use jiff::Timestamp;

use super::refusal::{Refusal, RefusalCode, phone};
use super::row::{RowFault, check_row};
use crate::digest;
use crate::model::{Hold, Slot, SlotStatus};
use crate::next_step::NextStep;
use crate::visibility::{Asker, Opening, decide};
use crate::zone;

fn token_digest(token: &str) -> String {
    digest::text("booking hold", &[token])
}

/// Whether the slot is held now with this token.
pub fn is_held_with(slot: &Slot, token: &str, now: Timestamp) -> bool {
    slot.status == SlotStatus::Tentative
        && slot
            .hold
            .as_ref()
            .is_some_and(|hold| hold.until > now && hold.token_digest == token_digest(token))
}

/// Holds slots for an asker. `token` is the caller's secret, fresh for each hold; `others` are
/// slots that the same person may hold already, which are let go. Gives every changed slot.
pub fn hold(
    openings: &[Opening<'_>],
    asker: &Asker,
    token: &str,
    others: &[Slot],
    now: Timestamp,
) -> Result<Vec<Slot>, Refusal> {
    check_openings(openings, asker, Some(token), now)?;
    let person_digest = asker.person().map_or_else(String::new, crate::visibility::Person::digest);
    let mut changed: Vec<Slot> = others
        .iter()
        .filter(|other| openings.iter().all(|opening| opening.slot.id != other.id))
        .filter(|other| {
            let held = other.hold.as_ref();
            !person_digest.is_empty()
                && held.is_some_and(|hold| {
                    // An offer of the waiting list is not a choice: it stands until it passes on.
                    hold.person_digest == person_digest && !hold.is_offer
                })
        })
        .filter_map(freed)
        .collect();
    changed.extend(openings.iter().map(|opening| {
        let minutes = i64::from(opening.service.policy.hold_minutes);
        // Holding again what one holds already does not win time.
        let old = opening.slot.hold.as_ref().filter(|hold| {
            hold.until > now && !person_digest.is_empty() && hold.person_digest == person_digest
        });
        let until = old.map_or_else(|| zone::plus_minutes(now, minutes), |hold| hold.until);
        let mut slot = opening.slot.clone();
        slot.status = SlotStatus::Tentative;
        slot.hold = Some(Hold {
            token_digest: token_digest(token),
            person_digest: person_digest.clone(),
            until,
            is_extended: old.is_some_and(|hold| hold.is_extended),
            is_offer: old.is_some_and(|hold| hold.is_offer),
        });
        slot
    }));
    Ok(changed)
}

/// Makes a hold longer, once, by its first length again.
pub fn extend(openings: &[Opening<'_>], token: &str, now: Timestamp) -> Result<Vec<Slot>, Refusal> {
    let mut changed = Vec::with_capacity(openings.len());
    for opening in openings {
        let Some(hold) =
            opening.slot.hold.as_ref().filter(|_| is_held_with(opening.slot, token, now))
        else {
            return Err(Refusal::hold_lost(opening.service));
        };
        if hold.is_extended {
            return Err(Refusal::new(
                RefusalCode::HoldExtended,
                "We cannot keep this time for longer",
                "Others are waiting. You have more time only once.",
                vec![NextStep::OtherTimes],
            ));
        }
        let minutes = i64::from(opening.service.policy.hold_minutes);
        let mut slot = opening.slot.clone();
        slot.hold = Some(Hold {
            until: zone::plus_minutes(hold.until, minutes),
            is_extended: true,
            ..hold.clone()
        });
        changed.push(slot);
    }
    Ok(changed)
}

/// Lets slots go that are held with this token; others stay as they are.
pub fn let_go(slots: &[Slot], token: &str, now: Timestamp) -> Vec<Slot> {
    slots.iter().filter(|slot| is_held_with(slot, token, now)).filter_map(freed).collect()
}

/// The slots whose hold ran out, freed. Offers of the waiting list are left: they pass on by
/// [`crate::waiting::pass`].
pub fn lapsed(slots: &[Slot], now: Timestamp) -> Vec<Slot> {
    slots
        .iter()
        .filter(|slot| slot.status == SlotStatus::Tentative && slot.is_free_at(now))
        .filter(|slot| slot.hold.as_ref().is_some_and(|hold| !hold.is_offer))
        .filter_map(freed)
        .collect()
}

/// A held slot without its hold. One held by another system (no hold of ours) is not ours to free.
fn freed(slot: &Slot) -> Option<Slot> {
    slot.hold.as_ref()?;
    (slot.status == SlotStatus::Tentative).then(|| {
        let mut slot = slot.clone();
        (slot.status, slot.hold) = (SlotStatus::Free, None);
        slot
    })
}

/// Checks the row, how many, and every rule of visibility; what the asker's token or person holds
/// counts as free.
pub(super) fn check_openings(
    openings: &[Opening<'_>],
    asker: &Asker,
    token: Option<&str>,
    now: Timestamp,
) -> Result<(), Refusal> {
    let slots: Vec<&Slot> = openings.iter().map(|opening| opening.slot).collect();
    if let Err(fault) = check_row(&slots) {
        let (code, headline) = match fault {
            RowFault::Empty => (RefusalCode::NoSlot, "Choose a time"),
            _ => (RefusalCode::NotInARow, "These times cannot be booked together"),
        };
        return Err(Refusal::new(code, headline, fault.words(), vec![NextStep::OtherTimes]));
    }
    for opening in openings {
        let slots_max = opening.service.policy.slots_max;
        if openings.len() > usize::from(slots_max) && !matches!(asker, Asker::Staff) {
            return Err(Refusal::new(
                RefusalCode::TooManySlots,
                "This is too long for one appointment",
                format!("At most {slots_max} in a row can be booked together."),
                vec![NextStep::OtherTimes, phone(opening.service)],
            ));
        }
        let mut slot = opening.slot.clone();
        if token.is_some_and(|token| is_held_with(&slot, token, now)) {
            (slot.status, slot.hold) = (SlotStatus::Free, None);
        }
        let opening = Opening { slot: &slot, ..*opening };
        let decision = decide(&opening, asker, now);
        if decision.is_bookable() {
            continue;
        }
        let mut refusal = Refusal::taken(opening.service);
        let first = decision.failing().next().map(|finding| finding.rule);
        if first != Some(crate::visibility::Rule::Free) {
            refusal.code = RefusalCode::NotBookable;
            if let Some(words) = decision.kind_words(&opening) {
                (refusal.headline, refusal.why, refusal.next) =
                    (words.headline, words.why, words.next);
            }
        }
        refusal.decision = Some(decision);
        return Err(refusal);
    }
    Ok(())
}
