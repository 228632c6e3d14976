//! What templates mean for real days: sessions and slots, and what was left out and why.
//!
//! A session starts at its wall time; from there minutes are real minutes. A start in the hour
//! that spring skips moves on by that hour, one in the hour that autumn repeats is the first.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use super::{DAYS_MAX, ExtraDay, Holiday, Nation, Template, bank_holidays};
use crate::digest;
use crate::model::{Concept, Reserve, Session, Slot, TemplateMark};
use crate::zone::{self, WallTime};

/// A time when the practice is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// First moment.
    pub start: Timestamp,
    /// First moment after it.
    pub end: Timestamp,
    /// Why, in words for people.
    pub reason: String,
}

/// The days to make sessions for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Whose bank holidays.
    pub nation: Nation,
    /// Days proclaimed for one year that this program does not know.
    pub extra: Vec<ExtraDay>,
    /// When the practice is closed.
    pub closures: Vec<Closure>,
}

/// A session with its slots.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeSession {
    /// The session.
    pub session: Session,
    /// Its slots in order.
    pub slots: Vec<Slot>,
}

/// Something that whoever designs the week should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// The template cannot be used.
    Faulty {
        /// Its key.
        template: String,
        /// What is wrong.
        words: String,
    },
    /// No session: bank holiday.
    BankHoliday {
        /// The template's key.
        template: String,
        /// The day.
        date: Date,
        /// The holiday.
        name: String,
    },
    /// Slots left out: closed.
    Closed {
        /// The template's key.
        template: String,
        /// The day.
        date: Date,
        /// How many slots.
        slots: usize,
        /// Why.
        reason: String,
    },
    /// The start does not happen that day; the session begins an hour later on the clock.
    StartSkipped {
        /// The template's key.
        template: String,
        /// The day.
        date: Date,
    },
    /// The start happens twice; the session begins at the first.
    StartTwice {
        /// The template's key.
        template: String,
        /// The day.
        date: Date,
    },
    /// One clinician is in two sessions at the same time.
    Overlap {
        /// The key of the one template.
        template: String,
        /// The key of the other.
        other: String,
        /// The day on which the later one starts.
        date: Date,
    },
    /// The range of days is longer than [`DAYS_MAX`]; later days were not made.
    CutShort {
        /// The last day that was made.
        last: Date,
    },
}

/// What [`make`] gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Made {
    /// Sessions in the order of days, then of templates.
    pub sessions: Vec<MadeSession>,
    /// What to know.
    pub notes: Vec<Note>,
}

