//! Whose data an export of patients or of a group holds: the compartments of those patients.
//! Spec: <https://hl7.org/fhir/R4/compartmentdefinition-patient.html>.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::search::{IndexEntry, IndexValue, ReferenceTarget};
use definitions::Definitions;
use fhir::{IssueCode, Reference, ReferenceKind, ResourceId, ResourceType, Tree};
use store::ResourceKey;

use super::choice::names_one_of;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::in_force::InForce;
use crate::job::files::broken;

/// The file in a job's folder that lists the patients, an id a line.
pub(super) const PATIENTS: &str = "patients";
/// The file that lists those who are left out.
pub(super) const LEFT_OUT: &str = "left-out";
/// Members of a group at the most, those of groups in it included.
const MEMBERS_MAX: usize = 1_000_000;
/// Groups within groups at the most.
const GROUPS_MAX: usize = 1_000;

/// Whether resources of this type can belong to a patient, or are one.
pub(super) fn is_member_type(definitions: &Definitions, resource_type: ResourceType) -> bool {
    resource_type.as_str() == "Patient" || !codes(definitions, resource_type).is_empty()
}

fn codes(definitions: &Definitions, resource_type: ResourceType) -> &[&'static str] {
    let patient = definitions.resource_type("Patient");
    patient
        .and_then(|patient| definitions.compartment(patient))
        .map_or(&[], |compartment| compartment.parameters_of(resource_type))
}

/// Keeps a list of patients for the job.
pub(super) async fn write(
    folder: PathBuf,
    name: &'static str,
    patients: Vec<String>,
) -> Result<(), Failure> {
    let wrong = |error| broken("keep the list of patients", &error);
    tokio::fs::create_dir_all(&folder).await.map_err(wrong)?;
    let path = folder.join(name);
    crate::job::runner::blocking("keep the list of patients", move || {
        let file = std::fs::File::create(path)?;
        std::io::Write::write_all(&mut &file, patients.join("\n").as_bytes())?;
        file.sync_all()
    })
    .await?
    .map_err(wrong)
}

async fn listed(folder: &Path, name: &str) -> Result<HashSet<Box<str>>, Failure> {
    let text = tokio::fs::read_to_string(folder.join(name))
        .await
        .map_err(|error| broken("read the list of patients", &error))?;
    Ok(text.lines().filter(|line| !line.is_empty()).map(Box::from).collect())
}

/// Who belongs to an export.
#[derive(Debug)]
pub(super) struct Members {
    /// The patients; `None` means all.
    patients: Option<HashSet<Box<str>>>,
    /// Patients who are left out, and whatever names them.
    left_out: HashSet<Box<str>>,
}

impl Members {
    /// All patients, or those of the job's list; and those whom the job leaves out.
    pub(super) async fn load(
        folder: PathBuf,
        (is_limited, leaves_out): (bool, bool),
    ) -> Result<Arc<Members>, Failure> {
        let patients = if is_limited { Some(listed(&folder, PATIENTS).await?) } else { None };
        let left_out = if leaves_out { listed(&folder, LEFT_OUT).await? } else { HashSet::new() };
        Ok(Arc::new(Members { patients, left_out }))
    }

    /// Whether anybody is left out.
    pub(super) fn leave_any_out(&self) -> bool {
        !self.left_out.is_empty()
    }

    /// Whether a resource is left out, as being of somebody who chose so.
    pub(super) fn leave_out(&self, key: &ResourceKey, body: &[u8]) -> bool {
        names_one_of(&self.left_out, key.resource_type.as_str(), key.id.as_str(), body)
    }

    fn has(&self, id: &str) -> bool {
        self.patients.as_ref().is_none_or(|patients| patients.contains(id))
    }

    /// Whether a resource belongs to one of the patients.
    pub(super) fn hold(
        &self,
        app: &App,
        in_force: &InForce,
        key: &ResourceKey,
        body: &[u8],
    ) -> bool {
        if key.resource_type.as_str() == "Patient" {
            return self.has(key.id.as_str());
        }
        if !self.may_hold(body) {
            return false;
        }
        let Ok(tree) = Tree::parse(body) else { return false };
        let codes = codes(in_force.definitions, key.resource_type);
        let parameters: Vec<_> = codes
            .iter()
            .filter_map(|code| in_force.definitions.search_parameter(key.resource_type, code))
            .map(|parameter| parameter.id)
            .collect();
        let indexed = in_force.indexer.extract(tree.root(), &|text| app.local_target(text));
        let leads_here = |entry: &IndexEntry| {
            let IndexValue::Reference(ReferenceTarget::Local(resource_type, id)) = &entry.value
            else {
                return false;
            };
            parameters.contains(&entry.parameter.0)
                && resource_type.as_str() == "Patient"
                && self.has(id.as_str())
        };
        indexed.entries.iter().any(leads_here)
    }

