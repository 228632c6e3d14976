//! What a kick-off asks for, and its check.
//! Spec: <https://hl7.org/fhir/uv/bulkdata/STU2/export.html#query-parameters>.

use fhir::{IssueCode, PartialDate, Precision, Reference, ReferenceKind, ResourceId, ResourceType};
use store::ResourceKey;

use super::choice::Purpose;
use super::members;
use super::work::{Export, Level, TypePlan};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::job::record::{Record, Work};
use crate::job::{files, no_folder};
use crate::search::decode_query;

/// Queries of `_typeFilter` at the most.
const FILTERS_MAX: usize = 100;
/// Patients of the `patient` parameter at the most.
const PATIENTS_MAX: usize = 10_000;

/// A kick-off: where it was sent, and its parameters as names and values.
#[derive(Clone, Debug, Default)]
pub struct ExportRequest {
    /// The type in the path: `Patient`, `Group`, or none for the whole system.
    pub type_name: Option<String>,
    /// The id in the path.
    pub id: Option<String>,
    /// The parameters, of a query or of a Parameters resource.
    pub parameters: Vec<(String, String)>,
    /// The request as a URL, for the manifest.
    pub url: String,
    /// Whether parameters that are not known are passed over (`Prefer: handling=lenient`).
    pub lenient: bool,
}

fn wrong(name: &str, message: impl Into<String>) -> Failure {
    Failure::new(Category::Invalid, IssueCode::Value, name, message)
}

