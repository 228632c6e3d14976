//! Form fields and the error summary, in the pattern of the NHS service manual.
//!
//! A field knows its id, so the summary's link, the label and `aria-describedby` cannot disagree.

use askama::Template;

/// One line of text to be typed.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/text_input.html")]
pub struct TextInput {
    /// Both the id and the name.
    pub id: &'static str,
    /// The label.
    pub label: &'static str,
    /// Help under the label; empty for none.
    pub hint: &'static str,
    /// What was typed, given back as it came.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// A width class of nhsuk-frontend: the characters that usually fit.
    pub width: u8,
    /// Whether a phone should offer digits.
    pub numeric: bool,
}

/// Text of several lines, with how much of it can be typed.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/text_area.html")]
pub struct TextArea {
    /// Both the id and the name.
    pub id: &'static str,
    /// The label.
    pub label: &'static str,
    /// Help under the label; empty for none.
    pub hint: &'static str,
    /// What was typed, given back as it came.
    pub value: String,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Lines that are shown.
    pub rows: u8,
    /// Characters at the most.
    pub most: usize,
}

/// A date in three boxes.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/date_input.html")]
pub struct DateInput {
    /// The id of the group; the boxes are `{id}-day`, `{id}-month` and `{id}-year`.
    pub id: &'static str,
    /// The legend.
    pub legend: &'static str,
    /// Help under the legend; empty for none.
    pub hint: &'static str,
    /// What was typed as the day.
    pub day: String,
    /// What was typed as the month: a number or a name.
    pub month: String,
    /// What was typed as the year.
    pub year: String,
    /// What is wrong with it.
    pub error: Option<String>,
}

/// The list of what is wrong, at the top of a page.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "components/error_summary.html")]
pub struct ErrorSummary {
    /// The id of the field to go to, and the same words as stand beside that field.
    pub errors: Vec<(String, String)>,
}

impl ErrorSummary {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }
}

/// The hidden field that proves that a form came from our own page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsrfToken(pub String);
