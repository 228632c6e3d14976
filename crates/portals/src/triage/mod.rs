//! 111 online: one question a page, the outcome with what to do, and the sets for who answers for them.
//!
//! Every page carries a [`Mark`]: nothing here is clinically assured. Words are for everybody (reading age 9
//! to 11); the questions' own words are the sets'. Spec: NHS service manual, "Question pages", "Care cards";
//! `docs/triage.md`. To add a page: its view model here, its template, its fixture.

pub mod about;
pub mod ask;
pub mod outcome;
pub mod words;

/// What stands on every page of 111: that the questions are not clinically assured, and which they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// Id, title and version of the set, once one is chosen.
    pub set: Option<(String, String, String)>,
    /// Whether somebody answers clinically for it.
    pub is_signed_off: bool,
}
