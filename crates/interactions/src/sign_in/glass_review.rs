//! What whoever reviews opened records found of each, once and for good.
//! Spec: issue 4, "break-glass (reason, alert, review)".

use std::collections::{BTreeSet, HashMap};

use ::store::{KeptChange, KeptExpected};
use access::Duty;
use fhir::{IssueCode, ResourceId, format_instant};
use serde::{Deserialize, Serialize};

use super::{read, written};
use crate::app::App;
use crate::audit::Look;
use crate::failure::{Category, Failure};

/// The kind of the records, by the AuditEvent of the opening.
const REVIEW: &str = "glass-review";
/// Reviews that are read at once.
const PAGE: usize = 500;
/// Openings that are looked through for those that nobody has reviewed.
const LOOKED_THROUGH: usize = 1_000;
/// Characters of the words about an opening that was not justified.
const WORDS: std::ops::RangeInclusive<usize> = 10..=1_000;

/// What a review found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The record was needed.
    Justified,
    /// It was not, or the reason does not say so; what follows is in the words.
    NotJustified,
}

/// A review of one opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GlassReview {
    /// What was found.
    pub finding: Finding,
    /// What is done about it; may be empty where it was justified.
    pub words: String,
    /// Who reviewed it.
    pub by: String,
    /// When: a FHIR instant.
    pub at: String,
}

impl App {
    /// Every review, by the id of the opening's AuditEvent.
    pub(super) async fn glass_reviews(&self) -> Result<HashMap<String, GlassReview>, Failure> {
        let mut all = HashMap::new();
        let mut after = String::new();
        loop {
            let page = self.store.kept_after(REVIEW, &after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = last.key.to_string();
            for kept in &page {
                all.insert(kept.key.to_string(), read(kept)?);
            }
        }
    }

    /// How many openings nobody has reviewed, of the last thousand.
    pub async fn glass_to_review(&self) -> Result<usize, Failure> {
        let glass = self.broken_glass(LOOKED_THROUGH).await?;
        Ok(glass.iter().filter(|each| each.review.is_none()).count())
    }

    /// Says what was found of an opening; a second review of the same is a conflict.
    pub async fn review_glass(
        &self,
        event: &ResourceId,
        finding: Finding,
        words: &str,
        by: &str,
        from: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Audit)?;
        let words = words.trim();
        let length = words.chars().count();
        let is_said = WORDS.contains(&length) || (finding == Finding::Justified && length == 0);
        if !is_said {
            let message = "say in 10 to 1,000 characters what is done about it";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "words", message));
        }
        let glass = self.broken_glass(LOOKED_THROUGH).await?;
        let opened = glass.into_iter().find(|each| each.id == *event).ok_or_else(|| {
            let message = "there is no such opening of a record";
            Failure::plain(Category::NotFound, IssueCode::NotFound, message)
        })?;
        let review = GlassReview {
            finding,
            words: words.to_owned(),
            by: by.to_owned(),
            at: format_instant(app.clock.now()),
        };
        let change = KeptChange {
            kind: REVIEW.into(),
            key: event.as_str().into(),
            expected: KeptExpected::Absent,
            becomes: Some((written(&review), i64::MAX)),
        };
        if !app.store.keep(vec![change]).await? {
            let message = "somebody has reviewed it already";
            return Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message));
        }
        let look = Look {
            interaction: "review-glass".to_owned(),
            action: 'E',
            address: "the opening of a record was reviewed".to_owned(),
            from: Some(from.to_owned()),
            status: 200,
            reason: None,
        };
        self.note(&look, &opened.patients.into_iter().collect::<BTreeSet<_>>()).await?;
        Ok(())
    }
}
