//! One message: its bytes, its parts, the answer we gave, its history, and what it became.

use crate::clinician::lineage::{Field, Finding};
use crate::components::evidence::Evidence;
use crate::components::form::CsrfToken;
use crate::components::moment::Moment;
use crate::components::tag::Tag;
use crate::console::feed::ItemState;
use crate::layout::Layout;
use askama::Template;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "console/item.html")]
pub struct ItemPage {
    /// The frame.
    pub layout: Layout,
    /// The token of the form that sends it through again; none where there is nothing to try.
    pub retry: Option<CsrfToken>,
    /// Its number in the ledger.
    pub number: String,
    /// What it is, as `ADT^A01, control id 0042`.
    pub what: String,
    /// The feed by name.
    pub feed: String,
    /// The page of the feed.
    pub feed_href: String,
    /// When its bytes were stored.
    pub received: Moment,
    /// Its size in words.
    pub size: String,
    /// What became of it.
    pub state: ItemState,
    /// Why it is set aside or filtered, and what to do; empty otherwise.
    pub reason: String,
    /// Each step, oldest first.
    pub steps: Vec<Step>,
    /// What parsing and mapping found.
    pub findings: Vec<Finding>,
    /// The bytes.
    pub evidence: Evidence,
    /// The parts: segments with their fields, or rows with their columns.
    pub parts: Vec<Part>,
    /// The answer that was sent; `None` where the protocol has none or none was sent.
    pub acknowledgement: Option<Acknowledgement>,
    /// The resources that it wrote.
    pub resources: Vec<WrittenResource>,
}

/// One step in a message's history.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happened, as `Received`, `Mapped`.
    pub name: String,
    /// When.
    pub at: Moment,
    /// More about it; may be empty.
    pub detail: String,
}

/// One segment, row or object.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its name in words, as `PID, patient identification`.
    pub name: String,
    /// Its fields that hold something.
    pub fields: Vec<Field>,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Acknowledgement {
    /// What it said, as `AA, accepted`.
    pub words: Tag,
    /// When it was sent.
    pub at: Option<Moment>,
    /// Its bytes.
    pub evidence: Evidence,
}

/// A resource that the message wrote.
#[derive(Clone, Debug)]
pub struct WrittenResource {
    /// As `Encounter/123`.
    pub name: String,
    /// Its address.
    pub href: String,
    /// What was done, as `Created`, `Updated to version 3`.
    pub change: String,
}
