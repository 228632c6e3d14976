//! `$validate`: what is wrong with a resource, without writing it.
//! Spec: <https://hl7.org/fhir/R4/resource-operation-validate.html>.

use fhir::{Issue, IssueCode, Severity, Tree, Value, operation_outcome};
use store::ResourceKey;

use super::input::Inputs;
use super::{OperationTarget, not_here};
use crate::app::App;
use crate::failure::{Category, Failure};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Create,
    Update,
    Delete,
    Profile,
}

pub(super) async fn validate(
    app: &App,
    target: &OperationTarget,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let (resource_type, key) = match target {
        OperationTarget::Type(resource_type) => (*resource_type, None),
        OperationTarget::Instance(key) => (key.resource_type, Some(key)),
        OperationTarget::System | OperationTarget::Version(..) => return Err(not_here(target)),
    };
    let mode = mode(inputs, key)?;
    if mode == Some(Mode::Delete) {
        return delete(app, key).await;
    }
    let mut issues = match (inputs.value("resource"), key) {
        (Some(resource), _) => {
            let mut issues = structure(app, resource, resource_type.as_str());
            if let (Some(key), true) = (key, mode != Some(Mode::Profile)) {
                issues.extend(wrong_id(resource, key));
            }
            issues
        }
        (None, Some(key)) => {
            let stored = app.read(key).await?;
            let tree = Tree::parse(stored.body.as_deref().unwrap_or_default());
            tree.map_or_else(
                |_| vec![Issue::error(IssueCode::Structure, key.to_string(), "it is no json")],
                |tree| structure(app, tree.root(), resource_type.as_str()),
            )
        }
        (None, None) => {
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::Required,
                "resource",
                "there is nothing to validate; send a resource, or validate Type/id",
            ));
        }
    };
    for profile in inputs.texts("profile") {
        issues.extend(profile_issue(app, profile, resource_type.as_str()));
    }
    if issues.iter().all(|issue| issue.severity == Severity::Information) {
        issues.push(information("no fault was found in the form of the resource"));
    }
    Ok(operation_outcome(&issues))
}

fn mode(inputs: &Inputs, key: Option<&ResourceKey>) -> Result<Option<Mode>, Failure> {
    let bad = |message: &str| {
        Err(Failure::new(Category::Invalid, IssueCode::Value, "mode", message.to_owned()))
    };
    Ok(Some(match (inputs.text("mode"), key) {
        (None, _) => return Ok(None),
        (Some("create"), None) => Mode::Create,
        (Some("create"), Some(_)) => {
            return bad("a create has no id; validate it at the type: Type/$validate");
        }
        (Some("update"), Some(_)) => Mode::Update,
        (Some("delete"), Some(_)) => Mode::Delete,
        (Some("update" | "delete"), None) => {
            return bad("an update or delete is of one resource; validate it at Type/id/$validate");
        }
        (Some("profile"), _) => Mode::Profile,
        (Some(_), _) => return bad("it takes create, update, delete or profile"),
    }))
}

/// Whether a delete would find something to delete.
async fn delete(app: &App, key: Option<&ResourceKey>) -> Result<Vec<u8>, Failure> {
    let Some(key) = key else { return Err(not_here(&OperationTarget::System)) };
    match app.read(key).await {
        Ok(_) => Ok(operation_outcome(&[information("the resource can be deleted")])),
        Err(failure) if matches!(failure.category, Category::NotFound | Category::Gone) => {
            Ok(operation_outcome(&failure.issues))
        }
        Err(failure) => Err(failure),
    }
}

/// The faults of a resource, with their places inside it, wherever it stands.
fn structure(app: &App, resource: Value<'_>, type_name: &str) -> Vec<Issue> {
    let found = resource.text_of("resourceType");
    if found.is_some_and(|found| found != type_name) {
        let message = format!("the resource must be a {type_name}, as the URL says");
        return vec![Issue::error(IssueCode::Invalid, "resourceType", message)];
    }
    let place = resource.expression();
    let mut issues = app.definitions().check_structure(resource);
    for issue in &mut issues {
        if let Some(inner) = issue.expression.as_deref().and_then(|it| it.strip_prefix(&place)) {
            issue.expression = Some(format!("{type_name}{inner}"));
        }
    }
    issues
}

fn wrong_id(resource: Value<'_>, key: &ResourceKey) -> Option<Issue> {
    let message = match resource.text_of("id") {
        Some(id) if id == key.id.as_str() => return None,
        Some(_) => "the resource's id differs from the id that the URL names",
        None => "an update must carry the id that the URL names; add it",
    };
    Some(Issue::error(IssueCode::Value, format!("{}.id", key.resource_type), message))
}

/// What is to be said of a profile: only the form of the base type is looked at.
fn profile_issue(app: &App, profile: &str, type_name: &str) -> Option<Issue> {
    let (url, _) = profile.split_once('|').unwrap_or((profile, ""));
    if url.strip_prefix("http://hl7.org/fhir/StructureDefinition/") == Some(type_name) {
        return None;
    }
    let Some(structure) = app.definitions().structure(url) else {
        let message = "the profile is not known here; name one of FHIR R4 or UK Core";
        return Some(Issue::error(IssueCode::NotFound, "profile", message));
    };
    if structure.type_name != type_name {
        let message = format!("the profile is of {}, not of {type_name}", structure.type_name);
        return Some(Issue::error(IssueCode::Invalid, "profile", message));
    }
    let message = "only the form of the base type was checked: cardinalities, bindings and rules of \
                   profiles are not looked at yet";
    Some(Issue { expression: Some("profile".to_owned()), ..information(message) })
}

fn information(message: &str) -> Issue {
    Issue {
        severity: Severity::Information,
        code: IssueCode::Informational,
        message: message.to_owned(),
        expression: None,
    }
}
