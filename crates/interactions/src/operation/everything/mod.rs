//! `$everything`: all that is known of a patient, of an encounter, of a group's members, with what it
//! refers to.
//! Spec: <https://hl7.org/fhir/R4/patient-operation-everything.html>,
//! <https://hl7.org/fhir/R4/encounter-operation-everything.html>,
//! <https://hl7.org/fhir/R4/group-operation-everything.html>.
//!
//! First come the members of the compartment, in the store's order; then what they refer to, in the
//! order of their keys, each once. A page's cursor says where in which of the two it goes on, so
//! nothing is kept between pages, and nothing that was there is lost or repeated while others write.

mod dates;
mod references;
mod supporting;

use std::collections::BTreeSet;

use ::search::{Branch, DateRange, Expression, Prefix, Search};
use fhir::{IssueCode, PartialDate, ResourceType, Tree, write_string};
use store::{ResourceKey, SearchCursor, Stored};

use super::compartment::{Owners, branches};
use super::input::Inputs;
use super::table::Operation;
use super::{OperationTarget, not_here};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::history::without_empty_entry;
use crate::scan::search_of;
use crate::search::{Link, open_bundle};

/// Resources of all patients together that are still answered at once.
const ALL_PATIENTS_MAX: u64 = 10_000;
/// Patients of a group that are answered at once.
const GROUP_MAX: usize = 100;

/// Around what everything is asked for.
struct Around {
    /// The type of the compartments.
    resource_type: ResourceType,
    owners: Owners,
    /// What is answered besides the compartments: a Group itself.
    also: Option<ResourceKey>,
    /// Whose records may be shown; `None` is everybody's.
    patients: Option<BTreeSet<fhir::ResourceId>>,
}

/// Where a page begins.
enum Place {
    Members(Option<SearchCursor>),
    /// After this one of those referred to.
    Supporting(Option<ResourceKey>),
}

/// What is asked for.
struct Request {
    around: Around,
    types: Option<Vec<ResourceType>>,
    since: Option<PartialDate>,
    start: Option<PartialDate>,
    end: Option<PartialDate>,
    count: usize,
}

pub(super) async fn everything(
    app: &App,
    operation: &Operation,
    target: &OperationTarget,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let request = Request {
        around: around(app, operation, target).await?,
        types: types(app, inputs)?,
        since: inputs.date("_since"),
        start: inputs.date("start"),
        end: inputs.date("end"),
        count: inputs.number("_count").unwrap_or(usize::MAX).min(app.options.page_count_max),
    };
    if let (Some(start), Some(end)) = (request.start, request.end)
        && start.low > end.high
    {
        let message = "end lies before start; turn them round";
        return Err(Failure::new(Category::Invalid, IssueCode::Value, "end", message));
    }
    let place = place(app, inputs)?;
    let mut page = Page::default();
    let supporting_after = match place {
        Place::Members(cursor) => {
            members(app, &request, cursor, &mut page).await?;
            None
        }
        Place::Supporting(after) => after,
    };
    if page.next.is_none() {
        supporting::fill(app, &request, supporting_after.as_ref(), &mut page).await?;
    }
    let path = match target {
        OperationTarget::Instance(key) => format!("{key}/{}", operation.code),
        _ => format!("{}/{}", request.around.resource_type, operation.code),
    };
    Ok(page.into_bundle(app, &path, inputs))
}

async fn around(
    app: &App,
    operation: &Operation,
    target: &OperationTarget,
) -> Result<Around, Failure> {
    let patient = app.resource_type("Patient")?;
    let key = match target {
        OperationTarget::Type(resource_type) if *resource_type == patient => {
            let all =
                Around { resource_type: patient, owners: Owners::All, also: None, patients: None };
            refuse_too_many(app, operation, &all).await?;
            return Ok(all);
        }
        OperationTarget::Instance(key) => key,
        _ => return Err(not_here(target)),
    };
    let stored = app.read(key).await?;
    let one = |patients| Around {
        resource_type: key.resource_type,
        owners: Owners::Some(vec![key.id.clone()]),
        also: None,
        patients: Some(patients),
    };
    match key.resource_type.as_str() {
        "Patient" => Ok(one(BTreeSet::from([key.id.clone()]))),
        "Group" => {
            let ids = app.group_members(key).await?;
            if ids.len() > GROUP_MAX {
                return Err(too_much(
                    operation,
                    "Group/id/$export",
                    &format!("more than {GROUP_MAX} patients"),
                ));
            }
            let ids: BTreeSet<_> =
                ids.iter().filter_map(|id| fhir::ResourceId::parse(id)).collect();
            Ok(Around {
                resource_type: patient,
                owners: Owners::Some(ids.iter().cloned().collect()),
                also: Some(key.clone()),
                patients: Some(ids),
            })
        }
        _ => Ok(one(subjects(app, patient, &stored))),
    }
}

