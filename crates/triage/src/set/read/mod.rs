//! Reads a topic's file strictly: every problem with its line and field.
//!
//! The reader proves what can be seen without walking paths; [`crate::check`] walks them.

mod fields;
mod question;
mod rule;
mod sign_off;

use self::fields::{date, field_of, gate, level, must_have_words};
use super::file::{Name, TopicFile};
use super::graph;
use super::names::{Names, is_id};
use super::problem::{Problem, ProblemKind, Problems};
use super::sign_off::content_digest;
use super::value::{Decision, Evidence, Node, Question, Topic};
use crate::disposition::{Disposition, Dispositions};

/// Bytes of a file.
const TEXT_BYTES_MAX: usize = 256 * 1024;
/// Questions, decisions, outcomes or scores of a file, each.
const NODES_MAX: usize = 60;
/// Answers of a question.
const ANSWERS_MAX: usize = 12;

/// Reads a topic from the text of its file.
///
/// ```
/// let dispositions = triage::Dispositions::embedded().unwrap();
/// let problems = triage::set::read("topic = 1", &dispositions).unwrap_err();
/// assert_eq!((problems[0].line, problems[0].kind), (1, triage::set::ProblemKind::Syntax));
/// ```
pub fn read(text: &str, dispositions: &Dispositions) -> Result<Topic, Vec<Problem>> {
    let mut problems = Problems::of(text);
    if text.len() > TEXT_BYTES_MAX {
        let words = format!("{} bytes; at most {TEXT_BYTES_MAX} are read", text.len());
        problems.at(0, ProblemKind::Limit, "file", words);
        return Err(problems.found);
    }
    let file: TopicFile = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            problems.at(at, ProblemKind::Syntax, "file", error.message());
            return Err(problems.found);
        }
    };
    if !limits_hold(&file, &mut problems) {
        return Err(problems.found);
    }
    let names = Names::of(&file, &mut problems);
    let topic = Reader { file: &file, names: &names, text, dispositions }.topic(&mut problems);
    match topic {
        Some(mut topic) if problems.found.is_empty() => {
            shape(&mut topic, &file, dispositions, &mut problems);
            if problems.found.is_empty() { Ok(topic) } else { Err(problems.found) }
        }
        _ => Err(problems.found),
    }
}

fn limits_hold(file: &TopicFile, problems: &mut Problems<'_>) -> bool {
    let counts = [
        ("question", file.question.len()),
        ("decision", file.decision.len()),
        ("outcome", file.outcome.len()),
        ("score", file.score.len()),
    ];
    for (what, count) in counts {
        if count > NODES_MAX {
            let words = format!("{count} of them; at most {NODES_MAX} are read");
            problems.at(0, ProblemKind::Limit, what, words);
        }
    }
    for question in file.question.iter().filter(|q| q.answers.len() > ANSWERS_MAX) {
        let words = format!("{} answers; at most {ANSWERS_MAX} are read", question.answers.len());
        problems.at(question.id.span().start, ProblemKind::Limit, field_of(question), words);
    }
    problems.found.is_empty()
}

/// What the graph as a whole must be: no circles, nothing left over, "not sure" decided.
fn shape(
    topic: &mut Topic,
    file: &TopicFile,
    dispositions: &Dispositions,
    problems: &mut Problems<'_>,
) {
    let order = match graph::order(topic) {
        Ok(order) => order,
        Err(circle) => {
            let at = file.question.iter().find(|q| Some(q.id.get_ref()) == circle.first());
            let byte = at.map_or(0, |question| question.id.span().start);
            let words = format!("the questions run in a circle: {}", circle.join(" → "));
            problems.at(byte, ProblemKind::Cycle, "question", words);
            return;
        }
    };
    let mut unreached = |name: &Name, what: &str, node: Node| {
        if !order.contains(&node) {
            let field = format!("{what} \"{}\"", name.get_ref());
            let words = "nothing leads here from the start";
            problems.at(name.span().start, ProblemKind::Unreachable, field, words);
        }
    };
    for (at, question) in file.question.iter().enumerate() {
        unreached(&question.id, "question", Node::Question(at));
    }
    for (at, decision) in file.decision.iter().enumerate() {
        unreached(&decision.id, "decision", Node::Decision(at));
    }
    for (at, outcome) in file.outcome.iter().enumerate() {
        unreached(&outcome.id, "outcome", Node::Outcome(at));
    }
    let urgency: Vec<u8> = topic
        .outcomes
        .iter()
        .map(|outcome| dispositions.get(&outcome.dx).map_or(u8::MAX, Disposition::weight))
        .collect();
    for at in graph::decide_unsure(topic, &order, &urgency) {
        let question = &file.question[at];
        let words =
            "no answer is the most urgent in all that may follow: say what \"unsure\" counts_as";
        let field = field_of(question);
        problems.at(question.id.span().start, ProblemKind::UnsureUndecided, field, words);
    }
}

