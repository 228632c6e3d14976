//! What extraction runs: a trie of element names with actions, one for each resource type.
//!
//! A node stands for an element. Walking the resource and the trie together visits each element that
//! any parameter looks at exactly once (again for each guard that a `where` puts on it) and jumps
//! over all others, whole subtrees at a time.

use fhir::Value;

use super::composite::Composite;
use super::condition::Condition;
use super::conversion::Conversion;
use crate::entry::{IndexEntry, ParameterId};
use crate::kind::Values;
use crate::kind::reference::Targets;

/// The trie of one resource type; the root is node 0.
#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) nodes: Vec<Node>,
    /// What [`Conversion::Composite`] names by its place.
    pub(crate) composites: Vec<Composite>,
}

/// An element and what is done there.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Members to go down to, ordered by [`name_order`].
    pub(crate) children: Vec<(&'static str, u32)>,
    /// The same element again, where a guard lets it pass.
    pub(crate) branches: Vec<(Guard, u32)>,
    /// Which values it yields.
    pub(crate) actions: Vec<(ParameterId, Conversion)>,
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
        for (parameter, conversion) in &node.actions {
            values.parameter = *parameter;
            match conversion {
                Conversion::Composite(at) => self.composites[*at].run(value, targets, values),
                conversion => conversion.run(value, targets, values),
            }
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
