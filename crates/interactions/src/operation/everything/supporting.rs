//! What the members of a compartment refer to: practitioners, organizations, medications, locations,
//! and what those refer to in turn; never what belongs to another patient.

use std::collections::{BTreeMap, BTreeSet};

use fhir::{Issue, IssueCode, Tree};
use store::{ResourceKey, Stored};

use super::{Page, Request, references, search};
use crate::app::App;
use crate::failure::Failure;
use crate::operation::compartment::subjects_of;

/// Members that are looked at for what they refer to, at the most.
const MEMBERS_MAX: usize = 50_000;
/// Resources that are referred to, at the most.
const FOUND_MAX: usize = 20_000;
/// From one to the next at the most: a prescription's practitioner's role's organization's parent.
const STEPS_MAX: usize = 6;
/// Resources that are read at once.
const AT_ONCE: usize = 500;

/// What was found.
pub(super) struct Supporting {
    found: BTreeMap<ResourceKey, Stored>,
    is_cut: bool,
}

/// Fills what room a page has with what comes after `after`.
pub(super) async fn fill(
    app: &App,
    request: &Request,
    after: Option<&ResourceKey>,
    page: &mut Page,
) -> Result<(), Failure> {
    let supporting = Supporting::of(app, request).await?;
    let room = page.room(request);
    let is_wanted = |stored: &&Stored| {
        request.wants(stored.key.resource_type)
            && request.since.is_none_or(|since| stored.last_updated >= since.low)
            && after.is_none_or(|after| stored.key > *after)
    };
    let mut rest = supporting.found.values().filter(is_wanted);
    page.supporting.extend(rest.by_ref().take(room).cloned());
    if rest.next().is_some() {
        // A page of members alone may be full.
        let last = page.supporting.last().map(|stored| stored.key.to_string());
        page.next = Some(format!("s{}", last.unwrap_or_default()));
    }
    if supporting.is_cut {
        page.issues.push(Issue::warning(
            IssueCode::Incomplete,
            "$everything",
            format!(
                "of what is referred to some is left out: more than {MEMBERS_MAX} resources refer to \
                 more than is looked at; narrow by start, end or _type"
            ),
        ));
    }
    Ok(())
}

impl Supporting {
    async fn of(app: &App, request: &Request) -> Result<Supporting, Failure> {
        let mut supporting = Supporting { found: BTreeMap::new(), is_cut: false };
        let mut members = BTreeSet::new();
        let mut named = BTreeSet::new();
        let search = search(request.of_care(app), AT_ONCE, app)?;
        let mut cursor = None;
        loop {
            let page = app.store.search(&search, cursor.as_ref()).await?;
            for hit in page.hits {
                note(app, &hit.resource, &mut named);
                members.insert(hit.resource.key);
            }
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            if members.len() >= MEMBERS_MAX {
                supporting.is_cut = true;
                break;
            }
        }
        let mut seen = members;
        for _ in 0..STEPS_MAX {
            let next: Vec<ResourceKey> =
                std::mem::take(&mut named).into_iter().filter(|key| !seen.contains(key)).collect();
            if next.is_empty() {
                return Ok(supporting);
            }
            seen.extend(next.iter().cloned());
            supporting.take(app, request, &next, &mut named).await?;
        }
        Ok(supporting)
    }

    /// Reads what is named, and notes what that names.
    async fn take(
        &mut self,
        app: &App,
        request: &Request,
        keys: &[ResourceKey],
        named: &mut BTreeSet<ResourceKey>,
    ) -> Result<(), Failure> {
        for chunk in keys.chunks(AT_ONCE) {
            for stored in app.store.read_many(chunk).await?.into_iter().flatten() {
                if stored.body.is_none() || is_foreign(app, request, &stored) {
                    continue;
                }
                if self.found.len() >= FOUND_MAX {
                    self.is_cut = true;
                    return Ok(());
                }
                note(app, &stored, named);
                self.found.insert(stored.key.clone(), stored);
            }
        }
        Ok(())
    }
}

fn note(app: &App, stored: &Stored, named: &mut BTreeSet<ResourceKey>) {
    if let Ok(tree) = Tree::parse(stored.body.as_deref().unwrap_or_default()) {
        references::each(app, tree.root(), &mut |key| {
            named.insert(key);
        });
    }
}

/// Whether a resource belongs to patients, but to none whose records are asked for.
fn is_foreign(app: &App, request: &Request, stored: &Stored) -> bool {
    let Some(patients) = &request.around.patients else { return false };
    let in_force = app.in_force();
    let Some(patient) = in_force.definitions.resource_type("Patient") else { return false };
    let Ok(tree) = Tree::parse(stored.body.as_deref().unwrap_or_default()) else { return true };
    let resource_type = stored.key.resource_type;
    let subjects = subjects_of(app, &in_force, patient, resource_type, tree.root());
    !subjects.is_empty() && subjects.is_disjoint(patients)
}
