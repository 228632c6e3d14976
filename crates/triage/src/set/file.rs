//! The shape of a topic's file, as TOML gives it; `set::read` makes a [`super::Topic`] of it.
//!
//! Every key that is not named here is refused. To add a key, add it here, in `set::read` and in
//! `docs/triage.md`.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

pub(crate) type Name = Spanned<String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TopicFile {
    pub(crate) topic: Name,
    #[serde(default)]
    pub(crate) sieve: bool,
    pub(crate) version: Name,
    pub(crate) title: String,
    pub(crate) about: String,
    pub(crate) family: Option<String>,
    pub(crate) author: Name,
    pub(crate) review_by: Name,
    pub(crate) ages: Option<Name>,
    pub(crate) sex: Option<Vec<Name>>,
    #[serde(default)]
    pub(crate) search_words: Vec<String>,
    pub(crate) symptom_group: Name,
    pub(crate) levels: Vec<Name>,
    pub(crate) start: Name,
    pub(crate) red_flags: BTreeMap<String, String>,
    pub(crate) evidence: Vec<EvidenceFile>,
    #[serde(default)]
    pub(crate) question: Vec<QuestionFile>,
    #[serde(default)]
    pub(crate) decision: Vec<DecisionFile>,
    #[serde(default)]
    pub(crate) score: Vec<ScoreFile>,
    #[serde(default)]
    pub(crate) outcome: Vec<OutcomeFile>,
    pub(crate) sign_off: SignOffFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EvidenceFile {
    pub(crate) title: String,
    pub(crate) by: String,
    pub(crate) reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuestionFile {
    pub(crate) id: Name,
    pub(crate) text: String,
    pub(crate) why: String,
    pub(crate) hint: Option<String>,
    pub(crate) ages: Option<Name>,
    pub(crate) sex: Option<Vec<Name>>,
    pub(crate) otherwise: Option<Name>,
    pub(crate) answers: Vec<AnswerFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AnswerFile {
    pub(crate) id: Name,
    pub(crate) text: String,
    pub(crate) means: Option<String>,
    pub(crate) red_flag: Option<Name>,
    pub(crate) to: Option<Name>,
    pub(crate) counts_as: Option<Name>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionFile {
    pub(crate) id: Name,
    #[serde(rename = "if")]
    pub(crate) arms: Vec<ArmFile>,
    pub(crate) otherwise: Name,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmFile {
    pub(crate) ages: Option<Name>,
    pub(crate) sex: Option<Vec<Name>>,
    #[serde(default)]
    pub(crate) answers: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    pub(crate) score: BTreeMap<String, String>,
    pub(crate) to: Name,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreFile {
    pub(crate) id: Name,
    pub(crate) name: String,
    pub(crate) points: BTreeMap<String, u8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutcomeFile {
    pub(crate) id: Name,
    pub(crate) dx: Name,
    pub(crate) why: String,
    #[serde(default)]
    pub(crate) discriminators: Vec<String>,
    pub(crate) pharmacy_first: Option<Name>,
    #[serde(default)]
    pub(crate) advice: Vec<String>,
    #[serde(default)]
    pub(crate) worse: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOffFile {
    pub(crate) status: Name,
    pub(crate) name: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) date: Option<Name>,
    pub(crate) digest: Option<Name>,
}