struct Reader<'f> {
    file: &'f TopicFile,
    names: &'f Names,
    text: &'f str,
    dispositions: &'f Dispositions,
}

impl Reader<'_> {
    fn topic(&self, problems: &mut Problems<'_>) -> Option<Topic> {
        let file = self.file;
        self.head(problems);
        let scores = self.scores(problems);
        let slots = self.slots();
        let questions: Vec<Option<Question>> = (0..file.question.len())
            .map(|at| self.question(at, slots.get(&at).copied(), problems))
            .collect();
        let decisions: Vec<Option<Decision>> =
            file.decision.iter().map(|decision| self.decision(decision, problems)).collect();
        let outcomes = file.outcome.iter().map(|o| self.outcome(o, problems)).collect();
        let gate = gate(file.ages.as_ref(), file.sex.as_deref(), "topic", problems);
        let levels = file.levels.iter().filter_map(|name| level(name, problems)).collect();
        let sign_off = self.sign_off(problems);
        let review_by = date(&file.review_by, "review_by", problems);
        let start = self.names.target(&file.start, "start", problems);
        Some(Topic {
            id: file.topic.get_ref().clone(),
            is_sieve: file.sieve,
            version: file.version.get_ref().clone(),
            digest: content_digest(self.text),
            title: file.title.clone(),
            about: file.about.clone(),
            family: file.family.clone(),
            author: file.author.get_ref().clone(),
            evidence: file
                .evidence
                .iter()
                .map(|e| Evidence {
                    title: e.title.clone(),
                    by: e.by.clone(),
                    reference: e.reference.clone(),
                })
                .collect(),
            review_by: review_by?,
            sign_off: sign_off?,
            gate,
            search_words: file.search_words.clone(),
            symptom_group: file.symptom_group.get_ref().clone(),
            levels,
            red_flags: file.red_flags.clone(),
            questions: questions.into_iter().collect::<Option<_>>()?,
            decisions: decisions.into_iter().collect::<Option<_>>()?,
            scores,
            outcomes,
            start: start?,
        })
    }

    fn head(&self, problems: &mut Problems<'_>) {
        let file = self.file;
        if !is_id(file.topic.get_ref()) {
            let words = "expected an id of small letters, digits and hyphens";
            problems.at(file.topic.span().start, ProblemKind::Value, "topic", words);
        }
        let version = file.version.get_ref();
        let parts = version.split('.').filter(|p| !p.is_empty() && p.len() < 6);
        let is_version = parts.filter(|p| p.bytes().all(|b| b.is_ascii_digit())).count() == 3;
        if !is_version || version.split('.').count() != 3 {
            let words = "expected three numbers such as 1.4.0";
            problems.at(file.version.span().start, ProblemKind::Value, "version", words);
        }
        let texts = [
            ("title", &file.title),
            ("about", &file.about),
            ("author", file.author.get_ref()),
            ("symptom_group", file.symptom_group.get_ref()),
        ];
        for (field, text) in texts {
            must_have_words(text, 0, field, problems);
        }
        if file.evidence.is_empty() {
            let words = "at least one work that the topic rests on";
            problems.at(0, ProblemKind::Missing, "evidence", words);
        }
        if !file.sieve && file.search_words.is_empty() {
            let words = "at least one word by which people find the topic";
            problems.at(0, ProblemKind::Missing, "search_words", words);
        }
    }
}
