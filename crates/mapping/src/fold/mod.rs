//! How what an item says joins what is known: pure, so that a replay gives the same state.
//!
//! Folding a resource's contributions in the order of events gives its state. What a contribution
//! does not mention stays, with the traces of the older item; what it repeats changes nothing. The
//! ways to fold are described in `docs/mapping.md`; to add one, add it to [`Merge`] and a function
//! to `arrays` or `places`.

mod arrays;
mod places;
mod traces;

use std::sync::Arc;

use fhir::Element;

use crate::contribution::{Contribution, Trace};
pub(crate) use traces::top_level;
use traces::{drop_under, take_under};

/// How one element of a contribution joins the current one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merge {
    /// What is said replaces what was; for arrays, what the same rules said before. The default.
    ByRule,
    /// The whole element is replaced.
    Replace,
    /// Each member of the object is replaced by itself.
    Members,
    /// What is said holds only where nothing is known.
    Keep,
    /// Items that are not there yet are added.
    Union,
    /// Replaced, and the value that was goes to `statusHistory` with its period.
    Status,
    /// A new place ends the one before it (`Encounter.location`).
    Move,
    /// The place given is the last one; later ones never were (a cancelled transfer).
    MoveBack,
    /// The last place goes on (a cancelled discharge).
    Reopen,
    /// The last place is put right, without a move.
    Correct,
}

impl Merge {
    /// The way that rule files call `name`.
    pub(crate) fn named(name: &str, argument: Option<&str>) -> Option<Merge> {
        let merge = match name {
            "by-rule" => Merge::ByRule,
            "replace" => Merge::Replace,
            "members" => Merge::Members,
            "keep" => Merge::Keep,
            "union" => Merge::Union,
            "status" => Merge::Status,
            "move" => Merge::Move,
            "move-back" => Merge::MoveBack,
            "reopen" => Merge::Reopen,
            "correct" => Merge::Correct,
            _ => return None,
        };
        argument.is_none().then_some(merge)
    }
}

/// An element that the sender deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The element: `telecom`, `period.end`.
    pub path: Box<str>,
    /// The rule that read the deletion.
    pub rule: Arc<str>,
    /// Whether only the items of an array that this rule made go.
    pub only_own: bool,
}

/// How a contribution joins its resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fold {
    /// Elements with a way of their own; the others fold by [`Merge::ByRule`].
    pub merges: Vec<(Box<str>, Merge)>,
    /// What the sender deletes.
    pub removals: Vec<Removal>,
    /// Whether the contribution is the whole resource: what it does not mention goes, other than
    /// the elements in `merges`.
    pub snapshot: bool,
    /// Whether it counts only where nothing is known of the resource (a conditional create).
    pub only_new: bool,
    /// Whether the resource is deleted at the source.
    pub deleted: bool,
    /// When it happened, as a FHIR dateTime, for the ends of periods; may be empty.
    pub at: String,
}

impl Fold {
    /// Of the directives that a rule file gave; `fold all replace` is the snapshot.
    pub(crate) fn new(merges: Vec<(Box<str>, Merge)>, removals: Vec<Removal>) -> Fold {
        let snapshot = merges.iter().any(|(n, merge)| &**n == "all" && *merge == Merge::Replace);
        let merges = merges.into_iter().filter(|(name, _)| &**name != "all").collect();
        Fold { merges, removals, snapshot, ..Fold::default() }
    }

    pub(crate) fn absorb(&mut self, other: Fold) {
        for (name, merge) in other.merges {
            if !self.merges.iter().any(|(own, _)| *own == name) {
                self.merges.push((name, merge));
            }
        }
        self.removals.extend(other.removals);
    }

    fn merge_of(&self, name: &str) -> Merge {
        let own = self.merges.iter().find(|(element, _)| &**element == name);
        own.map_or(Merge::ByRule, |(_, merge)| merge.clone())
    }
}

/// A trace and the item whose bytes it points into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced {
    /// The item's number in the ledger.
    pub item: u64,
    /// The trace.
    pub trace: Trace,
}

/// Joins a contribution of `item` to the current state of its resource.
///
/// `None` for a resource that is deleted. Equal values keep their older traces, so folding the
/// same contribution again gives back the same state.
pub fn fold(
    current: Option<(&Element, &[Sourced])>,
    contribution: &Contribution,
    item: u64,
) -> Option<(Element, Vec<Sourced>)> {
    if contribution.fold.deleted {
        return None;
    }
    if contribution.fold.only_new
        && let Some((element, traces)) = current
    {
        return Some((element.clone(), traces.to_vec()));
    }
    let mut incoming: Vec<Sourced> =
        contribution.traces.iter().map(|trace| Sourced { item, trace: trace.clone() }).collect();
    let Some((element, traces)) = current else {
        return Some(sorted(contribution.element.clone(), incoming));
    };
    let mut state = State { element: element.clone(), traces: traces.to_vec() };
    let Element::Object(members) = &contribution.element else {
        return Some(sorted(state.element, state.traces));
    };
    let fold = &contribution.fold;
    if fold.snapshot {
        state.keep_only(members, fold);
    }
    for (name, value) in members {
        if matches!(&**name, "resourceType" | "id") {
            continue;
        }
        let own = take_under(&mut incoming, name);
        state.merge(name, value, own, fold);
    }
    for removal in &fold.removals {
        state.remove(removal);
    }
    Some(sorted(state.element, state.traces))
}