    /// A quick look that never says no to a member: whether the text names one of the patients.
    fn may_hold(&self, body: &[u8]) -> bool {
        const NAME: &[u8] = b"Patient/";
        // A slash may be written as an escape, which only reading tells.
        if memchr::memmem::find(body, b"\\/").is_some() {
            return true;
        }
        memchr::memmem::find_iter(body, NAME).any(|at| {
            let rest = &body[at + NAME.len()..];
            let is_id = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
            let length = rest.iter().take_while(|byte| is_id(byte)).count();
            std::str::from_utf8(&rest[..length]).is_ok_and(|id| self.has(id))
        })
    }
}

impl App {
    /// The patients of a group that are in it now, with those of the groups in it.
    pub(crate) async fn group_members(&self, key: &ResourceKey) -> Result<Vec<String>, Failure> {
        let mut waiting = vec![key.clone()];
        let mut seen: HashSet<ResourceKey> = HashSet::from([key.clone()]);
        let mut patients: HashSet<String> = HashSet::new();
        while let Some(group) = waiting.pop() {
            let stored = match self.read(&group).await {
                Ok(stored) => stored,
                Err(failure) if group == *key => return Err(failure),
                // A group in the group that is gone has nobody in it.
                Err(failure) if failure.category != Category::Fault => continue,
                Err(failure) => return Err(failure),
            };
            let body = stored.body.unwrap_or_else(|| (*b"{}").into());
            let tree = Tree::parse(&body).map_err(|_| unreadable(&group))?;
            if tree.root().get("member").is_none() && tree.root().get("characteristic").is_some() {
                return Err(Failure::new(
                    Category::NotSupported,
                    IssueCode::NotSupported,
                    "Group.characteristic",
                    "a group that is given by characteristics cannot be exported; list its members",
                ));
            }
            for member in tree.root().all("member") {
                if member.get("inactive").and_then(fhir::Value::as_bool) == Some(true)
                    || self.is_over(member.get("period"))
                {
                    continue;
                }
                match self.member_of(member.at("entity.reference")) {
                    Some(("Patient", id)) => {
                        patients.insert(id.as_str().to_owned());
                    }
                    Some(("Group", id)) => {
                        let inner = ResourceKey { resource_type: key.resource_type, id };
                        if seen.insert(inner.clone()) {
                            waiting.push(inner);
                        }
                    }
                    _ => {}
                }
            }
            if patients.len() > MEMBERS_MAX || seen.len() > GROUPS_MAX {
                return Err(Failure::plain(
                    Category::TooLarge,
                    IssueCode::TooCostly,
                    format!(
                        "the group has more than {MEMBERS_MAX} patients or {GROUPS_MAX} groups in it; export in parts"
                    ),
                ));
            }
        }
        Ok(patients.into_iter().collect())
    }

    fn member_of<'t>(&self, reference: Option<fhir::Value<'t>>) -> Option<(&'t str, ResourceId)> {
        let text = reference?.as_str()?;
        match Reference::parse(text).kind {
            ReferenceKind::Relative { resource_type, id, .. } => {
                Some((resource_type, ResourceId::parse(id)?))
            }
            ReferenceKind::Absolute { base, target: Some((resource_type, id)) }
                if base == self.options.base_url =>
            {
                Some((resource_type, ResourceId::parse(id)?))
            }
            _ => None,
        }
    }

    fn is_over(&self, period: Option<fhir::Value<'_>>) -> bool {
        let end =
            period.and_then(|period| period.text_of("end")).and_then(fhir::PartialDate::parse);
        end.is_some_and(|end| end.high < self.clock.now())
    }
}

fn unreadable(key: &ResourceKey) -> Failure {
    Failure::plain(Category::Fault, IssueCode::Exception, format!("{key} cannot be read"))
}
