//! Which segment a name means: the one in the group, else one that stands before the groups.

use crate::language::program::Name;
use crate::source::{Node, Place, Source};

use super::Run;

/// A run of segments that belong together, such as an OBR with its OBX.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Group {
    /// Index of the group around; the root is its own.
    pub(crate) parent: u32,
    pub(crate) start: u16,
    pub(crate) end: u16,
    /// Where the first of its sister groups begins: names are looked up outside only before that.
    pub(crate) outside_end: u16,
}

impl Group {
    pub(crate) fn root(segments: u16) -> Group {
        Group { parent: 0, start: 0, end: segments, outside_end: 0 }
    }
}

impl Run<'_> {
    pub(crate) fn segment(&self, name: Name) -> Option<Node> {
        let Source::Message(message) = self.source else { return None };
        let mut index = self.group;
        let mut end = self.groups[index as usize].end;
        loop {
            let group = self.groups[index as usize];
            let range = group.start as usize..end.min(group.end) as usize;
            let found = message.segments().get(range)?.iter().position(|s| s.name == name);
            if let Some(at) = found {
                return Some(message.segment_node(group.start + at as u16));
            }
            if index == group.parent {
                return None;
            }
            (index, end) = (group.parent, group.outside_end);
        }
    }

    /// The groups that `each` makes inside the present one: (start, end) of each, in order.
    pub(crate) fn split(&self, anchor: Name, from: &[Name], until: &[Name]) -> Vec<(u16, u16)> {
        let Source::Message(message) = self.source else { return Vec::new() };
        let group = self.groups[self.group as usize];
        let segments = message.segments();
        let mut groups: Vec<(u16, u16)> = Vec::new();
        let mut lead: Option<u16> = None;
        let mut open = false;
        for at in group.start..group.end {
            let name = segments[at as usize].name;
            if name == anchor {
                let start = lead.take().unwrap_or(at);
                close(&mut groups, open, start);
                groups.push((start, group.end));
                open = true;
            } else if from.contains(&name) {
                close(&mut groups, open, at);
                lead = Some(at);
                open = false;
            } else if until.contains(&name) {
                close(&mut groups, open, at);
                open = false;
                lead = None;
            }
        }
        if until.is_empty() {
            for (start, end) in &mut groups {
                *end = *start + 1;
            }
        }
        groups
    }

    pub(crate) fn is_inside(&self, group: u32, around: u32) -> bool {
        let mut at = group;
        loop {
            if at == around {
                return true;
            }
            let parent = self.groups[at as usize].parent;
            if parent == at {
                return false;
            }
            at = parent;
        }
    }

    pub(crate) fn segment_place(node: Node) -> Option<u16> {
        if let Place::Segment(index) = node.place { Some(index) } else { None }
    }
}

fn close(groups: &mut [(u16, u16)], open: bool, at: u16) {
    if open && let Some(last) = groups.last_mut() {
        last.1 = at;
    }
}
