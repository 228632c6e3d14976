//! Sites read and changed, by who looks after settings.

use access::Duty;
use access::rollout::{Change, Site, State, feature};
use fhir::{Issue, IssueCode, Severity};
use store::{KeptChange, KeptExpected};

use super::Sites;
use super::stored::KeptSite;
use crate::app::App;
use crate::failure::{Category, Failure};

/// The kind of the records.
const SITE: &str = "rollout-site";
/// The id of what holds for people of no site.
pub const ELSEWHERE: &str = "elsewhere";
/// Sites at the most.
pub const SITES_MAX: usize = 500;
/// Practices of a site at the most.
const PRACTICES_MAX: usize = 2_000;
/// Changes of one feature at one site that are kept; the oldest go.
const CHANGES_MAX: usize = 200;
/// Characters of the note to people.
const NOTE_MAX: usize = 300;
/// Characters of the reason of a change.
const WHY: std::ops::RangeInclusive<usize> = 5..=500;

/// A decision to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// What it becomes.
    pub state: State,
    /// The first day on which it holds.
    pub from: String,
    /// What people are told; may be empty.
    pub note: String,
    /// Why.
    pub why: String,
}

impl App {
    /// All sites.
    pub async fn sites(&self) -> Result<Sites, Failure> {
        self.on_duty(Duty::Settings)?.sites_kept().await
    }

    /// All sites, for whoever decides by them.
    pub(super) async fn sites_kept(&self) -> Result<Sites, Failure> {
        let mut sites = Sites::default();
        for kept in self.store.kept_after(SITE, "", SITES_MAX + 1).await? {
            let site = read(&kept)?;
            if site.id == ELSEWHERE {
                sites.elsewhere = Some(site);
            } else {
                sites.all.push(site);
            }
        }
        sites.all.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(sites)
    }

    /// Makes a site, or says anew what it is called and which its practices are.
    pub async fn save_site(
        &self,
        id: &str,
        name: &str,
        practices: &[String],
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let practices: Vec<String> = practices.iter().map(|one| code(one)).collect();
        check_site(id, name, &practices)?;
        let known = app.sites_kept().await?;
        if known.all.len() >= SITES_MAX && known.all.iter().all(|site| site.id != id) {
            return Err(wrong("site", &format!("there are {SITES_MAX} sites, which is the most")));
        }
        let rewrite = |site: Option<Site>| {
            let plans = site.map(|site| site.plans).unwrap_or_default();
            let (id, name) = (id.to_owned(), name.trim().to_owned());
            Ok(Site { id, name, practices: practices.clone(), plans })
        };
        app.rewrite_site(id, &rewrite).await
    }

    /// Decides about a feature at a site, from a day on.
    pub async fn change_feature(
        &self,
        site: &str,
        feature_id: &str,
        new: &NewChange,
        by: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::Settings)?;
        let today = self.rollout_day();
        check_change(feature_id, new, &today)?;
        let change = Change {
            state: new.state.clone(),
            from: new.from.clone(),
            note: new.note.trim().to_owned(),
            at: self.clock.now(),
            by: by.to_owned(),
            why: new.why.trim().to_owned(),
        };
        let rewrite = |known: Option<Site>| {
            let mut known = match known {
                Some(known) => known,
                None if site == ELSEWHERE => Site {
                    id: ELSEWHERE.to_owned(),
                    name: "Everywhere else".to_owned(),
                    practices: Vec::new(),
                    plans: <_>::default(),
                },
                None => {
                    let message = "there is no such site";
                    return Err(Failure::plain(Category::NotFound, IssueCode::NotFound, message));
                }
            };
            if let State::Pilot(pilot) = &change.state
                && let Some(other) =
                    pilot.practices.iter().find(|one| !known.practices.contains(one))
            {
                return Err(wrong("practices", &format!("{other} is no practice of this site")));
            }
            let changes = &mut known.plans.entry(feature_id.to_owned()).or_default().changes;
            changes.push(change.clone());
            let surplus = changes.len().saturating_sub(CHANGES_MAX);
            changes.drain(..surplus);
            Ok(known)
        };
        app.rewrite_site(site, &rewrite).await
    }

    /// Changes a record that nobody else changes meanwhile.
    async fn rewrite_site(
        &self,
        id: &str,
        rewrite: &(dyn Fn(Option<Site>) -> Result<Site, Failure> + Sync),
    ) -> Result<(), Failure> {
        for _ in 0..=self.options.conflict_retries_max {
            let kept = self.store.kept(SITE, id).await?;
            let expected = kept
                .as_ref()
                .map_or(KeptExpected::Absent, |kept| KeptExpected::Version(kept.version));
            let site = rewrite(kept.as_ref().map(read).transpose()?)?;
            // Texts and numbers only: nothing that could fail.
            let value = serde_json::to_vec(&KeptSite::from(&site)).unwrap_or_default();
            let change = KeptChange {
                kind: SITE.into(),
                key: id.into(),
                expected,
                becomes: Some((value.into(), i64::MAX)),
            };
            if self.store.keep(vec![change]).await? {
                return Ok(());
            }
        }
        let message = "somebody else changed the site at the same moment; try again";
        Err(Failure::plain(Category::Conflict, IssueCode::Conflict, message))
    }
}

