//! Arrays that join by the rule that made each item, or by what is new.

use fhir::Element;

use super::traces::{Entry, array, entries, take_under};
use super::{Sourced, State};

/// Items of the rules that speak now replace the items of the same rules, where those stood; the
/// items of other rules stay.
pub(super) fn by_rule(state: &mut State, name: &str, value: &Element, traces: Vec<Sourced>) {
    let mut current = current(state, name);
    let mut incoming: Vec<Option<Entry>> =
        entries(value, traces, name).into_iter().map(Some).collect();
    for entry in incoming.iter_mut().flatten() {
        let same = current.iter().find(|c| c.value == entry.value && c.rule() == entry.rule());
        if let Some(same) = same {
            entry.traces.clone_from(&same.traces);
        }
    }
    let speaks: Vec<String> = incoming.iter().flatten().map(|e| e.rule().to_owned()).collect();
    let mut out: Vec<Entry> = Vec::with_capacity(current.len() + incoming.len());
    for entry in current.drain(..) {
        let rule = entry.rule().to_owned();
        if !speaks.contains(&rule) {
            out.push(entry);
            continue;
        }
        for slot in &mut incoming {
            if slot.as_ref().is_some_and(|new| new.rule() == rule) {
                out.extend(slot.take());
            }
        }
    }
    out.extend(incoming.into_iter().flatten());
    put(state, name, out);
}

/// Adds the items of rules that have none there.
pub(super) fn add_rules(state: &mut State, name: &str, value: &Element, traces: Vec<Sourced>) {
    let mut out = current(state, name);
    let known: Vec<String> = out.iter().map(|entry| entry.rule().to_owned()).collect();
    let new = entries(value, traces, name).into_iter();
    out.extend(new.filter(|entry| !known.iter().any(|rule| rule == entry.rule())));
    put(state, name, out);
}

/// Adds the items that are not there yet; references are the same where they point to the same.
pub(super) fn union(state: &mut State, name: &str, value: &Element, traces: Vec<Sourced>) {
    let mut out = current(state, name);
    for entry in entries(value, traces, name) {
        let is_known = out.iter().any(|known| {
            known.value == entry.value
                || entry
                    .value
                    .get("reference")
                    .is_some_and(|reference| known.value.get("reference") == Some(reference))
        });
        if !is_known {
            out.push(entry);
        }
    }
    put(state, name, out);
}

/// Takes out the items that `rule` made.
pub(super) fn remove_own(state: &mut State, name: &str, rule: &str) {
    if state.element.get(name).is_none() {
        return;
    }
    let rule = rule.find('/').map_or(rule, |end| &rule[..end]);
    let mut out = current(state, name);
    out.retain(|entry| entry.rule() != rule);
    if out.is_empty() {
        state.element.remove(name);
    } else {
        put(state, name, out);
    }
}

pub(super) fn current(state: &mut State, name: &str) -> Vec<Entry> {
    let traces = take_under(&mut state.traces, name);
    let value = state.element.get(name).cloned().unwrap_or(Element::Array(Vec::new()));
    entries(&value, traces, name)
}

pub(super) fn put(state: &mut State, name: &str, out: Vec<Entry>) {
    let (value, traces) = array(out, name);
    state.element.set(name, value);
    state.traces.extend(traces);
}
