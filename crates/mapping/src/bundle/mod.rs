//! FHIR Bundles (transaction, batch, collection, message): resources copied under our ids.
//! Spec: FHIR R4 §2.36 (Bundle), §3.1.0.11 (transaction).
//!
//! A source's own key makes the id: the identifier of a conditional update or create, else the
//! resource's id at the source, else its first identifier, else `fullUrl`. References are
//! rewritten the same way, so that none needs a look-up. To read one more kind of key, see `key`.

mod copy;
mod key;
mod own;

use std::borrow::Cow;
use std::collections::HashMap;

use fhir::{Issue, IssueCode, PartialDate, ResourceType, Tree, Value};

use crate::Mappings;
use crate::contribution::{Contribution, Mapped, SourceField, resource_id};
use crate::fold::Fold;
use crate::profile::FeedProfile;
use copy::{Copier, Target};

/// The most entries that one Bundle may have.
const ENTRIES_MAX: usize = 20_000;

/// Maps one Bundle, or a single resource as if it were a Bundle's only entry.
///
/// ```
/// let text = br#"{"resourceType":"Bundle","type":"collection","entry":[{"resource":
///   {"resourceType":"Patient","id":"p1","name":[{"family":"Shah"}]}}]}"#;
/// let tree = fhir::Tree::parse(text).unwrap();
/// let profile = mapping::FeedProfile::new("lvp-gp");
/// let mapped = mapping::map_bundle(mapping::Mappings::embedded(), &profile, &tree);
/// assert_eq!(mapped.subject, "p1");
/// assert!(mapped.contributions[0].traces.iter().any(|t| t.locator == "entry[0].resource.name[0].family"));
/// ```
pub fn map_bundle(_mappings: &Mappings, profile: &FeedProfile, tree: &Tree) -> Mapped {
    let (mut mapped, entries, targets, at) = read(profile, tree);
    let index = index_of(&entries, &targets);
    for (entry, target) in entries.iter().zip(&targets) {
        let Some(target) = target else {
            report_untaken(entry, &mut mapped);
            continue;
        };
        let mut contribution = contribution(entry, target, &index, profile, &mut mapped);
        contribution.fold.at.clone_from(&at);
        mapped.contributions.push(contribution);
    }
    mapped
}

/// Whom a Bundle is about and when it was made, as [`map_bundle`] gives them, without resources.
pub fn heading_of_bundle(profile: &FeedProfile, tree: &Tree) -> Mapped {
    read(profile, tree).0
}

/// The heading, the entries with where each stands, and the time as text.
fn read<'t>(
    profile: &FeedProfile,
    tree: &'t Tree,
) -> (Mapped, Vec<Entry<'t>>, Vec<Option<Target>>, String) {
    let root = tree.root();
    let mut mapped = Mapped { kind: "Bundle".to_owned(), ..Mapped::default() };
    let Some(resource_type) = tree.resource_type() else {
        let message = "the document has no resourceType: send a FHIR Bundle";
        mapped.issues.push(Issue::error(IssueCode::Structure, "resourceType", message));
        return (mapped, Vec::new(), Vec::new(), String::new());
    };
    let entries = if resource_type == "Bundle" {
        entries(root, &mut mapped)
    } else {
        resource_type.clone_into(&mut mapped.kind);
        vec![Entry::of(root, String::new(), None)]
    };
    let name = root.at("identifier.value").or_else(|| root.get("id"));
    name.and_then(Value::as_str).unwrap_or("").clone_into(&mut mapped.control_id);
    let time = root.text_of("timestamp").or_else(|| root.at("meta.lastUpdated")?.as_text());
    mapped.event_time = time.and_then(PartialDate::parse).map(|date| date.low);
    let at = time.filter(|text| PartialDate::parse(text).is_some()).unwrap_or("").to_owned();
    let targets = targets(&entries, profile);
    subjects(&entries, &targets, &mut mapped);
    (mapped, entries, targets, at)
}

/// One entry: where its resource stands, and what is asked of it.
struct Entry<'t> {
    /// The entry itself, or the lone resource.
    place: Value<'t>,
    /// Path of the resource in the document: `entry[2].resource`.
    path: String,
    resource: Option<Value<'t>>,
    full_url: Option<&'t str>,
    method: &'t str,
    url: &'t str,
    if_none_exist: Option<&'t str>,
}

impl<'t> Entry<'t> {
    fn of(resource: Value<'t>, path: String, entry: Option<Value<'t>>) -> Entry<'t> {
        let place = entry.unwrap_or(resource);
        let request = entry.and_then(|entry| entry.get("request"));
        let text = |name| request.and_then(|request| request.text_of(name));
        Entry {
            place,
            path,
            resource: Some(resource),
            full_url: entry.and_then(|entry| entry.text_of("fullUrl")),
            method: text("method").unwrap_or(""),
            url: text("url").unwrap_or(""),
            if_none_exist: text("ifNoneExist"),
        }
    }

    fn is_own(&self) -> bool {
        let resource = self.resource.unwrap_or(self.place);
        self.type_name().is_some_and(|name| own::is_own(name, resource))
    }

    fn type_name(&self) -> Option<&'t str> {
        match self.resource {
            Some(resource) => resource.text_of("resourceType"),
            None => self.url.split(['/', '?']).next().filter(|name| !name.is_empty()),
        }
    }
}