fn read(kept: &store::Kept) -> Result<Site, Failure> {
    serde_json::from_slice::<KeptSite>(&kept.value).map(Site::from).map_err(|error| {
        let message = format!("the record of a site is damaged: {error}");
        Failure::plain(Category::Fault, IssueCode::Exception, message)
    })
}

/// A practice as it is kept: ODS codes in capitals, names of feeds as they are.
fn code(practice: &str) -> String {
    let practice = practice.trim();
    if practice.starts_with("feed:") { practice.to_owned() } else { practice.to_ascii_uppercase() }
}

fn check_site(id: &str, name: &str, practices: &[String]) -> Result<(), Failure> {
    let is_id = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if !(2..=40).contains(&id.len()) || !id.bytes().all(is_id) {
        let words = "an id is 2 to 40 of the letters a to z, digits and hyphens";
        return Err(wrong("id", words));
    }
    if !(2..=80).contains(&name.trim().chars().count()) {
        return Err(wrong("name", "a name has 2 to 80 characters"));
    }
    if practices.len() > PRACTICES_MAX {
        return Err(wrong(
            "practices",
            &format!("a site has {PRACTICES_MAX} practices at the most"),
        ));
    }
    for practice in practices {
        let rest = practice.strip_prefix("feed:").unwrap_or(practice);
        let fits = (2..=64).contains(&rest.len())
            && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
        if !fits {
            let words = "a practice is an ODS code, or feed: with the name of a feed";
            return Err(wrong("practices", words));
        }
    }
    Ok(())
}

fn check_change(feature_id: &str, new: &NewChange, today: &str) -> Result<(), Failure> {
    if feature(feature_id).is_none() {
        return Err(Failure::plain(
            Category::NotFound,
            IssueCode::NotFound,
            "there is no such feature",
        ));
    }
    let is_day = new.from.len() == 10 && new.from.parse::<jiff::civil::Date>().is_ok();
    if !is_day || *new.from < *today {
        return Err(wrong("from", "enter today or a day to come, as 2026-01-31"));
    }
    if let State::Pilot(pilot) = &new.state {
        if !(1..=100).contains(&pilot.share) {
            return Err(wrong("share", "enter how many of 100 people, from 1 to 100"));
        }
        if let (Some(from), Some(to)) = (pilot.age_from, pilot.age_to)
            && from > to
        {
            return Err(wrong("age-to", "the oldest age must not be below the youngest"));
        }
        if [pilot.age_from, pilot.age_to].into_iter().flatten().any(|age| age > 130) {
            return Err(wrong("age-from", "enter an age up to 130"));
        }
    }
    if new.note.chars().count() > NOTE_MAX {
        return Err(wrong("note", &format!("the note has {NOTE_MAX} characters at the most")));
    }
    if !WHY.contains(&new.why.trim().chars().count()) {
        return Err(wrong("why", "say why, in 5 to 500 characters"));
    }
    Ok(())
}

/// What is wrong with a field; its name stands in the issue's expression.
fn wrong(field: &str, words: &str) -> Failure {
    Failure::invalid(vec![Issue {
        severity: Severity::Error,
        code: IssueCode::Invalid,
        message: words.to_owned(),
        expression: Some(field.into()),
    }])
}
