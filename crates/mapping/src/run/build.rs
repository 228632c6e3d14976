//! A resource as it grows: its elements and, for each, the trace to the bytes behind it.

use std::sync::Arc;

use fhir::Element;

use crate::contribution::Trace;
use crate::fold::{Merge, Removal};
use crate::language::program::Target;
use crate::source::{Node, Source};

use super::item::Item;

/// The most elements that one resource may get.
const TRACES_MAX: usize = 20_000;

pub(crate) struct Build<'m> {
    pub(crate) traces: Vec<Trace>,
    /// Path of the object being filled, with a dot at its end where it is not the root.
    pub(crate) path: String,
    /// How many arrays stand above the object being filled.
    pub(crate) arrays: u32,
    pub(crate) identity: Option<Item<'m>>,
    pub(crate) display: Option<String>,
    pub(crate) profiles: Vec<&'m str>,
    pub(crate) merges: Vec<(Box<str>, Merge)>,
    pub(crate) removals: Vec<Removal>,
    /// How many values were read from the source so far.
    pub(crate) read: usize,
}

impl<'m> Build<'m> {
    pub(crate) fn new() -> Build<'m> {
        Build {
            traces: Vec::with_capacity(8),
            path: String::with_capacity(64),
            arrays: 0,
            identity: None,
            display: None,
            profiles: Vec::new(),
            merges: Vec::new(),
            removals: Vec::new(),
            read: 0,
        }
    }

    /// Puts a value at `target` of `object` and traces it.
    pub(crate) fn put(
        &mut self,
        object: &mut Element,
        target: &Target,
        item: Item<'m>,
        by: Option<Node>,
        rule: &Arc<str>,
        source: &Source<'_>,
    ) {
        let node = by.or(item.node);
        let Some(element) = item.into_element() else { return };
        if self.traces.len() >= TRACES_MAX {
            return;
        }
        let length = self.path.len();
        self.enter(object, target);
        if let Some(node) = node {
            self.read += 1;
            let locator = source.locator(node);
            self.trace(&element, node, locator, rule);
        }
        attach(object, target, element);
        self.path.truncate(length);
    }

    /// Adds to the path where the next value of `target` in `object` will stand.
    pub(crate) fn enter(&mut self, object: &Element, target: &Target) {
        let mut place = Some(object);
        for (index, name) in target.names.iter().enumerate() {
            if index > 0 {
                self.path.push('.');
            }
            self.path.push_str(name);
            place = place.and_then(|place| place.get(name));
        }
        if target.append {
            let index = place.map_or(0, |place| place.items().len());
            push_index(&mut self.path, index);
        }
    }

    /// Traces every leaf of an element to one place.
    fn trace(&mut self, element: &Element, node: Node, locator: String, rule: &Arc<str>) {
        match element {
            Element::Object(members) => {
                for (name, value) in members {
                    let length = self.path.len();
                    self.path.push('.');
                    self.path.push_str(name);
                    self.trace(value, node, locator.clone(), rule);
                    self.path.truncate(length);
                }
            }
            Element::Array(items) => {
                for (index, value) in items.iter().enumerate() {
                    let length = self.path.len();
                    push_index(&mut self.path, index);
                    self.trace(value, node, locator.clone(), rule);
                    self.path.truncate(length);
                }
            }
            _ => self.traces.push(Trace {
                path: self.path.clone(),
                locator,
                start: node.start,
                end: node.end,
                rule: Arc::clone(rule),
            }),
        }
    }
}

fn push_index(path: &mut String, index: usize) {
    path.push('[');
    push_number(path, index as u32);
    path.push(']');
}

/// Writes a number without the formatter, which is asked for every trace.
pub(crate) fn push_number(out: &mut String, number: u32) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// Puts a value where `target` says; objects on the way are made, arrays get one more item.
pub(crate) fn attach(object: &mut Element, target: &Target, element: Element) {
    let mut place = object;
    for name in &target.names {
        place = member(place, name);
    }
    if !target.append {
        *place = element;
    } else if let Element::Array(items) = place {
        items.push(element);
    } else {
        *place = Element::Array(vec![element]);
    }
}

/// Takes out what stands at a target without `[]`.
pub(crate) fn take(object: &mut Element, target: &Target) -> Option<Element> {
    let (last, before) = target.names.split_last()?;
    let mut place = object;
    for name in before {
        place = place.get_mut(name)?;
    }
    place.remove(last)
}

fn member<'e>(object: &'e mut Element, name: &str) -> &'e mut Element {
    if !matches!(object, Element::Object(_)) {
        *object = Element::object();
    }
    let Element::Object(members) = object else { unreachable!("made an object just above") };
    let at = members.iter().position(|(member, _)| &**member == name).unwrap_or_else(|| {
        members.push((name.into(), Element::Null));
        members.len() - 1
    });
    &mut members[at].1
}