impl App {
    /// Begins an export; gives the job's id.
    pub async fn start_export(&self, request: &ExportRequest) -> Result<Box<str>, Failure> {
        if self.options.jobs.folder.is_none() {
            return Err(no_folder());
        }
        let (level, patients) = self.export_level(request).await?;
        let mut export = self.read_parameters(request, level)?;
        let asked = std::mem::take(&mut export.patients_asked);
        if !asked.is_empty() && level == Level::System {
            return Err(wrong(
                "patient",
                "only an export of patients or of a group takes patients",
            ));
        }
        let listed = match (patients, asked.is_empty()) {
            (members, true) => members,
            (None, false) => Some(asked),
            (Some(members), false) => {
                if let Some(stranger) = asked.iter().find(|id| !members.contains(id)) {
                    return Err(wrong(
                        "patient",
                        format!("Patient/{stranger} is not a member of the group"),
                    ));
                }
                Some(asked)
            }
        };
        let id = self.job_id();
        if let Some(patients) = listed {
            let folder = files::folder(&self.options.jobs, &id)?;
            super::members::write(folder, members::PATIENTS, patients).await?;
            export.is_limited_to_patients = true;
        }
        if export.purpose == Purpose::ResearchPlanning {
            let left_out = self.left_out_by_choice().await?;
            export.left_out = left_out.len();
            if !left_out.is_empty() {
                let folder = files::folder(&self.options.jobs, &id)?;
                let left_out = left_out.into_iter().collect();
                super::members::write(folder, members::LEFT_OUT, left_out).await?;
            }
        }
        // Writes that are under way may carry the time before this one; when a later write of ours
        // is answered, they are all in the store.
        export.transaction_time = self.clock.now() / 1000 * 1000;
        for _ in 0..5 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            if self.clock.now() / 1000 * 1000 > export.transaction_time {
                break;
            }
        }
        let created = self.clock.now();
        let record = Record::new(Work::Export(export), request.url.clone(), created);
        self.start_job(id.clone(), &record).await?;
        Ok(id)
    }

    /// The level of an export, and the members of a group.
    async fn export_level(
        &self,
        request: &ExportRequest,
    ) -> Result<(Level, Option<Vec<String>>), Failure> {
        match (request.type_name.as_deref(), request.id.as_deref()) {
            (None, _) => Ok((Level::System, None)),
            (Some("Patient"), None) => Ok((Level::Patient, None)),
            (Some("Group"), Some(id)) => {
                let id = ResourceId::parse(id)
                    .ok_or_else(|| wrong("id", "an id is 1 to 64 letters, digits, '-' or '.'"))?;
                let key = ResourceKey { resource_type: self.resource_type("Group")?, id };
                let members = self.group_members(&key).await?;
                Ok((Level::Patient, Some(members)))
            }
            (Some(name), _) => {
                self.resource_type(name)?;
                Err(Failure::plain(
                    Category::NotSupported,
                    IssueCode::NotSupported,
                    "exports are of the whole system ($export), of all patients (Patient/$export) or of a group (Group/[id]/$export)",
                ))
            }
        }
    }

    fn read_parameters(&self, request: &ExportRequest, level: Level) -> Result<Export, Failure> {
        let mut export = Export::of(level);
        let mut types: Vec<ResourceType> = Vec::new();
        let mut filters: Vec<(ResourceType, String)> = Vec::new();
        let mut elements: Vec<(Option<ResourceType>, String)> = Vec::new();
        for (name, value) in &request.parameters {
            match name.as_str() {
                "_outputFormat" => check_format(value)?,
                "_since" => export.since = Some(instant(value)?),
                "_type" => {
                    for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                        types.push(self.exported_type(name, level)?);
                    }
                }
                // A comma separates queries only where a new type begins: values have commas too.
                "_typeFilter" => {
                    for query in split_filters(value) {
                        filters.push(self.type_filter(query)?);
                    }
                }
                "_elements" => {
                    for element in value.split(',').map(str::trim).filter(|e| !e.is_empty()) {
                        elements.push(self.element(element)?);
                    }
                }
                "_purpose" => {
                    export.purpose = Purpose::parse(value).ok_or_else(|| {
                        let [(care, _), (other, _)] = Purpose::NAMES;
                        wrong("_purpose", format!("an export is for {care} or {other}"))
                    })?;
                }
                "patient" => export.patients_asked.push(patient_id(value)?),
                "_format" | "_pretty" => {}
                _ if request.lenient => {}
                "includeAssociatedData"
                | "organizeOutputBy"
                | "allowPartialManifests"
                | "_until" => {
                    return Err(Failure::new(
                        Category::NotSupported,
                        IssueCode::NotSupported,
                        name.as_str(),
                        format!(
                            "{name} is not supported; leave it out, or send Prefer: handling=lenient to have it passed over"
                        ),
                    ));
                }
                _ => {
                    let shown: String = name.chars().take(64).collect();
                    return Err(wrong(
                        &shown,
                        "an export takes _outputFormat, _since, _type, _elements, _typeFilter, _purpose and patient",
                    ));
                }
            }
        }
        if filters.len() > FILTERS_MAX || export.patients_asked.len() > PATIENTS_MAX {
            return Err(wrong(
                "_typeFilter",
                format!(
                    "at most {FILTERS_MAX} queries and {PATIENTS_MAX} patients; send several exports"
                ),
            ));
        }
        export.types = self.plans(level, types, &filters, &elements)?;
        Ok(export)
    }

    fn plans(
        &self,
        level: Level,
        asked: Vec<ResourceType>,
        filters: &[(ResourceType, String)],
        elements: &[(Option<ResourceType>, String)],
    ) -> Result<Vec<TypePlan>, Failure> {
        let mut types = asked;
        if types.is_empty() {
            types = self.definitions().resource_types().to_vec();
            types.retain(|each| self.exported_type(each.as_str(), level).is_ok());
        }
        types.sort_unstable();
        types.dedup();
        if let Some((stray, _)) = filters.iter().find(|(of, _)| !types.contains(of)) {
            return Err(wrong("_typeFilter", format!("{stray} is not among the types exported")));
        }
        let plan = |resource_type: &ResourceType| TypePlan {
            name: resource_type.as_str().to_owned(),
            filters: filters
                .iter()
                .filter(|(of, _)| of == resource_type)
                .map(|(_, query)| query.clone())
                .collect(),
            elements: elements
                .iter()
                .filter(|(of, _)| of.is_none_or(|of| of == *resource_type))
                .map(|(_, element)| element.clone())
                .collect(),
        };
        Ok(types.iter().map(plan).collect())
    }

    /// A type that an export of this level can hold.
    fn exported_type(&self, name: &str, level: Level) -> Result<ResourceType, Failure> {
        let definitions = self.definitions();
        let shown: String = name.chars().take(64).collect();
        let resource_type = definitions
            .resource_type(name)
            .ok_or_else(|| wrong("_type", format!("{shown:?} is no resource type of FHIR R4")))?;
        let is_in =
            level == Level::System || super::members::is_member_type(definitions, resource_type);
        if is_in {
            Ok(resource_type)
        } else {
            Err(wrong(
                "_type",
                format!(
                    "{name} is not in the compartment of a patient; export it with [base]/$export"
                ),
            ))
        }
    }

    /// `Type?query`, where the query only selects.
    fn type_filter(&self, text: &str) -> Result<(ResourceType, String), Failure> {
        let shape = || {
            wrong("_typeFilter", "a type filter is Type?query, such as Observation?status=final")
        };
        let (name, query) = text.split_once('?').ok_or_else(shape)?;
        let resource_type = self.definitions().resource_type(name).ok_or_else(shape)?;
        let pairs = decode_query(query);
        let results = [
            "_sort",
            "_count",
            "_include",
            "_revinclude",
            "_summary",
            "_elements",
            "_total",
            "_contained",
            "_containedType",
            "_score",
            "_format",
            "_pretty",
            "_cursor",
        ];
        let shapes_result = |name: &str| results.contains(&name.split(':').next().unwrap_or(name));
        if pairs.is_empty() || pairs.iter().any(|(name, _)| shapes_result(name)) {
            return Err(wrong(
                "_typeFilter",
                "a type filter only selects; _sort, _count, _include and their like have no place in it",
            ));
        }
        self.parse_search(resource_type, &pairs, ::search::Handling::Strict)?;
        Ok((resource_type, query.to_owned()))
    }

    /// `element` or `Type.element`.
    fn element(&self, text: &str) -> Result<(Option<ResourceType>, String), Failure> {
        let definitions = self.definitions();
        let unknown = || {
            let shown: String = text.chars().take(64).collect();
            wrong(
                "_elements",
                format!(
                    "{shown:?} is no element; elements are of the top level, such as id or Patient.name"
                ),
            )
        };
        match text.split_once('.') {
            None if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Ok((None, text.to_owned()))
            }
            Some((name, element)) => {
                let resource_type = definitions.resource_type(name).ok_or_else(unknown)?;
                let type_id = definitions.type_id(name).ok_or_else(unknown)?;
                let is_known = definitions.children_named(type_id, element).next().is_some();
                if is_known {
                    Ok((Some(resource_type), element.to_owned()))
                } else {
                    Err(unknown())
                }
            }
            None => Err(unknown()),
        }
    }
}

