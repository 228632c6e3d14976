//! Traces by the paths that they stand under, and arrays as items with their own traces.

use fhir::Element;

use super::Sourced;

/// The first name of a path: `name` of `name[0].family`.
pub(crate) fn top_level(path: &str) -> &str {
    path.find(['.', '[']).map_or(path, |end| &path[..end])
}

fn is_under(path: &str, name: &str) -> bool {
    path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Takes out the traces at or below `name`.
pub(super) fn take_under(traces: &mut Vec<Sourced>, name: &str) -> Vec<Sourced> {
    let (under, rest) =
        std::mem::take(traces).into_iter().partition(|s| is_under(&s.trace.path, name));
    *traces = rest;
    under
}

pub(super) fn drop_under(traces: &mut Vec<Sourced>, name: &str) {
    traces.retain(|sourced| !is_under(&sourced.trace.path, name));
}

/// Takes `name.` off the paths.
pub(super) fn strip(traces: &mut [Sourced], name: &str) {
    for sourced in traces {
        let path = &mut sourced.trace.path;
        let rest = path.strip_prefix(name).unwrap_or(path);
        *path = rest.strip_prefix('.').unwrap_or(rest).to_owned();
    }
}

/// Puts `name` before the paths.
pub(super) fn prefix(traces: &mut [Sourced], name: &str) {
    for sourced in traces {
        let path = &mut sourced.trace.path;
        let between = if path.starts_with('[') || path.is_empty() { "" } else { "." };
        *path = format!("{name}{between}{path}");
    }
}

/// An item of an array with its traces, whose paths begin at the item.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) value: Element,
    pub(super) traces: Vec<Sourced>,
}

impl Entry {
    /// The rule that made the item: the part of the innermost rule's name before the first `/`.
    pub(super) fn rule(&self) -> &str {
        let rule = self.traces.first().map_or("", |sourced| &*sourced.trace.rule);
        rule.find('/').map_or(rule, |end| &rule[..end])
    }

    /// Replaces the value at a dotted path of the item, or takes it out, with its traces.
    pub(super) fn set(&mut self, path: &str, value: Option<(Element, Vec<Sourced>)>) {
        drop_under(&mut self.traces, path);
        let (before, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut place = &mut self.value;
        if !before.is_empty() {
            if place.get(before).is_none() {
                if value.is_none() {
                    return;
                }
                place.set(before, Element::object());
            }
            let Some(inner) = place.get_mut(before) else { return };
            place = inner;
        }
        if let Some((element, traces)) = value {
            place.set(last, element);
            self.traces.extend(traces);
            return;
        }
        place.remove(last);
        if !before.is_empty() && self.value.get(before) == Some(&Element::object()) {
            self.value.remove(before);
        }
    }

    /// The value at a dotted path of the item, with its traces.
    pub(super) fn part(&self, path: &str) -> Option<(Element, Vec<Sourced>)> {
        let mut value = &self.value;
        for name in path.split('.') {
            value = value.get(name)?;
        }
        let traces = self.traces.iter().filter(|s| is_under(&s.trace.path, path)).cloned();
        Some((value.clone(), traces.collect()))
    }
}

/// The items of the array `name`, taken apart.
pub(super) fn entries(array: &Element, traces: Vec<Sourced>, name: &str) -> Vec<Entry> {
    let items = array.items();
    let mut entries: Vec<Entry> =
        items.iter().map(|value| Entry { value: value.clone(), traces: Vec::new() }).collect();
    for mut sourced in traces {
        let rest = sourced.trace.path.strip_prefix(name).and_then(|rest| rest.strip_prefix('['));
        let Some((index, rest)) = rest.and_then(|rest| rest.split_once(']')) else { continue };
        let Some(entry) = index.parse().ok().and_then(|at: usize| entries.get_mut(at)) else {
            continue;
        };
        let rest = rest.strip_prefix('.').unwrap_or(rest).to_owned();
        sourced.trace.path = rest;
        entry.traces.push(sourced);
    }
    entries
}

/// The array and traces of entries: the inverse of [`entries`].
pub(super) fn array(entries: Vec<Entry>, name: &str) -> (Element, Vec<Sourced>) {
    let mut values = Vec::with_capacity(entries.len());
    let mut traces = Vec::new();
    for (index, mut entry) in entries.into_iter().enumerate() {
        prefix(&mut entry.traces, &format!("{name}[{index}]"));
        traces.append(&mut entry.traces);
        values.push(entry.value);
    }
    (Element::Array(values), traces)
}
