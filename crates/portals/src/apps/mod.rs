//! Pages about apps: letting one in, saying whose record it is about, opening one, stopping one.
//! Content: NHS service manual, "one thing a page"; what an app asks for is said in plain words
//! ([`words`]), never as a scope.

pub mod words;

use askama::Template;

use crate::clinician::find::{FindForm, Outcome};
use crate::components::form::CsrfToken;
use crate::components::moment::Moment;
use crate::layout::Layout;
use words::Shared;

/// Whether an app is let in.
#[derive(Clone, Debug, Template)]
#[template(path = "apps/consent.html")]
pub struct ConsentPage {
    /// The frame.
    pub layout: Layout,
    /// What the app is called.
    pub client: String,
    /// The site that the answer goes to.
    pub site: String,
    /// Whose record it is about, where it is not the reader's own.
    pub patient: Option<String>,
    /// What it would see and do.
    pub shared: Shared,
    /// Where the form goes.
    pub action: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Whose record it is about.
#[derive(Clone, Debug, Template)]
#[template(path = "apps/choose.html")]
pub struct ChoosePage {
    /// The frame.
    pub layout: Layout,
    /// What the app is called.
    pub client: String,
    /// What was typed.
    pub form: FindForm,
    /// Who was found; `href` is the id to choose.
    pub outcome: Outcome,
    /// Where the forms go.
    pub action: String,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// A request of an app that cannot be answered.
#[derive(Clone, Debug, Template)]
#[template(path = "apps/stopped.html")]
pub struct StoppedPage {
    /// The frame.
    pub layout: Layout,
    /// What is wrong, for who writes the app.
    pub reason: String,
}

/// An app that a person has let in.
#[derive(Clone, Debug)]
pub struct GrantedLine {
    /// Names it in the form.
    pub key: String,
    /// What it is called.
    pub client: String,
    /// What it can see and do.
    pub shared: Shared,
    /// Since when.
    pub begun: Moment,
    /// Until when.
    pub ends: Moment,
}

/// The apps that a person has let in.
#[derive(Clone, Debug, Template)]
#[template(path = "apps/mine.html")]
pub struct MyAppsPage {
    /// The frame.
    pub layout: Layout,
    /// The apps.
    pub apps: Vec<GrantedLine>,
    /// The token of the forms.
    pub csrf: CsrfToken,
}

/// The apps that can be opened from a record.
#[derive(Clone, Debug, Template)]
#[template(path = "apps/launch.html")]
pub struct LaunchPage {
    /// The frame.
    pub layout: Layout,
    /// Whose record it is.
    pub name: String,
    /// The address of the record.
    pub record: String,
    /// Id and name of each app.
    pub apps: Vec<(String, String)>,
    /// The token of the forms.
    pub csrf: CsrfToken,
}
