//! Results that wait until somebody has looked at them before their person reads them.
//!
//! A feed that is told to (`hold_results`) asks for a look at each new or changed result: one Task for a
//! report with its observations, written together with them, so that there is no moment in which they are
//! shown. Whoever looks completes the Task, with words for the person if they like. What is withheld
//! follows from the Tasks that are open (`consent::limits`), so a result that is sent again stays released,
//! and one that is corrected waits again. Spec: issue 4, "results held until reviewed".

mod hold;

use std::collections::{BTreeSet, HashMap};

use access::{Duty, Who};
use fhir::{Element, IssueCode, ResourceId, Tree, format_instant};
use store::{Expected, Method, ResourceKey, Stored};

use crate::app::App;
use crate::audit::Look;
use crate::consent::RESULT_REVIEW;
use crate::failure::{Category, Failure};
use crate::linking::{CARELOOM_SYSTEM, TASK};

/// Open Tasks that are looked through for a page of them.
const SCANNED_MAX: usize = 20_000;
/// Characters of the words for the person at the most.
const WORDS_MAX: usize = 1_000;

/// A result that waits.
#[derive(Clone, Debug)]
pub struct ResultToReview {
    /// The Task.
    pub task: ResourceId,
    /// The patient.
    pub patient: ResourceId,
    /// Since when: a FHIR instant.
    pub since: String,
    /// The report and its observations.
    pub results: Vec<ResourceKey>,
    /// The person, or the patient where nothing links them yet.
    pub person: ResourceId,
    /// What to call them.
    pub name: String,
    /// What was measured.
    pub lines: Vec<MeasuredLine>,
}

/// A value of a result, as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeasuredLine {
    /// What was measured.
    pub name: String,
    /// The value with its unit; empty where there is none.
    pub value: String,
    /// The interpretation's code: `H`; empty where there is none.
    pub interpretation: String,
}

/// What somebody said of a result when they released it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// Who.
    pub by: String,
    /// When: a FHIR instant.
    pub at: String,
    /// Words for the person; may be empty.
    pub words: String,
}

impl App {
    /// The results that wait for the caller's organisation, oldest first, `count` at the most; and whether
    /// there may be more. A whole area's may have to be looked through for them.
    pub async fn results_to_review(
        &self,
        count: usize,
    ) -> Result<(Vec<ResultToReview>, bool), Failure> {
        let app = self.on_duty(Duty::ReviewResults)?;
        let query = [
            ("code", format!("{CARELOOM_SYSTEM}|{RESULT_REVIEW}")),
            ("status", "requested".to_owned()),
            ("_sort", "authored-on".to_owned()),
        ];
        let (tasks, is_more) = app.first_found(TASK, &query, SCANNED_MAX).await?;
        let mut waiting = Vec::new();
        for task in &tasks {
            let Some(found) = app.to_review(task) else { continue };
            if !self.knows(&found.patient).await? {
                continue;
            }
            if waiting.len() == count {
                return Ok((waiting, true));
            }
            self.note_shown([&found.patient]);
            waiting.push(app.described(found).await?);
        }
        Ok((waiting, is_more))
    }

    /// One result that waits.
    pub async fn result_to_review(&self, task: &ResourceId) -> Result<ResultToReview, Failure> {
        let app = self.on_duty(Duty::ReviewResults)?;
        let key = ResourceKey { resource_type: TASK, id: task.clone() };
        let stored = app.store.read(&key).await?.ok_or_else(|| Failure::not_found(&key))?;
        let found = app.to_review(&stored).ok_or_else(|| Failure::not_found(&key))?;
        if !self.knows(&found.patient).await? {
            return Err(Failure::not_found(&key));
        }
        self.note_shown([&found.patient]);
        app.described(found).await
    }

    /// With whose it is and what was measured.
    async fn described(&self, mut found: ResultToReview) -> Result<ResultToReview, Failure> {
        if let Some((person, _)) = self.person_of_patient(&found.patient).await {
            found.person = person;
        }
        found.name = self.name_of(&found.person).await?;
        let observations =
            found.results.iter().filter(|k| k.resource_type.as_str() == "Observation");
        let mut keys: Vec<ResourceKey> = observations.cloned().collect();
        keys.dedup();
        let stored = self.store.read_many(&keys).await?;
        let trees =
            stored.iter().flatten().filter_map(|stored| Tree::parse(stored.body.as_deref()?).ok());
        found.lines = trees.map(|tree| measured(&tree)).collect();
        Ok(found)
    }

