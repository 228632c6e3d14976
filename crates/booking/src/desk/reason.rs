//! The person's reason: asked or not, its length, and what may stand in it.

use super::refusal::{Refusal, RefusalCode};
use crate::model::ReasonRule;
use crate::next_step::NextStep;

/// The reason to keep: trimmed, white space made one blank; `None` where none is kept.
///
/// Where the question is not asked, nothing is kept whatever was sent.
pub(super) fn checked(
    sent: Option<&str>,
    rule: ReasonRule,
    length_max: u16,
) -> Result<Option<String>, Refusal> {
    if rule == ReasonRule::NotAsked {
        return Ok(None);
    }
    let words: Vec<&str> = sent
        .unwrap_or("")
        .split(|letter: char| letter.is_whitespace() || letter.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let reason = words.join(" ");
    if reason.is_empty() {
        return match rule {
            ReasonRule::Mandatory => Err(Refusal::new(
                RefusalCode::ReasonNeeded,
                "Tell us why",
                "This GP surgery asks everyone for a reason, so that the right person sees you.",
                vec![NextStep::Mend],
            )),
            _ => Ok(None),
        };
    }
    let length = reason.chars().count();
    if length > usize::from(length_max) {
        // Never cut: what is lost could be what matters.
        return Err(Refusal::new(
            RefusalCode::ReasonTooLong,
            "Your reason is too long",
            format!("It can be up to {length_max} characters. Yours has {length}."),
            vec![NextStep::Mend],
        ));
    }
    Ok(Some(reason))
}
