//! Asking for a look at results as they arrive.

use std::collections::BTreeMap;

use fhir::{Edit, Element, ResourceId, Tree, format_instant, stamp};
use store::{Change, ChangeKind, Expected, Method, ResourceKey};

use crate::app::App;
use crate::consent::RESULT_REVIEW;
use crate::linking::{CARELOOM_SYSTEM, TASK};

/// The id of the Task that asks for a look at a result: the same however often it is sent.
pub(super) fn task_id(result: &ResourceKey) -> ResourceId {
    let hash = identity::secret_key(&format!("{RESULT_REVIEW} {result}"));
    ResourceId::parse(&hash[..32]).unwrap_or_else(|| result.id.clone())
}

/// Days after which a result that arrives is history, as when a system sends all that it ever had: nobody is
/// asked to look at it.
const HISTORY_DAYS: i64 = 28;

/// One report, or what stands for it, with its observations.
#[derive(Default)]
struct Group {
    report: Option<ResourceId>,
    observations: Vec<ResourceId>,
}

impl App {
    /// The Tasks that ask for a look at the results among these changes, one for each report.
    pub(crate) fn reviews_of(&self, changes: &[Change]) -> Vec<Change> {
        let mut of_patient: BTreeMap<String, Vec<(ResourceKey, Tree)>> = BTreeMap::new();
        for change in changes {
            let ChangeKind::Write { draft, .. } = &change.kind else { continue };
            if !matches!(change.key.resource_type.as_str(), "DiagnosticReport" | "Observation") {
                continue;
            }
            let Ok(tree) = Tree::parse(&draft.fill(1, "")) else { continue };
            let patient = tree.root().at("subject.reference").and_then(fhir::Value::as_str);
            let is_new = !is_history(&tree, self.clock.now());
            let Some(patient) = patient.filter(|_| is_new && is_result(&tree)) else { continue };
            let patient = patient.to_owned();
            of_patient.entry(patient).or_default().push((change.key.clone(), tree));
        }
        let groups = of_patient.into_iter().flat_map(|(patient, results)| {
            grouped(results).into_iter().map(move |group| (patient.clone(), group))
        });
        groups.filter_map(|(patient, group)| self.review_task(&patient, &group)).collect()
    }

    fn review_task(&self, patient: &str, group: &Group) -> Option<Change> {
        let focus = match (&group.report, group.observations.first()) {
            (Some(report), _) => format!("DiagnosticReport/{report}"),
            (None, Some(first)) => format!("Observation/{first}"),
            (None, None) => return None,
        };
        let (name, id) = focus.split_once('/')?;
        let resource_type = self.definitions().resource_type(name)?;
        let result = ResourceKey { resource_type, id: ResourceId::parse(id)? };
        let key = ResourceKey { resource_type: TASK, id: task_id(&result) };
        let inputs = group.observations.iter().map(|id| {
            let kind = object(vec![("text", Element::string("result"))]);
            object(vec![("type", kind), ("valueReference", refers(&format!("Observation/{id}")))])
        });
        let inputs: Vec<Element> = inputs.collect();
        let coding = object(vec![
            ("system", Element::string(CARELOOM_SYSTEM)),
            ("code", Element::string(RESULT_REVIEW)),
        ]);
        let code = object(vec![("coding", Element::Array(vec![coding]))]);
        let mut members = vec![
            ("resourceType", Element::string("Task")),
            ("id", Element::string(key.id.as_str())),
            ("status", Element::string("requested")),
            ("intent", Element::string("order")),
            ("code", code),
            ("focus", refers(&focus)),
            ("for", refers(patient)),
            ("authoredOn", Element::string(format_instant(self.clock.now()))),
        ];
        if !inputs.is_empty() {
            members.push(("input", Element::Array(inputs)));
        }
        let tree = Tree::parse(&object(members).to_compact()).ok()?;
        let draft = stamp(tree.root(), key.id.as_str(), &mut |_| Edit::Keep);
        let indexed = self.in_force().indexer.extract(tree.root(), &|text| self.local_target(text));
        let kind = ChangeKind::Write { method: Method::Put, draft, indexed };
        Some(Change { key, expected: Expected::Any, kind, lineage: None })
    }
}

/// What is measured, asked or done at a visit, and known to its person from there.
const OF_A_VISIT: [&str; 6] =
    ["vital-signs", "social-history", "survey", "exam", "therapy", "activity"];

/// Whether it is a result of a test, and not something measured at a visit. One that does not say is: a
/// result shown too early cannot be taken back.
fn is_result(tree: &Tree) -> bool {
    let root = tree.root();
    if tree.resource_type() == Some("DiagnosticReport") {
        return true;
    }
    let categories = root.all("category").flat_map(|category| category.all("coding"));
    let mut codes = categories.filter_map(|coding| coding.text_of("code")).peekable();
    codes.peek().is_none() || codes.any(|code| !OF_A_VISIT.contains(&code))
}

/// Whether it was taken and reported long before it arrived: a report that is new is new however old its
/// sample. One that does not say when is new.
fn is_history(tree: &Tree, now: i64) -> bool {
    let since = format_instant(now - HISTORY_DAYS * 24 * 60 * 60 * 1_000_000);
    let root = tree.root();
    let times = ["effectiveDateTime", "effectivePeriod.start", "effectiveInstant", "issued"];
    let told = times.iter().filter_map(|path| root.at(path)?.as_str());
    // Whole days compare as texts, and what is less than a day with its beginning; a day more or less does
    // not matter here.
    told.max().is_some_and(|at| at.get(..10).unwrap_or(at) < &since[..10])
}

/// Each report with the observations that it names; those that none names are one more.
fn grouped(results: Vec<(ResourceKey, Tree)>) -> Vec<Group> {
    let (reports, observations): (Vec<_>, Vec<_>) =
        results.into_iter().partition(|(key, _)| key.resource_type.as_str() == "DiagnosticReport");
    let mut alone: Vec<ResourceId> = observations.into_iter().map(|(key, _)| key.id).collect();
    let mut groups = Vec::new();
    for (key, tree) in reports {
        let named = tree.root().all("result").filter_map(|result| {
            let reference = result.text_of("reference")?.strip_prefix("Observation/")?;
            ResourceId::parse(reference)
        });
        let observations: Vec<ResourceId> = named.collect();
        alone.retain(|id| !observations.contains(id));
        groups.push(Group { report: Some(key.id), observations });
    }
    if !alone.is_empty() {
        groups.push(Group { report: None, observations: alone });
    }
    groups
}

fn refers(to: &str) -> Element {
    object(vec![("reference", Element::string(to))])
}

fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}
