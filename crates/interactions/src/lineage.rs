//! Lineage: a value of a resource led back to the items, and in them to the bytes, that gave it.

use std::collections::BTreeMap;
use std::sync::Arc;

use fhir::{Issue, Tree, Value, VersionId};
use store::{Item, ItemId, LineageEntry, ResourceKey, Stored};

use crate::app::App;
use crate::failure::{Category, Failure};

/// Bytes between two places that still count as one.
const GAP_MAX: u32 = 200;
/// Items that are shown at the most.
const ORIGINS_MAX: usize = 20;

/// A value and where it came from.
#[derive(Clone, Debug)]
pub struct ValueLineage {
    /// The resource in the version looked at.
    pub stored: Stored,
    /// The path without the type; empty for the whole.
    pub path: String,
    /// The value in words.
    pub value: String,
    /// Each item that gave it, newest first; none where no feed wrote it.
    pub origins: Vec<Origin>,
    /// Every element with lineage, with its value in words.
    pub others: Vec<(String, String)>,
    /// What checking the resource's form found.
    pub findings: Vec<Issue>,
    /// The Patient that the resource is about or is.
    pub patient: Option<ResourceKey>,
}

/// A stretch of an item that gave a value.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The item.
    pub item: Arc<Item>,
    /// First byte.
    pub start: usize,
    /// Just past the last byte.
    pub end: usize,
    /// The places in the words of the format.
    pub locator: String,
    /// The rules that read them, each with its mapping's name and version.
    pub rules: String,
}

impl App {
    /// Leads a value back; `path` may be an element with parts, or empty for the whole resource.
    pub async fn value_lineage(
        &self,
        key: &ResourceKey,
        path: &str,
        version: Option<VersionId>,
    ) -> Result<ValueLineage, Failure> {
        let stored = match version {
            Some(version) => self.read_version(key, version).await?,
            None => self.read(key).await?,
        };
        let body = stored.body.clone().unwrap_or_default();
        let tree = Tree::parse(&body).map_err(|_| {
            let message = format!("{key} is stored as something that is no json");
            Failure::plain(Category::Fault, fhir::IssueCode::Exception, message)
        })?;
        let path = without_type(key, path);
        let root = tree.root();
        let value = if path.is_empty() { Some(root) } else { root.at(&path) };
        let Some(value) = value else {
            return Err(Failure::plain(
                Category::NotFound,
                fhir::IssueCode::NotFound,
                format!(
                    "{key} has no such element in this version; open the resource to see its elements"
                ),
            ));
        };
        let lineage = self.store.lineage(key, stored.version).await?.unwrap_or_default();
        let chosen = entries_at(&lineage.entries, &path);
        let origins = self.origins(chosen, path.is_empty()).await?;
        let shown = |path: &str| tree.root().at(path).map(words).unwrap_or_default();
        let others = lineage.entries.iter().map(|entry| (entry.path.clone(), shown(&entry.path)));
        Ok(ValueLineage {
            value: words(value),
            others: others.collect(),
            findings: self.definitions().check_structure(tree.root()),
            patient: patient_of(key, &tree),
            origins,
            path,
            stored,
        })
    }

    async fn origins(
        &self,
        entries: Vec<&LineageEntry>,
        whole: bool,
    ) -> Result<Vec<Origin>, Failure> {
        let mut of_item: BTreeMap<ItemId, Vec<&LineageEntry>> = BTreeMap::new();
        for entry in entries {
            of_item.entry(entry.item).or_default().push(entry);
        }
        let mut origins = Vec::new();
        for (id, mut entries) in of_item.into_iter().rev().take(ORIGINS_MAX) {
            let Some((item, _)) = self.store.item(id).await? else { continue };
            let item = Arc::new(item);
            if whole {
                let end = item.content.bytes.len();
                let rules = listed(entries.iter().map(|entry| mapping_of(&entry.rule)));
                origins.push(Origin { item, start: 0, end, locator: String::new(), rules });
                continue;
            }
            entries.sort_by_key(|entry| (entry.start, entry.end));
            for group in joined(&entries, &item.content.bytes) {
                let start = group.iter().map(|entry| entry.start).min().unwrap_or(0);
                let end = group.iter().map(|entry| entry.end).max().unwrap_or(0);
                origins.push(Origin {
                    item: Arc::clone(&item),
                    start: start as usize,
                    end: end as usize,
                    locator: listed(group.iter().map(|entry| entry.locator.as_str())),
                    rules: listed(group.iter().map(|entry| entry.rule.as_str())),
                });
            }
        }
        Ok(origins)
    }
}

/// The mapping's name and version in a rule's name.
fn mapping_of(rule: &str) -> &str {
    rule.split_once('#').map_or(rule, |(mapping, _)| mapping)
}

fn without_type(key: &ResourceKey, path: &str) -> String {
    let name = key.resource_type.as_str();
    let rest = path.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('.'));
    rest.map_or(path, |rest| rest.trim_start_matches('.')).to_owned()
}

