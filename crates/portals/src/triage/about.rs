//! The sets for who answers for them: a list, and each with author, evidence, sign-off, proofs and map.

use askama::Template;

use super::Mark;
use crate::layout::Layout;

/// One set of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetLine {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Whether somebody answers clinically for it.
    pub is_signed_off: bool,
}

/// All sets.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/sets.html")]
pub struct SetsPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// The sets; the emergency questions first.
    pub sets: Vec<SetLine>,
}

/// One set.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/set.html")]
pub struct SetPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Its title.
    pub title: String,
    /// What it is for.
    pub about: String,
    /// Names and values: author, version, digest, for whom, review.
    pub facts: Vec<(&'static str, String)>,
    /// Name, role and day of the sign-off; empty where nobody has signed.
    pub sign_off: Vec<(&'static str, String)>,
    /// What it rests on.
    pub evidence: Vec<String>,
    /// Its red flags.
    pub red_flags: Vec<String>,
    /// What was proved, in a sentence.
    pub proved: String,
    /// What could not be.
    pub findings: Vec<String>,
    /// The map in words: each step with its ways.
    pub steps: Vec<(String, Vec<String>)>,
    /// The map as SVG.
    pub picture: Picture,
}

/// An SVG picture that the program has drawn of its own sets, every text in it escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture(pub String);

impl std::fmt::Display for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
