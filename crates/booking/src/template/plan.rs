//! From what stands in the book to what the templates say: add, change, withdraw, or leave
//! because somebody has it.
//!
//! What is booked or held is never touched, and nothing is added on top of it. Past slots and
//! slots that staff withdrew by hand stay as they are.

use jiff::Timestamp;

use super::MadeSession;
use crate::model::{Session, Slot, SlotStatus};

/// What happens to one slot or session.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A new session.
    AddSession(Session),
    /// A session whose details change.
    ChangeSession(Session),
    /// A session that ends being published: nothing of it is left.
    WithdrawSession(Session),
    /// A new slot.
    Add(Slot),
    /// A free slot whose time or limits change.
    Change(Slot),
    /// A free slot that is taken out of the book.
    Withdraw(Slot),
    /// Booked or held: stays as it is, though the template now says otherwise.
    Leave {
        /// The slot as it stands.
        slot: Slot,
        /// Why, in words.
        words: &'static str,
    },
    /// Not added: it would lie on a slot that somebody has.
    Blocked {
        /// The slot that the template asks for.
        slot: Slot,
        /// Id of the slot that is in the way.
        by: String,
    },
}

/// What must change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Changes in the order of the book.
    pub changes: Vec<Change>,
    /// How many slots stay as they are.
    pub unchanged: usize,
}

impl Plan {
    /// Whether carrying it out changes nothing.
    pub fn is_empty(&self) -> bool {
        self.changes
            .iter()
            .all(|change| matches!(change, Change::Leave { .. } | Change::Blocked { .. }))
    }
}

/// Compares what templates say with what stands.
///
/// `standing` holds the sessions that were made from these templates in the same days (the caller
/// finds them by [`crate::model::Session::made_from`]); a session that the templates no longer
/// mean is withdrawn as far as it is free.
pub fn plan(made: &[MadeSession], standing: &[MadeSession], now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    for wanted in made {
        let old = standing.iter().find(|old| old.session.id == wanted.session.id);
        match old {
            None => {
                plan.changes.push(Change::AddSession(wanted.session.clone()));
                let new = wanted.slots.iter().filter(|slot| slot.start > now);
                plan.changes.extend(new.cloned().map(Change::Add));
            }
            Some(old) => compare(wanted, old, now, &mut plan),
        }
    }
    for old in standing {
        if made.iter().all(|wanted| wanted.session.id != old.session.id) {
            withdraw(old, now, &mut plan);
        }
    }
    plan
}

fn compare(wanted: &MadeSession, old: &MadeSession, now: Timestamp, plan: &mut Plan) {
    let mut session = with_details(&old.session, &wanted.session);
    if was_withdrawn(old) {
        session.is_published = true;
    }
    if session != old.session {
        plan.changes.push(Change::ChangeSession(session));
    }
    let taken: Vec<&Slot> = old.slots.iter().filter(|slot| is_taken(slot, now)).collect();
    let mut leave: Vec<&str> = Vec::new();
    for slot in &wanted.slots {
        let stands = old.slots.iter().find(|old| old.id == slot.id);
        if let Some(stands) = stands.filter(|stands| is_taken(stands, now)) {
            if says_same(stands, slot) {
                plan.unchanged += 1;
            } else {
                leave.push(&stands.id);
            }
            continue;
        }
        if slot.start <= now {
            plan.unchanged += usize::from(stands.is_some());
            continue;
        }
        let over = |other: &&&Slot| other.start < slot.end && slot.start < other.end;
        if let Some(over) = taken.iter().find(over) {
            let (slot, by) = (slot.clone(), over.id.clone());
            plan.changes.push(Change::Blocked { slot, by });
            if let Some(stands) = stands {
                plan.changes.extend(withdrawn(stands).map(Change::Withdraw));
            }
            continue;
        }
        match stands {
            None => plan.changes.push(Change::Add(slot.clone())),
            Some(stands) => match with_template(stands, slot) {
                Some(changed) => plan.changes.push(Change::Change(changed)),
                None => plan.unchanged += 1,
            },
        }
    }
    for stands in &old.slots {
        let is_wanted = wanted.slots.iter().any(|slot| slot.id == stands.id);
        if leave.contains(&stands.id.as_str()) || (!is_wanted && is_taken(stands, now)) {
            plan.changes.push(left(stands, now));
        } else if !is_wanted && stands.start > now {
            plan.changes.extend(withdrawn(stands).map(Change::Withdraw));
        }
    }
}

