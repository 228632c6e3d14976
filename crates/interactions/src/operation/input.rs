//! What an operation is given: parameters of the URL, of a Parameters resource, or a resource alone.
//! Spec: <https://hl7.org/fhir/R4/operations.html#request>.
//!
//! To take another kind of value, add it to `InputType` and to [`check_text`] or [`check_node`].

use definitions::Definitions;
use fhir::{Issue, IssueCode, Kind, PartialDate, Tree, Value};

use super::table::{InputType, Operation, OperationInput};
use crate::failure::{Category, Failure};

/// Parameters of one invocation at the most.
const GIVEN_MAX: usize = 1_000;

/// Parameters that shape the answer's format, which the edge has read.
const FORMAT: [&str; 2] = ["_format", "_pretty"];

/// What was given, checked against what the operation takes.
#[derive(Debug)]
pub struct Inputs {
    given: Vec<Given>,
    body: Option<Tree>,
}

#[derive(Debug)]
struct Given {
    name: String,
    value: GivenValue,
}

#[derive(Debug)]
enum GivenValue {
    Text(String),
    /// A value of the body.
    Node(u32),
}

impl Inputs {
    /// Takes the decoded query and the body apart; all that does not fit is in the failure.
    ///
    /// A body that is no Parameters resource is the operation's resource, where it takes one.
    pub fn read(
        operation: &Operation,
        definitions: &Definitions,
        query: &[(String, String)],
        body: Option<Tree>,
    ) -> Result<Inputs, Failure> {
        let mut given: Vec<Given> = query
            .iter()
            .filter(|(name, _)| !FORMAT.contains(&name.as_str()))
            .map(|(name, text)| Given { name: name.clone(), value: GivenValue::Text(text.clone()) })
            .collect();
        if let Some(tree) = &body {
            from_body(operation, definitions, tree, &mut given)?;
        }
        if given.len() > GIVEN_MAX {
            let message = format!("more than {GIVEN_MAX} parameters; send fewer");
            let issue = Issue::error(IssueCode::TooCostly, "parameters", message);
            return Err(Failure::invalid(vec![issue]));
        }
        let inputs = Inputs { given, body };
        let issues = inputs.check(operation);
        if issues.is_empty() { Ok(inputs) } else { Err(Failure::invalid(issues)) }
    }

    fn check(&self, operation: &Operation) -> Vec<Issue> {
        let mut issues = Vec::new();
        for (index, given) in self.given.iter().enumerate() {
            let known = operation.inputs.iter().find(|input| input.name == given.name);
            let Some(input) = known else {
                if !(operation.searches && matches!(given.value, GivenValue::Text(_))) {
                    issues.push(unknown(operation, &given.name));
                }
                continue;
            };
            let repeated = self.given[..index].iter().any(|earlier| earlier.name == given.name);
            if repeated && !input.may_repeat {
                let message = format!("{} is given more than once; give it once", input.name);
                issues.push(Issue::error(IssueCode::Invalid, input.name, message));
            }
            let checked = match &given.value {
                GivenValue::Text(text) => check_text(input, text),
                GivenValue::Node(node) => check_node(input, self.node(*node)),
            };
            issues.extend(checked.err());
        }
        for input in operation.inputs.iter().filter(|input| input.is_required) {
            if self.given.iter().all(|given| given.name != input.name) {
                let message = format!("{} needs {}: {}", operation.code, input.name, input.doc);
                issues.push(Issue::error(IssueCode::Required, input.name, message));
            }
        }
        issues
    }

    fn node(&self, index: u32) -> Option<Value<'_>> {
        self.body.as_ref().and_then(|tree| tree.value(index))
    }

    /// The text of a parameter that does not repeat.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.texts(name).next()
    }

    /// The texts of a parameter.
    pub fn texts<'i>(&'i self, name: &str) -> impl Iterator<Item = &'i str> {
        self.given.iter().filter(move |given| given.name == name).filter_map(|given| {
            match &given.value {
                GivenValue::Text(text) => Some(text.as_str()),
                GivenValue::Node(_) => None,
            }
        })
    }

    /// The parts between the commas of a parameter that may be given several times.
    pub fn parts<'i>(&'i self, name: &str) -> impl Iterator<Item = &'i str> {
        self.texts(name).flat_map(|text| text.split(','))
    }

    /// Whether a boolean parameter is given and true.
    pub fn is_true(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// A whole number; one too great to hold is the greatest.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.text(name).map(|text| text.parse().unwrap_or(usize::MAX))
    }

    /// A date or time.
    pub fn date(&self, name: &str) -> Option<PartialDate> {
        self.text(name).and_then(PartialDate::parse)
    }

    /// A parameter that is no primitive: a resource, or a complex value.
    pub fn value(&self, name: &str) -> Option<Value<'_>> {
        self.given.iter().filter(|given| given.name == name).find_map(|given| match given.value {
            GivenValue::Node(node) => self.node(node),
            GivenValue::Text(_) => None,
        })
    }

    /// What the operation does not take itself: search parameters.
    pub fn search_pairs(&self, operation: &Operation) -> Vec<(String, String)> {
        let own = |name: &str| operation.inputs.iter().any(|input| input.name == name);
        self.given
            .iter()
            .filter(|given| !own(&given.name))
            .filter_map(|given| match &given.value {
                GivenValue::Text(text) => Some((given.name.clone(), text.clone())),
                GivenValue::Node(_) => None,
            })
            .collect()
    }

    /// The parameters in a URL, for links.
    pub fn pairs(&self) -> Vec<(String, String)> {
        self.given
            .iter()
            .filter_map(|given| match &given.value {
                GivenValue::Text(text) => Some((given.name.clone(), text.clone())),
                GivenValue::Node(_) => None,
            })
            .collect()
    }
}

