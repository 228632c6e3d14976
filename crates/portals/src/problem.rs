//! Pages for what went wrong; each says what happened and what to do.

use crate::layout::{Area, Layout};
use askama::Template;

/// A page for a failed request.
#[derive(Clone, Debug, Template)]
#[template(path = "problem.html")]
pub struct ProblemPage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong.
    pub problem: Problem,
    /// The number under which the log tells more; empty for none.
    pub reference: String,
}

/// What can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// There is no such page, or no such record.
    NotFound,
    /// The record was there and was removed.
    Gone,
    /// The form is too old, or did not come from our own page.
    FormRefused,
    /// Nobody has signed in, or not lately.
    SessionOver,
    /// The page is another's: it is not part of their work, or not their record.
    NotYours,
    /// Someone else changed the same thing meanwhile.
    Conflict,
    /// The address or form cannot be understood.
    BadRequest,
    /// We failed.
    ServerError,
    /// We are starting up or too busy.
    Unavailable,
}

impl Problem {
    /// The HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Gone => 410,
            Self::FormRefused | Self::NotYours => 403,
            Self::SessionOver => 401,
            Self::Conflict => 409,
            Self::BadRequest => 400,
            Self::ServerError => 500,
            Self::Unavailable => 503,
        }
    }

    /// The heading and title.
    pub fn title(self) -> &'static str {
        match self {
            Self::NotFound => "Page not found",
            Self::Gone => "This entry was removed",
            Self::FormRefused => "This form cannot be used any more",
            Self::SessionOver => "You have been signed out",
            Self::NotYours => "You cannot see this page",
            Self::Conflict => "Someone else decided meanwhile",
            Self::BadRequest => "This address cannot be understood",
            Self::ServerError => "There is a problem with Careloom",
            Self::Unavailable => "Careloom is not ready",
        }
    }

    fn advice(self) -> &'static [&'static str] {
        match self {
            Self::NotFound => &[
                "If you typed the address, check that it is right.",
                "If you followed a link from another system, the record may not have been received yet: find the person below.",
            ],
            Self::Gone => &[
                "The system that sent it has taken it back. Earlier versions stay in its history.",
                "Go back to the record and read it afresh.",
            ],
            Self::FormRefused => &[
                "Nothing was changed. The page was open for too long, or the form came from elsewhere.",
                "Go back, load the page again and send the form once more.",
            ],
            Self::SessionOver => &[
                "Nothing was changed. A session ends after 30 minutes without use, and after 12 hours.",
                "Sign in again from the front page, and do it once more.",
            ],
            Self::NotYours => &[
                "You are signed in, but this page is not part of your work or not your own record.",
                "If you think that it should be, ask whoever runs Careloom in your organisation.",
            ],
            Self::Conflict => &[
                "Your answer was not used. Load the page again to see what was decided, and change it if it is wrong.",
            ],
            Self::BadRequest => {
                &["Nothing was changed. Go back and use the links and forms of the page."]
            }
            Self::ServerError => &[
                "Nothing that was received is lost. Try again in a minute.",
                "If it happens again, give the reference below to whoever runs Careloom, and use the source system's own record meanwhile.",
            ],
            Self::Unavailable => &[
                "It is starting up, or very busy. Messages are still being received. Try again in a minute.",
                "Use the source system's own record meanwhile.",
            ],
        }
    }
}