fn withdraw(old: &MadeSession, now: Timestamp, plan: &mut Plan) {
    let mut is_empty = true;
    for slot in &old.slots {
        if is_taken(slot, now) {
            is_empty = false;
            plan.changes.push(left(slot, now));
        } else if slot.start > now {
            plan.changes.extend(withdrawn(slot).map(Change::Withdraw));
        }
    }
    let is_past = old.slots.iter().any(|slot| slot.start <= now);
    if is_empty && !is_past && old.session.is_published {
        let session = Session { is_published: false, ..old.session.clone() };
        plan.changes.push(Change::WithdrawSession(session));
    }
}

/// Whether a plan took the session out, and not staff by hand: then nothing of it is left.
fn was_withdrawn(old: &MadeSession) -> bool {
    let is_out =
        |slot: &Slot| matches!(slot.status, SlotStatus::Unavailable | SlotStatus::EnteredInError);
    !old.session.is_published
        && old.slots.iter().all(is_out)
        && old.slots.iter().any(|slot| slot.is_withdrawn_by_template)
}

/// Somebody has it now: booked, or held by a hold that still holds.
fn is_taken(slot: &Slot, now: Timestamp) -> bool {
    match slot.status {
        SlotStatus::Busy => true,
        SlotStatus::Tentative => !slot.is_free_at(now),
        _ => false,
    }
}

fn left(slot: &Slot, now: Timestamp) -> Change {
    let words = if slot.status == SlotStatus::Busy {
        "somebody is booked: move them first, then run the plan again"
    } else if slot.is_free_at(now) {
        "nobody has it"
    } else {
        "somebody is deciding: run the plan again in a few minutes"
    };
    Change::Leave { slot: slot.clone(), words }
}

fn withdrawn(slot: &Slot) -> Option<Slot> {
    let is_standing = matches!(slot.status, SlotStatus::Free | SlotStatus::Tentative);
    is_standing.then(|| Slot {
        status: SlotStatus::Unavailable,
        hold: None,
        is_withdrawn_by_template: true,
        ..slot.clone()
    })
}

/// The standing slot with what the template says; `None` where nothing differs, or where staff
/// withdrew it by hand.
fn with_template(stands: &Slot, wanted: &Slot) -> Option<Slot> {
    let by_hand = match stands.status {
        SlotStatus::Unavailable => !stands.is_withdrawn_by_template,
        SlotStatus::EnteredInError => true,
        _ => false,
    };
    if by_hand || (says_same(stands, wanted) && !stands.is_withdrawn_by_template) {
        return None;
    }
    Some(Slot {
        status: SlotStatus::Free,
        hold: None,
        is_withdrawn_by_template: false,
        start: wanted.start,
        end: wanted.end,
        mode: wanted.mode,
        release_at: wanted.release_at,
        reserve: wanted.reserve,
        audience: wanted.audience,
        gp_connect: wanted.gp_connect.clone(),
        ..stands.clone()
    })
}

fn says_same(stands: &Slot, wanted: &Slot) -> bool {
    stands.start == wanted.start
        && stands.end == wanted.end
        && stands.mode == wanted.mode
        && stands.release_at == wanted.release_at
        && stands.reserve == wanted.reserve
        && stands.audience == wanted.audience
        && stands.gp_connect == wanted.gp_connect
}

fn with_details(stands: &Session, wanted: &Session) -> Session {
    Session {
        service: wanted.service.clone(),
        practitioner: wanted.practitioner.clone(),
        location: wanted.location.clone(),
        role: wanted.role.clone(),
        mode: wanted.mode,
        category: wanted.category.clone(),
        horizon: wanted.horizon,
        made_from: wanted.made_from.clone(),
        ..stands.clone()
    }
}
