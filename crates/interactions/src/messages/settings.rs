//! What a practice decides about messages: on or off, what it tells people.

use access::{Duty, Who};
use fhir::{IssueCode, ResourceId, Tree, Value};
use store::ResourceKey;

use super::letter_box::{BoxRules, ENDPOINT, LetterBox};
use super::post::{Act, Post, too_busy};
use super::rules::WORDS_MAX;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::linking::PATIENT;

/// Working days that a practice may promise.
const DAYS: std::ops::RangeInclusive<u8> = 1..=20;
/// Characters of a phone number.
const PHONE_MAX: usize = 30;
/// Characters of why and of what to do instead at the least.
const WORDS_MIN: usize = 5;

/// Which setting cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongSetting {
    /// The number of working days: 1 to 20.
    Days,
    /// Why no messages are taken: 5 to 300 characters.
    OffReason,
    /// What to do instead: 5 to 300 characters.
    Instead,
    /// The phone number: digits and spaces.
    Phone,
}

impl App {
    /// The letter box of the caller's practice, as it is or would be.
    pub async fn letter_box(&self) -> Result<LetterBox, Failure> {
        self.on_duty(Duty::Messages)?;
        self.own_letter_box().await
    }

    async fn own_letter_box(&self) -> Result<LetterBox, Failure> {
        let post = Post::of(self);
        let Who::Staff(staff) = &self.caller().who else {
            let message = "a letter box belongs to a practice: sign in as one of its staff";
            return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
        };
        let sources: Vec<&str> = staff.sources.iter().map(|source| &**source).collect();
        let Some(own) = sources.first() else {
            let message = "this organisation has no system of its own, so nobody can write to it";
            return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
        };
        if let Some(found) = post.letter_boxes(Some(&sources)).await?.into_iter().next() {
            return Ok(found);
        }
        let organisation = post.organisation_of(own).await?;
        Ok(LetterBox::new(own, &staff.organisation, organisation))
    }

    /// Takes what a practice has decided; else says what cannot be taken.
    pub async fn set_letter_box(
        &self,
        rules: BoxRules,
        from: &str,
    ) -> Result<Result<(), Vec<WrongSetting>>, Failure> {
        self.on_duty(Duty::Sessions)?;
        let rules = tidied(rules);
        let wrong = wrong(&rules);
        if !wrong.is_empty() {
            return Ok(Err(wrong));
        }
        for _ in 0..=self.options.conflict_retries_max {
            let post = Post::of(self);
            let mut own = self.own_letter_box().await?;
            own.rules = rules.clone();
            let change = post.change(ENDPOINT, &own.id, &own.element(), own.version)?;
            // It concerns nobody's record; who changed it stands in the versions' audit.
            let act = Act { interaction: "message-settings", action: 'U', patient: &own.id, from };
            if post.commit_setting(&act, change).await? {
                return Ok(Ok(()));
            }
        }
        Err(too_busy())
    }
}

impl Post<'_> {
    /// The Organization at which a Patient of a system is registered.
    async fn organisation_of(&self, source: &str) -> Result<Option<String>, Failure> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let pairs =
            [pair("_source", source), pair("organization:missing", "false"), pair("_count", "1")];
        let handling = ::search::Handling::Strict;
        let (search, _) = self.app.parse_search(PATIENT, &pairs, handling)?;
        let page = self.app.store.search(&search, None).await?;
        let organisation = page.hits.first().and_then(|hit| {
            let tree = Tree::parse(hit.resource.body.as_deref()?).ok()?;
            let to = tree.root().at("managingOrganization.reference").and_then(Value::as_str)?;
            let id = ResourceId::parse(to.strip_prefix("Organization/")?)?;
            Some(format!("Organization/{id}"))
        });
        Ok(organisation)
    }

    async fn commit_setting(&self, act: &Act<'_>, change: store::Change) -> Result<bool, Failure> {
        let look = crate::audit::Look {
            interaction: act.interaction.to_owned(),
            action: act.action,
            address: ResourceKey { resource_type: ENDPOINT, id: act.patient.clone() }.to_string(),
            from: Some(act.from.to_owned()),
            status: 200,
            reason: None,
        };
        let noted = self.caller.noted(&look, &std::collections::BTreeSet::new())?;
        self.commit(None, vec![change, noted]).await
    }
}

fn tidied(mut rules: BoxRules) -> BoxRules {
    for words in [&mut rules.off_reason, &mut rules.instead, &mut rules.phone] {
        *words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    rules
}

fn wrong(rules: &BoxRules) -> Vec<WrongSetting> {
    let mut wrong = Vec::new();
    if rules.usual_days.is_some_and(|days| !DAYS.contains(&days)) {
        wrong.push(WrongSetting::Days);
    }
    // What is not told while messages are taken may be empty, and is kept for the next time.
    let fits = |words: &str| {
        let count = words.chars().count();
        count <= WORDS_MAX && (count >= WORDS_MIN || (rules.is_on && count == 0))
    };
    if !fits(&rules.off_reason) {
        wrong.push(WrongSetting::OffReason);
    }
    if !fits(&rules.instead) {
        wrong.push(WrongSetting::Instead);
    }
    let is_phone = rules.phone.chars().count() <= PHONE_MAX
        && rules.phone.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '(' | ')'));
    if !is_phone {
        wrong.push(WrongSetting::Phone);
    }
    wrong
}
