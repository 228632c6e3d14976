//! The checks, one function a rule: what was found and what could be changed.
//!
//! A check says what is so; what that means for an asker is the table in `effect`.

use jiff::{Span, Timestamp};

use super::{Asker, Consumer, Opening, Rule};
use crate::model::{ReservedFor, SlotStatus};
use crate::zone;

/// What a check found; `holds` is `None` where nothing can be said.
pub(super) struct Found {
    pub(super) holds: Option<bool>,
    pub(super) says: String,
    pub(super) mend: Option<String>,
    pub(super) holds_from: Option<Timestamp>,
}

type Check = fn(&Opening<'_>, &Asker, Timestamp) -> Found;

/// All rules in the order in which they are told.
pub(super) const ALL: [(Rule, Check); 19] = [
    (Rule::Free, free),
    (Rule::Published, published),
    (Rule::Offered, offered),
    (Rule::InFuture, in_future),
    (Rule::Online, online),
    (Rule::For111, for_111),
    (Rule::Registered, registered),
    (Rule::MayActFor, may_act_for),
    (Rule::AdvanceWindow, advance_window),
    (Rule::Embargo, embargo),
    (Rule::Released, released),
    (Rule::Reserve, reserve),
    (Rule::GpConnectBookable, gp_connect_bookable),
    (Rule::OrganisationType, organisation_type),
    (Rule::OdsCode, ods_code),
    (Rule::OrganisationCap, organisation_cap),
    (Rule::Age, age),
    (Rule::Sex, sex),
    (Rule::PersonLimit, person_limit),
];

fn found(holds: bool, says: impl Into<String>) -> Found {
    Found { holds: Some(holds), says: says.into(), mend: None, holds_from: None }
}

fn unknown(says: &str) -> Found {
    Found { holds: None, says: says.to_owned(), mend: None, holds_from: None }
}

impl Found {
    fn mend(mut self, words: &str) -> Found {
        self.mend = Some(words.to_owned());
        self
    }

    fn from(mut self, at: Option<Timestamp>) -> Found {
        self.holds_from = at;
        self
    }
}

fn free(opening: &Opening<'_>, asker: &Asker, now: Timestamp) -> Found {
    let slot = opening.slot;
    if slot.is_free_at(now) {
        return found(true, "the slot is free");
    }
    match slot.status {
        SlotStatus::Tentative => {
            let hold = slot.hold.as_ref();
            let is_own = hold
                .zip(asker.person())
                .is_some_and(|(hold, person)| hold.person_digest == person.digest());
            if is_own {
                return found(true, "the slot is held for this person");
            }
            let until = hold.map(|hold| hold.until);
            let says = until.map_or_else(
                || "another system holds the slot".to_owned(),
                |until| format!("somebody is deciding, until {}", zone::time_words(until)),
            );
            found(false, says).from(until).mend("nothing: it comes free by itself if not booked")
        }
        SlotStatus::Busy => found(false, "the slot is booked").mend("cancel or move the booking"),
        SlotStatus::Unavailable => {
            found(false, "the slot was taken out of the book").mend("set the slot to free again")
        }
        _ => found(false, "the slot was marked as a mistake").mend("make a new slot"),
    }
}

fn published(opening: &Opening<'_>, _: &Asker, _: Timestamp) -> Found {
    if opening.session.is_published {
        found(true, "the session is published")
    } else {
        found(false, "the session is not published").mend("publish the session")
    }
}

fn offered(opening: &Opening<'_>, _: &Asker, _: Timestamp) -> Found {
    if opening.service.is_active {
        found(true, format!("{} is offered", opening.service.name))
    } else {
        found(false, format!("{} is switched off", opening.service.name))
            .mend("switch this kind of appointment on")
    }
}

fn in_future(opening: &Opening<'_>, _: &Asker, now: Timestamp) -> Found {
    let is_so = opening.slot.start > now;
    found(is_so, if is_so { "it has not begun" } else { "it has begun or is over" })
        .mend("nothing: the time has passed")
}

fn online(opening: &Opening<'_>, _: &Asker, _: Timestamp) -> Found {
    let name = &opening.service.name;
    if opening.service.policy.is_online {
        found(true, format!("{name} can be booked online"))
    } else {
        found(false, format!("{name} cannot be booked online"))
            .mend("let people book this kind of appointment online")
    }
}

fn for_111(opening: &Opening<'_>, _: &Asker, _: Timestamp) -> Found {
    let name = &opening.service.name;
    if opening.service.policy.is_for_111 {
        found(true, format!("{name} is for people whom 111 sends too"))
    } else {
        found(false, format!("{name} is not for people whom 111 sends"))
            .mend("let 111 book this kind of appointment")
    }
}

fn registered(_: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    match asker.person() {
        None => unknown("no person is named yet"),
        Some(person) if person.is_registered => found(true, "the person is registered here"),
        Some(_) => {
            found(false, "the person is not registered here").mend("register the person first")
        }
    }
}

fn may_act_for(_: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    match asker {
        Asker::Proxy { may_book: true, .. } => found(true, "they may book for the person"),
        Asker::Proxy { may_book: false, .. } => found(false, "they may not book for the person")
            .mend("give them leave to book, with the person's consent"),
        _ => unknown("nobody acts for the person"),
    }
}

fn advance_window(opening: &Opening<'_>, _: &Asker, now: Timestamp) -> Found {
    let days = opening.service.policy.advance_days;
    let first = zone::day(opening.slot.start)
        .checked_sub(Span::new().days(i64::from(days)))
        .ok()
        .filter(|first| *first > zone::day(now))
        .and_then(zone::day_start);
    match first {
        None => found(true, format!("it is at most {days} days ahead")),
        Some(from) => {
            let on = zone::date_words(zone::day(from));
            found(false, format!("it is more than {days} days ahead; that ends on {on}"))
                .mend("let people book further ahead")
                .from(Some(from))
        }
    }
}

fn embargo(opening: &Opening<'_>, _: &Asker, now: Timestamp) -> Found {
    let minutes = i64::from(opening.service.policy.embargo_minutes);
    let length = zone::length_words(minutes);
    // Exactly so many minutes before the start it can still be booked.
    if zone::plus_minutes(now, minutes) <= opening.slot.start {
        found(true, format!("it begins in {length} or more"))
    } else {
        found(false, format!("it begins in less than {length}"))
            .mend("let people book closer to the start")
    }
}

fn released(opening: &Opening<'_>, asker: &Asker, now: Timestamp) -> Found {
    // Those for whom a slot is kept need not wait for the moment when others get theirs.
    if opening.slot.reserve.is_some_and(|reserve| asker.is_among(reserve.kept_for)) {
        return found(true, "it is kept for them and needs no release");
    }
    match opening.slot.release_at {
        None => found(true, "it has no release time"),
        Some(at) if at <= now => found(true, format!("it was released at {}", zone::words(at))),
        Some(at) => found(false, format!("it is released at {}", zone::words(at)))
            .mend("choose an earlier release time")
            .from(Some(at)),
    }
}

fn reserve(opening: &Opening<'_>, asker: &Asker, now: Timestamp) -> Found {
    let Some(reserve) = opening.slot.reserve else {
        return found(true, "it is not kept for anybody");
    };
    let whom = match reserve.kept_for {
        ReservedFor::Phone => "people who phone",
        ReservedFor::Nhs111 => "NHS 111",
        ReservedFor::DigitallyExcluded => "people who cannot use the app",
    };
    if asker.is_among(reserve.kept_for) {
        return found(true, format!("it is kept for {whom}"));
    }
    match reserve.opens_to_all {
        Some(at) if at <= now => {
            found(true, format!("it was kept for {whom} and has been opened to all"))
        }
        Some(at) => found(false, format!("it is kept for {whom} until {}", zone::words(at)))
            .mend("open it to all earlier, or take the reserve off")
            .from(Some(at)),
        None => found(false, format!("it is kept for {whom} and not opened to others"))
            .mend("say when it opens to all, or take the reserve off"),
    }
}

fn consumer(asker: &Asker) -> Option<&Consumer> {
    match asker {
        Asker::GpConnect(consumer) => Some(consumer),
        _ => None,
    }
}

fn gp_connect_bookable(opening: &Opening<'_>, _: &Asker, _: Timestamp) -> Found {
    if opening.slot.gp_connect.bookable {
        found(true, "it is marked as GP Connect bookable")
    } else {
        found(false, "it is not marked as GP Connect bookable")
            .mend("mark the slot, or its template, as GP Connect bookable")
    }
}

/// A restriction holds where there is none, or where what was sent is on its list.
fn restricted(allowed: &[String], sent: Option<&str>, what: &str) -> Found {
    if allowed.is_empty() {
        return found(true, format!("any {what} may book it"));
    }
    let list = allowed.join(", ");
    match sent {
        Some(sent) if allowed.iter().any(|code| code.eq_ignore_ascii_case(sent)) => {
            found(true, format!("the {what} sent, {sent}, is on the list ({list})"))
        }
        Some(sent) => found(false, format!("the {what} sent, {sent}, is not on the list ({list})"))
            .mend(&format!("add {sent} to the slot's list, or take the list off")),
        None => found(false, format!("the consumer sent no {what}, and only {list} may book it"))
            .mend(&format!(
                "take the list off, or ask the consumer to send its {what}; both lists must pass"
            )),
    }
}

fn organisation_type(opening: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    let sent = consumer(asker).and_then(|consumer| consumer.organisation_type.as_deref());
    restricted(&opening.slot.gp_connect.organisation_types, sent, "organisation type")
}

fn ods_code(opening: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    let sent = consumer(asker).and_then(|consumer| consumer.ods_code.as_deref());
    restricted(&opening.slot.gp_connect.ods_codes, sent, "ODS code")
}

fn organisation_cap(opening: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    let Some(consumer) = consumer(asker) else { return unknown("no organisation asks") };
    let is_its = |code: &str| {
        [&consumer.organisation_type, &consumer.ods_code]
            .into_iter()
            .flatten()
            .any(|sent| sent.eq_ignore_ascii_case(code))
    };
    let caps = &opening.service.policy.organisation_caps;
    let cap = caps.iter().filter(|cap| is_its(&cap.code)).min_by_key(|cap| cap.bookings_max);
    let Some(cap) = cap else { return found(true, "no cap is set for it") };
    let booked = consumer.bookings.get(&opening.slot.schedule).copied().unwrap_or(0);
    let (code, max) = (&cap.code, cap.bookings_max);
    found(booked < max, format!("{code} has booked {booked} of at most {max} in this session"))
        .mend("raise the cap of this organisation")
}

fn age(opening: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    let audience = opening.slot.audience;
    let words = match (audience.age_min, audience.age_max) {
        (None, None) => return found(true, "it is for all ages"),
        (Some(min), None) => format!("it is for people aged {min} and over"),
        (None, Some(max)) => format!("it is for people aged {max} and under"),
        (Some(min), Some(max)) => format!("it is for people aged {min} to {max}"),
    };
    let Some(person) = asker.person() else { return unknown("no person is named yet") };
    let age = person.age_on(zone::day(opening.slot.start));
    let is_so = age.is_some_and(|age| {
        audience.age_min.is_none_or(|min| age >= i16::from(min))
            && audience.age_max.is_none_or(|max| age <= i16::from(max))
    });
    found(is_so, words).mend("change the ages that the slot is for")
}

fn sex(opening: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    let Some(wanted) = opening.slot.audience.sex else { return found(true, "it is for all") };
    let Some(person) = asker.person() else { return unknown("no person is named yet") };
    found(person.sex == Some(wanted), format!("it is for people recorded as {}", wanted.as_str()))
        .mend("change whom the slot is for")
}

fn person_limit(opening: &Opening<'_>, asker: &Asker, _: Timestamp) -> Found {
    let Some(person) = asker.person() else { return unknown("no person is named yet") };
    let (has, max) = (person.open_bookings, opening.service.policy.open_bookings_max);
    found(has < u32::from(max), format!("the person has {has} of at most {max} bookings"))
        .mend("raise the number of bookings that a person may have")
}
