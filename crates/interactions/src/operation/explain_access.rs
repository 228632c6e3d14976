//! `$explain-access`: what somebody may do with resources of a type, or with one resource, and why.
//!
//! Everybody may ask about themselves; about another's account, who answers for privacy. What is told of one
//! resource is told of one that does not exist in the same words. Spec: issue 4, "`$explain-access`".

use ::access::{Action, Caller, Decision, Duty, Facts, Filter, decide};
use fhir::{Element, IssueCode, ResourceType};
use store::ResourceKey;

use super::input::Inputs;
use super::{OperationTarget, not_here};
use crate::app::App;
use crate::failure::{Category, Failure};

pub(super) async fn explain(
    app: &App,
    target: &OperationTarget,
    inputs: &Inputs,
) -> Result<Vec<u8>, Failure> {
    let action = action(inputs.text("action").unwrap_or("read"))?;
    let asked = match inputs.text("account") {
        Some(name) => Some(app.caller_of_account(name).await?),
        None => None,
    };
    let own;
    let app = match asked {
        Some(caller) => {
            own = app.acting_as(caller);
            &own
        }
        None => app,
    };
    let (decision, allowed) = match target {
        OperationTarget::Type(resource_type) => {
            let decision = of_type(app, action, *resource_type);
            let allowed = decision.denied.is_none();
            (decision, allowed)
        }
        OperationTarget::Instance(key) => of_instance(app, action, key).await?,
        OperationTarget::System | OperationTarget::Version(..) => return Err(not_here(target)),
    };
    Ok(parameters(app.caller(), &decision, allowed))
}

fn action(code: &str) -> Result<Action, Failure> {
    Ok(match code {
        "read" => Action::Read,
        "search" => Action::Search,
        "create" => Action::Create,
        "update" => Action::Update,
        "delete" => Action::Delete,
        _ => {
            let message = "action is read, search, create, update or delete";
            return Err(Failure::new(Category::Invalid, IssueCode::Value, "action", message));
        }
    })
}

fn of_type(app: &App, action: Action, resource_type: ResourceType) -> Decision {
    let in_force = app.in_force();
    let facts = Facts { definitions: in_force.definitions, related: &[] };
    decide(app.caller(), action, resource_type, &facts)
}

async fn of_instance(
    app: &App,
    action: Action,
    key: &ResourceKey,
) -> Result<(Decision, bool), Failure> {
    if let Some(doors) = &app.doors {
        return Ok(doors.explained(action, key).await?);
    }
    let is_there = app.store.read(key).await?.is_some();
    Ok((of_type(app, action, key.resource_type), is_there))
}

fn parameters(caller: &Caller, decision: &Decision, allowed: bool) -> Vec<u8> {
    let object = |members: Vec<(&str, Element)>| {
        Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let parameter = |name: &str, kind: &str, value: Element| {
        object(vec![("name", Element::string(name)), (kind, value)])
    };
    let text = |name: &str, text: &str| parameter(name, "valueString", Element::string(text));
    let which = match (&decision.filter, decision.denied) {
        (_, Some(_)) | (Filter::Nothing, _) => "none",
        (Filter::Everything, None) => "all",
        _ => "some",
    };
    let mut all = vec![
        parameter("allowed", "valueBoolean", Element::Bool(allowed)),
        parameter("of-type", "valueCode", Element::string(which)),
        parameter("caller", "valueCode", Element::string(caller.kind())),
    ];
    for reason in &decision.reasons {
        let parts = vec![
            parameter("rule", "valueCode", Element::string(reason.rule)),
            parameter("lets", "valueBoolean", Element::Bool(reason.lets)),
            text("words", &reason.words),
        ];
        let name = Element::string("reason");
        all.push(object(vec![("name", name), ("part", Element::Array(parts))]));
    }
    let members =
        vec![("resourceType", Element::string("Parameters")), ("parameter", Element::Array(all))];
    object(members).to_compact()
}

impl App {
    /// Who an account would be to the policy, signed in as well as it can be.
    async fn caller_of_account(&self, name: &str) -> Result<Caller, Failure> {
        let app = self.on_duty(Duty::Audit)?;
        let found = app.caller_signed_in_fully(name).await?;
        found.ok_or_else(|| {
            let message = "there is no open account of this name";
            Failure::new(Category::Invalid, IssueCode::NotFound, "account", message)
        })
    }
}
