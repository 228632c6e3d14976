//! Doubtful links: a Task each, which waits for a person.

use access::Duty;
use fhir::{Edit, Element, ResourceId, Tree, stamp};
use matching::{Candidate, Explanation, RecordId, Ruling};
use store::{Change, ChangeKind, Expected, Method, ResourceKey};

use super::register::Register;
use super::{CARELOOM_SYSTEM, PATIENT, REVIEW_CODE, TASK};
use crate::app::App;

/// Two Patients, the smaller id first.
pub(crate) type Pair = (ResourceId, ResourceId);

pub(crate) fn pair(a: &ResourceId, b: &ResourceId) -> Pair {
    if a <= b { (a.clone(), b.clone()) } else { (b.clone(), a.clone()) }
}

/// A review that waits.
#[derive(Clone, Debug)]
pub struct OpenReview {
    /// The Task.
    pub task: ResourceId,
    /// The two Patients.
    pub sides: [ReviewSide; 2],
    /// The evidence; absent where one of the two is gone.
    pub explanation: Option<Explanation>,
    /// Whether the two are linked now, so that the question is whether to take them apart.
    pub linked: bool,
}

/// One side of a review.
#[derive(Clone, Debug)]
pub struct ReviewSide {
    /// The Patient.
    pub patient: ResourceId,
    /// The Person that links it now.
    pub person: Option<ResourceId>,
}

/// The Tasks for one record's doubtful candidates, for those that have none yet.
pub(super) fn open(
    app: &App,
    register: &mut Register,
    about: RecordId,
    candidates: &[Candidate],
) -> Vec<Change> {
    let mut tasks = Vec::new();
    let Some(patient) = register.patient(about).cloned() else { return tasks };
    for candidate in candidates {
        let closest = candidate.explanation.closest;
        let Some(other) = register.patient(closest).cloned() else { continue };
        if other == patient || register.linker.ruling(about, closest).is_some() {
            continue;
        }
        let pair = pair(&patient, &other);
        if register.reviews.contains_key(&pair) {
            continue;
        }
        let id = app.ids.next();
        let task = task_of(&pair, None, &candidate.explanation);
        tasks.push(task_change(app, &id, &task, Expected::Absent));
        register.reviews.insert(pair, id);
    }
    tasks
}

pub(super) fn task_change(
    app: &App,
    id: &ResourceId,
    task: &Element,
    expected: Expected,
) -> Change {
    let json = task.to_compact();
    let key = ResourceKey { resource_type: TASK, id: id.clone() };
    let kind = match Tree::parse(&json) {
        Ok(tree) => ChangeKind::Write {
            method: Method::Put,
            draft: stamp(tree.root(), id.as_str(), &mut |_| Edit::Keep),
            indexed: app.in_force().indexer.extract(tree.root(), &|_| None),
        },
        Err(_) => ChangeKind::Delete,
    };
    Change { key, expected, kind, lineage: None }
}

/// The Task of a review: open, or decided with a ruling.
pub(super) fn task_of(
    pair: &Pair,
    ruling: Option<(Ruling, &str)>,
    explanation: &Explanation,
) -> Element {
    let mut task = Element::object();
    task.set("resourceType", Element::string(TASK.as_str()));
    let status = if ruling.is_some() { "completed" } else { "requested" };
    task.set("status", Element::string(status));
    task.set("intent", Element::string("order"));
    task.set("code", concept(REVIEW_CODE, "Are these two records one person's?"));
    task.set("description", Element::string(summary_of(explanation)));
    task.set("focus", reference(&pair.0));
    task.set("for", reference(&pair.1));
    if let Some((ruling, by)) = ruling {
        let code = match ruling {
            Ruling::Same => "same",
            Ruling::Different => "different",
        };
        let mut output = Element::object();
        output.set("type", concept("ruling", "What somebody decided"));
        output.set("valueCode", Element::string(code));
        task.set("output", Element::Array(vec![output]));
        let mut owner = Element::object();
        owner.set("display", Element::string(by));
        task.set("owner", owner);
    }
    task
}

fn concept(code: &str, text: &str) -> Element {
    let mut coding = Element::object();
    coding.set("system", Element::string(CARELOOM_SYSTEM));
    coding.set("code", Element::string(code));
    let mut concept = Element::object();
    concept.set("coding", Element::Array(vec![coding]));
    concept.set("text", Element::string(text));
    concept
}

fn reference(patient: &ResourceId) -> Element {
    let mut reference = Element::object();
    reference.set("reference", Element::string(format!("{PATIENT}/{patient}")));
    reference
}

/// The evidence in one sentence, without the values compared.
fn summary_of(explanation: &Explanation) -> String {
    let reasons: Vec<&str> = explanation.reasons.iter().map(matching::Reason::words).collect();
    format!("{} ({:.1} bits)", reasons.join("; "), explanation.total)
}

/// Takes a stored Task up at start.
pub(super) fn restore(register: &mut Register, key: &ResourceKey, task: &Tree) {
    let root = task.root();
    let code = root.at("code.coding[0].code").and_then(fhir::Value::as_str);
    if code != Some(REVIEW_CODE) {
        return;
    }
    let patient = |path: &str| {
        let text = root.at(path)?.as_str()?;
        ResourceId::parse(text.strip_prefix("Patient/")?)
    };
    let (Some(a), Some(b)) = (patient("focus.reference"), patient("for.reference")) else { return };
    let pair = pair(&a, &b);
    let ruling = root.at("output[0].valueCode").and_then(fhir::Value::as_str);
    match (root.text_of("status"), ruling) {
        (Some("completed"), Some("same")) => register.restore_ruling(&pair, Ruling::Same),
        (Some("completed"), Some("different")) => register.restore_ruling(&pair, Ruling::Different),
        _ => {}
    }
    register.reviews.insert(pair, key.id.clone());
}

impl App {
    /// The reviews that wait, oldest first, at most `limit`.
    pub async fn open_reviews(&self, limit: usize) -> Result<Vec<OpenReview>, crate::Failure> {
        let app = self.on_duty(Duty::Links)?;
        let mut tasks = Vec::new();
        crate::scan::scan_type(&app, TASK, |key, _, tree| {
            let root = tree.root();
            let is_review =
                root.at("code.coding[0].code").and_then(fhir::Value::as_str) == Some(REVIEW_CODE);
            if is_review && root.text_of("status") == Some("requested") {
                tasks.push(key.id.clone());
            }
        })
        .await?;
        let register = self.linking.register.lock().await;
        let of_task: std::collections::HashMap<_, _> =
            register.reviews.iter().map(|(pair, task)| (task, pair)).collect();
        let open = tasks.iter().filter_map(|task| {
            let pair = of_task.get(task)?;
            Some(open_review(&register, task, pair))
        });
        Ok(open.take(limit).collect())
    }
}

pub(super) fn open_review(register: &Register, task: &ResourceId, pair: &Pair) -> OpenReview {
    let side = |patient: &ResourceId| ReviewSide {
        patient: patient.clone(),
        person: register.person_of(patient).map(|state| state.id.clone()),
    };
    let sides = [side(&pair.0), side(&pair.1)];
    OpenReview {
        task: task.clone(),
        linked: sides[0].person.is_some() && sides[0].person == sides[1].person,
        explanation: register.explain_pair(pair),
        sides,
    }
}

impl Register {
    /// The evidence between two Patients.
    pub(super) fn explain_pair(&self, pair: &Pair) -> Option<Explanation> {
        let (a, b) = (self.record(&pair.0)?, self.record(&pair.1)?);
        self.linker.explain_between(a, b)
    }
}
