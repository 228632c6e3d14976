//! What extraction runs: a trie of element names with actions, one for each resource type.
//!
//! A node stands for an element. Walking the resource and the trie together visits each element that
//! any parameter looks at exactly once (again for each guard that a `where` puts on it) and jumps
//! over all others, whole subtrees at a time.

use fhir::Value;

use super::composite::Group;
use super::condition::Condition;
use super::conversion::Conversion;
use crate::entry::{IndexEntry, ParameterId};
use crate::kind::Values;
use crate::kind::reference::Targets;

/// The trie of one resource type; the root is node 0.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) nodes: Vec<Node>,
    /// Composites by the element that they are of; a node names its group by place.
    pub(crate) groups: Vec<Group>,
    /// The parameter of the URL that the resource itself is known by.
    pub(crate) url: Option<ParameterId>,
}

/// An element and what is done there.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Members to go down to, ordered by [`name_order`].
    pub(crate) children: Vec<(&'static str, u32)>,
    /// The same element again, where a guard lets it pass.
    pub(crate) branches: Vec<(Guard, u32)>,
    /// Which values it yields.
    pub(crate) actions: Vec<Action>,
    /// The composites of the element.
    pub(crate) group: Option<u32>,
}

/// How a parameter's values come from an element.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) parameter: ParameterId,
    pub(crate) conversion: Conversion,
    /// Whether the action before this one makes the same values, for another parameter.
    pub(crate) repeats: bool,
}

/// What an element must be for a branch to be taken.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Guard {
    /// The item at this place in its list.
    Index(usize),
    /// One for which the condition holds.
    Holds(Condition),
}

/// The order of children: by length first, which tells most names apart at once.
pub(crate) fn name_order(a: &str, b: &str) -> std::cmp::Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

impl Program {
    /// A program that yields nothing.
    pub(crate) fn empty() -> Program {
        Program { nodes: vec![Node::default()], groups: Vec::new(), url: None }
    }

    /// Puts actions that make the same values side by side, so that they are made once.
    pub(crate) fn finish(mut self) -> Program {
        for node in &mut self.nodes {
            let mut rest = std::mem::take(&mut node.actions);
            while !rest.is_empty() {
                let first = rest.remove(0);
                let (same, other): (Vec<_>, Vec<_>) =
                    rest.into_iter().partition(|action| action.conversion == first.conversion);
                rest = other;
                node.actions.push(first);
                node.actions.extend(same.into_iter().map(|same| Action { repeats: true, ..same }));
            }
        }
        self
    }

    /// Appends all values of a resource; `plain` leaves out what only modifiers look at.
    pub(crate) fn run(
        &self,
        resource: Value<'_>,
        targets: &Targets<'_>,
        plain: bool,
        entries: &mut Vec<IndexEntry>,
    ) {
        let mut values = Values { parameter: ParameterId(0), plain, entries };
        self.visit(0, resource, 0, targets, &mut values);
    }

    /// Recursion is as deep as the longest expression, not as the resource.
    fn visit(
        &self,
        node: u32,
        value: Value<'_>,
        index: usize,
        targets: &Targets<'_>,
        values: &mut Values<'_>,
    ) {
        let node = &self.nodes[node as usize];
        let mut made = 0..0;
        for action in &node.actions {
            let start = values.entries.len();
            if action.repeats {
                for at in made.clone() {
                    let value = values.entries[at].value.clone();
                    values.entries.push(IndexEntry { parameter: action.parameter, value });
                }
            } else {
                values.parameter = action.parameter;
                action.conversion.run(value, targets, values);
                made = start..values.entries.len();
            }
        }
        if let Some(group) = node.group {
            self.groups[group as usize].run(value, targets, values);
        }
        for (guard, branch) in &node.branches {
            let passes = match guard {
                Guard::Index(place) => *place == index,
                Guard::Holds(condition) => condition.holds(value) == Some(true),
            };
            if passes {
                self.visit(*branch, value, index, targets, values);
            }
        }
        if node.children.is_empty() {
            return;
        }
        for member in value.members() {
            let name = member.name();
            let found = node.children.binary_search_by(|(child, _)| name_order(child, name));
            if let Ok(at) = found {
                let child = node.children[at].1;
                for (index, item) in member.items().enumerate() {
                    self.visit(child, item, index, targets, values);
                }
            }
        }
    }
}
