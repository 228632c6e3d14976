//! What FHIR adds: `extension`, `hasValue`, `getValue`, `resolve`, `conformsTo` and their kin.
//!
//! Spec: <https://hl7.org/fhir/R4/fhirpath.html#functions>.

use ::fhir::Value;

use crate::environment::Target;
use crate::error::{Error, ErrorKind};
use crate::evaluate::{Call, Evaluator, Flow, Scope};
use crate::function::Function;
use crate::item::{Item, Node, NodeKind};
use crate::reference;
use crate::system::System;
use crate::tree::{self, Sink};
use crate::types;

pub(super) fn call<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    match call.function {
        Function::Extension => {
            let Some(url) = evaluator.argument_text(call, 0, scope)? else { return Ok(Flow::More) };
            evaluator.input(call, scope, &mut |item| {
                evaluator.spend(call.id, 1)?;
                extensions(evaluator, &item, &url, sink)
            })
        }
        Function::HasExtension => {
            let Some(url) = evaluator.argument_text(call, 0, scope)? else { return Ok(Flow::More) };
            let mut found = false;
            evaluator.input(call, scope, &mut |item| {
                extensions(evaluator, &item, &url, &mut |_| {
                    found = true;
                    Ok(Flow::Stop)
                })
            })?;
            sink(found.into())
        }
        Function::HasValue => {
            let items = evaluator.input_items(call, scope)?;
            sink((items.len() == 1 && value_of(&items[0]).is_some()).into())
        }
        Function::GetValue => {
            let items = evaluator.input_items(call, scope)?;
            let value = items.first().filter(|_| items.len() == 1).and_then(value_of);
            super::answer(value.map(Item::Value), sink)
        }
        Function::Resolve => evaluator.input(call, scope, &mut |item| {
            evaluator.spend(call.id, 10)?;
            super::answer(resolve(evaluator, &item), sink)
        }),
        Function::ConformsTo => conforms_to(evaluator, call, scope, sink),
        Function::HtmlChecks => {
            let Some(item) = evaluator.input_single(call, scope)? else { return Ok(Flow::More) };
            let node = item.as_node().filter(|node| node.kind() == NodeKind::Xhtml);
            let text = node.and_then(Node::value).and_then(Value::as_str);
            evaluator.spend(call.id, text.map_or(1, |text| text.len() / 16))?;
            super::answer(text.map(crate::narrative::is_allowed), sink)
        }
        Function::CheckModifiers => check_modifiers(evaluator, call, scope, sink),
        _ => {
            // Both would answer with nodes of a StructureDefinition, which the definitions here do
            // not keep as a resource.
            let message = format!("{}() is not supported", call.function.as_str());
            Err(evaluator.error(ErrorKind::Missing, call.id, &message))
        }
    }
}

/// The extensions of a URL.
fn extensions<'t>(
    evaluator: &Evaluator<'_, 't>,
    item: &Item<'t>,
    url: &str,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Item::Node(node) = item else { return Ok(Flow::More) };
    tree::named(node, "extension", evaluator.environment.definitions, &mut |extension| {
        let found = extension.as_node().and_then(Node::value);
        let is_it = found.and_then(|value| value.text_of("url")) == Some(url);
        if is_it { sink(extension) } else { Ok(Flow::More) }
    })
}

/// A primitive's value.
fn value_of<'t>(item: &Item<'t>) -> Option<System<'t>> {
    match item {
        Item::Node(node) if matches!(node.kind(), NodeKind::Complex(_)) => None,
        Item::Node(node) => node.primitive(),
        Item::Value(value) => Some(value.clone()),
        Item::Unread(_) => None,
    }
}

/// What a Reference, a canonical or a text leads to.
fn resolve<'t>(evaluator: &Evaluator<'_, 't>, item: &Item<'t>) -> Option<Item<'t>> {
    let definitions = evaluator.environment.definitions;
    let node = item.as_node();
    let text = match node.filter(|node| matches!(node.kind(), NodeKind::Complex(_))) {
        Some(node) => match node.value()?.text_of("reference") {
            Some(text) => text.to_owned(),
            // Without an address it may still state a type, which is for the resolver to say.
            None if node.type_name() == "Reference" => String::new(),
            None => return None,
        },
        None => match item.system()? {
            System::String(text) => (*text).to_owned(),
            _ => return None,
        },
    };
    let near = node.and_then(Node::anchor).or_else(|| {
        let resource = evaluator.resource()?;
        resource.as_node()?.anchor()
    });
    let near = near.filter(|_| !text.is_empty());
    if let Some(found) = near.and_then(|near| reference::within(near, &text)) {
        return Some(Item::resource(found, definitions));
    }
    match evaluator.environment.resolver?.resolve(&text, node)? {
        Target::Resource(value) => Some(Item::resource(value, definitions)),
        Target::OfType(resource_type) => Some(Item::Unread(resource_type.as_str())),
    }
}

fn conforms_to<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let Some(item) = evaluator.input_single(call, scope)? else { return Ok(Flow::More) };
    let Some(url) = evaluator.argument_text(call, 0, scope)? else { return Ok(Flow::More) };
    let definitions = evaluator.environment.definitions;
    let Item::Node(node) = &item else { return sink(false.into()) };
    let known = definitions.structure(&url);
    if let Some(plain) = known.filter(|structure| !structure.is_profile) {
        return sink(types::is_kind_of(node.type_name(), plain.type_name, definitions).into());
    }
    match evaluator.environment.profiles.and_then(|profiles| profiles.conforms(node, &url)) {
        Some(conforms) => sink(conforms.into()),
        None if known.is_some() => {
            let message = "conformsTo() with a profile has no validator here";
            Err(evaluator.error(ErrorKind::Missing, call.id, message))
        }
        None => Err(evaluator.refuse(call.id, "conformsTo() with a profile that is not known")),
    }
}

/// The input, where it has no modifier extensions but those given.
fn check_modifiers<'t>(
    evaluator: &Evaluator<'_, 't>,
    call: &Call<'_>,
    scope: Scope<'_, 't>,
    sink: Sink<'_, 't>,
) -> Result<Flow, Error> {
    let mut allowed = Vec::with_capacity(call.arguments.len());
    for index in 0..call.arguments.len() {
        allowed.extend(evaluator.argument_text(call, index, scope)?);
    }
    evaluator.input(call, scope, &mut |item| {
        let value = item.as_node().and_then(Node::value);
        let extensions = value.into_iter().flat_map(|value| value.all("modifierExtension"));
        let is_known = |url: &str| allowed.iter().any(|known| **known == *url);
        for extension in extensions {
            evaluator.spend(call.id, 1)?;
            if !extension.text_of("url").is_some_and(is_known) {
                let message = "a modifier extension that checkModifiers() was not given";
                return Err(evaluator.refuse(call.id, message));
            }
        }
        sink(item)
    })
}
