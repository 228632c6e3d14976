//! Pages of signing in: one question a page.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::layout::Layout;

/// Which step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Name and password.
    Password,
    /// The code of a device.
    Code,
    /// What their practice gave them.
    Proof,
    /// Signing out.
    Out,
}

impl Step {
    /// The page's title.
    pub fn title(self) -> &'static str {
        match self {
            Step::Password => "Sign in",
            Step::Code => "Enter your security code",
            Step::Proof => "Prove who you are",
            Step::Out => "Sign out",
        }
    }

    /// The id of the first field.
    pub fn first_field(self) -> &'static str {
        match self {
            Step::Password | Step::Out => "name",
            Step::Code => "code",
            Step::Proof => "key",
        }
    }

    /// What is said where something is wrong; nothing tells which part of it.
    pub fn wrong(self) -> &'static str {
        match self {
            Step::Password | Step::Out => {
                "Check your email address or user name, and your password"
            }
            Step::Code => "Check the code. Each code works once and for about a minute",
            Step::Proof => "Check the linkage key in the letter from your GP surgery",
        }
    }

    /// Where its form goes.
    pub fn action(self) -> &'static str {
        match self {
            Step::Password => "/sign-in",
            Step::Code => "/sign-in/code",
            Step::Proof => "/sign-in/proof",
            Step::Out => "/sign-out",
        }
    }
}

/// The page of one step.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct StepPage {
    /// The frame.
    pub layout: Layout,
    /// Which step.
    pub step: Step,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The account's name.
    pub name: TextInput,
    /// The code.
    pub code: TextInput,
    /// The linkage key.
    pub key: TextInput,
    /// Where to go on to.
    pub to: String,
    /// The token of the form.
    pub csrf: CsrfToken,
    /// What may be typed in a demonstration, each with what it is; none elsewhere.
    pub hints: Vec<(String, String)>,
    /// Whether browsers keep passkeys for these pages.
    pub has_passkeys: bool,
    /// What a provider elsewhere is called, by which people may sign in as well.
    pub outside: Option<String>,
}
