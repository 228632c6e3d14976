//! A practice's book: a day, a slot explained, booking at the desk, sessions from templates.

use askama::Template;

use super::mine::{Choice, Next, Row};
use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::layout::Layout;

/// A slot of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SlotLine {
    /// The time.
    pub time: String,
    /// How it stands: `Free`, `Booked`.
    pub state: String,
    /// The tag's colour.
    pub colour: &'static str,
    /// Who is booked; empty for nobody.
    pub who: String,
    /// Why they come.
    pub reason: String,
    /// Its page, with who can see it and why not.
    pub href: String,
    /// Where somebody is booked into it; empty where nobody can be.
    pub book_href: String,
    /// The appointment, where it can be cancelled here, and its Patient.
    pub cancel: Option<(String, String)>,
    /// What else is to be known.
    pub notes: String,
}

/// A session of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionBlock {
    /// What it is called.
    pub name: String,
    /// Kind, clinician, place.
    pub about: String,
    /// How many are free, of how many.
    pub free: String,
    /// Its slots.
    pub slots: Vec<SlotLine>,
}

/// A day.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/day.html")]
pub struct DayPage {
    /// The frame.
    pub layout: Layout,
    /// The day as FHIR writes it.
    pub day: String,
    /// The day before.
    pub before_href: String,
    /// The day after.
    pub after_href: String,
    /// Its sessions.
    pub sessions: Vec<SessionBlock>,
    /// Whether one can go on to the sessions.
    pub has_sessions: bool,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// One rule with its outcome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleLine {
    /// The outcome in a word.
    pub outcome: &'static str,
    /// The tag's colour.
    pub colour: &'static str,
    /// What was found.
    pub words: String,
    /// What to change.
    pub mend: String,
}

/// What is decided for one asker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskerBlock {
    /// Who.
    pub who: String,
    /// In one sentence.
    pub headline: String,
    /// What the person reads.
    pub told: String,
    /// The rules.
    pub rules: Vec<RuleLine>,
    /// Whether it is open at first.
    pub is_open: bool,
}

/// A slot, explained.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/explain.html")]
pub struct ExplainPage {
    /// The frame.
    pub layout: Layout,
    /// The day that it is of.
    pub back: String,
    /// What is known of it.
    pub rows: Vec<Row>,
    /// Each asker.
    pub askers: Vec<AskerBlock>,
    /// The NHS number of somebody to look for.
    pub person: TextInput,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// Where the form goes.
    pub action: String,
}

/// Booking at the desk.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/desk.html")]
pub struct DeskPage {
    /// The frame.
    pub layout: Layout,
    /// The day that one came from.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// What will be booked.
    pub rows: Vec<Row>,
    /// The NHS number.
    pub person: TextInput,
    /// The reason.
    pub reason: TextInput,
    /// The form's key.
    pub key: String,
    /// What stands in the way, with what to do.
    pub refused: Vec<String>,
    /// Whether staff can book against their own rules.
    pub can_insist: bool,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// A template in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateLine {
    /// Its name.
    pub name: String,
    /// What it means, in words.
    pub words: String,
    /// Its key and its kind of appointment.
    pub key: (String, String),
}

/// The templates of a practice, and a form for one more.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/sessions.html")]
pub struct SessionsPage {
    /// The frame.
    pub layout: Layout,
    /// Those there are.
    pub templates: Vec<TemplateLine>,
    /// The kinds of appointment.
    pub kinds: Vec<Choice>,
    /// The ways to meet.
    pub modes: Vec<Choice>,
    /// The days of the week.
    pub days: Vec<Choice>,
    /// Texts to be typed.
    pub inputs: Vec<TextInput>,
    /// First and last day to plan.
    pub span: (String, String),
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// What carrying out the templates would change, or has changed.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/plan.html")]
pub struct PlanPage {
    /// The frame.
    pub layout: Layout,
    /// What was done; empty before.
    pub done: String,
    /// How much of what.
    pub counts: Vec<Row>,
    /// What to know: bank holidays, clocks, people in two places.
    pub notes: Vec<String>,
    /// What stays although the templates say otherwise.
    pub left: Vec<String>,
    /// New sessions, each in words.
    pub sessions: Vec<String>,
    /// First and last day.
    pub span: (String, String),
    /// Stands for this plan.
    pub mark: String,
    /// Whether there is anything to do.
    pub is_empty: bool,
    /// Where else to go.
    pub links: Vec<Next>,
    /// The token of the form.
    pub csrf: CsrfToken,
}
