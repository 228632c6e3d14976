//! A person's appointments: those that they have, choosing a time, booking, changing, cancelling, waiting.

use askama::Template;

use crate::components::form::{CsrfToken, ErrorSummary};
use crate::layout::Layout;

/// A name with its value, as a row of a list.
pub type Row = (String, String);

/// One thing to do next: words, and where they lead, where they lead anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The words.
    pub words: String,
    /// The address; empty for none.
    pub href: String,
}

/// An appointment in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// What kind it is.
    pub title: String,
    /// What is known of it.
    pub rows: Vec<Row>,
    /// How it stands, where that is news: `Cancelled`.
    pub state: String,
    /// Its page; empty where it has none.
    pub href: String,
    /// What can be done with it.
    pub links: Vec<Next>,
}

/// The person's appointments.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/mine.html")]
pub struct MinePage {
    /// The frame.
    pub layout: Layout,
    /// Times that the waiting list offers.
    pub offers: Vec<Card>,
    /// Those to come.
    pub coming: Vec<Card>,
    /// Places on waiting lists.
    pub waiting: Vec<Card>,
    /// Those that are over.
    pub past: Vec<Card>,
}

/// A kind of appointment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// What it is called.
    pub name: String,
    /// How far ahead, or why not online.
    pub words: String,
    /// Where it can be booked; empty where it cannot be here.
    pub href: String,
    /// What to do instead.
    pub next: Vec<Next>,
}

/// Choosing a kind of appointment, with what is and is not offered online and why.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/kinds.html")]
pub struct KindsPage {
    /// The frame.
    pub layout: Layout,
    /// Those that can be booked here.
    pub online: Vec<Kind>,
    /// Those that cannot.
    pub others: Vec<Kind>,
}

/// A time that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// The slot.
    pub slot: String,
    /// The time: `9:10am`.
    pub words: String,
    /// With whom and how, in words; the same for a screen reader.
    pub with: String,
}

/// A day with its times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Day {
    /// `Tuesday 2 June 2026`.
    pub words: String,
    /// The times.
    pub times: Vec<Time>,
}

/// A choice of a filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The value.
    pub value: String,
    /// The words.
    pub words: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Choosing a time.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/times.html")]
pub struct TimesPage {
    /// The frame.
    pub layout: Layout,
    /// The address of this page without a query.
    pub here: String,
    /// The appointment that is to be moved; empty for none.
    pub instead: String,
    /// When that is now.
    pub instead_words: String,
    /// How to meet.
    pub modes: Vec<Choice>,
    /// With whom.
    pub clinicians: Vec<Choice>,
    /// Whether one of these is chosen.
    pub is_filtered: bool,
    /// First day, as FHIR writes it.
    pub from: String,
    /// The days that are shown, in words.
    pub span: String,
    /// The days.
    pub days: Vec<Day>,
    /// What to say where there is nothing: headline and why.
    pub none: Option<(String, String)>,
    /// What comes later, each in words.
    pub later: Vec<Next>,
    /// What to do instead.
    pub next: Vec<Next>,
    /// The page of earlier days.
    pub earlier_href: String,
    /// The page of later days.
    pub later_href: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Why somebody wants an appointment, asked while the time is kept for them.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/reason.html")]
pub struct ReasonPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form goes.
    pub action: String,
    /// Where one came from.
    pub back: String,
    /// Hidden values that go with the form.
    pub hidden: Vec<Row>,
    /// Until when the time is kept, in words; empty where none is.
    pub kept: String,
    /// What was typed.
    pub reason: String,
    /// Whether it must be answered.
    pub is_mandatory: bool,
    /// Longest answer.
    pub length_max: u16,
    /// What the button says.
    pub button: String,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Checking before booking.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/check.html")]
pub struct CheckPage {
    /// The frame.
    pub layout: Layout,
    /// Where one came from.
    pub back: String,
    /// What will be booked.
    pub rows: Vec<Row>,
    /// Until when the time is kept, in words.
    pub kept: String,
    /// Hidden values that go with the form.
    pub hidden: Vec<Row>,
    /// Where the form goes.
    pub action: String,
    /// Whether more time can be had.
    pub can_extend: bool,
    /// What the button says.
    pub button: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// One appointment; after booking, with that said first.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/one.html")]
pub struct OnePage {
    /// The frame.
    pub layout: Layout,
    /// What was just done; empty for nothing.
    pub done: String,
    /// Why nothing can be changed; empty where it can be.
    pub note: String,
    /// What is known of it.
    pub rows: Vec<Row>,
    /// What can be done.
    pub links: Vec<Next>,
    /// What happens next, in sentences.
    pub next: Vec<String>,
}

/// Cancelling.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/cancel.html")]
pub struct CancelPage {
    /// The frame.
    pub layout: Layout,
    /// The appointment's page.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// What will be cancelled.
    pub rows: Vec<Row>,
    /// What to know before.
    pub warning: String,
    /// The answers.
    pub reasons: Vec<Choice>,
    /// What is wrong.
    pub summary: ErrorSummary,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// Something cannot be had: why, and what to do instead.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/refused.html")]
pub struct RefusedPage {
    /// The frame.
    pub layout: Layout,
    /// Why.
    pub why: String,
    /// What to do next, best first.
    pub next: Vec<Next>,
}

/// Joining a waiting list.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/wait.html")]
pub struct WaitPage {
    /// The frame.
    pub layout: Layout,
    /// Where one came from.
    pub back: String,
    /// Where the form goes.
    pub action: String,
    /// The form's key.
    pub key: String,
    /// The kind of appointment.
    pub kind: String,
    /// Parts of the day.
    pub parts: Vec<Choice>,
    /// Days of the week.
    pub days: Vec<Choice>,
    /// How much notice they need.
    pub notice: Vec<Choice>,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// An offer of the waiting list.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/offer.html")]
pub struct OfferPage {
    /// The frame.
    pub layout: Layout,
    /// Where the form goes.
    pub action: String,
    /// What is offered.
    pub rows: Vec<Row>,
    /// Until when.
    pub until: String,
    /// The form's key.
    pub key: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}

/// A queue.
#[derive(Clone, Debug, Template)]
#[template(path = "booking/queue.html")]
pub struct QueuePage {
    /// The frame.
    pub layout: Layout,
    /// Where one stands.
    pub standing: String,
    /// More about it.
    pub words: Vec<String>,
    /// Seconds until the page looks again; 0 for never.
    pub again_seconds: u16,
    /// Whether one can join.
    pub can_join: bool,
    /// Whether one can leave.
    pub can_leave: bool,
    /// Where the form goes.
    pub action: String,
    /// Where one goes on; empty where it is not one's turn.
    pub go_on: String,
    /// How the lot can be checked.
    pub proof: String,
    /// The token of the form.
    pub csrf: CsrfToken,
}
