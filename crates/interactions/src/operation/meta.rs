//! `$meta`, `$meta-add`, `$meta-delete`: profiles, tags and security labels.
//! Spec: <https://hl7.org/fhir/R4/resource-operation-meta.html>,
//! <https://hl7.org/fhir/R4/resource-operation-meta-add.html>,
//! <https://hl7.org/fhir/R4/resource-operation-meta-delete.html>.
//!
//! A change of labels is a new version, because what was stored and given an ETag stays as it is.

use ::search::{IndexValue, ParameterId};
use fhir::{Element, IssueCode, ResourceType, Tree, Value, VersionId};
use store::{ResourceKey, Stored};

use super::input::Inputs;
use super::{OperationTarget, not_here};
use crate::app::App;
use crate::failure::{Category, Failure};
use crate::precondition::Preconditions;
use crate::write::{UpdateTarget, WriteOptions};

/// Different labels of one kind in an answer at the most.
const VALUES_MAX: usize = 10_000;

/// The members of Meta that these operations are about, with the search parameters that list them.
const LABELS: [(&str, &str); 3] =
    [("profile", "_profile"), ("security", "_security"), ("tag", "_tag")];

pub(super) async fn read(app: &App, target: &OperationTarget) -> Result<Vec<u8>, Failure> {
    let meta = match target {
        OperationTarget::Instance(key) => meta_of(&app.read(key).await?),
        OperationTarget::Version(key, version) => meta_of(&app.read_version(key, *version).await?),
        OperationTarget::Type(resource_type) => labels_of(app, &[*resource_type]).await?,
        OperationTarget::System => {
            let counts = app.store.type_counts().await?;
            let types: Vec<_> = counts.iter().map(|(resource_type, _)| *resource_type).collect();
            labels_of(app, &types).await?
        }
    };
    Ok(parameters(meta))
}

pub(super) async fn add(
    app: &App,
    target: &OperationTarget,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let wanted = labels(inputs)?;
    change(app, target, &mut |meta| {
        let mut changed = false;
        for (name, labels) in &wanted {
            let mut present = meta.get(name).map_or(Vec::new(), |there| there.items().to_vec());
            for label in labels {
                if !present.iter().any(|other| is_same(other, label)) {
                    present.push(label.clone());
                    changed = true;
                }
            }
            if !present.is_empty() {
                meta.set(name, Element::Array(present));
            }
        }
        changed
    })
    .await
}

pub(super) async fn delete(
    app: &App,
    target: &OperationTarget,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let unwanted = labels(inputs)?;
    change(app, target, &mut |meta| {
        let mut changed = false;
        for (name, labels) in &unwanted {
            let Some(present) = meta.get(name) else { continue };
            let before = present.items().len();
            let kept: Vec<Element> = present
                .items()
                .iter()
                .filter(|each| !labels.iter().any(|label| is_same(each, label)))
                .cloned()
                .collect();
            changed = changed || kept.len() != before;
            if kept.is_empty() {
                meta.remove(name);
            } else {
                meta.set(name, Element::Array(kept));
            }
        }
        changed
    })
    .await
}

