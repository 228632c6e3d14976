//! Questions and their answers.

use super::Reader;
use super::fields::{field_of, gate, must_have_words};
use crate::set::file::{AnswerFile, QuestionFile};
use crate::set::graph::{UNDECIDED, UNDECIDED_ANSWER};
use crate::set::names::is_id;
use crate::set::problem::{ProblemKind, Problems};
use crate::set::value::{Answer, Node, Question, UNSURE};

impl Reader<'_> {
    pub(super) fn question(
        &self,
        at: usize,
        slot: Option<usize>,
        problems: &mut Problems<'_>,
    ) -> Option<Question> {
        let file = &self.file.question[at];
        let field = field_of(file);
        let byte = file.id.span().start;
        must_have_words(&file.text, byte, &format!("{field} text"), problems);
        must_have_words(&file.why, byte, &format!("{field} why"), problems);
        let gate = gate(file.ages.as_ref(), file.sex.as_deref(), &field, problems);
        let is_gated = file.ages.is_some() || file.sex.is_some();
        if is_gated != file.otherwise.is_some() {
            let words = "\"otherwise\" says where those go whom \"ages\" or \"sex\" leave out: give both or neither";
            problems.at(byte, ProblemKind::Gate, format!("{field} otherwise"), words);
        }
        let otherwise =
            file.otherwise.as_ref().map(|name| self.names.target(name, &field, problems));
        if !file.answers.iter().any(|answer| answer.id.get_ref() == UNSURE) {
            let words = "expected an answer \"unsure\": everybody may be not sure";
            problems.at(byte, ProblemKind::NoUnsure, &field, words);
        }
        if file.answers.len() < 3 {
            let words = "expected two answers or more beside \"unsure\"";
            problems.at(byte, ProblemKind::Missing, format!("{field} answers"), words);
        }
        let answers: Vec<Option<Answer>> =
            (0..file.answers.len()).map(|answer| self.answer(at, answer, problems)).collect();
        Some(Question {
            id: file.id.get_ref().clone(),
            text: file.text.clone(),
            why: file.why.clone(),
            hint: file.hint.clone(),
            gate,
            otherwise: otherwise.flatten(),
            answers: answers.into_iter().collect::<Option<_>>()?,
            slot,
        })
    }

    fn answer(&self, question: usize, at: usize, problems: &mut Problems<'_>) -> Option<Answer> {
        let asked = &self.file.question[question];
        let file = &asked.answers[at];
        let id = file.id.get_ref();
        let field = format!("{} answer \"{id}\"", field_of(asked));
        let byte = file.id.span().start;
        if !is_id(id) {
            let words = "expected an id of small letters, digits and hyphens";
            problems.at(byte, ProblemKind::Value, &field, words);
        }
        if asked.answers[..at].iter().any(|earlier| earlier.id.get_ref() == id) {
            problems.at(
                byte,
                ProblemKind::Duplicate,
                &field,
                "this question has such an answer already",
            );
        }
        must_have_words(&file.text, byte, &format!("{field} text"), problems);
        let is_unsure = id == UNSURE;
        let counts_as = Self::counts_as(asked, file, at, &field, problems);
        if is_unsure && (file.red_flag.is_some() || file.means.is_some()) {
            let words = "\"unsure\" has no red_flag and no means of its own";
            problems.at(byte, ProblemKind::Value, &field, words);
        }
        if !is_unsure {
            must_have_words(
                file.means.as_deref().unwrap_or(""),
                byte,
                &format!("{field} means"),
                problems,
            );
        }
        if let Some(flag) = &file.red_flag
            && !self.file.red_flags.contains_key(flag.get_ref())
        {
            let words = format!("no red flag \"{}\" in [red_flags]", flag.get_ref());
            problems.at(
                flag.span().start,
                ProblemKind::Dangling,
                format!("{field} red_flag"),
                words,
            );
        }
        let to = match &file.to {
            Some(name) => self.names.target(name, &format!("{field} to"), problems),
            None if is_unsure => Some(UNDECIDED),
            None if question + 1 < self.file.question.len() => Some(Node::Question(question + 1)),
            None => {
                let words = "the last question's answers must say where they lead";
                problems.at(byte, ProblemKind::Missing, format!("{field} to"), words);
                None
            }
        };
        Some(Answer {
            id: id.clone(),
            text: file.text.clone(),
            means: file.means.clone().unwrap_or_default(),
            red_flag: file.red_flag.as_ref().map(|flag| flag.get_ref().clone()),
            to: to?,
            counts_as,
        })
    }

    /// The answer that an answer counts as: itself, or for "unsure" what the file says or leaves open.
    fn counts_as(
        asked: &QuestionFile,
        file: &AnswerFile,
        at: usize,
        field: &str,
        problems: &mut Problems<'_>,
    ) -> usize {
        let is_unsure = file.id.get_ref() == UNSURE;
        let Some(name) = &file.counts_as else {
            return if is_unsure { UNDECIDED_ANSWER } else { at };
        };
        let field = format!("{field} counts_as");
        if !is_unsure {
            let words = "only \"unsure\" counts as another answer";
            problems.at(name.span().start, ProblemKind::Value, field, words);
            return at;
        }
        let found = asked
            .answers
            .iter()
            .position(|a| a.id.get_ref() == name.get_ref() && a.id.get_ref() != UNSURE);
        if found.is_none() {
            let words = format!("this question has no answer \"{}\"", name.get_ref());
            problems.at(name.span().start, ProblemKind::Dangling, field, words);
        }
        found.unwrap_or(UNDECIDED_ANSWER)
    }
}