/// Traces stand in the order of their paths, so that equal states are equal.
fn sorted(element: Element, mut traces: Vec<Sourced>) -> (Element, Vec<Sourced>) {
    traces.sort_by(|a, b| a.trace.path.cmp(&b.trace.path));
    (element, traces)
}

/// Joins two contributions of one item to one resource: the first one's values stand, elements and
/// array items of rules that it lacks are added.
pub(crate) fn join(first: &mut Contribution, second: Contribution) {
    let sourced = |traces: &[Trace]| -> Vec<Sourced> {
        traces.iter().map(|trace| Sourced { item: 0, trace: trace.clone() }).collect()
    };
    let element = std::mem::replace(&mut first.element, Element::Null);
    let mut state = State { element, traces: sourced(&first.traces) };
    let mut incoming = sourced(&second.traces);
    if let Element::Object(members) = &second.element {
        for (name, value) in members {
            let own = take_under(&mut incoming, name);
            match state.element.get(name) {
                None => state.replace(name, value, own),
                Some(Element::Array(_)) => arrays::add_rules(&mut state, name, value, own),
                Some(_) => {}
            }
        }
    }
    first.element = state.element;
    first.traces = state.traces.into_iter().map(|sourced| sourced.trace).collect();
    first.fold.absorb(second.fold);
}

pub(crate) struct State {
    pub(crate) element: Element,
    pub(crate) traces: Vec<Sourced>,
}

impl State {
    /// Takes out what a snapshot does not mention.
    fn keep_only(&mut self, members: &[(Box<str>, Element)], fold: &Fold) {
        let Element::Object(current) = &mut self.element else { return };
        let traces = &mut self.traces;
        current.retain(|(name, _)| {
            let stays = matches!(&**name, "resourceType" | "id" | "meta" | "statusHistory")
                || members.iter().any(|(incoming, _)| incoming == name)
                || fold.merges.iter().any(|(own, _)| own == name);
            if !stays {
                drop_under(traces, name);
            }
            stays
        });
    }

    fn merge(&mut self, name: &str, value: &Element, traces: Vec<Sourced>, fold: &Fold) {
        let Some(current) = self.element.get(name) else {
            self.element.set(name, value.clone());
            self.traces.extend(traces);
            return;
        };
        if current == value {
            return;
        }
        match (fold.merge_of(name), value) {
            (Merge::Keep, _) => {}
            (Merge::Status, _) => {
                places::status_history(self, name, &fold.at);
                self.replace(name, value, traces);
            }
            (Merge::Members, Element::Object(_)) => self.members(name, value, traces),
            (Merge::ByRule, Element::Array(_)) => arrays::by_rule(self, name, value, traces),
            (Merge::Union, Element::Array(_)) => arrays::union(self, name, value, traces),
            (
                merge @ (Merge::Move | Merge::MoveBack | Merge::Reopen | Merge::Correct),
                Element::Array(_),
            ) => {
                places::places(self, name, value, traces, &merge);
            }
            _ => self.replace(name, value, traces),
        }
    }

    pub(crate) fn replace(&mut self, name: &str, value: &Element, traces: Vec<Sourced>) {
        drop_under(&mut self.traces, name);
        self.element.set(name, value.clone());
        self.traces.extend(traces);
    }

    /// Each member of the object at `name` by itself; arrays among them by rule.
    fn members(&mut self, name: &str, value: &Element, mut traces: Vec<Sourced>) {
        let Element::Object(members) = value else { return };
        traces::strip(&mut traces, name);
        let fold = Fold::default();
        self.within(name, |inner| {
            for (member, value) in members {
                let own = take_under(&mut traces, member);
                inner.merge(member, value, own, &fold);
            }
        });
    }

    /// Changes the object at `name` as a state of its own.
    fn within(&mut self, name: &str, change: impl FnOnce(&mut State)) {
        let Some(current) = self.element.get(name).cloned() else { return };
        let mut inner = State { element: current, traces: take_under(&mut self.traces, name) };
        traces::strip(&mut inner.traces, name);
        change(&mut inner);
        traces::prefix(&mut inner.traces, name);
        self.element.set(name, inner.element);
        self.traces.extend(inner.traces);
    }

    fn remove(&mut self, removal: &Removal) {
        if removal.only_own {
            match removal.path.rsplit_once('.') {
                None => arrays::remove_own(self, &removal.path, &removal.rule),
                Some((outer, array)) if self.element.get(outer).is_some() => {
                    self.within(outer, |inner| arrays::remove_own(inner, array, &removal.rule));
                }
                Some(_) => {}
            }
            return;
        }
        drop_under(&mut self.traces, &removal.path);
        let mut place = &mut self.element;
        let mut names = removal.path.split('.').peekable();
        while let Some(name) = names.next() {
            if names.peek().is_none() {
                place.remove(name);
                break;
            }
            let Some(inner) = place.get_mut(name) else { return };
            place = inner;
        }
        let top = top_level(&removal.path);
        if self.element.get(top) == Some(&Element::object()) {
            self.element.remove(top);
        }
    }
}
