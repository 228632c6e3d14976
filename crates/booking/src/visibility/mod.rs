//! Who sees a slot, who can book it, and why not: every rule with its outcome.
//!
//! [`decide`] is the one function that decides. [`Decision::explain`] renders it for the practice,
//! [`Decision::kind_words`] for the person. Sources: GP Connect 1.2.7 slot search, IM1's limits.
//! To add a rule: an item of [`Rule`], its check in `checks`, its row in `effect`.

mod asker;
mod checks;
mod explain;
mod kind_words;
mod overview;

pub use asker::{Asker, Consumer, Person};

pub use explain::{Explanation, Line};
pub use kind_words::KindWords;
pub use overview::{Offering, Overview, offerings, overview};

use jiff::Timestamp;

use crate::model::{Service, Session, Slot};

/// A slot with the session and the kind of appointment that it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'a> {
    /// The slot.
    pub slot: &'a Slot,
    /// Its Schedule.
    pub session: &'a Session,
    /// The session's HealthcareService.
    pub service: &'a Service,
}

/// The rules, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The slot is free, or held for the asker.
    Free,
    /// The session is published.
    Published,
    /// The kind of appointment is offered at present.
    Offered,
    /// It has not begun.
    InFuture,
    /// People may book this kind online.
    Online,
    /// People whom 111 sends may book this kind.
    For111,
    /// The person is registered at the practice.
    Registered,
    /// The one who acts for the person may book.
    MayActFor,
    /// Not too far ahead.
    AdvanceWindow,
    /// Not too close.
    Embargo,
    /// Its release time has come.
    Released,
    /// It is not kept for others.
    Reserve,
    /// Marked as bookable through GP Connect.
    GpConnectBookable,
    /// The consumer's organisation type may book.
    OrganisationType,
    /// The consumer's organisation may book.
    OdsCode,
    /// The consumer has not used up its share.
    OrganisationCap,
    /// The person's age fits.
    Age,
    /// The person's sex fits.
    Sex,
    /// The person has not too many bookings.
    PersonLimit,
}

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Passes,
    /// It says nothing about this asker.
    DoesNotApply,
    /// It does not hold; for this asker that is only advice.
    Advises,
    /// It does not hold: the slot may be told of, but not booked.
    Blocks,
    /// It does not hold: the slot is not shown.
    Hides,
}

/// One rule and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// Its outcome.
    pub outcome: Outcome,
    /// What was found, in plain words for the practice.
    pub says: String,
    /// What the practice can change, where the rule does not hold.
    pub mend: Option<String>,
    /// When the rule will hold by itself, where it will.
    pub holds_from: Option<Timestamp>,
}

/// What is decided for one slot and one asker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Every rule, in order.
    pub findings: Vec<Finding>,
}

impl Decision {
    /// Whether the asker is shown the slot.
    pub fn is_seen(&self) -> bool {
        self.findings.iter().all(|finding| finding.outcome != Outcome::Hides)
    }

    /// Whether the asker can book it now.
    pub fn is_bookable(&self) -> bool {
        self.failing().next().is_none()
    }

    /// The rules that stand in the way.
    pub fn failing(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|finding| matches!(finding.outcome, Outcome::Blocks | Outcome::Hides))
    }

    /// When it will be bookable if nothing else changes; `None` where time alone does not help,
    /// or nothing stands in the way.
    pub fn bookable_from(&self) -> Option<Timestamp> {
        let times: Option<Vec<Timestamp>> =
            self.failing().map(|finding| finding.holds_from).collect();
        times?.into_iter().max()
    }
}

/// Decides whether `asker` sees and can book a slot at `now`.
///
/// ```
/// use booking::{model::{Service, Session, Slot}, visibility::{Asker, Opening, Rule, decide}, zone};
/// let start = zone::read_instant("2026-06-01T09:00:00+01:00").unwrap();
/// let slot = Slot::new("1", "Schedule/1", start, zone::plus_minutes(start, 10));
/// let (session, service) = (Session::new("1"), Service::new("gp", "GP appointment"));
/// let opening = Opening { slot: &slot, session: &session, service: &service };
/// let decision = decide(&opening, &Asker::PhoneDesk(None), zone::plus_minutes(start, -1));
/// assert!(decision.is_bookable());
/// let decision = decide(&opening, &Asker::PhoneDesk(None), start);
/// assert_eq!(decision.failing().next().unwrap().rule, Rule::InFuture);
/// ```
pub fn decide(opening: &Opening<'_>, asker: &Asker, now: Timestamp) -> Decision {
    let findings = checks::ALL
        .iter()
        .map(|(rule, check)| {
            let effect = effect(*rule, asker);
            if effect == Outcome::DoesNotApply {
                return Finding {
                    rule: *rule,
                    outcome: effect,
                    says: "does not apply here".to_owned(),
                    mend: None,
                    holds_from: None,
                };
            }
            let found = check(opening, asker, now);
            let outcome = match found.holds {
                Some(true) => Outcome::Passes,
                Some(false) => effect,
                None => Outcome::DoesNotApply,
            };
            let fails = found.holds == Some(false);
            Finding {
                rule: *rule,
                outcome,
                says: found.says,
                mend: found.mend.filter(|_| fails),
                holds_from: found.holds_from.filter(|_| fails),
            }
        })
        .collect();
    Decision { findings }
}

/// What it means for an asker that a rule does not hold. This is the table of who is bound by what.
fn effect(rule: Rule, asker: &Asker) -> Outcome {
    use Outcome::{Advises, Blocks, DoesNotApply as Skip, Hides};
    // Columns: person (or one who acts for them), phone desk, 111, GP Connect, staff.
    let row = match rule {
        Rule::Free | Rule::InFuture => [Hides, Hides, Hides, Hides, Blocks],
        Rule::Published | Rule::Offered => [Hides, Hides, Hides, Hides, Advises],
        Rule::Online | Rule::MayActFor => [Blocks, Skip, Skip, Skip, Skip],
        Rule::For111 => [Skip, Skip, Hides, Skip, Skip],
        Rule::Registered => [Hides, Advises, Skip, Skip, Skip],
        Rule::AdvanceWindow | Rule::Embargo => [Blocks, Skip, Hides, Hides, Skip],
        Rule::Released => [Blocks, Blocks, Hides, Hides, Skip],
        Rule::Reserve => [Blocks, Blocks, Hides, Hides, Advises],
        Rule::GpConnectBookable
        | Rule::OrganisationType
        | Rule::OdsCode
        | Rule::OrganisationCap => [Skip, Skip, Skip, Hides, Skip],
        Rule::Age | Rule::Sex => [Hides, Blocks, Hides, Hides, Advises],
        Rule::PersonLimit => [Blocks, Advises, Skip, Skip, Skip],
    };
    let column = match asker {
        Asker::Patient(_) | Asker::Proxy { .. } => 0,
        Asker::PhoneDesk(_) => 1,
        Asker::Nhs111(_) => 2,
        Asker::GpConnect(_) => 3,
        Asker::Staff => 4,
    };
    row[column]
}