/// The sessions that the templates mean on these days.
///
/// Two templates with one key are a fault of the second: their ids would be the same.
pub fn make(templates: &[Template], days: &Days) -> Made {
    let mut made = Made::default();
    let mut usable: Vec<&Template> = Vec::new();
    for template in templates {
        let mut faults = template.faults();
        if usable.iter().any(|other| other.key == template.key) {
            faults.push("another template has the same key".to_owned());
        }
        if faults.is_empty() {
            usable.push(template);
        }
        made.notes.extend(faults.into_iter().map(|words| {
            let template = template.key.clone();
            Note::Faulty { template, words }
        }));
    }
    let holidays: Vec<Holiday> = (days.from.year()..=days.to.year())
        .take(3)
        .flat_map(|year| bank_holidays(days.nation, year, &days.extra))
        .collect();
    let mut date = days.from;
    for count in 0.. {
        if date > days.to {
            break;
        }
        if count >= DAYS_MAX {
            let last = date.yesterday().unwrap_or(date);
            made.notes.push(Note::CutShort { last });
            break;
        }
        let holiday = holidays.iter().find(|holiday| holiday.date == date);
        for template in usable.iter().filter(|template| runs_on(template, date)) {
            match holiday.filter(|_| !template.on_bank_holidays) {
                Some(holiday) => made.notes.push(Note::BankHoliday {
                    template: template.key.clone(),
                    date,
                    name: holiday.name.clone(),
                }),
                None => make_session(template, date, days, &mut made),
            }
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    note_overlaps(&mut made);
    made
}

/// Both sessions are made: which of them is wrong is for people to say.
fn note_overlaps(made: &mut Made) {
    let mut busy: Vec<(&str, Timestamp, Timestamp, &TemplateMark)> = made
        .sessions
        .iter()
        .filter_map(|MadeSession { session, .. }| {
            let (start, end) = session.horizon?;
            Some((session.practitioner.as_deref()?, start, end, session.made_from.as_ref()?))
        })
        .collect();
    busy.sort_by_key(|(who, start, ..)| (*who, *start));
    // The one before that ends last: a long session may reach over several.
    let mut last: Option<(&str, Timestamp, &TemplateMark)> = None;
    for (who, start, end, mark) in busy {
        if let Some((_, _, before)) =
            last.filter(|(other, until, _)| *other == who && *until > start)
        {
            made.notes.push(Note::Overlap {
                template: before.template.clone(),
                other: mark.template.clone(),
                date: mark.date,
            });
        }
        let is_later = last.is_none_or(|(other, until, _)| other != who || end > until);
        if is_later {
            last = Some((who, end, mark));
        }
    }
}

/// Whether the template's week and day are this one, holidays aside.
fn runs_on(template: &Template, date: Date) -> bool {
    let is_valid = date >= template.valid_from && template.valid_to.is_none_or(|last| date <= last);
    is_valid && template.days.contains(&date.weekday()) && {
        let monday = |of: Date| {
            let back = i64::from(of.weekday().to_monday_zero_offset());
            of.checked_sub(Span::new().days(back)).unwrap_or(of)
        };
        let days = monday(date).duration_since(monday(template.valid_from)).as_hours() / 24;
        (days / 7) % i64::from(template.every_weeks.max(1)) == 0
    }
}

fn make_session(template: &Template, date: Date, days: &Days, made: &mut Made) {
    let Some((start, wall_time)) = zone::instant(date.to_datetime(template.start)) else { return };
    let key = template.key.clone();
    match wall_time {
        WallTime::Once => {}
        WallTime::Skipped => made.notes.push(Note::StartSkipped { template: key, date }),
        WallTime::Twice => made.notes.push(Note::StartTwice { template: key, date }),
    }
    let day = date.to_string();
    let mut session = Session::new(&digest::id("booking session", &[&template.key, &day]));
    session.service = Some(template.service.clone());
    session.practitioner.clone_from(&template.practitioner);
    session.location.clone_from(&template.location);
    session.role.clone_from(&template.role);
    session.mode = Some(template.mode);
    session.category = Some(Concept::text(template.name.as_str()));
    session.made_from = Some(TemplateMark { template: template.key.clone(), date });

    let mut slots = Vec::with_capacity(template.count.into());
    let mut closed: Vec<(&Closure, usize)> = Vec::new();
    for index in 0..template.count {
        let slot = make_slot(template, &session, date, start, index);
        let overlap = |closure: &&Closure| closure.start < slot.end && slot.start < closure.end;
        match days.closures.iter().find(overlap) {
            None => slots.push(slot),
            Some(closure) => match closed.iter_mut().find(|(known, _)| *known == closure) {
                Some((_, count)) => *count += 1,
                None => closed.push((closure, 1)),
            },
        }
    }
    made.notes.extend(closed.into_iter().map(|(closure, slots)| Note::Closed {
        template: template.key.clone(),
        date,
        slots,
        reason: closure.reason.clone(),
    }));
    if let (Some(first), Some(last)) = (slots.first(), slots.last()) {
        session.horizon = Some((first.start, last.end));
        made.sessions.push(MadeSession { session, slots });
    }
}

fn make_slot(
    template: &Template,
    session: &Session,
    date: Date,
    session_start: Timestamp,
    index: u16,
) -> Slot {
    let step = i64::from(template.slot_minutes) + i64::from(template.gap_minutes);
    let start = zone::plus_minutes(session_start, step * i64::from(index));
    let end = zone::plus_minutes(start, template.slot_minutes.into());
    let parts = [template.key.as_str(), &date.to_string(), &index.to_string()];
    let id = digest::id("booking slot", &parts);
    let mut slot = Slot::new(&id, &session.reference(), start, end);
    slot.mode = Some(template.mode);
    slot.audience = template.audience;
    slot.gp_connect = template.gp_connect.clone();
    slot.reserve = reserve_of(template, index, start);
    slot.release_at =
        template.release.and_then(|rule| rule.moment(&template.key, date, index.into()));
    slot
}

/// Which share a slot belongs to. Kept slots are spread evenly over the session, so that no share
/// gets only the late ones.
fn reserve_of(template: &Template, index: u16, start: Timestamp) -> Option<Reserve> {
    let kept: u32 = template.reserves.iter().map(|share| u32::from(share.slots)).sum();
    let (count, index) = (u32::from(template.count), u32::from(index));
    if kept == 0 {
        return None;
    }
    // The index-th slot is kept where the running share passes a whole number.
    let before = index * kept / count;
    if (index + 1) * kept / count == before {
        return None;
    }
    // Kept places go round the shares in turn, each as often as it has slots.
    let mut left: Vec<u16> = template.reserves.iter().map(|share| share.slots).collect();
    let mut place = before;
    loop {
        for (share, left) in template.reserves.iter().zip(&mut left) {
            if *left == 0 {
                continue;
            }
            if place == 0 {
                let opens_to_all = share
                    .opens_minutes_before
                    .map(|minutes| zone::plus_minutes(start, -i64::from(minutes)));
                return Some(Reserve { kept_for: share.kept_for, opens_to_all });
            }
            *left -= 1;
            place -= 1;
        }
        if left.iter().all(|left| *left == 0) {
            return None;
        }
    }
}
