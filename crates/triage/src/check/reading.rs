//! Reading age of all copy: Flesch and Kincaid's grade, with a limit and named exceptions as data.
//!
//! The measure is old and rough: it counts words, sentences and syllables. It catches what a glance
//! would; it does not replace asking people. The data is `tables/reading.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Finding, FindingKind};
use crate::engine::own_words;
use crate::library::Library;
use crate::set::{Problem, ProblemKind, Problems, Topic};

/// The limit, the words that count as known, and the exceptions.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// The highest grade.
    pub grade_max: f64,
    /// Blocks of fewer words are not measured.
    pub words_min: usize,
    /// Syllables of words that people know although they are long.
    pub known_words: BTreeMap<String, u32>,
    /// Places that may be harder, with the reason.
    pub exceptions: BTreeMap<String, String>,
}

impl Reading {
    /// Reads the limits from a text.
    pub fn read(text: &str) -> Result<Reading, Problem> {
        toml::from_str(text).map_err(|error| {
            let mut problems = Problems::of(text);
            let at = error.span().map_or(0, |span| span.start);
            problems.at(at, ProblemKind::Syntax, "reading", error.message());
            problems.found.remove(0)
        })
    }

    /// The limits that come with the crate.
    pub fn embedded() -> Result<Reading, Problem> {
        Reading::read(include_str!("../../tables/reading.toml"))
    }
}

/// Flesch and Kincaid's grade of a text; `None` where it has no words.
///
/// ```
/// let reading = triage::check::Reading::embedded().unwrap();
/// let easy = triage::check::grade("Sit down. Rest. Drink some water.", &reading).unwrap();
/// let hard = triage::check::grade(
///     "Immunocompromised individuals necessitate haematological investigation.", &reading).unwrap();
/// assert!(easy < 3.0 && hard > 15.0, "{easy} {hard}");
/// ```
pub fn grade(text: &str, reading: &Reading) -> Option<f64> {
    let words: Vec<&str> = words(text).collect();
    if words.is_empty() {
        return None;
    }
    let sentences = text
        .split(['.', '?', '!', ':', '\n'])
        .filter(|part| part.chars().any(char::is_alphabetic))
        .count()
        .max(1) as f64;
    let syllables: u32 = words.iter().map(|word| syllables(word, reading)).sum();
    let count = words.len() as f64;
    Some(0.39 * count / sentences + 11.8 * f64::from(syllables) / count - 15.59)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '’'))
        .filter(|word| word.chars().any(char::is_alphanumeric))
}

/// Groups of vowels, less a silent e; numbers are one.
fn syllables(word: &str, reading: &Reading) -> u32 {
    let word = word.to_lowercase();
    if let Some(known) = reading.known_words.get(&word) {
        return *known;
    }
    let mut count = 0;
    let mut in_vowels = false;
    for letter in word.chars() {
        let is_vowel = matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        count += u32::from(is_vowel && !in_vowels);
        in_vowels = is_vowel;
    }
    let is_silent = (word.ends_with('e') && !word.ends_with("le"))
        || (word.ends_with("es") && !word.ends_with("ses") && !word.ends_with("ches"))
        || (word.ends_with("ed") && !word.ends_with("ted") && !word.ends_with("ded"));
    if is_silent && count > 1 {
        count -= 1;
    }
    count.max(1)
}

/// Measures everything that a person may read.
pub(crate) fn library(library: &Library, findings: &mut Vec<Finding>) {
    let reading = match Reading::embedded() {
        Ok(reading) => reading,
        Err(problem) => {
            findings.push(hard("tables", "reading", problem.to_string()));
            return;
        }
    };
    for topic in library.topics().iter().chain([library.sieve()]) {
        for (place, text) in blocks(topic) {
            measure(&topic.id, &place, &text, &reading, findings);
        }
    }
    for disposition in library.dispositions().all() {
        let text = join([&disposition.heading, &disposition.told]);
        measure("dispositions", &disposition.code, &text, &reading, findings);
    }
    for words in own_words() {
        measure("engine", "words", words, &reading, findings);
    }
}

fn measure(topic: &str, place: &str, text: &str, reading: &Reading, findings: &mut Vec<Finding>) {
    let is_excepted = reading.exceptions.contains_key(&format!("{topic}/{place}"));
    if is_excepted || words(text).count() < reading.words_min {
        return;
    }
    let Some(grade) = grade(text, reading) else { return };
    if grade > reading.grade_max {
        let words = format!("grade {grade:.1}, limit {:.1}: {text}", reading.grade_max);
        findings.push(hard(topic, place, words));
    }
}

fn hard(topic: &str, place: &str, words: String) -> Finding {
    Finding {
        kind: FindingKind::HardToRead,
        topic: topic.to_owned(),
        place: place.to_owned(),
        answer: None,
        person: None,
        words,
    }
}

/// The blocks of a topic that are read at one time: its title, each question, each outcome.
fn blocks(topic: &Topic) -> Vec<(String, String)> {
    let mut blocks = vec![("title".to_owned(), join([&topic.title, &topic.about]))];
    for question in &topic.questions {
        let answers = question.answers.iter().map(|answer| &answer.text);
        let texts =
            [&question.text, &question.why].into_iter().chain(&question.hint).chain(answers);
        blocks.push((question.id.clone(), join(texts)));
    }
    for outcome in &topic.outcomes {
        let texts = [&outcome.why].into_iter().chain(&outcome.advice).chain(&outcome.worse);
        blocks.push((outcome.id.clone(), join(texts)));
    }
    blocks
}

/// Texts one to a line, so that each is a sentence at least.
fn join<'t>(texts: impl IntoIterator<Item = &'t String>) -> String {
    texts.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n")
}
