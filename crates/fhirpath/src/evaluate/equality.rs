//! `=` and `~`: when two items or collections are the same.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#equality>. Equality may have no answer (partial dates,
//! units that do not compare); equivalence always has one. To add a type, add it to `systems_equal`
//! and `systems_equivalent`.

use std::collections::HashSet;

use definitions::Definitions;
use fhir::Kind;
use rust_decimal::Decimal;

use super::Flow;
use crate::item::{Item, Node};
use crate::number;
use crate::quantity::Quantity;
use crate::system::System;
use crate::tree;

/// Equality of collections: item by item, in order.
pub(crate) fn are_equal(a: &[Item<'_>], b: &[Item<'_>], definitions: &Definitions) -> Option<bool> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    if a.len() != b.len() {
        return Some(false);
    }
    all(a.iter().zip(b).map(|(a, b)| is_equal(a, b, definitions)))
}

/// `false` where one is, else unknown where one is.
fn all(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            None => whole = None,
            Some(true) => {}
        }
    }
    whole
}

/// Equality of items.
pub(crate) fn is_equal(a: &Item<'_>, b: &Item<'_>, definitions: &Definitions) -> Option<bool> {
    if let (Item::Node(a), Item::Node(b)) = (a, b) {
        if a.is_same(b) {
            return Some(true);
        }
        if a.type_id().is_some()
            && b.type_id().is_some()
            && nodes_equal(a, b, definitions) == Some(true)
        {
            return Some(true);
        }
    }
    match (a.system(), b.system()) {
        (Some(a), Some(b)) => systems_equal(&a, &b),
        (None, None) => match (a, b) {
            (Item::Node(a), Item::Node(b)) => nodes_equal(a, b, definitions),
            (Item::Unread(_), Item::Unread(_)) => None,
            _ => Some(false),
        },
        _ => Some(false),
    }
}

fn systems_equal(a: &System<'_>, b: &System<'_>) -> Option<bool> {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return Some(a.to_decimal() == b.to_decimal());
    }
    match (a, b) {
        (System::Boolean(a), System::Boolean(b)) => Some(a == b),
        (System::String(a), System::String(b)) => Some(a == b),
        (System::Date(a), System::Date(b)) => {
            a.to_date_time().compare(b.to_date_time()).map(std::cmp::Ordering::is_eq)
        }
        (System::Date(a), System::DateTime(b)) | (System::DateTime(b), System::Date(a)) => {
            a.to_date_time().compare(*b).map(std::cmp::Ordering::is_eq)
        }
        (System::DateTime(a), System::DateTime(b)) => a.compare(*b).map(std::cmp::Ordering::is_eq),
        (System::Time(a), System::Time(b)) => a.compare(*b).map(std::cmp::Ordering::is_eq),
        (System::Quantity(a), System::Quantity(b)) => a.compare(b).map(std::cmp::Ordering::is_eq),
        (System::Quantity(a), b) | (b, System::Quantity(a)) => match b.as_number() {
            Some(b) => a.compare(&Quantity::plain(b.to_decimal())).map(std::cmp::Ordering::is_eq),
            None => Some(false),
        },
        (System::Type(a), System::Type(b)) => Some(a == b),
        _ => Some(false),
    }
}

fn children<'t>(node: &Node<'t>, definitions: &Definitions) -> Vec<(&'t str, Item<'t>)> {
    let mut all = Vec::new();
    let walked = tree::all(node, definitions, &mut |item| {
        if let Item::Node(child) = &item {
            // An item of an array has no name of its own; its order among its kin stands for it.
            let name = child.anchor().map_or("", fhir::Value::name).trim_start_matches('_');
            all.push((name, item));
        }
        Ok(Flow::More)
    });
    debug_assert!(walked.is_ok(), "walking children cannot fail");
    all
}

fn nodes_equal(a: &Node<'_>, b: &Node<'_>, definitions: &Definitions) -> Option<bool> {
    let kinds = |node: &Node<'_>| node.value().map(fhir::Value::kind);
    if kinds(a) != kinds(b) || (a.type_id().is_some() && a.type_id() != b.type_id()) {
        return Some(false);
    }
    let is_scalar = kinds(a).is_some_and(|kind| kind != Kind::Object);
    let (a_children, mut b_children) = (children(a, definitions), children(b, definitions));
    if a_children.len() != b_children.len() {
        return Some(false);
    }
    if is_scalar && a_children.is_empty() {
        return Some(
            a.value().and_then(fhir::Value::as_text) == b.value().and_then(fhir::Value::as_text),
        );
    }
    all(a_children.iter().map(|(name, child)| {
        // The first of the name: items of one element keep their order.
        let at = b_children.iter().position(|(other, of)| other == name && same_type(child, of));
        at.map_or(Some(false), |at| {
            let (_, other) = b_children.remove(at);
            is_equal(child, &other, definitions)
        })
    }))
}

