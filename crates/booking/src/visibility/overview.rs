//! What a person reads for their practice: what is and is not available online, why, from when.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Asker, Decision, KindWords, Opening, Outcome, Rule, decide};
use crate::model::Service;
use crate::next_step::NextStep;

/// One kind of appointment as a person reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offering {
    /// What it is called.
    pub name: String,
    /// Whether it can be booked in the app.
    pub is_online: bool,
    /// How far ahead, or why not.
    pub words: String,
    /// What to do where it is not online.
    pub next: Vec<NextStep>,
}

/// What a practice offers online and what it does not, in the practice's order.
pub fn offerings(services: &[Service]) -> Vec<Offering> {
    let offering = |service: &Service| {
        let policy = &service.policy;
        let is_online = service.is_active && policy.is_online;
        let own = policy.note.clone();
        let words = if is_online {
            let days = policy.advance_days;
            own.unwrap_or_else(|| match days {
                0 => "You can book for today.".to_owned(),
                1 => "You can book for today and tomorrow.".to_owned(),
                _ => format!("You can book up to {days} days ahead."),
            })
        } else if service.is_active {
            own.unwrap_or_else(|| "This GP surgery offers these by phone only.".to_owned())
        } else {
            own.unwrap_or_else(|| "This GP surgery does not offer these at the moment.".to_owned())
        };
        let phone = NextStep::Phone { number: service.phone.clone() };
        let next = if is_online { Vec::new() } else { vec![phone, NextStep::Nhs111] };
        Offering { name: service.name.clone(), is_online, words, next }
    };
    services.iter().map(offering).collect()
}

/// Many slots at a glance for one asker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overview {
    /// How many can be booked now.
    pub bookable: usize,
    /// How many come later, by the moment when they do.
    pub later: BTreeMap<Timestamp, usize>,
    /// How many free ones are kept back, by the first rule that keeps them.
    pub kept: BTreeMap<Rule, usize>,
    /// Why there is nothing to book now, from the slots that come nearest to being bookable.
    pub why_none: Option<KindWords>,
}

/// Counts what an asker can book now and later.
pub fn overview(openings: &[Opening<'_>], asker: &Asker, now: Timestamp) -> Overview {
    let mut seen = Overview::default();
    let mut nearest: Option<(usize, Decision, &Opening<'_>)> = None;
    for opening in openings {
        let decision = decide(opening, asker, now);
        if decision.is_bookable() {
            seen.bookable += 1;
            continue;
        }
        // What is taken or over is no news; what is kept back is.
        let is_gone = decision.failing().any(|finding| {
            matches!(finding.rule, Rule::Free | Rule::InFuture | Rule::Published)
                && finding.outcome == Outcome::Hides
        });
        if is_gone {
            continue;
        }
        if let Some(from) = decision.bookable_from() {
            *seen.later.entry(from).or_default() += 1;
        } else {
            let first = decision.failing().find(|finding| finding.holds_from.is_none());
            let rule = first.map_or(Rule::Free, |finding| finding.rule);
            *seen.kept.entry(rule).or_default() += 1;
        }
        let count = decision.failing().count();
        let is_nearer = nearest.as_ref().is_none_or(|(least, best, _)| {
            let times = (decision.bookable_from(), best.bookable_from());
            match times {
                (Some(a), Some(b)) => a < b,
                (Some(_), None) => true,
                (None, Some(_)) => false,
                (None, None) => count < *least,
            }
        });
        if is_nearer {
            nearest = Some((count, decision, opening));
        }
    }
    if seen.bookable == 0 {
        seen.why_none = nearest.and_then(|(_, decision, opening)| decision.kind_words(opening));
    }
    seen
}