/// The entries at a path or under it; where there are none, those of the nearest element above.
fn entries_at<'l>(entries: &'l [LineageEntry], path: &str) -> Vec<&'l LineageEntry> {
    let under = |outer: &str, inner: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| {
            outer.is_empty() || rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
        })
    };
    let found: Vec<&LineageEntry> =
        entries.iter().filter(|entry| under(path, &entry.path)).collect();
    if !found.is_empty() {
        return found;
    }
    let nearest = entries
        .iter()
        .filter(|entry| under(&entry.path, path))
        .max_by_key(|entry| entry.path.len())
        .map(|entry| entry.path.as_str());
    entries.iter().filter(|entry| nearest == Some(entry.path.as_str())).collect()
}

/// Groups places of one line that stand close together, as the components of a field do.
fn joined<'l>(entries: &[&'l LineageEntry], bytes: &[u8]) -> Vec<Vec<&'l LineageEntry>> {
    let mut groups: Vec<Vec<&LineageEntry>> = Vec::new();
    let mut reached = 0;
    for entry in entries {
        let between = bytes.get(reached as usize..entry.start as usize).unwrap_or_default();
        let near = entry.start.saturating_sub(reached) <= GAP_MAX
            && !between.iter().any(|byte| matches!(byte, b'\r' | b'\n'));
        match groups.last_mut() {
            Some(group) if near => group.push(entry),
            _ => groups.push(vec![entry]),
        }
        reached = reached.max(entry.end);
    }
    groups
}

/// Different texts in their order, each once.
fn listed<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for text in texts {
        if !seen.contains(&text) {
            seen.push(text);
        }
    }
    seen.join(", ")
}

/// Parts of an element, and characters, that its words hold at the most.
const SHOWN_MAX: usize = 12;
const LENGTH_MAX: usize = 300;

/// An element in words: its text, or the texts of its parts.
fn words(value: Value<'_>) -> String {
    fn gather<'t>(value: Value<'t>, out: &mut Vec<&'t str>) {
        if out.len() >= SHOWN_MAX {
            return;
        }
        if let Some(text) = value.as_text() {
            if !out.contains(&text) {
                out.push(text);
            }
            return;
        }
        let is_array = value.kind() == fhir::Kind::Array;
        if is_array {
            value.items().for_each(|item| gather(item, out));
        } else {
            let parts = value.members().filter(|m| !matches!(m.name(), "system" | "meta" | "url"));
            parts.for_each(|member| gather(member, out));
        }
    }
    let mut texts = Vec::new();
    gather(value, &mut texts);
    let shown = texts.join(" ");
    if shown.chars().count() > LENGTH_MAX {
        let cut: String = shown.chars().take(LENGTH_MAX).collect();
        format!("{cut}…")
    } else {
        shown
    }
}

/// The Patient that a resource is about.
pub(crate) fn patient_of(key: &ResourceKey, tree: &Tree) -> Option<ResourceKey> {
    if key.resource_type == crate::linking::PATIENT {
        return Some(key.clone());
    }
    let root = tree.root();
    let about = ["subject.reference", "patient.reference"]
        .into_iter()
        .find_map(|path| root.at(path)?.as_str());
    let about = about.or_else(|| {
        let actors = root.all("participant").filter_map(|p| p.at("actor.reference")?.as_str());
        actors.into_iter().find(|actor| actor.starts_with("Patient/"))
    });
    let id = about?.strip_prefix("Patient/")?;
    Some(ResourceKey { resource_type: crate::linking::PATIENT, id: fhir::ResourceId::parse(id)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, start: u32, end: u32) -> LineageEntry {
        LineageEntry {
            path: path.into(),
            item: ItemId(1),
            start,
            end,
            locator: String::new(),
            rule: String::new(),
        }
    }

    #[test]
    fn a_path_takes_its_parts_or_the_element_above() {
        let entries = [
            entry("name[0].family", 0, 1),
            entry("name[0].given[0]", 2, 3),
            entry("name[10].family", 4, 5),
            entry("identifier[0]", 6, 7),
        ];
        let paths = |path: &str| {
            entries_at(&entries, path).into_iter().map(|e| e.path.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(paths("name[0]"), ["name[0].family", "name[0].given[0]"]);
        assert_eq!(paths("name[0].family"), ["name[0].family"]);
        assert_eq!(paths("name[1]"), [""; 0]);
        assert_eq!(paths("identifier[0].value"), ["identifier[0]"]);
        assert_eq!(paths("").len(), 4);
        assert_eq!(paths("nam"), [""; 0]);
    }

    #[test]
    fn places_of_one_line_are_one() {
        let bytes = b"PID|1||A^B\rPV1|1|C";
        let (a, b, c) = (entry("a", 7, 8), entry("b", 9, 10), entry("c", 17, 18));
        let groups = joined(&[&a, &b, &c], bytes);
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }
}
