//! What to do with a record: link it to a person, ask somebody, or begin a new person.
//!
//! A record is compared with every record of every candidate person. One strong objection within a
//! person stops the automatic link to that person. Human decisions come before all evidence.

use std::fmt;

use crate::compare::{Comparison, Scale, compare};
use crate::prepared::Prepared;
use crate::verdict::{Reason, Reasons, Thresholds, Verdict, agrees_on_nhs, judge};

/// The caller's id of a source record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(pub u64);

/// The id of a person: a set of linked records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub u64);

/// A person whom a record may belong to, with all records linked so far.
#[derive(Clone, Debug)]
pub struct PersonRecords<'a> {
    /// The person.
    pub person: PersonId,
    /// The person's records.
    pub members: Vec<(RecordId, &'a Prepared)>,
}

/// What people have decided about one record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rulings {
    /// Persons holding a record that is confirmed to be the same person's.
    pub same: Vec<PersonId>,
    /// Persons holding a record that is confirmed not to be the same person's.
    pub different: Vec<PersonId>,
}

/// What to do with a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It belongs to this person.
    Link {
        /// The person and why.
        to: Candidate,
        /// Further persons that it matches. They may be the same person: somebody should look.
        also: Vec<Candidate>,
    },
    /// It may belong to one of these, the likeliest first; until somebody decides it stands alone.
    Review(Vec<Candidate>),
    /// It belongs to nobody known.
    New,
}

/// A person whom a record may belong to, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The person.
    pub person: PersonId,
    /// The evidence.
    pub explanation: Explanation,
}

/// Why a record does or does not belong to a person, for a page to show.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The verdict on the record and the person as a whole.
    pub verdict: Verdict,
    /// The person's record that speaks most for the link.
    pub closest: RecordId,
    /// The comparison with that record.
    pub comparison: Comparison,
    /// The sum of its findings in bits.
    pub total: f32,
    /// What the sum was held against.
    pub thresholds: Thresholds,
    /// What confirms the verdict, or every doubt.
    pub reasons: Reasons,
    /// The person's record that objects most, where one does.
    pub objector: Option<RecordId>,
}

