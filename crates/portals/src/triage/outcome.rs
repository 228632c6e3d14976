//! Pages that answer: the outcome with places near by, arranging care, what was arranged, and "call 111".

use askama::Template;

use super::Mark;
use super::ask::AnswerLine;
use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::layout::Layout;

/// How urgent a care card looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Blue.
    NonUrgent,
    /// Red.
    Urgent,
    /// Red and black.
    Emergency,
}

impl Urgency {
    /// The end of the card's class.
    pub fn class(self) -> &'static str {
        match self {
            Urgency::NonUrgent => "non-urgent",
            Urgency::Urgent => "urgent",
            Urgency::Emergency => "emergency",
        }
    }

    /// What is said before the heading to who does not see the colour.
    pub fn words(self) -> &'static str {
        match self {
            Urgency::NonUrgent => "Non-urgent advice: ",
            Urgency::Urgent => "Urgent advice: ",
            Urgency::Emergency => "Immediate action required: ",
        }
    }
}

/// The outcome in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// How urgent.
    pub urgency: Urgency,
    /// What to do, and when.
    pub heading: String,
    /// The same in a sentence.
    pub told: String,
    /// Why.
    pub why: String,
    /// What to do now.
    pub now: Vec<String>,
    /// When to get help sooner.
    pub worse: Vec<String>,
    /// Whether it is 999.
    pub is_emergency: bool,
}

/// A service near by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceLine {
    /// Its name.
    pub name: String,
    /// What kind of service it is.
    pub kind: String,
    /// Its address; empty where one calls it.
    pub address: String,
    /// How far it is; empty where that is not known.
    pub distance: String,
    /// When it is open.
    pub opening: String,
    /// Its telephone number; empty for none.
    pub phone: String,
    /// Where care is arranged with it, and the words of the button.
    pub arrange: Option<(String, String)>,
}

/// A service that is not listed, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOutLine {
    /// Its name.
    pub name: String,
    /// What kind of service it is.
    pub kind: String,
    /// Why, in sentences.
    pub why: String,
}

/// What the page says of services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServicesPart {
    /// Whether there is a list at all.
    pub is_shown: bool,
    /// The services in their order.
    pub offered: Vec<ServiceLine>,
    /// Others, with why.
    pub left_out: Vec<LeftOutLine>,
    /// Whether it is known where the person is.
    pub is_place_known: bool,
    /// Whether they could not be looked up.
    pub is_failed: bool,
}

/// What signing in would add.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joining {
    /// Nothing: it is in the record already, or it cannot be.
    No,
    /// Nobody has signed in: they could, and book from here.
    SignIn,
    /// Who has signed in could make it theirs.
    Claim,
}

/// The outcome.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/outcome.html")]
pub struct OutcomePage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// The outcome.
    pub advice: Advice,
    /// Who it is about, in a sentence; empty for whoever reads it.
    pub who: String,
    /// Services.
    pub services: ServicesPart,
    /// Where the person is.
    pub postcode: TextInput,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// What was arranged, in a sentence; empty for nothing.
    pub arranged: String,
    /// What signing in would add.
    pub joining: Joining,
    /// Whether it is in the record.
    pub is_in_record: bool,
    /// The answers.
    pub answers: Vec<AnswerLine>,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// Asking a service.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/arrange.html")]
pub struct ArrangePage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// What it is: the heading.
    pub heading: String,
    /// What happens then, in sentences.
    pub then: Vec<String>,
    /// Where the form goes.
    pub action: String,
    /// The number to be called on.
    pub phone: TextInput,
    /// The button.
    pub button: String,
    /// What is sent.
    pub answers: Vec<AnswerLine>,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// What was arranged.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/arranged.html")]
pub struct ArrangedPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// The panel's heading.
    pub heading: String,
    /// The panel's words.
    pub body: String,
    /// What happens next, in sentences.
    pub next: Vec<String>,
    /// How far it is; empty where that is not known.
    pub progress: String,
    /// When to get help sooner.
    pub worse: Vec<String>,
    /// Whether it can be taken back here.
    pub may_cancel: bool,
    /// Whether it is an appointment, which is among the others.
    pub is_appointment: bool,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Choosing a time.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/times.html")]
pub struct TimesPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// The service.
    pub name: String,
    /// Where the form goes.
    pub action: String,
    /// Days with their times: what is sent, and the words.
    pub days: Vec<(String, Vec<(String, String)>)>,
    /// What to do where there is none.
    pub otherwise: Vec<String>,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Nothing can be told but "call 111, or 999 in an emergency".
#[derive(Clone, Debug, Template)]
#[template(path = "triage/call.html")]
pub struct CallPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// Whether a danger sign was just told.
    pub is_danger: bool,
    /// What happened, in a sentence.
    pub words: String,
}

/// A journey of the record, as it was told then.
#[derive(Clone, Debug, Template)]
#[template(path = "triage/replay.html")]
pub struct ReplayPage {
    /// The frame.
    pub layout: Layout,
    /// What the page is marked with.
    pub mark: Mark,
    /// When.
    pub when: String,
    /// The outcome.
    pub advice: Advice,
    /// Whether what is worked out from the answers today is what was told then.
    pub is_as_told: bool,
    /// Whether the questions are others now.
    pub is_changed: bool,
    /// The answers.
    pub answers: Vec<AnswerLine>,
}