/// The patients that a resource refers to, whose records may be shown with it.
fn subjects(app: &App, patient: ResourceType, stored: &Stored) -> BTreeSet<fhir::ResourceId> {
    let mut subjects = BTreeSet::new();
    if let Ok(tree) = Tree::parse(stored.body.as_deref().unwrap_or_default()) {
        references::each(app, tree.root(), &mut |key| {
            if key.resource_type == patient {
                subjects.insert(key.id);
            }
        });
    }
    subjects
}

async fn refuse_too_many(app: &App, operation: &Operation, all: &Around) -> Result<(), Failure> {
    let search = search(branches(app.definitions(), all.resource_type, &all.owners), 1, app)?;
    let count = app.store.count(&search).await?;
    if count <= ALL_PATIENTS_MAX {
        return Ok(());
    }
    Err(too_much(operation, "Patient/$export", &format!("more than {ALL_PATIENTS_MAX} resources")))
}

fn too_much(operation: &Operation, instead: &str, what: &str) -> Failure {
    Failure::too_costly(
        operation.code,
        format!("{what} belong to this; export them with {instead}, or ask patient by patient"),
    )
}

fn search(branches: Vec<Branch>, count: usize, app: &App) -> Result<Search, Failure> {
    let mut search = search_of(app.resource_type("Patient")?, Expression::Never, count);
    search.branches = branches;
    Ok(search)
}

fn types(app: &App, inputs: &Inputs) -> Result<Option<Vec<ResourceType>>, Failure> {
    let mut types = Vec::new();
    for name in inputs.parts("_type") {
        let known = app.resource_type(name.trim()).map_err(|failure| Failure {
            category: Category::Invalid,
            issues: failure
                .issues
                .into_iter()
                .map(|issue| fhir::Issue { expression: Some("_type".to_owned()), ..issue })
                .collect(),
        })?;
        types.push(known);
    }
    Ok((!types.is_empty()).then_some(types))
}

fn place(app: &App, inputs: &Inputs) -> Result<Place, Failure> {
    let bad = || {
        Failure::new(
            Category::NotFound,
            IssueCode::NotFound,
            "_cursor",
            "it is taken from a next link of this server; begin again without it",
        )
    };
    let Some(text) = inputs.text("_cursor") else { return Ok(Place::Members(None)) };
    if let Some(cursor) = text.strip_prefix('m') {
        return Ok(Place::Members(Some(SearchCursor(cursor.to_owned()))));
    }
    let after = text.strip_prefix('s').ok_or_else(bad)?;
    if after.is_empty() {
        return Ok(Place::Supporting(None));
    }
    let (type_name, id) = after.split_once('/').ok_or_else(bad)?;
    let resource_type = app.definitions().resource_type(type_name).ok_or_else(bad)?;
    let id = fhir::ResourceId::parse(id).ok_or_else(bad)?;
    Ok(Place::Supporting(Some(ResourceKey { resource_type, id })))
}

impl Request {
    /// The compartments' members of care in the period, of any type and age.
    fn of_care(&self, app: &App) -> Vec<Branch> {
        let definitions = app.definitions();
        let mut all = branches(definitions, self.around.resource_type, &self.around.owners);
        if let Some(key) = &self.around.also {
            let filter = Expression::Id(vec![key.id.clone()]);
            match all.iter_mut().find(|branch| branch.resource_type == key.resource_type) {
                Some(branch) => {
                    let before = std::mem::replace(&mut branch.filter, Expression::All);
                    branch.filter = Expression::Or(vec![before, filter]);
                }
                None => {
                    all.push(Branch { resource_type: key.resource_type, filter, sort: Vec::new() });
                }
            }
        }
        for branch in &mut all {
            let of_care = dates::of_care(definitions, branch.resource_type, self.start, self.end);
            let is_in = std::mem::replace(&mut branch.filter, Expression::All);
            branch.filter = ::search::simplify(Expression::And(vec![is_in, of_care]));
        }
        all
    }

