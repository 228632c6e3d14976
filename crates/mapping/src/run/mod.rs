//! Walks compiled rules over one item. `eval` reads values, `exec` fills resources, `scope` finds
//! segments in groups.

mod build;
mod eval;
mod exec;
mod item;
mod outcome;
mod scope;

use std::collections::HashMap;

use fhir::{Issue, IssueCode, ResourceId, ResourceType, Severity};

pub(crate) use build::push_number;
pub(crate) use item::{Item, Out};

use crate::contribution::{Contribution, SourceField};
use crate::language::program::{Program, Step};
use crate::profile::FeedProfile;
use crate::source::{Node, Source};
use scope::Group;

/// The most steps that one item may take.
const STEPS_MAX: u32 = 500_000;
/// The most resources that one item may make.
const RESOURCES_MAX: usize = 5_000;
/// The most things to say about one item.
const ISSUES_MAX: usize = 200;
/// How deep resources may make one another.
const MAKE_DEPTH_MAX: u32 = 8;

/// A resource that was made, for references to it.
#[derive(Clone)]
pub(crate) struct Made {
    resource: u16,
    group: u32,
    resource_type: ResourceType,
    id: ResourceId,
    display: Option<String>,
    node: Option<Node>,
}

pub(crate) struct Run<'m> {
    program: &'m Program,
    profile: &'m FeedProfile,
    source: &'m Source<'m>,
    variables: Vec<Option<Item<'m>>>,
    cursor: Option<Node>,
    groups: Vec<Group>,
    group: u32,
    made: Vec<Made>,
    /// Resources that depend on their field alone: which, its bytes, and the index in `made`.
    local: Vec<(u16, Node, usize)>,
    steps: u32,
    /// How often each text went through `occurrence`.
    occurrences: HashMap<String, u32>,
    depth: u32,
    /// Above 0 while a condition is tested: what fails then is no issue.
    quiet: u32,
    stopped: bool,
    /// Set where only the subjects and the time are wanted: no resource is made.
    heading: bool,
    /// One bit a byte of the item: set where some rule read.
    read: Vec<u64>,
    pub(crate) contributions: Vec<Contribution>,
    pub(crate) issues: Vec<Issue>,
}

impl<'m> Run<'m> {
    pub(crate) fn new(
        program: &'m Program,
        profile: &'m FeedProfile,
        source: &'m Source<'m>,
    ) -> Run<'m> {
        let segments = match source {
            Source::Message(message) => message.segments().len().min(usize::from(u16::MAX)) as u16,
            Source::Row(_) => 0,
        };
        Run {
            program,
            profile,
            source,
            variables: vec![None; program.variables.len()],
            cursor: None,
            groups: vec![Group::root(segments)],
            group: 0,
            made: Vec::with_capacity(16),
            local: Vec::new(),
            steps: 0,
            occurrences: HashMap::new(),
            depth: 0,
            quiet: 0,
            stopped: false,
            heading: false,
            read: vec![0; source.bytes().len() / 64 + 1],
            contributions: Vec::with_capacity(16),
            issues: Vec::new(),
        }
    }

    pub(crate) fn give(&mut self, name: &str, item: Item<'m>) {
        if let Some(at) = self.program.variables.iter().position(|variable| variable == name) {
            self.variables[at] = Some(item);
        }
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&Item<'m>> {
        let at = self.program.variables.iter().position(|variable| variable == name)?;
        self.variables[at].as_ref()
    }

    /// Makes no resources from here on.
    pub(crate) fn only_heading(&mut self) {
        self.heading = true;
    }

    /// Runs a message's or a sheet's section.
    pub(crate) fn section(&mut self, steps: &'m [Step]) {
        let mut build = build::Build::new();
        self.exec(steps, &mut fhir::Element::object(), &mut build);
    }

    pub(crate) fn mark_read(&mut self, node: Node) {
        let (mut at, end) = (node.start as usize, node.end as usize);
        while at < end {
            let bits = (64 - at % 64).min(end - at);
            let mask = if bits == 64 { u64::MAX } else { ((1 << bits) - 1) << (at % 64) };
            if let Some(word) = self.read.get_mut(at / 64) {
                *word |= mask;
            }
            at += bits;
        }
    }

    /// Of `fields`, those that no rule read.
    pub(crate) fn unread(&self, fields: impl Iterator<Item = Node>) -> Vec<SourceField> {
        let is_read = |byte: u32| {
            let word = self.read.get(byte as usize / 64).copied().unwrap_or(0);
            word & (1 << (byte % 64)) != 0
        };
        let unread = fields.filter(|node| node.end > node.start && !is_read(node.start));
        let field = |node: Node| SourceField {
            locator: self.source.locator(node),
            start: node.start,
            end: node.end,
        };
        unread.map(field).collect()
    }

    fn say(&mut self, severity: Severity, code: IssueCode, place: Option<Node>, message: String) {
        if self.quiet > 0 || self.issues.len() >= ISSUES_MAX {
            return;
        }
        let expression = place.map(|node| self.source.locator(node));
        self.issues.push(Issue { severity, code, message, expression });
    }

    /// Counts a step; false where the item must stop.
    fn step(&mut self) -> bool {
        self.steps += 1;
        if self.steps == STEPS_MAX {
            let message = "the item takes too many steps to map: split it at the source".to_owned();
            self.say(Severity::Error, IssueCode::TooCostly, None, message);
        }
        self.stopped |= self.steps >= STEPS_MAX;
        !self.stopped
    }
}