    /// Lets the person read a result, with words for them that may be empty.
    pub async fn release_result(
        &self,
        task: &ResourceId,
        words: &str,
        by: &str,
        from: &str,
    ) -> Result<(), Failure> {
        let app = self.on_duty(Duty::ReviewResults)?;
        let words = words.trim();
        if words.chars().count() > WORDS_MAX {
            let message = "say it in 1,000 characters, or talk to the person";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "words", message));
        }
        let key = ResourceKey { resource_type: TASK, id: task.clone() };
        let stored = app.store.read(&key).await?.ok_or_else(|| Failure::not_found(&key))?;
        let waiting = app.to_review(&stored).ok_or_else(|| Failure::not_found(&key))?;
        if !self.knows(&waiting.patient).await? {
            return Err(Failure::not_found(&key));
        }
        let tree = stored.body.as_deref().and_then(|body| Tree::parse(body).ok());
        let tree = tree.ok_or_else(|| Failure::not_found(&key))?;
        let done = released(&tree, by, words, &format_instant(app.clock.now()));
        let done = Tree::parse(&done).map_err(|error| {
            let message = format!("a Task was made that is no json: {error}");
            Failure::plain(Category::Fault, IssueCode::Exception, message)
        })?;
        let in_force = app.in_force();
        let expected = Expected::Version(stored.version);
        let change = app.change(&in_force, &key, done.root(), Method::Put, expected);
        app.commit_one(change, Vec::new(), crate::Return::Minimal).await?;
        let look = Look {
            interaction: "release-result".to_owned(),
            action: 'U',
            address: "a result was looked at and released".to_owned(),
            from: Some(from.to_owned()),
            status: 200,
            reason: None,
        };
        self.note(&look, &BTreeSet::from([waiting.patient])).await?;
        Ok(())
    }

    /// What was said of the results of the person at hand when they were released, by report and
    /// observation; those that never waited are not among them.
    pub async fn own_reviews(&self) -> Result<HashMap<ResourceKey, Reviewed>, Failure> {
        let Who::Citizen(citizen) = &self.caller().who else { return Ok(HashMap::new()) };
        if !citizen.may_read || citizen.patients.is_empty() {
            return Ok(HashMap::new());
        }
        let app = self.elevated();
        let patients: Vec<&str> = citizen.patients.iter().map(ResourceId::as_str).collect();
        let query = [
            ("patient", patients.join(",")),
            ("code", format!("{CARELOOM_SYSTEM}|{RESULT_REVIEW}")),
            ("status", "completed".to_owned()),
        ];
        let mut reviews = HashMap::new();
        for task in &app.all_found(TASK, &query).await? {
            let tree = task.body.as_deref().and_then(|body| Tree::parse(body).ok());
            let Some(tree) = tree else { continue };
            let text = |path: &str| {
                let value = tree.root().at(path).and_then(fhir::Value::as_str);
                value.unwrap_or("").to_owned()
            };
            let reviewed = Reviewed {
                by: text("owner.display"),
                at: text("lastModified"),
                words: text("output[0].valueString"),
            };
            for (resource_type, id) in app.results_of(&tree) {
                reviews.insert(ResourceKey { resource_type, id }, reviewed.clone());
            }
        }
        Ok(reviews)
    }

    /// Whether the caller has to do with a patient.
    async fn knows(&self, patient: &ResourceId) -> Result<bool, Failure> {
        let (Some(doors), Who::Staff(_)) = (&self.doors, &self.caller().who) else {
            return Ok(true);
        };
        Ok(!doors.related(&BTreeSet::from([patient.clone()])).await?.is_empty())
    }

    fn to_review(&self, stored: &Stored) -> Option<ResultToReview> {
        let tree = Tree::parse(stored.body.as_deref()?).ok()?;
        let root = tree.root();
        let code = root.at("code.coding[0].code").and_then(fhir::Value::as_str);
        if code != Some(RESULT_REVIEW) || root.text_of("status") != Some("requested") {
            return None;
        }
        let patient = root.at("for.reference")?.as_str()?.strip_prefix("Patient/")?;
        let results = self.results_of(&tree).into_iter();
        let patient = ResourceId::parse(patient)?;
        Some(ResultToReview {
            person: patient.clone(),
            name: String::new(),
            lines: Vec::new(),
            task: stored.key.id.clone(),
            patient,
            since: root.text_of("authoredOn").unwrap_or("").to_owned(),
            results: results.map(|(resource_type, id)| ResourceKey { resource_type, id }).collect(),
        })
    }
}

/// What an Observation measured.
fn measured(observation: &Tree) -> MeasuredLine {
    let root = observation.root();
    let text = |path: &str| root.at(path).and_then(fhir::Value::as_str).unwrap_or("").to_owned();
    let first = |paths: &[&str]| {
        paths.iter().map(|path| text(path)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let value = match root.get("valueQuantity") {
        Some(quantity) => {
            let number = quantity.get("value").map_or("", |value| value.raw());
            let unit = quantity.text_of("unit").or(quantity.text_of("code")).unwrap_or("");
            let comparator = quantity.text_of("comparator").unwrap_or("");
            format!("{comparator}{number} {unit}").trim().to_owned()
        }
        None => first(&[
            "valueString",
            "valueCodeableConcept.text",
            "valueCodeableConcept.coding[0].display",
            "dataAbsentReason.text",
        ]),
    };
    MeasuredLine {
        name: first(&["code.text", "code.coding[0].display", "code.coding[0].code"]),
        value,
        interpretation: text("interpretation[0].coding[0].code"),
    }
}

/// The Task as it is once somebody has looked.
fn released(task: &Tree, by: &str, words: &str, at: &str) -> Vec<u8> {
    let Element::Object(mut members) = Element::from(task) else { return Vec::new() };
    members.retain(|(name, _)| !matches!(&**name, "owner" | "lastModified" | "output" | "meta"));
    for (name, value) in &mut members {
        if &**name == "status" {
            *value = Element::string("completed");
        }
    }
    let object = |members: Vec<(&str, Element)>| {
        Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    members.push(("lastModified".into(), Element::string(at)));
    members.push(("owner".into(), object(vec![("display", Element::string(by))])));
    if !words.is_empty() {
        let code = object(vec![("text", Element::string("words for the person"))]);
        let output = object(vec![("type", code), ("valueString", Element::string(words))]);
        members.push(("output".into(), Element::Array(vec![output])));
    }
    Element::Object(members).to_compact()
}
