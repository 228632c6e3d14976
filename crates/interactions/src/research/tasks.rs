//! The tasks whose success is measured.
//!
//! To add one: a row here, and the addresses of its steps in the pages' `research` routes.

/// A task that people come for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: &'static str,
    /// What it is, for who reads the measures.
    pub words: &'static str,
}

/// Every task, in the order in which they are shown.
pub const TASKS: [Task; 8] = [
    Task { id: "prove", words: "Prove who you are" },
    Task { id: "book", words: "Book an appointment" },
    Task { id: "cancel", words: "Cancel an appointment" },
    Task { id: "wait", words: "Join a waiting list" },
    Task { id: "111", words: "Get an answer from 111" },
    Task { id: "result", words: "Read a test result" },
    Task { id: "message", words: "Write to the GP surgery" },
    Task { id: "proxy", words: "Let somebody act for you, or end it" },
];

/// How far somebody came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The first page was opened.
    Started,
    /// It was done.
    Finished,
    /// A rule refused it, and the page said why.
    Refused,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 3] = [Step::Started, Step::Finished, Step::Refused];

    /// Its code in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Started => "started",
            Step::Finished => "finished",
            Step::Refused => "refused",
        }
    }
}
