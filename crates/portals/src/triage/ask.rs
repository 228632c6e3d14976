//! Pages that ask: who, age, sex, topic, the questions, and looking over the answers.

use askama::Template;

use super::Mark;
use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::layout::Layout;

/// The first page: emergencies first, then what this is.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/start.html")]
pub struct StartPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Whether a journey was begun in this browser that can be gone on with.
    pub may_go_on: bool,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// One thing to choose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// The words.
    pub text: String,
    /// Help under them; empty for none.
    pub hint: String,
    /// Whether it was chosen before.
    pub is_chosen: bool,
}

/// A page with one question and its answers.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/choose.html")]
pub struct ChoosePage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Where "Back" leads.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// What stands above the question, such as that it is one about emergencies; empty for none.
    pub caption: String,
    /// The question.
    pub question: String,
    /// Help with it; empty for none.
    pub hint: String,
    /// Why it is asked; empty where that is plain.
    pub why: String,
    /// The name and id of the field.
    pub field: &'static str,
    /// Names and values that are sent along.
    pub hidden: Vec<(&'static str, String)>,
    /// The answers.
    pub choices: Vec<Choice>,
    /// What is wrong.
    pub error: Option<String>,
    /// The token of the form.
    pub csrf: CsrfToken,
}

impl ChoosePage {
    /// The list of what is wrong.
    pub fn summary(&self) -> ErrorSummary {
        let errors = self.error.iter().map(|error| (self.field.to_owned(), error.clone()));
        ErrorSummary { errors: errors.collect() }
    }
}

/// How old somebody is.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/age.html")]
pub struct AgePage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Where "Back" leads.
    pub back: String,
    /// The question.
    pub question: String,
    /// Whole years.
    pub years: TextInput,
    /// Months, for babies.
    pub months: TextInput,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// What it is about.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/topic.html")]
pub struct TopicPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Where "Back" leads.
    pub back: String,
    /// Who it is about, in a sentence.
    pub who: String,
    /// What was typed.
    pub words: String,
    /// Whether anything was looked for.
    pub is_searched: bool,
    /// The topics.
    pub topics: Vec<Choice>,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// One answer to look over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AnswerLine {
    /// The question.
    pub asked: String,
    /// The answer.
    pub said: String,
    /// Where it is changed; empty where it cannot be any more.
    pub change: String,
}

/// Looking over the answers.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/check.html")]
pub struct CheckPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Where "Back" leads.
    pub back: String,
    /// The answers in order.
    pub answers: Vec<AnswerLine>,
    /// The token of the form.
    pub csrf: CsrfToken,
}
