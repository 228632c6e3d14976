//! What is handed over with a booking or referral: a text, codes, and the window.

use fhir::Element;
use jiff::{Span, Timestamp};

use super::{DX_SYSTEMS, SD_SYSTEMS, SG_SYSTEMS, coding, concept, in_system};
use crate::engine::{Cause, Outcome, Told};

/// The outcome and the answers as text for whoever takes over: red flags first, then every answer
/// in order, with what it means.
pub fn summary(outcome: &Outcome) -> String {
    let mut lines = Vec::new();
    if !outcome.is_signed_off {
        lines.push("Demonstrator questions: not clinically assured.".to_owned());
    }
    let disposition = &outcome.disposition;
    lines.push(format!("{}: {} ({})", outcome.title, disposition.heading, disposition.code));
    match &outcome.cause {
        Cause::Rule { .. } => {}
        Cause::UnderFive { outcome } => lines.push(format!(
            "Child under 5: told to call; by the rules alone it would have been \"{outcome}\"."
        )),
        Cause::RedFlagTakenBack => {
            lines.push("A red flag was reported and then taken back; it was acted on.".to_owned());
        }
        Cause::Failed(failure) => {
            lines.push(format!("The questions were not finished: {failure:?}."));
        }
    }
    let flags = outcome.answers.iter().filter(|told| told.red_flag.is_some());
    lines.extend(flags.map(|told| format!("Red flag: {}", told.means)));
    lines.extend(
        outcome.taken_back.iter().map(|told| format!("Taken back: {} {}", told.asked, told.said)),
    );
    lines.extend(outcome.scores.iter().map(|(name, points)| format!("{name}: {points}")));
    lines.push(format!(
        "Reported for a person of {}, sex {}. Nothing was measured or examined.",
        age_words(outcome.person.age.months),
        outcome.person.sex.word()
    ));
    lines.extend(outcome.answers.iter().map(told_line));
    lines.push(format!("Questions: {} {}", outcome.topic.id, outcome.topic.version));
    lines.join("\n")
}

fn told_line(told: &Told) -> String {
    if told.means.is_empty() {
        return format!("- {} {}", told.asked, told.said);
    }
    format!("- {} {} [{}]", told.asked, told.said, told.means)
}

fn age_words(months: u32) -> String {
    match months {
        0..24 => format!("{months} months"),
        _ => format!("{} years", months / 12),
    }
}

/// Disposition, symptom group and discriminators as CodeableConcepts, as BaRS carries them in
/// `CarePlan.activity.outcomeCodeableConcept`.
pub fn facts(outcome: &Outcome) -> Vec<Element> {
    let of = |systems, prefix, code: &str, text: Option<&str>| {
        concept([coding(in_system(systems, prefix, code), code, None)], text)
    };
    let disposition = &outcome.disposition;
    let mut facts = vec![of(DX_SYSTEMS, "Dx", &disposition.code, Some(&disposition.heading))];
    if !outcome.symptom_group.is_empty() {
        facts.push(of(SG_SYSTEMS, "SG", &outcome.symptom_group, Some(&outcome.title)));
    }
    facts.extend(outcome.discriminators.iter().map(|code| of(SD_SYSTEMS, "SD", code, None)));
    facts
}

/// The window in which care is needed, as from now: `occurrencePeriod` of a ServiceRequest.
pub fn window(outcome: &Outcome, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let minutes = outcome.disposition.within_minutes?;
    Some((now, now.checked_add(Span::new().minutes(i64::from(minutes))).ok()?))
}