/// Decides on one record against the candidate persons.
pub fn decide(
    record: &Prepared,
    persons: &[PersonRecords<'_>],
    rulings: &Rulings,
    scale: Scale<'_>,
    thresholds: Thresholds,
) -> Decision {
    let mut candidates: Vec<Candidate> = persons
        .iter()
        .filter_map(|person| weigh(record, person, rulings, scale, thresholds))
        .collect();
    candidates.sort_by(|a, b| {
        rank(b)
            .partial_cmp(&rank(a))
            .unwrap_or(std::cmp::Ordering::Equal)
            .then(a.person.cmp(&b.person))
    });
    let same = candidates.iter().take_while(|c| c.explanation.verdict == Verdict::Same).count();
    if same == 0 {
        return if candidates.is_empty() { Decision::New } else { Decision::Review(candidates) };
    }
    let is_confirmed = |c: &Candidate| c.explanation.reasons.contains(Reason::ConfirmedSame);
    let is_stronger = |test: &dyn Fn(&Candidate) -> bool| {
        test(&candidates[0]) && !candidates[1..same].iter().any(test)
    };
    let by_nhs = |c: &Candidate| agrees_on_nhs(&c.explanation.comparison);
    // Persons who share the record's NHS number and fit it are one person in waiting: the record
    // goes to the likeliest and the others are named. Without the number, only one may match.
    let is_clear = same == 1
        || is_stronger(&is_confirmed)
        || (by_nhs(&candidates[0]) && !candidates[..same].iter().any(is_confirmed));
    if is_clear {
        candidates.truncate(same);
        let to = candidates.remove(0);
        return Decision::Link { to, also: candidates };
    }
    for candidate in &mut candidates[..same] {
        candidate.explanation.verdict = Verdict::Doubtful;
        candidate.explanation.reasons.add(Reason::SeveralPersonsMatch);
    }
    Decision::Review(candidates)
}

/// Human confirmation first, then the verdict, then a shared NHS number, then bits.
fn rank(candidate: &Candidate) -> (bool, Verdict, bool, f32) {
    let why = &candidate.explanation;
    (
        why.reasons.contains(Reason::ConfirmedSame),
        why.verdict,
        agrees_on_nhs(&why.comparison),
        why.total,
    )
}

/// A record against one person; nothing where they are different people.
fn weigh(
    record: &Prepared,
    person: &PersonRecords<'_>,
    rulings: &Rulings,
    scale: Scale<'_>,
    thresholds: Thresholds,
) -> Option<Candidate> {
    if rulings.different.contains(&person.person) && !rulings.same.contains(&person.person) {
        return None;
    }
    let explanation = explain(record, &person.members, scale, thresholds)?;
    let explanation = overrule(explanation, person.person, rulings);
    (explanation.verdict != Verdict::Different)
        .then_some(Candidate { person: person.person, explanation })
}

/// Human decisions over evidence; two that contradict each other go back to people.
fn overrule(mut explanation: Explanation, person: PersonId, rulings: &Rulings) -> Explanation {
    let (same, different) = (rulings.same.contains(&person), rulings.different.contains(&person));
    match (same, different) {
        (true, false) => {
            explanation.verdict = Verdict::Same;
            explanation.reasons = Reasons::of(Reason::ConfirmedSame);
        }
        (true, true) => {
            explanation.verdict = Verdict::Doubtful;
            explanation.reasons.add(Reason::ConfirmedSame);
            explanation.reasons.add(Reason::ConfirmedDifferent);
        }
        (false, true) => explanation.verdict = Verdict::Different,
        (false, false) => {}
    }
    explanation
}

/// Weighs a record against all records of one person; nothing where the person has no records.
pub fn explain(
    record: &Prepared,
    members: &[(RecordId, &Prepared)],
    scale: Scale<'_>,
    thresholds: Thresholds,
) -> Option<Explanation> {
    let mut best: Option<Explanation> = None;
    let mut objection: Option<(f32, RecordId, Reasons)> = None;
    for (id, member) in members {
        let comparison = compare(record, member, scale);
        let judgement = judge(&comparison, thresholds);
        let total = comparison.total();
        if judgement.objects() && objection.is_none_or(|(least, ..)| total < least) {
            objection = Some((total, *id, judgement.reasons));
        }
        let is_better = best.as_ref().is_none_or(|best| {
            (judgement.verdict, total, std::cmp::Reverse(*id))
                > (best.verdict, best.total, std::cmp::Reverse(best.closest))
        });
        if is_better {
            best = Some(Explanation {
                verdict: judgement.verdict,
                closest: *id,
                comparison,
                total,
                thresholds,
                reasons: judgement.reasons,
                objector: None,
            });
        }
    }
    let mut explanation = best?;
    if let Some((_, objector, reasons)) = objection
        && objector != explanation.closest
    {
        explanation.objector = Some(objector);
        if explanation.verdict == Verdict::Same {
            explanation.verdict = Verdict::Doubtful;
            explanation.reasons = reasons;
            explanation.reasons.add(Reason::AnotherRecordObjects);
        }
    }
    Some(explanation)
}

/// The explanation as lines of plain text: features, weights, total, thresholds, reasons.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weights = crate::Weights::built_in();
        for finding in &self.comparison.findings {
            let weight = weights.of(finding.level);
            if weight.kind != crate::Kind::Missing {
                let feature = finding.level.feature().words();
                writeln!(f, "{feature}: {} ({:+.1} bits)", weight.words, finding.bits)?;
            }
        }
        if self.comparison.home_surplus > 0.0 {
            let surplus = -self.comparison.home_surplus;
            writeln!(f, "Shared home is counted up to its limit ({surplus:+.1} bits)")?;
        }
        let Thresholds { link_bits, review_bits } = self.thresholds;
        writeln!(
            f,
            "Total {:+.1} bits; links from {link_bits}, asks from {review_bits}",
            self.total
        )?;
        self.reasons.iter().try_for_each(|reason| writeln!(f, "- {}", reason.words()))
    }
}
