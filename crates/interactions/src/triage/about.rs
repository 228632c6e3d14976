//! The sets themselves, for who answers for them: author, evidence, sign-off, proofs, and the map.

use std::sync::OnceLock;

use ::triage::check::{self, Report};
use ::triage::set::SignOff;
use ::triage::{Sex, Topic};

use super::{instant, library, london};
use crate::app::App;
use crate::failure::{Category, Failure};

/// A node of the map in words: what stands there, and where each answer leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapStep {
    /// The question, decision or outcome.
    pub text: String,
    /// Each answer and where it leads.
    pub ways: Vec<String>,
}

/// What the checker walked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetCount {
    /// Classes of people.
    pub classes: usize,
    /// States, over all classes.
    pub states: usize,
    /// Paths, over all classes.
    pub paths: u128,
    /// Questions on the longest path.
    pub longest: usize,
}

/// A set of questions, for who answers for it.
#[derive(Clone, Debug, PartialEq)]
pub struct SetAbout {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub about: String,
    /// For whom it is.
    pub people: String,
    /// Its version.
    pub version: String,
    /// The digest to sign off.
    pub digest: String,
    /// Who wrote it.
    pub author: String,
    /// The day by which it must be looked at again.
    pub review_by: String,
    /// Whether that day has passed.
    pub is_review_due: bool,
    /// Who answers for it clinically: name, role, day.
    pub sign_off: Option<(String, String, String)>,
    /// What it rests on: title, publisher, number.
    pub evidence: Vec<(String, String, String)>,
    /// Its red flags in words.
    pub red_flags: Vec<String>,
    /// What was walked.
    pub count: SetCount,
    /// What could not be proved.
    pub findings: Vec<String>,
    /// The map in words.
    pub steps: Vec<MapStep>,
    /// The map as an SVG picture.
    pub picture: String,
}

impl App {
    /// Every set: id, title, version, and whether it is signed off; the sieve first.
    pub fn triage_sets(&self) -> Result<Vec<(String, String, String, bool)>, Failure> {
        let library = library()?;
        let all = [library.sieve()].into_iter().chain(library.topics());
        Ok(all
            .map(|set| {
                let is_signed = set.sign_off.is_signed_off();
                (set.id.clone(), set.title.clone(), set.version.clone(), is_signed)
            })
            .collect())
    }

    /// One set by its id.
    pub fn triage_set(&self, id: &str) -> Result<SetAbout, Failure> {
        let library = library()?;
        let sieve = Some(library.sieve()).filter(|sieve| sieve.id == id);
        let Some(set) = sieve.or_else(|| library.topic(id)) else {
            let message = "there is no set of questions of this name; all are listed at /111/about";
            return Err(Failure::plain(Category::NotFound, fhir::IssueCode::NotFound, message));
        };
        let report = report()?;
        let map = check::map(library, set);
        let today = instant(self.clock.now()).to_zoned(london()).date();
        let count = report.counts.iter().find(|count| count.topic == set.id);
        let findings = report.findings.iter().filter(|finding| finding.topic == set.id);
        let evidence = set.evidence.iter().map(|work| {
            (work.title.clone(), work.by.clone(), work.reference.clone().unwrap_or_default())
        });
        Ok(SetAbout {
            id: set.id.clone(),
            title: set.title.clone(),
            about: set.about.clone(),
            people: people(set),
            version: set.version.clone(),
            digest: set.digest.clone(),
            author: set.author.clone(),
            review_by: set.review_by.to_string(),
            is_review_due: set.review_by < today,
            sign_off: match &set.sign_off {
                SignOff::NotSignedOff => None,
                SignOff::SignedOff { name, role, date } => {
                    Some((name.clone(), role.clone(), date.to_string()))
                }
            },
            evidence: evidence.collect(),
            red_flags: set.red_flags.values().cloned().collect(),
            count: count.map_or_else(SetCount::default, |count| SetCount {
                classes: count.classes,
                states: count.states,
                paths: count.paths,
                longest: count.longest,
            }),
            findings: findings
                .map(|finding| {
                    format!("{}: {}: {}", finding.kind.name(), finding.place, finding.words)
                })
                .collect(),
            steps: map.outline().into_iter().map(|(text, ways)| MapStep { text, ways }).collect(),
            picture: map.svg(),
        })
    }
}

/// What the checker found; the sets do not change while the program runs.
fn report() -> Result<&'static Report, Failure> {
    static REPORT: OnceLock<Report> = OnceLock::new();
    let library = library()?;
    Ok(REPORT.get_or_init(|| check::check(library, jiff::civil::Date::MIN)))
}

fn people(set: &Topic) -> String {
    let ages = set.gate.ages;
    let until = match ages.until {
        u32::MAX => "and over".to_owned(),
        until => format!("to under {}", words_of_age(until)),
    };
    let sexes = match set.gate.sexes.as_slice() {
        sexes if sexes.len() == Sex::ALL.len() => String::new(),
        sexes => {
            let words: Vec<&str> = sexes.iter().map(|sex| sex.word()).collect();
            format!(", sex {}", words.join(" or "))
        }
    };
    format!("Age {} {until}{sexes}", words_of_age(ages.from))
}

fn words_of_age(months: u32) -> String {
    if months.is_multiple_of(12) {
        format!("{} years", months / 12)
    } else {
        format!("{months} months")
    }
}