fn entries<'t>(root: Value<'t>, mapped: &mut Mapped) -> Vec<Entry<'t>> {
    let kind = root.text_of("type").unwrap_or("");
    if !matches!(
        kind,
        "transaction" | "batch" | "collection" | "message" | "document" | "searchset"
    ) {
        let message =
            "the Bundle's type is not taken: send transaction, batch, collection or message";
        mapped.issues.push(Issue::error(IssueCode::NotSupported, "Bundle.type", message));
    }
    let mut entries = Vec::new();
    for (index, entry) in root.all("entry").enumerate() {
        if index == ENTRIES_MAX {
            let message = "the Bundle has more entries than are taken: send several Bundles";
            mapped.issues.push(Issue::error(IssueCode::TooCostly, "Bundle.entry", message));
            break;
        }
        let path = format!("entry[{index}].resource");
        let request = entry.get("request");
        match entry.get("resource") {
            Some(resource) => entries.push(Entry::of(resource, path, Some(entry))),
            None if request.and_then(|r| r.text_of("method")) == Some("DELETE") => {
                entries.push(Entry { resource: None, ..Entry::of(entry, path, Some(entry)) });
            }
            None => {
                let message = "the entry has no resource and deletes none: leave it out";
                let place = format!("Bundle.entry[{index}]");
                mapped.issues.push(Issue::warning(IssueCode::Structure, place, message));
            }
        }
    }
    entries
}

/// Under which type and id each entry's resource stands with us; `None` where it is not taken.
fn targets(entries: &[Entry<'_>], profile: &FeedProfile) -> Vec<Option<Target>> {
    let definitions = definitions::embedded();
    let target = |entry: &Entry<'_>| {
        let resource_type = definitions.resource_type(entry.type_name()?)?;
        if matches!(
            resource_type.as_str(),
            "MessageHeader" | "Bundle" | "OperationOutcome" | "Parameters"
        ) {
            return None;
        }
        if entry.is_own() {
            return None;
        }
        let key = key::of(entry)?;
        let id = resource_id(&profile.system, resource_type.as_str(), &key);
        Some(Target { resource_type, id, key })
    };
    entries.iter().map(target).collect()
}

fn report_untaken(entry: &Entry<'_>, mapped: &mut Mapped) {
    let span = entry.place.span();
    mapped.unread.push(SourceField {
        locator: entry.path.clone(),
        start: span.start as u32,
        end: span.end as u32,
    });
    match entry.type_name() {
        Some(_) if entry.is_own() => {
            let message =
                "only this server makes resources of this kind, so it is not taken: leave it out";
            mapped.issues.push(Issue::warning(
                IssueCode::BusinessRule,
                entry.path.as_str(),
                message,
            ));
        }
        Some("MessageHeader" | "Bundle" | "OperationOutcome" | "Parameters") => {}
        Some(name) if definitions::embedded().resource_type(name).is_some() => {
            let message = "nothing names this resource at its source: send an id, an identifier, \
                           a conditional request or a fullUrl";
            mapped.issues.push(Issue::warning(IssueCode::Required, entry.path.as_str(), message));
        }
        Some(_) => {
            let message = "the resource type is none of FHIR R4, so it is not taken: correct it";
            mapped.issues.push(Issue::warning(
                IssueCode::NotSupported,
                entry.path.as_str(),
                message,
            ));
        }
        None => {
            let message = "the entry's resource has no resourceType: send it";
            mapped.issues.push(Issue::error(IssueCode::Structure, entry.path.as_str(), message));
        }
    }
}

fn contribution(
    entry: &Entry<'_>,
    target: &Target,
    index: &HashMap<Cow<'_, str>, &Target>,
    profile: &FeedProfile,
    mapped: &mut Mapped,
) -> Contribution {
    let Some(resource) = entry.resource else {
        let fold = Fold { deleted: true, ..Fold::default() };
        return Contribution {
            resource_type: target.resource_type,
            id: target.id.clone(),
            element: fhir::Element::object(),
            traces: Vec::new(),
            fold,
        };
    };
    let mut copier = Copier::new(profile, &entry.path, index);
    let element = copier.resource(resource, target);
    mapped.issues.append(&mut copier.issues);
    let fold = Fold {
        snapshot: true,
        only_new: entry.if_none_exist.is_some() && entry.method == "POST",
        ..Fold::default()
    };
    let traces = copier.traces;
    Contribution {
        resource_type: target.resource_type,
        id: target.id.clone(),
        element,
        traces,
        fold,
    }
}

/// The names by which entries refer to one another: `fullUrl` and `Type/id`.
fn index_of<'t, 'e>(
    entries: &[Entry<'t>],
    targets: &'e [Option<Target>],
) -> HashMap<Cow<'t, str>, &'e Target> {
    let mut index = HashMap::new();
    for (entry, target) in entries.iter().zip(targets) {
        let Some(target) = target else { continue };
        if let Some(url) = entry.full_url {
            index.insert(Cow::Borrowed(url), target);
        }
        if let Some(id) = entry.resource.and_then(|resource| resource.text_of("id")) {
            let name = format!("{}/{id}", target.resource_type.as_str());
            index.insert(Cow::Owned(name), target);
        }
    }
    index
}

/// The persons: the Patient entries, else the Patients that entries refer to.
fn subjects(entries: &[Entry<'_>], targets: &[Option<Target>], mapped: &mut Mapped) {
    let is_patient = |resource_type: ResourceType| resource_type.as_str() == "Patient";
    let own = targets.iter().flatten().filter(|target| is_patient(target.resource_type));
    let mut subjects: Vec<String> = own.map(|target| key::local(&target.key).to_owned()).collect();
    if subjects.is_empty() {
        let resources = entries.iter().filter_map(|entry| entry.resource);
        subjects.extend(resources.filter_map(key::patient_of));
    }
    subjects.dedup();
    let mut subjects = subjects.into_iter();
    mapped.subject = subjects.next().unwrap_or_default();
    mapped.other_subjects = subjects.filter(|other| *other != mapped.subject).collect();
    mapped.other_subjects.dedup();
}