/// The labels that were given; none is a failure, because nothing was asked for.
fn labels(inputs: &Inputs) -> Result<Vec<(&'static str, Vec<Element>)>, Failure> {
    let meta = inputs.value("meta");
    let of = |name| -> Vec<Element> {
        meta.iter().flat_map(|meta: &Value<'_>| meta.all(name)).map(Element::from).collect()
    };
    let labels: Vec<_> = LABELS.iter().map(|(name, _)| (*name, of(name))).collect();
    if labels.iter().all(|(_, labels)| labels.is_empty()) {
        return Err(Failure::new(
            Category::Invalid,
            IssueCode::Required,
            "meta",
            "meta names no profile, tag or security label",
        ));
    }
    Ok(labels)
}

/// Reads a resource, changes its Meta, and writes it, unless another came between: then again.
async fn change(
    app: &App,
    target: &OperationTarget,
    edit: &mut (dyn FnMut(&mut Element) -> bool + Send),
) -> Result<Vec<u8>, Failure> {
    let (key, only) = match target {
        OperationTarget::Instance(key) => (key, None),
        OperationTarget::Version(key, version) => (key, Some(*version)),
        OperationTarget::System | OperationTarget::Type(_) => return Err(not_here(target)),
    };
    for _ in 0..=app.options.conflict_retries_max {
        let stored = app.read(key).await?;
        if let Some(version) = only.filter(|version| *version != stored.version) {
            return Err(not_current(app, key, version).await);
        }
        let body = stored.body.as_deref().unwrap_or_default();
        let tree = Tree::parse(body).map_err(|_| unreadable(key))?;
        let mut resource = Element::from(&tree);
        let mut meta = resource.get("meta").cloned().unwrap_or_else(Element::object);
        if !edit(&mut meta) {
            return Ok(parameters(meta));
        }
        resource.set("meta", meta);
        let tree = Tree::parse(&resource.to_compact()).map_err(|_| unreadable(key))?;
        let conditions = Preconditions::version(stored.version);
        let options = WriteOptions { conditions, ..WriteOptions::default() };
        let target = UpdateTarget::Id(key.id.clone());
        match app.update(key.resource_type, &target, &tree, &options).await {
            Ok(written) => return Ok(parameters(meta_of(&written.stored))),
            Err(failure) if failure.category == Category::PreconditionFailed => {}
            Err(failure) => return Err(failure),
        }
    }
    Err(Failure::new(
        Category::Conflict,
        IssueCode::Conflict,
        key.to_string(),
        "others keep changing the resource; try again",
    ))
}

async fn not_current(app: &App, key: &ResourceKey, version: VersionId) -> Failure {
    match app.read_version(key, version).await {
        Err(failure) => failure,
        Ok(_) => Failure::new(
            Category::Conflict,
            IssueCode::BusinessRule,
            format!("{key}/_history/{version}"),
            "a version that is no longer current stays as it was; change the labels of the current one",
        ),
    }
}

fn unreadable(key: &ResourceKey) -> Failure {
    Failure::plain(Category::Fault, IssueCode::Exception, format!("{key} cannot be read"))
}

fn meta_of(stored: &Stored) -> Element {
    let tree = Tree::parse(stored.body.as_deref().unwrap_or_default());
    tree.ok()
        .and_then(|tree| tree.root().get("meta").map(Element::from))
        .unwrap_or_else(Element::object)
}

/// The labels of all resources of some types.
async fn labels_of(app: &App, types: &[ResourceType]) -> Result<Element, Failure> {
    let mut meta = Element::object();
    for (name, code) in LABELS {
        let mut all: Vec<Element> = Vec::new();
        for resource_type in types {
            let definition = app.definitions().search_parameter(*resource_type, code);
            let Some(parameter) = definition.map(|parameter| ParameterId(parameter.id)) else {
                continue;
            };
            let values = app.store.values(*resource_type, parameter, VALUES_MAX).await?;
            for label in values.into_iter().filter_map(label) {
                if !all.contains(&label) {
                    all.push(label);
                }
            }
            if all.len() >= VALUES_MAX {
                return Err(too_many(code));
            }
        }
        if !all.is_empty() {
            meta.set(name, Element::Array(all));
        }
    }
    Ok(meta)
}

fn too_many(code: &str) -> Failure {
    Failure::too_costly(
        code,
        format!("there are more than {VALUES_MAX} different values; ask for one type"),
    )
}

fn label(value: IndexValue) -> Option<Element> {
    match value {
        IndexValue::Uri(uri) => Some(Element::String(uri)),
        IndexValue::Token { system, code } => {
            let mut coding = Element::object();
            if let Some(system) = system {
                coding.set("system", Element::String(system));
            }
            if let Some(code) = code {
                coding.set("code", Element::String(code));
            }
            Some(coding)
        }
        _ => None,
    }
}

/// Whether two labels are one: profiles by their URL, codings by system and code.
fn is_same(a: &Element, b: &Element) -> bool {
    match (a, b) {
        (Element::Object(_), Element::Object(_)) => {
            a.get("system") == b.get("system") && a.get("code") == b.get("code")
        }
        _ => a == b,
    }
}

fn parameters(meta: Element) -> Vec<u8> {
    // An element must not be empty, so a resource without labels has no value to give.
    let is_empty = matches!(&meta, Element::Object(members) if members.is_empty());
    let mut parameters = Element::object();
    parameters.set("resourceType", Element::string("Parameters"));
    if !is_empty {
        let mut parameter = Element::object();
        parameter.set("name", Element::string("return"));
        parameter.set("valueMeta", meta);
        parameters.set("parameter", Element::Array(vec![parameter]));
    }
    parameters.to_compact()
}
