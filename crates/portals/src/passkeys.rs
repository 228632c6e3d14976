//! Pages of passkeys: signing in with one, and those of an account.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary, TextInput};
use crate::layout::Layout;

/// Signing in with a passkey.
#[derive(Clone, Debug, Template)]
#[template(path = "passkeys/sign_in.html")]
pub struct PasskeySignInPage {
    /// The frame.
    pub layout: Layout,
    /// What the browser is asked, as JSON.
    pub options: String,
    /// Where browsers keep passkeys for these pages.
    pub origin: String,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// Where to go on to.
    pub to: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// A passkey of the account.
#[derive(Clone, Debug)]
pub struct PasskeyLine {
    /// Its id.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// When it was made.
    pub made: String,
    /// When somebody last signed in with it.
    pub used: Option<String>,
    /// Whether its maker may copy it to other devices.
    pub may_be_copied: bool,
}

/// The passkeys of the account.
#[derive(Clone, Debug, Template)]
#[template(path = "passkeys/mine.html")]
pub struct MyPasskeysPage {
    /// The frame.
    pub layout: Layout,
    /// They.
    pub passkeys: Vec<PasskeyLine>,
    /// What the browser is asked to make another, as JSON; none where it cannot be.
    pub options: Option<String>,
    /// Where browsers keep passkeys for these pages; none where they cannot.
    pub origin: Option<String>,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// What the new one is called.
    pub name: TextInput,
    /// What was just done, in words; empty for nothing.
    pub done: &'static str,
    /// The token of the forms.
    pub csrf: CsrfToken,
}
