//! What people say of a page: how easy it was, and in their own words.
//!
//! Kept with the day, the site and the page, and nothing else. Words are shown only where enough people of
//! a site have said something, so that nobody can be told by what they wrote.

use std::collections::BTreeMap;

use ::store::{KeptChange, KeptExpected};
use access::rollout::{SMALL, Shown, shown};
use access::{Duty, Who};
use fhir::IssueCode;
use serde::{Deserialize, Serialize};

use super::{KEPT_FOR, damaged};
use crate::app::App;
use crate::failure::{Category, Failure};

/// The kind of records that feedback is kept as.
const FEEDBACK: &str = "research-feedback";
/// Characters of somebody's words at the most.
pub const WORDS_MAX: usize = 1_200;
/// Feedback that is read for one page.
const READ_MAX: usize = 5_000;
/// Words that are shown of one site and page.
const SHOWN_MAX: usize = 50;

/// How easy it was: 1 very hard … 5 very easy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ease(u8);

impl Ease {
    /// Reads 1 to 5.
    pub fn parse(text: &str) -> Option<Ease> {
        matches!(text, "1" | "2" | "3" | "4" | "5").then(|| Ease(text.as_bytes()[0] - b'0'))
    }

    /// The number.
    pub const fn get(self) -> u8 {
        self.0
    }
}

/// What somebody says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeedback {
    /// Which part of the app: one that the pages know.
    pub about: &'static str,
    /// How easy it was.
    pub ease: Ease,
    /// Their words; may be empty.
    pub words: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    day: String,
    site: String,
    about: String,
    ease: Ease,
    words: String,
}

/// What was said of one part of the app at one site.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedbackOf {
    /// The site's name; empty for people of none.
    pub site: String,
    /// The part.
    pub about: String,
    /// How many said something.
    pub count: Shown,
    /// Tenths of the mean ease; none where too few said something.
    pub ease_tenths: Option<u64>,
    /// Their words with the day, newest first; none where too few said something.
    pub words: Vec<(String, String)>,
}

impl App {
    /// Keeps what somebody says. It is not known afterwards who it was.
    pub async fn give_feedback(&self, new: &NewFeedback) -> Result<(), Failure> {
        if !matches!(self.caller().who, Who::Citizen(_)) {
            let message = "what people say of their pages is theirs to say: sign in as one";
            return Err(Failure::plain(Category::Forbidden, IssueCode::Forbidden, message));
        }
        let words = new.words.trim();
        if words.chars().count() > WORDS_MAX {
            let message = format!("the words are longer than {WORDS_MAX} characters");
            return Err(Failure::new(Category::Invalid, IssueCode::TooLong, "words", message));
        }
        let site = self.standings().await?.site;
        let app = self.elevated();
        let kept = Kept {
            day: app.rollout_day(),
            site,
            about: new.about.to_owned(),
            ease: new.ease,
            words: words.to_owned(),
        };
        let value = serde_json::to_vec(&kept).map_err(|error| damaged(&error))?;
        let change = KeptChange {
            kind: FEEDBACK.into(),
            // By the day, and then by chance: the order says nothing of who came when.
            key: format!("{}/{}", kept.day, app.ids.secret()).into(),
            expected: KeptExpected::Absent,
            becomes: Some((value.into(), app.clock.now().saturating_add(KEPT_FOR))),
        };
        app.store.keep(vec![change]).await?;
        Ok(())
    }

    /// What was said since a day, by site and part.
    pub async fn feedback(&self, from: &str) -> Result<Vec<FeedbackOf>, Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let mut all: BTreeMap<(String, String), Vec<Kept>> = BTreeMap::new();
        for kept in app.store.kept_after(FEEDBACK, from, READ_MAX).await? {
            let kept: Kept = serde_json::from_slice(&kept.value).map_err(|e| damaged(&e))?;
            all.entry((kept.site.clone(), kept.about.clone())).or_default().push(kept);
        }
        Ok(all.into_iter().map(|((site, about), said)| told(site, about, &said)).collect())
    }
}

fn told(site: String, about: String, said: &[Kept]) -> FeedbackOf {
    let count = said.len() as u64;
    let is_enough = count >= SMALL;
    let sum: u64 = said.iter().map(|kept| u64::from(kept.ease.0)).sum();
    let with_words = said.iter().rev().filter(|kept| is_enough && !kept.words.is_empty());
    let words = with_words.take(SHOWN_MAX).map(|kept| (kept.day.clone(), kept.words.clone()));
    FeedbackOf {
        site,
        about,
        count: shown(count),
        ease_tenths: is_enough.then(|| sum * 10 / count.max(1)),
        words: words.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ease, Kept, told};

    fn said(count: usize) -> Vec<Kept> {
        let one = |n: usize| Kept {
            day: "2026-06-03".to_owned(),
            site: "Liverpool".to_owned(),
            about: "booking".to_owned(),
            ease: Ease(1 + (n % 5) as u8),
            words: if n == 0 { String::new() } else { format!("words {n}") },
        };
        (0..count).map(one).collect()
    }

    #[test]
    fn few_are_not_told_apart() {
        for (count, shown, ease, words) in
            [(1, "fewer than 5", None, 0), (4, "fewer than 5", None, 0), (5, "5", Some(30), 4)]
        {
            let told = told("Liverpool".to_owned(), "booking".to_owned(), &said(count));
            assert_eq!(told.count.to_string(), shown);
            assert_eq!((told.ease_tenths, told.words.len()), (ease, words), "{count}");
        }
    }

    #[test]
    fn ease_is_one_of_five() {
        for text in ["", "0", "6", "11", "x", "٣"] {
            assert_eq!(Ease::parse(text), None, "{text}");
        }
        assert_eq!(Ease::parse("5").map(Ease::get), Some(5));
    }
}
