//! `$lastn`: the newest observations of each kind about someone.
//! Spec: <https://hl7.org/fhir/R4/observation-operation-lastn.html>.

use std::cmp::Reverse;
use std::collections::HashMap;

use ::search::{Contained, Handling, Search, Summary, Total};
use fhir::{Issue, IssueCode, PartialDate, ResourceType, Tree, Value, write_string};
use store::Stored;

use super::input::Inputs;
use super::table::Operation;
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::history::without_empty_entry;
use crate::search::{Link, open_bundle};

/// Observations that are looked at, at the most.
const LOOKED_AT_MAX: usize = 20_000;
/// Observations that are read at once.
const PAGE: usize = 1_000;

/// Search parameters that say about whom: `patient`, `subject:Patient.identifier`.
const SUBJECTS: [&str; 2] = ["patient", "subject"];

pub(super) async fn lastn(
    app: &App,
    operation: &Operation,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let observation = app.resource_type("Observation")?;
    let max = inputs.number("max").unwrap_or(1);
    let pairs = inputs.search_pairs(operation);
    let mut search = read_search(app, observation, &pairs)?;
    let asks_status = pairs.iter().any(|(name, _)| name.split([':', '.']).next() == Some("status"));
    let mut found = Vec::new();
    search.count = PAGE;
    let mut cursor = None;
    loop {
        let page = app.store.search(&search, cursor.as_ref()).await?;
        let shown = |stored: Stored| Candidate::of(stored, asks_status);
        found.extend(page.hits.into_iter().filter_map(|hit| shown(hit.resource)));
        if found.len() > LOOKED_AT_MAX {
            return Err(Failure::too_costly(
                operation.code,
                format!(
                    "more than {LOOKED_AT_MAX} observations match; narrow by category, code or date"
                ),
            ));
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Ok(bundle(app, &newest(found, max), &search, inputs))
}

fn read_search(
    app: &App,
    observation: ResourceType,
    pairs: &[(String, String)],
) -> Result<Search, Failure> {
    let names_subject = |(name, _): &(String, String)| {
        name.split([':', '.']).next().is_some_and(|code| SUBJECTS.contains(&code))
    };
    if !pairs.iter().any(names_subject) {
        return Err(Failure::new(
            Category::Invalid,
            IssueCode::Required,
            "patient",
            "$lastn needs patient or subject, to say whose observations",
        ));
    }
    let (search, _) = app.parse_search(observation, pairs, Handling::Strict)?;
    let not_taken = |name: &str, message: &str| {
        Err(Failure::invalid(vec![Issue::error(IssueCode::NotSupported, name, message)]))
    };
    let is_sorted = search.branches.iter().any(|branch| !branch.sort.is_empty());
    if is_sorted {
        return not_taken("_sort", "$lastn has its own order: the newest first");
    }
    if pairs.iter().any(|(name, _)| name == "_count") {
        return not_taken(
            "_count",
            "$lastn answers whole; narrow it by max, category, code or date",
        );
    }
    if !search.includes.is_empty() {
        return not_taken("_include", "$lastn answers observations alone");
    }
    if search.contained != Contained::No {
        return not_taken("_contained", "$lastn looks at resources of their own alone");
    }
    if search.summary == Summary::Count {
        return not_taken(
            "_summary",
            "$lastn cannot be counted; ask for true, text, data or false",
        );
    }
    Ok(Search { total: Total::None, ..search })
}

/// An observation with what it is grouped and ordered by.
struct Candidate {
    stored: Stored,
    keys: Vec<String>,
    at: i64,
}

impl Candidate {
    /// What was entered in error is no observation of anyone, unless the status is asked for.
    fn of(stored: Stored, with_errors: bool) -> Option<Candidate> {
        let tree = Tree::parse(stored.body.as_deref()?).ok()?;
        let root = tree.root();
        if !with_errors && root.text_of("status") == Some("entered-in-error") {
            return None;
        }
        let subject = root.at("subject.reference").and_then(Value::as_str).unwrap_or("").to_owned();
        let keys = keys(root.get("code"), &subject);
        let at = time(root);
        Some(Candidate { stored, keys, at })
    }
}

/// What a concept is known by; one without codes by its text, one without either by nothing.
fn keys(code: Option<Value<'_>>, subject: &str) -> Vec<String> {
    let Some(code) = code else { return Vec::new() };
    let mut keys: Vec<String> = code
        .all("coding")
        .filter_map(|coding| {
            let system = coding.text_of("system").unwrap_or("");
            coding.text_of("code").map(|code| format!("{subject}\u{0}{system}|{code}"))
        })
        .collect();
    if keys.is_empty() {
        let text = code.text_of("text").unwrap_or("");
        keys.push(format!("{subject}\u{0}\u{0}{}", ::search::fold(text)));
    }
    keys
}

/// When it was true: the end of a period before its beginning, the issue before nothing.
fn time(root: Value<'_>) -> i64 {
    let low = |text: &str| PartialDate::parse(text).map(|date| date.low);
    let at = |path: &str| root.at(path).and_then(Value::as_str).and_then(low);
    at("effectiveDateTime")
        .or_else(|| at("effectiveInstant"))
        .or_else(|| at("effectivePeriod.end"))
        .or_else(|| at("effectivePeriod.start"))
        .or_else(|| root.at("effectiveTiming")?.all("event").filter_map(|e| low(e.as_str()?)).max())
        .or_else(|| at("issued"))
        .unwrap_or(i64::MIN)
}

/// The newest of each group, groups with the newest first.
fn newest(mut found: Vec<Candidate>, max: usize) -> Vec<Stored> {
    found.sort_by(|a, b| {
        let order = |each: &Candidate| (Reverse(each.at), Reverse(each.stored.last_updated));
        order(a).cmp(&order(b)).then_with(|| a.stored.key.cmp(&b.stored.key))
    });
    let groups = groups(&found);
    let mut order: Vec<usize> = Vec::new();
    let mut taken: HashMap<usize, Vec<Stored>> = HashMap::new();
    for (candidate, group) in found.into_iter().zip(groups) {
        let members = taken.entry(group).or_insert_with(|| {
            order.push(group);
            Vec::new()
        });
        if members.len() < max {
            members.push(candidate.stored);
        }
    }
    order.iter().filter_map(|group| taken.remove(group)).flatten().collect()
}

/// The group of each: those of one subject that share a code are one, and so are theirs.
fn groups(found: &[Candidate]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..found.len()).collect();
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, candidate) in found.iter().enumerate() {
        for key in &candidate.keys {
            let other = *first.entry(key).or_insert(index);
            let (a, b) = (root_of(&mut parent, index), root_of(&mut parent, other));
            parent[a.max(b)] = a.min(b);
        }
    }
    (0..found.len()).map(|index| root_of(&mut parent, index)).collect()
}

fn root_of(parent: &mut [usize], mut index: usize) -> usize {
    while parent[index] != index {
        parent[index] = parent[parent[index]];
        index = parent[index];
    }
    index
}

fn bundle(app: &App, shown: &[Stored], search: &Search, inputs: &Inputs) -> Vec<u8> {
    let base = &app.options.base_url;
    let query = ::search::encode_query(&inputs.pairs());
    let links = [Link { relation: "self", url: format!("{base}/Observation/$lastn?{query}") }];
    let mut out = open_bundle("searchset", Some(shown.len() as u64), &links);
    out.extend_from_slice(br#","entry":["#);
    for (index, stored) in shown.iter().enumerate() {
        out.extend_from_slice(if index == 0 { br#"{"fullUrl":"# } else { br#",{"fullUrl":"# });
        write_string(&format!("{base}/{}", stored.key), &mut out);
        out.extend_from_slice(br#","resource":"#);
        let body = stored.body.as_deref().unwrap_or(b"null");
        crate::subset::write_subset(body, search, app.definitions(), &mut out);
        out.extend_from_slice(br#","search":{"mode":"match"}}"#);
    }
    out.extend_from_slice(b"]}");
    without_empty_entry(out, shown.is_empty())
}