fn unknown(operation: &Operation, name: &str) -> Issue {
    let shown: String = name.chars().take(40).collect();
    let names: Vec<&str> = operation.inputs.iter().map(|input| input.name).collect();
    let takes = if names.is_empty() { "no parameters".to_owned() } else { names.join(", ") };
    let message = format!("{shown:?} is no parameter of {}; it takes {takes}", operation.code);
    Issue::error(IssueCode::NotSupported, shown, message)
}

fn from_body(
    operation: &Operation,
    definitions: &Definitions,
    tree: &Tree,
    given: &mut Vec<Given>,
) -> Result<(), Failure> {
    let root = tree.root();
    let resource = operation.inputs.iter().find(|input| input.kind == InputType::Resource);
    if tree.resource_type() != Some("Parameters") {
        let Some(resource) = resource else {
            return Err(Failure::new(
                Category::Invalid,
                IssueCode::Invalid,
                "resourceType",
                format!("{} takes a Parameters resource", operation.code),
            ));
        };
        let value = GivenValue::Node(root.index());
        given.push(Given { name: resource.name.to_owned(), value });
        return Ok(());
    }
    // A resource that goes in is the operation's own to look at; all else must be well formed.
    let inner = |expression: Option<&str>| {
        resource.is_some() && expression.is_some_and(|place| place.contains("].resource"))
    };
    let issues: Vec<Issue> = definitions
        .check_structure(root)
        .into_iter()
        .filter(|issue| !inner(issue.expression.as_deref()))
        .collect();
    if !issues.is_empty() {
        return Err(Failure::invalid(issues));
    }
    for parameter in root.all("parameter").take(GIVEN_MAX + 1) {
        let name = parameter.text_of("name").unwrap_or("").to_owned();
        if let Some(value) = value_of(parameter) {
            given.push(Given { name, value });
        } else {
            let message = "the parameter has no value; give it value[x] or resource";
            let issue = Issue::error(IssueCode::Required, parameter.expression(), message);
            return Err(Failure::invalid(vec![issue]));
        }
    }
    Ok(())
}

fn value_of(parameter: Value<'_>) -> Option<GivenValue> {
    if let Some(resource) = parameter.get("resource") {
        return Some(GivenValue::Node(resource.index()));
    }
    let value = parameter.members().find(|member| member.name().starts_with("value"))?;
    Some(match value.as_text() {
        Some(text) => GivenValue::Text(text.to_owned()),
        None => GivenValue::Node(value.index()),
    })
}

/// Whether a text is a value of the parameter's type.
fn check_text(input: &OperationInput, text: &str) -> Result<(), Issue> {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (fits, expected) = match input.kind {
        InputType::Boolean => (matches!(text, "true" | "false"), "true or false"),
        InputType::Integer => (is_digits(text), "a whole number from 0"),
        InputType::PositiveInt => {
            (is_digits(text) && text.bytes().any(|b| b != b'0'), "a whole number from 1")
        }
        InputType::Code | InputType::Uri => (!text.trim().is_empty(), "given with a value"),
        InputType::Date | InputType::Instant => {
            (PartialDate::parse(text).is_some(), "a date or time, such as 2026-03-01")
        }
        InputType::Meta => (false, "a valueMeta in a Parameters resource"),
        InputType::Resource => (false, "a resource in a Parameters resource, or the body itself"),
    };
    if fits {
        return Ok(());
    }
    let message = format!("{} must be {expected}", input.name);
    Err(Issue::error(IssueCode::Value, input.name, message))
}

/// Whether a value of the body is one of the parameter's type.
fn check_node(input: &OperationInput, value: Option<Value<'_>>) -> Result<(), Issue> {
    let is_resource =
        value.is_some_and(|value| matches!(value.name(), "resource" | "") && !is_value(value));
    let (fits, expected) = match input.kind {
        InputType::Meta => {
            let fits = value.is_some_and(|value| value.name() == "valueMeta");
            (fits, "a valueMeta")
        }
        InputType::Resource => (is_resource, "a resource"),
        other => (false, other.as_str()),
    };
    if fits {
        return Ok(());
    }
    let message = format!("{} must be {expected}", input.name);
    Err(Issue::error(IssueCode::Value, input.name, message))
}

fn is_value(value: Value<'_>) -> bool {
    value.kind() != Kind::Object
}
