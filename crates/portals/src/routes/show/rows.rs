//! One entry → the parts that rows of every section share.

use interactions::record::{Entry, Said};

use super::words::status_tag;
use crate::components::tag::Tag;
use crate::components::traced::{Provenance, Traced, lineage_of};
use crate::routes::portal::Portal;

/// A value of an entry that leads to its lineage.
pub(crate) fn traced(entry: &Entry, said: &Said) -> Traced {
    let key = &entry.source.key;
    let kind = key.resource_type.as_str();
    let path = if said.path.is_empty() { kind.to_owned() } else { format!("{kind}.{}", said.path) };
    Traced::new(said.text.as_str(), lineage_of(kind, key.id.as_str(), &path))
}

/// The facts of an entry with their names.
pub(crate) fn facts(entry: &Entry) -> Vec<(String, Traced)> {
    entry.facts.iter().map(|(label, said)| ((*label).to_owned(), traced(entry, said))).collect()
}

/// What the source says of the entry's state.
pub(crate) fn tags(entry: &Entry) -> Vec<Tag> {
    entry.status.iter().map(|status| status_tag(status)).collect()
}

/// Only those states that a reader must not miss.
pub(crate) fn notable_tags(entry: &Entry) -> Vec<Tag> {
    let plain =
        ["active", "completed", "final", "finished", "current", "resolved", "booked", "fulfilled"];
    let notable = entry.status.iter().filter(|status| !plain.contains(&status.as_str()));
    notable.map(|status| status_tag(status)).collect()
}

/// Where an entry came from.
pub(crate) fn provenance(portal: &Portal, entry: &Entry) -> Provenance {
    let key = &entry.source.key;
    let kind = key.resource_type.as_str();
    Provenance {
        source: portal.source(&entry.source.feed),
        also: Vec::new(),
        received: portal.moment(entry.source.updated),
        author: entry.author.clone(),
        lineage: lineage_of(kind, key.id.as_str(), kind),
    }
}

/// Whether two entries of different systems say the same.
pub(crate) fn says_the_same(a: &Entry, b: &Entry) -> bool {
    let same_name = match (&a.code, &b.code) {
        (Some(a), Some(b)) if a.system == b.system => a.code == b.code,
        _ => a.title.text.eq_ignore_ascii_case(&b.title.text),
    };
    same_name
        && a.source.feed != b.source.feed
        && a.status == b.status
        && std::mem::discriminant(&a.detail) == std::mem::discriminant(&b.detail)
}
