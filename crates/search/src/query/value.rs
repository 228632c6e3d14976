//! One value of one parameter, under one modifier. Spec: <https://hl7.org/fhir/R4/search.html#ptypes>.

use definitions::{ParameterKind, SearchParameter};
use fhir::{ResourceId, ResourceType};

use super::Context;
use super::escape::{split, unescape};
use super::fault::{Fault, offset};
use super::modifier::How;
use crate::entry::{ParameterId, ReferenceTarget};
use crate::expression::{Comparison, Direction, Expression, Modifier, Predicate};
use crate::fold::fold;
use crate::index::{component_parameters, element_types};
use crate::kind::reference::Allowed;
use crate::kind::string::Folding;
use crate::kind::{date, near, number, quantity, reference, string, token, uri};
use crate::terminology::TerminologyError;

/// Codes by which a resource of a type refers to the one above it in a tree of its kind.
const PARENTS: [&str; 3] = ["partof", "part-of", "parent"];

/// Reads the values of one parameter under one modifier.
pub(crate) struct ValueReader<'c> {
    pub(crate) context: &'c Context<'c>,
    pub(crate) resource_type: ResourceType,
    pub(crate) parameter: &'static SearchParameter,
    pub(crate) how: How,
}

impl ValueReader<'_> {
    /// What a value means, escapes still in it. `Not` and `NotIn` are left to the caller.
    pub(crate) fn read(&self, part: &str) -> Result<Expression, Fault> {
        match self.parameter.code {
            "_id" => {
                let id = ResourceId::parse(part);
                let id = id.ok_or("is no id; an id has 1 to 64 letters, digits, - or .")?;
                return Ok(Expression::Id(vec![id]));
            }
            "_lastUpdated" => {
                return date::parse(part, self.context.options.now).map(Expression::LastUpdated);
            }
            _ => {}
        }
        let predicates = match (self.parameter.kind, self.how) {
            (ParameterKind::Reference, How::Above) => self.hierarchy(part, Direction::Above)?,
            (ParameterKind::Reference, How::Below) => self.hierarchy(part, Direction::Below)?,
            _ => vec![self.predicate(part)?],
        };
        let parameter = ParameterId(self.parameter.id);
        let compare = predicates.into_iter().map(|predicate| Comparison { parameter, predicate });
        Ok(Expression::Or(compare.map(Expression::Compare).collect()))
    }

    fn predicate(&self, part: &str) -> Result<Predicate, Fault> {
        let kind = self.parameter.kind;
        match (kind, self.how) {
            (ParameterKind::Token | ParameterKind::Reference, How::Text) => {
                let folded = fold(&unescape(part)).into_boxed_str();
                if folded.is_empty() {
                    return Err("holds no letter or digit to search by; write at least one".into());
                }
                Ok(Predicate::TokenText { folded })
            }
            (ParameterKind::Token, How::In | How::NotIn) => {
                let set = self.context.options.terminology.value_set(&unescape(part));
                set.map(Predicate::TokenIn).map_err(|error| fault_of(&error))
            }
            (ParameterKind::Token, How::Above) => self.codes_of(part, Direction::Above),
            (ParameterKind::Token, How::Below) => self.codes_of(part, Direction::Below),
            (ParameterKind::Token, How::OfType) => Self::of_type(part),
            (ParameterKind::Reference, How::Identifier) => match token::parse(part)? {
                Predicate::Token { system, code } => {
                    Ok(Predicate::TargetIdentifier { system, code })
                }
                other => Ok(other),
            },
            (ParameterKind::String, How::Exact) => self.text(part, Modifier::Exact),
            (ParameterKind::String, How::Contains) => self.text(part, Modifier::Contains),
            (ParameterKind::Uri, How::Above) => uri::parse(&unescape(part), Modifier::Above),
            (ParameterKind::Uri, How::Below) => uri::parse(&unescape(part), Modifier::Below),
            _ => self.plain(part),
        }
    }

    /// A value without a modifier, or with a type.
    pub(crate) fn plain(&self, part: &str) -> Result<Predicate, Fault> {
        let now = self.context.options.now;
        match self.parameter.kind {
            ParameterKind::Token => token::parse(part),
            ParameterKind::String => self.text(part, Modifier::Plain),
            ParameterKind::Uri => self.uri(&unescape(part)),
            ParameterKind::Reference => self.reference(&unescape(part)),
            ParameterKind::Date => date::parse(part, now).map(Predicate::Date),
            ParameterKind::Number => number::parse(part),
            ParameterKind::Quantity => quantity::parse(part),
            ParameterKind::Composite => self.composite(part),
            ParameterKind::Special if self.parameter.code == "near" => near::parse(part),
            ParameterKind::Special => {
                Err("is of a special parameter that has no meaning here".into())
            }
        }
    }

    pub(crate) fn text(&self, part: &str, modifier: Modifier) -> Result<Predicate, Fault> {
        string::parse(&unescape(part), modifier, Folding::of(self.parameter))
    }

    /// A URI; one of canonicals is found whatever its version, unless the value names one.
    fn uri(&self, text: &str) -> Result<Predicate, Fault> {
        let predicate = uri::parse(text, Modifier::Plain)?;
        Ok(if self.has_canonicals() { canonical(text) } else { predicate })
    }

    fn reference(&self, text: &str) -> Result<Predicate, Fault> {
        let predicate = reference::parse(text, &self.allowed())?;
        Ok(match predicate {
            Predicate::Reference(ReferenceTarget::Uri(uri)) if self.has_canonicals() => {
                canonical(&uri)
            }
            other => other,
        })
    }

    fn allowed(&self) -> Allowed<'_> {
        let only = match self.how {
            How::Type(only) => Some(only),
            _ => None,
        };
        Allowed {
            definitions: self.context.definitions,
            types: &self.parameter.targets,
            only,
            base_url: &self.context.options.base_url,
        }
    }

    fn has_canonicals(&self) -> bool {
        self.reads("canonical")
    }

    /// Whether the parameter looks at elements of this data type.
    pub(crate) fn reads(&self, type_name: &str) -> bool {
        let definitions = self.context.definitions;
        element_types(definitions, self.resource_type, self.parameter).contains(&type_name)
    }

    /// The values of a composite's components, parted by `$`.
    fn composite(&self, part: &str) -> Result<Predicate, Fault> {
        let components =
            component_parameters(self.context.definitions, self.resource_type, self.parameter);
        let parts = split(part, '$');
        let codes: Vec<&str> = components.iter().map(|component| component.code).collect();
        if parts.len() != components.len() {
            return Err(Fault::from(format!(
                "has {} parts; write {} ({}) parted by $, and \\$ for a dollar that is part of one",
                parts.len(),
                components.len(),
                codes.join(" $ "),
            )));
        }
        let mut predicates = Vec::with_capacity(parts.len());
        for (part_of_it, component) in parts.iter().zip(components) {
            let at = offset(part, part_of_it);
            if part_of_it.is_empty() {
                return Err(Fault::new(at, format!("has no part for {}", component.code)));
            }
            let reader = ValueReader { parameter: component, how: How::Plain, ..*self };
            let read = reader.plain(part_of_it);
            predicates.push(read.map_err(|fault| {
                let message = format!("has a part for {} that {}", component.code, fault.message);
                Fault::new(at + fault.at, message)
            })?);
        }
        Ok(Predicate::Composite(predicates))
    }

    /// `system|code` with what is above or below it.
    fn codes_of(&self, part: &str, direction: Direction) -> Result<Predicate, Fault> {
        let parts = split(part, '|');
        let [system, code] = *parts.as_slice() else {
            return Err("needs the code's system too; write system|code".into());
        };
        if system.is_empty() || code.is_empty() {
            return Err("needs a system and a code; write system|code".into());
        }
        let terminology = &self.context.options.terminology;
        let (system, code) = (unescape(system), unescape(code));
        let set = match direction {
            Direction::Above => terminology.ancestors(&system, &code),
            Direction::Below => terminology.descendants(&system, &code),
        };
        set.map(Predicate::TokenIn).map_err(|error| fault_of(&error))
    }

    /// `system|code|value`, all of them.
    fn of_type(part: &str) -> Result<Predicate, Fault> {
        let parts = split(part, '|');
        match *parts.as_slice() {
            [system, code, value] if parts.iter().all(|part| !part.is_empty()) => {
                Ok(Predicate::OfType {
                    system: unescape(system).into(),
                    code: unescape(code).into(),
                    value: unescape(value).into(),
                })
            }
            _ => {
                Err("is no identifier with its type; write system|code|value, with the system and \
                      code of the type"
                    .into())
            }
        }
    }

    /// A reference with what is above or below its target; one predicate for each type of target
    /// that has a tree.
    fn hierarchy(&self, part: &str, direction: Direction) -> Result<Vec<Predicate>, Fault> {
        let text = unescape(part);
        let (targets, id) = match reference::parse(&text, &self.allowed())? {
            Predicate::Reference(ReferenceTarget::Local(target, id)) => (vec![target], id),
            Predicate::ReferenceId(targets, id) => (targets, id),
            Predicate::Reference(ReferenceTarget::Uri(uri))
                if self.has_canonicals() && direction == Direction::Below =>
            {
                if uri.contains('|') {
                    return Err(
                        "names a version; :below of a canonical means all versions of it".into()
                    );
                }
                return Ok(vec![canonical(&uri)]);
            }
            _ => {
                return Err("is nothing of this server that has a tree; write Type/id".into());
            }
        };
        let predicates: Vec<Predicate> = targets
            .into_iter()
            .filter_map(|target| {
                let parent = self.parent(target)?;
                let root = ReferenceTarget::Local(target, id.clone());
                Some(Predicate::Hierarchy { root, parent, direction })
            })
            .collect();
        if predicates.is_empty() {
            return Err("names a type that refers to nothing above it of its own type, such as a \
                        Location or Organization by partof"
                .into());
        }
        Ok(predicates)
    }

    /// The parameter by which a resource of this type refers to one of its own type above it.
    fn parent(&self, target: ResourceType) -> Option<ParameterId> {
        let find = |code: &&str| self.context.definitions.search_parameter(target, code);
        let refers_up = |parameter: &&'static SearchParameter| {
            parameter.kind == ParameterKind::Reference && parameter.targets.contains(&target)
        };
        PARENTS.iter().filter_map(find).find(refers_up).map(|found| ParameterId(found.id))
    }
}

/// A canonical of a query: its version, where it names one, stands behind the last bar.
fn canonical(text: &str) -> Predicate {
    let (url, version) = match text.rsplit_once('|') {
        Some((url, version)) if !url.is_empty() && !version.is_empty() => (url, Some(version)),
        _ => (text, None),
    };
    Predicate::Canonical { url: url.into(), version: version.map(Into::into) }
}

fn fault_of(error: &TerminologyError) -> Fault {
    Fault::from(error.to_string())
}