    /// Those of them that are asked for.
    fn members(&self, app: &App) -> Vec<Branch> {
        let mut all = self.of_care(app);
        all.retain(|branch| self.wants(branch.resource_type));
        if let Some(since) = self.since {
            let range = DateRange { prefix: Prefix::Ge, low: since.low, high: since.low };
            for branch in &mut all {
                let is_in = std::mem::replace(&mut branch.filter, Expression::All);
                let is_new = Expression::LastUpdated(range);
                branch.filter = ::search::simplify(Expression::And(vec![is_in, is_new]));
            }
        }
        all
    }

    fn wants(&self, resource_type: ResourceType) -> bool {
        self.types.as_ref().is_none_or(|types| types.contains(&resource_type))
    }
}

/// What a page holds.
#[derive(Default)]
struct Page {
    members: Vec<Stored>,
    supporting: Vec<Stored>,
    /// How many members there are in all, where that is known.
    total: Option<u64>,
    /// The cursor of the next page.
    next: Option<String>,
    /// What is to be told.
    issues: Vec<fhir::Issue>,
}

async fn members(
    app: &App,
    request: &Request,
    cursor: Option<SearchCursor>,
    page: &mut Page,
) -> Result<(), Failure> {
    let branches = request.members(app);
    if branches.is_empty() {
        return Ok(());
    }
    let search = search(branches, request.count, app)?;
    let found = app.store.search(&search, cursor.as_ref()).await?;
    page.members = found.hits.into_iter().map(|hit| hit.resource).collect();
    page.total = found.total;
    page.next = found.next.map(|next| format!("m{}", next.0));
    Ok(())
}

impl Page {
    fn room(&self, request: &Request) -> usize {
        request.count.saturating_sub(self.members.len())
    }

    fn into_bundle(self, app: &App, path: &str, inputs: &Inputs) -> Vec<u8> {
        let base = &app.options.base_url;
        let url = |cursor: Option<&str>| {
            let mut pairs = inputs.pairs();
            if let Some(cursor) = cursor {
                pairs.retain(|(name, _)| name != "_cursor");
                pairs.push(("_cursor".to_owned(), cursor.to_owned()));
            }
            let query = ::search::encode_query(&pairs);
            let mark = if query.is_empty() { "" } else { "?" };
            format!("{base}/{path}{mark}{query}")
        };
        let mut links = vec![Link { relation: "self", url: url(None) }];
        if let Some(next) = &self.next {
            links.push(Link { relation: "next", url: url(Some(next)) });
        }
        let mut out = open_bundle("searchset", self.total, &links);
        out.extend_from_slice(br#","entry":["#);
        let members = self.members.iter().map(|each| (each, "match"));
        let supporting = self.supporting.iter().map(|each| (each, "include"));
        let mut is_empty = true;
        for (stored, mode) in members.chain(supporting) {
            let Some(body) = &stored.body else { continue };
            out.extend_from_slice(if is_empty { br#"{"fullUrl":"# } else { br#",{"fullUrl":"# });
            is_empty = false;
            write_string(&format!("{base}/{}", stored.key), &mut out);
            out.extend_from_slice(br#","resource":"#);
            out.extend_from_slice(body);
            out.extend_from_slice(format!(r#","search":{{"mode":"{mode}"}}}}"#).as_bytes());
        }
        if !self.issues.is_empty() {
            out.extend_from_slice(if is_empty { br#"{"resource":"# } else { br#",{"resource":"# });
            is_empty = false;
            out.extend_from_slice(&fhir::operation_outcome(&self.issues));
            out.extend_from_slice(br#","search":{"mode":"outcome"}}"#);
        }
        out.extend_from_slice(b"]}");
        without_empty_entry(out, is_empty)
    }
}
