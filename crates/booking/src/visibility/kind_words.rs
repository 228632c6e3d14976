//! The person's view of a decision: why it cannot be had, from when, and what to do instead.
//! Reading age 9 to 11, `ui.md` §2.

use jiff::Timestamp;

use super::{Decision, Finding, Opening, Rule};
use crate::model::ReservedFor;
use crate::next_step::NextStep;
use crate::zone;

/// Words for the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindWords {
    /// What is so.
    pub headline: String,
    /// Why.
    pub why: String,
    /// From when it can be booked, where time alone will do.
    pub from: Option<Timestamp>,
    /// What to do instead, best first.
    pub next: Vec<NextStep>,
}

/// Which rule is told where several stand in the way: what never changes before what will.
const TOLD_FIRST: [Rule; 19] = [
    Rule::Registered,
    Rule::MayActFor,
    Rule::Offered,
    Rule::Online,
    Rule::For111,
    Rule::Age,
    Rule::Sex,
    Rule::Published,
    Rule::InFuture,
    Rule::Free,
    Rule::Embargo,
    Rule::PersonLimit,
    Rule::Reserve,
    Rule::Released,
    Rule::AdvanceWindow,
    Rule::GpConnectBookable,
    Rule::OrganisationType,
    Rule::OdsCode,
    Rule::OrganisationCap,
];

impl Decision {
    /// Words for the person; `None` where nothing stands in the way.
    pub fn kind_words(&self, opening: &Opening<'_>) -> Option<KindWords> {
        let told = TOLD_FIRST
            .iter()
            .find_map(|rule| self.failing().find(|finding| finding.rule == *rule))?;
        // That somebody is deciding about it promises nothing for when they have.
        let from = self.bookable_from().filter(|_| told.rule != Rule::Free);
        let (headline, why) = words(told, opening);
        let phone = NextStep::Phone { number: opening.service.phone.clone() };
        let mut next = match told.rule {
            Rule::Registered | Rule::MayActFor | Rule::Offered | Rule::Online => vec![phone],
            Rule::PersonLimit => vec![NextStep::OwnBookings, phone],
            Rule::Reserve if is_kept_for_phone(opening) => {
                vec![phone, NextStep::OtherTimes, NextStep::WaitingList]
            }
            Rule::Embargo => vec![phone, NextStep::OtherTimes],
            _ => vec![NextStep::OtherTimes, NextStep::WaitingList, phone],
        };
        if let Some(from) = from {
            next.insert(0, NextStep::ComeBack { from });
        }
        if told.rule != Rule::PersonLimit {
            next.push(NextStep::Nhs111);
        }
        Some(KindWords { headline, why, from, next })
    }
}

fn is_kept_for_phone(opening: &Opening<'_>) -> bool {
    opening.slot.reserve.is_some_and(|reserve| reserve.kept_for == ReservedFor::Phone)
}

fn words(told: &Finding, opening: &Opening<'_>) -> (String, String) {
    let policy = &opening.service.policy;
    let from = told.holds_from.map(zone::words).unwrap_or_default();
    let pair = |headline: &str, why: String| (headline.to_owned(), why);
    match told.rule {
        Rule::Registered => pair(
            "You are not registered at this GP surgery",
            "Appointments here are for people who are registered with the surgery.".to_owned(),
        ),
        Rule::MayActFor => pair(
            "You cannot book for this person",
            "You can see their information but you have not been given leave to book for them."
                .to_owned(),
        ),
        Rule::Offered => pair(
            "This GP surgery does not offer these appointments at the moment",
            policy.note.clone().unwrap_or_else(|| "The surgery has switched them off.".to_owned()),
        ),
        Rule::Online => pair(
            "This GP surgery offers these by phone only",
            policy.note.clone().unwrap_or_else(|| {
                "The surgery has not opened them for booking online.".to_owned()
            }),
        ),
        Rule::For111 => pair(
            "111 cannot book this kind of appointment",
            "The GP surgery has not opened it for people whom 111 sends.".to_owned(),
        ),
        Rule::Age | Rule::Sex => {
            pair("This appointment is for other people", super::explain::sentence(&told.says))
        }
        Rule::Embargo => pair(
            "It is too late to book this online",
            format!(
                "You can book until {} before it begins.",
                zone::length_words(policy.embargo_minutes.into())
            ),
        ),
        Rule::PersonLimit => pair("You have the most appointments that you can book online", {
            let count = policy.open_bookings_max;
            format!("This GP surgery lets each person have {count} booked at one time.")
        }),
        Rule::Reserve if told.holds_from.is_some() => pair(
            "This appointment is kept for others for now",
            format!(
                "It is kept for people who phone, use 111 or cannot use the app. Anyone can book \
                 it from {from}."
            ),
        ),
        Rule::Reserve if is_kept_for_phone(opening) => pair(
            "This GP surgery offers this one by phone only",
            "It is kept for people who phone, so that they have a fair chance.".to_owned(),
        ),
        Rule::Reserve => pair(
            "This appointment is kept for others",
            "It is kept for people who use 111 or who cannot use the app.".to_owned(),
        ),
        Rule::Released => pair("You can book this later", format!("It opens at {from}.")),
        Rule::AdvanceWindow => pair(
            "It is too early to book this",
            format!("You can book up to {} days ahead. It opens at {from}.", policy.advance_days),
        ),
        _ => pair(
            "This appointment is no longer available",
            "Somebody else may be booking it, or the surgery has changed it.".to_owned(),
        ),
    }
}
