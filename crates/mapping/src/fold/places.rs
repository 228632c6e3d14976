//! `Encounter.location` and `statusHistory`: what came before stays, with the time that it ended.

use fhir::Element;

use super::arrays::{current, put};
use super::traces::take_under;
use super::traces::{Entry, entries};
use super::{Merge, Sourced, State};

const COMPLETED: &str = "completed";
const ACTIVE: &str = "active";
const PLANNED: &str = "planned";

/// Joins the place that a message gives to the places so far.
pub(super) fn places(
    state: &mut State,
    name: &str,
    value: &Element,
    traces: Vec<Sourced>,
    merge: &Merge,
) {
    let mut known = current(state, name);
    for entry in entries(value, traces, name) {
        match merge {
            Merge::MoveBack => move_back(&mut known, entry),
            Merge::Reopen => {
                correct(&mut known, entry);
                reopen_last(&mut known);
            }
            Merge::Correct => correct(&mut known, entry),
            _ => move_on(&mut known, entry),
        }
    }
    put(state, name, known);
}

fn move_on(known: &mut Vec<Entry>, entry: Entry) {
    let Some(last) = known.last_mut() else {
        known.push(entry);
        return;
    };
    if reference(last) == reference(&entry) {
        update(last, &entry);
        return;
    }
    let same =
        |other: &Entry| reference(other) == reference(&entry) && start(other) == start(&entry);
    if known.iter().any(same) {
        return;
    }
    let Some(last) = known.last_mut() else { return };
    if status(last) == Some(PLANNED) {
        *last = entry;
        return;
    }
    let ends = last.part("period.end").is_some();
    if !ends && let Some((time, mut traces)) = entry.part("period.start") {
        rename(&mut traces, "period.end");
        last.set("period.end", Some((time, traces)));
    }
    last.set("status", Some((Element::string(COMPLETED), Vec::new())));
    known.push(entry);
}

/// The same place: its end and status may have become known; its start stays the first one said.
fn update(last: &mut Entry, entry: &Entry) {
    let was_planned = status(last) == Some(PLANNED);
    for path in ["period.start", "period.end", "status"] {
        let is_known_start = path == "period.start" && last.part(path).is_some() && !was_planned;
        if let Some((value, traces)) = entry.part(path)
            && !is_known_start
            && last.part(path).map(|(value, _)| value).as_ref() != Some(&value)
        {
            last.set(path, Some((value, traces)));
        }
    }
}

fn correct(known: &mut Vec<Entry>, entry: Entry) {
    let Some(last) = known.last_mut() else {
        known.push(entry);
        return;
    };
    if reference(last) != reference(&entry)
        && let Some(location) = entry.part("location")
    {
        last.set("location", Some(location));
    }
}

fn move_back(known: &mut Vec<Entry>, entry: Entry) {
    let at = known.iter().rposition(|other| reference(other) == reference(&entry));
    match at {
        Some(at) => known.truncate(at + 1),
        None => correct(known, entry),
    }
    reopen_last(known);
}

fn rename(traces: &mut [Sourced], path: &str) {
    for sourced in traces {
        path.clone_into(&mut sourced.trace.path);
    }
}

fn reopen_last(known: &mut [Entry]) {
    if let Some(last) = known.last_mut() {
        reopen(last);
    }
}

fn reopen(entry: &mut Entry) {
    entry.set("period.end", None);
    if status(entry) != Some(PLANNED) && status(entry) != Some(ACTIVE) {
        entry.set("status", Some((Element::string(ACTIVE), Vec::new())));
    }
}

fn reference(entry: &Entry) -> Option<&str> {
    entry.value.get("location")?.get("reference")?.as_str()
}

fn start(entry: &Entry) -> Option<&str> {
    entry.value.get("period")?.get("start")?.as_str()
}

fn status(entry: &Entry) -> Option<&str> {
    entry.value.get("status")?.as_str()
}

/// Moves the status that was to `statusHistory`, with the time that it held.
pub(super) fn status_history(state: &mut State, name: &str, at: &str) {
    let Some(old) = state.element.get(name).cloned() else { return };
    let mut history = current(state, "statusHistory");
    let start = match history.last() {
        Some(last) => last.part("period.end"),
        None => state.element.get("period").and_then(|p| p.get("start")).map(|start| {
            let traces = state.traces.iter().filter(|s| s.trace.path == "period.start");
            (start.clone(), traces.cloned().collect())
        }),
    };
    let mut entry = Entry { value: Element::object(), traces: Vec::new() };
    let mut traces = take_under(&mut state.traces, name);
    rename(&mut traces, "status");
    entry.set("status", Some((old, traces)));
    entry.value.set("period", Element::object());
    // A cancellation may be told before the time from which the status held.
    let start = start.filter(|(value, _)| at.is_empty() || is_before(value.as_str(), at));
    if let Some((value, mut traces)) = start {
        rename(&mut traces, "period.start");
        entry.set("period.start", Some((value, traces)));
    }
    if !at.is_empty() {
        entry.set("period.end", Some((Element::string(at), Vec::new())));
    }
    history.push(entry);
    put(state, "statusHistory", history);
}

fn is_before(start: Option<&str>, end: &str) -> bool {
    let low = |text: &str| fhir::PartialDate::parse(text).map(|date| date.low);
    match (start.and_then(low), low(end)) {
        (Some(start), Some(end)) => start <= end,
        _ => false,
    }
}
