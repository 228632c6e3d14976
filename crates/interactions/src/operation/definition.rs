//! The operations of the table as OperationDefinition resources, as they are read at
//! `[base]/OperationDefinition/Patient-everything`.
//! Spec: <https://hl7.org/fhir/R4/operationdefinition.html>.

use fhir::{Element, VersionId};
use store::{Method, ResourceKey, Stored};

use super::table::{OPERATIONS, Operation, OperationInput, OperationLevel};
use crate::app::App;

impl Operation {
    /// The canonical URL of its definition on this server.
    pub fn url(&self, base_url: &str) -> String {
        format!("{base_url}/OperationDefinition/{}", self.id)
    }

    /// Its definition.
    pub fn definition(&self, base_url: &str) -> Element {
        let text = |text: &str| Element::string(text);
        let at = |level| Element::Bool(self.levels.contains(&level));
        let name: String = self
            .id
            .split('-')
            .flat_map(|part| {
                part.chars()
                    .next()
                    .map(|c| c.to_ascii_uppercase())
                    .into_iter()
                    .chain(part.chars().skip(1))
            })
            .collect();
        let types = if self.types.is_empty() { &["Resource"][..] } else { self.types };
        let mut parameters: Vec<Element> = self.inputs.iter().map(parameter).collect();
        parameters.push(object(vec![
            ("name", text("return")),
            ("use", text("out")),
            ("min", number(1)),
            ("max", text("1")),
            ("type", text(self.output)),
        ]));
        let mut members = vec![
            ("resourceType", text("OperationDefinition")),
            ("id", text(self.id)),
            ("url", Element::string(self.url(base_url))),
            ("name", Element::string(name)),
            ("title", text(self.title)),
            ("status", text("active")),
            ("kind", text("operation")),
            ("description", text(self.doc)),
            ("affectsState", Element::Bool(self.affects_state)),
            ("code", text(self.name())),
        ];
        if let Some(base) = self.base {
            members.push(("base", text(base)));
        }
        let instance = self.levels.contains(&OperationLevel::Instance)
            || self.levels.contains(&OperationLevel::Version);
        members.extend([
            ("resource", Element::Array(types.iter().map(|name| text(name)).collect())),
            ("system", at(OperationLevel::System)),
            ("type", at(OperationLevel::Type)),
            ("instance", Element::Bool(instance)),
            ("parameter", Element::Array(parameters)),
        ]);
        object(members)
    }
}

fn parameter(input: &OperationInput) -> Element {
    object(vec![
        ("name", Element::string(input.name)),
        ("use", Element::string("in")),
        ("min", number(u32::from(input.is_required))),
        ("max", Element::string(if input.may_repeat { "*" } else { "1" })),
        ("documentation", Element::string(input.doc)),
        ("type", Element::string(input.kind.as_str())),
    ])
}

fn number(value: u32) -> Element {
    Element::Number(value.to_string().into())
}

fn object(members: Vec<(&str, Element)>) -> Element {
    Element::Object(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

impl App {
    /// The definition of an operation that is read like a resource, where the store has none of this
    /// id; `started` is when it came into force.
    pub fn operation_definition(&self, key: &ResourceKey, started: i64) -> Option<Stored> {
        if key.resource_type.as_str() != "OperationDefinition" {
            return None;
        }
        let operation = OPERATIONS.iter().find(|each| each.id == key.id.as_str())?;
        let body = operation.definition(&self.options.base_url).to_compact();
        Some(Stored {
            key: key.clone(),
            version: VersionId::FIRST,
            last_updated: started,
            method: Method::Put,
            body: Some(body.into()),
        })
    }
}