fn check_format(value: &str) -> Result<(), Failure> {
    // A "+" that was not escaped arrives as a space.
    match value.replace(' ', "+").as_str() {
        "application/fhir+ndjson" | "application/ndjson" | "ndjson" => Ok(()),
        _ => Err(Failure::new(
            Category::Invalid,
            IssueCode::NotSupported,
            "_outputFormat",
            "exports are written as application/fhir+ndjson",
        )),
    }
}

/// A FHIR instant as the first microsecond of it.
fn instant(value: &str) -> Result<i64, Failure> {
    let text = value.replace(' ', "+");
    let date = PartialDate::parse(&text)
        .filter(|date| date.precision >= Precision::Second && date.offset_seconds.is_some());
    date.map(|date| date.low).ok_or_else(|| {
        wrong("_since", "_since is an instant with its offset, such as 2026-11-22T20:59:46Z")
    })
}

/// The queries of a `_typeFilter`, which may hold several with commas between them.
fn split_filters(value: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in value.match_indices(',') {
        let rest = &value[at + 1..];
        let name = rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        let begins = rest.as_bytes().first().is_some_and(u8::is_ascii_uppercase);
        if begins && rest.as_bytes().get(name) == Some(&b'?') {
            parts.push(&value[start..at]);
            start = at + 1;
        }
    }
    parts.push(&value[start..]);
    parts
}

fn patient_id(value: &str) -> Result<String, Failure> {
    let shape = || wrong("patient", "patients are references, such as Patient/1");
    match Reference::parse(value).kind {
        ReferenceKind::Relative { resource_type: "Patient", id, version: None } => {
            Ok(id.to_owned())
        }
        _ => Err(shape()),
    }
}

#[cfg(test)]
mod tests {
    use super::{instant, patient_id, split_filters};

    #[test]
    fn filters_split_where_a_type_begins() {
        let cases: [(&str, &[&str]); 4] = [
            ("Observation?code=a,b", &["Observation?code=a,b"]),
            (
                "Observation?code=a,b,Condition?code=c",
                &["Observation?code=a,b", "Condition?code=c"],
            ),
            ("Patient?name=A,Bob?x", &["Patient?name=A", "Bob?x"]),
            ("", &[""]),
        ];
        for (value, parts) in cases {
            assert_eq!(split_filters(value), parts, "{value}");
        }
    }

    #[test]
    fn instants_have_an_offset() {
        assert_eq!(instant("1970-01-01T00:00:01Z").ok(), Some(1_000_000));
        assert_eq!(instant("1970-01-01T01:00:00 01:00").ok(), Some(0), "an unescaped plus");
        for wrong in ["", "1970", "1970-01-01", "1970-01-01T00:00:00", "now"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn patients_are_references() {
        assert_eq!(patient_id("Patient/a-1").ok().as_deref(), Some("a-1"));
        for wrong in ["", "1", "Group/1", "Patient/", "Patient/a b", "http://x/Patient/1"] {
            assert!(patient_id(wrong).is_err(), "{wrong}");
        }
    }
}