fn same_type(a: &Item<'_>, b: &Item<'_>) -> bool {
    a.type_name() == b.type_name()
}

/// Equivalence of collections: each item has its own partner, in any order.
pub(super) fn are_equivalent(a: &[Item<'_>], b: &[Item<'_>], definitions: &Definitions) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut rest: Vec<&Item<'_>> = b.iter().collect();
    a.iter().all(|item| {
        let at = rest.iter().position(|other| is_equivalent(item, other, definitions));
        at.is_some_and(|at| {
            rest.swap_remove(at);
            true
        })
    })
}

fn is_equivalent(a: &Item<'_>, b: &Item<'_>, definitions: &Definitions) -> bool {
    match (a.system(), b.system()) {
        (Some(a), Some(b)) => systems_equivalent(&a, &b),
        (None, None) => match (a, b) {
            (Item::Node(a), Item::Node(b)) => nodes_equivalent(a, b, definitions),
            _ => false,
        },
        _ => false,
    }
}

fn systems_equivalent(a: &System<'_>, b: &System<'_>) -> bool {
    if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
        return number::is_equivalent(a.to_decimal(), b.to_decimal());
    }
    match (a, b) {
        (System::String(a), System::String(b)) => folded(a) == folded(b),
        (System::Quantity(a), System::Quantity(b)) => a.is_equivalent(b),
        (System::Quantity(a), b) | (b, System::Quantity(a)) => {
            b.as_number().is_some_and(|b| a.is_equivalent(&Quantity::plain(b.to_decimal())))
        }
        _ => systems_equal(a, b) == Some(true),
    }
}

/// Without regard to case, white space of any kind and length being one space.
fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.chars().flat_map(char::to_lowercase));
    }
    folded
}

fn nodes_equivalent(a: &Node<'_>, b: &Node<'_>, definitions: &Definitions) -> bool {
    if a.is_same(b) {
        return true;
    }
    if a.type_id() != b.type_id() {
        return false;
    }
    let (a_children, mut b_children) = (children(a, definitions), children(b, definitions));
    // Ids of elements say where, not what.
    let counts = |(name, _): &(&str, Item<'_>)| *name != "id";
    b_children.retain(counts);
    let of_a: Vec<_> = a_children.iter().filter(|child| counts(child)).collect();
    of_a.len() == b_children.len()
        && of_a.iter().all(|(name, child)| {
            let found = b_children
                .iter()
                .position(|(other, of)| other == name && is_equivalent(child, of, definitions));
            found.is_some_and(|at| {
                b_children.swap_remove(at);
                true
            })
        })
}

/// A set of items by equality: hashed where a value has one form, else compared one by one.
#[derive(Default)]
pub(crate) struct Distinct<'t> {
    strings: HashSet<Box<str>>,
    numbers: HashSet<Decimal>,
    booleans: [bool; 2],
    others: Vec<Item<'t>>,
}

impl<'t> Distinct<'t> {
    /// Whether the item is new; it is then in the set. Second: items compared with.
    pub(crate) fn insert(&mut self, item: &Item<'t>, definitions: &Definitions) -> (bool, usize) {
        let value = item.system();
        if let Some(number) = value.as_ref().and_then(System::as_number) {
            return (self.numbers.insert(number.to_decimal().normalize()), 1);
        }
        match value {
            Some(System::String(text)) => {
                let is_new = !self.strings.contains(&*text);
                if is_new {
                    self.strings.insert((*text).into());
                }
                (is_new, 1)
            }
            Some(System::Boolean(value)) => {
                (!std::mem::replace(&mut self.booleans[usize::from(value)], true), 1)
            }
            _ => {
                let is_same = |other: &Item<'_>| is_equal(other, item, definitions) == Some(true);
                let is_new = !self.others.iter().any(is_same);
                if is_new {
                    self.others.push(item.clone());
                }
                (is_new, self.others.len())
            }
        }
    }

    /// Whether an equal item is in the set.
    pub(crate) fn contains(&self, item: &Item<'t>, definitions: &Definitions) -> bool {
        let value = item.system();
        if let Some(number) = value.as_ref().and_then(System::as_number) {
            return self.numbers.contains(&number.to_decimal().normalize());
        }
        match value {
            Some(System::String(text)) => self.strings.contains(&*text),
            Some(System::Boolean(value)) => self.booleans[usize::from(value)],
            _ => self.others.iter().any(|other| is_equal(other, item, definitions) == Some(true)),
        }
    }
}
