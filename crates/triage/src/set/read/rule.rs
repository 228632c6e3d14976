//! Decisions, scores and outcomes: what answers lead to.

use std::collections::BTreeMap;

use super::Reader;
use super::fields::{gate, must_have_words};
use crate::disposition::Level;
use crate::set::condition::{Condition, parse_span};
use crate::set::file::{ArmFile, DecisionFile, OutcomeFile};
use crate::set::names::is_id;
use crate::set::problem::{ProblemKind, Problems};
use crate::set::value::{Arm, Decision, OutcomeText, Score, UNSURE};

impl Reader<'_> {
    pub(super) fn decision(
        &self,
        file: &DecisionFile,
        problems: &mut Problems<'_>,
    ) -> Option<Decision> {
        let id = file.id.get_ref();
        let arms: Vec<Option<Arm>> = file
            .arms
            .iter()
            .enumerate()
            .map(|(at, arm)| self.arm(arm, &format!("decision \"{id}\" if {}", at + 1), problems))
            .collect();
        let field = format!("decision \"{id}\" otherwise");
        let otherwise = self.names.target(&file.otherwise, &field, problems);
        let arms = arms.into_iter().collect::<Option<_>>()?;
        Some(Decision { id: id.clone(), arms, otherwise: otherwise? })
    }

    pub(super) fn arm(
        &self,
        file: &ArmFile,
        field: &str,
        problems: &mut Problems<'_>,
    ) -> Option<Arm> {
        let gate = gate(file.ages.as_ref(), file.sex.as_deref(), field, problems);
        let byte = file.to.span().start;
        let mut answers = Vec::new();
        for (question, any_of) in &file.answers {
            let places: Option<Vec<(usize, usize)>> =
                any_of.iter().map(|answer| self.answer_place(question, answer)).collect();
            match places {
                Some(places) if !places.is_empty() => {
                    answers.push((places[0].0, places.iter().map(|(_, answer)| *answer).collect()));
                }
                _ => {
                    let words = format!(
                        "no question \"{question}\" with these answers (\"unsure\" is none: it counts as another)"
                    );
                    problems.at(byte, ProblemKind::Dangling, format!("{field} answers"), words);
                }
            }
        }
        let mut scores = Vec::new();
        for (name, span) in &file.score {
            let score = self.file.score.iter().position(|score| score.id.get_ref() == name);
            match (score, parse_span(span)) {
                (Some(score), Some((least, most))) => scores.push((score, least, most)),
                (None, _) => {
                    let words = format!("no score \"{name}\"");
                    problems.at(byte, ProblemKind::Dangling, format!("{field} score"), words);
                }
                (_, None) => {
                    let words = "expected points such as 4.. or 2..3";
                    problems.at(byte, ProblemKind::Value, format!("{field} score"), words);
                }
            }
        }
        let to = self.names.target(&file.to, &format!("{field} to"), problems);
        Some(Arm { when: Condition { gate, answers, scores }, to: to? })
    }

    /// The places of a question and of one of its answers; "unsure" is none.
    pub(super) fn answer_place(&self, question: &str, answer: &str) -> Option<(usize, usize)> {
        let at = self.file.question.iter().position(|q| q.id.get_ref() == question)?;
        let answers = &self.file.question[at].answers;
        let place = answers.iter().position(|a| a.id.get_ref() == answer && answer != UNSURE)?;
        Some((at, place))
    }

    pub(super) fn scores(&self, problems: &mut Problems<'_>) -> Vec<Score> {
        let mut scores = Vec::new();
        for file in &self.file.score {
            let id = file.id.get_ref();
            let field = format!("score \"{id}\" points");
            let mut points = Vec::new();
            for (name, value) in &file.points {
                let place = name.split_once('.').and_then(|(q, a)| self.answer_place(q, a));
                let Some((question, answer)) = place else {
                    let words = format!("no answer \"{name}\": expected \"question.answer\"");
                    problems.at(file.id.span().start, ProblemKind::Dangling, &field, words);
                    continue;
                };
                points.push((question, answer, *value));
            }
            if !is_id(id) || scores.iter().any(|earlier: &Score| earlier.id == *id) {
                let words = "expected an id of its own";
                problems.at(file.id.span().start, ProblemKind::Duplicate, &field, words);
            }
            scores.push(Score { id: id.clone(), name: file.name.clone(), points });
        }
        scores
    }

    /// A slot of memory for each question that a decision or a score looks at.
    pub(super) fn slots(&self) -> BTreeMap<usize, usize> {
        let in_arms =
            self.file.decision.iter().flat_map(|d| &d.arms).flat_map(|a| a.answers.keys());
        let in_scores = self.file.score.iter().flat_map(|score| score.points.keys());
        let mut names: Vec<&str> = in_arms
            .map(String::as_str)
            .chain(in_scores.filter_map(|name| Some(name.split_once('.')?.0)))
            .collect();
        names.sort_unstable();
        names.dedup();
        let places = names
            .iter()
            .filter_map(|name| self.file.question.iter().position(|q| q.id.get_ref() == name));
        places.enumerate().map(|(slot, question)| (question, slot)).collect()
    }

    pub(super) fn outcome(&self, file: &OutcomeFile, problems: &mut Problems<'_>) -> OutcomeText {
        let field = format!("outcome \"{}\"", file.id.get_ref());
        let byte = file.id.span().start;
        must_have_words(&file.why, byte, &format!("{field} why"), problems);
        let disposition = self.dispositions.get(file.dx.get_ref());
        if disposition.is_none() {
            let words = format!("no disposition \"{}\"", file.dx.get_ref());
            problems.at(file.dx.span().start, ProblemKind::Dangling, format!("{field} dx"), words);
        }
        if file.advice.is_empty() {
            problems.at(byte, ProblemKind::Missing, format!("{field} advice"), "what to do now");
        }
        let is_emergency = disposition.is_some_and(|d| d.level == Level::Emergency);
        if file.worse.is_empty() && !is_emergency {
            let words = "what to do if it gets worse";
            problems.at(byte, ProblemKind::Missing, format!("{field} worse"), words);
        }
        if let Some(name) = &file.pharmacy_first
            && self.dispositions.pharmacy_gate(name.get_ref()).is_none()
        {
            let words = format!("no Pharmacy First pathway \"{}\"", name.get_ref());
            let field = format!("{field} pharmacy_first");
            problems.at(name.span().start, ProblemKind::Dangling, field, words);
        }
        OutcomeText {
            id: file.id.get_ref().clone(),
            dx: file.dx.get_ref().clone(),
            why: file.why.clone(),
            discriminators: file.discriminators.clone(),
            pharmacy_first: file.pharmacy_first.as_ref().map(|name| name.get_ref().clone()),
            advice: file.advice.clone(),
            worse: file.worse.clone(),
        }
    }
}
