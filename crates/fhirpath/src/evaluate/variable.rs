//! Variables: those of the specification, the caller's, and those that an expression defines.
//!
//! Spec: <http://hl7.org/fhirpath/N1/#environment-variables>,
//! <https://hl7.org/fhir/R4/fhirpath.html#variables>. To add one of the specification, add it to
//! `variable`.

use std::rc::Rc;

use fhir::Value;

use super::{Evaluator, Flow, emit};
use crate::ast::ExprId;
use crate::error::{Error, ErrorKind};
use crate::item::{Item, Node};
use crate::system::{System, Text};
use crate::tree::Sink;

impl<'t> Evaluator<'_, 't> {
    pub(super) fn variable(
        &self,
        id: ExprId,
        name: &str,
        sink: Sink<'_, 't>,
    ) -> Result<Flow, Error> {
        let defined =
            self.defined.borrow().iter().rev().find(|(known, _)| **known == *name).cloned();
        if let Some((_, items)) = defined {
            return emit(items.iter().cloned(), sink);
        }
        if let Some((_, items)) =
            self.environment.variables.iter().find(|(known, _)| **known == *name)
        {
            return emit(items.iter().cloned(), sink);
        }
        let text = |text: &'static str| Some(Item::Value(System::String(Text::Borrowed(text))));
        let item = match name {
            "context" => Some(self.focus.clone()),
            "resource" => self.resource(),
            "rootResource" => self.root_resource(),
            "ucum" => text("http://unitsofmeasure.org"),
            "sct" => text("http://snomed.info/sct"),
            "loinc" => text("http://loinc.org"),
            _ => Some(Item::Value(self.canonical(id, name)?)),
        };
        item.map_or(Ok(Flow::More), sink)
    }

    /// `%vs-…` and `%ext-…`: canonical URLs of HL7.
    fn canonical(&self, id: ExprId, name: &str) -> Result<System<'t>, Error> {
        let url = if let Some(name) = name.strip_prefix("vs-") {
            format!("http://hl7.org/fhir/ValueSet/{name}")
        } else if let Some(name) = name.strip_prefix("ext-") {
            format!("http://hl7.org/fhir/StructureDefinition/{name}")
        } else {
            let message = "unknown variable; expected one of the specification or of the caller";
            return Err(self.error(ErrorKind::Missing, id, message));
        };
        Ok(System::from_string(url))
    }

    /// `%resource`: as given, else the resource at or around the focus.
    pub(crate) fn resource(&self) -> Option<Item<'t>> {
        if let Some(resource) = &self.environment.resource {
            return Some(resource.clone());
        }
        let node = self.focus.as_node()?;
        let (resource, _) = resources_around(node.anchor()?)?;
        Some(Item::Node(Node::resource(resource, self.environment.definitions)))
    }

    /// `%rootResource`: as given, else the resource that contains `%resource`, or `%resource`.
    pub(crate) fn root_resource(&self) -> Option<Item<'t>> {
        if let Some(resource) = self.environment.root_resource.as_ref() {
            return Some(resource.clone());
        }
        let resource = self.resource()?;
        let (_, root) = resources_around(resource.as_node()?.anchor()?)?;
        Some(Item::Node(Node::resource(root, self.environment.definitions)))
    }

    /// Whether a variable of this name is there already.
    pub(crate) fn is_defined(&self, name: &str) -> bool {
        let of_specification = ["context", "resource", "rootResource", "ucum", "sct", "loinc"];
        of_specification.contains(&name)
            || self.environment.variables.iter().any(|(known, _)| **known == *name)
            || self.defined.borrow().iter().any(|(known, _)| **known == *name)
    }

    /// Defines a variable until the scope ends.
    pub(crate) fn define(&self, name: Text<'t>, items: Vec<Item<'t>>) {
        self.defined.borrow_mut().push((name, Rc::from(items)));
    }
}

/// The resource at or around a value, and the resource that contains that one, or it itself.
pub(crate) fn resources_around(value: Value<'_>) -> Option<(Value<'_>, Value<'_>)> {
    let mut at = value.tree().root();
    let mut found: Option<(Value<'_>, Value<'_>)> = None;
    let mut in_contained = false;
    loop {
        if at.get("resourceType").is_some() {
            let root = found.map_or(at, |(_, root)| if in_contained { root } else { at });
            found = Some((at, root));
            in_contained = false;
        }
        if at.index() == value.index() {
            return found;
        }
        let holds =
            |child: &Value<'_>| (child.index()..child.subtree_end()).contains(&value.index());
        // An array's items and an object's members are walked alike.
        let next =
            at.members().chain(at.items().filter(|item| item.index() != at.index())).find(holds)?;
        in_contained |= next.name() == "contained";
        at = next;
    }
}
